"""Which sessions are expected, there, and missing."""

from datetime import date

import pytest

from strategy_nulrimok.research.missing import completed_sessions, coverage, not_in
from tests.strategy_nulrimok.research.told import CALENDAR, at

WEEK = tuple(date(2025, 9, day) for day in (1, 2, 3, 4, 5))


@pytest.mark.parametrize(
    ("now", "newest"),
    [
        ("2025-09-03 07:30", date(2025, 9, 2)),
        ("2025-09-03 15:39", date(2025, 9, 2)),
        ("2025-09-03 15:40", date(2025, 9, 3)),
        ("2025-09-06 12:00", date(2025, 9, 5)),
        ("2025-10-10 07:30", date(2025, 10, 2)),  # after a week of holidays
        ("2025-11-13 16:00", date(2025, 11, 12)),  # it closes an hour late
    ],
)
def test_a_session_is_complete_once_its_bar_is_known(now: str, newest: date) -> None:
    assert completed_sessions(CALENDAR, at(now), 1) == (newest,)
    three = completed_sessions(CALENDAR, at(now), 3)
    assert (len(three), three[-1]) == (3, newest)


def test_what_was_answered_is_missing_no_more() -> None:
    assert not_in(WEEK, {WEEK[1]}, ()) == (WEEK[0], *WEEK[2:])
    assert not_in(WEEK, {WEEK[1]}, [(WEEK[2], WEEK[3])]) == (WEEK[0], WEEK[4])
    assert not_in(WEEK, WEEK, ()) == ()


@pytest.mark.parametrize(
    ("there", "holes"),
    [
        (WEEK, ()),
        ((), ((WEEK[0], WEEK[4]),)),
        (WEEK[1:], ((WEEK[0], WEEK[0]),)),
        ((WEEK[0], WEEK[3]), ((WEEK[1], WEEK[2]), (WEEK[4], WEEK[4]))),
    ],
)
def test_holes_are_named_by_their_first_and_last_session(
    there: tuple[date, ...], holes: tuple[tuple[date, date], ...]
) -> None:
    found = coverage("005930", WEEK, set(there))
    assert (found.expected, found.there, found.holes) == (5, len(there), holes)
    assert (found.first, found.last) == ((there[0], there[-1]) if there else (None, None))
