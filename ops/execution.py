"""One process's work on one run: workers take rows and drive each to its end, until all are or something stops it.

Which account, which run and by whose consent is settled before; the journal, not memory, says what has happened.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, TypeVar

from ops.canary import Canary, trial_of
from ops.codes_file import write_codes
from ops.control import Control, StopRule, unless
from ops.desk import discreet
from ops.drive import Desk, Driver, HaltError, LeftError, Parked, Patience, Traffic
from ops.errors import LeatopsError
from ops.events import LEFT, Event
from ops.jobs.base import Finished, State
from ops.journal import Journal
from ops.leat.client import Timeouts, TransportFactory, Wiring
from ops.leat.pace import DEFAULT_RATE, LONGEST_PAUSE
from ops.leat.reader import Reader
from ops.roster import Roster, Row, named_rows, pending_rows
from ops.runs import RunFolder
from ops.said import Said
from ops.settle import Doubts, Settler, hear, settle_time
from ops.snapshot import KnownCards, note_cards
from ops.tally import Score, Tally, counted_as, opening_counts, unended
from ops.verify import Verifier, Verify

STALE: Final = 15 * 60.0
"""Seconds after which a plan's view of the account is looked at again."""
TELL_EVERY: Final = 0.1
"""Seconds between tallies."""
SETTLED_ONLY: Final = "only rows in doubt were worked on; resume goes on with the others"

