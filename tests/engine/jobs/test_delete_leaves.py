"""What `contacts.delete` leaves of people when something goes wrong: no word of the server's, no id of who is gone."""

from __future__ import annotations

import httpx
import pytest

from ops.events import ROW_STATE
from ops.journal import Journal
from ops.report import Report, report_again
from ops.runs import RunFolder, Runs
from ops.sandbox.records import Contact
from ops.verify import Verify
from tests.engine.files import account_of
from tests.engine.jobs.traces import haystack, id_spellings, spellings, traces
from tests.engine.jobs.trial import Trial, counts, lines_of, told
from tests.engine.made import step
from tests.engine.meddling import Meddle, meddled, says

JOB = "contacts.delete"
HEADER = ("reference", "uuid", "email")


def rows_of(people: list[Contact]) -> list[tuple[str, ...]]:
    """By uuid alone, since the address is what the server might give away."""
    return [(f"R-{n}", person.uuid, "") for n, person in enumerate(people, 1)]


def talkative(person: Contact, code: int, part: str, method: str = "GET") -> Meddle:
    """A server that names the person when it refuses requests of a kind."""

    async def answer(request: httpx.Request) -> httpx.Response | None:
        befallen = request.method == method and part in request.url.path
        return says(400, code, f"{person.email} kan niet") if befallen else None

    return answer


def said(trial: Trial, report: Report, person: Contact) -> list[tuple[bytes, str]]:
    """Where the home, or the report as it is told, names the person by address."""
    return traces(spellings(person.email), {**haystack(trial.home), "told": repr(report).encode()})


@pytest.mark.parametrize("code", [60000, 7002, 7011])
@pytest.mark.parametrize(
    ("part", "method"), [("/delete", "POST"), ("/contacts/", "GET")], ids=["the deletion", "the look before"]
)
async def test_what_the_server_says_as_it_stops_the_run_is_not_kept(
    trial: Trial, code: int, part: str, method: str
) -> None:
    """The code is told in our own words, in every file."""
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    report = await trial.run(plan, transport=meddled(talkative(one, code, part, method)))
    assert (report.state, counts(report)) == ("stopped", {"pending": 1})
    assert report.why.endswith(f" ({code}).")
    assert said(trial, report, one) == []


async def test_what_the_server_says_to_a_poll_is_not_kept(trial: Trial) -> None:
    """A row that waits is looked at, and goes on once the account lets it."""
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    line = meddled(talkative(one, 7011, f"/contacts/{one.uuid}"))
    report = await trial.run(plan, transport=line, recheck="never")
    assert counts(report) == {"pending": 1}
    assert "gives no access" in report.why
    assert said(trial, report, one) == []
    assert counts(await trial.resume()) == {"done": 1}


