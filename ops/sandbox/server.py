"""Starting and stopping a sandbox: in a thread of this process, or in the foreground.

What it serves stands in `api.py` and `admin.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from ops.errors import OptionError
from ops.sandbox.account import PROGRAMS, SHOPS
from ops.sandbox.admin import ADMIN, admin_app
from ops.sandbox.api import TRANSPORT, Api, Scope
from ops.sandbox.config import SandboxConfig
from ops.sandbox.faults import Fault, Faults
from ops.sandbox.ledger import Ledger
from ops.sandbox.mischief import Receive, Send
from ops.sandbox.store import Store

# Without a handler Python prints uvicorn's complaints on stderr, into the middle of a terminal app.
logging.getLogger("uvicorn").addHandler(logging.NullHandler())

_HOST = "127.0.0.1"
_BACKLOG = 1_024
_START_LIMIT = 30.0
_DRAIN = 1.0
"""Seconds that requests in flight get when the foreground server closes."""


class _Protocol(HttpToolsProtocol):
    """HTTP with the connection within reach, so that a fault can break it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals alone and stops at once."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], drain: float) -> None:
        super().__init__(config)
        self._ready = ready
        self._drain = drain
        self._stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def stop(self) -> None:
        """Ask it to stop; from its own thread only."""
        self._stop.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        self._ready()
        while not self._stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), 1.0)
            await self.on_tick(0)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for each in sockets or []:
            each.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = set(self.server_state.tasks)
        if tasks and self._drain:
            _, tasks = await asyncio.wait(tasks, timeout=self._drain)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()


class _Account:
    """The parts of one sandbox, put together."""

    def __init__(self, config: SandboxConfig, clock: Callable[[], float], wall: Callable[[], float]) -> None:
        self.config = config
        self.ledger = Ledger(clock)
        # Tens of thousands of small records in one go: collecting garbage meanwhile only costs time.
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            self.store = Store(config, self.ledger, wall)
        finally:
            if was_enabled:
                gc.enable()
        self.api = Api(config, self.store, self.ledger, wall)
        self._admin = admin_app(config, self.api)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Whatever is not the sandbox's own goes to the API, so that the ledger sees requests off its path.
        if scope["path"].startswith(ADMIN):
            await self._admin(scope, receive, send)
        else:
            await self.api(scope, receive, send)

    def server(self, ready: Callable[[], None], drain: float) -> _Server:
        """A server for it, to be run in the current loop."""
        settings = uvicorn.Config(
            self,
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=75,
        )
        return _Server(settings, ready, drain)


def _listen(port: int) -> socket.socket:
    # With its protocol named, or asyncio would leave Nagle's delay on: 40 ms on every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise OptionError(
            f"The sandbox cannot listen on port {port}: {error.strerror}. Choose another port.", option="port"
        ) from error
    listener.setblocking(False)
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{_HOST}:{listener.getsockname()[1]}"


def _named(things: Iterable[object]) -> list[dict[str, str]]:
    return [{"uuid": each.uuid, "name": each.name} for each in things]  # type: ignore[attr-defined]


class Sandbox:
    """A running sandbox in a thread of this process; use it as a context manager or call `stop`.

    Attributes:
        url: Scheme, host and port, without the API's path.
        token: What the API accepts.
        config: What it was started with.
    """

    def __init__(self, account: _Account, listener: socket.socket) -> None:
        self.url = _url(listener)
        self.token = account.config.token
        self.config = account.config
        self._account = account
        self._listener = listener
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: _Server | None = None
        self._thread = threading.Thread(target=self._serve, name="leat-sandbox", daemon=True)

    @classmethod
    def start(
        cls,
        config: SandboxConfig | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> Self:
        """Start one and return as soon as it accepts connections.

        Args:
            config: Its settings.
            clock: Monotonic seconds, for delays and the rate limit.
            wall: Seconds since the epoch, for timestamps.

        Raises:
            OptionError: It cannot listen on that port.
        """
        config = config or SandboxConfig()
        listener = _listen(config.port)
        sandbox = cls(_Account(config, clock, wall), listener)
        sandbox._thread.start()
        if not sandbox._ready.wait(_START_LIMIT):
            raise OptionError("The sandbox did not start in time.", option="contacts")
        return sandbox

    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._server = self._account.server(self._ready.set, 0.0)
        await self._server.serve(sockets=[self._listener])

    def stop(self) -> None:
        """Close every connection and end the thread; a second call does nothing."""
        if self._thread.is_alive() and self._loop is not None and self._server is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._server.stop)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def store(self) -> Store:
        """The account as it is now; scheduled work whose time has come is done first."""
        store = self._account.store
        with store.lock:
            store.agenda.catch_up()
        return store

    @property
    def ledger(self) -> Ledger:
        """What the server saw and did so far."""
        store = self._account.store
        with store.lock:
            store.agenda.catch_up()
        return self._account.ledger

    def set_faults(self, *faults: Fault) -> None:
        """Put these faults in force in place of the ones before; none: behave."""
        self._account.api.faults = Faults(faults, self.config.seed)

    def programs(self) -> list[dict[str, str]]:
        """The gift card programmes, uuid and name."""
        return _named(PROGRAMS)

    def shops(self) -> list[dict[str, str]]:
        """The shops, uuid and name."""
        return _named(SHOPS)


def serve(config: SandboxConfig, ready: Callable[[dict[str, object]], None]) -> None:
    """Serve in the foreground until SIGINT or SIGTERM, then close and return.

    Args:
        config: Its settings.
        ready: Called once it accepts connections, with url, token, programs and shops.

    Raises:
        OptionError: It cannot listen on that port.
    """
    listener = _listen(config.port)
    document: dict[str, object] = {
        "url": _url(listener),
        "token": config.token,
        "programs": _named(PROGRAMS),
        "shops": _named(SHOPS),
    }
    account = _Account(config, time.monotonic, time.time)

    async def run() -> None:
        server = account.server(lambda: ready(document), _DRAIN)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, server.stop)
        await server.serve(sockets=[listener])

    try:
        asyncio.run(run())
    finally:
        listener.close()
