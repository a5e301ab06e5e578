"""The off-hours single price: when it is, and what it may bring."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.off_hours import auctions_ns, band_krw, off_hours_tape
from kis_core.market.instants import instant_ns
from kis_core.market.ticks import is_on_tick, limits

DATE = dt.date(2025, 9, 3)


@pytest.mark.parametrize(
    ("date", "first", "count"),
    [
        (DATE, dt.time(16, 10), 12),
        (dt.date(2026, 9, 11), dt.time(16, 10), 12),
        (dt.date(2026, 9, 14), None, 0),
    ],
    ids=["a usual day", "the last of them", "the first without"],
)
def test_auctions_are_every_ten_minutes_until_the_session_ended_for_good(
    date: dt.date, first: dt.time | None, count: int
) -> None:
    times = auctions_ns(date)
    assert len(times) == count
    if first is not None:
        assert times[0] == instant_ns(date, first)
        assert times[-1] == instant_ns(date, dt.time(18))


@given(base=st.integers(500, 900_000), move=st.floats(-0.29, 0.29), seed=st.integers(0, 50))
def test_prices_stay_within_ten_percent_of_the_close_and_inside_the_days_limits(
    base: int, move: float, seed: int
) -> None:
    lower, upper = limits(base)
    stock = Instrument("005930", "삼성전자", "KOSPI", "", base, lower, upper, None)
    close = min(max(lower, int(base * (1 + move))), upper)
    lowest, highest = band_krw(stock, close)
    tape = off_hours_tape(stock, close, 100_000, seed, DATE)
    assert lower <= lowest <= highest <= upper
    for price in tape.price_krw.tolist():
        assert lowest <= price <= highest
        assert abs(price - close) <= close * 0.1 + 1
        assert is_on_tick(price)


def test_a_stock_that_did_not_trade_has_no_auction() -> None:
    stock = Instrument("005930", "삼성전자", "KOSPI", "", 70_000, 49_000, 91_000, None)
    assert len(off_hours_tape(stock, 70_000, 0, 1, DATE)) == 0
