"""What the days before say of a stock beside its extremes: averages, streaks. Pure; kept."""

from collections.abc import Sequence
from datetime import timedelta

from broker_sim.exchange.day import DaySource
from broker_sim.exchange.quote import Quote
from broker_sim.kis.replies import Fields
from broker_sim.kis.standings import Standing
from kis_core.market.events import DailyBar

WINDOWS = (5, 10, 20, 60, 120)
_LOOK_BACK = timedelta(days=200)  # holds 120 sessions


class Averages:
    """The last half year of every stock, read once. Today counts with the price it has now."""

    def __init__(self, day: DaySource) -> None:
        self._day = day
        self._bars: dict[str, list[DailyBar]] = {}

    def volume(self, symbol: str, standing: Standing) -> int:
        """Return the average shares of the last five sessions, today's among them."""
        volumes = [bar.volume for bar in self._of(symbol)[-4:]] + [standing.quote.cum_volume]
        return sum(volumes) // len(volumes)

    def close_before(self, symbol: str, days: int) -> int | None:
        """Return the close so many sessions before today's (0: the last one), KRW."""
        bars = self._of(symbol)
        place = max(1, days)
        return bars[-place].close_krw if len(bars) >= place else None

    def disparity(self, symbol: str, days: int, last_krw: int) -> float | None:
        """Return the price over its moving average, %; None where the past is too short."""
        closes = [bar.close_krw for bar in self._of(symbol)[-(days - 1) :]]
        if len(closes) < days - 1:
            return None
        return last_krw * days / (sum(closes) + last_krw) * 100

    def disparities(self, symbol: str, quote: Quote) -> Fields:
        """Return all of them in KIS's words, zero where the past is too short."""
        return {
            f"d{days}_dsrt": f"{self.disparity(symbol, days, quote.last_krw) or 0.0:.2f}"
            for days in WINDOWS
        }

    def streak(self, symbol: str, quote: Quote) -> tuple[int, int]:
        """Return for how many sessions, today's included, the price rose, and fell."""
        closes = [bar.close_krw for bar in self._of(symbol)] + [quote.last_krw]
        return _streak(closes, 1), _streak(closes, -1)

    def _of(self, symbol: str) -> list[DailyBar]:
        known = self._bars.get(symbol)
        if known is None:
            last = self._day.date - timedelta(days=1)
            known = list(self._day.daily_bars(symbol, last - _LOOK_BACK, last))
            self._bars[symbol] = known
        return known


def _streak(closes: Sequence[int], direction: int) -> int:
    length = 0
    for at in range(len(closes) - 1, 0, -1):
        if (closes[at] - closes[at - 1]) * direction <= 0:
            break
        length += 1
    return length
