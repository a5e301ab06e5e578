"""From a request to buy to approve, defer or refuse: the view the controls read, and the sum of
their verdicts.

One gate for every path that buys (ENTER, SET_TARGET). It trusts the live quote and the book, not
the numbers a strategy brings.
"""

from dataclasses import dataclass

import msgspec

from kis_core.wire.account import BuyingPower, Side
from oms.core import arbitration, expiry, risk, terms, timetable
from oms.core.book import SECOND_NS, Book
from oms.core.entry import Entry
from oms.core.holdings import Allocation, Listing, Strategy
from oms.core.limits import Budget, Limits
from oms.core.pace import MINUTE_NS
from oms.core.records import Direction, Quote, Verdict

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
    direction: Direction = "LONG"
    for_the_day: bool = False
    window: tuple[int, int] | None = None  # when it may leave; None: KRX's regular hours
    for_auction: bool = False
    priceless: bool = False  # its order carries no price: it may trade with anything there
    sliced: bool = False  # each slice meets the day's volume by itself
    reserved: int = 0  # shares of it that were reserved when it passed the first time
    power: BuyingPower | None = None  # what the broker lets open of a contract on that side


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the gate says. `shares` is what may be ordered; 0 unless approved."""

    shares: int
    trace: tuple[Verdict, ...]
    retry_at_ns: int | None = None
    cash_unit_krw: int | None = None  # what a share of it takes of the cash

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
        return Ruling(entry.shares, trace, cash_unit_krw=entry.cash_unit_krw)
    if all(v.verdict == "shrink" for v in trace):
        return Ruling(entry.shares, trace, cash_unit_krw=entry.cash_unit_krw)
    trace = tuple(_by_whom(book, entry, v) if v.control == "sector_cap" else v for v in trace)
    retries = [v.retry_at_ns for v in trace if v.retry_at_ns is not None]
    return Ruling(0, trace, max(retries, default=None))


def _by_whom(book: Book, e: Entry, verdict: Verdict) -> Verdict:
    """Return a sector's refusal with who holds how much of it: looked up only for whoever asks."""
    held = ", ".join(f"{who} {krw:,}" for who, krw in book.holders(e.sector or ""))
    reason = f"{verdict.reason} (held: {held or 'nothing'})"
    return msgspec.structs.replace(verdict, reason=reason)


