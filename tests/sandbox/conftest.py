"""A plain HTTP client on a sandbox; nothing of the program's own client."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from ops.sandbox import Sandbox
from tests.sandbox.support import client_of


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[httpx.Client]:
    """A client with the right headers on the fresh sandbox."""
    with client_of(sandbox) as client:
        yield client
