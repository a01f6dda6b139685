"""Rows that share a key, and which of them are held.

What a key is, is the caller's business.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

Policy = Literal["hold", "first", "last"]
"""What is done with rows that share a key: hold them all, or use one."""
_NAMED = 5
"""So many rows stand in a message."""


def hold_duplicates(frame: pl.DataFrame, key_column: str, policy: Policy, what: str) -> pl.Series:
    """Why each row is held for sharing its key, or null.

    Args:
        frame: `row` (1-based) and the key; a row whose key is null takes no part. `line`, where it is there, is told
            of rows that do not stand on the line after their number.
        key_column: The column rows must not share.
        policy: `hold` holds every row of a group; `first` and `last` hold the others.
        what: What they share, as in `the same e-mail`.
    """
    none = pl.repeat(None, frame.height, dtype=pl.String, eager=True).alias("hold")
    key = frame[key_column]
    shared = (key.is_duplicated() & key.is_not_null()).arg_true()
    if not shared.len():
        return none
    groups = frame[shared].select("row", named=_name(frame), index=shared, key=key.gather(shared))
    told = groups.with_columns(
        times=pl.len().over("key"),
        place=pl.int_range(pl.len()).over("key"),
        used=(pl.col("named").last() if policy == "last" else pl.col("named").first()).over("key"),
    )
    rows = told.filter(pl.col("place") < _NAMED).group_by("key").agg(pl.col("named").alias("rows"), pl.first("times"))
    messages = rows.select("key", message=_told(what), many="times")
    joined = told.join(messages, on="key", how="left", maintain_order="left")
    if policy != "hold":
        joined = joined.with_columns(pl.format("{}; row {} is used", "message", "used").alias("message"))
        joined = joined.filter(pl.col("named") != pl.col("used"))
    return none.scatter(joined["index"], joined["message"])


def _name(frame: pl.DataFrame) -> pl.Expr:
    """`8`, or `8 (line 10)`."""
    row = pl.col("row").cast(pl.String)
    if "line" not in frame.columns:
        return row
    return pl.when(pl.col("line") == pl.col("row") + 1).then(row).otherwise(pl.format("{} (line {})", row, "line"))


def _told(what: str) -> pl.Expr:
    """`the same e-mail stands in rows 3, 8 and 11`, or with how many more there are."""
    rows, times = pl.col("rows"), pl.col("times")
    begin = pl.lit(f"{what} stands in rows ")
    all_but_last = rows.list.head(rows.list.len() - 1).list.join(", ")
    every = pl.concat_str(begin, all_but_last, pl.lit(" and "), rows.list.last())
    many = pl.concat_str(begin, rows.list.join(", "), pl.lit(" and "), times - _NAMED, pl.lit(" more"))
    return pl.when(times > _NAMED).then(many).otherwise(every)
