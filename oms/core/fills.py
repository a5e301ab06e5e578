"""What evidence does to an order: answers, notices and history rows become fills and ends.

Notices tell increments, the history running totals of each number; both end in `newly_filled`,
which counts a share once. A notice may come before the answer that gives the order its number: it
is kept and counted when the number is known.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Literal

from kis_core.market.costs import TAX_KNOWN_ON, TaxUnknown
from kis_core.wire.account import NoticeKind, OrderNotice, OrderRow
from oms.core import arbitration, exits, holdings, terms
from oms.core.book import Book
from oms.core.order import (
    UNSETTLED,
    Cancel,
    Modify,
    Numbered,
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
    CancelSettled,
    ClosedState,
    ContradictionSeen,
    DriftSeen,
    ModifySettled,
    NoticeCounted,
    NoticeHeard,
    NoticeKept,
    OrderAnswered,
    OrderClosed,
    OrderFilled,
    OrderRenumbered,
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
        yield from take_notice(book, order, notice, at_ns)
    if order.is_open and exits.is_wanted(order, at_ns):
        yield from exits.withdraw_due(order, at_ns)
    elif (
        order.is_open
        and order.opens
        and arbitration.crosses(book, order.symbol, order.side, order.limit_krw)
    ):  # it was given up, an exit has left meanwhile, and here it is
        yield from exits.withdraw(order, "would meet an order of ours", at_ns)
    yield from exits.release(book, order.symbol, at_ns)


def renumbered(
    book: Book,
    order: Order,
    one: Numbered,
    at_ns: int,
    source: Literal["answer", "notice", "history"],
) -> Iterator[AnyOutput]:
    """Let an order go on under another number, for evidence says so; count what it was told.

    The new number names one of its own as the original: so it is ours, whoever modified it.
    """
    if order.broker_id is None or isinstance(after(order.state, Report.RENUMBERED), Refused):
        yield _contradiction(at_ns, order, f"{one.broker_id} modifies it while {order.state}")
        return
    kept = tuple(book.unclaimed.get(int(one.broker_id), ()))
    yield OrderRenumbered(
        at_ns=at_ns,
        order_id=order.order_id,
        old_id=order.broker_id,
        broker_id=one.broker_id,
        branch=one.branch,
        limit_krw=one.limit_krw,
        order_type=one.order_type,
        source=source,
        external=not _is_ours(order, one),
    )
    for notice in kept:
        yield from take_notice(book, order, notice, at_ns)
    yield from exits.withdraw_due(order, at_ns)


def _is_ours(order: Order, one: Numbered) -> bool:
    """Whether our last modify made this number: by the number it was given, else by its terms."""
    number = int(one.broker_id)
    if number in order.numbers:
        return True
    if order.modify_id is not None and (order.amending or int(order.modify_id) == number):
        return int(order.modify_id) == number
    return order.modifies > 0 and one.limit_krw == order.modify_limit_krw


def noticed(book: Book, heard: NoticeHeard) -> Iterator[AnyOutput]:
    """Take an order notice: ours, not yet ours, or somebody else's."""
    notice = heard.notice
    order = book.by_broker.get(int(notice.broker_id))
    if order is None and notice.original_id is not None:
        order = book.by_broker.get(int(notice.original_id))
    if order is None:
        if len(book.unclaimed.get(int(notice.broker_id), ())) < 10_000:
            yield NoticeKept(at_ns=heard.at_ns, notice=notice)
        return
    yield from take_notice(book, order, notice, heard.at_ns)


def take_notice(book: Book, order: Order, notice: OrderNotice, at_ns: int) -> Iterator[AnyOutput]:
    """Take a notice of one of our orders, whichever of its numbers it names."""
    number = int(notice.broker_id)
    match notice.kind:
        case NoticeKind.FILLED:
            if number not in order.numbers:  # a modify that filled did hold
                terms = _terms_of(order, notice)
                yield from renumbered(book, order, terms, at_ns, "notice")
            if number in order.numbers:
                yield from _fill_told(book, order, order.numbers[number], notice, at_ns)
        case NoticeKind.CANCELLED:
            # a notice of a fill may have been lost: what is left is known once the history says
            if order.is_open and order.cancel is not Cancel.DONE:
                yield CancelSettled(at_ns=at_ns, order_id=order.order_id, answer="done")
                yield from exits.release(book, order.symbol, at_ns)
        case NoticeKind.REJECTED if notice.change == "new":
            yield from closed(book, order, "REJECTED", "rejected by the exchange", at_ns)
        case NoticeKind.REJECTED if notice.change == "modify":
            limit_krw = notice.price_krw
            yield from not_modified(book, order, notice.broker_id, limit_krw, at_ns, "notice")
        case NoticeKind.REJECTED:
            yield CancelSettled(at_ns=at_ns, order_id=order.order_id, answer="declined")
        case NoticeKind.ACCEPTED if notice.change == "modify" and number not in order.numbers:
            yield from renumbered(book, order, _terms_of(order, notice), at_ns, "notice")
        case NoticeKind.ACCEPTED:
            pass  # its number is known, hence it was accepted


def _terms_of(order: Order, notice: OrderNotice) -> Numbered:
    """Return the terms a notice gives a modify's number.

    A fill tells its own price, so its order has the limit that was asked for.
    """
    told_krw: int | None = notice.price_krw or None
    if notice.kind is NoticeKind.FILLED:
        told_krw = order.modify_limit_krw if order.amending else order.limit_krw
    return Numbered(notice.broker_id, order.branch or "", told_krw, order.order_type)


