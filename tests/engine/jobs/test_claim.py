"""`contacts.claim`: who is claimed, what would merge, and what a lost answer comes to."""

from __future__ import annotations

import httpx
import pytest

from ops.errors import ConsentError, OptionError
from ops.jobs import JOBS
from ops.jobs.base import Action, Finished, State, Verb
from ops.jobs.options import check_options
from ops.leat.records import Contact, ContactRef
from ops.leat.requests import ClaimContact, FindContact, GetContact
from ops.sandbox import Fault
from tests.engine.jobs.trial import Trial, counts, job_of, lines_of, play, told, verdicts
from tests.sandbox.support import client_of

JOB = "contacts.claim"
BOTH = ("uuid", "identifier", "email")


def action(verb: Verb = Verb.CLAIM, **after: object) -> Action:
    return Action(1, verb, "a@x.nl", "u1", {}, {"email": "a@x.nl", "is_anonymous": False, **after})


async def test_by_uuid_by_identifier_or_by_both(trial: Trial) -> None:
    """Each becomes the known contact of its address, and the results name it."""
    one, two, three = trial.anonymous(3)
    rows = [
        (one.uuid, "", "een@example.org"),
        ("", two.identifiers[0], "twee@example.org"),
        (three.uuid, three.identifiers[0], "Drie@example.org"),
    ]
    plan = await trial.plan(JOB, BOTH, rows)
    assert verdicts(plan) == [("claim", "")] * 3
    assert [line.target for line in lines_of(plan)] == [one.uuid, two.uuid, three.uuid]
    assert lines_of(plan)[0].before == {"email": one.email, "is_anonymous": True}
    assert lines_of(plan)[0].after == {"email": "een@example.org", "is_anonymous": False}
    assert not plan.needs_count
    assert plan.meta.notes == ()
    assert plan.meta.writes == 3
    report = await trial.run(plan)
    assert counts(report) == {"done": 3}
    assert told(report, "_uuid", "_steps") == [
        (uuid, "claim:done claimed:done") for uuid in (one.uuid, two.uuid, three.uuid)
    ]
    assert "_card" not in report.results.columns
    with client_of(trial.sandbox) as other:
        for (_, _, email), uuid in zip(rows, (one.uuid, two.uuid, three.uuid), strict=True):
            body = other.get("/contacts/find-one-by", params={"email": email}).json()["data"]
            assert (body["uuid"], body["email"]) == (uuid, email)
            assert body["current_values"]["is_anonymous"] is False


async def test_keys_of_a_row_that_do_not_agree_are_held(trial: Trial) -> None:
    """An identifier of another contact, one that leads nowhere, and one that the account does not know."""
    one, two, three = trial.anonymous(3)
    rows = [
        (one.uuid, two.identifiers[0], "een@example.org"),
        (two.uuid, "VRIJ0010000", "twee@example.org"),
        (three.uuid, "NERGENS", "drie@example.org"),
        ("", "NERGENS-2", "vier@example.org"),
        ("nobody", "", "vijf@example.org"),
    ]
    plan = await trial.plan(JOB, BOTH, rows)
    assert verdicts(plan) == [("held", "conflict")] * 3 + [("held", "not found")] * 2
    assert plan.acting == 0


async def test_two_identifiers_of_one_contact_are_two_rows_for_it(trial: Trial) -> None:
    """It can get one address only."""
    [one] = trial.anonymous(1)
    trial.sandbox.store.link(trial.sandbox.store.identifier("VRIJ0010000"), one)
    rows = [(one.identifiers[0], "een@example.org"), ("VRIJ0010000", "twee@example.org")]
    plan = await trial.plan(JOB, ("identifier", "email"), rows)
    assert [line.reason for line in lines_of(plan)] == ["the same contact stands in rows 1 and 2"] * 2


