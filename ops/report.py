"""The files of a run: what happened to every row, what to try again, what nobody knows, and the sums.

Written from the plan and the journal alone, as often as wanted; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import polars as pl

from ops.errors import LeatopsError
from ops.events import ROW_STATE, Mark
from ops.files import replacing, write_private
from ops.jobs.base import State
from ops.journal import JournalReader
from ops.page import render_page
from ops.plan import INPUT, WINDOW, Plan
from ops.run import Ended
from ops.runs import RunFolder
from ops.sheet.guarded import FORMULA_MARKS, RESULT_COLUMNS, guard
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

    @classmethod
    def of(cls, folder: RunFolder) -> Files:
        """The fixed names."""
        path = folder.path
        return cls(
            path / "results.csv",
            path / "retry.csv",
            path / "unknown.csv",
            path / "summary.json",
            path / "report.html",
        )

    def document(self) -> dict[str, str]:
        """As scripts see them."""
        return {
            "results": str(self.results),
            "retry": str(self.retry),
            "unknown": str(self.unknown),
            "summary": str(self.summary),
            "report": str(self.report),
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
    plan, files = folder.plan, Files.of(folder)
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
    )
    kept = type(plan.job()).unrepeatable
    _write_csv(files.results, (results(window) for window in outcomes(plan, folder.journal)))
    _write_csv(files.retry, (retry(window, kept) for window in outcomes(plan, folder.journal)))
    _write_csv(files.unknown, (unknown(window) for window in outcomes(plan, folder.journal)))
    write_private(files.summary, msgspec.json.format(msgspec.json.encode(_summary(report, plan)), indent=2) + b"\n")
    write_private(files.report, render_page(report.document(), plan, why, worst(folder)).encode())
    return report


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


def outcomes(plan: Plan, journal: JournalReader) -> Iterator[pl.DataFrame]:
    """The plan's rows with what happened to each, a window at a time.

    Adds `status`, `uuid`, `code`, `message`, `steps`, `open_step` and `since` (of a doubt) to the plan's columns.
    """
    doubtful = {row: past for row, past in journal.open_pasts().items() if past.in_doubt}
    for number, window in enumerate(plan.windows()):
        events = journal.frame(number * WINDOW + 1, (number + 1) * WINDOW)
        last = events.unique("row", keep="last", maintain_order=True)
        ended = last.filter(pl.col("step") == ROW_STATE)
        rows = window.join(
            ended.select("row", "uuid", "code", "message", pl.col("state").alias("ended")),
            on="row",
            how="left",
        ).join(_steps(events), on="row", how="left")
        resting = pl.col("verb").is_in(["same", "invalid", "held"])
        in_doubt = pl.col("row").is_in(list(doubtful))
        status = (
            pl.when(resting)
            .then("verb")
            .when(pl.col("ended").is_not_null())
            .then("ended")
            .when(in_doubt)
            .then(pl.lit(State.UNKNOWN.value))
            .otherwise(pl.lit(State.PENDING.value))
        )
        yield rows.with_columns(
            status.alias("status"),
            pl.coalesce("uuid", "made", "target").alias("uuid"),
            pl.coalesce(pl.col("message").replace("", None), "reason").alias("message"),
        ).sort("row")


def _steps(events: pl.DataFrame) -> pl.DataFrame:
    """Each row's steps as `name:state name:state`, the last one in doubt and since when, and the contact's uuid.

    A step is in doubt as `events.fold` has it: some attempt is unknown, and none is done.
    """
    lost = pl.col("state").is_in([Mark.INTENT.value, Mark.UNKNOWN.value])
    attempts = (
        events.filter(pl.col("step") >= 0)
        .group_by("row", "step", "attempt", maintain_order=True)
        .agg(
            pl.col("name", "state").last(),
            pl.col("uuid").drop_nulls().last(),
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
            pl.col("uuid").drop_nulls().last(),
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
    )


def results(window: pl.DataFrame) -> pl.DataFrame:
    """`results.csv`: every row, for people: cells that look like formulas are neutralised."""
    ours = window.select(
        pl.col("row").cast(pl.String).alias("_row"),
        pl.col("verb").alias("_verb"),
        pl.col("status").alias("_status"),
        pl.col("uuid").alias("_uuid"),
        pl.col("code").cast(pl.String).alias("_code"),
        pl.col("message").alias("_message"),
        pl.col("steps").alias("_steps"),
    )
    return harmless(pl.concat([_input(window, RESULT_COLUMNS), ours], how="horizontal"))


def retry(window: pl.DataFrame, unrepeatable: frozenset[str]) -> pl.DataFrame:
    """`retry.csv`: the refused rows exactly as they came in, unless a step of theirs must not happen twice."""
    steps = pl.col("steps").fill_null("")
    begun = [steps.str.contains(f"(^| ){name}:(done|unknown)( |$)") for name in sorted(unrepeatable)]
    spent = pl.any_horizontal(begun) if begun else pl.lit(value=False)
    return _input(window.filter((pl.col("status") == State.REFUSED.value) & ~spent), ())


def unknown(window: pl.DataFrame) -> pl.DataFrame:
    """`unknown.csv`: the rows in doubt, with the step and since when."""
    rows = window.filter(pl.col("status") == State.UNKNOWN.value)
    since = pl.from_epoch((pl.col("since") * 1000).cast(pl.Int64), time_unit="ms")
    ours = rows.select(
        pl.col("row").cast(pl.String).alias("_row"),
        pl.col("uuid").alias("_uuid"),
        pl.col("open_step").alias("_step"),
        since.dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("_since"),
        pl.col("message").alias("_message"),
    )
    return harmless(pl.concat([_input(rows, tuple(ours.columns)), ours], how="horizontal"))


def _input(window: pl.DataFrame, taken: tuple[str, ...]) -> pl.DataFrame:
    """The input's columns under their own names; one that bears a name of ours says that it is the input's."""
    names = [name for name in window.columns if name.startswith(INPUT)]
    own = {name: name.removeprefix(INPUT) for name in names}
    return window.select(names).rename(_distinct(own, taken, lambda name, n: f"{name} (input{n if n > 1 else ''})"))


def _distinct(names: Mapping[str, str], taken: Iterable[str], other: Callable[[str, int], str]) -> dict[str, str]:
    """Names that differ from each other and from those taken; one that would not gets another, numbered as needed."""
    used, found = set(taken), {}
    free = {name for name in names.values() if name not in used}
    for key, name in names.items():
        number, chosen = 0, name
        while chosen in used or (number and chosen in free):
            number += 1
            chosen = other(name, number)
        used.add(chosen)
        found[key] = chosen
    return found


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """Put an apostrophe before whatever a spreadsheet would run, headers included."""
    risky = {name: f"'{name}" for name in frame.columns if name[:1] in FORMULA_MARKS}
    safe = [name for name in frame.columns if name not in risky]
    return guard(frame).rename(_distinct(risky, safe, lambda name, n: f"{name} ({n})"))


def _write_csv(path: Path, windows: Iterator[pl.DataFrame]) -> None:
    """RFC 4180 with a header, a window at a time; null is an empty cell and "" a quoted one."""
    with replacing(path) as file:
        first = True
        for window in windows:
            window.write_csv(file, include_header=first, line_terminator="\r\n")
            first = False


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
