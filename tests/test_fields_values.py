"""Yes and no, options, phones, ids and web addresses, and what looks damaged."""

from __future__ import annotations

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.fields import Choice, Field, Kind, Parsed, parse

TIERS = (Choice("GOLD", "Goud"), Choice("S", "Zilver, oud"), Choice("B", "Brons"), Choice("b", "Bis"))
ONE_TIER = Field("segment", Kind.CHOICE, choices=TIERS)
TIER_SET = Field("segments", Kind.CHOICES, choices=TIERS)


def column(field: Field, *cells: str | None) -> Parsed:
    return parse(pl.Series("c", cells, dtype=pl.String), field)


def read(field: Field, cell: str) -> tuple[object, str | None]:
    parsed = column(field, cell)
    value = parsed.value[0]
    return None if value is None else msgspec.json.decode(value), parsed.problem[0]


@pytest.mark.parametrize("cell", ["true", "TRUE", "Yes", "ja", "waar", "1", "y", "j", "oui", " vrai "])
def test_words_for_yes(cell: str) -> None:
    """The usual words for yes are true."""
    assert read(Field("x", Kind.BOOLEAN), cell) == (True, None)


@pytest.mark.parametrize("cell", ["false", "No", "nee", "ONWAAR", "0", "n", "non", "nein"])
def test_words_for_no(cell: str) -> None:
    """The usual words for no are false."""
    assert read(Field("x", Kind.BOOLEAN), cell) == (False, None)


@pytest.mark.parametrize("cell", ["2", "maybe", "-1", "yesno", "on off"])
def test_other_words_are_neither(cell: str) -> None:
    """Anything else is a problem of its own kind."""
    parsed = column(Field("x", Kind.BOOLEAN), cell)
    assert parsed.value.to_list() == [None]
    assert parsed.notes["kind"].to_list() == ["boolean"]


@pytest.mark.parametrize(
    ("cell", "value"),
    [("GOLD", "GOLD"), ("gold", "GOLD"), ("goud", "GOLD"), ("zilver, OUD", "S"), (" s ", "S"), ("b", "b"), ("B", "B")],
)
def test_an_option_by_value_or_label(cell: str, value: str) -> None:
    """An option is named by its value or its label in any case; an exact value goes first."""
    assert read(ONE_TIER, cell) == (value, None)


def test_unknown_options_are_listed() -> None:
    """The message names what was seen and up to five options."""
    many = Field("x", Kind.CHOICE, choices=tuple(Choice(f"o{n}", "") for n in range(7)))
    assert read(ONE_TIER, "Platina") == (None, '"Platina" is not one of GOLD, S, B, b')
    assert read(many, "x") == (None, '"x" is not one of o0, o1, o2, o3, o4, … (7 options)')


def test_a_label_of_two_options_is_neither() -> None:
    """A label that two options share chooses none of them."""
    twins = Field("x", Kind.CHOICE, choices=(Choice("1", "Same"), Choice("2", "same")))
    assert read(twins, "same")[0] is None
    assert read(twins, "2")[0] == "2"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("GOLD;B", "GOLD;B"),
        ("gold, brons", "GOLD;B"),
        ("goud|S", "GOLD;S"),
        ("Zilver, oud", "S"),
        ("Zilver, oud; Goud;", "S;GOLD"),
        ("S;S", "S"),
    ],
)
def test_several_options_in_one_cell(cell: str, value: str) -> None:
    """Options parted by semicolon, bar or comma are sent joined with semicolons, each once."""
    assert read(TIER_SET, cell) == (value, None)


@pytest.mark.parametrize("cell", ["GOLD;x", "x", ";", "GOLD B"])
def test_one_unknown_option_spoils_the_cell(cell: str) -> None:
    """A cell with an option that does not exist has no value."""
    value, problem = read(TIER_SET, cell)
    assert value is None
    assert problem is not None
    assert "is not one of GOLD" in problem


def test_unknown_lists_are_left_to_the_account() -> None:
    """Where the options are not known the cell is taken as it is."""
    assert read(Field("x", Kind.CHOICE), "any") == ("any", None)
    assert read(Field("x", Kind.CHOICES), "a, b") == ("a;b", None)


@pytest.mark.parametrize(
    "cell",
    [
        "0612345678",
        "+31612345678",
        "0031 6 12 34 56 78",
        "06-12345678",
        "(020) 123.45.67",
        "+31 (0)20/1234567",
        "020-1234567 x718",
        "020 1234567 ext. 5",
        "112233",
        "tel:+31612345678",
        "+31\u00a06\u00a012345678",
    ],
)
def test_phones_are_sent_as_they_stand(cell: str) -> None:
    """Every way of writing a number is taken and none is rewritten."""
    assert read(Field("p", Kind.PHONE), cell) == (cell, None)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("geen", "letters"),
        ("0800-FLOWERS", "letters"),
        ("1234", "fewer than 5 digits"),
        ("-", "fewer than 5 digits"),
        ("0612345678 / 0201234567", "more than 18 digits"),
        ("31612345678.0", "a spreadsheet has made a number of it"),
        ("jan@x.nl", "letters"),
    ],
)
def test_what_is_clearly_no_phone_is_refused(cell: str, why: str) -> None:
    """Letters, too few and too many digits are problems that say so."""
    value, problem = read(Field("p", Kind.PHONE), cell)
    assert value is None
    assert problem is not None
    assert why in problem


