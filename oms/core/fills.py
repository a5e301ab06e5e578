"""What evidence does to an order: answers, notices and history rows become fills and ends.

Notices tell increments, the history running totals; both end in `newly_filled`, which counts a
share once. A notice may come before the answer that gives the order its number: it is kept and
counted when the number is known.
"""

from collections.abc import Iterator
from datetime import date
from typing import Literal, cast

from kis_core.market.costs import Market, TaxUnknown, order_cost_krw
from kis_core.wire.account import NoticeKind, OrderNotice, OrderRow
from oms.core import arbitration, exits, holdings
from oms.core.book import Book
from oms.core.order import (
    UNSETTLED,
    Cancel,
    Order,
    Refused,
    Report,
    after,
    newly_filled,
)
from oms.core.records import (
    UNALLOCATED,
    AllocationChanged,
    AnyOutput,
    BrokerAnswered,
    CancelAnswered,
    CancelPlanned,
    CancelSettled,
    ClosedState,
    ContradictionSeen,
    DriftSeen,
    NoticeCounted,
    NoticeHeard,
    NoticeKept,
    OrderAnswered,
    OrderClosed,
    OrderFilled,
    StopSet,
)

_REPORT_OF: dict[ClosedState, Report] = {
    "FILLED": Report.WHOLE_FILLED,
    "CANCELLED": Report.CANCEL_DONE,
    "REJECTED": Report.DECLINED,
    "EXPIRED": Report.DAY_OVER,
}


def answered(book: Book, answer: BrokerAnswered) -> Iterator[AnyOutput]:
    """Take the one answer to an order that was sent."""
    order = book.orders.get(answer.order_id)
    if order is None:
        yield _contradiction(answer.at_ns, None, f"answer to {answer.order_id}, which is not ours")
        return
    match answer.answer:
        case "accepted":
            if answer.broker_id is None or not answer.broker_id.strip().isdecimal():
                why = f"accepted with order number {answer.broker_id!r}"
                yield from lost(book, order, why, answer.at_ns, "answer")
                return
            yield from accepted(
                book, order, answer.broker_id, answer.branch, answer.at_ns, "answer"
            )
        case "declined":
            if order.state not in UNSETTLED:
                yield _contradiction(answer.at_ns, order, f"declined while {order.state}")
                return
            yield from closed(
                book, order, "REJECTED", "declined", answer.at_ns, answer.code, answer.text
            )
        case "unknown":
            if order.state in UNSETTLED:
                yield from lost(book, order, answer.text or "no answer", answer.at_ns, "answer")


def lost(
    book: Book, order: Order, why: str, at_ns: int, source: Literal["answer", "restart"]
) -> Iterator[AnyOutput]:
    """Note that nobody knows what became of a sent order. The history is asked from here on."""
    yield OrderAnswered(
        at_ns=at_ns,
        order_id=order.order_id,
        intent_id=order.intent_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        answer="unknown",
        broker_id=None,
        branch=None,
        source=source,
        text=why,
    )


def accepted(
    book: Book,
    order: Order,
    broker_id: str,
    branch: str | None,
    at_ns: int,
    source: Literal["answer", "history"],
) -> Iterator[AnyOutput]:
    """Give an order its number, then count what notices have already told under it."""
    other = book.by_broker.get(int(broker_id))
    if order.broker_id is not None or (other is not None and other is not order):
        if order.broker_id is None or int(order.broker_id) != int(broker_id):
            yield _contradiction(at_ns, order, f"number {broker_id} belongs elsewhere")
        return
    kept = tuple(book.unclaimed.get(int(broker_id), ()))
    yield OrderAnswered(
        at_ns=at_ns,
        order_id=order.order_id,
        intent_id=order.intent_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        answer="accepted",
        broker_id=broker_id,
        branch=branch,
        source=source,
    )
    for notice in kept:
        yield from _told(book, order, notice, at_ns)
    if order.is_open and order.cancel_at_ns is not None and order.cancel_at_ns <= at_ns:
        yield CancelPlanned(at_ns=at_ns, order_id=order.order_id, why=order.cancel_why or "expired")
    yield from exits.release(book, order.symbol, at_ns)


