from statistics import fmean, median, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.events import Bar, DailyBar
from kis_core.market.indicators import (
    EMA,
    SMA,
    STD_MIN,
    Ranked,
    RollingATR,
    RollingHigh,
    RollingLow,
    RollingZScore,
    daily_atr_krw,
    ema,
    percentile_rank,
    sma,
    true_range_krw,
    zscore,
)

INTS = st.lists(st.integers(-(10**9), 10**9), max_size=60)
FLOATS = st.lists(st.floats(-1e6, 1e6), max_size=60)
SIZES = st.integers(1, 25)
BARS = st.lists(
    st.tuples(st.integers(1, 10**6), st.integers(0, 10**5), st.floats(0, 1)).map(
        lambda row: (row[0] + row[1], row[0], row[0] + int(row[1] * row[2]))
    ),
    max_size=60,
)


def bar(high: int, low: int, close: int) -> Bar:
    return Bar("005930", "KRX", 0, low, high, low, close, 1)


def day(high: int, low: int, close: int) -> DailyBar:
    return DailyBar("005930", "2026-01-05", low, high, low, close, 1)


@given(INTS, SIZES)
def test_sma_is_the_plain_mean_of_the_last_n(values: list[int], n: int) -> None:
    assert sma(values, n) == [
        sum(values[i - n + 1 : i + 1]) / n if i + 1 >= n else None for i in range(len(values))
    ]


@given(FLOATS, SIZES)
def test_sma_of_fractions_does_not_drift(values: list[float], n: int) -> None:
    for i, mean in enumerate(sma(values, n)):
        if mean is not None:
            assert mean == pytest.approx(fmean(values[i - n + 1 : i + 1]), rel=1e-9, abs=1e-6)


def test_sma_is_unknown_until_it_is_full() -> None:
    mean = SMA(3)
    assert [mean.add(value) for value in (1, 2, 3, 4)] == [None, None, 2.0, 3.0]
    assert mean.value == 3.0


@given(FLOATS.filter(bool), SIZES)
def test_ema_starts_at_the_first_value_and_weighs_the_newest(values: list[float], n: int) -> None:
    weight = 2 / (n + 1)
    mean = values[0]
    expected = [mean]
    for value in values[1:]:
        mean = weight * value + (1 - weight) * mean
        expected.append(mean)
    assert ema(values, n) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_ema_before_the_first_value_is_unknown() -> None:
    assert EMA(5).value is None
    with pytest.raises(ValueError, match="0 values"):
        EMA(0)


@given(INTS, SIZES)
def test_highs_and_lows_of_the_last_n(values: list[int], n: int) -> None:
    highest, lowest = RollingHigh(n), RollingLow(n)
    for i, value in enumerate(values):
        recent = values[max(0, i - n + 1) : i + 1]
        assert highest.add(value) == max(recent)
        assert lowest.add(value) == min(recent)


@pytest.mark.parametrize(
    ("high", "low", "before", "reach"),
    [(110, 100, None, 10), (110, 100, 105, 10), (110, 100, 90, 20), (110, 100, 130, 30)],
    ids=["first bar", "inside", "gap up", "gap down"],
)
def test_the_true_range_reaches_to_the_close_before(
    high: int, low: int, before: int | None, reach: int
) -> None:
    assert true_range_krw(high, low, before) == reach


@given(BARS, st.integers(1, 20))
def test_the_rolling_atr_is_the_mean_of_the_last_true_ranges(
    rows: list[tuple[int, int, int]], n: int
) -> None:
    atr = RollingATR(n)
    ranges: list[int] = []
    before: int | None = None
    for high, low, close in rows:
        parts = [high - low] + ([abs(high - before), abs(low - before)] if before else [])
        ranges.append(max(parts))
        before = close
        expected = sum(ranges[-n:]) / n if len(ranges) >= n else None
        assert atr.add(bar(high, low, close)) == expected
        assert atr.value == expected


def test_the_rolling_atr_takes_fourteen_bars() -> None:
    atr = RollingATR()
    assert [atr.add(bar(110, 100, 105)) for _ in range(14)] == [None] * 13 + [10.0]


def test_the_daily_atr_needs_two_days_and_takes_the_last_ones() -> None:
    assert daily_atr_krw([]) is None
    assert daily_atr_krw([day(110, 100, 105)]) is None
    assert daily_atr_krw([day(110, 100, 105), day(120, 110, 115)]) == 15.0
    calm = [day(1_000, 1, 500)] + [day(110, 100, 105)] * 21
    assert daily_atr_krw(calm) == 10.0


@given(INTS, INTS, SIZES)
def test_percentiles_and_medians_step_by_step(values: list[int], asked: list[int], n: int) -> None:
    ranked = Ranked(n)
    for value in values:
        ranked.add(value)
    recent = values[-n:]
    assert len(ranked) == len(recent)
    assert ranked.median == (median(recent) if recent else None)
    for value in asked + values:
        assert ranked.percentile_rank(value) == percentile_rank(value, recent)


@pytest.mark.parametrize(
    ("value", "among", "rank"),
    [(5, [], 50.0), (5, [1, 2, 5, 5], 50.0), (0, [1], 0.0), (9, [1, 2], 100.0)],
)
def test_a_percentile_counts_what_lies_strictly_below(
    value: float, among: list[float], rank: float
) -> None:
    assert percentile_rank(value, among) == rank


@given(st.lists(st.integers(-(10**6), 10**6), max_size=60), SIZES)
def test_z_scores_step_by_step_equal_those_made_at_once(values: list[int], n: int) -> None:
    score = RollingZScore(n)
    for i, value in enumerate(values):
        made = score.add(value)
        recent = values[max(0, i - n + 1) : i + 1]
        if len(recent) < n:
            assert made is None
            continue
        expected = (value - fmean(recent)) / max(pstdev(recent), STD_MIN)
        assert made == pytest.approx(expected, rel=1e-6, abs=1e-6)
        assert zscore(value, recent) == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_the_z_score_of_a_constant_is_zero_and_of_nothing_unknown() -> None:
    score = RollingZScore(3)
    assert [score.add(0.1) for _ in range(4)] == [None, None, 0.0, 0.0]
    assert score.of(0.1 + 1e-9) == pytest.approx(1.0)
    assert zscore(1.0, []) is None


@pytest.mark.parametrize("make", [SMA, RollingHigh, RollingZScore, Ranked, RollingATR])
def test_windows_of_nothing_are_refused(make) -> None:
    with pytest.raises(ValueError, match="0 values"):
        make(0)
