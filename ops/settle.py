"""Reading back what nobody knows: steps that must not be repeated are found to be done, or not done, or stay in doubt.

Nothing is written to the account here; what is settled goes into the journal, and the run goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ops.desk import Desk
from ops.errors import RefusedError
from ops.events import ROW_STATE, Event, Mark, RowPast, StepPast
from ops.jobs.base import Action, State, Until
from ops.journal import JournalReader
from ops.leat.reader import Reader, together
from ops.leat.records import Card, encode
from ops.leat.requests import Adopted, CreateCard, Doubtful, Effect, NotDone, NotYet, Request, Settled
from ops.lost_cards import lost_cards
from ops.plan import WINDOW, Plan
from ops.replay import open_step
from ops.runs import RunFolder

LEAST: Final = 60.0
"""Seconds; a server may work on a request for longer than anybody waits for its answer."""


def settle_time(read_timeout: float) -> float:
    """How long to wait before looking back, in seconds, where nobody says."""
    return max(LEAST, 2 * read_timeout)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A step of a row that may have happened and must not happen twice."""

    action: Action
    number: int
    request: Request[Any]
    known: StepPast
    readable: bool
    """Whether anything could show that it has happened."""


@dataclass(frozen=True, slots=True)
class Doubts:
    """What a run does not know."""

    steps: tuple[Doubt, ...]
    """Those to be read back; each row has one at most."""
    repeatable: frozenset[int]
    """Rows whose open step may be tried again, or is a wait for the server."""

    @property
    def needs_time(self) -> bool:
        """Whether the server must be given time first, since it may still be working on one."""
        return any(doubt.readable for doubt in self.steps)

    @property
    def needs_more(self) -> bool:
        """Whether a process died with one on its way: nobody knows how long ago."""
        return any(doubt.readable and doubt.known.cut_off for doubt in self.steps)


def doubts_of(plan: Plan, journal: JournalReader, run: str) -> Doubts:
    """Every row of a run whose outcome nobody knows, with the step it is about.

    Raises:
        JournalError: The journal does not fit the plan's job.
    """
    job = plan.job()
    steps: list[Doubt] = []
    repeatable: set[int] = set()
    for action, past in _unknown_rows(plan, journal, run):
        found = open_step(job, action, past)
        if found is None:
            continue
        number, asked = found
        known = past.steps[number] if number < len(past.steps) else None
        if isinstance(asked, Until) or asked.effect is not Effect.ONCE:
            repeatable.add(action.row)
        elif known is not None and known.doubt:
            steps.append(Doubt(action, number, asked, known, _is_readable(asked, journal)))
    return Doubts(tuple(steps), frozenset(repeatable))


def _is_readable(request: Request[Any], journal: JournalReader) -> bool:
    if isinstance(request, CreateCard):
        return journal.snapshot() == request.program
    return next(request.settling(), None) is not None


def _unknown_rows(plan: Plan, journal: JournalReader, run: str) -> Iterator[tuple[Action, RowPast]]:
    for number, actions in enumerate(plan.actions(run)):
        pasts = journal.pasts(number * WINDOW + 1, (number + 1) * WINDOW)
        for action in actions:
            past = pasts.get(action.row)
            if past is None:
                continue
            if past.state == State.UNKNOWN or (past.state is None and past.in_doubt):
                yield action, past


