"""What means harm to a terminal, on every screen: it is shown, never obeyed, and nothing breaks.

Cells, headers, file names, run ids and the server's own words; one corpus for all of them.
"""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import DataTable, Input, OptionList

from app.screens.cause import CauseScreen
from app.screens.confirm import ConfirmScreen
from app.screens.field_picker import FieldPicker
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.path_prompt import PathPrompt
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.screens.run import RunScreen
from app.screens.runs import RunsScreen
from app.stages import Agreed, Desk, Loaded, Mapped
from app.widgets.cell_screen import CellScreen
from app.widgets.frame_table import FrameTable
from app.widgets.mapping_table import MappingTable
from app.widgets.table_pane import TablePane
from ops.draft import PlanOptions
from ops.errors import LeatopsError
from ops.jobs import find_job
from ops.jobs.base import State
from ops.leat.pace import PaceState
from ops.leat.profile import Account, Secret
from ops.mapping import MappedColumn, Mapping
from ops.notebook import Consent, run_plan
from ops.plan import Plan
from ops.report import Report
from ops.sandbox import Sandbox
from ops.sheet import Sheet, read_sheet
from ops.tally import Tally, Trouble
from tests.app.desks import claimed, desk_of
from tests.app.hosts import ScreenHost, until
from tests.app.tables import raw
from tests.engine.files import QUICK, account_of, plan_of

SMALL, LARGE = (80, 24), (160, 50)
WORDS = (
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x1b]52;c;ZXZpbA==\x07",
    "\x9b31m\x9d8;;x\x9c",
    "a\u202eb\u2066c\u2069\u200e\u061c",
    "[/foo] [bold]x[/bold] [link=https://evil.example]y[/link] [@click=app.quit]z[/]",
    "[",
    "\\[red]",
    "$(touch x) {0} %s",
    "\u2400\u241b pictures",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "zero\u200bwidth\ufeff\u00ad",
    "\u0301comb" + "\u0300" * 300,
    "\x08\x08\x7f\x0b\x0c",
    "line\u2028para\u2029\x85",
    "tab\there",
    "two\nlines",
    "\u6f22\u5b57 \U0001f468\u200d\U0001f469",
    "long " * 3_000,
)
NAME = "in [red][\\\x1b[31m\x1b]52;c;x\x07\u202egnp.[bold].csv"
HEADERS = ("email", "firstname", "[/bad]\x1b]8;;u\x07\u202eheader", "lastname", "\x9b2J[@click=app.quit]", "[")


