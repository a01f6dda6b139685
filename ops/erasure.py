"""What erasing people leaves on this machine: uuids in plans, names of files, and older runs that hold their data.

Erasing them at the account is a job's business; proving it is `receipt`'s.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ops.errors import InputError, LeatopsError, PlanError, RunHeldError
from ops.events import LEFT, READ_BACK, ROW_STATE, Look, Mark
from ops.fields import email_key
from ops.files import META_KEY, replacing, sweep
from ops.jobs import JOBS, find_job
from ops.jobs.base import State
from ops.journal import EVENT_SCHEMA, JournalReader
from ops.leat.requests import CONTACT_NOT_FOUND
from ops.outcomes import GONE
from ops.plan import INPUT, PURGED, WINDOW, Plan
from ops.plan_file import reading, stored_meta
from ops.runs import PLANS, RunFolder, Runs


@dataclass(frozen=True, slots=True)
class Trace:
    """A run or a plan of this home that holds data of people who are to be erased."""

    where: str
    """The run's id, or the plan's path."""
    people: int
    """How many of them, as far as the file and the account tell who is one."""
    is_run: bool


def purge(folder: RunFolder) -> int:
    """Take those who are gone out of a run's plan, and out of the file it was started from.

    Their uuids go, and what was theirs: balances and tiers. A run that another process holds is left to that process.
    Any other job's run stays as it is.

    Returns:
        How many uuids were taken out of the run's plan.

    Raises:
        RunError: The run cannot be read.
        InputError: The file it was started from still holds the uuids; the run's plan does not.
    """
    plan = folder.plan
    if not find_job(plan.meta.job).private:
        return 0
    with contextlib.suppress(RunHeldError), folder.held():
        sweep(folder.path)
        gone = rows_gone(folder.journal, plan.meta.rows)
        purged = _forget(plan, gone)
        origin = _origin(folder, plan)
        if origin is not None:
            try:
                _forget(origin, gone)
            except (InputError, PlanError):
                raise InputError(
                    f"The plan {origin.path} cannot be changed and still holds the ids of people who are gone: "
                    "remove it.",
                    file=str(origin.path),
                ) from None
        return purged
    return 0


def rows_gone(journal: JournalReader, rows: int) -> pl.Series:
    """The rows that have ended and whose contact is gone: seen so, or not known to the account when its turn came.

    One that a look back has found there after all is not among them. A row that has not ended needs its uuid.
    """
    found = [pl.Series("row", [], dtype=EVENT_SCHEMA["row"])]
    step, state = pl.col("step"), pl.col("state")
    for first in range(1, rows + 1, WINDOW):
        events = journal.frame(first, first + WINDOW - 1).filter(step != LEFT)
        seen = (pl.col("name") == GONE) & (state == Mark.DONE)
        own = step >= ROW_STATE
        ends = events.group_by("row").agg(
            pl.col("step", "state", "code").filter(own).last(),
            (seen & own).any().alias("seen"),
            state.filter(step == READ_BACK).last().alias("look"),
        )
        unknown = (pl.col("code") == CONTACT_NOT_FOUND) & state.is_in([State.HELD.value, State.REFUSED.value])
        gone = (step == ROW_STATE) & (pl.col("seen") | unknown.fill_null(value=False))
        found.append(ends.filter(gone & pl.col("look").ne_missing(Look.MISMATCH.value))["row"].sort())
    return pl.concat(found)


def _forget(plan: Plan, rows: pl.Series) -> int:
    held = pl.col("target").is_not_null() & pl.col("row").is_in(rows.implode())
    number = int(plan.read(lambda rows: rows.filter(held).select(pl.len())).item())
    if number:
        _rewrite(plan.path, [pl.when(~held).then(name).alias(name) for name in PURGED])
    return number


def _rewrite(path: Path, changes: list[pl.Expr]) -> None:
    """Write a plan anew with some columns changed; all else stays, the file's times too: one says when a run began."""
    meta = stored_meta(path)
    with reading(path), replacing(path) as file:
        times = path.stat()
        pl.scan_parquet(path, glob=False).with_columns(changes).sink_parquet(
            file.name,
            compression="lz4",
            statistics=False,
            row_group_size=WINDOW,
            metadata={META_KEY: meta},
        )
        os.utime(file.name, ns=(times.st_atime_ns, times.st_mtime_ns))


