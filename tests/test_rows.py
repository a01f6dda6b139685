"""Rows made of a sheet and a mapping: keys, values to write, problems and duplicates."""

from __future__ import annotations

import csv
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.errors import MappingError, OptionError
from ops.fields import Choice, Field, Kind, email_key_of
from ops.mapping import MappedColumn, Mapping, Rule, suggest
from ops.rows import Policy, RowOptions, Rows, hold_duplicates, make_rows
from ops.sheet import Sheet, read_sheet

EMAIL = Field("email", Kind.EMAIL)
UUID = Field("uuid", Kind.ID)
FIELDS = (
    EMAIL,
    UUID,
    Field("amount", Kind.CENTS),
    Field("custom.*", Kind.TEXT),
    Field("firstname", Kind.TEXT, "First name", attribute=True),
    Field("birthdate", Kind.DATE, attribute=True),
    Field("phonenumber", Kind.PHONE, attribute=True),
    Field("housenumber", Kind.NUMBER, attribute=True),
    Field("optin", Kind.BOOLEAN, attribute=True),
    Field("segment", Kind.CHOICE, attribute=True, choices=(Choice("GOLD", "Goud"), Choice("SILVER", "Zilver"))),
)
BY_EMAIL = [("email",)]


def sheet_of(columns: dict[str, list[str | None]]) -> Sheet:
    """A sheet as a file with these cells would give."""
    return sheet_over(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))


def sheet_over(frame: pl.DataFrame) -> Sheet:
    """A sheet of this table."""
    return Sheet(
        path=Path("sheet.csv"),
        sha256="",
        format="csv",
        encoding="utf-8",
        encoding_why="",
        delimiter=",",
        sheet_name=None,
        frame=frame,
    )


def rows_of(
    columns: dict[str, list[str | None]],
    options: RowOptions | None = None,
    needs: list[tuple[str, ...]] | None = None,
    rules: dict[str, Rule] | None = None,
) -> Rows:
    """Rows of columns that stand under their fields' names."""
    pairs = [MappedColumn(name, name, (rules or {}).get(name, Rule.OVERWRITE)) for name in columns]
    return make_rows(sheet_of(columns), Mapping(tuple(pairs)), FIELDS, options or RowOptions(), needs or BY_EMAIL)


def said(rows: Rows) -> list[tuple[Any, ...]]:
    return rows.problems.select("row", "column", "kind", "severity").rows()


def test_rows_carry_keys_and_values() -> None:
    """Every row of the sheet is there, its key as text, its attributes as JSON to write."""
    rows = rows_of(
        {
            "email": [" Jan@X.nl ", "piet@x.nl"],
            "firstname": ["Jan", None],
            "housenumber": ["012", "7"],
            "optin": ["ja", "nee"],
        }
    )
    assert rows.frame.to_dict(as_series=False) == {
        "row": [1, 2],
        "email": ["Jan@X.nl", "piet@x.nl"],
        "email.key": ["jan@x.nl", "piet@x.nl"],
        "want.firstname": ['"Jan"', None],
        "want.housenumber": ["12", "7"],
        "want.optin": ["true", "false"],
        "error": [None, None],
        "hold": [None, None],
    }
    assert rows.frame.schema["row"] == pl.UInt32
    assert rows.problems.is_empty()
    assert [field.name for field in rows.fields] == ["firstname", "housenumber", "optin"]
    assert rows.rules == dict.fromkeys(["firstname", "housenumber", "optin"], Rule.OVERWRITE)


def test_a_blank_cell_clears_only_by_the_rule() -> None:
    """Under `clear` a blank cell writes null; under the other rules it leaves the value alone."""
    cells: list[str | None] = ["x", "", None, " "]
    mails: list[str | None] = [f"{n}@x.nl" for n in range(4)]
    for rule, blank in ((Rule.CLEAR, "null"), (Rule.OVERWRITE, None), (Rule.IF_EMPTY, None)):
        rows = rows_of({"email": mails, "firstname": cells}, rules={"firstname": rule})
        assert rows.frame["want.firstname"].to_list() == ['"x"', blank, blank, blank]
        assert rows.rules == {"firstname": rule}


