"""The searched table: its search line, and a cell shown whole."""

from __future__ import annotations

import polars as pl
import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.widgets import Input

from app.widgets.cell_screen import LONGEST, CellScreen
from app.widgets.frame_table import FrameSource, FrameTable, Place
from app.widgets.search_bar import SearchBar
from app.widgets.table_pane import TablePane
from tests.app.tables import HOSTILE, WidgetApp, raw, screen_lines, wide

SIZE = (80, 24)


def pane(frame: pl.DataFrame | None = None) -> TablePane:
    """A pane over a frame."""
    return TablePane(FrameSource(wide() if frame is None else frame))


async def settled(pilot: Pilot[None]) -> None:
    """Until the search is done and drawn."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_a_text_is_looked_for_and_its_place_told() -> None:
    """Slash opens the line, Enter goes to the next hit, and past the end to the first one again."""
    given = pane(wide(20_000, 3))
    app = WidgetApp(given)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"R12345C", "enter")
        await settled(pilot)
        assert given.table.cursor == Place(12_344 + 1, 0)
        assert "row 12,346, column col0" in screen_lines(app)[-1]
        assert any(line.startswith("12,346›") for line in screen_lines(app))
        for where in ("column col1", "column col2", "row 12,346, column col0, from the top"):
            await pilot.press("enter")
            await settled(pilot)
            assert where in screen_lines(app)[-1]


async def test_n_and_shift_n_go_on_after_the_line_is_closed() -> None:
    """Esc gives the keys back to the table; without a text n asks for one."""
    given = pane()
    app = WidgetApp(given)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("n")
        assert given.bar.query_one(Input).has_focus
        await pilot.press(*"c11", "escape")
        assert given.table.has_focus
        assert not given.bar.is_open
        await pilot.press("n")
        await settled(pilot)
        await pilot.press("n")
        await settled(pilot)
        assert given.table.cursor == Place(1, 11)
        await pilot.press("N")
        await settled(pilot)
        assert given.table.cursor == Place(0, 11)
        await pilot.press("N")
        await settled(pilot)
        assert given.table.cursor == Place(999, 11)
        assert "from the bottom" in screen_lines(app)[-1]
        await pilot.press("escape")
        assert not given.bar.is_open


async def test_what_is_nowhere_is_told_and_the_cursor_stays() -> None:
    """Also a regular expression that is none."""
    given = pane()
    app = WidgetApp(given)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "slash", *"nowhere(", "enter")
        await settled(pilot)
        assert "not found" in screen_lines(app)[-1]
        await pilot.press("ctrl+r", "enter")
        await settled(pilot)
        assert screen_lines(app)[-1].startswith(" Regex")
        assert "unclosed group" in screen_lines(app)[-1]
        assert given.table.cursor == Place(1, 0)


async def test_another_source_ends_the_search() -> None:
    """Nothing is said of the old rows."""
    given = pane()
    app = WidgetApp(given)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"c11", "enter")
        given.set_source(FrameSource(wide(5, 2)))
        await settled(pilot)
        assert given.table.cursor == Place(0, 0)
        assert "row" not in screen_lines(app)[-1]


async def test_a_cell_is_shown_whole() -> None:
    """Its column and row above it, its lines as lines; Esc and Enter go back, c copies."""
    app = WidgetApp(pane(pl.DataFrame({"note [/x]": ["ok", "first\nsecond\t[bold]\x1b[31m"]})))
    async with app.run_test(size=SIZE) as pilot:
        for key in ("escape", "enter"):
            await pilot.press("end", "enter")
            assert isinstance(app.screen, CellScreen)
            text = "\n".join(screen_lines(app))
            assert "note [/x] · row 2" in text
            assert "first " in text
            assert "second␉[bold]␛[31m" in text
            await pilot.press("c")
            assert app.clipboard == "first\nsecond\t[bold]\x1b[31m"
            await pilot.press(key)
            assert not isinstance(app.screen, CellScreen)


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (None, "no value here"),
        ("", "there, and empty"),
        (" \n ", "Nothing but blanks: 3 characters"),
        ("x" * (LONGEST + 1), "The first 50,000 of 50,001 characters"),
    ],
)
async def test_what_a_cell_screen_cannot_show_it_says(text: str | None, note: str) -> None:
    """Absent, empty, blank and enormous cells."""
    app = WidgetApp(FrameTable())
    async with app.run_test(size=SIZE) as pilot:
        app.push_screen(CellScreen(text, column="c", row="1"))
        await pilot.pause()
        assert any(note in line for line in screen_lines(app))


async def test_a_long_cell_scrolls() -> None:
    """By the usual keys."""
    app = WidgetApp(FrameTable())
    async with app.run_test(size=SIZE) as pilot:
        app.push_screen(CellScreen("\n".join(f"line {n}" for n in range(300)), column="c", row="1"))
        await pilot.pause()
        await pilot.press("end")
        await pilot.wait_for_scheduled_animations()
        assert any("line 299" in line for line in screen_lines(app))


@pytest.mark.parametrize("text", HOSTILE)
async def test_no_cell_steers_the_terminal_when_shown_whole(text: str) -> None:
    """Neither in the text nor in the title."""
    app = WidgetApp(FrameTable())
    async with app.run_test(size=SIZE) as pilot:
        app.push_screen(CellScreen(text, column=text[:60], row=text[:5]))
        await pilot.pause()
        assert [one for line in screen_lines(app) for one in raw(line)] == []


async def test_a_hostile_header_is_told_plainly() -> None:
    """In the search line, too."""
    app = WidgetApp(pane(pl.DataFrame({"[/x]\x1b[2J": ["needle"]})))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("slash", *"needle", "enter")
        await settled(pilot)
        assert "column [/x]␛[2J, the only one" in screen_lines(app)[-1]


@pytest.mark.parametrize("kind", [FrameTable, TablePane, SearchBar, CellScreen])
def test_every_binding_can_be_remapped_and_says_what_it_does(kind: type[DOMNode]) -> None:
    """An id of its own, a description and a tooltip."""
    bindings = [one for one in kind.BINDINGS if isinstance(one, Binding)]
    assert len({one.id for one in bindings}) == len(bindings) == len(kind.BINDINGS)
    assert all(one.id and one.description and one.tooltip for one in bindings)


async def test_a_remapped_key_works() -> None:
    """By the binding's id."""
    given = pane()
    app = WidgetApp(given)
    async with app.run_test(size=SIZE) as pilot:
        app.set_keymap({"table.down": "z"})
        await pilot.press("z")
        assert given.table.cursor == Place(1, 0)
