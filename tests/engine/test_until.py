"""Rows that wait for what the server does in its own time: no worker waits with them, and no doubt is hidden."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from ops.control import Control
from ops.drive import Patience
from ops.events import Event, Mark
from ops.journal import Journal
from ops.leat.client import Timeouts
from ops.notebook import watch_run
from ops.plan import Plan
from ops.report import Report, report_again
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.sandbox.faults import Kind
from ops.tally import Tally
from tests.clock import hurried, hurry
from tests.conftest import MakeSandbox
from tests.engine.files import account_of
from tests.engine.test_run import YES, resume, run
from tests.engine.waiting import EAGER, WAITING, Leave, LeavePrivately, LeaveTwice, leaving, left


def settling(make_sandbox: MakeSandbox, delay: float) -> Sandbox:
    return make_sandbox(SandboxConfig(contacts=20, settle_delay=delay))


async def moments(plan: Plan, sandbox: Sandbox, home: Path, control: Control) -> AsyncIterator[Tally | Report]:
    async with aclosing(
        watch_run(plan, account_of(sandbox), YES, home=home, options=WAITING, control=control)
    ) as watched:
        async for moment in watched:
            yield moment


async def test_three_hundred_waiting_rows_need_four_workers(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are confirmed gone, far more wait at once than there are workers, and the counts add up meanwhile."""
    sandbox = settling(make_sandbox, 1.5)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 300)
    tallies = []
    report = None
    async for moment in moments(plan, sandbox, tmp_path, Control()):
        if isinstance(moment, Report):
            report = moment
        else:
            tallies.append(moment)
    assert report is not None
    assert report.state == "finished"
    assert report.counts["done"] == 300
    assert left(sandbox, 300) == 0
    assert max(tally.waiting for tally in tallies) > 100
    assert all(sum(tally.counts.values()) == 300 for tally in tallies)
    assert all(tally.waiting <= tally.left for tally in tallies)
    assert tallies[-1].waiting == 0
    assert sandbox.ledger.count("contacts.delete") == 300
    folder = Runs(tmp_path).find("last")
    assert folder.journal.frame(1, 300).filter(name="gone", state="done").height == 300
    assert {row.steps[1].reply for row in folder.journal.pasts(1, 300).values()} == {b"null"}


async def test_what_is_not_confirmed_in_time_is_told_as_accepted_and_not_as_done(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows end unknown, the step stands in `unknown.csv`, and a resume leaves them alone."""
    sandbox = settling(make_sandbox, 3_600)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 10)
    report = await run(plan, sandbox, tmp_path, replace(WAITING, patience=replace(EAGER, poll_limit=0.4)))
    assert report.counts["unknown"] == 10
    assert set(report.results["_message"]) == {"accepted, not confirmed"}
    assert "gone" in report.files.unknown.read_text()
    assert sandbox.ledger.count("contacts.get") <= 50
    sandbox.ledger.reset()
    assert (await resume(tmp_path, sandbox, WAITING)).counts["unknown"] == 10
    assert sandbox.ledger.count("contacts.get") == sandbox.ledger.writes == 0


@pytest.mark.parametrize("how", ["drain", "stop"])
async def test_a_drain_leaves_waiting_rows_pending_and_resume_confirms_them(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Nothing about them is in doubt; the workers that idle go at once, and nothing is deleted twice."""
    sandbox = settling(make_sandbox, 3_600)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 30)
    control = Control()
    report = None
    async for moment in moments(plan, sandbox, tmp_path, control):
        if isinstance(moment, Report):
            report = moment
        elif moment.waiting == 30 and sandbox.ledger.count("contacts.get") >= 30:
            control.drain("enough") if how == "drain" else control.stop("enough")
    assert report is not None
    assert (report.state, report.counts["pending"], report.counts["unknown"]) == ("stopped", 30, 0)
    for contact in list(sandbox.store.contacts.values()):
        if contact.email.startswith("nieuw"):
            sandbox.store._remove(contact)
    sandbox.ledger.reset()
    report = await resume(tmp_path, sandbox, WAITING)
    assert (report.state, report.counts["done"]) == ("finished", 30)
    assert (sandbox.ledger.writes, sandbox.ledger.count("contacts.get")) == (0, 30)