def test_a_wrong_cell_never_clears() -> None:
    """Under `clear` a cell that cannot be read is an error, not a clearing."""
    rows = rows_of({"email": ["a@x.nl"], "birthdate": ["soon"]}, rules={"birthdate": Rule.CLEAR})
    assert rows.frame["want.birthdate"].to_list() == [None]
    assert said(rows) == [(1, "birthdate", "date", "error")]


def test_every_problem_is_found_and_the_first_one_is_the_rows() -> None:
    """A bad row does not stop the others, nor its first problem the rest of it."""
    rows = rows_of(
        {
            "email": ["a@x.nl", "nobody", "c@x.nl", "d@x.nl"],
            "birthdate": ["1990-01-01", "03/04/2026", "44927", "1990-01-01"],
            "phonenumber": ["0612345678", "612345678", "0612345678", "3.16E+10"],
        }
    )
    assert said(rows) == [
        (2, "email", "email", "error"),
        (2, "birthdate", "date", "error"),
        (2, "phonenumber", "lost_zero", "warning"),
        (3, "birthdate", "serial_date", "error"),
        (4, "phonenumber", "scientific", "warning"),
    ]
    errors = rows.frame["error"].to_list()
    assert errors[0] is None
    assert errors[1] == 'email: "nobody" is not an e-mail address: it has no @'
    assert errors[2] is not None
    assert errors[3] is None
    assert rows.frame["email.key"].to_list() == ["a@x.nl", None, "c@x.nl", "d@x.nl"]


def test_a_row_without_its_key_is_invalid() -> None:
    """A row that fills none of the alternatives says so; a blank one says that alone."""
    rows = rows_of(
        {"email": ["a@x.nl", None, " ", ""], "uuid": [None, "u1", "", ""], "firstname": ["", "", "x", "\u00a0"]},
        needs=[("uuid",), ("email",)],
    )
    assert rows.frame["error"].to_list() == [None, None, "uuid: uuid or email is missing", "the row is blank"]
    assert said(rows) == [(3, "uuid", "missing", "error"), (4, None, "blank", "error")]


def test_a_row_is_blank_only_when_all_its_columns_are() -> None:
    """A row with a cell in a column that is left out lacks its key, but is not blank."""
    sheet = sheet_of({"email": [None, None], "remark": ["call him", None]})
    rows = make_rows(sheet, Mapping((MappedColumn("email", "email"),)), FIELDS, RowOptions(), BY_EMAIL)
    assert rows.problems["kind"].to_list() == ["missing", "blank"]


def test_alternatives_of_two_fields_need_both() -> None:
    """An alternative of two fields is filled by both; what a row lacks of it is named, and where it belongs."""
    cells: dict[str, list[str | None]] = {
        "to": ["b@x.nl", "", "c@x.nl", ""],
        "from": ["u1", "u2", "", ""],
        "note": ["", "", "", "x"],
    }
    columns = (MappedColumn("from", "uuid"), MappedColumn("to", "email"))
    rows = make_rows(sheet_of(cells), Mapping(columns), FIELDS, RowOptions(), [("uuid", "email")])
    assert rows.problems.select("row", "column", "message").rows() == [
        (2, "to", "email is missing"),
        (3, "from", "uuid is missing"),
        (4, "from", "uuid and email are missing"),
    ]


def test_of_several_alternatives_the_one_a_row_fills_in_part_is_told() -> None:
    """A card by its uuid or its hash, and a contact: whoever names the contact hears what else is needed."""
    rows = rows_of({"email": ["a@x.nl", ""], "uuid": ["", "u1"]}, needs=[("uuid", "email"), ("email", "uuid")])
    assert rows.problems["message"].to_list() == ["uuid is missing", "email is missing"]


def test_a_mapping_without_any_key_is_refused() -> None:
    """Where no alternative is mapped there is nothing to do, and the error says what to map."""
    with pytest.raises(MappingError, match="No column is mapped to uuid or email"):
        rows_of({"firstname": ["x"]}, needs=[("uuid",), ("email",)])


