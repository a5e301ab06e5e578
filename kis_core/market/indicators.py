"""Indicators over bars and days, each step by step and equal to computing it at once.

A class takes one value at a time and answers None until it has as many as it needs; the function
of the same noun takes them all. Sizes of windows are counts of values. Source of the definitions:
strategies.md §1.4.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from operator import add
from typing import NamedTuple

from kis_core.market.events import Bar, DailyBar
from kis_core.market.windows import Window

STD_MIN = 1e-9  # the floor of a standard deviation


class SMA:
    """Plain mean of the last n values; None until there are n."""

    def __init__(self, n: int) -> None:
        self._window = Window[float](n, add)

    @property
    def value(self) -> float | None:
        """The mean as of the newest value."""
        total = self._window.total()
        full = len(self._window) == self._window.size
        return total / self._window.size if full and total is not None else None

    def add(self, value: float) -> float | None:
        """Add a value; return the mean."""
        self._window.add(value)
        return self.value


def sma(values: Sequence[float], n: int) -> list[float | None]:
    """Return the mean of the last n values at each of them; None for the first n − 1."""
    mean = SMA(n)
    return [mean.add(value) for value in values]


class EMA:
    """Exponential mean with weight 2 / (n + 1), seeded with the first value."""

    def __init__(self, n: int) -> None:
        if n < 1:
            raise ValueError(f"an exponential mean over {n} values")
        self._weight = 2 / (n + 1)
        self.value: float | None = None

    def add(self, value: float) -> float:
        """Add a value; return the mean."""
        if self.value is None:
            self.value = float(value)
        else:
            self.value += self._weight * (value - self.value)
        return self.value


def ema(values: Sequence[float], n: int) -> list[float]:
    """Return the exponential mean at each value."""
    mean = EMA(n)
    return [mean.add(value) for value in values]


class RollingHigh:
    """The highest of the last n values, from the first one on."""

    def __init__(self, n: int) -> None:
        self._window = Window[int](n, max)

    def add(self, value: int) -> int:
        """Add a value; return the highest."""
        self._window.add(value)
        highest = self._window.total()
        assert highest is not None
        return highest


class RollingLow:
    """The lowest of the last n values, from the first one on."""

    def __init__(self, n: int) -> None:
        self._window = Window[int](n, min)

    def add(self, value: int) -> int:
        """Add a value; return the lowest."""
        self._window.add(value)
        lowest = self._window.total()
        assert lowest is not None
        return lowest


def true_range_krw(high_krw: int, low_krw: int, previous_close_krw: int | None) -> int:
    """Return the true range, in KRW; high less low when there is no close before it."""
    if previous_close_krw is None:
        return high_krw - low_krw
    return max(high_krw, previous_close_krw) - min(low_krw, previous_close_krw)


class RollingATR:
    """Mean of the last n true ranges, in KRW; None until there are n bars."""

    def __init__(self, n: int = 14) -> None:
        self._ranges = SMA(n)
        self._close_krw: int | None = None

    @property
    def value(self) -> float | None:
        """The average true range as of the newest bar, in KRW."""
        return self._ranges.value

    def add(self, bar: Bar | DailyBar) -> float | None:
        """Add a completed bar; return the average true range, in KRW."""
        reach = true_range_krw(bar.high_krw, bar.low_krw, self._close_krw)
        self._close_krw = bar.close_krw
        return self._ranges.add(reach)


def daily_atr_krw(days: Sequence[DailyBar], n: int = 20) -> float | None:
    """Return the mean of the last n true ranges of a history, in KRW, or of as many as there are.

    The first day has no close before it and gives no range, so fewer than two days give None.
    """
    pairs = list(pairwise(days[-n - 1 :]))
    if not pairs:
        return None
    ranges = [true_range_krw(day.high_krw, day.low_krw, before.close_krw) for before, day in pairs]
    return sum(ranges) / len(ranges)


def percentile_rank(value: float, among: Sequence[float]) -> float:
    """Return what percentage of `among` lies strictly below a value; 50 when there is none."""
    if not among:
        return 50.0
    return 100.0 * sum(other < value for other in among) / len(among)


class Ranked:
    """The last n values kept in order too, for percentiles and medians.

    Finding a place takes O(log n); making room moves n pointers, which for windows of days and
    minutes costs less than any tree.
    """

    def __init__(self, n: int) -> None:
        if n < 1:
            raise ValueError(f"a window of {n} values")
        self._size = n
        self._in_time: deque[float] = deque()
        self._in_order: list[float] = []

    def __len__(self) -> int:
        return len(self._in_order)

    def add(self, value: float) -> None:
        """Add a value; the oldest leaves when there are more than n."""
        if len(self._in_time) == self._size:
            oldest = self._in_time.popleft()
            del self._in_order[bisect_left(self._in_order, oldest)]
        self._in_time.append(value)
        insort(self._in_order, value)

    def percentile_rank(self, value: float) -> float:
        """Return what percentage of the window lies strictly below a value; 50 when empty."""
        if not self._in_order:
            return 50.0
        return 100.0 * bisect_left(self._in_order, value) / len(self._in_order)

    @property
    def median(self) -> float | None:
        """The middle value, or the mean of the middle two; None when empty."""
        count = len(self._in_order)
        if not count:
            return None
        upper = self._in_order[count // 2]
        return upper if count % 2 else (self._in_order[count // 2 - 1] + upper) / 2


class _Moments(NamedTuple):
    """How many, their mean, and the sum of their squared distances from it."""

    n: int
    mean: float
    squares: float


def _joined(one: _Moments, other: _Moments) -> _Moments:
    n = one.n + other.n
    apart = other.mean - one.mean
    mean = one.mean + apart * other.n / n
    squares = one.squares + other.squares + apart * apart * one.n * other.n / n
    return _Moments(n, mean, squares)


class RollingZScore:
    """How many population standard deviations a value lies from the mean of the last n."""

    def __init__(self, n: int) -> None:
        self._window = Window(n, _joined)

    def add(self, value: float) -> float | None:
        """Add a value; return its own z-score in the window with it, None until there are n."""
        self._window.add(_Moments(1, float(value), 0.0))
        return self.of(value)

    def of(self, value: float) -> float | None:
        """Return the z-score of any value against the window; None until there are n."""
        moments = self._window.total()
        if moments is None or moments.n < self._window.size:
            return None
        return _zscore(value, moments)


def zscore(value: float, among: Sequence[float]) -> float | None:
    """Return the z-score of a value against others (population deviation); None without any."""
    if not among:
        return None
    mean = sum(among) / len(among)
    squares = sum((other - mean) ** 2 for other in among)
    return _zscore(value, _Moments(len(among), mean, squares))


def _zscore(value: float, moments: _Moments) -> float:
    return (value - moments.mean) / max(sqrt(moments.squares / moments.n), STD_MIN)
