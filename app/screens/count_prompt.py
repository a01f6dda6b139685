"""The question for how many blank gift cards are to be made, for which there is no file.

Nothing is made here: the number leads on to the map and the review like a file.
"""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from app.screens.closing import ClosesOnce
from ops.jobs.giftcards_issue import MOST_CARDS


class CountPrompt(ModalScreen[int | None], ClosesOnce[int | None]):
    """Returns the number; None when the person went back."""

    CSS_PATH = "path_prompt.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="count.back", tooltip="Do nothing"),
    ]

    def compose(self) -> ComposeResult:
        """The question, the line, what is to be said about the number."""
        with Vertical(id="prompt"):
            yield Static("How many blank gift cards? Nothing is made before the review.", markup=False)
            yield Input(type="integer", compact=True, id="path", placeholder="such as 500")
            yield Static("Enter goes on · Esc does nothing", id="said", markup=False)

    @on(Input.Submitted)
    def enter(self, event: Input.Submitted) -> None:
        """Take the number when it is one."""
        text = event.value.strip()
        if text.isdecimal() and 1 <= int(text) <= MOST_CARDS:
            self.dismiss(int(text))
        else:
            words = f"Give a number of cards, 1 to {MOST_CARDS:,}."
            self.query_one("#said", Static).update(Text.assemble((words, "yellow")))
