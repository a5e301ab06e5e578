"""From a request to buy to approve, defer or refuse: the view the controls read, and the sum of
their verdicts.

One gate for every path that buys (ENTER, SET_TARGET). It trusts the live quote and the book, not
the numbers a strategy brings.
"""

from dataclasses import dataclass

from kis_core.market import ticks
from oms.core import risk
from oms.core.book import SECOND_NS, Book
from oms.core.entry import Entry
from oms.core.records import Quote, Verdict

BP = 10_000


@dataclass(frozen=True, slots=True)
class Wish:
    """A buy a strategy wishes for."""

    strategy_id: str
    symbol: str
    shares: int
    limit_krw: int
    stop_krw: int
    spread_bp_max: float | None = None
    may_add: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate says. `shares` is what may be ordered; 0 unless approved."""

    shares: int
    trace: tuple[Verdict, ...]
    retry_at_ns: int | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The verdict that decided: the first refusal, else the first deferral; None: approved."""
        refusals = [v for v in self.trace if v.verdict == "refuse"]
        deferrals = [v for v in self.trace if v.verdict == "defer"]
        return next(iter(refusals + deferrals), None)


def rule(book: Book, wish: Wish, quote: Quote | None, at_ns: int) -> Ruling:
    """Return whether the wish may be ordered, and how much of it."""
    entry = prepared(book, wish, quote, at_ns)
    trace = risk.evaluate(entry)
    if not trace:
        return Ruling(entry.shares, trace)
    if all(v.verdict == "shrink" for v in trace):
        return Ruling(entry.shares, trace)
    retries = [v.retry_at_ns for v in trace if v.retry_at_ns is not None]
    return Ruling(0, trace, max(retries, default=None))


def prepared(book: Book, wish: Wish, quote: Quote | None, at_ns: int) -> Entry:
    """Lay what the controls compare side by side, so that none of them has to search."""
    limits = book.limits
    assert limits is not None, "no limits: the journal does not open with Started"
    listing = book.listing(wish.symbol)
    allocation = listing.allocations.get(wish.strategy_id)
    strategy = book.strategy(wish.strategy_id)
    budget = limits.budgets.get(wish.strategy_id)
    caps = book.caps
    equity = book.equity_krw

    e = Entry()
    e.at_ns = at_ns
    e.strategy_id = wish.strategy_id
    e.symbol = wish.symbol
    e.shares = wish.shares
    e.limit_krw = wish.limit_krw
    e.stop_krw = wish.stop_krw
    e.safe_mode = book.safe_mode
    e.flattening = book.flattening
    e.halted = book.halt_entries
    e.paused = strategy.paused
    e.frozen = listing.frozen
    e.symbol_halted = listing.halted

    e.open_ns = book.open_ns
    e.close_ns = book.close_ns
    auction = book.auction_ns
    e.stop_entries_ns = None if auction is None else auction - limits.closing_cancel_s * SECOND_NS
    e.cooldown_until_ns = listing.cooldown_until_ns
    e.lock_owner = listing.lock_owner
    e.lock_until_ns = listing.lock_until_ns

    e.held = allocation.shares if allocation else 0
    e.own_buying = allocation.buying if allocation else 0
    e.may_add = wish.may_add
    e.unsettled = bool(listing.allocations) and book.unsettled(wish.symbol, "BUY") is not None
    e.holding_new = not listing.occupied
    e.occupied_left = limits.positions_max - book.occupied

    base = quote.base_krw if quote else None
    if quote is None:
        e.last_krw = None
        e.quote_ns = 0
        e.market_halted = False
        e.collar_krw = wish.limit_krw
        e.bid_ask_bp = None
        e.unit_krw = wish.limit_krw
    else:
        e.last_krw = quote.price_krw
        e.quote_ns = quote.arrived_ns
        e.market_halted = quote.halted
        e.collar_krw = quote.price_krw * (BP + limits.collar_bp) // BP
        ask, bid = quote.ask_krw, quote.bid_krw
        e.bid_ask_bp = (ask - bid) * 2 * BP / (ask + bid) if ask and bid else None
        e.unit_krw = max(wish.limit_krw, quote.price_krw)
    e.quote_fresh_from_ns = at_ns - int(limits.quote_age_s_max * SECOND_NS)
    e.lower_krw, e.upper_krw = (None, None) if base is None else ticks.limits(base)
    e.spread_bp_max = _tighter(wish.spread_bp_max, limits.spread_bp_max)

    e.equity_krw = equity
    e.balance_ns = book.balance_ns or 0
    e.balance_fresh_from_ns = at_ns - int(limits.balance_age_s_max * SECOND_NS)
    e.daily_pnl_krw = book.daily_pnl_krw
    e.cash_krw = book.cash_krw
    e.commission_ppm = limits.commission_ppm
    e.order_shares_max = limits.order_shares_max
    e.order_value_krw_max = limits.order_value_krw_max
    e.has_budget = budget is not None
    e.names_left = budget.positions_max - strategy.names if budget else 0
    e.risk_krw = int(equity * budget.risk_pct_max) if budget and equity is not None else 0
    e.capital_krw = int(equity * budget.capital_pct) if budget and equity is not None else 0
    e.strategy_krw = strategy.exposure_krw
    e.position_krw = listing.exposure_krw
    e.gross_krw = book.gross_krw
    e.regime = book.regime
    e.sector = listing.sector
    e.sector_blocks = limits.unknown_sector == "block"
    e.sector_krw = book.sector_krw.get(listing.sector, 0) if listing.sector else 0
    # Without equity there are no caps; `risk.equity` defers, and nothing is allowed meanwhile.
    e.warn_krw = caps.warn_krw if caps else 0
    e.position_cap_krw = caps.position_krw if caps else 0
    e.gross_cap_krw = caps.gross_krw if caps else 0
    e.regime_cap_krw = caps.regime_krw if caps else None
    e.sector_cap_krw = caps.sector_krw if caps else 0
    return e


def _tighter(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