def test_a_mapping_that_does_not_fit_is_refused() -> None:
    """A column that is not in the sheet and a date format that is none stop everything."""
    sheet = sheet_of({"email": ["a@x.nl"], "birthdate": [""]})
    with pytest.raises(MappingError, match="no column"):
        make_rows(sheet, Mapping((MappedColumn("mail", "email"),)), FIELDS, RowOptions(), BY_EMAIL)
    with pytest.raises(OptionError, match="date format"):
        rows_of({"email": ["a@x.nl"]}, RowOptions(dates="soon"))
    with pytest.raises(OptionError, match="decimal sign"):
        rows_of({"email": ["a@x.nl"]}, RowOptions(decimal=";"))


def test_keys_of_other_kinds_have_their_own_form() -> None:
    """An amount is in whole cents and a merge tag stands under its own name."""
    rows = rows_of(
        {"email": ["a@x.nl", "b@x.nl"], "amount": ["1.000,50", "x"], "custom.salute": [" Dear ", ""]},
        RowOptions(decimal=","),
    )
    assert rows.frame["amount"].to_list() == ["100050", None]
    assert rows.frame["custom.salute"].to_list() == ["Dear", None]
    assert rows.fields == ()
    assert said(rows) == [(2, "amount", "number", "error")]


def test_numbers_of_the_file_need_no_decimal_sign() -> None:
    """Where the sheet knows a cell as a number, the sign that was chosen for texts has no say."""
    sheet = sheet_of({"email": ["a@x.nl", "b@x.nl"], "housenumber": ["1.125", "1.125"], "amount": ["25.5", "1.000,50"]})
    numbers = pl.DataFrame({"housenumber": [True, False], "amount": [True, False]})
    pairs = [MappedColumn(name, name) for name in sheet.columns]
    for sheet_, first in ((sheet, ["1125", "1125"]), (replace(sheet, numbers=numbers), ["1.125", "1125"])):
        rows = make_rows(sheet_, Mapping(tuple(pairs)), FIELDS, RowOptions(decimal=","), BY_EMAIL)
        assert rows.frame["want.housenumber"].to_list() == first
    assert rows.frame["amount"].to_list() == ["2550", "100050"]


def test_control_characters_spoil_a_row_and_stay_out_of_the_message() -> None:
    """The column is named, neutralised, and so is the character."""
    columns: dict[str, list[str | None]] = {"email": ["a@x.nl"], "First\x1bname": ["\x1b[31mred"]}
    mapping = Mapping((MappedColumn("email", "email"), MappedColumn("First\x1bname", "firstname")))
    rows = make_rows(sheet_of(columns), mapping, FIELDS, RowOptions(), BY_EMAIL)
    assert rows.frame["error"].to_list() == ["First\\u001bname: holds the control character U+001B (ESC)"]


@pytest.mark.parametrize(
    ("policy", "held"), [("hold", [1, 3, 4]), ("first", [3, 4]), ("last", [1, 3])], ids=["hold", "first", "last"]
)
def test_rows_that_share_an_address_are_held(policy: Policy, held: list[int]) -> None:
    """Case, blanks and the host's form do not hide a duplicate; the policy says which row runs."""
    rows = rows_of(
        {"email": ["a@müller.de", "b@x.nl", "A@MÜLLER.de ", "a@xn--mller-kva.de"]}, RowOptions(duplicates=policy)
    )
    live = rows.frame.filter(pl.col("hold").is_not_null())
    assert live["row"].to_list() == held
    assert all("the same e-mail stands in rows 1, 3 and 4" in message for message in live["hold"])
    assert rows.frame["error"].null_count() == 4
    assert said(rows) == [(row, "email", "duplicate", "error") for row in held]


def test_invalid_rows_are_no_duplicates() -> None:
    """A row that cannot run does not hold the one that can."""
    rows = rows_of({"email": ["a@x.nl", "a@x.nl"], "birthdate": ["", "bad"]})
    assert rows.frame["hold"].to_list() == [None, None]


