"""Steering a run while it goes: pause, drain, stop; and the rule by which it stops itself.

No I/O; what obeys is `run`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ops.errors import OptionError

T = TypeVar("T")


class Control:
    """What a person can do to a run: make one in the event loop that runs it."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._draining = asyncio.Event()
        self._stopping = asyncio.Event()
        self._halted = False
        self.why = ""

    def is_paused(self) -> bool:
        """Whether no row is begun and no request sent for now."""
        return not self._open.is_set()

    def is_draining(self) -> bool:
        """Whether the rows in hand are finished and no other is begun."""
        return self._draining.is_set()

    def is_halted(self) -> bool:
        """Whether not even the rows in hand send anything more."""
        return self._halted

    def is_stopping(self) -> bool:
        """Whether even the requests in flight are given up."""
        return self._stopping.is_set()

    def pause(self) -> None:
        """Send nothing until `go`."""
        self._open.clear()

    def go(self) -> None:
        """End a pause."""
        self._open.set()

    def drain(self, why: str = "") -> None:
        """Finish the rows in hand and begin no other; the first reason given stays."""
        self.why = self.why or why
        self._draining.set()
        self._open.set()

    def halt(self) -> None:
        """Send nothing more, also for the rows in hand; what is in flight is waited for."""
        self._halted = True
        self.drain()

    def stop(self, why: str = "") -> None:
        """Give up at once; what was in flight becomes unknown."""
        self.drain(why)
        self._stopping.set()

    async def gate(self) -> None:
        """Wait while paused."""
        await self._open.wait()

    async def drained(self) -> None:
        """Wait until `drain`."""
        await self._draining.wait()

    async def stopped(self) -> None:
        """Wait until `stop`."""
        await self._stopping.wait()

    async def nap(self, seconds: float) -> bool:
        """Wait, but not through a drain; False when one came."""
        try:
            async with asyncio.timeout(seconds):
                await self._draining.wait()
        except TimeoutError:
            return True
        return False


async def unless(end: Coroutine[Any, Any, None], work: Coroutine[Any, Any, T]) -> T | None:
    """Do some work, but give it up with None when an end comes first."""
    doing, ending = asyncio.create_task(work), asyncio.create_task(end)
    try:
        await asyncio.wait({doing, ending}, return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        doing.cancel()
        ending.cancel()
        await asyncio.gather(doing, ending, return_exceptions=True)


FIRST_ROWS: Final = 100
FIRST_REFUSED: Final = 20
REFUSED_SHARE: Final = 0.10
UNKNOWN_SHARE: Final = 0.25
UNKNOWN_LEAST: Final = 20
WHOLE: Final = 100
"""Percent."""
_STOP_AFTER: Final = re.compile(r"(?P<rows>[0-9]{1,18})|(?P<share>[0-9]{1,18}(?:\.[0-9]{1,18})?)%")


@dataclass(frozen=True, slots=True)
class StopRule:
    """When a run stops by itself, because the file or the account is not what the plan took it for.

    Refused rows: 20 among the first 100 finished, then more than 10 %; or the number given, or more than the share
    given of those finished, once 20 are.
    Unknown rows, and rows that cannot be read: at least 20 and more than 25 %. Invalid and held rows count in
    neither.
    """

    refused: int | None = None
    refused_share: float | None = None

    @classmethod
    def parse(cls, text: str | None) -> StopRule:
        """Read `--stop-after`: `N` rows from 1 on, or `N%` above 0 up to 100 of those finished.

        Raises:
            OptionError: It is neither.
        """
        if text is None:
            return cls()
        match = _STOP_AFTER.fullmatch(text.strip())
        rows, share = (None, None) if match is None else match.group("rows", "share")
        if rows is not None and int(rows) > 0:
            return cls(refused=int(rows))
        if share is not None and 0 < float(share) <= WHOLE:
            return cls(refused_share=float(share) / WHOLE)
        raise OptionError(
            f"--stop-after {text!r} is neither a number of rows from 1 on nor a share above 0% up to 100%, such as 5%.",
            option="stop-after",
        )

    def verdict(self, finished: int, refused: int, unknown: int) -> str | None:
        """Why to stop, or None; `finished` counts all rows of this run that came to an end but the held."""
        if self.refused is not None:
            too_many = refused >= max(1, self.refused)
        elif self.refused_share is not None:
            too_many = finished >= FIRST_REFUSED and refused > finished * self.refused_share
        elif finished <= FIRST_ROWS:
            too_many = refused >= FIRST_REFUSED
        else:
            too_many = refused > max(FIRST_REFUSED, finished * REFUSED_SHARE)
        if too_many:
            return f"{refused} of {finished} rows were refused: the limit is reached"
        if unknown >= UNKNOWN_LEAST and unknown > finished * UNKNOWN_SHARE:
            return f"{unknown} of {finished} rows have an unknown outcome or cannot be read"
        return None
