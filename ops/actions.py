"""The actions of a plan: a draft's rows held against what was found of the account, column-wise.

What a row means is the job's business; where the table is kept is `plan`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from ops.diff import CHANGED, changed, given
from ops.draft import Draft, policy
from ops.jobs.base import RESTING, Job, Verb
from ops.lookup import Current
from ops.plan import ACTION_COLUMNS
from ops.resolve import keys_of, look_up
from ops.rows import Policy, Rows, hold_duplicates

_TOTAL: Final = "total."
_ALONE: Final = {"target": pl.String, "found": pl.Boolean, "times": pl.UInt32, "conflict": pl.String}
"""What stands for the target of rows that name nobody."""


@dataclass(frozen=True, slots=True)
class Actions:
    """A table of actions and what they come to."""

    table: pl.DataFrame
    """`ACTION_COLUMNS`, one line a row in the file's order."""
    writes: int
    reads: int
    totals: dict[str, int]
    """By the names of `Job.totals`, over the acting rows."""
    findings: pl.DataFrame
    """`row`, `severity`, `message`: what the account has to say of rows, such as why one cannot be right."""


def decide(draft: Draft, current: Current) -> Actions:
    """Hold a file's rows against the account."""
    job = draft.job
    rows = _joined(job, draft.rows, current, policy(job.set))
    known = list(draft.rows.frame.columns)
    judged = rows.lazy().with_columns(_flags(job)).with_columns(_verdicts(job)).with_columns(_verb(job))
    decided = judged.select(_action(job, known)).collect()
    acting = decided.filter(~pl.col("verb").is_in([verb.value for verb in RESTING]))
    sums = acting.select(pl.col("^total\\..*$", "writes", "reads").cast(pl.Int64).sum()).row(0, named=True)
    return Actions(
        decided.select(ACTION_COLUMNS),
        sums.pop("writes"),
        sums.pop("reads"),
        {name.removeprefix(_TOTAL): total for name, total in sums.items()},
        _findings(decided),
    )


def _findings(decided: pl.DataFrame) -> pl.DataFrame:
    """Why rows cannot be right, and what may not go as wished, also where a row is held for that."""
    warned = decided.filter(~pl.col("verb").is_in([Verb.INVALID.value, Verb.SAME.value]))
    parts = [
        decided.select("row", severity=pl.lit("error"), message="fault"),
        warned.select("row", severity=pl.lit("warning"), message="warning"),
    ]
    return pl.concat(parts).drop_nulls("message").sort("row", maintain_order=True)


def _joined(job: Job, rows: Rows, current: Current, duplicates: Policy) -> pl.DataFrame:
    """The rows with what was found of each party, a column for every field of the job, and shared targets held."""
    parties = job.looked_up()
    found = [look_up(rows.frame, party, current) for party in parties]
    joined = pl.concat([rows.frame, *found], how="horizontal")
    unmapped = [one.name for one in job.fields if one.name not in joined.columns and not one.name.endswith("*")]
    joined = joined.with_columns(pl.lit(None, pl.String).alias(name) for name in unmapped)
    if not parties:
        empty = pl.DataFrame(schema=_ALONE).clear(joined.height)
        joined = joined.with_columns(empty).with_columns(found=pl.lit(value=False), times=pl.lit(1, pl.UInt32))
    elif keys_of(rows.frame, parties[0]).columns != ["uuid"]:
        joined = _hold_shared_targets(joined, duplicates, parties[0].card)
    others = [party.prefix + "conflict" for party in parties[1:]]
    return job.relate(joined.with_columns(pl.coalesce("conflict", *others).alias("conflict")))


def _hold_shared_targets(joined: pl.DataFrame, duplicates: Policy, card: bool) -> pl.DataFrame:  # noqa: FBT001
    """Two rows that name one contact in two ways are duplicates, too; of more than two, also where two are held."""
    reasons = ("error", "conflict") if duplicates == "hold" else ("error", "conflict", "hold")
    live = pl.when(pl.all_horizontal(pl.col(*reasons).is_null()) & pl.col("found")).then("target")
    what = "the same card" if card else "the same contact"
    held = hold_duplicates(joined.with_columns(live.alias("shared")), "shared", duplicates, what)
    return joined.with_columns(pl.coalesce("hold", held).alias("hold"))


def _flags(job: Job) -> list[pl.Expr]:
    """Which attributes change."""
    return [
        pl.when("found").then(changed(a)).otherwise(given(a)).fill_null(value=False).alias(CHANGED + a.name)
        for a in job.attributes
    ]


def _verdicts(job: Job) -> list[pl.Expr]:
    """Whether anything changes, why a row is wrong and why it rests."""
    names = [CHANGED + a.name for a in job.attributes]
    changes = pl.any_horizontal(names) if names else pl.lit(value=False)
    wrong = pl.coalesce("error", job.wrong())
    return [
        changes.alias("changes"),
        wrong.alias("wrong"),
        pl.coalesce(wrong, "hold", "conflict", job.hold()).alias("reason"),
    ]


def _verb(job: Job) -> pl.Expr:
    """What is meant to be done with each row."""
    return (
        pl.when(pl.col("wrong").is_not_null())
        .then(pl.lit(Verb.INVALID.value))
        .when(pl.col("reason").is_not_null())
        .then(pl.lit(Verb.HELD.value))
        .otherwise(job.verb())
        .alias("verb")
    )


def _action(job: Job, known: list[str]) -> list[pl.Expr]:
    """The columns of the actions, and what is summed over them."""
    rests = pl.col("verb").is_in([each.value for each in RESTING])
    creates = pl.col("verb") == Verb.CREATE.value
    keys = [name for name in job.key if name in known]
    target = pl.when(~rests).then("target") if job.private else pl.col("target")
    return [
        pl.col("row"),
        pl.col("verb"),
        pl.coalesce(*keys, pl.lit(None, pl.String) if job.private else pl.col("target")).alias("key"),
        target.alias("target"),
        pl.when(~rests & ~creates).then(job.before()).alias("before"),
        pl.when(~rests).then(job.after()).alias("after"),
        pl.col("reason"),
        pl.when(rests).then(0).otherwise(job.writes()).cast(pl.UInt32).alias("writes"),
        pl.when(rests).then(0).otherwise(job.reads()).cast(pl.UInt32).alias("reads"),
        pl.when(pl.col("error").is_null()).then("wrong").alias("fault"),
        job.warn().alias("warning"),
        *(total.alias(_TOTAL + name) for name, total in job.totals().items()),
    ]
