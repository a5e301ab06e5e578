import subprocess
import sys
import warnings
from datetime import UTC, date, datetime, time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.calendar import (
    CalendarError,
    Hours,
    TradingCalendar,
    corrected,
    krx_calendar,
)
from kis_core.market.calendar_overrides import (
    COVERED_FROM,
    COVERED_THROUGH,
    OVERRIDES,
    Override,
)

NORMAL = Hours(time(9), time(15, 30))
EXAM = Hours(time(10), time(16, 30))
LATE = Hours(time(10), time(15, 30))
COVERED = st.dates(COVERED_FROM, COVERED_THROUGH)


def test_sessions_equal_the_exchanges_own_list_since_2011(kst_data: Path) -> None:
    traded = pq.read_table(kst_data / "masters" / "krx_trading_days.parquet")["date"].to_pylist()
    assert krx_calendar().sessions_between(traded[0], date(2026, 8, 14)) == tuple(traded)


@pytest.mark.parametrize(
    ("year", "sessions"),
    [(2023, 245), (2024, 244), (2025, 242), (2026, 244)],
)
def test_years_have_as_many_sessions_as_the_exchange_says(year: int, sessions: int) -> None:
    assert krx_calendar().session_count(date(year, 1, 1), date(year, 12, 31)) == sessions


CLOSED_2025 = "01-01 01-27 01-28 01-29 01-30 03-03 05-01 05-05 05-06 06-03 06-06 08-15 10-03 10-06"
CLOSED_2025 += " 10-07 10-08 10-09 12-25 12-31"
CLOSED_2026 = "01-01 02-16 02-17 02-18 03-02 05-01 05-05 05-25 06-03 07-17 08-17 09-24 09-25 10-05"
CLOSED_2026 += " 10-09 12-25 12-31"


@pytest.mark.parametrize(("year", "closed"), [(2025, CLOSED_2025), (2026, CLOSED_2026)])
def test_the_weekdays_without_a_session_are_those_announced(year: int, closed: str) -> None:
    first = date(year, 1, 1).toordinal()
    weekdays = (date.fromordinal(first + n) for n in range(365))
    found = [d for d in weekdays if d.weekday() < 5 and not krx_calendar().is_session(d)]
    assert found == [date.fromisoformat(f"{year}-{day}") for day in closed.split()]


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2021-11-18", EXAM),
        ("2022-11-17", EXAM),
        ("2023-11-16", EXAM),
        ("2024-11-14", EXAM),
        ("2025-11-13", EXAM),
        ("2026-11-19", EXAM),
        ("2020-12-03", EXAM),
        ("2025-01-02", LATE),
        ("2026-01-02", LATE),
        ("2025-07-17", NORMAL),
        ("2025-11-14", NORMAL),
        ("2016-07-29", Hours(time(9), time(15))),
    ],
)
def test_hours_are_those_of_the_day(day: str, hours: Hours) -> None:
    assert krx_calendar().hours(date.fromisoformat(day)) == hours


@pytest.mark.parametrize("day", ["2026-06-03", "2026-07-17", "2026-11-21"])
def test_a_closed_day_has_no_hours(day: str) -> None:
    with pytest.raises(CalendarError, match="not a session"):
        krx_calendar().hours(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "previous", "following"),
    [
        ("2025-10-02", "2025-10-01", "2025-10-10"),
        ("2025-10-05", "2025-10-02", "2025-10-10"),
        ("2026-07-17", "2026-07-16", "2026-07-20"),
        ("2025-12-30", "2025-12-29", "2026-01-02"),
    ],
)
def test_neighbours_of_sessions_and_of_closed_days(day: str, previous: str, following: str) -> None:
    calendar = krx_calendar()
    assert calendar.previous(date.fromisoformat(day)).isoformat() == previous
    assert calendar.next(date.fromisoformat(day)).isoformat() == following


@pytest.mark.parametrize(
    ("traded", "settled"),
    [
        ("2024-12-26", "2024-12-30"),
        ("2024-12-27", "2025-01-02"),
        ("2025-10-02", "2025-10-13"),
        ("2025-12-29", "2026-01-02"),
        ("2025-12-30", "2026-01-05"),
        ("2026-07-16", "2026-07-21"),
    ],
)
def test_trades_settle_two_sessions_later(traded: str, settled: str) -> None:
    settles = krx_calendar().settlement_date(date.fromisoformat(traded))
    assert settles.isoformat() == settled


def test_nothing_settles_on_a_day_that_did_not_trade() -> None:
    with pytest.raises(CalendarError, match="not a session"):
        krx_calendar().settlement_date(date(2026, 7, 17))


