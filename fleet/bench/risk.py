"""`kst bench risk`: all controls on one entry, beside the same comparisons written inline."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from kis_core.clock import SECOND_NS
from kis_core.market.ticks import is_on_tick
from kis_core.wire.account import Balance, BuyingPower
from oms.core import gate, risk
from oms.core import records as r
from oms.core.book import Book
from oms.core.decide import turn
from oms.core.entry import Entry
from oms.settings import limits_hash, load_settings

AT_NS = 1_763_598_600 * SECOND_NS  # Thursday 2025-11-20 09:30 KST
SYMBOL = "005930"
ROUNDS = 25
CALLS = 4_000
US_MAX = 3.0
RATIO_MIN = 0.3


def run() -> dict[str, Any]:
    """Measure and return the rows."""
    book = loaded_book()
    wish = gate.Wish("KMP", SYMBOL, 10, 70_000, 68_000)
    quote = r.Quote(SYMBOL, 70_000, AT_NS, AT_NS, 70_100, 70_000, 70_000, "KOSPI", volume=1_000_000)
    entry = gate.prepared(book, wish, quote, AT_NS)
    if risk.evaluate(entry) or inline(entry):
        raise AssertionError(f"the entry should pass: {risk.explained(entry)}")
    ours, yard, whole = [], [], []
    for _ in range(ROUNDS):  # in turns, so that both meet the same machine
        yard.append(microseconds(lambda: inline(entry)))
        ours.append(microseconds(lambda: risk.evaluate(entry)))
        whole.append(microseconds(lambda: gate.rule(book, wish, quote, AT_NS)))
    yardstick = statistics.median(yard)
    controls = len(risk.STATE) + len(risk.SHRINKING) + len(risk.CAPS)
    return {
        "bench": "risk",
        "rows": [
            row(f"{controls} controls on one entry", ours, yardstick, US_MAX, RATIO_MIN),
            row(
                "the whole gate: view from the book, controls, ruling", whole, yardstick, None, None
            ),
        ],
    }


def row(
    name: str, times: list[float], yardstick: float, us_max: float | None, ratio_min: float | None
) -> dict[str, Any]:
    """Return one line of the result; without limits it is told, not judged."""
    median = statistics.median(times)
    ratio = yardstick / median
    holds = (us_max is None or median <= us_max) and (ratio_min is None or ratio >= ratio_min)
    return {
        "name": name,
        "median": median,
        "min": min(times),
        "max": max(times),
        "unit": "us",
        "yardstick": f"inline {yardstick:.2f} us",
        "ratio": ratio,
        "must": "" if us_max is None else f"<= {us_max:g} us and >= {ratio_min:g}x",
        "holds": holds,
    }


def microseconds(call: Callable[[], object]) -> float:
    """Return the time of one call, the loop's own cost taken off."""
    numbers = range(CALLS)
    start = time.perf_counter_ns()
    for _ in numbers:
        call()
    spent = time.perf_counter_ns() - start
    start = time.perf_counter_ns()
    for _ in numbers:
        _nothing()
    return (spent - (time.perf_counter_ns() - start)) / CALLS / 1_000


def _nothing() -> None:
    """What a measured lambda costs before it does anything."""


def loaded_book() -> Book:
    """Return a book with an ordinary account in an ordinary session, under the committed limits."""
    _, limits = load_settings()
    book = Book()
    started = r.Started(
        at_ns=AT_NS,
        oms_id="bench",
        environment="sim",
        version="bench",
        limits=limits,
        limits_hash=limits_hash(limits),
    )
    balance = Balance((), 100_000_000, 100_000_000, 100_000_000, 100_000_000, 0)
    power = BuyingPower(100_000_000, 100_000_000, 0)
    turn(book, started)
    turn(book, _alive())
    turn(book, r.BalanceRead(at_ns=AT_NS, asked_ns=AT_NS, balance=balance))
    turn(book, r.BuyingPowerRead(at_ns=AT_NS, asked_ns=AT_NS, power=power))
    assert book.date is not None
    turn(book, r.HistoryRead(at_ns=AT_NS, asked_ns=AT_NS, date=book.date, rows=()))
    return book


