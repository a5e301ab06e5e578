"""The relay across machines, through a real NATS server with JetStream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from collector.relay import Relay
from collector.relay_nats import NatsRelay
from collector.routes import Tokens
from kis_core.clock import SystemClock, TapeClock
from kis_core.errors import NotOffered, Refused, Unreachable
from kis_core.feed import (
    Batch,
    Feed,
    Heard,
    NoticesState,
    Priority,
    RelayEvent,
    Signal,
    Want,
    Wants,
)
from kis_core.market.events import Bar, Gap, IndexLevel, SlotsGranted, Trade
from kis_core.market.instants import instant_ns
from kis_core.wire.account import NoticeKind, OrderNotice
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import BoardProgram, ProgramFlow, StockProgram
from tests.nats_server import NatsServer, nats_server

pytestmark = pytest.mark.anyio
CLOCK = SystemClock()
TOKENS = Tokens("reader-token", "oms-token")
BOTH = Wants((Want("005930", Priority.HOLDING), Want("000660", Priority.WATCH)), ("0001",))
HEARD = Heard(
    7,
    OrderNotice(
        kind=NoticeKind.FILLED,
        account="5012345601",
        broker_id="0000012345",
        original_id=None,
        symbol="005930",
        side="BUY",
        shares=3,
        price_krw=70_000,
        order_shares=10,
        change="new",
        at="090103",
    ),
)


def trade(symbol: str, number: int) -> Trade:
    return Trade(
        symbol, "KRX", number, number, 70_000, 1, number, 1, 1, None, None, False, False, None
    )


def level(number: int) -> IndexLevel:
    pt = Decimal("2700.15")
    return IndexLevel("0001", number, number, pt, pt, pt, pt, pt)


@dataclass
class Ear:
    """What one reader has heard."""

    events: list[RelayEvent] = field(default_factory=list)
    conflated: int = 0
    batches: int = 0

    def prints(self, symbol: str) -> list[int]:
        """The day's volumes of a symbol's prints, as they came."""
        return [e.cum_volume for e in self.events if isinstance(e, Trade) and e.symbol == symbol]

    def gaps(self) -> list[Gap]:
        """The gaps, as they came."""
        return [e for e in self.events if isinstance(e, Gap)]

    def take(self, batch: Batch) -> None:
        """Hear a batch."""
        self.events += batch.events
        self.conflated += batch.conflated
        self.batches += 1


@asynccontextmanager
async def listening(feed: Feed) -> AsyncIterator[Ear]:
    ear = Ear()

    async def listen() -> None:
        async for batch in feed:
            ear.take(batch)

    task = asyncio.create_task(listen())
    try:
        yield ear
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def to_the_end(feed: Feed) -> None:
    async for _ in feed:
        pass


@pytest.fixture
async def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[NatsServer]:
    monkeypatch.setenv("NATS_TOKEN", "the-server's")
    async with nats_server(tmp_path, "the-server's") as running:
        yield running


@asynccontextmanager
async def relaying(
    server: NatsServer, log: Any, door: str = "http://127.0.0.1:9", bound: int = 20_000
) -> AsyncIterator[Relay]:
    relay = Relay(CLOCK, bound, linger_s=0)
    task = asyncio.create_task(NatsRelay(server.url, relay, TOKENS, door, bound, log).run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_late_joiner_starts_with_the_newest_and_misses_nothing_after(
    server: NatsServer, log: Any, until: Callable[..., Any]
) -> None:
    async with (
        relaying(server, log) as relay,
        Feed.open(server.url, "reader-token", "early", CLOCK) as first,
        Feed.open(server.url, "reader-token", "late", CLOCK) as second,
    ):
        relay.trade(trade("000660", 5))  # before anybody wants it
        await first.want(BOTH)
        async with listening(first) as early:
            await until(lambda: early.prints("000660") == [5])
            for number in range(1, 200):
                relay.trade(trade("005930", number))
            relay.level(level(9))
            await until(lambda: len(early.prints("005930")) == 199)
            await second.want(BOTH)
            async with listening(second) as late:
                number = 199
                async with asyncio.timeout(10):
                    while len(late.prints("005930")) < 100:
                        number += 1
                        relay.trade(trade("005930", number))
                        relay.trade(trade("035720", number))
                        await asyncio.sleep(0.001)
                relay.trade(trade("000660", 6))
                await until(lambda: late.prints("000660") == [5, 6] == early.prints("000660"))
                heard = late.prints("005930")
                assert heard == list(range(heard[0], number + 1))
                assert heard[0] >= 199
                assert early.prints("005930") == list(range(1, number + 1))
                assert level(9) in late.events
                assert not late.prints("035720")
                assert not early.gaps()
                assert early.conflated == late.conflated == 0
                order = [e for e in early.events if isinstance(e, Trade)]
                begin = order.index(trade("005930", heard[1]))
                came = [e for e in late.events if isinstance(e, Trade)]
                assert came[came.index(trade("005930", heard[1])) :] == order[begin:]


async def test_wants_may_grow_and_shrink_without_a_hole_in_what_stays(
    server: NatsServer, log: Any, until: Callable[..., Any]
) -> None:
    one = Wants((Want("005930", Priority.HOLDING),))
    async with (
        relaying(server, log) as relay,
        Feed.open(server.url, "reader-token", "kmp", CLOCK) as feed,
    ):
        relay.trade(trade("000660", 1))
        await feed.want(one)
        async with listening(feed) as ear:
            await until(lambda: any(isinstance(e, SlotsGranted) for e in ear.events))
            number = 0
            for wants in (BOTH, one):
                await feed.want(wants)
                wanted = {want.symbol for want in wants.wants}
                while {w.symbol for w in relay.wants()["kmp"].wants} != wanted:
                    number += 1
                    relay.trade(trade("005930", number))
                    await asyncio.sleep(0.001)
            relay.trade(trade("000660", 2))  # no longer wanted
            relay.trade(trade("005930", number + 1))
            await until(lambda: ear.prints("005930")[-1:] == [number + 1])
            assert ear.prints("005930") == list(range(1, number + 2))
            assert ear.prints("000660") == [1]


async def test_only_the_oms_hears_order_notices(
    server: NatsServer, log: Any, until: Callable[..., Any]
) -> None:
    asked = Wants((), notices=True)
    async with (
        relaying(server, log) as relay,
        Feed.open(server.url, "oms-token", "oms", CLOCK) as oms,
        Feed.open(server.url, "reader-token", "kmp", CLOCK) as kmp,
    ):
        await oms.want(asked)
        await kmp.want(Wants(BOTH.wants, notices=True))
        async with listening(oms) as by_oms, listening(kmp) as by_kmp:
            await until(lambda: len(relay.readers) == 2 and all(e.events for e in (by_oms, by_kmp)))
            relay.notices_state(True)
            relay.heard(HEARD)
            relay.gap(Gap(None, 1, None, "line lost"))
            relay.trade(trade("005930", 1))
            await until(lambda: bool(by_kmp.prints("005930")) and bool(by_oms.gaps()))
            assert [type(e) for e in by_oms.events] == [NoticesState, NoticesState, Heard, Gap]
            assert HEARD in by_oms.events
            assert not any(isinstance(e, Heard | NoticesState) for e in by_kmp.events)
            assert by_kmp.gaps() == [Gap(None, 1, None, "line lost")]
            stored = b"".join(each.read_bytes() for each in server.folder.rglob("*.blk"))
            assert b"trade" in stored  # the market is open to whoever may use the server
            assert b"0000012345" not in stored  # orders are not


async def test_a_slow_reader_is_conflated_told_so_and_holds_up_nobody(
    server: NatsServer, log: Any, until: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kis_core.feed_nats.LAG_MESSAGES_MAX", 5)
    total = 6_000
    async with (
        relaying(server, log) as relay,
        Feed.open(server.url, "reader-token", "slow", CLOCK) as lagging,
        Feed.open(server.url, "reader-token", "quick", CLOCK) as feed,
    ):
        await lagging.want(BOTH)
        await feed.want(BOTH)
        slow = Ear()
        slow.take(await asyncio.wait_for(anext(lagging), 5))  # and then reads no more
        async with listening(feed) as quick:
            await until(lambda: len(relay.readers) == 2 and bool(quick.events))
            for number in range(1, total + 1):
                relay.trade(trade("005930", number))
                if number == total // 2:
                    relay.gap(Gap("005930", 1, None, "refused"))
                if number % 100 == 0:
                    await until(lambda n=number: quick.prints("005930")[-1:] == [n])
            async with asyncio.timeout(10):
                while slow.prints("005930")[-1:] != [total]:
                    slow.take(await anext(lagging))
        assert quick.prints("005930") == list(range(1, total + 1))
        assert quick.conflated == 0
        assert slow.conflated > total // 2
        assert slow.conflated + len(slow.prints("005930")) == total
        assert slow.prints("005930") == sorted(slow.prints("005930"))
        assert slow.gaps() == [Gap("005930", 1, None, "refused")]


async def test_a_server_that_goes_and_comes_is_a_gap_that_closes(
    server: NatsServer, log: Any, until: Callable[..., Any]
) -> None:
    async with (
        relaying(server, log) as relay,
        Feed.open(server.url, "oms-token", "oms", CLOCK) as feed,
    ):
        await feed.want(Wants(BOTH.wants, notices=True))
        async with listening(feed) as ear:
            await until(lambda: bool(relay.readers) and bool(ear.events))
            relay.trade(trade("005930", 1))
            await until(lambda: ear.prints("005930") == [1])
            await server.kill()
            await until(lambda: bool(ear.gaps()))
            relay.trade(trade("005930", 2))  # nobody hears it; it is what is newest afterwards
            silent = ear.events.index(ear.gaps()[0]) + 1
            assert isinstance(ear.events[silent], NoticesState)
            await server.start()
            await until(lambda: ear.prints("005930") == [1, 2])
            relay.trade(trade("005930", 3))
            await until(lambda: ear.prints("005930") == [1, 2, 3])
            opened, closed = ear.gaps()[0], ear.gaps()[1]
            assert (opened.symbol, opened.to_ns, opened.reason) == (None, None, "relay lost")
            assert (closed.from_ns, closed.reason) == (opened.from_ns, "relay lost")
            assert closed.to_ns is not None


async def test_no_collector_is_a_gap_until_there_is_one(
    server: NatsServer, log: Any, until: Callable[..., Any]
) -> None:
    async with Feed.open(server.url, "reader-token", "kmp", CLOCK) as feed:
        await feed.want(BOTH)
        lost = await asyncio.wait_for(anext(feed), 10)
        assert isinstance(lost.events[0], Gap)
        with pytest.raises(Unreachable, match="no collector answers"):
            await feed.quote("005930")
        async with relaying(server, log) as relay, listening(feed) as ear:
            await until(lambda: bool(relay.readers) and bool(ear.events))
            relay.trade(trade("005930", 1))
            await until(lambda: ear.prints("005930") == [1])
            assert ear.gaps()[0].to_ns is not None


@pytest.mark.parametrize("wrong", ["relay token", "server token"])
async def test_a_wrong_token_ends_the_feed(
    server: NatsServer, log: Any, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with relaying(server, log) as relay:
        async with Feed.open(server.url, "reader-token", "good", CLOCK) as good:
            await good.want(BOTH)
            await asyncio.wait_for(anext(good), 10)  # the relay is up
        if wrong == "server token":
            monkeypatch.setenv("NATS_TOKEN", "a guess")
        token = "guess" if wrong == "relay token" else "reader-token"
        async with Feed.open(server.url, token, "bad", CLOCK) as feed:
            await feed.want(BOTH)
            with pytest.raises(Refused):
                await asyncio.wait_for(to_the_end(feed), 10)
        assert "bad" not in relay.wants()


async def test_histories_come_from_the_collectors_own_door(
    server: NatsServer, log: Any, quotes: Any, request: pytest.FixtureRequest
) -> None:
    at_door = request.getfixturevalue("relaying")
    bar = Bar("005930", "KRX", 1_748_822_400_000_000_000, 10, 11, 9, 10, 5)
    quotes.minutes["005930"] = [bar]
    day = date(2025, 6, 2)
    clock = TapeClock(instant_ns(date(2025, 6, 3), time(9, 40)))
    flow = Flow(1, 70_000)
    quotes.flows = [InvestorDay("005930", "2025-06-02", 70_000, 0, None, flow, None)]
    quotes.estimates = [InvestorEstimate("005930", "09:30", 1, None, None)]
    none = ProgramFlow(None, None, None)
    stock = StockProgram("005930", bar.start_ns, 70_000, 9, 1, 2, 1, none, None)
    market = BoardProgram("KOSDAQ", bar.start_ns, none, none, -5, None)
    quotes.stock_programs, quotes.market_programs = [stock], [market]
    async with (
        at_door(quotes=quotes, clock=clock) as door,
        relaying(server, log, door.url),
        Feed.open(server.url, "reader-token", "kmp", CLOCK) as feed,
    ):
        await feed.want(BOTH)
        await asyncio.wait_for(anext(feed), 10)
        assert await feed.minute_bars("005930", day, time(9), time(9, 30)) == [bar]
        assert await feed.flows("005930") == quotes.flows
        assert await feed.estimates("005930") == quotes.estimates
        assert await feed.program("005930") == stock
        assert await feed.market_program("KOSDAQ") == market
        quotes.trouble = NotOffered("OPSQ0002", "not on paper")
        with pytest.raises(NotOffered, match="not on paper"):
            await feed.market_program("KOSPI")
        with pytest.raises(Refused, match="market"):
            await feed.market_program("KONEX")
        with pytest.raises(Refused, match="symbol"):
            await feed.quote("bad!")
        signal = Signal("kmp", "005930", bar.start_ns, "breakout", 1, {"ub": 10.5})
        await feed.signal([signal])
        assert door.signals == [signal]


class Cable:
    """A way to the server that can be cut and mended."""

    def __init__(self, server: NatsServer) -> None:
        self._to = server.port
        self._ends: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None] | None] = []
        self._way: asyncio.Server | None = None
        self.port = 0

    async def mend(self) -> None:
        """Let readers through, on the same port as before."""
        self._way = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._way.sockets[0].getsockname()[1]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.append(asyncio.current_task())
        there_reader, there = await asyncio.open_connection("127.0.0.1", self._to)
        self._ends += [writer, there]
        async with asyncio.TaskGroup() as both:
            both.create_task(_pass_on(reader, there))
            both.create_task(_pass_on(there_reader, writer))

    async def cut(self) -> None:
        """Break what is there; nobody listens until it is mended."""
        assert self._way is not None
        self._way.close()
        while self._ends:
            self._ends.pop().transport.abort()
        await asyncio.gather(*(task for task in self._tasks if task), return_exceptions=True)
        await self._way.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


async def test_a_reader_that_lost_its_own_line_finds_what_it_missed(
    server: NatsServer, log: Any, until: Callable[..., Any]
) -> None:
    cable = Cable(server)
    await cable.mend()
    url = f"nats://127.0.0.1:{cable.port}/test"
    async with (
        relaying(server, log) as relay,
        Feed.open(url, "reader-token", "far", CLOCK) as feed,
        Feed.open(server.url, "reader-token", "near", CLOCK) as other,
    ):
        await feed.want(BOTH)
        await other.want(BOTH)
        async with listening(feed) as far, listening(other) as near:
            await until(lambda: len(relay.readers) == 2 and bool(far.events) and bool(near.events))
            for number in range(1, 100):
                relay.trade(trade("005930", number))
            await until(lambda: len(far.prints("005930")) == len(near.prints("005930")) == 99)
            await cable.cut()
            await until(lambda: bool(far.gaps()))
            for number in range(100, 200):
                relay.trade(trade("005930", number))
            await until(lambda: len(near.prints("005930")) == 199)
            await cable.mend()
            await until(lambda: len(far.prints("005930")) == 199)
            assert far.prints("005930") == near.prints("005930") == list(range(1, 200))
            assert [gap.to_ns is None for gap in far.gaps()] == [True, False]
            assert not near.gaps()
    await cable.cut()
