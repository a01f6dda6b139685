"""Processes that start together, are stopped, or live in a time that jumps."""

from __future__ import annotations

import ast
import json
import os
import signal
import sqlite3
from pathlib import Path

import pytest

from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.cli.support import ROOT, Place, until
from tests.conftest import MakeSandbox
from tests.faults.forge import Forge, forging

MANY = 20
HEADER = "email,firstname"
FAST = ("--rate", "2000", "--json")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
WORKERS = 4


def people(count: int) -> list[str]:
    return [f"person{number}@example.com,Name {number}" for number in range(count)]


@pytest.fixture
def slow(make_sandbox: MakeSandbox) -> Sandbox:
    """An account that takes its time to answer."""
    return make_sandbox(SandboxConfig(contacts=20, latency_ms=20))


def begun(forge: Forge, sandbox: Sandbox, plan: Path, after: int = 3) -> None:
    """A run that was killed in the middle."""
    process = forge.start("run", str(plan), "--yes", "--workers", str(WORKERS), *FAST)
    until(lambda: sandbox.ledger.effects.created >= after)
    process.send(signal.SIGKILL)
    assert [answer.code for answer in process.answers()] == [-signal.SIGKILL]


def test_of_twenty_simultaneous_starts_of_a_plan_one_runs(slow: Sandbox, tmp_path: Path) -> None:
    """The others refuse, with 75 while it runs or 2 when it has; each contact is made once."""
    place = Place(tmp_path, slow)
    plan = place.plan(HEADER, *people(60))
    slow.ledger.reset()
    with forging(place) as forge:
        answers = forge.start("run", str(plan), "--yes", "--workers", "2", *FAST, count=MANY).answers()
    ran = [answer for answer in answers if answer.code == 0]
    refused = [answer.document["error"]["kind"] for answer in answers if answer.code in {2, 75}]
    assert (len(ran), len(refused)) == (1, MANY - 1)
    assert set(refused) <= {"already_run", "held"}
    assert ran[0].document["counts"]["done"] == 60
    assert slow.ledger.effects.created == 60
    assert len(Runs(place.home).all()) == 1
    assert Runs(place.home).drafts() == []


def test_of_twenty_simultaneous_resumes_of_a_run_one_goes_on(slow: Sandbox, tmp_path: Path) -> None:
    """The lock of the process that was killed is gone; nineteen exit with 75 and name the one that holds the run."""
    place = Place(tmp_path, slow)
    plan = place.plan(HEADER, *people(60))
    with forging(place) as forge:
        begun(forge, slow, plan)
        resumes = forge.start("resume", "last", "--workers", "2", *FAST, count=MANY)
        answers = resumes.answers()
    [winner] = [pid for pid, answer in zip(resumes.pids, answers, strict=True) if answer.code == 0]
    losers = [answer for answer in answers if answer.code == 75]
    assert len(losers) == MANY - 1
    assert all(f"held by process {winner}." in loser.document["error"]["message"] for loser in losers)
    assert slow.ledger.effects.created == 60


def test_a_lock_dies_with_its_process(slow: Sandbox, tmp_path: Path) -> None:
    """Ten kills, and after each the next process has the run at once."""
    place = Place(tmp_path, slow)
    plan = place.plan(HEADER, *people(60))
    with forging(place) as forge:
        begun(forge, slow, plan)
        for kill in range(10):
            process = forge.start("resume", "last", "--workers", "1", *FAST)
            until(lambda: Runs(place.home).find("last").is_held)
            process.send(signal.SIGKILL)
            assert process.answers()[0].code == -signal.SIGKILL, kill
        assert forge.call("resume", "last", *FAST).document["counts"]["done"] == 60
    assert slow.ledger.effects.created == 60


def test_a_plan_that_was_run_is_refused_ten_times_of_ten(sandbox: Sandbox, tmp_path: Path) -> None:
    """With 2, without a request, until it is asked for by name."""
    place = Place(tmp_path, sandbox)
    plan = place.plan(HEADER, *people(3))
    with forging(place) as forge:
        assert forge.call("run", str(plan), "--yes", *FAST).code == 0
        sandbox.ledger.reset()
        for _ in range(10):
            answer = forge.call("run", str(plan), "--yes", *FAST)
            assert (answer.code, answer.document["error"]["kind"]) == (2, "already_run")
        assert sandbox.ledger.requests == 0
        assert forge.call("run", str(plan), "--yes", "--again", *FAST).code in {0, 1}
    assert sandbox.ledger.effects.created == 0


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_signal_drains_and_a_second_one_stops_at_once(slow: Sandbox, tmp_path: Path, number: signal.Signals) -> None:
    """Drained: nothing unknown. Stopped: no more in doubt than was in flight; and a resume does the rest once."""
    place = Place(tmp_path, slow)
    plan = place.plan(HEADER, *people(80))
    with forging(place) as forge:
        process = forge.start("run", str(plan), "--yes", "--workers", str(WORKERS), *FAST)
        until(lambda: slow.ledger.effects.created >= 3)
        process.send(number)
        [drained] = process.answers()
        assert drained.code == 3
        assert drained.document["counts"]["unknown"] == 0
        assert number.name in drained.err
        before = slow.ledger.effects.created
        slow.set_faults(Fault(kind="hang", on="writes", after=5, commit=True))
        process = forge.start("resume", "last", "--workers", str(WORKERS), *FAST)
        until(lambda: sum(entry.fault == "hang" for entry in list(slow.ledger.entries)) >= WORKERS)
        process.send(number)
        until(lambda: "press Ctrl-C again" in process.said())
        process.send(number)
        [stopped] = process.answers()
        assert stopped.code == 3
        assert 1 <= stopped.document["counts"]["unknown"] <= WORKERS
        assert slow.ledger.effects.created > before
        slow.set_faults()
        assert forge.call("resume", "last", *FAST).document["counts"]["done"] == 80
    assert slow.ledger.effects.created == 80


