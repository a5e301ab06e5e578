"""The relay on the loopback: who hears what, from when, and what becomes of the slow."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, time
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect

from collector.standing import NOT_SHARED_YET
from kis_core.clock import SystemClock
from kis_core.errors import Refused, Unreachable
from kis_core.feed import (
    Batch,
    Feed,
    Heard,
    NoticesState,
    Priority,
    RelayEvent,
    Want,
    Wants,
)
from kis_core.market.events import Bar, Gap, IndexLevel, SlotsGranted, Trade
from kis_core.wire.account import NoticeKind, OrderNotice

pytestmark = pytest.mark.anyio
CLOCK = SystemClock()
BOTH = Wants((Want("005930", Priority.HOLDING), Want("000660", Priority.WATCH)), ("0001",))


def trade(symbol: str, number: int) -> Trade:
    return Trade(
        symbol, "KRX", number, number, 70_000, 1, number, 1, 1, None, None, False, False, None
    )


def level(number: int) -> IndexLevel:
    pt = Decimal("2700.15")
    return IndexLevel("0001", number, number, pt, pt, pt, pt, pt)


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


async def listen(feed: Feed, into: list[RelayEvent], batches: list[Batch] | None = None) -> None:
    async for batch in feed:
        into.extend(batch.events)
        if batches is not None:
            batches.append(batch)


async def test_a_late_joiner_starts_with_the_newest_and_misses_nothing_after(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with relaying() as door, Feed.open(door.url, "reader-token", "kmp", CLOCK) as feed:
        for number in range(1, 4):
            door.relay.trade(trade("005930", number))
        door.relay.level(level(9))
        heard: list[RelayEvent] = []
        await feed.want(BOTH)
        task = asyncio.create_task(listen(feed, heard))
        number = 3
        while not any(isinstance(event, Trade) and event.at_ns > 50 for event in heard):
            number += 1
            door.relay.trade(trade("005930", number))
            door.relay.trade(trade("035720", number))
            await asyncio.sleep(0.001)
        task.cancel()
    prints = [event.at_ns for event in heard if isinstance(event, Trade)]
    assert prints[0] >= 3
    assert prints == list(range(prints[0], prints[0] + len(prints)))
    assert heard[0] == trade("005930", prints[0])
    assert level(9) in heard


async def test_a_lost_line_reaches_everyone_a_symbols_gap_only_who_wants_it(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with relaying() as door, Feed.open(door.url, "reader-token", "kmp", CLOCK) as feed:
        heard: list[RelayEvent] = []
        await feed.want(BOTH)
        task = asyncio.create_task(listen(feed, heard))
        await until(lambda: bool(door.relay.wants().get("kmp", Wants(())).wants))
        events = [
            Gap(None, 1, None, "line lost"),
            Gap("005930", 2, None, "refused"),
            Gap("035720", 3, None, "refused"),
            Gap(None, 1, 5, "line lost"),
        ]
        for event in events:
            door.relay.gap(event)
        await until(lambda: len(heard) >= 4)
        task.cancel()
        late: list[RelayEvent] = []
        async with Feed.open(door.url, "reader-token", "late", CLOCK) as other:
            await other.want(BOTH)
            task = asyncio.create_task(listen(other, late))
            await until(lambda: bool(late))
            task.cancel()
    assert [event for event in heard if isinstance(event, Gap)] == [*events[:2], events[3]]
    assert [event for event in late if isinstance(event, Gap)] == [events[1]]


async def test_each_reader_is_told_which_of_its_symbols_are_heard(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with relaying() as door, Feed.open(door.url, "reader-token", "kmp", CLOCK) as feed:
        heard: list[RelayEvent] = []
        await feed.want(BOTH)
        task = asyncio.create_task(listen(feed, heard))
        await until(lambda: len(heard) == 1)
        chosen = {("H0STCNT0", "005930")}
        door.relay.slots(set(), chosen)  # on its way: nothing to tell yet
        door.relay.slots(chosen, chosen)
        door.relay.slots(chosen, chosen)
        await until(lambda: len(heard) == 3)
        task.cancel()
    told = [event for event in heard if isinstance(event, SlotsGranted)]
    assert [(event.granted, event.refused) for event in told] == [
        ((), ("005930", "000660")),
        ((), ("000660",)),
        (("005930",), ("000660",)),
    ]


async def test_a_reader_is_told_again_when_its_reasons_change_and_only_then(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    first, then = "one reason", "another"
    async with relaying() as door, Feed.open(door.url, "reader-token", "kmp", CLOCK) as feed:
        heard: list[RelayEvent] = []
        await feed.want(BOTH)
        task = asyncio.create_task(listen(feed, heard))
        await until(lambda: len(heard) == 1)
        live, key = {("H0STCNT0", "005930")}, ("H0STCNT0", "000660")
        for why in (first, first, then):
            door.relay.slots(live, live, {key: why, ("H0STCNT0", "035720"): "not its own"})
            door.relay.slots(live, live, {key: why})  # of others' symbols it is not told
        door.relay.slots({*live, key}, {*live, key})
        await until(lambda: len(heard) == 4)
        task.cancel()
    told = [event for event in heard if isinstance(event, SlotsGranted)]
    assert [event.reasons for event in told] == [
        (("005930", NOT_SHARED_YET), ("000660", NOT_SHARED_YET)),
        (("000660", first),),
        (("000660", then),),
        (),
    ]


async def test_only_the_oms_hears_order_notices(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    asked = Wants((), notices=True)
    state = NoticesState
    async with (
        relaying() as door,
        Feed.open(door.url, "oms-token", "oms", CLOCK) as oms,
        Feed.open(door.url, "reader-token", "kmp", CLOCK) as kmp,
    ):
        by_oms: list[RelayEvent] = []
        by_kmp: list[RelayEvent] = []
        await oms.want(asked)
        await kmp.want(Wants(BOTH.wants, notices=True))
        tasks = [
            asyncio.create_task(listen(oms, by_oms)),
            asyncio.create_task(listen(kmp, by_kmp)),
        ]
        await until(lambda: bool(by_oms) and bool(by_kmp))
        assert door.relay.wants()["oms"].notices
        assert not door.relay.wants()["kmp"].notices
        door.relay.notices_state(True)
        door.relay.heard(HEARD)
        door.relay.notices_state(False)
        door.relay.trade(trade("005930", 1))
        await until(lambda: len(by_oms) == 4 and trade("005930", 1) in by_kmp)
        for task in tasks:
            task.cancel()
    assert [(type(e), getattr(e, "live", None)) for e in by_oms] == [
        (state, False),
        (state, True),
        (Heard, None),
        (state, False),
    ]
    assert by_oms[2] == HEARD
    assert not any(isinstance(event, Heard | NoticesState) for event in by_kmp)


async def test_a_slow_reader_is_conflated_and_nobody_waits_for_it(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    total = 30_000
    async with (
        relaying(events_max=1000, send_bytes=8192) as door,
        slow_line(door.url) as slow,
        Feed.open(door.url, "reader-token", "quick", CLOCK) as quick,
    ):
        await slow.send(msgspec.msgpack.encode(BOTH))
        heard: list[RelayEvent] = []
        await quick.want(BOTH)
        task = asyncio.create_task(listen(quick, heard))
        await until(lambda: len(door.relay.readers) == 2 and bool(heard))
        for number in range(1, total + 1):
            door.relay.trade(trade("005930", number))
            if number % 500 == 0:
                await until(lambda n=number: heard[-1].at_ns == n)  # type: ignore[misc]
        assert door.relay.readers[0].left_out > 0
        batches: list[Batch] = []
        while not batches or trade("005930", total) not in batches[-1].events:
            message = await asyncio.wait_for(slow.recv(decode=False), 5)
            batches.append(msgspec.msgpack.decode(message, type=Batch))
        task.cancel()
    assert [e.at_ns for e in heard if isinstance(e, Trade)] == list(range(1, total + 1))
    prints = sum(isinstance(event, Trade) for batch in batches for event in batch.events)
    assert sum(batch.conflated for batch in batches) == total - prints
    assert prints < total


async def test_a_reader_too_slow_for_its_notices_is_cut_off(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with (
        relaying(events_max=1000, send_bytes=8192) as door,
        slow_line(door.url, "oms-token") as slow,
    ):
        await slow.send(msgspec.msgpack.encode(Wants((), notices=True)))
        await until(lambda: any(r.wants.notices for r in door.relay.readers))
        for number in range(100_000):
            door.relay.heard(HEARD)
            if number % 500 == 0:
                await asyncio.sleep(0)
            if door.relay.readers and door.relay.readers[0].mailbox_full.is_set():
                break
        await until(lambda: not door.relay.readers)


@asynccontextmanager
async def slow_line(url: str, token: str = "reader-token") -> AsyncIterator[ClientConnection]:
    """A reader with next to no room of its own."""
    parts = urlsplit(url)
    with socket.socket() as pipe:
        pipe.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        pipe.connect((parts.hostname, parts.port))
        pipe.setblocking(False)
        async with connect(
            f"ws://{parts.netloc}/relay?name=slow",
            sock=pipe,
            additional_headers={"Authorization": f"Bearer {token}"},
            compression=None,
            max_queue=1,
            max_size=None,
            proxy=None,
            close_timeout=0.2,
        ) as line:
            yield line


async def test_a_wrong_token_hears_nothing(relaying: Callable[..., Any]) -> None:
    async with relaying() as door:
        for token in ("guess", "reader-token-2", "oms"):
            async with Feed.open(door.url, token, "kmp", CLOCK) as feed:
                with pytest.raises(Refused):
                    await asyncio.wait_for(anext(feed), 5)
                with pytest.raises(Refused):
                    await feed.quote("005930")
        assert not door.relay.readers


async def test_a_message_that_is_not_wants_ends_the_connection(
    relaying: Callable[..., Any], until: Callable[..., Any]
) -> None:
    async with relaying() as door:
        url = door.url.replace("http", "ws") + "/relay"
        headers = {"Authorization": "Bearer reader-token"}
        async with connect(url, additional_headers=headers, proxy=None) as line:
            await line.send(b"\x93not wants")
            await asyncio.wait_for(line.wait_closed(), 5)
            assert line.close_code == 1007
        await until(lambda: not door.relay.readers)


async def test_histories_are_asked_once_and_remembered_when_over(
    relaying: Callable[..., Any], quotes: Any
) -> None:
    bar = Bar("005930", "KRX", 1_748_822_400_000_000_000, 10, 11, 9, 10, 5)
    quotes.minutes["005930"] = [bar]
    day = date(2025, 6, 2)
    async with (
        relaying(quotes=quotes) as door,
        Feed.open(door.url, "reader-token", "kmp", CLOCK) as feed,
    ):
        for _ in range(2):
            assert await feed.minute_bars("005930", day, time(9), time(9, 30)) == [bar]
        assert quotes.asked == [("on", "005930", day, "090000", "093000")]
        assert (await feed.quote("005930")).price_krw == 70_000
        assert (await feed.index_level("0001")).level_pt == Decimal("2700.15")
        quotes.trouble = Unreachable("no line to KIS")
        with pytest.raises(Unreachable, match="no line to KIS"):
            await feed.quote("005930")
        with pytest.raises(Refused, match="symbol"):
            await feed.quote("bad!")
