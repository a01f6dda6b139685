"""The screen that a file is chosen on: what it shows of a file, how it is read otherwise, and where it leads."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from textual.pilot import Pilot
from textual.widgets import Button, OptionList, Select, Static

from app.samples import JOB_OF
from app.screens.load import LoadScreen
from app.screens.pick_file import PickFile
from app.screens.question import YesNoScreen
from app.screens.runs import RunsScreen
from app.stages import Chosen, Loaded, Resumed
from app.widgets.cell_screen import CellScreen
from app.widgets.path_input import PathInput, path_of
from app.widgets.table_pane import TablePane
from ops.sandbox import Sandbox
from tests.app.desks import SAMPLES, claimed, desk_of, lone_desk, small_plan
from tests.app.hosts import ScreenHost, until

SMALL = (80, 24)
HOSTILE = "a,[/red]\nx\x1b[31m,[bold]y\n"


def ready(host: ScreenHost) -> bool:
    """A file was read."""
    return not host.given.query_one("#go", Button).disabled


def refused(host: ScreenHost) -> bool:
    """A file could not be read."""
    return "cannot be read" in str(host.given.query_one("#facts", Static).content)


def sheet_of(host: ScreenHost) -> TablePane:
    """The preview."""
    return host.given.query_one("#preview", TablePane)


async def typed(pilot: Pilot[None], host: ScreenHost, text: str) -> None:
    """Type a path and press Enter."""
    field = host.given.query_one(PathInput)
    field.focus()
    field.value = text
    await pilot.pause()
    await pilot.press("enter")


async def test_the_demo_leads_on_with_one_enter(tmp_path: Path) -> None:
    """The first sample is there, the main button has the focus, the other samples are listed."""
    host = ScreenHost(LoadScreen(lone_desk(tmp_path, demo=True)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        await pilot.pause()
        listed = host.given.query_one("#samples", OptionList)
        assert str(listed.options[0].prompt).split() == ["new-customers.csv", "contacts.upsert"]
        assert listed.option_count == len(JOB_OF)
        assert "40 rows × 10 columns, csv, utf-8, delimiter ," in host.words("#facts")
        await pilot.press("enter")
    assert isinstance(host.result, Loaded)
    assert host.result.sheet.path.name == "new-customers.csv"


async def test_another_sample_is_read_when_it_is_picked(tmp_path: Path) -> None:
    """Its facts, its notes and its rows take the place of the first one's."""
    host = ScreenHost(LoadScreen(lone_desk(tmp_path, demo=True)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        host.given.query_one("#samples").focus()
        await pilot.press("down", "down", "enter")
        await until(lambda: "export-nl.csv" in host.words("#facts") and ready(host))
        assert "decoded as cp1252" in host.words("#notes")
        await pilot.pause()
        assert "Anaïs" in host.drawn()
        await pilot.press("m")
    assert isinstance(host.result, Loaded)
    assert host.result.sheet.delimiter == ";"


async def test_a_file_that_is_given_is_read_at_once(tmp_path: Path) -> None:
    """All of it is in the table, however long."""
    file = tmp_path / "long.csv"
    file.write_text("n\n" + "".join(f"{n:05}\n" for n in range(20_000)))
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        assert sheet_of(host).table.row_count == 20_000
        sheet_of(host).table.focus()
        await pilot.press("G")
        await pilot.pause()
        assert "19999" in host.drawn()


async def test_another_encoding_reads_the_file_again(tmp_path: Path) -> None:
    """And one it does not decode in is told, with the way back open."""
    file = tmp_path / "in.csv"
    file.write_bytes("naam\nZoë\n".encode("cp1252"))
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        select = host.given.query_one("#encoding", Select)
        select.value = "cp437"
        await until(lambda: ready(host) and "cp437" in host.words("#facts"))
        await pilot.pause()
        assert "Zoδ" in host.drawn()
        select.value = "utf-8"
        await until(lambda: refused(host))
        assert "line 2 does not decode" in host.words("#instead")
        assert host.given.query_one("#go", Button).disabled
        assert host.given.query_one(PathInput).value == str(file)
        await pilot.press("m")
        select.value = ""
        await until(lambda: ready(host))
        await pilot.press("m")
    assert isinstance(host.result, Loaded)
    assert host.result.sheet.encoding == "cp1252"


async def test_another_delimiter_reads_the_file_again(tmp_path: Path) -> None:
    """The columns are others then."""
    file = tmp_path / "in.csv"
    file.write_text("a,b;c\n1,2;3\n")
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host) or refused(host))
        host.given.query_one("#delimiter", Select).value = ";"
        await until(lambda: ready(host) and "delimiter ;" in host.words("#facts"))
        await pilot.press("f5")
    assert isinstance(host.result, Loaded)
    assert host.result.sheet.columns == ("a,b", "c")


def workbook(path: Path, **sheets: list[list[str]]) -> Path:
    """A workbook of these sheets."""
    with xlsxwriter.Workbook(path) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


