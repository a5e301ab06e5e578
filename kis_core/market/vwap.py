"""Volume-weighted average prices: of a session, and of the days since an anchor.

Sums are kept in thirds of a KRW (a bar's typical price is a third of high + low + close), so they
are whole numbers and adding up step by step gives exactly what adding up at once gives.
"""

from collections.abc import Iterable

from kis_core.market.events import Bar, DailyBar, Market, Trade


class SessionVwap:
    """The VWAP of one symbol's day on one venue.

    The exchange's own cumulative value and shares are exact and replace whatever bars said; bars
    (typical price × shares) serve where no trade is heard. A bar that began before the newest
    exchange sum is in it, wholly or in part, and is not added again.
    """

    def __init__(self, venue: Market = "KRX") -> None:
        self._venue = venue
        self._value_thirds = 0
        self._shares = 0
        self._known_ns = 0  # up to here by the exchange's sums

    @property
    def krw(self) -> float | None:
        """The VWAP in KRW; None before the first share."""
        return _mean_krw(self._value_thirds, self._shares)

    @property
    def shares(self) -> int:
        """Shares in the average so far."""
        return self._shares

    def on_trade(self, trade: Trade) -> float | None:
        """Take the exchange's sums from a trade; return the VWAP. Older trades change nothing."""
        if trade.venue == self._venue:
            self.on_sums(trade.at_ns, trade.cum_volume, trade.cum_value_krw)
        return self.krw

    def on_sums(self, at_ns: int, cum_volume: int, cum_value_krw: int) -> float | None:
        """Take the exchange's sums of the day as of `at_ns`, from a quote; return the VWAP.

        Shares without a value, or a value without shares, are not known: they change nothing.
        """
        if at_ns >= self._known_ns and cum_volume > 0 and cum_value_krw > 0:
            self._known_ns = at_ns
            self._shares = cum_volume
            self._value_thirds = 3 * cum_value_krw
        return self.krw

    def on_bar(self, bar: Bar) -> float | None:
        """Add a completed bar that no exchange sum covers; return the VWAP. Bars come once each."""
        if bar.venue == self._venue and bar.start_ns >= self._known_ns:
            self._shares += bar.volume
            self._value_thirds += _thirds(bar)
        return self.krw


def bars_vwap_krw(bars: Iterable[Bar]) -> float | None:
    """Return the VWAP of bars by their typical prices, in KRW; None without a share."""
    shares = value_thirds = 0
    for bar in bars:
        shares += bar.volume
        value_thirds += _thirds(bar)
    return _mean_krw(value_thirds, shares)


class AnchoredVwap:
    """The VWAP of one symbol since an anchor day (YYYY-MM-DD), over daily typical prices."""

    def __init__(self, anchor: str) -> None:
        self.anchor = anchor
        self._value_thirds = 0
        self._shares = 0

    @property
    def krw(self) -> float | None:
        """The VWAP in KRW; None before the first share since the anchor."""
        return _mean_krw(self._value_thirds, self._shares)

    def on_day(self, day: DailyBar) -> float | None:
        """Add a completed day; return the VWAP. Days before the anchor change nothing."""
        if day.date >= self.anchor:
            self._shares += day.volume
            self._value_thirds += _thirds(day)
        return self.krw


def anchored_vwap_krw(days: Iterable[DailyBar], anchor: str) -> float | None:
    """Return the VWAP over the days from the anchor on, in KRW; None without a share."""
    vwap = AnchoredVwap(anchor)
    for day in days:
        vwap.on_day(day)
    return vwap.krw


def _thirds(bar: Bar | DailyBar) -> int:
    return (bar.high_krw + bar.low_krw + bar.close_krw) * bar.volume


def _mean_krw(value_thirds: int, shares: int) -> float | None:
    return value_thirds / (3 * shares) if shares else None