def test_rows_that_share_a_uuid_are_held_too() -> None:
    """Where both keys are mapped, sharing either is enough; blank keys share nothing."""
    rows = rows_of(
        {"email": ["a@x.nl", "b@x.nl", None, None], "uuid": ["u1", "u1", "u2", "u3"]}, needs=[("uuid",), ("email",)]
    )
    assert rows.frame["hold"].is_not_null().to_list() == [True, True, False, False]
    assert rows.frame["hold"][0] == "the same uuid stands in rows 1 and 2"


def test_what_must_be_unique_is_the_jobs_choice() -> None:
    """A job that may name one person twice says so."""
    rows = rows_of({"email": ["a@x.nl", "a@x.nl"]}, RowOptions(unique=()))
    assert rows.frame["hold"].to_list() == [None, None]
    assert rows.frame.schema["hold"] == pl.String


def test_many_duplicates_are_named_briefly() -> None:
    """At most five rows are named, and the rest counted."""
    frame = pl.DataFrame({"row": range(1, 10), "key": ["k"] * 9})
    assert hold_duplicates(frame, "key", "hold", "the same contact")[0] == (
        "the same contact stands in rows 1, 2, 3, 4, 5 and 4 more"
    )
    assert hold_duplicates(frame, "key", "last", "the same contact").to_list()[7:] == [
        "the same contact stands in rows 1, 2, 3, 4, 5 and 4 more; row 9 is used",
        None,
    ]


def test_duplicates_name_their_lines() -> None:
    """Where a row does not stand on the line after its number, its line is named beside it."""
    frame = pl.DataFrame({"row": [1, 2, 3], "line": [2, 4, 7], "key": ["k"] * 3})
    assert hold_duplicates(frame, "key", "hold", "the same e-mail")[0] == (
        "the same e-mail stands in rows 1, 2 (line 4) and 3 (line 7)"
    )
    assert hold_duplicates(frame, "key", "last", "the same e-mail").to_list() == [
        *["the same e-mail stands in rows 1, 2 (line 4) and 3 (line 7); row 3 (line 7) is used"] * 2,
        None,
    ]


def test_rows_know_their_lines_where_they_are_not_plain() -> None:
    """Blank lines between rows shift them: the sheet says where they stand."""
    sheet = sheet_of({"email": ["a@x.nl", "b@x.nl", "A@x.nl"]})
    mapping = Mapping((MappedColumn("email", "email"),))
    assert "line" not in make_rows(sheet, mapping, FIELDS, RowOptions(), BY_EMAIL).frame.columns
    shifted = replace(sheet, first_line=2, starts=pl.Series([2, 4, 5]))
    rows = make_rows(shifted, mapping, FIELDS, RowOptions(), BY_EMAIL)
    assert rows.frame["row"].to_list() == [1, 2, 3]
    assert rows.frame["line"].to_list() == [2, 4, 5]
    assert rows.frame["hold"][0] == "the same e-mail stands in rows 1 and 3 (line 5)"


@given(st.lists(st.sampled_from(["a", "b", "c", None]), max_size=30), st.sampled_from(["hold", "first", "last"]))
@settings(deadline=None)
def test_duplicates_are_counted_right(keys: list[str | None], policy: Policy) -> None:
    """Held are exactly the rows the policy says, and never a row without a key."""
    frame = pl.DataFrame({"row": range(1, len(keys) + 1), "key": keys}, schema={"row": pl.UInt32, "key": pl.String})
    held = hold_duplicates(frame, "key", policy, "the same key").to_list()
    for place, key in enumerate(keys):
        group = [other for other, same in enumerate(keys) if same == key]
        used = {"hold": [], "first": group[:1], "last": group[-1:]}[policy]
        assert (held[place] is not None) == (key is not None and len(group) > 1 and place not in used)


cell = st.one_of(st.none(), st.sampled_from(["", " ", "a@x.nl", "A@x.nl", "12", "1990-01-01", "x\x00", "NULL", '"']))


