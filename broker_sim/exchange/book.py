"""The order book nobody recorded: ten levels a side, drawn around the best quotes.

Sizes are a fixed function of seed, symbol, price and how many prints there have been, so the same
question at the same instant has the same answer, however often it is asked. They scale with the
sizes printed so far today and on the days before, never with what is still to come.
"""

from bisect import bisect_left, bisect_right

import numpy as np

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.path import price_grid
from kis_core.market.events import BookLevel

LEVELS = 10
_DRAWS = 4_096  # a power of two
_STEADY_PRINTS = 8  # sizes are redrawn every so many prints
_USUAL_WEIGHT = 20  # prints that the days before count for
_DEEPER = 0.15  # each level further out is larger by this share


def size_draws(seed: int) -> list[float]:
    """Return the table of size factors, mean about 3."""
    draws = np.random.default_rng([seed, 0xB00C]).standard_exponential(_DRAWS)
    return [float(draw) for draw in 0.5 + 2.5 * draws]


class Ladder:
    """The price levels of one symbol and what is displayed on them.

    `usual` is shares a print; `depth` how many prints' worth stands at a level beside a quiet
    stock, for the more there are of them, the smaller each.
    """

    def __init__(
        self, instrument: Instrument, usual: float, depth: float, draws: list[float]
    ) -> None:
        prices = price_grid(instrument.lower_krw, instrument.upper_krw).tolist()
        self._prices = [p for p in prices if instrument.lower_krw <= p <= instrument.upper_krw]
        self._base_krw = instrument.base_krw
        self._usual = usual
        self._depth = depth
        self._draws = draws
        self._key = int.from_bytes(instrument.symbol.encode()) % 1_000_003

    def asks(self, last: Printed | None) -> list[BookLevel]:
        """Return the ask levels after a print (None: before the first), best first."""
        best = self.best(last)[0]
        if not best:
            return []
        start = bisect_left(self._prices, best)
        return self._sized(self._prices[start : start + LEVELS], last)

    def bids(self, last: Printed | None) -> list[BookLevel]:
        """Return the bid levels, best first."""
        best = self.best(last)[1]
        if not best:
            return []
        end = bisect_right(self._prices, best)
        return self._sized(self._prices[max(0, end - LEVELS) : end][::-1], last)

    def size_at(self, price_krw: int, last: Printed | None) -> int:
        """Return the shares displayed at a price on its own side; 0 inside or beyond the quotes."""
        ask, bid = self.best(last)
        if ask and price_krw >= ask:
            away = bisect_left(self._prices, price_krw) - bisect_left(self._prices, ask)
        elif bid and price_krw <= bid:
            away = bisect_left(self._prices, bid) - bisect_left(self._prices, price_krw)
        else:
            return 0
        return self._size(price_krw, min(away, LEVELS - 1), last)

    def best(self, last: Printed | None) -> tuple[int, int]:
        """Return best ask and best bid, 0 where a side is empty. Around the base at first."""
        if last is not None:
            return last.ask_krw, last.bid_krw
        at = bisect_right(self._prices, self._base_krw)
        bid = self._prices[at - 1] if at else 0
        return (self._prices[at] if at < len(self._prices) else 0), bid

    def _sized(self, prices: list[int], last: Printed | None) -> list[BookLevel]:
        return [(price, self._size(price, away, last)) for away, price in enumerate(prices)]

    def _size(self, price_krw: int, away: int, last: Printed | None) -> int:
        shares, prints, block = self._usual * _USUAL_WEIGHT, _USUAL_WEIGHT, 0
        if last is not None:
            shares += last.buy_volume + last.sell_volume
            prints += last.buy_count + last.sell_count
            block = last.index // _STEADY_PRINTS
        draw = self._draws[(price_krw * 7_919 + block * 104_729 + self._key) & (_DRAWS - 1)]
        return 1 + int(shares / prints * self._depth * draw * (1.0 + _DEEPER * away))
