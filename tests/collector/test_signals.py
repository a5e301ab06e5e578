"""What strategies signal: at the door, in the journal, in the database, and after a kill."""

import asyncio
import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from collector.journal import SignalsHeard
from collector.outbox import BATCH_BYTES_MAX, Outbox
from collector.shipper import Shipper
from collector.signals import BODY_BYTES_MAX, COLUMNS, read
from kis_core.clock import SECOND_NS, SystemClock
from kis_core.environment import Environment
from kis_core.errors import Refused, Unreachable
from kis_core.feed import SIGNALS_MAX, Feed, Signal
from kis_core.market.instants import MINUTE_NS
from tests.collector.panel.living import configured

CLOCK = SystemClock()
NINE = 1_748_822_400 * SECOND_NS  # 2025-06-02 09:00 KST
GOOD: dict[str, Any] = {
    "strategy_id": "kmp",
    "symbol": "005930",
    "at_ns": NINE,
    "name": "noise_band",
    "value": 1,
    "values": {"ub": 101.5, "vwap": None},
    "reason": "종가가 상단 위",
}
ASKED = "SELECT strategy_id, symbol, name, ts, signal, figures, reason FROM signals ORDER BY ts"


def signal(minute: int = 0, value: int | None = 1, strategy_id: str = "kmp") -> Signal:
    values = {"close": 100.0 + minute, "ub": 101.25, "vwap": None}
    at_ns = NINE + minute * MINUTE_NS
    return Signal(strategy_id, "A01612", at_ns, "noise_band", value, values, "above")


async def stored(url: str, asked: str = ASKED) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(asked)]
    finally:
        await connection.close()


def row(told: Signal) -> tuple[Any, ...]:
    """The row a signal is to be, its figures as PostgreSQL writes them."""
    ts = datetime.fromtimestamp(told.at_ns // SECOND_NS, UTC) + timedelta(hours=9)
    close = told.values["close"]
    assert close is not None
    figures = f'{{"ub": 101.25, "vwap": null, "close": {close}}}'
    return (
        told.strategy_id, told.symbol, told.name, ts.replace(tzinfo=None), told.value, figures,
        told.reason,
    )  # fmt: skip


def test_a_signal_is_read_from_either_form() -> None:
    expected = Signal(**GOOD)
    packed = read(msgspec.msgpack.encode([GOOD]), packed=True)
    said = read(json.dumps([GOOD]).encode(), packed=False)
    assert packed.signals == said.signals == (expected,)
    assert packed.faults == said.faults == ()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"value": 2}, "signals.1.value: Expected `int` <= 1"),
        ({"value": "up"}, "signals.1.value: Expected `int | null`, got `str`"),
        ({"value": 0.5}, "signals.1.value: Expected `int | null`, got `float`"),
        ({"at_ns": NINE // SECOND_NS}, "signals.1.at_ns: Expected `int` >= 946684800000000000"),
        ({"at_ns": "09:00"}, "signals.1.at_ns: Expected `int`, got `str`"),
        ({"symbol": "삼성"}, "signals.1.symbol: Expected `str` matching regex"),
        ({"symbol": "005930\n"}, "signals.1.symbol: Expected `str` matching regex"),
        ({"strategy_id": ""}, "signals.1.strategy_id: Expected `str` matching regex"),
        ({"name": "Noise Band"}, "signals.1.name: Expected `str` matching regex"),
        ({"values": [1]}, "signals.1.values: Expected `object`, got `array`"),
        ({"values": {"ub": "1"}}, "signals.1.values[...]: Expected `float | null`, got `str`"),
        ({"values": {"UB": 1}}, "signals.1.values: Expected `str` matching regex"),
        ({"values": {"ub": math.nan}}, "signals.1.values.ub: Expected a finite number or null"),
        ({"values": {"ub": -math.inf}}, "signals.1.values.ub: Expected a finite number or null"),
        ({"values": {"signal": 1}}, "signals.1.values.signal: Expected a name that is no column"),
        ({"values": {f"v{n}": 1 for n in range(33)}}, "signals.1.values: Expected `object` of"),
        ({"reason": "a\x00b"}, "signals.1.reason: Expected `str` matching regex"),
        ({"reason": "a" * 201}, "signals.1.reason: Expected `str` of length <= 200"),
        ({"reason": b"\xff"}, "signals.1.reason: Expected `str`, got `bytes`"),
        ({"price": 1}, "signals.1: Object contains unknown field `price`"),
        ({"symbol": ...}, "signals.1: Object missing required field `symbol`"),
    ],
    ids=lambda each: repr(each)[:40] if isinstance(each, dict) else "",
)
def test_a_bad_signal_is_named_with_its_field_and_the_others_are_taken(
    wrong: dict[str, Any], says: str
) -> None:
    bad = {name: value for name, value in (GOOD | wrong).items() if value is not ...}
    told = read(msgspec.msgpack.encode([GOOD, bad, GOOD | {"value": None}]), packed=True)
    (fault,) = told.faults
    assert fault.startswith(says)
    assert [each.value for each in told.signals] == [1, None]


