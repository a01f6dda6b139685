"""Which cells of a file are numbers and not text, so that no decimal mark has a say in them; never what they are for.

A number stands in the sheet with a point, as it prints.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from ops.sheet.guarded import is_export

_BEGINS: Final = r"^-?[0-9]"
_POINTED: Final = r"^-?[0-9]+\.[0-9]+$"


def like_numbers(frame: pl.DataFrame) -> list[str]:
    """The columns of text in which a number may stand."""
    found = frame.select(pl.all().str.contains(_BEGINS).any())
    return [column.name for column in found if column.item()]


def where_any(flags: pl.DataFrame) -> pl.DataFrame:
    """Only the columns in which some cell is a number; absent flags are false."""
    flags = flags.select(pl.all().fill_null(value=False))
    return flags.select(column for column in flags if column.any())


def in_export(frame: pl.DataFrame, numbers: pl.DataFrame) -> pl.DataFrame:
    """The numbers of a file and, in an export of the account, those that it has written as text with a point.

    Whoever edits an export in a spreadsheet gives it numbers, or texts with the comma of the place.
    """
    if not is_export(frame):
        return numbers
    pointed = frame.select(pl.all().str.contains(_POINTED))
    both = pointed.with_columns((pointed[name].fill_null(value=False) | numbers[name]) for name in numbers.columns)
    return where_any(both)
