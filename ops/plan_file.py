"""Reading the file of a plan, which may be damaged: whatever is wrong with it is said in words.

What stands in it is the business of `plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from ops.advice import Advice, Way
from ops.errors import PlanError
from ops.files import META_KEY


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Tell a plan file that is damaged, or not there, in words.

    Raises:
        PlanError: It cannot be read.
    """
    try:
        yield
    except FileNotFoundError:
        raise PlanError(f"No such plan: {path}.", file=str(path)) from None
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        # polars panics where a file lies about its own lengths; a panic is no Exception.
        way = Way("make_plan", "`leatops plan JOB FILE` makes one of a file with rows")
        told = Advice(f"{path} is not a plan, or a damaged one: ", way, ".")
        raise PlanError(told, file=str(path)) from None
    except OSError as error:
        raise PlanError(f"{path} cannot be read as a plan: {error}.", file=str(path)) from None


def stored_meta(path: Path) -> str:
    """What a plan file says of itself.

    Raises:
        PlanError: There is no such file, or it is not a plan.
    """
    with reading(path):
        stored = pl.read_parquet_metadata(path).get(META_KEY)
    if stored is None:
        raise PlanError(f"{path} is a Parquet file but not a plan of leatops.", file=str(path))
    return stored


def read_rows(path: Path, query: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
    """What a query finds among the rows of a plan file.

    Raises:
        PlanError: The file is damaged.
    """
    with reading(path):
        return query(pl.scan_parquet(path, glob=False)).collect()
