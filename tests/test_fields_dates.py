"""Dates and moments: ISO or the chosen format, and never one of two readings."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import OptionError
from ops.fields import Field, Kind, ParseOptions, dates_in_words, parse

DATE = Field("birthdate", Kind.DATE)
MOMENT = Field("visited_at", Kind.DATE_TIME)


def read(cell: str, dates: str | None = None, field: Field = DATE) -> tuple[str | None, str | None]:
    parsed = parse(pl.Series("c", [cell]), field, ParseOptions(dates=dates))
    return parsed.value[0], parsed.problem[0]


@given(st.lists(st.dates(date(1000, 1, 1)), min_size=1), st.sampled_from(["-", "/", ".", " "]))
@settings(deadline=None)
def test_every_day_is_read_in_every_format(days: list[date], sign: str) -> None:
    """ISO, day first and month first give the same day when the format says which it is."""
    iso = [f'"{day.isoformat()}"' for day in days]
    for form, written in (
        (None, "{0:%Y-%m-%d}"),
        ("DD-MM-YYYY", "{0:%d}-{0:%m}-{0.year}"),
        ("%m-%d-%Y", "{0:%m}-{0:%d}-{0.year}"),
        ("D-M-YYYY", "{0.day}-{0.month}-{0.year}"),
    ):
        shape = form if form is None else form.replace("-", sign)
        text = [written.format(day) if form is None else written.replace("-", sign).format(day) for day in days]
        parsed = parse(pl.Series("c", text), DATE, ParseOptions(dates=shape))
        assert parsed.value.to_list() == iso


@given(st.integers(0, 99), st.integers(0, 99), st.integers(1000, 9999))
@settings(deadline=None)
def test_no_ambiguous_date_is_ever_sent(first: int, second: int, year: int) -> None:
    """Without a chosen format nothing but ISO has a value."""
    for cell in (f"{first}/{second}/{year}", f"{first:02}-{second:02}-{year}", f"{year}/{first}/{second}"):
        value, problem = read(cell)
        assert value is None
        assert problem is not None


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("03/04/2026", '"03/04/2026" can be read in two ways: choose the date format DD/MM/YYYY or MM/DD/YYYY'),
        ("31-12-1990", '"31-12-1990" is not YYYY-MM-DD: choose the date format DD-MM-YYYY'),
        ("12.31.1990", '"12.31.1990" is not YYYY-MM-DD: choose the date format MM.DD.YYYY'),
        ("2024/01/31", '"2024/01/31" is not YYYY-MM-DD: choose the date format YYYY/MM/DD'),
        ("32-13-2024", '"32-13-2024" is not a date (YYYY-MM-DD)'),
        ("2023-02-29", '"2023-02-29" is not a date (YYYY-MM-DD)'),
        ("0000-00-00", '"0000-00-00" is not a date (YYYY-MM-DD)'),
        ("1-1-90", '"1-1-90" is not a date (YYYY-MM-DD)'),
        ("1990-1-1", '"1990-1-1" is not a date (YYYY-MM-DD)'),
        ("2024-01-01 13:45", '"2024-01-01 13:45" is not a date (YYYY-MM-DD)'),
    ],
)
def test_what_is_no_iso_date_is_told_apart(cell: str, message: str) -> None:
    """A message names what was seen, and the format to choose where one would do."""
    assert read(cell) == (None, message)


@pytest.mark.parametrize(
    "cell", ["1990-05-04T00:00:00+00:00", "1990-05-04 00:00:00", "1990-05-04T00:00", " 1990-05-04 "]
)
def test_midnight_is_the_day_itself(cell: str) -> None:
    """A date that was exported with an empty time is that date."""
    assert read(cell) == ('"1990-05-04"', None)


@pytest.mark.parametrize("form", [None, "DD-MM-YYYY"])
@pytest.mark.parametrize(("cell", "day"), [("44927", "2023-01-01"), ("25569.0", "1970-01-01"), ("36526", "2000-01-01")])
def test_a_spreadsheet_day_number_is_a_problem_with_its_date(cell: str, day: str, form: str | None) -> None:
    """A serial number is never sent, and the message says which date it probably is."""
    parsed = parse(pl.Series("c", [cell]), DATE, ParseOptions(dates=form))
    assert parsed.value.to_list() == [None]
    assert parsed.notes["kind"].to_list() == ["serial_date"]
    assert parsed.notes["severity"].to_list() == ["error"]
    assert parsed.problem[0].endswith(f"probably {day}")


def test_iso_is_understood_beside_the_chosen_format() -> None:
    """A column in which some cells are ISO needs no second format."""
    assert read("2026-04-03", "DD/MM/YYYY") == ('"2026-04-03"', None)


def test_a_chosen_format_that_looks_like_iso_rules_alone() -> None:
    """Year, day, month is not mixed with year, month, day."""
    assert read("2026-04-03", "%Y-%d-%m") == ('"2026-03-04"', None)
    assert read("2026-13-03", "%Y-%d-%m") == ('"2026-03-13"', None)
    assert read("2026-03-13", "%Y-%d-%m")[0] is None
    assert read("2026-03-13T10:00", "YYYY-DD-MM HH:MM", MOMENT)[0] is None


def test_the_chosen_format_is_named_in_the_message() -> None:
    """A cell in another format says which one was chosen."""
    assert read("12/31/1990", "DD/MM/YYYY") == (None, '"12/31/1990" is not a date (DD/MM/YYYY)')


@pytest.mark.parametrize(
    "form", ["", "DD-MM", "DD-MM-YY", "%d-%m-%y", "%d %b %Y", "MMM-DD-YYYY", "DD-DD-YYYY", "european", "%"]
)
def test_formats_that_leave_doubt_are_refused(form: str) -> None:
    """Two-digit years, month names, missing and doubled parts are errors of the option."""
    with pytest.raises(OptionError) as caught:
        read("01-01-2026", form)
    assert caught.value.where == {"option": "dates"}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("DD-MM-YYYY", "day-month-year: 04-03-2026 is 4 March 2026"),
        ("%m/%d/%Y", "month-day-year: 03/04/2026 is 4 March 2026"),
        ("dd.mm.jjjj", "day-month-year: 04.03.2026 is 4 March 2026"),
    ],
)
def test_a_format_is_echoed_in_words(form: str, words: str) -> None:
    """A person sees what was understood, with a date that shows it."""
    assert dates_in_words(form) == words


@pytest.mark.parametrize(
    ("cell", "form", "value"),
    [
        ("2024-02-29T10:11", None, "2024-02-29T10:11:00"),
        ("2024-02-29 10:11:12Z", None, "2024-02-29T10:11:12+00:00"),
        ("2024-02-29T10:11:12.5+0130", None, "2024-02-29T10:11:12.5+01:30"),
        ("2024-02-29", None, "2024-02-29T00:00:00"),
        ("29-02-2024 9:05", "DD-MM-YYYY HH:MM", "2024-02-29T09:05:00"),
        ("29/2/2024 09:05:07", "%d/%m/%Y %H:%M:%S", "2024-02-29T09:05:07"),
        ("29-02-2024", "DD-MM-YYYY", "2024-02-29T00:00:00"),
    ],
)
def test_moments_keep_their_time_and_offset(cell: str, form: str | None, value: str) -> None:
    """A moment is sent in one ISO form; an offset is kept and none is made up."""
    assert read(cell, form, MOMENT) == (f'"{value}"', None)


@pytest.mark.parametrize(
    "cell", ["2024-02-30T10:00", "2024-02-01T25:00", "10:00", "2024-02-01T10:00+99:00", "03-04-2026 10:00"]
)
def test_moments_that_cannot_be_are_refused(cell: str) -> None:
    """Impossible days, times and offsets are problems."""
    value, problem = read(cell, None, MOMENT)
    assert value is None
    assert problem is not None


def test_a_long_column_of_dates_in_another_format() -> None:
    """Every day of a century, chosen day first, is read exactly."""
    days = [date(1930, 1, 1) + timedelta(days=offset) for offset in range(36_525)]
    parsed = parse(pl.Series("c", [f"{day:%d/%m/%Y}" for day in days]), DATE, ParseOptions(dates="DD/MM/YYYY"))
    assert parsed.value.to_list() == [f'"{day.isoformat()}"' for day in days]
