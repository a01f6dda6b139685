from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, time, timezone
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter

from ops.errors import SheetError
from tests.sheet.conftest import Read

Fill = Callable[[xlsxwriter.Workbook], None]


def workbook(fill: Fill) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        fill(book)
    return stream.getvalue()


def table(*rows: list[object], at: int = 0) -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("People")
        for number, row in enumerate(rows):
            page.write_row(at + number, at, row)

    return workbook(fill)


def test_workbook_values(read: Read) -> None:
    """Numbers, dates, times and booleans become the text a person would write; text is left alone."""

    def fill(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("People")
        day, moment, clock = (
            book.add_format({"num_format": form}) for form in ("dd/mm/yyyy", "yyyy-mm-dd hh:mm", "hh:mm")
        )
        page.write_row(0, 0, ["n", "f", "d", "t", "h", "b", "s", "sum", "id", "none"])
        page.write_row(1, 0, [12, 1.1])
        page.write_datetime(1, 2, datetime(2024, 3, 1), day)  # noqa: DTZ001  (a cell has no zone)
        page.write_datetime(1, 3, datetime(2024, 3, 1, 13, 5), moment)  # noqa: DTZ001
        page.write_datetime(1, 4, time(9, 30), clock)
        page.write_boolean(1, 5, True)
        page.write_string(1, 6, "007 ")
        page.write_formula(1, 7, "=1+1", None, 2)
        page.write_number(1, 8, 31612345678)

    sheet = read(workbook(fill), "people.xlsx")
    assert sheet.frame.rows() == [
        ("12", "1.1", "2024-03-01", "2024-03-01 13:05:00", "09:30:00", "true", "007 ", "2", "31612345678", None)
    ]
    assert (sheet.format, sheet.encoding, sheet.delimiter, sheet.sheet_name) == ("xlsx", None, None, "People")
    assert sheet.line_of(1) == 2
    assert set(sheet.frame.dtypes) == {pl.String}


def test_workbook_lines(read: Read) -> None:
    """A row is known by the line of the page it stands on, whatever is blank above it or between."""
    sheet = read(table(["a", "b"], ["1", "2"], [], [], ["3", None], ["4", "5"], at=3), "people.xlsx")
    assert [sheet.line_of(row) for row in range(5)] == [None, 5, 8, 9, None]
    assert sheet.lines is not None
    assert sheet.lines.to_list() == [5, 8, 9]
    assert sheet.notes == ("2 blank rows were left out",)
    sheet = read(table(["a"], ["1"], ["2"], at=1), "people.xlsx")
    assert (sheet.first_line, sheet.starts) == (3, None)
    assert sheet.lines is not None
    assert sheet.lines.to_list() == [3, 4]
    assert read(table(["a"], ["1"], ["2"]), "people.xlsx").lines is None


def test_workbook_anywhere_on_the_page(read: Read) -> None:
    """A table that does not begin in the first cell is found, and blank rows are left out and counted."""
    sheet = read(table(["a", "b"], ["1", "2"], [], ["3", None], at=3), "people.xlsx")
    assert (sheet.columns, sheet.frame.rows()) == (("a", "b"), [("1", "2"), ("3", None)])
    assert sheet.notes == ("1 blank row was left out",)


def _pages(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet("Empty")
    hidden = book.add_worksheet("Hidden")
    hidden.write_column(0, 0, ["x", "1"])
    hidden.hide()
    for name in ("First", "Second"):
        book.add_worksheet(name).write_column(0, 0, [name, "1"])


def test_workbook_sheets(read: Read) -> None:
    """The first visible sheet with something in it is read, the others are named; any can be asked for."""
    data = workbook(_pages)
    sheet = read(data, "people.xlsx")
    assert (sheet.sheet_name, sheet.notes) == ("First", ("read sheet 'First'; not read: 'Second'",))
    assert read(data, "people.xlsx", sheet="Hidden").columns == ("x",)
    with pytest.raises(SheetError, match="no sheet 'Third'; it has 'Empty', 'Hidden', 'First', 'Second'"):
        read(data, "people.xlsx", sheet="Third")
    with pytest.raises(SheetError, match="anything in it"):
        read(data, "people.xlsx", sheet="Empty")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["a", None, "c"], ["1", "2", "3"]], "column 2 has no header"),
        ([["Export of May"], ["a", "b"], ["1", "2"]], "column 2, the last one, has no header"),
        ([["a", "a"], ["1", "2"]], "columns 1 and 2 have the same header"),
        ([["a", "b"]], "no rows"),
        ([[]], "anything in it"),
    ],
)
def test_workbook_header(read: Read, rows: list[list[object]], words: str) -> None:
    """The header is one row with a name for each column: merged, blank and double ones are refused."""
    with pytest.raises(SheetError, match=words):
        read(table(*rows), "people.xlsx")


