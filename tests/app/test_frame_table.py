"""The table of any size: what it draws, how it moves, and how little it looks at."""

from __future__ import annotations

import polars as pl
import pytest
from rich.cells import cell_len

from app.widgets.frame_table import FrameSource, FrameTable, Place
from tests.app.tables import HOSTILE, CountingSource, WidgetApp, raw, screen_lines, wide

SIZE = (80, 24)


async def test_it_shows_headers_numbers_and_cells() -> None:
    """The first line is the header, the first column the rows' numbers."""
    app = WidgetApp(FrameTable(FrameSource(wide(3, 2))))
    async with app.run_test(size=SIZE):
        assert [line.split() for line in screen_lines(app)[:4]] == [
            ["col0", "col1"],
            ["1›", "r0c0", "r0c1"],
            ["2", "r1c0", "r1c1"],
            ["3", "r2c0", "r2c1"],
        ]


@pytest.mark.parametrize(
    ("keys", "place"),
    [
        ("down j right l", (2, 2)),
        ("j j k up l h left", (0, 0)),
        ("G", (999, 0)),
        ("end $", (999, 11)),
        ("end $ g 0", (0, 0)),
        ("end home", (0, 0)),
        ("up left", (0, 0)),
        ("end down $ right", (999, 11)),
        ("pagedown", (22, 0)),
        ("pagedown pagedown pageup", (22, 0)),
    ],
)
async def test_keys_move_the_cursor_and_it_stays_in_sight(keys: str, place: tuple[int, int]) -> None:
    """Arrows, letters, ends and pages; at an edge it stays."""
    table = FrameTable(FrameSource(wide()))
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*keys.split())
        assert table.cursor == place
        cell = f"r{place[0]}c{place[1]}"
        assert [line for line in screen_lines(app) if "›" in line and f" {cell} " in line]


async def test_sideways_it_scrolls_by_whole_columns_under_numbers_that_stay() -> None:
    """The first column in sight is never cut, so long as there are more to the right."""
    table = FrameTable(FrameSource(wide()))
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*["right"] * 9)
        lines = screen_lines(app)
        assert table.scroll_offset.x in table._columns.edges
        assert lines[0].split()[0].startswith("col")
        assert lines[1].split()[0] == "1›"
        assert "col9" in lines[0]


async def test_it_says_which_row_and_which_cell() -> None:
    """Rows as the cursor comes to them, cells on Enter, Space and a double click, whole."""
    frame = pl.DataFrame({"a": ["x" * 99, None], "b": ["", "last"]})
    app = WidgetApp(FrameTable(FrameSource(frame)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "down", "space", "l", "enter")
        await pilot.double_click(FrameTable, offset=(8, 1))
    rows = [one.row_index for one in app.heard if isinstance(one, FrameTable.RowHighlighted)]
    cells = [(one.row, one.column, one.text) for one in app.heard if isinstance(one, FrameTable.CellSelected)]
    assert rows == [0, 1, 0]
    assert cells == [(0, 0, "x" * 99), (1, 0, None), (1, 1, "last"), (0, 0, "x" * 99)]


async def test_a_click_moves_the_cursor_and_the_wheel_moves_the_view() -> None:
    """A click on a header is told, one beside the table is nothing."""
    table = FrameTable(FrameSource(wide()))
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        second = table._frozen + table._columns.edges[1] + 1
        await pilot.click(FrameTable, offset=(second, 5))
        assert table.cursor == Place(4, 1)
        await pilot.click(FrameTable, offset=(1, 7))
        assert table.cursor == Place(6, 1)
        await pilot.click(FrameTable, offset=(second, 0))
        assert [one.column for one in app.heard if isinstance(one, FrameTable.HeaderSelected)] == [1]
        table._scroll_down_for_pointer(animate=False)
        await pilot.pause()
        assert table.cursor == Place(6, 1)
        assert table.scroll_offset.y > 0
        await pilot.press("down")
        assert table.cursor == Place(7, 1)


async def test_columns_get_wider_and_narrower() -> None:
    """By either pair of keys, never below 4."""
    table = FrameTable(FrameSource(wide(5, 3)))
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(">", "+", "right", "<", "-", "-")
        await pilot.pause()
        assert table._columns.widths == [8, 4, 4]
        assert screen_lines(app)[0].split() == ["col0", "col1", "col2"]


async def test_no_cell_steers_the_terminal() -> None:
    """Escape sequences, controls, bidi marks and markup arrive as signs, in headers, cells and tooltips."""
    frame = pl.DataFrame({"[/x]\x1b[2J\u202e": HOSTILE, "plain": HOSTILE})
    table = FrameTable(FrameSource(frame, label=lambda row: f"\x1b]0;{row}\x07"))
    app = WidgetApp(table)
    async with app.run_test(size=(100, 30)) as pilot:
        lines = screen_lines(app)
        assert [one for line in lines for one in raw(line)] == []
        assert {cell_len(line) for line in lines} == {100}
        assert any("[/foo] [bold]x[/bold]" in line for line in lines)
        for row in range(len(HOSTILE)):
            await pilot.hover(FrameTable, offset=(table._frozen + 2, row + 1))
            assert table.tooltip is None or raw(str(table.tooltip)) == []


async def test_wide_characters_keep_the_columns_in_line() -> None:
    """However wide a line's characters are, the next column begins where it does elsewhere."""
    frame = pl.DataFrame({"a": ["漢字", "ab", "👍👍", "e\u0301"], "b": ["X"] * 4})
    app = WidgetApp(FrameTable(FrameSource(frame)))
    async with app.run_test(size=(40, 10)):
        starts = {cell_len(line.split("X")[0]) for line in screen_lines(app)[1:5]}
        assert len(starts) == 1


async def test_a_cut_cell_is_shown_in_a_tooltip() -> None:
    """And one that fits has none."""
    table = FrameTable(FrameSource(pl.DataFrame({"a": ["x" * 60, "short"], "b": ["", ""]})))
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.hover(FrameTable, offset=(10, 1))
        assert str(table.tooltip) == "x" * 60
        await pilot.hover(FrameTable, offset=(10, 2))
        assert table.tooltip is None


@pytest.mark.parametrize("rows", [3, 300], ids=["alone", "beside a scrollbar"])
async def test_a_cell_that_the_edge_cuts_says_so(rows: int) -> None:
    """With the sign that a cut cell has anywhere, and a tooltip; one that just fits has none."""
    frame = pl.DataFrame({"a": ["x" * 20] * rows, "b": ["0123456789"] * rows})
    app = WidgetApp(FrameTable(FrameSource(frame)))
    async with app.run_test(size=(34, 10)) as pilot:
        await pilot.pause()
        line = screen_lines(app)[1].rstrip("▁▂▃▄▅▆▇█ ")
        assert line.endswith("…"), line
        assert "  012" in line
        table = app.query_one(FrameTable)
        await pilot.hover(table, offset=(table.size.width - 6, 1))
        assert str(table.tooltip) == "0123456789"
        await pilot.resize_terminal(45, 10)
        await pilot.pause()
        assert "…" not in screen_lines(app)[1]


async def test_a_million_rows_are_never_looked_at() -> None:
    """Mounting takes a sample and a screenful; End and Page Up a screenful each, moving the cursor nothing."""
    source = CountingSource(wide(1_000_000, 12))
    app = WidgetApp(FrameTable(source))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        sample, *painted = source.asked
        assert sample == range(200)
        assert {len(rows) for rows in painted} <= set(range(SIZE[1] + 1))
        for key, last in (("end", 1_000_000), ("pageup", 999_978), ("home", 24)):
            source.asked.clear()
            await pilot.press(key)
            await pilot.pause()
            assert sum(map(len, source.asked)) <= SIZE[1]
            assert last - SIZE[1] <= source.asked[-1].start < last
        source.asked.clear()
        await pilot.press("down", "right", "down")
        await pilot.pause()
        assert source.asked == []


async def test_it_fills_the_space_it_gets() -> None:
    """After a resize the new lines are drawn and the cursor is still in sight."""
    app = WidgetApp(FrameTable(FrameSource(wide())))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*["down"] * 21, "right", "right", "right")
        await pilot.resize_terminal(40, 10)
        await pilot.pause()
        assert any("›" in line and "r21c3" in line for line in screen_lines(app))
        await pilot.resize_terminal(100, 50)
        await pilot.pause()
        assert sum("c3 " in line for line in screen_lines(app)) >= 40
        await pilot.resize_terminal(4, 2)
        await pilot.pause()
        assert {cell_len(line) for line in screen_lines(app)} == {4}