class Settler:
    """Looks back at the doubtful steps of one run, once the server has had its time.

    Args:
        folder: The run, which the caller holds.
        desk: Its journal, its pace and its clock.
        reader: A client that cannot write.
        seconds: How long the server was given.
    """

    def __init__(self, folder: RunFolder, desk: Desk, reader: Reader, seconds: float) -> None:
        self._folder = folder
        self._desk = desk
        self._reader = reader
        self._seconds = seconds

    async def settle(self, doubts: Sequence[Doubt]) -> frozenset[int]:
        """Read back every step; returns the rows that can go on.

        Raises:
            AccountError: The account does not answer; what was settled stays so.
            JournalError: The journal cannot be written.
        """
        going_on: set[int] = set()
        cards = [doubt for doubt in doubts if isinstance(doubt.request, CreateCard)]
        others = [doubt for doubt in doubts if not isinstance(doubt.request, CreateCard)]
        async for doubt, settled in self._each(others):
            going_on |= self._note(doubt, settled)
        for doubt, settled in await self._cards(cards):
            going_on |= self._note(doubt, settled)
        await self._desk.journal.commit()
        return frozenset(going_on)

    def _note(self, doubt: Doubt, settled: Settled) -> set[int]:
        """Write down what was found; the row itself if it can go on."""
        step = Event(doubt.action.row, doubt.number, doubt.request.name, doubt.known.attempts, Mark.UNKNOWN.value)
        match settled:
            case Adopted(value):
                card = value.uuid if isinstance(value, Card) else None
                found = step._replace(
                    state=Mark.DONE.value, reply=encode(value), card=card, message="found by looking back"
                )
                self._desk.journal.post(found)
                return {doubt.action.row}
            case NotDone():
                gone = step._replace(state=Mark.NOT_SENT.value, message="not found by looking back")
                self._desk.journal.post(*(gone._replace(attempt=attempt) for attempt in sorted(doubt.known.unknown)))
                return {doubt.action.row}
            case NotYet(why) | Doubtful(why):
                message = f"{doubt.request.name}: {why}"
                row = Event(doubt.action.row, ROW_STATE, "", 0, State.UNKNOWN.value, message=message)
                self._desk.journal.post(row)
                return set()

    async def _each(self, doubts: Sequence[Doubt]) -> AsyncIterator[tuple[Doubt, Settled]]:
        """The steps that are read back one by one; those that may still be coming are looked at again together."""
        desk, began = self._desk, self._desk.clock()
        while doubts:
            coming: list[Doubt] = []
            over = desk.clock() - began >= desk.patience.poll_limit
            async for doubt, settled in self._round(doubts):
                if isinstance(settled, NotYet) and not over:
                    coming.append(doubt)
                else:
                    yield doubt, settled
            doubts = coming
            if doubts:
                await asyncio.sleep(desk.patience.until_poll(desk.clock() - began, 0.0))

    async def _round(self, doubts: Sequence[Doubt]) -> AsyncIterator[tuple[Doubt, Settled]]:
        """One look at each, a few at once."""
        for start in range(0, len(doubts), self._reader.slots):
            batch = doubts[start : start + self._reader.slots]
            await self._desk.control.gate()
            looks = await together([self._look(doubt.request) for doubt in batch])
            for pair in zip(batch, looks, strict=True):
                yield pair

    async def _look(self, request: Request[Any]) -> Settled:
        asking, reply = request.settling(), None
        while True:
            try:
                asked = asking.send(reply)
            except StopIteration as stop:
                settled: Settled = stop.value
                return settled
            try:
                reply = await self._reader.ask(asked)
            except RefusedError as error:
                return Doubtful(f"the account refuses to show it: {self._desk.told(error.code, error.message)}")

    async def _cards(self, doubts: list[Doubt]) -> list[tuple[Doubt, Settled]]:
        """Cards of which nobody knows whether they were made."""
        if not doubts:
            return []
        program, gate = _program(doubts[0].request), self._desk.control.gate
        rows, seconds = len(doubts), self._seconds
        found = await lost_cards(self._folder, self._reader, program, rows, seconds=seconds, gate=gate)
        if isinstance(found, Doubtful):
            return [(doubt, found) for doubt in doubts]
        taken: list[Settled] = [Adopted(card) for card in found]
        return list(zip(doubts, [*taken, *[NotDone()] * (len(doubts) - len(taken))], strict=True))


def _program(request: Request[Any]) -> str:
    if not isinstance(request, CreateCard):
        raise TypeError(f"{request.name} makes no card")
    return request.program
