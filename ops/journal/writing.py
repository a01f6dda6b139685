"""Every intent and outcome of one run on disk: append-only SQLite, one writing connection in a thread of its own.

Records of many workers share a commit. What the events mean for a row stands in `events`; what a step is, the jobs
know.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from ops.errors import JournalError
from ops.events import Event
from ops.files import PRIVATE_FILE, sync_folder
from ops.journal.reading import JournalReader
from ops.journal.schema import APPLICATION_ID, COLUMNS, TABLES, VERSION
from ops.journal.seal import Seal, Sealed
from ops.journal.sums import CARDS_SUM, SNAPSHOT_OF, event_sum, snapshot_sum, with_sum


class _Snapshot(NamedTuple):
    program: str
    cards: Collection[str]


class _Batch(NamedTuple):
    events: Sequence[Event]
    done: asyncio.Future[None] | None
    """Somebody waits for it."""
    snapshot: _Snapshot | None = None


class Journal:
    """The writing side of one run's journal.

    What `commit` returned from is on disk; what `post` took is on disk before anything committed later.

    Args:
        connection: A connection whose file was created or checked by `create` or `open`.
        seal: Its seal.
        clock: Unix time, for people.
    """

    def __init__(self, connection: sqlite3.Connection, seal: Seal, *, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._seal = seal
        self._clock = clock
        self._queue: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._failure: Exception | None = None
        last = connection.execute("SELECT seq, sum FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        self._sealed = Sealed(*last) if last else Sealed(0, 0)
        self.commits = 0
        self._thread = threading.Thread(target=self._write, name="journal", daemon=True)
        self._thread.start()

    @classmethod
    def create(cls, path: Path, meta: Mapping[str, str], *, clock: Callable[[], float] = time.time) -> Self:
        """A new journal.

        Raises:
            JournalError: The disk does not take it.
        """
        try:
            path.touch(mode=PRIVATE_FILE, exist_ok=False)
            connection = _connect(path)
            connection.executescript(TABLES)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            with connection:
                connection.executemany("INSERT INTO meta VALUES (?, ?)", with_sum(meta).items())
            seal = Seal.create(path)
            sync_folder(path.parent)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"Cannot write the journal {path}: {error}. Nothing was sent.", file=str(path)
            ) from error
        return cls(connection, seal, clock=clock)

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """An existing journal, to go on with.

        Raises:
            JournalError: It is missing, damaged, foreign or newer.
        """
        JournalReader(path).check()
        try:
            return cls(_connect(path), Seal.open(path), clock=clock)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(f"Cannot open the journal {path}: {error}.", file=str(path)) from error

    def post(self, *events: Event) -> None:
        """Hand over records without waiting.

        Raises:
            JournalError: An earlier record could not be written.
        """
        self._raise_failure()
        self._queue.put(_Batch(events, None))

    async def commit(self, *events: Event) -> None:
        """Hand over records and wait until they, and all handed over before, are on disk.

        Raises:
            JournalError: They, or earlier ones, could not be written.
        """
        await self._hand_over(events, None)

    async def note_cards(self, program: str, cards: Collection[str]) -> None:
        """Keep which gift cards a programme has: all of them or, if anything goes wrong, none.

        Raises:
            JournalError: They could not be written.
        """
        await self._hand_over((), _Snapshot(program, cards))

    async def _hand_over(self, events: Sequence[Event], snapshot: _Snapshot | None) -> None:
        self._raise_failure()
        done = asyncio.get_running_loop().create_future()
        self._queue.put(_Batch(events, done, snapshot))
        await done
        self._raise_failure()

    def close(self) -> None:
        """Write what is left and close the file.

        Raises:
            JournalError: Something could not be written.
        """
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._connection.close()
        self._seal.close()
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise JournalError(
                f"The journal cannot be written: {self._failure}. Sending has stopped."
            ) from self._failure

    def _write(self) -> None:
        closing = False
        while not closing:
            batches = [self._queue.get()]
            while not self._queue.empty():
                batches.append(self._queue.get())
            closing = None in batches
            real = [batch for batch in batches if batch is not None]
            if self._failure is None and real:
                self._write_group(real)
            _wake([batch.done for batch in real if batch.done is not None])

    def _write_group(self, batches: Sequence[_Batch]) -> None:
        now, sealed = self._clock(), self._sealed
        try:
            with self._connection:
                self._connection.executemany(
                    f"INSERT INTO events ({COLUMNS}, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
                    [self._summed(event._replace(at=now)) for batch in batches for event in batch.events],
                )
                for batch in batches:
                    if batch.snapshot is not None:
                        self._write_cards(batch.snapshot)
            if self._sealed != sealed:
                self._seal.set(self._sealed)
            self.commits += 1
        except (sqlite3.Error, OSError, OverflowError, ValueError, TypeError) as error:
            # A disk that is full, or a value that SQLite cannot hold: either way, those who wait must be told.
            self._failure = error

    def _summed(self, event: Event) -> tuple[Any, ...]:
        self._sealed = Sealed(self._sealed.seq + 1, event_sum(self._sealed.sum, event))
        return (*event, self._sealed.sum)

    def _write_cards(self, snapshot: _Snapshot) -> None:
        rows = ((uuid,) for uuid in snapshot.cards)
        self._connection.execute("DELETE FROM cards")
        self._connection.executemany("INSERT OR IGNORE INTO cards VALUES (?)", rows)
        noted = {SNAPSHOT_OF: snapshot.program, CARDS_SUM: snapshot_sum(*snapshot)}
        self._connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", noted.items())


def _wake(waiting: Sequence[asyncio.Future[None]]) -> None:
    """Tell those who wait, with one call into their loop: each such call is a write to a socket."""
    for loop in {done.get_loop() for done in waiting}:
        with contextlib.suppress(RuntimeError):  # a loop that is closed has nobody waiting
            loop.call_soon_threadsafe(_settle, [done for done in waiting if done.get_loop() is loop])


def _settle(waiting: Sequence[asyncio.Future[None]]) -> None:
    for done in waiting:
        if not done.done():
            done.set_result(None)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level="IMMEDIATE")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection
