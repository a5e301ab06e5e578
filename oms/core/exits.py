"""Selling: what a strategy holds less what it is already selling, whatever the switches say.

Safe mode, halts, cool-downs and caps are for entries. What stops an exit is only that there is
nothing left to sell, or that the exchange takes no orders now; a wish to be out (`ExitWanted`)
survives both, a restart too, and is pursued until nothing is held.
"""

from collections.abc import Iterator

from kis_core.wire.account import OrderType
from oms.core import arbitration, hours, plan, splits, timetable
from oms.core.book import SECOND_NS, Book
from oms.core.holdings import Allocation
from oms.core.order import AT_BROKER, NEVER_ARRIVED, PLANNED, REJECTED, Cancel, Order
from oms.core.parent import Parent
from oms.core.records import (
    UNALLOCATED,
    AnyOutput,
    CancelPlanned,
    CancelWanted,
    ExitWanted,
    FlagChanged,
    OrderPlanned,
    OrderSent,
    ParentClosed,
    Quote,
    QuoteSeen,
    Side,
    StopFired,
)
from oms.core.routing import Route

_ASKED_IN_VAIN = (Cancel.DECLINED, Cancel.UNKNOWN)
NXT_TRIES = 3
"""After so many sales that NXT did not fill, a stop waits for KRX."""


def send(book: Book, order: OrderPlanned) -> Iterator[AnyOutput]:
    """Plan an order, and let it leave unless something of ours is in its way.

    While an order is unsettled no second one of its symbol and side may leave: in the history the
    two could not be told apart. Nor may it trade with another order of ours. It stays planned then
    and follows by `release`.
    """
    yield order
    if not order.held:
        yield from leave(book, book.orders[order.order_id], order.at_ns)


def leave(book: Book, order: Order, at_ns: int) -> Iterator[AnyOutput]:
    """Let a planned order leave if its way is free, and clear the way of an exit."""
    if not order.opens:
        for other in arbitration.met_by(book, order):
            if other.opens:
                yield from withdraw_once(other, arbitration.way_of(order.order_id), at_ns)
    settled = book.unsettled(order.symbol, order.side) is None
    if settled and arbitration.way_is_free(book, order, at_ns):
        yield OrderSent(at_ns=at_ns, order_id=order.order_id)


def is_wanted(order: Order, at_ns: int) -> bool:
    """Whether an order shall be cancelled as soon as it can be."""
    return order.cancel_at_ns is not None and order.cancel_at_ns <= at_ns


def release(book: Book, symbol: str, at_ns: int) -> Iterator[AnyOutput]:
    """Let planned orders of a symbol leave whose way is free now, oldest first."""
    listing = book.listings.get(symbol)
    if listing is None:
        return
    waiting = [
        order
        for allocation in listing.allocations.values()
        for order in allocation.open_orders.values()
        if order.state is PLANNED and not order.held
    ]
    for order in sorted(waiting, key=lambda order: order.order_id):
        yield from leave(book, order, at_ns)


def pursue(
    book: Book, strategy_id: str, symbol: str, at_ns: int, quote: Quote | None = None
) -> Iterator[AnyOutput]:
    """Bring a wish to be out one step further: sell what can be sold, or end the wish."""
    allocation = book.allocation(strategy_id, symbol)
    why = allocation.exit_why
    if why is None:
        return
    if allocation.shares == 0 and not allocation.open_orders:
        yield ExitWanted(at_ns=at_ns, strategy_id=strategy_id, symbol=symbol, why=None)
        return
    shares = allocation.sellable
    if shares == 0 or at_ns < allocation.exit_next_ns:
        return
    if timetable.takes_orders(book, at_ns, symbol):
        yield from send(book, plan.sale(book, strategy_id, symbol, shares, why, at_ns))
    elif (route := stop_on_nxt(book, allocation, at_ns)) is not None:
        yield from send(
            book,
            plan.sale(book, strategy_id, symbol, shares, why, at_ns, route=route, quote=quote),
        )


def stop_on_nxt(book: Book, allocation: Allocation, at_ns: int) -> Route | None:
    """Return how a stop that has fired sells on NXT, until shortly before its session of now ends.

    None where the limits do not say so, NXT takes nothing now, or has left it unfilled too often.
    """
    if allocation.stop_fired_ns is None or allocation.exit_tries >= NXT_TRIES:
        return None
    if not _may_stop_on_nxt(book, allocation.symbol, at_ns):
        return None
    assert book.limits is not None
    span = hours.span_of(book, "NXT", OrderType.LIMIT, at_ns)
    assert span is not None
    ends_ns = span.end_ns - book.limits.closing_cancel_s * SECOND_NS
    until_ns = hours.until_ns(book, "NXT", OrderType.LIMIT, at_ns)
    return Route("NXT", OrderType.LIMIT, window=(span.start_ns, ends_ns), until_ns=until_ns)


