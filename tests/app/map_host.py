"""An app that shows the map screen alone and keeps what it returns, and a hand to drive it with."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Button, OptionList, Static

from app.choices import Kept
from app.screens.map import MapScreen
from app.stages import Desk, Loaded, Mapped
from app.widgets.mapping_table import MappingTable
from ops.sheet import Sheet, read_sheet
from tests.engine.files import write_csv

HEADER = ("E-mail", "Voornaam", "lastname", "Notes")
ROWS = (
    ("anna@example.org", "Anna", "Jansen", "likes tea"),
    ("bert(at)example.org", "Bert", "de Vries", ""),
    ("carla@example.org", "Carla", "Smit", "x"),
    ("carla@example.org", "Carla", "Smit", "x"),
)


class MapHost(App[Mapped | None]):
    """Pushes the screen and ends with its result."""

    def __init__(self, desk: Desk, loaded: Loaded, before: Kept | None = None) -> None:
        super().__init__()
        self._given = MapScreen(desk, loaded, before)
        self.ended = False

    @property
    def shown(self) -> MapScreen:
        """The screen under test."""
        return self._given

    def on_mount(self) -> None:
        """Begin."""
        self.push_screen(self._given, self._keep)

    def _keep(self, mapped: Mapped | None) -> None:
        self.ended = True
        self.exit(mapped)


@dataclass
class Shown:
    """The screen while it is driven."""

    app: MapHost
    pilot: Pilot[Mapped | None]

    @property
    def table(self) -> MappingTable:
        return self.app.shown.query_one(MappingTable)

    @property
    def lines(self) -> list[list[str]]:
        """The table as it is read, without the samples."""
        rows = (self.table.get_row_at(row) for row in range(self.table.row_count))
        return [[cell.plain for at, cell in enumerate(row) if at != 1] for row in rows]

    def asks(self, kind: type[Screen[Any]]) -> bool:
        """Whether a screen of this kind is on top."""
        return isinstance(self.app.screen, kind)

    def may_go_on(self) -> bool:
        """Whether the main button can be pressed."""
        return not self.plan.disabled

    @property
    def plan(self) -> Button:
        return self.app.shown.query_one("#plan", Button)

    def text(self, where: str) -> str:
        return str(self.app.screen.query_one(where, Static).visual)

    @property
    def problems(self) -> list[str]:
        return [str(option.prompt) for option in self.app.shown.query_one("#problems", OptionList).options]

    @property
    def told(self) -> list[str]:
        return [note.message for note in self.app._notifications]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait for something that must become true soon."""
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, "did not happen in 20 seconds"
            await self.pilot.pause(0.01)

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def counts(self, words: str) -> None:
        """Wait for the counts of the rows."""
        await self.until(lambda: words in self.text("#counts"))


@asynccontextmanager
async def shown(
    desk: Desk,
    sheet: Sheet,
    before: Kept | None = None,
    *,
    ready: bool = True,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Shown]:
    """The screen with its fields, unless it is not to wait for them."""
    app = MapHost(desk, Loaded(sheet), before)
    async with app.run_test(size=size) as pilot:
        one = Shown(app, pilot)
        await one.until(lambda: app.screen is app.shown and app.shown.is_mounted)
        if ready:
            await one.until(lambda: app.shown._choices is not None)
            await pilot.pause()
        yield one


def sheet_of(folder: Path, header: Sequence[str] = HEADER, rows: Sequence[Sequence[str]] = ROWS) -> Sheet:
    return read_sheet(write_csv(folder / "people.csv", header, rows))
