"""The file picker: a dialog that walks the folders; it shows names and reads no file."""

from __future__ import annotations

from pathlib import Path

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button
from textual_fspicker import FileOpen, Filters
from textual_fspicker.base_dialog import Dialog, InputBar
from textual_fspicker.parts import CurrentDirectory, DirectoryNavigation

from app.display import visible

TABLES = Filters(
    ("Tables", lambda path: path.suffix.lower() in {".csv", ".tsv", ".tab", ".txt", ".xlsx", ".parquet", ".jsonl"}),
    ("All files", lambda _: True),
)


class _Folders(DirectoryNavigation):
    """Leaves out names with characters that a terminal obeys."""

    def hide(self, path: Path) -> bool:
        return visible(path.name) != path.name or super().hide(path)


class _Folder(CurrentDirectory):
    """The folder's name as plain text."""

    def update(self, content: object = "", *, layout: bool = True) -> None:
        super().update(Text(visible(str(content))), layout=layout)


class PickFile(FileOpen):
    """Returns the path that was picked, or None."""

    DEFAULT_CSS = """
    PickFile Dialog { width: 95%; max-width: 120; }
    PickFile InputBar Input { width: 1fr; }
    PickFile InputBar Select { width: 18; margin-left: 1; }
    PickFile InputBar Button { min-width: 10; }
    """

    def __init__(self, location: Path) -> None:
        super().__init__(location, "Open a file", filters=TABLES, suggest_completions=False)

    def compose(self) -> ComposeResult:
        """The library's dialog, with names drawn as text only."""
        with Dialog() as dialog:
            dialog.border_title = self._title
            yield _Folder()
            with Horizontal():
                yield _Folders(self._location, double_click_directories=self._double_click_directories)
            with InputBar():
                yield from self._input_bar()
                yield Button("Open", id="select", variant="primary")
                yield Button("Cancel", id="cancel")
