"""Records a second, now and over the last minutes. Pure: whoever looks says when he looked."""

from collections import deque
from collections.abc import Mapping

Key = tuple[str, str, str]
"""(source, venue, kind)"""
SECONDS_MAX = 300


class Pulse:
    """Turns counters that only grow into rates, one look after the other."""

    def __init__(self, seconds_max: int = SECONDS_MAX) -> None:
        self.history: deque[float] = deque(maxlen=seconds_max)  # of everything together
        self.rates: dict[Key, float] = {}
        self._counts: dict[Key, int] | None = None
        self._at_s = 0.0

    def look(self, at_s: float, counts: Mapping[Key, int]) -> None:
        """Take the counters at a moment. One that is new, or began anew, counts from zero."""
        before, span_s = self._counts, at_s - self._at_s
        if before is not None and span_s <= 0:
            return
        self._counts, self._at_s = dict(counts), at_s
        if before is None:
            return
        self.rates = {}
        for key, count in counts.items():
            had = before.get(key, 0)
            self.rates[key] = (count - had if count >= had else count) / span_s
        self.history.append(sum(self.rates.values()))
