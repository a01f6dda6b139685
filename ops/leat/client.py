"""Sending requests: the only room that imports the HTTP library.

`Connection` sends one request and says what became of it. Nothing is repeated here: who may try again, and
when, is the business of those who hold the journal.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar
from urllib.parse import quote, urlencode

import httpx
import msgspec

from ops.errors import HostError, LeatopsError, StoppedByAccountError, TokenError
from ops.leat.pace import LimitSeen, Pace, retry_after_seconds, unix_time
from ops.leat.profile import API_PATH, Account
from ops.leat.records import Envelope, ErrorBody, decode, encode
from ops.leat.requests import Request, UnexpectedReplyError

T = TypeVar("T")

BODY_CAP = 16 * 1024 * 1024
"""Bytes; a page of 100 contacts is under one megabyte."""
IDLE_LIMIT = 3.0
"""Seconds after which a connection is not used again: the server may be closing it."""
ACCOUNT_CODES = frozenset({60000, 7002, 7011})
"""Usage limit reached, account inactive, no access: no row would fare better."""
_MESSAGE_CAP = 500


@dataclass(frozen=True, slots=True)
class Reply(Generic[T]):
    """The server did it, and says so in the expected shape."""

    value: T


@dataclass(frozen=True, slots=True)
class Refused:
    """The server definitely did not do it."""

    code: int | None
    status: int
    message: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """The request did not reach the server's application, or was turned away unread (429)."""

    reason: str
    limited: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody here knows whether the server did it."""

    reason: str
    maintenance: bool = False
    """HTTP 503: worth waiting for."""


@dataclass(frozen=True, slots=True)
class Halted:
    """The server answered with what concerns every row."""

    error: LeatopsError
    definite: bool = True
    """Whether the server certainly did not do it; a redirect may come after the deed."""


Answer = Reply[T] | Refused | NotSent | Unknown | Halted


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds."""

    total: float = 30.0
    """From the turn to the last byte of the body; generous, for a write cut short is a doubt."""
    connect: float = 10.0


TransportFactory = Callable[[], httpx.AsyncBaseTransport]
"""Makes a worker's transport; what may be put in place of the network."""


def http_transport(context: ssl.SSLContext | None = None) -> httpx.AsyncBaseTransport:
    """A transport with one connection, for one worker; it never sends a request twice."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=IDLE_LIMIT)
    verify: ssl.SSLContext | bool = context if context is not None else False
    return httpx.AsyncHTTPTransport(verify=verify, limits=limits, retries=0, trust_env=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """How connections are made: the account, its pace, the time limits and the transport."""

    account: Account
    pace: Pace
    timeouts: Timeouts = Timeouts()
    transport: TransportFactory | None = None
    clock: Callable[[], float] = time.monotonic
    _tls: list[ssl.SSLContext] = field(default_factory=list, repr=False)

    def connect(self) -> Connection:
        """A connection for one worker."""
        return Connection(self)

    def new_transport(self) -> httpx.AsyncBaseTransport:
        """A transport; all of one wiring share a TLS context, which is slow to make."""
        if self.transport is not None:
            return self.transport()
        if self.account.base_url.startswith("http://"):
            return http_transport()
        if not self._tls:
            self._tls.append(httpx.create_ssl_context(trust_env=False))
        return http_transport(self._tls[0])


class Connection:
    """One worker's line to the account.

    One `send` is at most one request on the wire.
    """

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._base = httpx.URL(wiring.account.base_url + API_PATH)
        self._transport = wiring.new_transport()
        timeouts = wiring.timeouts
        self._extensions = {
            "timeout": {
                "connect": min(timeouts.connect, timeouts.total),
                "read": timeouts.total,
                "write": timeouts.total,
                "pool": timeouts.total,
            }
        }

    async def send(self, request: Request[T]) -> Answer[T]:
        """Send one request; what became of it is returned, not raised.

        Raises:
            HostError: The URL would leave the API; nothing was sent.
        """
        built = self._build(request)
        sent_at = self._wiring.clock()
        try:
            async with asyncio.timeout(self._wiring.timeouts.total):
                response = await self._transport.handle_async_request(built)
                try:
                    body = await _read_capped(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            await self._replace_transport()
            return Unknown(f"no answer within {self._wiring.timeouts.total:g} s")
        except asyncio.CancelledError:
            await self._replace_transport()
            raise
        except (httpx.HTTPError, _TooLargeError, *_UNDECODABLE) as error:
            await self._replace_transport()
            return classify(error)
        self._wiring.pace.saw(_limits(response), sent_at)
        return understand(request, response.status_code, body)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._transport.aclose()

    async def _replace_transport(self) -> None:
        """A connection that broke, or was left in mid-answer, is not used again."""
        with contextlib.suppress(httpx.HTTPError, OSError):
            await self._transport.aclose()
        self._transport = self._wiring.new_transport()

    def _build(self, request: Request[Any]) -> httpx.Request:
        url = _url(self._base, request)
        headers = {
            "Authorization": f"Bearer {self._wiring.account.token.reveal()}",
            "Accept": "application/json",
            "User-Agent": "leatops",
        }
        body = request.body()
        content = None if body is None else encode(body)
        if content is not None:
            headers["Content-Type"] = "application/json"
        return httpx.Request(request.method, url, headers=headers, content=content, extensions=self._extensions)


def _url(base: httpx.URL, request: Request[Any]) -> httpx.URL:
    """The final URL, checked after building: a segment may not climb, and the host is the account's."""
    request.check()
    path = base.path.rstrip("/") + "".join("/" + quote(segment, safe="") for segment in request.path())
    query = urlencode(request.query(), quote_via=quote, safe="")
    url = base.copy_with(raw_path=(path + ("?" + query if query else "")).encode("ascii"))
    inside = url.raw_path.startswith(base.raw_path.rstrip(b"/")) and b".." not in url.raw_path.partition(b"?")[0]
    if (url.scheme, url.host, url.port) != (base.scheme, base.host, base.port) or not inside:
        raise HostError("A request would have left the account's API.", url=base.host)
    return url


