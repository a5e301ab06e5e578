"""Our book against the broker's own word: the order history and the balance.

A positive statement (a fill, a cancel, an order found) counts at once. An absence counts only when
two snapshots agree on it. A query that failed is not a snapshot: it changes nothing but its count.
"""

from collections.abc import Container, Iterable, Iterator

from kis_core.market.instants import date_of
from kis_core.wire.account import OrderRow, OrderType
from oms.core import amendment, arbitration, exits, expiry, fills, splits
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
"""A cancel that was taken but has not happened after this may be asked for again. One that was
declined or lost may be at once, then after 1, 2, 4 ... seconds, up to this: an order may be one
that the broker lists as working and will not cancel, and a flood of questions blocks the key."""
ARRIVES_WITHIN_S = 60
"""Until when after its send an order may reach the exchange. Nobody waits as long for its answer;
one like it that is placed later is somebody else's."""
_TYPES = frozenset(OrderType)
"""A history that names an order's type in words nobody established says nothing of it."""
AFTER_CLOSE_NS = 60 * SECOND_NS
"""From this long after the close on, what the history still shows as open is over."""


def history(book: Book, read: HistoryRead) -> Iterator[AnyOutput]:
    """Take the day's orders: ours first, then the lost ones, then those of others."""
    if read.date != book.date:
        return
    told = {int(row.broker_id): row for row in read.rows}
    rows = {number: row for number, row in told.items() if row.original_id is None}
    changes = changes_in(read.rows)
    for number in rows:
        order = book.by_broker.get(number)
        if order is not None:
            yield from _ours(book, order, told, changes, read)
    for order in _lost(book):
        found = match(order, rows, book.by_broker.keys() | book.externals.keys())
        if found is not None:
            yield from fills.accepted(
                book, order, found.broker_id, found.branch, read.at_ns, "history"
            )
            yield from amendment.shown(book, order, changes, read)
            yield from fills.found(book, order, told, read.at_ns)
        elif order.state is UNKNOWN:
            yield from _missed(book, order, read)
    for number, row in rows.items():
        if number not in book.by_broker and _tells_news(book, number, row):
            yield ExternalSeen(at_ns=read.at_ns, row=row)
    yield HistoryTaken(at_ns=read.at_ns, asked_ns=read.asked_ns, orders=len(rows))


def changes_in(rows: Iterable[OrderRow]) -> dict[int, list[OrderRow]]:
    """Return the modifies and cancels by the number they name as the original, oldest first."""
    changes: dict[int, list[OrderRow]] = {}
    for row in sorted(rows, key=lambda row: int(row.broker_id)):
        if row.original_id is not None:
            changes.setdefault(int(row.original_id), []).append(row)
    return changes


def _ours(
    book: Book,
    order: Order,
    told: dict[int, OrderRow],
    changes: dict[int, list[OrderRow]],
    read: HistoryRead,
) -> Iterator[AnyOutput]:
    """Take what a history says of one of our orders: its numbers, its fills, its end."""
    yield from amendment.shown(book, order, changes, read)
    yield from amendment.moved_back(book, order, told, read)
    yield from amendment.settled(book, order, told, read)
    yield from fills.found(book, order, told, read.at_ns)
    if int(order.broker_id or 0) in told:
        for cleared in _cancel_cleared(order, told[int(order.broker_id or 0)], read):
            yield cleared
            if arbitration.is_making_way(order):
                yield from exits.withdraw(order, order.cancel_why or "", read.at_ns)
            yield from exits.release(book, order.symbol, read.at_ns)
    yield from _session_over(book, order, told, read)


