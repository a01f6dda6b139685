"""Delimited text into a frame, checked by a second reader of its own kind; not files and encodings."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import operator
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ops.errors import SheetError
from ops.sheet.faults import BLANKS, NAMES, Grammar, doubt, first_fault
from ops.sheet.table import check_header, check_rows

DELIMITERS = ",;\t|"
SAMPLE = 1 << 15
PIECE = 1 << 24
_SPELLED = {"\\t": "\t", "tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_PACKED = b"x"
"""How a zlib stream begins, and so may a text (``x^2``): polars would unpack it."""
_UNUSED = "\x1f\x1e\x1d\x1c\x01\x02\x03\x04\x05\x06\x07"
_NEWLINE = r"\r\n|\r|\n"
_QUOTED = re.compile(rb'"[^"]*(?:"|\Z)')


@dataclass(frozen=True, slots=True)
class Table:
    """A parsed text: its cells, and where its rows stand."""

    frame: pl.DataFrame
    delimiter: str | None
    notes: tuple[str, ...]
    first_line: int
    starts: pl.Series | None


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the second reader counted."""

    widths: Counter[int]
    lines: int


def read_delimited(data: bytes, file: str, delimiter: str | None = None) -> Table:
    """Read UTF-8 text whose quote is ``"``, with the delimiter given or found.

    Raises:
        SheetError: The text is not one table; the first offending line is named.
    """
    wanted = None if delimiter is None else _one_character(delimiter, file)
    skipped, declared, line = _preamble(data)
    data = data[skipped:] if skipped else data
    if not data:
        raise SheetError(f"{file} has no text in it.", file=file)
    found = wanted or declared or find_delimiter(data, file)
    grammar = Grammar(found or _unused(data, file), "\n" if b"\n" in data else "\r", line, file)
    header = check_header(_header(data, grammar), file=file, line=line)
    data, shape = _second_opinion(data, grammar, len(header))
    frame = _parse(data, grammar, header)
    if frame.height + 1 != shape.widths.total():
        raise _fault(data, grammar)
    first_line = line + 1 + sum(len(re.findall(_NEWLINE, name)) for name in header)
    starts = _starts(frame, first_line) if shape.lines != frame.height + 1 or shape.widths[0] else None
    if shape.widths[0]:
        keep = ~_blank_rows(frame, shape, data, grammar)
        frame, starts = frame.filter(keep), starts if starts is None else starts.filter(keep)
    check_rows(frame, file=file)
    blanks = shape.widths[0] + line - (2 if declared else 1)
    return Table(frame, found, _notes(blanks, found, declared), first_line, starts)


def _preamble(data: bytes) -> tuple[int, str | None, int]:
    """The bytes before the header line, the delimiter that Excel's first line declares, the header's line."""
    declared = re.match(rb"sep=([\t -~])(?:\r\n|\r|\n)", data)
    at = declared.end() if declared else 0
    blank = re.compile(rb"(?: *(?:\r\n|\r|\n))*").match(data, at)
    end = blank.end() if blank else at
    line = 1 + len(re.findall(_NEWLINE.encode(), data[:end]))
    return end, declared[1].decode() if declared else None, line


def _notes(blanks: int, delimiter: str | None, declared: str | None) -> tuple[str, ...]:
    notes = []
    if declared:
        notes.append(f"the first line names the delimiter: {NAMES.get(declared, repr(declared))}")
    if delimiter is None:
        notes.append("read as a single column: no delimiter was found")
    if blanks:
        notes.append(f"{blanks:,} blank {'line was' if blanks == 1 else 'lines were'} left out")
    return tuple(notes)


def find_delimiter(data: bytes, file: str) -> str | None:
    """The delimiter by which the first rows are a table; None for a single column.

    A mark of the header line that gives rows of one width is it; clevercsv is asked only where none does.

    Raises:
        SheetError: Several marks give a table.
    """
    sample = data[:SAMPLE]
    first = re.split(rb"[\r\n]", _QUOTED.sub(b"", sample), maxsplit=1)[0]
    present = [mark for mark in DELIMITERS if mark.encode() in first]
    if len(present) == 1:
        return present[0]
    if not any(mark.encode() in sample for mark in DELIMITERS):
        return None
    text = sample.decode("utf-8", "ignore")
    fitting = [mark for mark in present if _fits(text, mark, whole=len(data) == len(sample))]
    if len(fitting) == 1:
        return fitting[0]
    detected = None if fitting else _detect(text[: 1 << 13])
    if not fitting and (not present or detected in present):
        return detected
    marks = " or ".join(NAMES[mark] for mark in fitting or present)
    raise SheetError(f"{file}: the delimiter may be {marks}; say which one it is.", file=file, option="delimiter")


