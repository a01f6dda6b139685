"""Text columns: JSON literals, blanks, control characters, and what a message shows."""

from __future__ import annotations

import msgspec
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ops.fields import Field, Kind, json_text, kind_of, parse
from ops.fields.text import BLANKS, bare, shown, shown_text, strip_blanks

TEXT = Field("note", Kind.TEXT)
anything = st.text(st.characters(exclude_categories=["Cs"]))


def column(*cells: str | None) -> pl.Series:
    return pl.Series("c", cells, dtype=pl.String)


def one(cells: pl.Expr, *texts: str | None) -> list[str | None]:
    return pl.DataFrame({"c": column(*texts)}).select(cells).to_series().to_list()


@given(st.lists(anything))
@example(["".join(map(chr, range(0x100))), '"\\', "\u2028", "😀"])
@settings(deadline=None)
def test_json_text_is_what_msgspec_writes(texts: list[str]) -> None:
    """The JSON literal of every text is msgspec's, byte for byte."""
    assert one(json_text(pl.col("c")), *texts) == [msgspec.json.encode(text).decode() for text in texts]


def test_json_text_of_nothing_is_nothing() -> None:
    """An absent cell has no JSON text."""
    assert one(json_text(pl.col("c")), None) == [None]


@given(st.lists(anything))
@example(["a" * 61, "a" * 60, "\x1b]8;;x\x07", "\u202ex", f"{BLANKS}x{BLANKS}"])
@settings(deadline=None)
def test_scalar_and_column_forms_agree(texts: list[str]) -> None:
    """A text is stripped and shown the same alone as in a column."""
    assert one(bare(pl.col("c")), *texts) == [strip_blanks(text) for text in texts]
    assert one(shown(pl.col("c")), *texts) == [shown_text(text) for text in texts]


@given(anything)
def test_what_is_shown_obeys_nothing(text: str) -> None:
    """A message holds no character that a terminal obeys or that reorders text, and little data."""
    said = shown_text(text)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u2066\u2028" for c in said)
    assert said.startswith('"')
    assert len(said) <= 6 * 60 + 3


@given(st.lists(st.one_of(st.none(), anything)))
@settings(deadline=None)
def test_text_is_sent_as_it_stands(texts: list[str | None]) -> None:
    """A text attribute gets the cell unchanged, or nothing when it is blank, or an error."""
    parsed = parse(column(*texts), TEXT)
    for text, value, problem in zip(texts, parsed.value, parsed.problem, strict=True):
        if value is not None:
            assert msgspec.json.decode(value) == text
        else:
            assert problem is not None or not strip_blanks(text or "")


@pytest.mark.parametrize("cell", ["007", "+31612345678", "1E5", " two  spaces ", "-5", "=1+1", "ÀÉ", "a\nb\tc", "{}"])
def test_spreadsheet_bait_arrives_as_it_stood(cell: str) -> None:
    """Leading zeros, plus signs, exponents, spaces and line ends survive in text."""
    parsed = parse(column(cell), TEXT)
    assert msgspec.json.decode(parsed.value[0]) == cell
    assert parsed.problem.to_list() == [None]
    assert parsed.warning.to_list() == [None]


@pytest.mark.parametrize("cell", [None, "", " ", "\t\r\n", "\u00a0\u2003", "\u200b\ufeff"])
@pytest.mark.parametrize("kind", list(Kind))
def test_blank_cells_are_nothing_to_every_kind(kind: Kind, cell: str | None) -> None:
    """Absent, empty and white cells have no value and no problem, whatever the kind."""
    parsed = parse(column(cell), Field("x", kind))
    assert parsed.value.to_list() == [None]
    assert parsed.value.dtype == pl.String
    assert parsed.notes.is_empty()


@pytest.mark.parametrize(
    ("cell", "name"),
    [("a\x00b", "U+0000 (NUL)"), ("\x1b[31m", "U+001B (ESC)"), ("a\x85b", "U+0085"), ("a\x7f", "U+007F (DEL)")],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_control_characters_are_named(kind: Kind, cell: str, name: str) -> None:
    """A control character makes the cell wrong in every kind, and the message says which it is."""
    parsed = parse(column(cell), Field("x", kind))
    assert parsed.value.to_list() == [None]
    assert parsed.notes["kind"].to_list() == ["control"]
    assert parsed.problem.to_list() == [f"holds the control character {name}"]


@pytest.mark.parametrize("kind", list(Kind))
def test_an_empty_column_is_read(kind: Kind) -> None:
    """A column without cells yields a column without values."""
    parsed = parse(column(), Field("x", kind))
    assert (len(parsed.value), len(parsed.problem), len(parsed.notes)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("leat_type", "kind"),
    [
        ("text", Kind.TEXT),
        ("long_text", Kind.TEXT),
        ("number", Kind.NUMBER),
        ("birth_date", Kind.DATE),
        ("date_time", Kind.DATE_TIME),
        ("select", Kind.CHOICE),
        ("multi_select", Kind.CHOICES),
        ("BOOLEAN", Kind.BOOLEAN),
        ("hologram", Kind.TEXT),
    ],
)
def test_attribute_types_have_kinds(leat_type: str, kind: Kind) -> None:
    """Each attribute type is read as its kind, an unknown one as text."""
    assert kind_of(leat_type) is kind
