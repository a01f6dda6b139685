"""What spreadsheets and wrong encodings leave in cells: warned of, never mended.

A cell that is wrong for its kind has a problem already and is not looked at here.
"""

from __future__ import annotations

import polars as pl

from ops.fields.kinds import Field, Kind
from ops.fields.text import BLANKS, CONTROL, shown

_AS_CP1252 = r"[\x{80}-\x{bf}\x{152}\x{153}\x{160}\x{161}\x{178}\x{17d}\x{17e}\x{192}\x{2c6}\x{2dc}\x{2013}-\x{203a}]"
"""What the second byte of an accented letter looks like when it is read as cp1252."""
_MOJIBAKE = rf"\x{{FFFD}}|ï»¿|â\x{{20ac}}|Â[\x{{80}}-\x{{bf}}]|Ã{_AS_CP1252}"
_NULL_TEXT = r"^(?i:null|<null>|\(null\)|\[null\]|\\n|n/a|#n/a|#n/b|none|undefined|nan|nil)$"
_EXCEL_ERROR = (
    r"^(?i:#(?:ref!|name\?|value!|div/0!|num!|null!|spill!|calc!|verw!|waarde!|naam\?|getal!|deel/0!).*"
    r"|#{3,})$"
)
_WRITTEN_BY_EXCEL = r"^[+-]?[0-9](?:[.,][0-9]+)?E[+][0-9]{2,3}$"
SUSPECT = rf'^[{BLANKS}]*$|{CONTROL}|["\\\t\r\n]|[ÃÂâï#\x{{FFFD}}]|E[+]|{_NULL_TEXT}'
"""One look that lets through every text that needs no escaping and shows no trace of damage."""

_POSTAL = r"(?i)post|zip|plz"
_SAMPLE = 2_000
_MOSTLY = 0.8
_MOST_ZEROS = 3


def damage_of(text: pl.Expr, field: Field) -> tuple[pl.Expr, pl.Expr]:
    """The message and the kind of what looks damaged; null where nothing does."""
    scientific = _WRITTEN_BY_EXCEL if field.kind is not Kind.PHONE else r"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE]"
    rules = (
        ("null_text", _NULL_TEXT, " is a word for nothing, and would be written as it stands"),
        ("excel_error", _EXCEL_ERROR, " is an error of a spreadsheet"),
        ("mojibake", _MOJIBAKE, " looks as if it was read in the wrong encoding"),
        ("scientific", scientific, " looks like a long number that a spreadsheet has shortened"),
    )
    kind: pl.Expr = pl.lit(None, pl.String)
    words: pl.Expr = pl.lit(None, pl.String)
    for name, pattern, says in reversed(rules):
        kind = pl.when(text.str.contains(pattern)).then(pl.lit(name)).otherwise(kind)
        words = pl.when(text.str.contains(pattern)).then(pl.lit(says)).otherwise(words)
    return pl.concat_str(shown(text), words), kind


def lost_zeros(cells: pl.Series, field: Field) -> pl.Series | None:
    """Which cells look as if a spreadsheet took zeros off their front; None when it cannot be told."""
    if field.kind is Kind.PHONE:
        return cells.str.contains(r"^\s*[1-9][0-9]{8}\s*$").fill_null(value=False)
    if field.kind not in {Kind.TEXT, Kind.ID} or not _mostly_digits(cells):
        return None
    digits = cells.str.contains(r"^[0-9]+$").fill_null(value=False)
    lengths = cells.str.len_bytes()
    usual = _usual_length(lengths.filter(digits))
    if usual is None:
        return None
    width, share = usual
    led = (digits & (lengths == width) & cells.str.starts_with("0")).any()
    postal = pl.Series([f"{field.name} {field.label}"]).str.contains(_POSTAL)[0]
    if not led and not (postal and share >= _MOSTLY):
        return None
    short = (lengths < width) & (lengths >= max(1, width - _MOST_ZEROS))
    return digits & short & ~cells.str.starts_with("0")


def _mostly_digits(cells: pl.Series) -> bool:
    """Whether numbers are the rule in the column, by a look at some of it."""
    some = cells.gather_every(max(1, len(cells) // _SAMPLE))
    filled = some.filter(some.is_not_null() & (some != ""))
    return bool(len(filled)) and filled.str.contains(r"^[0-9]+$").sum() >= _MOSTLY * len(filled)


def _usual_length(lengths: pl.Series) -> tuple[int, float] | None:
    """The length most cells have, when half of them have it, and their share."""
    if not len(lengths):
        return None
    counts = lengths.alias("length").value_counts(sort=True).row(0)
    share = counts[1] / len(lengths)
    return (int(counts[0]), share) if share >= 0.5 and counts[0] > 1 else None