BEYOND = date(2027, 1, 1)
BEFORE = date(2010, 12, 31)


@pytest.mark.parametrize("day", [BEYOND, BEFORE])
@pytest.mark.parametrize("question", ["is_session", "hours", "previous", "next", "settlement_date"])
def test_beyond_what_was_checked_every_question_is_refused(day: date, question: str) -> None:
    with pytest.raises(CalendarError, match="covers, 2011-01-01 to 2026-12-31"):
        getattr(krx_calendar(), question)(day)


def test_an_answer_beyond_what_was_checked_is_refused_too() -> None:
    calendar = krx_calendar()
    with pytest.raises(CalendarError, match="leave what is covered"):
        calendar.next(date(2026, 12, 30))
    with pytest.raises(CalendarError, match="leave what is covered"):
        calendar.previous(date(2011, 1, 3))
    with pytest.raises(CalendarError, match="outside"):
        calendar.sessions_between(date(2026, 12, 1), BEYOND)


def test_an_instant_is_not_taken_for_a_date() -> None:
    with pytest.raises(TypeError, match="date is expected"):
        krx_calendar().is_session(datetime(2026, 1, 5, tzinfo=UTC))


@given(COVERED, COVERED)
def test_counting_sessions_is_listing_them(one: date, other: date) -> None:
    calendar = krx_calendar()
    listed = calendar.sessions_between(one, other)
    assert calendar.session_count(one, other) == len(listed)
    assert all(calendar.is_session(day) for day in listed)
    assert list(listed) == sorted(listed)


@given(st.dates(date(2011, 2, 1), date(2026, 11, 30)), st.integers(1, 12))
def test_going_back_undoes_going_forward(day: date, sessions: int) -> None:
    calendar = krx_calendar()
    start = calendar.next(day)
    there = calendar.offset(start, sessions)
    assert calendar.offset(there, -sessions) == start
    assert calendar.session_count(start, there) == sessions + 1
    assert calendar.previous(start) <= day < start


def test_overrides_open_close_and_move_days() -> None:
    monday, tuesday = date(2026, 3, 9), date(2026, 3, 10)
    entered = date(2026, 11, 20)
    rows = [
        Override(monday, "closed", None, None, "a notice", entered),
        Override(tuesday, "session", time(10), time(16, 30), "a notice", entered),
    ]
    assert corrected({monday: NORMAL}, rows) == {tuesday: EXAM}


def test_each_override_stands_once_with_its_source() -> None:
    assert len({row.day for row in OVERRIDES}) == len(OVERRIDES)
    assert all(row.source for row in OVERRIDES)
    assert all(COVERED_FROM <= row.day <= COVERED_THROUGH for row in OVERRIDES)
    assert all((row.state == "session") == (row.opens is not None) for row in OVERRIDES)
    assert all((row.opens is None) == (row.closes is None) for row in OVERRIDES)


def test_days_outside_the_cover_are_not_kept() -> None:
    days = {date(2026, 3, 9): NORMAL, date(2027, 3, 9): NORMAL}
    calendar = TradingCalendar(days, date(2026, 1, 1), date(2026, 12, 31))
    assert calendar.sessions_between(date(2026, 1, 1), date(2026, 12, 31)) == (date(2026, 3, 9),)


def test_asking_the_calendar_does_not_load_the_library() -> None:
    code = (
        "import sys, kis_core.market.sessions, kis_core.market.costs;"
        "from kis_core.market.calendar import krx_calendar; krx_calendar();"
        "sys.exit(len({'pandas', 'exchange_calendars'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_days_kept_are_those_of_the_library() -> None:
    from exchange_calendars.exchange_calendar_xkrx import XKRXExchangeCalendar

    with warnings.catch_warnings():
        # The library calls what pandas 3 has deprecated.
        warnings.simplefilter("ignore")
        schedule = XKRXExchangeCalendar(start=COVERED_FROM, end=COVERED_THROUGH).schedule
        opens = schedule["open"].dt.tz_convert("Asia/Seoul").dt.to_pydatetime()
        closes = schedule["close"].dt.tz_convert("Asia/Seoul").dt.to_pydatetime()
    library = {o.date(): Hours(o.time(), c.time()) for o, c in zip(opens, closes, strict=True)}
    corrections = {row.day for row in OVERRIDES}
    calendar = krx_calendar()
    ours = {
        day: calendar.hours(day)
        for day in calendar.sessions_between(COVERED_FROM, COVERED_THROUGH)
        if day not in corrections
    }
    assert ours == {day: hours for day, hours in library.items() if day not in corrections}
