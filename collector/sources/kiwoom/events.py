"""Kiwoom's elements as the house's events. Pure.

Laws: an event's time is the trading date's, with the hour its element tells (a second fine), and
never the clock's; prices and sizes are read without their signs, which are kept beside them; what
Kiwoom says of the session and of the exchange is kept as it stands. An element that cannot be read
raises an error that names the FID, the item and the text, and takes nothing else down with it.

0B and 0D have no sequence number. What is missing between two trades shows in the day's volume:
`Volumes` returns each jump, fall and repetition as a value.
"""

from collections.abc import Callable
from datetime import date
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec

from collector.sources.kiwoom import fids
from collector.sources.kiwoom.fids import FidError, Sign
from collector.sources.kiwoom.frames import BookElement, Element, QuoteElement, TradeElement
from collector.sources.kiwoom.sessions import SAID, VENUES, Session, VenueDay, venue_day
from kis_core.errors import FrameError
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Book, BookLevel, Market, Trade, Venue
from kis_core.market.instants import DAY_NS, midnight_ns
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
    session: Session  # by venue, time and calendar
    price_sign: Sign  # direction against the previous close
    session_said: str  # FID 290
    exchange_said: str  # FID 9081


class Depth(msgspec.Struct, frozen=True, tag="kiwoom_book"):
    """A ten-level book (0D)."""

    book: Book
    item: str
    session: Session
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


class Untold(msgspec.Struct, frozen=True, tag="kiwoom_other"):
    """An element of a type that we do not interpret; the tape has it whole."""

    real_type: str
    item: str


Event = Print | Depth | BestQuote | MarketTime | Interruption | Untold
FindingKind = Literal["volume_jump", "volume_short", "volume_fell", "repeated", "session_disagrees"]


class Finding(msgspec.Struct, frozen=True, tag="kiwoom_finding"):
    """Something wrong with what was heard: of which item, since when, and what it looked like."""

    kind: FindingKind
    symbol: str
    venue: Market
    at_ns: int
    arrived_ns: int
    shares: int  # missing in a jump, too few in a rise, taken back in a fall; else 0
    example: str


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
_Moment = tuple[int, Session, bool]  # at_ns, session, whether an auction is on


class Reader:
    """Reads the elements that arrive on one calendar day."""

    def __init__(self, day: date, calendar: TradingCalendar) -> None:
        self.day = day if calendar.is_session(day) else calendar.previous(day)
        before = calendar.previous(self.day)
        self._days: dict[Market, tuple[VenueDay, VenueDay]] = {
            venue: (venue_day(self.day, venue, calendar), venue_day(before, venue, calendar))
            for venue in VENUES
        }
        self._days["UN"] = self._days["KRX"]
        self._items: dict[str, tuple[str, Market]] = {}
        self._moments: dict[Market, dict[str, _Moment]] = {"KRX": {}, "NXT": {}, "UN": {}}

    def venue_day(self, venue: Venue) -> VenueDay:
        """Return the sessions of a venue on the trading date."""
        return self._days[venue][0]

    def read(
        self, element: TradeElement | QuoteElement | BookElement | Element, arrived_ns: int
    ) -> Event:
        """Return what an element tells. Raises FrameError."""
        match element:
            case TradeElement():
                return self.trade(element.item, element.values, arrived_ns)
            case BookElement():
                return self.book(element.item, element.values, arrived_ns)
            case QuoteElement():
                return self._quote(element.item, element.values, arrived_ns)
            case Element():
                return self._element(element, arrived_ns)

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
        if not asks[-1][0] or not bids[-1][0]:
            asks, bids = _filled(asks), _filled(bids)
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

    def _element(self, element: Element, arrived_ns: int) -> Event:
        item, values = element.item, _Loose(element.values)
        match element.type:
            case fids.TRADE:
                return self.trade(item, values, arrived_ns)
            case fids.BOOK:
                return self.book(item, values, arrived_ns)
            case fids.QUOTE:
                return self._quote(item, values, arrived_ns)
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
                return Untold(element.type, item)

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
        day = self._days[market][0]
        moment = (at_ns, day.session_at(at_ns), day.in_auction(at_ns))
        self._moments[market][hour] = moment  # as many as a day has seconds, at most
        return moment

    def _yesterday(self, market: Market, at_ns: int) -> _Moment:
        """Return the moment of an hour that is of the evening before."""
        before = self._days[market][1]
        at_ns += midnight_ns(before.date) - midnight_ns(self.day)
        return at_ns, before.session_at(at_ns), before.in_auction(at_ns)

    def disagrees(self, told: Print) -> Finding | None:
        """Return a finding where Kiwoom's session (FID 290) is not that of the clock."""
        trade = told.trade
        if trade.venue == "UN":
            return None
        said = told.session_said
        if not said or told.session in SAID.get(said, ()):
            return None
        if self._days[trade.venue][0].agrees(said, trade.at_ns):
            return None
        example = f"290 is {told.session_said[:8]!r} in session {told.session}"
        return _finding("session_disagrees", trade, 0, example)


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
    try:
        return _levels(text.replace("[+", "[").replace("[-", "["))
    except msgspec.DecodeError:
        return None


def _ladder_with_care(item: str, texts: tuple[str, ...]) -> _Ladder:
    read = [
        fids.count(str(fid), item, text) for fid, text in zip((*_LADDER, 13), texts, strict=True)
    ]
    figures = iter([figure or 0 for figure in read[:-1]])
    levels = tuple(zip(figures, figures, strict=True))
    return levels[: fids.LEVELS], levels[fids.LEVELS :], read[-1]


def _needed(fid: str, item: str, text: str) -> int:
    value = fids.count(fid, item, text)
    if value is None:
        raise FidError(fid, item, text, "a number")
    return value


def _filled(levels: tuple[BookLevel, ...]) -> tuple[BookLevel, ...]:
    return tuple(level for level in levels if level[0])


class Volumes:
    """The day's volume of each item, and what is wrong between two of its trades."""

    def __init__(self) -> None:
        self._known: dict[str, Trade] = {}

    def take(self, told: Print) -> Finding | None:
        """Take a trade; return what does not add up."""
        trade = told.trade
        before = self._known.get(told.item)
        self._known[told.item] = trade
        if before is None or trade.cum_volume - trade.volume == before.cum_volume:
            return None
        was, now = before.cum_volume, trade.cum_volume
        example = f"day's volume went from {was} to {now} with {trade.volume}"
        if now > was:
            missing = now - was - trade.volume
            kind: FindingKind = "volume_jump" if missing > 0 else "volume_short"
            return _finding(kind, trade, abs(missing), example)
        if _same(before, trade):
            return _finding("repeated", trade, 0, example)
        return _finding("volume_fell", trade, was - now, example)

    def forget(self, item: str) -> None:
        """What came last of an item is no longer what came just before: the line was lost."""
        self._known.pop(item, None)


def _same(one: Trade, other: Trade) -> bool:
    return (one.at_ns, one.cum_volume, one.price_krw, one.volume, one.aggressor) == (
        other.at_ns,
        other.cum_volume,
        other.price_krw,
        other.volume,
        other.aggressor,
    )


def _finding(kind: FindingKind, trade: Trade, shares: int, example: str) -> Finding:
    return Finding(kind, trade.symbol, trade.venue, trade.at_ns, trade.arrived_ns, shares, example)
