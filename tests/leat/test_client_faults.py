"""What each way of breaking off tells about a request: sent or not, and never a guess."""

from __future__ import annotations

import asyncio
import socket

import pytest

from ops.errors import HostError, StoppedByAccountError, TokenError
from ops.leat.client import BODY_CAP, Answer, Halted, NotSent, Refused, Reply, Unknown
from ops.leat.records import Contact, ContactRef
from ops.leat.requests import CreateContact, GetContact, ListAttributes, Request
from tests.leat.wire import TOKEN, Line, Talk, answering, hang_up, http, noting, reset, saying, talking

CREATE = CreateContact("anna@example.org")
MADE = b'{"data":{"uuid":"123"},"meta":[]}'


async def sent_to(talk: Talk, request: Request[ContactRef] = CREATE, *, total: float = 5.0) -> Answer[ContactRef]:
    async with talking(talk) as line:
        return await _send(line, request, total)


async def _send(line: Line, request: Request[ContactRef], total: float = 5.0) -> Answer[ContactRef]:
    connection = line.wiring(total=total).connect()
    try:
        return await connection.send(request)
    finally:
        await connection.aclose()


async def test_a_port_where_nobody_listens_means_not_sent() -> None:
    """A refused connection is known not to have carried the request."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        line = Line(free.getsockname()[1])
    assert isinstance(await _send(line, CREATE), NotSent)


@pytest.mark.parametrize("breaking", [reset, hang_up])
async def test_a_connection_dropped_right_after_it_was_made_is_unknown(breaking: Talk) -> None:
    """The bytes may have been on their way: nobody knows, so nobody may send them again unasked."""
    assert isinstance(await sent_to(breaking), Unknown)


@pytest.mark.parametrize("breaking", [reset, hang_up])
async def test_a_connection_dropped_after_the_request_was_read_is_unknown(breaking: Talk) -> None:
    """The server had the whole request, and it went out once."""
    heads: list[bytes] = []
    assert isinstance(await sent_to(noting(heads, breaking)), Unknown)
    assert len(heads) == 1


@pytest.mark.parametrize("breaking", [reset, hang_up])
async def test_a_connection_dropped_in_mid_answer_is_unknown(breaking: Talk) -> None:
    """Half an answer is no answer, even one that begins with 200."""
    heads: list[bytes] = []
    half = http(200, MADE)[:-9]
    assert isinstance(await sent_to(noting(heads, answering(half, breaking))), Unknown)
    assert len(heads) == 1


async def test_a_server_that_never_answers_is_unknown_after_the_deadline() -> None:
    """The deadline is for the whole exchange."""

    async def silence(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    answer = await sent_to(silence, total=0.2)
    assert answer == Unknown("no answer within 0.2 s")


async def test_a_server_that_drips_is_cut_off_at_the_deadline() -> None:
    """A byte now and then does not keep a request alive."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(http(200, b"x" * 10_000)[:-10_000])
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.wait({asyncio.ensure_future(reader.read())}, timeout=0.05)

    began = asyncio.get_running_loop().time()
    assert isinstance(await sent_to(drip, total=0.3), Unknown)
    assert asyncio.get_running_loop().time() - began < 1.3


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>hello</html>"),
        (200, b'{"data":{"uuid":"12'),
        (200, b'{"data":{"uuid":12},"meta":[]}'),
        (200, b'{"data":null,"meta":[]}'),
        (200, b'{"data":{"uuid":""},"meta":[]}'),
        (200, b"[" * 100_000),
        (200, b""),
        (200, b'"\xff\xfe"'),
        (500, b'{"message":"oops","code":1000,"status_code":500}'),
        (400, b'{"message":"oops","code":1000,"status_code":400}'),
        (502, b"<html>Bad gateway</html>"),
        (504, b""),
        (503, b"Be right back"),
    ],
)
async def test_an_answer_that_proves_nothing_is_unknown(status: int, body: bytes) -> None:
    """Only the expected shape with a uuid counts as done."""
    assert isinstance(await sent_to(saying(http(status, body))), Unknown)


