from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.ticks import (
    Grid,
    Limits,
    is_on_tick,
    limits,
    listing_day_limits,
    may_print,
    order_price_krw,
    round_down,
    round_up,
    stop_price_krw,
    tick_krw,
    ticks_above,
    ticks_below,
    ticks_between,
)

Side = Literal["BUY", "SELL"]
PRICES = st.integers(1, 3_000_000)
GRIDS = st.sampled_from(["STOCK", "ETF"])


@pytest.mark.parametrize(
    ("price", "tick"),
    [
        (1, 1),
        (1_999, 1),
        (2_000, 5),
        (4_999, 5),
        (5_000, 10),
        (19_999, 10),
        (20_000, 50),
        (49_999, 50),
        (50_000, 100),
        (199_999, 100),
        (200_000, 500),
        (499_999, 500),
        (500_000, 1_000),
        (2_000_000, 1_000),
    ],
)
def test_the_tick_of_a_stock_is_that_of_2023(price: int, tick: int) -> None:
    assert tick_krw(price) == tick


@pytest.mark.parametrize(
    ("price", "may"),
    [(0, False), (-5, False), (1, True), (1_234, True), (2_500, True), (2_502, True),
     (2_503, False), (2_501, False), (70_000, True), (70_050, True), (70_025, False),
     (50_025, True), (5_002, True), (5_001, False), (51_025, False), (500_250, True)],
    ids=["zero", "negative", "one", "below 2,000 every price", "on the grid",
         "middle of 2,500 and 2,505, cut", "cut upwards", "a fifth of a tick", "on the grid, too",
         "middle of 70,000 and 70,100", "a quarter of a tick", "middle of 49,950 and 50,100",
         "middle of 4,995 and 5,010, cut", "a tenth of a tick", "a quarter far from the edge",
         "middle of 499,500 and 501,000"],
)  # fmt: skip
def test_a_print_may_lie_midway_between_two_quotes(price: int, may: bool) -> None:
    assert may_print(price) is may