def rule_again(book: Book, wish: Wish, quote: Quote | None, at_ns: int) -> Ruling:
    """Return whether what passed and was reserved earlier may leave now, and how much of it.

    Room for it was made when it passed; what may have changed since is asked again: switches, the
    session, halts and interruptions, the paces, the price, the day's loss and its volume.
    """
    entry = prepared(book, wish, quote, at_ns)
    trace = risk.evaluate_again(entry)
    if any(v.verdict != "shrink" for v in trace):
        retries = [v.retry_at_ns for v in trace if v.retry_at_ns is not None]
        return Ruling(0, trace, max(retries, default=None))
    return Ruling(entry.shares, trace)


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
    e.terms = terms.of(limits, wish.symbol)
    e.shares = wish.shares
    e.limit_krw = wish.limit_krw
    e.stop_krw = wish.stop_krw
    risk_krw = wish.limit_krw - wish.stop_krw
    e.risk_unit_krw = -risk_krw if wish.direction == "SHORT" else risk_krw
    _switches(e, book, listing, strategy, allocation, wish)
    e.open_ns = book.open_ns
    e.close_ns = book.close_ns
    e.stop_entries_ns = expiry.last_entry_ns(book, wish.symbol)
    if wish.window is not None:
        e.open_ns, ends_ns = wish.window
        last_ns = e.stop_entries_ns
        e.stop_entries_ns = min(ends_ns, last_ns or 0) if e.on_margin else ends_ns
    if wish.for_the_day and e.stop_entries_ns is not None:
        flatten_ns = timetable.flatten_ns(book, wish.strategy_id)
        e.stop_entries_ns = min(e.stop_entries_ns, flatten_ns or e.stop_entries_ns)
    e.cooldown_until_ns = listing.cooldown_until_ns
    e.lock_owner = listing.lock_owner
    e.lock_until_ns = listing.lock_until_ns

    e.held = allocation.shares if allocation else 0
    e.own_buying = allocation.buying if allocation else 0
    e.may_add = wish.may_add
    side: Side = "SELL" if e.short else "BUY"
    e.unsettled = bool(listing.allocations) and book.unsettled(wish.symbol, side) is not None
    e.holding_new = not listing.occupied
    e.occupied_left = limits.positions_max - book.occupied

    _pace(e, book, limits, budget, strategy, allocation)
    _market(e, book, limits, listing, wish, quote)
    e.cash_unit_krw = terms.cash_unit_krw(limits, wish.symbol, side, e.unit_krw)
    if e.on_margin:
        _margin(e, book, limits, listing, wish)

    e.equity_krw = equity
    e.balance_ns = book.balance_ns or 0
    e.balance_fresh_from_ns = at_ns - int(limits.balance_age_s_max * SECOND_NS)
    oldest_s = limits.history_age_s_max
    e.history_ns = book.history_ns or 0
    e.history_fresh_from_ns = 0 if oldest_s is None else at_ns - int(oldest_s * SECOND_NS)
    e.daily_pnl_krw = book.daily_pnl_krw
    e.strategy_pnl_krw = strategy.daily_pnl_krw
    floor = budget.daily_loss_pct_max if budget else None
    e.strategy_floor_krw = None if floor is None else -int((book.baseline_krw or 0) * floor)
    e.blocked_states = limits.blocked_states
    e.participates = limits.participation_pct_max is not None and not wish.sliced
    e.cash_krw = book.cash_krw
    e.commission_ppm = book.cash_fee_ppm
    e.order_shares_max = limits.order_shares_max
    e.order_value_krw_max = limits.order_value_krw_max
    e.has_budget = budget is not None
    e.names_left = budget.positions_max - strategy.names if budget else 0
    e.risk_krw = int(equity * budget.risk_pct_max) if budget and equity is not None else 0
    e.capital_krw = int(equity * budget.capital_pct) if budget and equity is not None else 0
    e.strategy_krw = strategy.exposure_krw
    e.position_krw = listing.exposure_krw
    e.gross_krw = book.gross_krw
    e.net_krw = book.net_krw
    e.regime = book.regime
    e.sector = listing.sector
    e.sector_blocks = limits.unknown_sector == "block"
    e.sector_krw = book.sector_krw.get(listing.sector, 0) if listing.sector else 0
    # Without equity there are no caps; `risk.equity` defers, and nothing is allowed meanwhile.
    e.warn_krw = caps.warn_krw if caps else 0
    e.position_cap_krw = caps.position_krw if caps else 0
    e.gross_cap_krw = caps.gross_krw if caps else 0
    e.net_cap_krw = caps.net_krw if caps else None
    e.drawdown_cap_krw = caps.drawdown_krw if caps else None
    e.regime_cap_krw = caps.regime_krw if caps else None
    e.sector_cap_krw = caps.sector_krw if caps else 0
    return e


def _switches(
    e: Entry,
    book: Book,
    listing: Listing,
    strategy: Strategy,
    allocation: Allocation | None,
    wish: Wish,
) -> None:
    """Lay down what is simply on or off, and our own orders in the way."""
    e.safe_mode = book.safe_mode
    e.flattening = book.flattening
    e.halted = book.halt_entries
    e.paused = strategy.paused
    e.frozen = listing.frozen
    e.symbol_halted = listing.halted
    e.short = wish.direction == "SHORT"
    e.on_margin = book.on_margin
    e.held_against = (
        allocation is not None and allocation.shares > 0 and allocation.direction != wish.direction
    )
    e.rescaled = listing.rescaled
    e.unpriced = book.unpriced
    e.crosses = bool(listing.allocations) and arbitration.crosses(
        book, e.symbol, "SELL" if e.short else "BUY", None if wish.priceless else e.limit_krw
    )
    e.makes_way = (
        arbitration.withdrawn_for(book, e.symbol, e.strategy_id) if listing.takers else None
    )
    e.killed = book.killed
    e.switched = (
        book.safe_mode
        or book.flattening
        or book.halt_entries
        or book.killed
        or strategy.paused
        or listing.frozen
        or listing.halted
        or e.held_against
        or (e.short and not e.on_margin)
        or listing.rescaled
        or e.unpriced > 0
        or e.crosses
        or e.makes_way is not None
    )


