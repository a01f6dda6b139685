"""How one cell's text looks on one line: what is absent, empty, blank, hidden or too long is seen to be so.

No colours and no columns: those are the table's.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from app.display import visible

ABSENT: Final = "∅"
EMPTY: Final = '""'
BLANK: Final = "·"
NEWLINE: Final = "⏎"
MORE: Final = "…"


class Shown(NamedTuple):
    """A cell made fit for the screen."""

    text: str
    """One line without anything a terminal would obey."""
    is_sign: bool = False
    """Whether the text stands for a value without a shape of its own, and is to be drawn apart."""
    is_cut: bool = False
    """Whether the cell holds more than the text."""


def shown(cell: str | None, limit: int) -> Shown:
    """The cell on one line; no more than `limit` characters and one are looked at, however long it is."""
    if cell is None:
        return Shown(ABSENT, is_sign=True)
    if not cell:
        return Shown(EMPTY, is_sign=True)
    part = cell[: limit + 1]
    is_cut = len(part) < len(cell)
    if part.isascii() and part.isprintable() and not part.isspace():
        return Shown(part, is_cut=is_cut)
    line = visible(part.replace("\r\n", NEWLINE).replace("\n", NEWLINE))
    if not cell.isspace():
        return Shown(line, is_cut=is_cut)
    return Shown("".join(BLANK if one.isspace() else one for one in line), is_sign=True, is_cut=is_cut)


def fits(cell: Shown, width: int) -> bool:
    """Whether nothing of the cell is lost at this width."""
    return not cell.is_cut and cell_len(cell.text) <= width


def fit(cell: Shown, width: int) -> str:
    """The text in exactly `width` (at least 1) terminal cells; an ellipsis says that there is more."""
    if fits(cell, width):
        return set_cell_size(cell.text, width)
    return set_cell_size(set_cell_size(cell.text, min(width - 1, cell_len(cell.text))) + MORE, width)


def width_of(cell: str | None, limit: int) -> int:
    """The terminal cells the whole cell would take, so far as that is not above `limit`."""
    found = shown(cell, limit)
    return limit if found.is_cut else min(limit, cell_len(found.text))
