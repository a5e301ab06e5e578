"""A modify of a working order, from the wish to the history's last word.

It moves all that is left of an order to another limit, under another number. Whether it did is
evidence's to say (`oms.core.fills.renumbered`); here is what may be asked for, what the answer
means, and what follows from a history that does not show it.
"""

from collections.abc import Iterator, Mapping, Sequence

from kis_core.wire.account import OrderRow, Side
from oms.core import arbitration, exits, fills, terms, timetable
from oms.core.book import SECOND_NS, Book
from oms.core.order import AT_BROKER, Cancel, Modify, Numbered, Order
from oms.core.records import (
    AnyOutput,
    HistoryRead,
    ModifyAnswered,
    ModifyMissed,
    ModifyPlanned,
    ModifySettled,
    Quote,
)

MISSES = 2
"""Histories that must agree before a modify counts as one that never took effect."""


def may_leave(order: Order) -> bool:
    """Whether a modify of it may leave: it works, nothing is asked of it, no cancel is wanted."""
    return (
        order.state in AT_BROKER
        and order.cancel is Cancel.NONE
        and order.modify is Modify.NONE
        and order.limit_krw is not None
    )


def is_entry_held(book: Book, order: Order) -> bool:
    """Whether an entry may not go after the price now, because entries are stopped."""
    listing = book.listing(order.symbol)
    return order.opens and (
        book.safe_mode
        or book.halt_entries
        or book.flattening
        or book.killed
        or listing.frozen
        or listing.halted
        or book.strategy(order.strategy_id).paused
    )


def refusal(
    book: Book, order: Order, limit_krw: int, quotes: Sequence[Quote], at_ns: int
) -> str | None:
    """Return why an order's limit cannot be changed to this one, None where it can."""
    name = order.order_id
    if not order.is_open:
        return f"{name} is over: there is nothing left to amend"
    if order.limit_krw is None:
        return f"{name} goes at the market: it has no limit to amend"
    if order.state not in AT_BROKER:
        return f"{name} is {order.state}: it has no order number yet"
    if order.cancel is not Cancel.NONE or _is_leaving(order, at_ns):
        return f"{name} is being cancelled"
    if order.modify is not Modify.NONE:
        return f"{name} is being amended already"
    if not timetable.takes_orders(book, at_ns, order.symbol):
        return "the exchange takes no orders now"
    steps = terms.of(book.limits, order.symbol) if book.limits else None
    if steps is not None and not steps.is_on_tick(limit_krw):
        return f"{limit_krw:,} KRW is between two ticks"
    if limit_krw == order.limit_krw:
        return f"{name} stands at {limit_krw:,} KRW already"
    if order.opens:
        worst_krw = order.worst_krw
        if worst_krw is None or is_past(order.side, limit_krw, worst_krw):
            return f"{name} was approved for a limit of {worst_krw} KRW and none worse"
        if is_past(order.side, limit_krw, order.limit_krw) and is_entry_held(book, order):
            return "entries are stopped: it may not go after the price"
    if arbitration.crosses(book, order.symbol, order.side, limit_krw):
        return f"at {limit_krw:,} KRW it would trade with an order of ours"
    for quote in quotes:
        if quote.symbol == order.symbol:
            lower, upper = terms.limits_krw(steps, quote)
            if lower is not None and upper is not None and not lower <= limit_krw <= upper:
                return f"{limit_krw:,} KRW lies outside the day's limits {lower:,} to {upper:,}"
    return None


def _is_leaving(order: Order, at_ns: int) -> bool:
    return order.cancel_at_ns is not None and order.cancel_at_ns <= at_ns


def is_past(side: Side, limit_krw: int, other_krw: int) -> bool:
    """Whether a limit gives more away than another: a buy's higher, a sell's lower."""
    return limit_krw > other_krw if side == "BUY" else limit_krw < other_krw


def planned(
    order: Order, limit_krw: int, why: str, at_ns: int, *, actor: str | None = None, step: int = 0
) -> ModifyPlanned:
    """Return the modify that moves all that is left of a working order to another limit."""
    assert order.broker_id is not None, f"{order.order_id} has no order number to modify"
    return ModifyPlanned(
        at_ns=at_ns,
        order_id=order.order_id,
        modify=order.modifies + 1,
        broker_id=order.broker_id,
        limit_krw=limit_krw,
        order_type=order.order_type,
        why=why,
        actor=actor,
        step=step,
    )


