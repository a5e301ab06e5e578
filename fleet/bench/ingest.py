"""How fast one-minute candles come into PostgreSQL, beside the same by hand.

Ours is `collector.store.CandleStore.write` with candles as the collector has them: it drops all but
the newest of each minute, sorts, makes naive KST of instants and writes one transaction. The
yardstick, in turns on the same server and into the same table (another environment of it), is
asyncpg alone: rows made before the clock starts, COPY into a temporary table, INSERT ON CONFLICT.
Who begins changes from round to round.
The candles are real ones where the folder of real data is found.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any

import asyncpg

from collector.store import Candle, CandleStore
from fleet.bench.beside import row
from fleet.bench.database import bench_server
from kis_core.environment import Environment
from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS, midnight_ns
from kis_core.market.sessions import bar_session
from kis_core.postgres import asyncpg_url, to_kst_naive

_DAYS = 8
_SYMBOLS = 103
_MUST = 0.8
_ROOT = Path(__file__).resolve().parents[2]
_COLUMNS = (
    "symbol", "environment", "venue", "ts", "open", "high", "low", "close", "volume", "value",
    "source", "received_at", "session",
)  # fmt: skip
_STAGE = """
CREATE TEMPORARY TABLE by_hand (LIKE stock_candles INCLUDING DEFAULTS) ON COMMIT DELETE ROWS
"""
_NAMES = ", ".join(_COLUMNS)
_UPSERT = f"""
INSERT INTO stock_candles AS known ({_NAMES}) SELECT {_NAMES} FROM by_hand
ON CONFLICT (symbol, environment, venue, ts) DO UPDATE SET
    open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low, close = EXCLUDED.close,
    volume = EXCLUDED.volume, value = COALESCE(EXCLUDED.value, known.value),
    source = EXCLUDED.source, received_at = EXCLUDED.received_at, session = EXCLUDED.session
WHERE (known.open, known.high, known.low, known.close, known.volume)
    IS DISTINCT FROM (EXCLUDED.open, EXCLUDED.high, EXCLUDED.low, EXCLUDED.close, EXCLUDED.volume)
"""


def run() -> dict[str, Any]:
    """Measure, and return the result in the shape all benchmarks share."""
    days, what = _days()
    with bench_server() as server:
        return {"bench": "ingest", "rows": asyncio.run(_measured(server.new(), days, what))}


async def _measured(url: str, days: list[list[Candle]], what: str) -> list[dict[str, Any]]:
    symbols = sorted({candle.bar.symbol for day in days for candle in day})
    hand: asyncpg.Connection[Any] = await asyncpg.connect(asyncpg_url(url))
    try:
        await hand.execute(_STAGE)
        async with CandleStore.open(url, Environment.REAL, symbols) as store:
            warm, *rest = days
            await _in_turns(store, hand, [warm])
            fresh = await _in_turns(store, hand, rest)
            again = await _in_turns(store, hand, rest)
            corrected = await _in_turns(store, hand, [_corrected(day) for day in rest])
            minutes = [minute for day in rest[:2] for minute in _minutes(day)]
            await hand.execute("TRUNCATE stock_candles")
            small = await _in_turns(store, hand, minutes, in_groups_of=60)
    finally:
        await hand.close(timeout=5)
    return [
        row(f"new {what}, a day at a time", *fresh, "by hand", _MUST),
        row("the same again", *again, "by hand", _MUST),
        row("every one corrected", *corrected, "by hand", _MUST),
        row("new, a minute of all symbols at a time", *small, "by hand", _MUST),
    ]


async def _in_turns(
    store: CandleStore,
    hand: "asyncpg.Connection[Any]",
    batches: list[list[Candle]],
    in_groups_of: int = 1,
) -> tuple[list[float], list[float]]:
    """Return rows a second of ours and by hand, group by group of batches."""
    mine: list[float] = []
    others: list[float] = []
    for first in range(0, len(batches), in_groups_of):
        group = batches[first : first + in_groups_of]
        rows = [[_by_hand(candle) for candle in batch] for batch in group]
        count = sum(len(batch) for batch in group)

        async def ours(group: list[list[Candle]] = group) -> None:
            for candles in group:
                await store.write(candles, [])

        async def theirs(rows: list[list[tuple[object, ...]]] = rows) -> None:
            for batch in rows:
                async with hand.transaction():
                    await hand.copy_records_to_table("by_hand", records=batch, columns=_COLUMNS)
                    await hand.execute(_UPSERT)

        turns: list[tuple[Callable[[], Awaitable[None]], list[float]]]
        turns = [(ours, mine), (theirs, others)]
        for work, rates in turns if len(mine) % 2 else turns[::-1]:
            began = perf_counter()
            await work()
            rates.append(count / (perf_counter() - began))
    return mine, others


def _by_hand(candle: Candle) -> tuple[object, ...]:
    bar = candle.bar
    return (
        bar.symbol, "sim", bar.venue, to_kst_naive(bar.start_ns), bar.open_krw, bar.high_krw,
        bar.low_krw, bar.close_krw, bar.volume, bar.value_krw, candle.source,
        to_kst_naive(candle.received_ns), bar_session(bar.venue, bar.start_ns),
    )  # fmt: skip


def _corrected(day: list[Candle]) -> list[Candle]:
    return [
        Candle(
            Bar(b.symbol, b.venue, b.start_ns, b.open_krw, b.high_krw, b.low_krw, b.close_krw,
                b.volume + 1, b.value_krw),
            "rest", candle.received_ns,
        )
        for candle in day for b in (candle.bar,)
    ]  # fmt: skip


def _minutes(day: list[Candle]) -> list[list[Candle]]:
    found: dict[int, list[Candle]] = {}
    for candle in day:
        found.setdefault(candle.bar.start_ns, []).append(candle)
    return [found[start] for start in sorted(found)]


def _days() -> tuple[list[list[Candle]], str]:
    folder = Path(os.environ.get("KST_DATA") or _ROOT.parent / "shared" / "data") / "bars_1m"
    if folder.is_dir():
        return _real(folder), "real candles"
    return [_generated(date(2025, 9, 1) + timedelta(n), n) for n in range(_DAYS)], "candles"


def _real(folder: Path) -> list[list[Candle]]:
    import polars as pl

    bars = pl.read_parquet(sorted(folder.glob("krx_1m_*.parquet"))[0])
    days: dict[date, list[Candle]] = {}
    wanted = set(bars["ts"].dt.date().unique().sort()[:_DAYS])
    for symbol, ts, o, h, low, c, volume in bars.select(
        "symbol", "ts", "open", "high", "low", "close", "volume"
    ).iter_rows():
        if ts.date() in wanted:
            start_ns = midnight_ns(ts.date()) + (ts.hour * 60 + ts.minute) * MINUTE_NS
            candle = Candle(Bar(symbol, "KRX", start_ns, o, h, low, c, volume), "ticks", start_ns)
            days.setdefault(ts.date(), []).append(candle)
    return [days[day] for day in sorted(days)]


def _generated(day: date, seed: int) -> list[Candle]:
    chance = random.Random(seed)
    made = []
    for symbol in range(_SYMBOLS):
        price = 20_000 + symbol * 700
        for minute in range(390):
            price += chance.randrange(-2, 3) * 100
            start_ns = midnight_ns(day) + (540 + minute) * MINUTE_NS
            bar = Bar(f"{symbol * 10:06d}", "KRX", start_ns, price, price + 100, price - 100,
                      price, chance.randrange(9_000), price * 1_000)  # fmt: skip
            made.append(Candle(bar, "ticks", start_ns + MINUTE_NS))
    return made
