"""H0STASP0, H0NXASP0 and H0UNASP0: order books as records of 59 to 66 columns. Pure.

In an auction the expected price stands in ANTC_*; outside it that price is 0 and its change is
minus the base, as captured frames show. Source: kis_api.md §13.8.
"""

from broker_sim.exchange.day import Feed
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.layouts import Layout, MarketClasses
from broker_sim.kis.numbers import hhmmss, sign
from kis_core.market.events import Book, BookLevel

LEVELS = 10
TR_IDS: dict[Feed, str] = {"KRX": "H0STASP0", "NXT": "H0NXASP0", "UN": "H0UNASP0"}
ON_KRX, ON_NXT = 1, 2  # ANTC_EXCH_CLS_CODE
_EMPTY: BookLevel = (0, 0)


class BookFrames:
    """Builds the frames of one feed; remembers each symbol's last totals, whose changes a frame
    tells."""

    def __init__(self, exchange: Exchange, layout: Layout, feed: Feed = "KRX") -> None:
        self._exchange = exchange
        self._instruments = exchange.day.instruments
        self._layout = layout
        self._feed: Feed = feed
        self._classes = MarketClasses(exchange, feed)
        self._totals: dict[str, tuple[int, int]] = {}

    def frame(self, book: Book, at_ns: int, cum_volume: int) -> str:
        """Return the frame of one book at an instant. Book frames hold one record, always."""
        return f"0|{TR_IDS[self._feed]}|001|{self.record(book, at_ns, cum_volume)}"

    def record(self, book: Book, at_ns: int, cum_volume: int) -> str:
        """Return the record of one book at an instant."""
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
            hhmmss(at_ns),
            hour_class(self._exchange, book, at_ns),
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
        return "^".join(map(str, values + self._tail(book, at_ns)))

    def _tail(self, book: Book, at_ns: int) -> list[object]:
        """What was appended to the 59 columns: prices between the quotes, the market's class."""
        if self._feed == "KRX":
            if self._layout is Layout.LEGACY:
                return []
            current = self._layout is Layout.CURRENT
            return [*self._middle(book, "KRX"), *([self._classes.at(at_ns)] if current else [])]
        tail = [*self._middle(book, "KRX"), *self._middle(book, "NXT")]
        if self._feed == "UN" and self._layout is Layout.CURRENT:
            tail.append(ON_NXT if book.venue == "NXT" else ON_KRX)
        return tail

    def _middle(self, book: Book, venue: Feed) -> list[object]:
        """Price between a venue's best quotes, shares that wait there, and of which side: none
        is told."""
        if self._feed == "KRX":
            asks, bids = book.asks, book.bids
            return [(asks[0][0] + bids[0][0]) // 2 if asks and bids else 0, 0, 0]
        price_krw, shares = self._exchange.middle(book.symbol, "NXT" if venue == "NXT" else "KRX")
        return [price_krw, shares, 0]


def hour_class(exchange: Exchange, book: Book, at_ns: int) -> str:
    """Return HOUR_CLS_CODE: 0 continuous, A closing, B opening, C another auction."""
    if not book.in_auction:
        return "0"
    if at_ns < exchange.venue.open_ns:
        return "B"
    return "A" if at_ns >= exchange.venue.closing_ns else "C"
