"""A row's fields before and after in the words of people: cents as euros, the texts of a mail one by one.

Scripts get the values as they are; nothing here draws.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ops.jobs.fields import euros

CENTS: Final = "_in_cents"
MADE: Final = frozenset({"create", "issue", "send"})
"""Verbs of rows that begin with nothing, so that there is no before to show."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One field of one row as it is shown."""

    name: str
    before: str | None
    """None where there is nothing to compare with: the row makes something new, or the value stays."""
    after: str
    stays: bool = False


def change_lines(changes: Iterable[tuple[str, Any, Any]], *, verb: str) -> list[ChangeLine]:
    """The lines of a row's changes, each a name, what was and what is to be."""
    return [_line(*one, verb=verb) for one in _flat(changes)]


def _flat(changes: Iterable[tuple[str, Any, Any]]) -> Iterator[tuple[str, Any, Any]]:
    """Objects in objects as fields of their own."""
    for name, before, after in changes:
        if isinstance(after, Mapping):
            held = before if isinstance(before, Mapping) else {}
            yield from _flat((key, held.get(key), value) for key, value in after.items())
        else:
            yield name, before, after


def _line(name: str, before: Any, after: Any, *, verb: str) -> ChangeLine:
    told = name.removesuffix(CENTS)
    if before == after:
        return ChangeLine(told, None, literal(name, after), stays=True)
    if before is None and verb in MADE:
        return ChangeLine(told, None, literal(name, after))
    return ChangeLine(told, literal(name, before), literal(name, after))


def literal(name: str, value: Any) -> str:
    """A value so that nothing, an empty text and blanks look different."""
    if value is None:
        return "∅"
    if name.endswith(CENTS) and isinstance(value, int):
        return euros(value)
    return json.dumps(value, ensure_ascii=False, default=str)
