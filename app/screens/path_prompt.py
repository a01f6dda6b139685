"""The question for the path of a file, to write or to read.

Writing and reading are done by whoever asks.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from app.display import visible
from app.widgets.plain_input import PlainInput


class PathPrompt(ModalScreen[Path | None]):
    """Returns the path; None when the person went back."""

    CSS_PATH = "path_prompt.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", "Back", id="path.back", tooltip="Do nothing"),
    ]

    def __init__(self, question: str, path: Path, *, new: bool) -> None:
        """Ask.

        Args:
            question: What is asked, in words.
            path: What stands in the line at first.
            new: For a file to write, which is not put over another without a second Enter; one to read must be there.
        """
        super().__init__()
        self._question = question
        self._path = path
        self._new = new
        self._agreed: Path | None = None

    def compose(self) -> ComposeResult:
        """The question, the line, what is to be said about the path."""
        with Vertical(id="prompt"):
            yield Static(Text(visible(self._question)))
            yield PlainInput(str(self._path), compact=True, id="path")
            yield Static("Enter goes on · Esc does nothing", id="said", markup=False)

    @on(Input.Submitted)
    def enter(self, event: Input.Submitted) -> None:
        """Take the path when nothing speaks against it."""
        if not event.value.strip():
            self._say("Give a path.")
            return
        if visible(event.value) != event.value:
            self._say("That cannot be a path here.")
            return
        try:
            self._take(Path(event.value.strip()).expanduser())
        except (OSError, RuntimeError, ValueError):
            self._say("That cannot be a path here.")

    def _take(self, path: Path) -> None:
        if path.is_dir():
            self._say("That is a folder; give the name of a file in it.")
        elif self._new and path.exists() and path != self._agreed:
            self._agreed = path
            self._say("That file is there already. Enter again writes over it.")
        elif not self._new and not path.is_file():
            self._say("There is no such file.")
        else:
            self.dismiss(path)

    def _say(self, words: str) -> None:
        self.query_one("#said", Static).update(Text.assemble((words, "yellow")))