def _market(
    e: Entry, book: Book, limits: Limits, listing: Listing, wish: Wish, quote: Quote | None
) -> None:
    """Lay down what the quote says; without one, what says that nothing is known."""
    if quote is None:
        e.last_krw = None
        e.quote_ns = 0
        e.market_halted = False
        e.in_auction = False
        e.states = ()
        e.volume_room = None
        e.collar_krw = wish.limit_krw
        e.bid_ask_bp = None
        e.unit_krw = wish.limit_krw
    else:
        e.last_krw = quote.price_krw
        e.quote_ns = quote.arrived_ns
        e.market_halted = quote.halted
        # a print of the opening auction stands until the next one comes
        e.in_auction = (
            quote.in_auction
            and book.open_ns is not None
            and quote.at_ns > book.open_ns
            and not wish.for_auction
        )
        e.states = quote.states
        e.volume_room = _volume_room(listing, quote, limits, wish.reserved)
        reach = BP - limits.collar_bp if e.short else BP + limits.collar_bp
        e.collar_krw = quote.price_krw * reach // BP
        ask, bid = quote.ask_krw, quote.bid_krw
        e.bid_ask_bp = (ask - bid) * 2 * BP / (ask + bid) if ask and bid else None
        e.unit_krw = max(wish.limit_krw, quote.price_krw)
    e.quote_fresh_from_ns = e.at_ns - int(limits.quote_age_s_max * SECOND_NS)
    e.lower_krw, e.upper_krw = terms.limits_krw(e.terms, quote)
    e.spread_bp_max = _tighter(wish.spread_bp_max, limits.spread_bp_max)


def _margin(e: Entry, book: Book, limits: Limits, listing: Listing, wish: Wish) -> None:
    """Lay down what a margin account may back, and how many contracts may be opened.

    What backs a sold option is the broker's to say: all there is, by how many of them it lets open.
    It is what one of them puts at risk, however near its stop.
    """
    power, cash, cap = wish.power, book.cash_krw, limits.margin_pct_max
    e.margin_call_krw = book.margin_call_krw
    e.openable = power.shares if power is not None else None
    if e.cash_unit_krw is None and power is not None and power.shares > 0:
        e.cash_unit_krw = -(-power.amount_krw // power.shares)
        if e.risk_unit_krw > 0:
            e.risk_unit_krw = max(e.risk_unit_krw, e.cash_unit_krw)
    e.margin_room_krw = None
    if cap is not None and cash is not None and book.equity_krw is not None:
        e.margin_room_krw = cash - (book.equity_krw - int(book.equity_krw * cap))
    e.contracts_room = None
    if limits.contracts_max is not None:
        taken = sum(a.shares + a.buying for a in listing.allocations.values())
        e.contracts_room = limits.contracts_max - taken - abs(listing.unallocated)


def _pace(
    e: Entry,
    book: Book,
    limits: Limits,
    budget: Budget | None,
    strategy: Strategy,
    allocation: Allocation | None,
) -> None:
    """Lay down from when on one more order, message and repeat may go, and the last life sign."""
    e.orders_free_ns = book.paced.free_ns(limits.orders_per_min_max, MINUTE_NS)
    e.messages_free_ns = book.messages.free_ns(limits.messages_per_s_max, SECOND_NS)
    own = budget.orders_per_min_max if budget else None
    e.own_orders_free_ns = strategy.orders.free_ns(own, MINUTE_NS)
    e.repeats_free_ns = 0
    most = limits.repeats_max
    if most is not None and allocation is not None and len(allocation.entries_ns) >= most:
        e.repeats_free_ns = allocation.entries_ns[-most] + limits.repeats_s * SECOND_NS
    e.free_ns = max(e.orders_free_ns, e.messages_free_ns, e.own_orders_free_ns, e.repeats_free_ns)
    beat_s = budget.heartbeat_s_max if budget else None
    e.beat_ns = strategy.last_beat_ns or 0
    e.beat_fresh_from_ns = 0 if beat_s is None else e.at_ns - beat_s * SECOND_NS


def _volume_room(listing: Listing, quote: Quote, limits: Limits, reserved: int) -> int | None:
    """Return the shares that may still be bought of what the symbol traded today."""
    if limits.participation_pct_max is None or quote.volume is None:
        return None
    ours = listing.bought_today + sum(a.buying for a in listing.allocations.values())
    return int(quote.volume * limits.participation_pct_max) - ours + reserved


def _tighter(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
