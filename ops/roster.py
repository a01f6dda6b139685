"""Where workers get their rows: those that are due for another look before those not begun.

How a row is worked on is `drive`'s business, and what a run does besides `run`'s.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Final

from ops.drive import Parked
from ops.events import RowPast
from ops.jobs.base import Action, Job, State
from ops.journal import JournalReader
from ops.plan import WINDOW, Plan
from ops.remedies import is_for_nobody

_END: Final = 0
_DUE: Final = 1
_FRESH: Final = 2


@dataclass(frozen=True, slots=True)
class Row:
    """A row to begin, or to take up where the journal left it."""

    action: Action
    past: RowPast


def pending_rows(
    plan: Plan, journal: JournalReader, *, run: str = "", retry_refused: bool = False
) -> Iterator[list[Row]]:
    """The acting rows of a run that have not ended, in order, with what is known of each, a window at a time.

    Args:
        plan: What the run runs.
        journal: What it has done.
        run: Its name.
        retry_refused: Those that were refused as well, but for those for whom nothing is left to be done.
    """
    job = plan.job()
    for window in _rows(plan, journal, run):
        yield [row for row in window if row.past.state is None or (retry_refused and _is_to_resend(job, row.past))]


def _is_to_resend(job: Job, past: RowPast) -> bool:
    return past.state == State.REFUSED and not is_for_nobody(job, past.code)


def named_rows(plan: Plan, journal: JournalReader, rows: frozenset[int], *, run: str = "") -> Iterator[list[Row]]:
    """Those of the acting rows that are named, in order, with what is known of each, a window at a time."""
    if not rows:
        return
    for window in _rows(plan, journal, run):
        yield [row for row in window if row.action.row in rows]


def _rows(plan: Plan, journal: JournalReader, run: str) -> Iterator[list[Row]]:
    for number, actions in enumerate(plan.actions(run)):
        pasts = journal.pasts(number * WINDOW + 1, (number + 1) * WINDOW)
        yield [Row(action, pasts.get(action.row, RowPast())) for action in actions]


class Roster:
    """The rows of one run in this process, from the hand of its feeder to their end.

    Args:
        hands: How many workers take from it.
        clock: What parked rows are due by; it goes as fast as the event loop's.
    """

    def __init__(self, hands: int, clock: Callable[[], float]) -> None:
        self._hands = hands
        self._clock = clock
        self._ready: asyncio.PriorityQueue[tuple[int, int, Row | Parked | None]] = asyncio.PriorityQueue()
        self._order = count()
        self._room = asyncio.Semaphore(2 * hands)
        self._parked: list[tuple[float, int, Parked]] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._out = 0
        self._emptied = asyncio.Event()
        self._closed = False
        self.handed = 0
        """Rows handed out so far."""
        self.all_handed = False
        """There are no more to hand out."""
        self.waiting = 0
        """Rows that wait for the server, those included that are being looked at."""

    async def hand(self, row: Row) -> None:
        """Hand out a row, once there is room: few of those not begun are kept in memory."""
        await self._room.acquire()
        self.handed += 1
        self._out += 1
        self._ready.put_nowait((_FRESH, next(self._order), row))

    def hand_no_more(self) -> None:
        """All rows were handed out: when the last of them is done, the workers may go."""
        self.all_handed = True
        if not self._out:
            self.close()

    async def take(self) -> Row | Parked | None:
        """The next row for a worker; None when there is none, and will not be."""
        _, _, row = await self._ready.get()
        if isinstance(row, Row):
            self._room.release()
        return row

    def park(self, parked: Parked, taken: Row | Parked) -> None:
        """Keep a row that was taken until it is due."""
        if not isinstance(taken, Parked):
            self.waiting += 1
        heapq.heappush(self._parked, (parked.due, next(self._order), parked))
        if self._parked[0][2] is parked and not self._closed:
            self._set_alarm()

    def done(self, row: Row | Parked) -> None:
        """A row that was taken needs no more work in this process."""
        if isinstance(row, Parked):
            self.waiting -= 1
        self._out -= 1
        if not self._out:
            self._emptied.set()
        if self.all_handed and not self._out:
            self.close()

    async def emptied(self) -> None:
        """Wait until every row handed out is done."""
        self._emptied.clear()
        if self._out:
            await self._emptied.wait()

    def close(self) -> None:
        """Send the workers away; rows that wait are left as they are."""
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        for _ in range(self._hands):
            self._ready.put_nowait((_END, next(self._order), None))

    def _set_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = None
        if self._parked:
            delay = max(0.0, self._parked[0][0] - self._clock())
            self._alarm = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        while self._parked and self._parked[0][0] <= self._clock():
            _, number, parked = heapq.heappop(self._parked)
            self._ready.put_nowait((_DUE, number, parked))
        self._set_alarm()
