"""What moves the day: looks at the clock, plays the exchange up to it, and tells who listens.

Frames are built only for registered keys. Prints of one symbol that follow one another share a
frame, up to twenty (one in the legacy layout); order notices keep their place among them. Books
follow, one a symbol, then what the other channels have to tell.
"""

import asyncio
from collections.abc import Sequence

from broker_sim.exchange.exchange import Exchange, Phase
from broker_sim.exchange.happenings import Expired, Happening, Printed
from broker_sim.exchange.venue import Trading
from broker_sim.kis.book_frames import BookFrames
from broker_sim.kis.channels import Channel, Told
from broker_sim.kis.fault_sockets import SocketFaults
from broker_sim.kis.notices import Notices, OrderNews
from broker_sim.kis.sockets import Session, Sockets
from broker_sim.kis.trade_frames import TradeFrames, frame
from kis_core.clock import Clock
from kis_core.market.events import Book
from kis_core.wire.stream.cipher import seal
from kis_core.wire.tr_table import BOOKS, TRADES


class Pump:
    """Carries happenings of the exchange to the sockets."""

    def __init__(
        self,
        clock: Clock,
        exchange: Exchange,
        sockets: Sockets,
        trades: TradeFrames,
        books: BookFrames,
        notices: Notices,
        notice_tr: str,
        hts_id: str,
        channels: Sequence[Channel] = (),
        *,
        faults: SocketFaults,
    ) -> None:
        self._clock = clock
        self._exchange = exchange
        self._sockets = sockets
        self._trades = trades
        self._books = books
        self._notices = notices
        self._notice_key = (notice_tr, hts_id)
        self._trade_listeners = sockets.listeners(TRADES)
        self._book_listeners = sockets.listeners(BOOKS)
        self._notice_listeners = sockets.listeners(notice_tr)
        self._channels = [
            (channel, {tr_id: sockets.listeners(tr_id) for tr_id in channel.tr_ids})
            for channel in channels
        ]
        self._faults = faults
        self._quiet = True  # no faults to ask for
        self._phase: Phase | None = None
        self._states: dict[str, Trading] = {}  # of symbols whose books are told
        self.prints = 0

    async def run(self, every_s: float) -> None:
        """Play the day for ever, looking at the clock every so often (seconds of the world)."""
        while True:
            await asyncio.sleep(every_s)
            self.catch_up()

    def catch_up(self) -> int:
        """Play the exchange up to now, tell everybody, and return that instant."""
        now_ns = self._clock.now_ns()
        happenings = self._exchange.advance(now_ns)
        self._quiet = self._faults.idle
        touched = self._tell(happenings)
        phase = self._exchange.phase()
        if phase is not self._phase:
            self._phase = phase
            touched = set(self._book_listeners)
        if len(self._exchange.interruptions):
            touched |= self._stopped_or_resumed()
        # A book of the market moves many times a second; ours only with the prints. Whoever has
        # just registered would wait for one that in life comes at once.
        touched |= self._sockets.take_fresh(BOOKS) & set(self._book_listeners)
        for symbol in sorted(touched):
            self._tell_book(symbol, now_ns)
        for channel, listeners in self._channels:
            for told in channel.tell(now_ns, happenings, listeners):
                self._tell_one(told)
        if self._quiet:
            self._sockets.write_out()
            return now_ns
        for told in self._faults.due(now_ns, happenings):
            self._seal(told)
        self._sockets.write_out()
        self._faults.strike(self._sockets.lines, now_ns)
        return now_ns

    def _stopped_or_resumed(self) -> set[str]:
        """Return the symbols whose books somebody wants and that trade another way now."""
        changed: set[str] = set()
        for symbol in self._book_listeners:
            if symbol in self._exchange.day.instruments:
                state = self._exchange.trading(symbol)
                if self._states.setdefault(symbol, state) is not state:
                    self._states[symbol] = state
                    changed.add(symbol)
        return changed

    def _tell(self, happenings: Sequence[Happening]) -> set[str]:
        """Queue frames for what happened; return the symbols whose books somebody wants."""
        touched: set[str] = set()
        sizes: dict[str, Book] = {}
        run: list[str] = []
        run_of = ""
        for happening in happenings:
            if isinstance(happening, Printed):
                self.prints += 1
                symbol = happening.symbol
                if symbol in self._book_listeners:
                    touched.add(symbol)
                if symbol not in self._trade_listeners:
                    continue
                if run and (symbol != run_of or len(run) == self._trades.records_max):
                    self._post(self._trade_listeners[run_of], frame(run))
                    run = []
                run_of = symbol
                book = sizes.get(symbol)
                if book is None:
                    book = sizes[symbol] = self._exchange.book(symbol)
                run.append(self._trades.record(happening, book))
            elif not isinstance(happening, Expired):
                if run:
                    self._post(self._trade_listeners[run_of], frame(run))
                    run = []
                self._tell_notice(happening)
        if run:
            self._post(self._trade_listeners[run_of], frame(run))
        return touched

    def _tell_book(self, symbol: str, now_ns: int) -> None:
        if symbol not in self._exchange.day.instruments:
            return
        quote = self._exchange.quote(symbol)
        text = self._books.frame(quote.book, now_ns, quote.cum_volume)
        self._post(self._book_listeners[symbol], text)

    def _tell_notice(self, news: OrderNews) -> None:
        tr_id, hts_id = self._notice_key
        if hts_id in self._notice_listeners:
            self._tell_one(Told(tr_id, hts_id, self._notices.record(news), sealed=True))

    def _tell_one(self, told: Told) -> None:
        if not told.sealed:
            self._post(self._sockets.listeners(told.tr_id).get(told.tr_key, ()), told.text)
        elif self._quiet:
            self._seal(told)
        else:
            for going in self._faults.notices(told, self._exchange.now_ns):
                self._seal(going)

    def _seal(self, told: Told) -> None:
        for session in self._sockets.listeners(told.tr_id).get(told.tr_key, ()):
            chain = session.registrations.keys[told.tr_id, told.tr_key]
            sealed = seal(told.payload, chain.key, chain.iv)
            self._post((session,), f"1|{told.tr_id}|{told.records:03d}|{sealed}")

    def _post(self, listeners: Sequence[Session], text: str) -> None:
        if self._quiet:
            encoded = text.encode()
        else:
            lines = [session.connection for session in listeners]
            spoiled = self._faults.frame(text, lines, self._exchange.now_ns)
            if spoiled is None:
                return
            encoded = spoiled
        for session in listeners:
            session.waiting.append(encoded)
