"""Making a plan: rows, the account's current state and a job come together here, and nowhere else.

Reads the account and never writes to it; what follows from what was read is decided in `actions`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from ops.actions import Actions, decide
from ops.draft import AccountView, Draft, PlanOptions, draft_rows
from ops.erasure import Trace, everybody, nameless, older_runs
from ops.fields import Field
from ops.files import default_home
from ops.jobs import find_job
from ops.jobs.base import RESTING, Job, Verb
from ops.jobs.options import check_options
from ops.leat.client import Wiring
from ops.leat.pace import Pace
from ops.leat.profile import Account
from ops.leat.reader import Reader
from ops.leat.requests import PAGE_SIZE, ListPrograms, ListShops
from ops.lookup import Current, identity_of, read_attributes, read_current, read_named
from ops.lookup_keys import read_identifiers, with_cards
from ops.mapping import Mapping as ColumnMapping
from ops.mapping import suggest
from ops.plan import KEPT_PROBLEMS, MASK, VERSION, Plan, write_plan
from ops.plan_meta import MappedField, PlanMeta, Problem, Reads, Source, ending_of
from ops.precedents import run_before
from ops.resolve import keys_of
from ops.runs import PLANS
from ops.sheet import NO_FILE, Sheet, blank_sheet

NAME: Final = 40
"""Characters of a file's name that go into a plan's: file systems take 255 bytes."""
ChooseMapping = Callable[[Sequence[str], Sequence[Field]], ColumnMapping]
"""Decides on a mapping from the columns of the file and the fields of the job and the account."""


def wire_for(account: Account, options: PlanOptions) -> Wiring:
    """Connections for planning against an account, at the plan's rate."""
    return Wiring(account, Pace(options.rate), options.timeouts)


async def view_account(reader: Reader, account: Account) -> AccountView:
    """Read who the account is and what its contacts can hold."""
    attributes = await read_attributes(reader)
    shops, programs = await read_named(reader, ListShops()), await read_named(reader, ListPrograms())
    identity = identity_of(account.base_url, shops, programs)
    return AccountView(account.name, identity, attributes, tuple(programs), tuple(shops))


async def make_plan(
    job: str | type[Job],
    sheet: Sheet | None,
    account: Account,
    *,
    out: Path | None = None,
    mapping: ColumnMapping | ChooseMapping | None = None,
    options: PlanOptions = PlanOptions(),
) -> Plan:
    """Read the account and save what a run would do to it, row by row.

    Args:
        job: The job or its name.
        sheet: The loaded file; None for a job that can do without one, such as blank gift cards by their `count`.
        account: The account to plan against; only reads are sent.
        out: Where the plan is saved; in the home's `plans` folder when None.
        mapping: Which column is which field, or what decides it once the fields are known; suggested from the
            headers when None.
        options: The job's options and how cells are read.

    Raises:
        InputError: An option, the mapping or the file cannot be used.
        AccountError: The account does not answer.
    """
    kind = find_job(job) if isinstance(job, str) else job
    checked = check_options(kind, options.options)
    table = sheet or blank_sheet(kind.blank_rows(checked))
    async with Reader(wire_for(account, options)) as reader:
        view = await view_account(reader, account)
        fields = view.fields(kind)
        mapped = mapping if isinstance(mapping, ColumnMapping) else (mapping or suggest)(table.columns, fields)
        # Columns of a million rows keep a core busy for seconds: not in the loop, where a screen may live.
        draft = await asyncio.to_thread(draft_rows, kind, table, mapped, view, options)
        current = await read_for(reader, draft, options)
        planned = await asyncio.to_thread(against, draft, current, view, reads=reader.sent, home=options.home)
        return await asyncio.to_thread(planned.save, out or default_out(kind, table))


def default_out(job: type[Job], sheet: Sheet, home: Path | None = None) -> Path:
    """Where a plan goes that was given no place: one a file and job, the latest.

    The name of a private job's file may name a person, and what lies in the home is to name none.
    """
    stem = "" if job.private else f"{sheet.path.stem[:NAME]}."
    return (home or default_home()) / PLANS / f"{stem}{job.name}.{sheet.sha256[:8]}.plan.parquet"


async def read_for(reader: Reader, draft: Draft, options: PlanOptions) -> Current:
    """Read what a draft needs to know of the account."""
    told = options.progress or _silent
    wanted = await asyncio.to_thread(draft.wanted)
    identifiers, refused = await read_identifiers(reader, wanted.identifiers, told)
    linked = identifiers["uuid"].drop_nulls().alias("key")
    wanted = replace(wanted, uuids=pl.concat([wanted.uuids.alias("key"), linked]).unique(maintain_order=True))
    current = await read_current(reader, wanted, options.lookup, progress=options.progress)
    current = replace(current, identifiers=identifiers, refused={**refused, **current.refused})
    return await with_cards(reader, wanted, current, told)


def _silent(done: int, total: int) -> None:
    """Nobody is watching."""


def against(
    draft: Draft, current: Current, view: AccountView, *, reads: int, home: Path | None = None
) -> PlannedActions:
    """Hold a draft against what was found of the account."""
    return PlannedActions(draft, view, current, reads, decide(draft, current), home)


