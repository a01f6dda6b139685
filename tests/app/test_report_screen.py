"""The report of a run: its counts, the rows that need a look, its files, and the ways on from there."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button, DataTable

from app.screens.report import LABELS, ReportScreen
from app.screens.run import RunScreen
from app.stages import Resumed
from app.widgets.cell_screen import CellScreen
from app.widgets.states import CountsBar, shares
from app.widgets.table_pane import TablePane
from ops.control import Control
from ops.drive import Patience
from ops.notebook import Consent, run_plan
from ops.report import Report, report_again, report_ended
from ops.run import Ended, RunOptions, continue_run
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from ops.verify import Verify
from tests.app.desks import claimed, desk_of, lone_desk, small_plan
from tests.app.hosts import ScreenHost, until
from tests.conftest import MakeSandbox
from tests.engine.files import QUICK, account_of, plan_of, write_csv

SMALL = (80, 24)
HOSTILE = "[/bold]\x1b[31m@@example"


async def mixed(sandbox: Sandbox, home: Path) -> Report:
    """A run of which one row was done, one refused and one never valid."""
    plan = await small_plan(sandbox, home, "new@example.org", "taken@example.org", HOSTILE)
    sandbox.store.create("taken@example.org")
    return await run_plan(plan, account_of(sandbox), Consent(yes=True), home=home, options=QUICK)


async def updated(sandbox: Sandbox, home: Path) -> Report:
    """A run that changed one contact."""
    sandbox.store.update(sandbox.store.create("known@example.org"), {"firstname": "Old"})
    file = write_csv(home / "in.csv", ("email", "firstname"), [("known@example.org", "New")])
    plan = await plan_of(sandbox, "contacts.update", file)
    return await run_plan(plan, account_of(sandbox), Consent(yes=True), home=home, options=QUICK)


async def stopped(sandbox: Sandbox, home: Path) -> Report:
    """A run that sent nothing."""
    return report_again(claimed(home, await small_plan(sandbox, home, "new@example.org")))


def ways(host: ScreenHost) -> list[str | None]:
    """The buttons, in order."""
    return [button.id for button in host.given.query("#ways Button")]


async def test_a_mixed_run_shows_its_counts_rows_and_files(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each row that needs a look under its number in the file, with why; a cell opens whole."""
    report = await mixed(sandbox, tmp_path)
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        pane = host.given.query_one("#rows", TablePane)
        await until(lambda: host.given.check_action("turn", ()))
        assert host.words("#counts") == "✓ 1 done   ! 1 invalid   ✗ 1 refused"
        await pilot.press("w")
        await pilot.pause()
        assert [pane.table.label(row) for row in (0, 1)] == ["2", "3"]
        assert pane.border_title == "Rows that need a look: 2"
        drawn = host.drawn()
        assert "✗ refused" in drawn
        assert "\x1b" not in drawn
        files = host.given.query_one("#files", DataTable)
        names = [str(files.get_row_at(row)[0]) for row in range(files.row_count)]
        assert names == ["results.csv", "report.html", "summary.json", "retry.csv"]
        assert host.words("#path") == str(report.files.results)
        pane.table.focus()
        await pilot.press("right", "enter")
        await until(lambda: isinstance(host.screen, CellScreen))
        assert "already exists" in host.words("#text")


async def test_the_most_sensible_way_on_has_the_focus(sandbox: Sandbox, tmp_path: Path) -> None:
    """After refused rows that is to mend and plan them; nothing offers to resume what has ended."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        assert ways(host) == ["retry", "refused", "file", "runs", "quit"]
        await pilot.press("r")
        assert not host.ended
        await pilot.press("enter")
    assert host.result == "retry"


async def test_a_run_that_stopped_is_resumed_with_one_enter(sandbox: Sandbox, tmp_path: Path) -> None:
    """And its reason is on the screen."""
    report = dataclasses.replace(await stopped(sandbox, tmp_path), why="the [/token] was refused")
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        assert "Stopped: the [/token] was refused" in host.words("#title")
        assert not host.given.query_one("#rows").display
        assert not host.given.query_one("#causes").display
        assert ways(host)[0] == "resume"
        await pilot.press("enter")
    assert host.result == "resume"


@pytest.mark.parametrize(
    ("key", "way"),
    [("escape", "file"), ("p", "retry"), ("s", "refused"), ("R", "runs"), ("q", "quit")],
)
async def test_every_way_has_a_key(sandbox: Sandbox, tmp_path: Path, key: str, way: str) -> None:
    """The same as its button."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press(key)
    assert host.result == way


