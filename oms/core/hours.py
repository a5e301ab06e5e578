"""When a venue takes an order of a kind, and until when it can be changed there. Instants in ns.

The phases are `kis_core.market.sessions`'. Nothing is sent on a presumption: what is not
established counts as not taken. KRX's regular session is the book's own, as the day opened it.
"""

from collections.abc import Iterator
from datetime import date

from kis_core.market.calendar import CalendarError
from kis_core.market.events import Venue
from kis_core.market.instants import date_of
from kis_core.market.sessions import Phase, SessionPlan, Span, session_plan
from kis_core.wire.account import OrderType, OrderVenue
from oms.core.book import Book
from oms.core.words import AuctionName

_AUCTIONS = {"OPENING": Phase.OPENING_AUCTION, "CLOSING": Phase.CLOSING_AUCTION}
_OFF_HOURS = {
    OrderType.PRE_OPEN: Phase.PRE_OPEN,
    OrderType.POST_CLOSE: Phase.POST_CLOSE,
    OrderType.OFF_HOURS_SINGLE: Phase.OFF_HOURS_SINGLE,
}


def _plan(book: Book, venue: Venue, at_ns: int) -> SessionPlan | None:
    if book.date is None or date_of(at_ns).isoformat() != book.date:
        return None
    try:
        return session_plan(date.fromisoformat(book.date), venue)
    except CalendarError:
        return None


def _plans(book: Book, venue: OrderVenue, at_ns: int) -> Iterator[SessionPlan]:
    names: tuple[Venue, ...] = ("KRX", "NXT") if venue == "SOR" else (venue,)
    for name in names:
        plan = _plan(book, name, at_ns)
        if plan is not None:
            yield plan


def takes(book: Book, venue: OrderVenue, order_type: OrderType, at_ns: int) -> bool:
    """Whether a venue takes new orders of a type now; SOR where one of the two does."""
    return any(plan.accepts(order_type, at_ns) is True for plan in _plans(book, venue, at_ns))


def next_ns(book: Book, venue: OrderVenue, order_type: OrderType, at_ns: int) -> int | None:
    """Return when a venue takes the type next today; None: no more today, or it is not known."""
    starts = (
        span.start_ns
        for plan in _plans(book, venue, at_ns)
        for span in plan.spans
        if span.start_ns > at_ns and plan.accepts(order_type, span.start_ns) is True
    )
    return min(starts, default=None)


def span_of(book: Book, venue: Venue, order_type: OrderType, at_ns: int) -> Span | None:
    """Return the span of now in which the venue takes a type."""
    plan = _plan(book, venue, at_ns)
    if plan is None or plan.accepts(order_type, at_ns) is not True:
        return None
    return next((span for span in plan.spans_at(at_ns) if span.end_ns > at_ns), None)


def auction_of(book: Book, name: AuctionName, at_ns: int) -> Span | None:
    """Return the span in which KRX collects orders for an auction today."""
    plan = _plan(book, "KRX", at_ns)
    return plan.span(_AUCTIONS[name]) if plan else None


def until_ns(book: Book, venue: OrderVenue, order_type: OrderType, at_ns: int) -> int | None:
    """Return until when an order sent now can be changed; None: until KRX's regular close.

    What rests on NXT, or was sent where NXT may have it, lives through its after-market.
    """
    if venue != "KRX":
        plan = _plan(book, "NXT", at_ns)
        return max((span.end_ns for span in plan.spans), default=None) if plan else None
    phase = Phase.AFTER_MARKET if order_type.name.startswith("AFTER_") else None
    phase = _OFF_HOURS.get(order_type, phase)
    plan = _plan(book, "KRX", at_ns)
    span = plan.span(phase) if plan and phase else None
    return span.end_ns if span else None
