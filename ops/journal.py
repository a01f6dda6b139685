"""Every intent and outcome of one run on disk, and reading them back.

Append-only SQLite, one writing connection in a thread of its own; records of many workers share a commit.
What the events mean for a row stands in `events`; what a step is, the jobs know.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import msgspec
import polars as pl

from ops.errors import JournalError
from ops.events import ROW_STATE, Event, Mark, RowPast, fold
from ops.files import PRIVATE_FILE, sync_folder
from ops.leat.records import decode, encode
from ops.sums import CARDS_SUM, SNAPSHOT_OF, event_sum, holds, snapshot_sum, with_sum

APPLICATION_ID: Final = 0x1EA70_95  # "leatops", as near as a number comes
VERSION: Final = 3
_SCHEMA: Final = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    row INTEGER NOT NULL,
    step INTEGER NOT NULL,
    name TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    state TEXT NOT NULL,
    reply BLOB,
    uuid TEXT,
    card TEXT,
    code INTEGER,
    message TEXT NOT NULL,
    at REAL NOT NULL,
    sum INTEGER NOT NULL
);
CREATE INDEX events_by_row ON events (row);
CREATE TABLE cards (uuid TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_COLUMNS: Final = "row, step, name, attempt, state, reply, uuid, card, code, message, at"
"""An `Event`, in its order."""
EVENT_SCHEMA: Final = {
    "row": pl.UInt32,
    "step": pl.Int32,
    "name": pl.String,
    "attempt": pl.Int32,
    "state": pl.String,
    "uuid": pl.String,
    "card": pl.String,
    "code": pl.Int64,
    "message": pl.String,
    "at": pl.Float64,
}


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
        clock: Unix time, for people.
    """

    def __init__(self, connection: sqlite3.Connection, *, clock: Callable[[], float] = time.time) -> None:
        self._connection = connection
        self._clock = clock
        self._queue: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._failure: Exception | None = None
        last = connection.execute("SELECT sum FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        self._sum = int(last[0]) if last else 0
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
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
            with connection:
                connection.executemany("INSERT INTO meta VALUES (?, ?)", with_sum(meta).items())
            sync_folder(path.parent)
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"Cannot write the journal {path}: {error}. Nothing was sent.", file=str(path)
            ) from error
        return cls(connection, clock=clock)

    @classmethod
    def open(cls, path: Path, *, clock: Callable[[], float] = time.time) -> Self:
        """An existing journal, to go on with.

        Raises:
            JournalError: It is missing, damaged, foreign or newer.
        """
        JournalReader(path).check()
        try:
            return cls(_connect(path), clock=clock)
        except sqlite3.Error as error:
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
        now = self._clock()
        try:
            with self._connection:
                self._connection.executemany(
                    f"INSERT INTO events ({_COLUMNS}, sum) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - constant
                    [self._summed(event._replace(at=now)) for batch in batches for event in batch.events],
                )
                for batch in batches:
                    if batch.snapshot is not None:
                        self._write_cards(batch.snapshot)
            self.commits += 1
        except (sqlite3.Error, OSError, OverflowError, ValueError, TypeError) as error:
            # A disk that is full, or a value that SQLite cannot hold: either way, those who wait must be told.
            self._failure = error

    def _summed(self, event: Event) -> tuple[Any, ...]:
        self._sum = event_sum(self._sum, event)
        return (*event, self._sum)

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


