"""What a year of daily bars says of today: yesterday, highs and lows. Pure; kept per symbol."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from broker_sim.exchange.day import DaySource
from broker_sim.exchange.quote import Quote
from broker_sim.kis.numbers import change_percent, percent
from broker_sim.kis.replies import Fields
from kis_core.market.events import DailyBar

SESSIONS_250 = 250


@dataclass(frozen=True, slots=True)
class Extreme:
    """A price and the day it was made. No price: the year is unknown, and today stands for it."""

    price_krw: int | None
    date: str  # YYYYMMDD


@dataclass(frozen=True, slots=True)
class Span:
    """The highest high and the lowest low of some past days."""

    high: Extreme
    low: Extreme


class Yearly:
    """The past year of every symbol, read once."""

    def __init__(self, day: DaySource) -> None:
        self._day = day
        self._bars: dict[str, list[DailyBar]] = {}
        self._spans: dict[str, tuple[Span, Span, Span]] = {}

    def yesterday(self, symbol: str) -> DailyBar | None:
        """Return the bar of the session before, or None when nothing is known of it."""
        bars = self._year(symbol)
        return bars[-1] if bars else None

    def yesterday_volume(self, symbol: str) -> int:
        """Return the shares traded in the session before, 0 when unknown."""
        bar = self.yesterday(symbol)
        return bar.volume if bar else 0

    def price_fields(self, symbol: str, quote: Quote) -> Fields:
        """Return the extremes of 250 sessions, of this year and of 52 weeks, today included."""
        today = f"{self._day.date:%Y%m%d}"
        d250, dryy, w52 = self._extremes(symbol)
        fields: Fields = {
            "prdy_vrss_vol_rate": percent(quote.cum_volume, self.yesterday_volume(symbol)),
            "new_hgpr_lwpr_cls_code": "",
        }
        for prefix, span in (("d250", d250), ("stck_dryy", dryy), ("w52", w52)):
            high = _with_today(span.high, quote.high_krw or quote.last_krw, today, max)
            low = _with_today(span.low, quote.low_krw or quote.last_krw, today, min)
            bare = prefix.removeprefix("stck_")
            rate = "ctrt" if prefix == "w52" else "rate"
            for word, extreme in (("hgpr", high), ("lwpr", low)):
                price_krw = extreme.price_krw or quote.last_krw
                fields[f"{prefix}_{word}"] = str(price_krw)
                fields[f"{bare}_{word}_date"] = extreme.date
                fields[f"{bare}_{word}_vrss_prpr_{rate}"] = change_percent(
                    quote.last_krw, price_krw
                )
        return fields

    def _year(self, symbol: str) -> list[DailyBar]:
        known = self._bars.get(symbol)
        if known is None:
            last = self._day.date - timedelta(days=1)
            known = self._day.daily_bars(symbol, last - timedelta(days=380), last)
            self._bars[symbol] = known
        return known

    def _extremes(self, symbol: str) -> tuple[Span, Span, Span]:
        known = self._spans.get(symbol)
        if known is None:
            bars = self._year(symbol)
            day = self._day.date
            new_year = date(day.year, 1, 1).isoformat()
            weeks_52 = (day - timedelta(weeks=52)).isoformat()
            known = self._spans[symbol] = (
                _span(bars[-SESSIONS_250:]),
                _span([bar for bar in bars if bar.date >= new_year]),
                _span([bar for bar in bars if bar.date >= weeks_52]),
            )
        return known


def _span(bars: Sequence[DailyBar]) -> Span:
    if not bars:
        return Span(Extreme(None, ""), Extreme(None, ""))
    high = max(bars, key=lambda bar: bar.high_krw)
    low = min(bars, key=lambda bar: bar.low_krw)
    return Span(
        Extreme(high.high_krw, high.date.replace("-", "")),
        Extreme(low.low_krw, low.date.replace("-", "")),
    )


def _with_today(
    past: Extreme, price_krw: int, today: str, pick: Callable[[int, int], int]
) -> Extreme:
    if past.price_krw is None or pick(past.price_krw, price_krw) != past.price_krw:
        return Extreme(price_krw, today)
    return past
