"""A field that takes only text that can be seen: what a terminal would obey is left out, however it comes in.

What is done with the text is the business of whoever asks for it.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from textual.widgets import Input

from ops.visible import HIDDEN, PICTURE_PARTS

JOINERS: Final = PICTURE_PARTS | {"\u200c"}
"""Not seen themselves, and part of words and of pictures."""


def plain(text: str) -> str:
    """The text without controls, line separators and marks that turn its direction."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(one for one in text if one in JOINERS or unicodedata.category(one) not in HIDDEN)


class PlainInput(Input):
    """Takes what is typed, pasted or put into it, but for what cannot be seen; says so when something was left out."""

    def validate_value(self, value: str) -> str:
        """The value without what cannot be seen."""
        kept = plain(value)
        if kept != value and self.is_mounted:
            self.notify("Characters that cannot be seen were left out.", severity="warning", markup=False)
        return kept
