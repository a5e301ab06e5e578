"""Data elements of REAL frames: trades (0B), best quotes (0C), books (0D), auctions (0H), VI (1h).

Pure. FIDs and signs: kiwoom_rest.md §5, and captured 0B frames for what the reference leaves out
(`1315` and `1316` are " 0" where they are none, `1313` is thousands of KRW, `30` and `1032` carry
the sign of the side that is ahead). A figure that no day holds is blank.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from broker_sim.exchange.day import Feed
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.quote import Quote
from broker_sim.exchange.volatility import ViRow
from broker_sim.kis.numbers import hhmmss, percent, sign
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.yearly import Yearly
from broker_sim.kiwoom.items import NAMES
from broker_sim.kiwoom.numbers import signed, signed_percent, signed_price
from kis_core.clock import second_of_day
from kis_core.market.events import Book, Venue

LEVELS = 10
MILLION, HUNDRED_MILLION = 10**6, 10**8
COST_RATE = 0.00231  # FID 32 of captured frames, of the price; the next four likewise
CFD_MARGIN, CFD_KEEP, CFD_COST, LOAN_COST = 0.40, 0.32, 0.005021, 0.004016
_NONE = " 0"  # 1315 and 1316 where the other side was the aggressor
_encode = msgspec.json.Encoder().encode

Values = dict[str, str]


def frame(elements: Sequence[bytes]) -> bytes:
    """Return a REAL frame of elements, in order."""
    return b'{"data":[' + b",".join(elements) + b'],"trnm":"REAL"}'


def element(kind: str, item: str, values: Mapping[str, str]) -> bytes:
    """Return one element."""
    return _encode({"values": values, "type": kind, "name": NAMES[kind], "item": item})


@dataclass(slots=True)
class _Marks:
    """When an issue opened and made its high and low, print by print."""

    next_index: int = -1
    open_at: str = ""
    high: tuple[int, str] = (0, "")
    low: tuple[int, str] = (0, "")


class Elements:
    """Builds the values of one feed's elements."""

    def __init__(self, exchange: Exchange, tapes: Tapes, yearly: Yearly, feed: Feed) -> None:
        self._exchange = exchange
        self._tapes = tapes
        self._yearly = yearly
        self._feed: Feed = feed
        self._marks: dict[str, _Marks] = {}
        self._sizes: dict[str, tuple[Mapping[int, int], Mapping[int, int]]] = {}

    def trade(self, p: Printed, venue: Venue) -> Values:
        """Return the values of a trade. `venue` is where it printed."""
        instrument = self._exchange.day.instruments[p.symbol]
        base, price = instrument.base_krw, p.price_krw
        marks = self._marks_of(p)
        before = self._yearly.yesterday(p.symbol) if self._feed == "KRX" else None
        bought, sold = p.aggressor == 1, p.aggressor == -1
        worth = price * p.volume // 1000
        traded = p.buy_volume + p.sell_volume
        shares = instrument.listed_shares
        side = {1: "+", -1: "-", 0: ""}[p.aggressor]
        same_time = 0
        if self._feed == "KRX":
            same_time = self._tapes.yesterday_volume(p.symbol, second_of_day(p.at_ns))
        of_yesterday = percent(p.cum_volume, before.volume) if before and before.volume else ""
        ahead = "-" if before and p.cum_volume < before.volume else "+"
        ratio = percent(p.buy_volume, traded)
        return {
            "20": hhmmss(p.at_ns),
            "10": signed_price(price, base),
            "11": signed(price - base),
            "12": signed_percent(price, base),
            "27": signed_price(p.ask_krw, base),
            "28": signed_price(p.bid_krw, base),
            "15": f"{side}{p.volume}",
            "13": str(p.cum_volume),
            "14": str(p.cum_value_krw // MILLION),
            "16": signed_price(p.open_krw, base),
            "17": signed_price(p.high_krw, base),
            "18": signed_price(p.low_krw, base),
            "25": sign(price, base, instrument.lower_krw, instrument.upper_krw),
            "26": signed(p.cum_volume - before.volume) if before else "",
            "29": _value_change(p, before.value_krw if before else None),
            "30": ahead + of_yesterday if of_yesterday else "",
            "31": percent(p.cum_volume, shares) if shares else "",
            "32": str(int(price * COST_RATE)),
            "228": percent(p.buy_volume, p.sell_volume),
            "311": str(price * shares // HUNDRED_MILLION) if shares else "",
            "290": self._session(p),
            "691": "0",
            "567": "000000",
            "568": "000000",
            "851": str(p.cum_volume * 10_000 // same_time) if same_time else "0",
            "1890": marks.open_at,
            "1891": marks.high[1],
            "1892": marks.low[1],
            "1030": str(p.sell_volume),
            "1031": str(p.buy_volume),
            "1032": ("-" if p.buy_volume < p.sell_volume else "+") + ratio,
            "1071": str(p.sell_count),
            "1072": str(p.buy_count),
            "1313": f"{side}{worth}",
            "1315": f"-{p.volume}" if sold else _NONE,
            "1316": f"+{p.volume}" if bought else _NONE,
            "1314": f"{side}{p.volume}" if side else "0",
            "1497": str(int(price * CFD_MARGIN)),
            "1498": str(int(price * CFD_KEEP)),
            "620": str(p.cum_value_krw // p.cum_volume),
            "732": str(int(price * CFD_COST)),
            "852": str(int(price * LOAN_COST)),
            "9081": venue,
        }

    @staticmethod
    def best(quote: Quote) -> Values:
        """Return the values of a best quote."""
        book, base = quote.book, quote.base_krw
        return {
            "27": signed_price(book.asks[0][0] if book.asks else None, base),
            "28": signed_price(book.bids[0][0] if book.bids else None, base),
        }

    def book(self, quote: Quote, at_ns: int) -> Values:
        """Return the values of a ten-level book."""
        book, base = quote.book, quote.base_krw
        asks = (*book.asks, *((0, 0),) * (LEVELS - len(book.asks)))
        bids = (*book.bids, *((0, 0),) * (LEVELS - len(book.bids)))
        were_asked, were_bid = self._sizes.get(quote.symbol, (dict(book.asks), dict(book.bids)))
        self._sizes[quote.symbol] = (dict(book.asks), dict(book.bids))
        asked, bid = sum(dict(book.asks).values()), sum(dict(book.bids).values())
        asked_before, bid_before = sum(were_asked.values()), sum(were_bid.values())
        values: Values = {"21": hhmmss(at_ns), "13": str(quote.cum_volume)}
        for at, (price, shares) in enumerate(asks):
            values[str(41 + at)] = signed_price(price, base)
            values[str(61 + at)] = str(shares)
            values[str(81 + at)] = signed(shares - were_asked.get(price, 0) if price else 0)
        for at, (price, shares) in enumerate(bids):
            values[str(51 + at)] = signed_price(price, base)
            values[str(71 + at)] = str(shares)
            values[str(91 + at)] = signed(shares - were_bid.get(price, 0) if price else 0)
        expected = book.expected_krw if book.in_auction else None
        met = (book.expected_volume or 0) if expected else 0
        change = expected - base if expected else 0
        direction = sign(expected, base, quote.lower_krw, quote.upper_krw) if expected else "3"
        values |= {
            "121": str(asked),
            "122": signed(asked - asked_before),
            "125": str(bid),
            "126": signed(bid - bid_before),
            "23": signed_price(expected, base),
            "24": str(met),
            "128": signed(bid - asked),
            "129": percent(bid, asked),
            "138": signed(asked - bid),
            "139": percent(asked, bid),
            "200": signed(change),
            "201": signed_percent(expected, base) if expected else "0.00",
            "238": direction,
            "291": signed_price(expected, base),
            "292": str(met),
            "293": direction,
            "294": signed(change),
            "295": signed_percent(expected, base) if expected else "0.00",
            "299": "0.00",
            "215": "0" if book.in_auction else "2",
            "216": "",
        }
        return values | self._lenders() | self._by_venue(book)

    def expected(self, quote: Quote, at_ns: int) -> Values:
        """Return the values of an auction's expected execution."""
        book, base = quote.book, quote.base_krw
        price = book.expected_krw or 0
        return {
            "20": hhmmss(at_ns),
            "10": signed_price(price, base),
            "11": signed(price - base),
            "12": signed_percent(price, base),
            "15": signed(book.expected_volume or 0),
            "13": str(quote.cum_volume),
            "25": sign(price, base, quote.lower_krw, quote.upper_krw),
        }

    def interruption(self, row: ViRow, count: int, *, released: bool) -> Values:
        """Return the values of a volatility interruption that began, or ended."""
        instrument = self._exchange.day.instruments[row.symbol]
        quote = self._exchange.quote(row.symbol, self._feed)
        static = row.kind == "static"
        gap = signed_percent(row.price_krw, row.reference_krw)
        reference = signed_price(row.reference_krw, instrument.base_krw)
        return {
            "9001": row.symbol,
            "302": instrument.name,
            "13": str(quote.cum_volume),
            "14": str(quote.cum_value_krw // MILLION),
            "9068": "2" if released else "1",
            "9008": "101" if instrument.market == "KOSDAQ" else "001",
            "9075": "0",
            "1221": signed_price(row.price_krw, instrument.base_krw),
            "1223": hhmmss(row.start_ns),
            "1224": hhmmss(row.end_ns) if row.end_ns is not None and released else "000000",
            "1225": "정적" if static else "동적",
            "1236": reference if static else "0",
            "1237": "0" if static else reference,
            "1238": gap if static else "0.00",
            "1239": "0.00" if static else gap,
            "1489": signed_percent(row.price_krw, instrument.base_krw),
            "1490": str(count),
            "9069": "1" if row.price_krw >= row.reference_krw else "2",
            "1279": "",
        }

    def _session(self, p: Printed) -> str:
        venue = self._exchange.venue
        if p.at_ns < venue.open_ns:
            return "1"
        return "3" if p.at_ns >= venue.expiry_ns else "2"

    @staticmethod
    def _lenders() -> Values:
        """Liquidity providers: of ETFs alone, of which no day holds any."""
        return {str(fid): "0" for fid in (*range(621, 631), *range(631, 641))}

    def _by_venue(self, book: Book) -> Values:
        """Whose sizes the levels are: 6044… KRX's, 6066… NXT's; and the prices between quotes."""
        symbol, exchange = book.symbol, self._exchange
        books: dict[str, Book | None] = {"KRX": None, "NXT": None}
        if self._feed == "UN":
            books = {venue: exchange.book(symbol, venue) for venue in ("KRX", "NXT")}
        else:
            books[self._feed] = book
        values: Values = {}
        for venue, first in (("KRX", 6044), ("NXT", 6066)):
            own = books[venue]
            for side, start in (("asks", first), ("bids", first + LEVELS)):
                levels = getattr(book, side)
                sizes = dict(getattr(own, side)) if own is not None else {}
                told = [sizes.get(price, 0) for price, _ in levels]
                told += [0] * (LEVELS - len(told))
                values |= {str(start + at): str(shares) for at, shares in enumerate(told)}
                total = str(sum(told))
                values[str(first + 2 * LEVELS + (side == "bids"))] = total
        for venue, fid in (("KRX", 6102), ("NXT", 6107)):
            told_here = self._feed in (venue, "UN")
            middle = exchange.middle(symbol, "NXT" if venue == "NXT" else "KRX")
            values[str(fid)] = str(middle[0]) if told_here else "0"
        return values

    def _marks_of(self, p: Printed) -> _Marks:
        """Return when the day's open, high and low were made, this print among them."""
        marks = self._marks.setdefault(p.symbol, _Marks())
        at = hhmmss(p.at_ns)
        if p.index != marks.next_index:  # nobody listened: the tape says
            tape = self._exchange.tape(p.symbol, self._feed)
            prices = tape.price_krw[: p.index + 1]
            high, low = int(np.argmax(prices)), int(np.argmin(prices))
            marks.open_at = hhmmss(int(tape.at_ns[0]))
            marks.high = (p.high_krw, hhmmss(int(tape.at_ns[high])))
            marks.low = (p.low_krw, hhmmss(int(tape.at_ns[low])))
        if p.high_krw != marks.high[0]:
            marks.high = (p.high_krw, at)
        if p.low_krw != marks.low[0]:
            marks.low = (p.low_krw, at)
        marks.next_index = p.index + 1
        return marks


def _value_change(p: Printed, yesterday_krw: int | None) -> str:
    return "" if yesterday_krw is None else signed(p.cum_value_krw - yesterday_krw)
