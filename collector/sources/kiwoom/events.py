"""Kiwoom's elements as the house's events. Pure.

Laws: an event's time is the trading date's, with the hour its element tells (a second fine), and
never the clock's; prices and sizes are read without their signs, which are kept beside them; what
Kiwoom says of the session and of the exchange is kept as it stands. An element that cannot be read
raises an error that names the FID, the item and the text, and takes nothing else down with it.

0B and 0D have no sequence number. What is missing between two trades shows in the day's volume,
which `collector.quality` follows, as it does for every source.
"""

from collections.abc import Callable, Sequence
from datetime import date
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from collector.sources.kiwoom import fids
from collector.sources.kiwoom.fids import FidError, Sign
from collector.sources.kiwoom.frames import Element, Known
from collector.sources.kiwoom.sessions import SAID, agrees, in_auction
from kis_core.errors import FrameError
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Book, BookLevel, Market, Trade, Venue
from kis_core.market.instants import DAY_NS, midnight_ns, minute_start_ns
from kis_core.market.sessions import BarSession, bar_session
from kis_core.market.symbols import is_symbol

NXT_SUFFIX, BOTH_SUFFIX = "_NX", "_AL"
MILLION = 1_000_000
_REMEMBERED_MAX = 100_000


class Print(msgspec.Struct, frozen=True, tag="kiwoom_trade"):
    """A trade (0B). `trade.cum_value_krw` is a whole number of million KRW, as Kiwoom cuts it.

    `trade.in_auction` is the timetable's: an interruption of one issue is not told in 0B, and
    whether it is halted is not, either.
    """

    trade: Trade
    item: str
    session: BarSession  # by venue, time and calendar
    price_sign: Sign  # direction against the previous close
    session_said: str  # FID 290
    exchange_said: str  # FID 9081


class Depth(msgspec.Struct, frozen=True, tag="kiwoom_book"):
    """A ten-level book (0D)."""

    book: Book
    item: str
    session: BarSession
    cum_volume: int | None  # shares today
    texts: tuple[str, ...]  # FIDs 41, 61, 42 … 50, 70, 51, 71 … 60, 80, 13 as they came

    @property
    def ask_signs(self) -> tuple[Sign, ...]:
        """The direction of each ask price against the previous close, best first."""
        return tuple(fids.sign_of(text) for text in self.texts[0 : 2 * fids.LEVELS : 2])

    @property
    def bid_signs(self) -> tuple[Sign, ...]:
        """... of each bid price."""
        return tuple(fids.sign_of(text) for text in self.texts[2 * fids.LEVELS : -1 : 2])


class BestQuote(msgspec.Struct, frozen=True, tag="kiwoom_quote"):
    """The best ask and bid (0C). It has no sizes and no time of its own."""

    symbol: str
    venue: Market
    arrived_ns: int
    item: str
    ask_krw: int | None
    bid_krw: int | None
    ask_sign: Sign
    bid_sign: Sign


class MarketTime(msgspec.Struct, frozen=True, tag="kiwoom_time"):
    """What the market is about to do, or has done (0s). `state` is FID 215 as it is."""

    at_ns: int | None
    arrived_ns: int
    state: str
    remaining: str


class Interruption(msgspec.Struct, frozen=True, tag="kiwoom_vi"):
    """A volatility interruption began or ended (1h). Codes are Kiwoom's own."""

    symbol: str
    venue: Market
    arrived_ns: int
    item: str
    trigger_krw: int | None
    triggered_ns: int | None
    released_ns: int | None
    kind: str  # FID 1225: static, dynamic, both
    activation: str  # FID 9068
    direction: str  # FID 9069

    @property
    def lasts(self) -> bool:
        """Whether it goes on: no time of release is told, or one before it began."""
        began_ns, over_ns = self.triggered_ns, self.released_ns
        return over_ns is None or (began_ns is not None and over_ns < began_ns)


class Untold(msgspec.Struct, frozen=True, tag="kiwoom_other"):
    """An element of a type that we do not interpret; the tape has it whole."""

    real_type: str
    item: str


Event = Print | Depth | BestQuote | MarketTime | Interruption | Untold


def item_of(symbol: str, venue: Market) -> str:
    """Return the item under which Kiwoom knows a symbol's trading on a venue."""
    return symbol + {"KRX": "", "NXT": NXT_SUFFIX, "UN": BOTH_SUFFIX}[venue]


def parse_item(item: str) -> tuple[str, Market]:
    """Return the symbol and the venue of an item, or raise FrameError."""
    symbol, venue = item, "KRX"
    if item.endswith(NXT_SUFFIX):
        symbol, venue = item.removesuffix(NXT_SUFFIX), "NXT"
    elif item.endswith(BOTH_SUFFIX):
        symbol, venue = item.removesuffix(BOTH_SUFFIX), "UN"
    if not is_symbol(symbol):
        raise FrameError("item: expected a symbol, with _NX or _AL or without", item)
    return symbol, venue  # type: ignore[return-value]


def _texts(*numbers: int) -> Callable[[Any], tuple[str, ...]]:
    getter: Callable[[Any], tuple[str, ...]] = attrgetter(*(f"f{number}" for number in numbers))
    return getter


