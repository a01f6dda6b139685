"""A siege: a run of the real command, killed so many times while the server misbehaves, resumed, settled and judged.

The kills are drawn from a seed; what they hit depends on the machine.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from app.cli.exits import ExitCode
from tests.chaos.cases import CASES, Case
from tests.chaos.ground import Answer, Desk, World, world
from tests.chaos.verdict import Outcome, Verdict, judge_files, judge_ledger

FAST = ("--rate", "5000", "--workers", "8")
RESUMES = 100
SETTLES = 10
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "lost_after", "on": "writes", "rate": 0.03},
    {"kind": "500", "on": "writes", "rate": 0.01},
    {"kind": "500", "on": "writes", "rate": 0.01, "commit": True},
    {"kind": "late_commit", "on": "writes", "rate": 0.005, "delay": 1.0},
    {"kind": "429", "rate": 0.002, "retry_after": 0},
    {"kind": "429", "every": 1_500, "retry_after": 1},
)


@dataclass(frozen=True, slots=True)
class Siege:
    """What is besieged, and how."""

    job: str = "giftcards.issue"
    rows: int = 400
    kills: int = 20
    seed: int = 1
    settle_kills: int = 2
    faults: tuple[dict[str, Any], ...] = FAULTS


def besiege(siege: Siege, folder: Path) -> Verdict:
    """Plan, run, kill, resume, settle, judge."""
    kind = CASES[siege.job]
    with world(kind.contacts(siege.rows), siege.seed) as ground:
        case = kind(ground, siege.rows, siege.seed)
        desk = Desk(folder, ground)
        begun = time.monotonic()
        consent = _planned(case, desk)
        ground.set_faults(*siege.faults)
        verdict = Verdict()
        verdict.figures["kills"] = _killed(siege, case, desk, consent)
        verdict.figures["resumes"] = _resumed(desk, verdict)
        verdict.figures["kills in a settle"] = _settling_killed(siege, desk)
        ended = _settled(desk, verdict)
        ground.until_idle()
        verdict.figures["seconds"] = round(time.monotonic() - begun, 1)
        ground.set_faults()
        outcome = Outcome.read(ended.document)
        judge_files(verdict, outcome, siege.rows)
        case.judge(verdict, outcome)
        judge_ledger(verdict, ground.ledger())
        verdict.promise(ended.code == _expected(outcome), f"the exit code of what is left, not {ended.code}")
        return verdict


def _planned(case: Case, desk: Desk) -> tuple[str, ...]:
    """Make the plan; returns how to agree to it."""
    file = case.file(desk.folder / "in.csv")
    plan = desk.call("plan", case.job, str(file), *case.settings, "--out", "plan.parquet", "--rate", "5000")
    assert plan.document["confirm"] == case.rows, plan.document["problems"][:3]
    return ("--confirm", str(case.rows)) if case.guarded else ("--yes",)


def _killed(siege: Siege, case: Case, desk: Desk, consent: tuple[str, ...]) -> int:
    """Start and kill, as often as asked for or until the run ends by itself."""
    dice = Random(siege.seed)
    step = max(2, int(2 * 0.75 * case.requests_per_row * siege.rows / siege.kills))
    killed = 0
    while killed < siege.kills:
        command = ("resume", "last") if desk.begun else ("run", "plan.parquet", *consent)
        if desk.kill(*command, *FAST, after=dice.randint(1, step)):
            killed += 1
        elif _is_finished(desk):
            break
    return killed


def _is_finished(desk: Desk) -> bool:
    return any(run["state"] == "finished" for run in desk.call("runs").document["runs"])


def _resumed(desk: Desk, verdict: Verdict) -> int:
    """Resume until nothing is pending."""
    for number in range(1, RESUMES + 1):
        answer = desk.call("resume", "last", *FAST)
        if answer.code != ExitCode.STOPPED:
            return number
    verdict.promise(False, "resuming comes to an end")
    return RESUMES


def _settling_killed(siege: Siege, desk: Desk) -> int:
    dice = Random(siege.seed + 1)
    return sum(desk.kill("settle", "last", *FAST, after=dice.randint(1, 40)) for _ in range(siege.settle_kills))


def _settled(desk: Desk, verdict: Verdict) -> Answer:
    """Settle until it changes nothing; what it begins may be lost as well."""
    before: dict[str, int] = {}
    for _ in range(SETTLES):
        answer = desk.call("settle", "last", *FAST)
        if answer.code == ExitCode.STOPPED:
            answer = desk.call("resume", "last", *FAST)
        counts: dict[str, int] = answer.document["counts"]
        if counts == before:
            return answer
        before = counts
    verdict.promise(False, "settling comes to an end")
    return answer


def _expected(outcome: Outcome) -> ExitCode:
    if outcome.counts["unknown"]:
        return ExitCode.DOUBT
    left = sum(outcome.counts[state] for state in ("invalid", "held", "refused"))
    return ExitCode.LEFTOVERS if left else ExitCode.DONE


__all__ = ["FAULTS", "Siege", "World", "besiege"]
