from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from ops.sandbox import Sandbox, SandboxConfig
from tests.conftest import MakeSandbox
from tests.sandbox.support import Clock, client_of, code, data, errors, wait_until


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox whose clock is moved by hand, and a client on it."""

    sandbox: Sandbox
    clock: Clock
    api: httpx.Client

    def settle(self) -> None:
        """Let everything that is scheduled happen."""
        self.clock.now += 3.0


@pytest.fixture
def stage(make_sandbox: MakeSandbox) -> Iterator[Stage]:
    """A sandbox of 100 contacts that settles after two seconds of its own clock."""
    clock = Clock()
    sandbox = make_sandbox(SandboxConfig(contacts=100), clock=clock)
    with client_of(sandbox) as api:
        yield Stage(sandbox, clock, api)


@pytest.mark.parametrize("kind", ["GDPR", "DEFAULT"])
def test_a_delete_is_accepted_first_and_done_later(stage: Stage, kind: str) -> None:
    """Until its time the contact is there, and a second delete is accepted too."""
    victim = stage.sandbox.store.order[0]
    identifier = victim.identifiers[0]
    for _ in range(2):
        response = stage.api.post(f"/contacts/{victim.uuid}/delete", json={"type": kind})
        assert response.json() == {"data": None, "meta": {}}
    stage.clock.now += 1.9
    assert data(stage.api.get(f"/contacts/{victim.uuid}"))
    stage.clock.now += 0.7
    assert code(stage.api.get(f"/contacts/{victim.uuid}")) == 55031
    assert code(stage.api.post(f"/contacts/{victim.uuid}/delete", json={"type": kind})) == 55031
    assert stage.sandbox.store.identifiers[identifier].contact is None
    assert [(each.uuid, each.type) for each in stage.sandbox.store.deletions] == [(victim.uuid, kind)]
    assert stage.sandbox.ledger.effects.deleted == 1
    assert stage.api.get("/contacts").json()["meta"]["total"] == 99


def test_a_delete_needs_its_type(stage: Stage) -> None:
    """Without a type, or with one that does not exist, nothing is scheduled."""
    uuid = stage.sandbox.store.order[0].uuid
    for body in ({}, {"type": "gdpr"}, {"type": "ALL"}):
        assert errors(stage.api.post(f"/contacts/{uuid}/delete", json=body)) == {"type"}
    assert len(stage.sandbox.store.agenda) == 0


def test_a_delete_happens_in_real_time_too(make_sandbox: MakeSandbox) -> None:
    """With the real clock, polling sees the contact go."""
    sandbox = make_sandbox(SandboxConfig(contacts=20, settle_delay=0.05))
    uuid = sandbox.store.order[0].uuid
    with client_of(sandbox) as api:
        data(api.post(f"/contacts/{uuid}/delete", json={"type": "GDPR"}))
        assert wait_until(lambda: api.get(f"/contacts/{uuid}").status_code == 400)


def test_a_merge_moves_what_the_source_had(stage: Stage) -> None:
    """Balances, identifiers and cards end up with the destination; the source is gone."""
    store = stage.sandbox.store
    source, target = store.order[0], store.order[3]
    card = store.cards.all[0]
    source.subscriptions |= 1 << 5
    data(stage.api.post(f"/giftcards/{card.uuid}/send-by-email", json={"contact_uuid": source.uuid}))
    credits_, prepaid = source.credits + target.credits, source.prepaid + target.prepaid
    body = {"source_contact_uuid": source.uuid, "destination_contact_uuid": target.uuid}
    assert data(stage.api.post("/contacts/merge", json=body)) is None
    assert data(stage.api.post("/contacts/merge", json=body)) is None
    assert data(stage.api.get(f"/contacts/{source.uuid}"))
    stage.settle()
    assert code(stage.api.get(f"/contacts/{source.uuid}")) == 55031
    assert data(stage.api.get(f"/contacts/{target.uuid}/credit-balance")) == {"balance": credits_}
    assert data(stage.api.get(f"/contacts/{target.uuid}/prepaid-balance"))["balance_in_cents"] == prepaid
    values = [each["value"] for each in data(stage.api.get(f"/contacts/{target.uuid}/contact-identifiers"))]
    assert values == [*target.identifiers]
    assert source.identifiers[0] in values
    assert card.contact == target.uuid
    assert stage.sandbox.ledger.effects.merged == 1
    assert code(stage.api.post("/contacts/merge", json=body)) == 55031


def test_a_merge_with_itself_is_refused(stage: Stage) -> None:
    """One contact cannot be both ends."""
    uuid = stage.sandbox.store.order[0].uuid
    body = {"source_contact_uuid": uuid, "destination_contact_uuid": uuid}
    assert errors(stage.api.post("/contacts/merge", json=body)) == {"destination_contact_uuid"}


def test_a_merge_into_a_contact_that_goes_first_keeps_the_source(stage: Stage) -> None:
    """When the destination is deleted before the merge is due, the source stays."""
    source, target = stage.sandbox.store.order[0], stage.sandbox.store.order[3]
    data(stage.api.post(f"/contacts/{target.uuid}/delete", json={"type": "DEFAULT"}))
    stage.clock.now += 1.0
    body = {"source_contact_uuid": source.uuid, "destination_contact_uuid": target.uuid}
    data(stage.api.post("/contacts/merge", json=body))
    stage.settle()
    assert data(stage.api.get(f"/contacts/{source.uuid}"))
    assert stage.sandbox.ledger.effects.merged == 0


def test_a_claim_gives_the_address_and_answers_with_stale_values(stage: Stage) -> None:
    """The answer still calls the contact anonymous; reading again tells the truth."""
    uuid = data(stage.api.post("/contacts/anonymous"))["uuid"]
    answer = data(stage.api.put(f"/contacts/{uuid}/claim", json={"email": "real@example.com"}))
    assert answer["email"] == "real@example.com"
    assert answer["current_values"]["is_anonymous"] is True
    assert answer["current_values"]["email"] != "real@example.com"
    fresh = data(stage.api.get("/contacts/find-one-by", params={"email": "real@example.com"}))
    assert fresh["uuid"] == uuid
    assert fresh["current_values"]["is_anonymous"] is False
    assert code(stage.api.put(f"/contacts/{uuid}/claim", json={"email": "real@example.com"})) == 60016


def test_a_claim_onto_a_known_address_merges(stage: Stage) -> None:
    """The anonymous contact disappears into the one that has the address."""
    known = stage.sandbox.store.order[0]
    uuid = data(stage.api.post("/contacts/anonymous", json={"contact_identifier_value": "NEW-1"}))["uuid"]
    data(stage.api.put(f"/contacts/{uuid}/claim", json={"email": known.email.upper()}))
    assert code(stage.api.put(f"/contacts/{uuid}/claim", json={"email": known.email})) == 55031
    assert "NEW-1" in known.identifiers
    effects = stage.sandbox.ledger.effects
    assert (effects.claimed, effects.merged) == (1, 1)


def test_of_two_contacts_with_one_address_the_older_is_found(stage: Stage) -> None:
    """The account has such a pair; when the older one goes, the other is found."""
    older, younger = stage.sandbox.store.order[3:5]
    assert older.email == younger.email
    by_email = {"email": older.email}
    assert data(stage.api.get("/contacts/find-one-by", params=by_email))["uuid"] == older.uuid
    data(stage.api.post(f"/contacts/{older.uuid}/delete", json={"type": "GDPR"}))
    stage.settle()
    assert data(stage.api.get("/contacts/find-one-by", params=by_email))["uuid"] == younger.uuid
