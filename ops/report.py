"""The files of a run: what happened to every row, what to try again, what nobody knows, and the sums.

Written from the plan and the journal alone, as often as wanted; nothing is sent.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import polars as pl

from ops.codes_file import CODES
from ops.erasure import purge
from ops.errors import InputError, LeatopsError
from ops.files import write_private
from ops.jobs.base import State
from ops.outcomes import outcomes
from ops.page import render_page
from ops.plan import Plan
from ops.receipt import receipt_file
from ops.run import Ended
from ops.runs import RunFolder
from ops.tables import csv_file, results, retry, unknown
from ops.tally import opening_counts, unended

NEED_A_LOOK: Final = (State.REFUSED.value, State.UNKNOWN.value, State.HELD.value, State.INVALID.value)
"""The states of rows that did not go well."""
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
    held_outside: tuple[str, ...] = ()
    """Files that hold the data of people who were to be erased, and that nothing here touches."""

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
        }

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
    """The name of the file the plan was made from."""
    state: Literal["running", "stopped", "finished", "damaged"]
    rows: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    unended: int = 0
    """Rows that a resume would go on with."""
    message: str = ""
    """What is wrong with a damaged run."""


def standing(folder: RunFolder) -> Standing:
    """See how a run stands; one that a process holds is running, one that cannot be read is damaged."""
    try:
        plan, journal = folder.plan, folder.journal
        counts = {state.value: number for state, number in opening_counts(plan, journal).items()}
        left, held = unended(plan, journal), folder.is_held
    except LeatopsError as error:
        return Standing(folder, "", "", "damaged", message=error.message)
    except OSError as error:
        return Standing(folder, "", "", "damaged", message=f"{folder.path} cannot be used: {error.strerror}.")
    meta = plan.meta
    state: Literal["running", "stopped", "finished"] = "running" if held else "stopped" if left else "finished"
    return Standing(folder, meta.job, meta.source.name, state, meta.rows, counts, left)


def report_ended(ended: Ended) -> Report:
    """Write the files of a run that this process has just worked on; its work is added to that before it."""
    tally = ended.tally
    counts = {state.value: tally.counts[state] for state in State}
    why = ended.error.message if ended.error is not None else ended.why if ended.state == "stopped" else ""
    old = _old_summary(Files.of(ended.folder).summary)
    work = (
        tally.requests + int(old.get("requests", 0)),
        tally.retries + int(old.get("retries", 0)),
        tally.seconds + float(old.get("seconds", 0.0)),
    )
    return _write(ended.folder, ended.state, counts, why, work)


def report_again(folder: RunFolder) -> Report:
    """Write the files of a run again; the work it took is as its last summary has it."""
    plan, journal = folder.plan, folder.journal
    counts = {state.value: count for state, count in opening_counts(plan, journal).items()}
    old = _old_summary(Files.of(folder).summary)
    state = "stopped" if unended(plan, journal) else "finished"
    work = (int(old.get("requests", 0)), int(old.get("retries", 0)), float(old.get("seconds", 0.0)))
    return _write(folder, state, counts, str(old.get("why", "")), work)


def _old_summary(path: Path) -> dict[str, Any]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.MsgspecError):
        return {}


def _write(folder: RunFolder, state: str, counts: dict[str, int], why: str, work: tuple[int, int, float]) -> Report:
    left = _purged(folder)
    plan = folder.plan
    files = Files.of(folder, private=plan.job().private)
    requests, retries, seconds = work
    report = Report(
        folder.id,
        folder.path,
        plan.meta.job,
        state,
        plan.meta.rows,
        counts,
        requests,
        retries,
        seconds,
        files,
        why,
        (plan.meta.source.name, *([str(left)] if left is not None else [])) if plan.job().private else (),
    )
    _write_tables(folder, plan, files, left)
    write_private(files.summary, msgspec.json.format(msgspec.json.encode(_summary(report, plan)), indent=2) + b"\n")
    write_private(files.report, render_page(report.document(), plan, why, worst(folder)).encode())
    return report


def _purged(folder: RunFolder) -> Path | None:
    """Rid the run's plans of the people who are gone; returns the plan file that could not be."""
    try:
        purge(folder)
    except InputError as error:
        return Path(str(error.where["file"]))
    return None


def _write_tables(folder: RunFolder, plan: Plan, files: Files, left: Path | None) -> None:
    """Write what has a line a row, all in one reading of the journal."""
    job = plan.job()
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
            if receipt is not None:
                receipt.add(window)


def _summary(report: Report, plan: Plan) -> dict[str, Any]:
    seconds = report.seconds
    finished = report.rows - report.counts[State.PENDING.value]
    return report.document() | {
        "why": report.why,
        "requests_per_second": round(report.requests / seconds, 2) if seconds else None,
        "rows_finished": finished,
        "plan": {
            "checksum": plan.checksum,
            "made_at": datetime.fromtimestamp(plan.meta.made_at, UTC).isoformat(timespec="seconds"),
            "source": plan.meta.source.name,
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
        bad = window.filter(pl.col("status").is_in(NEED_A_LOOK)).head(limit - len(found))
        found.extend(
            {"row": str(row), "status": status, "message": message or ""}
            for row, status, message in bad.select("row", "status", "message").iter_rows()
        )
        if len(found) >= limit:
            break
    return found
