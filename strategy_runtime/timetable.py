"""Which session a strategy runs, and from when it prepares for it. Pure, given a calendar."""

from datetime import date, time, timedelta

from kis_core.market.calendar import TradingCalendar
from kis_core.market.instants import MINUTE_NS, date_of, instant_ns
from strategy_runtime.contract import Session, TradingDay

AFTER_CLOSE_NS = 15 * MINUTE_NS
"""A process started this long after the close still belongs to that day: it may not be flat."""


def session(day: date, calendar: TradingCalendar) -> Session:
    """Return the regular session of a date; CalendarError where there is none."""
    hours = calendar.hours(day)
    return Session(day.isoformat(), instant_ns(day, hours.opens), instant_ns(day, hours.closes))


def trading_day(day: date, calendar: TradingCalendar, past: int) -> TradingDay:
    """Return a date's session with the `past` sessions before it, oldest first."""
    before = [calendar.offset(day, -back) for back in range(past, 0, -1)]
    return TradingDay(session(day, calendar), tuple(session(each, calendar) for each in before))


def day_to_run(now_ns: int, calendar: TradingCalendar) -> date:
    """Return the session to run: today's until shortly after its close, else the next."""
    today = date_of(now_ns)
    if calendar.is_session(today):
        close_ns = session(today, calendar).close_ns
        if now_ns < close_ns + AFTER_CLOSE_NS:
            return today
    return calendar.next(today)


def prepare_ns(day: date, at: time) -> int:
    """Return when preparing for a day begins, in ns."""
    return instant_ns(day, at)


def days_back(day: str, calendar_days: int) -> str:
    """Return the date so many calendar days before one, both YYYY-MM-DD."""
    return (date.fromisoformat(day) - timedelta(days=calendar_days)).isoformat()
