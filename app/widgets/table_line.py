"""One line of a table as a strip: what stays on the left, then the cells that are in view.

Pure: which line it is and where it is scrolled to are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from app.widgets.cells import fit, shown
from app.widgets.columns import PADDING, Columns

_PAD: Final = " " * PADDING


@dataclass(frozen=True, slots=True)
class Look:
    """The styles of a line."""

    frozen: Style
    cell: Style
    cursor: Style
    """Of the cell under the cursor."""
    sign: Style
    """What a cell that has no shape of its own gets on top."""


@dataclass(frozen=True, slots=True)
class View:
    """The part of a line that is on the screen."""

    x: int
    """How far the columns are scrolled."""
    width: int
    """Of the whole line."""


def draw(cells: Sequence[str | None], frozen: str, columns: Columns, view: View, look: Look, cursor: int) -> Strip:
    """The line, exactly as wide as the view; only the cells in view are looked at.

    Args:
        cells: One a column.
        frozen: What does not scroll, fit for the screen and as wide as it is to be.
        columns: Where the cells lie.
        view: What is seen of them.
        look: The styles.
        cursor: The cursor's column.
    """
    left = Strip([Segment(frozen, look.frozen)])
    room = max(0, view.width - left.cell_length)
    seen = columns.within(view.x, room)
    segments = []
    for column in seen:
        # A cell that the edge of the screen cuts says so like one that its column cuts.
        width = columns.seen(column, view.x + room)
        cell = shown(cells[column], width)
        style = look.cursor if column == cursor else look.cell
        text = fit(cell, width) if width else ""
        segments.append(Segment(f"{_PAD}{text}{_PAD}", style + look.sign if cell.is_sign else style))
    begin = view.x - columns.edges[seen.start]
    right = Strip(segments).crop(begin, begin + room)
    return Strip.join([left, right]).adjust_cell_length(view.width, look.cell)