def write(path: Path) -> Path:
    """A file whose every cell, header and name means harm; some rows are good, most are not."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS)
        for number, word in enumerate(WORDS):
            writer.writerow((f"good{number}@example.org" if number % 2 else word, word, word, word, word, word))
        writer.writerow(("fine@example.org", "[/bold][red]Fine", "x", "x", "x", "x"))
    return path


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """The file, read."""
    return read_sheet(write(tmp_path / NAME))


MAPPING = Mapping((MappedColumn("email", "email"), MappedColumn("firstname", "firstname")))


@pytest.fixture
async def plan(sandbox: Sandbox, tmp_path: Path) -> Plan:
    """A plan of it."""
    return await plan_of(sandbox, "contacts.upsert", write(tmp_path / NAME), mapping=MAPPING)


@asynccontextmanager
async def host_of(screen: Screen[Any], size: tuple[int, int] = LARGE) -> AsyncIterator[tuple[ScreenHost, Pilot[None]]]:
    """The screen on show."""
    host = ScreenHost(screen)
    async with host.run_test(size=size) as pilot:
        yield host, pilot
        await pilot.pause()
        harmless(host)


def harmless(host: ScreenHost) -> str:
    """Nothing on the screen is obeyed by a terminal, and no link or action stands behind a word of the data."""
    drawn = []
    for strip in host.screen._compositor.render_strips():
        for segment in strip:
            if segment.control:
                continue
            assert not raw(segment.text), repr(segment.text)
            drawn.append(segment.text)
            style = segment.style
            assert style is None or not style.link, segment
            assert style is None or "quit" not in str(style.meta), segment
    return "".join(drawn)


def tells(host: ScreenHost, words: str) -> bool:
    """Whether the fields of a row are shown."""
    return host.words("#detail").startswith(words)


async def every_size(host: ScreenHost, pilot: Pilot[None]) -> None:
    """Looked at in three sizes."""
    for size in (LARGE, (40, 12), SMALL):
        await pilot.resize_terminal(*size)
        await pilot.pause()
        harmless(host)


async def test_load_shows_the_file_its_name_and_its_cells(tmp_path: Path) -> None:
    """Preview, facts, search, and each cell opened whole; a file that cannot be read says so in plain words."""
    file = write(tmp_path / NAME)
    screen = LoadScreen(Desk(Account("http://127.0.0.1:9", Secret("x"), "[/red]\x1b[1m"), tmp_path), file)
    async with host_of(screen) as (host, pilot):
        await until(lambda: screen.query_one(TablePane).table.row_count == len(WORDS) + 1)
        await every_size(host, pilot)
        table = screen.query_one(TablePane).table
        table.focus()
        for row in range(len(WORDS)):
            table.cursor = table.cursor._replace(row=row, column=2)
            await pilot.pause()
            harmless(host)
            await pilot.press("enter")
            await until(lambda: isinstance(host.screen, CellScreen))
            await pilot.pause()
            harmless(host)
            await pilot.press("c", "escape")
            await pilot.pause()
        await pilot.press("slash")
        screen.query_one("SearchBar Input", Input).value = "[/foo]"
        await pilot.press("enter")
        await until(lambda: "row 6" in str(screen.query_one("#state").render()))
        harmless(host)
        (tmp_path / f"no{NAME}").write_text('a,b\n"x\x1b[31m,[/red]\n', "utf-8")
        field = screen.query_one("#path", Input)
        field.value = str(tmp_path / f"no{NAME}")
        field.focus()
        await pilot.press("enter")
        await until(lambda: "cannot be read" in host.words("#facts"))
        await every_size(host, pilot)


async def test_map_shows_headers_samples_problems_and_the_picker(
    sandbox: Sandbox, tmp_path: Path, sheet: Sheet
) -> None:
    """The table, the titles, the problems; the picker and the prompt over them; what is said in passing."""
    screen = MapScreen(replace(desk_of(sandbox, tmp_path), rate=500), Loaded(sheet))
    async with host_of(screen) as (host, pilot):
        await until(lambda: screen._choices is not None)
        await until(lambda: screen.query_one("#problems", OptionList).option_count > 5)
        await every_size(host, pilot)
        table = screen.query_one(MappingTable)
        table.focus()
        table.go_to(HEADERS[2])
        await pilot.press("enter")
        await until(lambda: isinstance(host.screen, FieldPicker))
        await pilot.pause()
        harmless(host)
        await pilot.press(*"last", "enter")
        await until(lambda: host.screen is screen)
        table.go_to(HEADERS[3])
        await pilot.press("enter")
        await until(lambda: isinstance(host.screen, FieldPicker))
        await pilot.pause()
        assert "taken" in harmless(host)
        await pilot.press("escape", "l")
        await until(lambda: isinstance(host.screen, PathPrompt))
        await pilot.pause()
        harmless(host)
        host.screen.query_one(Input).value = "[/no]such.toml"
        await pilot.press("enter")
        await pilot.pause()
        harmless(host)


async def test_review_shows_rows_details_filters_and_problems(sandbox: Sandbox, tmp_path: Path, sheet: Sheet) -> None:
    """Every row's fields, the problems, a filter by such a text, a cell whole, and the last question."""
    mapped = Mapped(sheet, find_job("contacts.upsert"), MAPPING, PlanOptions())
    screen = ReviewScreen(replace(desk_of(sandbox, tmp_path), rate=500), mapped)
    async with host_of(screen) as (host, pilot):
        table = screen.query_one(FrameTable)
        await until(lambda: table.row_count == len(WORDS) + 1)
        table.focus()
        for row in range(table.row_count):
            await until(partial(tells, host, f"row {row + 1} "))
            harmless(host)
            await pilot.press("down")
        await every_size(host, pilot)
        await pilot.press("w")
        await pilot.pause()
        assert "Problems" in harmless(host)
        await pilot.press("slash")
        screen.query_one("#text", Input).value = "[/bold][red]"
        await until(lambda: table.row_count == 1)
        await pilot.press("enter", "right", "right", "enter")
        await until(lambda: isinstance(host.screen, CellScreen))
        await pilot.pause()
        harmless(host)
        await pilot.press("escape", "r")
        await until(lambda: isinstance(host.screen, ConfirmScreen))
        await pilot.pause()
        harmless(host)


