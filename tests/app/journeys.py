"""The app driven by a pilot from stage to stage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, Input, Static

from app.main import LeatApp
from app.screens.load import LoadScreen
from app.stages import Desk
from ops.sandbox import Sandbox
from tests.app.desks import desk_of
from tests.app.hosts import until


class Journey:
    """The app driven by a pilot, looked at by stage."""

    def __init__(self, app: LeatApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def at(self, stage: type[Screen[Any]]) -> None:
        """Wait for a stage to be on top and drawn."""
        await until(lambda: isinstance(self.app.screen, stage) and self.app.screen.is_mounted)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, and let the app go on."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def ready(self, button: str) -> None:
        """Wait for a button to lead on."""

        def leads_on() -> bool:
            found = [one for one in self.app.screen.query(Button) if one.id == button]
            return bool(found) and not found[0].disabled and found[0].display and self.app.focused is found[0]

        await until(leads_on)
        await self.pilot.pause()

    async def load(self, path: Path) -> None:
        """Type a path, and wait for the file."""
        await self.at(LoadScreen)
        field = self.app.screen.query_one("#path", Input)
        field.focus()
        await self.pilot.pause()
        field.value = str(path.parent)
        field.cursor_position = len(field.value)
        await self.press(*f"/{path.name}", "enter")
        await self.ready("go")

    def words(self, selector: str) -> str:
        """The text of a widget of the screen on top."""
        return str(self.app.screen.query_one(selector, Static).content)

    async def says(self, selector: str, words: str) -> None:
        """Wait for words."""
        await until(lambda: words in self.words(selector))


def fast_desk(sandbox: Sandbox, home: Path) -> Desk:
    """A desk without much of a limit."""
    return replace(desk_of(sandbox, home), rate=500)
