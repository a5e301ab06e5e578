from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.events import Bar, DailyBar
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.market.vwap import AnchoredVwap, SessionVwap, anchored_vwap_krw, bars_vwap_krw

NINE = instant_ns(date(2026, 1, 5), time(9))


def minute(n: int, high: int, low: int, close: int, volume: int) -> Bar:
    return Bar("005930", "KRX", NINE + n * MINUTE_NS, low, high, low, close, volume)


def day(n: int, high: int, low: int, close: int, volume: int) -> DailyBar:
    return DailyBar("005930", f"2026-01-{n:02}", low, high, low, close, volume)


ROWS = st.lists(
    st.tuples(
        st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**7)
    ),
    max_size=28,
)


def test_before_the_first_share_there_is_no_vwap() -> None:
    assert SessionVwap().krw is None
    assert bars_vwap_krw([]) is None
    assert anchored_vwap_krw([day(5, 10, 10, 10, 0)], "2026-01-01") is None


def test_trades_give_the_exchanges_own_average(tape) -> None:
    vwap = SessionVwap()
    vwap.on_trade(tape.trade(NINE, 100, 10))
    tape.trade(NINE + 1, 200, 10)  # never heard, but in the next one's sums
    assert vwap.on_trade(tape.trade(NINE + 2, 300, 20)) == pytest.approx(9_000 / 40)
    assert vwap.shares == 40


def test_an_older_trade_changes_nothing(tape) -> None:
    vwap = SessionVwap()
    older, newer = tape.trade(NINE, 100, 10), tape.trade(NINE + 1, 300, 10)
    vwap.on_trade(newer)
    assert vwap.on_trade(older) == pytest.approx(200)


def test_exchange_sums_replace_what_bars_said_and_cover_their_minutes() -> None:
    vwap = SessionVwap()
    assert vwap.on_bar(minute(0, 120, 90, 90, 10)) == pytest.approx(100)
    assert vwap.on_sums(NINE + 90 * 10**9, 20, 2_200) == pytest.approx(110)
    assert vwap.on_bar(minute(0, 500, 500, 500, 10)) == pytest.approx(110)
    assert vwap.on_bar(minute(1, 500, 500, 500, 10)) == pytest.approx(110)  # partly in the sums
    assert vwap.on_bar(minute(2, 140, 140, 140, 10)) == pytest.approx(120)


def test_sums_of_which_a_half_is_unknown_change_nothing() -> None:
    vwap = SessionVwap()
    vwap.on_sums(NINE, 20, 2_200)
    assert vwap.on_sums(NINE + 1, 30, 0) == pytest.approx(110)
    assert vwap.on_sums(NINE + 1, 0, 3_300) == pytest.approx(110)


def test_another_venue_is_another_average(tape) -> None:
    vwap = SessionVwap("NXT")
    assert vwap.on_trade(tape.trade(NINE, 100, 10)) is None
    assert vwap.on_bar(minute(0, 100, 100, 100, 10)) is None


@given(ROWS)
def test_a_vwap_from_bars_step_by_step_equals_one_made_at_once(
    rows: list[tuple[int, int, int, int]],
) -> None:
    bars = [minute(n, *row) for n, row in enumerate(rows)]
    vwap = SessionVwap()
    for bar in bars:
        vwap.on_bar(bar)
    assert vwap.krw == bars_vwap_krw(bars)
    shares = sum(volume for *_, volume in rows)
    if shares:
        value = sum((high + low + close) * volume for high, low, close, volume in rows)
        assert vwap.krw == pytest.approx(value / 3 / shares, rel=1e-12)


@given(ROWS, st.integers(1, 28))
def test_an_anchored_vwap_counts_from_its_anchor(
    rows: list[tuple[int, int, int, int]], first: int
) -> None:
    days = [day(n, *row) for n, row in enumerate(rows, 1)]
    anchor = f"2026-01-{first:02}"
    vwap = AnchoredVwap(anchor)
    for each in days:
        vwap.on_day(each)
    assert vwap.krw == anchored_vwap_krw(days[first - 1 :], "2026-01-01")


def test_the_vwap_of_a_real_day_lies_between_its_low_and_high(month_of) -> None:
    month = month_of("2026-01")
    for symbol, _, rows in month.stock_days():
        if symbol == "005930":
            vwap = bars_vwap_krw(month.bars(rows))
            assert vwap is not None
            assert month.low[rows].min() <= vwap <= month.high[rows].max()
