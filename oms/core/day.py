"""The trading day inside the OMS: opening it, what falls due in it, and rolling to the next.

The shell fires a timer at `next_due_ns`, and every so often besides; nothing here reads a clock.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from kis_core.market.calendar import CalendarError
from kis_core.market.instants import date_of, midnight_ns
from kis_core.market.sessions import Phase, session_plan
from oms.core import deadman, exits, fills
from oms.core.book import SECOND_NS, Book
from oms.core.order import AT_BROKER, PLANNED, Cancel, Order
from oms.core.records import AnyOutput, CancelPlanned, DayOpened, FlagChanged


def roll(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """Open the day that `at_ns` lies in, unless it is open: KRX orders do not live overnight."""
    today = date_of(at_ns)
    if book.date is not None and book.date >= today.isoformat():
        return
    # What never left goes first: the end of another order must not let it leave now.
    for order in sorted(book.open_orders.values(), key=lambda order: order.state is not PLANNED):
        yield from fills.closed(book, order, "EXPIRED", "day over", at_ns)
    for allocation in list(book.allocations()):
        yield from exits.withdraw_parents(allocation, "day over", at_ns)
    yield opened(today, at_ns)


def opened(today: date, at_ns: int) -> DayOpened:
    """Return the day with its session, if there is one that the calendar knows of."""
    try:
        plan = session_plan(today)
    except CalendarError:
        # Not covered: no entry passes `risk.session`, which is what an unknown session must do.
        return DayOpened(
            at_ns=at_ns,
            date=today.isoformat(),
            intake_ns=None,
            open_ns=None,
            auction_ns=None,
            close_ns=None,
        )
    intake = plan.span(Phase.OPENING_AUCTION)
    continuous = plan.span(Phase.CONTINUOUS)
    closing = plan.span(Phase.CLOSING_AUCTION)
    return DayOpened(
        at_ns=at_ns,
        date=today.isoformat(),
        intake_ns=intake.start_ns if intake else None,
        open_ns=continuous.start_ns if continuous else None,
        auction_ns=closing.start_ns if closing else None,
        close_ns=closing.end_ns if closing else None,
    )


def fired(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """Do everything that is due."""
    yield from roll(book, at_ns)
    closing_ns = closing_cancel_ns(book)
    for order in list(book.open_orders.values()):
        expired = order.cancel_at_ns is not None and order.cancel_at_ns <= at_ns
        closing = closing_ns is not None and at_ns >= closing_ns and _ends_at(order, closing_ns)
        if not expired and not closing:
            continue
        why = order.cancel_why or ("expired" if expired else "closing")
        if order.state is PLANNED:
            yield from fills.closed(book, order, "CANCELLED", why, at_ns)
        elif order.state in AT_BROKER and order.cancel is Cancel.NONE and _open(book, order, at_ns):
            yield CancelPlanned(at_ns=at_ns, order_id=order.order_id, why=why)
    for allocation in list(book.allocations()):
        if allocation.exit_why is not None:
            yield from exits.pursue(book, allocation.strategy_id, allocation.symbol, at_ns)
    if exits.takes_orders(book, at_ns):
        if book.flattening:
            yield from exits.flatten_account(book, "flatten", at_ns)
        yield from deadman.flatten_silent(book, at_ns)
    yield from watch_loss(book, at_ns)


def stopping(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """Withdraw working buys: while the process is away nobody would end them in time.

    Sells stay where they are; they protect, and the next start finds them in the journal. So does
    what is not in the market: a stop held here, what a parent has left.
    """
    for order in list(book.open_orders.values()):
        if not order.opens or order.held:
            continue
        if order.state is PLANNED:
            yield from fills.closed(book, order, "CANCELLED", "stopping", at_ns)
        elif _open(book, order, at_ns):
            yield from exits.withdraw(order, "stopping", at_ns)


def _ends_at(order: Order, closing_ns: int) -> bool:
    """Whether an order is a buy of KRX's continuous trading: withdrawn before the auction."""
    if not order.opens or order.auction is not None:
        return False
    return order.venue == "KRX" or (order.venue == "SOR" and order.created_ns < closing_ns)


def _open(book: Book, order: Order, at_ns: int) -> bool:
    """Whether a cancel can still reach the order's venue."""
    until_ns = order.until_ns if order.until_ns is not None else book.close_ns
    return until_ns is not None and at_ns < until_ns


def closing_cancel_ns(book: Book) -> int | None:
    """Return from when on buys are withdrawn: some time before the closing auction."""
    if book.auction_ns is None or book.limits is None:
        return None
    return book.auction_ns - book.limits.closing_cancel_s * SECOND_NS


def watch_loss(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """Halt entries for the day once the loss against the baseline reaches the limit."""
    pnl, caps = book.daily_pnl_krw, book.caps
    if pnl is not None and caps is not None and not book.halt_entries and pnl <= caps.halt_krw:
        yield FlagChanged(
            at_ns=at_ns,
            flag="halt_entries",
            on=True,
            actor="oms",
            reason=f"Daily loss {pnl:,} KRW exceeds halt limit",
        )


def next_due_ns(book: Book, now_ns: int) -> int:
    """Return when the timer should fire next: never in the past, never later than midnight."""
    due = [midnight_ns(date_of(now_ns) + timedelta(days=1))]
    edges = (book.intake_ns, book.open_ns, closing_cancel_ns(book))
    due += [edge for edge in edges if edge is not None and edge > now_ns]
    for order in book.open_orders.values():
        can_cancel = order.state is PLANNED or (
            order.state in AT_BROKER and _open(book, order, now_ns)
        )
        if order.cancel_at_ns is not None and order.cancel is Cancel.NONE and can_cancel:
            due.append(order.cancel_at_ns)
    wishes = [a for a in book.allocations() if a.exit_why and a.sellable]
    if exits.takes_orders(book, now_ns):
        due += [a.exit_next_ns for a in wishes]
        due += deadman.due_ns(book)
    elif book.limits is not None and book.limits.stops_on_nxt:
        due += [a.exit_next_ns for a in wishes if exits.stop_on_nxt(book, a, now_ns) is not None]
    return max(now_ns, min(due))
