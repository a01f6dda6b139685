"""The plan: one Parquet file of actions, one row an input row, bound by a checksum to what it was made from.

Made by `planner`, run by `run`; nothing here reads the account or the input file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final, Self

import msgspec
import polars as pl

from ops.diff import Attribute
from ops.errors import ConsentError, OptionError, PlanError
from ops.fields import Kind
from ops.files import META_KEY, replacing
from ops.jobs import find_job
from ops.jobs.base import RESTING, Action, Job, State, Verb
from ops.jobs.options import JobOptions
from ops.leat.records import decode, encode
from ops.mapping import MappedColumn, Rule
from ops.mapping import Mapping as ColumnMapping
from ops.plan_file import read_rows, reading, stored_meta
from ops.plan_meta import PlanMeta

VERSION: Final = 1
ACTION_COLUMNS: Final = ("row", "verb", "key", "target", "before", "after", "reason")
PURGED: Final = ("target", "before", "after")
"""What a private job's plan forgets of a row once nobody is left to be erased."""
INPUT: Final = "input."
"""Prefix of the input's columns, which may have any name."""
WINDOW: Final = 20_000
"""Rows a row group; readers hold one at a time."""
MASK: Final = "********"
"""What stands for a cell that may be in no file."""
KEPT_PROBLEMS: Final = 1_000
SHOWN_PROBLEMS: Final = 100
"""So many problems stand in `Plan.document`."""
ACCOUNT_READS: Final = 2
"""Requests by which a run sees that the account is the plan's."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A saved table of actions: its path, its metadata and its counts; the rows stay in the file.

    The verbs of `meta.verbs` add up to `meta.rows`.
    """

    path: Path
    meta: PlanMeta

    @property
    def checksum(self) -> str:
        """SHA-256 over the actions and what they are bound to."""
        return self.meta.checksum

    @property
    def counts(self) -> dict[str, int]:
        """Rows by verb."""
        return dict(self.meta.verbs)

    @property
    def acting(self) -> int:
        """Rows that will send something; the number a consent names."""
        return sum(count for verb, count in self.meta.verbs.items() if verb not in RESTING)

    @property
    def resting(self) -> dict[State, int]:
        """Rows that are settled before anything is sent: same, invalid and held."""
        return {State(verb): self.meta.verbs.get(verb, 0) for verb in ("same", "invalid", "held")}

    @property
    def run_reads(self) -> int:
        """Reads of a run beside its writes: who the account is, and each target again where the job destroys."""
        return ACCOUNT_READS + self.meta.reads

    @property
    def needs_count(self) -> bool:
        """Whether it destroys or spends, so that consent names the exact number of acting rows."""
        return any(self.meta.verbs.get(verb, 0) for verb in find_job(self.meta.job).guarded)

    @property
    def estimate_seconds(self) -> float | None:
        """How long the run will take at the plan's rate, in seconds; None without a limit."""
        rate = self.meta.rate
        return None if not rate else round((self.run_reads + self.meta.writes) / rate, 1)

    def document(self) -> dict[str, Any]:
        """The shape scripts rely on."""
        meta = self.meta
        return {
            "plan": str(self.path),
            "checksum": meta.checksum,
            "job": meta.job,
            "rows": meta.rows,
            "verbs": self.counts,
            "confirm": self.acting,
            "requests": {
                "plan_reads": meta.lookup.requests,
                "run_reads": self.run_reads,
                "run_writes": meta.writes,
            },
            "totals": meta.totals,
            "notes": list(meta.notes),
            "estimate_seconds": self.estimate_seconds,
            "problems": [problem.document() for problem in meta.problems[:SHOWN_PROBLEMS]],
        }

    @property
    def mapping(self) -> ColumnMapping:
        """Which column is which field."""
        columns = (MappedColumn(m.column, m.field, Rule(m.rule), m.why) for m in self.meta.mapping)
        return ColumnMapping(tuple(columns))

    def job(self) -> Job:
        """The job with the plan's options."""
        rules = {pair.field: pair.rule for pair in self.mapping.columns}
        attributes = [Attribute(name, Kind(kind), rules[name]) for name, kind in self.meta.kinds.items()]
        return find_job(self.meta.job)(JobOptions(self.meta.options), attributes)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Open a plan.

        Raises:
            PlanError: There is no such file, or it is not a plan of this version.
        """
        plan = cls(path, _meta(stored_meta(path), path))
        try:
            plan.job()
        except (OptionError, ValueError, KeyError) as error:
            raise _damaged(path, error) from None
        return plan

    def save(self, path: Path) -> Plan:
        """Copy the plan to another place, whole."""
        with self.path.open("rb") as source, replacing(path) as target:
            while block := source.read(1 << 20):
                target.write(block)
        return Plan(path, self.meta)

    def verify(self) -> None:
        """Check that the rows are the ones that were reviewed.

        Raises:
            PlanError: The file was changed after it was made.
        """
        with reading(self.path):
            digest = checksum(self.meta, self.windows(ACTION_COLUMNS))
        if digest != self.meta.checksum:
            raise PlanError(f"{self.path} was changed after it was made: plan again.", file=str(self.path))

    def raise_if_unsafe(self, *, agreed: bool = False, confirm: int | None = None) -> None:
        """Refuse a run without the consent the job asks for.

        Args:
            agreed: The person has said yes to this plan.
            confirm: The number of acting rows, as the person gave it.

        Raises:
            ConsentError: The consent is missing, or names another number.
        """
        if confirm is not None and confirm != self.acting:
            raise ConsentError(f"--confirm {confirm} does not fit: {self.acting} rows would act. Nothing was sent.")
        if self.needs_count and confirm is None:
            raise ConsentError(
                f"{self.meta.job} cannot be undone: confirm with --confirm {self.acting}. Nothing was sent."
            )
        if not agreed and confirm is None:
            raise ConsentError(f"{self.acting} rows would act: say yes with --yes. Nothing was sent.")

    def windows(self, columns: tuple[str, ...] | None = None) -> Iterator[pl.DataFrame]:
        """The rows in order, one row group at a time.

        Raises:
            PlanError: The file is damaged.
        """
        chosen = pl.all() if columns is None else pl.col(columns)
        for start in range(0, self.meta.rows, WINDOW):
            yield self.read(partial(_cut, start, chosen))

    def read(self, query: Callable[[pl.LazyFrame], pl.LazyFrame]) -> pl.DataFrame:
        """What a query finds among the rows: `ACTION_COLUMNS`, and the input's behind `INPUT`.

        Raises:
            PlanError: The file is damaged.
        """
        return read_rows(self.path, query)

    def actions(self, run: str = "") -> Iterator[list[Action]]:
        """The rows that act, in order, a window at a time, for the run of a name."""
        for window in self.windows(ACTION_COLUMNS[:-1]):
            acting = window.filter(~pl.col("verb").is_in([verb.value for verb in RESTING]))
            yield [_action(run, *values) for values in acting.iter_rows()]

    def diff(self, limit: int | None = None) -> pl.DataFrame:
        """The action columns as a frame: `row, verb, key, target, before, after, reason`."""
        return self.read(lambda rows: rows.select(ACTION_COLUMNS).slice(0, limit))

    def _repr_html_(self) -> str:
        verbs = "".join(f"<tr><td>{escape(v)}</td><td>{n:,}</td></tr>" for v, n in self.meta.verbs.items() if n)
        return f"<b>Plan</b> {escape(self.meta.job)} of {escape(self.meta.made_from)}<table>{verbs}</table>"


def _cut(start: int, columns: pl.Expr, rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select(columns).slice(start, WINDOW)


def _action(  # noqa: PLR0913, PLR0917 - a line of the plan
    run: str, row: int, verb: str, key: str | None, target: str | None, before: str | None, after: str | None
) -> Action:
    return Action(row, Verb(verb), key or "", target, _values(before), _values(after), run)


def _values(text: str | None) -> Mapping[str, Any]:
    return {} if text is None else decode(text.encode(), dict[str, Any])


def _meta(stored: str, path: Path) -> PlanMeta:
    try:
        version = msgspec.json.decode(stored, type=dict[str, Any]).get("version")
        if version != VERSION:
            raise PlanError(
                f"{path} is a plan of version {version}; this program reads {VERSION}: plan again.",
                file=str(path),
            )
        return msgspec.json.decode(stored, type=PlanMeta)
    except msgspec.MsgspecError as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> PlanError:
    return PlanError(f"{path} holds a damaged plan: {error}.", file=str(path))


def checksum(meta: PlanMeta, windows: Iterator[pl.DataFrame]) -> str:
    """SHA-256 over the binding and the actions, whatever the compression and the library's version."""
    digest = hashlib.sha256(meta.binding())
    # What a plan knows of people to be erased leaves it as they go, and its name stays.
    gone = [pl.lit(None, pl.String).alias(name) for name in PURGED] if find_job(meta.job).private else []
    for window in windows:
        text = BytesIO()
        window.select(ACTION_COLUMNS).with_columns(gone).write_csv(
            text, include_header=False, quote_style="non_numeric", null_value="\\N"
        )
        digest.update(text.getbuffer())
    return digest.hexdigest()


def write_plan(path: Path, meta: PlanMeta, actions: pl.DataFrame, cells: pl.DataFrame) -> Plan:
    """Write a plan whole.

    Args:
        path: The file; one that stands there is replaced.
        meta: The metadata; its checksum is filled in here.
        actions: `ACTION_COLUMNS`, one line an input row.
        cells: The input's columns under their own names, in the same order.
    """
    slices = (actions.slice(start, WINDOW) for start in range(0, actions.height, WINDOW))
    final = msgspec.structs.replace(meta, checksum=checksum(meta, slices))
    table = pl.concat([actions, cells.rename({name: INPUT + name for name in cells.columns})], how="horizontal")
    with replacing(path) as file:
        try:
            table.write_parquet(
                file.name,
                compression="lz4",
                statistics=False,
                row_group_size=WINDOW,
                metadata={META_KEY: encode(final).decode()},
            )
        except pl.exceptions.ComputeError as error:
            # What polars says of a disk that is full.
            raise OSError(str(error)) from error
    return Plan(path, final)
