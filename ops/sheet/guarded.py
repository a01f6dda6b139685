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


def guard(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before each cell that begins like a formula."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(name)
        .alias(name)
        for name in frame.columns
    )


def is_guarded(frame: pl.DataFrame) -> bool:
    """Whether a table is the results of a run."""
    return set(RESULT_COLUMNS) - SOMETIMES <= set(frame.columns)


def unguard(frame: pl.DataFrame) -> pl.DataFrame:
    """Take the apostrophes off again, so that a phone number is one."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(r"^'[=+\-@\t\r]")).then(pl.col(name).str.slice(1)).otherwise(name).alias(name)
        for name in frame.columns
    )
