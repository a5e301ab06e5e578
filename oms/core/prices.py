"""What price an order carries: on the tick, and never worse than its limit. KRW.

A buy is rounded down to what caps it, a sale up. None is an order that carries no price.
"""

from kis_core.wire.account import OrderType, Side
from oms.core.limits import Limits
from oms.core.terms import Terms
from oms.core.words import Execution, Quote

BP = 10_000
UNPRICED = frozenset(
    (
        OrderType.MARKET,
        OrderType.MARKET_IOC,
        OrderType.MARKET_FOK,
        OrderType.BEST_LIMIT,
        OrderType.BEST_IOC,
        OrderType.BEST_FOK,
        OrderType.TOP_LIMIT,
        OrderType.MID,
        OrderType.MID_IOC,
        OrderType.MID_FOK,
        OrderType.PRE_OPEN,
        OrderType.POST_CLOSE,
        OrderType.AFTER_BEST,
        OrderType.AFTER_BEST_IOC,
        OrderType.AFTER_BEST_FOK,
        OrderType.AFTER_TOP,
    )
)


def urgent_krw(
    side: Side, limit_krw: int, urgency: str, quote: Quote | None, limits: Limits, steps: Terms
) -> int:
    """Return the price of an entry that names no kind, never worse than its limit.

    HIGH reaches some basis points past the best of the other side (or the last trade), so that it
    trades at once without standing at a limit far away; the others stand at their limit.
    """
    limit = steps.round_down(limit_krw) if side == "BUY" else steps.round_up(limit_krw)
    if urgency != "HIGH" or quote is None:
        return limit
    if side == "BUY":
        near = max(quote.price_krw, quote.ask_krw or 0)
        return min(limit, steps.round_up(near * (BP + limits.high_urgency_bp) // BP))
    near = min(quote.price_krw, quote.bid_krw or quote.price_krw)
    return max(limit, steps.round_down(near * (BP - limits.high_urgency_bp) // BP))


def reach_krw(
    side: Side,
    near_krw: int,
    cap_bp: int | None,
    cap_ticks: int | None,
    limit_krw: int | None,
    steps: Terms,
) -> int:
    """Return the price that goes so far beyond the other side's best, the tightest bound first.

    Without a limit a buy is bound by its caps alone, as a sale is.
    """
    if side == "BUY":
        bounds = [] if limit_krw is None else [steps.round_down(limit_krw)]
        if cap_bp is not None:
            bounds.append(steps.round_down(near_krw * (BP + cap_bp) // BP))
        if cap_ticks is not None:
            bounds.append(steps.ticks_above(steps.round_down(near_krw), cap_ticks))
        return min(bounds)
    bounds = [] if limit_krw is None else [steps.round_up(limit_krw)]
    if cap_bp is not None:
        bounds.append(steps.round_up(-(-near_krw * (BP - cap_bp) // BP)))
    if cap_ticks is not None:
        bounds.append(steps.ticks_below(steps.round_up(near_krw), cap_ticks))
    return max(1, *bounds)


def order_krw(
    side: Side,
    order_type: OrderType,
    limit_krw: int | None,
    execution: Execution,
    quote: Quote | None,
    last_krw: int | None,
    limits: Limits,
    steps: Terms,
) -> int | None:
    """Return the price of an order of a kind; None where it carries none.

    `last_krw` stands in for a quote that is not there. Raises ValueError where a price is needed
    and nothing is known to make one of.
    """
    if order_type in UNPRICED:
        return None
    limit = limit_krw
    if limit is not None:
        limit = steps.round_down(limit) if side == "BUY" else steps.round_up(limit)
    other, own = (None, None)
    if quote is not None:
        other, own = (
            (quote.ask_krw, quote.bid_krw) if side == "BUY" else (quote.bid_krw, quote.ask_krw)
        )
    last = quote.price_krw if quote is not None else last_krw
    if execution.trigger_krw is not None:
        last = execution.trigger_krw  # where the market will be when it wakes
    if execution.style == "MARKETABLE" and (near := other or last) is not None:
        return reach_krw(side, near, execution.cap_bp, execution.cap_ticks, limit, steps)
    if execution.style in ("TWAP", "VWAP") and (near := other or last) is not None:
        bp = limits.high_urgency_bp if side == "BUY" else limits.exit_reach_bp
        return reach_krw(side, near, bp, None, limit, steps)
    if execution.style == "CHASE" and (near := own or last) is not None:
        return reach_krw(side, near, None, 0, limit, steps)
    if limit is not None:
        return limit
    if last is None:
        raise ValueError("no price is known")
    return reach_krw(side, last, limits.exit_reach_bp, None, None, steps)
