"""Text of any origin made fit for a screen: whatever a terminal would obey is shown instead.

Every line the command line prints and every cell the terminal app draws comes through here; what is
written to files does not.
"""

from __future__ import annotations

import codecs
import unicodedata
from functools import lru_cache
from typing import Final

HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that have no shape of their own: controls, bidi marks, surrogates, line separators."""
PLAIN_GLYPHS: Final = {"→": "->", "…": "...", "·": "-", "∅": "(none)", "×": "x", "–": "-"}
"""What the program's own glyphs become where the terminal's encoding has none."""
ERRORS: Final = "leatops.glyphs"


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) not in HIDDEN:
        return character
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    """The text on one line, with every character that is not seen but obeyed written out.

    Control characters become their pictures (`␛`, `␊`), the others the escapes that Python would write.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_shown, text))


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
