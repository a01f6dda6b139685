"""The files an export can be: CSV, Parquet and XLSX, each written a few hundred rows at a time.

Every cell is text. What the rows are is not known here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import IO, Any, Final

import polars as pl
import xlsxwriter
from polars.io.plugins import register_io_source

from ops.errors import InputError, OptionError
from ops.sheet.guarded import guard_export

ROW_GROUP: Final = 20_000
XLSX_ROWS: Final = 1_048_575
"""A worksheet's, without the header's."""
XLSX_COLUMNS: Final = 16_384
_SCHEMA = Mapping[str, Any]
_Frames = Iterator[pl.DataFrame]


def write_csv(file: IO[bytes], schema: _SCHEMA, frames: _Frames) -> None:
    """RFC 4180 in UTF-8; what a spreadsheet would run has an apostrophe before it, null is an empty cell."""
    numbered = [f"column_{number}" for number in range(len(schema))]
    header = pl.DataFrame([list(schema)], schema=dict.fromkeys(numbered, pl.String), orient="row")
    for frame in chain([header], frames):
        guard_export(frame).write_csv(file, include_header=False, line_terminator="\r\n")


def write_parquet(file: IO[bytes], schema: _SCHEMA, frames: _Frames) -> None:
    """Text columns, null where the account holds nothing."""

    def source(columns: list[str] | None, *_: object) -> _Frames:
        return (frame if columns is None else frame.select(columns) for frame in frames)

    register_io_source(source, schema=dict(schema)).sink_parquet(file, row_group_size=ROW_GROUP, maintain_order=True)


def write_xlsx(file: IO[bytes], schema: _SCHEMA, frames: _Frames) -> None:
    """One worksheet of text cells; none of them is a formula, a link or a number.

    Raises:
        InputError: It does not fit into a worksheet.
    """
    if len(schema) > XLSX_COLUMNS:
        raise InputError(f"A worksheet has no more than {XLSX_COLUMNS:,} columns: choose a .csv or .parquet file.")
    with tempfile.TemporaryDirectory(prefix=".leatops-", dir=Path(file.name).parent) as folder:
        settings = {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "tmpdir": folder,
            "use_zip64": True,
        }
        book = xlsxwriter.Workbook(file, settings)
        page = book.add_worksheet("Export")
        try:
            page.freeze_panes(1, 0)
            for column, name in enumerate(schema):
                page.write_string(0, column, name)
            _fill(page, schema, frames)
            book.close()
        finally:
            page.row_data_fh.close()


def _fill(page: Any, schema: _SCHEMA, frames: _Frames) -> None:
    names, line = list(schema), 0
    for frame in frames:
        for row in frame.iter_rows():
            line += 1
            too_many(line)
            for column, cell in enumerate(row):
                if cell and page.write_string(line, column, cell):
                    raise InputError(
                        f"Row {line:,} has more than 32,767 characters in {names[column]}, which no cell of a workbook "
                        "can hold: choose a .csv or .parquet file.",
                        row=line,
                        column=names[column],
                    )


def too_many(rows: int) -> None:
    """See that so many rows fit into a worksheet.

    Raises:
        InputError: They do not.
    """
    if rows > XLSX_ROWS:
        raise InputError(
            f"A worksheet has no more than {XLSX_ROWS:,} rows below its header: choose a .csv or .parquet file."
        )


def _any_number(_rows: int) -> None:
    """There is no limit."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file."""

    name: str
    write: Callable[[IO[bytes], _SCHEMA, _Frames], None]
    check: Callable[[int], None] = _any_number
    """Sees that so many rows fit."""


FORMATS: Final = {
    ".csv": Format("csv", write_csv),
    ".parquet": Format("parquet", write_parquet),
    ".xlsx": Format("xlsx", write_xlsx, too_many),
}


def format_of(path: Path) -> Format:
    """The format that a file's ending names.

    Raises:
        OptionError: It names none.
    """
    found = FORMATS.get(path.suffix.lower())
    if found is None:
        ending = f"{path.suffix} is none of them" if path.suffix else "it has no ending"
        raise OptionError(
            f"Cannot tell how to write {path.name}: end it in .csv, .parquet or .xlsx ({ending}).", option="file"
        )
    return found
