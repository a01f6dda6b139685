"""What reading cells of one kind yields, and the form every kind's reader has.

The readers stand with their kinds; `parse` drives them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import polars as pl

from ops.errors import OptionError
from ops.fields.text import shown_text


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """How dates and numbers are written in the file."""

    dates: str | None = None
    """`DD-MM-YYYY` or `%d-%m-%Y`; None reads ISO dates alone."""
    decimal: str | None = None
    """The decimal sign of texts, `.` or `,`; None reads only what has one meaning."""

    def __post_init__(self) -> None:
        if self.decimal not in {None, ".", ","}:
            raise OptionError(
                f"The decimal sign is a point or a comma, not {shown_text(str(self.decimal))}.", option="decimal"
            )


@dataclass(frozen=True, slots=True)
class Reading:
    """Cells as read: each has a value or a message, never both."""

    frame: pl.DataFrame
    """`value` (JSON text), `message`, `kind`; in the order of the cells."""

    @classmethod
    def of(cls, cells: pl.DataFrame, *, value: pl.Expr, message: pl.Expr, kind: pl.Expr | str) -> Self:
        """Keep the message and its kind only where there is no value."""
        word = pl.lit(kind) if isinstance(kind, str) else kind
        frame = cells.with_columns(value=value, message=message, kind=word)
        wrong = pl.col("value").is_null()
        return cls(
            frame.select(
                pl.col("value").cast(pl.String),
                message=pl.when(wrong).then("message").cast(pl.String),
                kind=pl.when(wrong).then("kind").cast(pl.String),
            )
        )


@dataclass(frozen=True, slots=True)
class Reader:
    """How the cells of one field are read.

    Most cells are plainly right; one cheap expression settles those. The rest, each text once, goes to
    `doubt`, which may take its time.
    """

    sure: pl.Expr
    """Over the column `raw`: right as it stands, and not blank."""
    value: pl.Expr
    """The JSON text of a sure cell, over the column `raw`."""
    doubt: Callable[[pl.DataFrame], Reading]
    """From `raw`, `text` (`raw` without blanks at its ends, never empty, no control characters) and `number`.

    `number` says whether the cell was a number in the file: then it has a point, whatever was chosen for texts.
    """


NEVER = pl.lit(False)
"""For readers that settle nothing at once."""