def _may_stop_on_nxt(book: Book, symbol: str, at_ns: int) -> bool:
    """Whether NXT takes a stop's sale now: a limit order, hence of a symbol with a price."""
    assert book.limits is not None
    known = book.listing(symbol).mark_krw is not None
    return book.limits.stops_on_nxt and known and hours.takes(book, "NXT", OrderType.LIMIT, at_ns)


def want_out(
    book: Book, allocation: Allocation, why: str, at_ns: int, *, patient: bool
) -> Iterator[AnyOutput]:
    """Record the wish to be out and withdraw what stands against it.

    Parents end, and working buys are cancelled first. `patient` leaves working sells alone;
    otherwise sells at a limit are withdrawn too, and their shares follow at the market once they
    are back.
    """
    yield ExitWanted(
        at_ns=at_ns, strategy_id=allocation.strategy_id, symbol=allocation.symbol, why=why
    )
    yield from withdraw_parents(allocation, why, at_ns)
    for order in list(allocation.open_orders.values()):
        if order.opens or (not patient and order.limit_krw is not None):
            yield from withdraw(order, why, at_ns)


def withdraw_parents(
    allocation: Allocation, why: str, at_ns: int, side: Side | None = None
) -> Iterator[AnyOutput]:
    """End the parents of an allocation, of a side or of both; their children are orders."""
    for parent in list(allocation.parents.values()):
        if side in (None, parent.side):
            yield parent_closed(parent, why, at_ns)


def parent_closed(parent: Parent, why: str, at_ns: int) -> ParentClosed:
    """Return that nothing more of a parent leaves."""
    return ParentClosed(
        at_ns=at_ns,
        parent_id=parent.parent_id,
        intent_id=parent.asked.intent_id,
        strategy_id=parent.strategy_id,
        symbol=parent.symbol,
        side=parent.side,
        shares=parent.shares,
        filled=parent.filled,
        why=why,
    )


def withdraw(order: Order, why: str, at_ns: int, actor: str | None = None) -> Iterator[AnyOutput]:
    """Ask for an order's cancel: now, or as soon as it has a number that nothing is asked of."""
    if order.cancellable:
        yield cancel_of(order, why, at_ns, actor)
    elif order.is_open and (
        order.state not in AT_BROKER
        or order.amending
        or (order.cancel in _ASKED_IN_VAIN and not is_wanted(order, at_ns))
    ):
        yield CancelWanted(at_ns=at_ns, order_id=order.order_id, why=why)


def withdraw_due(order: Order, at_ns: int) -> Iterator[AnyOutput]:
    """Ask for the cancel that waited for a number, or for what became of a modify."""
    due = order.cancel_at_ns is not None and order.cancel_at_ns <= at_ns
    if due and order.cancellable:
        yield cancel_of(order, order.cancel_why or "expired", at_ns)


def cancel_of(order: Order, why: str, at_ns: int, actor: str | None = None) -> CancelPlanned:
    """Return the cancel of the number that an order works under."""
    assert order.broker_id is not None, f"{order.order_id} has no order number to cancel"
    first = order.is_first(int(order.broker_id))
    return CancelPlanned(
        at_ns=at_ns,
        order_id=order.order_id,
        why=why,
        actor=actor,
        broker_id=None if first else order.broker_id,
    )


def withdraw_once(order: Order, why: str, at_ns: int) -> Iterator[AnyOutput]:
    """Ask for an order's cancel, unless that is already wanted."""
    if order.state in AT_BROKER or not is_wanted(order, at_ns):
        yield from withdraw(order, why, at_ns)