def test_workbook_errors_are_named(read: Read) -> None:
    """Cells that hold an Excel error are absent, and the note says where they are."""

    def fill(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("A & B")
        page.write_row(0, 0, ["a", "b"])
        for row in range(1, 8):
            page.write_string(row, 0, 't="e"')
            page.write_formula(row, 1, "=NA()", None, "#N/A")

    sheet = read(workbook(fill), "people.xlsx")
    assert sheet.frame["b"].null_count() == 7
    assert sheet.notes == ("cells with an Excel error are read as absent: B2, B3, B4, B5, B6 and more",)


def test_workbook_by_content(read: Read) -> None:
    """A workbook under another name is still a workbook."""
    assert read(table(["a"], ["1"]), "people.csv").format == "xlsx"


def parquet(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def test_parquet_values(read: Read) -> None:
    """Each plain type becomes its text, without artefacts of how it was stored."""
    frame = pl.DataFrame(
        {
            "text": ["007", "", None],
            "whole": [12345678901234567, -1, None],
            "real": [1.1, 12.0, None],
            "small": pl.Series([0.1, 3.5, None], dtype=pl.Float32),
            "flag": [True, False, None],
            "day": [date(2024, 3, 1), None, None],
            "moment": [datetime(2024, 3, 1, 13, 5), datetime(2024, 3, 1), None],  # noqa: DTZ001
            "zoned": [datetime(2024, 3, 1, tzinfo=timezone.utc), None, None],  # noqa: UP017
            "kind": pl.Series(["a", "b", None], dtype=pl.Categorical),
            "exact": [Decimal("1.10"), None, None],
            "never": [None, None, None],
        }
    )
    sheet = read(parquet(frame), "people.parquet")
    assert set(sheet.frame.dtypes) == {pl.String}
    assert sheet.frame.row(0) == (
        *("007", "12345678901234567", "1.1", "0.1", "true", "2024-03-01", "2024-03-01 13:05:00"),
        *("2024-03-01 00:00:00+00:00", "a", "1.10", None),
    )
    assert sheet.frame.row(1)[:7] == ("", "-1", "12", "3.5", "false", None, "2024-03-01")
    assert set(sheet.frame.row(2)) == {None}
    assert (sheet.format, sheet.line_of(1)) == ("parquet", None)


@pytest.mark.parametrize("values", [[[1]], [{"x": 1}], [b"x"]])
def test_parquet_without_text(read: Read, values: list[object]) -> None:
    """A nested or binary column is refused by its name."""
    with pytest.raises(SheetError, match="column 'odd' holds") as caught:
        read(parquet(pl.DataFrame({"ok": ["1"], "odd": values})), "people.parquet")
    assert caught.value.where["column"] == "odd"


def test_json_lines(read: Read) -> None:
    """Keys are joined in the order they come, numbers keep their digits, null and absent are absent."""
    text = (
        '{"a": 1.10, "b": 12345678901234567890, "c": ""}\r\n\n'
        '{"b": 1E5, "d": true, "a": null, "c": -0}\n{"a": "é\\u2028\\ud83d\\ude00", "d": "1.0"}'
    )
    sheet = read(text, "people.jsonl")
    assert sheet.columns == ("a", "b", "c", "d")
    assert sheet.frame.rows() == [
        ("1.10", "12345678901234567890", "", None),
        (None, "1E5", "-0", "true"),
        ("é\u2028😀", None, None, "1.0"),
    ]
    assert [sheet.line_of(row) for row in (1, 2, 3)] == [1, 3, 4]
    assert sheet.notes == ("1 blank line was left out",)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"a": {"b": 1}}', "nested"),
        ('{"a": [1]}', "nested"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"a": NaN}', "NaN"),
        ('{"a": 1', "delimiter"),
        ('{"a": 1} {"a": 2}', "Extra data"),
        ("[1]", "something else"),
        ("12", "something else"),
        ('{"a": "\\ud800"}', "surrogate"),
        ('{"a": "x\ty"}', "control character"),
        ('{"a": ' + "[" * 100_000, "line 2"),
    ],
)
def test_json_faults(read: Read, line: str, words: str) -> None:
    """A line that is not one flat object is refused with its number."""
    with pytest.raises(SheetError, match=words) as caught:
        read('{"a": 1}\n' + line + "\n", "people.jsonl")
    assert caught.value.where["line"] == 2


def test_json_kinds(read: Read) -> None:
    """Objects are known by their content; one JSON list is told how to be lines; empty keys are no headers."""
    assert read('{"a": 1}\n', "people").format == "jsonl"
    with pytest.raises(SheetError, match="one object a line"):
        read('[{"a": 1}]', "people.json")
    with pytest.raises(SheetError, match="no header"):
        read('{"a": 1, " ": 2}\n', "people.jsonl")
    with pytest.raises(SheetError, match="no rows"):
        read("\n", "people.jsonl")


def test_json_batches(read: Read) -> None:
    """A key that comes late is absent in all the rows before it."""
    text = '{"a": 1}\n' * 25_000 + '{"b": 2}\n'
    sheet = read(text, "people.jsonl")
    assert (sheet.rows, sheet.frame["b"].null_count(), sheet.frame.row(-1)) == (25_001, 25_000, (None, "2"))
