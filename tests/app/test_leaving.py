"""How the app ends: in the middle of a change of screens, before a run has begun, and when it meets a bug."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from app.main import LeatApp
from app.screens.load import LoadScreen
from app.screens.run import RunScreen
from app.stages import Agreed, Resumed
from ops.report import standing
from ops.sandbox import Fault, Sandbox, SandboxConfig
from tests.app.desks import claimed, desk_of, small_plan
from tests.app.hosts import until
from tests.app.journeys import fast_desk
from tests.conftest import MakeSandbox

SMALL = (80, 24)


class SurpriseError(Exception):
    """What nobody foresaw."""


@asynccontextmanager
async def surprised(app: LeatApp) -> AsyncIterator[None]:
    """The app at work; it must have met the surprise by the end."""
    met = False
    try:
        async with app.run_test(size=SMALL):
            await until(lambda: isinstance(app.screen, LoadScreen))
            yield
    except SurpriseError:
        met = True
    assert met


async def test_leaving_while_a_screen_comes_up_is_no_bug(sandbox: Sandbox, tmp_path: Path) -> None:
    """The next stage is mounted by an app that composes nothing any more: it ends quietly all the same."""
    folder = claimed(tmp_path, await small_plan(sandbox, tmp_path, "a@example.org"))
    app = LeatApp(desk_of(sandbox, tmp_path))
    async with app.run_test(size=SMALL):
        await until(lambda: isinstance(app.screen, LoadScreen) and app.screen.is_mounted)
        coming = RunScreen(app.desk, Resumed(folder))
        app.exit()
        app.push_screen(coming)
        await until(lambda: coming.is_mounted)
        assert not coming.query("#title")
    assert app.bug is None
    assert app.return_code == 0
    assert not (tmp_path / "logs").exists()
    assert sandbox.ledger.effects.created == 0


async def test_leaving_before_a_run_has_begun_goes_nowhere_else(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """While the account is looked at, ctrl+q ends the app; the stage before does not come up again."""
    slow = make_sandbox(SandboxConfig(contacts=20))
    plan = await small_plan(slow, tmp_path, "a@example.org")
    slow.set_faults(Fault(kind="hang"))
    app = LeatApp(desk_of(slow, tmp_path))
    seen: list[str] = []
    async with app.run_test(size=SMALL) as pilot:
        await until(lambda: isinstance(app.screen, LoadScreen) and app.screen.is_mounted)
        app.push_screen(RunScreen(app.desk, Agreed(plan)), lambda _: seen.append("back"))
        await until(lambda: isinstance(app.screen, RunScreen) and app.screen.is_mounted)
        await pilot.press("ctrl+q")
        await until(lambda: app._exit)
    assert seen == []
    assert app.bug is None
    assert slow.ledger.effects.created == 0


async def test_a_bug_keeps_a_log_without_the_words_of_the_error(sandbox: Sandbox, tmp_path: Path) -> None:
    """Frames and the kind of the exception, readable by its owner alone; the message may name somebody."""
    app = LeatApp(desk_of(sandbox, tmp_path))
    token = app.desk.account.token.reveal()

    said = f"{'Emma'} de Boer {token}"

    def surprise() -> None:
        raise SurpriseError(said)

    async with surprised(app):
        app.call_later(surprise)
        await until(lambda: app.bug is not None)
    assert app.bug is not None
    assert app.bug.log is not None
    assert (app.bug.name, app.bug.in_run, app.return_code) == ("SurpriseError", False, 1)
    text = app.bug.log.read_text("utf-8")
    assert "in surprise" in text
    assert "Emma" not in text
    assert token not in text
    assert stat.S_IMODE(app.bug.log.stat().st_mode) == 0o600


async def test_a_bug_in_mid_run_lets_the_rows_in_hand_end(make_sandbox: MakeSandbox, tmp_path: Path) -> None:
    """Nothing is in doubt afterwards, and the rest can be gone on with."""
    slow = make_sandbox(SandboxConfig(contacts=20, latency_ms=30))
    emails = [f"new{n}@example.org" for n in range(600)]
    folder = claimed(tmp_path, await small_plan(slow, tmp_path, *emails))
    app = LeatApp(fast_desk(slow, tmp_path))

    def surprise() -> None:
        raise SurpriseError

    async with surprised(app):
        app.push_screen(RunScreen(app.desk, Resumed(folder)))
        await until(lambda: slow.ledger.effects.created >= 2)
        app.call_later(surprise)
        await until(lambda: app.bug is not None)
        await app._leaving
    assert app.bug is not None
    assert app.bug.in_run
    found = standing(folder)
    assert found.counts["unknown"] == 0
    assert found.counts["done"] == slow.ledger.effects.created < len(emails)
