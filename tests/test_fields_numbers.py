"""Numbers and money: exact to the last digit, and never guessed."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.fields import Field, Kind, ParseOptions, parse

NUMBER = Field("points", Kind.NUMBER)
CENTS = Field("amount", Kind.CENTS)
Sign = Literal[".", ","]


def read(field: Field, cell: str, decimal: Sign | None = None) -> tuple[str | None, str | None]:
    parsed = parse(pl.Series("c", [cell]), field, ParseOptions(decimal=decimal))
    return parsed.value[0], parsed.problem[0]


def written(number: Decimal, decimal: Sign, *, grouped: bool) -> str:
    text = f"{number:,f}" if grouped else f"{number:f}"
    return text.translate(str.maketrans(",.", ".,")) if decimal == "," else text


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3), min_size=1), st.booleans())
@settings(deadline=None)
def test_numbers_are_exact_in_both_notations(numbers: list[Decimal], grouped: bool) -> None:  # noqa: FBT001
    """Every decimal in either notation, grouped or not, is sent with exactly its value."""
    signs: tuple[Sign, Sign] = (".", ",")
    for decimal in signs:
        cells = pl.Series("c", [written(number, decimal, grouped=grouped) for number in numbers])
        values = parse(cells, NUMBER, ParseOptions(decimal=decimal)).value.to_list()
        assert [Decimal(value) for value in values] == numbers


@given(st.integers(0, 10**15 - 1), st.booleans())
@settings(deadline=None)
def test_money_is_exact_to_the_cent(cents: int, grouped: bool) -> None:  # noqa: FBT001
    """Every amount in either notation is read as exactly its cents."""
    amount = Decimal(cents) / 100
    signs: tuple[Sign, Sign] = (".", ",")
    for decimal in signs:
        text = written(amount.quantize(Decimal("0.01")), decimal, grouped=grouped)
        assert read(CENTS, text, decimal) == (str(cents), None)


@given(st.text("0123456789.,-+eE €' ", max_size=12), st.sampled_from([None, ".", ","]))
@settings(deadline=None)
def test_numbers_are_short_json_numbers(cell: str, decimal: Sign | None) -> None:
    """Whatever is accepted is a JSON number in its shortest form, and nothing is both right and wrong."""
    value, problem = read(NUMBER, cell, decimal)
    if value is not None:
        assert problem is None
        assert pl.Series([value]).str.contains(r"^(?:0|-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?)$")[0]
    else:
        assert problem is not None or not cell.strip()


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("12", "12"),
        ("12.5", "12.5"),
        ("12.50", "12.5"),
        ("-0.00", "0"),
        ("+5", "5"),
        ("007", "7"),
        ("0.125", "0.125"),
        (" 3 ", "3"),
        ("1234.500", "1234.5"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ],
)
def test_numbers_with_one_meaning_need_no_notation(cell: str, value: str) -> None:
    """Plain numbers are read without a chosen notation, big ones to the last digit."""
    assert read(NUMBER, cell) == (value, None)


@pytest.mark.parametrize("cell", ["1,5", "1.000,50", "1,000.50", "1.000", "12.500", "1 000", "1'000"])
@pytest.mark.parametrize("field", [NUMBER, CENTS])
def test_numbers_with_two_meanings_ask_for_the_notation(field: Field, cell: str) -> None:
    """What could be a thousand or a one is refused with the option to choose."""
    if field is CENTS and cell == "1,5":
        assert read(field, cell) == ("150", None)
        return
    value, problem = read(field, cell)
    assert value is None
    assert problem == f'"{cell}" can be read in more than one way: choose the decimal sign'


@pytest.mark.parametrize("decimal", [None, ".", ","])
@pytest.mark.parametrize("cell", ["1E5", "3.16E+10", "1e-3"])
def test_scientific_notation_is_no_number(cell: str, decimal: Sign | None) -> None:
    """A number that a spreadsheet has shortened is refused."""
    value, problem = read(NUMBER, cell, decimal)
    assert value is None
    assert problem is not None
    assert "scientific notation" in problem


@pytest.mark.parametrize("cell", ["x", "12a", "--5", "1..5", "12.", ".5", "½", "٣", "1,00,0", "0x10", "NaN", "inf"])
@pytest.mark.parametrize("decimal", [None, ".", ","])
def test_what_is_no_number_is_refused(cell: str, decimal: Sign | None) -> None:
    """Letters, odd signs, other digits and bad grouping are problems in every notation."""
    value, problem = read(NUMBER, cell, decimal)
    assert value is None
    assert problem is not None


@pytest.mark.parametrize(("cell", "value"), [("1.000,50", "1000.5"), ("1.000", "1000"), ("1\u202f000,5", "1000.5")])
def test_a_comma_was_chosen(cell: str, value: str) -> None:
    """With a decimal comma, points and thin spaces group."""
    assert read(NUMBER, cell, ",") == (value, None)
    assert read(NUMBER, "12.5", ",")[0] is None


@pytest.mark.parametrize(
    ("cell", "cents"),
    [("25", "2500"), ("25.00", "2500"), ("25,00", "2500"), ("0,5", "50"), ("€ 25,00", "2500"), ("25 EUR", "2500")],
)
def test_amounts_with_one_meaning_need_no_notation(cell: str, cents: str) -> None:
    """Euros and cents are read with either sign."""
    assert read(CENTS, cell) == (cents, None)


@pytest.mark.parametrize(
    ("cell", "decimal", "why"),
    [
        ("-5", None, "is below zero"),
        ("25.005", ".", "more than two decimals"),
        ("9" * 16, None, "too large"),
        ("25.00", ",", "is not a number"),
        ("free", None, "is not a number"),
    ],
)
def test_amounts_that_cannot_be_are_refused(cell: str, decimal: Sign | None, why: str) -> None:
    """Fractions of a cent, negative and absurd amounts are problems."""
    value, problem = read(CENTS, cell, decimal)
    assert value is None
    assert problem is not None
    assert why in problem


@pytest.mark.parametrize("decimal", [None, ".", ","])
@pytest.mark.parametrize(
    ("cell", "value", "cents"),
    [
        ("1.125", "1.125", None),
        ("25.5", "25.5", "2550"),
        ("1250", "1250", "125000"),
        ("12.50", "12.5", "1250"),
        ("0.1", "0.1", "10"),
        ("-3.5", "-3.5", None),
        ("1E5", "100000", "10000000"),
        ("2.5e-1", "0.25", "25"),
        ("-0", "0", "0"),
    ],
)
def test_a_number_of_the_file_has_a_point(decimal: Sign | None, cell: str, value: str, cents: str | None) -> None:
    """What was a number in the file is that number in any notation, and an amount is still whole cents."""
    options, number = ParseOptions(decimal=decimal), pl.Series([True])
    assert parse(pl.Series("c", [cell]), NUMBER, options, number).value.to_list() == [value]
    assert parse(pl.Series("c", [cell]), CENTS, options, number).value.to_list() == [cents]


@pytest.mark.parametrize("decimal", [None, ".", ","])
@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("1.125", "has more than two decimals"),
        ("-3", "is below zero"),
        ("NaN", "is not a number"),
        ("1e16", "too large"),
    ],
)
def test_a_number_of_the_file_that_is_no_amount_says_why(decimal: Sign | None, cell: str, why: str) -> None:
    """The reason is the number's, never its notation."""
    problem = parse(pl.Series("c", [cell]), CENTS, ParseOptions(decimal=decimal), pl.Series([True])).problem[0]
    assert problem is not None
    assert problem.startswith(f'"{cell}" ')
    assert problem.endswith(why) or why in problem
    assert "as in" not in problem
    assert "choose" not in problem


