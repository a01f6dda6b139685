"""A line to the account on which somebody else acts, or answers in the account's place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx

from ops.leat.client import TransportFactory, http_transport

Meddle = Callable[[httpx.Request], Awaitable[httpx.Response | None]]
"""Sees each request before it goes out; an answer of its own keeps it from going."""


class _Line(httpx.AsyncBaseTransport):
    def __init__(self, meddle: Meddle) -> None:
        self._line = http_transport()
        self._meddle = meddle

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._meddle(request)
        return await self._line.handle_async_request(request) if answer is None else answer

    async def aclose(self) -> None:
        await self._line.aclose()


def meddled(meddle: Meddle) -> TransportFactory:
    """Lines that all go by the same somebody."""
    return lambda: _Line(meddle)


def says(status: int, code: int | None = None, message: str = "no") -> httpx.Response:
    """An answer of the API."""
    return httpx.Response(status, json={"message": message, "code": code, "status_code": status})
