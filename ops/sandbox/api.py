"""The API as an ASGI application: limit, fault, token, route, endpoint, ledger, in this order.

What an endpoint does stands elsewhere; this is the way there and back.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import unquote

from ops.sandbox import mischief
from ops.sandbox.calls import BadBodyError, Call, parse_body, parse_query
from ops.sandbox.config import SandboxConfig
from ops.sandbox.faults import Fault, Faults
from ops.sandbox.ledger import Entry, Ledger
from ops.sandbox.mischief import Message, Receive, Send
from ops.sandbox.replies import ApiError, Reply, bare_reply, error_reply, success
from ops.sandbox.routes import API, Endpoint, Match, match
from ops.sandbox.store import Store
from ops.sandbox.throttle import Throttle

Scope: TypeAlias = MutableMapping[str, Any]
TRANSPORT = "sandbox.transport"
"""The key of the scope's extensions under which the server puts the connection."""


@dataclass(slots=True)
class Visit:
    """One request on its way through."""

    method: str
    path: str
    """Under the API's path, still percent-encoded; the whole path of a request off the API."""
    raw_query: bytes
    headers: dict[bytes, bytes]
    raw: bytes
    match: Match
    keys: tuple[str, ...] = ()
    committed: bool = False

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it leads."""
        return self.match.endpoint


class Api:
    """The API of one account."""

    def __init__(self, config: SandboxConfig, store: Store, ledger: Ledger, wall: Callable[[], float]) -> None:
        self.store = store
        self.ledger = ledger
        self.faults = Faults(config.faults, config.seed)
        self._authorization = b"Bearer " + config.token.encode()
        self._latency = config.latency_ms / 1_000
        self._throttle = Throttle(config.limit, ledger.clock, wall)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or do not, as the faults will have it."""
        raw = await _read(receive)
        if raw is None:
            return
        at = self.ledger.clock()
        visit = _visit(scope, raw)
        verdict = self._throttle.ask()
        if self._latency:
            await asyncio.sleep(self._latency)
        if not verdict.allowed:
            reply = bare_reply(429, "Too Many Attempts.")
            self._note(at, visit, reply, None)
            await _send(reply, verdict.headers, send)
            return
        fault = self._fault(visit)
        if fault is None:
            reply = self._answer(visit)
            self._note(at, visit, reply, None)
            await _send(reply, verdict.headers, send)
        else:
            transport = scope["extensions"][TRANSPORT]
            await self._misbehave(Mishap(at, visit, fault, transport, verdict.headers), receive, send)

    def _fault(self, visit: Visit) -> Fault | None:
        if not self.faults.marks:
            return None
        name, write = (visit.endpoint.name, visit.endpoint.write) if visit.endpoint else ("", False)
        return self.faults.pick(visit.method, visit.path, name, write=write)

    def _answer(self, visit: Visit) -> Reply:
        """The true answer; does the request's work."""
        with self.store.lock:
            self.store.agenda.catch_up()
            refusal = self._refusal(visit)
            if refusal is not None or visit.endpoint is None:
                return refusal or bare_reply(404, "Not Found")
            endpoint = visit.endpoint
            try:
                call = self._call(visit, endpoint)
                reply = success(endpoint.handler(self.store, call))
            except BadBodyError as error:
                kind = "content_type" if str(error) == "content_type" else "bad_body"
                self._violate(kind, visit, str(error))
                return error_reply(1003, 400, {"body": f"The body cannot be read: {error}."})
            except ApiError as error:
                if error.wrong_type:
                    self._violate("wrong_type", visit, " ".join(error.errors))
                return error.reply()
            visit.committed = endpoint.write
            return reply

    def _refusal(self, visit: Visit) -> Reply | None:
        if visit.headers.get(b"authorization") != self._authorization:
            if b"authorization" not in visit.headers:
                self._violate("authorization", visit, "missing")
            return bare_reply(401, "Unauthenticated.")
        if b"application/json" not in visit.headers.get(b"accept", b""):
            self._violate("accept", visit, "not application/json")
            return bare_reply(406, "Not Acceptable.")
        if visit.endpoint is None:
            methods = visit.match.methods
            self._violate("method" if methods else "unknown_path", visit, ", ".join(methods))
            if methods:
                allow = (b"allow", ", ".join(methods).encode())
                return bare_reply(405, "The method is not supported for this route.", allow)
            return bare_reply(404, "The route could not be found.")
        return None

    def _call(self, visit: Visit, endpoint: Endpoint) -> Call:
        query = parse_query(visit.raw_query)
        body, form = _body(visit)
        visit.keys = tuple(body)
        if not query.keys() <= endpoint.query:
            self._violate("parameter", visit, " ".join(query.keys() - endpoint.query))
        if not body.keys() <= endpoint.body:
            self._violate("field", visit, " ".join(body.keys() - endpoint.body))
        return Call(visit.method, visit.path, visit.match.id, query, body, form)

    def _violate(self, kind: str, visit: Visit, detail: str) -> None:
        self.ledger.violate(kind, visit.method, visit.path, detail)

    def _note(self, at: float, visit: Visit, reply: Reply | None, fault: Fault | None) -> tuple[int, int]:
        endpoint = visit.endpoint
        return self.ledger.add(
            Entry(
                at=at,
                method=visit.method,
                path=unquote(visit.path),
                endpoint=endpoint.name if endpoint else "",
                write=endpoint.write if endpoint else False,
                keys=visit.keys,
                size=len(visit.raw),
                status=reply.status if reply else 0,
                code=reply.code if reply else None,
                fault=fault.kind if fault else "",
                committed=visit.committed,
            )
        )

    async def _misbehave(self, mishap: Mishap, receive: Receive, send: Send) -> None:
        visit, fault, transport = mishap.visit, mishap.fault, mishap.transport
        true = self._answer(visit) if fault.commits else None
        if not visit.keys:
            with contextlib.suppress(BadBodyError):
                visit.keys = tuple(_body(visit)[0])
        reply = mischief.false_reply(fault) or true
        silent = fault.kind in mischief.SILENT
        place = self._note(mishap.at, visit, None if silent else reply, fault)
        if fault.kind == "late_commit":
            self._commit_later(visit, place, 0.5 if fault.delay is None else fault.delay)
        if fault.kind == "hang":
            await mischief.hang(fault, transport, receive)
        elif silent:
            await mischief.reset(transport, receive)
        elif fault.kind == "big":
            await mischief.send_big(fault, transport, send)
        elif reply is not None and fault.kind == "half_answer":
            start = _start(reply, mishap.headers)
            await mischief.send_half(reply, start, transport, (receive, send))
        elif reply is not None and fault.kind == "drip":
            await send(_start(reply, mishap.headers))
            await mischief.send_slowly(fault, reply.body, transport, send)
        elif reply is not None:
            await _send(reply, mishap.headers, send)

    def _commit_later(self, visit: Visit, place: tuple[int, int], delay: float) -> None:
        def commit() -> None:
            self._answer(visit)
            self.ledger.late(place, committed=visit.committed)

        with self.store.lock:
            self.store.agenda.after(delay, commit)


