"""Excel workbooks into a frame of text; not the older .xls, and no formula is ever computed."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ops.errors import SheetError
from ops.sheet.source import Source
from ops.sheet.table import check_header, check_rows

_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2}) 00:00:00$"
_TIME = r"^1899-12-3[01] (\d{2}:\d{2}:\d{2})$"


@dataclass(frozen=True, slots=True)
class Workbook:
    """One worksheet of a workbook."""

    frame: pl.DataFrame
    sheet_name: str
    notes: tuple[str, ...]


def read_workbook(source: Source, wanted: str | None = None) -> Workbook:
    """Read the sheet of that name, or the first visible one that is not empty.

    Raises:
        SheetError: The workbook is damaged, has no such sheet, or the sheet's header is not one row of names.
    """
    import fastexcel  # noqa: PLC0415  (only for workbooks)

    file = source.file
    try:
        book = fastexcel.read_excel(source.data)
        names = list(book.sheet_names)
        if wanted is not None and wanted not in names:
            listed = ", ".join(repr(name) for name in names)
            raise SheetError(f"{file} has no sheet {wanted!r}; it has {listed}.", file=file, option="sheet")
        sheets = [
            book.load_sheet(name, header_row=None, dtypes="string")
            for name in ([wanted] if wanted is not None else names)
        ]
    except fastexcel.FastExcelError as error:
        raise SheetError(f"{file} is a damaged workbook; save it again.", file=file) from error
    filled = [sheet for sheet in sheets if sheet.total_height and (wanted or sheet.visible == "visible")]
    if not filled:
        raise SheetError(f"{file} has no sheet with anything in it.", file=file)
    chosen = filled[0]
    notes = []
    if len(filled) > 1:
        others = ", ".join(repr(sheet.name) for sheet in filled[1:])
        notes.append(f"read sheet {chosen.name!r}; not read: {others}")
    frame, blanks = _table(chosen.to_polars(), file)
    if blanks:
        notes.append(f"{blanks:,} blank {'row was' if blanks == 1 else 'rows were'} left out")
    return Workbook(frame, str(chosen.name), tuple(notes))


def _table(cells: pl.DataFrame, file: str) -> tuple[pl.DataFrame, int]:
    """The first row that is not blank is the header; columns empty from the header down are no columns."""
    cells = cells.select(column for column in cells if column.null_count() < cells.height)
    filled = cells.filter(~pl.all_horizontal(pl.all().is_null()))
    if filled.is_empty():
        raise SheetError(f"{file} has no sheet with anything in it.", file=file)
    header = check_header(filled.row(0), file=file)
    frame = filled.slice(1)
    check_rows(frame, file=file)
    frame.columns = header
    text = pl.all().str.replace(_MIDNIGHT, "$1").str.replace(_TIME, "$1")
    return frame.select(text), cells.height - filled.height
