"""When contracts expire. Sources: krx_market.md §8.2; where the calendar ends, weekdays go on.

A contract month ends on its second Thursday, a weekly on its Thursday or Monday; on a day without
a session the one before it is the last.
"""

import datetime as dt
from collections.abc import Iterator

from kis_core.market.calendar import SATURDAY, krx_calendar

MONDAY, THURSDAY = 0, 3
_QUARTER_COUNTS = {3: 2, 9: 2, 6: 2, 12: 3}
"""How many futures are listed of a month: two of March and September together, two of June, three
of December; March and September share theirs."""


def on_or_before(day: dt.date) -> dt.date:
    """Return the last session up to a day; beyond the calendar every weekday counts as one."""
    calendar = krx_calendar()
    while day.weekday() >= SATURDAY or (
        day <= calendar.covered_through and not calendar.is_session(day)
    ):
        day -= dt.timedelta(days=1)
    return day


def monthly(year: int, month: int) -> dt.date:
    """Return the last trading day of a contract month."""
    first = dt.date(year, month, 1)
    second_thursday = 8 + (THURSDAY - first.weekday()) % 7
    return on_or_before(first.replace(day=second_thursday))


def months(day: dt.date) -> Iterator[tuple[int, int]]:
    """Return the contract months that are alive on a day, nearest first, without end."""
    year, month = day.year, day.month
    while True:
        if monthly(year, month) >= day:
            yield year, month
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def quarters(day: dt.date) -> list[tuple[int, int]]:
    """Return the seven quarterly futures months: two of March or September, two of June, three
    of December."""
    left = {
        "outer": _QUARTER_COUNTS[3],
        "june": _QUARTER_COUNTS[6],
        "december": _QUARTER_COUNTS[12],
    }
    found = []
    for year, month in months(day):
        kind = {3: "outer", 9: "outer", 6: "june", 12: "december"}.get(month, "")
        if left.get(kind, 0):
            left[kind] -= 1
            found.append((year, month))
        if not any(left.values()):
            return found
    raise AssertionError("months never end")


def weekly(day: dt.date, weekday: int) -> dt.date | None:
    """Return the nominal day (a Monday or a Thursday) of the weekly series listed on a day.

    A series lives a week. None in the week of a monthly expiry, whose Thursday the monthly takes.
    """
    nominal = day + dt.timedelta(days=(weekday - day.weekday()) % 7)
    if on_or_before(nominal) < day:  # it ended early, before a holiday
        nominal += dt.timedelta(days=7)
    return None if weekday == THURSDAY and is_monthly(nominal) else nominal


def is_monthly(thursday: dt.date) -> bool:
    """Whether a Thursday's series would end on the day a contract month ends."""
    last = on_or_before(thursday)
    return last == monthly(thursday.year, thursday.month)
