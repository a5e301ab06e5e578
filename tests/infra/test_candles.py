"""Candles: a partition a symbol, made on demand, by whoever comes first."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

pytestmark = pytest.mark.anyio

UPSERT = """
INSERT INTO stock_candles (symbol, environment, venue, ts, open, high, low, close, volume, value,
                           source, received_at)
VALUES ($1, 'sim', 'KRX', $2::text::timestamp, 100, 110, 90, 105, $3, NULL, 'ticks', kst_now())
ON CONFLICT (symbol, environment, venue, ts) DO UPDATE SET volume = EXCLUDED.volume
"""


@pytest.fixture
async def writer(database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database)
    await connection.execute("SET ROLE trading_writer")
    yield connection
    await connection.close()


@pytest.mark.parametrize("symbol", ["005930", "0126Z0", "00088K"])
async def test_a_symbol_has_a_partition_of_its_name(
    writer: asyncpg.Connection, symbol: str
) -> None:
    name = f"stock_candles_{symbol.lower()}"
    for _ in range(2):
        assert await writer.fetchval("SELECT ensure_candle_partition($1)", symbol) == name
    await writer.execute(UPSERT, symbol, "2025-03-14 09:00", 10)
    assert await writer.fetchval(f"SELECT volume FROM {name}") == 10


async def test_the_same_minute_delivered_twice_is_one_row(writer: asyncpg.Connection) -> None:
    await writer.execute("SELECT ensure_candle_partition('005930')")
    for volume in (10, 12):
        await writer.execute(UPSERT, "005930", "2025-03-14 09:00", volume)
    assert [r[0] for r in await writer.fetch("SELECT volume FROM stock_candles")] == [12]


async def test_partitions_of_many_symbols_are_made_at_once(writer: asyncpg.Connection) -> None:
    symbols = [f"{number:06}" for number in range(103)]
    assert await writer.fetchval("SELECT ensure_candle_partitions($1)", symbols) == 103
    assert await writer.fetchval("SELECT ensure_candle_partitions($1)", [*symbols, "0126Z0"]) == 1


async def test_two_collectors_may_want_the_same_partition(database: str) -> None:
    async def ensure() -> str:
        connection = await asyncpg.connect(database)
        try:
            name: str = await connection.fetchval("SELECT ensure_candle_partition('005930')")
            return name
        finally:
            await connection.close()

    assert set(await asyncio.gather(*(ensure() for _ in range(4)))) == {"stock_candles_005930"}


@pytest.mark.parametrize("symbol", ["5930", "00593O;", "a05930", "005930 ", "", None])
async def test_what_is_no_symbol_gets_no_table(
    writer: asyncpg.Connection, symbol: str | None
) -> None:
    with pytest.raises(asyncpg.InvalidParameterValueError, match="expected six digits"):
        await writer.execute("SELECT ensure_candle_partition($1::text)", symbol)


async def test_readers_see_partitions_made_later(writer: asyncpg.Connection) -> None:
    await writer.execute("SELECT ensure_candle_partition('005930')")
    await writer.execute("RESET ROLE")
    await writer.execute("SET ROLE trading_reader")
    assert await writer.fetchval("SELECT count(*) FROM stock_candles_005930") == 0


async def test_a_gap_is_a_row_that_closes_and_is_filled(writer: asyncpg.Connection) -> None:
    opened = (
        "INSERT INTO market_gaps (environment, source, from_at, reason)"
        " VALUES ('sim', 'kis', '2025-03-14 10:00', 'line lost')"
    )
    await writer.execute(opened)
    with pytest.raises(asyncpg.UniqueViolationError):
        await writer.execute(opened)
    await writer.execute("UPDATE market_gaps SET to_at = '2025-03-14 10:05'")
    with pytest.raises(asyncpg.CheckViolationError):
        await writer.execute("UPDATE market_gaps SET to_at = '2025-03-14 09:59'")
