"""NXT and both venues together as real-time TRs: prints, books, expected prices. Pure.

H0NXCNT0 and H0UNCNT0, H0NXASP0 and H0UNASP0, H0NXANC0 and H0UNANC0. NXT's prints are made when
somebody registers, so each channel asks for those since it last told. Source: kis_api.md §13.8.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from broker_sim.exchange.day import Feed
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.happenings import Happening
from broker_sim.exchange.quote import Quote
from broker_sim.exchange.venue import Trading
from broker_sim.kis.book_frames import BookFrames, hour_class
from broker_sim.kis.channels import Told
from broker_sim.kis.layouts import Layout
from broker_sim.kis.numbers import change_percent, hhmmss, sign
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.trade_frames import TradeFrames
from broker_sim.kis.yearly import Yearly
from kis_core.market.events import Book
from kis_core.wire.tr_table import STREAMS

Heard = Mapping[str, Collection[str]]
TRADE_FEEDS: dict[str, Feed] = {"H0NXCNT0": "NXT", "H0UNCNT0": "UN"}
BOOK_FEEDS: dict[str, Feed] = {"H0NXASP0": "NXT", "H0UNASP0": "UN"}
EXPECTED_FEEDS: dict[str, Feed] = {"H0NXANC0": "NXT", "H0UNANC0": "UN"}


class VenueTrades:
    """Prints of NXT and of both venues."""

    def __init__(self, exchange: Exchange, tapes: Tapes, yearly: Yearly, layout: Layout) -> None:
        self.tr_ids: Collection[str] = tuple(TRADE_FEEDS)
        self._exchange = exchange
        self._frames = {
            tr_id: TradeFrames(exchange, tapes, yearly, layout, feed)
            for tr_id, feed in TRADE_FEEDS.items()
        }
        self._told_ns = exchange.now_ns

    def tell(self, now_ns: int, happenings: Sequence[Happening], heard: Heard) -> Iterable[Told]:
        """Return the prints since the last call, symbol by symbol."""
        after_ns, self._told_ns = self._told_ns, now_ns
        return list(self._told(after_ns, now_ns, heard))

    def _told(self, after_ns: int, now_ns: int, heard: Heard) -> Iterator[Told]:
        for tr_id, feed in TRADE_FEEDS.items():
            frames = self._frames[tr_id]
            for symbol in heard.get(tr_id, ()):
                if symbol not in self._exchange.day.instruments:
                    continue
                prints = self._exchange.printed(symbol, feed, after_ns, now_ns)
                if not prints:
                    continue
                book = self._exchange.book(symbol, feed)
                records = [frames.record(printed, book) for printed in prints]
                for first in range(0, len(records), frames.records_max):
                    some = records[first : first + frames.records_max]
                    yield Told(tr_id, symbol, "^".join(some), len(some))


class VenueBooks:
    """Books of NXT and of both venues: after each print, and when trading stops or goes on."""

    def __init__(self, exchange: Exchange, layout: Layout) -> None:
        self.tr_ids: Collection[str] = tuple(BOOK_FEEDS)
        self._exchange = exchange
        self._frames = {
            tr_id: BookFrames(exchange, layout, feed) for tr_id, feed in BOOK_FEEDS.items()
        }
        self._changes = _Changes(exchange)

    def tell(self, now_ns: int, happenings: Sequence[Happening], heard: Heard) -> Iterable[Told]:
        """Return the books that changed since the last call."""
        return [
            Told(tr_id, symbol, self._frames[tr_id].record(quote.book, now_ns, quote.cum_volume))
            for tr_id, symbol, quote in self._changes.quotes(now_ns, BOOK_FEEDS, heard)
        ]


class VenueExpected:
    """The price a call auction would make now, of NXT and of both venues."""

    def __init__(self, exchange: Exchange) -> None:
        self.tr_ids: Collection[str] = tuple(EXPECTED_FEEDS)
        self._exchange = exchange
        self._changes = _Changes(exchange)
        self._met: dict[tuple[str, str], int] = {}  # (TR, symbol): shares told last

    def tell(self, now_ns: int, happenings: Sequence[Happening], heard: Heard) -> Iterable[Told]:
        """Return the expected prices of the auctions that began, or moved, since the last call."""
        return [
            Told(tr_id, symbol, self._record(tr_id, quote, now_ns))
            for tr_id, symbol, quote in self._changes.quotes(now_ns, EXPECTED_FEEDS, heard)
            if quote.book.in_auction and quote.book.expected_krw
        ]

    def _record(self, tr_id: str, quote: Quote, now_ns: int) -> str:
        book, base = quote.book, quote.base_krw
        expected_krw, shares = book.expected_krw or 0, book.expected_volume or 0
        before = self._met.get((tr_id, quote.symbol), 0)
        self._met[tr_id, quote.symbol] = shares
        ask, bid = (side[0] if side else (0, 0) for side in (book.asks, book.bids))
        values: dict[str, object] = {
            "MKSC_SHRN_ISCD": quote.symbol,
            "STCK_CNTG_HOUR": hhmmss(now_ns),
            "STCK_PRPR": expected_krw,
            "PRDY_VRSS_SIGN": sign(expected_krw, base, quote.lower_krw, quote.upper_krw),
            "PRDY_VRSS": expected_krw - base,
            "PRDY_CTRT": change_percent(expected_krw, base),
            "STCK_OPRC": quote.open_krw or 0,
            "STCK_HGPR": quote.high_krw or 0,
            "STCK_LWPR": quote.low_krw or 0,
            "ASKP1": ask[0],
            "BIDP1": bid[0],
            "ASKP_RSQN1": ask[1],
            "BIDP_RSQN1": bid[1],
            "CNTG_VOL": shares - before,  # what came newly
            "ACML_VOL": shares,  # what would meet, as in KIS's own frames
            "ACML_TR_PBMN": shares * expected_krw,
            "CNTG_CLS_CODE": "3",
            "VI_STND_PRC": base,
            "BSOP_DATE": f"{self._exchange.day.date:%Y%m%d}",
            "TRHT_YN": "N",
            "TOTAL_ASKP_RSQN": _shares(book, "asks"),
            "TOTAL_BIDP_RSQN": _shares(book, "bids"),
            "HOUR_CLS_CODE": hour_class(self._exchange, book, now_ns),
        }
        return "^".join(str(values.get(name, "")) for name in STREAMS[tr_id].layouts[0])


class _Changes:
    """Which symbols' quotes changed since they were last asked for, TR by TR."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._asked_ns = exchange.now_ns
        self._states: dict[tuple[str, str], tuple[Trading, Trading]] = {}

    def quotes(
        self, now_ns: int, feeds: Mapping[str, Feed], heard: Heard
    ) -> Iterator[tuple[str, str, Quote]]:
        """Yield (TR, symbol, quote) of those that printed, stopped, went on or are new."""
        after_ns, self._asked_ns = self._asked_ns, now_ns
        exchange = self._exchange
        for tr_id, feed in feeds.items():
            for symbol in heard.get(tr_id, ()):
                if symbol not in exchange.day.instruments:
                    continue
                state = exchange.trading(symbol, "KRX"), exchange.trading(symbol, "NXT")
                same = self._states.get((tr_id, symbol)) == state
                if same and not exchange.printed(symbol, feed, after_ns, now_ns):
                    continue
                self._states[tr_id, symbol] = state
                yield tr_id, symbol, exchange.quote(symbol, feed)


def _shares(book: Book, side: str) -> int:
    return sum(shares for _, shares in (book.asks if side == "asks" else book.bids))
