"""Looking for a text in a source, column-wise and block by block in a thread, so that it can be given up.

Knows no widget; what is found is said by whoever asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import polars as pl

from app.display import visible
from app.widgets.row_source import SearchableSource
from ops.errors import InputError

FIRST_BLOCK: Final = 4_096
"""Rows of the first block; each is four times the one before, so that what is near is found at once."""
LARGEST_BLOCK: Final = 65_536


class Place(NamedTuple):
    """A cell of a table, both counted from 0."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Needle:
    """What is looked for: a text as it stands or a regular expression, in any case of letters."""

    text: str
    is_regex: bool = False

    @property
    def pattern(self) -> str:
        """The expression for it."""
        return "(?i)" + (self.text if self.is_regex else pl.escape_regex(self.text))

    def check(self) -> None:
        """Refuse what is no regular expression.

        Raises:
            InputError: It is none.
        """
        try:
            pl.Series([""]).str.contains(self.pattern)
        except pl.exceptions.ComputeError as error:
            reasons = [line.removeprefix("error: ") for line in str(error).splitlines() if line.startswith("error: ")]
            reason = reasons[0] if reasons else "it cannot be read"
            raise InputError(f"Not a regular expression: {visible(reason)}.") from None


async def search(
    source: SearchableSource, needle: Needle, start: Place, *, forward: bool = True, wrap: bool = False
) -> Place | None:
    """The first cell after (or before) `start` that holds the needle.

    Args:
        source: Where to look.
        needle: What for.
        start: The cell that is looked at last, if at all; `Place(0, -1)` is before the first one.
        forward: By rows downwards, in a row from left to right; else the other way.
        wrap: Whether to go on from the other end up to and with `start`.

    Raises:
        InputError: The needle is not a regular expression.
    """
    needle.check()
    for rows, columns in _blocks(source, start, forward=forward, wrap=wrap):
        found = await asyncio.to_thread(_look, source, needle, rows, columns, forward)
        if found is not None:
            return found
    return None


def _blocks(source: SearchableSource, start: Place, *, forward: bool, wrap: bool) -> Iterator[tuple[range, range]]:
    """The rows and columns to look at, one block after the other."""
    width, height = len(source.columns), source.height
    every = range(width)
    row = range(max(0, start.row), min(height, start.row + 1))
    right = range(max(0, start.column + 1), width)
    left = range(min(width, max(0, start.column)))
    below, above = range(start.row + 1, height), range(min(height, max(0, start.row)))
    yield row, right if forward else left
    yield from ((rows, every) for rows in _split(below if forward else above, forward=forward))
    if wrap:
        yield from ((rows, every) for rows in _split(above if forward else below, forward=forward))
        yield row, range(min(width, start.column + 1)) if forward else range(max(0, start.column), width)


def _split(rows: range, *, forward: bool) -> Iterator[range]:
    """The rows in blocks that grow, from the first or from the last on."""
    size = FIRST_BLOCK
    while rows:
        yield rows[:size] if forward else rows[-size:]
        rows = rows[size:] if forward else rows[:-size]
        size = min(size * 4, LARGEST_BLOCK)


def _look(
    source: SearchableSource,
    needle: Needle,
    rows: range,
    columns: range,
    forward: bool,  # noqa: FBT001 - a thread's arguments go by position
) -> Place | None:
    """The first or last hit of a block."""
    if not rows or not columns:
        return None
    block = source.block(rows.start, rows.stop).clone()
    block.columns = [str(number) for number in range(block.width)]  # a header can look like a pattern of headers
    hits = block.select(pl.col(str(number)).str.contains(needle.pattern).fill_null(value=False) for number in columns)
    found = hits.select(pl.any_horizontal(pl.all())).to_series().arg_true()
    if found.is_empty():
        return None
    row = int(found[0 if forward else -1])
    hit = [column for column, is_hit in zip(columns, hits.row(row), strict=True) if is_hit]
    return Place(rows.start + row, hit[0 if forward else -1])
