"""Stop-limit orders that the OMS holds, where the venue or the environment has none of its own.

A held order exists and is reserved like any other, but leaves only when a fresh live trade reaches
its trigger: a buy at or above it, a sale at or below. A buy meets the gate again at that moment.
"""

from collections.abc import Iterator

from oms.core import exits, fills, gate, timetable
from oms.core.book import SECOND_NS, Book
from oms.core.order import PLANNED, Order
from oms.core.records import AnyOutput, OrderSent, Quote, QuoteSeen


def is_held(order: Order) -> bool:
    """Whether an order waits here for its trigger."""
    return order.held and order.state is PLANNED


def is_reached(order: Order, price_krw: int) -> bool:
    """Whether a trade at a price sets a stop-limit order off."""
    assert order.trigger_krw is not None
    if order.side == "BUY":
        return price_krw >= order.trigger_krw
    return price_krw <= order.trigger_krw


def reached(book: Book, seen: QuoteSeen) -> Iterator[AnyOutput]:
    """Let leave what a fresh live trade has set off; what may not leave now waits for the next."""
    quote, at_ns = seen.quote, seen.at_ns
    listing = book.listings.get(quote.symbol)
    if listing is None or quote.in_auction or quote.halted:
        return
    held = [
        order
        for allocation in listing.allocations.values()
        for order in allocation.open_orders.values()
        if is_held(order) and is_reached(order, quote.price_krw)
    ]
    if not held:
        return
    assert book.limits is not None
    fresh_from_ns = at_ns - int(book.limits.quote_age_s_max * SECOND_NS)
    if min(quote.at_ns, quote.arrived_ns) < fresh_from_ns:
        return
    for order in sorted(held, key=lambda order: order.order_id):
        if quote.venue not in (order.venue, "UN"):
            continue
        if book.unsettled(order.symbol, order.side) is not None:
            continue
        if order.side == "SELL":
            if timetable.takes_orders(book, at_ns):
                yield from exits.leave(book, order, at_ns)
        else:
            yield from _bought(book, order, quote, at_ns)


def _bought(book: Book, order: Order, quote: Quote, at_ns: int) -> Iterator[AnyOutput]:
    assert order.limit_krw is not None
    assert order.stop_krw is not None
    wish = gate.Wish(
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        shares=order.shares,
        limit_krw=order.limit_krw,
        stop_krw=order.stop_krw,
        may_add=True,
        reserved=order.remaining,
    )
    ruling = gate.rule_again(book, wish, quote, at_ns)
    verdict = ruling.verdict
    if verdict is not None and verdict.verdict == "refuse":
        yield from fills.closed(book, order, "CANCELLED", verdict.reason, at_ns)
    elif not ruling.trace:
        yield OrderSent(at_ns=at_ns, order_id=order.order_id)
