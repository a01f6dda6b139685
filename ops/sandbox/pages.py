"""Cutting a list into pages.

How an endpoint names its page and describes it differs from endpoint to endpoint and stands with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

MOST = 100
"""The largest page."""
DEFAULT_PAGE = 30


def page_of(items: Sequence[T], page: int, size: int, *, backwards: bool = False) -> Sequence[T]:
    """One page of a list, counted from its end when read backwards; no copy of the rest is made."""
    first = (page - 1) * size
    if not backwards:
        return items[first : first + size]
    end = len(items) - first
    return items[max(0, end - size) : end][::-1] if end > 0 else items[:0]


def last_page(total: int, size: int) -> int:
    """How many pages there are; an empty list has one."""
    return max(1, -(-total // size))
