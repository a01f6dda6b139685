"""Reads for planning: a client that has no way to write.

What is read, and why, is `lookup`'s business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Self, TypeVar

from ops.errors import LeatopsError, RefusedError, UnreachableError
from ops.leat.client import Answer, Connection, Halted, NotSent, Refused, Reply, Unknown, Wiring
from ops.leat.requests import Effect, Read

T = TypeVar("T")

READ_ATTEMPTS = 6
"""How often a planning read is sent before planning gives up: about half a minute of trouble."""


class Reader:
    """Reads for planning: one connection a slot, and no way to send anything that writes."""

    def __init__(
        self, wiring: Wiring, *, slots: int = 8, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._wiring = wiring
        self._free: asyncio.LifoQueue[Connection | None] = asyncio.LifoQueue()
        for _ in range(slots):
            self._free.put_nowait(None)
        self._open: list[Connection] = []
        self._sleep = sleep
        self.slots = slots
        self.sent = 0
        """Requests sent so far."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in self._open:
            await connection.aclose()

    async def ask(self, request: Read[T]) -> T:
        """Send a read and return its reply, trying again when the trouble may pass.

        Raises:
            TypeError: The request is not a read.
            AccountError: The account or the network does not give an answer.
            RefusedError: The server refuses this read.
        """
        if request.effect is not Effect.READ or request.method != "GET":
            raise TypeError(f"planning cannot send {type(request).__name__}: it is not a read")
        connection = await self._free.get()
        try:
            if connection is None:
                connection = self._wiring.connect()
                self._open.append(connection)
            return await self._persist(connection, request)
        finally:
            self._free.put_nowait(connection)

    async def _persist(self, connection: Connection, request: Read[T]) -> T:
        reason = ""
        for attempt in range(READ_ATTEMPTS):
            if attempt:
                await self._sleep(min(8.0, 0.25 * 2**attempt))
            await self._wiring.pace.turn()
            self.sent += 1
            answer: Answer[T] = await connection.send(request)
            match answer:
                case Reply(value):
                    return value
                case Refused(code, status, message):
                    raise RefusedError(f"The server refuses to answer {request.name!r}: {message}.", code, status)
                case Halted(error):
                    raise error
                case NotSent(reason) | Unknown(reason):
                    pass
        raise UnreachableError(
            f"No answer from {self._wiring.account.base_url} after {READ_ATTEMPTS} tries: {reason}.",
            url=self._wiring.account.base_url,
        )


async def together(asked: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """The replies to a few reads that are under way at once, in the order asked.

    Raises:
        LeatopsError: What one of them raised; the others are given up.
    """
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in asked]
    except* LeatopsError as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
