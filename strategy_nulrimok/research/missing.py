"""Which sessions are missing of what is wanted, and what has been answered. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from kis_core.market.calendar import TradingCalendar
from strategy_nulrimok.research.rows import BAR_AFTER_CLOSE


@dataclass(frozen=True, slots=True)
class Coverage:
    """How whole a history is: sessions expected, how many are there, and the holes in between."""

    subject: str
    expected: int
    there: int
    first: date | None
    last: date | None
    holes: tuple[tuple[date, date], ...]  # first and last session of each; ascending


def completed_sessions(calendar: TradingCalendar, now: datetime, count: int) -> tuple[date, ...]:
    """Return the newest `count` sessions whose bar can be known at `now` (aware KST), ascending."""
    today = now.date()
    newest = today
    if not calendar.is_session(today) or now.time() < _known_at(calendar, today):
        newest = calendar.previous(today)
    first = calendar.offset(newest, 1 - count) if count > 1 else newest
    return calendar.sessions_between(first, newest)


def _known_at(calendar: TradingCalendar, day: date) -> time:
    return (datetime.combine(day, calendar.hours(day).closes) + BAR_AFTER_CLOSE).time()


def not_in(
    sessions: Sequence[date], there: Collection[date], answered: Iterable[tuple[date, date]]
) -> tuple[date, ...]:
    """Return the sessions that are neither there nor in a span that has been answered."""
    spans = tuple(answered)
    return tuple(
        day
        for day in sessions
        if day not in there and not any(first <= day <= last for first, last in spans)
    )


def coverage(subject: str, sessions: Sequence[date], there: Collection[date]) -> Coverage:
    """Return how whole a history is against the sessions there were."""
    days = [day for day in sessions if day in there]
    holes: list[list[date]] = []
    running = False
    for day in sessions:
        absent = day not in there
        if absent and running:
            holes[-1][1] = day
        elif absent:
            holes.append([day, day])
        running = absent
    return Coverage(
        subject,
        len(sessions),
        len(days),
        days[0] if days else None,
        days[-1] if days else None,
        tuple((first, last) for first, last in holes),
    )
