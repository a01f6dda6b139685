"""Which cells of a file are numbers: in workbooks, Parquet and JSON lines, and in exports of the account."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
import xlsxwriter

from ops.sheet import Sheet, written_by_export
from tests.sheet.conftest import Read

EXPORT = "uuid,email,credit_balance,prepaid_balance_in_cents,tier,age\n"


def marked(sheet: Sheet) -> dict[str, list[bool]]:
    """The columns that hold numbers, and where."""
    return sheet.numbers.to_dict(as_series=False)


def test_a_workbook_tells_numbers_from_texts_cell_by_cell(read: Read) -> None:
    """What looks like a number but is text, a date, a time or a truth is none; a formula is what it came to."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet("People")
        form = {name: book.add_format({"num_format": name}) for name in ("dd/mm/yyyy", "hh:mm", "€ #,##0.00", "0%")}
        page.write_row(2, 3, ["mixed", "made", "shown", "text", "truth"])
        page.write_number(3, 3, 1.125)
        page.write_string(4, 3, "1.125")
        page.write_number(6, 3, -1250)
        page.write_formula(3, 4, "=1/8", None, 0.125)
        page.write_formula(4, 4, '="1.5"', None, "1.5")
        page.write_datetime(6, 4, datetime(2024, 3, 1), form["dd/mm/yyyy"])  # noqa: DTZ001  (a cell has no zone)
        page.write_number(3, 5, 25.5, form["€ #,##0.00"])
        page.write_number(4, 5, 0.5, form["hh:mm"])
        page.write_number(6, 5, 0.25, form["0%"])
        page.write_string(3, 6, "12")
        page.write_boolean(3, 7, True)
        page.write_number(4, 7, 1)
        page.write_string(6, 7, "true")
    sheet = read(stream.getvalue(), "people.xlsx")
    assert sheet.frame.to_dict(as_series=False) == {
        "mixed": ["1.125", "1.125", "-1250"],
        "made": ["0.125", "1.5", "2024-03-01"],
        "shown": ["25.5", "12:00:00", "0.25"],
        "text": ["12", None, None],
        "truth": ["true", "1", "true"],
    }
    assert marked(sheet) == {
        "mixed": [True, False, True],
        "made": [True, False, False],
        "shown": [True, False, True],
        "truth": [False, True, False],
    }


def test_a_workbook_of_texts_has_no_numbers(read: Read) -> None:
    """Then nothing is kept about them."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        page = book.add_worksheet()
        for row, cells in enumerate((("email", "points"), ("a@x.nl", "1.125"), ("b@x.nl", "12"))):
            for column, cell in enumerate(cells):
                page.write_string(row, column, cell)
    sheet = read(stream.getvalue(), "people.xlsx")
    assert marked(sheet) == {}
    assert sheet.numbers_in("points") is None


def test_parquet_tells_by_its_columns(read: Read) -> None:
    """Whole, real and exact numbers are numbers, however they print; texts, dates and truths are none."""
    frame = pl.DataFrame(
        {
            "text": ["1.125", "12"],
            "whole": [12, None],
            "real": [1.125, 1e-7],
            "exact": [None, Decimal("1.10")],
            "day": [date(2024, 3, 1), None],
            "flag": [True, False],
            "never": pl.Series([None, None], dtype=pl.Float64),
        }
    )
    stream = io.BytesIO()
    frame.write_parquet(stream)
    sheet = read(stream.getvalue(), "people.parquet")
    assert marked(sheet) == {"whole": [True, False], "real": [True, True], "exact": [False, True]}


def test_json_lines_tell_value_by_value(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number without quotes is one, with its digits as they stood; also where a key comes late, over batches."""
    monkeypatch.setattr("ops.sheet.typed.BATCH", 2)
    lines = ['{"a": 1.10, "b": "1.125", "c": true}', '{"a": "1.125", "b": null}', '{"a": 1E5}', '{"a": "x", "d": -0}']
    sheet = read("\n".join(lines), "people.jsonl")
    assert sheet.frame["a"].to_list() == ["1.10", "1.125", "1E5", "x"]
    assert marked(sheet) == {"a": [True, False, True, False], "d": [False, False, False, True]}
    assert marked(read('{"a": "1"}\n', "people.jsonl")) == {}


def test_delimited_text_has_no_numbers(read: Read) -> None:
    """Every cell of a CSV is text."""
    assert marked(read("a,b\n1.125,2\n")) == {}


def test_what_an_export_has_written_has_a_point(read: Read) -> None:
    """Its numbers are text; where a person has put one with a comma among them, none is taken for granted."""
    sheet = read(EXPORT + "u1,a@x.nl,5,0,Gold,1.125\nu2,b@x.nl,5,0,Gold,12\nu3,=A1,5,0,1.000.000,-2.50\n")
    written = written_by_export(sheet.frame, "age")
    assert written is not None
    assert written.to_list() == [True, False, True]
    assert marked(sheet) == {}
    for other in ("1,5", "1.250,50", "-0,5"):
        mixed = read(EXPORT + f'u1,a@x.nl,5,0,Gold,1.125\nu2,b@x.nl,5,0,Gold,"{other}"\n')
        assert written_by_export(mixed.frame, "age") is None
    assert written_by_export(read("email,age\na@x.nl,1.125\n").frame, "age") is None
