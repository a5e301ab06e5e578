"""The risk gateway: what an entry must pass, each control a small pure function.

A control looks at an `Entry`, a flat view prepared from the book, and returns None to approve or a
`Verdict`: shrink, defer (ask again later) or refuse. All of them are evaluated and what did not
approve is kept as the trace. Shrinking ones go first, so that the caps judge what would really be
ordered. The approving path makes no objects: the sums it compares were kept by the book.

Exits pass none of this: see `oms.core.exits`.
"""

from collections.abc import Callable

from oms.core.conditions import (
    balance_age,
    budget,
    collar,
    cooldown,
    crossing,
    daily_loss,
    duplicate,
    entry_lock,
    equity,
    flattening,
    frozen,
    halted,
    heartbeat,
    held_against,
    history_age,
    killed,
    live_price,
    makes_way,
    margin_call,
    market_halt,
    message_rate,
    on_tick,
    order_rate,
    order_size,
    paused,
    positions,
    price_limits,
    repeats,
    rescaled,
    safe_mode,
    session,
    short_sale,
    spread,
    standing,
    stop_beyond_limit,
    strategy_loss,
    strategy_order_rate,
    strategy_positions,
    symbol_halted,
    unpriced,
    unsettled,
    volatility,
)
from oms.core.entry import Entry
from oms.core.records import Verdict
from oms.core.sizes import (
    capital_budget,
    cash,
    contracts,
    drawdown,
    gross,
    margin,
    net,
    openable,
    order_value,
    participation,
    position_cap,
    regime,
    risk_budget,
    sector,
)

Control = Callable[[Entry], Verdict | None]

STATE: tuple[Control, ...] = (
    equity,
    safe_mode,
    flattening,
    halted,
    killed,
    paused,
    frozen,
    symbol_halted,
    short_sale,
    held_against,
    rescaled,
    unpriced,
    crossing,
    makes_way,
    session,
    cooldown,
    order_rate,
    strategy_order_rate,
    message_rate,
    repeats,
    entry_lock,
    heartbeat,
    duplicate,
    unsettled,
    budget,
    positions,
    strategy_positions,
    stop_beyond_limit,
    on_tick,
    order_size,
    live_price,
    market_halt,
    volatility,
    standing,
    collar,
    price_limits,
    spread,
    balance_age,
    history_age,
    margin_call,
    daily_loss,
    strategy_loss,
)
"""What does not depend on how many shares remain."""
SHRINKING: tuple[Control, ...] = (
    position_cap,
    risk_budget,
    capital_budget,
    participation,
    cash,
    margin,
    contracts,
    openable,
)
CAPS: tuple[Control, ...] = (order_value, gross, net, regime, drawdown, sector)
"""What judges the shares that remain."""

ONCE = frozenset(
    (
        repeats,
        duplicate,
        positions,
        strategy_positions,
    )
)
"""Controls that an intent passes once: its own reservation would speak against it."""
AGAIN: tuple[Control, ...] = tuple(control for control in STATE if control not in ONCE)

APPROVED: tuple[Verdict, ...] = ()


def evaluate(e: Entry) -> tuple[Verdict, ...]:
    """Return what did not approve, having shrunk `e.shares` to what is allowed.

    Written out rather than looped over: the common answer is yes, and a call per control is all
    that it costs. The switches and the paces share one look each. What the chain finds first,
    `explained` then tells in full.
    """
    if (
        e.switched
        or e.at_ns < e.free_ns
        or equity(e)
        or session(e)
        or cooldown(e)
        or entry_lock(e)
        or heartbeat(e)
        or duplicate(e)
        or unsettled(e)
        or budget(e)
        or positions(e)
        or strategy_positions(e)
        or stop_beyond_limit(e)
        or on_tick(e)
        or order_size(e)
        or live_price(e)
        or market_halt(e)
        or volatility(e)
        or standing(e)
        or collar(e)
        or price_limits(e)
        or spread(e)
        or balance_age(e)
        or history_age(e)
        or daily_loss(e)
        or strategy_loss(e)
        or position_cap(e)
        or risk_budget(e)
        or capital_budget(e)
        or participation(e)
        or cash(e)
        or (e.on_margin and (margin_call(e) or margin(e) or contracts(e) or openable(e)))
        or order_value(e)
        or gross(e)
        or net(e)
        or regime(e)
        or drawdown(e)
        or sector(e)
    ):
        return explained(e)
    return APPROVED


def explained(e: Entry) -> tuple[Verdict, ...]:
    """Return every verdict that is no approval, in the order of the controls."""
    trace = [verdict for control in STATE if (verdict := control(e))]
    if e.last_krw is None or e.equity_krw is None or e.shares < 1:
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


def evaluate_again(e: Entry) -> tuple[Verdict, ...]:
    """Return what speaks against sending now what was approved and reserved before.

    The day's volume may shrink `e.shares`; nothing left of it now is a reason to wait.
    """
    trace = [verdict for control in AGAIN if (verdict := control(e))]
    if not trace and (verdict := participation(e)):
        if verdict.shares == 0:
            verdict = Verdict(verdict.control, "defer", verdict.reason, 0)
        elif verdict.shares is not None:
            e.shares = verdict.shares
        trace.append(verdict)
    return tuple(trace)
