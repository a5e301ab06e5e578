"""When index derivatives trade: the day session, and since 2025-06-09 the night after it.

The stock exchange's hours of the day move them: where it opens or closes an hour later (the exam
day, the year's first day), so do they. An expiring contract ends at 15:20 and sees no night.
Source: krx_market.md §8.1.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from kis_core.market.calendar import krx_calendar
from kis_core.market.instants import DAY_NS, instant_ns, shifted

NIGHT_FROM = dt.date(2025, 6, 9)
_CASH_OPENS, _CASH_CLOSES = dt.time(9), dt.time(15, 30)
_INTAKE, _OPENS = dt.time(8, 30), dt.time(8, 45)
_CLOSING, _CLOSES, _LAST_CLOSES = dt.time(15, 35), dt.time(15, 45), dt.time(15, 20)
_NIGHT_INTAKE, _NIGHT_OPENS = dt.time(17, 50), dt.time(18)
_NIGHT_CLOSING, _NIGHT_CLOSES = dt.time(5, 50), dt.time(6)


class Phase(StrEnum):
    """What the market does at an instant."""

    BEFORE = "before"
    OPENING_AUCTION = "opening auction"
    CONTINUOUS = "continuous"
    CLOSING_AUCTION = "closing auction"
    CLOSED = "closed"


AUCTIONS = (Phase.OPENING_AUCTION, Phase.CLOSING_AUCTION)


@dataclass(frozen=True, slots=True)
class Session:
    """One session. Instants in ns; the prices of its two auctions are found at open and close."""

    night: bool
    date: dt.date  # on which it starts
    intake_ns: int
    open_ns: int
    closing_ns: int  # equals `close_ns` where there is no closing auction
    close_ns: int

    def phase(self, at_ns: int) -> Phase:
        """Return the session's phase."""
        if at_ns < self.intake_ns:
            return Phase.BEFORE
        if at_ns < self.open_ns:
            return Phase.OPENING_AUCTION
        if at_ns < self.closing_ns:
            return Phase.CONTINUOUS
        return Phase.CLOSING_AUCTION if at_ns < self.close_ns else Phase.CLOSED


@dataclass(frozen=True, slots=True)
class Timetable:
    """The sessions of a date. `last_day` is for contracts that expire on it."""

    day: Session
    last_day: Session
    night: Session | None

    def of(self, expires: bool, night: bool) -> Session | None:
        """Return a contract's session; None where it has no night."""
        if night:
            return None if expires else self.night
        return self.last_day if expires else self.day


def timetable(date: dt.date) -> Timetable:
    """Return the sessions that start on a date. Raises CalendarError on a closed day."""
    hours = krx_calendar().hours(date)
    later_open = _minutes(hours.opens) - _minutes(_CASH_OPENS)
    later_close = _minutes(hours.closes) - _minutes(_CASH_CLOSES)

    def at(clock: dt.time, later: int) -> int:
        return instant_ns(date, shifted(clock, later))

    intake, opens = at(_INTAKE, later_open), at(_OPENS, later_open)
    closing, closes = at(_CLOSING, later_close), at(_CLOSES, later_close)
    last = at(_LAST_CLOSES, later_close)
    night = None
    if date >= NIGHT_FROM:
        night = Session(
            True,
            date,
            at(_NIGHT_INTAKE, later_close),
            at(_NIGHT_OPENS, later_close),
            at(_NIGHT_CLOSING, 0) + DAY_NS,
            at(_NIGHT_CLOSES, 0) + DAY_NS,
        )
    return Timetable(
        Session(False, date, intake, opens, closing, closes),
        Session(False, date, intake, opens, last, last),
        night,
    )


def _minutes(at: dt.time) -> int:
    return at.hour * 60 + at.minute
