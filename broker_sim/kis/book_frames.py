"""H0STASP0: order books as records of 59, 62 or 63 columns. Pure.

In an auction the expected price stands in ANTC_*; outside it that price is 0 and its change is
minus the base, as captured frames show. Source: kis_api.md §13.8.
"""

from broker_sim.exchange.day import DaySource
from broker_sim.kis.layouts import REGULAR_MARKET, Layout
from broker_sim.kis.numbers import hhmmss, sign
from kis_core.market.events import Book, BookLevel

LEVELS = 10
OPENING_UNTIL = "090000"
CLOSING_FROM = "152000"
_EMPTY: BookLevel = (0, 0)


class BookFrames:
    """Builds frames; remembers each symbol's last totals, whose changes a frame tells."""

    def __init__(self, day: DaySource, layout: Layout) -> None:
        self._instruments = day.instruments
        self._layout = layout
        self._totals: dict[str, tuple[int, int]] = {}

    def frame(self, book: Book, at_ns: int, cum_volume: int) -> str:
        """Return the frame of one book at an instant. Book frames hold one record, always."""
        at = hhmmss(at_ns)
        instrument = self._instruments[book.symbol]
        base = instrument.base_krw
        asks = (*book.asks, *(_EMPTY,) * (LEVELS - len(book.asks)))
        bids = (*book.bids, *(_EMPTY,) * (LEVELS - len(book.bids)))
        asked = sum([shares for _, shares in asks])
        bid = sum([shares for _, shares in bids])
        asked_before, bid_before = self._totals.get(book.symbol, (asked, bid))
        self._totals[book.symbol] = (asked, bid)
        expected = book.expected_krw or 0
        expected_volume = book.expected_volume or 0
        values = [
            book.symbol,
            at,
            _hour_class(book, at),
            *(price for price, _ in asks),
            *(price for price, _ in bids),
            *(shares for _, shares in asks),
            *(shares for _, shares in bids),
            asked,
            bid,
            0,  # after-hours
            0,
            expected,
            expected_volume,
            expected_volume,
            expected - base,
            sign(expected, base, instrument.lower_krw, instrument.upper_krw) if expected else 5,
            f"{(expected - base) / base * 100:.2f}",
            cum_volume,
            asked - asked_before,
            bid - bid_before,
            0,
            0,
            0,  # STCK_DEAL_CLS_CODE
        ]
        if self._layout is not Layout.LEGACY:
            middle = (asks[0][0] + bids[0][0]) // 2 if asks[0][0] and bids[0][0] else 0
            values += [middle, 0, 0]
        if self._layout is Layout.CURRENT:
            values.append(REGULAR_MARKET)
        return "0|H0STASP0|001|" + "^".join(map(str, values))


def _hour_class(book: Book, at: str) -> str:
    """Return HOUR_CLS_CODE: 0 continuous, A closing, B opening, C another auction."""
    if not book.in_auction:
        return "0"
    if at < OPENING_UNTIL:
        return "B"
    return "A" if at >= CLOSING_FROM else "C"
