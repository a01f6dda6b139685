"""The first rows of a run: nothing more is begun before they have ended and somebody has said to go on."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from ops.canary import Canary, Trial
from ops.control import Control
from ops.notebook import Consent, run_plan, watch_run
from ops.plan import Plan
from ops.remedies import Blame
from ops.report import Report, report_ended
from ops.run import Ended, RunOptions, continue_run
from ops.runs import Runs
from ops.sandbox import Sandbox, SandboxConfig
from tests.conftest import MakeSandbox
from tests.engine.files import HEADER, QUICK, account_of, people, plan_of, write_csv
from tests.engine.waiting import WAITING, leaving, left

YES = Consent(yes=True)


class Person:
    """Somebody who is asked once, and what they were shown."""

    def __init__(self, sandbox: Sandbox, *, says: bool) -> None:
        self._sandbox = sandbox
        self._says = says
        self.shown: list[Trial] = []
        self.created = 0
        """Contacts there were when they were asked."""

    async def goes_on(self, trial: Trial) -> bool:
        self.created = self._sandbox.ledger.effects.created
        await asyncio.sleep(0)
        self.shown.append(trial)
        return self._says


async def plan_for(sandbox: Sandbox, folder: Path, count: int = 60) -> Plan:
    rows = [("not an address", "X", "1"), *people(count)]
    return await plan_of(sandbox, "contacts.create", write_csv(folder / "in.csv", HEADER, rows))


async def run(plan: Plan, sandbox: Sandbox, home: Path, canary: Canary, options: RunOptions = QUICK) -> Report:
    return await run_plan(plan, account_of(sandbox), YES, home=home, options=replace(options, canary=canary))


async def resume(home: Path, sandbox: Sandbox, options: RunOptions = QUICK) -> Report:
    async for moment in continue_run(Runs(home).find("last"), account_of(sandbox), options, Control()):
        if isinstance(moment, Ended):
            return report_ended(moment)
    raise AssertionError("no end")


async def test_after_a_yes_the_others_follow_in_the_same_run(sandbox: Sandbox, tmp_path: Path) -> None:
    """Asked once, with the first rows ended and no other begun."""
    person = Person(sandbox, says=True)
    report = await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, Canary(7, person.goes_on))
    assert (report.state, report.counts["done"]) == ("finished", 60)
    assert person.created == 7
    [trial] = person.shown
    assert (trial.rows, trial.others, trial.counts["done"], sum(trial.counts.values())) == (7, 53, 7, 7)


async def test_after_a_no_the_run_is_stopped_and_resume_does_the_rest(sandbox: Sandbox, tmp_path: Path) -> None:
    """As after any other stop, and without a question."""
    person = Person(sandbox, says=False)
    report = await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, Canary(7, person.goes_on))
    assert (report.state, report.counts["done"], report.counts["pending"]) == ("stopped", 7, 53)
    assert "first 7 rows" in report.why
    assert sandbox.ledger.effects.created == 7
    again = await resume(tmp_path, sandbox)
    assert (again.state, again.counts["done"]) == ("finished", 60)
    assert sandbox.ledger.effects.created == 60


async def test_with_nobody_to_ask_it_stops(sandbox: Sandbox, tmp_path: Path) -> None:
    """After exactly so many rows, however many workers there are."""
    report = await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, Canary(1))
    assert (report.state, report.counts["done"]) == ("stopped", 1)
    assert report.why == "the first row is through, and nobody has said to go on; resume goes on"


@pytest.mark.parametrize("count", [60, 61, 1000])
async def test_where_no_rows_are_left_nobody_is_asked(sandbox: Sandbox, tmp_path: Path, count: int) -> None:
    """The canary was the whole run."""
    person = Person(sandbox, says=False)
    report = await run(await plan_for(sandbox, tmp_path), sandbox, tmp_path, Canary(count, person.goes_on))
    assert (report.state, report.counts["done"], person.shown) == ("finished", 60, [])


async def test_what_went_wrong_among_the_first_is_shown_by_cause(sandbox: Sandbox, tmp_path: Path) -> None:
    """Of those rows alone: neither the invalid row before them nor the refusals after them."""
    plan = await plan_for(sandbox, tmp_path)
    for taken in (1, 2, 30):
        sandbox.store.create(f"nieuw{taken}@example.org")
    sandbox.ledger.reset()
    person = Person(sandbox, says=False)
    await run(plan, sandbox, tmp_path, Canary(10, person.goes_on))
    [trial] = person.shown
    assert (trial.counts["done"], trial.counts["refused"], trial.counts["invalid"]) == (8, 2, 0)
    [group] = trial.groups
    assert (group.blame, group.code, group.count) == (Blame.ACCOUNT, 60005, 2)


async def test_rows_that_wait_for_the_server_must_be_confirmed(
    make_sandbox: MakeSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted is not enough to go on."""
    sandbox = make_sandbox(SandboxConfig(contacts=20, settle_delay=0.5))
    plan = await leaving(sandbox, tmp_path, monkeypatch, 12)
    gone: list[int] = []

    async def goes_on(trial: Trial) -> bool:
        await asyncio.sleep(0)
        gone.append(12 - left(sandbox, 12))
        return trial.counts["done"] == 3

    consent = Consent(yes=True, confirm=plan.acting if plan.needs_count else None)
    options = replace(WAITING, canary=Canary(3, goes_on))
    report = await run_plan(plan, account_of(sandbox), consent, home=tmp_path, options=options)
    assert gone == [3]
    assert report.counts["done"] == 12


async def test_a_drain_takes_the_question_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """Somebody who never answers keeps no run from ending."""
    asked = asyncio.Event()

    async def never(trial: Trial) -> bool:
        assert trial.rows == 5
        asked.set()
        await asyncio.Event().wait()
        return True

    plan, control = await plan_for(sandbox, tmp_path), Control()
    options = replace(QUICK, canary=Canary(5, never))
    report: Report | None = None
    async for moment in watch_run(plan, account_of(sandbox), YES, home=tmp_path, options=options, control=control):
        if isinstance(moment, Report):
            report = moment
        elif asked.is_set():
            control.drain("asked to")
    assert report is not None
    assert (report.state, report.why, report.counts["done"]) == ("stopped", "asked to", 5)
