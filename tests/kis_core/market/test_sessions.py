from collections.abc import Callable
from datetime import date, time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.calendar import CalendarError, krx_calendar
from kis_core.market.events import Venue
from kis_core.market.instants import MINUTE_NS, instant_ns, minute_of_day
from kis_core.market.sessions import NXT_OPENED, PLANNED_FROM, Phase, minutes, session_plan

BEFORE_REFORM = date(2026, 9, 11)
NORMAL = date(2026, 11, 20)
EXAM = date(2026, 11, 19)
OLD_EXAM = date(2025, 11, 13)
FIRST = date(2026, 1, 2)


def at(day: date, text: str) -> int:
    return instant_ns(day, time.fromisoformat(text))


@pytest.mark.parametrize(
    ("day", "venue", "instant", "phase"),
    [
        (NORMAL, "KRX", "08:19:59", Phase.CLOSED),
        (NORMAL, "KRX", "08:25", Phase.NOT_ESTABLISHED),
        (NORMAL, "KRX", "08:30", Phase.OPENING_AUCTION),
        (NORMAL, "KRX", "08:59:59.999999", Phase.OPENING_AUCTION),
        (NORMAL, "KRX", "09:00", Phase.CONTINUOUS),
        (NORMAL, "KRX", "15:19:59", Phase.CONTINUOUS),
        (NORMAL, "KRX", "15:20", Phase.CLOSING_AUCTION),
        (NORMAL, "KRX", "15:30", Phase.POST_CLOSE_INTAKE),
        (NORMAL, "KRX", "15:40", Phase.POST_CLOSE),
        (NORMAL, "KRX", "16:00", Phase.AFTER_MARKET),
        (NORMAL, "KRX", "19:59:59", Phase.AFTER_MARKET),
        (NORMAL, "KRX", "20:00", Phase.CLOSED),
        (BEFORE_REFORM, "KRX", "08:25", Phase.CLOSED),
        (BEFORE_REFORM, "KRX", "16:00", Phase.OFF_HOURS_SINGLE),
        (BEFORE_REFORM, "KRX", "18:00", Phase.CLOSED),
        (date(2026, 9, 14), "KRX", "16:00", Phase.AFTER_MARKET),
        (EXAM, "KRX", "09:00", Phase.CLOSED),
        (EXAM, "KRX", "09:30", Phase.OPENING_AUCTION),
        (EXAM, "KRX", "10:00", Phase.CONTINUOUS),
        (EXAM, "KRX", "15:30", Phase.CONTINUOUS),
        (EXAM, "KRX", "16:20", Phase.CLOSING_AUCTION),
        (EXAM, "KRX", "16:40", Phase.POST_CLOSE),
        (EXAM, "KRX", "17:30", Phase.NOT_ESTABLISHED),
        (EXAM, "KRX", "20:00", Phase.CLOSED),
        (OLD_EXAM, "KRX", "17:30", Phase.OFF_HOURS_SINGLE),
        (FIRST, "KRX", "09:00", Phase.NOT_ESTABLISHED),
        (FIRST, "KRX", "09:45", Phase.OPENING_AUCTION),
        (FIRST, "KRX", "10:00", Phase.CONTINUOUS),
        (FIRST, "KRX", "15:20", Phase.CLOSING_AUCTION),
        (NORMAL, "NXT", "07:59:59", Phase.CLOSED),
        (NORMAL, "NXT", "08:00", Phase.NXT_PRE),
        (NORMAL, "NXT", "08:50", Phase.CLOSED),
        (NORMAL, "NXT", "09:00:29", Phase.CLOSED),
        (NORMAL, "NXT", "09:00:30", Phase.NXT_MAIN),
        (NORMAL, "NXT", "15:10", Phase.NXT_MAIN),
        (NORMAL, "NXT", "15:20", Phase.CLOSED),
        (NORMAL, "NXT", "15:30", Phase.NXT_AFTER_AUCTION),
        (NORMAL, "NXT", "15:40", Phase.NXT_AFTER),
        (NORMAL, "NXT", "20:00", Phase.CLOSED),
        (EXAM, "NXT", "08:30", Phase.CLOSED),
        (EXAM, "NXT", "10:00:10", Phase.NOT_ESTABLISHED),
        (EXAM, "NXT", "10:00:30", Phase.NXT_MAIN),
        (EXAM, "NXT", "16:15", Phase.NXT_MAIN),
        (EXAM, "NXT", "16:25", Phase.CLOSED),
        (EXAM, "NXT", "16:30", Phase.NXT_AFTER_AUCTION),
        (EXAM, "NXT", "19:00", Phase.NXT_AFTER),
        (FIRST, "NXT", "09:30", Phase.NOT_ESTABLISHED),
        (FIRST, "NXT", "10:00:30", Phase.NXT_MAIN),
        (date(2025, 3, 3), "NXT", "10:00", Phase.CLOSED),
        (date(2025, 2, 28), "NXT", "10:00", Phase.CLOSED),
        (date(2026, 11, 21), "KRX", "10:00", Phase.CLOSED),
        (date(2026, 7, 17), "KRX", "10:00", Phase.CLOSED),
    ],
)
def test_the_phase_of_an_instant(day: date, venue: Venue, instant: str, phase: Phase) -> None:
    assert session_plan(day, venue).phase_at(at(day, instant)) is phase


