"""Whose trading a print or a minute belongs to, by venue, event time and calendar. Pure.

Kiwoom's own word for it (FID 290) is kept beside it and never decides: what it says of KRX's
after-market is not established. A print is stamped when its auction ends or some seconds later,
hence what KRX prints between its close and the off-hours trading is the closing auction's.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

from collector.candles import MINUTE_NS, Window
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Venue
from kis_core.market.instants import midnight_ns
from kis_core.market.sessions import Phase, SessionPlan, session_plan

Session = Literal["pre", "opening_auction", "regular", "closing_auction", "after_close", "after"]
"""As `stock_candles.session` spells it."""
DAY_SESSIONS = frozenset({"opening_auction", "regular", "closing_auction"})
"""What makes the day's bar and its close."""
VENUES: tuple[Venue, ...] = ("KRX", "NXT")

_OF_PHASE: Mapping[Phase, Session] = {
    Phase.OPENING_AUCTION: "opening_auction",
    Phase.PRE_OPEN: "pre",
    Phase.CONTINUOUS: "regular",
    Phase.CLOSING_AUCTION: "closing_auction",
    Phase.POST_CLOSE_INTAKE: "closing_auction",
    Phase.POST_CLOSE: "after_close",
    Phase.OFF_HOURS_SINGLE: "after",
    Phase.AFTER_MARKET: "after",
    Phase.NXT_PRE: "pre",
    Phase.NXT_MAIN: "regular",
    Phase.NXT_AFTER_AUCTION: "after",
    Phase.NXT_AFTER: "after",
}
_AUCTIONS = frozenset(
    {
        Phase.OPENING_AUCTION,
        Phase.CLOSING_AUCTION,
        Phase.POST_CLOSE_INTAKE,
        Phase.NXT_AFTER_AUCTION,
    }
)
SAID: Mapping[str, frozenset[Session]] = {
    "1": frozenset({"pre", "opening_auction"}),
    "2": frozenset({"opening_auction", "regular", "closing_auction"}),
    "3": frozenset({"closing_auction", "after_close", "after"}),
}
"""Which sessions a value of FID 290 may mean."""


@dataclass(frozen=True, slots=True)
class VenueDay:
    """The sessions of one venue's day: from `starts_ns[i]` on it is `sessions[i]`."""

    date: date
    venue: Venue
    starts_ns: tuple[int, ...]
    sessions: tuple[Session, ...]
    auctions: tuple[bool, ...]  # whether a call auction is on
    ends_ns: int

    def session_at(self, at_ns: int) -> Session:
        """Return the session of an instant; what comes before the first is "pre"."""
        index = bisect_right(self.starts_ns, at_ns) - 1
        return self.sessions[index] if index >= 0 else "pre"

    def in_auction(self, at_ns: int) -> bool:
        """Whether a call auction is on, or its print is on its way."""
        index = bisect_right(self.starts_ns, at_ns) - 1
        return index >= 0 and self.auctions[index]

    def minute_session(self, start_ns: int) -> Session:
        """Return the session of a minute: the one it ends in.

        NXT's main market opens half a minute into 09:00.
        """
        return self.session_at(start_ns + MINUTE_NS - 1)

    def agrees(self, said: str, at_ns: int) -> bool:
        """Whether FID 290 fits the session by the clock; a minute on either side is forgiven."""
        fitting = SAID.get(said)
        if fitting is None:
            return False
        return any(self.session_at(at_ns + near) in fitting for near in (0, -MINUTE_NS, MINUTE_NS))

    @property
    def windows(self) -> tuple[Window, ...]:
        """The minutes of the day proper, and those of what comes after it.

        Apart, so that a count of the day's volume that begins anew in the evening is no fault,
        and nothing of the evening can touch a minute of the day.
        """
        if not self.starts_ns:
            return ()
        first_ns = self.starts_ns[0] // MINUTE_NS * MINUTE_NS
        whole = zip(self.starts_ns, self.sessions, strict=True)
        evening = next((start for start, session in whole if session == "after"), self.ends_ns)
        bounds = [(first_ns, evening), (evening, self.ends_ns)]
        return tuple(Window(first, end) for first, end in bounds if first < end)


@lru_cache(maxsize=64)
def venue_day(day: date, venue: Venue, calendar: TradingCalendar) -> VenueDay:
    """Return a venue's sessions of a date; none on a closed day."""
    return _of_plan(session_plan(day, venue, calendar))


def _of_plan(plan: SessionPlan) -> VenueDay:
    spans = [(span.presumed or span.phase, span.start_ns, span.end_ns) for span in plan.spans]
    bounds = sorted({at_ns for _, start_ns, end_ns in spans for at_ns in (start_ns, end_ns)})
    rows: list[tuple[int, Session, bool]] = []
    for at_ns in bounds[:-1]:
        phases = [phase for phase, start_ns, end_ns in spans if start_ns <= at_ns < end_ns]
        sessions = [_OF_PHASE[phase] for phase in phases if phase in _OF_PHASE]
        # KRX's pre-open at yesterday's close runs beside the opening auction's intake, of which
        # nothing prints before the session opens: what is heard then is the pre-open's.
        before = rows[-1][1] if rows else "pre"
        session = "pre" if "pre" in sessions else sessions[0] if sessions else before
        row = (at_ns, session, not _AUCTIONS.isdisjoint(phases))
        if not rows or rows[-1][1:] != row[1:]:
            rows.append(row)
    starts_ns, sessions_of, auctions = zip(*rows, strict=True) if rows else ((), (), ())
    ends_ns = bounds[-1] if bounds else midnight_ns(plan.date)
    return VenueDay(plan.date, plan.venue, starts_ns, sessions_of, auctions, ends_ns)
