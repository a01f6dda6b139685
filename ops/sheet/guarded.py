"""The apostrophes that `results.csv` has before what a spreadsheet would run, and taking them off again.

Who writes such files is `report`'s business; here it is only known how they look.
"""

from __future__ import annotations

from typing import Final

import polars as pl

FORMULA: Final = r"^[=+\-@\t\r]"
"""What a spreadsheet would take for the beginning of a formula."""
FORMULA_MARKS: Final = frozenset("=+-@\t\r")
RESULT_COLUMNS: Final = ("_row", "_verb", "_status", "_uuid", "_card", "_code", "_message", "_steps")
"""What a run adds to the input's columns."""
SOMETIMES: Final = frozenset({"_uuid", "_card"})
"""Those of them that not every job's results have."""

NUMBER_LIKE: Final = r"^[+-]?[0-9 ().-]+$"
"""What a spreadsheet takes for a number or a text, never for a formula that does something."""
EXPORT_COLUMNS: Final = (
    frozenset({"uuid", "email", "credit_balance", "prepaid_balance_in_cents", "tier"}),
    frozenset({"uuid", "program", "program_uuid", "amount_in_cents", "active", "expiration_date"}),
)
"""What every export of contacts has, whatever the account, and every one of gift cards."""


def guard(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before each cell that begins like a formula."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(name)
        .alias(name)
        for name in frame.columns
    )


def guard_export(frame: pl.DataFrame) -> pl.DataFrame:
    """As `guard`, but a number or a phone number stays as it is, and no cell is without its way back.

    A cell that begins with apostrophes before such a mark gets one more, so that taking one off leads back.
    """
    text = pl.col(pl.String)
    runs = text.str.contains(r"^'*[=+\-@\t\r]") & ~text.str.contains(NUMBER_LIKE)
    return frame.with_columns(pl.when(runs).then(pl.lit("'") + text).otherwise(text).name.keep())


def is_export(frame: pl.DataFrame) -> bool:
    """Whether a table is an export of contacts or gift cards."""
    return any(columns <= set(frame.columns) for columns in EXPORT_COLUMNS)


def unguard_export(frame: pl.DataFrame) -> pl.DataFrame:
    """What was in the cells before `guard_export`."""
    text = pl.col(pl.String)
    guarded = text.str.contains(r"^'+[=+\-@\t\r]")
    return frame.with_columns(pl.when(guarded).then(text.str.slice(1)).otherwise(text).name.keep())


def is_guarded(frame: pl.DataFrame) -> bool:
    """Whether a table is the results of a run."""
    return set(RESULT_COLUMNS) - SOMETIMES <= set(frame.columns)


def unguard(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the apostrophes off again, so that a phone number is one."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(r"^'[=+\-@\t\r]")).then(pl.col(name).str.slice(1)).otherwise(name).alias(name)
        for name in frame.columns
    )