@pytest.mark.parametrize(
    ("day", "venue", "instant", "presumed"),
    [
        (NORMAL, "KRX", "08:25", Phase.OPENING_AUCTION),
        (EXAM, "KRX", "17:30", Phase.AFTER_MARKET),
        (FIRST, "KRX", "09:00", Phase.CLOSED),
        (EXAM, "NXT", "10:00:10", Phase.NXT_MAIN),
    ],
)
def test_what_is_not_established_says_what_is_presumed(
    day: date, venue: Venue, instant: str, presumed: Phase
) -> None:
    (span,) = session_plan(day, venue).spans_at(at(day, instant))
    assert (span.phase, span.presumed) == (Phase.NOT_ESTABLISHED, presumed)


def test_fixed_price_markets_run_beside_the_main_line() -> None:
    krx, nxt = session_plan(NORMAL), session_plan(NORMAL, "NXT")
    early = {span.phase for span in krx.spans_at(at(NORMAL, "08:35"))}
    late = {span.phase for span in nxt.spans_at(at(NORMAL, "15:45"))}
    assert early == {Phase.OPENING_AUCTION, Phase.PRE_OPEN}
    assert late == {Phase.NXT_AFTER, Phase.NXT_CLOSING_PRICE}


@pytest.mark.parametrize(
    ("day", "venue", "instant", "yes", "unknown", "no"),
    [
        (NORMAL, "KRX", "08:35", "00 01 05", "02 03 22", "06 07 41 27"),
        (NORMAL, "KRX", "08:50", "00 01", "02", "05"),
        (NORMAL, "KRX", "08:25", "", "00 01", "05 41"),
        (NORMAL, "KRX", "10:00", "00 01 02 03 04 11 14 16 21 22 24", "", "05 06 07 27 41"),
        (NORMAL, "KRX", "15:25", "00 01", "03 11", "06 41"),
        (NORMAL, "KRX", "15:35", "06", "", "00 01 05 07"),
        (NORMAL, "KRX", "17:00", "41 42 43 44 45 46 47", "", "00 01 07"),
        (NORMAL, "KRX", "20:30", "", "", "00 01 41"),
        (BEFORE_REFORM, "KRX", "17:00", "07", "", "00 41"),
        (EXAM, "KRX", "18:00", "", "41 47", "00 01"),
        (FIRST, "KRX", "09:00", "", "00 01", ""),
        (FIRST, "KRX", "09:35", "00 01", "05", "41"),
        (date(2025, 2, 28), "KRX", "10:00", "00 01", "", "21 22"),
        (date(2025, 3, 4), "KRX", "10:00", "21 22", "", "27"),
        (NORMAL, "NXT", "08:30", "00 27 28 29", "03 13", "01 02 05"),
        (BEFORE_REFORM, "NXT", "08:30", "00", "03", "27 01"),
        (NORMAL, "NXT", "10:00", "00 03 04 11 13 15 21 22", "", "01 02 05 06 27 41"),
        (NORMAL, "NXT", "15:35", "00", "", "01 03"),
        (NORMAL, "NXT", "18:00", "00", "03 11", "01 41"),
    ],
)
def test_which_orders_are_taken_when(
    day: date, venue: Venue, instant: str, yes: str, unknown: str, no: str
) -> None:
    plan = session_plan(day, venue)
    for codes, answer in ((yes, True), (unknown, None), (no, False)):
        for code in codes.split():
            assert plan.accepts(code, at(day, instant)) is answer, code


