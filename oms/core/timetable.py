"""The timetable of the trading day: what falls due when, and what of it is done.

Everything is reckoned from the day's own session, so that a late opening or a late close moves it
along: what is due an hour before the close is due at 14:30, and at 15:30 on the day of the
university entrance exam. Nothing is remembered here; done is what the book says is done.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from kis_core.market.instants import midnight_ns
from oms.core.book import SECOND_NS, Book
from oms.core.order import PLANNED, Order

What = Literal[
    "intake", "open", "baseline", "flatten", "closing_cancel", "close", "reconcile", "roll"
]
State = Literal["ahead", "due", "done", "missed"]

AGAIN_NS = 600 * SECOND_NS
"""A day that did not agree with the broker's is compared again after this."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing of the day: when it is due, and whether it is done."""

    what: What
    at_ns: int
    state: State
    strategy_id: str | None = None  # of a flatten
    done_ns: int | None = None  # where the book knows


def takes_orders(book: Book, at_ns: int, symbol: str | None = None) -> bool:
    """Whether the exchange takes market and limit orders now (opening auction to the close).

    With a symbol: in it. A contract ends earlier on its last trading day.
    """
    close_ns = book.close_ns if symbol is None else book.close_of(symbol)
    return (
        book.intake_ns is not None and close_ns is not None and book.intake_ns <= at_ns < close_ns
    )


def flatten_ns(book: Book, strategy_id: str) -> int | None:
    """Return when a strategy's day positions are sold today; None: never, or no session."""
    budget = book.limits.budgets.get(strategy_id) if book.limits else None
    if budget is None or budget.flatten_s is None or book.close_ns is None:
        return None
    return book.close_ns - budget.flatten_s * SECOND_NS


def flattens(book: Book) -> Iterator[tuple[str, int]]:
    """Yield the strategies whose day is still to be ended, and when."""
    for strategy_id in book.limits.budgets if book.limits else ():
        due_ns = flatten_ns(book, strategy_id)
        if due_ns is not None and book.strategy(strategy_id).flattened_ns is None:
            yield strategy_id, due_ns


def closing_cancel_ns(book: Book) -> int | None:
    """Return from when on working entries are withdrawn: before the closing auction."""
    if book.auction_ns is None or book.limits is None:
        return None
    return book.auction_ns - book.limits.closing_cancel_s * SECOND_NS


def can_cancel(book: Book, order: Order, at_ns: int) -> bool:
    """Whether an order can be ended: it never left, or a cancel can still reach the exchange."""
    if order.state is PLANNED:
        return True
    return order.cancellable and can_reach(book, order, at_ns)


def can_reach(book: Book, order: Order, at_ns: int) -> bool:
    """Whether a cancel can still reach the order's venue."""
    until_ns = order.until_ns if order.until_ns is not None else book.close_ns
    return until_ns is not None and at_ns < until_ns


def ends_at(order: Order, closing_ns: int) -> bool:
    """Whether an order opens in KRX's continuous trading: withdrawn before the closing auction."""
    if not order.opens or order.auction is not None:
        return False
    return order.venue == "KRX" or (order.venue == "SOR" and order.created_ns < closing_ns)


def reconcile_ns(book: Book) -> int | None:
    """Return from when on today is compared with the broker's executions; None: not at all."""
    if book.close_ns is None or book.limits is None or book.limits.day_end_s is None:
        return None
    return book.close_ns + book.limits.day_end_s * SECOND_NS


def day_to_reconcile(book: Book, at_ns: int) -> str | None:
    """Return the date whose executions the broker shall be asked for now, YYYY-MM-DD.

    A day that ended while the process was away comes first: its fills may not be known.
    """
    past = book.past
    if past is not None and (past.tried_ns is None or at_ns >= past.tried_ns + AGAIN_NS):
        return past.date
    due_ns = reconcile_ns(book)
    if due_ns is None or at_ns < due_ns:
        return None
    told = book.reconciled
    if told is not None and told.date == book.date:
        agreed = not told.differences and told.at_ns >= due_ns
        if agreed or at_ns < told.at_ns + AGAIN_NS:
            return None
    return book.date


def next_ns(book: Book, at_ns: int) -> int:
    """Return when the timetable needs the timer next: never in the past, at midnight at last."""
    if book.date is None:
        return at_ns
    today = date.fromisoformat(book.date)
    due = [midnight_ns(today + timedelta(days=1))]
    edges = (book.intake_ns, book.open_ns)
    due += [edge for edge in edges if edge is not None and edge > at_ns]
    due += [due_ns for _, due_ns in flattens(book) if takes_orders(book, max(at_ns, due_ns))]
    closing_ns = closing_cancel_ns(book)
    if closing_ns is not None:
        entries = [order for order in book.open_orders.values() if ends_at(order, closing_ns)]
        if any(can_cancel(book, order, at_ns) for order in entries):
            due.append(closing_ns)
    return max(at_ns, min(due))


def timetable(book: Book, at_ns: int) -> list[Duty]:
    """Return the duties of the book's day, in the order they are due."""
    if book.date is None:
        return []
    duties = [_edge("intake", book.intake_ns, at_ns), _edge("open", book.open_ns, at_ns)]
    if book.open_ns is not None:
        known = book.baseline_krw is not None
        duties.append(_duty("baseline", book.open_ns, at_ns, known, book.close_ns))
    for strategy_id in book.limits.budgets if book.limits else ():
        due_ns = flatten_ns(book, strategy_id)
        if due_ns is not None:
            done_ns = book.strategy(strategy_id).flattened_ns
            duty = _duty("flatten", due_ns, at_ns, done_ns is not None, book.close_ns)
            duties.append(Duty("flatten", due_ns, duty.state, strategy_id, done_ns))
    closing_ns = closing_cancel_ns(book)
    if closing_ns is not None:
        working = any(ends_at(order, closing_ns) for order in book.open_orders.values())
        done = at_ns >= closing_ns and not working
        duties.append(_duty("closing_cancel", closing_ns, at_ns, done, book.close_ns))
    duties.append(_edge("close", book.close_ns, at_ns))
    due_ns, told = reconcile_ns(book), book.reconciled
    if due_ns is not None:
        done = told is not None and told.date == book.date and not told.differences
        done_ns = told.at_ns if told is not None and done else None
        state = _duty("reconcile", due_ns, at_ns, done, None).state
        duties.append(Duty("reconcile", due_ns, state, None, done_ns))
    midnight = midnight_ns(date.fromisoformat(book.date) + timedelta(days=1))
    duties.append(_edge("roll", midnight, at_ns))
    return sorted((duty for duty in duties if duty is not None), key=lambda duty: duty.at_ns)


def _edge(what: What, edge_ns: int | None, at_ns: int) -> Duty | None:
    """Something that comes by itself."""
    if edge_ns is None:
        return None
    return Duty(what, edge_ns, "done" if at_ns >= edge_ns else "ahead")


def _duty(what: What, due_ns: int, at_ns: int, done: bool, until_ns: int | None) -> Duty:
    """Something that somebody does, and that means nothing any more from `until_ns` on."""
    if done:
        return Duty(what, due_ns, "done")
    if at_ns < due_ns:
        return Duty(what, due_ns, "ahead")
    missed = until_ns is not None and at_ns >= until_ns
    return Duty(what, due_ns, "missed" if missed else "due")
