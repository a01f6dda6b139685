"""Making a plan: rows, the account's current state and a job come together here, and nowhere else.

Column-wise throughout; reads the account and never writes to it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import polars as pl

from ops.diff import CHANGED, NOW, WANT, Attribute, changed, given, json_object
from ops.fields import Field, json_text
from ops.files import default_home
from ops.jobs import find_job
from ops.jobs.base import RESTING, Job, JobOptions, Verb, check_options
from ops.leat.client import Timeouts, Wiring
from ops.leat.pace import DEFAULT_RATE, Pace
from ops.leat.profile import Account
from ops.leat.reader import Reader
from ops.lookup import Current, How, Identity, Wanted, read_attributes, read_current, read_identity
from ops.mapping import Mapping as ColumnMapping
from ops.mapping import Rule, suggest
from ops.plan import KEPT_PROBLEMS, VERSION, MappedField, Plan, PlanMeta, Problem, Reads, Source, write_plan
from ops.rows import Policy, RowOptions, Rows, hold_duplicates, make_rows
from ops.sheet import Sheet

ChooseMapping = Callable[[Sequence[str], Sequence[Field]], ColumnMapping]
"""Decides on a mapping from the columns of the file and the fields of the job and the account."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a plan is made.

    Attributes:
        options: The job's options, as text.
        dates: The format of date cells, when it is not ISO.
        decimal: The decimal mark of number cells.
        lookup: `list` or `find` to choose how the account is read.
        rate: Requests per second; None for no limit.
        progress: Told reads done and reads to do.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    dates: str | None = None
    decimal: str | None = None
    lookup: How = "auto"
    rate: float | None = DEFAULT_RATE
    timeouts: Timeouts = Timeouts()
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """What planning reads of an account before it looks at a file: who it is and what it can hold."""

    name: str
    identity: Identity
    attributes: tuple[Field, ...]

    def fields(self, job: type[Job]) -> tuple[Field, ...]:
        """Where a column can be mapped to: the job's fields and, when the job takes them, the account's attributes.

        A field of the job goes before an attribute of the same name.
        """
        own = {one.name for one in job.fields}
        attributes = [one for one in self.attributes if one.name not in own] if job.takes_attributes else []
        return (*job.fields, *attributes)


def wire_for(account: Account, options: PlanOptions) -> Wiring:
    """Connections for planning against an account, at the plan's rate."""
    return Wiring(account, Pace(options.rate), options.timeouts)


async def view_account(reader: Reader, account: Account) -> AccountView:
    """Read who the account is and what its contacts can hold."""
    attributes = await read_attributes(reader)
    return AccountView(account.name, await read_identity(reader, account.base_url), attributes)


async def make_plan(
    job: str | type[Job],
    sheet: Sheet,
    account: Account,
    *,
    out: Path | None = None,
    mapping: ColumnMapping | ChooseMapping | None = None,
    options: PlanOptions = PlanOptions(),
) -> Plan:
    """Read the account and save what a run would do to it, row by row.

    Args:
        job: The job or its name.
        sheet: The loaded file.
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
    check_options(kind, options.options)
    async with Reader(wire_for(account, options)) as reader:
        view = await view_account(reader, account)
        fields = view.fields(kind)
        mapped = mapping if isinstance(mapping, ColumnMapping) else (mapping or suggest)(sheet.columns, fields)
        # Columns of a million rows keep a core busy for seconds: not in the loop, where a screen may live.
        draft = await asyncio.to_thread(draft_rows, kind, sheet, mapped, view, options)
        wanted = await asyncio.to_thread(draft.wanted)
        current = await read_current(reader, wanted, options.lookup, progress=options.progress)
        planned = await asyncio.to_thread(draft.against, current, view, reads=reader.sent)
        return await asyncio.to_thread(planned.save, out or default_out(kind, sheet))


def default_out(job: type[Job], sheet: Sheet) -> Path:
    """Where a plan goes that was given no place: one a file and job, the latest."""
    return default_home() / "plans" / f"{sheet.path.stem}.{job.name}.{sheet.sha256[:8]}.plan.parquet"


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's rows, checked and mapped, before the account's contacts are known."""

    job: type[Job]
    sheet: Sheet
    mapping: ColumnMapping
    rows: Rows
    attributes: tuple[Attribute, ...]
    options: JobOptions = JobOptions()
    rate: float | None = DEFAULT_RATE

    def wanted(self) -> Wanted:
        """The keys of the rows that may act, and the attributes they touch."""
        live = self.rows.frame.filter(pl.col("error").is_null() & pl.col("hold").is_null())
        wanted = Wanted(attributes=tuple(attribute.name for attribute in self.attributes))
        if "uuid" in live.columns:
            wanted = replace(wanted, uuids=live["uuid"].drop_nulls().unique(maintain_order=True))
            live = live.filter(pl.col("uuid").is_null())
        if "email" in live.columns:
            some = live.unique("email.key", keep="first", maintain_order=True).drop_nulls("email.key")
            # The account may hold the other spelling of an internationalised host.
            otherwise = some.filter(pl.col("email").str.to_lowercase() != pl.col("email.key"))["email.key"]
            wanted = replace(wanted, emails=pl.concat([some["email"], otherwise.alias("email")]))
        return wanted

    def against(self, current: Current, view: AccountView, *, reads: int) -> PlannedActions:
        """Hold the rows against the account's contacts."""
        table = actions_table(self.job(self.options, self.attributes), self.rows, current, policy(self.options))
        return PlannedActions(self, view, current, reads, table)


