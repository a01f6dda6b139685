"""What happened to every row: the plan's rows joined with the journal's events, a window at a time.

How that is written down for people and scripts is the business of `tables`, `receipt` and `report`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import polars as pl

from ops.events import LEFT, READ_BACK, ROW_STATE, SAID, Look, Mark
from ops.jobs.base import Job, State
from ops.journal import JournalReader
from ops.leat.records import encode
from ops.leat.requests import CONTACT_NOT_FOUND
from ops.plan import WINDOW, Plan

FOUND: Final = "found."
"""Prefix of the columns that a run adds, which may have any name."""
DELETE: Final = "delete"
GONE: Final = "gone"
"""The steps of an erasure: accepted when the first is done, confirmed when the second is."""
NEED_A_LOOK: Final = (State.REFUSED, State.UNKNOWN, State.HELD, State.INVALID)
"""The states of rows that did not go well."""


def outcomes(plan: Plan, journal: JournalReader) -> Iterator[pl.DataFrame]:
    """The plan's rows with what happened to each, a window at a time.

    Adds `status`, `uuid` (the contact's), `card`, `code`, `message`, `steps`, `open_step` and `since` (of a doubt),
    `look` (what reading the row back has shown) and `left` (why it was given up for a resume) to the plan's columns,
    the job's own columns as `found.<name>`, and for a job that erases people `accepted_at` and `gone_at`; times are
    Unix times.
    """
    job = plan.job()
    columns = tuple(dict.fromkeys(job.columns()))
    doubtful = [row for row, past in journal.open_pasts().items() if past.in_doubt]
    for number, window in enumerate(plan.windows()):
        first, last = number * WINDOW + 1, (number + 1) * WINDOW
        events = journal.frame(first, last)
        remarks, events = events.filter(pl.col("step") < ROW_STATE), events.filter(pl.col("step") >= ROW_STATE)
        ended = events.unique("row", keep="last", maintain_order=True).filter(pl.col("step") == ROW_STATE)
        rows = window.join(
            ended.select("row", "uuid", "card", "code", "message", pl.col("state").alias("ended")),
            on="row",
            how="left",
        ).join(_steps(events), on="row", how="left")
        rows = rows.join(_remarks(remarks), on="row", how="left")
        if columns:
            rows = rows.join(_found(journal.columns(first, last), columns), on="row", how="left")
        if job.private:
            rows = rows.join(_moments(events), on="row", how="left")
        rows = rows.with_columns(_status(doubtful).alias("status"))
        target, nobody = pl.col("target"), pl.lit(None, pl.String)
        contact, card = (nobody, target) if job.target_is == "card" else (target, nobody)
        yield rows.with_columns(
            pl.coalesce("uuid", "made", contact).alias("uuid"),
            pl.coalesce("card", "made_card", card).alias("card"),
            pl.coalesce("differs", pl.col("message").replace("", None), _given_up(), "told", "reason").alias("message"),
            pl.concat_str("steps", *_remarked(), separator=" ", ignore_nulls=True).replace("", None).alias("steps"),
            _given_up().alias("left"),
        ).sort("row")


def was_for_nobody(job: Job) -> pl.Expr:
    """Whether a row of `outcomes` was refused since it was to erase somebody whom the account does not have."""
    refused = pl.col("status") == State.REFUSED.value
    return refused & pl.col("code").eq_missing(CONTACT_NOT_FOUND) & pl.lit(job.private)


def needs_a_look() -> pl.Expr:
    """Whether a row of `outcomes` did not go well."""
    bad = pl.col("status").is_in([state.value for state in NEED_A_LOOK])
    return bad | pl.col("look").is_in([Look.MISMATCH.value, Look.UNREAD.value]).fill_null(value=False)


def is_spent(job: Job) -> pl.Expr:
    """Whether a step of a row of `outcomes` is done, or may be, that must not happen twice."""
    steps = pl.col("steps").fill_null("")
    begun = [steps.str.contains(f"(^| ){name}:(done|unknown)( |$)") for name in sorted(job.unrepeatable)]
    return pl.any_horizontal(begun) if begun else pl.lit(value=False)


def _status(doubtful: list[int]) -> pl.Expr:
    return (
        pl.when(pl.col("verb").is_in(["same", "invalid", "held"]))
        .then("verb")
        .when(pl.col("ended").is_not_null())
        .then("ended")
        .when(pl.col("row").is_in(doubtful))
        .then(pl.lit(State.UNKNOWN.value))
        .otherwise(pl.lit(State.PENDING.value))
    )


def _steps(events: pl.DataFrame) -> pl.DataFrame:
    """Each row's steps as `name:state name:state`, the last one in doubt and since when, and the uuids they gave.

    A step is in doubt as `events.fold` has it: some attempt is unknown, and none is done.
    """
    lost = pl.col("state").is_in([Mark.INTENT.value, Mark.UNKNOWN.value])
    attempts = (
        events.filter(pl.col("step") >= 0)
        .group_by("row", "step", "attempt", maintain_order=True)
        .agg(
            pl.col("name", "state").last(),
            pl.col("uuid", "card").drop_nulls().last(),
            pl.col("at").filter(lost).first().alias("since"),
        )
    )
    doubt = lost.any() & (pl.col("state") != Mark.DONE.value).all()
    state = pl.when(doubt).then(pl.lit(Mark.UNKNOWN.value)).otherwise(pl.col("state").last())
    steps = (
        attempts.group_by("row", "step", maintain_order=True)
        .agg(
            pl.col("name").last(),
            state.alias("state"),
            pl.col("uuid", "card").drop_nulls().last(),
            pl.col("since").filter(lost).first(),
        )
        .sort("row", "step")
    )
    open_step = pl.col("state") == Mark.UNKNOWN.value
    return steps.group_by("row", maintain_order=True).agg(
        pl.format("{}:{}", "name", "state").str.join(" ").alias("steps"),
        pl.col("name").filter(open_step).last().alias("open_step"),
        pl.col("since").filter(open_step).last(),
        pl.col("uuid").drop_nulls().last().alias("made"),
        pl.col("card").drop_nulls().last().alias("made_card"),
    )


def _remarks(events: pl.DataFrame) -> pl.DataFrame:
    """The last look back at each row, the last word of a person on it, and why it was given up the last time it was."""
    looked, left, word = (pl.col("step") == number for number in (READ_BACK, LEFT, SAID))
    said = pl.col("message").replace("", None)
    return events.group_by("row").agg(
        pl.col("state").filter(looked).last().alias("look"),
        said.filter(looked).last().alias("differs"),
        said.filter(left).last().alias("left"),
        pl.col("state").filter(word).last().alias("word"),
        said.filter(word).last().alias("told"),
    )


def _remarked() -> tuple[pl.Expr, ...]:
    """What stands behind the steps: a person's word and a look back."""
    return pl.format("said:{}", "word"), pl.format("read_back:{}", "look")


def _given_up() -> pl.Expr:
    return pl.when(pl.col("status") == State.PENDING.value).then("left")


def _moments(events: pl.DataFrame) -> pl.DataFrame:
    """When each row's erasure was accepted, and when it was confirmed."""
    done = events.filter(pl.col("state") == Mark.DONE.value)
    return done.group_by("row").agg(
        pl.col("at").filter(pl.col("name") == DELETE).first().alias("accepted_at"),
        pl.col("at").filter(pl.col("name") == GONE).first().alias("gone_at"),
    )


def _found(values: Mapping[int, Mapping[str, Any]], columns: tuple[str, ...]) -> pl.DataFrame:
    """What the rows found out, as text."""
    cells = {FOUND + name: [cell_text(row.get(name)) for row in values.values()] for name in columns}
    schema = {"row": pl.UInt32, **dict.fromkeys(cells, pl.String)}
    return pl.DataFrame({"row": list(values), **cells}, schema=schema)


def cell_text(value: Any) -> str | None:
    """A JSON value as a cell: text as it stands, lists joined with `;`, and no more digits than a number has."""
    match value:
        case None | str():
            return value
        case bool():
            return str(value).lower()
        case float():
            # Fifteen digits are what every decimal text survives; the rest is the noise of binary fractions.
            return f"{Decimal(f'{value:.15g}'):f}"
        case list():
            return ";".join(cell_text(one) or "" for one in value)
        case _:
            return str(value) if isinstance(value, int) else encode(value).decode()
