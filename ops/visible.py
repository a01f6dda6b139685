"""Text of any origin with whatever a terminal would obey, or an eye would not see, written out.

Pure; what is written out where is for those to say who write lines, cells and files.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that have no shape of their own: controls, bidi marks, surrogates, line separators."""
PICTURE_PARTS: Final = frozenset("\u200d\ufe0e\ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
"""What makes one picture of several, or another of one: a joiner, the choice of its style, and skin tones."""
FLAG: Final = "⚑"
"""What a flag begins with instead, before the letters it is made of."""

_PART: Final = "[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
_PICTURE: Final = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
_JOINED: Final = re.compile(
    "(?P<land>[\U0001f1e6-\U0001f1ff]{2})"
    "|\U0001f3f4(?P<region>[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6})\U000e007f"
    f"|(?P<picture>{_PICTURE}){_PART}{{0,2}}\u200d?"
    "|(?P<key>[0-9#*])\ufe0f(?=\u20e3)"
)
"""Pictures that are made of several characters, of which terminals do not agree how wide they are."""


@lru_cache(maxsize=4096)
def _shown(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if unicodedata.category(character) not in HIDDEN and character not in PICTURE_PARTS:
        return character
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def visible(text: str) -> str:
    """The text on one line, with every character that is not seen but obeyed written out.

    Control characters become their pictures (`␛`, `␊`), the others the escapes that Python would write. Of emoji
    each stands for itself: those that are joined stand side by side, without skin tones, and a flag is `⚑NL`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, _JOINED.sub(_apart, text)))


def _apart(found: re.Match[str]) -> str:
    """A picture of several characters by characters whose width every terminal knows."""
    if land := found["land"]:
        return FLAG + "".join(chr(ord("A") + ord(one) - 0x1F1E6) for one in land)
    if region := found["region"]:
        return FLAG + "".join(chr(ord(one) - 0xE0000) for one in region).upper()
    return found["picture"] or found["key"]
