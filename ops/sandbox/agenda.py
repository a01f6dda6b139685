"""Work that is done later: scheduled deletes and merges, contacts that appear late, late commits.

It knows no work itself and has no thread or timer: whoever uses the store brings it up to date first.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Agenda:
    """What is to be done and when, by an injected monotonic clock."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._number = count()

    def __len__(self) -> int:
        return len(self._due)

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Do the work once so many seconds have passed."""
        heapq.heappush(self._due, (self.clock() + seconds, next(self._number), work))

    def catch_up(self) -> None:
        """Do all work whose time has come, in the order of its time."""
        while self._due and self._due[0][0] <= self.clock():
            heapq.heappop(self._due)[2]()
