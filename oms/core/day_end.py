"""A day that is over, compared with the broker: executions, costs, cash, holdings, P&L. To the won.

First what the history and the balance say is taken in as ever: fills nobody told of are counted.
What then still differs is told, and changes nothing. A day that ended while this process was away
is compared the same way at the next start: its orders wait for that as the book's `past`.
"""

from collections.abc import Iterable, Iterator

from kis_core.wire.account import OrderRow
from oms.core import amendment, fills, reconcile
from oms.core.book import SECOND_NS, Book
from oms.core.holdings import PastDay
from oms.core.order import EXPIRED, NEVER_ARRIVED, REJECTED, Order
from oms.core.records import (
    AnyOutput,
    BalanceRead,
    DayEndRead,
    DayReconciled,
    Difference,
    HistoryRead,
    OrderAnswered,
)

DIFFERENCES_MAX = 100


def read(book: Book, end: DayEndRead) -> Iterator[AnyOutput]:
    """Take a day's last word, then say how the book and the broker compare."""
    past = book.past
    heard = HistoryRead(at_ns=end.at_ns, asked_ns=end.asked_ns, date=end.date, rows=end.rows)
    if end.date == book.date:
        yield from reconcile.history(book, heard)
        orders = [order for order in book.orders.values() if order.sent_ns is not None]
    elif past is not None and end.date == past.date:
        yield from _late(book, past, heard)
        orders = list(past.orders.values())
    else:
        return
    yield from reconcile.balance(
        book, BalanceRead(at_ns=end.at_ns, asked_ns=end.asked_ns, balance=end.balance)
    )
    yield _compared(book, end, orders)


def _late(book: Book, past: PastDay, heard: HistoryRead) -> Iterator[AnyOutput]:
    """Count what a day gone by still had to tell: its fills count, on the day they are heard."""
    at_ns = heard.at_ns
    told = {int(row.broker_id): row for row in heard.rows}
    rows = {number: row for number, row in told.items() if row.original_id is None}
    changes = reconcile.changes_in(heard.rows)
    claimed = {number for order in past.orders.values() for number in order.numbers}
    for order in past.orders.values():
        if order.broker_id is None and _may_have_arrived(order):
            row = reconcile.match(order, rows, claimed)
            if row is None:
                continue
            claimed.add(int(row.broker_id))
            yield OrderAnswered(
                at_ns=at_ns,
                order_id=order.order_id,
                intent_id=order.intent_id,
                strategy_id=order.strategy_id,
                symbol=order.symbol,
                answer="accepted",
                broker_id=row.broker_id,
                branch=row.branch,
                source="history",
            )
        yield from amendment.shown(book, order, changes, heard)
        yield from fills.found(book, order, told, at_ns)


def _may_have_arrived(order: Order) -> bool:
    lost = order.refusal_code == NEVER_ARRIVED
    return order.state is EXPIRED or (order.state is REJECTED and lost)


def _compared(book: Book, end: DayEndRead, orders: list[Order]) -> DayReconciled:
    rows = {int(row.broker_id): row for row in end.rows}
    bought = sum(order.filled_value_krw for order in orders if order.side == "BUY")
    sold = sum(order.filled_value_krw for order in orders if order.side == "SELL")
    cost = sum(order.cost_krw for order in orders)
    ours = {number for order in orders for number in order.numbers}
    others = [r for n, r in rows.items() if n not in ours and int(r.original_id or 0) not in ours]
    today = end.date == book.date
    alone = today and not any(row.filled for row in others)
    told_cost = end.balance.costs_today_krw if alone else None
    if told_cost == 0 and cost:
        told_cost = None  # not told yet
    paid = alone and not book.on_margin  # a contract is not paid for: cash does not follow orders
    moved = sold - bought - cost
    opening = book.opening_cash_krw if paid else None
    told_moved = None if opening is None else end.balance.settled_d2_krw - opening
    pnl, told_pnl = _pnl(book, end) if paid else (None, None)
    past = book.past
    realised = book.realised_today_krw if today or past is None else past.realised_krw
    found = [*_orders(rows, orders), *_holdings(book, end)]
    for what, own, theirs in (
        ("costs", cost, told_cost),
        ("cash", moved, told_moved),
        ("pnl", pnl, told_pnl),
    ):
        if own is not None and theirs is not None and own != theirs:
            found.append(Difference(what, own, theirs))  # type: ignore[arg-type]
    return DayReconciled(
        at_ns=end.at_ns,
        date=end.date,
        orders=len(orders),
        shares=sum(order.filled for order in orders),
        bought_krw=bought,
        sold_krw=sold,
        cost_krw=cost,
        realised_krw=realised,
        external_orders=len(others),
        broker_cost_krw=told_cost,
        cash_krw=None if told_moved is None else moved,
        broker_cash_krw=told_moved,
        pnl_krw=None if told_pnl is None else pnl,
        broker_pnl_krw=told_pnl,
        differences=tuple(found[:DIFFERENCES_MAX]),
    )


def _orders(rows: dict[int, OrderRow], orders: Iterable[Order]) -> Iterator[Difference]:
    """What the history says of each of our orders, and we do not, or the other way round."""
    for order in orders:
        told = [rows[number] for number in order.numbers if number in rows]
        place = {"order_id": order.order_id, "symbol": order.symbol}
        if not told:
            if order.numbers or order.filled or order.is_open:
                yield Difference("missing", order.filled, None, **place)
            continue
        filled, value = sum(r.filled for r in told), sum(r.filled_value_krw for r in told)
        if order.filled != filled:
            yield Difference("shares", order.filled, filled, **place)
        elif order.filled_value_krw != value:
            yield Difference("value", order.filled_value_krw, value, **place)
        if order.is_open:
            yield Difference("open", order.remaining, sum(r.remaining for r in told), **place)


def _holdings(book: Book, end: DayEndRead) -> Iterator[Difference]:
    """Symbols whose shares the strategies and the broker count differently, the owned aside."""
    assert book.limits is not None
    settle_ns = book.limits.fill_settle_s * SECOND_NS
    held = {line.symbol: line.shares for line in end.balance.holdings}
    for symbol, listing in sorted(book.listings.items()):
        theirs = held.get(symbol, 0)
        drift = theirs - listing.allocated
        if drift and drift != listing.acknowledged and listing.is_quiet(end.asked_ns, settle_ns):
            yield Difference("holding", listing.allocated, theirs, symbol=symbol)


def _pnl(book: Book, end: DayEndRead) -> tuple[int | None, int | None]:
    """Return the P&L since the baseline, of the book and of the broker, at the broker's prices.

    None where the baseline or a price is not known, or shares nobody owns move the equity too.
    """
    before, gain, baseline = book.gone_before, book.held_gain_krw, book.baseline_krw
    owned = not any(listing.drift for listing in book.listings.values())
    if before is None or gain is None or baseline is None or not owned:
        return None, None
    pnl = book.realised_today_krw - before[0] + gain - before[1]
    return pnl, end.balance.total_krw - baseline
