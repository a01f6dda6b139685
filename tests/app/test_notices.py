"""What holds on every screen: notices, Ctrl-C, and the question before a run goes on on another account."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.main import LeatApp
from app.screens.leave import LeaveScreen
from app.screens.load import LoadScreen
from app.screens.question import YesNoScreen
from app.screens.report import ReportScreen
from app.screens.run import RunScreen
from app.screens.runs import RunsScreen
from app.stages import Agreed
from ops.sandbox import Sandbox, SandboxConfig
from tests.app.desks import claimed, desk_of, lone_desk, small_plan
from tests.app.hosts import until
from tests.conftest import MakeSandbox


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_notices_do_not_stack(tmp_path: Path, size: tuple[int, int]) -> None:
    """Neither how to leave nor that this is the first step covers the screen by being asked for again."""
    app = LeatApp(lone_desk(tmp_path))
    async with app.run_test(size=size) as pilot:
        await until(lambda: isinstance(app.screen, LoadScreen) and app.screen.is_mounted)
        await pilot.press("escape", "escape", "escape", *["ctrl+c"] * 3, "escape")
        said = [notice.message for notice in app._notifications]
        assert sorted(said) == ["This is the first step: q leaves leatops.", "ctrl+q leaves leatops."]
        await pilot.press("ctrl+q")
        await until(lambda: app._exit)


@pytest.mark.parametrize("size", [(80, 24), (140, 40)])
async def test_ctrl_c_during_a_run_asks_once(make_sandbox: MakeSandbox, tmp_path: Path, size: tuple[int, int]) -> None:
    """Drain, stop or stay; staying goes on watching, and how the run ended is kept for the way out."""
    slow: Sandbox = make_sandbox(SandboxConfig(contacts=20, latency_ms=30))
    plan = await small_plan(slow, tmp_path, *(f"new{n}@example.org" for n in range(600)))
    desk = replace(desk_of(slow, tmp_path), rate=20)
    app = LeatApp(desk)
    async with app.run_test(size=size) as pilot:
        await until(lambda: isinstance(app.screen, LoadScreen) and app.screen.is_mounted)
        run = RunScreen(desk, Agreed(plan))
        app.push_screen(run)
        await until(lambda: run._last is not None and run._last.finished >= 2)
        await pilot.press("ctrl+c", "ctrl+c", "ctrl+c")
        await until(lambda: isinstance(app.screen, LeaveScreen))
        await pilot.pause()
        assert sum(isinstance(screen, LeaveScreen) for screen in app.screen_stack) == 1
        assert not list(app._notifications)
        await pilot.press("enter")
        await until(lambda: app.screen is run)
        await pilot.press("ctrl+c")
        await until(lambda: isinstance(app.screen, LeaveScreen))
        await pilot.press("d")
        await until(lambda: app._exit)
    [ended] = desk.ended.values()
    assert ended.state == "stopped"


async def test_a_report_s_resume_asks_about_another_account_too(sandbox: Sandbox, tmp_path: Path) -> None:
    """A no comes back to the report; nothing is sent."""
    claimed(tmp_path, await small_plan(sandbox, tmp_path, "new@example.org"))
    good = desk_of(sandbox, tmp_path)
    app = LeatApp(replace(good, account=replace(good.account, name="other")))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(lambda: isinstance(app.screen, LoadScreen) and app.screen.is_mounted)
        await pilot.press("f3")
        await until(lambda: isinstance(app.screen, RunsScreen) and app.screen._runs)
        await pilot.pause()
        await pilot.press("enter")
        for key in ("n", "y"):
            await until(lambda: isinstance(app.screen, ReportScreen) and app.screen.is_mounted)
            await pilot.pause()
            assert sandbox.ledger.effects.created == 0
            await pilot.press("r")
            await until(lambda: isinstance(app.screen, YesNoScreen) and app.screen.is_mounted)
            await pilot.pause()
            await pilot.press(key)
        await until(lambda: sandbox.ledger.effects.created == 1)
        await until(lambda: isinstance(app.screen, ReportScreen) and app.screen.is_mounted)
