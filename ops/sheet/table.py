"""The `Sheet` itself and what every file's header must be like; not how any kind of file is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

import polars as pl

from ops.errors import SheetError


def shape_of(columns: Sequence[str]) -> str:
    """A name for a set of headers: the same for every file of the same shape."""
    return hashlib.sha256(json.dumps(list(columns)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One table of text: null is an absent cell, ``""`` a quoted empty one; headers as they stand."""

    path: Path
    sha256: str
    """Of the file's bytes as they were read; the file is opened once and never again."""
    format: str
    """``csv`` (any delimiter), ``xlsx``, ``parquet`` or ``jsonl``."""
    encoding: str | None
    """Python's name of it; None where the format has none."""
    encoding_why: str
    """How the encoding was found, in words; empty where the format has none."""
    delimiter: str | None
    """None where the format has none, and for a file of one column."""
    sheet_name: str | None
    frame: pl.DataFrame = field(repr=False)
    """Every column is `pl.String`."""
    notes: tuple[str, ...] = ()
    """What a person should know about how the file was read."""
    first_line: int | None = None
    """The line of the first data row in a text file or a workbook."""
    starts: pl.Series | None = field(default=None, repr=False)
    """The line each data row starts on, kept only where rows are not one line each."""
    numbers: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    """Which cells are numbers in the file and not text: a Boolean column for each column that holds any."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers, in order, as they stand."""
        return tuple(self.frame.columns)

    @property
    def rows(self) -> int:
        """How many data rows there are."""
        return self.frame.height

    @property
    def shape_id(self) -> str:
        """A name for this set of headers: the same for every file of the same shape."""
        return shape_of(self.columns)

    def line_of(self, row: int) -> int | None:
        """The line on which data row `row` (from 1) starts; None where the format has no lines."""
        if self.first_line is None or not 1 <= row <= self.rows:
            return None
        return self.first_line + row - 1 if self.starts is None else int(self.starts[row - 1])

    @property
    def lines(self) -> pl.Series | None:
        """The line of each data row; None where each is on the line after its number, or the format has no lines."""
        if self.starts is not None or self.first_line in {None, 2}:
            return self.starts
        lines = pl.int_range(pl.len(), dtype=pl.Int64) + self.first_line
        return self.frame.select(lines.alias("line")).to_series()

    def numbers_in(self, column: str) -> pl.Series | None:
        """Which cells of a column are numbers in the file; None where none is."""
        return self.numbers[column] if column in self.numbers.columns else None

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(cell or '')}</td>" for cell in cells) + "</tr>"
            for cells in self.frame.head(5).iter_rows()
        )
        size = f"{self.rows:,} rows × {len(self.columns)} columns"
        return (
            f"<p><strong>{escape(self.path.name)}</strong>: {size}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def check_header(header: Sequence[str | None], *, file: str, line: int | None = None) -> list[str]:
    """Return the headers if each column has one of its own.

    Raises:
        SheetError: A header is blank, or two are the same but for the space around them.
    """
    seen: dict[str, int] = {}
    for number, name in enumerate(header, start=1):
        key = (name or "").strip()
        if not key:
            raise SheetError(_blank_header(number, len(header), file), file=file, line=line, column=number)
        if key in seen:
            raise SheetError(
                f"{file}: columns {seen[key]} and {number} have the same header; rename one of them.",
                file=file,
                line=line,
                column=number,
            )
        seen[key] = number
    return [name or "" for name in header]


def check_rows(frame: pl.DataFrame, *, file: str) -> None:
    """Refuse a table without data rows."""
    if frame.height == 0:
        raise SheetError(f"{file} has a header but no rows below it; there is nothing to do.", file=file)


def _blank_header(number: int, width: int, file: str) -> str:
    if number == width > 1:
        return (
            f"{file}: column {number}, the last one, has no header; name it, "
            "or take the delimiter at the end of every line away."
        )
    return f"{file}: column {number} has no header; name it, or take the column out."
