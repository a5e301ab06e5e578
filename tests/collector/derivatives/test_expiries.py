"""Boards: what they are kept under, when they end, and which are alive on a day."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from collector.derivatives.expiries import (
    BoardKey,
    MaturityError,
    board_key,
    board_named,
    month_end,
    nearest,
)
from kis_core.market.calendar import krx_calendar
from kis_core.market.derivatives import last_trading_day
from kis_core.wire.derivatives.derivative_quote_requests import Board

CALENDAR = krx_calendar()


@pytest.mark.parametrize(
    ("kind", "maturity", "name", "last_day"),
    [
        ("", "202506", "202506_kospi200", date(2025, 6, 12)),
        ("MKI", "202506", "202506_kospi200mini", date(2025, 6, 12)),
        ("KQI", "202506", "202506_kosdaq150", date(2025, 6, 12)),
        ("WKM", "250602", "2506w2_kospi200mon", date(2025, 6, 9)),
        ("WKI", "250603", "2506w3_kospi200thu", date(2025, 6, 19)),
        ("WKM", "251001", "2510w1_kospi200mon", date(2025, 10, 2)),
        ("", "202709", "202709_kospi200", date(2027, 9, 9)),
    ],
    ids=["monthly", "mini", "KOSDAQ150", "Monday", "Thursday", "before a holiday", "no calendar"],
)
def test_a_board_is_kept_under_its_maturity_and_underlying(
    kind: Board, maturity: str, name: str, last_day: date
) -> None:
    key = board_key(kind, maturity, CALENDAR)
    assert key == BoardKey(last_day, kind, maturity)
    assert key.name == name
    assert board_named(name, CALENDAR) == key


@pytest.mark.parametrize(
    ("kind", "maturity"),
    [("", "2506"), ("", "202513"), ("", "ABCDEF"), ("WKM", "250606"), ("WKI", "250605")],
)
def test_no_maturity_is_an_error_that_names_it(kind: Board, maturity: str) -> None:
    with pytest.raises(MaturityError, match=maturity):
        board_key(kind, maturity, CALENDAR)


@pytest.mark.parametrize(
    "name", ["202506", "202506_kospi", "2506w02_kospi200mon", "250602_kospi200mon"]
)
def test_no_name_is_an_error(name: str) -> None:
    with pytest.raises(MaturityError):
        board_named(name, CALENDAR)


@pytest.mark.parametrize(
    ("kind", "day", "maturities"),
    [
        ("", date(2025, 6, 12), ["202506", "202507", "202508"]),
        ("", date(2025, 6, 13), ["202507", "202508", "202509"]),
        ("", date(2026, 12, 11), ["202701", "202702", "202703"]),
        ("WKM", date(2025, 6, 5), ["250602"]),
        ("WKM", date(2025, 6, 9), ["250602"]),
        ("WKM", date(2025, 6, 10), ["250603"]),
        ("WKI", date(2025, 6, 4), ["250601"]),
        ("WKI", date(2025, 6, 9), []),
        ("WKI", date(2025, 6, 13), ["250603"]),
        ("WKM", date(2025, 10, 2), ["251001"]),
    ],
    ids=[
        "last day", "after it", "across the years", "next Monday", "its last day", "the one after",
        "Thursday", "the monthly's week", "after the monthly", "ends before a holiday",
    ],
)  # fmt: skip
def test_the_nearest_boards_are_those_alive(kind: Board, day: date, maturities: list[str]) -> None:
    assert [key.maturity for key in nearest(kind, 3, day, CALENDAR)] == maturities


def test_months_and_weeks_end_where_the_market_says(kst_data: Path) -> None:
    for year, month in ((2025, 6), (2025, 10), (2026, 2), (2026, 12)):
        assert month_end(year, month, CALENDAR) == last_trading_day(year, month, CALENDAR)
    master = pl.read_parquet(kst_data / "masters" / "index_fo_master_20250607.parquet")
    # The file's listing is that of Monday, May 19th.
    kinds: tuple[tuple[Board, str], ...] = (("WKM", "위클리M C"), ("WKI", "위클리C"))
    for kind, words in kinds:
        names = master.filter(pl.col("name_ko").str.starts_with(words))["name_ko"].to_list()
        listed = {name.removeprefix(words).split()[0] for name in names}
        (key,) = nearest(kind, 1, date(2025, 5, 19), CALENDAR)
        assert listed == {f"{key.maturity[:4]}W{int(key.maturity[4:])}"}