def _fits(text: str, mark: str, *, whole: bool) -> bool:
    """Whether the rows are all of one width; the last may be cut off."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
        widths = [len(row) for row in rows if len(row) > 1 or "".join(row).strip(BLANKS)]
    except csv.Error:
        return False
    return len(set(widths if whole else widths[:-1])) == 1


def _detect(text: str) -> str | None:
    import clevercsv  # noqa: PLC0415  (only for a header that leaves a doubt)

    try:
        dialect = clevercsv.Detector().detect(text, delimiters=list(DELIMITERS))
    except clevercsv.Error:
        return None
    return (dialect.delimiter or None) if dialect else None


def _one_character(delimiter: str, file: str) -> str:
    mark = _SPELLED.get(delimiter, delimiter)
    if len(mark) != 1 or not mark.isascii() or mark in '"\r\n\0':
        raise SheetError(
            f"A delimiter is one plain character such as , ; | or \\t, not {delimiter!r}.",
            file=file,
            option="delimiter",
        )
    return mark


def _unused(data: bytes, file: str) -> str:
    for mark in _UNUSED:
        if mark.encode() not in data:
            return mark
    raise SheetError(f"{file} holds every control character there is; it is not a table.", file=file)


def _text(data: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="")


def _header(data: bytes, grammar: Grammar) -> list[str]:
    try:
        return next(csv.reader(_text(data), delimiter=grammar.separator, strict=True))
    except csv.Error as error:
        raise _fault(data, grammar) from error


def _second_opinion(data: bytes, grammar: Grammar, width: int) -> tuple[bytes, _Shape]:
    """Count rows and cells with the standard library; a row is as wide as the header or a blank line.

    Where there are rows of one cell, the lines of spaces and tabs among them are emptied: both readers see blank lines.
    """
    shape = _shape_by_line(data, grammar, width) or _shape_by_row(data, grammar)
    if shape.widths[1] and width > 1:
        data = _without_blanks(data, grammar)
        shape = _shape_by_line(data, grammar, width) or _shape_by_row(data, grammar)
    if set(shape.widths) - {0, width}:
        raise _fault(data, grammar)
    return data, shape


def _without_blanks(data: bytes, grammar: Grammar) -> bytes:
    """The text with each line emptied that is a row of its own of nothing but spaces and tabs, outside quotes."""
    reader = csv.reader(_text(data), delimiter=grammar.separator, strict=True)
    alone = {reader.line_num for row in reader if len(row) == 1 and not row[0].strip(BLANKS)}
    emptied = io.BytesIO()
    for number, line in enumerate(_text(data), start=1):
        kept = line if number not in alone else line.strip(BLANKS) or grammar.line_end
        emptied.write(kept.encode())
    return emptied.getvalue()


def _shape_by_line(data: bytes, grammar: Grammar, width: int) -> _Shape | None:
    """Tell the lines that are a whole row by their form, and let the standard library read the others.

    A row runs on while the quotes so far are odd in number. If every row so formed is exactly one row when
    read alone, rows begin nowhere else, and this counts what a reading from the top would. None if not.
    """
    if grammar.line_end != "\n" or _has_lone_return(data):
        return None
    total, lines = Counter[int](), 0
    for piece in _pieces(data):
        shape = _shape_of_piece(piece, grammar, width)
        if shape is None:
            return None
        total, lines = total + shape.widths, lines + shape.lines
    return _Shape(total, lines)


def _pieces(data: bytes) -> Iterator[bytes]:
    """The text in pieces that end at a line end with an even number of quotes before it."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", start + PIECE) + 1 or len(data)
        odd = data.count(b'"', start, end) % 2
        while odd and end < len(data):
            quote = data.find(b'"', end)
            stop = data.find(b"\n", quote) + 1 or len(data) if quote >= 0 else len(data)
            odd, end = (odd + data.count(b'"', end, stop)) % 2, stop
        yield data[start:end]
        start = end


