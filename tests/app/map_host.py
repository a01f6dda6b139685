"""An app that shows the map screen alone and keeps what it returns."""

from __future__ import annotations

from textual.app import App

from app.screens.map import MapScreen
from app.stages import Desk, Loaded, Mapped


class MapHost(App[Mapped | None]):
    """Pushes the screen and ends with its result."""

    def __init__(self, desk: Desk, loaded: Loaded, mapped: Mapped | None = None) -> None:
        super().__init__()
        self._given = MapScreen(desk, loaded, mapped)
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
