"""What is usual for a symbol at a time of day, and how today compares.

A baseline is the median of what really traded in the same minutes of the last days, so it knows
that 09:00 is busy and noon is not.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import time
from statistics import median

from kis_core.market.events import Bar
from kis_core.market.instants import date_of, minute_of_day


class MinuteBaselines:
    """Median shares and value of each minute of the day over the last n trading days.

    A minute without a trade counts as zero on a day that traded; a halted day is not added.
    """

    def __init__(self, n: int) -> None:
        if n < 1:
            raise ValueError(f"a baseline over {n} days")
        self._days: deque[dict[int, tuple[int, int]]] = deque(maxlen=n)

    def __len__(self) -> int:
        return len(self._days)

    def add_day(self, bars: Sequence[Bar]) -> None:
        """Add the one-minute bars of one whole day; the oldest day leaves when there are n."""
        if not bars or len({date_of(bar.start_ns) for bar in bars}) != 1:
            raise ValueError(f"{len(bars)} bars that are not one trading day")
        self._days.append(
            {minute_of_day(bar.start_ns): (bar.volume, value_krw(bar)) for bar in bars}
        )

    def volume(self, minute: int) -> float | None:
        """Return the median shares of a minute of the day (0 to 1439); None without a day."""
        return _median(day.get(minute, (0, 0))[0] for day in self._days)

    def value_krw(self, first: time, end: time) -> float | None:
        """Return the median value traded from `first` up to `end`, in KRW; None without a day."""
        begins, ends = first.hour * 60 + first.minute, end.hour * 60 + end.minute
        return _median(
            sum(value for minute, (_, value) in day.items() if begins <= minute < ends)
            for day in self._days
        )


def value_krw(bar: Bar) -> int:
    """Return a bar's value in KRW: the exchange's where known, else close × shares."""
    return bar.close_krw * bar.volume if bar.value_krw is None else bar.value_krw


def relative_volume(volume: int, baseline: float | None) -> float | None:
    """Return how many times its baseline a volume is; None when the baseline is unknown or zero."""
    return volume / baseline if baseline else None


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return float(median(known)) if known else None
