"""A sheet that no file stands behind: so many rows that differ in their number alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import polars as pl

from ops.sheet.table import Sheet

NO_FILE: Final = "none"
"""The format of a sheet without a file."""
_COLUMN: Final = "number"


def blank_sheet(rows: int) -> Sheet:
    """Rows numbered from 1 in a column `number`."""
    name = f"{rows} blank rows"
    number = pl.int_range(1, rows + 1, eager=True).cast(pl.String).alias(_COLUMN)
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Sheet(Path(name), digest, NO_FILE, None, "", None, None, number.to_frame())
