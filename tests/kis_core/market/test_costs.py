from datetime import date
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.costs import (
    DerivativeRates,
    Market,
    TaxUnknown,
    derivative_order_cost_krw,
    order_cost_krw,
    round_trip_cost_ratio,
    sell_taxes_ppm,
)

VALUES = st.integers(0, 10**12)
MARKETS = st.sampled_from(["KOSPI", "KOSDAQ", "KONEX", "ETF"])
DAY = date(2025, 9, 1)


@pytest.mark.parametrize(
    ("day", "kospi", "kosdaq"),
    [
        (date(2019, 7, 1), 2_500, 2_500),
        (date(2020, 6, 1), 2_500, 2_500),
        (date(2021, 6, 1), 2_300, 2_300),
        (date(2022, 6, 2), 2_300, 2_300),
        (date(2023, 6, 1), 2_000, 2_000),
        (date(2024, 6, 3), 1_800, 1_800),
        (date(2024, 12, 26), 1_800, 1_800),
        (date(2024, 12, 27), 1_500, 1_500),
        (date(2025, 6, 2), 1_500, 1_500),
        (date(2025, 12, 26), 1_500, 1_500),
        (date(2025, 12, 29), 2_000, 2_000),
        (date(2025, 12, 30), 2_000, 2_000),
        (date(2026, 6, 1), 2_000, 2_000),
        (date(2026, 12, 28), 2_000, 2_000),
    ],
    ids=str,
)
def test_the_tax_is_that_of_the_day_the_sale_settles(day: date, kospi: int, kosdaq: int) -> None:
    assert sum(sell_taxes_ppm("KOSPI", day)) == kospi
    assert sum(sell_taxes_ppm("KOSDAQ", day)) == kosdaq
    assert sell_taxes_ppm("KONEX", day) == (1_000,)
    assert sell_taxes_ppm("ETF", day) == ()


def test_a_sale_on_kospi_bears_two_taxes_each_cut_on_its_own() -> None:
    # 999,999 KRW: 499.9995 transaction tax and 1,499.9985 rural tax; together it would be 1,999
    assert order_cost_krw("SELL", 999_999, "KOSPI", date(2026, 6, 1), 0) == 499 + 1_499
    assert order_cost_krw("SELL", 999_999, "KOSDAQ", date(2026, 6, 1), 0) == 1_999


@pytest.mark.parametrize(
    ("side", "market", "cost"),
    [
        ("BUY", "KOSPI", 1_400),
        ("BUY", "ETF", 1_400),
        ("SELL", "KOSPI", 1_400 + 15_000),
        ("SELL", "KOSDAQ", 1_400 + 15_000),
        ("SELL", "KONEX", 1_400 + 10_000),
        ("SELL", "ETF", 1_400),
    ],
)
def test_ten_million_at_140_ppm_in_2025(
    side: Literal["BUY", "SELL"], market: Market, cost: int
) -> None:
    assert order_cost_krw(side, 10_000_000, market, DAY, 140) == cost


@given(st.lists(VALUES, min_size=1, max_size=20), MARKETS, st.integers(0, 5_000))
def test_the_cost_of_an_order_does_not_depend_on_how_it_was_filled(
    fills: list[int], market: Market, commission_ppm: int
) -> None:
    done = cost = 0
    for value in fills:
        before = order_cost_krw("SELL", done, market, DAY, commission_ppm)
        done += value
        cost += order_cost_krw("SELL", done, market, DAY, commission_ppm) - before
    assert cost == order_cost_krw("SELL", sum(fills), market, DAY, commission_ppm)


@given(VALUES, VALUES, MARKETS, st.integers(0, 5_000))
def test_costs_never_shrink_as_an_order_fills(
    one: int, more: int, market: Market, commission_ppm: int
) -> None:
    before = order_cost_krw("SELL", one, market, DAY, commission_ppm)
    assert order_cost_krw("SELL", one + more, market, DAY, commission_ppm) >= before


@pytest.mark.parametrize(
    "day",
    [date(2019, 5, 20), date(2026, 12, 29), date(2026, 12, 30), date(2027, 6, 1), date(2031, 1, 2)],
    ids=str,
)
def test_a_sale_whose_tax_nobody_knows_is_refused(day: date) -> None:
    with pytest.raises(TaxUnknown):
        order_cost_krw("SELL", 1_000_000, "KOSPI", day, 140)


def test_a_buy_needs_no_tax_rate() -> None:
    assert order_cost_krw("BUY", 1_000_000, "KOSPI", date(2027, 6, 1), 140) == 140


@pytest.mark.parametrize(("value", "commission_ppm"), [(-1, 0), (1, -1)])
def test_negative_amounts_are_a_bug(value: int, commission_ppm: int) -> None:
    with pytest.raises(ValueError, match="KRW, commission"):
        order_cost_krw("BUY", value, "KOSPI", DAY, commission_ppm)


def test_a_round_trip_costs_both_commissions_and_the_tax() -> None:
    assert round_trip_cost_ratio("KOSPI", DAY, 140) == pytest.approx(0.00178)
    assert round_trip_cost_ratio("ETF", DAY, 140) == pytest.approx(0.00028)
    assert round_trip_cost_ratio("KOSDAQ", date(2026, 3, 3), 140) == pytest.approx(0.00228)


def test_a_derivative_bears_the_brokers_commission_and_no_tax() -> None:
    rates = DerivativeRates(futures_ppm=30, options_ppm=1_400)
    assert derivative_order_cost_krw(False, 274_512_500, rates) == 8_235
    assert derivative_order_cost_krw(True, 2_497_500, rates) == 3_496
    with pytest.raises(ValueError, match="-1 KRW"):
        derivative_order_cost_krw(True, -1, rates)
