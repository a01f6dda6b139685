"""The rows of a file held against a mapping before anything of the account is read: what is wrong, and how much.

The samples of a file's columns are taken here as well; nothing is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from app.stages import Mapped
from ops.draft import AccountView, draft_rows
from ops.errors import LeatopsError
from ops.fields.text import BLANK
from ops.plan_meta import Problem
from ops.sheet import Sheet

SHOWN_PROBLEMS = 50
"""So many problems are shown; the counts are of all rows."""
SAMPLE_ROWS = 1000
"""A column's sample is looked for in so many rows, and in all of them when these are blank."""
SAMPLE_CHARS = 80


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of the rows: how many are in which state, and the first problems."""

    rows: int
    invalid: int
    held: int
    warned: int
    """Rows that something is said about and that run all the same."""
    total: int
    """Problems, of which the first stand in `problems`."""
    problems: tuple[Problem, ...]
    """What stops a row goes before what is only said."""


def check_rows(mapped: Mapped, view: AccountView) -> Checked:
    """Check every row of the file; reads nothing from the account.

    Raises:
        InputError: The mapping or an option cannot be used.
    """
    rows = draft_rows(mapped.job, mapped.sheet, mapped.mapping, view, mapped.options).rows
    wrong, held = pl.col("error").is_not_null(), pl.col("hold").is_not_null()
    invalid, waiting = rows.frame.select(wrong.sum().alias("invalid"), (~wrong & held).sum().alias("held")).row(0)
    stops = pl.col("severity") == "error"
    line_of = mapped.sheet.line_of
    errors, others = rows.problems.filter(stops), rows.problems.filter(~stops)
    warned = others["row"].unique()
    first = pl.concat([errors.head(SHOWN_PROBLEMS), others.head(SHOWN_PROBLEMS)]).head(SHOWN_PROBLEMS)
    return Checked(
        rows=rows.frame.height,
        invalid=invalid,
        held=waiting,
        warned=warned.len() - int(warned.is_in(errors["row"].implode()).sum()),
        total=rows.problems.height,
        problems=tuple(
            Problem(*(*values, line_of(values[0])))
            for values in first.select("row", "column", "kind", "message", "severity").iter_rows()
        ),
    )


def checked(mapped: Mapped, view: AccountView) -> Checked | LeatopsError:
    """The same, or why the rows cannot be checked."""
    try:
        return check_rows(mapped, view)
    except LeatopsError as error:
        return error


def samples(sheet: Sheet, count: int = 3) -> tuple[tuple[str, ...], ...]:
    """The first different values of each column that are not blank, each cut to a length that fits a line."""
    return tuple(_sample(column, count) for column in sheet.frame.iter_columns())


def _sample(column: pl.Series, count: int) -> tuple[str, ...]:
    for part in (column.head(SAMPLE_ROWS), column):
        filled = part.drop_nulls()
        found = filled.filter(~filled.str.contains(BLANK)).unique(maintain_order=True).head(count)
        if found.len():
            return tuple(found.str.slice(0, SAMPLE_CHARS).to_list())
    return ()
