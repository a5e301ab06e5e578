"""The last trading day of contracts: an earlier end, and what is done before it. Pure.

A contract ends at 15:20 on its last trading day, and none of its orders is taken after that. What
is held of it is closed some time before, where the limits say so; otherwise it is settled.
"""

from collections.abc import Iterator

from oms.core import exits, holdings
from oms.core.book import SECOND_NS, Book
from oms.core.holdings import Listing
from oms.core.records import AllocationChanged, AnyOutput
from oms.core.timetable import closing_cancel_ns


def last_entry_ns(book: Book, symbol: str) -> int | None:
    """Return from when on nothing of a symbol is opened today; None: no session is known.

    Some time before the closing auction; on a contract's last day, before it ends or is closed.
    """
    limits, close_ns, usual_ns = book.limits, book.close_of(symbol), closing_cancel_ns(book)
    if limits is None or close_ns is None or usual_ns is None:
        return None
    if close_ns == book.close_ns:
        return usual_ns
    early_s = max(limits.closing_cancel_s, limits.expiry_flatten_s or 0)
    return min(usual_ns, close_ns - early_s * SECOND_NS)


def ending(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """Withdraw what still opens a contract that ends today, and close what is held of it."""
    if not book.on_margin or book.limits is None:
        return
    flatten_s = book.limits.expiry_flatten_s
    for allocation in list(book.allocations()):
        last_ns, close_ns = _due_ns(book, allocation.symbol), book.close_of(allocation.symbol)
        if last_ns is None or close_ns is None or not last_ns <= at_ns < close_ns:
            continue
        for order in list(allocation.open_orders.values()):
            if order.opens:
                yield from exits.withdraw_once(order, "last trading day", at_ns)
        closes = flatten_s is not None and at_ns >= close_ns - flatten_s * SECOND_NS
        if closes and allocation.exit_why is None and (allocation.shares or allocation.buying):
            yield from exits.want_out(book, allocation, "last trading day", at_ns, patient=False)
            yield from exits.pursue(book, allocation.strategy_id, allocation.symbol, at_ns)


def due(book: Book, at_ns: int) -> Iterator[int]:
    """Yield the instants after `at_ns` at which something of a contract's last day is due."""
    if not book.on_margin or book.limits is None:
        return
    for allocation in book.allocations():
        if not (allocation.shares or allocation.open_orders):
            continue
        first_ns, close_ns = _due_ns(book, allocation.symbol), book.close_of(allocation.symbol)
        if first_ns is None or close_ns is None:
            continue
        flatten_s = book.limits.expiry_flatten_s
        edges = (first_ns, None if flatten_s is None else close_ns - flatten_s * SECOND_NS)
        yield from (edge for edge in edges if edge is not None and edge > at_ns)


def settled(book: Book, listing: Listing, at_ns: int) -> Iterator[AnyOutput]:
    """Close what strategies held of a contract that has ended, at the broker's last price of it.

    What the broker takes for the settlement itself is in the balance alone.
    """
    price_krw = listing.final_krw
    assert price_krw is not None
    for held in list(listing.allocations.values()):
        if not held.shares:
            continue
        change = holdings.closed(held, held.shares, held.shares * price_krw, 0)
        yield AllocationChanged(
            at_ns=at_ns,
            strategy_id=held.strategy_id,
            symbol=held.symbol,
            shares=0,
            cost_krw=change.cost_krw,
            stop_krw=None,
            realised_krw=change.realised_krw,
            why=f"settled at {price_krw:,}",
            delta=-held.shares,
            direction=held.direction,
        )


def _due_ns(book: Book, symbol: str) -> int | None:
    """Return when the last day's work on a contract begins; None on any other day."""
    if book.close_ns is None or book.close_of(symbol) == book.close_ns:
        return None
    return last_entry_ns(book, symbol)
