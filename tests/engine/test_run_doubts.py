"""Runs that go wrong in less usual ways: what is told of them must still be true."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from ops.control import Control
from ops.errors import JournalError, PlanError
from ops.events import ROW_STATE, Event, Mark
from ops.files import META_KEY
from ops.journal import Journal
from ops.leat.records import encode
from ops.notebook import run_plan, watch_run
from ops.report import Report, report_again
from ops.runs import RunFolder, Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.tally import Tally
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, account_of, people, plan_of, write_csv
from tests.engine.test_run import HASTY, YES, planned, resume, run
from tests.leat.wire import answering, http, noting, talking

ONE = replace(HASTY, workers=1)


async def test_a_doubt_in_a_second_try_is_listed_and_not_hidden_by_the_old_refusal(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """The row is unknown, stands in unknown.csv with its step and time, and not in retry.csv."""
    plan = await planned(sandbox, tmp_path, 2, job="contacts.create")
    sandbox.store.create("nieuw1@example.org")
    await run(plan, sandbox, tmp_path)
    folder = Runs(tmp_path).find("last")
    journal = Journal.open(folder.journal_path)
    await journal.commit(Event(2, 0, "create", 2, Mark.INTENT))
    journal.close()
    report = report_again(folder)
    assert report.state == "stopped"
    assert report.counts["unknown"] == 1
    assert report.counts["refused"] == 0
    [unknown] = pl.read_csv(report.files.unknown, infer_schema=False).to_dicts()
    assert (unknown["_row"], unknown["_step"]) == ("2", "create")
    assert unknown["_since"]
    assert report.files.retry.read_text().splitlines() == ["email,firstname,housenumber"]


async def test_a_drained_second_try_at_refused_rows_is_told_as_stopped(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """Not as finished: rows were left."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    plan = await planned(sandbox, tmp_path, 30, job="contacts.create")
    for n in range(30):
        sandbox.store.create(f"nieuw{n}@example.org")
    await run(plan, sandbox, tmp_path, replace(ONE, stop=replace(ONE.stop, refused=1_000)))
    again = replace(ONE, retry_refused=True, stop=replace(ONE.stop, refused=3))
    report = await resume(tmp_path, sandbox, again)
    assert report.state == "stopped"
    assert report.counts["refused"] == 30


