"""Reading one run's journal back: its events, what they come to by row, and whether it is whole.

Nothing is written here, and what the events mean for a row stands in `events`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from ops.errors import JournalError
from ops.events import ROW_STATE, Event, Mark, RowPast, fold
from ops.journal.schema import APPLICATION_ID, COLUMNS, EVENT_SCHEMA, VERSION
from ops.journal.seal import Sealed, place_of, read_seal
from ops.journal.sums import SNAPSHOT_OF, event_sum, holds
from ops.leat.records import decode, encode


class JournalReader:
    """The reading side: the state of rows, a window at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> None:
        """See that the file is a journal of this version and has not lost its end.

        Raises:
            JournalError: It is not, or has.
        """
        sealed = read_seal(self._path)
        sql = (
            "SELECT (SELECT count(*) FROM meta), (SELECT ifnull(max(seq), 0) FROM events),"
            " (SELECT sum FROM events WHERE seq = ?)"
        )
        [(_, whole, kept)] = self._query(sql, sealed.seq if sealed is not None else 0)
        self._refuse_shorter(int(whole), sealed)
        if sealed is not None and sealed.seq and kept != sealed.sum:
            raise self._damaged(f"its record {sealed.seq:,} is not the one that was written")

    def verify(self) -> None:
        """See that every event is as it was written, and that none is missing.

        Raises:
            JournalError: One is not; it says how many before it are.
        """
        sealed, before, whole = read_seal(self._path), 0, 0
        events = self._query(f"SELECT {COLUMNS}, sum FROM events ORDER BY seq")  # noqa: S608 - constant
        for *values, kept in events:
            before = event_sum(before, Event(*values))
            if before != kept or (sealed is not None and whole + 1 == sealed.seq and before != sealed.sum):
                raise self._damaged(f"of its records only the first {whole:,} are as they were written")
            whole += 1
        self._refuse_shorter(whole, sealed)
        for (found,) in self._query("PRAGMA integrity_check(1)"):
            if found != "ok":
                raise self._damaged(str(found))
        if not holds(self.meta(), (card for (card,) in self._query("SELECT uuid FROM cards"))):
            raise self._damaged("what it began with is not as it was written")

    def _refuse_shorter(self, whole: int, sealed: Sealed | None) -> None:
        """See that all is there that the seal tells of; more may have come since."""
        if sealed is None:
            raise self._damaged(f"{place_of(self._path).name}, which tells how long it is, is missing or changed")
        if whole < sealed.seq:
            raise self._damaged(f"of its {sealed.seq:,} records only the first {whole:,} are there")

    def meta(self) -> dict[str, str]:
        """What the run was started with."""
        return {str(key): str(value) for key, value in self._query("SELECT key, value FROM meta")}

    def pasts(self, first: int, last: int) -> dict[int, RowPast]:
        """What is known of the rows `first` to `last`, of those that were begun."""
        sql = (
            f"SELECT {COLUMNS} FROM events"  # noqa: S608 - constant
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
            f"SELECT {COLUMNS} FROM events WHERE row IN"  # noqa: S608 - constant
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

    def rows_with(self, steps: Collection[str]) -> int:
        """How many rows there are in which one of these steps was sent, whatever came of it, unless it was refused."""
        asked = encode(list(steps)).decode()
        sql = (
            "SELECT count(DISTINCT row) FROM (SELECT row, state, max(seq) FROM events"
            " WHERE name IN (SELECT value FROM json_each(?)) GROUP BY row, name) WHERE state IN (?, ?, ?)"
        )
        [(count,)] = self._query(sql, asked, Mark.INTENT.value, Mark.UNKNOWN.value, Mark.DONE.value)
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
            # A reading that is broken off is closed by whichever thread lets go of it.
            uri = f"{self._path.resolve().as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
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
