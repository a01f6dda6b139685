"""The rate limit: so many requests in each fixed window, then 429.

It counts requests of the whole account, whatever connection they come on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_UNLIMITED = 5_000
"""What the service was seen to say of its own limit."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the limit says to one request."""

    allowed: bool
    headers: tuple[tuple[bytes, bytes], ...]


_FREE = Verdict(
    allowed=True,
    headers=(
        (b"x-ratelimit-limit", b"%d" % _UNLIMITED),
        (b"x-ratelimit-remaining", b"%d" % (_UNLIMITED - 1)),
    ),
)


class Throttle:
    """Fixed windows of one second, or as long as one request takes where the limit is below one a second."""

    def __init__(self, limit: float | None, clock: Callable[[], float], wall: Callable[[], float]) -> None:
        self._limit = limit
        self._window = max(1.0, 1.0 / limit) if limit else 1.0
        self._most = max(1, int(limit)) if limit else 0
        self._clock = clock
        self._wall = wall
        self._current = -1
        self._used = 0

    def ask(self) -> Verdict:
        """Count a request and say whether it may pass."""
        if self._limit is None:
            return _FREE
        now = self._clock()
        window = int(now // self._window)
        if window != self._current:
            self._current, self._used = window, 0
        self._used += 1
        left = max(0, self._most - self._used)
        headers = ((b"x-ratelimit-limit", b"%d" % self._most), (b"x-ratelimit-remaining", b"%d" % left))
        if self._used <= self._most:
            return Verdict(allowed=True, headers=headers)
        wait = (window + 1) * self._window - now
        more = (
            (b"retry-after", b"%d" % max(1, math.ceil(wait))),
            (b"x-ratelimit-reset", b"%d" % math.ceil(self._wall() + wait)),
        )
        return Verdict(allowed=False, headers=headers + more)
