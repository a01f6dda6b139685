"""How fast one account is asked: a rate, one shared pause, backing off and creeping back.

Every request of a run or a plan takes one turn, retries and polls included. Knows nothing of requests or
of HTTP beyond the numbers a rate limit is announced with.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiolimiter import AsyncLimiter

DEFAULT_RATE = 5.0
"""Requests per second over the whole account: what a public integration holds itself to."""
SLICES = 20
"""A limiter that may hold 1/20 second of requests keeps the worst second within a few percent of the rate."""
LOWEST_RATE = 0.2
"""Requests per second below which backing off ends."""
BACK_OFF = 0.5
"""What a 429 leaves of the rate."""
EASE = 0.8
"""What a used-up window leaves of the rate, before any 429."""
LOWEST_EASE = 0.25
"""The share of the wanted rate below which an announcement alone does not go: it may be wrong."""
WINDOW_PAUSE = 0.5
"""Seconds to let a used-up window pass; its true length is not announced."""
KNOWN_GOOD = 0.85
"""The share of a rate that was refused which is taken back quickly."""
QUICK, SLOW = 1.06, 1.005
"""Growth of the rate per second, below and above `KNOWN_GOOD`."""
GROW_EVERY = 5.0
"""Seconds between growths: each starts a fresh limiter, which lets one request through at once."""
LOOK_UP = 0.25
"""Seconds between two looks at whether a pause is still worth waiting out."""
BEARABLE = 0.02
"""The share of refused requests up to which a 429 only pauses: it may have nothing to do with the rate."""
REMEMBERED = 400
"""Requests over which that share is taken."""
LET_DOWN = 0.8
"""How far one refusal lowers what is held for possible, when it comes at a rate well below that."""
FIRST_PAUSE = 1.0
"""Seconds to pause on a 429 that does not say how long."""
LONGEST_PAUSE = 300.0
"""Seconds; a longer `Retry-After` is cut, and the next 429 extends it."""


@dataclass(frozen=True, slots=True)
class LimitSeen:
    """What an answer says about the account's rate limit; None where it says nothing."""

    limit: int | None = None
    remaining: int | None = None
    refused: bool = False
    """The answer was a 429."""
    retry_after: float | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True)
class PaceState:
    """What a person sees of the pace."""

    rate: float | None
    """Requests per second that are allowed now; None without a limit."""
    wanted: float | None
    paused_for: float
    """Seconds; 0 when not paused."""
    why: str
    refused: int
    """429s so far."""


class Pace:
    """One account's pace; share one between all that talk to the account.

    Args:
        rate: Requests per second, or None for no limit.
        clock: Monotonic seconds.
        sleep: What waits.
    """

    def __init__(
        self,
        rate: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._wanted = rate
        self._clock = clock
        self._sleep = sleep
        self._paused_until = clock()
        self._pause_began = clock()
        self._why = ""
        self._ceiling: float | None = None
        self._grown_at = clock()
        self._refused = 0
        self._recent: deque[bool] = deque(maxlen=REMEMBERED)
        self._unannounced = 0
        self._set(rate)

    def _set(self, rate: float | None) -> None:
        self._rate = rate
        self._limiter = None
        if rate is not None:
            burst = max(1.0, rate / SLICES)
            self._limiter = AsyncLimiter(burst, burst / rate)

    @property
    def paused_for(self) -> float:
        """Seconds until anybody may send again; 0 when not paused."""
        return max(0.0, self._paused_until - self._clock())

    @property
    def state(self) -> PaceState:
        """The pace of this moment."""
        left = self.paused_for
        return PaceState(self._rate, self._wanted, left, self._why if left or self._slowed else "", self._refused)

    @property
    def _slowed(self) -> bool:
        return self._rate is not None and self._wanted is not None and self._rate < self._wanted

    async def turn(self, give_up: Callable[[], bool] = bool) -> float | None:
        """Wait until one request may go out.

        Args:
            give_up: Asked now and then during a pause; True ends the waiting.

        Returns:
            The turn's time on the monotonic clock; None when it was given up.
        """
        while True:
            while (left := self.paused_for) > 0:
                if give_up():
                    return None
                await self._sleep(min(left, LOOK_UP))
            self._grow()
            limiter = self._limiter
            if limiter is not None:
                await limiter.acquire()
            # A place in the queue of a limiter that has been replaced is worth nothing: both would let through.
            if limiter is self._limiter and self.paused_for <= 0:
                return self._clock()

    def pause(self, seconds: float, why: str) -> None:
        """Let nobody send for a while; a longer pause already under way stays."""
        now = self._clock()
        until = now + min(max(0.0, seconds), LONGEST_PAUSE)
        if until > self._paused_until:
            self._pause_began = now if now >= self._paused_until else self._pause_began
            self._paused_until = until
            self._why = why

    def saw(self, seen: LimitSeen, sent_at: float) -> None:
        """Learn from an answer.

        Args:
            seen: What it said of the limit.
            sent_at: The turn of its request: one sent before the pause began teaches nothing new.
        """
        self._recent.append(seen.refused)
        if seen.refused:
            self._refused += 1
            self._back_off(seen, sent_at)
            return
        if sent_at >= self._paused_until:
            self._unannounced = 0
        if seen.remaining is not None and seen.limit:
            self._ease(seen.remaining, sent_at)

    def _back_off(self, seen: LimitSeen, sent_at: float) -> None:
        known = sent_at < self._pause_began or self._clock() < self._paused_until
        self._unannounced = 0 if seen.retry_after is not None else self._unannounced + (not known)
        announced = FIRST_PAUSE * 2 ** max(0, self._unannounced - 1) if seen.retry_after is None else seen.retry_after
        self.pause(announced, "the account's rate limit (429)")
        if known or self._recent.count(True) <= BEARABLE * len(self._recent):
            return
        before = self._rate if self._rate is not None else self._wanted
        if before is None:
            before = 2 * float(seen.limit or 40)
            self._wanted = None
        self._ceiling = max(before, (self._ceiling or 0.0) * LET_DOWN)
        self._grown_at = self._paused_until
        self._set(max(LOWEST_RATE, before * BACK_OFF))

    def _ease(self, remaining: int, sent_at: float) -> None:
        """Slow down when the announced window is used up, before a 429 has to say so."""
        if remaining > 0 or self._rate is None or self._wanted is None:
            return
        if sent_at < self._pause_began or self._clock() < self._paused_until:
            return
        self.pause(WINDOW_PAUSE, "the account's rate limit is reached")
        if self._rate * EASE >= self._wanted * LOWEST_EASE:
            self._ceiling = self._rate
            self._grown_at = self._paused_until
            self._set(self._rate * EASE)

    def _grow(self) -> None:
        now = self._clock()
        passed = now - self._grown_at
        if self._ceiling is None or self._rate is None or passed < GROW_EVERY:
            return
        self._grown_at = now
        known_good = self._ceiling * KNOWN_GOOD
        grown = min(self._rate * QUICK**passed, known_good) if self._rate < known_good else self._rate * SLOW**passed
        if self._wanted is not None and grown >= self._wanted:
            grown, self._ceiling = self._wanted, None
        self._set(grown)


def retry_after_seconds(text: str | None, now: float) -> float | None:
    """Read a `Retry-After` header, which is seconds or an HTTP date.

    Args:
        text: The header, or None.
        now: Unix time by the clock of whoever wrote it, for a date.
    """
    if text is None:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        until = unix_time(text)
    return None if until is None else max(0.0, until - now)


def unix_time(text: str | None) -> float | None:
    """Read an HTTP date; None when it is none."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - most answers have no need of it

    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError):
        return None
