"""Dates and minutes of the Korean day, as nanoseconds since the epoch and back.

KST is UTC+9 without daylight saving since 1988, so this is integer arithmetic: no time zone is
looked up and nothing is read. The clock itself is `kis_core.clock`.
"""

from datetime import date, datetime, time, timedelta

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
DAY_NS = 86_400 * SECOND_NS
KST_OFFSET_NS = 9 * 3_600 * SECOND_NS

_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def midnight_ns(day: date) -> int:
    """Return the first nanosecond of a day in KST."""
    if isinstance(day, datetime):  # a datetime is a date, too, and would lose its time unseen
        raise TypeError(f"{day!r} is an instant, a date is expected")
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY_NS - KST_OFFSET_NS


def instant_ns(day: date, at: time) -> int:
    """Return the nanoseconds of a wall-clock time of a day in KST."""
    seconds = at.hour * 3_600 + at.minute * 60 + at.second
    return midnight_ns(day) + seconds * SECOND_NS + at.microsecond * 1_000


def date_of(at_ns: int) -> date:
    """Return the date in KST of an instant."""
    return date.fromordinal((at_ns + KST_OFFSET_NS) // DAY_NS + _EPOCH_ORDINAL)


def minute_start_ns(at_ns: int) -> int:
    """Return the start of the minute an instant belongs to."""
    return at_ns - at_ns % MINUTE_NS


def minute_of_day(at_ns: int) -> int:
    """Return whole minutes since midnight in KST, 0 to 1439."""
    return (at_ns + KST_OFFSET_NS) % DAY_NS // MINUTE_NS


def clock_text(at_ns: int) -> str:
    """Return the wall-clock time of an instant in KST, HH:MM:SS."""
    minutes, second = divmod((at_ns + KST_OFFSET_NS) % DAY_NS // SECOND_NS, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"


def shifted(at: time, minutes: int) -> time:
    """Return a wall-clock time so many minutes later (earlier when negative), same day."""
    moved = datetime.combine(date(2000, 1, 1), at) + timedelta(minutes=minutes)
    if moved.date() != date(2000, 1, 1):
        raise ValueError(f"{at} and {minutes} minutes leave the day")
    return moved.time()
