"""Excel workbooks into a frame of text; not the older .xls, and no formula is ever computed."""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ops.errors import SheetError
from ops.sheet.numbers import like_numbers, where_any
from ops.sheet.source import Source
from ops.sheet.table import check_header, check_rows

if TYPE_CHECKING:
    from fastexcel import ExcelReader

_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME = r"^1899-12-3[01] (\d{2}:\d{2}:\d{2})$"
_TRUTHS = ["true", "false"]
_ERROR = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+[0-9]+)"')
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
CHUNK = 1 << 20
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Workbook:
    """One worksheet of a workbook."""

    frame: pl.DataFrame
    numbers: pl.DataFrame
    """Which cells are numbers: a Boolean column for each column that holds any."""
    sheet_name: str
    notes: tuple[str, ...]
    first_line: int
    starts: pl.Series | None
    """The line of each row, where they do not follow on each other."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows below the header."""

    frame: pl.DataFrame
    called: dict[str, str]
    """What the reader calls each column."""
    rows: pl.Series
    """Where each row stands on the page, from 0."""
    blanks: int
    """Rows that were left out."""


def read_workbook(source: Source, wanted: str | None = None) -> Workbook:
    """Read the sheet of that name, or the first visible one that is not empty.

    Raises:
        SheetError: The workbook is damaged, has no such sheet, or the sheet's header is not one row of names.
    """
    import fastexcel  # noqa: PLC0415  (only for workbooks)

    file = source.file
    try:
        book = fastexcel.read_excel(source.data)
        name, cells, others = _cells(book, wanted, file)
        table = _table(cells, file)
        numbers = _numbers(book, name, table)
    except fastexcel.FastExcelError as error:
        raise SheetError(f"{file} is a damaged workbook; save it again.", file=file) from error
    notes = [f"read sheet {name!r}; not read: {', '.join(map(repr, others))}"] if others else []
    if table.blanks:
        notes.append(f"{table.blanks:,} blank {'row was' if table.blanks == 1 else 'rows were'} left out")
    broken = list(itertools.islice(_error_cells(source.data, name), SHOWN + 1))
    if broken:
        more = " and more" if len(broken) > SHOWN else ""
        notes.append(f"cells with an Excel error are read as absent: {', '.join(broken[:SHOWN])}{more}")
    lines = (table.rows + 1).cast(pl.Int64).alias("line")
    first, last = int(lines[0]), int(lines[-1])
    return Workbook(table.frame, numbers, name, tuple(notes), first, lines if last - first >= lines.len() else None)


def sheet_names(path: Path) -> tuple[str, ...]:
    """The names of a workbook's sheets, in order; none when the file is no workbook or cannot be read."""
    import fastexcel  # noqa: PLC0415  (only for workbooks)

    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":
                return ()
        return tuple(fastexcel.read_excel(path).sheet_names)
    except (OSError, ValueError, fastexcel.FastExcelError):
        return ()


def _cells(book: ExcelReader, wanted: str | None, file: str) -> tuple[str, pl.DataFrame, list[str]]:
    """The name of the sheet to read, all of its cells as text, and the names of others that could be read."""
    names = list(book.sheet_names)
    if wanted is not None and wanted not in names:
        listed = ", ".join(repr(name) for name in names)
        raise SheetError(f"{file} has no sheet {wanted!r}; it has {listed}.", file=file, option="sheet")
    sheets = [
        book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
        for name in ([wanted] if wanted is not None else names)
    ]
    filled = [sheet for sheet in sheets if sheet.total_height and (wanted or sheet.visible == "visible")]
    if not filled:
        raise _nothing(file)
    return str(filled[0].name), filled[0].to_polars(), [str(sheet.name) for sheet in filled[1:]]


def _table(cells: pl.DataFrame, file: str) -> _Table:
    """The first row that is not blank is the header; columns empty from the header down are no columns."""
    cells = cells.select(column for column in cells if column.null_count() < cells.height)
    places = cells.select(~pl.all_horizontal(pl.all().is_null())).to_series().arg_true()
    if not places.len():
        raise _nothing(file)
    header = check_header(cells.row(places[0]), file=file)
    below = places.slice(1)
    frame = cells[below]
    check_rows(frame, file=file)
    called = dict(zip(header, cells.columns, strict=True))
    frame.columns = header
    text = pl.all().str.replace(_MIDNIGHT, "$1").str.replace(_TIME, "$1")
    return _Table(frame.select(text), called, below, cells.height - int(places[0]) - places.len())


def _numbers(book: ExcelReader, name: str, table: _Table) -> pl.DataFrame:
    """Which cells are numbers: those that can be read as truths, as no text and no date can, and are none."""
    columns = like_numbers(table.frame)
    if not columns:
        return pl.DataFrame()
    called = [table.called[column] for column in columns]
    truths = book.load_sheet(name, header_row=None, skip_rows=0, dtypes="boolean", use_columns=called).to_polars()
    there = truths.select(pl.col(called).is_not_null())[table.rows]
    there.columns = columns
    return where_any(there.with_columns(there[each] & ~table.frame[each].is_in(_TRUTHS) for each in columns))


def _nothing(file: str) -> SheetError:
    return SheetError(f"{file} has no sheet with anything in it.", file=file)


def _error_cells(data: bytes, sheet: str) -> Iterator[str]:
    """Where the sheet holds #N/A and its like, which the reader turns into absent cells without a word."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = _part_of(archive, sheet)
        if part is None:
            return
        with archive.open(part) as stream:
            rest = b""
            while chunk := stream.read(CHUNK):
                text = rest + chunk
                cut = text.rfind(b"<") if len(chunk) == CHUNK else len(text)
                if b't="e"' in text:
                    yield from (found[1].decode() for found in _ERROR.finditer(text, 0, cut))
                rest = text[cut:]


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the archive that holds the sheet; None for a binary workbook."""
    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "ignore")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "ignore")
    except KeyError:
        return None
    targets = {each["Id"]: each["Target"] for each in _attributes(_RELATION, relations) if "Target" in each}
    for each in _attributes(_SHEET, book):
        target = targets.get(each.get("r:id", ""))
        if each.get("name") == sheet and target:
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            return part if part in archive.namelist() else None
    return None


def _attributes(tag: re.Pattern[str], xml: str) -> Iterator[dict[str, str]]:
    for found in tag.finditer(xml):
        yield {key: unescape(value) for key, value in _ATTRIBUTE.findall(found.group())}