def _lost(book: Book) -> list[Order]:
    """Return the orders that may still turn up, those still looked for first, then oldest first.

    One that was settled as never arrived is among them: should it appear after all, it is ours. But
    while a later one of its symbol and side has no certain answer, what appears may be that one's;
    and once its strategy has sent another in its place, what appears is adopted by nobody.
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
                and not _is_replaced(book, order)
            )
        )
    ]
    return sorted(lost, key=lambda order: order.state is not UNKNOWN)


def _is_replaced(book: Book, lost: Order) -> bool:
    """Whether a strategy sent another order of the same symbol and side after one it gave up."""
    return any(
        other.strategy_id == lost.strategy_id
        and other.symbol == lost.symbol
        and other.side == lost.side
        and (other.sent_ns or 0) > (lost.sent_ns or 0)
        for other in book.orders.values()
    )


def match(order: Order, rows: dict[int, OrderRow], claimed: Container[int]) -> OrderRow | None:
    """Return the row that is this order: same terms, sent and placed at about the same time,
    claimed by nobody. Of several the first: nothing in the list tells them apart."""
    assert order.sent_ns is not None
    sent_s = _second_of_day(order.sent_ns)
    candidates = [
        (seconds, number, row)
        for number, row in rows.items()
        if number not in claimed
        and row.symbol == order.symbol
        and row.side == order.side
        and row.shares == order.shares
        and _has_terms(order, row)
        and -CLOCK_SKEW_S <= (seconds := _seconds(row.ordered_at)) - sent_s <= ARRIVES_WITHIN_S
    ]
    return min(candidates, key=lambda c: c[:2])[2] if candidates else None


def _tells_news(book: Book, number: int, row: OrderRow) -> bool:
    """Whether a row of somebody else is new, or further than we knew. Lists may lag behind."""
    known = book.externals.get(number)
    if known is None:
        return book.unsettled(row.symbol, row.side) is None
    return row.filled > known.filled or row.remaining < known.remaining


def _has_terms(order: Order, row: OrderRow) -> bool:
    """Whether a row has an order's kind, price, condition and venue, as far as it tells them.

    The price of a kind that carries none is the venue's to say, and so is where SOR sent one.
    """
    if row.order_type != order.order_type and row.order_type in _TYPES:
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
    patience_ns = CANCEL_PATIENCE_NS
    if order.cancel in (Cancel.DECLINED, Cancel.UNKNOWN):
        doubled_ns = SECOND_NS << min(order.cancels - 2, 10) if order.cancels > 1 else 0
        patience_ns = min(doubled_ns, CANCEL_PATIENCE_NS)
    elif order.cancel not in (Cancel.ACCEPTED, Cancel.DONE):
        return
    if read.asked_ns > order.cancel_ns + patience_ns:
        moved = order.cancel_id != order.broker_id
        yield CancelCleared(at_ns=read.at_ns, order_id=order.order_id)
        if moved:  # it was asked of a number that a modify had replaced
            yield from exits.withdraw(order, order.cancel_why or "cancelled", read.at_ns)


def _session_over(
    book: Book, order: Order, told: dict[int, OrderRow], read: HistoryRead
) -> Iterator[AnyOutput]:
    until_ns = order.until_ns if order.until_ns is not None else book.close_ns
    over = until_ns is not None and read.asked_ns >= until_ns + AFTER_CLOSE_NS
    if not over or not order.is_open or any(number not in told for number in order.numbers):
        return
    if sum(told[number].filled for number in order.numbers) <= order.filled:
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
        margin_krw=told.margin_krw,
        margin_call_krw=told.margin_call_krw,
    )
    before_open = book.open_ns is not None and read.asked_ns < book.open_ns
    today = book.date == date_of(read.asked_ns).isoformat()
    changed = book.baseline_krw != told.total_krw
    whole = told.total_krw > 0  # an answer without a total is no day's start
    if today and whole and (book.baseline_krw is None or (before_open and changed)):
        yield BaselineSet(at_ns=read.at_ns, date=book.date or "", equity_krw=told.total_krw)
    for listing in list(book.listings.values()):
        yield from _drift(book, listing, read)
    yield from exits.flatten_ended(book, read.at_ns)


def _drift(book: Book, listing: Listing, read: BalanceRead) -> Iterator[AnyOutput]:
    assert book.limits is not None
    settle_ns = book.limits.fill_settle_s * SECOND_NS
    if listing.broker_shares is None or not listing.is_quiet(read.asked_ns, settle_ns):
        return
    if book.past is not None and book.past.waits_for(listing.symbol):
        return  # what an earlier day filled is not known yet
    drift = listing.broker_shares - listing.allocated
    if drift == listing.drift:
        if listing.suspected != drift:
            yield DriftSuspected(at_ns=read.at_ns, symbol=listing.symbol, drift=drift)
        yield from _freeze(listing, drift, read.at_ns)
        return
    if drift != listing.suspected:
        yield DriftSuspected(at_ns=read.at_ns, symbol=listing.symbol, drift=drift)
        return
    missing = drift < 0 if listing.allocated > 0 else drift > 0
    if missing and splits.is_unsure(book, listing) and not listing.rescaled:
        yield from _freeze(listing, drift, read.at_ns)  # the day's base price says more
        return
    yield _seen(listing, drift, read.at_ns)
    holders = [a for a in listing.allocations.values() if a.shares]
    if missing and book.has_ended(listing.symbol, read.asked_ns) is not False:
        # nothing was sold: it was settled, at a price that only the broker can say
        if listing.broker_shares == 0 and listing.final_krw is not None:
            yield from expiry.settled(book, listing, read.at_ns)
            drift = 0
            yield _seen(listing, drift, read.at_ns)
    elif missing and not listing.rescaled and len(holders) == 1 and abs(drift) <= holders[0].shares:
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
