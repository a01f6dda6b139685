"""How a journal lies on disk: its tables, what tells it from other databases, and a frame of its events.

Writing and reading it are other rooms' business.
"""

from __future__ import annotations

from typing import Final

import polars as pl

APPLICATION_ID: Final = 0x1EA70_95  # "leatops", as near as a number comes
VERSION: Final = 4
TABLES: Final = """
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
COLUMNS: Final = "row, step, name, attempt, state, reply, uuid, card, code, message, at"
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
