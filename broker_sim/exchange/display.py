"""What the market shows of each symbol: the last print, the book, the quote of the moment."""

import datetime as dt
from collections.abc import Sequence

from broker_sim.exchange.book import Ladder, size_draws
from broker_sim.exchange.day import DaySource
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.live import LiveOrder
from broker_sim.exchange.quote import Quote
from broker_sim.exchange.venue import Phase
from kis_core.market.events import Book, BookLevel

_PRINTS_A_DAY = 2_000  # of one symbol, roughly: what a usual print's size is reckoned from
_USUAL_SPAN = dt.timedelta(days=14)  # looked back for the usual volume
_USUAL_SHARES = 100.0  # a print, where no past volume is known


class Display:
    """The screen. What we take of a book stays taken until the symbol's next print."""

    def __init__(self, day: DaySource, seed: int) -> None:
        self.last: dict[str, Printed] = {}
        self._day = day
        self._draws = size_draws(seed)
        self._ladders: dict[str, Ladder] = {}
        self._taken: dict[str, tuple[int, dict[int, int]]] = {}  # symbol: (print index, by price)

    def last_krw(self, symbol: str) -> int:
        """Return the last price; the base price before the first print."""
        last = self.last.get(symbol)
        return self._day.instruments[symbol].base_krw if last is None else last.price_krw

    def levels(self, symbol: str) -> tuple[list[BookLevel], list[BookLevel]]:
        """Return asks and bids, best first, less what we took of them."""
        ladder, last = self._ladder(symbol), self.last.get(symbol)
        asks, bids = ladder.asks(last), ladder.bids(last)
        taken = self._taken_of(symbol)
        if taken:
            asks = [(p, q - taken.get(p, 0)) for p, q in asks if q > taken.get(p, 0)]
            bids = [(p, q - taken.get(p, 0)) for p, q in bids if q > taken.get(p, 0)]
        return asks, bids

    def best(self, symbol: str) -> tuple[int, int]:
        """Return best ask and bid, KRW; 0 where a side is empty or nothing printed yet."""
        if symbol not in self.last:
            return 0, 0
        asks, bids = self.levels(symbol)
        return (asks[0][0] if asks else 0), (bids[0][0] if bids else 0)

    def take(self, symbol: str, price_krw: int, shares: int) -> None:
        """Show so many shares fewer on a level, until the next print."""
        taken = self._taken_of(symbol)
        taken[price_krw] = taken.get(price_krw, 0) + shares

    def crosses(self, order: LiveOrder) -> bool:
        """Whether an order reaches the best quote of the other side, taken or not."""
        ask, bid = self._ladder(order.symbol).best(self.last.get(order.symbol))
        opposite = ask if order.side == "BUY" else bid
        return opposite != 0 and order.reaches(opposite)

    def queue_ahead(self, order: LiveOrder) -> int:
        """Return the shares displayed on the order's own side at its price.

        A market order that finds the other side empty (a price limit) queues at that limit.
        """
        ladder, last = self._ladder(order.symbol), self.last.get(order.symbol)
        price_krw = order.limit_krw
        if order.at_market:
            instrument = self._day.instruments[order.symbol]
            price_krw = instrument.upper_krw if order.side == "BUY" else instrument.lower_krw
        ask, bid = ladder.best(last)
        own = price_krw <= bid if order.side == "BUY" else 0 < ask <= price_krw
        return ladder.size_at(price_krw, last) if own else 0

    def book(self, symbol: str, phase: Phase, now_ns: int) -> Book:
        """Return the ten best levels a side."""
        last = self.last.get(symbol)
        in_auction = phase in (Phase.OPENING_AUCTION, Phase.CLOSING_AUCTION)
        quiet = phase is Phase.BEFORE or self._day.instruments[symbol].halted
        asks, bids = ([], []) if quiet else self.levels(symbol)
        return Book(
            symbol=symbol,
            venue="KRX",
            at_ns=now_ns if last is None else last.at_ns,
            arrived_ns=now_ns,
            asks=tuple(asks),
            bids=tuple(bids),
            # What an auction will bring is the future's: until it prints, the last price stands.
            expected_krw=self.last_krw(symbol) if in_auction else None,
            expected_volume=min(_shares(asks), _shares(bids)) if in_auction else None,
            in_auction=in_auction,
        )

    def quote(self, symbol: str, phase: Phase, now_ns: int) -> Quote:
        """Return the symbol's day so far."""
        instrument = self._day.instruments[symbol]
        last = self.last.get(symbol)
        return Quote(
            symbol=symbol,
            at_ns=now_ns if last is None else last.at_ns,
            last_krw=instrument.base_krw if last is None else last.price_krw,
            base_krw=instrument.base_krw,
            lower_krw=instrument.lower_krw,
            upper_krw=instrument.upper_krw,
            open_krw=None if last is None else last.open_krw,
            high_krw=None if last is None else last.high_krw,
            low_krw=None if last is None else last.low_krw,
            cum_volume=0 if last is None else last.cum_volume,
            cum_value_krw=0 if last is None else last.cum_value_krw,
            prints=0 if last is None else last.index + 1,
            book=self.book(symbol, phase, now_ns),
        )

    def _ladder(self, symbol: str) -> Ladder:
        ladder = self._ladders.get(symbol)
        if ladder is None:
            instrument = self._day.instruments[symbol]
            ladder = Ladder(instrument, self._usual_print(symbol), self._draws)
            self._ladders[symbol] = ladder
        return ladder

    def _usual_print(self, symbol: str) -> float:
        first = self._day.date - _USUAL_SPAN
        days = self._day.daily_bars(symbol, first, self._day.date)
        if not days:
            return _USUAL_SHARES
        return max(1.0, sum(day.volume for day in days) / len(days) / _PRINTS_A_DAY)

    def _taken_of(self, symbol: str) -> dict[int, int]:
        last = self.last.get(symbol)
        index = -1 if last is None else last.index
        known = self._taken.get(symbol)
        if known is None or known[0] != index:
            known = self._taken[symbol] = (index, {})
        return known[1]


def _shares(levels: Sequence[BookLevel]) -> int:
    return sum(shares for _, shares in levels)
