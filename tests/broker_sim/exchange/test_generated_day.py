"""A generated market is one market: on the grid, inside its limits, the same from any later day."""

import datetime as dt
from itertools import pairwise

import pytest

from broker_sim.exchange.day import DayError
from broker_sim.exchange.generated_day import GeneratedDay
from kis_core.market.calendar import krx_calendar
from kis_core.market.ticks import is_on_tick, limits


def test_daily_bars_are_the_sum_of_the_minutes(generated: GeneratedDay) -> None:
    for symbol in generated.instruments:
        for date in generated.past_dates():
            minutes = generated.minute_bars(symbol, date)
            (daily,) = generated.daily_bars(symbol, date, date)
            assert (
                minutes[0].open_krw,
                max(bar.high_krw for bar in minutes),
                min(bar.low_krw for bar in minutes),
                minutes[-1].close_krw,
                sum(bar.volume for bar in minutes),
            ) == (daily.open_krw, daily.high_krw, daily.low_krw, daily.close_krw, daily.volume)


def test_every_price_is_on_the_grid_and_inside_the_limits(generated: GeneratedDay) -> None:
    for symbol in generated.instruments:
        days = generated.daily_bars(symbol, dt.date.min, generated.date)
        for before, day in pairwise(days):
            band = limits(before.close_krw)
            assert band.lower_krw <= day.low_krw
            assert day.high_krw <= band.upper_krw
        for bar in generated.minute_bars(symbol, generated.date):
            prices = (bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw)
            assert all(is_on_tick(price) for price in prices)
            assert bar.low_krw <= min(prices[0], prices[3]) <= max(prices[0], prices[3])
            assert max(prices) == bar.high_krw


def test_there_is_past_enough(generated: GeneratedDay) -> None:
    symbol = next(iter(generated.instruments))
    assert len(generated.past_dates()) >= 25
    assert len(generated.daily_bars(symbol, dt.date.min, generated.date)) >= 90
    assert len(generated.index_days("0001", dt.date.min, generated.date)) >= 90


def test_flows_never_exceed_the_volume(generated: GeneratedDay) -> None:
    for symbol in generated.instruments:
        days = generated.daily_bars(symbol, dt.date.min, generated.date)
        flows = generated.flows(symbol, dt.date.min, generated.date)
        for day, flow in zip(days, flows, strict=True):
            assert day.date == flow.date
            assert max(abs(flow.foreign_shares), abs(flow.institution_shares)) <= day.volume


def test_today_is_tomorrows_past(generated: GeneratedDay) -> None:
    tomorrow = GeneratedDay(krx_calendar().next(generated.date), generated.seed, 6)
    for symbol, instrument in tomorrow.instruments.items():
        bars = generated.minute_bars(symbol, generated.date)
        assert tomorrow.minute_bars(symbol, generated.date) == bars
        assert instrument.base_krw == bars[-1].close_krw


def test_volume_is_heavy_at_both_ends_of_the_day(generated: GeneratedDay) -> None:
    for symbol in generated.instruments:
        volumes = [bar.volume for bar in generated.minute_bars(symbol, generated.date)]
        first, noon, last = sum(volumes[:30]), sum(volumes[150:180]), sum(volumes[350:380])
        assert first > 1.5 * noon
        assert last > noon


def test_another_seed_is_another_market(generated: GeneratedDay) -> None:
    other = GeneratedDay(generated.date, generated.seed + 1, 6)
    symbol = next(iter(generated.instruments))
    assert other.minute_bars(symbol, other.date) != generated.minute_bars(symbol, generated.date)


@pytest.mark.parametrize(
    ("date", "minutes", "first"),
    [
        (dt.date(2025, 11, 13), 381, dt.time(10)),
        (dt.date(2026, 1, 2), 321, dt.time(10)),
    ],
    ids=["exam day", "first session of the year"],
)
def test_late_days_open_late(date: dt.date, minutes: int, first: dt.time) -> None:
    day = GeneratedDay(date, 7, 1)
    bars = day.minute_bars("000100", date)
    assert len(bars) == minutes
    opened = dt.datetime.fromtimestamp(
        bars[0].start_ns // 10**9, dt.timezone(dt.timedelta(hours=9))
    )
    assert opened.time() == first


@pytest.mark.parametrize(
    ("date", "symbols", "said"),
    [
        (dt.date(2025, 9, 6), 3, "closed"),
        (dt.date(2024, 3, 4), 3, "begins on 2024-"),
        (dt.date(2090, 1, 2), 3, "covers"),
        (dt.date(2025, 9, 3), 0, "1 to 103"),
        (dt.date(2025, 9, 3), 104, "1 to 103"),
    ],
    ids=["a Saturday", "too early", "beyond the calendar", "no symbol", "too many"],
)
def test_what_cannot_be_generated_is_said(date: dt.date, symbols: int, said: str) -> None:
    with pytest.raises(DayError, match=said):
        GeneratedDay(date, 7, symbols)
