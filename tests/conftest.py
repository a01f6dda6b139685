"""Fixtures every room of the tests may use: fresh sandboxes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from ops.sandbox import Sandbox, SandboxConfig

_SMALL = SandboxConfig(contacts=200)


class MakeSandbox(Protocol):
    """Starts a sandbox that is stopped at the end of the test."""

    def __call__(
        self, config: SandboxConfig = ..., *, clock: Callable[[], float] = ..., wall: Callable[[], float] = ...
    ) -> Sandbox: ...


@pytest.fixture
def make_sandbox() -> Iterator[MakeSandbox]:
    """A factory of sandboxes; all are stopped at the end."""
    started: list[Sandbox] = []

    def make(
        config: SandboxConfig = _SMALL,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> Sandbox:
        started.append(Sandbox.start(config, clock=clock, wall=wall))
        return started[-1]

    yield make
    for each in started:
        each.stop()


@pytest.fixture
def sandbox(make_sandbox: MakeSandbox) -> Sandbox:
    """A fresh sandbox of 200 contacts, without faults or limit."""
    return make_sandbox()