class JournalReader:
    """The reading side: the state of rows, a window at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """See that the file is a whole journal of this version.

        Raises:
            JournalError: It is not.
        """
        for _ in self._query("SELECT count(*) FROM meta UNION ALL SELECT max(seq) FROM events"):
            pass

    def verify(self) -> None:
        """See that every event is as it was written, and that none is missing before the last.

        Raises:
            JournalError: One is not; it says how many before it are.
        """
        before = 0
        events = self._query(f"SELECT {_COLUMNS}, sum FROM events ORDER BY seq")  # noqa: S608 - constant
        for whole, (*values, kept) in enumerate(events):
            before = event_sum(before, Event(*values))
            if before != kept:
                raise self._damaged(f"of its records only the first {whole:,} are as they were written")
        for (found,) in self._query("PRAGMA integrity_check(1)"):
            if found != "ok":
                raise self._damaged(str(found))
        if not holds(self.meta(), (card for (card,) in self._query("SELECT uuid FROM cards"))):
            raise self._damaged("what it began with is not as it was written")

    def meta(self) -> dict[str, str]:
        """What the run was started with."""
        return {str(key): str(value) for key, value in self._query("SELECT key, value FROM meta")}

    def pasts(self, first: int, last: int) -> dict[int, RowPast]:
        """What is known of the rows `first` to `last`, of those that were begun."""
        sql = (
            f"SELECT {_COLUMNS} FROM events"  # noqa: S608 - constant
            " WHERE row BETWEEN ? AND ? ORDER BY seq"
        )
        return self._folded(sql, first, last)

    def _folded(self, sql: str, *values_of: int) -> dict[int, RowPast]:
        found: dict[int, list[Event]] = {}
        for values in self._query(sql, *values_of):
            event = Event(*values)
            found.setdefault(event.row, []).append(event)
        return {row: fold(events) for row, events in found.items()}

    def frame(self, first: int, last: int) -> pl.DataFrame:
        """The events of the rows `first` to `last`, in order: `EVENT_SCHEMA`."""
        sql = (
            "SELECT row, step, name, attempt, state, uuid, card, code, message, at FROM events"
            " WHERE row BETWEEN ? AND ? ORDER BY seq"
        )
        return pl.DataFrame(list(self._query(sql, first, last)), schema=EVENT_SCHEMA, orient="row")

    def states(self) -> dict[str, int]:
        """How many rows have each final state."""
        sql = (
            "SELECT state, count(*) FROM (SELECT row, step, state, max(seq) FROM events WHERE step >= ? GROUP BY row)"
            " WHERE step = ? GROUP BY state"
        )
        return {str(state): int(count) for state, count in self._query(sql, ROW_STATE, ROW_STATE)}

    def open_pasts(self) -> dict[int, RowPast]:
        """What is known of the rows that were begun and have no final state."""
        sql = (
            f"SELECT {_COLUMNS} FROM events WHERE row IN"  # noqa: S608 - constant
            " (SELECT row FROM (SELECT row, step, max(seq) FROM events WHERE step >= ? GROUP BY row) WHERE step != ?)"
            " ORDER BY seq"
        )
        return self._folded(sql, ROW_STATE, ROW_STATE)

    def columns(self, first: int, last: int) -> dict[int, dict[str, Any]]:
        """What the rows `first` to `last` found out, of those that ended with something to tell: JSON values."""
        sql = "SELECT row, step, reply, max(seq) FROM events WHERE row BETWEEN ? AND ? AND step >= ? GROUP BY row"
        ended = self._query(sql, first, last, ROW_STATE)
        found = ((row, reply) for row, step, reply, _ in ended if step == ROW_STATE and reply)
        try:
            return {int(row): decode(reply, dict[str, Any]) for row, reply in found}
        except msgspec.MsgspecError as error:
            raise self._damaged(error) from error

    def uuids(self) -> pl.Series:
        """Every contact that an event names."""
        found = [uuid for (uuid,) in self._query("SELECT DISTINCT uuid FROM events WHERE uuid IS NOT NULL")]
        return pl.Series("uuid", found, dtype=pl.String)

    def cards(self) -> set[str]:
        """Every gift card that an event names."""
        return {str(card) for (card,) in self._query("SELECT DISTINCT card FROM events WHERE card IS NOT NULL")}

    def rows_in_doubt(self, step: str) -> int:
        """How many rows there are of which nobody knows whether a step of this name has happened."""
        sql = (
            "SELECT count(*) FROM (SELECT row, state, max(seq) FROM events WHERE name = ? GROUP BY row)"
            " WHERE state IN (?, ?)"
        )
        [(count,)] = self._query(sql, step, Mark.INTENT.value, Mark.UNKNOWN.value)
        return int(count)

    def snapshot(self) -> str | None:
        """The programme whose cards were noted before the first write, all of them; None when none were."""
        found = [str(program) for (program,) in self._query("SELECT value FROM meta WHERE key = ?", SNAPSHOT_OF)]
        return found[0] if found else None

    def in_snapshot(self, cards: Collection[str]) -> set[str]:
        """Those of the cards that were there before the first write."""
        asked = encode(list(cards)).decode()
        sql = "SELECT uuid FROM cards WHERE uuid IN (SELECT value FROM json_each(?))"
        return {str(card) for (card,) in self._query(sql, asked)}

    def _query(self, sql: str, *values: int | str) -> Iterator[tuple[Any, ...]]:
        if not self._path.is_file():
            raise JournalError(
                f"The journal {self._path} is missing: this folder is not a whole run.", file=str(self._path)
            )
        try:
            connection = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=rw", uri=True)
        except sqlite3.Error as error:
            raise self._damaged(error) from error
        try:
            self._check_kind(connection)
            yield from connection.execute(sql, values)
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            raise self._damaged(error) from error
        finally:
            connection.close()

    def _check_kind(self, connection: sqlite3.Connection) -> None:
        (kind,) = connection.execute("PRAGMA application_id").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if kind != APPLICATION_ID:
            raise JournalError(f"{self._path} is not a journal of leatops.", file=str(self._path))
        if version != VERSION:
            raise JournalError(
                f"{self._path} is a journal of version {version}; this program reads version {VERSION}.",
                file=str(self._path),
            )

    def _damaged(self, error: Exception | str) -> JournalError:
        return JournalError(
            f"The journal {self._path} is damaged ({error}). Nothing is sent on it; the plan beside it is whole.",
            file=str(self._path),
        )
