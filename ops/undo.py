"""Undoing a run: a plan that restores the values from before, and what of the run cannot be undone, in words.

Writes nothing but the plan, which is run like any other; what it means for each row is decided in `restore`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import polars as pl

from ops.diff import Attribute
from ops.draft import AccountView, PlanOptions
from ops.errors import OptionError, RunError
from ops.fields import Kind
from ops.files import default_home
from ops.jobs import find_job
from ops.jobs.base import State, Verb
from ops.jobs.contacts_update import UpdateContacts
from ops.jobs.options import check_options
from ops.leat.profile import Account
from ops.leat.reader import Reader
from ops.lookup import Current, Identity, Wanted, read_current
from ops.mapping import Rule
from ops.outcomes import outcomes
from ops.plan import ACTION_COLUMNS, INPUT, VERSION, Plan, write_plan
from ops.plan_meta import PlanMeta, Reads
from ops.planner import view_account, wire_for
from ops.restore import CREATED, DRIFTED, UNKNOWN, WRITTEN, deeds, restored
from ops.runs import PLANS, RunFolder
from ops.tally import unended


def no_undo(plan: Plan) -> str:
    """What of a plan's deeds stays for good, and what to do instead; empty when all of it can be restored."""
    if not plan.meta.writes:
        return ""
    created = plan.meta.verbs.get(Verb.CREATE, 0)
    stays = f"{_many(created, 'contact is', 'contacts are')} created; contacts.delete erases contacts, for good"
    return find_job(plan.meta.job).undo or (stays if created else "")


def can_undo(job: str, counts: Mapping[str, int]) -> bool:
    """Whether there is something to restore after a run of a job with these counts."""
    return counts.get(State.DONE, 0) > 0 and not find_job(job).undo


def refuse_undo(folder: RunFolder) -> None:
    """See that a run is of a job whose deeds can be undone.

    Raises:
        RunError: It is not; the message says what to do instead.
    """
    job = find_job(folder.plan.meta.job)
    if job.undo:
        raise RunError(f"{folder.id} has no undo: {job.undo}.", run=folder.id)


async def make_undo(
    folder: RunFolder, account: Account, *, out: Path | None = None, options: PlanOptions = PlanOptions()
) -> Plan:
    """Read the account and save a plan that restores what a run's contacts held before it, row by row.

    What was changed since the run is held, and so is what an update cannot undo.

    Args:
        folder: The run; it may have stopped, or still be going on.
        account: The account of the run; only reads are sent.
        out: Where the plan is saved; in the home's `plans` folder when None.
        options: How the account is read.

    Raises:
        RunError: The run cannot be undone, or not be read.
        OptionError: The plan would lie among the run's own files.
        AccountError: The account is not the run's, or does not answer.
    """
    refuse_undo(folder)
    place = out or (options.home or default_home()) / PLANS / f"{folder.id}.undo.plan.parquet"
    if folder.path.resolve() in place.resolve().parents:
        raise OptionError(f"{place} lies among the run's own files: choose another place for the plan.", option="out")
    await asyncio.to_thread(folder.check)
    past = await asyncio.to_thread(Past.read, folder)
    async with Reader(wire_for(account, options)) as reader:
        view = await view_account(reader, account)
        meta = past.plan.meta
        view.identity.refuse_other(Identity(meta.base_url, meta.shops, meta.programs), meta.account)
        wanted = Wanted(uuids=past.written(), attributes=tuple(meta.kinds))
        current = await read_current(reader, wanted, options.lookup, progress=options.progress)
        undoing = Undoing(past, view, current, reader.sent, options.rate)
        return await asyncio.to_thread(undoing.save, place)


