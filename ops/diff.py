"""What would change: wanted and current values, column-wise for a plan and one by one for a recheck.

Pure; knows nothing of jobs or of the account. Values stand as JSON text, so that 12 is not "12"; the kinds
decide which of them mean the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
import polars as pl

from ops.fields import Kind, canonical, canonical_value
from ops.mapping import Rule

WANT: Final = "want."
NOW: Final = "now."
CHANGED: Final = "changed."
"""Prefixes of the columns of an attribute: wanted JSON text, current JSON text, and whether it changes."""
CLEARED: Final = "null"
"""The wanted JSON text that empties a value."""
_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_VALUE: Final = rf'(?s)^(?:{_TEXT}|\[(?:{_TEXT}|[^"\[\]{{}}])*\]|[^",:\[\]{{}}\s]+)'
"""A JSON value at the front of a text: a string, a flat list, a number or a word."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute that a plan writes: how its values compare, and by which rule it is written."""

    name: str
    kind: Kind
    rule: Rule = Rule.OVERWRITE


def changed(attribute: Attribute) -> pl.Expr:
    """Whether the attribute changes: a Boolean `changed.<name>` from `want.<name>` and `now.<name>`."""
    want, now = pl.col(WANT + attribute.name), pl.col(NOW + attribute.name)
    # Most values are the same to the letter, and the canonical form costs more than that comparison.
    written_otherwise = want.is_not_null() & want.ne_missing(now)
    wanted = canonical(attribute.kind, pl.when(written_otherwise).then(want))
    current = canonical(attribute.kind, pl.when(written_otherwise).then(now))
    differs = written_otherwise & wanted.ne_missing(current)
    if attribute.rule is Rule.IF_EMPTY:
        differs = differs & current.is_null()
    return differs.alias(CHANGED + attribute.name)


def given(attribute: Attribute) -> pl.Expr:
    """As `changed`, where there is no current value: whatever is wanted and is not empty."""
    want = pl.col(WANT + attribute.name)
    return (want.is_not_null() & (want != CLEARED)).fill_null(value=False).alias(CHANGED + attribute.name)


def json_object(attributes: Sequence[Attribute], prefix: Literal["want.", "now."]) -> pl.Expr:
    """The changing attributes as one JSON object a row, in the order given; `{}` when none changes."""
    return object_of(changing(attributes, prefix))


def changing(attributes: Sequence[Attribute], prefix: Literal["want.", "now."]) -> dict[str, pl.Expr]:
    """The changing attributes as members for `object_of`."""
    return {
        a.name: pl.when(pl.col(CHANGED + a.name)).then(pl.col(prefix + a.name).fill_null("null")) for a in attributes
    }


def object_of(members: Mapping[str, pl.Expr]) -> pl.Expr:
    """Members of JSON text as one JSON object a row, in the order given; a null member is left out."""
    if not members:
        return pl.lit("{}")
    written = [pl.concat_str(pl.lit(_name(name) + ":"), value) for name, value in members.items()]
    inside = pl.concat_str(written, separator=",", ignore_nulls=True)
    return pl.concat_str(pl.lit("{"), inside, pl.lit("}"))


def members_of(objects: pl.Series, names: Sequence[str]) -> tuple[pl.DataFrame, pl.Series]:
    """What `object_of` put together, apart again.

    Args:
        objects: JSON objects, or null.
        names: The names that may stand in them, in the order they were put together in.

    Returns:
        A column of JSON text for each name, null where the object has no such member; and whether each object came
        apart whole: one that was put together otherwise, or holds nested values, does not.
    """
    frame = objects.alias("rest").to_frame().with_columns(pl.col("rest").str.strip_prefix("{"))
    members: list[pl.Series] = []
    for name in names:
        key = _name(name) + ":"
        there = pl.col("rest").str.starts_with(key)
        frame = frame.with_columns(tail=pl.when(there).then(pl.col("rest").str.strip_prefix(key)))
        frame = frame.with_columns(value=pl.col("tail").str.extract(_VALUE, 0))
        left = pl.col("tail").str.strip_prefix(pl.col("value")).str.strip_prefix(",")
        frame = frame.with_columns(rest=pl.when(pl.col("value").is_null()).then("rest").otherwise(left))
        members.append(frame["value"].alias(name))
    whole = frame.select((pl.col("rest") == "}").fill_null(value=False).alias("whole")).to_series()
    return pl.DataFrame(members), whole


def _name(name: str) -> str:
    return msgspec.json.encode(name).decode()


@dataclass(frozen=True, slots=True)
class Drift:
    """A value that is neither what the plan saw nor what it wants."""

    field: str
    seen: Any
    now: Any


def drift(
    before: Mapping[str, Any], after: Mapping[str, Any], now: Mapping[str, Any], kinds: Mapping[str, Kind]
) -> Literal["as planned", "as wanted"] | Drift:
    """What a second look at a row's target says.

    Args:
        before: The values the plan saw, of the fields it changes.
        after: The values it wants.
        now: The values of this moment.
        kinds: How each field's values compare.
    """
    still_to_do = False
    for name, wanted in after.items():
        kind = kinds.get(name, Kind.TEXT)
        current = canonical_value(kind, now.get(name))
        if current == canonical_value(kind, wanted):
            continue
        if current != canonical_value(kind, before.get(name)):
            return Drift(name, before.get(name), now.get(name))
        still_to_do = True
    return "as planned" if still_to_do else "as wanted"


def unlike(wanted: Mapping[str, Any], now: Mapping[str, Any], kinds: Mapping[str, Kind]) -> str | None:
    """Which values are not as they were written, in words; None when all are.

    Args:
        wanted: The values that were written.
        now: The values of this moment.
        kinds: How each field's values compare.
    """
    other = [
        f"{name} is {_told(now.get(name))}, not {_told(value)}"
        for name, value in wanted.items()
        if canonical_value(kinds[name], now.get(name)) != canonical_value(kinds[name], value)
    ]
    return "; ".join(other) or None


def _told(value: Any) -> str:
    return "empty" if value is None or value == "" else msgspec.json.encode(value).decode()
