"""Which stretch of a venue's day an instant lies in, as Kiwoom's events need it. Pure.

Whose session a minute is, `kis_core.market.sessions.bar_session` says, by venue, time and
calendar. Kiwoom's own word for it (FID 290) is kept beside it and never decides: what it says of
KRX's after-market is not established.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from collector.candles import MINUTE_NS, Window
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Venue
from kis_core.market.instants import minute_start_ns
from kis_core.market.sessions import BarSession, Phase, bar_session, session_plan

VENUES: tuple[Venue, ...] = ("KRX", "NXT")
SAID: Mapping[str, frozenset[BarSession]] = {
    "1": frozenset({"pre", "opening_auction"}),
    "2": frozenset({"opening_auction", "regular", "closing_auction"}),
    "3": frozenset({"closing_auction", "after_close", "after"}),
}
"""Which sessions a value of FID 290 may mean."""

_AUCTIONS = frozenset(
    {
        Phase.OPENING_AUCTION,
        Phase.CLOSING_AUCTION,
        Phase.POST_CLOSE_INTAKE,  # the closing auction's print is on its way
        Phase.NXT_AFTER_AUCTION,
    }
)
_CONTINUOUS = frozenset(
    {Phase.CONTINUOUS, Phase.AFTER_MARKET, Phase.NXT_PRE, Phase.NXT_MAIN, Phase.NXT_AFTER}
)
_EVENING = frozenset({Phase.AFTER_MARKET, Phase.OFF_HOURS_SINGLE, Phase.NXT_AFTER_AUCTION})


def in_auction(venue: Venue, at_ns: int, day: date, calendar: TradingCalendar) -> bool:
    """Whether the venue's timetable has a call auction then, or its print is on its way."""
    spans = session_plan(day, venue, calendar).spans_at(at_ns)
    return any((span.presumed or span.phase) in _AUCTIONS for span in spans)


def trades_continuously(venue: Venue, at_ns: int, day: date, calendar: TradingCalendar) -> bool:
    """Whether the venue's timetable has continuous trading then."""
    spans = session_plan(day, venue, calendar).spans_at(at_ns)
    return any(span.phase in _CONTINUOUS for span in spans)


def agrees(said: str, venue: Venue, at_ns: int, calendar: TradingCalendar) -> bool:
    """Whether FID 290 fits the session by the clock; a minute on either side is forgiven."""
    fitting = SAID.get(said)
    if fitting is None:
        return False
    start_ns = minute_start_ns(at_ns)
    return any(
        bar_session(venue, start_ns + near, calendar) in fitting
        for near in (0, -MINUTE_NS, MINUTE_NS)
    )


@lru_cache(maxsize=64)
def windows(day: date, venue: Venue, calendar: TradingCalendar) -> tuple[Window, ...]:
    """Return the minutes of the day proper, and those of what comes after it; none when closed.

    Apart, so that a count of the day's volume that begins anew in the evening is no fault, and
    nothing of the evening can touch a minute of the day.
    """
    spans = session_plan(day, venue, calendar).spans
    if not spans:
        return ()
    first_ns = minute_start_ns(min(span.start_ns for span in spans))
    ends_ns = max(span.end_ns for span in spans)
    evening_ns = min(
        (span.start_ns for span in spans if (span.presumed or span.phase) in _EVENING),
        default=ends_ns,
    )
    bounds = [(first_ns, evening_ns), (evening_ns, ends_ns)]
    return tuple(Window(first, end) for first, end in bounds if first < end)
