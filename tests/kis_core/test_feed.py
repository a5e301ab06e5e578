"""The reader's side of the relay, against a relay of a few lines on the loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, time
from http import HTTPStatus

import msgspec
import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from kis_core.clock import SystemClock
from kis_core.errors import KisError, NotOffered, RateLimited, Refused, ReplyError, Unreachable
from kis_core.feed import Batch, Feed, NoticesState, Priority, Trouble, Want, Wants
from kis_core.market.events import Bar, Gap, Trade

pytestmark = pytest.mark.anyio
CLOCK = SystemClock()
WANTS = Wants((Want("005930", Priority.HOLDING),), notices=True)
encode = msgspec.msgpack.Encoder().encode


def trade(number: int) -> Trade:
    return Trade("005930", "KRX", 1, 2, 70_000, 1, number, 1, 1, None, None, False, False, None)


Script = Callable[[ServerConnection], Awaitable[None]]


class ScriptedRelay:
    """Plays one script per connection, and remembers what it was told."""

    def __init__(self, scripts: list[Script]) -> None:
        self.scripts = scripts
        self.wants: list[Wants] = []
        self.paths: list[str] = []
        self.tokens: list[str | None] = []

    async def serve(self, line: ServerConnection) -> None:
        assert line.request is not None
        self.paths.append(line.request.path)
        self.tokens.append(line.request.headers.get("authorization"))
        script = self.scripts.pop(0)
        self.wants.append(msgspec.msgpack.decode(await line.recv(), type=Wants))
        await script(line)


@asynccontextmanager
async def relaying(*scripts: Script) -> AsyncIterator[tuple[ScriptedRelay, str]]:
    relay = ScriptedRelay(list(scripts))
    async with serve(relay.serve, "127.0.0.1", 0) as server:
        yield relay, f"http://127.0.0.1:{port_of(server)}"


def port_of(server: Server) -> int:
    port: int = next(iter(server.sockets)).getsockname()[1]
    return port


def says(*batches: Batch, then_stays: bool = False) -> Script:
    async def script(line: ServerConnection) -> None:
        for batch in batches:
            await line.send(encode(batch))
        if then_stays:
            await line.wait_closed()

    return script


async def test_batches_come_in_order_and_a_lost_line_is_a_gap_that_closes() -> None:
    first = says(Batch(0, (trade(1),)), Batch(1, (trade(2), trade(3))))
    second = says(Batch(0, (trade(4),)), then_stays=True)
    async with (
        relaying(first, second) as (relay, url),
        Feed.open(url, "secret", "kmp", CLOCK) as feed,
    ):
        await feed.want(WANTS)
        batches = [await asyncio.wait_for(anext(feed), 5) for _ in range(5)]
    assert batches[0] == Batch(0, (trade(1),))
    assert batches[1] == Batch(1, (trade(2), trade(3)))
    lost, silence = batches[2].events
    assert isinstance(lost, Gap)
    assert (lost.symbol, lost.to_ns, lost.reason) == (None, None, "relay lost")
    assert isinstance(silence, NoticesState)
    assert not silence.live
    (found,) = batches[3].events
    assert isinstance(found, Gap)
    assert found.from_ns == lost.from_ns
    assert found.to_ns is not None
    assert batches[4] == Batch(0, (trade(4),))
    assert relay.wants == [WANTS, WANTS]
    assert relay.paths[0] == "/relay?name=kmp"
    assert relay.tokens == ["Bearer secret"] * 2


async def test_a_hole_in_the_count_is_a_lost_line() -> None:
    holed = says(Batch(0, (trade(1),)), Batch(7, (trade(2),)), then_stays=True)
    whole = says(Batch(0, (trade(3),)), then_stays=True)
    async with relaying(holed, whole) as (_, url), Feed.open(url, "t", "kmp", CLOCK) as feed:
        await feed.want(WANTS)
        batches = [await asyncio.wait_for(anext(feed), 5) for _ in range(4)]
    assert isinstance(batches[1].events[0], Gap)
    assert batches[3] == Batch(0, (trade(3),))


async def test_wants_may_change_while_the_feed_is_read() -> None:
    more = Wants((*WANTS.wants, Want("000660", Priority.WATCH)))

    async def script(line: ServerConnection) -> None:
        await line.send(encode(Batch(0, (trade(1),))))
        asked = msgspec.msgpack.decode(await line.recv(), type=Wants)
        await line.send(encode(Batch(1, (trade(len(asked.wants)),))))
        await line.wait_closed()

    async with relaying(script) as (_, url), Feed.open(url, "t", "kmp", CLOCK) as feed:
        await feed.want(WANTS)
        await asyncio.wait_for(anext(feed), 5)
        await feed.want(more)
        assert (await asyncio.wait_for(anext(feed), 5)).events == (trade(2),)


async def test_no_relay_is_a_gap_until_there_is_one() -> None:
    async with serve(lambda line: line.wait_closed(), "127.0.0.1", 0) as server:
        port = port_of(server)
    relay = ScriptedRelay([says(Batch(0, (trade(1),)), then_stays=True)])
    async with Feed.open(f"http://127.0.0.1:{port}", "t", "kmp", CLOCK) as feed:
        await feed.want(WANTS)
        lost = await asyncio.wait_for(anext(feed), 5)
        assert isinstance(lost.events[0], Gap)
        async with serve(relay.serve, "127.0.0.1", port):
            found = await asyncio.wait_for(anext(feed), 5)
            assert isinstance(found.events[0], Gap)
            assert found.events[0].to_ns is not None
            assert (await asyncio.wait_for(anext(feed), 5)).events == (trade(1),)


async def test_a_wrong_token_ends_the_feed() -> None:
    def forbid(line: ServerConnection, request: Request) -> Response:
        return line.respond(HTTPStatus.FORBIDDEN, "who are you?")

    async with (
        serve(lambda line: line.wait_closed(), "127.0.0.1", 0, process_request=forbid) as server,
        Feed.open(f"http://127.0.0.1:{port_of(server)}", "no", "kmp", CLOCK) as feed,
    ):
        with pytest.raises(Refused, match="does not know this token"):
            await asyncio.wait_for(anext(feed), 5)


def answering(
    status: int, body: bytes
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    return answer


@asynccontextmanager
async def asking(status: int, body: bytes) -> AsyncIterator[Feed]:
    server = await asyncio.start_server(answering(status, body), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Feed.open(f"http://127.0.0.1:{port}", "t", "kmp", CLOCK) as feed:
        yield feed


async def test_histories_come_as_values() -> None:
    bars = [Bar("005930", "KRX", 1, 2, 3, 1, 2, 10)]
    async with asking(200, encode(bars)) as feed:
        got = await feed.minute_bars("005930", date(2025, 6, 2), time(9), time(9, 5))
    assert got == bars


def trouble(*values: object) -> bytes:
    names = ("error", "code", "text", "retry_after_s")
    return msgspec.json.encode(
        msgspec.convert(dict(zip(names, values, strict=False)), type=Trouble)
    )


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        (503, trouble("unreachable", "x", "no line to KIS"), Unreachable, "no line"),
        (409, trouble("refused", "40100000", "no"), Refused, "40100000: no"),
        (429, trouble("rate_limited", "EGW00201", "slow", 0.5), RateLimited, "EGW00201"),
        (501, trouble("not_offered", "EGW02006", "paper"), NotOffered, "EGW02006"),
        (502, trouble("reply", "minute chart", "<html>"), ReplyError, "minute chart"),
        (401, trouble("request", "401", "unknown token"), Refused, "401"),
        (200, b"\xc1", ReplyError, "relay"),
        (500, b"Internal Server Error", ReplyError, "relay"),
    ],
    ids=["unreachable", "refused", "too fast", "paper", "reply", "token", "torn", "crash"],
)
async def test_troubles_come_as_the_errors_of_the_house(
    status: int, body: bytes, error: type[KisError], says: str
) -> None:
    async with asking(status, body) as feed:
        with pytest.raises(error, match=says) as raised:
            await feed.quote("005930")
    assert type(raised.value) is error


async def test_nobody_there_is_unreachable() -> None:
    server = await asyncio.start_server(answering(200, b""), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with Feed.open(f"http://127.0.0.1:{port}", "t", "kmp", CLOCK) as feed:
        with pytest.raises(Unreachable):
            await feed.index_level("0001")
