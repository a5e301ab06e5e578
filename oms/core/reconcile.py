"""Our book against the broker's own word: the order history and the balance.

A positive statement (a fill, a cancel, an order found) counts at once. An absence counts only when
two snapshots agree on it. A query that failed is not a snapshot: it changes nothing but its count.
"""

from collections.abc import Iterator

from kis_core.market.instants import date_of
from kis_core.wire.account import OrderRow, OrderType
from oms.core import fills
from oms.core.book import SECOND_NS, Book
from oms.core.holdings import Listing
from oms.core.order import NEVER_ARRIVED, REJECTED, UNKNOWN, Cancel, Order
from oms.core.records import (
    AllocationChanged,
    AnyOutput,
    BalanceRead,
    BalanceTaken,
    BaselineSet,
    BuyingPowerRead,
    BuyingPowerTaken,
    CancelCleared,
    DriftSeen,
    DriftSuspected,
    ExternalSeen,
    FlagChanged,
    HeldLine,
    HistoryRead,
    HistoryTaken,
    OrderMissed,
)

_NO_PRICE = frozenset((OrderType.MARKET, OrderType.MARKET_IOC, OrderType.MARKET_FOK))
"""Kinds that the history tells with a price of 0."""
MISSES = 2
"""Histories that must agree before an unknown order counts as never arrived."""
CLOCK_SKEW_S = 5
"""How far the broker's clock may lie behind ours when an order's time is compared."""
CANCEL_PATIENCE_NS = 10 * SECOND_NS
"""A cancel that was taken but has not happened after this may be asked for again."""
AFTER_CLOSE_NS = 60 * SECOND_NS
"""From this long after the close on, what the history still shows as open is over."""


def history(book: Book, read: HistoryRead) -> Iterator[AnyOutput]:
    """Take the day's orders: ours first, then the lost ones, then those of others."""
    if read.date != book.date:
        return
    rows = {int(row.broker_id): row for row in read.rows if row.original_id is None}
    for number, row in rows.items():
        order = book.by_broker.get(number)
        if order is not None:
            yield from fills.found(book, order, row, read.at_ns)
            yield from _cancel_cleared(order, row, read)
            yield from _session_over(book, order, row, read)
    for order in _lost(book):
        match = _match(book, order, rows)
        if match is not None:
            yield from fills.accepted(
                book, order, match.broker_id, match.branch, read.at_ns, "history"
            )
            yield from fills.found(book, order, match, read.at_ns)
        elif order.state is UNKNOWN:
            yield from _missed(book, order, read)
    for number, row in rows.items():
        known = number in book.by_broker or number in book.externals
        if not known and book.unsettled(row.symbol, row.side) is None:
            yield ExternalSeen(at_ns=read.at_ns, row=row)
    yield HistoryTaken(at_ns=read.at_ns, asked_ns=read.asked_ns, orders=len(rows))


def _lost(book: Book) -> list[Order]:
    """Return the orders that may still turn up, those still looked for first, then oldest first.

    One that was settled as never arrived is among them: should it appear after all, it is ours. But
    while a later one of its symbol and side has no certain answer, what appears may be that one's.
    """
    lost = [
        order
        for order in book.orders.values()
        if order.broker_id is None
        and (
            order.state is UNKNOWN
            or (
                order.state is REJECTED
                and order.refusal_code == NEVER_ARRIVED
                and book.unsettled(order.symbol, order.side) is None
            )
        )
    ]
    return sorted(lost, key=lambda order: order.state is not UNKNOWN)


def _match(book: Book, order: Order, rows: dict[int, OrderRow]) -> OrderRow | None:
    """Return the row that is this order: same terms, not before it was sent, claimed by nobody."""
    assert order.sent_ns is not None
    sent_s = _second_of_day(order.sent_ns)
    candidates = [
        (seconds, number, row)
        for number, row in rows.items()
        if number not in book.by_broker
        and number not in book.externals
        and row.symbol == order.symbol
        and row.side == order.side
        and row.shares == order.shares
        and _has_terms(order, row)
        and (seconds := _seconds(row.ordered_at)) >= sent_s - CLOCK_SKEW_S
    ]
    return min(candidates, key=lambda c: c[:2])[2] if candidates else None


def _has_terms(order: Order, row: OrderRow) -> bool:
    """Whether a row has an order's kind, price, condition and venue, as far as it tells them.

    The price of a kind that carries none is the venue's to say, and so is where SOR sent one.
    """
    if row.order_type != order.order_type:
        return False
    priceless = order.limit_krw is None and order.order_type not in _NO_PRICE
    if not priceless and row.limit_krw != (order.limit_krw or 0):
        return False
    if row.order_type == OrderType.STOP_LIMIT and row.condition_krw != order.trigger_krw:
        return False
    return order.venue == "SOR" or row.venue in ("", order.venue)


def _missed(book: Book, order: Order, read: HistoryRead) -> Iterator[AnyOutput]:
    assert book.limits is not None
    assert order.sent_ns is not None
    if read.asked_ns < order.sent_ns + book.limits.unknown_settle_s * SECOND_NS:
        return
    times = order.missed + 1
    if times < MISSES:
        yield OrderMissed(at_ns=read.at_ns, order_id=order.order_id, times=times)
        return
    yield from fills.closed(book, order, "REJECTED", "never arrived", read.at_ns, NEVER_ARRIVED)


