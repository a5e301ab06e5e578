"""What the OMS hears: the last trade of each symbol it cares for, and its own order notices.

It listens to what is held or working (first in line for a registration) and to what a strategy has
lately asked about. A symbol nobody listens to is asked for over REST when an entry needs it; a
price that cannot be had in time is None, and the entry waits. A held symbol that has gone silent is
asked for too, as long as it has a stop to keep.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, Protocol

from kis_core.clock import SECOND_NS, Clock, kst
from kis_core.errors import KisError, UnknownSymbol
from kis_core.feed import Batch, Heard, NoticesState, Priority, Want, Wants
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book as OrderBook
from kis_core.market.events import Trade, Venue
from kis_core.wire.account import OrderType
from kis_core.wire.quotes.replies import PriceQuote
from oms.contract_quotes import as_trade
from oms.core import hours
from oms.core import records as r
from oms.core.order import Order
from oms.core.timetable import takes_orders
from oms.core.triggers import is_held, is_reached
from oms.inbox import Committed, Inbox

ASK_WITHIN_S = 3.0  # of the world: an intent does not wait longer for a price
CARE_NS = 600 * SECOND_NS
"""How long a symbol stays wanted after a strategy asked about it."""
SILENT_NS = 30 * SECOND_NS
"""A symbol with a stop that was not heard of for so long is asked for."""
_WANTS_PAUSE_S = 0.2
_WATCH_STEP_S = 5.0  # market seconds


_WARNINGS = {"01": "caution", "02": "warning", "03": "risk"}
"""mrkt_warn_cls_code (kis_api.md, inquire-price)."""


class Line(Protocol):
    """The reader's side of the relay. `kis_core.feed.Feed` fits."""

    async def want(self, wants: Wants) -> None:
        """Ask for this set from now on."""
        ...

    def __aiter__(self) -> AsyncIterator[Batch]: ...


class Asked(Protocol):
    """Who answers what the line does not bring. `kis_core.net.quotes.KisQuotes` fits."""

    async def price(self, symbol: str, venue: Venue = "KRX") -> PriceQuote:
        """Return the current price and the day's base."""
        ...

    async def book(self, symbol: str, venue: Venue = "KRX") -> OrderBook:
        """Return the best levels of each side."""
        ...

    async def is_on_nxt(self, symbol: str) -> bool:
        """Whether NXT trades the symbol today."""
        ...


class Standing:
    """What the broker says of a symbol once a day: base price, market, how it is marked."""

    __slots__ = ("base_krw", "date", "lower_krw", "market", "states", "upper_krw")

    def __init__(self, date: str, quote: PriceQuote) -> None:
        self.date = date
        self.base_krw = quote.base_krw
        name = quote.market_name.upper()
        self.market: str | None = "KOSDAQ" if name.startswith(("KOSDAQ", "KSQ")) else "KOSPI"
        self.lower_krw: int | None = None  # a stock's limits follow from its base
        self.upper_krw: int | None = None
        if not name:  # a contract
            self.market, self.lower_krw, self.upper_krw = None, quote.lower_krw, quote.upper_krw
        marks = {
            "administrative": quote.administrative,
            "liquidation": quote.liquidation,
            "overheated": quote.overheated,
            _WARNINGS.get(quote.warning_code, f"warning {quote.warning_code}"): (
                quote.warning_code != "00"
            ),
        }
        self.states = tuple(name for name, is_on in marks.items() if is_on)


