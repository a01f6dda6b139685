"""The CSV files of a run, from its outcomes: which rows and columns each has, and cells that no spreadsheet runs.

What happened to the rows comes from `outcomes`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from ops.files import cannot_write, replacing
from ops.jobs.base import Job, State
from ops.outcomes import FOUND, is_spent
from ops.plan import INPUT
from ops.sheet.guarded import FORMULA_MARKS, RESULT_COLUMNS, guard
from ops.visible import visible

AddWindow = Callable[[pl.DataFrame], None]

_OBEYED: Final = r"[\p{C}\p{Zl}\p{Zp}]"
"""Controls and what turns or hides text."""
_SINCE: Final = "%Y-%m-%dT%H:%M:%SZ"


def results(window: pl.DataFrame, job: Job) -> pl.DataFrame:
    """`results.csv`: every row, for people: cells that look like formulas are neutralised.

    What a server says is in the columns that are ours, so that no terminal obeys those; the file's cells are its own.
    """
    shown = {
        "_verb": pl.col("verb"),
        "_status": pl.col("status"),
        "_uuid": pl.col("uuid"),
        "_card": pl.col("card"),
        "_code": pl.col("code").cast(pl.String),
        "_message": pl.col("message"),
        "_steps": pl.col("steps"),
    }
    left_out = {"_uuid"} if job.private else set()
    if not _names_cards(job):
        left_out.add("_card")
    ours = window.select(
        pl.col("row").cast(pl.String).alias("_row"),
        *[value.alias(name) for name, value in shown.items() if name not in left_out],
    )
    found = window.select(name for name in window.columns if name.startswith(FOUND))
    found = found.rename(_distinct(_stripped(found, FOUND), RESULT_COLUMNS, _ours_again))
    return harmless(_beside(_input(window, (*RESULT_COLUMNS, *found.columns)), found, _written_out(ours), job))


def _names_cards(job: Job) -> bool:
    return job.makes_cards or job.target_is == "card"


def retry(window: pl.DataFrame, job: Job) -> pl.DataFrame:
    """`retry.csv`: the refused rows exactly as they came in, unless a step of theirs must not happen twice."""
    rows = window.filter((pl.col("status") == State.REFUSED.value) & ~is_spent(job))
    if not job.private:
        return _input(rows, ())
    # The plan has nothing of the input but a reference: the row's number is what leads back to the file.
    number = rows.select(pl.col("row").cast(pl.String).alias("_row"))
    return pl.concat([number, _input(rows, ("_row",))], how="horizontal")


def unknown(window: pl.DataFrame, job: Job) -> pl.DataFrame:
    """`unknown.csv`: the rows in doubt, with the step and since when."""
    rows = window.filter(pl.col("status") == State.UNKNOWN.value)
    ours = rows.select(
        pl.col("row").cast(pl.String).alias("_row"),
        *[] if job.private else [pl.col("uuid").alias("_uuid")],
        *[pl.col("card").alias("_card")] if _names_cards(job) else [],
        pl.col("open_step").alias("_step"),
        _since().alias("_since"),
        pl.col("message").alias("_message"),
    )
    return harmless(_beside(_input(rows, tuple(ours.columns)), rows.select(), _written_out(ours), job))


def to_be_looked_at(window: pl.DataFrame, job: Job) -> pl.DataFrame:
    """Some rows as text, with no more of a person than the files of the run hold.

    `row`, `status`, `key` (the contact's uuid where a row has none), `card` where the job has cards, `message`,
    `steps`, and `since` when one of them is in doubt.
    """
    shown = {
        "key": pl.col("key") if job.private else pl.coalesce("key", "uuid"),
        **({"card": pl.col("card")} if _names_cards(job) else {}),
        "message": pl.col("message"),
        "steps": pl.col("steps"),
        "since": _since(),
    }
    return window.select(pl.col("row").cast(pl.String), "status", *[value.alias(name) for name, value in shown.items()])


def _since() -> pl.Expr:
    return pl.from_epoch((pl.col("since") * 1000).cast(pl.Int64), time_unit="ms").dt.strftime(_SINCE)


def _beside(cells: pl.DataFrame, found: pl.DataFrame, ours: pl.DataFrame, job: Job) -> pl.DataFrame:
    """The columns in their order: the input's first, but for a job whose plan keeps hardly any of them."""
    order = [ours.select("_row"), cells, found, ours.drop("_row")] if job.private else [cells, found, ours]
    return pl.concat([frame for frame in order if frame.width], how="horizontal")


def _input(window: pl.DataFrame, taken: tuple[str, ...]) -> pl.DataFrame:
    """The input's columns under their own names; one that bears a name of ours says that it is the input's."""
    own = window.select(name for name in window.columns if name.startswith(INPUT))
    names = _distinct(_stripped(own, INPUT), taken, lambda name, n: f"{name} (input{n if n > 1 else ''})")
    return own.rename(names)


def _stripped(frame: pl.DataFrame, prefix: str) -> dict[str, str]:
    return {name: name.removeprefix(prefix) for name in frame.columns}


def _ours_again(name: str, number: int) -> str:
    return f"{name} (found{number if number > 1 else ''})"


def _distinct(names: Mapping[str, str], taken: Iterable[str], other: Callable[[str, int], str]) -> dict[str, str]:
    """Names that differ from each other and from those taken; one that would not gets another, numbered as needed."""
    used, found = set(taken), {}
    free = {name for name in names.values() if name not in used}
    for key, name in names.items():
        number, chosen = 0, name
        while chosen in used or (number and chosen in free):
            number += 1
            chosen = other(name, number)
        used.add(chosen)
        found[key] = chosen
    return found


def _written_out(frame: pl.DataFrame) -> pl.DataFrame:
    """What a terminal would obey, made visible."""
    return frame.with_columns(map(_visible, frame.iter_columns()))


def _visible(column: pl.Series) -> pl.Series:
    odd = column.filter(column.str.contains(_OBEYED)).unique()
    return column.replace(odd, [visible(text) for text in odd]) if odd.len() else column


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before whatever a spreadsheet would run, headers included."""
    risky = {name: f"'{name}" for name in frame.columns if name[:1] in FORMULA_MARKS}
    safe = [name for name in frame.columns if name not in risky]
    return guard(frame).rename(_distinct(risky, safe, lambda name, n: f"{name} ({n})"))


@contextmanager
def csv_file(path: Path) -> Iterator[AddWindow]:
    """A file by RFC 4180 with a header, written a window at a time; null is an empty cell and "" a quoted one."""
    with replacing(path) as file:
        first = True

        def add(window: pl.DataFrame) -> None:
            nonlocal first
            with cannot_write(path):  # of several that are open, this one
                window.write_csv(file, include_header=first, line_terminator="\r\n")
            first = False

        yield add