async def test_unknown_rows_are_settled_from_the_report(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """A card whose answer was lost is found again, and the row goes on; what is settled is offered no more."""
    sandbox = make_sandbox(SandboxConfig(contacts=10))
    sandbox.set_faults(Fault(kind="lost_after", endpoint="giftcards.create", times=1))
    file = write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",), ("b@example.org",)])
    plan = await plan_of(sandbox, "giftcards.issue", file, program="Cadeaukaart")
    report = await run_plan(plan, account_of(sandbox), Consent(confirm=2), home=tmp_path, options=QUICK)
    assert report.counts["unknown"] == 1
    desk = replace(desk_of(sandbox, tmp_path), options=RunOptions(rate=None, settle_seconds=0.1))
    host = ScreenHost(ReportScreen(desk, report))
    async with host.run_test(size=SMALL) as pilot:
        assert "settle" in ways(host)
        await pilot.press("t")
    assert host.result == "settle"
    running = ScreenHost(RunScreen(desk, Resumed(desk.runs.find(report.run), settles=True)))
    async with running.run_test(size=SMALL):
        await until(lambda: running.ended)
    assert isinstance(running.result, Report)
    assert running.result.counts["done"] == 2
    assert sandbox.ledger.effects.cards == 2
    host = ScreenHost(ReportScreen(desk, running.result))
    async with host.run_test(size=SMALL):
        assert "settle" not in ways(host)


async def test_a_run_that_can_be_undone_offers_it_last_but_leaving(sandbox: Sandbox, tmp_path: Path) -> None:
    """By key and by button, all of which are on a small screen even when every way is open."""
    report = await updated(sandbox, tmp_path)
    everything = dataclasses.replace(report, state="stopped", counts={**report.counts, "refused": 1, "unknown": 1})
    report.files.retry.write_text("email\nx@example.org\n", "utf-8")
    for one, offered in ((report, ["retry", "file", "runs", "undo", "quit"]), (everything, [*LABELS])):
        host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), one))
        async with host.run_test(size=SMALL) as pilot:
            await pilot.pause()
            assert ways(host) == offered
            for button in host.given.query(Button):
                assert button.region.right <= 80
            await pilot.press("u")
        assert host.result == "undo"


async def test_a_button_is_pressed_with_the_mouse(sandbox: Sandbox, tmp_path: Path) -> None:
    """All of them are on a small screen."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.pause()
        for button in host.given.query(Button):
            assert button.region.right <= 80
            assert button.region.bottom <= 23
        await pilot.click("#file")
    assert host.result == "file"


async def test_a_files_path_is_copied_and_the_file_opened(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of the file the cursor is on; the path as it stands on disk."""
    report = await mixed(sandbox, tmp_path)
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press("c")
        assert host.clipboard == str(report.files.results)
        assert host.toasts == [str(report.files.results)]
        host.given.query_one("#files").focus()
        await pilot.press("down")
        await pilot.pause()
        assert host.words("#path") == str(report.files.report)
        await pilot.press("o")
        assert host.opened == [report.files.report.resolve().as_uri()]


