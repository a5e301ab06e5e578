"""When index futures and options trade: the day session, and the night after it.

Both follow the stock market's hours of the day: the day session opens a quarter of an hour before
and closes a quarter of an hour after it, so the year's first session and the days of the
university entrance exam shift by themselves. A night belongs to the session it leads to: what is
traded on a Friday evening is Monday's. Source: krx_market.md §8.1, kis_api.md §10.3.
"""

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Literal

from kis_core.market.calendar import TradingCalendar, krx_calendar
from kis_core.market.instants import date_of, instant_ns, shifted

EARLIER_SINCE = date(2023, 7, 31)
"""From here on derivatives open a quarter of an hour before stocks; until then, with them."""
NIGHT_SINCE = date(2025, 6, 9)
"""KRX's own night session. What traded at night before was Eurex's."""

SessionName = Literal["day", "night"]


@dataclass(frozen=True, slots=True)
class DerivativeSession:
    """One session, from its opening auction's price up to, not including, `closes_ns`."""

    name: SessionName
    starts_on: date  # the calendar day it begins on: the one KIS's night charts keep
    trade_date: date  # the day its trades belong to
    intake_ns: int  # orders for the opening auction are taken from here on
    opens_ns: int
    closing_auction_ns: int
    closes_ns: int


def day_session(day: date, calendar: TradingCalendar | None = None) -> DerivativeSession | None:
    """Return a date's day session, None on a closed day. 08:45 to 15:45 KST as a rule."""
    days = calendar or krx_calendar()
    if not days.is_session(day):
        return None
    hours = days.hours(day)
    opens = shifted(hours.opens, -15 if day >= EARLIER_SINCE else 0)
    closes = shifted(hours.closes, 15)
    return DerivativeSession(
        name="day",
        starts_on=day,
        trade_date=day,
        intake_ns=instant_ns(day, shifted(opens, -15)),
        opens_ns=instant_ns(day, opens),
        closing_auction_ns=instant_ns(day, shifted(closes, -10)),
        closes_ns=instant_ns(day, closes),
    )


def night_session(day: date, calendar: TradingCalendar | None = None) -> DerivativeSession | None:
    """Return the night that begins on a date, None where none does. 18:00 to 06:00 KST.

    There is none on the evening of a closed day, and none before 2025-06-09.
    """
    days = calendar or krx_calendar()
    if day < NIGHT_SINCE or not days.is_session(day):
        return None
    late = days.hours(day).closes > time(15, 30)  # the entrance exam
    opens = time(19) if late else time(18)
    morning = day + timedelta(days=1)
    return DerivativeSession(
        name="night",
        starts_on=day,
        trade_date=days.next(day),
        intake_ns=instant_ns(day, shifted(opens, -10)),
        opens_ns=instant_ns(day, opens),
        closing_auction_ns=instant_ns(morning, time(5, 50)),
        closes_ns=instant_ns(morning, time(6)),
    )


def session_at(at_ns: int, calendar: TradingCalendar | None = None) -> DerivativeSession | None:
    """Return the session an instant falls into, its opening auction's intake included."""
    today = date_of(at_ns)
    candidates = (
        day_session(today, calendar),
        night_session(today, calendar),
        night_session(today - timedelta(days=1), calendar),
    )
    for session in candidates:
        if session is not None and session.intake_ns <= at_ns < session.closes_ns:
            return session
    return None
