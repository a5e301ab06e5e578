"""Candles, gaps and signals in PostgreSQL: COPY into a temporary table, then one UPSERT for all.

Times become naive KST in `candle_rows` and `naive`. Writing the same rows twice changes nothing, so
whoever is not sure whether a batch was written writes it again.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from typing import Any

import asyncpg
import msgspec

from collector.candle_rows import COLUMNS, packed
from collector.journal import DayVerified, FindingsCounted, SignalsHeard
from kis_core.environment import Environment
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Bar, Gap, Market
from kis_core.market.instants import date_of
from kis_core.market.sessions import bar_session
from kis_core.postgres import asyncpg_url, to_kst_naive

SOURCE = "kis"
_CONNECT_S = 10.0
_COMMAND_S = 60.0
_AT_ONCE = 8_192  # candles packed while the server works on those before
_STAGE = """
CREATE TEMPORARY TABLE IF NOT EXISTS arrived_candles (LIKE stock_candles INCLUDING DEFAULTS)
ON COMMIT DELETE ROWS
"""
_NAMES = ", ".join(COLUMNS)
_UPSERT = f"""
INSERT INTO stock_candles AS known ({_NAMES}) SELECT {_NAMES} FROM arrived_candles
ON CONFLICT (symbol, environment, venue, ts) DO UPDATE SET
    open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low, close = EXCLUDED.close,
    volume = EXCLUDED.volume, value = COALESCE(EXCLUDED.value, known.value),
    source = EXCLUDED.source, received_at = EXCLUDED.received_at, session = EXCLUDED.session
WHERE (known.open, known.high, known.low, known.close, known.volume)
    IS DISTINCT FROM (EXCLUDED.open, EXCLUDED.high, EXCLUDED.low, EXCLUDED.close, EXCLUDED.volume)
