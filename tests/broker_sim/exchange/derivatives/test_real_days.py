"""Derivatives on real days, beside what was really quoted then."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from broker_sim.days import DayError, implied_sigma, open_day
from broker_sim.exchange.derivatives.candles import day_candles
from broker_sim.exchange.derivatives.market import Market, market_of
from kis_core.market.instants import DAY_NS, instant_ns


def played(kst_data: Path, date: dt.date) -> Market:
    bars = kst_data / "bars_1m"
    market = market_of(open_day(bars, date, 1), 1, implied_sigma(bars, date))
    assert market is not None
    return market


@pytest.mark.parametrize(
    ("date", "front"),
    [
        (dt.date(2025, 6, 5), "101W06"),
        (dt.date(2025, 6, 12), "101W06"),  # it expires
        (dt.date(2025, 11, 13), "101W12"),  # the exam day
        (dt.date(2026, 1, 2), "A01603"),  # the year's first, opened at ten
    ],
)
def test_every_contract_can_be_quoted_at_any_time_of_a_real_day(
    kst_data: Path, date: dt.date, front: str
) -> None:
    market = played(kst_data, date)
    assert market.front("2001").code == front
    clocks = [dt.time(hour, minute) for hour in (8, 9, 12, 15, 16) for minute in (40, 59)]
    instants = [instant_ns(date, clock) for clock in clocks]
    nights = [instant_ns(date, dt.time(19, 30)), instant_ns(date, dt.time(2)) + DAY_NS]
    for contract in list(market.contracts.values())[::7]:
        for night, at in [(False, at) for at in instants] + [(True, at) for at in nights]:
            quote = market.quote(contract.code, at, night)
            assert quote.limits.lower_h <= quote.last_h <= quote.limits.upper_h
            assert not quote.bid_h or not quote.ask_h or quote.bid_h < quote.ask_h
            book = market.book(contract.code, at, night)
            assert quote.bid_h == (book.bids[0].price_h if book.bids else 0)


def test_the_futures_of_a_real_day_close_where_the_real_ones_did(kst_data: Path) -> None:
    """101W06 on 2025-06-05: 373.00, 380.10, 372.00, 376.10; index by 0.1 % above it."""
    date = dt.date(2025, 6, 5)
    market = played(kst_data, date)
    quote = market.quote("101W06", instant_ns(date, dt.time(16)))
    assert quote.last_h / 100 == pytest.approx(376.10, rel=0.004)
    assert quote.high_h / 100 == pytest.approx(380.10, rel=0.006)
    rows = pq.read_table(kst_data / "derivatives" / "index_futures_daily.parquet").to_pylist()
    real = {row["date"]: row["close"] for row in rows if row["contract"] == "101W06"}
    contract = market.contracts["101W06"]
    days = day_candles(market, contract, dt.date(2025, 3, 1), dt.date(2025, 6, 4), 0)
    common = [day for day in days if day.date in real]
    assert len(common) > 20
    off = [abs(day.close_h / 100 / real[day.date] - 1) for day in common]
    assert sorted(off)[len(off) // 2] < 0.004


def test_options_of_a_real_day_are_priced_like_the_real_board(kst_data: Path) -> None:
    """The board of 2025-06-05 after the close, near the money, by time value."""
    date = dt.date(2025, 6, 5)
    market = played(kst_data, date)
    board = pq.read_table(kst_data / "derivatives" / "kospi200_option_board_20250605.parquet")
    ratios = []
    for row in board.to_pylist():
        code = row["optn_shrn_iscd"]
        if code not in market.contracts or row["expiry"] not in ("202506", "202507"):
            continue
        assert market.contracts[code].strike_h == round(row["strike"] * 100)
        if abs(row["strike"] / 376.54 - 1) < 0.02 and row["acml_vol"] > 50:
            quote = market.quote(code, instant_ns(date, dt.time(16)))
            ratios.append(quote.last_h / 100 / row["optn_prpr"])
    assert len(ratios) > 15
    assert 0.9 < sorted(ratios)[len(ratios) // 2] < 1.1


@pytest.mark.parametrize(
    ("date", "known"),
    [
        (dt.date(2025, 6, 5), True),
        (dt.date(2025, 6, 9), True),  # the next session: June 6 is a holiday
        (dt.date(2025, 6, 4), False),
        (dt.date(2025, 6, 10), False),
    ],
)
def test_a_real_board_sets_the_volatility_of_its_date_and_the_next_session(
    kst_data: Path, date: dt.date, known: bool
) -> None:
    sigma = implied_sigma(kst_data / "bars_1m", date)
    assert sigma == (pytest.approx(0.2034, abs=1e-4) if known else None)


def test_a_board_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "bars").mkdir()
    (tmp_path / "derivatives").mkdir()
    board = tmp_path / "derivatives" / "kospi200_option_board_20250605.parquet"
    pq.write_table(pa.table({"atm_cls_name": ["ATM"], "hts_ints_vltl": ["high"]}), board)
    with pytest.raises(DayError, match="'hts_ints_vltl' is string; expected a number of percent"):
        implied_sigma(tmp_path / "bars", dt.date(2025, 6, 5))
    assert implied_sigma(None, dt.date(2025, 6, 5)) is None
