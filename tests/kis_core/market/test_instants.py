from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core import clock
from kis_core.market.instants import (
    clock_text,
    date_of,
    instant_ns,
    midnight_ns,
    minute_of_day,
    minute_start_ns,
    shifted,
)


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - KST is put on below
def test_instants_agree_with_the_clock(wall: datetime) -> None:
    aware = wall.replace(tzinfo=clock.KST)
    at_ns = instant_ns(wall.date(), wall.time())
    assert at_ns == clock.ns(aware)
    assert date_of(at_ns) == wall.date()
    assert clock_text(at_ns) == f"{wall:%H:%M:%S}"
    assert minute_of_day(at_ns) == wall.hour * 60 + wall.minute
    assert clock.kst(minute_start_ns(at_ns)) == aware.replace(second=0, microsecond=0)
    assert midnight_ns(wall.date()) == clock.ns(
        aware.replace(hour=0, minute=0, second=0, microsecond=0)
    )


def test_nine_in_seoul_is_midnight_in_utc() -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    assert instant_ns(date(2026, 1, 5), time(9)) == clock.ns(at)


def test_an_instant_is_not_taken_for_a_date() -> None:
    with pytest.raises(TypeError, match="date is expected"):
        midnight_ns(datetime(2026, 1, 5, tzinfo=UTC))


def test_a_time_stays_in_its_day() -> None:
    assert shifted(time(9), -40) == time(8, 20)
    with pytest.raises(ValueError, match="leave the day"):
        shifted(time(23, 50), 20)
