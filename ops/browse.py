"""Looking through a plan: a narrow table of its rows, filters on it, and one row's fields before and after.

Reads the plan's file alone; how it looks on a screen is the app's business.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from ops.jobs.base import Verb
from ops.leat.records import decode
from ops.plan import INPUT, Plan

WHAT_WIDTH = 160
"""Characters of a row's changes that the narrow table keeps."""

_WORDS: Final = (
    (r'"([^"\\]+)_in_cents":(\d+)(\d\d)\b', '"$1":€ $2.$3'),
    (r'"([^"\\]+)_in_cents":(\d\d)\b', '"$1":€ 0.$2'),
    (r'"([^"\\]+)_in_cents":(\d)\b', '"$1":€ 0.0$2'),
    (r'([,{]|^)"([^"\\]+)":null\b', '$1"$2":∅'),
    (r'^"([^"\\]+)":', "$1: "),
    (r',"([^"\\]+)":', ", $1: "),
    (r'\{"([^"\\]+)":', "{$1: "),
)
"""What is written otherwise in a JSON object to make it words; a quote within a text is never without a backslash."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one row; `before` is None where there was no value, or no contact."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class RowDetail:
    """All that a plan says of one row."""

    row: int
    verb: str
    key: str | None
    target: str | None
    changes: tuple[FieldChange, ...]
    reason: str | None
    cells: Mapping[str, str | None]
    """The input's cells by column."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A plan opened for looking.

    Attributes:
        plan: The plan.
        table: One line a row in order, all text: `row`, `verb`, `key` (its uuid where it has none), `what` (the reason,
            else the new values; of a deletion those that are lost).
    """

    plan: Plan
    table: pl.DataFrame

    @classmethod
    def open(cls, plan: Plan) -> Browser:
        """Read the narrow table; a million rows take a second or two and about 100 MB."""
        values = pl.when(pl.col("verb") == Verb.DELETE.value).then("before").otherwise("after")
        narrow = (
            pl.col("row").cast(pl.String),
            pl.col("verb"),
            pl.coalesce("key", "target").alias("key"),
            pl.coalesce("reason", _in_words(values)).alias("what"),
        )
        return cls(plan, plan.read(lambda rows: rows.select(narrow)))

    def find(self, verb: str | None = None, text: str = "") -> pl.Series | None:
        """The positions (from 0) of the rows of a verb in which some column has a text; None means all of them.

        The text is looked for as it is, in any case.
        """
        tests: list[pl.Expr] = []
        if verb is not None:
            tests.append(pl.col("verb") == verb)
        if text:
            needle = text.lower()
            found = [
                pl.col(name).str.to_lowercase().str.contains(needle, literal=True) for name in ("key", "what", "row")
            ]
            tests.append(pl.any_horizontal(found).fill_null(value=False))
        if not tests:
            return None
        return self.table.lazy().select(pl.all_horizontal(tests).alias("hit")).collect()["hit"].arg_true()

    def detail(self, position: int) -> RowDetail:
        """One row, by its position from 0."""
        [one] = self.plan.read(lambda rows: rows.slice(position, 1)).to_dicts()
        before = {} if one["before"] is None else decode(one["before"].encode(), dict[str, Any])
        after = {} if one["after"] is None else decode(one["after"].encode(), dict[str, Any])
        return RowDetail(
            one["row"],
            one["verb"],
            one["key"],
            one["target"],
            tuple(FieldChange(name, before.get(name), value) for name, value in after.items()),
            one["reason"],
            {name.removeprefix(INPUT): cell for name, cell in one.items() if name.startswith(INPUT)},
        )


def _in_words(values: pl.Expr) -> pl.Expr:
    """A JSON object as `name: value, name: value`; no quote within a text is taken for a name's."""
    inside = values.str.strip_prefix("{").str.strip_suffix("}").str.slice(0, WHAT_WIDTH)
    for pattern, words in _WORDS:
        inside = inside.str.replace_all(pattern, words)
    return inside
