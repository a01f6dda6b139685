"""Telephone numbers, ids and web addresses: kept as they stand, refused only when they clearly are none.

No number is rewritten: a national one without its country is as good as the file has it.
"""

from __future__ import annotations

import polars as pl

from ops.fields.numbers import SCIENTIFIC
from ops.fields.reading import Reader, Reading
from ops.fields.text import json_text, quoted, shown

_DIGITS = r"^(?:\+|\(\+?)?(?:[ ()./\x{a0}-]*[0-9]){5,18}[ ()./\x{a0}-]*$"
_PLAIN = r"^\+?[0-9]{5,18}$"
_EXTENSION = r"(?i)[ ,;]*(?:x|ext\.?|extension|toestel|tst\.?|#)[ .:]*[0-9]{1,7}$"
_FLOAT = r"^[0-9]{5,}\.0$"
_LETTERS = r"(?i)[a-z]"
_REGION = "NL"
"""Where a number without a country is taken to be, only to judge whether it can be one."""
_ID = r"^[A-Za-z0-9-]{1,64}$"
_URL = r"^(?i:https?)://[^\s/?#]+[^\s]*$"


def phone_reader() -> Reader:
    """Telephone numbers, leniently."""
    raw, text = pl.col("raw"), pl.col("text")

    def doubt(cells: pl.DataFrame) -> Reading:
        short = text.str.replace(_EXTENSION, "")
        frame = cells.with_columns(
            right=(short.str.contains(_DIGITS) & ~text.str.contains(_FLOAT)) | text.str.contains(SCIENTIFIC),
            letters=short.str.contains(_LETTERS) & ~text.str.contains("(?i)^tel:"),
            digits=short.str.count_matches("[0-9]"),
        )
        unsure = frame.filter(
            ~pl.col("right") & ~pl.col("letters") & ~text.str.contains(_FLOAT) & pl.col("digits").is_between(5, 18)
        )["text"]
        good = [number for number in unsure.to_list() if _is_possible(number)]
        right = pl.col("right") | text.is_in(good) if good else pl.col("right")
        why = (
            pl.when(text.str.contains(_FLOAT))
            .then(pl.lit(": a spreadsheet has made a number of it"))
            .when("letters")
            .then(pl.lit(": it has letters in it"))
            .when(pl.col("digits") < 5)
            .then(pl.lit(": it has fewer than 5 digits"))
            .when(pl.col("digits") > 18)
            .then(pl.lit(": it has more than 18 digits"))
            .otherwise(pl.lit(""))
        )
        message = pl.concat_str(shown(text), pl.lit(" is not a phone number"), why)
        return Reading.of(frame, value=pl.when(right).then(json_text(text)), message=message, kind="phone")

    return Reader(sure=raw.str.contains(_PLAIN), value=quoted(raw), doubt=doubt)


def _is_possible(number: str) -> bool:
    import phonenumbers  # noqa: PLC0415 - few files need it

    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, _REGION))
    except phonenumbers.NumberParseException:
        return False


def id_reader() -> Reader:
    """Ids of the account: letters, digits and hyphens; they are not always UUIDs."""
    raw, text = pl.col("raw"), pl.col("text")

    def doubt(cells: pl.DataFrame) -> Reading:
        why = (
            pl.when(text.str.contains(SCIENTIFIC))
            .then(pl.lit(" is scientific notation, not an id: the spreadsheet has lost it"))
            .otherwise(pl.lit(" is not an id (letters, digits and hyphens, at most 64)"))
        )
        right = pl.when(text.str.contains(_ID)).then(quoted(text))
        return Reading.of(cells, value=right, message=pl.concat_str(shown(text), why), kind="id")

    # A text of letters alone may be `NULL` or `None`, which the damage rules look at.
    return Reader(sure=raw.str.contains(_ID) & raw.str.contains("[0-9]"), value=quoted(raw), doubt=doubt)


def url_reader() -> Reader:
    """Web addresses with their scheme."""
    raw, text = pl.col("raw"), pl.col("text")

    def doubt(cells: pl.DataFrame) -> Reading:
        right = pl.when(text.str.contains(_URL)).then(json_text(text))
        message = pl.concat_str(shown(text), pl.lit(" is not a web address (https://…)"))
        return Reading.of(cells, value=right, message=message, kind="url")

    return Reader(sure=raw.str.contains(r"^https?://[A-Za-z0-9./_~%&=?+-]+$"), value=quoted(raw), doubt=doubt)