async def test_rows_that_need_a_look_are_shown_by_cause_first(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each with how many rows it has, where it lies, what to do and an example; `w` turns the page."""
    report = await mixed(sandbox, tmp_path)
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        pane, rows = (host.given.query_one(name, TablePane) for name in ("#causes", "#rows"))
        assert pane.border_title == "Why rows need a look: 2 rows, 2 causes"
        source = pane.table.source
        assert source is not None
        assert list(source.columns) == ["where", "why", "next", "such as"]
        assert [line[0] for line in source.window(0, 2)] == ["the account differs", "the row is wrong"]
        assert "\x1b" not in host.drawn()
        pane.table.focus()
        await pilot.press("right", "right", "space")
        await until(lambda: isinstance(host.screen, CellScreen))
        assert "contacts.upsert" in host.words("#text")
        await pilot.press("escape")
        await until(lambda: host.given.check_action("turn", ()))
        await pilot.press("w")
        assert rows.border_title == "Rows that need a look: 2"
        assert (pane.display, rows.display) == (False, True)
        assert host.focused is rows.table
        await pilot.press("w")
        assert (pane.display, rows.display) == (True, False)
        assert host.focused is pane.table


async def test_what_was_read_back_otherwise_needs_a_look(sandbox: Sandbox, tmp_path: Path) -> None:
    """Although every row is done."""
    plan = await small_plan(sandbox, tmp_path, "new@example.org")
    await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    [contact] = sandbox.store.contacts_by_email("new@example.org")
    sandbox.store._remove(contact)
    options = dataclasses.replace(QUICK, verify=Verify(), patience=Patience(first_pause=0.01))
    [*_, ended] = [
        moment async for moment in continue_run(Runs(tmp_path).find("last"), account_of(sandbox), options, Control())
    ]
    assert isinstance(ended, Ended)
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report_ended(ended)))
    async with host.run_test(size=SMALL):
        assert "Read back: 0 as written, 1 otherwise" in host.words("#title")
        assert host.given.query_one("#causes", TablePane).border_title == "Why rows need a look: 1 row, 1 cause"


async def test_more_rows_than_are_shown_are_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """The first 200 of them, and how many there are."""
    plan = await small_plan(sandbox, tmp_path, *(f"nobody{n}@@example" for n in range(230)))
    report = report_again(claimed(tmp_path, plan))
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        causes, pane = (host.given.query_one(name, TablePane) for name in ("#causes", "#rows"))
        await until(lambda: host.given.check_action("turn", ()))
        assert causes.border_title == "Why rows need a look: 230 rows, 1 cause"
        await pilot.press("w")
        assert pane.table.row_count == 200
        assert pane.border_title == "Rows that need a look: the first 200 of 230"


async def test_a_run_that_was_erased_meanwhile_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """In words; the counts stay."""
    report = await mixed(sandbox, tmp_path)
    (report.folder / "plan.parquet").unlink()
    host = ScreenHost(ReportScreen(lone_desk(tmp_path), report))
    async with host.run_test(size=SMALL):
        await until(lambda: host.toasts)
        assert "No such plan" in host.toasts[0]
        assert "1 done" in host.words("#counts")


@pytest.mark.parametrize("width", [3, 10, 78, 200])
def test_the_bar_has_a_cell_for_every_state_that_has_a_row(width: int) -> None:
    """However few its rows are; the cells add up to the width."""
    cells = shares({"done": 1_000_000, "same": 0, "refused": 1, "pending": 7}, width)
    assert sum(cells.values()) == width
    assert set(cells) == {"done", "refused", "pending"}
    assert min(cells.values()) >= 1


async def test_the_bar_is_read_without_colours(sandbox: Sandbox, tmp_path: Path) -> None:
    """Every state has a filling of its own."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.pause()
        assert set(host.given.query_one(CountsBar).render().plain) == {"█", "▒", "▚"}


async def test_files_that_could_not_be_written_are_told_of(sandbox: Sandbox, tmp_path: Path) -> None:
    """How the run ended is shown all the same."""
    report = replace(await mixed(sandbox, tmp_path), unwritten="No space left on device [/bold]")
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL):
        assert "could not be written: No space left on device [/bold]" in host.words("#title")
        assert host.words("#counts").startswith("✓ 1 done")
