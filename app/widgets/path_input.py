"""A field for the path of a file, which completes names as they are typed; reading the file is not its business."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import Final

from textual.content import Content
from textual_autocomplete import DropdownItem, PathAutoComplete, TargetState

from app.display import visible
from app.widgets.plain_input import PlainInput

LOOKED_AT: Final = 5_000
"""So many names of a folder are looked at."""
OFFERED: Final = 200
"""So many of them are offered."""


def path_of(typed: str) -> Path | None:
    """The path somebody typed or dropped: quotes around it go, `~` is their home; None when nothing was typed."""
    text = typed.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    try:
        return Path(text).expanduser() if text else None
    except RuntimeError:
        return Path(text)


def is_file(path: Path) -> bool:
    """Whether there is a file, as far as can be seen from here."""
    try:
        return path.is_file()
    except OSError:
        return False


class PathInput(PlainInput):
    """Holds only what can be shown: a path with characters that a terminal obeys is not put into it."""

    def show(self, path: Path) -> None:
        """Put a path into the field, the end of it in view."""
        text = str(path)
        self.value = text if visible(text) == text else ""
        self.cursor_position = len(self.value)


class PathCompletion(PathAutoComplete):
    """Names that go on from what was typed; those with characters a terminal obeys are left out."""

    def get_candidates(self, target_state: TargetState) -> list[DropdownItem]:
        """The names in the folder typed so far that hold what was typed after it."""
        typed = target_state.text[: target_state.cursor_position]
        folder = typed[: typed.rfind("/") + 1]
        part = self.get_search_string(target_state)
        try:
            with os.scandir(Path(folder or ".").expanduser()) as entries:
                found = [
                    (not entry.is_dir(), entry.name)
                    for entry in islice(entries, LOOKED_AT)
                    if part.lower() in entry.name.lower()
                    and entry.name.startswith(".") == part.startswith(".")
                    and visible(entry.name) == entry.name
                ]
        except (OSError, RuntimeError, ValueError):
            return []
        return [
            DropdownItem(Content(name if is_file else f"{name}/")) for is_file, name in islice(sorted(found), OFFERED)
        ]

    def should_show_dropdown(self, search_string: str) -> bool:
        """Not when the path is a file's already: Enter reads it then."""
        path = path_of(self.target.value)
        return path is not None and not is_file(path) and super().should_show_dropdown(search_string)