def answered(book: Book, answer: ModifyAnswered) -> Iterator[AnyOutput]:
    """Take the one answer to a modify. Even accepted, it is only a request that was taken.

    The number it was given is kept whenever the answer comes: what is told under it is ours.
    """
    order = book.orders.get(answer.order_id)
    if order is None:
        return
    said, broker_id = answer.answer, answer.broker_id
    text = answer.text
    if said == "accepted" and (broker_id is None or not broker_id.strip().isdecimal()):
        said, text, broker_id = "unknown", f"accepted with order number {broker_id!r}", None
    known = broker_id is not None and int(broker_id) in book.by_broker
    awaited = answer.modify == order.modifies and order.modify is not Modify.NONE
    if known or not (awaited or broker_id):
        return
    kept = tuple(book.unclaimed.get(int(broker_id), ())) if broker_id is not None else ()
    yield ModifySettled(
        at_ns=answer.at_ns,
        order_id=order.order_id,
        modify=answer.modify,
        answer=said,
        broker_id=broker_id,
        branch=answer.branch,
        code=answer.code,
        text=text,
    )
    for notice in kept:
        yield from fills.take_notice(book, order, notice, answer.at_ns)
    yield from exits.withdraw_due(order, answer.at_ns)


def shown(
    book: Book, order: Order, changes: Mapping[int, Sequence[OrderRow]], read: HistoryRead
) -> Iterator[AnyOutput]:
    """Take the changes of an order that the history shows: each with the number it changed.

    A row that is no cancel is a modify that holds, or one that the exchange refused.
    """
    told = [row for number in order.numbers for row in changes.get(number, ())]
    while told:
        row = told.pop(0)
        number = int(row.broker_id)
        was_known = number in order.numbers
        if row.rejected > 0 and row.filled == 0 and row.remaining == 0:
            broker_id, limit_krw = row.broker_id, row.limit_krw
            yield from fills.not_modified(book, order, broker_id, limit_krw, read.at_ns, "history")
        elif _is_modify(book, order, row, number in changes):
            one = Numbered(row.broker_id, row.branch, row.limit_krw or None, row.order_type)
            yield from fills.renumbered(book, order, one, read.at_ns, "history")
            if not was_known:
                told += changes.get(number, ())


def _is_modify(book: Book, order: Order, row: OrderRow, was_changed: bool) -> bool:
    """Whether a change is a modify that is news to us.

    Of a modify that nothing is left of KIS says the same as of a cancel; but no cancel ever fills,
    and none is changed itself.
    """
    number = int(row.broker_id)
    one = order.numbers.get(number)
    if one is not None:  # a notice does not tell every term
        terms = (row.limit_krw or None, row.order_type)
        works = one.broker_id == order.broker_id and order.is_open
        return works and terms != (one.limit_krw, one.order_type)
    if row.filled > 0 or was_changed:
        return True
    if number in book.by_broker:  # its answer gave it
        return number not in order.refused_numbers
    return not row.is_cancel


def moved_back(
    book: Book, order: Order, told: Mapping[int, OrderRow], read: HistoryRead
) -> Iterator[AnyOutput]:
    """Work under another of an order's numbers where nothing is left of the last one.

    Somebody may have modified a part of an order: then two numbers worked, side by side.
    """
    last = told.get(int(order.broker_id or 0))
    if last is None or last.remaining > 0 or not order.is_open:
        return
    for number, one in order.numbers.items():
        if number in told and told[number].remaining > 0:
            yield from fills.renumbered(book, order, one, read.at_ns, "history")
            return


def settled(
    book: Book, order: Order, told: Mapping[int, OrderRow], read: HistoryRead
) -> Iterator[AnyOutput]:
    """Let the history settle a modify that it does not show."""
    assert book.limits is not None
    if not order.is_open or read.asked_ns <= max(order.modify_ns, order.settled_ns):
        return
    if int(order.broker_id or 0) not in told:
        return
    if order.modify is Modify.DECLINED:
        yield _settled(order, "cleared", read.at_ns)
        return
    patience_ns = book.limits.unknown_settle_s * SECOND_NS
    late = read.asked_ns >= order.modify_ns + patience_ns
    if not late or order.modify not in (Modify.ACCEPTED, Modify.UNKNOWN):
        return
    times = order.modify_missed + 1
    if times < MISSES:
        yield ModifyMissed(at_ns=read.at_ns, order_id=order.order_id, times=times)
        return
    yield _settled(order, "absent", read.at_ns)
    yield from exits.withdraw_due(order, read.at_ns)


def _settled(order: Order, answer: str, at_ns: int) -> ModifySettled:
    return ModifySettled(
        at_ns=at_ns,
        order_id=order.order_id,
        modify=order.modifies,
        answer=answer,  # type: ignore[arg-type]
    )