async def test_another_sheet_of_a_workbook_can_be_chosen(tmp_path: Path) -> None:
    """Encoding and delimiter are not offered, the sheets are."""
    file = workbook(tmp_path / "b.xlsx", One=[["a"], ["1"]], Two=[["b"], ["2"], ["3"]])
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        await pilot.pause()
        assert not host.given.query_one("#encoding").region
        assert host.given.query_one("#sheet").region
        host.given.query_one("#sheet", Select).value = "Two"
        await until(lambda: ready(host) and "sheet Two" in host.words("#facts"))
        assert "2 rows" in host.words("#facts")
        await pilot.press("m")
    assert isinstance(host.result, Loaded)
    assert host.result.sheet.columns == ("b",)


async def test_a_workbook_whose_first_sheet_is_no_table_still_offers_the_others(tmp_path: Path) -> None:
    """The message stands in place of the rows until another sheet is chosen."""
    file = workbook(tmp_path / "b.xlsx", Cover=[["title"]], Data=[["b"], ["2"]])
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL):
        await until(lambda: refused(host))
        assert "no rows below it" in host.words("#instead")
        host.given.query_one("#sheet", Select).value = "Data"
        await until(lambda: ready(host))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("page.csv", b"<html></html>", "web page"),
        ("photo.csv", b"\x89PNG....", "an image"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "line 3 has 3 cells"),
        ("missing.csv", None, "no file"),
        ("[bold]x[red].csv", b"", "[bold]x[red].csv is empty"),
    ],
)
async def test_a_file_that_cannot_be_read_is_told_in_words(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    """In place of the rows; going on is not possible, another file can be typed at once."""
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: refused(host))
        assert said in host.words("#instead")
        assert not sheet_of(host).display
        await until(lambda: isinstance(host.given.focused, PathInput))
        await typed(pilot, host, f"'{SAMPLES / 'update-list.csv'}'")
        await until(lambda: ready(host))
        await pilot.pause()
        assert sheet_of(host).display
        assert host.given.focused is host.given.query_one("#go")


async def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    """A pipe is told to be one, rather than waited for."""
    os.mkfifo(tmp_path / "pipe.csv")
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), tmp_path / "pipe.csv"))
    async with host.run_test(size=SMALL):
        await until(lambda: refused(host))
        assert "device or a pipe" in host.words("#instead")


async def test_a_folder_is_told_to_be_one(tmp_path: Path) -> None:
    """It has no rows, and no options to read it otherwise."""
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), tmp_path))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: refused(host))
        assert "is a folder" in host.words("#instead")
        await pilot.pause()
        assert not host.given.query_one("#encoding").region


async def test_hostile_cells_and_names_are_drawn_as_text(tmp_path: Path) -> None:
    """No escape sequence and no markup from a file, its header or its name reaches the terminal."""
    file = tmp_path / "\x1b[31m[bold]x.csv"
    file.write_text(HOSTILE)
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        await pilot.pause()
        drawn = host.drawn()
        assert "\x1b" not in drawn
        assert "[/red]" in drawn
        assert "␛[31m[bold]x.csv" in drawn
        assert "x␛[31m" in drawn
        assert "[bold]y" in drawn
        await pilot.press("o")
        await until(lambda: isinstance(host.screen, PickFile))
        await pilot.pause()
        assert "\x1b" not in host.drawn()


async def test_a_cell_opens_and_the_rows_are_searched(tmp_path: Path) -> None:
    """Enter shows a cell whole, the slash looks for a text from anywhere on the screen."""
    file = tmp_path / "in.csv"
    file.write_text("a,b\n1,one\n2,two\n3,three\n")
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), file))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        await pilot.press("slash", *"thr", "enter")
        await until(lambda: sheet_of(host).table.cursor == (2, 1))
        await pilot.press("escape", "enter")
        await until(lambda: isinstance(host.screen, CellScreen))
        assert host.words("#text") == "three"