@pytest.mark.parametrize(
    ("body", "packed", "says"),
    [
        (b"", True, "signals: Input data was truncated"),
        (b"[{]", False, "signals: JSON is malformed"),
        (b"{}", False, "signals: Expected `array`, got `object`"),
        (b"[" * 100_000, False, "signals: maximum recursion depth"),
        (b"\x91" * 100_000, True, "signals: maximum recursion depth"),
        (json.dumps([GOOD] * (SIGNALS_MAX + 1)).encode(), False, "signals: Expected `array` of"),
        (b'[{"reason": "\xff"}]', False, "signals.0: 'utf-8' codec can't decode"),
        (b"[7]", False, "signals.0: Expected `object`, got `int`"),
    ],
    ids=["nothing", "torn", "no list", "deep", "deep, packed", "too many", "no text", "a number"],
)
def test_a_batch_that_is_none_is_said_in_one_sentence(body: bytes, packed: bool, says: str) -> None:
    told = read(body, packed=packed)
    assert told.signals == ()
    (fault,) = told.faults
    assert fault.startswith(says)


def test_the_largest_batch_fits_through_the_door_and_the_outbox(tmp_path: Path) -> None:
    """An outbox hands on whole lines of at most BATCH_BYTES_MAX; a longer one would never leave."""
    largest = Signal(
        "s" * 40, "A" * 12, NINE, "n" * 40, -1,
        {f"{n:0>2}".rjust(40, "v"): -1.2345678901234567e-300 for n in range(32)}, "😀" * 200,
    )  # fmt: skip
    body = msgspec.msgpack.encode([largest] * SIGNALS_MAX)
    assert len(body) <= BODY_BYTES_MAX
    told = read(body, packed=True)
    assert len(told.signals) == SIGNALS_MAX
    outbox = Outbox(tmp_path, CLOCK.now().date())
    outbox.append([SignalsHeard(NINE, told.signals)])
    assert outbox.unsent_bytes <= BATCH_BYTES_MAX
    ((heard,), _) = outbox.unsent()
    assert isinstance(heard, SignalsHeard)
    assert heard.signals == told.signals
    outbox.close()


