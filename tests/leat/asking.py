"""Asking a sandbox one request at a time, over HTTP."""

from __future__ import annotations

from typing import TypeVar

from ops.leat.client import Answer, Reply, Wiring
from ops.leat.pace import Pace
from ops.leat.profile import Account, Secret
from ops.leat.requests import Request
from ops.sandbox import Sandbox

T = TypeVar("T")


def wiring_of(sandbox: Sandbox) -> Wiring:
    return Wiring(Account(sandbox.url, Secret(sandbox.token)), Pace(None))


async def answer_of(sandbox: Sandbox, request: Request[T]) -> Answer[T]:
    connection = wiring_of(sandbox).connect()
    try:
        return await connection.send(request)
    finally:
        await connection.aclose()


async def ask(sandbox: Sandbox, request: Request[T]) -> T:
    """The reply; anything else fails the test."""
    answer = await answer_of(sandbox, request)
    assert isinstance(answer, Reply), answer
    return answer.value
