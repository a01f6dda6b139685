"""Opening the terminal app from the command line: with which account, which home and which file.

The app itself stands in `app.main`; nothing of it is imported before it is opened.
"""

from __future__ import annotations

import gc
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.exits import ExitCode
from app.cli.session import Session
from app.cli.words import count
from ops.errors import OptionError, ProfileError
from ops.leat.pace import DEFAULT_RATE
from ops.leat.profile import Account
from ops.report import standing
from ops.runs import RunFolder, Runs

if TYPE_CHECKING:
    from app.main import LeatApp


def on_terminal() -> bool:
    """Whether somebody can see and steer the app."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def open_app(session: Session, file: Path | None = None) -> ExitCode:
    """The app on the account of the settings, or on a sandbox when there is none.

    Raises:
        OptionError: There is no terminal to open it in.
    """
    if session.json or not on_terminal():
        raise OptionError("The terminal app needs a terminal; `leatops --help` lists the commands that do not.")
    from app.cli.running import PaceFlags  # noqa: PLC0415
    from app.main import LeatApp  # noqa: PLC0415 - Textual is for the app alone
    from app.stages import Desk  # noqa: PLC0415

    account = _account(session)
    Runs(session.home).refuse_links()
    with account if account.server is not None else nullcontext():
        settled()
        app = LeatApp(Desk(account, session.home, options=PaceFlags(DEFAULT_RATE).options(session)), file)
        app.run()
    if account.server is None:
        _tell_stopped(session, app)
    return _ended(session, app)


def _tell_stopped(session: Session, app: LeatApp) -> None:
    """Name the runs of this session that can be gone on with: what was on the screen is gone."""
    if app.bug is not None:
        return
    for report in app.desk.ended.values():
        run = standing(RunFolder(report.folder))
        if run.state == "stopped":
            stands = f"Run {report.run} stopped at {run.rows - run.unended:,} of {count(run.rows, 'row')}: "
            session.out.say(stands, session.command("resume", report.run), whole=True)


def _ended(session: Session, app: LeatApp) -> ExitCode:
    """Say calmly what a bug has left, on the terminal that the app has given back."""
    if app.bug is None:
        return ExitCode.DONE
    out = session.out
    out.say(("leatops had to end: ", "bold red"), f"this is a bug ({app.bug.name}).")
    if app.bug.log is not None:
        out.say("  What led to it is in the log, without your token: ", str(app.bug.log), whole=True)
    if not app.bug.in_run:
        return ExitCode.NOTHING_SENT
    out.say(
        "  Every row that was begun is in the run's journal. Go on: ", session.command("resume", "last"), whole=True
    )
    return ExitCode.STOPPED


def settled() -> None:
    """Take what the imports have made out of every later garbage collection: going through it holds up the screen."""
    gc.freeze()


def _account(session: Session) -> Account:
    try:
        return session.account()
    except ProfileError:
        if session.account_name is not None:
            raise
        return Account.sandbox()


def open_demo(session: Session, sample: Path, rate: float) -> ExitCode:
    """The app on a fresh sandbox, with the samples at hand; its files go to a temporary home unless one was given."""
    from app.main import LeatApp  # noqa: PLC0415 - Textual is for the app alone
    from app.stages import Desk  # noqa: PLC0415

    home = session.home_given or Path(tempfile.mkdtemp(prefix="leatops-demo-"))
    Runs(home).refuse_links()
    with Account.sandbox() as account:
        desk = Desk(account, home, rate=rate, demo=True, samples=sample.parent)
        settled()
        app = LeatApp(desk, sample)
        app.run()
    session.out.say(f"The sandbox is gone; plans, runs and reports are in {home}", whole=True)
    return _ended(session, app)
