"""The last line: the keys of now, as many as fit whole; what is left out is in the help, whose key is always there.

Which keys there are is said by the bindings, the most important first.
"""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

HELP: Final = "help"
"""The action whose key is never left out."""
QUIT: Final = "quit"
"""The action whose key is left out before all others."""
MOST: Final = 7
"""So many keys are shown besides that of the help."""
ALL: Final = "All keys"
"""What the key of the help is called where some are left out."""


class KeysBar(Footer):
    """A footer that never cuts a key in two."""

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys that fit."""
        keys = [key for key in super().compose() if isinstance(key, FooterKey)]
        shown = fitting(keys, self.app.size.width)
        for key in shown:
            if key.action == HELP and len(shown) < len(keys):
                key.description = ALL
            yield key

    def on_resize(self) -> None:
        """There may be room for more, or for less."""
        self.refresh(recompose=True)


def fitting(keys: list[FooterKey], width: int) -> list[FooterKey]:
    """The first keys of a list as far as there is room, and the one for help, in their order."""
    helps = [key for key in keys if key.action == HELP]
    others = sorted((key for key in keys if key.action != HELP), key=lambda key: key.action == QUIT)
    if len(others) <= MOST and sum(map(_width, keys)) <= width:
        return keys
    room, shown = width - sum(_width(key, ALL) for key in helps), []
    for key in others[:MOST]:
        room -= _width(key)
        if room < 0:
            break
        shown.append(key)
    return [*shown, *helps]


def _width(key: FooterKey, description: str | None = None) -> int:
    """With the blanks around the key and after the words."""
    return cell_len(key.key_display) + cell_len(description or key.description) + 3
