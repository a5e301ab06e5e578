"""Which days the Korean exchange trades, and from when to when.

`exchange_calendars` XKRX (kept as data in `calendar_days`) under our own table of corrections
(`calendar_overrides`). Outside `covered_from` … `covered_through` nobody has checked the days, so
every question about them raises CalendarError instead of being answered by a guess.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache

from kis_core.market.calendar_days import CLOSED_WEEKDAYS, ODD_HOURS
from kis_core.market.calendar_overrides import (
    COVERED_FROM,
    COVERED_THROUGH,
    OVERRIDES,
    Override,
)

SETTLEMENT_SESSIONS = 2  # stocks settle at T+2


class CalendarError(ValueError):
    """A day the calendar does not cover, or one on which there is no session."""


@dataclass(frozen=True, slots=True)
class Hours:
    """The regular session of a day, KST: opening auction price to closing auction price."""

    opens: time
    closes: time


LONGER_SINCE = date(2016, 8, 1)  # the session grew by half an hour
SATURDAY = 5


def usual_hours(day: date) -> Hours:
    """Return the hours of a session with nothing special about it."""
    return Hours(time(9), time(15, 30) if day >= LONGER_SINCE else time(15))


class TradingCalendar:
    """Sessions of the Korean exchange. NXT trades on the same days."""

    def __init__(
        self, hours: Mapping[date, Hours], covered_from: date, covered_through: date
    ) -> None:
        self._hours = {
            day: hours[day] for day in sorted(hours) if covered_from <= day <= covered_through
        }
        self._sessions = tuple(self._hours)
        self.covered_from = covered_from
        self.covered_through = covered_through

    def is_session(self, day: date) -> bool:
        """Whether the exchange trades on a day."""
        self._require_covered(day)
        return day in self._hours

    def hours(self, day: date) -> Hours:
        """Return the regular session's hours; CalendarError on a closed day."""
        if not self.is_session(day):
            raise CalendarError(f"{day} is not a session")
        return self._hours[day]

    def previous(self, day: date) -> date:
        """Return the last session before a day, which need not be a session itself."""
        return self.offset(day, -1)

    def next(self, day: date) -> date:
        """Return the first session after a day, which need not be a session itself."""
        return self.offset(day, 1)

    def offset(self, day: date, sessions: int) -> date:
        """Return the session so many sessions after a day (before it when negative).

        0 asks for the day itself, which must then be a session.
        """
        self._require_covered(day)
        if sessions == 0:
            self.hours(day)
            return day
        find, step = (bisect_right, -1) if sessions > 0 else (bisect_left, 0)
        index = find(self._sessions, day) + sessions + step
        if not 0 <= index < len(self._sessions):
            raise CalendarError(
                f"{sessions:+d} sessions from {day} leave what is covered, "
                f"{self.covered_from} to {self.covered_through}"
            )
        return self._sessions[index]

    def sessions_between(self, first: date, last: date) -> tuple[date, ...]:
        """Return the sessions from `first` to `last`, both included; none when they are swapped."""
        return self._sessions[slice(*self._between(first, last))]

    def session_count(self, first: date, last: date) -> int:
        """Return how many sessions there are from `first` to `last`, both included."""
        begin, end = self._between(first, last)
        return max(0, end - begin)

    def settlement_date(self, trade_date: date) -> date:
        """Return the day a stock trade settles: two sessions later, on KRX and NXT alike."""
        return self.offset(self.offset(trade_date, 0), SETTLEMENT_SESSIONS)

    def _between(self, first: date, last: date) -> tuple[int, int]:
        self._require_covered(first)
        self._require_covered(last)
        return bisect_left(self._sessions, first), bisect_right(self._sessions, last)

    def _require_covered(self, day: date) -> None:
        if isinstance(day, datetime):
            raise TypeError(f"{day!r} is an instant, a date is expected")
        if not self.covered_from <= day <= self.covered_through:
            raise CalendarError(
                f"{day} is outside what the calendar covers, "
                f"{self.covered_from} to {self.covered_through}"
            )


def corrected(
    hours: Mapping[date, Hours], overrides: Iterable[Override] = OVERRIDES
) -> dict[date, Hours]:
    """Return the days with the overrides laid over them."""
    days = dict(hours)
    for row in overrides:
        if row.opens is not None and row.closes is not None:
            days[row.day] = Hours(row.opens, row.closes)
        else:
            days.pop(row.day, None)
    return days


@cache
def krx_calendar() -> TradingCalendar:
    """Return the calendar of the Korean exchange."""
    return TradingCalendar(corrected(_library_hours()), COVERED_FROM, COVERED_THROUGH)


def _library_hours() -> dict[date, Hours]:
    """Return the sessions as `exchange_calendars` knows them, from the data kept of it."""
    odd = {
        date.fromisoformat(day): Hours(time.fromisoformat(opens), time.fromisoformat(closes))
        for day, (opens, closes) in ODD_HOURS.items()
    }
    closed = {
        date.fromisoformat(f"{year}-{day}")
        for year, days in CLOSED_WEEKDAYS.items()
        for day in days.split()
    }
    span = range((COVERED_THROUGH - COVERED_FROM).days + 1)
    days = (COVERED_FROM + timedelta(number) for number in span)
    return {
        day: odd.get(day) or usual_hours(day)
        for day in days
        if day.weekday() < SATURDAY and day not in closed
    }
