"""The files of a run: what happened to every row, what to try again, what nobody knows, and the sums.

Written from the plan and the journal alone, as often as wanted; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import polars as pl

from ops.advice import Advice
from ops.codes_file import CODES
from ops.erasure import purge
from ops.errors import InputError, LeatopsError
from ops.events import Look
from ops.files import write_private
from ops.jobs.base import State
from ops.outcomes import needs_a_look, outcomes
from ops.page import render_page
from ops.plan import Plan
from ops.receipt import held_in_home, receipt_file
from ops.run import Ended
from ops.runs import RunFolder
from ops.tables import csv_file, results, retry, to_be_looked_at, unknown
from ops.tally import opening_counts, unended
from ops.triage import Group, Triage

NOTHING: Final = Advice()
SHOWN_WORST: Final = 200
"""So many rows that need a look are shown."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where the files of a run lie."""

    results: Path
    retry: Path
    unknown: Path
    summary: Path
    report: Path
    codes: Path
    """Only there once the codes of new gift cards were asked for."""
    receipt: Path | None = None
    """Only a job that erases people has one."""

    @classmethod
    def of(cls, folder: RunFolder, *, private: bool = False) -> Files:
        """The fixed names."""
        path = folder.path
        return cls(
            path / "results.csv",
            path / "retry.csv",
            path / "unknown.csv",
            path / "summary.json",
            path / "report.html",
            path / CODES,
            path / "receipt.json" if private else None,
        )

    def document(self) -> dict[str, str]:
        """As scripts see them."""
        return {
            "results": str(self.results),
            "retry": str(self.retry),
            "unknown": str(self.unknown),
            "summary": str(self.summary),
            "report": str(self.report),
            **({"receipt": str(self.receipt)} if self.receipt is not None else {}),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """A run's outcome: the document of `run --json` and the files.

    The seven counts add up to the plan's rows.
    """

    run: str
    folder: Path
    job: str
    state: str
    rows: int
    counts: dict[str, int]
    requests: int
    retries: int
    seconds: float
    files: Files
    why: str = ""
    unwritten: str = ""
    """Why the files of the run could not be written; those from before, if any, are as they were."""
    triage: tuple[Group, ...] = ()
    """The rows that did not go well by cause, the largest group first."""
    looks: Mapping[str, int] = field(default_factory=dict)
    """Rows by what reading them back has shown; a row that was not read back is in none."""
    for_nobody: int = 0
    """Refused rows that were to erase somebody whom the account does not have."""
    held_outside: tuple[str, ...] = ()
    """Files that hold the data of people who were to be erased, and that nothing here touches: the input, whose name
    is not kept, and a plan file that could not be changed."""
    held_in_home: tuple[str, ...] = ()
    """Runs, by id, and plans of this home that hold data of the people who were to be erased."""

    def document(self) -> dict[str, Any]:
        """The shape scripts rely on."""
        return {
            "run": self.run,
            "folder": str(self.folder),
            "job": self.job,
            "state": self.state,
            "rows": self.rows,
            "counts": self.counts,
            "requests": self.requests,
            "retries": self.retries,
            "seconds": round(self.seconds, 3),
            "files": self.files.document(),
            **({"why": self.why} if self.why and self.state == "stopped" else {}),
            **({"unwritten": self.unwritten} if self.unwritten else {}),
        }

    @property
    def verified(self) -> int:
        """Rows that were read back and are as they were written."""
        return self.looks.get(Look.VERIFIED, 0)

    @property
    def mismatch(self) -> int:
        """Rows that were read back and are not as they were written."""
        return self.looks.get(Look.MISMATCH, 0)

    @property
    def unread(self) -> int:
        """Rows that were to be read back and could not be."""
        return self.looks.get(Look.UNREAD, 0)

    @property
    def resends(self) -> int:
        """Refused rows that a resume would send again, when it is asked to."""
        return self.counts[State.REFUSED.value] - self.for_nobody

    @property
    def results(self) -> pl.DataFrame:
        """`results.csv` as a frame, every cell text."""
        return pl.read_csv(self.files.results, infer_schema=False, glob=False)

    @property
    def has_retry(self) -> bool:
        """Whether `retry.csv` holds a row: not every refused one may be planned again."""
        try:
            return pl.read_csv(self.files.retry, infer_schema=False, n_rows=1, glob=False).height > 0
        except (OSError, pl.exceptions.PolarsError):
            return False

    def _repr_html_(self) -> str:
        cells = "".join(f"<tr><td>{escape(s)}</td><td>{n:,}</td></tr>" for s, n in self.counts.items())
        return f"<b>Run</b> {escape(self.run)}: {escape(self.state)}<table>{cells}</table>"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run of the home stands, told without writing anything.

    The counts add up to the rows, unless the run is damaged.
    """

    folder: RunFolder
    job: str
    source: str
    """The file the plan was made from, as `PlanMeta.made_from` tells it."""
    state: Literal["running", "stopped", "finished", "damaged"]
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    unended: int = 0
    """Rows that a resume would go on with."""
    advice: Advice = NOTHING
    """What is wrong with a damaged run."""
    account: str = ""
    """The name of the account it was planned against, if that had one."""
    base_url: str = ""

    @property
    def message(self) -> str:
        """The same in the words of the command line."""
        return str(self.advice)


def standing(folder: RunFolder) -> Standing:
    """See how a run stands; one that a process holds is running, one that cannot be read is damaged."""
    try:
        plan, journal = folder.plan, folder.journal
        counts = {state.value: number for state, number in opening_counts(plan, journal).items()}
        left, held = unended(plan, journal), folder.is_held
    except LeatopsError as error:
        return Standing(folder, "", "", "damaged", advice=error.advice)
    except OSError as error:
        return Standing(folder, "", "", "damaged", advice=Advice(f"{folder.path} cannot be used: {error.strerror}."))
    meta = plan.meta
    state: Literal["running", "stopped", "finished"] = "running" if held else "stopped" if left else "finished"
    found = Standing(folder, meta.job, meta.made_from, state, meta.rows, counts, left)
    return replace(found, account=meta.account, base_url=meta.base_url)


def report_ended(ended: Ended) -> Report:
    """Write the files of a run that this process has just worked on; its work is added to that before it.

    Files that cannot be written change nothing of how the run ended: the report says so.
    """
    folder, tally = ended.folder, ended.tally
    counts = {state.value: tally.counts[state] for state in State}
    why = ended.error.message if ended.error is not None else ended.why if ended.state == "stopped" else ""
    old = _old_work(folder)
    work = _Work(tally.requests + old.requests, tally.retries + old.retries, tally.seconds + old.seconds, why)
    report = _report(folder, ended.state, counts, work)
    try:
        return _write(folder, report)
    except LeatopsError as error:
        return replace(report, unwritten=error.message)


def report_again(folder: RunFolder) -> Report:
    """Write the files of a run again; the work it took is as its last summary has it.

    Raises:
        LeatopsError: The run cannot be read, or its files not be written.
    """
    folder.check()
    plan, journal = folder.plan, folder.journal
    counts = {state.value: count for state, count in opening_counts(plan, journal).items()}
    state = "stopped" if unended(plan, journal) else "finished"
    return _write(folder, _report(folder, state, counts, _old_work(folder)))


class _Work(msgspec.Struct, frozen=True):
    """What a run took, as its summary keeps it."""

    requests: int = 0
    retries: int = 0
    seconds: float = 0.0
    why: str = ""


def _old_work(folder: RunFolder) -> _Work:
    try:
        return msgspec.json.decode(Files.of(folder).summary.read_bytes(), type=_Work)
    except (OSError, msgspec.MsgspecError):
        return _Work()


def _report(folder: RunFolder, state: str, counts: dict[str, int], work: _Work) -> Report:
    plan = folder.plan
    private = plan.job().private
    return Report(
        folder.id,
        folder.path,
        plan.meta.job,
        state,
        plan.meta.rows,
        counts,
        work.requests,
        work.retries,
        work.seconds,
        Files.of(folder, private=private),
        work.why,
        held_outside=(plan.meta.made_from,) if private else (),
        held_in_home=tuple(held_in_home(folder, plan)) if private else (),
    )


def _write(folder: RunFolder, report: Report) -> Report:
    left = _purged(folder)
    plan = folder.plan
    if left is not None and plan.job().private:
        report = replace(report, held_outside=(*report.held_outside, str(left)))
    found = _write_tables(folder, plan, report.files, left)
    report = replace(report, triage=found.groups(), looks=found.looks, for_nobody=found.for_nobody)
    summary = _summary(report, plan)
    write_private(report.files.summary, msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")
    write_private(report.files.report, render_page(summary, worst(folder)).encode())
    return report


def _purged(folder: RunFolder) -> Path | None:
    """Rid the run's plans of the people who are gone; returns the plan file that could not be."""
    try:
        purge(folder)
    except InputError as error:
        return Path(str(error.where["file"]))
    return None


def _write_tables(folder: RunFolder, plan: Plan, files: Files, left: Path | None) -> Triage:
    """Write what has a line a row, all in one reading of the journal; returns what did not go well."""
    job, sorting = plan.job(), Triage(plan, folder.id)
    with ExitStack() as open_files:
        add_result = open_files.enter_context(csv_file(files.results))
        add_retry = open_files.enter_context(csv_file(files.retry))
        add_unknown = open_files.enter_context(csv_file(files.unknown))
        receipt = None
        if files.receipt is not None:
            receipt = open_files.enter_context(receipt_file(files.receipt, folder, plan, left))
        for window in outcomes(plan, folder.journal):
            add_result(results(window, job))
            add_retry(retry(window, job))
            add_unknown(unknown(window, job))
            sorting.add(window)
            if receipt is not None:
                receipt.add(window)
    return sorting


def _summary(report: Report, plan: Plan) -> dict[str, Any]:
    seconds = report.seconds
    finished = report.rows - report.counts[State.PENDING.value]
    return report.document() | {
        "why": report.why,
        "requests_per_second": round(report.requests / seconds, 2) if seconds else None,
        "rows_finished": finished,
        "verified": report.verified,
        "mismatch": report.mismatch,
        "unread": report.unread,
        "triage": [group.document() for group in report.triage],
        "plan": {
            "checksum": plan.checksum,
            "made_at": datetime.fromtimestamp(plan.meta.made_at, UTC).isoformat(timespec="seconds"),
            "source": plan.meta.made_from,
            "source_sha256": plan.meta.source.sha256,
            "options": plan.meta.options,
        },
        "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def worst(folder: RunFolder, limit: int = SHOWN_WORST) -> list[dict[str, str]]:
    """The first rows that did not go well: `row`, `status`, `message`.

    Raises:
        LeatopsError: The run cannot be read.
    """
    found: list[dict[str, str]] = []
    for window in outcomes(folder.plan, folder.journal):
        bad = window.filter(needs_a_look()).head(limit - len(found))
        found.extend(
            {"row": str(row), "status": status, "message": message or ""}
            for row, status, message in bad.select("row", "status", "message").iter_rows()
        )
        if len(found) >= limit:
            break
    return found


def rows_of(report: Report, group: Group) -> Iterator[tuple[int, pl.DataFrame]]:
    """The rows behind a cause, as the run's files have them, a window of the plan at a time.

    Yields:
        How many rows of the run were looked at so far, and those of the window that belong to the cause: as
        `tables.to_be_looked_at` has them.

    Raises:
        LeatopsError: The run cannot be read.
    """
    folder = RunFolder(report.folder)
    plan, looked = folder.plan, 0
    job, sorting = plan.job(), Triage(plan, folder.id)
    for window in outcomes(plan, folder.journal):
        looked += window.height
        yield looked, to_be_looked_at(sorting.rows_of(group, report.triage, window), job)