@dataclass(frozen=True, slots=True)
class PlannedActions:
    """The actions of a plan that is not saved yet."""

    draft: Draft
    view: AccountView
    current: Current
    reads: int
    actions: Actions
    home: Path | None = None

    def save(self, out: Path) -> Plan:
        """Write the plan."""
        table, job = self.actions.table, self.draft.job
        verbs = table["verb"].value_counts()
        counts = dict(zip(verbs["verb"].to_list(), verbs["count"].to_list(), strict=True))
        draft, names, traces = self.draft, self.draft.names(), self._traces(out)
        problems = _problems(draft, self.actions)
        acting = sum(count for verb, count in counts.items() if verb not in RESTING)
        meta = PlanMeta(
            version=VERSION,
            job=job.name,
            options=dict(job.set.values),
            mapping=tuple(MappedField(names[c.column], c.field, c.rule.value, c.why) for c in draft.mapping.columns),
            kinds={attribute.name: attribute.kind.value for attribute in job.attributes},
            source=_source(draft),
            base_url=self.view.identity.base_url,
            shops=self.view.identity.shops,
            programs=self.view.identity.programs,
            account=self.view.name,
            checksum="",
            made_at=time.time(),
            rows=table.height,
            verbs={verb.value: counts.get(verb.value, 0) for verb in Verb},
            writes=self.actions.writes,
            reads=self.actions.reads + (acting if job.destroys else 0) + (self._pages() if acting else 0),
            lookup=Reads(self.current.how, self.current.why, self.reads),
            rate=draft.rate,
            problems=_kept(problems, draft.sheet),
            problem_counts=_counted(problems),
            totals=self.actions.totals,
            traces=tuple(trace.where for trace in traces),
            notes=(*job.tell(self.actions.totals), *self._precedents(acting), *map(_told, traces)),
        )
        return write_plan(out, meta, table, _cells(draft))

    def _pages(self) -> int:
        """Requests of noting a programme's cards before the first write."""
        program = self.draft.job.snapshot()
        cards = next((one.card_count or 0 for one in self.view.programs if one.uuid == program), 0)
        return max(1, -(-cards // PAGE_SIZE)) if program is not None else 0

    def _precedents(self, acting: int) -> list[str]:
        """Runs that did the same file, where this plan would do anything."""
        sheet = self.draft.sheet
        if not acting or sheet.format == NO_FILE:
            return []
        return list(run_before(self.draft.job, sheet.sha256, self.home or default_home()))

    def _traces(self, out: Path) -> list[Trace]:
        """Which older runs and plans of this home hold data of the people who are to be erased.

        Also of those whom this plan does not erase: whoever has gone from the account may still be in the home.
        """
        if not self.draft.job.private:
            return []
        rows = self.draft.rows.frame.filter(pl.col("error").is_null())
        keys = pl.concat([keys_of(rows, party) for party in self.draft.job.looked_up()], how="diagonal")
        found = older_runs(self.home or default_home(), everybody(keys, self.current.contacts))
        # The plan that this one takes the place of is gone when this one is there.
        return [replace(trace, where=nameless(trace.where)) for trace in found if trace.where != str(out)]


def _told(trace: Trace) -> str:
    how = f"`leatops runs remove {trace.where}` erases it" if trace.is_run else "delete the file to erase it"
    what = "Run" if trace.is_run else "The plan"
    return f"{what} {trace.where} holds data of {trace.people:,} of these people: {how}."


def _cells(draft: Draft) -> pl.DataFrame:
    """The input's columns as far as a plan may keep them; a hash is cash, and stays out."""
    frame, job = draft.cells(), draft.job
    if job.private:
        return frame.select(pair.column for pair in draft.mapping.columns if pair.field in job.kept)
    masked = [pair.column for pair in draft.mapping.columns if pair.field == "hash"]
    return frame.with_columns(pl.when(pl.col(name) != "").then(pl.lit(MASK)).alias(name) for name in masked)


def _source(draft: Draft) -> Source:
    """The file; of a private job's, nothing that may name a person: no name, no sheet's, no column that goes."""
    sheet, mapping, stays = draft.sheet, draft.mapping, draft.job.kept
    name, width = sheet.path.name, len(sheet.columns)
    if draft.job.private:
        kept = {pair.column for pair in mapping.columns if pair.field in stays}
        columns = tuple(column for column in sheet.columns if column in kept)
        return Source(ending_of(name), sheet.sha256, columns, width=width)
    return Source(name, sheet.sha256, sheet.columns, mapping.left_out(sheet.columns), tuple(sheet.notes), width)


def _problems(draft: Draft, actions: Actions) -> pl.DataFrame:
    """What is said of rows, that of the file and that of the account, in the order of rows."""
    file = draft.rows.problems.select("row", "column", "kind", "message", "severity")
    nowhere, account = pl.lit(None, pl.String), pl.lit("account")
    found = actions.findings.select("row", column=nowhere, kind=account, message="message", severity="severity")
    masked = [pair.column for pair in draft.mapping.columns if pair.field == "hash"]
    told = pl.format("cannot be used ({})", "kind")
    file = file.with_columns(
        message=pl.when(pl.col("column").is_in(masked)).then(told).otherwise("message"),
        column=pl.col("column").replace(draft.names()),
    )
    return pl.concat([file, found], how="vertical_relaxed").sort("row", maintain_order=True)


def _kept(problems: pl.DataFrame, sheet: Sheet) -> tuple[Problem, ...]:
    kept = problems.head(KEPT_PROBLEMS).iter_rows()
    return tuple(Problem(*(*values, sheet.line_of(values[0]))) for values in kept)


def _counted(problems: pl.DataFrame) -> dict[str, int]:
    counts = problems.group_by("kind", maintain_order=True).len()
    return dict(zip(counts["kind"].to_list(), counts["len"].to_list(), strict=True))
