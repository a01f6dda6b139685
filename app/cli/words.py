"""Numbers and times as people read them, and the colours of states and verbs.

No layout: lines are made where they are said.
"""

from __future__ import annotations

from typing import Final

STYLES: Final = {
    "done": "green",
    "create": "green",
    "update": "cyan",
    "same": "dim",
    "invalid": "yellow",
    "held": "yellow",
    "refused": "red",
    "delete": "red",
    "merge": "red",
    "unknown": "magenta",
    "pending": "dim",
}
"""A colour beside a word, never instead of one."""


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `2 min 5 s`, `3 h 10 min`: two parts at most."""
    whole = round(seconds)
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
