"""Reading back what nobody knows: steps that must not be repeated are found to be done, or not done, or stay in doubt.

What no reading shows a person may say, of the steps that take a person's word.
Nothing is written to the account here; what is settled goes into the journal, and the run goes on from there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ops.desk import Desk
from ops.errors import OptionError, RefusedError
from ops.events import ROW_STATE, SAID, Event, Mark, RowPast, StepPast, Word
from ops.jobs.base import Action, State, Until
from ops.journal import JournalReader
from ops.leat.reader import Reader, together
from ops.leat.records import Card, encode
from ops.leat.requests import Adopted, CreateCard, Doubtful, Effect, NotDone, NotYet, Request, Settled
from ops.lost_cards import lost_cards
from ops.plan import WINDOW, Plan
from ops.replay import open_step
from ops.runs import RunFolder
from ops.said import Said, rows_text

LEAST: Final = 60.0
"""Seconds; a server may work on a request for longer than anybody waits for its answer."""

_FOUND: Final = "found by looking back"
_NOT_FOUND: Final = "not found by looking back"
_WORDS: Final = {Word.HAPPENED: "said to have happened", Word.NOT_HAPPENED: "said not to have happened"}


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
    word: Word | None = None
    """What a person says of it."""


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

    def heard(self, said: Said | None) -> Doubts:
        """The same, with what a person says of them.

        Raises:
            OptionError: A row is named of which nobody's word is taken.
        """
        if not said:
            return self
        said.refuse_twice()
        open_to = {doubt.action.row for doubt in self.steps if doubt.request.takes_word}
        for word, rows in ((Word.HAPPENED, said.happened), (Word.NOT_HAPPENED, said.not_happened)):
            row = rows.first_beyond(open_to)
            if row is not None:
                yours = rows_text(open_to) or "none"
                why = f"{self._no_word_on(row)} Rows for you to decide: {yours}. Nothing was done."
                raise OptionError(why, option=word.value, row=row)
        words = said.words(open_to)
        return replace(self, steps=tuple(replace(doubt, word=words.get(doubt.action.row)) for doubt in self.steps))

    def _no_word_on(self, row: int) -> str:
        """Why a person's word is not taken on a row."""
        step = next((doubt.request.name for doubt in self.steps if doubt.action.row == row), None)
        if step is not None:
            return f"Row {row}: whether {step} happened is looked up by settle alone."
        if row in self.repeatable:
            return f"Row {row}: settle goes on with it by itself."
        return f"Row {row} is not in doubt."


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


def hear(folder: RunFolder, said: Said | None) -> Doubts:
    """Every doubt of a run, with what a person says of it; nothing is read from the account.

    Raises:
        OptionError: A row is named of which nobody's word is taken.
        RunError: The run cannot be read.
    """
    return doubts_of(folder.plan, folder.journal, folder.id).heard(said)


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
        """Write down what was found, or else what a person says; the row itself if it can go on.

        What the account shows goes before what is said.
        """
        match settled, doubt.word:
            case Adopted(value), _:
                events = [_done(doubt, value, _FOUND)]
            case NotDone(), _:
                events = _not_sent(doubt, _NOT_FOUND)
            case Doubtful(), Word.HAPPENED:
                events = [_done(doubt, None, _WORDS[Word.HAPPENED])]
            case ((Doubtful() | NotYet()), Word.NOT_HAPPENED):
                events = _not_sent(doubt, _WORDS[Word.NOT_HAPPENED])
            case _:
                message = f"{doubt.request.name}: {_in_doubt(doubt, settled)}"
                row = Event(doubt.action.row, ROW_STATE, "", 0, State.UNKNOWN.value, message=message)
                self._desk.journal.post(row)
                return set()
        self._desk.journal.post(*_remark(doubt, events[0].message), *events)
        return {doubt.action.row}

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


def _event(doubt: Doubt, mark: Mark, message: str) -> Event:
    step = (doubt.action.row, doubt.number, doubt.request.name, doubt.known.attempts)
    return Event(*step, mark.value, message=message)


def _done(doubt: Doubt, value: Any, message: str) -> Event:
    card = value.uuid if isinstance(value, Card) else None
    return _event(doubt, Mark.DONE, message)._replace(reply=encode(value), card=card)


def _not_sent(doubt: Doubt, message: str) -> list[Event]:
    """Every attempt of which nobody knew has not happened."""
    gone = _event(doubt, Mark.NOT_SENT, message)
    return [gone._replace(attempt=attempt) for attempt in sorted(doubt.known.unknown)]


def _remark(doubt: Doubt, outcome: str) -> list[Event]:
    """That a person has said something, and what it came to; nothing where nobody has."""
    if doubt.word is None:
        return []
    said = _WORDS[doubt.word]
    message = f"{doubt.request.name}: {said}" + ("" if outcome == said else f", {outcome}")
    return [Event(doubt.action.row, SAID, "said", 1, doubt.word.value, message=message)]


def _in_doubt(doubt: Doubt, settled: Settled) -> str:
    """Why a step stays in doubt, and what a person can say about it."""
    why = settled.why if isinstance(settled, NotYet | Doubtful) else ""
    if doubt.word is not None:
        return f"{_WORDS[doubt.word]}, but {why}"
    if not doubt.request.takes_word:
        return why
    # While the account shows that it has not happened, no word makes it so.
    flags = "--not-happened" if isinstance(settled, NotYet) else "--happened or --not-happened"
    return f"{why}; once you know, tell settle: {flags}"


def _program(request: Request[Any]) -> str:
    if not isinstance(request, CreateCard):
        raise TypeError(f"{request.name} makes no card")
    return request.program
