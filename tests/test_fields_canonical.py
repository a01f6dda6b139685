"""The form in which the account's values and the file's are compared."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ops.fields import Field, Kind, canonical, canonical_value, parse

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
likely = st.sampled_from(
    [
        *(
            "12",
            "12.00",
            "-0",
            "+5",
            "1e3",
            "1E-2",
            "1e999",
            "007",
            "true",
            "False",
            " ja ",
            "1",
            "0",
            "a;b",
            ";b;a;",
            " ",
            ";",
        ),
        *("1990-01-01", "1990-01-01T00:00:00+00:00", "2024-02-30", "2024-01-01 10:00", "2024-01-01T10:00:00.5Z"),
        *("2024-01-01T10:00:00+0130", "9999-12-31T23:59:59-05:00", "1000-01-01T00:00:00+05:00", "2024-01-01T10:00 z"),
        *("A@X.nl", "ü@Ü.de", 'q"uo\\te', "a\nb", "12abc", "2024-02-30T10:00", "1990-01-01Tx\ny", "1\u00a0"),
    ]
)
moments = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30)).map(datetime.isoformat)  # noqa: DTZ001
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts, likely, moments
)
values = st.one_of(scalars, st.lists(st.one_of(texts, likely, st.integers(), st.none()), max_size=4))


def cells(kind: Kind, *json: str | None) -> list[str | None]:
    frame = pl.DataFrame({"j": json}, schema={"j": pl.String})
    return frame.lazy().select(canonical(kind, pl.col("j"))).collect().to_series().to_list()


@pytest.mark.parametrize("kind", list(Kind))
@given(st.lists(values))
@example(["1000-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59.999999Z"])
@example([1e22, 5e-324, 0.1, -0.0, 10**30, [], [""], ["a;b", "c"], '"', "\\", [1, 2]])
@settings(deadline=None, max_examples=60)
def test_column_and_scalar_forms_agree(kind: Kind, some: list[Any]) -> None:
    """A value has the same form alone as in a column of JSON texts."""
    json = [msgspec.json.encode(value).decode() for value in some]
    assert cells(kind, *json) == [canonical_value(kind, value) for value in some]


@pytest.mark.parametrize("kind", list(Kind))
@given(scalars)
@settings(deadline=None, max_examples=60)
def test_a_form_is_its_own_form(kind: Kind, value: Any) -> None:
    """Making the form twice changes nothing."""
    form = canonical_value(kind, value)
    assert canonical_value(kind, form) == form


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_nothing(kind: Kind) -> None:
    """Null, an empty text and a missing value are the same."""
    assert cells(kind, "null", '""', None) == [None, None, None]
    assert canonical_value(kind, None) is None
    assert canonical_value(kind, "") is None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_numbers_compare_by_value_alone(number: Decimal) -> None:
    """A number, its text and its text with more zeros are one, exactly."""
    forms = {canonical_value(Kind.NUMBER, each) for each in (number, f"{number:f}", f"{number:f}000")}
    assert len(forms) == 1
    assert Decimal(forms.pop() or "x") == number


@pytest.mark.parametrize("value", ["12", 12, 12.0, "12.00", "+12", Decimal("12.0"), " 12 ", "1.2e1"])
def test_twelve_is_twelve(value: object) -> None:
    """Every way in which the account or a file writes twelve is the same number."""
    assert canonical_value(Kind.NUMBER, value) == "12"


def test_big_numbers_are_not_rounded() -> None:
    """Two long ids that one float would hold differ."""
    one, other = 9_007_199_254_740_993, 9_007_199_254_740_992
    assert cells(Kind.NUMBER, str(one), str(other)) == [str(one), str(other)]


@pytest.mark.parametrize(
    ("value", "form"), [(True, "true"), ("1", "true"), (1, "true"), ("false", "false"), ("nee", "false")]
)
def test_booleans_in_the_accounts_many_forms(value: object, form: str) -> None:
    """A boolean is the same as its text and its number."""
    assert canonical_value(Kind.BOOLEAN, value) == form


def test_a_text_is_the_same_as_the_number_it_spells() -> None:
    """The account may answer a text attribute with a number; a longer spelling is another text."""
    assert canonical_value(Kind.TEXT, 12) == canonical_value(Kind.TEXT, "12") == "12"
    assert canonical_value(Kind.TEXT, "012") == "012"
    assert canonical_value(Kind.TEXT, " 12") == " 12"


def test_dates_compare_by_the_day_written() -> None:
    """A date is the same with and without an empty time."""
    assert cells(Kind.DATE, '"1990-01-01"', '"1990-01-01T00:00:00+00:00"') == ["1990-01-01"] * 2


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),  # noqa: DTZ001
    st.integers(-23 * 60, 23 * 60),
    st.integers(-23 * 60, 23 * 60),
)
@settings(deadline=None)
def test_moments_compare_by_instant(naive: datetime, one: int, other: int) -> None:
    """The same instant seen from two places is one moment, and a second later is another."""
    here = naive.replace(tzinfo=timezone(timedelta(minutes=one)))
    there = here.astimezone(timezone(timedelta(minutes=other)))
    later = here + timedelta(seconds=1)
    json = [f'"{each.isoformat()}"' for each in (here, there, later)]
    first, second, third = cells(Kind.DATE_TIME, *json)
    assert first == second
    assert first != third


def test_sets_of_options_compare_without_order() -> None:
    """A joined text and a list in any order are the same set."""
    assert cells(Kind.CHOICES, '"b;a"', '["a","b"]', '" a ;b;a"', '["a;b"]', '"a"') == ["a;b"] * 4 + ["a"]


def test_addresses_compare_by_their_key() -> None:
    """E-mail attributes use the address's key, other texts are compared exactly."""
    assert cells(Kind.EMAIL, '"A@MÜLLER.de"') == ["a@xn--mller-kva.de"]
    assert cells(Kind.PHONE, '"+31 6"') == ["+31 6"]


@given(st.lists(texts))
@settings(deadline=None)
def test_what_is_sent_equals_itself_when_it_comes_back(some: list[str]) -> None:
    """A text that was written and is read again does not differ."""
    parsed = parse(pl.Series("c", some, dtype=pl.String), Field("x", Kind.TEXT))
    sent = [value for value in parsed.value if value is not None]
    assert cells(Kind.TEXT, *sent) == [canonical_value(Kind.TEXT, msgspec.json.decode(value)) for value in sent]
