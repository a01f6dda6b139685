"""What every stage has in common: the bar on top, the footer, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from app.screens.closing import ClosesOnce
from app.stages import Desk, Stage
from app.widgets.keys_bar import KeysBar
from app.widgets.stage_bar import StageBar

T = TypeVar("T")


class StageScreen(ClosesOnce[T | None], Generic[T]):
    """A stage of the work: returns the next value, or None for one step back.

    Subclasses give `stage` and `body`.
    """

    stage: ClassVar[Stage]
    back: ClassVar[str] = "Back"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="stage.back", tooltip="One step back; nothing is lost"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    def compose(self) -> ComposeResult:
        """Bar, body, footer."""
        account = self.desk.account
        name = account.name or account.base_url.split("://")[-1]
        yield StageBar(self.stage, name, local=self.desk.is_local)
        yield from self.body()
        yield KeysBar()

    def body(self) -> Iterable[Widget]:
        """What the stage shows."""
        raise NotImplementedError

    def action_back(self) -> None:
        """One step back."""
        self.dismiss(None)
