"""The help: the keys of the screen below as they are now, and where one is."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input

from app.screens.help import WHERE, HelpScreen
from app.screens.load import LoadScreen
from app.screens.runs import RunsScreen
from app.stages import STAGES
from tests.app.desks import lone_desk
from tests.app.hosts import ScreenHost, until

LARGE = (120, 50)


class Keys(Screen[None]):
    """A screen with keys of every kind."""

    HELP = "Here [/bold] is.\nAnd this."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "one", "First", id="keys.one", tooltip="does [bold]this[/]"),
        Binding("f7,f8", "two", "Second", id="keys.two", show=False, tooltip="is not in the footer"),
        Binding("f9", "three", "Third", id="keys.three", tooltip="cannot be done"),
        Binding("f10", "four", "Fourth", id="keys.four", tooltip="is not there"),
    ]

    def compose(self) -> ComposeResult:
        """Something with keys of its own."""
        yield Input()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """One is off, one is not there."""
        return {"three": None, "four": False}.get(action, super().check_action(action, parameters))


async def test_every_key_that_works_is_listed_with_what_it_does() -> None:
    """Those the footer leaves out, too; what is off says so, what is not there is not named."""
    host = ScreenHost(Keys())
    async with host.run_test(size=LARGE) as pilot:
        await pilot.press("f1")
        await until(lambda: isinstance(host.screen, HelpScreen))
        await pilot.pause()
        drawn = host.drawn()
    assert "Here [/bold] is." in drawn
    assert "And this." in drawn
    for words in ("f6", "First", "does [bold]this[/]", "f7", "is not in the footer", "cannot be done (not now)"):
        assert words in drawn, words
    assert drawn.count("Second") == 1
    assert "Fourth" not in drawn
    assert drawn.index("On this screen") < drawn.index("Where the cursor is") < drawn.index("Everywhere")


@pytest.mark.parametrize("key", ["escape", "q", "question_mark", "f1"])
async def test_it_closes_and_the_screen_below_is_as_it_was(tmp_path: Path, key: str) -> None:
    """With the focus where it was."""
    host = ScreenHost(LoadScreen(lone_desk(tmp_path)))
    async with host.run_test(size=LARGE) as pilot:
        before = host.given.focused
        await pilot.press("f1")
        await until(lambda: isinstance(host.screen, HelpScreen))
        await pilot.press(key)
        await until(lambda: host.screen is host.given)
        assert host.given.focused is before


async def test_it_fits_a_small_screen(tmp_path: Path) -> None:
    """What does not is scrolled to."""
    host = ScreenHost(RunsScreen(lone_desk(tmp_path)))
    async with host.run_test(size=(80, 24)) as pilot:
        await pilot.press("f1")
        await until(lambda: isinstance(host.screen, HelpScreen))
        await pilot.pause()
        assert host.screen.query_one("#help").region.height <= 24
        await pilot.press("end")
        await until(lambda: "What the keys do here" in host.drawn())


def test_every_stage_says_where_one_is() -> None:
    """In two lines."""
    assert set(WHERE) == set(STAGES)
    assert all(len(words.splitlines()) == 2 for words in WHERE.values())
