"""`leatops run` and `leatops resume`: consent, progress, signals and the end of a run.

How rows are driven is the engine's business.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from app.cli.canary import Question
from app.cli.exits import ExitCode, of_run
from app.cli.output import Output
from app.cli.planning import tell_notes, tell_verbs
from app.cli.progress import Watch
from app.cli.reporting import tell_next, tell_report
from app.cli.saying import listen
from app.cli.session import Session
from app.cli.words import count
from ops.canary import Canary
from ops.control import Control, StopRule
from ops.jobs import find_job
from ops.leat.profile import Account
from ops.plan import Plan
from ops.report import Report, report_ended
from ops.run import Ended, Patience, Recheck, RunOptions, continue_run, settle_run, start_run
from ops.runs import Runs
from ops.said import Said
from ops.tally import Tally
from ops.undo import no_undo
from ops.verify import Verify

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

LEAST_WAIT: Final = 30.0
"""Seconds that a row is watched at least for what the server does in its own time."""
POLLS_PER_SETTLE: Final = 15.0
"""It is watched so many times as long as the server is given before steps are read back."""

Begin = Callable[[Control], AsyncIterator[Tally | Ended]]
"""Starts the work; what it says is watched."""


@dataclass(frozen=True, slots=True)
class PaceFlags:
    """The pace flags, as click parsed them."""

    rate: float
    workers: int | None = None
    stop_after: str | None = None
    recheck: Recheck = "auto"
    verify: str | None = None

    def options(self, session: Session, *, refused: bool = False) -> RunOptions:
        """As the engine takes them."""
        return RunOptions(
            self.rate,
            self.workers,
            StopRule.parse(self.stop_after),
            self.recheck,
            session.timeouts(),
            retry_refused=refused,
            patience=patience(session.settle_seconds()),
            settle_seconds=session.settle_seconds(),
            verify=Verify.parse(self.verify),
        )


def patience(settle_seconds: float | None) -> Patience:
    """How long a row may wait for the server: longer where the server is given longer."""
    if settle_seconds is None:
        return Patience()
    return Patience(poll_limit=max(LEAST_WAIT, POLLS_PER_SETTLE * settle_seconds))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a person said to a plan on the command line."""

    yes: bool = False
    confirm: int | None = None
    again: bool = False


def run(session: Session, path: Path, agreement: Agreement, pace: PaceFlags, *, canary: int | None = None) -> ExitCode:
    """Run a plan once consent is there."""
    options, account = pace.options(session), session.account()
    plan = Plan.load(path)
    agreement = ask(session.out, plan, agreement, account)
    plan.raise_if_unsafe(agreed=agreement.yes, confirm=agreement.confirm)
    watch = Watch(session.out, plan.meta.job)
    if canary is not None:
        question = Question(session.out, watch)
        options = replace(options, canary=Canary(canary, question.goes_on if sys.stdin.isatty() else None))

    def begin(control: Control) -> AsyncIterator[Tally | Ended]:
        return start_run(plan, account, session.home, options, control, again=agreement.again)

    return finish(session, execute(session.out, watch, begin), pace)


def resume(session: Session, reference: str, pace: PaceFlags, *, refused: bool) -> ExitCode:
    """Go on with a run."""
    options, account = pace.options(session, refused=refused), session.account()
    folder = Runs(session.home).find(reference)

    def begin(control: Control) -> AsyncIterator[Tally | Ended]:
        return continue_run(folder, account, options, control)

    return finish(session, execute(session.out, Watch(session.out, folder.plan.meta.job), begin), pace)


def settle(session: Session, reference: str, pace: PaceFlags, said: Said, *, agreed: bool) -> ExitCode:
    """Read back what a run does not know, and take a person's word on what cannot be."""
    options, account = pace.options(session), session.account()
    folder = Runs(session.home).find(reference)
    heard = listen(session.out, folder, said, agreed=agreed)

    def begin(control: Control) -> AsyncIterator[Tally | Ended]:
        return settle_run(folder, account, options, control, said=heard)

    return finish(session, execute(session.out, Watch(session.out, folder.plan.meta.job), begin), pace, settled=True)


def ask(out: Output, plan: Plan, agreement: Agreement, account: Account) -> Agreement:
    """The person's word, asked for where somebody can be asked; without one the engine refuses."""
    if agreement.yes or agreement.confirm is not None or not sys.stdin.isatty():
        return agreement
    made = datetime.fromtimestamp(plan.meta.made_at).astimezone()
    out.say((plan.meta.job, "bold"), f" of {plan.meta.made_from} on {account.name} ({account.base_url})")
    out.say(f"  planned {made:%Y-%m-%d %H:%M}, {count(plan.meta.writes, 'write')}")
    tell_verbs(out, plan)
    tell_notes(out, plan)
    if stays := no_undo(plan):
        out.say("  ", ("no undo", "bold"), f": {stays}")
    if plan.needs_count:
        number = click.prompt("This cannot be undone. Type the number of rows that will act", type=int, err=True)
        return Agreement(confirm=number, again=agreement.again)
    if not click.confirm(f"Do this to {count(plan.acting, 'row')}?", default=False, err=True):
        raise click.Abort
    return Agreement(yes=True, again=agreement.again)


def execute(out: Output, watch: Watch, begin: Begin) -> Report:
    """Work on a run until it ends, watching it and obeying signals; its files are written."""

    async def work() -> Report:
        control = Control()
        with watch, _obeying(control, out):
            ended = None
            async for moment in begin(control):
                if isinstance(moment, Ended):
                    ended = report_ended(moment)
                else:
                    out.began = True
                    watch.tally(moment)
        if ended is None:
            raise RuntimeError("a run ended without saying how")
        return ended

    return asyncio.run(work())


@contextmanager
def _obeying(control: Control, out: Output) -> Iterator[None]:
    """The first signal drains, the second stops."""
    loop = asyncio.get_running_loop()

    def obey(number: signal.Signals) -> None:
        if control.is_draining():
            out.say("Stopping now; what was in flight is listed as unknown.")
            control.stop(f"interrupted ({number.name})")
        else:
            out.say("Finishing what is in flight; press Ctrl-C again to stop now.")
            control.drain(f"interrupted ({number.name})")

    for number in SIGNALS:
        loop.add_signal_handler(number, obey, number)
    try:
        yield
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


def finish(session: Session, report: Report, pace: PaceFlags, *, settled: bool = False) -> ExitCode:
    """Say how a run ended; returns its exit code."""
    tell_report(session, report)
    if pace.verify is not None and not find_job(report.job).verifies:
        session.out.say(f"Nothing was read back: {report.job} writes nothing that the account would show.")
    again = [] if pace.verify is None else ["--verify", pace.verify]
    tell_next(session, report, *again, settled=settled)
    if session.json:
        session.out.document(report.document())
    return of_run(report.state, report.counts, otherwise=report.mismatch + report.unread)