@dataclass(frozen=True, slots=True)
class PlannedActions:
    """The actions of a plan that is not saved yet."""

    draft: Draft
    view: AccountView
    current: Current
    reads: int
    table: pl.DataFrame

    def save(self, out: Path) -> Plan:
        """Write the plan."""
        verbs = self.table["verb"].value_counts()
        counts = dict(zip(verbs["verb"].to_list(), verbs["count"].to_list(), strict=True))
        draft = self.draft
        meta = PlanMeta(
            version=VERSION,
            job=draft.job.name,
            options=dict(draft.options.values),
            mapping=tuple(MappedField(c.column, c.field, c.rule.value, c.why) for c in draft.mapping.columns),
            kinds={attribute.name: attribute.kind.value for attribute in draft.attributes},
            source=_source(draft),
            base_url=self.view.identity.base_url,
            shops=self.view.identity.shops,
            programs=self.view.identity.programs,
            account=self.view.name,
            checksum="",
            made_at=time.time(),
            rows=self.table.height,
            verbs={verb.value: counts.get(verb.value, 0) for verb in Verb},
            writes=int(self.table["writes"].sum()),
            lookup=Reads(self.current.how, self.current.why, self.reads),
            rate=draft.rate,
            problems=_problems(draft.rows),
            problem_counts=_problem_counts(draft.rows),
        )
        return write_plan(out, meta, self.table.drop("writes"), draft.sheet.frame)


def _source(draft: Draft) -> Source:
    sheet = draft.sheet
    left_out = tuple(draft.mapping.left_out(sheet.columns))
    return Source(sheet.path.name, sheet.sha256, tuple(sheet.columns), left_out, tuple(sheet.notes))


def _problems(rows: Rows) -> tuple[Problem, ...]:
    kept = rows.problems.head(KEPT_PROBLEMS).select("row", "column", "kind", "message", "severity")
    return tuple(Problem(*values) for values in kept.iter_rows())


def _problem_counts(rows: Rows) -> dict[str, int]:
    counts = rows.problems.group_by("kind", maintain_order=True).len()
    return dict(zip(counts["kind"].to_list(), counts["len"].to_list(), strict=True))


def draft_rows(job: type[Job], sheet: Sheet, mapping: ColumnMapping, view: AccountView, options: PlanOptions) -> Draft:
    """Check and map a file's rows; nothing is read."""
    chosen = check_options(job, options.options)
    row_options = RowOptions(options.dates, options.decimal, policy(chosen))
    rows = make_rows(sheet, mapping, view.fields(job), row_options, job.needs)
    attributes = tuple(Attribute(f.name, f.kind, rows.rules.get(f.name, Rule.OVERWRITE)) for f in rows.fields)
    return Draft(job, sheet, mapping, rows, attributes, chosen, options.rate)


def policy(options: JobOptions) -> Policy:
    """What to do with rows that share a key; the choices were checked with the options."""
    return cast(Policy, options["duplicates"])


def actions_table(job: Job, rows: Rows, current: Current, duplicates: Policy) -> pl.DataFrame:
    """The actions, one line a row in the file's order, with a `writes` column of the requests each will take."""
    attributes = job.attributes
    joined = resolve(rows.frame, current.contacts)
    if current.refused:
        joined = _with_refusals(joined, current.refused)
    if "uuid" in joined.columns and "email" in joined.columns:
        joined = _hold_shared_targets(joined, duplicates)
    found = pl.col("found")
    flags = [
        pl.when(found).then(changed(a)).otherwise(given(a)).fill_null(value=False).alias(CHANGED + a.name)
        for a in attributes
    ]
    changes = pl.any_horizontal([CHANGED + a.name for a in attributes]) if attributes else pl.lit(value=False)
    rests = pl.col("verb").is_in([verb.value for verb in RESTING])
    reason = pl.coalesce("error", "hold", "conflict", job.hold())
    verb = (
        pl.when(pl.col("error").is_not_null())
        .then(pl.lit(Verb.INVALID.value))
        .when(pl.col("reason").is_not_null())
        .then(pl.lit(Verb.HELD.value))
        .otherwise(job.verb())
    )
    creates = pl.col("verb") == Verb.CREATE.value
    return (
        joined.lazy()
        .with_columns(flags)
        .with_columns(changes.alias("changes"), reason.alias("reason"))
        .with_columns(verb.alias("verb"))
        .select(
            "row",
            "verb",
            pl.coalesce([name for name in ("email", "uuid") if name in joined.columns]).alias("key"),
            "target",
            pl.when(~rests & ~creates).then(json_object(attributes, NOW)).alias("before"),
            pl.when(~rests)
            .then(_with_extras(job, joined.columns, json_object(attributes, WANT), creates))
            .alias("after"),
            "reason",
            pl.when(rests).then(0).otherwise(job.writes()).cast(pl.UInt32).alias("writes"),
        )
        .collect()
    )


