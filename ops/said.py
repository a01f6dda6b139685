"""What a person says about steps that nobody knows of: rows by number, and whether their steps have happened.

Which steps take a person's word, and what becomes of them, is `settle`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

from ops.errors import OptionError
from ops.events import Word

ALL: Final = "all"
SHOWN: Final = 20
"""So many rows and ranges are told of one by one."""
SHORTENED: Final = "…"
_SPAN: Final = re.compile(r"([1-9][0-9]{0,9})(?:-([1-9][0-9]{0,9}))?")


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a run by number, or all that come into question."""

    spans: tuple[tuple[int, int], ...] = ()
    """First and last of each."""
    every: bool = False

    @classmethod
    def parse(cls, text: str, option: str) -> Self:
        """Read `all`, or numbers and ranges such as `3,7-9`.

        Raises:
            OptionError: It is neither.
        """
        if text.strip() == ALL:
            return cls(every=True)
        found = [_SPAN.fullmatch(part.strip()) for part in text.split(",")]
        spans = tuple((int(one[1]), int(one[2] or one[1])) for one in found if one is not None)
        if len(spans) < len(found) or any(first > last for first, last in spans):
            raise OptionError(
                f"{_flag(option)} {text!r}: give all, or row numbers and ranges such as 3,7-9.", option=option
            )
        return cls(spans)

    def __contains__(self, row: int) -> bool:
        return self.every or any(first <= row <= last for first, last in self.spans)

    def __bool__(self) -> bool:
        return self.every or bool(self.spans)

    def first_beyond(self, known: Collection[int]) -> int | None:
        """A row that is named by its number and is not among those known; None when there is none."""
        named = (row for first, last in self.spans for row in range(first, last + 1))
        return next((row for row in named if row not in known), None)

    def overlaps(self, other: Rows) -> bool:
        """Whether a row can be in both."""
        if self.every or other.every:
            return bool(self) and bool(other)
        return any(one[0] <= two[1] and two[0] <= one[1] for one in self.spans for two in other.spans)


@dataclass(frozen=True, slots=True)
class Said:
    """Whose steps have happened, and whose have not, as somebody has found out who looked them up."""

    happened: Rows = Rows()
    not_happened: Rows = Rows()

    @classmethod
    def parse(cls, happened: str | None = None, not_happened: str | None = None) -> Self:
        """Each as `Rows.parse` reads it; None names no row.

        Raises:
            OptionError: One cannot be read, or both name a row.
        """
        texts = {Word.HAPPENED: happened, Word.NOT_HAPPENED: not_happened}
        rows = {word: Rows() if text is None else Rows.parse(text, word.value) for word, text in texts.items()}
        said = cls(rows[Word.HAPPENED], rows[Word.NOT_HAPPENED])
        said.refuse_twice()
        return said

    @classmethod
    def exactly(cls, words: Mapping[int, Word]) -> Self:
        """What is said row by row."""
        yes, no = (tuple(_spans(_with(words, word))) for word in (Word.HAPPENED, Word.NOT_HAPPENED))
        return cls(Rows(yes), Rows(no))

    def __bool__(self) -> bool:
        return bool(self.happened) or bool(self.not_happened)

    def refuse_twice(self) -> None:
        """See that no row is said both of.

        Raises:
            OptionError: One is, or may be.
        """
        if self.happened.overlaps(self.not_happened):
            raise OptionError(
                "--happened and --not-happened name the same row: it is one or the other. Nothing was done.",
                option=Word.NOT_HAPPENED.value,
            )

    def words(self, open_to: Collection[int]) -> dict[int, Word]:
        """What is said of each of the rows that are open to it."""
        said = {row: Word.HAPPENED for row in open_to if row in self.happened}
        return said | {row: Word.NOT_HAPPENED for row in open_to if row in self.not_happened}


def rows_text(rows: Iterable[int], most: int = SHOWN) -> str:
    """Rows as they are typed, `3,7-9`; those beyond so many numbers and ranges are `…`."""
    spans = list(_spans(rows))
    shown = [str(first) if first == last else f"{first}-{last}" for first, last in spans[:most]]
    return ",".join([*shown, SHORTENED] if len(spans) > most else shown)


def _spans(rows: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = 0
    for row in sorted(rows):
        if first and row > last + 1:
            yield first, last
            first = row
        first, last = first or row, row
    if first:
        yield first, last


def _with(words: Mapping[int, Word], word: Word) -> list[int]:
    return [row for row, said in words.items() if said is word]


def _flag(option: str) -> str:
    return f"--{option.replace('_', '-')}"
