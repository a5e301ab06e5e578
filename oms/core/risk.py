"""The risk gateway: what an entry must pass, each control a small pure function.

A control looks at an `Entry`, a flat view prepared from the book, and returns None to approve or a
`Verdict`: shrink, defer (ask again later) or refuse. All of them are evaluated and what did not
approve is kept as the trace. Shrinking ones go first, so that the caps judge what would really be
ordered. The approving path makes no objects: the sums it compares were kept by the book.

Exits pass none of this: see `oms.core.exits`.
"""

from collections.abc import Callable

from kis_core.market.ticks import is_on_tick, round_down, tick_krw
from oms.core.entry import Entry
from oms.core.records import Verdict

Control = Callable[[Entry], Verdict | None]


# Switches


def safe_mode(e: Entry) -> Verdict | None:
    if e.safe_mode:
        return Verdict("safe_mode", "defer", "OMS in safe mode")
    return None


def flattening(e: Entry) -> Verdict | None:
    if e.flattening:
        return Verdict("flattening", "refuse", "Flatten in progress")
    return None


def halted(e: Entry) -> Verdict | None:
    if e.halted:
        return Verdict("halted", "refuse", "New entries halted for today")
    return None


def paused(e: Entry) -> Verdict | None:
    if e.paused:
        return Verdict("paused", "refuse", f"Strategy {e.strategy_id} is paused")
    return None


def frozen(e: Entry) -> Verdict | None:
    if e.frozen:
        return Verdict("frozen", "refuse", f"{e.symbol} frozen: allocation drift unresolved")
    return None


def symbol_halted(e: Entry) -> Verdict | None:
    if e.symbol_halted:
        return Verdict("symbol_halted", "refuse", f"{e.symbol} is halted by an operator")
    return None


# Time


def session(e: Entry) -> Verdict | None:
    if e.open_ns is None or e.stop_entries_ns is None:
        return Verdict("session", "defer", "No trading session today, or none is known")
    if e.at_ns < e.open_ns:
        return Verdict("session", "defer", "Market not open yet", retry_at_ns=e.open_ns)
    if e.at_ns >= e.stop_entries_ns:
        return Verdict("session", "refuse", "No entries this late in the session")
    return None


def cooldown(e: Entry) -> Verdict | None:
    if e.at_ns < e.cooldown_until_ns:
        left_s = (e.cooldown_until_ns - e.at_ns) // 1_000_000_000
        return Verdict(
            "vi_cooldown",
            "defer",
            f"VI cooldown ({left_s}s remaining)",
            retry_at_ns=e.cooldown_until_ns,
        )
    return None


def entry_lock(e: Entry) -> Verdict | None:
    if e.lock_owner is not None and e.lock_owner != e.strategy_id and e.at_ns < e.lock_until_ns:
        left_s = (e.lock_until_ns - e.at_ns) // 1_000_000_000
        return Verdict(
            "entry_lock",
            "defer",
            f"Entry locked by {e.lock_owner} ({left_s}s)",
            retry_at_ns=e.lock_until_ns,
        )
    return None


# The strategy in this symbol


def duplicate(e: Entry) -> Verdict | None:
    if e.own_buying:
        return Verdict(
            "duplicate", "refuse", f"{e.strategy_id} already buys {e.own_buying} of {e.symbol}"
        )
    if e.held and not e.may_add:
        return Verdict("duplicate", "refuse", f"{e.strategy_id} already holds {e.held}")
    return None


def unsettled(e: Entry) -> Verdict | None:
    if e.unsettled:
        return Verdict(
            "unsettled", "defer", f"A buy of {e.symbol} has no certain answer yet; looking it up"
        )
    return None


def budget(e: Entry) -> Verdict | None:
    if not e.has_budget:
        return Verdict("budget", "refuse", f"No budget is written down for {e.strategy_id}")
    return None


def positions(e: Entry) -> Verdict | None:
    if e.holding_new and e.occupied_left <= 0:
        return Verdict("max_positions", "refuse", "Max positions reached")
    return None


def strategy_positions(e: Entry) -> Verdict | None:
    if e.names_left <= 0 and not e.held:
        return Verdict(
            "strategy_budget_positions", "refuse", f"{e.strategy_id} max positions reached"
        )
    return None


# The order itself


def stop_below_limit(e: Entry) -> Verdict | None:
    if e.stop_krw >= e.limit_krw:
        return Verdict(
            "stop", "refuse", f"Stop {e.stop_krw:,} is not below the limit {e.limit_krw:,}"
        )
    return None


