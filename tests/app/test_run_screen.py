"""A run on screen: watched, paused, drained, stopped, left; and its end, whatever is shown above it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen
from textual.widgets import Button, ProgressBar, Static

from app.main import LeatApp
from app.screens.confirm import ConfirmScreen
from app.screens.help import HelpScreen
from app.screens.leave import LeaveScreen
from app.screens.load import LoadScreen
from app.screens.map import MapScreen
from app.screens.report import ReportScreen
from app.screens.review import ReviewScreen
from app.screens.run import RunScreen
from app.stages import Agreed, Desk, Resumed
from ops.jobs.base import State
from ops.leat.profile import Account, Secret
from ops.report import Report, standing
from ops.runs import Runs
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.app.desks import claimed, desk_of, small_plan
from tests.app.hosts import ScreenHost, until
from tests.conftest import MakeSandbox
from tests.engine.files import plan_of, write_csv

SMALL = (80, 24)
EMAILS = tuple(f"new{n}@example.org" for n in range(600))
FEW = EMAILS[:40]


@pytest.fixture
def slow(make_sandbox: MakeSandbox) -> Sandbox:
    """An account that takes its time."""
    return make_sandbox(SandboxConfig(contacts=20, latency_ms=30))


def steady(sandbox: Sandbox, home: Path) -> Desk:
    """A desk at a pace that can be watched: 40 rows take two seconds, and no more are in hand at once."""
    return replace(desk_of(sandbox, home), rate=20)


@asynccontextmanager
async def running(desk: Desk, what: Agreed | Resumed) -> AsyncIterator[tuple[ScreenHost, RunScreen]]:
    """The screen at work."""
    screen = RunScreen(desk, what)
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL):
        yield host, screen


def done(screen: RunScreen) -> int:
    """Rows done so far, as the screen was told last."""
    return 0 if screen._last is None else screen._last.counts[State.DONE]


def report_of(host: ScreenHost) -> Report:
    """What the screen returned."""
    assert isinstance(host.result, Report)
    return host.result


async def test_a_run_is_watched_to_its_report(slow: Sandbox, tmp_path: Path) -> None:
    """Bar, counts, speed against the limit; then the report, whose counts add up."""
    plan = await small_plan(slow, tmp_path, *FEW)
    async with running(steady(slow, tmp_path), Agreed(plan)) as (host, screen):
        await until(lambda: 5 <= done(screen) < 40)
        counts = host.words("#counts")
        assert "done" in counts
        assert "left" in counts
        assert "rows/s · 20 of 20 requests/s" in host.words("#speed")
        assert host.words("#title").startswith("contacts.create: 40 rows")
        bar = screen.query_one("#bar", ProgressBar)
        assert bar.total == 40
        assert 0 < bar.progress < 40
        await until(lambda: host.ended)
    report = report_of(host)
    assert report.state == "finished"
    assert report.counts["done"] == sum(report.counts.values()) == slow.ledger.effects.created == 40


async def test_a_pause_sends_nothing_and_goes_on_with_the_same_key(slow: Sandbox, tmp_path: Path) -> None:
    """While it lasts the title says so, and how to go on."""
    plan = await small_plan(slow, tmp_path, *FEW)
    async with running(steady(slow, tmp_path), Agreed(plan)) as (host, screen):
        await until(lambda: done(screen) >= 3)
        screen.action_pause()
        await until(lambda: "paused (p goes on)" in host.words("#title"))
        before = 0
        while before != slow.ledger.requests:  # what was in flight arrives
            before = slow.ledger.requests
            await asyncio.sleep(0.3)
        assert done(screen) < 40
        assert not host.ended
        screen.action_pause()
        await until(lambda: host.ended)
    assert report_of(host).counts["done"] == 40


async def test_drain_finishes_the_rows_in_hand_and_leaves_the_rest(slow: Sandbox, tmp_path: Path) -> None:
    """Nothing is in doubt; the report says that it can be gone on with, and a resume does the rest once."""
    plan, desk = await small_plan(slow, tmp_path, *EMAILS), steady(slow, tmp_path)
    screen = RunScreen(desk, Agreed(plan))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: done(screen) >= 3)
        await pilot.press("d")
        assert any("can be resumed" in words for words in host.toasts)
        await until(lambda: host.ended)
    report = report_of(host)
    assert report.state == "stopped"
    assert report.counts["unknown"] == 0
    assert 3 <= report.counts["done"] < len(EMAILS)
    async with running(replace(desk, rate=500), Resumed(Runs(tmp_path).find(report.run))) as (again, _):
        await until(lambda: again.ended)
    assert report_of(again).counts["done"] == slow.ledger.effects.created == len(EMAILS)


async def test_stop_gives_up_at_once_and_lists_what_was_in_flight(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """A server that takes half a minute does not keep anybody; what it was sent is unknown."""
    sandbox = make_sandbox(SandboxConfig(contacts=20, faults=(Fault(kind="hang", on="writes", first=5),)))
    plan = await small_plan(sandbox, tmp_path, *EMAILS)
    screen = RunScreen(replace(desk_of(sandbox, tmp_path), rate=100), Agreed(plan))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: sandbox.ledger.writes >= 5)
        begun = time.monotonic()
        await pilot.press("S")
        await until(lambda: host.ended)
        assert time.monotonic() - begun < 10
    report = report_of(host)
    assert report.state == "stopped"
    assert report.counts["unknown"] > 0
    assert report.files.unknown.is_file()


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_leaving_a_run_asks_and_staying_goes_on(slow: Sandbox, tmp_path: Path, key: str) -> None:
    """The question is asked once; rows go on being done below it; drain ends it with a report."""
    plan = await small_plan(slow, tmp_path, *EMAILS)
    screen = RunScreen(steady(slow, tmp_path), Agreed(plan))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: done(screen) >= 2)
        await pilot.press(key)
        await until(lambda: isinstance(host.screen, LeaveScreen))
        seen = done(screen)
        await until(lambda: done(screen) > seen)
        await pilot.press("enter")
        await until(lambda: host.screen is screen)
        await pilot.press(key)
        await until(lambda: isinstance(host.screen, LeaveScreen))
        await pilot.press("d")
        await until(lambda: host.ended)
    assert report_of(host).state == "stopped"


@pytest.mark.parametrize("above", ["question", "help"])
async def test_a_run_that_ends_under_another_screen_still_hands_its_report_on(
    sandbox: Sandbox, tmp_path: Path, above: str
) -> None:
    """A question answers itself; the help stays until it is closed; no screen is left behind."""
    plan = await small_plan(sandbox, tmp_path, *FEW)
    screen = RunScreen(steady(sandbox, tmp_path), Agreed(plan))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: done(screen) >= 1)
        await pilot.press("q" if above == "question" else "question_mark")
        await until(lambda: isinstance(host.screen, LeaveScreen | HelpScreen))
        await until(lambda: not screen.is_under_way)
        if above == "help":
            await pilot.pause()
            assert isinstance(host.screen, HelpScreen)
            await pilot.press("escape")
        await until(lambda: host.ended)
        await pilot.pause()
        assert len(host.screen_stack) == 1
    assert report_of(host).counts["done"] == 40


async def test_a_run_that_cannot_begin_says_why_and_goes_back(sandbox: Sandbox, tmp_path: Path) -> None:
    """The token does not work; nothing is claimed; the keys of a run are dim, and Esc asks nothing."""
    plan = await small_plan(sandbox, tmp_path, *EMAILS)
    sandbox.set_faults(Fault(kind="401"))
    screen = RunScreen(desk_of(sandbox, tmp_path), Agreed(plan))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: "could not go on" in host.words("#title"))
        assert "Esc goes back" in host.words("#why")
        assert "token" in host.words("#why")
        dim = {active.binding.action for active in screen.active_bindings.values() if not active.enabled}
        assert dim >= {"pause", "drain", "stop"}
        await pilot.press("p", "d", "S", "escape")
        await until(lambda: host.ended)
    assert host.result is None
    assert not list((tmp_path / "runs").glob("*"))


async def test_a_run_that_is_not_begun_can_be_left_at_once(sandbox: Sandbox, tmp_path: Path) -> None:
    """While the account does not answer nobody is asked about rows under way: there are none."""
    plan = await small_plan(sandbox, tmp_path, *EMAILS)
    host = ScreenHost(RunScreen(Desk(Account("http://127.0.0.1:9", Secret("none"), "sandbox"), tmp_path), Agreed(plan)))
    async with host.run_test(size=SMALL) as pilot:
        assert "Looking whether" in host.words("#title")
        await pilot.press("escape")
        await until(lambda: host.ended)
    assert host.result is None


async def test_a_token_that_dies_in_mid_run_stops_it_with_the_reason(slow: Sandbox, tmp_path: Path) -> None:
    """The report is there, says why, and nothing is used up: a resume with a token that works does the rest."""
    plan, desk = await small_plan(slow, tmp_path, *FEW), steady(slow, tmp_path)
    async with running(desk, Agreed(plan)) as (host, screen):
        await until(lambda: done(screen) >= 3)
        slow.set_faults(Fault(kind="401"))
        await until(lambda: host.ended)
    report = report_of(host)
    assert report.state == "stopped"
    assert "token" in report.why.lower()
    assert report.counts["refused"] == 0
    slow.set_faults()
    async with running(desk, Resumed(Runs(tmp_path).find(report.run))) as (again, _):
        await until(lambda: again.ended)
    assert report_of(again).counts["done"] == slow.ledger.effects.created == 40


async def test_troubles_are_told_as_they_come(slow: Sandbox, tmp_path: Path) -> None:
    """The latest rows that did not go well stand on the screen with the account's words."""
    plan = await small_plan(slow, tmp_path, *FEW)
    for email in FEW[:6]:
        slow.store.create(email)
    async with running(steady(slow, tmp_path), Agreed(plan)) as (host, _):
        await until(lambda: "refused:" in host.words("#latest"))
        assert "already exists" in host.words("#latest")
        assert "refused" in host.words("#counts")
        await until(lambda: host.ended)
    assert report_of(host).counts["refused"] == 6