@dataclass(frozen=True, slots=True)
class Mishap:
    """A request befallen by a fault."""

    at: float
    visit: Visit
    fault: Fault
    transport: asyncio.Transport
    headers: tuple[tuple[bytes, bytes], ...]


def _visit(scope: Scope, raw: bytes) -> Visit:
    path: str = scope["raw_path"].decode("ascii", "replace")
    method: str = scope["method"]
    headers = dict(scope["headers"])
    if path != API and not path.startswith(f"{API}/"):
        return Visit(method, path, scope["query_string"], headers, raw, Match())
    path = path.removeprefix(API)
    return Visit(method, path, scope["query_string"], headers, raw, match(method, path))


def _body(visit: Visit) -> tuple[dict[str, object], bool]:
    return parse_body(visit.raw, visit.headers.get(b"content-type", b"").decode("latin-1"))


async def _read(receive: Receive) -> bytes | None:
    """The whole body, or None when the client went away before its end."""
    message = await receive()
    body: bytes = message.get("body", b"")
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()
        body += message.get("body", b"")
    return body if message["type"] == "http.request" else None


def _start(reply: Reply, headers: tuple[tuple[bytes, bytes], ...]) -> Message:
    return {
        "type": "http.response.start",
        "status": reply.status,
        "headers": [
            (b"content-type", reply.content_type),
            (b"content-length", b"%d" % len(reply.body)),
            *headers,
            *reply.headers,
        ],
    }


async def _send(reply: Reply, headers: tuple[tuple[bytes, bytes], ...], send: Send) -> None:
    await send(_start(reply, headers))
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})