def _with_extras(job: Job, columns: Sequence[str], after: pl.Expr, creates: pl.Expr) -> pl.Expr:
    """The wanted values with the key fields that go into a new contact, such as its referral code."""
    for name in job.extras():
        if name in columns:
            member = pl.concat_str(pl.lit(f'"{name}":'), json_text(pl.col(name)))
            rest = after.str.slice(1)
            joined = pl.concat_str(
                pl.lit("{"), member, pl.when(rest == "}").then(pl.lit("")).otherwise(pl.lit(",")), rest
            )
            after = pl.when(creates & pl.col(name).is_not_null()).then(joined).otherwise(after)
    return after


def resolve(rows: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Join each row to its contact: adds `target`, `found`, `times`, `conflict` and the `now.` columns.

    The account's side is made unique before each join, so that a row stays one row. A uuid goes before an
    address; where both are given they must name one contact.
    """
    unique = contacts.drop("email").with_columns(pl.lit(value=True).alias("found"))
    by_email = unique.filter(pl.col("email.key").is_not_null())
    times = by_email.group_by("email.key").len("times")
    twice = times.filter(pl.col("times") > 1)
    by_email = by_email.unique("email.key", keep="first", maintain_order=True).rename({"uuid": "target"})
    none = pl.lit(None, pl.String)
    if "uuid" not in rows.columns:
        joined = rows.join(by_email, on="email.key", how="left", maintain_order="left")
        joined = joined.join(twice, on="email.key", how="left", maintain_order="left")
        return _completed(joined, none)
    if "email" not in rows.columns:
        joined = rows.join(unique.drop("email.key"), on="uuid", how="left", maintain_order="left")
        return _completed(joined.with_columns(target="uuid", times=pl.lit(1, pl.UInt32)), none)
    addressed = rows.join(
        by_email.select("email.key", pl.col("target").alias("by_email")),
        on="email.key",
        how="left",
        maintain_order="left",
    ).join(twice, on="email.key", how="left", maintain_order="left")
    targeted = addressed.with_columns(pl.coalesce("uuid", "by_email").alias("target"))
    has_both = pl.col("uuid").is_not_null() & pl.col("email.key").is_not_null()
    joined = targeted.join(
        unique.rename({"uuid": "target", "email.key": "its.key"}),
        on="target",
        how="left",
        maintain_order="left",
    )
    differs = has_both & pl.col("found") & pl.col("its.key").ne_missing(pl.col("email.key"))
    conflict = pl.when(differs).then(pl.lit("conflict: the uuid and the e-mail address belong to different contacts"))
    by_uuid = pl.col("uuid").is_not_null()
    return _completed(joined.with_columns(times=pl.when(~by_uuid).then("times")), conflict)


def _completed(joined: pl.DataFrame, conflict: pl.Expr) -> pl.DataFrame:
    return joined.with_columns(
        pl.col("found").fill_null(value=False),
        pl.col("times").fill_null(1),
        conflict.alias("conflict"),
    ).with_columns(pl.when("found").then("target").alias("target"))


def _with_refusals(joined: pl.DataFrame, refused: Mapping[str, str]) -> pl.DataFrame:
    """Hold the rows whose key the account refused to look up, in its own words."""
    keys = pl.coalesce([name for name in ("uuid", "email") if name in joined.columns])
    words = keys.replace_strict(refused, default=None, return_dtype=pl.String)
    why = pl.when(words.is_not_null()).then(pl.concat_str(pl.lit("the account refuses to look it up: "), words))
    return joined.with_columns(pl.coalesce("conflict", why).alias("conflict"))


def _hold_shared_targets(joined: pl.DataFrame, duplicates: Policy) -> pl.DataFrame:
    """Two rows that name one contact in two ways are duplicates, too."""
    safe = pl.all_horizontal(pl.col("error", "hold", "conflict").is_null())
    live = pl.when(safe & pl.col("found")).then("target")
    held = hold_duplicates(joined.with_columns(live.alias("shared")), "shared", duplicates, "the same contact")
    return joined.with_columns(pl.coalesce("hold", held).alias("hold"))
