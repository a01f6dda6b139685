"""Closing a screen once: keys that were typed ahead, or a click made twice, never close the one below as well.

What a screen returns is its own business.
"""

from __future__ import annotations

from typing import TypeVar

from textual.await_complete import AwaitComplete
from textual.screen import Screen

T = TypeVar("T")


class ClosesOnce(Screen[T]):
    """A screen that can be dismissed while it is on top, and at no other time.

    Of a modal screen this is the second base: Textual takes the looks from the first one alone.
    """

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with a result; nothing when the screen is closed already or another is on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete()
