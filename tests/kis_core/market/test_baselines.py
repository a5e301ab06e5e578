from datetime import date, time
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.baselines import MinuteBaselines, relative_volume
from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS, midnight_ns

NINE = 9 * 60
VOLUMES = st.dictionaries(st.integers(NINE, NINE + 20), st.integers(1, 10**6), min_size=1)


def bars_on(number: int, volumes: dict[int, int], value: int | None = None) -> list[Bar]:
    midnight = midnight_ns(date(2026, 1, number))
    return [
        Bar("005930", "KRX", midnight + minute * MINUTE_NS, 100, 100, 100, 100, volume, value)
        for minute, volume in sorted(volumes.items())
    ]


@given(st.lists(VOLUMES, max_size=8), st.integers(1, 5))
def test_a_baseline_is_the_median_of_the_last_days(days: list[dict[int, int]], n: int) -> None:
    baselines = MinuteBaselines(n)
    for number, volumes in enumerate(days, 1):
        baselines.add_day(bars_on(number, volumes))
    kept = days[-n:]
    assert len(baselines) == len(kept)
    for minute in range(NINE, NINE + 21):
        expected = median([volumes.get(minute, 0) for volumes in kept]) if kept else None
        assert baselines.volume(minute) == expected
    value = baselines.value_krw(time(9), time(9, 15))
    sums = [sum(100 * v for m, v in volumes.items() if m < NINE + 15) for volumes in kept]
    assert value == (median(sums) if kept else None)


def test_the_exchanges_value_is_preferred() -> None:
    baselines = MinuteBaselines(3)
    baselines.add_day(bars_on(5, {NINE: 10}, value=999))
    assert baselines.value_krw(time(9), time(9, 1)) == 999


def test_a_day_is_one_day() -> None:
    baselines = MinuteBaselines(3)
    with pytest.raises(ValueError, match="not one trading day"):
        baselines.add_day([])
    with pytest.raises(ValueError, match="not one trading day"):
        baselines.add_day(bars_on(5, {NINE: 1}) + bars_on(6, {NINE: 1}))
    with pytest.raises(ValueError, match="0 days"):
        MinuteBaselines(0)


@pytest.mark.parametrize(
    ("volume", "baseline", "times"),
    [(30, 10.0, 3.0), (0, 10.0, 0.0), (30, 0.0, None), (3, None, None)],
)
def test_relative_volume_is_unknown_without_a_baseline(
    volume: int, baseline: float | None, times: float | None
) -> None:
    assert relative_volume(volume, baseline) == times