async def test_names_are_completed_as_they_are_typed(tmp_path: Path) -> None:
    """Tab takes the name that fits; another Enter reads the file."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "people.csv").write_text("a\n1\n")
    (tmp_path / "deep" / "\x1bpeople.csv").write_text("a\n1\n")
    host = ScreenHost(LoadScreen(lone_desk(tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        field = host.given.query_one(PathInput)
        field.value = f"{tmp_path}/deep/"
        field.cursor_position = len(field.value)
        await pilot.press("p", "e")
        await pilot.pause()
        assert "\x1b" not in host.drawn()
        await pilot.press("tab")
        assert field.value == f"{tmp_path}/deep/people.csv"
        await pilot.press("enter")
        await until(lambda: ready(host))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", None),
        ("  ", None),
        ("a b.csv", Path("a b.csv")),
        (" 'a b.csv' ", Path("a b.csv")),
        ("~/x", Path.home() / "x"),
        ("~nobody-of-that-name/x", Path("~nobody-of-that-name/x")),
        ('"', Path('"')),
    ],
)
def test_a_typed_or_dropped_path_is_understood(text: str, path: Path | None) -> None:
    """Quotes around it go, the home folder is found, and nothing is nothing."""
    assert path_of(text) == path


async def test_a_file_is_picked_by_walking_the_folders(tmp_path: Path) -> None:
    """The picker opens beside the present file and its answer is read."""
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "b.csv").write_text("b\n1\n")
    host = ScreenHost(LoadScreen(lone_desk(tmp_path), tmp_path / "a.csv"))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        await pilot.press("o")
        await until(lambda: isinstance(host.screen, PickFile))
        await until(lambda: "b.csv" in host.drawn())
        host.screen.dismiss(tmp_path / "b.csv")
        await until(lambda: "b.csv" in host.words("#facts") and ready(host))
        await pilot.press("enter")
    assert isinstance(host.result, Loaded)
    assert host.result.sheet.columns == ("b",)


async def test_a_run_that_stopped_is_offered_first(sandbox: Sandbox, tmp_path: Path) -> None:
    """With how far it came; F4 goes on with it, and no letter does, wherever it is typed."""
    run = claimed(tmp_path, await small_plan(sandbox, tmp_path, "a@example.org", "b@example.org"))
    host = ScreenHost(LoadScreen(desk_of(sandbox, tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: host.given.query_one("#stopped").display)
        assert f"Run {run.id} stopped at 0 of 2 rows" in host.words("#stopped-what")
        assert f"contacts.create of in.csv on sandbox ({sandbox.url.split('/')[2]})" in host.words("#stopped-what")
        await pilot.press("r")
        assert not host.ended
        assert host.given.query_one(PathInput).value == "r"
        await pilot.press("escape", "escape", "r", "x")
        assert not host.ended
        await pilot.press("f")
        assert host.focused is host.given.query_one(PathInput)
        await pilot.press("f4")
        await until(lambda: host.ended)
    assert host.result == Resumed(run)


@pytest.mark.parametrize("size", [SMALL, (140, 40)])
@pytest.mark.parametrize("named", ["other", "sandbox"])
async def test_a_run_of_another_account_is_gone_on_with_only_after_a_question(
    sandbox: Sandbox, tmp_path: Path, named: str, size: tuple[int, int]
) -> None:
    """Whether its name or its server differs; no is what Enter alone says, and the screen stays as it was."""
    run = claimed(tmp_path, await small_plan(sandbox, tmp_path, "a@example.org"))
    good = desk_of(sandbox, tmp_path)
    url = good.account.base_url if named == "other" else "http://127.0.0.1:9"
    host = ScreenHost(LoadScreen(replace(good, account=replace(good.account, base_url=url, name=named))))
    async with host.run_test(size=size) as pilot:
        await until(lambda: host.given.query_one("#stopped").display)
        for key in ("enter", "n", "escape"):
            await pilot.press("f4", "f4")
            await until(lambda: isinstance(host.screen, YesNoScreen))
            await pilot.pause()
            assert host.focused is host.screen.query_one("#no")
            assert "Go on with this run on another account?" in host.drawn()
            asked = host.words("#asked")
            assert f"planned against sandbox ({sandbox.url.split('/')[2]})" in asked
            assert f"The account of now is {named} ({url.split('/')[2]})" in asked
            await pilot.press(key)
            await until(lambda: host.screen is host.given)
            assert not host.ended
        await pilot.press("f4")
        await until(lambda: isinstance(host.screen, YesNoScreen))
        await pilot.press("y")
        await until(lambda: host.ended)
    assert host.result == Resumed(run)


async def test_an_earlier_run_is_chosen_from_the_list(sandbox: Sandbox, tmp_path: Path) -> None:
    """The list opens over the screen; Esc comes back to it with nothing lost."""
    run = claimed(tmp_path, await small_plan(sandbox, tmp_path, "a@example.org"))
    host = ScreenHost(LoadScreen(desk_of(sandbox, tmp_path), SAMPLES / "update-list.csv"))
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: ready(host))
        await pilot.press("R")
        await until(lambda: isinstance(host.screen, RunsScreen) and "1 run" in host.words("#how-many"))
        await pilot.press("escape")
        await until(lambda: isinstance(host.screen, LoadScreen))
        assert ready(host)
        await pilot.press("R")
        await until(lambda: isinstance(host.screen, RunsScreen) and host.words("#how-many") == "1 run")
        await pilot.press("enter")
        await until(lambda: host.ended)
    assert host.result == Chosen(run)


async def test_only_q_leaves(tmp_path: Path) -> None:
    """Esc leaves the field, then says what leaves the program."""
    host = ScreenHost(LoadScreen(lone_desk(tmp_path)))
    async with host.run_test(size=SMALL) as pilot:
        await pilot.press("q", "escape", "escape", "escape")
        assert not host.ended
        assert any("q leaves" in toast for toast in host.toasts)
        await pilot.press("q")
        await until(lambda: host.ended)
    assert host.result is None
