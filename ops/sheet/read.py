"""`read_sheet`: from a path to a `Sheet`, by the kind of file it is; not how each kind is read."""

from __future__ import annotations

import os

from ops.errors import SheetError
from ops.sheet.delimited import read_delimited
from ops.sheet.guarded import is_export, is_guarded, unguard, unguard_export
from ops.sheet.source import Source, decode, format_of, open_source
from ops.sheet.table import Sheet
from ops.sheet.typed import read_parquet, read_records
from ops.sheet.workbook import read_workbook


def read_sheet(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Sheet:
    """Read a file once into a `Sheet`: CSV of any delimiter, XLSX, Parquet or JSON lines.

    Args:
        path: The file; only regular reading, so a link is fine.
        encoding: Python's name of the encoding of a text file; found by itself otherwise.
        delimiter: What stands between the cells of a delimited text; found by itself otherwise.
        sheet: The worksheet of a workbook; the first visible one with something in it otherwise.

    Raises:
        SheetError: The file is not one table that can be read without guessing; the message says why.
    """
    source = open_source(path)
    kind = format_of(source)
    _refuse_options(source, kind, {"encoding": encoding, "delimiter": delimiter, "sheet": sheet})
    if kind == "xlsx":
        return _from_workbook(source, sheet)
    if kind == "parquet":
        frame, numbers = read_parquet(source)
        return Sheet(source.path, source.sha256, kind, None, "", None, None, frame, numbers=numbers)
    return _from_text(source, kind, encoding, delimiter)


def _from_workbook(source: Source, sheet: str | None) -> Sheet:
    book = read_workbook(source, sheet)
    return Sheet(
        source.path,
        source.sha256,
        "xlsx",
        None,
        "",
        None,
        book.sheet_name,
        frame=book.frame,
        notes=book.notes,
        first_line=book.first_line,
        starts=book.starts,
        numbers=book.numbers,
    )


def _from_text(source: Source, kind: str, encoding: str | None, delimiter: str | None) -> Sheet:
    text = decode(source, encoding)
    notes: tuple[str, ...] = ()
    if text.encoding != "utf-8" and encoding is None:
        notes = (f"decoded as {text.encoding}: {text.why}",)
    head = (source.path, source.sha256, kind, text.encoding, text.why)
    if kind == "jsonl":
        records = read_records(text.data, source.file)
        return Sheet(*head, None, None, records.frame, notes + records.notes, 1, records.starts, records.numbers)
    table = read_delimited(text.data, source.file, delimiter)
    frame, notes = table.frame, notes + table.notes
    if is_guarded(frame):
        frame = unguard(frame)
        notes += ("results of an earlier run: the apostrophes before formulas were taken off again",)
    elif is_export(frame):
        frame = unguard_export(frame)
        notes += ("an export of the account: the apostrophes before formulas were taken off again",)
    return Sheet(*head, table.delimiter, None, frame, notes, table.first_line, table.starts)


def _refuse_options(source: Source, kind: str, options: dict[str, str | None]) -> None:
    """An option that does not apply is a sign of the wrong file."""
    apply = {"csv": {"encoding", "delimiter"}, "jsonl": {"encoding"}, "xlsx": {"sheet"}, "parquet": set()}[kind]
    for name, value in options.items():
        if value is not None and name not in apply:
            raise SheetError(
                f"{source.file} is read as {kind}, which has no {name}; leave that option out.",
                file=source.file,
                option=name,
            )
