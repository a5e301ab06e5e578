"""How wide real-time records are: KIS has appended columns twice. Pure.

legacy 46 trade and 59 book columns (documented), mid 46 and 62 (live frames of 2025 and 2026),
current 47 and 63 (since 2026-09-14: MARKET_CLS_CODE last). NXT's and the united books have 65
columns, the united one 66 since then. Sources: kis_api.md §13.8, §18; krx_market.md §3.1.
"""

from bisect import bisect_right
from datetime import date
from enum import StrEnum

from broker_sim.exchange.day import Feed
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.venue import Timetable
from kis_core.market.sessions import Phase

MID_FROM = date(2025, 1, 1)
CURRENT_FROM = date(2026, 9, 14)
PRE, REGULAR, AFTER, CLOSE = "1", "2", "3", "5"  # MARKET_CLS_CODE


class Layout(StrEnum):
    """Which columns a frame carries."""

    LEGACY = "legacy"
    MID = "mid"
    CURRENT = "current"

    @classmethod
    def of(cls, day: date) -> "Layout":
        """Return what KIS sent on a day."""
        if day >= CURRENT_FROM:
            return cls.CURRENT
        return cls.MID if day >= MID_FROM else cls.LEGACY


_NXT_CLASSES = {
    Phase.NXT_PRE: PRE,
    Phase.NXT_MAIN: REGULAR,
    Phase.NXT_AFTER_AUCTION: AFTER,
    Phase.NXT_AFTER: AFTER,
}


class MarketClasses:
    """MARKET_CLS_CODE of a feed by the time of day."""

    def __init__(self, exchange: Exchange, feed: Feed) -> None:
        krx = exchange.venue
        edges = {krx.open_ns: REGULAR, krx.expiry_ns: CLOSE}
        after = krx.plan.span(Phase.AFTER_MARKET)
        if after is not None:
            edges |= {after.start_ns: AFTER, after.end_ns: CLOSE}
        on_nxt = _nxt_edges(exchange.hours("NXT"))
        if feed == "NXT":
            edges = on_nxt
        elif feed == "UN" and on_nxt:  # NXT's sessions around KRX's regular one
            edges = {krx.open_ns: REGULAR, krx.expiry_ns: AFTER} | {
                at: code for at, code in on_nxt.items() if at < krx.open_ns or at > krx.expiry_ns
            }
        self._starts = sorted(edges)
        self._codes = [edges[start] for start in self._starts]

    def at(self, at_ns: int) -> str:
        """Return the class of an instant: before the first session it is the pre-market's."""
        row = bisect_right(self._starts, at_ns) - 1
        return self._codes[row] if row >= 0 else PRE


def _nxt_edges(hours: Timetable) -> dict[int, str]:
    spans = [span for span in hours.plan.spans if span.phase in _NXT_CLASSES]
    ends = {span.end_ns: CLOSE for span in spans}
    return ends | {span.start_ns: _NXT_CLASSES[span.phase] for span in spans}
