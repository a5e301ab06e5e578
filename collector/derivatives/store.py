"""Contracts in PostgreSQL: COPY into a temporary table, then one UPSERT for all of it.

Writing the same rows twice changes nothing. Partitions are made once a connection, before the first
row that needs one. Times become naive KST through `collector.store.naive`.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from collector.derivatives.board import ChainRow
from collector.derivatives.rolls import Roll
from collector.store import GAP_UPSERT, GapRow, gap_values, naive
from kis_core.clock import ns
from kis_core.environment import Environment
from kis_core.market.derivative_sessions import SessionName
from kis_core.market.derivatives import contract_of
from kis_core.market.events import Gap
from kis_core.postgres import asyncpg_url, from_kst_naive, to_kst_naive
from kis_core.wire.derivatives.derivative_quotes import DerivativeBar

SOURCE = "kis_derivatives"
_CONNECT_S = 10.0
_COMMAND_S = 60.0
_CANDLE_COLUMNS = (
    "product", "symbol", "environment", "session", "ts", "open", "high", "low", "close", "volume",
    "value", "source", "received_at",
)  # fmt: skip
_CHAIN_COLUMNS = (
    "board", "environment", "ts", "symbol", "cp", "strike", "underlying", "price", "bid", "ask",
    "volume", "open_interest", "iv", "delta", "gamma", "theta", "vega", "rho", "theoretical",
    "atm_class", "own_iv", "own_delta", "own_gamma", "own_theta", "own_vega", "received_at",
)  # fmt: skip


def _stage(parent: str) -> str:
    return (
        f"CREATE TEMPORARY TABLE IF NOT EXISTS arrived_{parent} (LIKE {parent}) "
        "ON COMMIT DELETE ROWS"
    )


def _upsert_candles(parent: str) -> str:
    return f"""
INSERT INTO {parent} AS known SELECT * FROM arrived_{parent}
ON CONFLICT (product, symbol, environment, session, ts) DO UPDATE SET
    open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low, close = EXCLUDED.close,
    volume = EXCLUDED.volume, value = COALESCE(EXCLUDED.value, known.value),
    source = EXCLUDED.source, received_at = EXCLUDED.received_at
WHERE (known.open, known.high, known.low, known.close, known.volume)
    IS DISTINCT FROM (EXCLUDED.open, EXCLUDED.high, EXCLUDED.low, EXCLUDED.close, EXCLUDED.volume)
"""


_KEY = ("board", "environment", "ts", "symbol")
_CHAIN_UPSERT = f"""
INSERT INTO option_chains SELECT * FROM arrived_option_chains
ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET
    {", ".join(f"{name} = EXCLUDED.{name}" for name in _CHAIN_COLUMNS if name not in _KEY)}
"""
_ROLL_UPSERT = """
INSERT INTO contract_rolls AS known
    (environment, product, trade_date, front, next, last_day, source)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (environment, product, trade_date) DO UPDATE SET
    front = EXCLUDED.front, next = EXCLUDED.next, last_day = EXCLUDED.last_day,
    source = EXCLUDED.source
"""
FUTURES, OPTIONS = "futures_candles", "option_candles"


@dataclass(frozen=True, slots=True)
class ContractCandle:
    """A contract's candle, where it came from, and when it reached us."""

    bar: DerivativeBar
    session: SessionName
    source: str  # rest, or verified once its session is over
    received_ns: int

    @property
    def table(self) -> str:
        """Return the table it belongs to. Raises CodeError for what is no contract."""
        return _table(self.bar.code)