async def test_an_endless_body_is_cut_off() -> None:
    """A body beyond the cap is not read to its end."""

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n")
        for _i in range(BODY_CAP // 65536 + 64):
            writer.write(b"x" * 65536)
            await writer.drain()

    answer = await sent_to(flood)
    assert isinstance(answer, Unknown)
    assert "larger than" in answer.reason


async def test_the_documented_refusal_is_refused_with_its_code_and_fields() -> None:
    """HTTP 400 with a code is a definite no."""
    body = b'{"message":"Invalid input.","code":1003,"status_code":400,"errors":{"email":["is wrong","is odd"]}}'
    assert await sent_to(saying(http(400, body))) == Refused(1003, 400, "Invalid input. | email: is wrong; is odd")


async def test_a_refusal_without_the_documented_body_is_still_a_refusal() -> None:
    """Any other 4xx is a definite no, too."""
    assert await sent_to(saying(http(404, b"<html>"))) == Refused(None, 404, "HTTP 404")


async def test_a_rate_limit_means_not_sent() -> None:
    """A 429 was turned away unread."""
    answer = await sent_to(saying(http(429, b"Too Many Attempts.", "Retry-After: 1")))
    assert answer == NotSent("the account's rate limit (429)", limited=True)


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (http(401, b"Unauthenticated."), TokenError),
        (http(302, b"", "Location: http://127.0.0.1:1/x"), StoppedByAccountError),
        (http(307, b"", "Location: /elsewhere"), StoppedByAccountError),
        (http(400, b'{"message":"Usage limit","code":60000,"status_code":400}'), StoppedByAccountError),
        (http(400, b'{"message":"Inactive","code":7002,"status_code":400}'), StoppedByAccountError),
    ],
)
async def test_what_concerns_the_whole_account_halts(raw: bytes, error: type[Exception]) -> None:
    """A bad token, a redirect and a used-up account would be no better on the next row."""
    answer = await sent_to(saying(raw))
    assert isinstance(answer, Halted)
    assert isinstance(answer.error, error)
    assert TOKEN not in str(answer.error)


async def test_a_redirect_is_not_followed_and_takes_the_token_nowhere() -> None:
    """The other host never sees a request."""
    async with talking(hang_up) as other:
        raw = http(302, b"", f"Location: http://127.0.0.1:{other.port}/steal")
        await sent_to(saying(raw))
        assert other.connections == 0


async def test_after_a_broken_answer_the_same_worker_goes_on_with_a_new_connection() -> None:
    """One spoiled connection costs one connection."""
    turns = iter([reset, answering(http(200, MADE))])

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await noting([], next(turns))(reader, writer)

    async with talking(talk) as line:
        connection = line.wiring().connect()
        assert isinstance(await connection.send(CREATE), Unknown)
        assert await connection.send(CREATE) == Reply(ContactRef("123"))
        await connection.aclose()
        assert line.connections == 2


async def test_the_request_carries_its_token_and_says_what_it_accepts() -> None:
    """Headers, path and body are as the API documents them."""
    heads: list[bytes] = []
    await sent_to(noting(heads, answering(http(200, MADE))))
    head, _, body = heads[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v3/oauth/clients/contacts HTTP/1.1\r\n")
    assert f"Authorization: Bearer {TOKEN}".encode() in head
    assert b"Accept: application/json" in head
    assert body == b'{"email":"anna@example.org"}'


async def test_a_contact_that_was_not_asked_for_is_no_success() -> None:
    """An answer about somebody else is never taken for the contact."""
    body = b'{"data":{"uuid":"456","current_values":{}},"meta":[]}'
    async with talking(saying(http(200, body))) as line:
        connection = line.wiring().connect()
        assert isinstance(await connection.send(GetContact("123")), Unknown)
        await connection.aclose()


@pytest.mark.parametrize("evil", ["../giftcards", "a/b", "a?b", "", "x" * 65, "http://evil.example", "a%2fb", "é"])
async def test_an_id_that_could_leave_the_api_is_never_sent(evil: str) -> None:
    """What is not an id does not become a URL."""
    async with talking(hang_up) as line:
        connection = line.wiring().connect()
        with pytest.raises(HostError):
            await connection.send(GetContact(evil))
        await connection.aclose()
        assert line.connections == 0


@pytest.mark.parametrize("options", [b"null", b"[]", b"{}", b'[{"value":1,"label":null}]', b'["GOLD"]'])
async def test_attributes_are_read_however_their_options_are_written(options: bytes) -> None:
    """Empty lists, empty objects and nothing are all in use."""
    body = b'{"data":[{"name":"colour","type":"select","options":' + options + b"}]}"
    async with talking(saying(http(200, body))) as line:
        connection = line.wiring().connect()
        answer = await connection.send(ListAttributes())
        await connection.aclose()
    assert isinstance(answer, Reply)
    assert [a.name for a in answer.value] == ["colour"]
    assert answer.value[0].choices() in ([], [("1", "1")], [("GOLD", "GOLD")])


async def test_a_contact_without_values_is_a_contact() -> None:
    """An empty object may come as an empty list."""
    async with talking(saying(http(200, b'{"data":{"uuid":"1","email":null,"current_values":[]}}'))) as line:
        connection = line.wiring().connect()
        assert await connection.send(GetContact("1", ("a",))) == Reply(Contact("1", values={"a": None}))
        await connection.aclose()