def on_tick(e: Entry) -> Verdict | None:
    if not is_on_tick(e.limit_krw):
        return Verdict(
            "tick",
            "refuse",
            f"Limit {e.limit_krw:,} is off the tick: step {tick_krw(e.limit_krw)}, "
            f"nearest below {round_down(e.limit_krw):,}",
        )
    return None


def order_size(e: Entry) -> Verdict | None:
    if e.shares > e.order_shares_max:
        return Verdict(
            "order_size", "refuse", f"{e.shares:,} shares exceed {e.order_shares_max:,} an order"
        )
    return None


def order_value(e: Entry) -> Verdict | None:
    if e.shares * e.limit_krw > e.order_value_krw_max:
        return Verdict(
            "order_value",
            "refuse",
            f"{e.shares * e.limit_krw:,} KRW exceed {e.order_value_krw_max:,} an order",
        )
    return None


# The market


def live_price(e: Entry) -> Verdict | None:
    if e.last_krw is None:
        return Verdict("price", "defer", "Price unavailable for risk check")
    if e.quote_ns < e.quote_fresh_from_ns:
        return Verdict("price", "defer", f"Price is {(e.at_ns - e.quote_ns) // 1_000_000_000}s old")
    return None


def market_halt(e: Entry) -> Verdict | None:
    if e.market_halted:
        return Verdict("halt", "defer", f"Trading in {e.symbol} is halted")
    return None


def collar(e: Entry) -> Verdict | None:
    if e.limit_krw > e.collar_krw:
        return Verdict(
            "collar",
            "refuse",
            f"Limit {e.limit_krw:,} is too far above the last trade {e.last_krw or 0:,}: "
            f"at most {e.collar_krw:,}",
        )
    return None


def price_limits(e: Entry) -> Verdict | None:
    if e.lower_krw is None or e.upper_krw is None:
        return Verdict("price_limit", "defer", "The day's base price is not known yet")
    if not e.lower_krw <= e.limit_krw <= e.upper_krw:
        return Verdict(
            "price_limit",
            "refuse",
            f"Limit {e.limit_krw:,} is outside the day's {e.lower_krw:,} to {e.upper_krw:,}",
        )
    return None


def spread(e: Entry) -> Verdict | None:
    if e.spread_bp_max is None:
        return None
    if e.bid_ask_bp is None:
        return Verdict("spread", "defer", "Spread unknown: no quotes on both sides")
    if e.bid_ask_bp > e.spread_bp_max:
        return Verdict(
            "spread", "defer", f"Spread {e.bid_ask_bp:.0f} bp exceeds {e.spread_bp_max:.0f}"
        )
    return None


# The account


def equity(e: Entry) -> Verdict | None:
    if e.equity_krw is None:
        return Verdict("equity", "defer", "Equity not yet loaded")
    return None


def balance_age(e: Entry) -> Verdict | None:
    if e.balance_ns < e.balance_fresh_from_ns:
        return Verdict(
            "balance_age",
            "defer",
            f"Balance is {(e.at_ns - e.balance_ns) // 1_000_000_000}s old",
        )
    return None


def daily_loss(e: Entry) -> Verdict | None:
    if e.daily_pnl_krw is None:
        return Verdict("daily_loss", "defer", "No start-of-day baseline yet")
    if e.daily_pnl_krw <= e.warn_krw:
        return Verdict(
            "daily_loss", "refuse", f"Daily loss {e.daily_pnl_krw:,} KRW is at the warn limit"
        )
    return None


# What shrinks