async def test_a_pause_stops_the_looks_too(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is sent until it is over."""
    sandbox = settling(make_sandbox, 1.0)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 20)
    control, paused, seen = Control(), 0, 0
    last: Tally | Report | None = None
    async for moment in moments(plan, sandbox, tmp_path, control):
        last = moment
        if isinstance(moment, Tally) and moment.waiting == 20 and not paused:
            control.pause()
        if control.is_paused():
            paused += 1
            seen = seen or (sandbox.ledger.requests if paused == 3 else 0)
            if paused == 12:
                assert sandbox.ledger.requests == seen
                control.go()
    assert isinstance(last, Report)
    assert last.counts["done"] == 20


async def test_looks_that_fail_are_no_answer(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500s, broken bodies, 503s and 429s: the rows wait on and are confirmed in the end."""
    sandbox = settling(make_sandbox, 0.5)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 20)
    kinds: tuple[Kind, ...] = ("500", "wrong_type", "503", "429", "lost_after")
    sandbox.set_faults(*(Fault(kind=kind, endpoint="contacts.get", times=8, retry_after=0) for kind in kinds))
    report = await run(plan, sandbox, tmp_path, WAITING)
    assert (report.state, report.counts["done"]) == ("finished", 20)


async def test_a_token_that_expires_meanwhile_uses_up_no_row(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run stops; with a new token the rows are confirmed."""
    sandbox = settling(make_sandbox, 0.5)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 20)
    sandbox.set_faults(Fault(kind="401", endpoint="contacts.get", after=10))
    report = await run(plan, sandbox, tmp_path, WAITING)
    assert (report.state, report.counts["unknown"], report.counts["refused"]) == ("stopped", 0, 0)
    sandbox.set_faults()
    assert (await resume(tmp_path, sandbox, WAITING)).counts["done"] == 20


async def test_a_look_that_is_refused_ends_the_row_unknown_with_the_reason(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deed was accepted, so the row is not refused, whatever keeps it from being confirmed."""
    sandbox = settling(make_sandbox, 0)
    monkeypatch.setattr(Leave, "poll", "../x")
    plan = await leaving(sandbox, tmp_path, monkeypatch, 3)
    report = await run(plan, sandbox, tmp_path, WAITING)
    assert report.counts["unknown"] == 3
    assert report.results["_message"][0].startswith("accepted, not confirmed (get: ")


async def test_one_wait_after_another_and_what_was_found_out(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply that was waited for is the step's reply, and a row counts as waiting once."""
    sandbox = settling(make_sandbox, 0.2)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 10, LeaveTwice)
    tallies = [moment async for moment in moments(plan, sandbox, tmp_path, Control()) if isinstance(moment, Tally)]
    assert max(tally.waiting for tally in tallies) <= 10
    assert tallies[-1].waiting == 0
    columns = Runs(tmp_path).find("last").journal.columns(1, 10)
    assert columns == {row: {"firstname": ""} for row in range(1, 11)}


async def begun_row(plan: Plan, home: Path, *events: Event) -> None:
    """A run that an earlier process has left with these events."""
    folder = Runs(home).claim(plan, {})
    journal = Journal.open(folder.journal_path)
    await journal.commit(*events)
    journal.close()


async def test_a_journaled_end_of_a_wait_is_not_asked_for_again(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reply is fed back; the wait after it, whose deed was done before, is looked at without delay."""
    sandbox = settling(make_sandbox, 0)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 1, LeaveTwice)
    sandbox.store._remove(sandbox.store.contacts_by_email("nieuw0@example.org")[0])
    reply = b'{"uuid": "u1", "values": {"firstname": "Before"}}'
    await begun_row(
        plan,
        tmp_path,
        Event(1, 0, "there", 1, Mark.DONE, reply),
        Event(1, 1, "delete", 1, Mark.INTENT),
        Event(1, 1, "delete", 1, Mark.DONE, b"null"),
    )
    slow = replace(WAITING, patience=replace(EAGER, first_poll=600.0))
    report = await resume(tmp_path, sandbox, slow)
    assert report.counts["done"] == 1
    assert Runs(tmp_path).find("last").journal.columns(1, 1) == {1: {"firstname": "Before"}}
    assert (sandbox.ledger.writes, sandbox.ledger.count("contacts.get")) == (0, 1)


async def test_an_unknown_end_without_the_rows_end_is_looked_at_again(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is seen now counts more; the doubt is settled by it."""
    sandbox = settling(make_sandbox, 0)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 1)
    sandbox.store._remove(sandbox.store.contacts_by_email("nieuw0@example.org")[0])
    await begun_row(plan, tmp_path, Event(1, 0, "delete", 1, Mark.DONE, b"null"), Event(1, 1, "gone", 7, Mark.UNKNOWN))
    assert report_again(Runs(tmp_path).find("last")).counts["unknown"] == 1
    assert (await resume(tmp_path, sandbox, WAITING)).counts["done"] == 1
    assert not Runs(tmp_path).find("last").journal.pasts(1, 1)[1].in_doubt


async def test_a_wait_that_the_journal_knows_by_another_name_stops_the_run(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is another version's."""
    sandbox = settling(make_sandbox, 0)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 1)
    await begun_row(
        plan, tmp_path, Event(1, 0, "delete", 1, Mark.DONE, b"null"), Event(1, 1, "vanished", 1, Mark.DONE, b"null")
    )
    report = await resume(tmp_path, sandbox, WAITING)
    assert report.state == "stopped"
    assert "'vanished' where 'gone' is due" in report.why
    assert sandbox.ledger.count("contacts.get") == 0


async def test_a_private_jobs_journal_names_nobody(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No uuid, no reply, no word of the server's: row, step, state, time and code, with the code's meaning."""
    sandbox = settling(make_sandbox, 0.2)
    plan = await leaving(sandbox, tmp_path, monkeypatch, 10, LeavePrivately)
    uuids = [contact.uuid for contact in sandbox.store.contacts.values()]
    sandbox.store._remove(sandbox.store.contacts_by_email("nieuw3@example.org")[0])
    report = await run(plan, sandbox, tmp_path, WAITING)
    assert (report.counts["done"], report.counts["refused"]) == (9, 1)
    folder = Runs(tmp_path).find("last")
    events = folder.journal.frame(1, 10)
    assert events["uuid"].null_count() == events["card"].null_count() == events.height
    assert folder.journal.pasts(4, 4)[4].message == "delete: there is no such contact (55031)"
    assert {step.reply for past in folder.journal.pasts(1, 10).values() for step in past.steps} == {b"null", None}
    raw = b"".join(path.read_bytes() for path in folder.path.glob("journal*"))
    assert not [uuid for uuid in uuids if uuid.encode() in raw and len(uuid) > 30]
    assert b"nieuw" not in raw


def test_long_waits_cost_few_looks(make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deletions that take four to five minutes: every row is confirmed, with at most a dozen looks each."""
    sandbox = make_sandbox(SandboxConfig(contacts=20, settle_delay=240), clock=hurried)
    options = replace(WAITING, patience=Patience(), clock=hurried, timeouts=Timeouts(3_000, 3_000))

    async def work() -> Report:
        plan = await leaving(sandbox, tmp_path, monkeypatch, 100)
        return await run(plan, sandbox, tmp_path, options)

    report = hurry(work())
    assert (report.state, report.counts["done"]) == ("finished", 100)
    assert sandbox.ledger.count("contacts.get") <= 1_200