def not_modified(
    book: Book,
    order: Order,
    broker_id: str,
    limit_krw: int,
    at_ns: int,
    source: Literal["notice", "history"],
) -> Iterator[AnyOutput]:
    """Take the exchange's refusal of a modify: the number it was to change works on.

    One whose answer has not said its number is known by its limit. Of others nothing follows.
    """
    number = int(broker_id)
    if number in book.by_broker:
        ours = order.modify is Modify.ACCEPTED and int(order.modify_id or 0) == number
    else:
        ours = order.amending and order.modify_id is None and order.modify_limit_krw == limit_krw
    if not ours and number not in order.numbers:
        return
    if number == int(order.broker_id or 0):  # it was taken to hold, and the exchange refused it
        before = next(one for key, one in reversed(order.numbers.items()) if key != number)
        yield from renumbered(book, order, before, at_ns, source)
    yield ModifySettled(
        at_ns=at_ns,
        order_id=order.order_id,
        modify=order.modifies if ours else 0,
        answer="declined",
        broker_id=broker_id,
        text="refused by the exchange",
    )
    yield from exits.withdraw_due(order, at_ns)


def _fill_told(
    book: Book, order: Order, one: Numbered, notice: OrderNotice, at_ns: int
) -> Iterator[AnyOutput]:
    told = f"{notice.at}:{notice.shares}:{notice.price_krw}"
    if told in one.told:
        return  # a repeat; were it another fill after all, the history brings it
    if order.noticed + notice.shares > order.shares:
        yield _contradiction(at_ns, order, f"notices exceed the order: {told}")
        return
    first = order.is_first(int(one.broker_id))
    yield NoticeCounted(
        at_ns=at_ns,
        order_id=order.order_id,
        told=told,
        shares=notice.shares,
        value_krw=notice.shares * notice.price_krw,
        broker_id=None if first else one.broker_id,
    )
    total, total_krw = one.noticed, one.noticed_value_krw
    yield from filled(book, order, one, total, total_krw, "notice", at_ns, notice.at)


def filled(
    book: Book,
    order: Order,
    one: Numbered,
    number_total: int,
    number_krw: int,
    source: Literal["notice", "history"],
    at_ns: int,
    filled_at: str | None = None,
) -> Iterator[AnyOutput]:
    """Count what a number's running total adds, and give it to the strategy that ordered it."""
    new = newly_filled(one, number_total, number_krw)
    if new is None:
        return
    shares, value_krw = new
    total, total_krw = order.filled + shares, order.filled_value_krw + value_krw
    report = Report.WHOLE_FILLED if total == order.shares else Report.PART_FILLED
    if total > order.shares or isinstance(after(order.state, report), Refused) or value_krw <= 0:
        yield _contradiction(
            at_ns, order, f"{source} says {total} filled for {total_krw} KRW while {order.state}"
        )
        return
    was_open = order.is_open
    try:
        fee = _cost_krw(book, order, number_krw) - one.cost_krw
    except TaxUnknown as error:
        yield _contradiction(at_ns, order, f"{error}: booked at the rates of {TAX_KNOWN_ON}")
        fee = _cost_krw(book, order, number_krw, TAX_KNOWN_ON) - one.cost_krw
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
        order_cost_krw=order.cost_krw + fee,
        broker_id=one.broker_id,
        source=source,
        filled_at=filled_at,
    )
    yield from _allocated(book, order, shares, value_krw, fee, at_ns)
    if total == order.shares and was_open:
        yield from closed(book, order, "FILLED", "filled", at_ns)
    elif order.opens:
        yield from exits.pursue(book, order.strategy_id, order.symbol, at_ns)


def _cost_krw(book: Book, order: Order, total_krw: int, day: date | None = None) -> int:
    """Return commission and tax of what was filled under one number: the broker rounds by it."""
    assert book.limits is not None
    day = day or date.fromisoformat(order.date)
    return terms.cost_krw(book.limits, order.symbol, order.side, total_krw, order.market, day)


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


def found(
    book: Book, order: Order, told: Mapping[int, OrderRow], at_ns: int
) -> Iterator[AnyOutput]:
    """Take what the history says of one of our orders, under all its numbers.

    It is over once nothing is left under any of them. While a modify is on its way what left the
    old number may stand under a new one that the history does not show yet: then it is not.
    """
    rows = {number: told[number] for number in order.numbers if number in told}
    for number, row in rows.items():
        whole = row.shares == order.shares if order.is_first(number) else True
        if row.symbol != order.symbol or row.side != order.side or not whole:
            yield _contradiction(
                at_ns, order, f"history has {row.side} {row.shares} {row.symbol} under its number"
            )
            return
    for number, row in rows.items():
        one = order.numbers[number]
        yield from filled(book, order, one, row.filled, row.filled_value_krw, "history", at_ns)
    if order.order_id not in book.open_orders or len(rows) < len(order.numbers) or order.amending:
        return
    total = sum(row.filled for row in rows.values())
    if any(row.remaining > 0 for row in rows.values()) or total >= order.shares:
        return
    if all(row.rejected > 0 for row in rows.values()) and total == 0:
        yield from closed(book, order, "REJECTED", "rejected by the exchange", at_ns)
    elif total >= order.filled and any(r.cancelled > 0 or r.is_cancel for r in rows.values()):
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
