"""The first thing wrong in a delimited text, and its line; slow, so asked only when something is wrong."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ops.errors import SheetError

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", " ": "space"}
BLANKS = " \t"
"""What a blank line may hold in a file of several columns."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a text divides into rows and cells, and where it starts."""

    separator: str
    line_end: str
    """What ends a row: a lone carriage return is a fault where lines end in line feeds."""
    first_line: int
    file: str


@dataclass(frozen=True, slots=True)
class _Cell:
    line: int
    end_line: int
    stray: bool
    size: int
    end: str
    blank: bool = False
    """Nothing but spaces and tabs, and no quotes."""


def first_fault(text: str, grammar: Grammar) -> SheetError | None:
    """Name the first line that breaks the grammar, what is wrong with it and what to do."""
    width, cells, row_line = 0, 0, grammar.first_line
    try:
        for cell in _cells(text, grammar):
            cells += 1
            if cells == 1:
                row_line = cell.line
            if cell.size > csv.field_size_limit():
                return _huge(cell, grammar)
            if cell.end == "\r" != grammar.line_end:
                return _return(cell, grammar)
            if cell.end == grammar.separator:
                continue
            blank = cells == 1 and (not cell.size or (width > 1 and cell.blank))
            if not blank and width and cells != width:
                return _ragged(row_line, cells, width, grammar)
            width, cells = width or (0 if blank else cells), 0
    except SheetError as error:
        return error
    return None


def doubt(text: str, grammar: Grammar) -> SheetError:
    """What to say of a text without a fault that two readers still read differently."""
    stray = next((cell for cell in _cells(text, grammar) if cell.stray), None)
    if stray:
        return _stray(stray, grammar)
    return SheetError(
        f"{grammar.file} reads differently with two CSV readers, so its rows are in doubt; "
        "save it again from a spreadsheet.",
        file=grammar.file,
    )


def _cells(text: str, grammar: Grammar) -> Iterator[_Cell]:
    sep = re.escape(grammar.separator)
    quoted = re.compile(r'"[^"]*+(?:""[^"]*+)*+"')
    plain = re.compile(rf"[^{sep}\r\n]*+")
    end = re.compile(rf"{sep}|\r\n|\r|\n|\Z")
    newline = re.compile(r"\r\n|\r|\n")
    at, line = 0, grammar.first_line
    while at < len(text):
        opens = text[at] == '"'
        body = (quoted if opens else plain).match(text, at)
        if body is None:
            raise SheetError(
                f"{grammar.file}: a quote opens on line {line} and never closes; "
                "close it, or write it twice if it is part of the text.",
                file=grammar.file,
                line=line,
            )
        end_line = line + (sum(1 for _ in newline.finditer(body.group())) if opens else 0)
        stop = end.match(text, body.end())
        if stop is None:
            raise _after_quote(line, end_line, grammar)
        stray = not opens and '"' in body.group()
        yield _Cell(line, end_line, stray, body.end() - at, stop.group(), not body.group().strip(BLANKS))
        line = end_line + (stop.group() not in {grammar.separator, ""})
        at = stop.end()
        if at == len(text) and stop.group() == grammar.separator:
            yield _Cell(line, line, stray=False, size=0, end="")


def _after_quote(line: int, end_line: int, grammar: Grammar) -> SheetError:
    if line == end_line:
        said = f"{grammar.file}: on line {line} text follows a closing quote; write a quote inside a cell twice."
    else:
        said = (
            f"{grammar.file}: the quote that opens on line {line} runs on to line {end_line}, where text "
            "follows the next quote; most likely it was never closed."
        )
    return SheetError(said, file=grammar.file, line=line)


def _ragged(line: int, cells: int, width: int, grammar: Grammar) -> SheetError:
    name = NAMES.get(grammar.separator, "delimiter")
    have = f"{cells} {'cell' if cells == 1 else 'cells'}"
    return SheetError(
        f"{grammar.file}: line {line} has {have}, the header has {width}; mend that line "
        f"(put a cell that holds a {name} or a line break in quotes), or choose another delimiter.",
        file=grammar.file,
        line=line,
    )


def _return(cell: _Cell, grammar: Grammar) -> SheetError:
    return SheetError(
        f"{grammar.file}: line {cell.end_line} ends in a lone carriage return, other lines do not; "
        "save the file with one kind of line ending.",
        file=grammar.file,
        line=cell.end_line,
    )


def _stray(cell: _Cell, grammar: Grammar) -> SheetError:
    return SheetError(
        f"{grammar.file}: line {cell.line} has a quote in the middle of a cell that does not begin with one, "
        "and there is more than one way to read that; put that cell in quotes and write the quote twice.",
        file=grammar.file,
        line=cell.line,
    )


def _huge(cell: _Cell, grammar: Grammar) -> SheetError:
    return SheetError(
        f"{grammar.file}: a cell that begins on line {cell.line} has {cell.size:,} characters, more than "
        f"{csv.field_size_limit():,}; most likely a quote there was never closed.",
        file=grammar.file,
        line=cell.line,
    )
