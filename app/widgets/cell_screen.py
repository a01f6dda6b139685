"""One cell shown whole, over whatever was on the screen.

Takes the text and where it stands; returns nothing.
"""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Footer, Static

from app.display import visible

LONGEST: Final = 50_000
"""Characters that are laid out at once; a workbook's cell holds 32,767 at most."""


class CellScreen(ModalScreen[None]):
    """A cell's text with its line breaks, everything else that is not seen written out."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "close", "Close", id="cell.close", tooltip="Back to the table"),
        Binding("c", "copy", "Copy", id="cell.copy", tooltip="Copy the cell as it stands in the file"),
    ]
    DEFAULT_CSS = """
    CellScreen {
        align: center middle;

        & > #cell {
            width: 90%;
            max-width: 120;
            height: auto;
            max-height: 90%;
            padding: 0 1;
            border: round $primary;
            background: $surface;
        }
        #title { text-style: bold; margin-bottom: 1; }
        #scroll { height: auto; max-height: 60vh; }
        #note { color: $text-muted; }
        Footer { dock: none; margin-top: 1; background: $surface; }
    }
    """

    def __init__(self, text: str | None, *, column: str, row: str) -> None:
        """Take the cell; `row` is what stands before it in the table."""
        super().__init__()
        self._text = text
        self._place = f"{visible(column)} · row {visible(row)}"

    def compose(self) -> ComposeResult:
        """Where it stands, the text, what is to be said about it, the keys."""
        with Vertical(id="cell"):
            yield Static(Content(self._place), id="title")
            with VerticalScroll(id="scroll"):
                yield Static(Content(self._shown()), id="text")
            if note := self._note():
                yield Static(Content(note), id="note")
            yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        """Let the keys scroll."""
        self.query_one("#scroll").focus()

    def action_close(self) -> None:
        """Back to the table."""
        self.dismiss(None)

    def action_copy(self) -> None:
        """Copy all of it, and say how much that was."""
        if not self._text:
            self.notify("Nothing to copy: the cell is empty.", severity="warning", markup=False)
            return
        self.app.copy_to_clipboard(self._text)
        self.notify(f"Copied one cell: {len(self._text):,} characters.", markup=False)

    def _shown(self) -> str:
        lines = (self._text or "")[:LONGEST].replace("\r\n", "\n").split("\n")
        return "\n".join(map(visible, lines))

    def _note(self) -> str:
        if self._text is None:
            return "∅ The file has no value here."
        if not self._text:
            return "The cell is there, and empty."
        if self._text.isspace():
            return f"Nothing but blanks: {len(self._text):,} characters."
        if len(self._text) > LONGEST:
            return f"The first {LONGEST:,} of {len(self._text):,} characters; copying takes all of them."
        return ""
