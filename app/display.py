"""Text of any origin made fit for a screen: whatever a terminal would obey is shown instead.

Every line the command line prints and every cell the terminal app draws comes through here.
"""

from __future__ import annotations

import codecs
from typing import Final

from ops.visible import visible

__all__ = ["register_plain_glyphs", "visible"]

PLAIN_GLYPHS: Final = {"→": "->", "…": "...", "·": "-", "∅": "(none)", "×": "x", "–": "-", "⚑": "flag "}
"""What the program's own glyphs become where the terminal's encoding has none."""
ERRORS: Final = "leatops.glyphs"


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    bad = error.object[error.start : error.end]
    text = "".join(PLAIN_GLYPHS.get(one) or one.encode("ascii", "backslashreplace").decode() for one in bad)
    return text, error.end


def register_plain_glyphs() -> str:
    """Make known how to write what an encoding lacks; returns the name for `errors=`."""
    codecs.register_error(ERRORS, _plain)
    return ERRORS