def _origin(folder: RunFolder, plan: Plan) -> Plan | None:
    """The plan file the run was started from, while it is still that plan."""
    path = folder.journal.meta().get("plan_path")
    if not path:
        return None
    place = Path(path).resolve()
    sweep(place.parent, place.name)
    try:
        origin = Plan.load(place)
    except PlanError:
        return None
    return origin if origin.checksum == plan.checksum else None


def nameless(where: str) -> str:
    """A plan's path as a pattern, if its name begins with that of a file, which may name a person."""
    path = Path(where)
    jobs = "|".join(map(re.escape, JOBS))
    own = re.fullmatch(rf"(\.?).+(\.({jobs})(\.[0-9a-f]{{8}})?\.plan\.parquet(\.\w{{8}})?)", path.name)
    return where if own is None else str(path.with_name(f"{own[1]}*{own[2]}"))


def everybody(rows: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """What names the people of some rows: the rows themselves, and the account where it knows them.

    Args:
        rows: Keys as `resolve.keys_of` has them; of `uuid` and `email.key` both or one.
        contacts: The account's contacts, by `uuid` and `email.key`.

    Returns:
        A line a key: `person`, a number, and `key`, an address as `email_key` writes it or a uuid in lower case. Rows
        that share a key count as one person, unless a third row is between them: the numbers are for a rough count.
    """
    names = [name for name in ("uuid", "email.key") if name in rows.columns]
    own, known = rows.select(names).with_row_index("row"), contacts.select("uuid", "email.key")
    tables = [own, *(own.select("row", name).drop_nulls().join(known, on=name) for name in names)]
    ids = [table.select("row", key=pl.col("uuid").str.to_lowercase()) for table in tables if "uuid" in table.columns]
    mails = [table.select("row", key="email.key") for table in tables if "email.key" in table.columns]
    keys = pl.concat([*ids, *mails]).drop_nulls().unique().with_columns(first=pl.col("row").min().over("key"))
    return keys.select("key", person=pl.col("first").min().over("row")).unique("key", maintain_order=True)


def older_runs(home: Path, people: pl.DataFrame) -> list[Trace]:
    """The runs and plans of a home that hold data of people; what cannot be read is passed over.

    Args:
        home: Where runs and plans are kept.
        people: As `everybody` has them.
    """
    runs = Runs(home)
    found = [(run.id, run.path, True) for run in runs.all()] + [(path.name, path, True) for path in runs.drafts()]
    traces = [Trace(name, _known_to(_texts_of_run(path), people), is_run) for name, path, is_run in found]
    plans = sorted(path for kind in ("*.parquet", ".*.parquet.????????") for path in (home / PLANS).glob(kind))
    traces += [Trace(str(path), _known_to(_texts_of_plan(path), people), is_run=False) for path in plans]
    return [trace for trace in traces if trace.people]


def _known_to(texts: Iterator[pl.Series], people: pl.DataFrame) -> int:
    """How many people some texts name."""
    hits = pl.zeros(people.height, dtype=pl.Boolean, eager=True)
    for text in texts:
        mails = email_key(text.filter(text.str.contains("@", literal=True)))
        ids = text.str.strip_chars().str.to_lowercase()
        hits |= people["key"].is_in(pl.concat([mails.alias("key"), ids.alias("key")]).unique().implode())
    return people.filter(hits)["person"].n_unique()


def _texts_of_run(path: Path) -> Iterator[pl.Series]:
    yield from _texts_of_plan(path / "plan.parquet")
    with contextlib.suppress(LeatopsError):
        yield JournalReader(path / "journal.sqlite").uuids()


def _texts_of_plan(path: Path) -> Iterator[pl.Series]:
    """The columns of a plan that may name people, one at a time."""
    with contextlib.suppress(PlanError), reading(path):
        scan = pl.scan_parquet(path, glob=False)
        names = scan.collect_schema().names()
        for name in names:
            if name in {"key", "target"} or name.startswith(INPUT):
                yield scan.select(pl.col(name).cast(pl.String).drop_nulls().unique()).collect()[name]
