"""Where the columns of a table lie: their widths, their edges, and how far to scroll to see one.

Pure arithmetic in terminal cells; draws nothing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from app.widgets.cells import width_of

PADDING: Final = 1
"""Blanks on either side of a cell."""
NARROWEST: Final = 4
WIDEST: Final = 40
"""What a column gets at most until someone widens it; the last one has nobody beside it, and no such bound."""
WIDENED: Final = 200


class Columns:
    """Columns side by side from 0 on; `edges[n]` is where column n begins, the last edge is the end of all."""

    def __init__(self, widths: Iterable[int]) -> None:
        self.widths = list(widths)
        self.edges = self._lay()

    @classmethod
    def measured(cls, headers: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Columns:
        """Columns as wide as their headers and a sample of their cells ask for."""
        most = [*(WIDEST for _ in headers[1:]), WIDENED][: len(headers)]
        widths = [max(NARROWEST, width_of(header, at_most)) for header, at_most in zip(headers, most, strict=True)]
        for row in rows:
            for column, cell in enumerate(row):
                if widths[column] < most[column]:
                    widths[column] = max(widths[column], width_of(cell, most[column]))
        return cls(widths)

    @property
    def total(self) -> int:
        """The width of all of them."""
        return self.edges[-1]

    def at(self, x: int) -> int | None:
        """The column that covers a position."""
        return bisect_right(self.edges, x) - 1 if 0 <= x < self.total else None

    def within(self, x: int, width: int) -> range:
        """The columns that are seen, wholly or in part, from `x` on."""
        return range(max(0, bisect_right(self.edges, x) - 1), min(len(self.widths), bisect_left(self.edges, x + width)))

    def seen(self, column: int, end: int) -> int:
        """How much of its cells is seen where the view ends; 0 when nothing is."""
        return max(0, min(self.widths[column], end - self.edges[column] - PADDING))

    def reveal(self, column: int, x: int, width: int) -> int:
        """How far to scroll so that a column is seen whole, from `x` on no further than needed; always an edge."""
        start, stop = self.edges[column], self.edges[column + 1]
        if x <= start and stop <= x + width:
            return x
        if start < x or stop - start >= width:
            return start
        return min(start, self.edges[bisect_left(self.edges, stop - width)])

    def widen(self, column: int, by: int) -> None:
        """Make a column wider, or narrower, within reason."""
        self.widths[column] = min(WIDENED, max(NARROWEST, self.widths[column] + by))
        self.edges = self._lay()

    def _lay(self) -> list[int]:
        return list(accumulate((width + 2 * PADDING for width in self.widths), initial=0))
