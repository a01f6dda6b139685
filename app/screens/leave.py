"""What to do with a run that is under way when somebody wants to leave it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Literal

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Static

from app.screens.question import Question

Leave = Literal["stay", "drain", "stop"]


class LeaveScreen(Question[Leave]):
    """Stay, drain or stop; staying has the focus.

    Args:
        quits: Whether leatops ends, too, once the run has.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "answer('stay')", "Stay", id="leave.stay", tooltip="Go on watching"),
        Binding("d", "answer('drain')", "Drain", id="leave.drain", tooltip="Finish the rows in hand, then stop"),
        Binding("S", "answer('stop')", "Stop now", id="leave.stop", tooltip="Give up what is in flight, too"),
    ]

    def __init__(self, *, quits: bool = False) -> None:
        super().__init__()
        self._quits = quits

    def parts(self) -> Iterable[Widget]:
        """The question and the three answers."""
        question = "Rows are under way. Whatever you choose, the run can be resumed later."
        answers = (
            "Drain finishes the rows in hand and begins no other. Stop gives up even what is in flight; "
            "those rows are listed as unknown."
        )
        yield Static(f"{question}{' After a drain or a stop leatops ends.' if self._quits else ''}", markup=False)
        yield Static(f"\n{answers}", markup=False)
        yield Horizontal(
            Button("Stay (n)", id="stay", variant="primary"),
            Button("Drain (d)", id="drain"),
            Button("Stop now (S)", id="stop", variant="error"),
            id="answers",
        )

    @on(Button.Pressed)
    def _pressed(self, message: Button.Pressed) -> None:
        match message.button.id:
            case "drain":
                self.dismiss("drain")
            case "stop":
                self.dismiss("stop")
            case _:
                self.dismiss("stay")

    def action_answer(self, answer: Leave) -> None:
        """By key."""
        self.dismiss(answer)
