"""Desks and runs for the tests of the screens."""

from __future__ import annotations

from pathlib import Path

from app.stages import Desk
from ops.leat.profile import Account, Secret
from ops.plan import Plan
from ops.runs import RunFolder, Runs
from ops.sandbox import Sandbox
from tests.engine.files import account_of, plan_of, write_csv

SAMPLES = Path(__file__).parents[2] / "samples"


def lone_desk(home: Path, *, demo: bool = False) -> Desk:
    """A desk whose account answers nobody: for screens that do not ask it."""
    return Desk(
        Account("http://127.0.0.1:9", Secret("none"), "[/sandbox]"),
        home,
        demo=demo,
        samples=SAMPLES if demo else None,
    )


def desk_of(sandbox: Sandbox, home: Path) -> Desk:
    """A desk on a sandbox."""
    return Desk(account_of(sandbox), home)


async def small_plan(sandbox: Sandbox, folder: Path, *emails: str, job: str = "contacts.create") -> Plan:
    """A plan to create contacts, and nothing else."""
    return await plan_of(sandbox, job, write_csv(folder / "in.csv", ("email",), [(email,) for email in emails]))


def claimed(home: Path, plan: Plan) -> RunFolder:
    """A run that was begun and sent nothing."""
    return Runs(home).claim(plan, {"account": "sandbox"}, again=True)
