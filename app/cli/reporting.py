"""`leatops report` and `leatops runs`, and what is said at the end of every run.

The files and the counts are the engine's.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import click
import polars as pl

from app.cli.exits import ExitCode
from app.cli.output import Output
from app.cli.session import Session
from app.cli.words import STYLES, count, duration
from ops.jobs import find_job
from ops.jobs.base import Job
from ops.leat.requests import on_word
from ops.remedies import Blame
from ops.report import Report, report_again, standing
from ops.runs import RunFolder, Runs
from ops.said import SHORTENED, rows_text
from ops.triage import Group

SHOWN_CAUSES: Final = 5
"""So many groups of one cause are told."""
BLAME_STYLES: Final = {
    Blame.ROW: "yellow",
    Blame.ACCOUNT: "yellow",
    Blame.PASSING: "cyan",
    Blame.UNKNOWN: "magenta",
}


def report(session: Session, reference: str) -> ExitCode:
    """Write a run's files again and say what they say."""
    folder = Runs(session.home).find(reference)
    works = folder.is_held
    again = report_again(folder)
    if works:
        session.out.say("A process is working on this run; what follows is how it stands at this moment.")
    tell_report(session, replace(again, state="running") if works else again)
    if not works:
        tell_next(session, again)
    if session.json:
        session.out.document(again.document())
    return ExitCode.DONE


def tell_report(session: Session, one: Report) -> None:
    """Say how a run stands: its counts and its files."""
    out = session.out
    out.say((f"Run {one.run} {one.state}", "bold"), f": {one.why}" if one.why and one.state == "stopped" else "")
    work = f"{count(one.requests, 'request')}, {one.retries:,} tried again, {duration(one.seconds)}"
    out.say(f"  {count(one.rows, 'row')}; {work}")
    tell_counts(out, one.counts)
    if one.unwritten:
        out.say(("The files of this run could not be written", "bold red"), f": {one.unwritten}")
        out.say("  Have them written: ", session.command("report", one.run), whole=True)
        return
    if one.looks:
        unread = f", {one.unread:,} could not be read" if one.unread else ""
        out.say(("Read back", "bold"), f": {one.verified:,} as written, {one.mismatch:,} otherwise{unread}")
    tell_causes(out, one.triage)
    out.say(("Files", "bold"), f" in {one.folder}", whole=True)
    files = {"results": one.files.results.name, "report": one.files.report.name, "summary": one.files.summary.name}
    if one.counts["refused"]:
        files["retry"] = one.files.retry.name
    if one.counts["unknown"]:
        files["unknown"] = one.files.unknown.name
    if one.files.receipt is not None:
        files["receipt"] = one.files.receipt.name
    if one.files.codes.exists():
        files["codes"] = one.files.codes.name
    enriched = "your file with the columns that were added, and what became of every row"
    words = {
        "results": enriched if adds_columns(one.job) else "every row and what became of it",
        "report": "the same on a page",
        "summary": "the same for scripts",
        "retry": "the refused rows, to be mended and planned again",
        "unknown": "the rows whose outcome nobody knows",
        "receipt": "what can be shown of each erasure, without the person",
        "codes": "the codes of the new cards: whoever has one has the money",
    }
    out.table([(f"  {name}", words[kind]) for kind, name in files.items()], say=True)
    _tell_held(session, one)


def _tell_held(session: Session, one: Report) -> None:
    """Say which files hold data of people who were to be erased."""
    out = session.out
    for name in one.held_outside:
        out.say("  Still holds the data of these people: ", (name, "bold"), "; leatops does nothing to it.")
    if one.held_outside:
        out.say("  The input's name is not kept: ", ("sha256sum FILE", "bold"), " tells whether a file is the one.")
    for where in one.held_in_home:
        out.say("  Still holds data of these people: ", (where, "bold"), " in this home")
    runs = [where for where in one.held_in_home if "/" not in where]
    if runs:
        out.say("  Erase such runs: ", session.command("runs", "remove", *runs), whole=True)


def tell_counts(out: Output, counts: Mapping[str, int]) -> None:
    """The counts that are not 0."""
    shown = [(name, number) for name, number in counts.items() if number]
    out.table([((f"  {name}", STYLES.get(name, "")), f"{number:,}") for name, number in shown], say=True)


