"""A server that breaks connections where it is told to; nothing of HTTP stands between it and the client."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ops.leat.client import Timeouts, Wiring
from ops.leat.pace import Pace
from ops.leat.profile import Account, Secret

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TOKEN = "canary-3f9c1e"


@dataclass
class Line:
    """What the server saw."""

    port: int
    heads: list[bytes] = field(default_factory=list)
    connections: int = 0

    def wiring(self, *, total: float = 5.0) -> Wiring:
        return Wiring(Account(f"http://127.0.0.1:{self.port}", Secret(TOKEN)), Pace(None), Timeouts(total, 2.0))


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[Line]:
    """Serve every connection with `talk`, after noting the head of each request it reads."""
    line = Line(0)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line.connections += 1
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    async with server:
        yield line


def noting(line: list[bytes], then: Talk) -> Talk:
    """Read one request whole, note its head, go on with `then`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line.append(await read_request(reader))
        await then(reader, writer)

    return talk


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    for name, _, value in (header.partition(b":") for header in head.split(b"\r\n")[1:]):
        if name.lower() == b"content-length":
            head += await reader.readexactly(int(value))
    return head


async def reset(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Break the connection the hard way."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close the connection politely, without an answer."""
    writer.close()


def answering(raw: bytes, then: Talk = hang_up) -> Talk:
    """Send these bytes, then go on."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        await then(reader, writer)

    return talk


def http(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def saying(raw: bytes) -> Talk:
    """Read one request, answer it with these bytes, hang up."""
    return noting([], answering(raw))