@pytest.mark.anyio
async def test_a_feed_tells_its_signals_and_hears_what_was_wrong(
    relaying: Callable[..., Any],
) -> None:
    async with relaying() as door, Feed.open(door.url, "reader-token", "kmp", CLOCK) as feed:
        await feed.signal([signal(0), signal(1, None)])
        assert door.signals == [signal(0), signal(1, None)]
        with pytest.raises(Refused, match=r"signals\.1\.value: Expected `int` <= 1; 1 kept"):
            await feed.signal([signal(2), signal(3, 7)])
        assert door.signals[2:] == [signal(2)]
        with pytest.raises(Refused, match="Expected `array` of length <= 200; 0 kept"):
            await feed.signal([signal(4)] * (SIGNALS_MAX + 1))
        async with Feed.open(door.url, "nobody", "kmp", CLOCK) as other:
            with pytest.raises(Refused, match="unknown token"):
                await other.signal([signal(5)])
        async with httpx.AsyncClient(base_url=door.url, trust_env=False) as http:
            told = {"Authorization": "Bearer reader-token"}
            answer = await http.post("/api/v1/signals", headers=told, json=[GOOD])
            assert (answer.status_code, answer.json()) == (200, {"kept": 1})
            big = b" " * (BODY_BYTES_MAX + 1)
            answer = await http.post("/api/v1/signals", headers=told, content=big)
            assert answer.status_code == 413
            assert answer.json()["text"] == f"expected at most {BODY_BYTES_MAX} bytes"
        assert door.signals[3:] == [Signal(**GOOD)]
    with pytest.raises(Unreachable):
        async with Feed.open(door.url, "reader-token", "kmp", CLOCK) as late:
            await late.signal([signal(6)])


@pytest.mark.anyio
async def test_a_database_that_was_away_gets_every_signal_and_the_last_word(
    database: str, tmp_path: Path, log: Any
) -> None:
    outbox = Outbox(tmp_path, CLOCK.now().date())
    outbox.append([SignalsHeard(NINE, (signal(0, 0), signal(1), signal(0, -1)))])
    stopping = asyncio.Event()
    stopping.set()
    away = Shipper("postgresql://nobody@127.0.0.1:1/x", Environment.PAPER, [], tmp_path, log)
    await away.run(lambda: outbox, stopping)
    assert outbox.unsent_bytes > 0
    outbox.append([SignalsHeard(NINE + SECOND_NS, (signal(1, None), signal(1, 1, "other")))])
    for _ in range(2):  # told again from the start, as after a crash before the mark was written
        outbox.sent(0)
        back = Shipper(database, Environment.PAPER, [], tmp_path, log)
        await back.run(lambda: outbox, stopping)
    outbox.close()
    found = await stored(database, ASKED + ", strategy_id")
    assert found == [row(signal(0, -1)), row(signal(1, None)), row(signal(1, 1, "other"))]
    recorded = await stored(database, "SELECT DISTINCT environment::text FROM signals")
    assert recorded == [("paper",)]


@pytest.mark.anyio
async def test_the_columns_no_figure_may_be_called_by_are_those_of_the_table(database: str) -> None:
    asked = (
        "SELECT column_name::text FROM information_schema.columns"
        " WHERE table_name = 'signals' ORDER BY ordinal_position"
    )
    assert tuple(name for (name,) in await stored(database, asked)) == COLUMNS


@pytest.mark.fleet
@pytest.mark.anyio
async def test_part4_12_a_restart_keeps_the_history_of_signals(
    database: str, tmp_path: Path
) -> None:
    """The collector is a process of its own, and is killed as soon as it has answered.

    Nobody is behind its broker's address: signals need no market.
    """
    told: list[Signal] = []
    lives = await configured(tmp_path, database)
    try:
        await lives.start_collector()
        token = lives.secrets["RELAY_TOKEN"]
        async with Feed.open(lives.collector_url, token, "kmp", CLOCK) as feed:
            for minute in range(60):
                if minute in (20, 40):
                    assert lives.collector is not None
                    lives.collector.kill()
                    await lives.collector.wait()
                    with pytest.raises(Unreachable):
                        await feed.signal([signal(999)])
                    await lives.start_collector()
                told.append(signal(minute, minute % 3 - 1))
                await feed.signal([told[-1]])
            # Told again, an older one is corrected where it stands; nothing else changes.
            told[7] = signal(7, None)
            await feed.signal([told[7], told[8]])
        await lives.end_collector()  # in order: what waits is in the database then
        assert await stored(database) == [row(one) for one in told]
    finally:
        await lives.end_collector()