async def test_a_resize_during_a_run_loses_nothing(slow: Sandbox, tmp_path: Path) -> None:
    """From wide to one line and back, in mid-run."""
    plan = await small_plan(slow, tmp_path, *FEW)
    screen = RunScreen(steady(slow, tmp_path), Agreed(plan))
    host = ScreenHost(screen)
    async with host.run_test(size=SMALL) as pilot:
        await until(lambda: done(screen) >= 2)
        for size in ((200, 60), (20, 3), (1, 1), SMALL):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert "contacts.create: 40 rows" in host.drawn()
        await until(lambda: host.ended)
    assert report_of(host).counts["done"] == 40


async def test_five_thousand_rows_do_not_block_the_loop(sandbox: Sandbox, tmp_path: Path) -> None:
    """A clock in the same loop ticks on through the whole run, without a limit on its pace."""
    file = write_csv(tmp_path / "in.csv", ("email",), [(f"many{n}@example.org",) for n in range(5_000)])
    plan = await plan_of(sandbox, "contacts.create", file)
    gaps: list[float] = []

    async def tick() -> None:
        while True:
            begun = time.monotonic()
            await asyncio.sleep(0.01)
            gaps.append(time.monotonic() - begun - 0.01)

    async with running(replace(desk_of(sandbox, tmp_path), rate=2_000), Agreed(plan)) as (host, _):
        clock = asyncio.create_task(tick())
        deadline = time.monotonic() + 60
        while not host.ended:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        clock.cancel()
    assert report_of(host).counts["done"] == 5_000
    assert len(gaps) > 100
    assert sorted(gaps)[len(gaps) // 2] < 0.1
    assert max(gaps) < 1.5


def leads_on(app: LeatApp, stage: type[Screen[Any]], button: str) -> bool:
    """Whether a stage is on top and its main button can be pressed."""
    if not isinstance(app.screen, stage):
        return False
    return any(not one.disabled for one in app.screen.query(f"#{button}").results(Button))


async def test_ctrl_q_asks_while_rows_are_under_way_and_then_ends_the_app(slow: Sandbox, tmp_path: Path) -> None:
    """The run is drained, its files are written, and leatops is gone; nothing is in doubt."""
    file = write_csv(tmp_path / "in.csv", ("email",), [(email,) for email in EMAILS])
    app = LeatApp(steady(slow, tmp_path), file)
    async with app.run_test(size=SMALL) as pilot:
        way: list[tuple[type[Screen[Any]], str, str]] = [
            (LoadScreen, "go", "m"),
            (MapScreen, "plan", "p"),
            (ReviewScreen, "run", "r"),
            (ConfirmScreen, "yes", "y"),
        ]
        for stage, button, key in way:
            await until(partial(leads_on, app, stage, button))
            await pilot.pause()
            await pilot.press(key)
        await until(lambda: isinstance(app.screen, RunScreen) and done(app.screen) >= 2)
        await pilot.press("ctrl+q")
        await until(lambda: isinstance(app.screen, LeaveScreen))
        await pilot.press("ctrl+q")
        assert "leatops ends" in "".join(
            str(one.content) for one in app.screen.query("#question > Static").results(Static)
        )
        await pilot.press("d")
        await until(lambda: app._exit)
    [run] = Runs(tmp_path).all()
    found = standing(run)
    assert (found.state, found.counts["unknown"]) == ("stopped", 0)
    assert 2 <= found.counts["done"] < len(EMAILS)
    assert (run.path / "results.csv").is_file()


async def test_quitting_after_the_run_asks_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    """There is nothing left to lose."""
    folder = claimed(tmp_path, await small_plan(sandbox, tmp_path, "new@example.org"))
    app = LeatApp(replace(desk_of(sandbox, tmp_path), rate=500))
    async with app.run_test(size=SMALL) as pilot:
        await until(lambda: isinstance(app.screen, LoadScreen) and app.screen.query("#stopped") and app.screen._stopped)
        await pilot.press("f4")
        await until(lambda: isinstance(app.screen, ReportScreen))
        await pilot.press("ctrl+q")
        await until(lambda: app._exit)
    assert standing(folder).state == "finished"
