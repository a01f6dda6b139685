"""A server between the program and a sandbox: it passes on what it is not told to answer itself, and can be gone."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ops.leat.profile import Account, Secret
from ops.sandbox import Sandbox

API = "/api/v3/oauth/clients"


class Seen(NamedTuple):
    """A request."""

    method: str
    path: str
    """Under the API's, with the query."""
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that is not the sandbox's."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(code: int, message: str = "No.", **errors: Any) -> Said:
    """The API's documented refusal."""
    return Said(400, json.dumps({"message": message, "code": code, "status_code": 400, "errors": errors}).encode())


def is_write(seen: Seen) -> bool:
    """Whether the request is one of those that change something."""
    return seen.method != "GET" or "find-or-create" in seen.path


Answering = Callable[[Seen], Said | None]


class Relay:
    """Passes requests on to a sandbox, unless `answer` has an answer of its own.

    Args:
        sandbox: Where they are passed on to.
        answer: What is asked first.
    """

    def __init__(self, sandbox: Sandbox, answer: Answering = lambda _: None) -> None:
        self.sandbox = sandbox
        self.token = sandbox.token
        self.answer = answer
        self.seen: list[Seen] = []
        self._open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.come()

    @property
    def url(self) -> str:
        """What to use as the base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def account(self) -> Account:
        """The account behind it."""
        return Account(self.url, Secret(self.token), "relay")

    @property
    def writes(self) -> list[Seen]:
        """The requests that would change something."""
        return [seen for seen in list(self.seen) if is_write(seen)]

    def come(self) -> None:
        """Listen, at the port it had before if any."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def go(self) -> None:
        """Be gone: nobody listens, and who was connected is so no more."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.socket.close()
        self._server = None
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def pass_on(self, seen: Seen) -> Said:
        """The sandbox's answer."""
        there = http.client.HTTPConnection(urlsplit(self.sandbox.url).netloc, timeout=60)
        try:
            headers = {name: value for name, value in seen.headers.items() if name.lower() != "host"}
            there.request(seen.method, API + seen.path, seen.body or None, headers)
            answer = there.getresponse()
            kept = {n: v for n, v in answer.getheaders() if n.lower() not in {"content-length", "transfer-encoding"}}
            return Said(answer.status, answer.read(), kept)
        finally:
            there.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                super().setup()
                relay._open.add(self.connection)

            def finish(self) -> None:
                relay._open.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    super().handle()

            def serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                path = self.path.removeprefix(API)
                seen = Seen(self.command, path, dict(self.headers.items()), self.rfile.read(length))
                relay.seen.append(seen)
                said = relay.answer(seen) or relay.pass_on(seen)
                self.send_response(said.status)
                for name, value in said.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said.body)))
                self.end_headers()
                self.wfile.write(said.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815 - the library's names

            def log_message(self, *_: Any) -> None: ...

        return Handler


@contextlib.contextmanager
def relaying(sandbox: Sandbox, answer: Answering = lambda _: None) -> Iterator[Relay]:
    """A relay for as long as it is needed."""
    relay = Relay(sandbox, answer)
    try:
        yield relay
    finally:
        relay.go()
