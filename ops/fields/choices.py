"""Values out of a list: yes and no, the options of a select, several of them in one cell.

Which options an attribute has is the account's to say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import polars as pl

from ops.fields.kinds import Choice, Field
from ops.fields.reading import NEVER, Reader, Reading
from ops.fields.text import json_text, nfc, shown, shown_text, strip_blanks

_TRUE = ("true", "yes", "ja", "waar", "wahr", "vrai", "oui", "y", "j", "t", "1")
_FALSE = ("false", "no", "nee", "nein", "onwaar", "falsch", "faux", "non", "n", "f", "0")
TRUTHS = dict.fromkeys(_TRUE, "true") | dict.fromkeys(_FALSE, "false")
"""Words for yes and no, in lower case."""
_NAMED = 5
"""So many options stand in a message."""
_SEPARATORS = (";", "|", ",")


def boolean_reader() -> Reader:
    """Yes and no in the usual words of four languages."""
    raw, text = pl.col("raw"), pl.col("text")

    def doubt(cells: pl.DataFrame) -> Reading:
        value = text.str.to_lowercase().replace_strict(TRUTHS, default=None, return_dtype=pl.String)
        message = pl.concat_str(shown(text), pl.lit(" is neither true nor false (yes, no, 1 and 0 will do)"))
        return Reading.of(cells, value=value, message=message, kind="boolean")

    return Reader(sure=raw.is_in(["true", "false"]), value=raw, doubt=doubt)


def options_by_word(choices: Sequence[Choice]) -> dict[str, str]:
    """Every word that means one option alone; values go before labels."""
    words: dict[str, str] = {}
    for pairs in (
        [(_fold(choice.value), choice.value) for choice in choices],
        [(_fold(choice.label), choice.value) for choice in choices],
    ):
        times = Counter(word for word, _ in pairs)
        for word, value in pairs:
            if word and times[word] == 1:
                words.setdefault(word, value)
    return words


def _fold(word: str) -> str:
    return nfc(strip_blanks(word)).casefold()


def _known(choices: Sequence[Choice]) -> str:
    if not choices:
        return "this field has no options"
    named = ", ".join(shown_text(choice.value)[1:-1] for choice in choices[:_NAMED])
    return f"is not one of {named}" + (f", … ({len(choices)} options)" if len(choices) > _NAMED else "")


def choice_reader(field: Field) -> Reader:
    """One option, by its value or its label."""
    raw = pl.col("raw")
    values = [choice.value for choice in field.choices if choice.value]
    return Reader(
        sure=raw.is_in(values) if values else NEVER,
        value=json_text(raw),
        doubt=lambda cells: _read(cells, field.choices, ()),
    )


def choices_reader(field: Field) -> Reader:
    """Several options in one cell, parted by `;`, `|` or `,`; sent joined with `;`."""
    return Reader(sure=NEVER, value=pl.col("raw"), doubt=lambda cells: _read(cells, field.choices, _SEPARATORS))


def _read(cells: pl.DataFrame, choices: Sequence[Choice], separators: Sequence[str]) -> Reading:
    words = options_by_word(choices) | {choice.value: choice.value for choice in choices}
    read = [_read_several(text, words, choices, separators) for text in cells["text"].to_list()]
    frame = cells.with_columns(
        joined=pl.Series([joined for joined, _ in read], dtype=pl.String),
        said=pl.Series([message for _, message in read], dtype=pl.String),
    )
    return Reading.of(frame, value=json_text(pl.col("joined")), message=pl.col("said"), kind="choice")


def _read_several(
    text: str, words: dict[str, str], choices: Sequence[Choice], separators: Sequence[str]
) -> tuple[str | None, str | None]:
    """The options of a cell joined with `;`, or what is wrong with it."""
    whole = words.get(text) or words.get(_fold(text))
    if whole is not None:
        return whole, None
    separator = next((sign for sign in separators if sign in text), None)
    parts = [text] if separator is None else [strip_blanks(part) for part in text.split(separator)]
    values: dict[str, None] = {}
    for part in filter(None, parts):
        # An attribute whose options are not known takes what the file says; the account judges.
        value = (words.get(part) or words.get(_fold(part))) if choices else part
        if value is None:
            return None, f"{shown_text(part)} {_known(choices)}"
        values[value] = None
    return (";".join(values), None) if values else (None, f"{shown_text(text)} {_known(choices)}")
