"""A transport that answers in this process at once, for what a network would only slow down.

It knows the three reads that begin a run, and updates of contacts.
"""

from __future__ import annotations

import httpx

_HEADERS = {"Content-Type": "application/json"}


class InstantTransport(httpx.AsyncBaseTransport):
    """Answers every update as done."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The contact that the path names; empty lists to reads."""
        uuid = request.url.path.rpartition("/")[2]
        data = f'{{"uuid":"{uuid}"}}' if request.method == "PUT" else "[]"
        return httpx.Response(200, headers=_HEADERS, content=f'{{"data":{data},"meta":[]}}')
