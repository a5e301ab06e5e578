"""What one venue shows of each symbol: the last print, the book, the quote of the moment."""

import datetime as dt
from collections.abc import Callable, Sequence

from broker_sim.exchange.book import Ladder, size_draws
from broker_sim.exchange.day import DaySource, Instrument
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.live import LiveOrder
from broker_sim.exchange.path import FURTHER_MAX, PRINT_KRW
from broker_sim.exchange.venue import Trading
from kis_core.market.events import Book, BookLevel, Venue

_PRINTS_A_DAY = 2_000  # of a quiet stock, roughly
_MINUTES_A_DAY = 381
_USUAL_SPAN = dt.timedelta(days=14)  # looked back for the usual volume
_USUAL_SHARES = 100.0  # a print, where no past volume is known
_HIDDEN_SHARE = 0.5  # of a level's size: what waits between the quotes, when anything does


class Display:
    """The screen. What we take of a book stays taken until the symbol's next print."""

    def __init__(
        self, day: DaySource, seed: int, venue: Venue, last: Callable[[str], Printed | None]
    ) -> None:
        """`last` tells a symbol's last print on this venue, as far as the day has been played."""
        self.last = last
        self._day = day
        self._venue: Venue = venue
        self._draws = size_draws(seed)
        self._ladders: dict[str, Ladder] = {}
        self._taken: dict[str, tuple[int, dict[int, int]]] = {}  # symbol: (print index, by price)

    def last_krw(self, symbol: str) -> int:
        """Return the last price; the base price before the first print."""
        last = self.last(symbol)
        return self._day.instruments[symbol].base_krw if last is None else last.price_krw

    def has_printed(self, symbol: str) -> bool:
        """Whether the symbol has had a print on this venue today."""
        return self.last(symbol) is not None

    def levels(self, symbol: str) -> tuple[list[BookLevel], list[BookLevel]]:
        """Return asks and bids, best first, less what we took of them."""
        ladder, last = self._ladder(symbol), self.last(symbol)
        asks, bids = ladder.asks(last), ladder.bids(last)
        taken = self._taken_of(symbol)
        if taken:
            asks = [(p, q - taken.get(p, 0)) for p, q in asks if q > taken.get(p, 0)]
            bids = [(p, q - taken.get(p, 0)) for p, q in bids if q > taken.get(p, 0)]
        return asks, bids

    def best(self, symbol: str) -> tuple[int, int]:
        """Return best ask and bid, KRW; 0 where a side is empty or nothing printed yet."""
        if not self.has_printed(symbol):
            return 0, 0
        asks, bids = self.levels(symbol)
        return (asks[0][0] if asks else 0), (bids[0][0] if bids else 0)

    def take(self, symbol: str, price_krw: int, shares: int) -> None:
        """Show so many shares fewer on a level, until the next print."""
        taken = self._taken_of(symbol)
        taken[price_krw] = taken.get(price_krw, 0) + shares

    def crosses(self, order: LiveOrder) -> bool:
        """Whether an order reaches the best quote of the other side, taken or not."""
        ask, bid = self._ladder(order.symbol).best(self.last(order.symbol))
        opposite = ask if order.side == "BUY" else bid
        return opposite != 0 and order.reaches(opposite)

    def queue_ahead(self, order: LiveOrder) -> int:
        """Return the shares displayed on the order's own side at its price.

        A market order that finds the other side empty (a price limit) queues at that limit.
        """
        ladder, last = self._ladder(order.symbol), self.last(order.symbol)
        price_krw = order.limit_krw
        if order.at_market:
            instrument = self._day.instruments[order.symbol]
            price_krw = instrument.upper_krw if order.side == "BUY" else instrument.lower_krw
        ask, bid = ladder.best(last)
        own = price_krw <= bid if order.side == "BUY" else 0 < ask <= price_krw
        return ladder.size_at(price_krw, last) if own else 0

    def middle(self, symbol: str) -> tuple[int, int]:
        """Return the price between the best quotes, KRW, and the shares hidden there.

        Both 0 where a side is empty. The price may lie between two ticks; half a won is cut off.
        """
        ask, bid = self.best(symbol)
        if not ask or not bid:
            return 0, 0
        last = self.last(symbol)
        hidden = int(self._ladder(symbol).size_at(bid, last) * _HIDDEN_SHARE)
        taken = self._taken_of(symbol).get(-1, 0)
        # As often as not nobody waits there.
        return (ask + bid) // 2, max(0, hidden - taken) if hidden % 2 else 0

    def take_middle(self, symbol: str, shares: int) -> None:
        """Leave so many shares fewer between the quotes, until the next print."""
        self.take(symbol, -1, shares)

    def book(self, symbol: str, trading: Trading, now_ns: int, *, quiet: bool = False) -> Book:
        """Return the ten best levels a side; none where all is quiet."""
        last = self.last(symbol)
        in_auction = trading is Trading.AUCTION
        quiet = quiet or self._day.instruments[symbol].halted
        asks, bids = ([], []) if quiet else self.levels(symbol)
        return Book(
            symbol=symbol,
            venue=self._venue,
            at_ns=now_ns if last is None else last.at_ns,
            arrived_ns=now_ns,
            asks=tuple(asks),
            bids=tuple(bids),
            # What an auction will bring is the future's: until it prints, the last price stands.
            expected_krw=self.last_krw(symbol) if in_auction else None,
            expected_volume=min(_shares(asks), _shares(bids)) if in_auction else None,
            in_auction=in_auction,
        )

    def queue_at(self, symbol: str, price_krw: int) -> int:
        """Return the shares displayed at a price, 0 between or beyond the quotes."""
        return self._ladder(symbol).size_at(price_krw, self.last(symbol))

    def _ladder(self, symbol: str) -> Ladder:
        ladder = self._ladders.get(symbol)
        if ladder is None:
            instrument = self._day.instruments[symbol]
            ladder = Ladder(instrument, *self._usual(instrument), self._draws)
            self._ladders[symbol] = ladder
        return ladder

    def _usual(self, instrument: Instrument) -> tuple[float, float]:
        """Return the shares of a usual print, and how many times those of a quiet stock print."""
        first = self._day.date - _USUAL_SPAN
        days = self._day.daily_bars(instrument.symbol, first, self._day.date)
        if not days:
            return _USUAL_SHARES, 1.0
        volume = sum(day.volume for day in days) / len(days)
        a_minute = volume * instrument.base_krw / _MINUTES_A_DAY // PRINT_KRW
        prints = _PRINTS_A_DAY + _MINUTES_A_DAY * min(a_minute, FURTHER_MAX)
        return max(1.0, volume / prints), prints / _PRINTS_A_DAY

    def _taken_of(self, symbol: str) -> dict[int, int]:
        last = self.last(symbol)
        index = -1 if last is None else last.index
        known = self._taken.get(symbol)
        if known is None or known[0] != index:
            known = self._taken[symbol] = (index, {})
        return known[1]


def _shares(levels: Sequence[BookLevel]) -> int:
    return sum(shares for _, shares in levels)
