"""The trading day inside the OMS: opening it, what falls due in it, and rolling to the next.

The shell fires a timer at `next_due_ns`, and every so often besides; nothing here reads a clock.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from kis_core.market.calendar import CalendarError
from kis_core.market.derivative_sessions import day_session
from kis_core.market.instants import date_of
from kis_core.market.sessions import Phase, session_plan
from oms.core import arbitration, chase, deadman, exits, expiry, fills, timetable
from oms.core.book import Book
from oms.core.order import PLANNED, Order
from oms.core.records import AnyOutput, DayOpened, FlagChanged, Quote, StrategyFlattened

END_OF_DAY = "end of its day"
"""Why a day position is sold by the timetable."""


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
    yield opened(today, at_ns, on_margin=book.on_margin)


def opened(today: date, at_ns: int, *, on_margin: bool = False) -> DayOpened:
    """Return the day with its session, if there is one that the calendar knows of.

    That of the account's instruments: contracts trade from 08:45 to 15:45; their nights are no
    part of it.
    """
    try:
        if on_margin:
            return _contracts_day(today, at_ns)
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


def _contracts_day(today: date, at_ns: int) -> DayOpened:
    session = day_session(today)
    return DayOpened(
        at_ns=at_ns,
        date=today.isoformat(),
        intake_ns=session.intake_ns if session else None,
        open_ns=session.opens_ns if session else None,
        auction_ns=session.closing_auction_ns if session else None,
        close_ns=session.closes_ns if session else None,
    )


def fired(book: Book, at_ns: int, quotes: Sequence[Quote] = ()) -> Iterator[AnyOutput]:
    """Do everything that is due. `quotes` are the last known of the symbols that are chased."""
    yield from roll(book, at_ns)
    closing_ns = timetable.closing_cancel_ns(book)
    for order in list(book.open_orders.values()):
        expired = order.cancel_at_ns is not None and order.cancel_at_ns <= at_ns
        closing = closing_ns is not None and at_ns >= closing_ns
        closing = closing_ns is not None and closing and timetable.ends_at(order, closing_ns)
        if not (expired or closing) or not timetable.can_cancel(book, order, at_ns):
            continue
        why = order.cancel_why or ("expired" if expired else "closing")
        if order.state is PLANNED:
            yield from fills.closed(book, order, "CANCELLED", why, at_ns)
        else:
            yield exits.cancel_of(order, why, at_ns)
    takes_orders = timetable.takes_orders(book, at_ns)
    if takes_orders:
        yield from _ended(book, at_ns)
        yield from expiry.ending(book, at_ns)
        for symbol in sorted({order.symbol for order, _ in _waiting(book)}):
            yield from exits.release(book, symbol, at_ns)
    for allocation in list(book.allocations()):
        if allocation.exit_why is not None:
            yield from exits.pursue(book, allocation.strategy_id, allocation.symbol, at_ns)
    if takes_orders:
        if book.flattening:
            yield from exits.flatten_account(book, "flatten", at_ns)
        yield from deadman.flatten_silent(book, at_ns)
        yield from chase.followed(book, quotes, at_ns)
    yield from watch_loss(book, at_ns)


def _ended(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """End the day of the strategies whose time has come: once, and late where we were away.

    What was opened for longer than the day stays, with its stop.
    """
    for strategy_id, due_ns in list(timetable.flattens(book)):
        if at_ns < due_ns:
            continue
        assert book.date is not None
        yield StrategyFlattened(at_ns=at_ns, strategy_id=strategy_id, date=book.date, due_ns=due_ns)
        for allocation in list(book.allocations()):
            if allocation.strategy_id != strategy_id:
                continue
            if allocation.shares and allocation.time_horizon != "INTRADAY":
                for order in list(allocation.open_orders.values()):
                    if order.opens and order.time_horizon == "INTRADAY":
                        yield from exits.withdraw(order, END_OF_DAY, at_ns)
            elif allocation.shares or allocation.buying:
                yield from exits.want_out(book, allocation, END_OF_DAY, at_ns, patient=False)
                yield from exits.pursue(book, strategy_id, allocation.symbol, at_ns)


def _waiting(book: Book) -> list[tuple[Order, int]]:
    """Return the exits that wait for own orders to go, and when they wait no longer, ns."""
    if book.limits is None or book.limits.crossing_wait_s is None:
        return []
    return [
        (order, arbitration.patience_ns(book, order))
        for order in book.open_orders.values()
        if order.state is PLANNED
        and not order.opens
        and book.unsettled(order.symbol, order.side) is None
    ]


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
        elif timetable.can_reach(book, order, at_ns):
            yield from exits.withdraw(order, "stopping", at_ns)


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
    """Return when the timer should fire next: never in the past, never later than midnight.

    What is due stays due until it was done: whoever looks a little late still fires.
    """
    due = [timetable.next_ns(book, now_ns)]
    for order in book.open_orders.values():
        if order.cancel_at_ns is not None and timetable.can_cancel(book, order, now_ns):
            due.append(order.cancel_at_ns)
    wishes = [a for a in book.allocations() if a.exit_why and a.sellable]
    if timetable.takes_orders(book, now_ns):
        due += [a.exit_next_ns for a in wishes]
        due += deadman.due_ns(book)
        due += exits.unallocated_due_ns(book)
        due += [patience_ns for _, patience_ns in _waiting(book)]
        steps = (chase.due_ns(order) for order in book.open_orders.values() if order.chase)
        due += [at_ns for at_ns in steps if at_ns is not None]
        due += expiry.due(book, now_ns)
    elif book.limits is not None and book.limits.stops_on_nxt:
        due += [a.exit_next_ns for a in wishes if exits.stop_on_nxt(book, a, now_ns) is not None]
    return max(now_ns, min(due))