async def test_what_the_server_says_to_a_look_back_is_not_kept(trial: Trial) -> None:
    """The row is done, and the account refuses to show it once more."""
    [one] = trial.known(1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    looks = []

    async def answer(request: httpx.Request) -> httpx.Response | None:
        if f"/contacts/{one.uuid}" in request.url.path and trial.contact(one.uuid) is None:
            looks.append(request)
            return says(400, 7011, f"{one.email} kan niet") if len(looks) > 1 else None
        return None

    report = await trial.run(plan, transport=meddled(answer), verify=Verify())
    assert (counts(report), report.state) == ({"done": 1}, "stopped")
    assert "gives no access" in report.why
    assert said(trial, report, one) == []


def last(trial: Trial) -> RunFolder:
    """The last run."""
    return Runs(trial.home).find("last")


def ids(trial: Trial, people: list[Contact]) -> list[tuple[bytes, str]]:
    """Where the home has an id of theirs."""
    return traces(set().union(*(id_spellings(person.uuid) for person in people)), haystack(trial.home))


def leavers(trial: Trial, count: int) -> list[Contact]:
    """People whose ids can be searched for: one such as "123" may stand in any file by chance."""
    return [person for person in trial.known(count + 5) if len(person.uuid) > 20][:count]


async def test_nothing_stays_of_whoever_had_gone_before_their_turn(trial: Trial) -> None:
    """Seen so by the look before the deletion: what they had goes with their uuid, and the plan is still the plan."""
    people = leavers(trial, 3)
    plan = await trial.plan(JOB, HEADER, rows_of(people), type="GDPR")
    trial.sandbox.store._remove(people[0])
    report = await trial.run(plan)
    assert told(report, "_status", "_code") == [("held", "55031"), ("done", None), ("done", None)]
    assert ids(trial, people) == []
    for left in (plan, last(trial).plan):
        left.verify()
        assert [(line.key, line.target, line.before, line.after) for line in lines_of(left)] == [
            (f"R-{n}", None, {}, {}) for n in (1, 2, 3)
        ]
    assert "leave the rows out" in report.triage[0].next


async def test_nothing_stays_of_whoever_the_account_refuses_to_know(trial: Trial) -> None:
    """Refused as unknown at the first attempt; sending that again would tell nothing, so it is not offered."""
    people = leavers(trial, 2)
    plan = await trial.plan(JOB, HEADER, rows_of(people), type="GDPR")
    trial.sandbox.store._remove(people[0])
    report = await trial.run(plan, recheck="never")
    assert told(report, "_status", "_code") == [("refused", "55031"), ("done", None)]
    assert ids(trial, people) == []
    assert report.resends == 0
    assert "nothing is left to be done" in report.triage[0].next
    trial.sandbox.ledger.reset()
    again = await trial.resume(retry_refused=True)
    assert trial.writes() == []
    assert told(again, "_status", "_message") == told(report, "_status", "_message")


async def test_a_row_refused_for_another_reason_is_sent_again(trial: Trial) -> None:
    """Its uuid is still there, and goes once the deletion has worked."""
    [one] = leavers(trial, 1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    report = await trial.run(plan, transport=meddled(talkative(one, 1003, "/delete", "POST")))
    assert (counts(report), report.resends) == ({"refused": 1}, 1)
    assert said(trial, report, one) == []
    assert counts(await trial.resume(retry_refused=True)) == {"done": 1}
    assert ids(trial, [one]) == []


async def test_that_a_contact_is_gone_and_that_its_row_has_ended_are_one_record(trial: Trial) -> None:
    """No kill comes between the two."""
    people = trial.known(30)
    plan = await trial.plan(JOB, HEADER, rows_of(people), type="GDPR")
    assert counts(await trial.run(plan)) == {"done": 30}
    events = last(trial).journal.frame(1, 30)
    seen, ended = events.filter(name="gone").sort("row"), events.filter(step=ROW_STATE).sort("row")
    assert seen["at"].to_list() == ended["at"].to_list()


async def test_a_kill_before_the_end_of_a_row_and_a_report_leave_it_to_be_ended(trial: Trial) -> None:
    """It is done, and not held for want of a contact."""
    [one] = leavers(trial, 1)
    plan = await trial.plan(JOB, HEADER, rows_of([one]), type="GDPR")
    folder = Runs(trial.home).claim(plan, {"account": account_of(trial.sandbox).name, "plan_path": str(plan.path)})
    journal = Journal.open(folder.journal_path)
    journal.post(step(1, 0, "delete"), step(1, 1, "gone"))
    journal.close()
    trial.sandbox.store._remove(one)
    assert report_again(folder).counts["pending"] == 1
    assert told(await trial.resume(), "_status", "_message") == [("done", None)]
    assert ids(trial, [one]) == []


async def test_rows_whose_contact_is_forgotten_count_as_confirmed(trial: Trial) -> None:
    """A resume that reads back has nothing to read them by, and need not: their own step has seen them go."""
    people = trial.known(3)
    plan = await trial.plan(JOB, HEADER, rows_of(people), type="GDPR")

    async def answer(request: httpx.Request) -> httpx.Response | None:
        gone = trial.contact(people[0].uuid) is None and people[0].uuid in request.url.path
        return says(400, 1003) if gone and "gone:done" in steps_of(trial) else None

    report = await trial.run(plan, transport=meddled(answer), verify=Verify())
    assert (report.verified, report.unread, counts(report)) == (2, 1, {"done": 3})
    trial.sandbox.ledger.reset()
    for wanted in (Verify(), Verify(2), Verify()):
        report = await trial.resume(verify=wanted)
        assert (report.verified, report.unread, report.mismatch) == (3, 0, 0)
    assert not [entry for entry in trial.sandbox.ledger.entries if "/contacts/" in entry.path]
    assert report.state == "finished"


def steps_of(trial: Trial) -> str:
    """What the journal knows of the first row."""
    events = last(trial).journal.frame(1, 1)
    return " ".join(f"{name}:{state}" for name, state in events.select("name", "state").iter_rows())
