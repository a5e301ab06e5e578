"""The front months of real days, by the calendar, by the master, and by what was traded."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from collector.derivatives.rolls import PRODUCT_CODES, roll_listed, roll_on, rolls_between
from kis_core.market.calendar import krx_calendar

CALENDAR = krx_calendar()


@pytest.mark.parametrize(
    ("product", "day", "front", "following", "last"),
    [
        ("kospi200", date(2025, 6, 5), "101W06", "101W09", date(2025, 6, 12)),
        ("kospi200", date(2025, 6, 12), "101W06", "101W09", date(2025, 6, 12)),
        ("kospi200", date(2025, 6, 13), "101W09", "101W12", date(2025, 9, 11)),
        ("kospi200", date(2025, 12, 12), "A01603", "A01606", date(2026, 3, 12)),
        ("kospi200mini", date(2025, 6, 13), "105W07", "105W08", date(2025, 7, 10)),
        ("kospi200mini", date(2025, 12, 11), "105W12", "A05601", date(2025, 12, 11)),
        ("kosdaq150", date(2025, 9, 11), "106W09", "106W12", date(2025, 9, 11)),
    ],
    ids=[
        "before", "last day", "the day after", "codes of 2026", "a month on", "across the years",
        "KOSDAQ150",
    ],
)  # fmt: skip
def test_a_contract_is_the_front_month_through_its_last_day(
    product: str, day: date, front: str, following: str, last: date
) -> None:
    roll = roll_on(product, day, CALENDAR)
    assert (roll.front, roll.next, roll.last_day) == (front, following, last)


def test_the_calendar_agrees_with_the_real_master(kst_data: Path) -> None:
    master = pl.read_parquet(kst_data / "masters" / "index_fo_master_20250607.parquet")
    codes = master["short_code"].to_list()
    for product in PRODUCT_CODES:
        day = date(2025, 6, 9)
        listed = roll_listed(product, codes, day, CALENDAR)
        said = roll_on(product, day, CALENDAR)
        assert listed is not None
        assert (listed.front, listed.next, listed.last_day) == (
            said.front,
            said.next,
            said.last_day,
        )
    assert roll_listed("kospi200", ["105W06", "201W06430", "rubbish"], day, CALENDAR) is None
    only = roll_listed("kospi200", ["101W09"], date(2025, 9, 11), CALENDAR)
    assert only is not None
    assert (only.front, only.next) == ("101W09", None)
    assert roll_listed("kospi200", ["101W09"], date(2025, 9, 12), CALENDAR) is None


def test_the_front_month_is_the_one_whose_prices_the_continuous_future_had(kst_data: Path) -> None:
    traded = pl.read_parquet(kst_data / "derivatives" / "index_futures_daily.parquet").with_columns(
        pl.col("contract").cast(pl.String)
    )
    rows = {(c, d): (o, h, lo, cl) for c, d, o, h, lo, cl, *_ in traded.iter_rows()}
    days = sorted(day for code, day in rows if code == "101000")
    found = {r.trade_date: r for r in rolls_between("kospi200", days[0], days[-1], CALENDAR)}
    assert list(found) == days
    known = [day for day in days if (found[day].front, day) in rows]
    assert len(known) > 200
    wrong = [day for day in known if rows["101000", day] != rows[found[day].front, day]]
    assert wrong == []
