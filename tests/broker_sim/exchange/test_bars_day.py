"""A day knows its future; what it hands out for an instant does not."""

import datetime as dt

import pytest

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from kis_core.market.instants import MINUTE_NS


def test_only_minutes_that_are_over_are_shown(generated: GeneratedDay) -> None:
    symbol = next(iter(generated.instruments))
    bars = generated.minute_bars(symbol, generated.date)
    half_past = bars[30].start_ns
    shown = generated.minute_bars(symbol, generated.date, half_past)
    assert shown == bars[:30]
    assert generated.minute_bars(symbol, generated.date, half_past - 1) == bars[:29]
    assert generated.minute_bars(symbol, generated.date, bars[0].start_ns) == []


def test_the_closing_auctions_bar_is_over_at_once(generated: GeneratedDay) -> None:
    symbol = next(iter(generated.instruments))
    bars = generated.minute_bars(symbol, generated.date)
    assert generated.minute_bars(symbol, generated.date, bars[-1].start_ns) == bars


def test_daily_history_ends_before_the_day(generated: GeneratedDay) -> None:
    symbol = next(iter(generated.instruments))
    far = generated.date + dt.timedelta(days=30)
    day = generated.date.isoformat()
    assert generated.daily_bars(symbol, generated.date, far) == []
    assert generated.daily_bars(symbol, dt.date.min, far)[-1].date < day
    assert generated.index_days("0001", dt.date.min, far)[-1].date < day
    assert generated.flows(symbol, dt.date.min, far)[-1].date < day
    assert max(generated.past_dates()) < generated.date
    assert generated.minute_bars(symbol, far) == []


def test_quotes_at_an_instant_agree_with_the_bars_over_by_then(generated: GeneratedDay) -> None:
    exchange = Exchange(generated, AccountRules(10**9, 140), 1)
    now_ns = exchange.venue.open_ns + 47 * MINUTE_NS
    exchange.advance(now_ns - 1)
    for symbol in generated.instruments:
        bars, quote = generated.minute_bars(symbol, generated.date, now_ns), exchange.quote(symbol)
        assert quote.cum_volume == sum(bar.volume for bar in bars)
        assert (quote.open_krw, quote.last_krw) == (bars[0].open_krw, bars[-1].close_krw)
        assert quote.high_krw == max(bar.high_krw for bar in bars)
        assert quote.low_krw == min(bar.low_krw for bar in bars)


def test_the_index_ends_on_the_days_figures(generated: GeneratedDay) -> None:
    later = GeneratedDay(dt.date(2025, 9, 4), 7, 6)
    (known,) = later.index_days("0001", generated.date, generated.date)
    level = generated.index_level("0001", Exchange(generated, AccountRules(0, 0), 1).venue.close_ns)
    assert level is not None
    assert (level.open_pt, level.high_pt, level.low_pt, level.level_pt) == (
        known.open_pt,
        known.high_pt,
        known.low_pt,
        known.close_pt,
    )
    assert generated.index_level("9999", 0) is None


def test_an_unknown_symbol_has_no_bars_and_no_prints(generated: GeneratedDay) -> None:
    assert generated.minute_bars("999999", generated.date) == []
    assert generated.daily_bars("999999", dt.date.min, generated.date) == []
    with pytest.raises(KeyError):
        generated.prints("999999")
