"""Codes, names, expiries and hours: what is listed on a day, beside a real master."""

import datetime as dt
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from broker_sim.exchange.derivatives import codes, expiries
from broker_sim.exchange.derivatives.contracts import FUTURES, OPTIONS
from broker_sim.exchange.derivatives.hours import Phase, timetable
from broker_sim.exchange.derivatives.listing import listed
from kis_core.market.instants import DAY_NS, instant_ns

KOSPI200, MINI, THURSDAY, MONDAY = OPTIONS


@pytest.mark.parametrize(
    ("kind", "year", "month", "strike_h", "code"),
    [
        ("future", 2025, 9, 0, "101W09"),
        ("call", 2025, 8, 42_750, "201W08427"),
        ("put", 2024, 12, 30_000, "301V12300"),
        ("future", 2026, 12, 0, "A01612"),
        ("future", 2027, 12, 0, "A01712"),
        ("call", 2026, 10, 74_500, "B01610745"),
        ("put", 2026, 10, 74_750, "C01610747"),
        ("call", 2026, 10, 100_000, "B01610A01"),
        ("call", 2026, 10, 109_750, "B01610A40"),
        ("call", 2026, 10, 110_000, "B01610A41"),
        ("call", 2026, 10, 112_500, "B01610A51"),
    ],
)
def test_a_monthly_code_follows_the_year_it_expires_in(
    kind: str, year: int, month: int, strike_h: int, code: str
) -> None:
    product = FUTURES[0] if kind == "future" else KOSPI200
    assert codes.dated_code(product, kind, year, month, strike_h) == code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("product", "nominal", "strike_h", "code", "month"),
    [
        (THURSDAY, dt.date(2025, 5, 22), 31_000, "209DVW310", "250504"),
        (THURSDAY, dt.date(2026, 1, 1), 54_500, "B09EKW545", "260101"),
        (MONDAY, dt.date(2025, 5, 19), 30_250, "2AF94W302", "250503"),
        (MONDAY, dt.date(2025, 12, 29), 50_000, "2AFASW500", "251205"),
        (MONDAY, dt.date(2026, 8, 10), 96_250, "BAFBRW962", "260802"),
        (MONDAY, dt.date(2026, 9, 28), 96_250, "BAFBZW962", "260904"),
    ],
)
def test_every_weekly_code_known_to_us_fits_the_counter(
    product: object, nominal: dt.date, strike_h: int, code: str, month: str
) -> None:
    assert codes.weekly_code(product, "call", nominal, strike_h) == code  # type: ignore[arg-type]
    assert codes.month_of(nominal) == month


@pytest.mark.parametrize(
    ("year", "month", "last"),
    [
        (2025, 6, dt.date(2025, 6, 12)),
        (2025, 9, dt.date(2025, 9, 11)),
        (2025, 10, dt.date(2025, 10, 2)),  # the second Thursday is a holiday, and so is its week
        (2026, 12, dt.date(2026, 12, 10)),
        (2027, 3, dt.date(2027, 3, 11)),  # beyond the calendar
    ],
)
def test_a_month_ends_on_its_second_thursday_or_the_session_before(
    year: int, month: int, last: dt.date
) -> None:
    assert expiries.monthly(year, month) == last


def test_no_thursday_weekly_in_the_week_of_a_monthly_expiry() -> None:
    assert expiries.weekly(dt.date(2025, 9, 3), expiries.THURSDAY) == dt.date(2025, 9, 4)
    assert expiries.weekly(dt.date(2025, 9, 8), expiries.THURSDAY) is None
    assert expiries.weekly(dt.date(2025, 9, 8), expiries.MONDAY) == dt.date(2025, 9, 8)
    assert expiries.weekly(dt.date(2025, 9, 9), expiries.MONDAY) == dt.date(2025, 9, 15)


def test_what_is_listed_is_in_the_real_master_by_code_and_name(kst_data: Path) -> None:
    """The master was taken when 2505W3 (2025-05-19) and 2505W4 (2025-05-22) were the weeklies."""
    table = pq.read_table(kst_data / "masters" / "index_fo_master_20250607.parquet").to_pylist()
    master = {row["short_code"]: row for row in table}
    ours = listed(dt.date(2025, 5, 16), 35_000, with_kosdaq150=True)
    weeklies = [c for c in ours.values() if c.product.family in ("THURSDAY", "MONDAY")]
    assert {c.month for c in weeklies} == {"250503", "250504"}
    near = [c for c in ours.values() if c not in weeklies or abs(c.strike_h - 35_000) <= 3_750]
    strange = [c.code for c in near if c.code not in master]
    assert strange == []
    assert [c.code for c in near if master[c.code]["name_ko"] != c.name] == []
    assert [c.code for c in near if round(master[c.code]["strike"] * 100) != c.strike_h] == []
    futures = {c.code for c in ours.values() if not c.is_option}
    theirs = {row["short_code"] for row in table if row["product_type"] in ("1", "B", "3")}
    assert futures == theirs
    ranks = {c.code: str(c.rank + 1) for c in ours.values() if not c.is_option}
    assert [c for c in futures if master[c]["month_class"] != ranks[c]] == []


def test_names_are_padded_once_a_month_has_strikes_of_four_figures() -> None:
    names = {c.name for c in listed(dt.date(2026, 9, 30), 105_000, with_kosdaq150=False).values()}
    assert {"F 202612", "C 202610   985.0", "P 202610 1,125.0", "미니F 202610"} <= names
    assert not any(name.startswith("코스닥") for name in names)


def test_the_exam_day_and_the_new_year_move_the_hours() -> None:
    usual, exam = timetable(dt.date(2025, 9, 3)), timetable(dt.date(2025, 11, 13))
    year = timetable(dt.date(2026, 1, 2))
    assert usual.day.open_ns == instant_ns(dt.date(2025, 9, 3), dt.time(8, 45))
    assert exam.day.open_ns == instant_ns(dt.date(2025, 11, 13), dt.time(9, 45))
    assert exam.day.close_ns == instant_ns(dt.date(2025, 11, 13), dt.time(16, 45))
    assert exam.night is not None
    assert exam.night.open_ns == instant_ns(dt.date(2025, 11, 13), dt.time(19))
    assert year.day.open_ns == instant_ns(dt.date(2026, 1, 2), dt.time(9, 45))
    assert year.day.close_ns == instant_ns(dt.date(2026, 1, 2), dt.time(15, 45))


def test_the_night_began_on_june_9_2025_and_is_not_for_what_expires() -> None:
    assert timetable(dt.date(2025, 6, 5)).night is None
    hours = timetable(dt.date(2025, 6, 9))
    assert hours.night is not None
    assert hours.night.close_ns == instant_ns(dt.date(2025, 6, 9), dt.time(6)) + DAY_NS
    assert hours.of(expires=True, night=True) is None
    last = hours.of(expires=True, night=False)
    assert last is not None
    assert last.phase(instant_ns(dt.date(2025, 6, 9), dt.time(15, 19, 59))) is Phase.CONTINUOUS
    assert last.phase(instant_ns(dt.date(2025, 6, 9), dt.time(15, 20))) is Phase.CLOSED
