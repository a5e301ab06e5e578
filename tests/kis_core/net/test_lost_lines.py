"""The bad days of a line: closed, reset, silent, garbled, or with another idea of the time.

In each the loss is told, what was good is delivered, and all is registered again in order.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import pytest

from kis_core.clock import ScaledClock
from kis_core.errors import FrameError
from kis_core.market.events import Trade
from kis_core.net.stream import Acked, Down, Item, Raw, Up
from kis_core.wire.account import OrderNotice
from kis_core.wire.stream.cipher import Keyring, seal
from kis_core.wire.stream.frames import Ack, Heartbeat, parse_frame
from kis_core.wire.stream.rows import events_of
from tests.kis_core.net.conftest import MORNING_NS
from tests.kis_core.net.exchange import (
    BOOK,
    NOTICE,
    TRADE,
    Exchange,
    acks,
    secrets,
    stream_to,
    until,
)  # fmt: skip

pytestmark = pytest.mark.anyio

DAY_NS = MORNING_NS - 10 * 3600 * 1_000_000_000
PUBLISHED = (
    "005930^093354^71900^5^-100^-0.14^72023.83^72100^72400^71700^71900^71800^1^3052507"
    "^219853241700^5105^6937^1832^84.90^1366314^1159996^1^0.39^20.28^090020^5^-200^090820"
    "^5^-500^092619^2^200^20230612^20^N^65945^216924^1118750^2199206^0.05^2424142^125.92"
    "^0^^72100"
)
FILL = (
    "HTSID^1234567801^0000002891^^02^0^00^0^136480^0000000001^000003190^094941^0^2^2^06010"
    "^000000001^name^item^10^^item^000000000"
)


async def quiet(exchange: Exchange) -> None:
    """Say nothing more, not even to a ping."""
    assert exchange.line
    exchange.line.transport.pause_reading()  # type: ignore[attr-defined]
    exchange.silenced.append(exchange.line)


@pytest.mark.parametrize(
    ("lose", "why"),
    [
        (Exchange.say_goodbye, "closed: received 1000 (OK)"),
        (Exchange.drop, "closed: no close frame"),
        (quiet, "silent for 0.2 s"),
    ],
    ids=["closed cleanly", "reset", "silent"],
)
async def test_a_lost_line_is_told_with_its_reason_and_everything_comes_back_in_order(
    exchange: Exchange,
    clock: ScaledClock,
    lose: Callable[[Exchange], Awaitable[None]],
    why: str,
) -> None:
    stream = stream_to(exchange, clock, silent_s=0.2)
    await stream.set_wanted([NOTICE, TRADE, BOOK])
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if isinstance(item, Acked) and len(acks(items)) == 3:
                await lose(exchange)
            if len(acks(items)) == 6:
                break
    told = [item for item in items if isinstance(item, Up | Down)]
    assert [type(item) for item in told] == [Up, Down, Up]
    assert isinstance(told[1], Down)
    assert told[1].why.startswith(why)
    assert [at.at_ns for at in told] == sorted(at.at_ns for at in told)
    assert acks(items) == [NOTICE, TRADE, BOOK] * 2
    assert exchange.sessions == 2
    for line in exchange.silenced:
        line.transport.abort()


async def test_11_12_a_notice_of_the_new_line_opens_with_the_key_of_the_new_line(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.set_wanted([NOTICE])
    keyring = Keyring()
    read: list[object] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Raw):
                if item.text.startswith("{"):
                    control = parse_frame(item.text)
                    assert isinstance(control, Ack)
                    assert control.encrypt == "N"  # as KIS says, and seals all the same
                    keyring.learn(control)
                else:
                    read.extend(events_of(item.text, item.arrived_ns, DAY_NS, keyring))
                    await exchange.drop()
            if isinstance(item, Acked):
                sealed = seal(FILL, *secrets(exchange.sessions))
                await exchange.send(f"1|H0STCNI0|001|{sealed}")
            if len(read) == 2:
                break
    assert all(isinstance(notice, OrderNotice) for notice in read)
    assert exchange.sessions == 2


async def delivered(exchange: Exchange, clock: ScaledClock, sent: list[str]) -> list[Raw]:
    """Return what arrives of what is sent once the line stands."""
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    raws: list[Raw] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            if isinstance(item, Raw):
                raws.append(item)
            if isinstance(item, Acked):
                for text in sent:
                    await exchange.send(text)
            if len(raws) == 1 + len(sent):
                break
    assert exchange.sessions == 1
    return raws[1:]


@pytest.mark.parametrize(
    "bad",
    [
        f"0|H0STCNT0|002|{PUBLISHED}",
        f"0|H0STCNT0|001|{PUBLISHED[:-30]}",
        "0|H0XXXXX0|001|a^b",
        "1|H0STCNT0|001|not base64",
        '{"header":',
        "\ufffd\x00",
    ],
    ids=["count too high", "cut", "of no TR", "sealed without a key", "broken control", "rubbish"],
)
async def test_a_corrupted_frame_is_kept_as_it_is_and_costs_nothing_else(
    exchange: Exchange, clock: ScaledClock, bad: str
) -> None:
    good = f"0|H0STCNT0|001|{PUBLISHED}"
    raws = await delivered(exchange, clock, [good, bad, good])
    assert [raw.text for raw in raws] == [good, bad, good]
    assert [prices(raw) for raw in raws] == [[71_900], None, [71_900]]


def prices(raw: Raw) -> list[int] | None:
    """Return the prices of a frame's trades, None where it cannot be read."""
    try:
        events = events_of(raw.text, raw.arrived_ns, DAY_NS)
    except FrameError:
        return None
    return [event.price_krw for event in events if isinstance(event, Trade)]