async def test_two_rows_for_one_address_are_held(trial: Trial) -> None:
    """In whatever spelling: the second would merge with the first."""
    one, two, three, four = trial.anonymous(4)
    rows = [
        (one.uuid, "Iemand@example.org"),
        (two.uuid, "iemand@EXAMPLE.org"),
        (three.uuid, "jan@müller.example"),
        (four.uuid, "jan@xn--mller-kva.example"),
    ]
    plan = await trial.plan(JOB, ("uuid", "email"), rows)
    assert [line.reason for line in lines_of(plan)] == [
        "the same e-mail stands in rows 1 and 2",
        "the same e-mail stands in rows 1 and 2",
        "the same e-mail stands in rows 3 and 4",
        "the same e-mail stands in rows 3 and 4",
    ]


async def test_who_is_claimed_already_is_the_same_and_who_is_known_otherwise_is_held(trial: Trial) -> None:
    """Nothing is sent to either."""
    one, two = trial.known(2)
    plan = await trial.plan(JOB, ("uuid", "email"), [(one.uuid, one.email.upper()), (two.uuid, "ander@example.org")])
    assert verdicts(plan) == [("same", ""), ("held", "not anonymous")]


async def test_an_address_that_exists_is_a_merge_and_needs_consent_twice(trial: Trial) -> None:
    """Held without `allow_merge`; with it the exact number is asked for, and only then."""
    [guest, other], [member] = trial.anonymous(2), trial.known(1)
    guest.credits, member.credits = 7, 35
    rows = [(guest.uuid, member.email), (other.uuid, "nieuw@example.org")]
    held = await trial.plan(JOB, ("uuid", "email"), rows)
    assert verdicts(held) == [("held", "merge"), ("claim", "")]
    assert not held.needs_count
    assert "allow_merge=true" in lines_of(held)[0].reason
    plan = await trial.plan(JOB, ("uuid", "email"), rows, allow_merge="true")
    assert verdicts(plan) == [("merge", ""), ("claim", "")]
    assert plan.needs_count
    assert plan.meta.totals == {"merges": 1}
    assert "cannot be undone" in plan.meta.notes[0]
    line = lines_of(plan)[0]
    assert (line.before["credit_balance"], line.before["merged_into.credit_balance"]) == (7, 35)
    assert (line.after["merged_into"], line.after["merged_into.credit_balance"]) == (member.uuid, 42)
    with pytest.raises(ConsentError):
        plan.raise_if_unsafe(agreed=True)
    report = await trial.run(plan)
    assert counts(report) == {"done": 2}
    assert trial.contact(guest.uuid) is None
    assert member.credits == 42
    assert told(report, "_uuid", "_steps")[0] == (member.uuid, "claim:done claimed:done merged:done")
    assert trial.sandbox.ledger.effects.merged == 1


async def test_an_address_of_two_contacts_is_ambiguous_even_with_consent(trial: Trial) -> None:
    """Nobody can say into whom it would merge."""
    [guest], [namesake, _] = trial.anonymous(1), trial.namesakes()
    plan = await trial.plan(JOB, ("uuid", "email"), [(guest.uuid, namesake.email)], allow_merge="true")
    assert verdicts(plan) == [("held", "ambiguous")]


async def test_a_plan_by_addresses_reads_the_list(trial: Trial) -> None:
    """A find would show one of two contacts with an address, and a claim merges."""
    plan = await trial.plan(JOB, ("uuid", "email"), [(trial.anonymous(1)[0].uuid, "nieuw@example.org")])
    assert plan.meta.lookup.how == "list"
    by_hand = await trial.plan(
        JOB, ("uuid", "email"), [(trial.anonymous(1)[0].uuid, "nieuw@example.org")], lookup="find"
    )
    assert "a find shows one" in by_hand.meta.lookup.why


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="lost_after", endpoint="contacts.claim", times=1),
        Fault(kind="500", endpoint="contacts.claim", commit=True, times=1),
        Fault(kind="garbage", endpoint="contacts.claim", commit=True, times=1),
        Fault(kind="lost_before", endpoint="contacts.claim", times=1),
    ],
    ids=lambda fault: fault.kind,
)
async def test_a_claim_whose_answer_is_lost_is_read_back(trial: Trial, fault: Fault) -> None:
    """The second call says "not anonymous", or "not found" after a merge: the address shows that it worked."""
    [guest, other], [member] = trial.anonymous(2), trial.known(1)
    for rows in ([(guest.uuid, "nieuw@example.org")], [(other.uuid, member.email)]):
        plan = await trial.plan(JOB, ("uuid", "email"), rows, allow_merge="true")
        trial.sandbox.set_faults(fault)
        report = await trial.run(plan)
        assert counts(report) == {"done": 1}
        trial.sandbox.set_faults()
    assert trial.sandbox.ledger.effects.claimed == 2
    assert trial.contact(guest.uuid) is not None
    assert trial.contact(other.uuid) is None