@given(st.lists(st.tuples(cell, cell, cell, cell, cell), min_size=1, max_size=12))
@settings(deadline=None)
def test_every_row_is_in_one_list(cells: list[tuple[str | None, ...]]) -> None:
    """Whatever the cells, rows stay in order, errors and problems agree, and no held row is invalid."""
    names = ("email", "firstname", "birthdate", "housenumber", "segment")
    rows = rows_of({name: [line[place] for line in cells] for place, name in enumerate(names)})
    assert rows.frame["row"].to_list() == list(range(1, len(cells) + 1))
    wrong = set(rows.frame.filter(pl.col("error").is_not_null())["row"])
    held = set(rows.frame.filter(pl.col("hold").is_not_null())["row"])
    fatal = rows.problems.filter(pl.col("severity") == "error")
    assert not wrong & held
    assert set(fatal["row"]) == wrong | held
    assert rows.problems["row"].is_sorted()
    for line in rows.frame.iter_rows(named=True):
        assert line["email.key"] is None or line["email.key"] == email_key_of(line["email"])
        for name in names[1:]:
            value = line[f"want.{name}"]
            assert value is None or msgspec.json.decode(value) is not None


def test_a_file_goes_through_whole(tmp_path: Path) -> None:
    """A file with quotes, line ends, zeros and plus signs gives exactly its values."""
    place = tmp_path / "people.csv"
    lines = [
        ["E-mail", "Voornaam", "Telefoon"],
        ["a@x.nl", 'Jan "J"\nJansen', "+31612345678"],
        ["b@x.nl", "007", "0612345678"],
    ]
    with place.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    sheet = read_sheet(place)
    rows = make_rows(sheet, suggest(sheet.columns, FIELDS), FIELDS, RowOptions(), BY_EMAIL)
    sent = [
        [msgspec.json.decode(value) for value in rows.frame[f"want.{name}"]] for name in ("firstname", "phonenumber")
    ]
    assert sent == [['Jan "J"\nJansen', "007"], ["+31612345678", "0612345678"]]
    assert rows.problems.is_empty()


def big_sheet(rows: int) -> Sheet:
    """Twelve columns as a customer export has them, mostly clean."""
    i = pl.int_range(rows)
    frame = pl.select(
        email=pl.format("jan.devries{}@example{}.nl", i, i % 977),
        firstname=pl.format("Johanna{}", i % 5000),
        birthdate=pl.date(1950, 1, 1) + pl.duration(days=i % 20_000),
        phonenumber=pl.format("+316{}", i + 10_000_000),
        housenumber=i % 400 + 1,
        optin=pl.when(i % 3 == 0).then(pl.lit("ja")).otherwise(pl.lit("nee")),
        segment=pl.when(i % 3 == 0).then(pl.lit("GOLD")).otherwise(pl.lit("zilver")),
        text1=pl.format("Lange Straatnaam {}", i % 70_001),
        text2=pl.format("{} AB", i % 8999 + 1000),
        text3=pl.format("Plaats {}", i % 3001),
        text4=pl.when(i % 5 == 0).then(pl.lit('zei "hoi"')).otherwise(pl.lit("")),
        text5=pl.format("van der Berg-{}", i % 20_011),
    ).cast(pl.String)
    return sheet_over(frame)


@pytest.mark.slow
def test_a_million_rows_take_seconds() -> None:
    """A clean million of twelve columns is checked in a few seconds and a gigabyte."""
    texts = tuple(Field(f"text{n}", Kind.TEXT, attribute=True) for n in range(1, 6))
    sheet = big_sheet(1_000_000)
    mapping = suggest(sheet.columns, (*FIELDS, *texts))
    assert len(mapping.columns) == 12
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    rows = make_rows(sheet, mapping, (*FIELDS, *texts), RowOptions(), BY_EMAIL)
    seconds = time.perf_counter() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"{seconds:.2f} s, {grown} MB")
    assert rows.frame["error"].null_count() == 1_000_000
    assert seconds < 6
    assert grown < 1024