WALL_CLOCK = {
    ("app/bugs.py", "now"): "the name of a log",
    ("ops/execution.py", "time"): "how old a plan is: a hint that only reads again",
    ("ops/jobs/giftcards_send.py", "now"): "whether a card has expired: a day is a date of the calendar",
    ("ops/journal/writing.py", "time"): "shown to people",
    ("ops/leat/client.py", "time"): "a Retry-After that is a date, of a server that does not say its own time",
    ("ops/planner.py", "time"): "shown to people, and how old a plan is",
    ("ops/report.py", "now"): "shown to people",
    ("ops/undo.py", "time"): "shown to people, and how old a plan is",
    ("ops/runs.py", "time"): "whether an instant or a minute ago somebody made a folder without a lock",
}
"""Every place of the program, its sandbox apart, that looks at the wall clock, and what for."""


def test_the_wall_clock_is_looked_at_for_people_alone() -> None:
    """Whoever adds a look says what for; no order, no limit and no decision rests on it."""
    found = set()
    for path in sorted([*(ROOT / "ops").rglob("*.py"), *(ROOT / "app").rglob("*.py")]):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("ops/sandbox/"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in {"time", "time_ns", "now", "utcnow", "today"}:
                base = node.value.id if isinstance(node.value, ast.Name) else ""
                if base in {"time", "datetime", "date"}:
                    found.add((name, node.attr))
    assert sorted(found) == sorted(WALL_CLOCK)


JUMPING = """
import itertools, time
real, jumps = time.time, itertools.cycle((0, 86_400, -86_400, 3 * 86_400))
time.time = lambda: real() + next(jumps)
"""


def test_a_clock_that_jumps_by_days_changes_nothing(slow: Sandbox, make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Killed, drained and resumed under a wall clock that is off by a day at each look: the same rows, each once."""
    results = []
    for name, prelude, sandbox in (("steady", "", slow), ("jumping", JUMPING, make_sandbox(slow.config))):
        (tmp_path / name).mkdir()
        place = Place(tmp_path / name, sandbox)
        plan = place.plan(HEADER, *people(60), "nobody,x")
        with forging(place, prelude) as forge:
            begun(forge, sandbox, plan)
            sandbox.set_faults(Fault(kind="429", times=3, retry_after=1, retry_as="date"), Fault(kind="500", rate=0.05))
            process = forge.start("resume", "last", "--workers", str(WORKERS), *FAST)
            until(lambda sandbox=sandbox: sandbox.ledger.effects.created >= 20)  # type: ignore[misc]
            process.send(signal.SIGTERM)
            assert process.answers()[0].code == 3
            ended = forge.call("resume", "last", *FAST)
        report = (Runs(place.home).find("last").path / "results.csv").read_text("utf-8")
        columns = [line.split(",")[:5] for line in report.splitlines()]
        results.append((ended.code, ended.document["counts"], columns, sandbox.ledger.effects.created))
    assert results[0] == results[1]
    assert results[0][1]["done"] == results[0][3] == 60


def test_the_order_of_events_is_their_number(slow: Sandbox, tmp_path: Path) -> None:
    """Under a clock that goes back, what came last is what counts."""
    place = Place(tmp_path, slow)
    plan = place.plan(HEADER, *people(10))
    with forging(place, JUMPING) as forge:
        assert forge.call("run", str(plan), "--yes", *FAST).code == 0
        again = forge.call("report", "last", "--json")
    assert again.document["counts"]["done"] == 10
    with sqlite3.connect(Runs(place.home).find("last").journal_path) as journal:
        times = [at for (at,) in journal.execute("SELECT at FROM events ORDER BY seq")]
    journal.close()
    assert times != sorted(times)


def test_the_last_run_is_the_one_that_was_claimed_last(sandbox: Sandbox, tmp_path: Path) -> None:
    """Also when the clock has been set back between the two."""
    place = Place(tmp_path, sandbox)
    for number in range(2):
        plan = place.plan(HEADER, f"one{number}@example.com,x")
        with forging(place) as forge:
            ran = forge.call("run", str(plan), "--yes", *FAST)
            last = forge.call("report", "last", "--json")
        assert json.loads(last.out)["run"] == ran.document["run"]
        tomorrow = Runs(place.home).find(ran.document["run"]).path / "plan.parquet"
        when = tomorrow.stat().st_mtime + 86_400
        os.utime(tomorrow, (when, when))
