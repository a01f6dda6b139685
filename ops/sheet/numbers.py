"""Which cells of a file are numbers and not text, so that no decimal mark has a say in them; never what they are for.

A number stands in the sheet with a point, as it prints.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from ops.sheet.guarded import is_export

_BEGINS: Final = r"^-?[0-9]"
_POINTED: Final = r"^-?[0-9]+\.[0-9]+$"
_COMMA: Final = r"^[+-]?[0-9][0-9.]*,[0-9]"


def like_numbers(frame: pl.DataFrame) -> list[str]:
    """The columns of text in which a number may stand."""
    found = frame.select(pl.all().str.contains(_BEGINS).any())
    return [column.name for column in found if column.item()]


def where_any(flags: pl.DataFrame) -> pl.DataFrame:
    """Only the columns in which some cell is a number; absent flags are false."""
    flags = flags.select(pl.all().fill_null(value=False))
    return flags.select(column for column in flags if column.any())


def written_by_export(frame: pl.DataFrame, column: str) -> pl.Series | None:
    """Which cells of a column of an export are numbers that it has written as text, with a point.

    None where the table is no export, and where somebody has put a number with a comma into the column: then the points
    may be anybody's, too. Whose columns an export writes, its reader knows.
    """
    if not is_export(frame):
        return None
    cells = frame[column]
    pointed = cells.str.contains(_POINTED).fill_null(value=False)
    return pointed if pointed.any() and not cells.str.contains(_COMMA).any() else None