@given(st.from_regex(r"\+?[0-9 ()./-]{0,30}", fullmatch=True))
@settings(deadline=None)
def test_five_to_eighteen_digits_are_a_phone(cell: str) -> None:
    """Digits with the usual signs between them are judged by their number alone."""
    digits = sum(character.isdigit() for character in cell)
    value, _ = read(Field("p", Kind.PHONE), cell)
    if cell.endswith(".0") or "(" in cell or "+" in cell:
        return
    assert (value is not None) == (5 <= digits <= 18)


@pytest.mark.parametrize(("cell", "good"), [("123", True), ("2222e1242t3324535", True), ("a-b", True), ("a/b", False)])
def test_ids_are_letters_digits_and_hyphens(cell: str, good: bool) -> None:  # noqa: FBT001
    """Ids need not be UUIDs, but cannot leave their place in a URL."""
    assert (read(Field("uuid", Kind.ID), cell)[0] is not None) == good


@pytest.mark.parametrize("cell", ["../x", "a b", "é", "a" * 65, "3.16E+10", "a_b", "%2e"])
def test_what_is_no_id_is_refused(cell: str) -> None:
    """Anything else is a problem of the kind id."""
    parsed = column(Field("uuid", Kind.ID), cell)
    assert parsed.value.to_list() == [None]
    assert parsed.notes["kind"].to_list() == ["id"]


@pytest.mark.parametrize(("cell", "good"), [("https://x.nl/a?b=c", True), ("http://ü.de", True), ("www.x.nl", False)])
def test_web_addresses_have_their_scheme(cell: str, good: bool) -> None:  # noqa: FBT001
    """A web address begins with http or https."""
    assert (read(Field("u", Kind.URL), cell)[0] is not None) == good


@pytest.mark.parametrize("cell", ["javascript:alert(1)", "https://", "https://x y", "ftp://x.nl"])
def test_what_is_no_web_address_is_refused(cell: str) -> None:
    """Other schemes and spaces are problems."""
    assert read(Field("u", Kind.URL), cell)[0] is None


@pytest.mark.parametrize(
    ("kind", "cell", "damage"),
    [
        (Kind.TEXT, "NULL", "null_text"),
        (Kind.TEXT, "n/a", "null_text"),
        (Kind.TEXT, "#N/A", "null_text"),
        (Kind.TEXT, "undefined", "null_text"),
        (Kind.ID, "None", "null_text"),
        (Kind.TEXT, "ZoÃ«", "mojibake"),
        (Kind.TEXT, "Itâ€™s", "mojibake"),
        (Kind.TEXT, "Zo\ufffd", "mojibake"),
        (Kind.TEXT, "#REF!", "excel_error"),
        (Kind.TEXT, "#######", "excel_error"),
        (Kind.TEXT, "3.16E+10", "scientific"),
        (Kind.PHONE, "3.16E+10", "scientific"),
        (Kind.PHONE, "3,16E+10", "scientific"),
        (Kind.PHONE, "612345678", "lost_zero"),
    ],
)
def test_damage_is_warned_of_and_sent(kind: Kind, cell: str, damage: str) -> None:
    """A trace of damage is named with what was seen, and the value goes as it stands."""
    parsed = column(Field("x", kind), cell)
    assert msgspec.json.decode(parsed.value[0]) == cell
    assert parsed.notes["kind"].to_list() == [damage]
    assert parsed.notes["severity"].to_list() == ["warning"]
    assert cell in parsed.warning[0]


@pytest.mark.parametrize("cell", ["SÃO PAULO", "Âge", "Apt #4", "E+", "1E5", "Nullmeier", "Nona", "nan's", "â", "007"])
def test_healthy_text_is_not_warned_of(cell: str) -> None:
    """Names and codes that only resemble damage give no alarm."""
    assert column(Field("x", Kind.TEXT), cell).notes.is_empty()


def lost(field: Field, *cells: str | None) -> list[str | None]:
    parsed = column(field, *cells)
    flagged = parsed.notes.filter(pl.col("kind") == "lost_zero")["index"]
    return [cells[index] for index in flagged]


def test_lost_zeros_beside_kept_ones() -> None:
    """Where codes of one width begin with zeros, a shorter one has probably lost its own."""
    codes = ["00123", "00456", "12345", "789", "9", "", None, "1234"]
    assert lost(Field("number", Kind.TEXT), *codes) == ["789", "1234"]


def test_lost_zeros_in_postal_codes() -> None:
    """In a postal code column of one width a shorter code is enough to tell."""
    codes = ["10115", "20095", "80331", "50667", "1067"]
    assert lost(Field("postalcode", Kind.TEXT), *codes) == ["1067"]
    assert lost(Field("customer_number", Kind.TEXT), *codes) == []


def test_running_numbers_have_lost_nothing() -> None:
    """Numbers that simply grow longer give no alarm."""
    assert lost(Field("number", Kind.TEXT), *(str(number) for number in range(1, 2000))) == []
    assert lost(Field("postalcode", Kind.TEXT), *(f"{number} AB" for number in range(90, 110))) == []
    assert lost(Field("housenumber", Kind.NUMBER), "1", "22", "033", "44") == []