async def test_a_journal_that_fails_in_mid_run_stops_it_with_its_files_written(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something was sent, so it is no refusal to begin: the run is stopped, and no request went without an intent."""
    plan = await planned(sandbox, tmp_path, 300)
    real = Journal.open

    def nearly_full(path: Path) -> Journal:
        journal = real(path)
        journal._connection.execute("PRAGMA max_page_count = 12")
        return journal

    monkeypatch.setattr(Journal, "open", nearly_full)
    sandbox.ledger.reset()
    report = await run(plan, sandbox, tmp_path)
    monkeypatch.undo()
    assert report.state == "stopped"
    assert "journal" in report.why
    assert report.files.results.exists()
    assert (await resume(tmp_path, sandbox)).counts["done"] == 300
    assert sandbox.ledger.effects.created == 300


async def test_an_answer_with_an_id_that_cannot_be_asked_for_is_no_success(tmp_path: Path, sandbox: Sandbox) -> None:
    """It ends its row alone, and nothing is sent to such an id."""
    plan = await planned(sandbox, tmp_path, 3)
    heads: list[bytes] = []
    strange = http(200, b'{"data":{"uuid":"../evil","current_values":{}},"meta":[]}', "Connection: close")
    shops = encode({"data": [{"uuid": uuid} for uuid in (*plan.meta.shops, *plan.meta.programs)]})

    async def choose(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        known = b"/shops" in heads[-1] or b"/giftcard-programs" in heads[-1]
        await answering(http(200, shops, "Connection: close") if known else strange)(reader, writer)

    async with talking(noting(heads, choose)) as line:
        account = replace(account_of(sandbox), base_url=f"http://127.0.0.1:{line.port}")
        report = await run_plan(plan, account, YES, home=tmp_path, options=HASTY)
    assert report.counts["unknown"] == 3
    assert not any(b"evil" in head for head in heads)


async def test_a_redirected_write_stays_in_doubt(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """A server may redirect after the deed: the next attempt is understood as a second one."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    plan = await planned(sandbox, tmp_path, 1, job="contacts.create")
    sandbox.set_faults(Fault(kind="redirect", endpoint="contacts.create", times=1, location="http://127.0.0.1:1/"))
    report = await run(plan, sandbox, tmp_path)
    assert report.state == "stopped"
    assert report.counts["unknown"] == 1
    sandbox.store.create("nieuw0@example.org")
    assert (await resume(tmp_path, sandbox)).counts["done"] == 1


async def test_breaking_off_lets_go_of_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """With its generator closed, the run has stopped and can be resumed at once."""
    plan = await planned(sandbox, tmp_path, 200)
    async with aclosing(watch_run(plan, account_of(sandbox), YES, home=tmp_path, options=HASTY)) as moments:
        async for moment in moments:
            if isinstance(moment, Tally) and moment.finished >= 5:
                break
    assert (await resume(tmp_path, sandbox)).counts["done"] == 200
    assert sandbox.ledger.effects.created == 200


async def test_a_resume_looks_again_at_rows_whose_first_try_was_turned_away(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """A 401 wrote nothing, so what has changed since must still be seen."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    contact = sandbox.store.create("nieuw0@example.org")
    plan = await plan_of(sandbox, "contacts.update", write_csv(tmp_path / "in.csv", HEADER, people(1)))
    sandbox.set_faults(Fault(kind="401", on="writes"))
    assert (await run(plan, sandbox, tmp_path, replace(HASTY, recheck="never"))).state == "stopped"
    sandbox.set_faults()
    sandbox.store.update(contact, {"firstname": "Somebody else"})
    report = await resume(tmp_path, sandbox, replace(HASTY, recheck="always"))
    assert report.counts["held"] == 1
    assert sandbox.store.values(contact)["firstname"] == "Somebody else"


async def test_rows_that_cannot_be_read_stop_the_run_with_a_reason(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """They are left for a resume, which does them when the server answers again."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    for n in range(60):
        sandbox.store.create(f"nieuw{n}@example.org")
    plan = await planned(sandbox, tmp_path, 60, job="contacts.update")
    sandbox.set_faults(Fault(kind="500", endpoint="contacts.get"))
    always = replace(HASTY, recheck="always", workers=5)
    report = await run(plan, sandbox, tmp_path, always)
    assert report.state == "stopped"
    assert "cannot be read" in report.why
    assert report.counts["pending"] == 60
    sandbox.set_faults()
    assert (await resume(tmp_path, sandbox, always)).counts["done"] == 60


def _edited(folder: RunFolder) -> None:
    path = folder.path / "plan.parquet"
    meta = {META_KEY: pl.read_parquet_metadata(path)[META_KEY]}
    pl.read_parquet(path).with_columns(after=pl.lit('{"firstname":"Eve"}')).write_parquet(path, metadata=meta)


def _foreign(folder: RunFolder) -> None:
    folder.journal_path.unlink()
    Journal.create(folder.journal_path, {"checksum": "another"}).close()


@pytest.mark.parametrize(("spoil", "error"), [(_edited, PlanError), (_foreign, JournalError)])
async def test_a_resume_trusts_neither_an_edited_plan_nor_a_foreign_journal(
    sandbox: Sandbox, tmp_path: Path, spoil: Callable[[RunFolder], None], error: type[Exception]
) -> None:
    """What was reviewed is what runs, and what was done is what is told."""
    plan = await planned(sandbox, tmp_path, 5)
    folder = Runs(tmp_path).claim(plan, {})
    spoil(folder)
    with pytest.raises(error):
        await resume(tmp_path, sandbox)
    assert sandbox.ledger.effects.created == 0


async def test_looking_whether_a_run_is_held_is_in_nobodys_way(sandbox: Sandbox, tmp_path: Path) -> None:
    """Neither does it take the lock from one who comes, nor write into it."""
    folder = Runs(tmp_path).claim(await planned(sandbox, tmp_path, 1), {})
    for _ in range(50):
        assert not folder.is_held
        with folder.held():
            assert folder.is_held


async def test_results_that_are_planned_again_and_again_keep_their_columns_apart(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """The report's own names, and those it gave to the input's, may all be there."""
    header = ("email", "_row", "_row (input)", "=a", "'=a")
    file = write_csv(tmp_path / "in.csv", header, [("nieuw@example.org", "1", "2", "3", "4")])
    report = await run(await plan_of(sandbox, "contacts.upsert", file), sandbox, tmp_path)
    assert report.counts["done"] == 1
    [row] = report.results.to_dicts()
    assert row["_row"] == "1"
    own = list(row.items())[1:5]
    assert [value for _, value in own] == ["1", "2", "3", "4"]
    assert len({name for name, _ in own}) == 4


async def test_the_contact_of_a_row_that_was_refused_later_is_named(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """It was made; a person must be able to find it."""
    sandbox = make_sandbox(SandboxConfig(contacts=50))
    file = write_csv(tmp_path / "in.csv", ("email", "phonenumber"), [("nieuw0@example.org", "3.16E+10")])
    plan = await plan_of(sandbox, "contacts.create", file)
    report = await run(plan, sandbox, tmp_path)
    made = sandbox.store.contact_by_email("nieuw0@example.org")
    assert made is not None
    assert report.results["_uuid"][0] == made.uuid


async def test_a_paused_run_lets_no_waiting_request_out(sandbox: Sandbox, tmp_path: Path) -> None:
    """Those that wait for their turn when the pause begins wait on."""
    plan = await planned(sandbox, tmp_path, 60)
    control = Control()
    slow = replace(HASTY, rate=20.0, workers=20)
    seen = 0
    tallies = 0
    async for moment in watch_run(plan, account_of(sandbox), YES, home=tmp_path, options=slow, control=control):
        if isinstance(moment, Report):
            break
        tallies += 1
        if tallies == 3:
            control.pause()
        if tallies == 4:
            seen = sandbox.ledger.requests
        if tallies == 10:
            assert sandbox.ledger.requests <= seen + 1
            control.stop()


async def test_a_failed_end_of_a_journal_is_told(tmp_path: Path) -> None:
    """What could not be written at the very end does not pass in silence."""
    journal = Journal.create(tmp_path / "journal.sqlite", {})
    journal.post(Event(1, ROW_STATE, "", 0, "done", code=2**70))
    with pytest.raises(JournalError):
        journal.close()
    shutil.rmtree(tmp_path)
