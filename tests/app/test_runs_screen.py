"""The list of earlier runs: every run with how it stands, whoever works on it, however damaged."""

from __future__ import annotations

import os
from pathlib import Path

from textual.widgets import DataTable, Input

from app.screens.runs import RunsScreen
from app.stages import Chosen
from ops.notebook import Consent, run_plan
from ops.sandbox import Sandbox
from tests.app.desks import claimed, desk_of, lone_desk, small_plan
from tests.app.hosts import ScreenHost, until
from tests.engine.files import QUICK, account_of, plan_of, write_csv

SMALL = (80, 24)


def column(host: ScreenHost, number: int) -> list[str]:
    """A column of the list."""
    table = host.given.query_one("#runs", DataTable)
    return [str(table.get_row_at(row)[number]) for row in range(table.row_count)]


async def test_runs_are_listed_the_latest_first_with_how_they_stand(sandbox: Sandbox, tmp_path: Path) -> None:
    """A finished one, one that stopped, and one that a process holds."""
    plan = await small_plan(sandbox, tmp_path, "a@example.org", "b@example.org")
    await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    [finished] = lone_desk(tmp_path).runs.all()
    stopped, held = claimed(tmp_path, plan), claimed(tmp_path, plan)
    for age, run in enumerate((held, stopped, finished)):
        os.utime(run.path / "plan.parquet", (1_700_000_000 - age, 1_700_000_000 - age))
    host = ScreenHost(RunsScreen(desk_of(sandbox, tmp_path)))
    with held.held():
        async with host.run_test(size=SMALL) as pilot:
            await until(lambda: host.words("#how-many") == "3 runs")
            assert column(host, 2) == [held.id, stopped.id, finished.id]
            assert column(host, 1) == ["▶ running elsewhere", "■ stopped", "✓ finished"]
            assert column(host, 3) == ["… 2 pending", "… 2 pending", "✓ 2 done"]
            assert column(host, 5) == ["in.csv"] * 3
            await pilot.press("j", "j")
            await pilot.pause()
            assert "2 rows of in.csv" in host.words("#one")
            await pilot.press("k", "enter")
    assert host.result == Chosen(stopped)


async def test_a_run_is_undone_from_the_list_where_it_can_be(sandbox: Sandbox, tmp_path: Path) -> None:
    """The key does nothing on a run that only created, or did nothing."""
    store = sandbox.store
    store.update(store.create("known@example.org"), {"firstname": "Old"})
    file = write_csv(tmp_path / "in.csv", ("email", "firstname"), [("known@example.org", "New")])
    for plan in (
        await plan_of(sandbox, "contacts.update", file),
        await small_plan(sandbox, tmp_path, "a@example.org"),
    ):
        await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    for age, run in enumerate(sorted(lone_desk(tmp_path).runs.all(), key=lambda run: run.id)):
        os.utime(run.path / "plan.parquet", (1_700_000_000 - age, 1_700_000_000 - age))
    host = ScreenHost(RunsScreen(desk_of(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: host.words("#how-many") == "2 runs")
        await pilot.pause()
        assert column(host, 4) == ["contacts.create", "contacts.update"]
        await pilot.press("u")
        assert not host.ended
        await pilot.press("j", "u")
        await pilot.pause()
    assert isinstance(host.result, Chosen)
    assert (host.result.folder.id[:15], host.result.undo) == ("contacts.update", True)


async def test_a_damaged_run_is_listed_and_not_chosen(sandbox: Sandbox, tmp_path: Path) -> None:
    """What is wrong with it is said, as text; the others can be chosen all the same."""
    whole = claimed(tmp_path, await small_plan(sandbox, tmp_path, "a@example.org"))
    damaged = whole.path.parent / "[bold]\x1b[31m"
    damaged.mkdir()
    host = ScreenHost(RunsScreen(desk_of(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: host.words("#how-many") == "2 runs")
        await pilot.pause()
        assert "\x1b" not in host.drawn()
        assert "[bold]␛[31m" in host.drawn()
        assert column(host, 1) == ["■ stopped", "✗ damaged"]
        await pilot.press("G", "enter")
        await pilot.pause()
        assert not host.ended
        assert "No such plan" in host.toasts[0]
        await pilot.press("g", "enter")
    assert host.result == Chosen(whole)


async def test_a_home_without_runs_says_so(tmp_path: Path) -> None:
    """And Esc goes back."""
    host = ScreenHost(RunsScreen(lone_desk(tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: "No runs yet" in host.words("#how-many"))
        await pilot.press("slash", "enter")
        assert not host.ended
        await pilot.press("escape")
        await until(lambda: host.ended)
    assert host.result is None


async def test_the_list_is_read_again_when_asked(sandbox: Sandbox, tmp_path: Path) -> None:
    """Runs that came since are in it."""
    plan = await small_plan(sandbox, tmp_path, "a@example.org")
    host = ScreenHost(RunsScreen(desk_of(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: "No runs yet" in host.words("#how-many"))
        claimed(tmp_path, plan)
        await pilot.press("f5")
        await until(lambda: host.words("#how-many") == "1 run")
        assert len(column(host, 0)) == 1


async def test_runs_are_filtered_by_a_text(sandbox: Sandbox, tmp_path: Path) -> None:
    """In any column and case; how many of how many is told, and Esc shows all of them before it leaves."""
    plan = await small_plan(sandbox, tmp_path, "a@example.org", "b@example.org")
    await run_plan(plan, account_of(sandbox), Consent(yes=True), home=tmp_path, options=QUICK)
    stopped = claimed(tmp_path, plan)
    (stopped.path.parent / "[bold]\x1b[31m").mkdir()
    host = ScreenHost(RunsScreen(desk_of(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: host.words("#how-many") == "3 runs")
        await pilot.press("slash", *"STOPPED")
        await until(lambda: host.words("#how-many") == "1 of 3 runs")
        assert column(host, 2) == [stopped.id]
        await until(lambda: "2 rows of in.csv" in host.words("#one"))
        await pilot.press("f5")
        await until(lambda: host.words("#how-many") == "1 of 3 runs")
        host.given.query_one("#text", Input).value = "no such run"
        await until(lambda: host.words("#how-many") == "0 of 3 runs")
        assert host.words("#one") == ""
        await pilot.press("enter", "u", "enter")
        assert not host.ended
        await pilot.press("escape")
        await until(lambda: host.words("#how-many") == "3 runs")
        host.given.query_one("#text", Input).value = "[BOLD]␛\x1b"
        await until(lambda: column(host, 1) == ["✗ damaged"])
        host.given.query_one("#text", Input).value = "stopped"
        await until(lambda: column(host, 2) == [stopped.id])
        await pilot.press("slash", "enter", "enter")
    assert host.result == Chosen(stopped)