Recheck = Literal["auto", "always", "never"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a plan is run.

    Attributes:
        rate: Requests per second over the account; None for no limit.
        workers: Rows in hand at once; None fits the rate.
        recheck: Whether a row's target is read again before its first write; `auto`: when the plan is old.
        retry_refused: On a resume, try refused steps again.
        transport: What carries the requests in place of the network.
    """

    rate: float | None = DEFAULT_RATE
    workers: int | None = None
    stop: StopRule = StopRule()
    recheck: Recheck = "auto"
    timeouts: Timeouts = Timeouts()
    retry_refused: bool = False
    patience: Patience = Patience()
    settles: bool = False
    """Read back what nobody knows, and go on with the rows that this settles alone."""
    said: Said | None = None
    """What a person says of steps that cannot be read back; heard by a run that settles."""
    settle_seconds: float | None = None
    """How long the server is given before anything is read back; None fits the time limits."""
    canary: Canary | None = None
    """How many rows go first, and who then decides about the others."""
    verify: Verify | None = None
    """Which rows are read back once all have ended."""
    clock: Callable[[], float] = time.monotonic
    transport: TransportFactory | None = None

    @property
    def settle_time(self) -> float:
        """How long the server is given, in seconds."""
        return settle_time(self.timeouts.total) if self.settle_seconds is None else self.settle_seconds

    @property
    def hands(self) -> int:
        """How many workers there are: enough for two seconds of answers at the rate."""
        if self.workers is not None:
            return max(1, self.workers)
        return 50 if self.rate is None else max(4, min(64, round(self.rate * 2)))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: finished, or stopped with the reason."""

    folder: RunFolder
    tally: Tally
    why: str = ""
    error: LeatopsError | None = None
    unended: int = 0
    """Rows that a resume would go on with: pending, or begun and given up."""
    whole: bool = True
    """Every row that was to be worked on has been."""

    @property
    def state(self) -> Literal["finished", "stopped"]:
        """`stopped` when there are rows left to go on with."""
        return "finished" if self.whole and not self.unended and self.error is None else "stopped"


@dataclass(frozen=True, slots=True)
class Line:
    """A line to an account that was seen to be the plan's."""

    wiring: Wiring
    requests: int
    """What it took to see that."""
    began: float
    """On the options' clock."""


class Execution:
    """One process's work on one run.

    Iterate it for tallies, about ten a second, the last one after the end; then ask for its `end`.

    Args:
        folder: The run; the caller holds it.
        line: The account, which was seen to be the plan's.
        options: Workers, rechecks.
        control: To pause, drain or stop it.
    """

    def __init__(self, folder: RunFolder, line: Line, options: RunOptions, control: Control) -> None:
        self._folder = folder
        self._plan = folder.plan
        self._options = options
        self._control = control
        self._wiring = line.wiring
        self._traffic = Traffic(requests=line.requests)
        self._began = line.began
        self._error: LeatopsError | None = None
        self._destroys = self._plan.job().destroys
        self._left_off = False
        """What was to come after the last row has not."""
        self._roster = Roster(options.hands, options.clock)
        self._verifier: Verifier | None = None
        self._score = Score(self._plan.meta.rows, opening_counts(self._plan, folder.journal))

    @property
    def tally(self) -> Tally:
        """The run at this moment."""
        score = self._score
        return Tally(
            score.rows,
            dict(score.counts),
            self._options.clock() - self._began,
            score.finished,
            self._traffic.requests,
            self._traffic.retries,
            self._wiring.pace.state,
            tuple(score.latest),
            self._roster.waiting,
            *((self._verifier.looked, self._verifier.rows) if self._verifier is not None else ()),
        )

    def end(self) -> Ended:
        """How it ended, by the journal's own counts."""
        journal = self._folder.journal
        self._score.counts = opening_counts(self._plan, journal)
        left = unended(self._plan, journal)
        whole = self._roster.all_handed and self._roster.handed == self._score.finished
        whole = whole and not self._left_off and (self._verifier is None or self._verifier.is_whole)
        why = self._control.why or self._settled_only()
        return Ended(self._folder, self.tally, why, self._error, left, whole)

    def _settled_only(self) -> str:
        """Why a run that settles leaves rows of which nothing was in doubt; empty where it leaves none."""
        others = self._score.counts[State.PENDING] > self._score.left
        return SETTLED_ONLY if self._options.settles and others else ""

    async def __aiter__(self) -> AsyncGenerator[Tally, None]:
        work = asyncio.create_task(self._work(), name=f"run {self._folder.id}")
        try:
            while not work.done():
                await asyncio.wait({work}, timeout=TELL_EVERY)
                yield self.tally
            work.result()
        finally:
            if not work.done():
                self._control.stop("the run was given up")
                await asyncio.gather(work, return_exceptions=True)

    async def _work(self) -> None:
        journal = Journal.open(self._folder.journal_path)
        desk = Desk(
            self._plan.job(),
            journal,
            self._wiring.pace,
            self._control,
            self._traffic,
            self._options.clock,
            self._options.patience,
            self._options.retry_refused,
        )
        try:
            only = await self._settle(desk) if self._options.settles else None
            if only is None:
                await self._note_cards(desk)
            if desk.job.makes_cards:
                desk = replace(desk, cards=await asyncio.to_thread(KnownCards, self._folder.journal))
            async with asyncio.TaskGroup() as group:
                hands = [group.create_task(self._take(desk)) for _ in range(self._options.hands)]
                feeder = group.create_task(self._feed(desk, only))
                closer = group.create_task(self._close_when_drained())
                stopper = group.create_task(self._stop_when_told([*hands, feeder]))
                await asyncio.wait(hands)
                for each in (feeder, closer, stopper):
                    each.cancel()
            await self._list_codes(desk)
            await self._read_back(desk)
        except* LeatopsError as errors:
            self._give_up(errors.exceptions[0])
        finally:
            try:
                await asyncio.to_thread(journal.close)
            except LeatopsError as error:
                self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        """Sending has begun: from here on the end of the run is told by its journal, not by an exception."""
        if not isinstance(error, LeatopsError):
            raise error
        self._error = self._error or discreet(self._plan.job(), error)
        self._control.drain(self._error.message)

    async def _note_cards(self, desk: Desk) -> None:
        """Note the gift cards that are there before the first write, unless an earlier process has; a drain ends it."""
        program = desk.job.snapshot()
        if program is None or self._folder.journal.snapshot() == program:
            return
        await self._reading(lambda reader: note_cards(reader, desk.journal, program, gate=self._control.gate))

    async def _settle(self, desk: Desk) -> frozenset[int]:
        """Give the server its time, then read back what nobody knows; the rows to go on with."""
        folder = self._folder
        doubts = await asyncio.to_thread(hear, folder, self._options.said)
        if doubts.needs_time and not await self._give_time(doubts):
            return frozenset()
        seconds = self._options.settle_time
        settled = await self._reading(lambda reader: Settler(folder, desk, reader, seconds).settle(doubts.steps))
        self._score.counts = await asyncio.to_thread(opening_counts, self._plan, folder.journal)
        return doubts.repeatable | (settled or frozenset())

    async def _reading(self, work: Callable[[Reader], Coroutine[Any, Any, T]]) -> T | None:
        """Read what no single row is about; a drain ends it, with None."""
        async with Reader(self._wiring, slots=min(8, self._options.hands)) as reader:
            try:
                return await unless(self._control.drained(), work(reader))
            finally:
                self._traffic.requests += reader.sent

    async def _give_time(self, doubts: Doubts) -> bool:
        """Wait until the server cannot be working on anything any more; False when a drain came first."""
        options = self._options
        until = options.clock() + options.settle_time + (options.timeouts.total if doubts.needs_more else 0.0)
        while (left := until - options.clock()) > 0:
            self._wiring.pace.pause(min(left, LONGEST_PAUSE), "letting the server finish before looking back")
            if not await self._control.nap(min(left, LONGEST_PAUSE)):
                return False
        return True

    async def _list_codes(self, desk: Desk) -> None:
        """List the codes of the cards that were made, where the plan asks for them."""
        if not desk.job.lists_codes():
            return
        if self._control.is_draining():
            self._left_off = True
            return
        await desk.journal.commit()
        async with Reader(self._wiring, slots=min(8, self._options.hands)) as reader:
            try:
                await write_codes(self._folder, reader)
            finally:
                self._traffic.requests += reader.sent

    async def _read_back(self, desk: Desk) -> None:
        """Read back rows that are done, where that was asked for; a drain ends it, a stop cuts it off."""
        wanted, options = self._options.verify, self._options
        if wanted is None or not desk.job.verifies:
            return
        if self._control.is_draining():
            self._left_off = True
            return
        self._verifier = Verifier(self._folder, desk, self._wiring.connect, options.hands)
        await unless(self._control.stopped(), self._verifier.verify(wanted))
        if self._verifier.error is not None:
            self._give_up(self._verifier.error)

    async def _feed(self, desk: Desk, only: frozenset[int] | None) -> None:
        """Hand out the rows that have not ended, or those named, in order, a window in memory at a time."""
        windows, canary, last = self._windows(only), self._options.canary, 0
        while not self._control.is_draining() and (window := await asyncio.to_thread(next, windows, None)) is not None:
            for row in window:
                if canary is not None and self._roster.handed == canary.rows:
                    await self._try_first(desk, canary, last)
                if self._control.is_draining():
                    return
                await self._roster.hand(row)
                last = row.action.row
        if not self._control.is_draining():
            self._roster.hand_no_more()

    async def _try_first(self, desk: Desk, canary: Canary, last: int) -> None:
        """Once the rows handed out have all ended, ask whether to go on; without a yes the run drains."""
        await self._roster.emptied()
        if self._control.is_draining():
            return
        await desk.journal.commit()
        if canary.goes_on is None or not await canary.goes_on(await asyncio.to_thread(trial_of, self._folder, last)):
            self._control.drain(canary.why)

    def _windows(self, only: frozenset[int] | None) -> Iterator[list[Row]]:
        folder = self._folder
        if only is not None:
            return named_rows(self._plan, folder.journal, only, run=folder.id)
        return pending_rows(self._plan, folder.journal, run=folder.id, retry_refused=self._options.retry_refused)

    async def _close_when_drained(self) -> None:
        await self._control.drained()
        self._roster.close()

    async def _take(self, desk: Desk) -> None:
        """One worker's day."""
        wire = self._wiring.connect()
        driver = Driver(desk, wire)
        try:
            while not self._control.is_draining() and (row := await self._roster.take()) is not None:
                await desk.control.gate()
                if self._control.is_draining():
                    break
                await self._one(desk, driver, row)
        finally:
            await wire.aclose()

    async def _one(self, desk: Desk, driver: Driver, row: Row | Parked) -> None:
        score = self._score
        try:
            outcome = await self._worked(driver, row)
        except LeftError as left:
            self._roster.done(row)
            if str(left):
                score.leave(row.action.row, str(left))
                desk.journal.post(Event(row.action.row, LEFT, "left", 0, "left", message=str(left)))
                self._judge()
            return
        except HaltError as halt:
            self._control.halt()
            self._roster.done(row)
            self._give_up(halt.error)
            return
        if isinstance(outcome, Parked):
            self._roster.park(outcome, row)
            return
        self._roster.done(row)
        score.add(row.action.row, outcome, counted_as(row.past))
        self._judge()

    async def _worked(self, driver: Driver, row: Row | Parked) -> Finished | Parked:
        if isinstance(row, Parked):
            return await driver.look(row)
        return await driver.drive(row.action, row.past, recheck=self._recheck())

    def _judge(self) -> None:
        """Stop the run when it goes too wrong."""
        score = self._score
        ended = score.finished - score.held + score.left
        why = self._options.stop.verdict(ended, score.refused, score.unknown + score.left)
        if why is not None:
            self._control.drain(why)

    async def _stop_when_told(self, tasks: list[asyncio.Task[None]]) -> None:
        await self._control.stopped()
        for task in tasks:
            task.cancel()

    def _recheck(self) -> bool:
        """Whether rows not yet begun are read again first; an age is only a hint, so the wall clock will do."""
        if self._options.recheck != "auto":
            return self._options.recheck == "always"
        return time.time() - self._plan.meta.made_at > STALE or self._destroys
