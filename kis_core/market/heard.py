"""What is heard of one symbol today: last price, quote, VWAP, minutes, who presses, VI.

Advanced in place by the fold that owns it. Every price carries the time it is from, and minutes in
which shares went by unheard are a hole that stays unknown until history has filled it.
"""

from dataclasses import dataclass, field

from kis_core.market.bars import MissedShares, aggregated
from kis_core.market.baselines import relative_volume
from kis_core.market.events import Bar, Trade
from kis_core.market.imbalance import Imbalance
from kis_core.market.indicators import RollingATR
from kis_core.market.instants import MINUTE_NS, SECOND_NS, minute_start_ns
from kis_core.market.vwap import SessionVwap

GRACE_NS = SECOND_NS
"""How long after a minute's end its last trades may still be on their way."""


@dataclass(slots=True)
class Heard:
    """One symbol's day so far. Prices in KRW; `*_ns` are instants."""

    imbalance: Imbalance
    vwap: SessionVwap = field(default_factory=SessionVwap)
    price_krw: int | None = None
    price_ns: int = 0  # when the exchange made it, or when REST told it
    ask_krw: int | None = None
    bid_krw: int | None = None
    halted: bool = False
    in_auction: bool = False
    vi_reference_krw: int | None = None
    vi_until_ns: int = 0
    bars: dict[int, Bar] = field(default_factory=dict)  # by start, completed minutes
    heard: bool = False  # a trade has come over the line today
    hole: tuple[int, int] | None = None  # starts of the first and last minute not known whole
    hole_asked: tuple[int, int] = (0, 0)
    quote_asked_ns: int = 0
    by_quote: bool = False  # the price is REST's, not the line's

    def on_trade(self, trade: Trade, window: tuple[int, int], vi_s: int) -> bool:
        """Take a trade; return whether a VI auction was seen to begin.

        `window` is where the day trades continuously: an auction print inside it is a VI, which
        counts for `vi_s` seconds from its newest sign on.
        """
        if trade.at_ns >= self.price_ns:
            self.price_krw = trade.price_krw
            self.price_ns = trade.at_ns
            self.by_quote = False
            self.ask_krw = trade.ask_krw
            self.bid_krw = trade.bid_krw
            self.halted = trade.halted
            if trade.vi_reference_krw:
                self.vi_reference_krw = trade.vi_reference_krw
        self.heard = True
        self.vwap.on_trade(trade)
        self.imbalance.on_trade(trade)
        return self.on_auction(trade.in_auction, trade.at_ns, window, vi_s)

    def on_auction(self, in_auction: bool, at_ns: int, window: tuple[int, int], vi_s: int) -> bool:
        """Take the session code; return whether a VI auction was seen to begin.

        A reference price that is heard for the first time says nothing: only the code does.
        """
        began = False
        if in_auction and window[0] <= at_ns < window[1]:
            began = not self.in_auction
            self.vi_until_ns = max(self.vi_until_ns, at_ns + vi_s * SECOND_NS)
        self.in_auction = in_auction
        return began

    def on_quote(self, price_krw: int, at_ns: int) -> None:
        """Take a price from REST. It says nothing about ask and bid."""
        if at_ns > self.price_ns:
            self.price_krw = price_krw
            self.price_ns = at_ns
            self.by_quote = True
            self.ask_krw = self.bid_krw = None

    def on_missed(self, missed: MissedShares, known_to_ns: int) -> None:
        """Note the minutes in which shares went by unheard; before `known_to_ns` all is known."""
        after = known_to_ns if missed.after_ns is None else missed.after_ns
        first, last = minute_start_ns(max(after, known_to_ns)), minute_start_ns(missed.at_ns)
        if last < known_to_ns:
            return
        if self.hole:
            first, last = min(first, self.hole[0]), max(last, self.hole[1])
        self.hole = (first, last)

    def on_history(self, bars: list[Bar], first_ns: int, last_ns: int) -> None:
        """Take minutes from history: all there is from `first_ns` to `last_ns`."""
        for bar in bars:
            if first_ns <= bar.start_ns <= last_ns:
                self.bars[bar.start_ns] = bar
        self.bars = dict(sorted(self.bars.items()))
        if self.hole and first_ns <= self.hole[0]:
            left = (max(self.hole[0], last_ns + MINUTE_NS), self.hole[1])
            self.hole = left if left[0] <= left[1] else None

    def age_s(self, now_ns: int) -> float | None:
        """Return how old the price is, in seconds; None without one."""
        return None if self.price_krw is None else (now_ns - self.price_ns) / SECOND_NS

    def fresh(self, now_ns: int, stale_s: float) -> bool:
        """Whether the price is young enough to act upon."""
        return self.price_krw is not None and now_ns - self.price_ns <= stale_s * SECOND_NS

    @property
    def spread_krw(self) -> int | None:
        """Ask less bid; None unless both are known."""
        if self.ask_krw is None or self.bid_krw is None:
            return None
        return self.ask_krw - self.bid_krw

    @property
    def spread(self) -> float | None:
        """The spread as a share of the mid; None unless both sides are known."""
        if self.ask_krw is None or self.bid_krw is None:
            return None
        return 2 * (self.ask_krw - self.bid_krw) / (self.ask_krw + self.bid_krw)

    def last_minute(self, now_ns: int) -> Bar | None:
        """Return the last completed minute; None where it is unknown, or nothing traded in it."""
        last = minute_start_ns(now_ns - GRACE_NS) - MINUTE_NS
        return None if self.in_hole(last) else self.bars.get(last)

    def in_hole(self, start_ns: int) -> bool:
        """Whether a minute is one of which not everything is known."""
        return self.hole is not None and self.hole[0] <= start_ns <= self.hole[1]

    def rvol(self, now_ns: int, usual: float | None) -> float | None:
        """Return the last completed minute's volume over its usual one; None where unknown."""
        last = minute_start_ns(now_ns - GRACE_NS) - MINUTE_NS
        if usual is None or self.in_hole(last):
            return None
        bar = self.bars.get(last)
        if bar is None and not self.heard:
            return None
        return relative_volume(bar.volume if bar else 0, usual)  # heard, and nothing traded

    def atr_krw(self, minutes: int) -> float | None:
        """Return the mean of the last true ranges of one-minute bars, in KRW."""
        atr = RollingATR(minutes)
        for bar in self.bars.values():
            atr.add(bar)
        return atr.value

    def last_5m_value_krw(self, now_ns: int) -> float | None:
        """Return close × shares of the last completed five-minute bar; None where unknown."""
        end = minute_start_ns(now_ns - GRACE_NS)
        end -= end % (5 * MINUTE_NS)
        first = end - 5 * MINUTE_NS
        if self.hole and self.hole[0] < end and self.hole[1] >= first:
            return None
        parts = [bar for bar in self.bars.values() if first <= bar.start_ns < end]
        if not parts:
            return None
        whole = aggregated(parts, 5)[-1]
        return float(whole.close_krw * whole.volume)