"""
GAP_UPSERT = """
INSERT INTO market_gaps AS known
    (environment, source, symbol, from_at, to_at, reason, filled_at, candles_filled, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (environment, source, symbol, from_at) DO UPDATE SET
    to_at = COALESCE(EXCLUDED.to_at, known.to_at),
    filled_at = COALESCE(EXCLUDED.filled_at, known.filled_at),
    candles_filled = COALESCE(EXCLUDED.candles_filled, known.candles_filled)
"""
_DAY = """
INSERT INTO verified_days
    (environment, source, trade_date, symbol, opens, closes, slots, candles, quiet, unsettled,
     outside, quiet_run, state, verified_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (environment, source, trade_date, symbol) DO UPDATE SET
    opens = EXCLUDED.opens, closes = EXCLUDED.closes, slots = EXCLUDED.slots,
    candles = EXCLUDED.candles, quiet = EXCLUDED.quiet, unsettled = EXCLUDED.unsettled,
    outside = EXCLUDED.outside, quiet_run = EXCLUDED.quiet_run, state = EXCLUDED.state,
    verified_at = EXCLUDED.verified_at
"""
_FINDING = """
INSERT INTO market_findings AS known
    (environment, source, trade_date, venue, symbol, kind, count, first_at, last_at, example,
     recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (environment, source, trade_date, venue, symbol, kind) DO UPDATE SET
    count = EXCLUDED.count, first_at = LEAST(EXCLUDED.first_at, known.first_at),
    last_at = GREATEST(EXCLUDED.last_at, known.last_at), recorded_at = EXCLUDED.recorded_at
WHERE EXCLUDED.count > known.count
"""
_SIGNAL = """
INSERT INTO signals
    (environment, strategy_id, symbol, name, ts, signal, figures, reason, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (environment, strategy_id, symbol, name, ts) DO UPDATE SET
    signal = EXCLUDED.signal, figures = EXCLUDED.figures, reason = EXCLUDED.reason,
    recorded_at = EXCLUDED.recorded_at
"""


@dataclass(frozen=True, slots=True)
class Candle:
    """A candle, where it came from, and when it reached us."""

    bar: Bar
    source: str  # ticks, rest or verified
    received_ns: int


@dataclass(frozen=True, slots=True)
class GapRow:
    """A gap, open or closed, and what filled it."""

    gap: Gap
    filled_ns: int | None = None
    candles_filled: int | None = None


class CandleStore:
    """One connection to the database the candles live in."""

    def __init__(
        self,
        connection: "asyncpg.Connection[Any]",
        environment: Environment,
        calendar: TradingCalendar | None,
        source: str = SOURCE,
    ) -> None:
        self._connection = connection
        self._source = source
        self._calendar = calendar
        # Candles are the market's: trading on paper sees the same ones as trading for real.
        self._environment = "sim" if environment is Environment.SIM else "real"
        self._traded_in = environment.value  # signals are a strategy's, which trades in one

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        url: str,
        environment: Environment,
        symbols: Sequence[str],
        calendar: TradingCalendar | None = None,
        source: str = SOURCE,
    ) -> "AsyncIterator[CandleStore]":
        """Connect, and make the partitions of `symbols` that are missing.

        Without `calendar`, KRX's own says whose session a candle is.
        """
        connection = await asyncpg.connect(
            asyncpg_url(url), timeout=_CONNECT_S, command_timeout=_COMMAND_S
        )
        try:
            store = cls(connection, environment, calendar, source)
            await store.ensure(symbols)
            await connection.execute(_STAGE)
            yield store
        finally:
            await connection.close(timeout=5)

    async def ensure(self, symbols: Sequence[str]) -> None:
        """Make the partitions of `symbols` that are missing."""
        await self._connection.execute("SELECT ensure_candle_partitions($1)", list(symbols))

    async def write(
        self,
        candles: Sequence[Candle],
        gaps: Sequence[GapRow],
        days: Sequence[DayVerified] = (),
    ) -> None:
        """Write all of them or none. Of candles of one minute the last counts."""
        async with self._connection.transaction():
            await self._upsert(candles)
            if gaps:
                await self._connection.executemany(
                    GAP_UPSERT, [gap_values(gap, self._environment, self._source) for gap in gaps]
                )
            for day in days:
                await self._connection.executemany(_DAY, self._day(day))

    async def write_findings(self, day: date, counted: Sequence[FindingsCounted]) -> None:
        """Write a day's totals; of one finding the newest counts, and none ever falls."""
        newest = {(e.source, *f.key): (e, f) for e in counted for f in e.findings}
        rows = [
            (
                self._environment, entry.source, day, f.venue, f.symbol, f.kind, f.count,
                naive(f.first_ns), naive(f.last_ns), f.example, naive(entry.at_ns),
            )
            for entry, f in newest.values()
        ]  # fmt: skip
        async with self._connection.transaction():
            await self._connection.executemany(_FINDING, rows)

    async def write_signals(self, heard: Sequence[SignalsHeard]) -> None:
        """Write what was signalled, oldest first: the last word counts."""
        rows = [
            (
                self._traded_in, one.strategy_id, one.symbol, one.name, naive(one.at_ns),
                one.value, msgspec.json.encode(one.values).decode(), one.reason,
                naive(entry.at_ns),
            )
            for entry in heard
            for one in entry.signals
        ]  # fmt: skip
        async with self._connection.transaction():
            await self._connection.executemany(_SIGNAL, rows)

    async def _upsert(self, candles: Sequence[Candle]) -> None:
        pieces = (
            packed(candles[first : first + _AT_ONCE], self._environment, self._session)
            for first in range(0, len(candles), _AT_ONCE)
        )
        rows = next(pieces, None)
        while rows is not None:
            await self._connection.copy_to_table(
                "arrived_candles", source=BytesIO(rows), columns=COLUMNS, format="binary"
            )
            upsert = asyncio.create_task(self._connection.execute(_UPSERT))
            await asyncio.sleep(0)  # it is on its way: the server works while we pack the next
            try:
                rows = next(pieces, None)
            finally:
                await upsert
            if rows is not None:
                await self._connection.execute("TRUNCATE arrived_candles")

    def _session(self, venue: Market, start_ns: int) -> str:
        if venue == "UN":
            raise ValueError("a candle of both venues as one: expected one of KRX, NXT")
        return bar_session(venue, start_ns, self._calendar)

    def _day(self, day: DayVerified) -> list[tuple[object, ...]]:
        at = naive(day.at_ns)
        hours = (naive(day.opens_ns), naive(day.closes_ns))
        return [
            (
                self._environment,
                SOURCE,
                date_of(day.opens_ns),
                row.symbol,
                *hours,
                row.slots,
                row.candles,
                row.quiet,
                row.unsettled,
                row.outside,
                row.quiet_run,
                row.state,
                at,
            )
            for row in day.symbols
        ]


def gap_values(row: GapRow, environment: str, source: str) -> tuple[object, ...]:
    """Return a gap as GAP_UPSERT takes it."""
    gap = row.gap
    return (
        environment,
        source,
        gap.symbol or "*",
        naive(gap.from_ns),
        naive(gap.to_ns),
        gap.reason,
        naive(row.filled_ns),
        row.candles_filled,
        naive(row.filled_ns or gap.to_ns or gap.from_ns),
    )


def naive(at_ns: int | None) -> datetime | None:
    """Return the instant as the database keeps it: KST without a zone."""
    return None if at_ns is None else to_kst_naive(at_ns)
