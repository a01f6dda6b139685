"""Text as it stands: blanks at its ends, control characters, its JSON form, its harmless form in a message.

Nothing here knows what a text means.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import polars as pl

BLANKS = (
    "\t\n\v\f\r \x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)
"""White space and the zero-width characters that come along with pasted text."""
BLANK = rf"^[{BLANKS}]*$"
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"
"""C0, DEL and C1 except tab, CR and LF."""
SHOWN = 60
"""So many characters of a cell stand in a message."""

_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_ESCAPES = {chr(code): _SHORT.get(chr(code), f"\\u{code:04x}") for code in (*range(32), 34, 92)}
_BIDI = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_UNSEEN = {chr(code): f"\\u{code:04x}" for code in (*range(32), *range(0x7F, 0xA0), 0x2028, 0x2029, *_BIDI)}
_CONTROL_NAMES = {0: "NUL", 7: "BEL", 8: "BS", 11: "VT", 12: "FF", 27: "ESC", 127: "DEL"}


def elementwise(cells: pl.Expr, change: Callable[[pl.Series], pl.Series]) -> pl.Expr:
    """A function of a whole text column as an expression."""
    return cells.map_batches(change, return_dtype=pl.String, is_elementwise=True)


def bare(cells: pl.Expr) -> pl.Expr:
    """Without the blanks at both ends."""
    return cells.str.strip_chars(BLANKS)


def quoted(cells: pl.Expr) -> pl.Expr:
    """Between double quotes; JSON for a text that needs no escapes."""
    return pl.concat_str(pl.lit('"'), cells, pl.lit('"'))


def json_text(cells: pl.Expr) -> pl.Expr:
    """The JSON string literal of each text; null stays null."""
    return quoted(cells.str.replace_many(list(_ESCAPES), list(_ESCAPES.values())))


def shown(cells: pl.Expr) -> pl.Expr:
    """The beginning of each text with what a terminal would obey written out, between double quotes."""
    short = cells.str.slice(0, SHOWN).str.replace_many(list(_UNSEEN), list(_UNSEEN.values()))
    more = pl.when(cells.str.len_chars() > SHOWN).then(pl.lit('…"')).otherwise(pl.lit('"'))
    return pl.concat_str(pl.lit('"'), short, more)


def shown_text(text: str) -> str:
    """`shown` of one text."""
    short = "".join(_UNSEEN.get(character, character) for character in text[:SHOWN])
    return f'"{short}{"…" if len(text) > SHOWN else ""}"'


def control_message(cells: pl.Expr) -> pl.Expr:
    """Which control character a text holds, the first one; null where there is none."""
    found = cells.str.extract(f"({CONTROL})", 1)
    codes = (*range(32), *range(0x7F, 0xA0))
    names = {chr(code): _control_name(code) for code in codes}
    return pl.concat_str(pl.lit("holds the control character "), found.replace(names))


def _control_name(code: int) -> str:
    name = _CONTROL_NAMES.get(code)
    return f"U+{code:04X} ({name})" if name else f"U+{code:04X}"


def strip_blanks(text: str) -> str:
    """`bare` of one text."""
    return text.strip(BLANKS)


def nfc(text: str) -> str:
    """One form for letters that can be composed in several ways."""
    return unicodedata.normalize("NFC", text)
