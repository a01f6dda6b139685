"""How a cell looks on one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from app.widgets.cells import Shown, fit, shown, width_of
from app.widgets.columns import Columns
from tests.app.tables import HOSTILE, raw


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, "∅"),
        ("", '""'),
        ("   ", "···"),
        (" \t\n", "·␉⏎"),
        ("a\nb\r\nc", "a⏎b⏎c"),
        ("a\tb\rc", "a␉b␍c"),
        ("\x1b[31m", "␛[31m"),
        ("007", "007"),
        ("[/foo]", "[/foo]"),
    ],
)
def test_each_kind_of_cell_looks_different(cell: str | None, text: str) -> None:
    """Absent, empty, blank, broken into lines, and full of controls."""
    assert shown(cell, 40).text == text


def test_what_has_no_shape_is_marked_apart_from_the_same_text() -> None:
    """A cell that holds the sign itself is an ordinary one."""
    assert shown(None, 9).is_sign
    assert not shown("∅", 9).is_sign
    assert shown(" ", 9).is_sign
    assert not shown("·", 9).is_sign


@given(st.text() | st.sampled_from(HOSTILE), st.integers(1, 60))
def test_a_cell_takes_exactly_its_width_and_nothing_raw(text: str, width: int) -> None:
    """Whatever it holds, wide and zero-width characters included."""
    line = fit(shown(text, width), width)
    assert cell_len(line) == width
    assert raw(line) == []


def test_what_is_lost_is_told() -> None:
    """By an ellipsis in the last cell, also in the middle of a wide character."""
    assert fit(Shown("abcdef"), 4) == "abc…"
    assert fit(Shown("漢字漢"), 4) == "漢 …"
    assert fit(Shown("漢字"), 4) == "漢字"
    assert fit(shown("a" * 9, 4), 4) == "aaa…"


def test_widths_come_from_headers_and_cells_within_bounds() -> None:
    """At least 4, at most 40, wide characters twice; the last column takes what it needs."""
    columns = Columns.measured(["a", "a longer header", "c", "d"], [("x", "y", "z" * 99, "漢字漢字"), (None,) * 4])
    assert columns.widths == [4, 15, 40, 8]
    assert Columns.measured(["a", "b"], [("x" * 99, "y" * 99)]).widths == [40, 99]
    assert not Columns.measured([], [()]).widths
    assert width_of("x" * 10**7, 40) == 40


def test_scrolling_to_a_column_stops_at_an_edge() -> None:
    """No further than needed, and never in the middle of the first column."""
    columns = Columns([8, 8, 8, 50])
    assert columns.edges == [0, 10, 20, 30, 82]
    assert columns.reveal(1, 0, 25) == 0
    assert columns.reveal(2, 0, 25) == 10
    assert columns.reveal(0, 20, 25) == 0
    assert columns.reveal(3, 0, 25) == 30
    assert [columns.at(x) for x in (-1, 0, 9, 10, 81, 82)] == [None, 0, 0, 1, 3, None]
    assert list(columns.within(5, 16)) == [0, 1, 2]
