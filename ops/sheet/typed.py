"""Parquet and JSON lines into frames of text, every digit as it stood; not workbooks or delimited text."""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from ops.advice import Advice, Way
from ops.errors import SheetError
from ops.files import META_KEY
from ops.sheet.numbers import like_numbers, where_any
from ops.sheet.source import Source
from ops.sheet.table import check_header, check_rows

BATCH = 20_000
_MIDNIGHT = r"^(\d{4}-\d{2}-\d{2})[ T]00:00:00(?:\.0+)?$"


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of JSON lines, which of their cells are numbers, and the line each stands on."""

    frame: pl.DataFrame
    numbers: pl.DataFrame
    starts: pl.Series | None
    notes: tuple[str, ...]


class _Digits(str):
    """A number of JSON, its digits as they stand."""

    __slots__ = ()


def read_parquet(source: Source) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read Parquet; numbers as they print without artefacts, dates and times as ISO. With it, which cells are numbers.

    Raises:
        SheetError: The file is damaged or a plan, or a column is nested or binary.
    """
    try:
        if META_KEY in pl.read_parquet_metadata(io.BytesIO(source.data)):
            way = Way("show_or_run", "`leatops show` shows it, `leatops run` does it")
            told = Advice(f"{source.file} is a plan, not a file with rows: ", way, ".")
            raise SheetError(told, file=source.file)
        frame = pl.read_parquet(io.BytesIO(source.data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise SheetError(f"{source.file} is a damaged Parquet file; write it again.", file=source.file) from error
    check_header(frame.columns, file=source.file)
    check_rows(frame, file=source.file)
    cells = frame.select(_as_text(name, kind, source.file) for name, kind in frame.schema.items())
    numeric = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    return cells, where_any(cells.select(pl.col(numeric).is_not_null()))


def _as_text(name: str, kind: pl.DataType, file: str) -> pl.Expr:
    column = pl.col(name)
    if kind.is_nested() or kind in (pl.Binary, pl.Object, pl.Duration):
        raise SheetError(
            f"{file}: column {name!r} holds {kind}, which has no plain text; leave it out or flatten it.",
            file=file,
            column=name,
        )
    if isinstance(kind, pl.Datetime):
        text = column.dt.to_string("%Y-%m-%d %H:%M:%S%.f" + ("%:z" if kind.time_zone else ""))
        return text.str.replace(_MIDNIGHT, "$1")
    text = column.cast(pl.String)
    return text.str.strip_suffix(".0") if kind.is_float() else text


def read_records(data: bytes, file: str) -> Records:
    """Read one JSON object a line; a number keeps its digits, an absent key and null are null.

    Raises:
        SheetError: A line is not one flat JSON object.
    """
    if data.lstrip()[:1] == b"[":
        raise SheetError(f"{file} is one JSON list; write one object a line (JSON Lines).", file=file)
    keys: dict[str, None] = {}
    frames: list[pl.DataFrame] = []
    flags: list[pl.DataFrame] = []
    lines: list[int] = []
    rows = _objects(data, file)
    while batch := list(itertools.islice(rows, BATCH)):
        for _, record in batch:
            keys.update(dict.fromkeys(record))
        lines.extend(line for line, _ in batch)
        frames.append(pl.from_dicts([record for _, record in batch], schema=dict.fromkeys(keys, pl.String)))
        flags.append(_numbers(frames[-1], [record for _, record in batch]))
    if not lines:
        raise SheetError(f"{file} has no rows; there is nothing to do.", file=file)
    check_header(list(keys), file=file)
    total = data.count(b"\n") + (not data.endswith(b"\n"))
    blanks = total - len(lines)
    notes = (f"{blanks:,} blank {'line was' if blanks == 1 else 'lines were'} left out",) if blanks else ()
    starts = pl.Series("line", lines, dtype=pl.Int64) if blanks else None
    numbers = where_any(pl.concat(flags, how="diagonal"))
    return Records(pl.concat(frames, how="diagonal").select(list(keys)), numbers, starts, notes)


def _numbers(frame: pl.DataFrame, records: list[dict[str, str | None]]) -> pl.DataFrame:
    """Which cells of some rows are numbers; a flag for every column, so that batches can be joined."""
    none = frame.select(pl.repeat(value=False, n=pl.len(), dtype=pl.Boolean).alias(name) for name in frame.columns)
    return none.with_columns(
        pl.Series(name, [isinstance(record.get(name), _Digits) for record in records], dtype=pl.Boolean)
        for name in like_numbers(frame)
    )


def _objects(data: bytes, file: str) -> Iterator[tuple[int, dict[str, str | None]]]:
    decoder = json.JSONDecoder(
        object_pairs_hook=_flat, parse_float=_Digits, parse_int=_Digits, parse_constant=_no_constant
    )
    for line, raw in enumerate(io.BytesIO(data), start=1):
        text = raw.decode("utf-8").strip(" \t\r\n")
        if not text:
            continue
        try:
            record = _record(decoder, text)
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            raise SheetError(
                f"{file}: line {line} is not one flat JSON object: {reason}.", file=file, line=line
            ) from error
        yield line, record


def _record(decoder: json.JSONDecoder, text: str) -> dict[str, str | None]:
    record: Any = decoder.decode(text)
    if not isinstance(record, dict):
        raise ValueError("it is something else")  # noqa: TRY004  (one kind for whatever is wrong)
    if "\\u" in text:
        try:
            "".join(part or "" for pair in record.items() for part in pair).encode()
        except UnicodeEncodeError as error:
            raise ValueError("half of a surrogate pair is no character") from error
    return record


def _flat(pairs: list[tuple[str, Any]]) -> dict[str, str | None]:
    record: dict[str, str | None] = {}
    for key, value in pairs:
        if key in record:
            raise ValueError("a key stands in it twice")
        if isinstance(value, (dict, list)):
            raise ValueError("a value is nested; flatten it")  # noqa: TRY004  (one kind for whatever is wrong)
        record[key] = ("true" if value else "false") if isinstance(value, bool) else value
    return record


def _no_constant(name: str) -> str:
    raise ValueError(f"{name} is no JSON")