async def test_another_source_begins_at_the_top() -> None:
    """With its own columns, also an empty one; and a filtered view keeps the file's numbers."""
    table = FrameTable()
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter", "end", "$", ">", "c")
        frame = wide()
        table.set_source(FrameSource(frame))
        await pilot.press("end", "right")
        table.set_source(FrameSource(frame, pl.Series([999, 4], dtype=pl.UInt32)))
        await pilot.pause()
        assert table.cursor == Place(0, 0)
        assert [line.split()[:2] for line in screen_lines(app)[1:3]] == [["1,000›", "r999c0"], ["5", "r4c0"]]
        table.set_source(FrameSource(frame.clear()))
        await pilot.press("down", "end", "pageup", "enter")
        await pilot.pause()
        assert screen_lines(app)[0].split()[0] == "col0"
        assert table.cursor == Place(0, 0)
    assert not [one for one in app.heard if isinstance(one, FrameTable.CellSelected)]


async def test_a_source_that_grew_is_read_again_in_place() -> None:
    """The cursor stays where it is, the new rows can be reached."""

    class Growing(FrameSource):
        rows = 5

        @property
        def height(self) -> int:
            return self.rows

    source = Growing(wide(1_000))
    table = FrameTable(source)
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "down")
        source.rows = 1_000
        table.reload()
        await pilot.pause()
        assert table.cursor == Place(2, 0)
        assert any(line.startswith("   20 ") for line in screen_lines(app))
        await pilot.press("end")
        assert table.cursor == Place(999, 0)


async def test_a_longer_label_makes_room_for_itself() -> None:
    """No row's number is ever cut."""
    table = FrameTable(FrameSource(wide(100, 2), label=lambda row: "1234567890" if row == 50 else str(row)))
    app = WidgetApp(table)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*["pagedown"] * 2)
        await pilot.pause()
        await pilot.pause()
        assert any(line.startswith("1234567890") for line in screen_lines(app))


async def test_a_cell_is_copied_as_it_stands_and_said_so() -> None:
    """The raw text, not its signs; an empty cell is told to be one."""
    app = WidgetApp(FrameTable(FrameSource(pl.DataFrame({"a": ["x\ny[/foo]", None]}))))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("c")
        assert app.clipboard == "x\ny[/foo]"
        await pilot.press("down", "c")
        assert [one.message.split(":")[0] for one in app._notifications] == ["Copied one cell", "Nothing to copy"]


def test_a_frame_that_is_not_text_is_refused() -> None:
    """With the columns' names."""
    with pytest.raises(TypeError, match="number"):
        FrameSource(pl.DataFrame({"number": [1]}))