def _cancel_cleared(order: Order, row: OrderRow, read: HistoryRead) -> Iterator[AnyOutput]:
    """Allow another cancel where the first was refused or lost and the order works on."""
    if not order.is_open or row.remaining <= 0 or read.asked_ns <= order.cancel_ns:
        return
    waited = read.asked_ns > order.cancel_ns + CANCEL_PATIENCE_NS
    if order.cancel in (Cancel.DECLINED, Cancel.UNKNOWN) or (
        order.cancel in (Cancel.ACCEPTED, Cancel.DONE) and waited
    ):
        yield CancelCleared(at_ns=read.at_ns, order_id=order.order_id)


def _session_over(
    book: Book, order: Order, row: OrderRow, read: HistoryRead
) -> Iterator[AnyOutput]:
    until_ns = order.until_ns if order.until_ns is not None else book.close_ns
    over = until_ns is not None and read.asked_ns >= until_ns + AFTER_CLOSE_NS
    if over and order.is_open and row.filled <= order.filled:
        yield from fills.closed(book, order, "EXPIRED", "session over", read.at_ns)


def balance(book: Book, read: BalanceRead) -> Iterator[AnyOutput]:
    """Take the balance: equity, the day's baseline, and what disagrees with the allocations."""
    if book.balance_ns is not None and read.asked_ns <= book.balance_ns:
        return  # overtaken by a newer one
    told = read.balance
    lines = tuple(
        HeldLine(h.symbol, h.shares, h.sellable, h.cost_krw, h.price_krw) for h in told.holdings
    )
    yield BalanceTaken(
        at_ns=read.at_ns,
        asked_ns=read.asked_ns,
        equity_krw=told.total_krw,
        deposit_krw=told.deposit_krw,
        settled_d2_krw=told.settled_d2_krw,
        holdings=lines,
    )
    before_open = book.open_ns is not None and read.asked_ns < book.open_ns
    today = book.date == date_of(read.asked_ns).isoformat()
    changed = book.baseline_krw != told.total_krw
    whole = told.total_krw > 0  # an answer without a total is no day's start
    if today and whole and (book.baseline_krw is None or (before_open and changed)):
        yield BaselineSet(at_ns=read.at_ns, date=book.date or "", equity_krw=told.total_krw)
    for listing in list(book.listings.values()):
        yield from _drift(book, listing, read)


def _drift(book: Book, listing: Listing, read: BalanceRead) -> Iterator[AnyOutput]:
    assert book.limits is not None
    settle_ns = book.limits.fill_settle_s * SECOND_NS
    if listing.broker_shares is None or not listing.is_quiet(read.asked_ns, settle_ns):
        return
    drift = listing.broker_shares - listing.allocated
    if drift == listing.drift:
        if listing.suspected != drift:
            yield DriftSuspected(at_ns=read.at_ns, symbol=listing.symbol, drift=drift)
        yield from _freeze(listing, drift, read.at_ns)
        return
    if drift != listing.suspected:
        yield DriftSuspected(at_ns=read.at_ns, symbol=listing.symbol, drift=drift)
        return
    yield _seen(listing, drift, read.at_ns)
    holders = [a for a in listing.allocations.values() if a.shares]
    missing = drift < 0 if listing.allocated > 0 else drift > 0
    if missing and len(holders) == 1 and abs(drift) <= holders[0].shares:
        holder = holders[0]
        left = holder.shares - abs(drift)
        yield AllocationChanged(
            at_ns=read.at_ns,
            strategy_id=holder.strategy_id,
            symbol=listing.symbol,
            shares=left,
            cost_krw=holder.cost_krw * left // holder.shares,
            stop_krw=holder.stop_krw if left else None,
            realised_krw=0,
            why="the broker holds fewer",
            delta=-abs(drift),
            direction=holder.direction,
        )
        drift = 0
        yield _seen(listing, drift, read.at_ns)
    yield from _freeze(listing, drift, read.at_ns)


def _freeze(listing: Listing, drift: int, at_ns: int) -> Iterator[AnyOutput]:
    """Keep entries out of a symbol whose shares are not explained, and let them in again.

    What an operator acknowledged counts as explained, until it is another number of shares.
    """
    unexplained = drift != 0 and drift != listing.acknowledged
    if listing.frozen != unexplained:
        yield FlagChanged(
            at_ns=at_ns,
            flag="frozen",
            on=unexplained,
            actor="oms",
            reason=f"ALLOCATION DRIFT {drift:+d}" if drift else "Unfroze: drift resolved",
            subject=listing.symbol,
        )


def _seen(listing: Listing, drift: int, at_ns: int) -> DriftSeen:
    assert listing.broker_shares is not None
    return DriftSeen(
        at_ns=at_ns,
        symbol=listing.symbol,
        broker_shares=listing.broker_shares,
        allocated=listing.allocated,
        drift=drift,
    )


def buying_power(book: Book, read: BuyingPowerRead) -> Iterator[AnyOutput]:
    """Take what the broker lets us order with."""
    if book.cash_ns is not None and read.asked_ns <= book.cash_ns:
        return
    yield BuyingPowerTaken(
        at_ns=read.at_ns, asked_ns=read.asked_ns, amount_krw=read.power.amount_krw
    )


def _second_of_day(at_ns: int) -> int:
    return (at_ns // SECOND_NS + 9 * 3600) % 86_400


def _seconds(hhmmss: str) -> int:
    return int(hhmmss[:2]) * 3600 + int(hhmmss[2:4]) * 60 + int(hhmmss[4:6])
