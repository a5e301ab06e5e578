"""Candles and gaps in a real PostgreSQL, and their way there."""

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from collector.journal import Doubt, FromRest, FromTicks, GapFilled, GapNoted
from collector.outbox import Outbox, read_journal, unsent_days
from collector.shipper import Shipper
from collector.store import Candle, CandleStore, GapRow
from kis_core.clock import SECOND_NS
from kis_core.environment import Environment
from kis_core.market.events import Bar, Gap

pytestmark = pytest.mark.anyio
DAY = date(2025, 6, 2)
OPEN = 1_748_822_400 * SECOND_NS
SYMBOLS = ("005930", "000660")


def bar(symbol: str = "005930", minute: int = 0, close: int = 100, value: int | None = 7) -> Bar:
    return Bar(symbol, "KRX", OPEN + minute * 60 * SECOND_NS, 100, 110, 90, close, 10, value)


async def rows(url: str, question: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()


async def test_part4_04_a_minute_told_twice_is_one_row_and_is_corrected_in_place(
    database: str,
) -> None:
    async with CandleStore.open(database, Environment.SIM, SYMBOLS) as store:
        first = [Candle(bar(), "ticks", OPEN), Candle(bar("000660"), "ticks", OPEN)]
        for _ in range(2):
            await store.write(first, [])
        later = [
            Candle(bar(close=101), "rest", OPEN),
            Candle(bar(close=105, value=None), "rest", 1),
        ]
        await store.write(later, [])
    asked = (
        "SELECT symbol, environment::text, ts, close, value, source FROM stock_candles ORDER BY 1"
    )
    nine = datetime(2025, 6, 2, 9, 0)  # noqa: DTZ001 - the database keeps KST without a zone
    assert await rows(database, asked) == [
        ("000660", "sim", nine, 100, 7, "ticks"),
        ("005930", "sim", nine, 105, 7, "rest"),
    ]


async def test_candles_of_all_kinds_are_written_as_they_are(database: str) -> None:
    nxt = Bar("000660", "NXT", OPEN - 45 * 60 * SECOND_NS, 2**31 - 1, 2**31 - 1, 1, 7, 2**40, None)
    known = [
        Candle(bar(minute=5), "verified", OPEN + 123_456_789),
        Candle(nxt, "ticks", OPEN),
        Candle(bar(minute=0, value=None), "rest", OPEN),
        Candle(bar(minute=5, value=2**50), "ticks", OPEN + 2),
    ]
    async with CandleStore.open(database, Environment.PAPER, SYMBOLS) as store:
        await store.write(known, [])
        with pytest.raises(ValueError, match="symbol '0059300': expected 6 characters"):
            await store.write([Candle(bar("0059300"), "rest", 1)], [])
        with pytest.raises(OverflowError):
            await store.write([Candle(bar(close=2**31), "rest", 1)], [])
    asked = (
        "SELECT symbol, environment::text, venue, ts::text, open, high, low, close, volume, value, "
        "source, received_at::text, session FROM stock_candles ORDER BY 1, 4"
    )
    assert await rows(database, asked) == [
        ("000660", "real", "NXT", "2025-06-02 08:15:00", 2**31 - 1, 2**31 - 1, 1, 7, 2**40, None,
         "ticks", "2025-06-02 09:00:00", "pre"),
        ("005930", "real", "KRX", "2025-06-02 09:00:00", 100, 110, 90, 100, 10, None,
         "rest", "2025-06-02 09:00:00", "regular"),
        ("005930", "real", "KRX", "2025-06-02 09:05:00", 100, 110, 90, 100, 10, 2**50,
         "ticks", "2025-06-02 09:00:00", "regular"),
    ]  # fmt: skip


async def test_a_gap_is_one_row_from_its_opening_to_its_filling(database: str) -> None:
    opened, closed = Gap(None, OPEN, None, "line lost"), Gap(None, OPEN, OPEN + 60, "line lost")
    async with CandleStore.open(database, Environment.PAPER, SYMBOLS) as store:
        await store.write([], [GapRow(opened), GapRow(closed)])
        await store.write([], [GapRow(closed, OPEN + SECOND_NS, 12)])
    asked = (
        "SELECT environment::text, source, symbol, to_at IS NOT NULL, reason, candles_filled "
        "FROM market_gaps"
    )
    assert await rows(database, asked) == [("real", "kis", "*", True, "line lost", 12)]


async def test_a_symbol_without_a_partition_fails_the_whole_batch(database: str) -> None:
    async with CandleStore.open(database, Environment.SIM, SYMBOLS) as store:
        with pytest.raises(asyncpg.PostgresError):
            await store.write([Candle(bar(), "rest", 1), Candle(bar("999999"), "rest", 1)], [])
        await store.write([Candle(bar(), "rest", 1)], [])
    assert len(await rows(database, "SELECT 1 FROM stock_candles")) == 1


ENTRIES = [
    FromTicks(OPEN, OPEN, (bar(), bar("000660")), ()),
    Doubt(OPEN, "005930", OPEN, OPEN, "a jump"),
    FromRest(OPEN, "005930", OPEN, OPEN, (bar(close=104),), 1, 0, True),
    GapNoted(OPEN, Gap("005930", OPEN, None, "refused")),
    GapFilled(OPEN, Gap("005930", OPEN, OPEN + 1, "refused"), 1),
]


def test_an_outbox_remembers_what_it_was_told_and_what_was_sent(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, DAY)
    outbox.append(ENTRIES[:3])
    waiting, offset = outbox.unsent()
    assert waiting == ENTRIES[:3]
    outbox.append(ENTRIES[3:])
    outbox.sent(offset)
    outbox.close()
    again = Outbox(tmp_path, DAY)
    assert again.entries() == ENTRIES
    assert again.unsent()[0] == ENTRIES[3:]
    assert unsent_days(tmp_path, date(2025, 6, 3)) == [DAY]
    again.sent(again.unsent()[1])
    assert again.unsent_bytes == 0
    assert unsent_days(tmp_path, date(2025, 6, 3)) == []
    again.close()


@pytest.mark.parametrize("torn", [1, 20, 60])
def test_a_torn_last_line_is_cut_off_and_the_rest_goes_on(tmp_path: Path, torn: int) -> None:
    outbox = Outbox(tmp_path, DAY)
    outbox.append(ENTRIES)
    outbox.close()
    path = tmp_path / "2025-06-02.jsonl"
    path.write_bytes(path.read_bytes()[:-torn])
    assert read_journal(path) == ENTRIES[:-1]
    again = Outbox(tmp_path, DAY)
    again.append(ENTRIES[-1:])
    assert again.entries() == ENTRIES
    again.close()


async def test_a_database_that_comes_late_gets_everything_earlier_days_first(
    database: str, tmp_path: Path, log: Any, until: Callable[..., Any]
) -> None:
    yesterday = Outbox(tmp_path, date(2025, 6, 1))
    yesterday.append([FromTicks(1, OPEN - 86_400 * SECOND_NS, (bar(minute=-1440),), ())])
    yesterday.close()
    today = Outbox(tmp_path, DAY)
    today.append(ENTRIES)
    stopping = asyncio.Event()
    nowhere = "postgresql://nobody:nothing@127.0.0.1:9/nowhere"
    lost = Shipper(nowhere, Environment.SIM, SYMBOLS, tmp_path, log)
    task = asyncio.create_task(lost.run(lambda: today, stopping))
    await until(lambda: lost.failures > 0)
    assert log.lines[0][0] == "DATABASE_LOST"
    stopping.set()
    await task
    assert today.unsent_bytes > 0
    stopping = asyncio.Event()
    found = Shipper(database, Environment.SIM, SYMBOLS, tmp_path, log)
    task = asyncio.create_task(found.run(lambda: today, stopping))
    await until(lambda: today.unsent_bytes == 0)
    today.append([FromTicks(1, OPEN, (bar(minute=5),), ())])
    stopping.set()  # what came last is shipped on the way out
    await task
    today.close()
    assert unsent_days(tmp_path, date(2025, 6, 3)) == []
    counted = "SELECT count(*), max(close) FROM stock_candles"
    assert await rows(database, counted) == [(4, 104)]
    assert found.candles == 5