def tell_causes(out: Output, groups: Sequence[Group]) -> None:
    """Why rows did not go well: the largest groups of one cause, each with an example and what to do next."""
    if groups:
        out.say(("Why", "bold"), " some rows need a look")
    for one in groups[:SHOWN_CAUSES]:
        alone = one.count == 1
        where = f"row {one.row}" if alone else count(one.count, "row")
        out.say(f"  {where}, ", (one.blame.words, BLAME_STYLES[one.blame]), f": {one.message if alone else one.told()}")
        if not alone:
            out.say(f"    such as row {one.row}: {one.message}")
        out.say(f"    {one.next}")
    if len(groups) > SHOWN_CAUSES:
        out.say(f"  and {count(len(groups) - SHOWN_CAUSES, 'cause')} more: see summary.json")


def adds_columns(job: str) -> bool:
    """Whether a job's outcome is columns beside those of the file."""
    return find_job(job).columns is not Job.columns


def tell_next(session: Session, one: Report, *flags: str, settled: bool = False) -> None:
    """Say what to type next, if there is anything to.

    Args:
        session: For the flags that every command needs.
        one: How the run stands.
        flags: What a resume is to be asked for again.
        settled: The unknown rows have just been looked up.
    """
    out = session.out
    if adds_columns(one.job):
        out.say("  The enriched file: ", (str(one.files.results), "bold"), whole=True)
    if one.state == "stopped":
        out.say("  Go on: ", session.command("resume", one.run, *flags), whole=True)
    elif one.resends:
        out.say("  Try the refused rows again: ", session.command("resume", one.run, "--refused"), whole=True)
    if one.counts["unknown"] and settled:
        out.say("  Still unknown, and why: ", str(one.files.unknown), whole=True)
        tell_yours(session, one)
    elif one.counts["unknown"]:
        out.say("  Look up the unknown rows: ", session.command("settle", one.run), whole=True)


def tell_yours(session: Session, one: Report) -> None:
    """Say how to tell what became of the rows that only a person can look up."""
    rows = rows_text(yours(one))
    if rows:
        typed = "ROWS" if SHORTENED in rows else rows
        out, command = session.out, session.command("settle", one.run, "--happened", typed)
        out.say(f"  Look these up at Leat: {rows}; then: ", command, whole=True)
        out.say("  or, to have sent again what did not happen, with --not-happened")


def yours(one: Report) -> list[int]:
    """The unknown rows of which a person's word is taken; none where the files could not be written."""
    if one.unwritten:
        return []
    steps = pl.read_csv(one.files.unknown, columns=["_row", "_step"], infer_schema=False, glob=False)
    return steps.filter(pl.col("_step").is_in(list(on_word())))["_row"].cast(pl.UInt32).to_list()


def list_runs(session: Session) -> ExitCode:
    """The runs of the home, the latest first."""
    runs = [_described(folder) for folder in Runs(session.home).all()]
    if session.json:
        session.out.document({"runs": runs})
        return ExitCode.DONE
    if not runs:
        session.out.say(f"No runs yet in {session.home}.")
        return ExitCode.DONE
    lines = [("run", "started", "state", "rows", "counts")]
    for one in runs:
        counts = ", ".join(f"{number:,} {name}" for name, number in one["counts"].items() if number)
        started = datetime.fromisoformat(one["started"]).astimezone()
        line = (one["run"], f"{started:%Y-%m-%d %H:%M}", one["state"], f"{one['rows']:,}", counts or one["message"])
        lines.append(line)
    session.out.table(lines)
    return ExitCode.DONE


def _described(folder: RunFolder) -> dict[str, Any]:
    one = standing(folder)
    return {
        "run": folder.id,
        "started": datetime.fromtimestamp(folder.started, UTC).isoformat(timespec="seconds"),
        "job": one.job,
        "state": one.state,
        "rows": one.rows,
        "counts": one.counts,
        "message": one.message,
    }


def remove(session: Session, references: Sequence[str], *, agreed: bool) -> ExitCode:
    """Erase runs with all their files; somebody who can be asked is asked first."""
    out, runs = session.out, Runs(session.home)
    folders = list(dict.fromkeys(runs.find(reference) for reference in references))
    if not agreed and sys.stdin.isatty():
        for folder in folders:
            one = standing(folder)
            out.say((folder.id, "bold"), f": {one.state}, of {count(one.rows, 'row')}")
            tell_counts(out, one.counts)
        lost = "Nobody can resume, settle or undo what is erased; what was done at the account stays done."
        out.say(lost)
        if not click.confirm(f"Erase {count(len(folders), 'run')}?", default=False, err=True):
            raise click.Abort
    for folder in folders:
        runs.remove(folder.id)
        out.say(f"Removed {folder.id} and its files.")
    if session.json:
        names = [folder.id for folder in folders]
        out.document({"removed": names[0] if len(names) == 1 else names})
    return ExitCode.DONE