def stop_reached(book: Book, seen: QuoteSeen) -> Iterator[AnyOutput]:
    """Sell what stands on a protective stop that a fresh live trade has reached."""
    quote, at_ns = seen.quote, seen.at_ns
    assert book.limits is not None
    fresh_from_ns = at_ns - int(book.limits.quote_age_s_max * SECOND_NS)
    listing = book.listings.get(quote.symbol)
    if quote.venue == "NXT" and not book.limits.stops_on_nxt:
        return
    if listing is None or min(quote.at_ns, quote.arrived_ns) < fresh_from_ns:
        return
    if splits.holds_stops(book, listing, quote.price_krw):
        return
    for allocation in list(listing.allocations.values()):
        stop = allocation.stop_krw
        if stop is None or allocation.stop_fired_ns is not None:
            continue
        short = allocation.direction == "SHORT"
        if quote.price_krw < stop if short else quote.price_krw > stop:
            continue
        if allocation.shares == 0 or allocation.exit_why is not None:
            continue
        yield from withdraw_parents(allocation, f"stop {stop}", at_ns)
        takes = timetable.takes_orders(book, at_ns, quote.symbol)
        takes = takes or _may_stop_on_nxt(book, quote.symbol, at_ns)
        sells = allocation.sellable > 0 and takes
        yield StopFired(
            at_ns=at_ns,
            strategy_id=allocation.strategy_id,
            symbol=quote.symbol,
            order_id=plan.order_id(book) if sells else None,
            stop_krw=stop,
            price_krw=quote.price_krw,
        )
        why = f"stop {stop}"
        yield from want_out(book, allocation, why, at_ns, patient=False)
        yield from pursue(book, allocation.strategy_id, quote.symbol, at_ns, quote)


def ended_unfilled(book: Book, order: Order, at_ns: int) -> Iterator[AnyOutput]:
    """After a sell that ended with shares left: wait a little longer each time, then sell again.

    One that we withdrew ourselves is followed at once, and so is one at a limit that a venue other
    than KRX refused: it goes to KRX instead.
    """
    allocation = book.allocation(order.strategy_id, order.symbol)
    if allocation.exit_why is None:
        refused = order.state is REJECTED and order.refusal_code != NEVER_ARRIVED
        away = order.venue != "KRX" and not order.filled
        if (
            refused
            and away
            and timetable.takes_orders(book, at_ns)
            and allocation.sellable >= order.remaining
        ):
            yield from send(book, plan.on_krx(book, order, at_ns))
        return
    if book.limits is None:
        return
    tries, pause_s = 0, 0
    if order.cancel_why is None:
        tries = allocation.exit_tries + 1
        doubled = book.limits.exit_retry_s * 2 ** min(tries - 1, 10)
        pause_s = min(doubled, book.limits.exit_retry_s_max)
    yield ExitWanted(
        at_ns=at_ns,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        why=allocation.exit_why,
        tries=tries,
        next_ns=at_ns + pause_s * SECOND_NS,
    )


def flatten_account(book: Book, why: str, at_ns: int) -> Iterator[AnyOutput]:
    """Cancel every working buy, sell every allocation and what nobody owns. Repeatable."""
    for allocation in list(book.allocations()):
        if allocation.shares or allocation.open_orders or allocation.parents:
            yield from want_out(book, allocation, why, at_ns, patient=False)
    for allocation in list(book.allocations()):
        yield from pursue(book, allocation.strategy_id, allocation.symbol, at_ns)
    yield from sell_unallocated(book, why, at_ns)
    yield from flatten_ended(book, at_ns)


def sell_unallocated(book: Book, why: str, at_ns: int) -> Iterator[AnyOutput]:
    """Sell the shares that two balances found without an owner, less those being sold."""
    for listing in list(book.listings.values()):
        if not timetable.takes_orders(book, at_ns, listing.symbol):
            continue
        nobodys = book.allocation(UNALLOCATED, listing.symbol)
        shares = abs(listing.unallocated) - nobodys.selling
        if shares > 0 and at_ns >= nobodys.exit_next_ns:
            order = plan.sale(book, UNALLOCATED, listing.symbol, shares, why, at_ns)
            yield from send(book, order)


def unallocated_due_ns(book: Book) -> Iterator[int]:
    """Yield from when on a flatten may sell what nobody owns, for whatever there is of it."""
    if not book.flattening:
        return
    for listing in book.listings.values():
        nobodys = book.allocation(UNALLOCATED, listing.symbol)
        if abs(listing.unallocated) > nobodys.selling:
            yield nobodys.exit_next_ns


def flatten_ended(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """Take the flatten flag down once nothing is held, by the last balance too, and nothing works.

    While an order works its symbol's shares are not compared, so that what nobody owns may be found
    only after the last allocation is gone.
    """
    if not book.flattening or book.open_orders or book.parents:
        return
    if any(a.shares for a in book.allocations()):
        return
    if any(listing.unallocated or listing.broker_shares for listing in book.listings.values()):
        return
    yield FlagChanged(
        at_ns=at_ns, flag="flattening", on=False, actor="oms", reason="nothing is held any more"
    )