async def test_what_has_changed_since_the_plan_is_held(trial: Trial) -> None:
    """The contact is gone, known by now, claimed by now; the address has come, has gone."""
    guests = trial.anonymous(5)
    [member] = trial.known(1)
    rows = [(guest.uuid, f"nieuw{n}@example.org") for n, guest in enumerate(guests[:4])]
    plan = await trial.plan(JOB, ("uuid", "email"), [*rows, (guests[4].uuid, member.email)], allow_merge="true")
    store = trial.sandbox.store
    store._remove(guests[0])
    store.claim(guests[1], "ander@example.org")
    store.claim(guests[2], rows[2][1])
    store.create(rows[3][1])
    store._remove(member)
    trial.sandbox.ledger.reset()
    report = await trial.run(plan)
    assert [(status, (why or "").split(":")[0]) for status, why in told(report, "_status", "_message")] == [
        ("held", "not found"),
        ("held", "changed since the plan"),
        ("same", "already claimed when its turn came"),
        ("held", "exists"),
        ("held", "changed since the plan"),
    ]
    assert trial.writes() == []


def test_the_steps_read_again_since_the_answer_is_stale() -> None:
    """The claim, then the address until its contact is known."""
    known = Contact("u1", "a@x.nl")
    asked, ended = play(job_of(JOB), action(), ContactRef("u1"), known)
    assert asked[0] == ClaimContact("u1", "a@x.nl")
    waits = asked[1]
    assert waits.read == FindContact("a@x.nl", ("@is_anonymous",))
    assert [waits.reached(one) for one in (None, Contact("u1", is_anonymous=True), known)] == [False, False, True]
    assert ended == Finished(State.DONE, "u1")


@pytest.mark.parametrize(("stays", "goes"), [("u1", "u2"), ("u2", "u1")])
def test_of_a_merge_the_one_that_the_address_does_not_lead_to_must_be_gone(stays: str, goes: str) -> None:
    """Which of them stays is not documented."""
    replies = (ContactRef(stays), Contact(stays), None)
    asked, ended = play(job_of(JOB, allow_merge="true"), action(Verb.MERGE, merged_into="u2"), *replies)
    assert asked[2].read == GetContact(goes)
    assert ended == Finished(State.DONE, stays)


def test_an_option_that_is_neither_true_nor_false_is_refused() -> None:
    """Naming the option and its values."""
    with pytest.raises(OptionError, match="allow_merge=maybe is not possible: choose true or false"):
        check_options(JOBS[JOB], {"allow_merge": "maybe"})
    with pytest.raises(OptionError, match="has no option 'merge'; it has: allow_merge, duplicates"):
        check_options(JOBS[JOB], {"merge": "true"})


def test_the_sandbox_answers_a_claim_with_stale_values(trial: Trial) -> None:
    """What the job must not believe."""
    [guest] = trial.anonymous(1)
    with client_of(trial.sandbox) as other:
        answer: httpx.Response = other.put(f"/contacts/{guest.uuid}/claim", json={"email": "nieuw@example.org"})
    assert answer.json()["data"]["current_values"]["is_anonymous"] is True