def _alive() -> r.HeartbeatHeard:
    return r.HeartbeatHeard(
        at_ns=AT_NS,
        strategy_id="KMP",
        mode="RUNNING",
        symbols_hot=0,
        symbols_warm=0,
        symbols_cold=0,
        positions=0,
        last_error=None,
        version=None,
    )


def inline(e: Entry) -> bool:
    """Compare what the controls compare, in one expression; True is a refusal."""
    return bool(
        e.equity_krw is None
        or e.equity_krw <= 0
        or e.safe_mode
        or e.flattening
        or e.halted
        or e.killed
        or e.paused
        or e.frozen
        or e.symbol_halted
        or e.open_ns is None
        or e.stop_entries_ns is None
        or e.at_ns < e.open_ns
        or e.at_ns >= e.stop_entries_ns
        or e.at_ns < e.cooldown_until_ns
        or e.at_ns < e.orders_free_ns
        or e.at_ns < e.own_orders_free_ns
        or e.at_ns < e.messages_free_ns
        or e.at_ns < e.repeats_free_ns
        or e.beat_ns < e.beat_fresh_from_ns
        or (e.lock_owner is not None and e.lock_owner != e.strategy_id)
        or e.own_buying
        or (e.held and not e.may_add)
        or e.unsettled
        or not e.has_budget
        or (e.holding_new and e.occupied_left <= 0)
        or (e.names_left <= 0 and not e.held)
        or e.stop_krw < 1
        or e.stop_krw >= e.limit_krw
        or not is_on_tick(e.limit_krw)
        or e.shares < 1
        or e.shares > e.order_shares_max
        or e.last_krw is None
        or e.quote_ns < e.quote_fresh_from_ns
        or e.market_halted
        or e.in_auction
        or (e.states and any(state in e.blocked_states for state in e.states))
        or e.limit_krw > e.collar_krw
        or e.lower_krw is None
        or e.upper_krw is None
        or not e.lower_krw <= e.limit_krw <= e.upper_krw
        or (
            e.spread_bp_max is not None and (e.bid_ask_bp is None or e.bid_ask_bp > e.spread_bp_max)
        )
        or e.balance_ns < e.balance_fresh_from_ns
        or e.daily_pnl_krw is None
        or e.daily_pnl_krw <= e.warn_krw
        or (e.strategy_floor_krw is not None and e.strategy_pnl_krw <= e.strategy_floor_krw)
        or e.shares * e.unit_krw > e.position_cap_krw - e.position_krw
        or e.shares * (e.limit_krw - e.stop_krw) > e.risk_krw
        or e.shares * e.unit_krw > e.capital_krw - e.strategy_krw
        or (e.participates and (e.volume_room is None or e.shares > e.volume_room))
        or e.cash_krw is None
        or e.shares * e.unit_krw * (1_000_000 + e.commission_ppm) > e.cash_krw * 1_000_000
        or e.shares * e.limit_krw > e.order_value_krw_max
        or e.gross_krw + e.shares * e.unit_krw > e.gross_cap_krw
        or (e.net_cap_krw is not None and e.net_krw + e.shares * e.unit_krw > e.net_cap_krw)
        or e.regime_cap_krw is None
        or e.gross_krw + e.shares * e.unit_krw > e.regime_cap_krw
        or (
            e.drawdown_cap_krw is not None
            and e.gross_krw + e.shares * e.unit_krw > e.drawdown_cap_krw
        )
        or (e.sector is None and e.sector_blocks)
        or (e.sector is not None and e.sector_krw + e.shares * e.unit_krw > e.sector_cap_krw)
    )