@pytest.mark.parametrize(
    ("decimal", "text"), [(None, None), (".", "1.125"), (",", "1125")], ids=["no sign", "point", "comma"]
)
def test_numbers_and_texts_of_one_column_are_told_apart(decimal: Sign | None, text: str | None) -> None:
    """The same letters are a number in one cell and follow the notation in the next."""
    cells = pl.Series("c", ["1.125", "1.125", None, "7", "1.125"])
    numbers = pl.Series([True, False, False, True, True])
    parsed = parse(cells, NUMBER, ParseOptions(decimal=decimal), numbers)
    assert parsed.value.to_list() == ["1.125", text, None, "7", "1.125"]
    assert parsed.notes["index"].to_list() == ([1] if text is None else [])


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
@settings(deadline=None)
def test_a_number_of_the_file_is_exact(number: Decimal) -> None:
    """Its value is what stood in the file, to the last digit, whatever the notation of texts."""
    for decimal in (None, ".", ","):
        parsed = parse(pl.Series("c", [f"{number:f}"]), NUMBER, ParseOptions(decimal=decimal), pl.Series([True]))
        assert Decimal(parsed.value[0]) == number


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.NUMBER, Kind.CENTS}])
@pytest.mark.parametrize("cell", ["31612345678", "1", "44927", "1.5", "0"])
def test_other_kinds_read_a_number_as_its_text(kind: Kind, cell: str) -> None:
    """A phone number, an id, a truth, a date or a text is the same whether the file holds it as a number or not."""
    field = Field("some", kind)
    plain = parse(pl.Series("c", [cell]), field)
    number = parse(pl.Series("c", [cell]), field, None, pl.Series([True]))
    assert plain.value.equals(number.value)
    assert plain.notes.equals(number.notes)