def _shape_of_piece(piece: bytes, grammar: Grammar, width: int) -> _Shape | None:
    text, quotes = pl.col("line"), pl.col("quotes")
    mark = f"\\x{ord(grammar.separator):02x}"
    cell = f'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
    # a blank line in front, or polars would unpack a text that begins like a packed one ("x^2")
    lines = pl.read_lines(b"\n" + piece).slice(1)
    try:
        lines = lines.with_columns(
            quotes=text.str.count_matches('"', literal=True).cast(pl.Int64),
            whole=text.str.contains(f"^{cell}(?:{mark}{cell}){{{width - 1}}}$"),
        )
    except pl.exceptions.ComputeError:  # too many columns for one expression
        return None
    opens = (quotes.cum_sum() - quotes) % 2 == 0
    kind = pl.when(~opens).then(2).when(text == "").then(0).when("whole").then(1).otherwise(2)
    lines = lines.select(text, opens=opens, kind=kind, size=text.str.len_bytes())
    kinds = Counter(dict(lines.group_by("kind").len().iter_rows()))
    if kinds[2] * 4 > lines.height or lines["size"].max() > csv.field_size_limit():  # type: ignore[operator]
        return None  # reading them all is quicker, or finds a cell too large
    others = lines.filter(kind=2).select("line", row=pl.col("opens").cum_sum())
    if others.height and others["row"][-1] != others.height:
        others = others.group_by("row", maintain_order=True).agg(text.str.join("\n"))
    try:
        reader = csv.reader(others["line"].to_list(), delimiter=grammar.separator, strict=True)
        widths = Counter(map(len, reader))
    except csv.Error:
        return None
    seen = widths + Counter({0: kinds[0], width: kinds[1]})
    return _Shape(seen, lines.height) if widths.total() == others.height else None


def _shape_by_row(data: bytes, grammar: Grammar) -> _Shape:
    if grammar.line_end == "\n" and _has_lone_return(data):
        fault = first_fault(data.decode("utf-8"), grammar)
        if fault:
            raise fault
    reader = csv.reader(_text(data), delimiter=grammar.separator, strict=True)
    try:
        return _Shape(Counter(map(len, reader)), reader.line_num)
    except csv.Error as error:
        raise _fault(data, grammar) from error


def _has_lone_return(data: bytes) -> bool:
    return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")


def _parse(data: bytes, grammar: Grammar, header: list[str]) -> pl.DataFrame:
    source = codecs.BOM_UTF8 + data if data.startswith(_PACKED) else data
    try:
        frame = pl.read_csv(
            source,
            separator=grammar.separator,
            eol_char=grammar.line_end,
            infer_schema=False,
            extra_columns="raise",
            missing_columns="raise",
        )
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _fault(data, grammar) from error
    # polars leaves the doubled quotes of a header as they stand
    if [name.replace('""', '"') for name in frame.columns] != header and frame.columns != header:
        raise _fault(data, grammar)
    frame.columns = header
    return frame


def _blank_rows(frame: pl.DataFrame, shape: _Shape, data: bytes, grammar: Grammar) -> pl.Series:
    """Which rows are blank lines: a row of delimiters alone has only absent cells too, but is a row."""
    absent = frame.select(pl.all_horizontal(pl.all().is_null())).to_series()
    if absent.sum() == shape.widths[0]:
        return absent
    reader = csv.reader(_text(data), delimiter=grammar.separator, strict=True)
    next(reader)
    blank = itertools.compress(itertools.count(), map(operator.not_, reader))
    return pl.int_range(frame.height, eager=True).is_in(list(blank))


def _starts(frame: pl.DataFrame, first_line: int) -> pl.Series:
    broken = [column.name for column in frame if column.str.contains(r"[\r\n]").any()]
    breaks = [pl.col(name).str.count_matches(_NEWLINE).fill_null(0) for name in broken]
    lines = pl.sum_horizontal(pl.lit(1, pl.Int64), *breaks)
    first = pl.int_range(pl.len(), dtype=pl.Int64) if not broken else lines.cum_sum() - lines
    return frame.select((first + first_line).alias("line")).to_series()


def _fault(data: bytes, grammar: Grammar) -> SheetError:
    return first_fault(data.decode("utf-8"), grammar) or doubt(data.decode("utf-8"), grammar)