async def test_the_last_question_names_a_hostile_account(plan: Plan) -> None:
    """The account's name comes from a profile or from the server."""
    for word in WORDS:
        named = Plan(plan.path, type(plan.meta)(**{**fields(plan), "account": word}))
        async with host_of(ConfirmScreen(named, local=False), SMALL):
            pass


def fields(plan: Plan) -> dict[str, Any]:
    """A plan's metadata as a dictionary."""
    return {name: getattr(plan.meta, name) for name in plan.meta.__struct_fields__}


@pytest.mark.parametrize("size", [LARGE, SMALL, (40, 12)])
async def test_a_run_shows_the_server_s_words(
    sandbox: Sandbox, tmp_path: Path, plan: Plan, size: tuple[int, int]
) -> None:
    """Latest troubles, why it is slow, and why it could not go on."""
    screen = RunScreen(replace(desk_of(sandbox, tmp_path), rate=0.1), Agreed(plan))
    async with host_of(screen, size) as (host, pilot):
        for word in WORDS:
            counts = dict.fromkeys(State, 1)
            pace = PaceState(1.0, 5.0, 3.0, word, 2)
            latest = (Trouble(1, State.REFUSED, word), Trouble(2, State.UNKNOWN, f"x {word}"))
            screen.post_message(screen.Moved(Tally(7, counts, 1.0, 3, 4, 0, pace, latest)))
            await pilot.pause()
            assert "refused: " in host.words("#latest")
            harmless(host)
        for word in WORDS:
            screen.post_message(screen.Failed(LeatopsError(word)))
            await pilot.pause()
            harmless(host)


async def hostile_report(sandbox: Sandbox, home: Path, plan: Plan) -> Report:
    """A run of it, whose counts, reason and rows mean harm."""
    report = await run_plan(plan, account_of(sandbox), Consent(yes=True), home=home, options=QUICK)
    return replace(report, why=WORDS[1] + WORDS[4], state="stopped")


async def test_the_report_shows_reasons_rows_and_paths(sandbox: Sandbox, tmp_path: Path, plan: Plan) -> None:
    """The rows that need a look, one opened whole, the reason the run stopped, a home with a hostile name."""
    home = tmp_path / "home[/red]\x1b[31m\u202e"
    screen = ReportScreen(desk_of(sandbox, home), await hostile_report(sandbox, home, plan))
    async with host_of(screen) as (host, pilot):
        table = screen.query_one("#rows", TablePane).table
        await until(lambda: table.row_count > 5)
        await every_size(host, pilot)
        table.focus()
        await pilot.press("right", "enter")
        await until(lambda: isinstance(host.screen, CellScreen))
        await pilot.pause()
        harmless(host)
        await pilot.press("escape")
        screen.query_one("#files", DataTable).focus()
        await pilot.press("c", "down", "c")
        await pilot.pause()
        harmless(host)


