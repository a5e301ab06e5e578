"""Derivatives trade a day and a night; what is traded at night belongs to the day it leads to."""

from datetime import date, datetime

import pytest

from kis_core.clock import KST, kst, ns
from kis_core.market.derivative_sessions import (
    DerivativeSession,
    day_session,
    night_session,
    session_at,
)


def hours(session: DerivativeSession | None) -> tuple[str, ...]:
    assert session is not None
    instants = (session.intake_ns, session.opens_ns, session.closing_auction_ns, session.closes_ns)
    return tuple(f"{kst(at_ns):%H:%M}" for at_ns in instants)


@pytest.mark.parametrize(
    ("day", "times"),
    [
        ("2026-09-21", ("08:30", "08:45", "15:35", "15:45")),
        ("2026-01-02", ("09:30", "09:45", "15:35", "15:45")),
        ("2026-11-19", ("09:30", "09:45", "16:35", "16:45")),
        ("2023-07-28", ("08:45", "09:00", "15:35", "15:45")),
        ("2023-07-31", ("08:30", "08:45", "15:35", "15:45")),
    ],
    ids=["usual", "first of the year", "entrance exam", "with the stocks", "before the stocks"],
)
def test_the_day_session_follows_the_stock_market(day: str, times: tuple[str, ...]) -> None:
    assert hours(day_session(date.fromisoformat(day))) == times


@pytest.mark.parametrize(
    ("day", "times", "trade_date"),
    [
        ("2025-06-09", ("17:50", "18:00", "05:50", "06:00"), "2025-06-10"),
        ("2026-09-18", ("17:50", "18:00", "05:50", "06:00"), "2026-09-21"),
        ("2026-09-23", ("17:50", "18:00", "05:50", "06:00"), "2026-09-28"),
        ("2026-11-19", ("18:50", "19:00", "05:50", "06:00"), "2026-11-20"),
    ],
    ids=["the first night", "Friday's is Monday's", "over a holiday", "entrance exam"],
)
def test_a_night_belongs_to_the_session_it_leads_to(
    day: str, times: tuple[str, ...], trade_date: str
) -> None:
    night = night_session(date.fromisoformat(day))
    assert hours(night) == times
    assert night is not None
    assert night.trade_date == date.fromisoformat(trade_date)
    assert kst(night.closes_ns).date().toordinal() == date.fromisoformat(day).toordinal() + 1


@pytest.mark.parametrize("day", ["2025-06-05", "2026-09-24", "2026-09-20"])
def test_no_night_begins_before_they_began_or_on_a_closed_day(day: str) -> None:
    assert night_session(date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("at", "session"),
    [
        ("2026-09-21 08:29", None),
        ("2026-09-21 08:30", ("day", "2026-09-21", "2026-09-21")),
        ("2026-09-21 15:44", ("day", "2026-09-21", "2026-09-21")),
        ("2026-09-21 15:45", None),
        ("2026-09-21 18:00", ("night", "2026-09-21", "2026-09-22")),
        ("2026-09-22 01:30", ("night", "2026-09-21", "2026-09-22")),
        ("2026-09-22 06:00", None),
        ("2026-09-19 05:59", ("night", "2026-09-18", "2026-09-21")),
        ("2026-09-21 03:00", None),
    ],
)
def test_an_instant_falls_into_one_session_or_none(
    at: str, session: tuple[str, str, str] | None
) -> None:
    at_ns = ns(datetime.strptime(at, "%Y-%m-%d %H:%M").replace(tzinfo=KST))
    found = session_at(at_ns)
    assert (found and (found.name, f"{found.starts_on}", f"{found.trade_date}")) == session
