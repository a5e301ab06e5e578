"""The index through the day, made from the stocks and bent to the day's official figures.

The stocks of a market, weighted by what they were worth at the previous close, give the shape;
where the index's own open, high, low and close are known, the path passes through exactly these.
Levels change when a minute is over, so a level never knows the rest of its minute.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.path import BarColumns
from kis_core.market.events import IndexDay, IndexLevel
from kis_core.market.instants import MINUTE_NS

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Constituent:
    """One stock of an index on the day. `weight` is its worth at the base price."""

    base_krw: int
    weight: float
    bars: BarColumns


class IndexPath:
    """Levels of one index by the instant they are published."""

    def __init__(
        self, code: str, at_ns: Sequence[int], level_pt: Floats, previous_pt: float
    ) -> None:
        self._code = code
        self._at_ns = list(at_ns)
        self._levels = [_points(level) for level in level_pt]
        self._highs = [_points(level) for level in np.maximum.accumulate(level_pt)]
        self._lows = [_points(level) for level in np.minimum.accumulate(level_pt)]
        self._previous = _points(previous_pt)

    def at(self, at_ns: int) -> IndexLevel:
        """Return what is published at an instant."""
        known = bisect_right(self._at_ns, at_ns) - 1
        before = self._previous
        shown = (before, before, before, before)
        if known >= 0:
            shown = (
                self._levels[known],
                self._levels[0],
                self._highs[known],
                self._lows[known],
            )
        level, opened, high, low = shown
        published_ns = at_ns if known < 0 else self._at_ns[known]
        return IndexLevel(self._code, published_ns, at_ns, level, opened, high, low, before)


def shape(
    constituents: Sequence[Constituent], minutes: Sequence[int], close_ns: int
) -> tuple[list[int], Floats]:
    """Return instants and the basket's worth relative to the previous close.

    `minutes` are the starts of the bars of the day. The first instant is the first minute's start
    with the opening prices, then every minute's end with its closes; the closing auction's bar
    counts at its own instant.
    """
    starts = np.array(minutes, dtype=np.int64)
    worth = np.zeros(len(starts) + 1)
    total = sum(stock.weight for stock in constituents)
    for stock in constituents:
        column = np.searchsorted(stock.bars.start_ns, starts, "right") - 1
        closes = stock.bars.close_krw / stock.base_krw
        ratio = np.where(column >= 0, closes[np.maximum(column, 0)], 1.0)
        opens_now = len(stock.bars) > 0 and stock.bars.start_ns[0] == starts[0]
        opened = stock.bars.open_krw[0] / stock.base_krw if opens_now else 1.0
        worth += stock.weight / total * np.concatenate(([opened], ratio))
    ends = [start if start >= close_ns else start + MINUTE_NS for start in minutes]
    return [minutes[0], *ends], worth


def bent(worth: Floats, day: IndexDay) -> Floats:
    """Return levels of the given shape whose first, highest, lowest and last are the day's."""
    opened, high, low, closed = (
        float(level) for level in (day.open_pt, day.high_pt, day.low_pt, day.close_pt)
    )
    share = np.linspace(0.0, 1.0, len(worth))
    straight = worth[0] + share * (worth[-1] - worth[0])
    level = opened + share * (closed - opened) + (worth - straight) * opened
    level = _reaching(level, max(opened, closed), high)
    level = -_reaching(-level, -min(opened, closed), -low)
    level[0], level[-1] = opened, closed
    return level


def _reaching(level: Floats, floor: float, top: float) -> Floats:
    """Scale what rises above `floor` so that it just reaches `top`."""
    above = np.maximum(level - floor, 0.0)
    peak = int(np.argmax(level[1:-1])) + 1 if len(level) > 2 else 0
    if above[peak] > 0:
        level = np.where(above > 0, floor + above * ((top - floor) / above[peak]), level)
    if len(level) > 2:
        level[peak] = top
    return level


def _points(level: float) -> Decimal:
    return Decimal(f"{level:.2f}")
