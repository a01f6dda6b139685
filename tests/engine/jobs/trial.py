"""One test's sandbox, folder and home: plans that are seen to write nothing, and quick runs of them."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from ops.control import Control
from ops.draft import PlanOptions
from ops.drive import Patience
from ops.jobs import JOBS
from ops.jobs.base import Action, Finished, Job
from ops.jobs.options import check_options
from ops.lookup import How
from ops.mapping import Mapping
from ops.notebook import Consent, run_plan
from ops.plan import Plan
from ops.planner import make_plan
from ops.report import Report, report_ended
from ops.run import Ended, RunOptions, continue_run
from ops.runs import Runs
from ops.sandbox import Sandbox
from ops.sandbox.records import Contact
from ops.sheet import read_sheet
from tests.engine.files import QUICK, account_of, write_csv

EAGER = replace(QUICK, patience=Patience(first_pause=0.01, longest_pause=0.05, first_poll=0.02, poll_limit=5.0))
"""Waits for nothing longer than the sandbox makes it."""
GIFT_MAILS = 1 << 5
"""The subscription without which the sandbox mails no card."""

Row = Sequence[str]


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a plan."""

    verb: str
    key: str | None
    target: str | None
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str

    @property
    def why(self) -> str:
        """The first words of the reason."""
        return self.reason.split(":")[0]


def lines_of(plan: Plan) -> list[Line]:
    """The rows of a plan in order."""
    return [
        Line(r["verb"], r["key"], r["target"], _object(r["before"]), _object(r["after"]), r["reason"] or "")
        for r in plan.diff().to_dicts()
    ]


def _object(text: str | None) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(text or "{}")
    return values


def verdicts(plan: Plan) -> list[tuple[str, str]]:
    """The verb of each row and the first words of its reason."""
    return [(line.verb, line.why) for line in lines_of(plan)]


@dataclass(frozen=True, slots=True)
class Trial:
    """A place to plan and run in."""

    sandbox: Sandbox
    folder: Path

    @property
    def home(self) -> Path:
        """Where runs are kept."""
        return self.folder / "home"

    async def plan(
        self,
        job: str,
        header: Sequence[str],
        rows: Iterable[Row],
        *,
        decimal: str | None = None,
        lookup: How = "auto",
        mapping: Mapping | None = None,
        **options: str,
    ) -> Plan:
        """A plan of a file of these rows, which has sent no write and nothing that breaks the protocol."""
        file = write_csv(self.folder / "in.csv", header, rows)
        how = PlanOptions(options=options, decimal=decimal, lookup=lookup, rate=None, home=self.home)
        return await self._planned(job, file, how, mapping)

    async def blank_plan(self, job: str, **options: str) -> Plan:
        """A plan without a file."""
        return await self._planned(job, None, PlanOptions(options=options, rate=None), None)

    async def _planned(self, job: str, file: Path | None, how: PlanOptions, mapping: Mapping | None) -> Plan:
        ledger = self.sandbox.ledger
        writes, requests = ledger.writes, ledger.requests
        plan = await make_plan(
            job,
            read_sheet(file) if file else None,
            account_of(self.sandbox),
            out=self.home / "plans" / f"{job}.plan.parquet",
            mapping=mapping,
            options=how,
        )
        assert ledger.writes == writes
        assert ledger.requests == requests + plan.meta.lookup.requests
        assert ledger.violations == []
        return plan

    async def run(self, plan: Plan, options: RunOptions = EAGER, **changes: Any) -> Report:
        """Run a plan to its end; every row is in one place, and nothing breaks the protocol."""
        consent = Consent(yes=True, confirm=plan.acting if plan.needs_count else None)
        report = await run_plan(
            plan, account_of(self.sandbox), consent, home=self.home, options=replace(options, **changes)
        )
        return self.checked(report)

    async def resume(self, options: RunOptions = EAGER, **changes: Any) -> Report:
        """Go on with the last run."""
        folder = Runs(self.home).find("last")
        moments = continue_run(folder, account_of(self.sandbox), replace(options, **changes), Control())
        [ended] = [moment async for moment in moments if isinstance(moment, Ended)]
        return self.checked(report_ended(ended))

    def checked(self, report: Report) -> Report:
        """The same report, once it adds up."""
        assert sum(report.counts.values()) == report.rows == report.results.height
        assert report.results["_row"].to_list() == [str(n) for n in range(1, report.rows + 1)]
        assert self.sandbox.ledger.violations == []
        return report

    def known(self, count: int, first: int = 0) -> list[Contact]:
        """Contacts with an address of their own."""
        store = self.sandbox.store
        alone = [c for c in store.order if not c.anonymous and len(store.contacts_by_email(c.email)) == 1]
        return alone[first : first + count]

    def takers(self, count: int) -> list[Contact]:
        """Contacts who take mails about gift cards."""
        return [c for c in self.known(1_000) if c.subscriptions & GIFT_MAILS][:count]

    def anonymous(self, count: int) -> list[Contact]:
        """Contacts known by an identifier alone."""
        return [c for c in self.sandbox.store.order if c.anonymous][:count]

    def namesakes(self) -> tuple[Contact, Contact]:
        """Two contacts with one address."""
        store = self.sandbox.store
        one, two = next(found for c in store.order if len(found := store.contacts_by_email(c.email)) == 2)
        return one, two

    def contact(self, uuid: str) -> Contact | None:
        """A contact as the account has it now."""
        return self.sandbox.store.contacts.get(uuid)

    def patience(self, **changes: float) -> Patience:
        """The patience of quick runs, but for these."""
        return replace(EAGER.patience, **changes)  # type: ignore[arg-type]

    def writes(self) -> list[str]:
        """The endpoints written to since the ledger was reset."""
        return [entry.endpoint for entry in list(self.sandbox.ledger.entries) if entry.write]


def counts(report: Report) -> dict[str, int]:
    """Its counts without the zeros."""
    return {state: count for state, count in report.counts.items() if count}


def told(report: Report, *columns: str) -> list[tuple[str | None, ...]]:
    """Some columns of `results.csv`."""
    return report.results.select(columns).rows()


def all_files(*places: Path) -> dict[Path, bytes]:
    """Every file of some places, whole."""
    inside = [path for place in places for path in ([place] if place.is_file() else place.rglob("*"))]
    return {path: path.read_bytes() for path in inside if path.is_file()}


def parquet_cells(plan: Plan) -> str:
    """All a plan holds, its columns being compressed on disk."""
    frame = pl.read_parquet(plan.path, glob=False)
    return frame.write_csv() + repr(plan.meta)


def job_of(name: str, **options: str) -> Job:
    """A job with its options."""
    return JOBS[name](check_options(JOBS[name], options))


def play(work: Job, action: Action, *replies: Any, look: bool = False) -> tuple[list[Any], Finished | None]:
    """What an action's steps, or its second look, ask for when fed these replies, and how it ends."""
    steps: Generator[Any, Any, Finished | None] = work.look_again(action) if look else work.steps(action)
    asked: list[Any] = []
    queue: list[Any] = [None, *replies]
    while True:
        try:
            asked.append(steps.send(queue.pop(0)))
        except StopIteration as stop:
            assert not queue, "every reply was used"
            return asked, stop.value