@dataclass(frozen=True, slots=True)
class Past:
    """What a run has done so far."""

    run: str
    plan: Plan
    rows: pl.DataFrame
    """Its `deeds`, in the order of its rows."""
    left: int
    """Rows that have not ended."""
    running: bool
    """Whether a process is at work on it."""

    @classmethod
    def read(cls, folder: RunFolder) -> Past:
        """Read plan and journal, which must be whole.

        Raises:
            RunError: They are not.
        """
        # Before the journal is read: a run that ends meanwhile may have done more than is read here.
        running = folder.is_held
        folder.check()
        plan, journal = folder.plan, folder.journal
        names = tuple(plan.meta.kinds)
        rows = pl.concat(deeds(window, names) for window in outcomes(plan, journal))
        return cls(folder.id, plan, rows, unended(plan, journal), running)

    def written(self) -> pl.Series:
        """The contacts it has updated."""
        return self.rows.filter(pl.col("fate") == WRITTEN)["uuid"].drop_nulls().unique(maintain_order=True)


@dataclass(frozen=True, slots=True)
class Undoing:
    """A run held against what was found of the account: all that its undo is made from."""

    past: Past
    view: AccountView
    current: Current
    reads: int
    rate: float | None

    def save(self, out: Path) -> Plan:
        """Decide on every row and write the plan."""
        old = self.past.plan.meta
        attributes = tuple(Attribute(name, Kind(kind)) for name, kind in old.kinds.items())
        writable = {field.name for field in self.view.attributes if field.writable}
        table = restored(self.past.rows, attributes, self.current, writable)
        verbs = dict(table.group_by("verb").len().iter_rows())
        meta = PlanMeta(
            version=VERSION,
            job=UpdateContacts.name,
            options=dict(check_options(UpdateContacts, {}).values),
            mapping=tuple(
                msgspec.structs.replace(one, rule=Rule.OVERWRITE.value, why="undo") if one.field in old.kinds else one
                for one in old.mapping
            ),
            kinds=old.kinds,
            source=msgspec.structs.replace(old.source, name=f"undo of {self.past.run}"),
            base_url=self.view.identity.base_url,
            shops=self.view.identity.shops,
            programs=self.view.identity.programs,
            account=self.view.name,
            checksum="",
            made_at=time.time(),
            rows=table.height,
            verbs={verb.value: verbs.get(verb.value, 0) for verb in Verb},
            writes=verbs.get(Verb.UPDATE.value, 0),
            lookup=Reads(self.current.how, self.current.why, self.reads),
            rate=self.rate,
            notes=tuple(_notes(self.past, table)),
            undoes=self.past.run,
        )
        rows = self.past.rows
        cells = rows.select(pl.col(n).alias(n.removeprefix(INPUT)) for n in rows.columns if n.startswith(INPUT))
        return write_plan(out, meta, table.select(ACTION_COLUMNS), cells)


def _notes(past: Past, table: pl.DataFrame) -> Iterator[str]:
    """What the plan restores, what it does not cover and what cannot be undone."""
    rows = table.select(
        restored=pl.col("verb") == Verb.UPDATE.value,
        drifted=pl.col("reason").str.starts_with(DRIFTED).fill_null(value=False),
        created=pl.col("fate") == CREATED,
        unknown=pl.col("fate") == UNKNOWN,
    ).sum()
    counts = rows.row(0, named=True)
    if counts["restored"]:
        contacts = _many(counts["restored"], "contact", "contacts")
        yield f"Restores what {contacts} held before {past.run}. What the account did by itself meanwhile stays."
    if counts["drifted"]:
        were = _many(counts["drifted"], "row was", "rows were")
        yield f"{were} changed since the run and held, so that no newer value is lost; the reason has both values."
    if counts["created"]:
        stay = _many(counts["created"], "contact that the run created stays", "contacts that the run created stay")
        yield f"No undo: {stay}; contacts.delete erases contacts, for good."
    if counts["unknown"]:
        yield f"{_many(counts['unknown'], 'outcome is', 'outcomes are')} unknown: settle the run, then undo it again."
    if past.running:
        yield "The run is still going on: only what it had done when this plan was made is restored."
    elif past.left:
        left = _many(past.left, "row", "rows")
        yield f"The run has not ended: resume would go on with {left}, which this plan does not touch."


def _many(number: int, one: str, more: str) -> str:
    return f"{number:,} {one if number == 1 else more}"
