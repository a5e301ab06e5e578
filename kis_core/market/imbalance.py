"""Who is pressing: value bought against value sold over the last seconds.

Sides come from the exchange's aggressor field; where a source lacks it, `TickRule` guesses them
from the prices. Values are whole KRW in one-second buckets, so sums are exact.
"""

from collections import deque
from typing import Literal

from kis_core.market.events import Trade
from kis_core.market.instants import SECOND_NS

Sign = Literal[1, -1, 0]


class Imbalance:
    """(bought − sold) / (bought + sold) over the last `window_s` seconds, −1 to 1.

    The window is whole seconds: the one of the newest instant and those before it. Auction prints
    have no aggressor and are left out.
    """

    def __init__(self, window_s: int = 90) -> None:
        if window_s < 1:
            raise ValueError(f"a window of {window_s} s")
        self._window_s = window_s
        self._buckets: deque[list[int]] = deque()  # [second, bought KRW, sold KRW], ascending
        self._now_s = 0
        self._bought_krw = 0
        self._sold_krw = 0

    def on_trade(self, trade: Trade) -> None:
        """Add a trade by its aggressor."""
        self.add(trade.at_ns, trade.aggressor, trade.price_krw * trade.volume)

    def add(self, at_ns: int, sign: Sign, value_krw: int) -> None:
        """Add a value of one side. A late one counts in its own second, while that is in view."""
        second = at_ns // SECOND_NS
        self._move_to(second)
        if sign == 0 or second <= self._now_s - self._window_s:
            return
        bucket = self._bucket(second)
        if sign > 0:
            bucket[1] += value_krw
            self._bought_krw += value_krw
        else:
            bucket[2] += value_krw
            self._sold_krw += value_krw

    def at(self, at_ns: int) -> float | None:
        """Return the imbalance as of an instant; None when nothing was traded in the window."""
        self._move_to(at_ns // SECOND_NS)
        both = self._bought_krw + self._sold_krw
        return (self._bought_krw - self._sold_krw) / both if both else None

    def _move_to(self, second: int) -> None:
        self._now_s = max(self._now_s, second)
        while self._buckets and self._buckets[0][0] <= self._now_s - self._window_s:
            _, bought, sold = self._buckets.popleft()
            self._bought_krw -= bought
            self._sold_krw -= sold

    def _bucket(self, second: int) -> list[int]:
        index = len(self._buckets)
        while index and self._buckets[index - 1][0] > second:
            index -= 1
        if index and self._buckets[index - 1][0] == second:
            return self._buckets[index - 1]
        bucket = [second, 0, 0]
        self._buckets.insert(index, bucket)
        return bucket


class TickRule:
    """The side of a trade from its price alone: up is a buy, down a sell, unchanged as before."""

    def __init__(self) -> None:
        self._price_krw: int | None = None
        self._sign: Sign = 0

    def sign(self, price_krw: int) -> Sign:
        """Return the side of the next trade; 0 until a price has changed."""
        before, self._price_krw = self._price_krw, price_krw
        if before is not None and price_krw != before:
            self._sign = 1 if price_krw > before else -1
        return self._sign
