"""KRW per contract: exact both ways, on the step of every product, side-aware."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import kst
from kis_core.market.derivative_terms import PriceError, Terms, last_day, terms_of
from kis_core.market.derivatives import PRODUCTS, CodeError, contract_of, is_on_tick, tick_pt
from kis_core.market.ticks import Limits

FUTURE, MINI, KOSDAQ = "A01612", "A05608", "A06603"
CALL, MINI_CALL, THURSDAY, MONDAY = "B01610745", "B05610745", "C09EKW545", "CAFBRW962"
KNOWN = (FUTURE, MINI, KOSDAQ, CALL, MINI_CALL, THURSDAY, MONDAY, "101W09", "301W09430")


def terms(code: str) -> Terms:
    known = terms_of(code)
    assert known is not None
    return known


@pytest.mark.parametrize(
    ("code", "points", "krw", "step"),
    [
        (FUTURE, "1098.05", 274_512_500, 12_500),
        (MINI, "1098.02", 54_901_000, 1_000),
        (KOSDAQ, "1500.1", 15_001_000, 1_000),
        (CALL, "9.99", 2_497_500, 2_500),
        (CALL, "10", 2_500_000, 12_500),
        (THURSDAY, "0.01", 2_500, 2_500),
        (MONDAY, "10.05", 2_512_500, 12_500),
        (MINI_CALL, "2.99", 149_500, 500),
        (MINI_CALL, "3", 150_000, 1_000),
        (MINI_CALL, "10", 500_000, 2_500),
    ],
)
def test_a_price_is_points_times_the_multiplier(
    code: str, points: str, krw: int, step: int
) -> None:
    known = terms(code)
    assert known.price_krw(Decimal(points)) == krw
    assert known.price_pt(krw) == Decimal(points)
    assert known.tick_krw(krw) == step
    assert known.is_on_tick(krw)
    assert not known.is_on_tick(krw + step // 2)


def test_every_product_that_can_be_traded_has_terms_and_no_other() -> None:
    codes = {f"{kind}{product}612{'' if kind == 'A' else '745'}" for product in PRODUCTS
             for kind in "AB" if not PRODUCTS[product].weekly}  # fmt: skip
    codes |= {f"B{product}EKW545" for product in PRODUCTS if PRODUCTS[product].weekly}
    assert {code for code in codes if terms_of(code)} == {
        "A01612", "A05612", "A06612", "B01612745", "B05612745", "B09EKW545", "BAFEKW545",
    }  # fmt: skip
    for unknown in ("A11610", "D0160301"):  # a stock's future, a spread
        assert terms_of(unknown) is None
    with pytest.raises(CodeError):
        terms_of("005930")


STEPS = st.tuples(st.sampled_from(KNOWN), st.integers(1, 400_000))


@given(STEPS)
def test_points_and_krw_are_each_others_inverse_on_every_step(drawn: tuple[str, int]) -> None:
    code, at = drawn
    known = terms(code)
    price = at * known.bands[0][1]
    points = known.price_pt(price)
    assert known.price_krw(points) == price
    assert known.is_on_tick(price) == bool(is_on_tick(contract_of(code), points))
    step = tick_pt(contract_of(code), points)
    assert step is not None
    assert known.tick_krw(price) == step * known.multiplier_krw


@given(st.sampled_from(KNOWN), st.integers(1, 500_000_000))
def test_rounding_finds_the_nearest_step_on_its_side(code: str, price: int) -> None:
    known = terms(code)
    low, high = known.round_down(price), known.round_up(price)
    assert low <= price <= high
    assert high - low in (0, known.tick_krw(price))
    assert low == 0 or known.is_on_tick(low)
    assert known.is_on_tick(high)
    assert (low == price) == known.is_on_tick(price)
    if low:
        assert known.order_price_krw("BUY", price) == low
    else:
        with pytest.raises(PriceError, match="is no price"):
            known.order_price_krw("BUY", price)
    assert known.order_price_krw("SELL", price) == high
    assert (known.stop_price_krw(1, price), known.stop_price_krw(-1, price)) == (high, low)


@given(st.sampled_from(KNOWN), st.integers(1, 300_000), st.integers(0, 40))
def test_so_many_steps_up_are_so_many_down(code: str, at: int, ticks: int) -> None:
    known = terms(code)
    start = known.round_up(at * known.bands[0][1])
    above = known.ticks_above(start, ticks)
    assert known.is_on_tick(above)
    assert known.ticks_below(above, ticks) == start
    assert known.ticks_above(start - 1, 1) == start
    assert known.ticks_below(known.bands[0][1], ticks) == known.bands[0][1]


def test_a_price_that_no_contract_can_have_is_refused() -> None:
    for code, points in ((FUTURE, "1098.0000001"), (MINI, "-0.02"), (KOSDAQ, "0.00001")):
        with pytest.raises(PriceError, match="no price of a contract"):
            terms(code).price_krw(Decimal(points))
    with pytest.raises(ValueError, match="go the other way"):
        terms(FUTURE).ticks_above(275_000_000, -1)
    with pytest.raises(ValueError, match="negative"):
        terms(FUTURE).tick_krw(-1)


def test_every_price_of_the_real_days_is_a_whole_number_on_the_step(kst_data: Path) -> None:
    folder = kst_data / "derivatives"
    known = terms(FUTURE)
    board = pq.read_table(folder / "kospi200_option_board_20250605.parquet").to_pylist()
    for row in board:
        option = terms(row["optn_shrn_iscd"])
        for column in ("optn_prpr", "optn_bidp", "optn_askp", "optn_mxpr", "optn_llam"):
            price = option.price_krw(Decimal(str(row[column])))
            assert price == 0 or option.is_on_tick(price), row
    table = pq.read_table(folder / "index_futures_daily.parquet").to_pylist()
    days = [row for row in table if row["contract"].startswith("101") and row["close"]]
    assert len(days) > 300
    for row in days:
        for column in ("open", "high", "low", "close"):
            if row[column]:
                price = known.price_krw(Decimal(str(row[column])))
                assert known.is_on_tick(price), row
    night = pq.read_table(folder / "kospi200_night_futures_quotes_20260409.parquet").to_pylist()
    assert all(known.is_on_tick(known.price_krw(Decimal(str(row["price"])))) for row in night)


def test_a_futures_limits_come_in_three_steps_and_an_options_are_the_brokers() -> None:
    base = terms(FUTURE).price_krw(Decimal("430.05"))
    found = [terms(FUTURE).limits(base, step) for step in range(3)]
    points = [
        (f"{terms(FUTURE).price_pt(at.lower_krw)}", f"{terms(FUTURE).price_pt(at.upper_krw)}")
        for at in found
        if isinstance(at, Limits)
    ]
    assert points == [("395.65", "464.45"), ("365.55", "494.55"), ("344.05", "516.05")]
    assert terms(CALL).limits(2_500_000) is None
    with pytest.raises(ValueError, match="no limits"):
        terms(FUTURE).limits(0)


def test_the_masters_name_says_when_a_weekly_ends() -> None:
    cases = {
        (MONDAY, "위클리M C 2608W2 962.5"): date(2026, 8, 10),
        (MONDAY, "위클리M P 2603W1 762.5"): date(2026, 2, 27),  # the 2nd of March is closed
        (THURSDAY, "위클리P 2601W1 545.0"): date(2025, 12, 30),  # the 31st and the 1st are closed
        (THURSDAY, "위클리P 2611W5 545.0"): None,  # no such Thursday
        (THURSDAY, "위클리P 2613W1 545.0"): None,
        (THURSDAY, ""): None,
        (FUTURE, ""): date(2026, 12, 10),
        ("A01703", ""): None,  # the calendar does not reach so far
    }
    for (code, name), day in cases.items():
        assert last_day(contract_of(code), name) == day, (code, name)


def test_every_weekly_of_the_real_master_ends_on_its_weekday(kst_data: Path) -> None:
    rows = pq.read_table(kst_data / "masters" / "index_fo_master_20250607.parquet").to_pylist()
    found = {
        (contract.product_code, last_day(contract, row["name_ko"]))
        for row in rows
        if (contract := contract_of(row["short_code"])).series is not None
    }
    assert found == {("09", date(2025, 5, 22)), ("AF", date(2025, 5, 19))}


def hours(code: str, day: str, name: str = "") -> list[str]:
    found = terms(code).sessions(date.fromisoformat(day), name=name)
    return [f"{s.name} {kst(s.opens_ns):%H:%M}-{kst(s.closes_ns):%H:%M}" for s in found]


@pytest.mark.parametrize(
    ("code", "day", "name", "found"),
    [
        ("101W09", "2025-09-03", "", ["day 08:45-15:45", "night 18:00-06:00"]),
        ("101W09", "2025-09-11", "", ["day 08:45-15:20"]),
        ("101W09", "2025-09-12", "", []),
        ("101W09", "2025-09-06", "", []),
        ("101W11", "2025-11-13", "", ["day 09:45-16:20"]),
        (MONDAY, "2026-08-07", "위클리M P 2608W2 962.5", ["day 08:45-15:45", "night 18:00-06:00"]),
        (MONDAY, "2026-08-10", "위클리M P 2608W2 962.5", ["day 08:45-15:20"]),
    ],
    ids=["usual", "last day", "over", "Saturday", "last, on the exam's day", "weekly", "its last"],
)
def test_a_contracts_sessions_end_with_its_last_trading_day(
    code: str, day: str, name: str, found: list[str]
) -> None:
    assert hours(code, day, name) == found
