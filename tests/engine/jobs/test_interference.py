"""What others do to the account while a row is on its way: nobody else's contact passes for the row's own."""

from __future__ import annotations

from typing import Any

import httpx

from ops.verify import Verify
from tests.engine.jobs.trial import Trial, counts, told, verdicts
from tests.engine.meddling import meddled, says
from tests.sandbox.support import client_of

NEW = "brand.new@example.org"


async def test_a_claim_that_merged_with_somebody_who_came_meanwhile_is_not_done(trial: Trial) -> None:
    """A contact gets the address between the last look and the claim: nobody allowed a merge, so a person is told."""
    [anonymous] = trial.anonymous(1)
    plan = await trial.plan("contacts.claim", ("uuid", "email"), [(anonymous.uuid, NEW)])
    assert verdicts(plan) == [("claim", "")]

    async def come_first(request: httpx.Request) -> None:
        if request.url.path.endswith("/claim"):
            with client_of(trial.sandbox) as other:
                other.post("/contacts", json={"email": NEW})

    report = await trial.run(plan, transport=meddled(come_first), verify=Verify())
    assert counts(report) == {"unknown": 1}
    [(steps, message)] = told(report, "_steps", "_message")
    assert steps == "claim:done claimed:done"
    assert message is not None
    assert message.startswith("claimed, but the address leads to another contact")


async def test_a_claim_of_which_nobody_knows_adopts_no_strangers_contact(trial: Trial) -> None:
    """The first attempt fails; then the contact is claimed with another address, and a stranger takes the row's."""
    [anonymous] = trial.anonymous(1)
    plan = await trial.plan("contacts.claim", ("uuid", "email"), [(anonymous.uuid, NEW)])
    claims = []

    async def claim_first(request: httpx.Request) -> httpx.Response | None:
        if not request.url.path.endswith("/claim"):
            return None
        claims.append(request)
        if len(claims) == 1:
            return says(500)
        with client_of(trial.sandbox) as other:
            other.post("/contacts", json={"email": NEW})
            other.put(f"/contacts/{anonymous.uuid}/claim", json={"email": "other@example.org"})
        return None

    report = await trial.run(plan, transport=meddled(claim_first), verify=Verify())
    assert counts(report) == {"unknown": 1}


async def test_a_look_back_that_is_refused_leaves_the_step_in_doubt(trial: Trial) -> None:
    """The contact may be there: the row is no refused one to be mended and planned again."""
    plan = await trial.plan("contacts.create", ("email",), [(NEW,)])
    creates = []

    async def lose_and_refuse(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith("/contacts") and request.method == "POST":
            creates.append(request)
            if len(creates) == 1:
                with client_of(trial.sandbox) as other:
                    other.post("/contacts", json={"email": NEW})
                return says(500)
        return says(400, 1003) if "find-one-by" in request.url.path and creates else None

    report = await trial.run(plan, transport=meddled(lose_and_refuse), recheck="never")
    assert counts(report) == {"unknown": 1}
    assert told(report, "_steps") == [("create:unknown",)]
    assert report.files.retry.read_text("utf-8").splitlines() == ["email"]


async def test_an_answer_about_another_person_is_never_taken(trial: Trial) -> None:
    """Find-or-create answers with somebody else: her values stay, and nobody mails her a card."""
    [other] = trial.takers(1)
    amounts: dict[str, Any] = {"program": "Cadeaukaart", "shop": "Webshop", "send": "true"}
    plan = await trial.plan("giftcards.issue", ("email", "amount"), [(NEW, "5")], **amounts)
    with client_of(trial.sandbox) as client:
        wrong = client.get(f"/contacts/{other.uuid}").content

    async def mistake(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, content=wrong) if "find-or-create" in request.url.path else None

    report = await trial.run(plan, transport=meddled(mistake), recheck="never")
    assert counts(report) == {"unknown": 1}
    assert trial.sandbox.ledger.effects.cards == 0