class DerivativeStore:
    """One connection to the database that contracts are kept in."""

    def __init__(self, connection: "asyncpg.Connection[Any]", environment: Environment) -> None:
        self._connection = connection
        # The market's, as stocks' candles are: paper sees the same as real.
        self._environment = "sim" if environment is Environment.SIM else "real"
        self._products: set[str] = set()
        self._boards: set[str] = set()

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, environment: Environment) -> "AsyncIterator[DerivativeStore]":
        """Connect."""
        connection = await asyncpg.connect(
            asyncpg_url(url), timeout=_CONNECT_S, command_timeout=_COMMAND_S
        )
        try:
            for parent in (FUTURES, OPTIONS, "option_chains"):
                await connection.execute(_stage(parent))
            yield cls(connection, environment)
        finally:
            await connection.close(timeout=5)

    async def write_candles(self, candles: Iterable[ContractCandle]) -> None:
        """Write all of them or none. Of candles of one minute the last counts."""
        newest = {(c.bar.code, c.session, c.bar.start_ns): c for c in candles}
        tables: dict[str, list[tuple[object, ...]]] = {}
        for key in sorted(newest):
            candle = newest[key]
            tables.setdefault(candle.table, []).append(self._candle(candle))
        products = {code[:3] for code, _, _ in newest}
        if missing := sorted(products - self._products):
            await self._connection.execute("SELECT ensure_contract_partitions($1)", missing)
            self._products |= products
        async with self._connection.transaction():
            for table, rows in tables.items():
                await self._copy(table, rows, _CANDLE_COLUMNS)
                await self._connection.execute(_upsert_candles(table))

    async def write_chain(self, rows: Sequence[ChainRow]) -> None:
        """Write the rows of captures, all or none."""
        boards = {row.board for row in rows}
        for board in sorted(boards - self._boards):
            await self._connection.execute("SELECT ensure_option_board($1)", board)
            self._boards.add(board)
        newest = {(row.board, row.minute_ns, row.symbol): row for row in rows}
        records = [self._chain(newest[key]) for key in sorted(newest)]
        async with self._connection.transaction():
            await self._copy("option_chains", records, _CHAIN_COLUMNS)
            await self._connection.execute(_CHAIN_UPSERT)

    async def write_rolls(self, rolls: Iterable[Roll]) -> None:
        """Write front months."""
        await self._connection.executemany(
            _ROLL_UPSERT,
            [
                (self._environment, r.product, r.trade_date, r.front, r.next, r.last_day, r.source)
                for r in rolls
            ],
        )

    async def write_gaps(self, gaps: Iterable[GapRow]) -> None:
        """Write gaps, open or closed."""
        rows = [gap_values(gap, self._environment, SOURCE) for gap in gaps]
        await self._connection.executemany(GAP_UPSERT, rows)

    async def candles(
        self, code: str, session: SessionName, first_ns: int, last_ns: int
    ) -> list[DerivativeBar]:
        """Return what is known of a contract's minutes first..last, both starts included."""
        rows = await self._connection.fetch(
            f"SELECT ts, open, high, low, close, volume, value FROM {_table(code)} "
            "WHERE product = $1 "
            "AND symbol = $2 AND environment = $3 AND session = $4 AND ts BETWEEN $5 AND $6 "
            "ORDER BY ts",
            code[:3],
            code,
            self._environment,
            session,
            to_kst_naive(first_ns),
            to_kst_naive(last_ns),
        )
        return [DerivativeBar(code, _ns(row[0]), *row[1:]) for row in rows]

    async def options_between(self, first_ns: int, last_ns: int) -> list[str]:
        """Return the options that have a day's candle from `first_ns` to before `last_ns`."""
        rows = await self._connection.fetch(
            "SELECT DISTINCT symbol FROM option_candles WHERE environment = $1 "
            "AND session = 'day' AND ts >= $2 AND ts < $3 ORDER BY symbol",
            self._environment,
            to_kst_naive(first_ns),
            to_kst_naive(last_ns),
        )
        return [row[0] for row in rows]

    async def unfilled(self, symbol: str, first_ns: int, last_ns: int) -> list[Gap]:
        """Return a symbol's closed gaps that began in first..last and await filling."""
        rows = await self._connection.fetch(
            "SELECT from_at, to_at, reason FROM market_gaps WHERE environment = $1 "
            "AND source = $2 AND symbol = $3 AND from_at BETWEEN $4 AND $5 "
            "AND to_at IS NOT NULL AND filled_at IS NULL ORDER BY from_at",
            self._environment,
            SOURCE,
            symbol,
            to_kst_naive(first_ns),
            to_kst_naive(last_ns),
        )
        return [Gap(symbol, _ns(row[0]), _ns(row[1]), row[2]) for row in rows]

    async def captures(self, first_ns: int, last_ns: int) -> set[tuple[str, int]]:
        """Return (board, minute) of the captures known of first..last, both included."""
        rows = await self._connection.fetch(
            "SELECT DISTINCT board, ts FROM option_chains WHERE environment = $1 "
            "AND ts BETWEEN $2 AND $3",
            self._environment,
            to_kst_naive(first_ns),
            to_kst_naive(last_ns),
        )
        return {(row[0], _ns(row[1])) for row in rows}

    async def _copy(
        self, table: str, rows: Sequence[tuple[object, ...]], columns: Sequence[str]
    ) -> None:
        await self._connection.copy_records_to_table(
            f"arrived_{table}", records=rows, columns=columns
        )

    def _candle(self, candle: ContractCandle) -> tuple[object, ...]:
        bar = candle.bar
        return (
            bar.code[:3],
            bar.code,
            self._environment,
            candle.session,
            naive(bar.start_ns),
            bar.open,
            bar.high,
            bar.low,
            bar.close,
            bar.volume,
            bar.value_krw,
            candle.source,
            naive(candle.received_ns),
        )

    def _chain(self, row: ChainRow) -> tuple[object, ...]:
        board, minute_ns, *figures, received_ns = row
        return (board, self._environment, naive(minute_ns), *figures, naive(received_ns))


def _table(code: str) -> str:
    """Return the table of a contract's candles. Raises CodeError for what is none: 105560."""
    return OPTIONS if contract_of(code).is_option else FUTURES


def _ns(stored: datetime) -> int:
    return ns(from_kst_naive(stored))
