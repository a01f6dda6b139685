"""Reading back what a run has written: each row that is done is as it was written, or is not.

Reads alone; what a row must look like is the job's to say, and what became of it stays as it is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from ops.desk import Desk, EndedError, HaltError, LeftError, Wire
from ops.errors import LeatopsError, OptionError
from ops.events import LEFT, READ_BACK, ROW_STATE, Event, Look, Mark
from ops.jobs.base import Finished, State
from ops.journal import EVENT_SCHEMA, JournalReader
from ops.plan import WINDOW
from ops.roster import Row
from ops.runs import RunFolder
from ops.step import UNJOURNALED, Step

STEP: Final = "read_back"
"""What a look back is called in the journal and the reports."""
_UNTOLD: Final = "not as it was written"
_PURGED: Final = "it was seen to be gone in its turn, and its id is not kept"


@dataclass(frozen=True, slots=True)
class Verify:
    """Which of the rows that are done are read back; those that were verified before are not."""

    rows: int | None = None
    """So many, spread evenly over them; None: every one."""

    @classmethod
    def parse(cls, text: str | None) -> Verify | None:
        """Read `--verify`: `all` or a number of rows.

        Raises:
            OptionError: It is neither.
        """
        if text is None or text == "all":
            return None if text is None else cls()
        if not (text.isascii() and text.isdecimal() and int(text)):
            raise OptionError(f"--verify {text!r} is neither all nor a number of rows.", option="verify")
        return cls(int(text))


class Verifier:
    """Reads back the rows of one run.

    A value may be seen later than it was written, so rows that differ are looked at again after growing pauses.

    Args:
        folder: The run, which the caller holds.
        desk: Its job, journal, pace and clock.
        connect: Makes a worker's line.
        hands: How many workers there are.
    """

    def __init__(self, folder: RunFolder, desk: Desk, connect: Callable[[], Wire], hands: int) -> None:
        self._folder = folder
        self._desk = desk
        self._connect = connect
        self._hands = hands
        self._given_up = False
        self.rows = 0
        """How many are to be read back."""
        self.looked = 0
        """How many have been."""
        self.error: LeatopsError | None = None
        """The account stopped it."""

    @property
    def is_whole(self) -> bool:
        """Whether all were, and nothing broke it off."""
        return not self._given_up and self.looked == self.rows

    async def verify(self, wanted: Verify) -> None:
        """Read back the rows, or what a drain leaves time for.

        Raises:
            JournalError: The journal cannot be read or written.
        """
        self._given_up = True
        await self._desk.journal.commit()
        rows = await asyncio.to_thread(_unverified, self._folder.journal, self._folder.plan.meta.rows)
        chosen = _spread(await asyncio.to_thread(self._take_confirmed, rows), wanted)
        self.rows = chosen.len()
        wires = [self._connect() for _ in range(max(1, min(self._hands, self.rows)))]
        try:
            windows = self._windows(chosen)
            while (window := await asyncio.to_thread(next, windows, None)) is not None:
                await self._window(wires, window)
            self._given_up = False
        except LeftError:
            pass
        finally:
            for wire in wires:
                await wire.aclose()
            await self._desk.journal.commit()

    def _take_confirmed(self, rows: pl.Series) -> pl.Series:
        """The rows but for those of people who are gone: of them nothing is left to be read back by."""
        if not self._desk.job.private:
            return rows
        purged = pl.col("target").is_null() & pl.col("row").is_in(rows.implode())
        windows = self._folder.plan.windows(("row", "target"))
        gone = pl.concat([rows.clear(), *(window.filter(purged)["row"] for window in windows)])
        for row in gone:
            self._note(row, Look.VERIFIED, _PURGED)
        return rows.filter(~rows.is_in(gone.implode()))

    def _windows(self, chosen: pl.Series) -> Iterator[list[Row]]:
        """The rows with what the journal knows of each, a window at a time."""
        folder = self._folder
        for number, actions in enumerate(folder.plan.actions(folder.id)):
            first, last = number * WINDOW + 1, (number + 1) * WINDOW
            rows = set(chosen.filter(chosen.is_between(first, last)).to_list())
            if rows:
                pasts = folder.journal.pasts(first, last)
                yield [Row(action, pasts[action.row]) for action in actions if action.row in rows]

    async def _window(self, wires: list[Wire], rows: list[Row]) -> None:
        """Look at each row, and again at those that differ.

        Raises:
            LeftError: A drain came first.
        """
        patience = self._desk.patience
        differing = await self._looks(wires, rows)
        for again in range(patience.repeats):
            if not differing:
                return
            if not await self._desk.control.nap(patience.first_pause * patience.growth**again):
                raise LeftError
            differing = await self._looks(wires, [row for row, _ in differing])
        for row, what in differing:
            self._seen(row, Look.MISMATCH, _UNTOLD if self._desk.job.private else what)

    async def _looks(self, wires: list[Wire], rows: list[Row]) -> list[tuple[Row, str]]:
        """Those of the rows that are not as they were written, with what differs.

        Raises:
            LeftError: A drain came before all of them were seen.
        """
        differing: list[tuple[Row, str]] = []
        ahead, left = iter(rows), False

        async def take(wire: Wire) -> None:
            for row in ahead:
                if self._desk.control.is_draining():
                    raise LeftError
                await self._look(wire, row, differing)

        try:
            async with asyncio.TaskGroup() as group:
                for wire in wires:
                    group.create_task(take(wire))
        except* HaltError as errors:
            halted = errors.exceptions[0]
            self.error, left = halted.error if isinstance(halted, HaltError) else None, True
        except* LeftError:
            left = True
        if left:
            raise LeftError
        return differing

    async def _look(self, wire: Wire, row: Row, differing: list[tuple[Row, str]]) -> None:
        try:
            what = await self._compared(wire, row)
        except EndedError as ended:
            self._seen(row, Look.UNREAD, ended.finished.message)
        except LeftError as left:
            if not str(left):
                raise
            self._seen(row, Look.UNREAD, str(left))
        else:
            if what is None:
                self._seen(row, Look.VERIFIED)
            else:
                differing.append((row, what))

    async def _compared(self, wire: Wire, row: Row) -> str | None:
        """What differs, or None."""
        desk, past = self._desk, row.past
        proof, reply = desk.job.verify(row.action, Finished(State.DONE, past.uuid, card=past.card)), None
        while True:
            try:
                asked = proof.send(reply)
            except StopIteration as stop:
                what: str | None = stop.value
                return what
            reply = await Step(desk, wire, row.action, UNJOURNALED, asked, None).perform()

    def _seen(self, row: Row, look: Look, what: str = "") -> None:
        self._note(row.action.row, look, what)
        self.looked += 1

    def _note(self, row: int, look: Look, what: str) -> None:
        message = f"read back: {what}" if what else ""
        self._desk.journal.post(Event(row, READ_BACK, STEP, 1, look.value, message=message))


def _spread(rows: pl.Series, wanted: Verify) -> pl.Series:
    """As many of the rows as are wanted, from everywhere among them."""
    if wanted.rows is None or wanted.rows >= rows.len():
        return rows
    places = pl.int_range(wanted.rows, dtype=pl.UInt64, eager=True) * rows.len() // wanted.rows
    return rows.gather(places)


def _unverified(journal: JournalReader, rows: int) -> pl.Series:
    """The rows that are done and that no look back has shown to be so, in order."""
    found = [pl.Series("row", [], dtype=EVENT_SCHEMA["row"])]
    for first in range(1, rows + 1, WINDOW):
        last = journal.frame(first, first + WINDOW - 1).group_by("row", look=pl.col("step") == READ_BACK)
        ends = last.agg(pl.col("step", "state").filter(pl.col("step") != LEFT).last())
        done = ends.filter(step=ROW_STATE, state=Mark.DONE.value)
        verified = ends.filter(step=READ_BACK, state=Look.VERIFIED.value)
        found.append(done.join(verified, on="row", how="anti")["row"].sort())
    return pl.concat(found)