def noticed(book: Book, heard: NoticeHeard) -> Iterator[AnyOutput]:
    """Take an order notice: ours, not yet ours, or somebody else's."""
    notice = heard.notice
    target = notice.original_id if notice.original_id is not None else notice.broker_id
    order = book.by_broker.get(int(target))
    if order is None:
        if len(book.unclaimed.get(int(notice.broker_id), ())) < 10_000:
            yield NoticeKept(at_ns=heard.at_ns, notice=notice)
        return
    yield from _told(book, order, notice, heard.at_ns)


def _told(book: Book, order: Order, notice: OrderNotice, at_ns: int) -> Iterator[AnyOutput]:
    match notice.kind:
        case NoticeKind.FILLED:
            told = f"{notice.at}:{notice.shares}:{notice.price_krw}"
            if told in order.told:
                return  # a repeat; were it another fill after all, the history brings it
            if order.noticed + notice.shares > order.shares:
                yield _contradiction(at_ns, order, f"notices exceed the order: {told}")
                return
            value = notice.shares * notice.price_krw
            yield NoticeCounted(
                at_ns=at_ns,
                order_id=order.order_id,
                told=told,
                shares=notice.shares,
                value_krw=value,
            )
            yield from filled(
                book, order, order.noticed, order.noticed_value_krw, "notice", at_ns, notice.at
            )
        case NoticeKind.CANCELLED:
            # a notice of a fill may have been lost: what is left is known once the history says
            if order.is_open and order.cancel is not Cancel.DONE:
                yield CancelSettled(at_ns=at_ns, order_id=order.order_id, answer="done")
        case NoticeKind.REJECTED if notice.change == "new":
            yield from closed(book, order, "REJECTED", "rejected by the exchange", at_ns)
        case NoticeKind.REJECTED:
            yield CancelSettled(at_ns=at_ns, order_id=order.order_id, answer="declined")
        case NoticeKind.ACCEPTED:
            pass  # its number is known, hence it was accepted


def filled(
    book: Book,
    order: Order,
    total: int,
    total_krw: int,
    source: Literal["notice", "history"],
    at_ns: int,
    filled_at: str | None = None,
) -> Iterator[AnyOutput]:
    """Count what a running total adds, and give it to the strategy that ordered it."""
    new = newly_filled(order, total, total_krw)
    if new is None:
        return
    shares, value_krw = new
    report = Report.WHOLE_FILLED if total == order.shares else Report.PART_FILLED
    if total > order.shares or isinstance(after(order.state, report), Refused) or value_krw <= 0:
        yield _contradiction(
            at_ns, order, f"{source} says {total} filled for {total_krw} KRW while {order.state}"
        )
        return
    was_open = order.is_open
    try:
        cost = _cost_krw(book, order, total_krw)
    except TaxUnknown as error:
        yield _contradiction(at_ns, order, str(error))
        cost = order.cost_krw
    fee = cost - order.cost_krw
    yield OrderFilled(
        at_ns=at_ns,
        order_id=order.order_id,
        intent_id=order.intent_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        side=order.side,
        shares=shares,
        value_krw=value_krw,
        filled=total,
        filled_value_krw=total_krw,
        cost_krw=fee,
        order_cost_krw=cost,
        broker_id=order.broker_id,
        source=source,
        filled_at=filled_at,
    )
    yield from _allocated(book, order, shares, value_krw, fee, at_ns)
    if total == order.shares and was_open:
        yield from closed(book, order, "FILLED", "filled", at_ns)
    elif order.opens:
        yield from exits.pursue(book, order.strategy_id, order.symbol, at_ns)


def _cost_krw(book: Book, order: Order, total_krw: int) -> int:
    assert book.limits is not None
    market = cast(Market, order.market or "KOSPI")  # its tax differs from KOSDAQ's by rounding only
    day = date.fromisoformat(order.date)
    return order_cost_krw(order.side, total_krw, market, day, book.limits.commission_ppm)


