"""An app that shows one screen alone and keeps what it returns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Static

from app.screens.help import HelpScreen

PATIENCE: Final = 20.0
"""Seconds after which what does not come about fails its test."""


class ScreenHost(App[None]):
    """Pushes the screen, records its result, and what would have been opened in a browser."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "Help", id="app.help", key_display="?", tooltip="What the keys do here"),
    ]

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self.given = screen
        self.ended = False
        self.result: object = None
        self.opened: list[str] = []

    def on_mount(self) -> None:
        """Begin."""
        self.push_screen(self.given, self._keep)

    def _keep(self, result: object) -> None:
        self.ended = True
        self.result = result

    def open_url(self, url: str, *, new_tab: bool = True) -> None:
        """Keep it."""
        assert new_tab
        self.opened.append(url)

    def action_help(self) -> None:
        """As the whole app does."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def words(self, selector: str) -> str:
        """The text of a widget of the screen on top."""
        return str(self.screen.query_one(selector, Static).content)

    @property
    def toasts(self) -> list[str]:
        """What was said in passing."""
        return [toast.message for toast in self._notifications]

    def drawn(self) -> str:
        """All that is on the screen, as text."""
        return drawn(self)


def drawn(app: App[Any]) -> str:
    """All that is on an app's screen, as text."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def until(condition: Callable[[], object]) -> None:
    """Let the app go on until something holds; fail when it never does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        await asyncio.sleep(0.01)