@given(bid=PRICES, ticks=st.integers(1, 9), grid=GRIDS)
def test_the_middle_of_every_near_bid_and_ask_may_print(bid: int, ticks: int, grid: Grid) -> None:
    bid = max(1, round_down(bid, grid))
    assert may_print((bid + ticks_above(bid, ticks, grid)) // 2, grid)


@pytest.mark.parametrize(("price", "tick"), [(1, 1), (1_999, 1), (2_000, 5), (700_000, 5)])
def test_etfs_have_two_ticks(price: int, tick: int) -> None:
    assert tick_krw(price, "ETF") == tick


@pytest.mark.parametrize(
    ("price", "on_tick"),
    [(257_500, True), (257_750, False), (0, False), (3_702, False), (3_705, True), (200_500, True)],
)
def test_prices_of_mid_price_trades_are_not_for_orders(price: int, on_tick: bool) -> None:
    assert is_on_tick(price) is on_tick


def test_a_negative_price_is_a_bug() -> None:
    with pytest.raises(ValueError, match="negative"):
        tick_krw(-1)


@given(PRICES, GRIDS)
def test_rounding_stays_within_a_tick_and_lands_on_the_grid(price: int, grid: Grid) -> None:
    down, up = round_down(price, grid), round_up(price, grid)
    assert down <= price <= up
    assert up - down in (0, tick_krw(price, grid))
    assert is_on_tick(down, grid)
    assert is_on_tick(up, grid)


@given(PRICES, st.integers(1, 60), GRIDS)
def test_steps_up_and_down_undo_each_other(price: int, ticks: int, grid: Grid) -> None:
    at = round_down(price, grid)
    above = ticks_above(at, ticks, grid)
    assert ticks_below(above, ticks, grid) == at
    assert ticks_between(at, above, grid) == ticks
    assert ticks_between(above, at, grid) == -ticks


@given(PRICES, GRIDS)
def test_a_step_is_to_the_very_next_price(price: int, grid: Grid) -> None:
    above, below = ticks_above(price, 1, grid), ticks_below(price, 1, grid)
    between = range(below + 1, above)
    assert [p for p in between if is_on_tick(p, grid)] in ([], [price])


@pytest.mark.parametrize(
    ("price", "ticks", "above"),
    [
        (49_950, 1, 50_000),
        (49_950, 3, 50_200),
        (1_998, 3, 2_005),
        (257_750, 0, 258_000),
        (257_750, 1, 258_000),
        (257_750, 2, 258_500),
        (258_000, 0, 258_000),
    ],
)
def test_ticks_above_change_at_the_bands_edge(price: int, ticks: int, above: int) -> None:
    assert ticks_above(price, ticks) == above


@pytest.mark.parametrize(
    ("price", "ticks", "below"),
    [
        (50_000, 1, 49_950),
        (50_100, 2, 49_950),
        (2_000, 1, 1_999),
        (257_750, 0, 257_500),
        (257_750, 1, 257_500),
        (3, 9, 1),
    ],
)
def test_ticks_below_take_the_lower_bands_step(price: int, ticks: int, below: int) -> None:
    assert ticks_below(price, ticks) == below


def test_steps_the_other_way_are_asked_by_name() -> None:
    with pytest.raises(ValueError, match="by name"):
        ticks_above(1_000, -1)


@pytest.mark.parametrize(
    ("base", "lower", "upper"),
    [(9_980, 6_990, 12_970), (9_940, 6_960, 12_920), (60_300, 42_300, 78_300)],
    ids=["exchange", "exchange, on the tick of today", "a broker's"],
)
def test_limits_match_the_worked_examples(base: int, lower: int, upper: int) -> None:
    assert limits(base) == Limits(lower, upper)


def test_a_leveraged_fund_moves_twice_as_far() -> None:
    assert limits(10_000, "ETF", leverage=2) == Limits(4_000, 16_000)


@given(st.integers(1, 3_000_000), st.integers(1, 2), GRIDS)
def test_limits_are_on_the_grid_inside_the_band(base: int, leverage: int, grid: Grid) -> None:
    lower, upper = limits(base, grid, leverage=leverage)
    assert is_on_tick(lower, grid)
    assert is_on_tick(upper, grid)
    assert 10 * (upper - base) <= 3 * leverage * base
    assert 10 * (base - lower) <= 3 * leverage * base


@pytest.mark.parametrize(("base", "leverage"), [(0, 1), (-5, 1), (1_000, 0)])
def test_no_limits_come_from_no_base(base: int, leverage: int) -> None:
    with pytest.raises(ValueError, match="no limits"):
        limits(base, leverage=leverage)


@pytest.mark.parametrize(
    ("offering", "expected"),
    [(10_000, Limits(6_000, 40_000)), (8_300, Limits(4_980, 33_200)), (33, Limits(20, 132))],
)
def test_a_listing_day_spans_60_to_400_percent(offering: int, expected: Limits) -> None:
    assert listing_day_limits(offering) == expected


@pytest.mark.parametrize(
    ("side", "asked", "within", "sent"),
    [
        ("BUY", 50_170, None, 50_100),
        ("SELL", 50_170, None, 50_200),
        ("BUY", 90_000, Limits(42_300, 78_300), 78_300),
        ("SELL", 10_000, Limits(42_300, 78_300), 42_300),
    ],
)
def test_an_orders_price_is_never_worse_than_asked(
    side: Side, asked: int, within: Limits | None, sent: int
) -> None:
    assert order_price_krw(side, asked, within) == sent


@pytest.mark.parametrize(
    ("side", "asked"), [("BUY", 0), ("BUY", 42_200), ("SELL", 78_400)], ids=str
)
def test_an_order_that_could_never_fill_is_refused(side: Side, asked: int) -> None:
    with pytest.raises(ValueError, match="limit of"):
        order_price_krw(side, asked, Limits(42_300, 78_300))


@given(PRICES)
def test_a_stop_never_risks_more_than_was_sized(price: int) -> None:
    assert stop_price_krw(price) >= price
    assert is_on_tick(stop_price_krw(price))


# -- against what really traded ------------------------------------------------------------------

ADJUSTED_UNTIL = {  # symbols whose prices were scaled for later events, until when
    "003670": "2025-06-13",
    "011790": "9999",
    "012450": "2025-05-21",
    "018880": "2025-11-12",
    "068270": "2025-06-05",
    "207940": "2025-10-29",
}


@pytest.mark.parametrize("month", ["2025-05", "2025-11", "2026-01"])
def test_no_real_bar_leaves_the_days_limits(month: str, month_of: Callable, kst_data: Path) -> None:
    names = ["symbol", "date", "close"]
    daily = pq.read_table(kst_data / "daily" / "krx_daily_flow_103.parquet", columns=names)
    closes = sorted(zip(*(daily[name].to_pylist() for name in names), strict=True))
    base = {
        (symbol, day): close
        for (before, _, close), (symbol, day, _) in pairwise(closes)
        if before == symbol
    }
    bars = month_of(month)
    checked = 0
    for symbol, day, span in bars.stock_days():
        band = limits(base[symbol, day])
        assert band.lower_krw <= bars.low[span].min(), (symbol, day)
        assert bars.high[span].max() <= band.upper_krw, (symbol, day)
        checked += 1
    assert checked > 1_400


def test_highs_of_the_whole_market_stop_exactly_at_the_upper_limit(kst_data: Path) -> None:
    names = ["symbol", "date", "market", "high", "low", "close", "volume", "shares", "change_pct"]
    table = pq.read_table(kst_data / "daily" / "krx_marcap_2025-01_02.parquet", columns=names)
    days = sorted(table.to_pylist(), key=lambda day: (day["symbol"], day["date"]))
    gone = pq.read_table(kst_data / "masters" / "krx_delistings_2015_2026.parquet")
    delisted = set(gone["symbol"].to_pylist())
    at_limit = 0
    for before, day in pairwise(days):
        same = before["symbol"] == day["symbol"] and before["shares"] == day["shares"]
        if not same or day["market"] == "KONEX" or not day["volume"] or not before["volume"]:
            continue
        change = (day["close"] / before["close"] - 1) * 100
        if abs(change - day["change_pct"]) > 0.02 or day["symbol"] in delisted:
            continue  # another base price than the close before, or liquidation without limits
        band = limits(before["close"])
        assert band.lower_krw <= day["low"], day
        assert day["high"] <= band.upper_krw, day
        at_limit += day["high"] == band.upper_krw
    assert at_limit > 150


def test_real_prices_lie_on_the_tick_or_half_way_between(month_of: Callable) -> None:
    bars = month_of("2026-01")
    whole = [code for code, name in enumerate(bars.symbols) if name not in ADJUSTED_UNTIL]
    rows = np.isin(bars.codes, whole)
    seen = np.concatenate([column[rows] for column in (bars.open, bars.high, bars.low, bars.close)])
    prices, counts = np.unique(seen, return_counts=True)
    on_tick = np.array([is_on_tick(int(price)) for price in prices])
    half = np.array([int(p) - round_down(int(p)) == tick_krw(int(p)) // 2 for p in prices])
    assert counts[on_tick].sum() / counts.sum() > 0.94
    assert counts[half & ~on_tick].sum() / counts.sum() > 0.005
    # a mid between two bands, such as 199,900 and 200,500, is on neither grid
    assert counts[~on_tick & ~half].sum() < 30