def _allocated(
    book: Book, order: Order, shares: int, value_krw: int, fee: int, at_ns: int
) -> Iterator[AnyOutput]:
    if order.strategy_id == UNALLOCATED:
        listing = book.listing(order.symbol)
        yield DriftSeen(
            at_ns=at_ns,
            symbol=order.symbol,
            broker_shares=listing.allocated + listing.unallocated - shares,
            allocated=listing.allocated,
            drift=listing.drift - shares,
        )
        return
    allocation = book.allocation(order.strategy_id, order.symbol)
    against = allocation.shares > 0 and allocation.direction != order.direction
    if order.opens and not against:
        direction = order.direction
        change = holdings.opened(allocation, direction, shares, value_krw, fee)
    else:
        direction = allocation.direction
        if shares > allocation.shares:
            yield _contradiction(
                at_ns, order, f"{shares} closed of {allocation.shares} {order.strategy_id} holds"
            )
        change = holdings.closed(allocation, shares, value_krw, fee)
    stop = allocation.stop_krw if allocation.stop_krw is not None else order.stop_krw
    yield AllocationChanged(
        at_ns=at_ns,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        shares=change.shares,
        cost_krw=change.cost_krw,
        stop_krw=stop if change.shares else None,
        realised_krw=change.realised_krw,
        why=order.reason,
        order_id=order.order_id,
        delta=change.shares - allocation.shares,
        direction=direction,
    )


def closed(
    book: Book,
    order: Order,
    state: ClosedState,
    why: str,
    at_ns: int,
    code: str | None = None,
    text: str | None = None,
) -> Iterator[AnyOutput]:
    """End an order by evidence, and do what its end makes possible."""
    if order.order_id not in book.open_orders:
        return
    if isinstance(after(order.state, _REPORT_OF[state]), Refused):
        yield _contradiction(at_ns, order, f"{state} ({why}) while {order.state}")
        return
    yield OrderClosed(
        at_ns=at_ns,
        order_id=order.order_id,
        intent_id=order.intent_id,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        side=order.side,
        state=state,
        filled=order.filled,
        filled_value_krw=order.filled_value_krw,
        why=why,
        code=code,
        text=text,
    )
    if order.opens:
        yield from arbitration.unlock(book, order, at_ns)
        allocation = book.allocation(order.strategy_id, order.symbol)
        if allocation.stop_krw is not None and not allocation.shares and not allocation.buying:
            yield StopSet(
                at_ns=at_ns,
                strategy_id=order.strategy_id,
                symbol=order.symbol,
                stop_krw=None,
                why="nothing is held",
            )
    elif state != "FILLED":
        yield from exits.ended_unfilled(book, order, at_ns)
    parent = book.parents.get(order.parent_id or "")
    if parent is not None and parent.is_over(at_ns):
        yield exits.parent_closed(parent, "over", at_ns)
    yield from exits.release(book, order.symbol, at_ns)
    yield from exits.pursue(book, order.strategy_id, order.symbol, at_ns)
    yield from exits.flatten_ended(book, at_ns)


def found(book: Book, order: Order, row: OrderRow, at_ns: int) -> Iterator[AnyOutput]:
    """Take what the history says of one of our orders."""
    if row.symbol != order.symbol or row.side != order.side or row.shares != order.shares:
        yield _contradiction(
            at_ns, order, f"history has {row.side} {row.shares} {row.symbol} under its number"
        )
        return
    yield from filled(book, order, row.filled, row.filled_value_krw, "history", at_ns)
    if order.order_id not in book.open_orders or row.remaining > 0 or row.filled >= row.shares:
        return
    if row.rejected > 0 and row.filled == 0:
        yield from closed(book, order, "REJECTED", "rejected by the exchange", at_ns)
    elif row.filled >= order.filled and (row.cancelled > 0 or row.is_cancel):
        yield from closed(book, order, "CANCELLED", order.cancel_why or "cancelled", at_ns)


def cancel_answered(book: Book, answer: CancelAnswered) -> Iterator[AnyOutput]:
    """Take the answer to a cancel. Even accepted, it is only a request that was taken."""
    order = book.orders.get(answer.order_id)
    if order is None or order.cancel is not Cancel.SENT:
        return
    yield CancelSettled(
        at_ns=answer.at_ns,
        order_id=answer.order_id,
        answer=answer.answer,
        code=answer.code,
        text=answer.text,
    )


def _contradiction(at_ns: int, order: Order | None, what: str) -> ContradictionSeen:
    return ContradictionSeen(
        at_ns=at_ns,
        order_id=order.order_id if order else None,
        symbol=order.symbol if order else None,
        what=what,
    )
