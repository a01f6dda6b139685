"""`leatops demo`: the whole way of a file, on a sandbox in this process.

Uses what `plan`, `show` and `run` use; only the account and the file are chosen here.
"""

from __future__ import annotations

import asyncio
import tempfile
from itertools import islice
from pathlib import Path
from typing import Final

import app
from app.cli.exits import ExitCode
from app.cli.planning import tell_columns, tell_plan
from app.cli.progress import Watch
from app.cli.reporting import tell_report
from app.cli.running import execute
from app.cli.session import Session
from app.cli.showing import shown_rows, write_row
from ops.draft import PlanOptions
from ops.errors import InputError
from ops.leat.profile import Account
from ops.planner import make_plan
from ops.run import RunOptions, start_run
from ops.sheet import read_sheet

JOB: Final = "contacts.upsert"
SAMPLE: Final = "new-customers.csv"
SHOWN: Final = 4
RATE: Final = 40.0
"""Requests per second: brisk, and slow enough to be seen."""


def sample_path(name: str = SAMPLE) -> Path:
    """A sample file: in the installed package, else beside it where the project is checked out.

    Raises:
        InputError: It is in neither place.
    """
    package = Path(app.__file__).parent
    places = (package / "samples" / name, package.parent / "samples" / name)
    for place in places:
        if place.is_file():
            return place
    raise InputError(f"The sample file {name} was not installed; try a file of your own on leatops sandbox.")


def demo(session: Session) -> ExitCode:
    """Open the app on the sample, or plan, show and run it where there is no terminal to steer one."""
    from app.cli.opening import on_terminal, open_demo  # noqa: PLC0415 - only one of the two is loaded

    if on_terminal() and not session.json:
        return open_demo(session, sample_path(), RATE)
    return walk_through(session)


def walk_through(session: Session) -> ExitCode:
    """Plan, show and run the sample, saying each step."""
    out = session.out
    sheet = read_sheet(sample_path())
    if session.home_given is None:
        session.home_given = Path(tempfile.mkdtemp(prefix="leatops-demo-"))
    home = session.home_given
    with Account.sandbox() as account:
        out.say(("1  A sandbox", "bold"), f" at {account.base_url}: a made-up account of 1,000 contacts.")
        out.say(("2  The plan", "bold"), f" of {JOB} for {sheet.rows} rows of {sheet.path}")
        plan = asyncio.run(
            make_plan(JOB, sheet, account, out=home / f"{sheet.path.stem}.plan.parquet", options=PlanOptions(rate=RATE))
        )
        tell_columns(out, plan.mapping, sheet.columns)
        tell_plan(out, plan, account)
        out.say(("3  What it would do", "bold"), ": the first rows")
        if not session.json:
            for one in islice((row for row in shown_rows(plan) if row.changes or row.reason), SHOWN):
                write_row(out, one)
        out.say("  All of them: ", session.command("show", str(plan.path)), whole=True)
        out.say(("4  The run", "bold"), f" at {RATE:g} requests a second")
        options = RunOptions(rate=RATE)
        watch = Watch(out, JOB)
        report = execute(out, watch, lambda control: start_run(plan, account, home, options, control, again=True))
    tell_report(session, report)
    out.say("The sandbox is gone; the files are yours to look at. Start one that stays: leatops sandbox")
    if session.json:
        out.document({"home": str(home), "plan": plan.document(), "run": report.document()})
    return ExitCode.DONE if report.state == "finished" else ExitCode.STOPPED