class Quotes:
    """The market as the OMS knows it this moment."""

    def __init__(
        self,
        line: Line,
        asked: Asked,
        inbox: Inbox,
        clock: Clock,
        log: Any,
        account: str | None = None,
    ) -> None:
        self._account = account  # CANO and product; None hears the notices of every account
        self._line = line
        self._asked = asked
        self._inbox = inbox
        self._clock = clock
        self._log = log
        self._last: dict[str, Trade] = {}
        self._standing: dict[str, Standing] = {}
        self._unknown: dict[str, str | None] = {}  # symbols that do not exist, and since when
        self._asking: dict[tuple[str, Venue], asyncio.Task[r.Quote | None]] = {}
        self._cared_ns: dict[str, int] = {}
        self._stops: dict[str, tuple[int, int | None]] = {}  # highest of longs, lowest of shorts
        self._triggers: dict[str, list[Order]] = {}  # stop-limit orders held here
        self._set_off_ns: dict[str, int] = {}  # when a trade at a trigger was last told
        self._on_nxt: dict[str, tuple[str | None, bool]] = {}  # as the broker said that day
        self._marked: dict[str, int] = {}
        self._changed = asyncio.Event()
        self._changed.set()
        self._watched_ns: dict[str, int] = {}  # when a silent symbol was last asked for
        self.heard_ns: int | None = None  # when the line last brought anything
        for symbol in inbox.book.listings:
            self._watch_stop(symbol)
            self._watch_triggers(symbol)

    def committed(self, news: Sequence[Committed]) -> None:
        """Follow what is held, where it is stopped, and what works."""
        for item in news:
            match item.output:
                case r.AllocationChanged(symbol=symbol) | r.StopSet(symbol=symbol):
                    self._watch_stop(symbol)
                    self._changed.set()
                case r.FlagChanged(flag="rescaled", subject=str(symbol)):
                    self._watch_stop(symbol)
                case r.OrderPlanned(symbol=symbol) | r.OrderClosed(symbol=symbol):
                    self._watch_triggers(symbol)
                    self._changed.set()
                case r.DayOpened():
                    self._forget()

    def _forget(self) -> None:
        """Let go of what held for the day before, and of symbols that nothing is held of."""
        self._standing.clear()
        self._unknown.clear()
        self._cared_ns.clear()
        held = self._inbox.book.listings
        for kept in (self._last, self._marked, self._watched_ns):
            for symbol in [each for each in kept if each not in held]:
                del kept[symbol]

    def _watch_triggers(self, symbol: str) -> None:
        listing = self._inbox.book.listing(symbol)
        parts = listing.allocations.values()
        held = [order for part in parts for order in part.open_orders.values() if order.held]
        if held:
            self._triggers[symbol] = held
        else:
            self._triggers.pop(symbol, None)

    def _watch_stop(self, symbol: str) -> None:
        listing = self._inbox.book.listing(symbol)
        held = [a for a in listing.allocations.values() if a.stop_krw and a.shares]
        longs = [a.stop_krw for a in held if a.stop_krw and a.direction == "LONG"]
        shorts = [a.stop_krw for a in held if a.stop_krw and a.direction == "SHORT"]
        if held and not listing.rescaled:
            self._stops[symbol] = (max(longs, default=0), min(shorts, default=None))
        else:
            self._stops.pop(symbol, None)

    def _stopped(self, symbol: str, price_krw: int) -> bool:
        """Whether a price reaches a stop of the symbol: from above for longs, below for shorts."""
        stops = self._stops.get(symbol)
        if stops is None:
            return False
        long_krw, short_krw = stops
        return price_krw <= long_krw or (short_krw is not None and price_krw >= short_krw)

    # listening

    async def listen(self) -> None:
        """Take what the line brings, for ever."""
        async for batch in self._line:
            self.heard_ns = self._clock.now_ns()
            for event in batch.events:
                match event:
                    case Trade():
                        self._trade(event)
                    case FuturesTrade() | OptionTrade():
                        trade = as_trade(event)
                        if trade is not None and self._inbox.book.on_margin:
                            self._trade(trade)
                    case Heard(_, notice) if self._account not in (None, notice.account):
                        pass  # a shared key hears of other accounts too
                    case Heard(arrived_ns, notice):
                        self._inbox.put(
                            r.NoticeHeard(
                                at_ns=self._clock.now_ns(), arrived_ns=arrived_ns, notice=notice
                            )
                        )
                    case NoticesState(_, live):
                        self._inbox.put(r.NoticesChanged(at_ns=self._clock.now_ns(), live=live))

    def _trade(self, trade: Trade) -> None:
        symbol = trade.symbol
        self._last[symbol] = trade
        bent = trade.in_auction or trade.halted
        stopped = self._stopped(symbol, trade.price_krw)
        if stopped or bent or self._sets_off(symbol, trade.price_krw):
            quote = self._quote(trade)
            self._inbox.put(r.QuoteSeen(at_ns=self._clock.now_ns(), quote=quote))

    def _sets_off(self, symbol: str, price_krw: int) -> bool:
        """Whether a trade reaches the trigger of an order held here; told once a second at most."""
        orders = self._triggers.get(symbol)
        if not orders or not any(is_held(o) and is_reached(o, price_krw) for o in orders):
            return False
        now_ns = self._clock.now_ns()
        if now_ns - self._set_off_ns.get(symbol, 0) < SECOND_NS:
            return False
        self._set_off_ns[symbol] = now_ns
        return True

    async def keep_wants(self) -> None:
        """Keep the relay told of what this OMS wants to hear."""
        told: Wants | None = None
        while True:
            await self._changed.wait()
            self._changed.clear()
            wants = self._wants()
            if wants != told:
                told = wants
                await self._line.want(wants)
            await asyncio.sleep(_WANTS_PAUSE_S)

    def _wants(self) -> Wants:
        book, from_ns = self._inbox.book, self._clock.now_ns() - CARE_NS
        holding = {s for s, listing in book.listings.items() if listing.occupied}
        holding |= {order.symbol for order in book.open_orders.values()}
        self._cared_ns = {s: at for s, at in self._cared_ns.items() if at >= from_ns}
        wants = [Want(s, Priority.HOLDING) for s in sorted(holding)]
        wants += [Want(s, Priority.ACTIVE) for s in sorted(set(self._cared_ns) - holding)]
        return Wants(tuple(wants), notices=True, contracts=book.on_margin)

    async def keep_marks(self, every_s: float) -> None:
        """Put the prices of what is held or working into the journal, every few seconds."""
        while True:
            await self._clock.sleep(every_s)
            marks = []
            for symbol, listing in self._inbox.book.listings.items():
                trade = self._last.get(symbol)
                if trade is None or not listing.occupied:
                    continue
                if self._marked.get(symbol) != trade.price_krw:
                    self._marked[symbol] = trade.price_krw
                    marks.append(r.Mark(symbol, trade.price_krw, trade.arrived_ns))
            if marks:
                self._inbox.put(r.MarksTaken(at_ns=self._clock.now_ns(), marks=tuple(marks)))

    async def keep_bases(self, pause_s: float) -> None:
        """Ask for the day's base price of what was held over night, once orders are taken."""
        while True:
            await self._clock.sleep(_WATCH_STEP_S)
            book = self._inbox.book
            if book.on_margin or book.intake_ns is None or self._clock.now_ns() < book.intake_ns:
                continue
            held = [s for s, i in book.listings.items() if i.close_krw and i.base_krw is None]
            for symbol in held:
                await self._ask_base(symbol)
                await asyncio.sleep(pause_s)

    async def _ask_base(self, symbol: str) -> None:
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                told = await self._asked.price(symbol)
        except (TimeoutError, KisError) as error:
            self._log.warning("Base price unavailable", symbol=symbol, error=str(error))
            return
        day = kst(told.at_ns).date().isoformat()
        if day != self._inbox.book.date or told.base_krw <= 0:
            return
        self._standing[symbol] = Standing(day, told)
        read = r.BasePriceRead(at_ns=self._clock.now_ns(), symbol=symbol, base_krw=told.base_krw)
        await self._inbox.ask(read)

    async def keep_watch(self, pause_s: float) -> None:
        """Ask for the price of what has a stop and has gone silent: the stop holds all the same."""
        while True:
            await self._clock.sleep(_WATCH_STEP_S)
            for symbol in self.unwatched(SILENT_NS):
                await self._watch(symbol)
                await asyncio.sleep(pause_s)

    def unwatched(self, silent_ns: int) -> list[str]:
        """Return the symbols with a stop that no price was had of for so long, in the session."""
        now_ns = self._clock.now_ns()
        watched: set[str] = set()
        if self._watched_venue(silent_ns) == "KRX":
            watched = self._stops.keys() | self._triggers.keys()
        elif self._watched_venue(silent_ns) == "NXT":
            watched = set(self._stops)
        return [s for s in sorted(watched) if now_ns - self._seen_ns(s) >= silent_ns]

    def _watched_venue(self, silent_ns: int) -> Venue | None:
        """Return whose price a stop is held by now, None where nothing can be sold."""
        book, now_ns = self._inbox.book, self._clock.now_ns()
        if book.open_ns is None or book.auction_ns is None or book.limits is None:
            return None
        if book.open_ns + silent_ns <= now_ns < book.auction_ns:
            return "KRX"
        on_nxt = book.limits.stops_on_nxt and not takes_orders(book, now_ns)
        return "NXT" if on_nxt and hours.takes(book, "NXT", OrderType.LIMIT, now_ns) else None

    def _seen_ns(self, symbol: str) -> int:
        trade = self._last.get(symbol)
        return max(trade.arrived_ns if trade else 0, self._watched_ns.get(symbol, 0))

    async def _watch(self, symbol: str) -> None:
        venue = self._watched_venue(0) or "KRX"
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                told = await self._asked.price(symbol, venue)
        except (TimeoutError, KisError) as error:
            self._log.warning("Stop unwatched", symbol=symbol, error=str(error))
            return
        self._watched_ns[symbol] = told.at_ns
        now_ns = self._clock.now_ns()
        if venue == "NXT":  # no print of it comes by the line: what a sale is priced by
            mark = r.Mark(symbol, told.price_krw, told.at_ns)
            self._inbox.put(r.MarksTaken(at_ns=now_ns, marks=(mark,)))
        stopped = self._stopped(symbol, told.price_krw)
        if stopped or (venue == "KRX" and self._sets_off(symbol, told.price_krw)):
            quote = self._of_reply(told, None, venue)
            self._inbox.put(r.QuoteSeen(at_ns=now_ns, quote=quote))

    # asking

    def last(self, symbol: str) -> Trade | None:
        """Return the last trade heard of a symbol, however old."""
        return self._last.get(symbol)

    def known(self, symbols: Iterable[str]) -> tuple[r.Quote, ...]:
        """Return the last quotes heard of some symbols, however old; none of those not heard."""
        heard = (self._last.get(symbol) for symbol in sorted(symbols))
        return tuple(self._quote(trade) for trade in heard if trade is not None)

    async def quote(self, symbol: str, wish: r.VenueWish = "KRX") -> r.Quote | None:
        """Return a fresh quote with the day's base, or None if it cannot be had in time.

        For another venue than KRX it says whether NXT trades the symbol, and is NXT's own where
        NXT is asked for or KRX is shut.
        """
        now_ns = self._clock.now_ns()
        if symbol not in self._cared_ns:
            self._changed.set()
        self._cared_ns[symbol] = now_ns
        if wish != "KRX" and not await self._trades_on_nxt(symbol):
            wish = "KRX"
        venue: Venue = "NXT" if wish == "NXT" or (wish != "KRX" and self._krx_is_shut()) else "KRX"
        quote = self.at_hand(symbol) if venue == "KRX" else None
        if quote is not None and self._standing_of(symbol):
            return quote
        task = self._asking.get((symbol, venue))
        if task is None:
            task = self._asking[symbol, venue] = asyncio.create_task(self._ask(symbol, venue))
            task.add_done_callback(lambda _: self._asking.pop((symbol, venue), None))
        return await asyncio.shield(task)

    def at_hand(self, symbol: str) -> r.Quote | None:
        """Return the last trade heard, if it is fresh: what a sale is priced by, asking nobody."""
        trade = self._last.get(symbol)
        if trade is None or not self._is_fresh(trade.arrived_ns):
            return None
        return self._quote(trade)

    def _krx_is_shut(self) -> bool:
        book, now_ns = self._inbox.book, self._clock.now_ns()
        open_ns, close_ns = book.open_ns, book.close_ns
        return open_ns is None or close_ns is None or not open_ns <= now_ns < close_ns

    async def _trades_on_nxt(self, symbol: str) -> bool:
        """Whether NXT trades a symbol: asked once a day; not while nobody answers."""
        today = self._inbox.book.date
        known = self._on_nxt.get(symbol)
        if known is not None and known[0] == today:
            return known[1]
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                told = await self._asked.is_on_nxt(symbol)
        except (TimeoutError, KisError) as error:
            self._log.warning("Unknown whether on NXT", symbol=symbol, error=str(error))
            return False
        self._on_nxt[symbol] = (today, told)
        return told

    def _nxt(self, symbol: str) -> bool | None:
        known = self._on_nxt.get(symbol)
        return known[1] if known is not None and known[0] == self._inbox.book.date else None

    def is_unknown(self, symbol: str) -> bool:
        """Whether the broker said today that there is no such symbol."""
        return symbol in self._unknown and self._unknown[symbol] == self._inbox.book.date

    def _is_fresh(self, at_ns: int) -> bool:
        limits = self._inbox.book.limits
        age_ns = int(limits.quote_age_s_max * SECOND_NS) if limits else 0
        return at_ns >= self._clock.now_ns() - age_ns

    def _standing_of(self, symbol: str) -> Standing | None:
        standing = self._standing.get(symbol)
        today = self._inbox.book.date
        return standing if standing is not None and standing.date == today else None

    async def _ask(self, symbol: str, venue: Venue) -> r.Quote | None:
        quote: PriceQuote | None = None
        book: OrderBook | None = None
        try:
            async with asyncio.timeout(ASK_WITHIN_S):
                quote = await self._asked.price(symbol, venue)
                book = await self._asked.book(symbol, venue)
        except UnknownSymbol:
            if venue == "KRX":
                self._unknown[symbol] = self._inbox.book.date
        except (TimeoutError, KisError) as error:
            self._log.debug("No answer about a price", symbol=symbol, error=str(error))
        if quote is None:
            self._log.warning("Price unavailable", symbol=symbol, venue=venue)
            return None
        if venue == "KRX":
            day = kst(quote.at_ns).date().isoformat()
            self._standing[symbol] = Standing(day, quote)
            trade = self._last.get(symbol)
            if trade is not None and trade.arrived_ns >= quote.at_ns:
                return self._quote(trade)
        return self._of_reply(quote, book, venue)

    def _of_reply(self, told: PriceQuote, book: OrderBook | None, venue: Venue) -> r.Quote:
        standing = Standing("", told)
        return r.Quote(
            symbol=told.symbol,
            price_krw=told.price_krw,
            at_ns=told.at_ns,
            arrived_ns=told.at_ns,
            ask_krw=book.asks[0][0] if book and book.asks else None,
            bid_krw=book.bids[0][0] if book and book.bids else None,
            base_krw=standing.base_krw,
            market=standing.market,
            halted=told.halted,
            in_auction=told.vi_code not in ("N", "0"),
            volume=told.cum_volume,
            states=standing.states,
            venue=venue,
            nxt=self._nxt(told.symbol),
            lower_krw=standing.lower_krw,
            upper_krw=standing.upper_krw,
        )

    def _quote(self, trade: Trade) -> r.Quote:
        standing = self._standing_of(trade.symbol)
        return r.Quote(
            symbol=trade.symbol,
            price_krw=trade.price_krw,
            at_ns=trade.at_ns,
            arrived_ns=trade.arrived_ns,
            ask_krw=trade.ask_krw,
            bid_krw=trade.bid_krw,
            base_krw=standing.base_krw if standing else None,
            market=standing.market if standing else None,
            halted=trade.halted,
            in_auction=trade.in_auction,
            volume=trade.cum_volume,
            states=standing.states if standing else (),
            venue=trade.venue,
            nxt=self._nxt(trade.symbol),
            lower_krw=standing.lower_krw if standing else None,
            upper_krw=standing.upper_krw if standing else None,
        )
