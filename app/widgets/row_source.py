"""What a table is drawn from: rows by their position, as text; and the rows of a frame.

Knows nothing of screens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

import polars as pl


class RowSource(Protocol):
    """Rows by position from 0; None is an absent cell, `""` an empty one."""

    @property
    def columns(self) -> Sequence[str]:
        """The headers, in order."""

    @property
    def height(self) -> int:
        """How many rows there are."""

    def window(self, start: int, stop: int) -> Sequence[Sequence[str | None]]:
        """The cells of the rows from `start` to before `stop`; called while painting, so it must be quick."""


@runtime_checkable
class LabelledSource(RowSource, Protocol):
    """A source that has a word of its own for each row."""

    def row_label(self, index: int) -> str:
        """What stands before the row; without it that is its position from 1."""


@runtime_checkable
class SearchableSource(RowSource, Protocol):
    """A source whose rows can be searched column-wise."""

    def block(self, start: int, stop: int) -> pl.DataFrame:
        """The rows from `start` to before `stop`, the columns as strings in order; called from a thread."""


class FrameSource:
    """The rows of a frame of strings, or those of them that an index names, in its order.

    Only what is painted or searched is ever cut out of the frame.
    """

    def __init__(
        self, frame: pl.DataFrame, index: pl.Series | None = None, *, label: Callable[[int], str] | None = None
    ) -> None:
        """Remember the frame; nothing is copied.

        Args:
            frame: Every column is `pl.String`.
            index: Positions of rows in the frame from 0, for a filtered or sorted view.
            label: What stands before a row, by its position in the frame; its number from 1 by default.

        Raises:
            TypeError: A column is not of strings.
        """
        if odd := [name for name, kind in frame.schema.items() if kind != pl.String]:
            raise TypeError(f"Columns {odd} are not of strings; cast them first.")
        self._frame = frame
        self._index = index
        self._label = label or _number

    @property
    def columns(self) -> Sequence[str]:
        """The frame's column names."""
        return self._frame.columns

    @property
    def height(self) -> int:
        """How many rows are in view."""
        return self._frame.height if self._index is None else self._index.len()

    def window(self, start: int, stop: int) -> Sequence[Sequence[str | None]]:
        """The cells of some rows."""
        return self.block(start, stop).rows()

    def row_label(self, index: int) -> str:
        """The row's number in the frame, also in a filtered view."""
        return self._label(index if self._index is None else int(self._index[index]))

    def block(self, start: int, stop: int) -> pl.DataFrame:
        """Some rows as a frame."""
        if self._index is None:
            return self._frame.slice(start, stop - start)
        return self._frame[self._index.slice(start, stop - start)]


class NumberedSource(FrameSource):
    """Rows that are found bit by bit, each under its number in the file: the column `row` of what is added."""

    def __init__(self, rows: pl.DataFrame) -> None:
        super().__init__(rows.drop("row"))
        self._numbers = rows["row"]

    def add(self, rows: pl.DataFrame) -> None:
        """More of them."""
        self._frame = pl.concat([self._frame, rows.drop("row")])
        self._numbers = pl.concat([self._numbers, rows["row"]])

    def row_label(self, index: int) -> str:
        """The row's number in the file."""
        return str(self._numbers[index])


def label_of(source: RowSource, index: int) -> str:
    """What stands before a row."""
    return source.row_label(index) if isinstance(source, LabelledSource) else _number(index)


def _number(index: int) -> str:
    return f"{index + 1:,}"
