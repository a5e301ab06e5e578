"""A tiny day that knows the KOSPI200 and the KOSDAQ, so that derivatives are played on it."""

import datetime as dt
import math
from decimal import Decimal

from kis_core.market.events import IndexDay, IndexLevel
from kis_core.market.instants import MINUTE_NS, instant_ns
from tests.broker_sim.kis.conftest import DATE, TinyDay

PREVIOUS = {"2001": 428.15, "1001": 794.00, "0001": 3120.00}
OPENS = dt.time(9)
MINUTES = 390


def level_of(code: str, minute: int) -> float:
    """Return an index's level so many minutes after the open: it rises in waves."""
    wave = 0.006 * math.sin(minute / 35.0) + 0.00001 * minute + 0.002
    return PREVIOUS[code] * (1.0 + wave)


class IndexedDay(TinyDay):
    """Published once a minute from the open to the close; sixty sessions of history."""

    date: dt.date = DATE
    turn: int | None = None
    """The minute after which another day happens; None for the one day."""

    def index_days(self, code: str, first: dt.date, last: dt.date) -> list[IndexDay]:
        if code not in PREVIOUS:
            return []
        days = [self.date - dt.timedelta(days=back) for back in range(90, 0, -1)]
        rows = []
        for number, day in enumerate(day for day in days if day.weekday() < 5):
            level = PREVIOUS[code] * (1.0 + 0.01 * math.sin(number * 1.7))
            ends = (level * 0.999, level * 1.004, level * 0.996, level)
            if first <= day <= last:
                figures = (Decimal(f"{end:.2f}") for end in ends)
                rows.append(IndexDay(code, day.isoformat(), *figures))
        return rows

    def index_level(self, code: str, at_ns: int) -> IndexLevel | None:
        if code not in PREVIOUS:
            return None
        open_ns = instant_ns(self.date, OPENS)
        before = Decimal(f"{PREVIOUS[code]:.2f}")
        minute = min((at_ns - open_ns) // MINUTE_NS, MINUTES)
        if minute < 0:
            return IndexLevel(code, at_ns, at_ns, before, before, before, before, before)
        levels = [self._level(code, passed) for passed in range(minute + 1)]
        shown = (levels[-1], levels[0], max(levels), min(levels))
        published_ns = open_ns + minute * MINUTE_NS
        return IndexLevel(code, published_ns, at_ns, *shown, before)

    def _level(self, code: str, minute: int) -> Decimal:
        level = level_of(code, minute)
        if self.turn is not None and minute > self.turn:
            level *= 1.0 + 0.0005 * (minute - self.turn) % 0.03
        return Decimal(f"{level:.2f}")