def test_a_plan_is_not_asked_about_another_day() -> None:
    with pytest.raises(ValueError, match="asked of the plan"):
        session_plan(NORMAL).phase_at(at(EXAM, "10:00"))


def test_phases_before_the_timetable_are_unknown_though_hours_are_not() -> None:
    with pytest.raises(CalendarError, match="timetables start 2019-04-29"):
        session_plan(date(2019, 4, 26))
    assert len(minutes(date(2019, 4, 26))) == 381


@given(st.dates(PLANNED_FROM, date(2026, 12, 31)), st.sampled_from(["KRX", "NXT"]))
def test_the_main_line_never_overlaps_itself(day: date, venue: Venue) -> None:
    plan = session_plan(day, venue)
    beside = {Phase.PRE_OPEN, Phase.NXT_CLOSING_PRICE_INTAKE, Phase.NXT_CLOSING_PRICE}
    line = [span for span in plan.spans if (span.presumed or span.phase) not in beside]
    assert all(span.start_ns < span.end_ns for span in plan.spans)
    assert all(a.end_ns <= b.start_ns for a, b in pairwise(line))
    assert bool(plan.spans) == (
        krx_calendar().is_session(day) and (venue == "KRX" or day >= NXT_OPENED)
    )
    assert all((span.presumed is None) != (span.phase is Phase.NOT_ESTABLISHED) for span in line)


@pytest.mark.parametrize(
    ("day", "count", "first", "last_but_one", "last"),
    [
        (NORMAL, 381, "09:00", "15:19", "15:30"),
        (EXAM, 381, "10:00", "16:19", "16:30"),
        (FIRST, 321, "10:00", "15:19", "15:30"),
    ],
)
def test_minutes_of_the_regular_session(
    day: date, count: int, first: str, last_but_one: str, last: str
) -> None:
    starts = minutes(day)
    assert len(starts) == count
    assert (starts[0], starts[-2], starts[-1]) == (
        at(day, first),
        at(day, last_but_one),
        at(day, last),
    )


def test_a_closed_day_has_no_minutes() -> None:
    assert minutes(date(2026, 7, 17)) == ()


def test_minutes_are_those_in_which_the_market_really_traded(month_of: Callable) -> None:
    stray = {  # one stock each, stamped just after continuous trading ended
        date(2025, 7, 8): 15 * 60 + 20,
        date(2025, 10, 21): 15 * 60 + 20,
    }
    for month in ("2025-07", "2025-10", "2025-11", "2026-01"):
        for day, traded in month_of(month).days().items():
            expected = np.array(minutes(day))
            if day == OLD_EXAM:  # the recording stopped at 15:30, an hour before the close
                expected = expected[expected <= at(day, "15:30")]
            seen = [ns for ns in traded.tolist() if minute_of_day(ns) != stray.get(day)]
            assert seen == expected.tolist(), day


def test_no_minute_is_expected_twice() -> None:
    starts = np.array(minutes(NORMAL))
    assert set(np.diff(starts).tolist()) == {MINUTE_NS, 11 * MINUTE_NS}
