"""The market without our account: venues, their prints, books and interruptions, up to now.

Everything that can be asked of the market is asked here; the exchange adds orders and money.
"""

from broker_sim.exchange.board import Board
from broker_sim.exchange.day import DaySource, Feed, Instrument
from broker_sim.exchange.display import Display
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.interruptions import Interrupted, Interruption, Interruptions
from broker_sim.exchange.live import BoardName
from broker_sim.exchange.played import PlayedDay
from broker_sim.exchange.quote import united
from broker_sim.exchange.reel import Reel
from broker_sim.exchange.track import Track
from broker_sim.exchange.venue import Timetable, Trading
from broker_sim.exchange.venue import Venue as KrxHours
from kis_core.market.events import Book, Venue
from kis_core.wire.account import Side


class Floor:
    """One day's market. `seen_ns`: prints strictly before it have happened."""

    def __init__(self, day: DaySource, seed: int) -> None:
        self.krx = KrxHours(day.date)
        self.nxt = Timetable(day.date, "NXT")
        self.hours: dict[Venue, Timetable] = {"KRX": self.krx, "NXT": self.nxt}
        self.interruptions = Interruptions(day.instruments, day.date, day.seed, self.hours)
        self.day = PlayedDay(day, self.krx, self.nxt, self.interruptions)
        self.reel = Reel(self.day)
        self.last: dict[str, Printed] = {}  # on KRX
        self.closes: dict[str, int] = {}  # KRX's official ones, once they are made
        self.seen_ns = 0
        self.boards = {
            BoardName.KRX: Board(BoardName.KRX, Display(day, seed, "KRX", self.last.get), None),
            BoardName.NXT: self._beside(BoardName.NXT, "NXT", seed + 1),
            BoardName.OFF_HOURS: self._beside(BoardName.OFF_HOURS, "KRX", seed + 2),
        }

    def _beside(self, name: BoardName, venue: Venue, seed: int) -> Board:
        """A board whose prints are made when somebody asks for them."""

        def track(symbol: str) -> Track:
            return self.day.track(symbol, name)

        def last(symbol: str) -> Printed | None:
            return track(symbol).last_before(self.seen_ns)

        return Board(name, Display(self.day, seed, venue, last), track)

    def instrument(self, symbol: str, at_ns: int) -> Instrument | None:
        """Return an issue, None when there is none or none any more."""
        if not self.interruptions.is_listed(symbol, at_ns):
            return None
        return self.day.instruments[symbol]

    def trading(self, symbol: str, venue: Venue, at_ns: int) -> Trading:
        """Return how one issue's orders meet on a venue."""
        planned = self.hours[venue].trading(at_ns)
        if not len(self.interruptions):
            return planned
        interrupted = self.interruptions.trading(symbol, venue, at_ns)
        closed = planned is Trading.CLOSED and interrupted is Trading.HALTED
        return planned if interrupted is None or closed else interrupted

    def stuck(self, symbol: str, at_ns: int) -> Side | None:
        """Return the side whose orders a limit lock holds back, None when none."""
        if not len(self.interruptions):
            return None
        locked = self.interruptions.locked(symbol, at_ns)
        return None if locked is None else "BUY" if locked == "upper" else "SELL"

    def last_print(self, symbol: str, feed: Feed) -> Printed | None:
        """Return the last print so far; KeyError for an unknown symbol."""
        self.day.instruments[symbol]
        if feed == "KRX":
            return self.last.get(symbol)
        return self.day.track(symbol, feed).last_before(self.seen_ns)

    def book(self, symbol: str, feed: Feed, now_ns: int) -> Book:
        """Return the ten best levels a side; KeyError for an unknown symbol."""
        if feed != "UN":
            return self._book(symbol, feed, now_ns)
        krx_on = self.trading(symbol, "KRX", now_ns) is not Trading.CLOSED
        nxt_on = self.trading(symbol, "NXT", now_ns) is not Trading.CLOSED
        nxt_on = nxt_on and self.day.instruments[symbol].nxt
        if krx_on and nxt_on:
            return united(self._book(symbol, "KRX", now_ns), self._book(symbol, "NXT", now_ns))
        return self._book(symbol, "NXT" if nxt_on else "KRX", now_ns)

    def middle(self, symbol: str, venue: Venue) -> tuple[int, int]:
        """Return the price between a venue's best quotes and the shares there, 0 where none."""
        if venue == "NXT" and not self.day.instruments[symbol].nxt:
            return 0, 0
        return self.boards[BoardName(venue)].display.middle(symbol)

    def interrupt(self, at_ns: int, what: Interruption) -> Interrupted:
        """Let an interruption begin; its prints change from then on, never before."""
        timed = self.interruptions.add(max(at_ns, self.seen_ns), what)
        instruments = self.day.instruments.values()
        self.day.forget(i.symbol for i in instruments if _may_bend(timed, i))
        return timed

    def rewind(self, now_ns: int) -> None:
        """Take the prints still to come from the day as it is bent now."""
        self.reel = Reel(self.day)
        self.reel.skip(now_ns)

    def _book(self, symbol: str, venue: Venue, now_ns: int) -> Book:
        instrument = self.day.instruments[symbol]
        hours = self.hours[venue]
        starts_ns = self.krx.intake_ns if venue == "KRX" else hours.first_ns
        quiet = now_ns < starts_ns or (venue == "NXT" and not instrument.nxt)
        if len(self.interruptions):
            quiet = quiet or not self.interruptions.is_listed(symbol, now_ns)
        display = self.boards[BoardName(venue)].display
        trading = self.trading(symbol, venue, now_ns)
        book = display.book(symbol, trading, now_ns, quiet=quiet)
        stuck = self.stuck(symbol, now_ns)
        if stuck is None:
            return book
        return _one_sided(book, stuck)


def _may_bend(timed: Interrupted, instrument: Instrument) -> bool:
    return timed.concerns(instrument, "KRX") or timed.concerns(instrument, "NXT")


def _one_sided(book: Book, stuck: Side) -> Book:
    """The book of an issue locked at a limit: nobody offers what the stuck side wants."""
    return Book(
        book.symbol,
        book.venue,
        book.at_ns,
        book.arrived_ns,
        () if stuck == "BUY" else book.asks,
        () if stuck == "SELL" else book.bids,
        book.expected_krw,
        book.expected_volume,
        book.in_auction,
    )
