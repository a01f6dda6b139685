"""`contacts.delete`: who is deleted, what is lost, and what the plan may say of them."""

from __future__ import annotations

import json

import polars as pl
import pytest

from ops.errors import ConsentError, OptionError
from ops.jobs.base import Action, Finished, State, Verb
from ops.leat.reader import Reader
from ops.leat.records import Contact
from ops.leat.requests import DeleteContact, GetContact
from ops.lookup import Wanted, read_current
from ops.lookup_keys import with_cards
from ops.report import report_again
from ops.runs import Runs
from ops.sandbox import Fault, SandboxConfig
from tests.conftest import MakeSandbox
from tests.engine.jobs.traces import haystack, spellings, traces
from tests.engine.jobs.trial import Trial, counts, job_of, lines_of, play, told, verdicts
from tests.leat.wire import http, saying, talking

JOB = "contacts.delete"
HEADER = ("reference", "uuid", "email")
LOST = {"credit_balance": 5, "prepaid_balance_in_cents": 250, "tier": "Goud"}
ACTION = Action(1, Verb.DELETE, "", "u1", LOST, dict.fromkeys(LOST))


def now(**changes: object) -> Contact:
    values = {"credit_balance": 5, "prepaid_balance_in_cents": 250, "tier": "Goud"} | changes
    return Contact("u1", values={f"@{name}": value for name, value in values.items()})


async def test_by_uuid_by_address_and_by_both(trial: Trial) -> None:
    """The plan shows what is lost; after the run the contacts are gone, and the count is asked for."""
    one, two, three = trial.known(3)
    one.credits, two.credits, three.credits = 600, 40, 0
    one.prepaid, two.prepaid, three.prepaid = 0, 1_050, 0
    rows = [("R-1", one.uuid, ""), ("R-2", "", f" {two.email.upper()} "), ("R-3", three.uuid, three.email)]
    plan = await trial.plan(JOB, HEADER, rows, type="GDPR")
    assert verdicts(plan) == [("delete", "")] * 3
    assert [line.key for line in lines_of(plan)] == ["R-1", "R-2", "R-3"]
    assert lines_of(plan)[0].before == {"credit_balance": 600, "prepaid_balance_in_cents": 0, "tier": "Stamgast"}
    assert set(lines_of(plan)[0].after.values()) == {None}
    assert plan.meta.totals == {"credit_balance": 640, "prepaid_balance_in_cents": 1050, "contacts_with_a_tier": 1}
    assert plan.meta.notes[0] == "Lost with them for good: 640 credits, € 10.50 of prepaid value, 1 tier."
    assert "GDPR: no reference to personal data stays" in plan.meta.notes[1]
    with pytest.raises(ConsentError):
        plan.raise_if_unsafe(agreed=True)
    with pytest.raises(ConsentError):
        plan.raise_if_unsafe(confirm=2)
    report = await trial.run(plan)
    assert counts(report) == {"done": 3}
    assert {each.uuid for each in trial.sandbox.store.deletions} == {one.uuid, two.uuid, three.uuid}
    assert {each.type for each in trial.sandbox.store.deletions} == {"GDPR"}
    assert report.results.columns == ["_row", "reference", "_verb", "_status", "_code", "_message", "_steps"]
    assert told(report, "reference", "_steps") == [(f"R-{n}", "delete:done gone:done") for n in (1, 2, 3)]
    assert report.files.receipt is not None
    assert json.loads(report.files.receipt.read_text())["confirmed_gone"] == 3


async def test_a_uuid_and_an_address_that_disagree_are_held_fifty_of_fifty(trial: Trial) -> None:
    """Of another person, of nobody, of two people: none of them is deleted."""
    people = trial.known(100)
    addresses = [person.email for person in people[50:]]
    addresses[0], addresses[1] = "niemand@example.org", trial.namesakes()[0].email
    rows = [(f"R-{n}", people[n].uuid, addresses[n]) for n in range(50)]
    plan = await trial.plan(JOB, HEADER, rows, type="GDPR")
    assert verdicts(plan) == [("held", "conflict")] * 50
    assert plan.acting == 0


async def test_an_address_of_two_contacts_is_held_and_one_of_them_goes_by_uuid(trial: Trial) -> None:
    """The uuid says which."""
    one, two = trial.namesakes()
    plan = await trial.plan(JOB, HEADER, [("R-1", "", one.email)], type="GDPR")
    assert verdicts(plan) == [("held", "ambiguous")]
    plan = await trial.plan(JOB, HEADER, [("R-1", two.uuid, two.email)], type="GDPR")
    assert counts(await trial.run(plan)) == {"done": 1}
    assert (trial.contact(one.uuid), trial.contact(two.uuid)) == (one, None)


