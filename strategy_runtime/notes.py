"""A strategy's notes and funnel as rows of PostgreSQL. Pure; the tables are of revision 0010.

A row begins with the note's key: strategy_id, environment, trade_date, seq, place. Instants are KST
without a zone, lists and mappings are JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from kis_core.environment import Environment
from kis_core.postgres import to_kst_naive
from strategy_runtime.contract import (
    Entered,
    Fact,
    Lenient,
    Missed,
    Note,
    Reduced,
    RoundTrip,
    Session,
    TradingDay,
)

KEY = "strategy_id, environment, trade_date, seq, place"
COLUMNS: Mapping[str, str] = {
    "strategy_entries": "at, rules_hash, trip_id, symbol, sector, setup, shares, entry_krw,"
    " stop_krw, signal_id, strength, adopted, factors, filters, sizing, portfolio, latency_ms",
    "strategy_reductions": "at, rules_hash, trip_id, symbol, shares, shares_left, reason",
    "strategy_exits": "at, rules_hash, trip_id, symbol, sector, setup, entered_at, shares,"
    " entry_krw, exit_krw, stop_krw, entry_reason, exit_reason, costs_krw, realised_krw, risk_krw,"
    " r_net, mfe_krw, mae_krw, mfe_r, mae_r, facts",
    "strategy_missed": "at, rules_hash, symbol, setup, blocked_by, reason, maturity, strength,"
    " price_krw, stop_krw, target_krw, filters, blocking",
    "strategy_would_block": "at, rules_hash, symbol, reason, actual, strict",
}
"""What follows the key in each table of notes."""


def insert(table: str) -> str:
    """Return the statement that adds a note's row, and changes nothing where it is there."""
    columns = f"{KEY}, {COLUMNS[table]}"
    marks = ", ".join(f"${number}" for number in range(1, columns.count(",") + 2))
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO NOTHING"


def row_of(note: Note, rules_hash: str) -> tuple[str, tuple[Any, ...]] | None:
    """Return a note's table and its values behind the key; None for what is only a log line."""
    match note:
        case Entered():
            return "strategy_entries", (
                to_kst_naive(note.at_ns), rules_hash, note.trip_id, note.symbol, note.sector,
                note.setup, note.shares, note.entry_krw, note.stop_krw, note.signal_id,
                note.strength, note.adopted, _structs(note.factors), _structs(note.filters),
                _facts(note.sizing), _facts(note.portfolio), _facts(note.latency_ms),
            )  # fmt: skip
        case Reduced():
            return "strategy_reductions", (
                to_kst_naive(note.at_ns), rules_hash, note.trip_id, note.symbol, note.shares,
                note.left, note.reason,
            )  # fmt: skip
        case RoundTrip():
            return "strategy_exits", (
                to_kst_naive(note.exited_ns), rules_hash, note.trip_id, note.symbol, note.sector,
                note.setup, to_kst_naive(note.entered_ns), note.shares, note.entry_krw,
                note.exit_krw, note.stop_krw, note.entry_reason, note.exit_reason, note.costs_krw,
                note.realised_krw, note.risk_krw, note.r_net, note.mfe_krw, note.mae_krw,
                note.mfe_r, note.mae_r, _facts(note.facts),
            )  # fmt: skip
        case Missed():
            return "strategy_missed", (
                to_kst_naive(note.at_ns), rules_hash, note.symbol, note.setup, note.blocked_by,
                note.reason, note.maturity, note.strength, note.price_krw, note.stop_krw,
                note.target_krw, _structs(note.filters), _json(note.blocking),
            )  # fmt: skip
        case Lenient():
            return "strategy_would_block", (
                to_kst_naive(note.at_ns), rules_hash, note.symbol, note.reason,
                _json_or_none(note.actual), _json_or_none(note.strict),
            )  # fmt: skip
    return None


def sessions_of(day: TradingDay, environment: Environment) -> list[tuple[Any, ...]]:
    """Return rows of market_sessions: the day's session and those before it."""
    market = "sim" if environment is Environment.SIM else "real"
    return [_session(market, session) for session in (*day.past, day.session)]


def _session(market: str, session: Session) -> tuple[Any, ...]:
    opens, closes = to_kst_naive(session.open_ns), to_kst_naive(session.close_ns)
    return market, date.fromisoformat(session.date), opens, closes


@dataclass(frozen=True, slots=True)
class FunnelWord:
    """What a strategy said of its day's gates. `seq` turns had been decided by then."""

    as_of: datetime  # KST without a zone
    seq: int
    gates: tuple[tuple[str, int, int, int], ...]  # gate, reached, passed, stopped
    mode: str | None
    problems: str
    health: str
    stopped: str
    rest: str = field(repr=False)


def funnel_word(content: Mapping[str, Any]) -> FunnelWord:
    """Read `<date>.funnel.json`. Gates and health are there where the strategy has them.

    Raises KeyError, TypeError or ValueError where the content is of another shape.
    """
    rest = dict(content)
    as_of = datetime.fromisoformat(rest.pop("as_of"))
    gates = tuple(
        (str(gate["gate"]), int(gate["reached"]), int(gate["passed"]), int(gate["stopped"]))
        for gate in rest.pop("gates", ())
    )
    health = dict(rest.pop("health", {}))
    problems = health.pop("problems", [])
    return FunnelWord(
        to_kst_naive(as_of),
        int(rest["shell"]["turns"]),
        gates,
        rest.pop("mode", None),
        _json(problems),
        _json(health),
        _json(rest.pop("stopped", {})),
        _json(rest),
    )


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _json_or_none(value: Fact) -> str | None:
    return None if value is None else _json(value)


def _facts(facts: Iterable[tuple[str, Fact]]) -> str:
    return _json(dict(facts))


def _structs(many: Iterable[msgspec.Struct]) -> str:
    return _json([msgspec.structs.asdict(one) for one in many])