@pytest.mark.parametrize("hour", ["080000", "235959"], ids=["behind", "ahead"])
async def test_the_servers_idea_of_the_time_is_kept_beside_ours(
    exchange: Exchange, clock: ScaledClock, hour: str
) -> None:
    skewed = f"0|H0STCNT0|001|{PUBLISHED.replace('093354', hour)}"
    ping = f'{{"header":{{"tr_id":"PINGPONG","datetime":"20251112{hour}"}}}}'
    raws = await delivered(exchange, clock, [ping, skewed])
    assert isinstance(parse_frame(raws[0].text), Heartbeat)
    (trade,) = events_of(raws[1].text, raws[1].arrived_ns, DAY_NS)
    of_day_ns = ((int(hour[:2]) * 60 + int(hour[2:4])) * 60 + int(hour[4:])) * 1_000_000_000
    assert isinstance(trade, Trade)
    assert trade.at_ns == DAY_NS + of_day_ns
    assert MORNING_NS <= trade.arrived_ns <= clock.now_ns()


async def test_a_key_in_use_is_waited_for_longer_each_time(
    exchange: Exchange, clock: ScaledClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kis_core.net.stream._IN_USE_PAUSE_S", 0.05)
    exchange.codes[TRADE] = "OPSP8996"
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])
    loop = asyncio.get_running_loop()
    downs: list[float] = []
    pauses: list[float] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            match item:
                case Down():
                    downs.append(loop.time())
                    if len(downs) == 3:
                        exchange.codes.clear()
                case Up() if downs:
                    pauses.append(loop.time() - downs[-1])
                case Acked(ok=True):
                    break
    assert all(took >= least for took, least in zip(pauses, (0.05, 0.1, 0.2), strict=True))
    assert exchange.most_open == 1


async def test_a_line_without_a_single_place_is_left_and_tried_again(
    exchange: Exchange, clock: ScaledClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kis_core.net.stream._IN_USE_PAUSE_S", 0.01)
    exchange.places = 0
    stream = stream_to(exchange, clock)
    await stream.set_wanted([TRADE])

    def done(items: list[Item]) -> bool:
        exchange.places = 1 if any(isinstance(item, Down) for item in items) else 0
        return bool(stream.live)

    items = await until(stream, done)
    (down,) = (item for item in items if isinstance(item, Down))
    assert down.why.startswith("OPSP0008")