async def test_addresses_are_looked_up_in_the_list(make_sandbox: MakeSandbox, trial: Trial) -> None:
    """Also where a find would need fewer requests, since it shows one of two; uuids are found."""
    big = Trial(make_sandbox(SandboxConfig(contacts=900)), trial.folder)
    one, two = big.known(2)
    by_address = await big.plan(JOB, HEADER, [("R-1", "", one.email)], type="GDPR")
    assert by_address.meta.lookup.how == "list"
    assert "whether an address is there twice" in by_address.meta.lookup.why
    by_uuid = await big.plan(JOB, HEADER, [("R-1", two.uuid, two.email)], type="GDPR")
    assert by_uuid.meta.lookup.how == "find"


async def test_nobody_is_deleted_twice_or_by_a_doubtful_row(trial: Trial) -> None:
    """The same person in two rows, whatever names them; unknown people; addresses that are none."""
    one, two, three = trial.known(3, first=10)
    rows = [
        ("R-1", one.uuid, ""),
        ("R-2", "", one.email),
        ("R-3", two.uuid, ""),
        ("R-4", two.uuid, ""),
        ("R-5", "", two.email),
        ("R-6", "nobody", ""),
        ("R-7", "", "niemand@example.org"),
        ("R-8", "", "kaputt"),
        ("R-9", "", ""),
        ("R-10", three.uuid, "geen adres"),
    ]
    plan = await trial.plan(JOB, HEADER, rows, type="GDPR")
    assert [line.why for line in lines_of(plan)] == [
        "the same contact stands in rows 1 and 2",
        "the same contact stands in rows 1 and 2",
        "the same uuid stands in rows 3 and 4",
        "the same uuid stands in rows 3 and 4",
        "the same contact stands in rows 3, 4 and 5",
        "not found",
        "not found",
        "email",
        "uuid",
        "email",
    ]
    assert plan.acting == 0
    assert [line.target for line in lines_of(plan)] == [None] * 10
    needles = set().union(*(spellings(text) for text in (one.email, "kaputt", "geen adres", one.uuid, two.uuid)))
    assert traces(needles, haystack(plan.path)) == []


async def test_a_type_is_required_and_is_one_of_two(trial: Trial) -> None:
    """Nobody deletes by default."""
    with pytest.raises(OptionError, match=r"needs --set type=GDPR\|DEFAULT") as raised:
        await trial.plan(JOB, HEADER, [("R-1", "123", "")])
    assert raised.value.where == {"option": "type"}
    with pytest.raises(OptionError, match="type=gdpr is not possible: choose GDPR or DEFAULT"):
        await trial.plan(JOB, HEADER, [("R-1", "123", "")], type="gdpr")
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, [("R-1", one.uuid, "")], type="DEFAULT")
    assert "DEFAULT keeps a detailed log" in plan.meta.notes[1]
    await trial.run(plan)
    assert [each.type for each in trial.sandbox.store.deletions] == ["DEFAULT"]


async def test_whose_balance_has_changed_since_the_plan_is_held(trial: Trial) -> None:
    """Nobody has agreed to lose that; and who has gone was not deleted by us."""
    one, two, three, four = trial.known(4)
    plan = await trial.plan(
        JOB, HEADER, [(f"R-{n}", c.uuid, "") for n, c in enumerate((one, two, three, four))], type="GDPR"
    )
    one.credits += 1
    two.prepaid += 50
    trial.sandbox.store._remove(three)
    report = await trial.run(plan)
    assert [(status, (why or "").split(" was ")[0]) for status, why in told(report, "_status", "_message")] == [
        ("held", "changed since the plan: credit_balance"),
        ("held", "changed since the plan: prepaid_balance_in_cents"),
        ("held", "not found: the contact has gone since the plan"),
        ("done", ""),
    ]
    assert trial.writes() == ["contacts.delete"]


@pytest.mark.parametrize("kind", ["lost_after", "lost_before", "late_commit", "500", "garbage", "half_answer"])
async def test_a_lost_answer_is_asked_again_until_the_contact_is_gone(trial: Trial, kind: str) -> None:
    """A second call does no harm, and "not found" after our own doubtful one means done."""
    people = trial.known(6)
    plan = await trial.plan(JOB, HEADER, [(f"R-{n}", c.uuid, "") for n, c in enumerate(people)], type="GDPR")
    trial.sandbox.set_faults(Fault(kind=kind, endpoint="contacts.delete", every=2, delay=0.02))  # type: ignore[arg-type]
    report = await trial.run(plan)
    assert counts(report) == {"done": 6}
    assert trial.sandbox.ledger.effects.deleted == 6


