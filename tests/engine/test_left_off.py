"""A run that is stopped when its rows are done, and something else was to come: it has not finished."""

from __future__ import annotations

from dataclasses import replace

import httpx

from ops.control import Control
from ops.notebook import Consent, watch_run
from ops.plan import Plan
from ops.report import Report
from ops.verify import Verify
from tests.engine.files import account_of
from tests.engine.jobs.trial import EAGER, Trial, counts
from tests.engine.meddling import meddled
from tests.engine.settled import issue_plan


async def drained_by(trial: Trial, plan: Plan, method: str, path: str, verify: Verify | None = None) -> Report:
    """A run that is told to drain while a certain request is on its way."""
    control = Control()

    async def interrupt(request: httpx.Request) -> None:
        if request.method == method and path in request.url.path:
            control.drain("interrupted")

    options = replace(EAGER, transport=meddled(interrupt), verify=verify)
    consent = Consent(yes=True, confirm=plan.acting)
    watched = watch_run(plan, account_of(trial.sandbox), consent, home=trial.home, options=options, control=control)
    [report] = [moment async for moment in watched if isinstance(moment, Report)]
    return report


async def test_rows_that_were_to_be_read_back_and_were_not_leave_the_run_stopped(trial: Trial) -> None:
    """Ctrl-C while the last answer is on its way; a resume reads them back."""
    [one] = trial.known(1)
    plan = await trial.plan("contacts.update", ("uuid", "city"), [(one.uuid, "Ede")])
    report = await drained_by(trial, plan, "PUT", "/contacts/", Verify())
    assert (report.state, report.why, counts(report)) == ("stopped", "interrupted", {"done": 1})
    report = await trial.resume(verify=Verify())
    assert (report.state, counts(report)) == ("finished", {"done": 1})
    assert report.looks["verified"] == 1


async def test_codes_that_were_to_be_listed_and_were_not_leave_the_run_stopped(trial: Trial) -> None:
    """The same with `codes=true`; a resume lists them."""
    plan = await issue_plan(trial, 1, send="false", codes="true")
    report = await drained_by(trial, plan, "POST", "/giftcard-transactions")
    assert (report.state, counts(report), report.files.codes.exists()) == ("stopped", {"done": 1}, False)
    report = await trial.resume()
    assert (report.state, report.files.codes.exists()) == ("finished", True)
