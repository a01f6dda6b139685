"""The line under a table in which a text to look for is typed, and where is said what became of it.

Does not search.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import Reactive
from textual.widgets import Input, Static

from app.display import visible
from app.widgets.plain_input import PlainInput


class SearchBar(Horizontal):
    """Hidden until it is opened; `Input.Submitted` asks for the next hit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close search", id="search.close", tooltip="Back to the table"),
        Binding("ctrl+r", "regex", "Regex", id="search.regex", tooltip="A text as it stands, or a regular expression"),
    ]
    DEFAULT_CSS = """
    SearchBar {
        height: 1;
        display: none;
        background: $panel;

        &.-open { display: block; }
        & > #kind { width: auto; padding: 0 1; text-style: bold; }
        & > Input { width: 1fr; min-width: 12; }
        & > #state { width: auto; max-width: 65%; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    }
    """

    regex: Reactive[bool] = Reactive(default=False)
    """Whether what is typed is a regular expression."""

    class Closed(Message):
        """The bar went away."""

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(Input).value

    @property
    def is_open(self) -> bool:
        """Whether it is seen."""
        return self.has_class("-open")

    def compose(self) -> ComposeResult:
        """What kind of text, the text, what became of it."""
        yield Static("Find", id="kind", markup=False)
        yield PlainInput(placeholder="Enter finds the next one", compact=True)
        yield Static("", id="state", markup=False)

    def watch_regex(self, regex: bool) -> None:  # noqa: FBT001 - Textual passes it by position
        """Say what kind of text is asked for."""
        if self.is_mounted:
            self.query_one("#kind", Static).update(Content("Regex" if regex else "Find"))

    def show(self) -> None:
        """Be seen."""
        self.add_class("-open")

    def open(self) -> None:
        """Be seen and let the person type; what was typed before is selected."""
        self.show()
        self.query_one(Input).focus()

    def say(self, text: str) -> None:
        """Tell what became of the search."""
        self.query_one("#state", Static).update(Content(visible(text)))

    def action_regex(self) -> None:
        """The other kind of text."""
        self.regex = not self.regex

    def action_close(self) -> None:
        """Go away; what was typed stays known."""
        self.remove_class("-open")
        self.post_message(self.Closed())