def position_cap(e: Entry) -> Verdict | None:
    room = e.position_cap_krw - e.position_krw
    if e.shares * e.unit_krw > room:
        return _shrunk("per_symbol", "position limit", e, room // e.unit_krw)
    return None


def risk_budget(e: Entry) -> Verdict | None:
    if e.shares * (e.limit_krw - e.stop_krw) > e.risk_krw and e.stop_krw < e.limit_krw:
        allowed = e.risk_krw // (e.limit_krw - e.stop_krw)
        return _shrunk("strategy_budget_risk", "risk budget", e, allowed)
    return None


def capital_budget(e: Entry) -> Verdict | None:
    room = e.capital_krw - e.strategy_krw
    if e.shares * e.unit_krw > room:
        return _shrunk("strategy_budget_capital", "capital budget", e, room // e.unit_krw)
    return None


def cash(e: Entry) -> Verdict | None:
    if e.cash_krw is None:
        return Verdict("cash", "defer", "Orderable cash not yet known")
    # commission on top: compared in millionths, so that no KRW is lost to rounding
    if e.shares * e.unit_krw * (1_000_000 + e.commission_ppm) > e.cash_krw * 1_000_000:
        each = e.unit_krw * (1_000_000 + e.commission_ppm)
        return _shrunk("cash", "orderable cash", e, e.cash_krw * 1_000_000 // each)
    return None


def _shrunk(control: str, what: str, e: Entry, allowed: int) -> Verdict:
    if allowed <= 0:
        return Verdict(control, "refuse", f"Nothing left of the {what}", 0)
    return Verdict(control, "shrink", f"Scaled from {e.shares} to {allowed} for {what}", allowed)


# Caps over the whole account


def gross(e: Entry) -> Verdict | None:
    if e.gross_krw + e.shares * e.unit_krw > e.gross_cap_krw:
        return Verdict(
            "gross_exposure", "refuse", f"Gross exposure would exceed {e.gross_cap_krw:,} KRW"
        )
    return None


def regime(e: Entry) -> Verdict | None:
    if e.regime_cap_krw is None:
        return Verdict("regime_cap", "refuse", f"Regime {e.regime!r} has no cap written down")
    if e.gross_krw + e.shares * e.unit_krw > e.regime_cap_krw:
        return Verdict(
            "regime_cap", "refuse", f"Regime {e.regime} cap {e.regime_cap_krw:,} KRW exceeded"
        )
    return None


def sector(e: Entry) -> Verdict | None:
    if e.sector is None:
        if e.sector_blocks:
            return Verdict("unknown_sector", "refuse", f"{e.symbol} is in no known sector")
        return None
    if e.sector_krw + e.shares * e.unit_krw > e.sector_cap_krw:
        return Verdict(
            "sector_cap",
            "refuse",
            f"Sector {e.sector} exposure would exceed {e.sector_cap_krw:,} KRW",
        )
    return None


STATE: tuple[Control, ...] = (
    equity,
    safe_mode,
    flattening,
    halted,
    paused,
    frozen,
    symbol_halted,
    session,
    cooldown,
    entry_lock,
    duplicate,
    unsettled,
    budget,
    positions,
    strategy_positions,
    stop_below_limit,
    on_tick,
    order_size,
    live_price,
    market_halt,
    collar,
    price_limits,
    spread,
    balance_age,
    daily_loss,
)
"""What does not depend on how many shares remain."""
SHRINKING: tuple[Control, ...] = (position_cap, risk_budget, capital_budget, cash)
CAPS: tuple[Control, ...] = (order_value, gross, regime, sector)
"""What judges the shares that remain."""

APPROVED: tuple[Verdict, ...] = ()


def evaluate(e: Entry) -> tuple[Verdict, ...]:
    """Return what did not approve, having shrunk `e.shares` to what is allowed.

    Written out rather than looped over: the common answer is yes, and a call per control is all
    that it costs. What the chain finds first, `explained` then tells in full.
    """
    if (
        equity(e)
        or safe_mode(e)
        or flattening(e)
        or halted(e)
        or paused(e)
        or frozen(e)
        or symbol_halted(e)
        or session(e)
        or cooldown(e)
        or entry_lock(e)
        or duplicate(e)
        or unsettled(e)
        or budget(e)
        or positions(e)
        or strategy_positions(e)
        or stop_below_limit(e)
        or on_tick(e)
        or order_size(e)
        or live_price(e)
        or market_halt(e)
        or collar(e)
        or price_limits(e)
        or spread(e)
        or balance_age(e)
        or daily_loss(e)
        or position_cap(e)
        or risk_budget(e)
        or capital_budget(e)
        or cash(e)
        or order_value(e)
        or gross(e)
        or regime(e)
        or sector(e)
    ):
        return explained(e)
    return APPROVED


def explained(e: Entry) -> tuple[Verdict, ...]:
    """Return every verdict that is no approval, in the order of the controls."""
    trace = [verdict for control in STATE if (verdict := control(e))]
    if e.last_krw is None or e.equity_krw is None:
        return tuple(trace)  # nothing to measure sizes with
    allowed = e.shares
    for control in SHRINKING:
        if verdict := control(e):
            trace.append(verdict)
            if verdict.shares is not None:
                allowed = min(allowed, verdict.shares)
    e.shares = allowed
    if allowed > 0:
        trace += [verdict for control in CAPS if (verdict := control(e))]
    return tuple(trace)
