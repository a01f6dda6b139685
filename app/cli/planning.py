"""`leatops plan`: from a file and flags to a saved plan, and what a person is told about it.

What the actions are is decided in the engine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from app.cli.exits import ExitCode, of_rows
from app.cli.output import Output
from app.cli.progress import Watch
from app.cli.session import Session
from app.cli.words import STYLES, count, duration
from ops.draft import PlanOptions
from ops.errors import OptionError
from ops.fields import Field
from ops.jobs import find_job
from ops.jobs.base import Job
from ops.leat.profile import Account
from ops.mapping import Mapping, choose, recall
from ops.plan import Plan
from ops.plan_meta import Problem
from ops.planner import ChooseMapping, make_plan
from ops.sheet import Sheet, read_sheet

TOLD_PROBLEMS = 10
"""So many problems are told; the plan and `show` have them all."""


@dataclass(frozen=True, slots=True)
class PlanFlags:
    """The flags of `leatops plan`, as click parsed them."""

    rate: float
    flags: tuple[str, ...] = ()
    mapping_file: Path | None = None
    settings: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    dates: str | None = None
    decimal: str | None = None
    lookup: Literal["auto", "list", "find"] = "auto"
    no_saved: bool = False
    out: Path | None = None


class _Chosen:
    """Decides on the mapping, and remembers how."""

    def __init__(self, choice: ChooseMapping) -> None:
        self._choice = choice
        self.mapping = Mapping()

    def __call__(self, columns: Sequence[str], fields: Sequence[Field]) -> Mapping:
        self.mapping = self._choice(columns, fields)
        return self.mapping


def plan(session: Session, job: str, file: Path | None, flags: PlanFlags) -> ExitCode:
    """Make a plan, save it and say what it holds; without a file, of as many rows as the job's options say."""
    out = session.out
    kind = find_job(job)
    account = session.account()
    sheet = None if file is None else _read(file, flags)
    if file is not None and flags.out is not None and flags.out.resolve() == file.resolve():
        raise OptionError("--out names the input file itself; choose another place for the plan.", option="out")
    if sheet is not None:
        _tell_file(out, sheet)
    chosen = _Chosen(mapping_choice(session.home, sheet, job, flags))
    with Watch(out, "Reading the account") as watch:
        options = PlanOptions(
            options=job_options(flags.settings),
            dates=flags.dates,
            decimal=flags.decimal,
            lookup=flags.lookup,
            rate=flags.rate,
            timeouts=session.timeouts(),
            home=session.home,
            progress=watch.reads,
        )
        made = asyncio.run(
            make_plan(
                job,
                sheet,
                account,
                out=flags.out or default_place(kind, sheet),
                mapping=chosen,
                options=options,
            )
        )
    if sheet is not None:
        tell_columns(out, chosen.mapping, sheet.columns)
    tell_plan(out, made, account)
    if sheet is not None and kind.private:
        _tell_nameless(out, sheet)
    tell_next(session, made)
    if session.json:
        out.document(made.document())
    return of_rows(made.counts)


def default_place(job: type[Job], sheet: Sheet | None) -> Path:
    """Where a plan goes without --out: in the working folder, called after the file unless that may name a person."""
    if sheet is None:
        return Path(f"{job.name}.plan.parquet")
    if job.private:
        return Path(f"{job.name}-{sheet.sha256[:8]}.plan.parquet")
    return Path(f"{sheet.path.stem}.{job.name}.plan.parquet")


def _tell_nameless(out: Output, sheet: Sheet) -> None:
    """Say what a private job keeps of its file's name, and where the file is, while that is known."""
    out.say(("Privacy", "bold"), f": the plan knows the file by its SHA-256 alone, {sheet.sha256[:8]}…")
    out.say("  Holds the data of these people: ", (str(sheet.path.resolve()), "bold"), "; leatops does nothing to it.")


def _read(file: Path, flags: PlanFlags) -> Sheet:
    return read_sheet(file, encoding=flags.encoding, delimiter=flags.delimiter, sheet=flags.sheet)


def job_options(settings: tuple[str, ...]) -> dict[str, str]:
    """The `--set` flags as a job takes them.

    Raises:
        OptionError: One has no `=`, or an option is given twice.
    """
    found: dict[str, str] = {}
    for setting in settings:
        name, sign, value = setting.partition("=")
        if not sign or not name.strip():
            raise OptionError(f"--set {setting!r} is not of the form OPTION=VALUE.", option="set")
        if name.strip() in found:
            raise OptionError(f"--set {name.strip()} is given twice.", option=name.strip())
        found[name.strip()] = value.strip()
    return found