class _TooLargeError(Exception):
    """The body is larger than any answer should be."""


_UNDECODABLE = (UnicodeDecodeError, httpx.InvalidURL)


async def _read_capped(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > BODY_CAP:
            raise _TooLargeError
        parts.append(part)
    return b"".join(parts)


def classify(error: Exception) -> NotSent | Unknown:
    """What an error of the HTTP library says about the request.

    Only what fails before the first byte of the request is known not to have been sent.
    """
    match error:
        case httpx.ConnectError() | httpx.ConnectTimeout() | httpx.PoolTimeout() | httpx.UnsupportedProtocol():
            return NotSent(f"could not connect ({type(error).__name__})")
        case _TooLargeError():
            return Unknown(f"the answer is larger than {BODY_CAP // 1024 // 1024} MB")
        case _:
            return Unknown(f"the connection broke before the answer was read ({type(error).__name__})")


def understand(request: Request[T], status: int, body: bytes) -> Answer[T]:  # noqa: PLR0911 - one a class of answer
    """What an answer that was read whole says about the request."""
    match status:
        case _ if 200 <= status < 300:
            return _reply(request, body)
        case 429:
            return NotSent("the account's rate limit (429)", limited=True)
        case 401:
            return Halted(TokenError("The server does not accept the token (401): it is wrong or has expired."))
        case _ if 300 <= status < 400:
            return Halted(
                StoppedByAccountError(f"The server answered with a redirect ({status}), which is never followed."),
                definite=False,
            )
        case 503:
            return Unknown("the server is in maintenance (503)", maintenance=True)
        case _ if status >= 500:
            return Unknown(f"the server failed ({status})")
        case _:
            return _refusal(request, status, body)


def _reply(request: Request[T], body: bytes) -> Answer[T]:
    try:
        return Reply(request.read(decode(body, Envelope)))
    except (msgspec.MsgspecError, UnexpectedReplyError, RecursionError, UnicodeDecodeError) as error:
        return Unknown(f"the answer is not of the expected shape ({_shape(error)})")


def _shape(error: Exception) -> str:
    """The part of a decoding error that holds no data."""
    return str(error).split(" - at ")[-1][:120] if isinstance(error, msgspec.ValidationError) else type(error).__name__


def _refusal(request: Request[T], status: int, body: bytes) -> Answer[T]:
    try:
        said: ErrorBody = decode(body, ErrorBody)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return Refused(None, status, f"HTTP {status}")
    if said.code in request.absent:
        return Reply(None)  # type: ignore[arg-type]  # a request that declares `absent` has None in its T
    if said.code in ACCOUNT_CODES:
        message = f"The account refuses all work: {said.message} ({said.code})."
        return Halted(StoppedByAccountError(message, said.code))
    if said.code in request.stops:
        message = f"No row would fare better with step {request.name!r}: {said.message} ({said.code})."
        return Halted(StoppedByAccountError(message, said.code))
    if said.code == 1000:
        return Unknown("the server had an internal error (1000)")
    return Refused(said.code, status, _words(said))


def _words(said: ErrorBody) -> str:
    """The server's message with the fields it names, on one line and not endless."""
    details = said.errors if isinstance(said.errors, dict) else {}
    named = [
        f"{name}: {'; '.join(map(str, what)) if isinstance(what, list) else what}" for name, what in details.items()
    ]
    return " ".join(" | ".join([said.message, *named]).split())[:_MESSAGE_CAP]


def _limits(response: httpx.Response) -> LimitSeen:
    headers = response.headers
    retry_after = headers.get("retry-after")
    return LimitSeen(
        _whole(headers.get("x-ratelimit-limit")),
        _whole(headers.get("x-ratelimit-remaining")),
        refused=response.status_code == 429,
        retry_after=None if retry_after is None else _seconds_until(retry_after, headers.get("date")),
    )


def _seconds_until(retry_after: str, date: str | None) -> float | None:
    """A date is meant by the server's clock, which its answer tells; ours may be off by days."""
    now = unix_time(date)
    return retry_after_seconds(retry_after, time.time() if now is None else now)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() and len(text) < 12 else None
