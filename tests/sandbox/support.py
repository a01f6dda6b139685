"""What the tests of the sandbox share: a client, a clock moved by hand, short readings of answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx

from ops.sandbox import API, Sandbox


def client_of(sandbox: Sandbox, timeout: float = 5.0) -> httpx.Client:
    """A client that sends what the API requires and follows nothing."""
    headers = {"Authorization": f"Bearer {sandbox.token}", "Accept": "application/json"}
    return httpx.Client(base_url=sandbox.url + API, headers=headers, timeout=timeout, trust_env=False)


class Clock:
    """A monotonic clock that only moves by hand."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def data(response: httpx.Response) -> Any:
    """The data of a success."""
    assert response.status_code == 200, response.text
    body = response.json()
    assert set(body) == {"data", "meta"}
    return body["data"]


def code(response: httpx.Response) -> int:
    """The code of a refusal, whose shape is checked."""
    assert response.status_code == 400, response.text
    body = response.json()
    assert body["status_code"] == 400
    assert body["message"]
    return int(body["code"])


def errors(response: httpx.Response) -> set[str]:
    """The fields a 1003 names."""
    assert code(response) == 1003
    return set(response.json()["errors"])


def wait_until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Poll until it holds or the time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
    return True
