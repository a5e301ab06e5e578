"""What a run left in PostgreSQL and in its folder, read back for the report. Asks, never writes."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import asyncpg

from kis_core.postgres import asyncpg_url


@dataclass(frozen=True)
class Findings:
    """The run's own records. Timestamps are KST without a zone, as stored."""

    candles: dict[str, list[tuple[datetime, int, int, int, int, int]]]
    candle_sources: dict[str, int]
    intents: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    executions: list[dict[str, Any]]
    allocations: dict[str, int]
    trades: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    audit_rows: int
    audit_faults: int
    funnel: dict[str, Any]
    explained: list[dict[str, Any]]


async def read_findings(url: str, home: Path, day: str) -> Findings:
    """Read everything the report needs."""
    connection = await asyncpg.connect(asyncpg_url(url), timeout=10)
    on = date.fromisoformat(day)
    try:

        async def rows(statement: str, *values: Any) -> list[dict[str, Any]]:
            return [dict(row) for row in await connection.fetch(statement, *values)]

        candles: dict[str, list[tuple[datetime, int, int, int, int, int]]] = {}
        for row in await connection.fetch(
            "SELECT symbol, ts, open, high, low, close, volume FROM stock_candles"
            " WHERE ts::date = $1 ORDER BY symbol, ts",
            on,
        ):
            candles.setdefault(row["symbol"], []).append(tuple(row)[1:])
        sources = await rows(
            "SELECT source, count(*) AS n FROM stock_candles WHERE ts::date = $1 GROUP BY source",
            on,
        )
        held = await rows(
            "SELECT symbol, sum(shares)::bigint AS n FROM allocations GROUP BY symbol"
        )
        return Findings(
            candles,
            {row["source"]: row["n"] for row in sources},
            await rows("SELECT * FROM intents ORDER BY seq"),
            await rows("SELECT * FROM orders ORDER BY seq"),
            await rows("SELECT * FROM executions ORDER BY seq"),
            {row["symbol"]: row["n"] for row in held if row["n"]},
            await rows("SELECT * FROM trades ORDER BY seq"),
            await rows("SELECT * FROM market_gaps ORDER BY from_at"),
            await connection.fetchval("SELECT count(*) FROM oms_events"),
            await connection.fetchval("SELECT count(*) FROM audit_faults"),
            *_strategy_files(home, day),
        )
    finally:
        await connection.close()


def _strategy_files(home: Path, day: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    funnels: dict[str, Any] = {}
    explained: list[dict[str, Any]] = []
    for file in sorted(home.glob(f"strategies/*/{day}.funnel.json")):
        funnels[file.parent.name] = json.loads(file.read_text(encoding="utf-8"))
    for file in sorted(home.glob(f"strategies/*/{day}.trades.json")):
        explained += json.loads(file.read_text(encoding="utf-8"))["trades"]
    return funnels, explained