def mapping_choice(home: Path, sheet: Sheet | None, job: str, flags: PlanFlags) -> ChooseMapping:
    """What decides on the mapping once the fields are known."""
    written = Mapping.load(flags.mapping_file) if flags.mapping_file is not None else None
    alone = written is not None or flags.no_saved
    remembered = None if alone or sheet is None else recall(home / "mappings", sheet.shape_id, job)
    return partial(choose, written=written, remembered=remembered, flags=flags.flags)


def _tell_file(out: Output, sheet: Sheet) -> None:
    facts = [sheet.format, f"{count(sheet.rows, 'row')}", count(len(sheet.columns), "column")]
    if sheet.encoding is not None:
        facts.append(sheet.encoding)
    if sheet.delimiter is not None:
        facts.append("tabs" if sheet.delimiter == "\t" else f"delimiter {sheet.delimiter}")
    if sheet.sheet_name is not None:
        facts.append(f"sheet {sheet.sheet_name}")
    out.say((sheet.path.name, "bold"), ": ", ", ".join(facts))
    for note in sheet.notes:
        out.say("  note: ", note)


def tell_columns(out: Output, mapping: Mapping, columns: Sequence[str]) -> None:
    """Say which column became which field, and why; a plan may name fewer of them."""
    saved = any(m.why == "saved" for m in mapping.columns)
    out.say(("Columns", "bold"), " as in your last run of such a file; --no-saved begins anew" if saved else "")
    rows = [
        (f"  {m.column}", f"→ {m.field}", (f"{m.why}{'' if m.rule == 'overwrite' else f', {m.rule}'}", "dim"))
        for m in mapping.columns
    ]
    out.table([*rows, *((f"  {column}", "left out", "") for column in mapping.left_out(columns))], say=True)


def tell_plan(out: Output, made: Plan, account: Account) -> None:
    """Say what is wrong with rows, what a run would do, and what must be known before agreeing to it."""
    meta = made.meta
    _tell_problems(out, meta.problems, sum(meta.problem_counts.values()))
    out.say(("Plan", "bold"), f" {meta.job} on {meta.account or account.base_url}")
    tell_verbs(out, made)
    tell_notes(out, made)
    reads = count(meta.lookup.requests, "request")
    out.say(f"  The account was read with {reads} ({meta.lookup.how}: {meta.lookup.why}).")
    seconds = made.estimate_seconds
    time = "" if seconds is None else f", about {duration(seconds)} at {meta.rate:g} a second"
    out.say(f"  A run sends {count(meta.writes, 'write')} and {count(made.run_reads, 'read')}{time}.")


def tell_verbs(out: Output, made: Plan) -> None:
    """The rows by verb; verbs of no row are left out."""
    out.table(
        [((f"  {verb}", STYLES.get(verb, "")), f"{rows:,}") for verb, rows in made.counts.items() if rows],
        say=True,
    )


def tell_notes(out: Output, made: Plan) -> None:
    """What a person must know before agreeing: the totals, and what has no undo."""
    if made.meta.notes:
        out.say(("Know before you agree", "bold red" if made.needs_count else "bold"))
        for note in made.meta.notes:
            out.say("  ", (note, "yellow"))


def _tell_problems(out: Output, problems: tuple[Problem, ...], total: int) -> None:
    if not total:
        return
    out.say(("Problems", "bold"))
    for one in problems[:TOLD_PROBLEMS]:
        column = f", column {one.column}" if one.column else ""
        style = "red" if one.severity == "error" else "yellow"
        line = "" if one.odd_line is None else f" (line {one.odd_line})"
        out.say((f"  {one.severity}", style), f"  row {one.row}{line}{column}: {one.message}")
    more = total - min(total, TOLD_PROBLEMS, len(problems))
    if more:
        out.say(f"  and {count(more, 'more', 'more')}: show --verb invalid or held has the rows")


def tell_next(session: Session, made: Plan) -> None:
    """Say where the plan lies and what to type next."""
    out = session.out
    out.say(("Saved", "bold"), f" {made.path}", whole=True)
    out.say("  Look at it: ", session.command("show", str(made.path)), whole=True)
    if made.acting:
        out.say("  Then do it: ", session.command("run", str(made.path)), whole=True)
    if made.needs_count:
        rows = "1 row acts" if made.acting == 1 else f"{made.acting:,} rows act"
        out.say(f"  {rows}: the run asks for this number; in a script it is --confirm {made.acting}")
