"""Strategies' days as PostgreSQL tells them: gates, stops by time, would-block, data health."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import asyncpg

from fleet.funnel import Stopped
from kis_core.postgres import asyncpg_url

_PATIENCE_S = 10.0
_NEWEST = (
    "SELECT max(trade_date) FROM strategy_funnel_days WHERE $1::text IS NULL OR strategy_id = $1"
)
_DAYS = (
    "SELECT strategy_id, environment, as_of, mode, rules_hash, problems, stopped"
    " FROM strategy_funnel_days WHERE trade_date = $1 AND ($2::text IS NULL OR strategy_id = $2)"
    " ORDER BY strategy_id, environment"
)
_GATES = (
    "SELECT gate, reached, passed, stopped, passed_pct, left_pct FROM gate_funnel"
    " WHERE trade_date = $1 AND strategy_id = $2 AND environment = $3 ORDER BY position"
)
_BLOCKS = (
    "SELECT reason, symbols FROM would_block_daily"
    " WHERE trade_date = $1 AND strategy_id = $2 AND environment = $3 ORDER BY symbols DESC, reason"
)


class NoSuchDay(Exception):
    """The database has no funnel of that day. The message is for the operator."""


@dataclass(frozen=True)
class Gate:
    """One gate, in symbols. Percentages are of those who reached it, and of the universe."""

    gate: str
    reached: int
    passed: int
    stopped: int
    passed_pct: float | None
    left_pct: float | None


@dataclass(frozen=True)
class FunnelDay:
    """One strategy's day."""

    strategy: str
    environment: str
    on: date
    as_of: datetime  # KST without a zone
    mode: str | None
    rules_hash: str
    problems: tuple[str, ...]
    gates: tuple[Gate, ...]
    stopped: tuple[Stopped, ...]
    would_block: Mapping[str, int]  # reason → symbols

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "strategy": self.strategy,
            "environment": self.environment,
            "date": self.on.isoformat(),
            "as_of": f"{self.as_of.isoformat(timespec='seconds')}+09:00",
            "mode": self.mode,
            "rules_hash": self.rules_hash,
            "problems": list(self.problems),
            "gates": [vars(gate) for gate in self.gates],
            "stopped": {
                each.gate: {"symbols": each.symbols, "by_time": dict(each.by_time)}
                for each in self.stopped
            },
            "would_block": dict(self.would_block),
        }


async def funnel_days(url: str, on: date | None, strategy: str | None) -> Sequence[FunnelDay]:
    """Return each strategy's funnel of a day, the newest day where none is named.

    Raises NoSuchDay, and what the driver raises while the database is away.
    """
    connection = await asyncpg.connect(
        asyncpg_url(url), timeout=_PATIENCE_S, command_timeout=_PATIENCE_S
    )
    try:
        newest = await connection.fetchval(_NEWEST, strategy)
        whose = f"of {strategy}" if strategy else "of any strategy"
        if newest is None:
            raise NoSuchDay(
                f"no funnel {whose} in the database: a strategy ships it while it runs with"
                " DATABASE_URL"
            )
        found = await connection.fetch(_DAYS, on or newest, strategy)
        if not found:
            raise NoSuchDay(f"no funnel {whose} for {on}; the newest is of {newest}")
        return [await _day(connection, on or newest, row) for row in found]
    finally:
        await connection.close()


async def _day(connection: asyncpg.Connection, on: date, row: Mapping[str, Any]) -> FunnelDay:
    key = (on, row["strategy_id"], row["environment"])
    gates = [Gate(**dict(gate)) for gate in await connection.fetch(_GATES, *key)]
    blocks = {each["reason"]: each["symbols"] for each in await connection.fetch(_BLOCKS, *key)}
    stopped = (
        Stopped(gate, entry["symbols"], entry["by_time"])
        for gate, entry in json.loads(row["stopped"]).items()
    )
    return FunnelDay(
        row["strategy_id"],
        row["environment"],
        on,
        row["as_of"],
        row["mode"],
        row["rules_hash"],
        tuple(str(problem) for problem in json.loads(row["problems"])),
        tuple(gates),
        tuple(sorted(stopped, key=lambda each: (-each.symbols, each.gate))),
        blocks,
    )
