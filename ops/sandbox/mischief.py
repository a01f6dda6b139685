"""Carrying out a fault on a real connection: wrong answers, half answers, no answers.

When one is due is decided in `faults.py`.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeAlias

import msgspec

from ops.sandbox.faults import Fault
from ops.sandbox.replies import Reply, bare_reply, error_reply

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_NO_LINGER = struct.pack("ii", 1, 0)
_FLUSH = 0.02
"""Seconds a half answer gets to reach the client before the reset overtakes it."""
_CHUNK = 1_000_000
_PAGE = "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>\n"
HTML = b"text/html; charset=UTF-8"
SILENT = {"lost_before", "lost_after", "late_commit", "hang"}
"""Kinds that give no answer at all."""


def page(status: int, title: str, *headers: tuple[bytes, bytes]) -> Reply:
    """An HTML page of a proxy in front of the API."""
    return Reply(status, _PAGE.format(title).encode(), headers, HTML)


def false_reply(fault: Fault) -> Reply | None:
    """The answer given in place of the true one; None for faults that give no answer or the true one."""
    make = _FALSE.get(fault.kind)
    return make(fault) if make else None


def _retry_after(fault: Fault) -> tuple[tuple[bytes, bytes], ...]:
    if fault.retry_after is None:
        return ()
    if fault.retry_as == "seconds":
        return ((b"retry-after", b"%d" % fault.retry_after),)
    moment = datetime.now(UTC) + timedelta(seconds=fault.retry_after)
    return ((b"retry-after", format_datetime(moment, usegmt=True).encode()),)


def _server_error(fault: Fault) -> Reply:
    return error_reply(fault.code, 500) if fault.code else bare_reply(500, "Server Error")


def _redirect(fault: Fault) -> Reply:
    target = fault.location.encode("ascii", "ignore")
    return page(fault.status, "Redirecting", (b"location", target))


def _garbage(_fault: Fault) -> Reply:
    return Reply(200, b'{"data": {"uuid": "5b3dab1c-bdde-4313-a7')


def _wrong_type(_fault: Fault) -> Reply:
    return Reply(200, msgspec.json.encode({"data": [["uuid", 12]], "meta": "none"}))


_FALSE: dict[str, Callable[[Fault], Reply]] = {
    "500": _server_error,
    "502": lambda _: page(502, "502 Bad Gateway"),
    "503": lambda fault: page(503, "Be right back", *_retry_after(fault)),
    "504": lambda _: page(504, "504 Gateway Time-out"),
    "garbage": _garbage,
    "html": lambda _: page(200, "Welcome"),
    "429": lambda fault: bare_reply(429, "Too Many Attempts.", *_retry_after(fault)),
    "401": lambda _: bare_reply(401, "Unauthenticated."),
    "redirect": _redirect,
    "usage_limit": lambda _: error_reply(60000, 400),
    "wrong_type": _wrong_type,
}


async def reset(transport: asyncio.Transport, receive: Receive) -> None:
    """Reset the connection, so that the client sees ECONNRESET and not an orderly end."""
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None and not transport.is_closing():
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
    await until_gone(receive)


async def until_gone(receive: Receive) -> None:
    """Wait until the client is gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def hang(fault: Fault, transport: asyncio.Transport, receive: Receive) -> None:
    """Never answer; after `delay`, where there is one, reset the connection."""
    try:
        await asyncio.wait_for(until_gone(receive), fault.delay)
    except TimeoutError:
        await reset(transport, receive)


async def send_half(reply: Reply, start: Message, transport: asyncio.Transport, channel: tuple[Receive, Send]) -> None:
    """Send the head and half of the body, then reset."""
    receive, send = channel
    await send(start)
    await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
    await asyncio.sleep(_FLUSH)
    await reset(transport, receive)


async def send_slowly(fault: Fault, body: bytes, transport: asyncio.Transport, send: Send) -> None:
    """Send a body byte by byte, after its head has been sent."""
    pause = 0.05 if fault.delay is None else fault.delay
    for place in range(len(body)):
        if transport.is_closing():
            return
        more = place + 1 < len(body)
        await send({"type": "http.response.body", "body": body[place : place + 1], "more_body": more})
        await asyncio.sleep(pause)


async def send_big(fault: Fault, transport: asyncio.Transport, send: Send) -> None:
    """Send a success of many bytes, without saying how many, as long as the client takes them."""
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json")],
        }
    )
    await send({"type": "http.response.body", "body": b'{"data": "', "more_body": True})
    left = fault.size
    while left > 0 and not transport.is_closing():
        await send({"type": "http.response.body", "body": b"x" * min(left, _CHUNK), "more_body": True})
        left -= _CHUNK
    await send({"type": "http.response.body", "body": b'", "meta": []}', "more_body": False})
