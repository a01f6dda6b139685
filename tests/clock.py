"""Event loops whose time passes faster, so that minutes of waiting take no longer than a test may."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Skipping(selectors.SelectSelector):
    """Waits by moving the clock."""

    loop: TravelLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            # A turn of the loop takes some time, too: timers that are due "now" would spin for ever.
            self.loop.now += max(timeout or 0.0, 1e-7)
        return ready


class TravelLoop(asyncio.SelectorEventLoop):
    """Sleeping costs no time; only for what does no real I/O."""

    def __init__(self) -> None:
        selector = _Skipping()
        self.now = 1_000.0
        super().__init__(selector)
        selector.loop = self

    def time(self) -> float:
        return self.now


def travel(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in travelled time."""
    with asyncio.Runner(loop_factory=TravelLoop) as runner:
        return runner.run(work)


def now() -> float:
    """The travelled time; the clock to inject."""
    return asyncio.get_running_loop().time()


class _Hurrying(selectors.DefaultSelector):
    """Waits a fraction of the time."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / SPEED)


class HurriedLoop(asyncio.SelectorEventLoop):
    """Time goes a hundred times as fast, for what does real I/O with servers that follow `hurried`."""

    def __init__(self) -> None:
        super().__init__(_Hurrying())

    def time(self) -> float:
        return hurried()


SPEED = 100


def hurried() -> float:
    """The hurried time; the clock to inject."""
    return time.monotonic() * SPEED


def hurry(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end in hurried time."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(work)