_trade_texts = _texts(20, 290, 9081, 10, 15, 13, 14, 27, 28)
_ASKS = tuple(zip(fids.ASK_PRICES, fids.ASK_SIZES, strict=True))
_BIDS = tuple(zip(fids.BID_PRICES, fids.BID_SIZES, strict=True))
_LADDER = tuple(fid for level in (*_ASKS, *_BIDS) for fid in level)
_book_texts = _texts(*_LADDER, 13)
# JSON numbers, for that reader is the fastest there is. What it does not take, a text without its
# zero-padding or an empty one, is read with care.
_Figure = Annotated[int, msgspec.Meta(ge=0, le=10**18)]
_figures = msgspec.json.Decoder(list[_Figure]).decode
_Levels = tuple[tuple[_Figure, _Figure], ...]
_levels = msgspec.json.Decoder(tuple[_Levels, _Levels, _Figure]).decode
_SIDE = "[" + ",".join(["[%s,%s]"] * fids.LEVELS) + "]"
_AS_LEVELS = f"[{_SIDE},{_SIDE},%s]"
_Moment = tuple[int, BarSession, bool]  # at_ns, session, whether an auction is on


class Reader:
    """Reads the elements that arrive on one calendar day."""

    def __init__(self, day: date, calendar: TradingCalendar) -> None:
        self.day = day if calendar.is_session(day) else calendar.previous(day)
        self._before = calendar.previous(self.day)
        self._calendar = calendar
        self._items: dict[str, tuple[str, Market]] = {}
        self._moments: dict[Market, dict[str, _Moment]] = {"KRX": {}, "NXT": {}, "UN": {}}

    def parsed(self, item: str) -> tuple[str, Market]:
        """Return the symbol and the venue of an item, or raise FrameError."""
        return self._items.get(item) or self._item(item)

    def read(self, element: Known | Element, arrived_ns: int) -> Event:
        """Return what an element tells. Raises FrameError."""
        values = element.values
        if type(element) is Element:
            values = _Loose(element.values)
        kind = element.type
        if kind == fids.TRADE:
            return self.trade(element.item, values, arrived_ns)
        if kind == fids.BOOK:
            return self.book(element.item, values, arrived_ns)
        if kind == fids.QUOTE:
            return self._quote(element.item, values, arrived_ns)
        return self._other(kind, element.item, values, arrived_ns)

    def trade(self, item: str, values: Any, arrived_ns: int) -> Print:
        """Read 0B; `values` has a text under f10 and so on."""
        symbol, market = self._items.get(item) or self._item(item)
        hour, said, exchange, price, quantity, *sums = _trade_texts(values)
        venue: Market = market
        if market == "UN" and exchange == "NXT":
            venue = "NXT"  # whose timetable it is; the print stays one of the merged feed
        moment = self._moments[venue].get(hour) or self._moment(venue, "20", item, hour)
        at_ns, session, in_auction = moment
        if at_ns - arrived_ns > DAY_NS // 2:
            at_ns, session, in_auction = self._yesterday(venue, at_ns)
        read = _read(f",{price},{quantity},{sums[0]},{sums[1]},{sums[2]},{sums[3]}", 6)
        if read and read[0]:
            price_krw, shares, cum_volume, million, ask, bid = read
        else:
            figures = zip(("10", "15", "13", "14"), (price, quantity, *sums), strict=False)
            price_krw, shares, cum_volume, million = (
                _needed(fid, item, each) for fid, each in figures
            )
            if price_krw == 0:
                raise FidError("10", item, price, "a price")
            ask, bid = (
                fids.price(fid, item, each) or 0 for fid, each in (("27", sums[2]), ("28", sums[3]))
            )
        first = quantity[:1]
        aggressor: Sign = 1 if first == "+" else -1 if first == "-" else 0
        trade = Trade(
            symbol, market, at_ns, arrived_ns, price_krw, shares, cum_volume, million * MILLION,
            aggressor, ask or None, bid or None, in_auction, False, None,
        )  # fmt: skip
        return Print(trade, item, session, fids.sign_of(price), said, exchange)

    def book(self, item: str, values: Any, arrived_ns: int) -> Depth:
        """Read 0D; `values` likewise."""
        symbol, market = self._items.get(item) or self._item(item)
        hour = values.f21
        moment = self._moments[market].get(hour) or self._moment(market, "21", item, hour)
        at_ns, session, in_auction = moment
        if at_ns - arrived_ns > DAY_NS // 2:
            at_ns, session, in_auction = self._yesterday(market, at_ns)
        texts = _book_texts(values)
        asks, bids, cum_volume = _ladder(texts) or _ladder_with_care(item, texts)
        expected = shares = None
        if in_auction:
            expected = fids.price("23", item, values.f23)
            shares = fids.count("24", item, values.f24) if expected else None
        book = Book(symbol, market, at_ns, arrived_ns, asks, bids, expected, shares, in_auction)
        return Depth(book, item, session, cum_volume, texts)

    def _quote(self, item: str, values: Any, arrived_ns: int) -> BestQuote:
        symbol, market = self._items.get(item) or self._item(item)
        ask, bid = values.f27, values.f28
        return BestQuote(
            symbol, market, arrived_ns, item, fids.price("27", item, ask),
            fids.price("28", item, bid), fids.sign_of(ask), fids.sign_of(bid),
        )  # fmt: skip

    def _other(self, kind: str, item: str, values: Any, arrived_ns: int) -> Event:
        match kind:
            case fids.MARKET_TIME:
                at_ns = self._at("20", item, values.f20)
                return MarketTime(at_ns, arrived_ns, values.f215.strip(), values.f214.strip())
            case fids.VI:
                symbol, market = self._items.get(item) or self._item(item)
                return Interruption(
                    symbol, market, arrived_ns, item,
                    fids.price("1221", item, values.f1221),
                    self._at("1223", item, values.f1223), self._at("1224", item, values.f1224),
                    values.f1225.strip(), values.f9068.strip(), values.f9069.strip(),
                )  # fmt: skip
            case _:
                return Untold(kind, item)

    def _item(self, item: str) -> tuple[str, Market]:
        found = parse_item(item)
        if len(self._items) < _REMEMBERED_MAX:
            self._items[item] = found
        return found

    def _at(self, fid: str, item: str, hour: str) -> int | None:
        since_ns = fids.hour_ns(fid, item, hour)
        return None if since_ns is None else midnight_ns(self.day) + since_ns

    def _moment(self, market: Market, fid: str, item: str, hour: str) -> _Moment:
        at_ns = self._at(fid, item, hour)
        if at_ns is None:
            raise FidError(fid, item, hour, "a time, HHmmss")
        moment = self._placed(market, at_ns, self.day)
        self._moments[market][hour] = moment  # as many as a day has seconds, at most
        return moment

    def _yesterday(self, market: Market, at_ns: int) -> _Moment:
        """Return the moment of an hour that is of the evening before."""
        at_ns += midnight_ns(self._before) - midnight_ns(self.day)
        return self._placed(market, at_ns, self._before)

    def _placed(self, market: Market, at_ns: int, day: date) -> _Moment:
        venue: Venue = "NXT" if market == "NXT" else "KRX"
        session = bar_session(venue, minute_start_ns(at_ns), self._calendar)
        return at_ns, session, in_auction(venue, at_ns, day, self._calendar)

    def disagrees(self, told: Print) -> str | None:
        """Say it where Kiwoom's session (FID 290) is not that of the clock."""
        trade = told.trade
        if trade.venue == "UN":
            return None
        said = told.session_said
        if not said or told.session in SAID.get(said, ()):
            return None
        if agrees(said, trade.venue, trade.at_ns, self._calendar):
            return None
        return f"290 is {told.session_said[:8]!r} in session {told.session} of {trade.venue}"