async def test_the_rows_of_a_cause_show_keys_and_messages(sandbox: Sandbox, tmp_path: Path, plan: Plan) -> None:
    """Of every cause, whose words come from cells and the server."""
    report = await hostile_report(sandbox, tmp_path, plan)
    for group in report.triage:
        screen = CauseScreen(desk_of(sandbox, tmp_path), report, group)
        async with host_of(screen) as (host, pilot):
            table = screen.query_one(TablePane).table
            await until(partial(rows_are, table, group.count))
            await every_size(host, pilot)


def rows_are(table: FrameTable, rows: int) -> bool:
    """Whether a table has so many rows."""
    return table.row_count == rows


async def test_earlier_runs_show_hostile_ids_and_damage(sandbox: Sandbox, tmp_path: Path, plan: Plan) -> None:
    """Folder names and damaged journals; the name of the file each run was made from."""
    home = tmp_path / "home"
    claimed(home, plan)
    for number, word in enumerate(WORDS[:8]):
        folder = home / "runs" / f"{number} {word}".replace("/", "\u2215")[:80]
        folder.mkdir()
        (folder / "plan.parquet").write_bytes(b"not a plan \x1b[31m")
    screen = RunsScreen(desk_of(sandbox, home))
    async with host_of(screen) as (host, pilot):
        table = screen.query_one("#runs", DataTable)
        await until(lambda: table.row_count == 9)
        await every_size(host, pilot)
        for _ in range(9):
            await pilot.press("down")
            await pilot.pause()
            harmless(host)
        await pilot.press("g", "enter")
        await pilot.pause()
        harmless(host)


async def test_names_that_are_patterns_or_too_long_are_names(sandbox: Sandbox, tmp_path: Path) -> None:
    """A file called as a pattern of files would be, in a folder of that kind, with as many letters as there can be."""
    folder = tmp_path / "[x]*?{a,b}"
    folder.mkdir()
    file = write(folder / f"{'l[o]*n?g' * 31}.csv")
    mapped = Mapped(read_sheet(file), find_job("contacts.upsert"), MAPPING, PlanOptions())
    screen = ReviewScreen(replace(desk_of(sandbox, folder / "home"), rate=500), mapped)
    async with host_of(screen) as (host, pilot):
        await until(lambda: screen.query_one(FrameTable).row_count == len(WORDS) + 1)
        await pilot.press("r")
        await until(lambda: isinstance(host.screen, ConfirmScreen))
        await pilot.press("y")
    assert isinstance(host.result, Agreed)
    report = await run_plan(host.result.plan, account_of(sandbox), Consent(yes=True), home=folder, options=QUICK)
    assert report.results.height == len(WORDS) + 1
    prompt = PathPrompt("Save as", Path("x"), new=True)
    async with host_of(prompt) as (host, pilot):
        prompt.query_one(Input).value = "a\0\x1bb"
        assert prompt.query_one(Input).value == "ab"
        for path in ("l" * 5_000, "~nobody-of-this-name/x"):
            prompt.query_one(Input).value = path
            await pilot.press("enter")
            await pilot.pause()
            assert "cannot be a path" in host.words("#said")


async def test_what_is_shown_can_be_selected_as_text(sandbox: Sandbox, tmp_path: Path, sheet: Sheet) -> None:
    """A row's fields are copied as they are seen: text, with the signs that stand for what is not."""
    mapped = Mapped(sheet, find_job("contacts.upsert"), MAPPING, PlanOptions())
    screen = ReviewScreen(replace(desk_of(sandbox, tmp_path), rate=500), mapped)
    async with host_of(screen) as (host, pilot):
        table = screen.query_one(FrameTable)
        await until(lambda: table.row_count == len(WORDS) + 1)
        table.focus()
        await pilot.press("G")
        await until(lambda: host.words("#detail").startswith(f"row {len(WORDS) + 1} "))
        await pilot.pause()
        screen.query_one("#detail").text_select_all()
        await pilot.pause()
        selected = screen.get_selected_text()
        assert selected is not None
        assert "[/bold][red]Fine" in selected
        assert not raw(selected.replace("\n", ""))
