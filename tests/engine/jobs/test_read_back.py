"""How each job reads back what it has written: what it asks for, and what it says when that is not so."""

from __future__ import annotations

from typing import Any

import pytest

from ops.jobs.base import NOT_THERE, Action, Finished, State, Verb
from ops.leat.records import Card, Contact, Holder, Identifier
from ops.leat.requests import FindContact, FindIdentifier, GetCard, GetContact
from ops.verify import Verify
from tests.engine.jobs.trial import Trial, all_files, counts, job_of, told

ISSUE = {"program": "p1", "shop": "s1"}
DONE = Finished(State.DONE, "u1", card="c1")


def proved(job: str, action: Action, *replies: Any, **options: str) -> tuple[list[Any], str | None]:
    """What a job's look back asks for when fed these replies, and what it finds wrong."""
    proof = job_of(job, **options).verify(action, DONE)
    asked, queue = [], [None, *replies]
    while True:
        try:
            asked.append(proof.send(queue.pop(0)))
        except StopIteration as stop:
            return asked, stop.value


def action(verb: Verb, key: str = "a@x.nl", /, **after: object) -> Action:
    return Action(1, verb, key, "u1", {}, after)


@pytest.mark.parametrize(
    ("contact", "wrong"),
    [
        (Contact("u1", "A@x.nl"), None),
        (Contact("u1", "b@x.nl"), "the contact has another e-mail address"),
        (None, NOT_THERE),
    ],
)
def test_a_created_contact_has_its_address(contact: Contact | None, wrong: str | None) -> None:
    """In whatever case the account writes it; the referral code cannot be read."""
    asked, found = proved("contacts.create", action(Verb.CREATE, referral_code="R1"), contact)
    assert (asked, found) == ([GetContact("u1")], wrong)


@pytest.mark.parametrize(
    ("cents", "there", "wrong"),
    [
        (2500, 2500, None),
        (2500, 0, "amount_in_cents is 0, not 2500"),
        (2500, 5000, "amount_in_cents is 5000, not 2500"),
        (None, 0, None),
        (None, 5, "amount_in_cents is 5, not 0"),
    ],
)
def test_a_card_holds_exactly_its_cents(cents: int | None, there: int, wrong: str | None) -> None:
    """Neither nothing nor twice as much; a blank one nothing."""
    after: dict[str, object] = {} if cents is None else {"amount_in_cents": cents}
    asked, found = proved("giftcards.issue", action(Verb.ISSUE, **after), Card("c1", there), **ISSUE)
    assert (asked, found) == ([GetCard("c1")], wrong)


def test_a_card_that_is_not_there_is_told() -> None:
    """Also where nothing was put on it."""
    assert proved("giftcards.issue", action(Verb.ISSUE), None, **ISSUE)[1] == "the card is not there"


@pytest.mark.parametrize(
    ("contact", "wrong"),
    [
        (Contact("u1", "a@x.nl"), None),
        (Contact("u1", "a@x.nl", is_anonymous=True), "the contact is anonymous"),
        (Contact("u2", "a@x.nl"), "the address leads to another contact"),
        (None, "the address leads to no contact"),
    ],
)
def test_a_claimed_address_leads_to_the_known_contact(contact: Contact | None, wrong: str | None) -> None:
    """By the address, as a till would look it up."""
    asked, found = proved("contacts.claim", action(Verb.CLAIM, email="a@x.nl"), contact)
    assert [type(one) for one in asked] == [FindContact]
    assert found == wrong


@pytest.mark.parametrize(
    ("replies", "wrong"),
    [
        ((None, Contact("u2")), None),
        ((Contact("u1"),), "the source is still there"),
        ((None, None), "the destination is not there"),
    ],
)
def test_of_a_merge_the_destination_is_left(replies: tuple[Contact | None, ...], wrong: str | None) -> None:
    """The source is gone and the destination there."""
    assert proved("contacts.merge", action(Verb.MERGE, merged_into="u2"), *replies)[1] == wrong


def test_a_deleted_contact_is_gone() -> None:
    """By its uuid."""
    assert proved("contacts.delete", action(Verb.DELETE), None, type="GDPR") == ([GetContact("u1")], None)
    assert proved("contacts.delete", action(Verb.DELETE), Contact("u1"), type="GDPR")[1]


@pytest.mark.parametrize(
    ("identifier", "wrong"),
    [
        (Identifier("K1", contact=Holder("u1")), None),
        (Identifier("K1", contact=Holder("u2")), "the identifier leads to another contact"),
        (Identifier("K1"), "the identifier leads to no contact"),
        (None, "the identifier leads to no contact"),
    ],
)
def test_an_identifier_leads_to_its_anonymous_contact(identifier: Identifier | None, wrong: str | None) -> None:
    """To that one and no other."""
    asked, found = proved("contacts.anonymous", action(Verb.CREATE, "K1"), identifier)
    assert (asked, found) == ([FindIdentifier("K1")], wrong)


async def test_cards_are_read_back_to_the_cent(trial: Trial) -> None:
    """One that was spent meanwhile is told with what is on it, and is not to be planned again."""
    rows = [("a@example.org", "25"), ("b@example.org", "10.01")]
    plan = await trial.plan("giftcards.issue", ("email", "amount"), rows, program="Cadeaukaart", shop="Webshop")
    report = await trial.run(plan, verify=Verify())
    assert (report.verified, report.mismatch) == (2, 0)
    assert told(report, "_steps")[0] == ("create_card:done put_value:done read_back:verified",)


async def test_who_was_erased_is_read_back_without_a_word_about_them(trial: Trial) -> None:
    """The contact is gone, and the journal says verified and no more."""
    people = [one for one in trial.known(9) if len(one.uuid) == 36][:3]
    plan = await trial.plan("contacts.delete", ("email",), [(one.email,) for one in people], type="GDPR")
    report = await trial.run(plan, verify=Verify())
    assert counts(report) == {"done": 3}
    assert report.verified == 3
    for path, content in all_files(report.folder).items():
        assert not any(word.encode() in content for one in people for word in (one.uuid, one.email)), path


async def test_merges_claims_and_anonymous_contacts_are_verified(trial: Trial) -> None:
    """Each by its own proof, against the sandbox."""
    anonymous = await trial.plan("contacts.anonymous", ("identifier",), [("KAART-1",), ("KAART-2",)])
    assert (await trial.run(anonymous, verify=Verify())).verified == 2
    [one, *_] = trial.anonymous(1)
    claim = await trial.plan("contacts.claim", ("uuid", "email"), [(one.uuid, "nieuw@example.org")])
    assert (await trial.run(claim, verify=Verify())).verified == 1
    source, destination = trial.known(2)
    merge = await trial.plan("contacts.merge", ("source", "destination"), [(source.uuid, destination.uuid)])
    assert (await trial.run(merge, verify=Verify())).verified == 1


async def test_what_writes_nothing_is_not_read_back(trial: Trial) -> None:
    """Asking for it does no harm."""
    plan = await trial.plan("contacts.enrich", ("uuid",), [(trial.known(1)[0].uuid,)])
    report = await trial.run(plan, verify=Verify())
    assert (counts(report), report.verified, report.mismatch) == ({"done": 1}, 0, 0)
