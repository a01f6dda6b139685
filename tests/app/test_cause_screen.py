"""Going from the report into one cause: all of its rows, by key and by mouse, and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets._footer import FooterKey

from app.screens.cause import CauseScreen
from app.screens.report import ReportScreen
from app.widgets.cell_screen import CellScreen
from app.widgets.table_pane import TablePane
from ops.notebook import Consent, run_plan
from ops.plan import WINDOW
from ops.report import Report, report_again
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.app.desks import claimed, desk_of, small_plan
from tests.app.hosts import ScreenHost, until
from tests.app.test_report_screen import HOSTILE, SMALL, mixed
from tests.conftest import MakeSandbox
from tests.engine.files import QUICK, account_of, plan_of, write_csv


async def inside(host: ScreenHost) -> TablePane:
    """Wait for the rows of a cause to be there, all of them."""
    await until(lambda: isinstance(host.screen, CauseScreen) and host.screen.is_mounted)
    pane = host.screen.query_one("#rows", TablePane)
    await until(lambda: pane.table.row_count and "looked at" not in str(pane.border_title))
    return pane


def first_row(pane: TablePane) -> dict[str, str | None]:
    """The first row by column."""
    source = pane.table.source
    assert source is not None
    return dict(zip(source.columns, source.window(0, 1)[0], strict=True))


async def bad_rows(sandbox: Sandbox, home: Path, rows: int) -> Report:
    """A run of which every row has the same fault; nothing was sent."""
    plan = await small_plan(sandbox, home, *(f"nobody{n}@@example" for n in range(rows)))
    return report_again(claimed(home, plan))


async def test_enter_goes_into_a_cause_and_esc_comes_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """Each row under its number in the file, with its state, key, message and steps; the cursor stays where it was."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        causes = host.given.query_one("#causes", TablePane)
        causes.table.focus()
        await pilot.press("j", "enter")
        pane = await inside(host)
        assert pane.border_title == "1 row"
        assert "the row is wrong" in host.words("#why")
        assert "plan" in host.words("#next")
        assert pane.table.label(0) == "3"
        assert first_row(pane)["status"] == "! invalid"
        assert first_row(pane)["key"] == HOSTILE
        assert "\x1b" not in host.drawn()
        await pilot.press("right", "enter")
        await until(lambda: isinstance(host.screen, CellScreen))
        await pilot.press("escape", "escape")
        await until(lambda: host.screen is host.given)
        assert causes.table.cursor.row == 1
        await pilot.press("k", "v")
        pane = await inside(host)
        assert "already exists" in str(first_row(pane)["message"])
        assert first_row(pane)["steps"] == "create:refused"
    assert not host.ended


async def test_the_mouse_goes_into_a_cause(sandbox: Sandbox, tmp_path: Path) -> None:
    """By a double click on its line, or a click on its key in the last line."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.pause()
        causes = host.given.query_one("#causes", TablePane)
        await pilot.click(causes.table, offset=(8, 2), times=2)
        pane = await inside(host)
        assert pane.table.label(0) == "3"
        await pilot.press("escape")
        await until(lambda: host.screen is host.given)
        await click_key(host, pilot, "v")
        await inside(host)


async def click_key(host: ScreenHost, pilot: Pilot[None], key: str) -> None:
    """Click a key of the last line."""
    await until(lambda: any(one.key == key for one in host.screen.query(FooterKey)))
    [found] = [one for one in host.screen.query(FooterKey) if one.key == key]
    await pilot.click(found)


async def test_many_rows_are_drawn_as_few(sandbox: Sandbox, tmp_path: Path) -> None:
    """However many a cause has, there is one widget for them; what comes in parts keeps the cursor where it is."""
    report = await bad_rows(sandbox, tmp_path, WINDOW + 10)
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press("v")
        pane = await inside(host)
        assert pane.border_title == f"{WINDOW + 10:,} rows"
        assert len(host.screen.query("*")) < 60
        await pilot.press("G")
        await pilot.pause()
        assert f"{WINDOW + 10}›" in host.drawn()
        assert f"nobody{WINDOW + 9}@@example" in host.drawn()


async def test_a_text_is_found_among_the_rows(sandbox: Sandbox, tmp_path: Path) -> None:
    """As in any table."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await bad_rows(sandbox, tmp_path, 300)))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press("v")
        pane = await inside(host)
        await pilot.press("slash", *"nobody250", "enter")
        await until(lambda: pane.table.cursor.row == 250)
        await pilot.press("escape", "escape")
        await until(lambda: host.screen is host.given)


async def test_rows_that_nobody_knows_can_be_looked_at_before_they_are_settled(
    make_sandbox: MakeSandbox, tmp_path: Path
) -> None:
    """With the step in doubt and since when."""
    sandbox = make_sandbox(SandboxConfig(contacts=10))
    sandbox.set_faults(Fault(kind="lost_after", endpoint="giftcards.create", times=1))
    file = write_csv(tmp_path / "in.csv", ("email",), [("a@example.org",), ("b@example.org",)])
    plan = await plan_of(sandbox, "giftcards.issue", file, program="Cadeaukaart")
    report = await run_plan(plan, account_of(sandbox), Consent(confirm=2), home=tmp_path, options=QUICK)
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), report))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press("v")
        row = first_row(await inside(host))
        assert (row["status"], row["steps"]) == ("? unknown", "create_card:unknown")
        assert str(row["since"]).endswith("Z")


async def test_there_is_nothing_to_go_into_where_rows_are_shown(sandbox: Sandbox, tmp_path: Path) -> None:
    """The key is dim while the rows themselves are shown, and absent where no row needs a look."""
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), await mixed(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        assert host.given.check_action("cause", ()) is True
        await until(lambda: host.given.check_action("turn", ()))
        await pilot.press("w")
        assert host.given.check_action("cause", ()) is None
        await pilot.press("v")
        assert host.screen is host.given
    fine = await run_plan(
        await small_plan(sandbox, tmp_path, "fine@example.org"),
        account_of(sandbox),
        Consent(yes=True),
        home=tmp_path,
        options=QUICK,
    )
    host = ScreenHost(ReportScreen(desk_of(sandbox, tmp_path), fine))
    async with host.run_test(size=SMALL):
        assert host.given.check_action("cause", ()) is False


async def test_a_run_that_was_erased_meanwhile_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """In words, and one can go back."""
    report = await mixed(sandbox, tmp_path)
    gone = replace(report, folder=tmp_path / "gone")
    host = ScreenHost(CauseScreen(desk_of(sandbox, tmp_path), gone, report.triage[0]))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: host.toasts)
        assert "No such plan" in host.toasts[0]
        assert host.given.query_one("#rows").border_title == "The rows cannot be read"
        await pilot.press("escape")
    assert host.ended
