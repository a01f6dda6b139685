"""Running a plan from a notebook or a script: one call, or an asynchronous stream of tallies.

The command line and the terminal app drive `run` themselves; this is the same with the files written at the end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from ops.control import Control
from ops.files import default_home
from ops.leat.profile import Account
from ops.plan import Plan
from ops.report import Report, report_ended
from ops.run import Ended, RunOptions, start_run
from ops.tally import Tally


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's word for a run: yes, or the exact number of rows that will act."""

    yes: bool = False
    confirm: int | None = None
    again: bool = False
    """Run a plan that has been run a second time."""


async def watch_run(
    plan: Plan,
    account: Account,
    consent: Consent,
    *,
    home: Path | None = None,
    options: RunOptions | None = None,
    control: Control | None = None,
) -> AsyncGenerator[Tally | Report, None]:
    """Run a plan: a tally about ten times a second, and the report last.

    Close the generator (`contextlib.aclosing`) if you may break off: the run then stops, and can be resumed.

    Raises:
        ConsentError: The consent does not fit the plan; nothing was sent.
        PlanError: The plan was changed, or was run before.
        AccountError: The account is not the plan's, or cannot be reached.
    """
    plan.raise_if_unsafe(agreed=consent.yes, confirm=consent.confirm)
    place, how, steering = home or default_home(), options or RunOptions(), control or Control()
    async with aclosing(start_run(plan, account, place, how, steering, again=consent.again)) as moments:
        async for moment in moments:
            yield await asyncio.to_thread(report_ended, moment) if isinstance(moment, Ended) else moment


async def run_plan(
    plan: Plan,
    account: Account,
    consent: Consent,
    *,
    home: Path | None = None,
    options: RunOptions | None = None,
    progress: Callable[[Tally], None] | None = None,
) -> Report:
    """Run a plan to its end and write its files.

    Args:
        plan: What was reviewed.
        account: Where to send.
        consent: Yes, or the exact number of acting rows for jobs that destroy or spend.
        home: Where runs are kept.
        options: Pace, workers, rechecks.
        progress: Called with a tally about ten times a second.

    Raises:
        LeatopsError: As `watch_run`.
    """
    report: Report | None = None
    async for moment in watch_run(plan, account, consent, home=home, options=options):
        if isinstance(moment, Report):
            report = moment
        elif progress is not None:
            progress(moment)
    if report is None:
        raise RuntimeError("a run ended without a report")
    return report
