"""The controls that do not depend on how many shares remain: switches, time, market, account.

Each is a pure function of an `Entry`: None approves. See `oms.core.risk`.
"""

from kis_core.market.instants import clock_text
from oms.core.entry import Entry
from oms.core.records import Verdict

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


def killed(e: Entry) -> Verdict | None:
    if e.killed:
        return Verdict("killed", "refuse", "The kill switch is on")
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


def short_sale(e: Entry) -> Verdict | None:
    if e.short and not e.on_margin:
        return Verdict("short_sale", "refuse", "Stocks are not sold short: nothing is borrowed")
    return None


def held_against(e: Entry) -> Verdict | None:
    if e.held_against:
        way = "long" if e.short else "short"
        return Verdict("held_against", "refuse", f"{e.strategy_id} is {way}: exit that first")
    return None


def rescaled(e: Entry) -> Verdict | None:
    if e.rescaled:
        return Verdict("rescaled", "defer", f"{e.symbol} may have been split: an operator must say")
    return None


def unpriced(e: Entry) -> Verdict | None:
    if e.unpriced:
        return Verdict(
            "unpriced",
            "defer",
            f"{e.unpriced} symbol(s) held by nobody have no price: exposure is unknown",
        )
    return None


# Other orders of ours in this symbol


def crossing(e: Entry) -> Verdict | None:
    if e.crosses:
        return Verdict(
            "crossing", "defer", f"An order of our own works where {e.limit_krw:,} would meet it"
        )
    return None


def makes_way(e: Entry) -> Verdict | None:
    if e.makes_way is not None:
        return Verdict("makes_way", "defer", f"The buy of {e.makes_way} is being withdrawn")
    return None


# Time


def session(e: Entry) -> Verdict | None:
    if e.open_ns is None:
        return Verdict("session", "defer", "No trading session today, or none is known")
    if e.stop_entries_ns is None:
        return Verdict("session", "refuse", f"{e.symbol} is traded no more")
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
            f"Entry locked by {e.lock_owner} until {clock_text(e.lock_until_ns)} ({left_s}s)",
            retry_at_ns=e.lock_until_ns,
        )
    return None


def order_rate(e: Entry) -> Verdict | None:
    return _paced("order_rate", "orders of the account", e.orders_free_ns, e.at_ns)


def strategy_order_rate(e: Entry) -> Verdict | None:
    return _paced(
        "strategy_order_rate", f"orders of {e.strategy_id}", e.own_orders_free_ns, e.at_ns
    )


def message_rate(e: Entry) -> Verdict | None:
    return _paced("message_rate", "messages to the broker", e.messages_free_ns, e.at_ns)


def repeats(e: Entry) -> Verdict | None:
    what = f"entries of {e.strategy_id} into {e.symbol}"
    return _paced("repeats", what, e.repeats_free_ns, e.at_ns)


def _paced(control: str, what: str, free_ns: int, at_ns: int) -> Verdict | None:
    if at_ns < free_ns:
        return Verdict(control, "defer", f"Too many {what} lately", retry_at_ns=free_ns)
    return None


# The strategy in this symbol


def heartbeat(e: Entry) -> Verdict | None:
    if e.beat_ns < e.beat_fresh_from_ns:
        since = f"{(e.at_ns - e.beat_ns) // 1_000_000_000}s" if e.beat_ns else "ever"
        return Verdict("heartbeat", "defer", f"No heartbeat of {e.strategy_id} for {since}")
    return None


def duplicate(e: Entry) -> Verdict | None:
    if e.own_buying:
        does = "sells" if e.short else "buys"
        return Verdict(
            "duplicate", "refuse", f"{e.strategy_id} already {does} {e.own_buying} of {e.symbol}"
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


def stop_beyond_limit(e: Entry) -> Verdict | None:
    if e.stop_krw < 1:
        return Verdict("stop", "refuse", f"A stop at {e.stop_krw:,} protects nothing")
    if e.risk_unit_krw <= 0:
        where = "above" if e.short else "below"
        return Verdict(
            "stop", "refuse", f"Stop {e.stop_krw:,} is not {where} the limit {e.limit_krw:,}"
        )
    return None


def on_tick(e: Entry) -> Verdict | None:
    terms = e.terms
    if terms is None:
        return Verdict("terms", "refuse", f"The price steps of {e.symbol} are not established")
    if not terms.is_on_tick(e.limit_krw):
        return Verdict(
            "tick",
            "refuse",
            f"Limit {e.limit_krw:,} is off the tick: step {terms.tick_krw(e.limit_krw)}, "
            f"nearest below {terms.round_down(e.limit_krw):,}",
        )
    return None


def order_size(e: Entry) -> Verdict | None:
    if e.shares < 1:
        return Verdict("order_size", "refuse", f"{e.shares:,} shares are no order")
    if e.shares > e.order_shares_max:
        return Verdict(
            "order_size", "refuse", f"{e.shares:,} shares exceed {e.order_shares_max:,} an order"
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


def volatility(e: Entry) -> Verdict | None:
    if e.in_auction:
        return Verdict("vi", "defer", f"{e.symbol} is in a volatility interruption")
    return None


def standing(e: Entry) -> Verdict | None:
    for state in e.states:
        if state in e.blocked_states:
            return Verdict("standing", "refuse", f"{e.symbol} is marked: {state}")
    return None


def collar(e: Entry) -> Verdict | None:
    if e.limit_krw < e.collar_krw if e.short else e.limit_krw > e.collar_krw:
        side, bound = ("below", "at least") if e.short else ("above", "at most")
        return Verdict(
            "collar",
            "refuse",
            f"Limit {e.limit_krw:,} is too far {side} the last trade {e.last_krw or 0:,}: "
            f"{bound} {e.collar_krw:,}",
        )
    return None


def price_limits(e: Entry) -> Verdict | None:
    if e.lower_krw is None or e.upper_krw is None:
        return Verdict("price_limit", "defer", "The day's price limits are not known yet")
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
    if e.equity_krw is None or e.equity_krw <= 0:
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


def history_age(e: Entry) -> Verdict | None:
    if e.history_ns < e.history_fresh_from_ns:
        since = f"{(e.at_ns - e.history_ns) // 1_000_000_000}s old" if e.history_ns else "not read"
        return Verdict("history_age", "defer", f"Order history is {since}")
    return None


def margin_call(e: Entry) -> Verdict | None:
    if not e.on_margin:
        return None
    if e.margin_call_krw is None:
        return Verdict("margin_call", "defer", "The balance does not say whether margin is missing")
    if e.margin_call_krw > 0:
        return Verdict("margin_call", "refuse", f"{e.margin_call_krw:,} KRW of margin are missing")
    return None


def daily_loss(e: Entry) -> Verdict | None:
    if e.daily_pnl_krw is None:
        return Verdict("daily_loss", "defer", "No start-of-day baseline yet")
    if e.daily_pnl_krw <= e.warn_krw:
        return Verdict(
            "daily_loss", "refuse", f"Daily loss {e.daily_pnl_krw:,} KRW is at the warn limit"
        )
    return None


def strategy_loss(e: Entry) -> Verdict | None:
    if e.strategy_floor_krw is not None and e.strategy_pnl_krw <= e.strategy_floor_krw:
        return Verdict(
            "strategy_daily_loss",
            "refuse",
            f"{e.strategy_id} lost {-e.strategy_pnl_krw:,} KRW today: its limit",
        )
    return None
