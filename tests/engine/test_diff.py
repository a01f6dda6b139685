"""What would change: column-wise and one by one must say the same."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from hypothesis import given as drawn
from hypothesis import strategies as st

from ops.diff import CHANGED, NOW, WANT, Attribute, Drift, changed, drift, given, json_object, members_of, object_of
from ops.fields import Kind
from ops.leat.records import encode
from ops.mapping import Rule

TEXT = st.text(max_size=8)
VALUES = st.one_of(
    st.none(),
    TEXT,
    st.integers(-(10**20), 10**20),
    st.booleans(),
    st.sampled_from(["12", "12.0", "1990-01-01", "true", ""]),
)
KINDS = st.sampled_from(list(Kind))
NAMES = ("a", 'b"', ":", ',"a', "é\\", "a:1")
RULES = st.sampled_from(list(Rule))


def text(value: Any) -> str | None:
    return None if value is None else encode(value).decode()


def table(attribute: Attribute, want: str | None, now: str | None) -> pl.DataFrame:
    name = attribute.name
    frame = pl.DataFrame(
        {WANT + name: [want], NOW + name: [now]}, schema={WANT + name: pl.String, NOW + name: pl.String}
    )
    return frame.with_columns(changed(attribute))


@drawn(KINDS, VALUES, VALUES)
def test_a_value_changes_in_the_table_exactly_when_it_has_drifted_alone(kind: Kind, want: Any, now: Any) -> None:
    """The column-wise comparison of a plan and the single one of a recheck agree."""
    if want is None:
        return
    frame = table(Attribute("x", kind), text(want), text(now))
    seen = drift({"x": now}, {"x": want}, {"x": now}, {"x": kind})
    assert frame[CHANGED + "x"][0] is (seen == "as planned")


@drawn(KINDS, RULES, VALUES)
def test_a_row_that_was_written_has_nothing_more_to_change(kind: Kind, rule: Rule, want: Any) -> None:
    """Whatever is wanted, once it is there, is the same: a second plan has nothing to do."""
    frame = table(Attribute("x", kind, rule), text(want), text(want))
    assert frame[CHANGED + "x"][0] is False


@drawn(KINDS, VALUES)
def test_nothing_wanted_changes_nothing(kind: Kind, now: Any) -> None:
    """A blank cell leaves the value alone."""
    assert table(Attribute("x", kind), None, text(now))[CHANGED + "x"][0] is False


@drawn(st.dictionaries(st.text(min_size=1, max_size=5), TEXT, min_size=1, max_size=4))
def test_the_changes_are_json_of_the_changing_fields_alone(values: dict[str, str]) -> None:
    """Any name and any text, quotes and control characters included; an empty text sets nothing on a new contact."""
    attributes = [Attribute(name, Kind.TEXT) for name in values]
    columns = {WANT + name: [text(value) if value else None] for name, value in values.items()}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    frame = frame.with_columns(given(a) for a in attributes)
    [made] = frame.select(json_object(attributes, WANT)).to_series().to_list()
    assert json.loads(made) == {name: value for name, value in values.items() if value}


def test_a_value_that_is_neither_as_planned_nor_as_wanted_is_named() -> None:
    """With what the plan saw and what is there now."""
    seen = drift({"a": "1", "b": None}, {"a": "2", "b": "3"}, {"a": "2", "b": "4"}, {})
    assert seen == Drift("b", None, "4")


@drawn(st.lists(st.dictionaries(st.sampled_from(NAMES), st.one_of(VALUES, st.lists(TEXT, max_size=3))), min_size=1))
def test_an_object_comes_apart_as_it_was_put_together(rows: list[dict[str, Any]]) -> None:
    """Whatever the names and the texts look like; a member that is left out is null, one that is null is not."""
    columns = {name: [encode(row[name]).decode() if name in row else None for row in rows] for name in NAMES}
    frame = pl.DataFrame(columns, schema=dict.fromkeys(NAMES, pl.String))
    objects = frame.select(object_of({name: pl.col(name) for name in NAMES}).alias("o")).to_series()
    members, whole = members_of(objects, NAMES)
    assert members.to_dict(as_series=False) == columns
    assert whole.all()


def test_an_object_that_did_not_come_apart_whole_is_told() -> None:
    """Another order, a name that was not asked for, a nested value, no object at all."""
    texts = ['{"a":1,"b":2}', '{"b":2,"a":1}', '{"a":1,"c":2}', '{"a":{"b":1}}', "", None, "{}"]
    _, whole = members_of(pl.Series(texts, dtype=pl.String), ("a", "b"))
    assert whole.to_list() == [True, False, False, False, False, False, True]
