"""H0STCNT0, H0NXCNT0 and H0UNCNT0: prints as records of 46 or 47 columns. Pure, and quick.

Everything a record says of the day agrees with the prints of its feed before it: running volume
and value, the average, the day's open, high and low and when they were made. What yesterday traded
is known of KRX alone. Source: kis_api.md §13.4, §13.8.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from broker_sim.exchange.day import Feed, Instrument
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.happenings import Printed
from broker_sim.kis.layouts import Layout, MarketClasses
from broker_sim.kis.numbers import hhmmss, sign
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.yearly import Yearly
from kis_core.market.events import Book

RECORDS_MAX = 20  # a frame, as observed
AGGRESSOR = {1: "1", -1: "5", 0: "3"}  # CCLD_DVSN
TR_IDS: dict[Feed, str] = {"KRX": "H0STCNT0", "NXT": "H0NXCNT0", "UN": "H0UNCNT0"}
_RECORD = (
    "%s^%s^%d^%s^%d^%.2f^%.2f^%d^%d^%d^%d^%d^%d^%d^%d^%d^%d^%d^%.2f^%d^%d^%s^%.2f^%.2f^"
    "%s^%s^%d^%s^%s^%d^%s^%s^%d^%s^%s^N^%d^%d^%d^%d^%.2f^%d^%.2f^%s^^%d"
)


@dataclass(slots=True)
class _Day:
    """What of a symbol's day the next record needs."""

    instrument: Instrument
    yesterday_volume: int
    next_index: int = -1
    open_at: str = ""
    high_krw: int = 0
    high_at: str = ""
    low_krw: int = 0
    low_at: str = ""
    reference_krw: int = 0  # of the static VI: the last price an auction made


def frame(records: Sequence[str]) -> str:
    """Return a plain frame of up to 20 records of KRX, end to end."""
    return f"0|H0STCNT0|{len(records):03d}|{'^'.join(records)}"


class TradeFrames:
    """Builds the records of one feed, symbol by symbol."""

    def __init__(
        self,
        exchange: Exchange,
        tapes: Tapes,
        yearly: Yearly,
        layout: Layout,
        feed: Feed = "KRX",
    ) -> None:
        self._exchange = exchange
        self._feed: Feed = feed
        self._opening_ns, self._closing_ns = exchange.venue.open_ns, exchange.venue.closing_ns
        self._close_ns = exchange.venue.expiry_ns
        self._tapes = tapes
        self._yearly = yearly
        self._date = f"{exchange.day.date:%Y%m%d}"
        self._classes = MarketClasses(exchange, feed) if layout is Layout.CURRENT else None
        self._days: dict[str, _Day] = {}
        # The official samples read one record a frame, and shift every column of a second one.
        self.records_max = 1 if layout is Layout.LEGACY else RECORDS_MAX

    def record(self, p: Printed, book: Book) -> str:
        """Return the record of one print. `book` gives the sizes waiting about that time."""
        at = hhmmss(p.at_ns)
        day = self._day_of(p, at)
        instrument = day.instrument
        price, base = p.price_krw, instrument.base_krw
        lower, upper = instrument.lower_krw, instrument.upper_krw
        seconds = int(at[:2]) * 3600 + int(at[2:4]) * 60 + int(at[4:])
        of_krx = self._feed == "KRX"
        same_time = self._tapes.yesterday_volume(p.symbol, seconds) if of_krx else 0
        ask, bid = p.ask_krw, p.bid_krw
        if self._feed == "UN":  # the best of both, and not of the print's venue
            ask, bid = book.asks[0][0] if book.asks else 0, book.bids[0][0] if book.bids else 0
        volume = p.cum_volume
        return _RECORD % (
            p.symbol,
            at,
            price,
            sign(price, base, lower, upper),
            price - base,
            (price - base) / base * 100,
            p.cum_value_krw / volume,
            p.open_krw,
            p.high_krw,
            p.low_krw,
            ask,
            bid,
            p.volume,
            volume,
            p.cum_value_krw,
            p.sell_count,
            p.buy_count,
            p.buy_count - p.sell_count,
            p.buy_volume / p.sell_volume * 100 if p.sell_volume else 0.0,
            p.sell_volume,
            p.buy_volume,
            AGGRESSOR[p.aggressor],
            p.buy_volume / volume,
            volume / day.yesterday_volume * 100 if day.yesterday_volume else 0.0,
            day.open_at,
            sign(price, p.open_krw),
            price - p.open_krw,
            day.high_at,
            sign(price, p.high_krw),
            price - p.high_krw,
            day.low_at,
            sign(price, p.low_krw),
            price - p.low_krw,
            self._date,
            self._operation(p),
            book.asks[0][1] if book.asks else 0,
            book.bids[0][1] if book.bids else 0,
            sum([shares for _, shares in book.asks]),
            sum([shares for _, shares in book.bids]),
            volume / instrument.listed_shares * 100 if instrument.listed_shares else 0.0,
            same_time,
            volume / same_time * 100 if same_time else 0.0,
            self._hour_class(p),
            day.reference_krw or instrument.base_krw,
        ) + (f"^{self._classes.at(p.at_ns)}" if self._classes is not None else "")

    def _operation(self, p: Printed) -> str:
        """NEW_MKOP_CLS_CODE: 1 before KRX opens, 2 its regular session, 3 after it closed."""
        if p.at_ns < self._opening_ns:
            return "10"
        if p.at_ns >= self._close_ns:
            return "30"
        return "21" if p.auction and p.at_ns >= self._closing_ns else "20"

    def _hour_class(self, p: Printed) -> str:
        """HOUR_CLS_CODE: C for the price of an interruption's auction, 0 for any other."""
        between = p.auction and p.index > 0 and self._opening_ns < p.at_ns < self._closing_ns
        return "C" if between else "0"

    def _day_of(self, p: Printed, at: str) -> _Day:
        """Return the symbol's day with this print in it."""
        day = self._days.get(p.symbol)
        if day is None:
            instrument = self._exchange.day.instruments[p.symbol]
            of_krx = self._feed == "KRX"
            volume = self._yearly.yesterday_volume(p.symbol) if of_krx else 0
            day = self._days[p.symbol] = _Day(instrument, volume)
        if p.index != day.next_index:
            self._look_back(day, p)
        else:
            if p.high_krw != day.high_krw:
                day.high_krw, day.high_at = p.high_krw, at
            if p.low_krw != day.low_krw:
                day.low_krw, day.low_at = p.low_krw, at
            if p.auction:
                day.reference_krw = p.price_krw
        day.next_index = p.index + 1
        return day

    def _look_back(self, day: _Day, p: Printed) -> None:
        """Read from the tape what happened while nobody listened to this symbol."""
        tape = self._exchange.tape(p.symbol, self._feed)
        prices = tape.price_krw[: p.index + 1]
        high, low = int(np.argmax(prices)), int(np.argmin(prices))
        day.open_at = hhmmss(int(tape.at_ns[0]))
        day.high_krw, day.high_at = int(prices[high]), hhmmss(int(tape.at_ns[high]))
        day.low_krw, day.low_at = int(prices[low]), hhmmss(int(tape.at_ns[low]))
        auctions = np.flatnonzero(tape.auction[: p.index + 1])
        day.reference_krw = int(prices[auctions[-1]]) if len(auctions) else 0
