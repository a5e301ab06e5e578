"""A resting order that goes after the market: by steps, with a pause between them, to an end.

It only ever moves toward the other side, never past the limit it was approved for, and never on a
stale quote: then it waits. A step that has nowhere to go counts too, so that every chase ends.
"""

from collections.abc import Iterator, Sequence

from oms.core import amendment, arbitration, exits, terms
from oms.core.book import SECOND_NS, Book
from oms.core.gate import BP
from oms.core.limits import Limits
from oms.core.order import Order
from oms.core.records import AnyOutput, ChaseStepped, Quote
from oms.core.terms import Terms


def due_ns(order: Order) -> int | None:
    """Return when the next step of a chase is due, None while there is none."""
    chase = order.chase
    if chase is None or order.accepted_ns is None or not amendment.may_leave(order):
        return None
    if order.chased > chase.steps:
        return None  # it has crossed
    return max(order.accepted_ns, order.chased_ns) + chase.every_s * SECOND_NS


def followed(book: Book, quotes: Sequence[Quote], at_ns: int) -> Iterator[AnyOutput]:
    """Let every chase whose step is due take it."""
    seen = {quote.symbol: quote for quote in quotes}
    for order in list(book.open_orders.values()):
        due = due_ns(order)
        if due is None or due > at_ns:
            continue
        if order.cancel_at_ns is not None and order.cancel_at_ns <= at_ns:
            continue
        yield from _step(book, order, seen.get(order.symbol), at_ns)


def _step(book: Book, order: Order, quote: Quote | None, at_ns: int) -> Iterator[AnyOutput]:
    chase, limits = order.chase, book.limits
    assert chase is not None
    assert limits is not None
    last = order.chased >= chase.steps
    if last and chase.then == "GIVE_UP":
        yield from exits.withdraw(order, "chase given up", at_ns)
        return
    if quote is None or not _is_usable(book, quote, limits, at_ns):
        return
    if amendment.is_entry_held(book, order):
        return
    if order.opens and book.messages.free_ns(limits.messages_per_s_max, SECOND_NS) > at_ns:
        return
    steps = terms.of(limits, order.symbol)
    if steps is None:
        return
    step = order.chased + 1
    crossing = crossing_krw(order, quote, limits, steps) if last else None
    limit_krw = step_krw(order, quote, steps) if crossing is None else crossing
    if arbitration.crosses(book, order.symbol, order.side, limit_krw):
        return  # it waits: own orders do not meet
    if limit_krw == order.limit_krw:
        yield ChaseStepped(at_ns=at_ns, order_id=order.order_id, step=step)
        return
    why = "chase crosses" if last else f"chase step {step} of {chase.steps}"
    yield amendment.planned(order, limit_krw, why, at_ns, step=step)


def _is_usable(book: Book, quote: Quote, limits: Limits, at_ns: int) -> bool:
    """Whether a quote is of continuous trading, and fresh."""
    fresh_from_ns = at_ns - int(limits.quote_age_s_max * SECOND_NS)
    continuous = (
        book.open_ns is not None
        and book.auction_ns is not None
        and book.open_ns < quote.at_ns
        and at_ns < book.auction_ns
    )
    paused = quote.halted or quote.in_auction
    return continuous and not paused and min(quote.at_ns, quote.arrived_ns) >= fresh_from_ns


def step_krw(order: Order, quote: Quote, steps: Terms) -> int:
    """Return the limit after one step, in KRW: no further than the best of the other side."""
    chase, limit_krw = order.chase, order.limit_krw
    assert chase is not None
    assert limit_krw is not None
    if order.side == "BUY":
        own_krw = steps.round_down(quote.bid_krw or limit_krw)
        to_krw = steps.ticks_above(limit_krw, chase.step_ticks) if chase.step_ticks else own_krw
        reach_krw = quote.ask_krw or to_krw
        return _no_worse(order, max(limit_krw, min(to_krw, reach_krw)), steps)
    own_krw = steps.round_up(quote.ask_krw or limit_krw)
    to_krw = steps.ticks_below(limit_krw, chase.step_ticks) if chase.step_ticks else own_krw
    reach_krw = quote.bid_krw or to_krw
    return _no_worse(order, min(limit_krw, max(to_krw, reach_krw)), steps)


def crossing_krw(order: Order, quote: Quote, limits: Limits, steps: Terms) -> int:
    """Return the limit that reaches the other side by `high_urgency_bp`, in KRW."""
    limit_krw, reach_bp = order.limit_krw, limits.high_urgency_bp
    assert limit_krw is not None
    if order.side == "BUY":
        near_krw = max(quote.price_krw, quote.ask_krw or 0)
        far_krw = steps.round_up(near_krw * (BP + reach_bp) // BP)
        return _no_worse(order, max(limit_krw, far_krw), steps)
    near_krw = min(quote.price_krw, quote.bid_krw or quote.price_krw)
    far_krw = steps.round_down(near_krw * (BP - reach_bp) // BP) or limit_krw
    return _no_worse(order, min(limit_krw, far_krw), steps)


def _no_worse(order: Order, limit_krw: int, steps: Terms) -> int:
    """Return a limit on the tick, no worse than what the order was approved for.

    A price between two ticks is rounded away from the other side.
    """
    worst_krw = order.worst_krw
    assert worst_krw is not None
    if order.side == "BUY":
        return max(order.limit_krw or 0, steps.round_down(min(limit_krw, worst_krw)))
    return min(order.limit_krw or worst_krw, steps.round_up(max(limit_krw, worst_krw)))