async def test_accepted_is_not_gone(trial: Trial) -> None:
    """A deletion that is not seen to happen is on the list of doubts, and its uuid stays until it is."""
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, [("R-1", one.uuid, "")], type="GDPR")
    trial.sandbox.store._settling = lambda: 3600.0  # type: ignore[method-assign]
    report = await trial.run(plan, patience=trial.patience(poll_limit=0.2))
    assert told(report, "_status", "_message") == [("unknown", "accepted, not confirmed gone")]
    assert report.files.receipt is not None
    receipt = json.loads(report.files.receipt.read_text())
    assert (receipt["confirmed_gone"], receipt["accepted_not_confirmed"]) == (0, 1)
    assert lines_of(plan)[0].target == one.uuid


async def test_what_the_server_says_of_a_key_is_not_kept() -> None:
    """Its message may name the person or repeat a card's hash: the code is told in our own words."""
    said = json.dumps({"message": "jan@x.nl HASH77 kan niet", "code": 1003, "status_code": 400}).encode()
    wanted = Wanted(uuids=pl.Series(["u1"]), hashes=pl.Series(["HASH77"]), private=True)
    async with talking(saying(http(400, said))) as line, Reader(line.wiring()) as reader:
        current = await read_current(reader, wanted, "find")
        current = await with_cards(reader, wanted, current, lambda _done, _all: None)
    assert set(current.refused) == {"u1", "HASH77"}
    assert set(current.refused.values()) == {"the server does not accept the input (1003)"}


def test_the_steps_wait_until_the_contact_is_gone() -> None:
    """And end without a uuid."""
    asked, ended = play(job_of(JOB, type="GDPR"), ACTION, None, None)
    assert asked[0] == DeleteContact("u1", "GDPR")
    assert asked[1].read == GetContact("u1")
    assert [asked[1].reached(one) for one in (None, Contact("u1"))] == [True, False]
    assert ended == Finished(State.DONE)


@pytest.mark.parametrize(
    ("found", "state"),
    [(now(), None), (now(credit_balance=6), State.HELD), (now(tier=None), State.HELD), (None, State.HELD)],
)
def test_the_second_look_is_at_what_would_be_lost(found: Contact | None, state: State | None) -> None:
    """Held when it is more or less than the plan showed."""
    asked, ended = play(job_of(JOB, type="GDPR"), ACTION, found, look=True)
    assert asked == [GetContact("u1", ("@credit_balance", "@prepaid_balance_in_cents", "@tier"))]
    assert (ended and ended.state) is state
    assert ended is None or ended.uuid is None


async def test_runs_of_this_home_that_hold_the_same_people_are_named_until_they_are_erased(trial: Trial) -> None:
    """In the plan, on the receipt and in the report; what was erased meanwhile is named no more."""
    [one] = trial.known(1)
    before = await trial.plan("contacts.update", ("email", "city"), [(one.email, "Ede")])
    older = await trial.run(before)
    plan = await trial.plan(JOB, ("reference", "email"), [("R-1", one.email)], type="GDPR")
    assert plan.meta.traces == (older.run, str(before.path))
    assert older.run in plan.meta.notes[-2]
    report = await trial.run(plan)
    assert report.held_in_home == plan.meta.traces
    assert report.files.receipt is not None
    assert json.loads(report.files.receipt.read_bytes())["still_held_in"]["home"] == [*plan.meta.traces]
    before.path.unlink()
    Runs(trial.home).remove(older.run)
    again = report_again(Runs(trial.home).find(report.run))
    assert again.held_in_home == ()


async def test_runs_are_named_also_for_people_whom_the_plan_does_not_erase(trial: Trial) -> None:
    """Who has gone from the account, by uuid or address, and whose row is held otherwise; not for a wrong row."""
    by_uuid, by_address, held, wrong = trial.known(4, first=20)
    twice = trial.namesakes()[0]
    people = (by_uuid, by_address, held, twice, wrong)
    runs = []
    for number, person in enumerate(people):
        # An address of two contacts would be held here, too.
        key, value = ("uuid", person.uuid) if person in {by_uuid, twice} else ("email", person.email)
        plan = await trial.plan("contacts.update", (key, "city"), [(value, f"Ede {number}")])
        runs.append((await trial.run(plan)).run)
        plan.path.unlink()
    for person in (by_uuid, by_address):
        trial.sandbox.store._remove(person)
    rows = [
        ("R-1", by_uuid.uuid.upper(), ""),
        ("R-2", "", by_address.email.upper()),
        ("R-3", held.uuid, "niemand@example.org"),
        ("R-4", "", twice.email),
        ("R-5", wrong.uuid, "geen adres"),
    ]
    plan = await trial.plan(JOB, HEADER, rows, type="GDPR")
    assert verdicts(plan) == [
        ("held", "not found"),
        ("held", "not found"),
        ("held", "conflict"),
        ("held", "ambiguous"),
        ("invalid", "email"),
    ]
    assert sorted(plan.meta.traces) == sorted(runs[:4])
    assert sum("holds data of 1 of these people" in note for note in plan.meta.notes) == 4
    needles = set().union(*(spellings(person.email) for person in people))
    assert traces(needles, haystack(plan.path)) == []
