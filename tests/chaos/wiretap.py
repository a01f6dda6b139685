"""A proxy on the way to a sandbox that looks, before a byte of a request goes on, at what the journal's file holds.

It stands in another process than the one that writes the journal, so it sees what was committed and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from ops.sandbox.routes import API, match


@dataclass(frozen=True, slots=True)
class Seen:
    """A request to an endpoint that writes, and how far the journal was when its first byte came."""

    endpoint: str
    id: str
    query: dict[str, list[str]]
    body: dict[str, Any]
    seq: int


@dataclass(slots=True)
class Tap:
    """What went by, in order."""

    runs: Path
    upstream: str
    port: int = 0
    seen: list[Seen] = field(default_factory=list)

    def journaled(self) -> int:
        """The last event that another process can read at this moment; 0 without a journal."""
        for journal in self.runs.glob("*/journal.sqlite"):
            with contextlib.suppress(sqlite3.Error), contextlib.closing(_reading(journal)) as connection:
                return int(connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])
        return 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection's requests on, one after the other."""
        host, _, port = self.upstream.removeprefix("http://").partition(":")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            up_reader, up_writer = await asyncio.open_connection(host, int(port))
            while first := await reader.read(1):
                seq = self.journaled()
                head = first + await reader.readuntil(b"\r\n\r\n")
                body = await reader.readexactly(_length(head))
                self._note(head, body, seq)
                up_writer.write(head + body)
                answer = await up_reader.readuntil(b"\r\n\r\n")
                writer.write(answer + await up_reader.readexactly(_length(answer)))
                await writer.drain()
            up_writer.close()
        writer.close()

    def _note(self, head: bytes, body: bytes, seq: int) -> None:
        method, target, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        url = urlsplit(target)
        found = match(method, url.path.removeprefix(API))
        if found.endpoint is not None and found.endpoint.write:
            fields = msgspec.json.decode(body) if body else {}
            self.seen.append(Seen(found.endpoint.name, unquote(found.id), parse_qs(url.query), fields, seq))


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


def _reading(journal: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{journal.as_uri()}?mode=rw", uri=True)


@contextmanager
def tapping(runs: Path, upstream: str) -> Iterator[Tap]:
    """A tap on a free port, in a thread of its own."""
    tap = Tap(runs, upstream)
    loop = asyncio.new_event_loop()

    async def listen() -> asyncio.Server:
        server = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
        tap.port = server.sockets[0].getsockname()[1]
        return server

    async def leave(server: asyncio.Server) -> None:
        server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    server = loop.run_until_complete(listen())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield tap
    finally:
        asyncio.run_coroutine_threadsafe(leave(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def rows_named(journal: Path, sql: str, *values: object) -> list[Any]:
    """What the journal answers, first columns alone."""
    with contextlib.closing(_reading(journal)) as connection:
        return [found[0] for found in connection.execute(sql, values)]
