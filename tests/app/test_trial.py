"""The first rows of a run and the question about the others, reading back, and what a pause shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import ProgressBar

from app.screens.help import HelpScreen
from app.screens.leave import LeaveScreen
from app.screens.question import YesNoScreen
from app.screens.run import RunScreen
from app.screens.trial import trial_question
from app.stages import Agreed, Desk
from ops.advice import Advice
from ops.canary import Trial
from ops.jobs.base import State
from ops.remedies import Blame
from ops.report import Report
from ops.sandbox import Sandbox, SandboxConfig
from ops.triage import Group
from ops.verify import Verify
from tests.app.desks import desk_of, small_plan
from tests.app.hosts import ScreenHost, until
from tests.conftest import MakeSandbox

SMALL, LARGE = (80, 24), (140, 40)
EMAILS = tuple(f"new{n}@example.org" for n in range(20))


@pytest.fixture
def slow(make_sandbox: MakeSandbox) -> Sandbox:
    """An account that takes its time."""
    return make_sandbox(SandboxConfig(contacts=20, latency_ms=30))


def steady(sandbox: Sandbox, home: Path) -> Desk:
    """A desk at a pace that can be watched."""
    return replace(desk_of(sandbox, home), rate=50)


@asynccontextmanager
async def asked(
    desk: Desk, agreed: Agreed, size: tuple[int, int] = SMALL
) -> AsyncIterator[tuple[ScreenHost, Pilot[Any]]]:
    """A run whose first rows are through."""
    host = ScreenHost(RunScreen(desk, agreed))
    async with host.run_test(size=size) as pilot:
        await until(lambda: isinstance(host.screen, YesNoScreen) and host.screen.is_mounted)
        await pilot.pause()
        yield host, pilot


def report_of(host: ScreenHost) -> Report:
    """What the screen returned."""
    assert isinstance(host.result, Report)
    return host.result


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_after_the_first_rows_a_yes_lets_the_others_follow(
    slow: Sandbox, tmp_path: Path, size: tuple[int, int]
) -> None:
    """Counts and causes of the first rows are shown, and nothing is sent until somebody has answered."""
    plan = await small_plan(slow, tmp_path, *EMAILS)
    slow.store.create(EMAILS[1])
    slow.ledger.reset()
    async with asked(steady(slow, tmp_path), Agreed(plan, first=5), size) as (host, pilot):
        drawn = host.drawn()
        for words in ("Go on with the other 15 rows?", "The first 5 rows:", "✓ 4 done", "✗ 1 refused", "such as row 2"):
            assert words.replace("such as ", "") in drawn
        assert "already exists" in " ".join(drawn.split())
        assert host.focused is host.screen.query_one("#no")
        assert slow.ledger.effects.created == 4
        assert "waiting for your word" in str(host.given.query_one("#speed").render())
        await pilot.press("y")
        await until(lambda: host.ended)
    report = report_of(host)
    assert (report.state, report.counts["done"], report.counts["refused"]) == ("finished", 19, 1)


@pytest.mark.parametrize("key", ["n", "escape", "enter"])
async def test_a_no_stops_the_run_at_the_first_rows(slow: Sandbox, tmp_path: Path, key: str) -> None:
    """It is what Enter alone says; the report says that it can be gone on with."""
    plan = await small_plan(slow, tmp_path, *EMAILS)
    async with asked(steady(slow, tmp_path), Agreed(plan, first=3)) as (host, pilot):
        await pilot.press(key)
        await until(lambda: host.ended)
    report = report_of(host)
    assert (report.state, report.counts["done"], report.counts["pending"]) == ("stopped", 3, 17)
    assert "first 3 rows" in report.why
    assert slow.ledger.effects.created == 3


@pytest.mark.parametrize("above", ["nothing", "leave", "help"])
async def test_an_end_of_the_run_takes_the_question_back(slow: Sandbox, tmp_path: Path, above: str) -> None:
    """Whatever lies above it; nobody's later answer reaches anything, and no screen is left behind."""
    plan = await small_plan(slow, tmp_path, *EMAILS)
    async with asked(steady(slow, tmp_path), Agreed(plan, first=3)) as (host, pilot):
        run = host.given
        assert isinstance(run, RunScreen)
        match above:
            case "leave":
                run.action_leave()
                await until(lambda: isinstance(host.screen, LeaveScreen))
                await pilot.press("d")
            case "help":
                host.push_screen(HelpScreen(host.screen))
                await until(lambda: isinstance(host.screen, HelpScreen))
                run.action_drain()
                await until(lambda: not run.is_under_way)
                await pilot.press("escape")
            case _:
                run.action_drain()
        await until(lambda: host.ended)
        await pilot.pause()
        assert len(host.screen_stack) == 1
    assert (report_of(host).state, report_of(host).counts["done"]) == ("stopped", 3)


async def test_where_every_row_is_among_the_first_nobody_is_asked(slow: Sandbox, tmp_path: Path) -> None:
    """There are no others."""
    plan = await small_plan(slow, tmp_path, *EMAILS)
    host = ScreenHost(RunScreen(steady(slow, tmp_path), Agreed(plan, first=20)))
    async with host.run_test(size=SMALL):
        await until(lambda: host.ended)
    assert report_of(host).state == "finished"


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_many_causes_leave_room_for_the_question_and_the_answers(size: tuple[int, int]) -> None:
    """They scroll; what the account says is drawn as text."""
    groups = tuple(
        Group(Blame.ROW, "cause", 1, None, 3, n, f"[red]message {n}\x1b[31m", Advice("Mend the row."))
        for n in range(30)
    )
    counts = {**dict.fromkeys((state.value for state in State), 0), "done": 10, "refused": 90}
    host = ScreenHost(trial_question(Trial(100, counts, groups, 900)))
    async with host.run_test(size=size) as pilot:
        await until(lambda: "PgDn: more" in host.drawn())
        await pilot.pause()
        drawn = host.drawn()
        for words in (
            "Go on with the other 900 rows?",
            "90 refused",
            "[red]message 0␛[31m",
            "Stop here (n)",
            "Go on (y)",
        ):
            assert words in drawn
        assert "\x1b" not in drawn


async def test_reading_back_is_watched(slow: Sandbox, tmp_path: Path) -> None:
    """Once all rows have ended, how many of them were read back; the bar goes along."""
    plan = await small_plan(slow, tmp_path, *EMAILS)
    screen = RunScreen(steady(slow, tmp_path), Agreed(plan, verify=Verify(15)))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL):
        await until(lambda: "of 15 rows read back" in str(screen.query_one("#counts").render()))
        assert screen.query_one("#bar", ProgressBar).total == 15
        await until(lambda: host.ended)
    assert (report_of(host).state, report_of(host).verified) == ("finished", 15)


async def test_while_paused_no_speed_is_shown(slow: Sandbox, tmp_path: Path) -> None:
    """Neither requests a second nor the time left mean anything then."""
    plan = await small_plan(slow, tmp_path, *EMAILS)
    screen = RunScreen(replace(steady(slow, tmp_path), rate=10), Agreed(plan))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: "requests/s" in host.words("#speed"))
        await pilot.press("p")
        await until(lambda: host.words("#speed") == "paused: nothing is sent")
        await asyncio.sleep(0.3)
        assert host.words("#speed") == "paused: nothing is sent"
        assert "requests/s" not in host.drawn()
        await pilot.press("p")
        await until(lambda: "requests/s" in host.words("#speed"))
        await pilot.press("S")
        await until(lambda: host.ended)