class _Loose:
    """The values of the careful path, asked for as those of the fast one are."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> str:
        return self._values.get(name[1:], "")


def _read(text: str, count: int) -> list[int] | None:
    """Return the numbers of a text that sets a comma before each, without their signs.

    None where one of them is not as plain as nearly all are.
    """
    if "+-" in text:
        return None
    try:
        figures = _figures(f"[{text.replace(',+', ',').replace(',-', ',')[1:]}]")
    except msgspec.DecodeError:
        return None
    return figures if len(figures) == count else None


_Ladder = tuple[tuple[BookLevel, ...], tuple[BookLevel, ...], int | None]


def _ladder(texts: tuple[str, ...]) -> _Ladder | None:
    """Return both sides, ten levels each, and the day's volume; None where one is not plain."""
    text = _AS_LEVELS % texts
    if "+-" in text:
        return None
    text = text.replace("[+", "[").replace("[-", "[").replace("[,]", "[0,0]")
    try:
        asks, bids, cum_volume = _levels(text)
    except msgspec.DecodeError:
        return None
    if "[0," in text:
        asks, bids = _filled(asks), _filled(bids)
    return asks, bids, cum_volume


def _ladder_with_care(item: str, texts: tuple[str, ...]) -> _Ladder:
    read = [
        fids.count(str(fid), item, text) for fid, text in zip((*_LADDER, 13), texts, strict=True)
    ]
    asks, bids = (
        tuple(
            _level(item, read, texts, at)
            for at in range(first, first + 2 * fids.LEVELS, 2)
            if read[at]
        )
        for first in (0, 2 * fids.LEVELS)
    )
    return asks, bids, read[-1]


def _level(item: str, read: Sequence[int | None], texts: Sequence[str], at: int) -> tuple[int, int]:
    """Return the level whose price stands at `at`; a price without a size is no level."""
    price_krw, shares = read[at], read[at + 1]
    if price_krw is None or shares is None:
        raise FidError(str(_LADDER[at + 1]), item, texts[at + 1], "a size beside its price")
    return price_krw, shares


def _needed(fid: str, item: str, text: str) -> int:
    value = fids.count(fid, item, text)
    if value is None:
        raise FidError(fid, item, text, "a number")
    return value


def _filled(levels: tuple[BookLevel, ...]) -> tuple[BookLevel, ...]:
    return tuple(level for level in levels if level[0])
