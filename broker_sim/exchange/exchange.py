"""The exchange and the one account on it: a day's prints, our orders among them.

Pure and sans-I/O: time is what the caller says it is. `advance(to_ns)` plays the day up to an
instant and returns what happened; `place`, `modify` and `cancel` answer at once what the broker
would answer, and the exchange's own answer follows as a happening. The same seed and the same
calls at the same times give the same happenings, byte for byte. Our fills add no prints: the
candles a client sees are the day's own.

KRX's prints are happenings. Those of the venue beside it are made when somebody asks (`printed`,
`quote`, `book`) or an order goes there; so a day that nobody trades on NXT costs nothing.
"""

from collections.abc import Sequence

from broker_sim.exchange.account import AccountRules, BuyingPowerView, CashView, HoldingView
from broker_sim.exchange.admission import Admission, Wish
from broker_sim.exchange.course import Course, Race
from broker_sim.exchange.day import DaySource, Feed, Instrument, PrintTape
from broker_sim.exchange.floor import Floor
from broker_sim.exchange.happenings import Happening, Printed
from broker_sim.exchange.interruptions import Interrupted, Interruption, Interruptions
from broker_sim.exchange.ledger import Ledger
from broker_sim.exchange.operations import Operation, has_operations, operations
from broker_sim.exchange.order_types import KINDS, Pricing
from broker_sim.exchange.orders import (
    Declined,
    FillRow,
    OrderRow,
    Placed,
    Refusal,
    Route,
    Ticket,
)
from broker_sim.exchange.quote import Quote, quote_of
from broker_sim.exchange.refusals import declined
from broker_sim.exchange.venue import Phase as Phase
from broker_sim.exchange.venue import Timetable, Trading
from broker_sim.exchange.venue import Venue as KrxHours
from broker_sim.exchange.volatility import ViRow, vi_rows
from kis_core.market.costs import sell_taxes_ppm
from kis_core.market.events import Book, Venue
from kis_core.wire.account import OrderType


class Exchange:
    """One day, one account.

    Time never runs backwards: an instant before `now_ns` counts as `now_ns`. `place`, `modify`
    and `cancel` at a later instant play the day up to it first; what happened meanwhile is
    returned by the next `advance`.
    """

    def __init__(
        self,
        day: DaySource,
        account: AccountRules,
        seed: int,
        interruptions: Sequence[tuple[int, Interruption]] = (),
    ) -> None:
        """`interruptions` begin at their instants (ns); more can be added as the day goes."""
        self._rules = account
        self._floor = Floor(day, seed)
        self._day = self._floor.day
        self._instruments = day.instruments
        for market in sorted({i.market for i in self._instruments.values()}):
            sell_taxes_ppm(market, day.date)  # a day whose tax is unknown stops us here
        self._ledger = Ledger(account, day.date, lambda symbol: self._instruments[symbol].market)
        self._admission = Admission(self._floor, account.dialect, self._ledger)
        self._course = Course(self._floor, account, self._ledger, self._admission)
        for at_ns, what in interruptions:
            self._course.begin(at_ns, what)
        if interruptions:
            self._floor.rewind(0)

    @property
    def day(self) -> DaySource:
        """Return the day as it is played: interruptions bend its prints."""
        return self._day

    @property
    def rules(self) -> AccountRules:
        """Return the account's rules."""
        return self._rules

    @property
    def latency_ns(self) -> int:
        """From the broker's answer to the exchange's, for orders placed from now on."""
        return self._course.latency_ns

    @latency_ns.setter
    def latency_ns(self, latency_ns: int) -> None:
        self._course.latency_ns = latency_ns

    @property
    def venue(self) -> KrxHours:
        """Return KRX's timetable, with the instants of its regular session."""
        return self._floor.krx

    @property
    def interruptions(self) -> Interruptions:
        """Return the day's interruptions, those to come among them."""
        return self._floor.interruptions

    @property
    def now_ns(self) -> int:
        """Return how far the day has been played."""
        return self._course.now_ns

    # The market

    def phase(self, at_ns: int | None = None) -> Phase:
        """Return the phase of KRX's regular session at an instant (None: now)."""
        return self._floor.krx.session_phase(self.now_ns if at_ns is None else at_ns)

    def hours(self, venue: Venue) -> Timetable:
        """Return a venue's timetable; NXT's is empty on a day without NXT."""
        return self._floor.hours[venue]

    def trading(self, symbol: str, venue: Venue = "KRX") -> Trading:
        """Return how one issue's orders meet on a venue now."""
        return self._floor.trading(symbol, venue, self.now_ns)

    def instrument(self, symbol: str) -> Instrument | None:
        """Return an issue as of now; None when there is none, or none any more."""
        return self._floor.instrument(symbol, self.now_ns)

    def vis(self, now_ns: int | None = None, venue: Venue = "KRX") -> list[ViRow]:
        """Return a venue's volatility interruptions begun by an instant (None: now), ascending."""
        return vi_rows(self._floor, self.now_ns if now_ns is None else now_ns, venue)

    def has_operations(self, after_ns: int, until_ns: int) -> bool:
        """Whether any venue announces anything after one instant and up to another."""
        return has_operations(self._floor, after_ns, until_ns)

    def operations(
        self, symbol: str, venue: Venue, after_ns: int, until_ns: int
    ) -> list[Operation]:
        """Return the changes of a venue's operation that concern an issue, after one instant and
        up to and including another, ascending."""
        return operations(self._floor, self._instruments[symbol], venue, after_ns, until_ns)

    def book(self, symbol: str, venue: Feed = "KRX") -> Book:
        """Return the ten best levels a side, as of now. Deterministic; KeyError if unknown.

        Empty on NXT for an issue NXT does not trade.
        """
        return self._floor.book(symbol, venue, self.now_ns)

    def quote(self, symbol: str, venue: Feed = "KRX") -> Quote:
        """Return the symbol's day on a feed as of now; KeyError if unknown."""
        last = self._floor.last_print(symbol, venue)
        return quote_of(self._instruments[symbol], last, self.book(symbol, venue))

    def middle(self, symbol: str, venue: Venue = "KRX") -> tuple[int, int]:
        """Return the price between a venue's best quotes, KRW, and the shares that wait there."""
        return self._floor.middle(symbol, venue)

    def last_krw(self, symbol: str) -> int:
        """Return KRX's last price; the base price before the first print; KeyError if unknown."""
        last = self._floor.last.get(symbol)
        return self._instruments[symbol].base_krw if last is None else last.price_krw

    def close_krw(self, symbol: str) -> int | None:
        """Return KRX's official close, None before it is made: the after-market leaves it be."""
        return self._floor.closes.get(symbol)

    def tape(self, symbol: str, venue: Feed = "KRX") -> PrintTape:
        """Return all prints of the day on a feed, the future among them; KeyError if unknown."""
        return self._day.tape(symbol, venue)

    def printed(
        self, symbol: str, venue: Feed, after_ns: int, until_ns: int | None = None
    ) -> Sequence[Printed]:
        """Return a feed's prints after an instant and up to another (None, or later: now)."""
        until_ns = self.now_ns if until_ns is None else min(until_ns, self.now_ns)
        return self._day.track(symbol, venue).between(after_ns + 1, until_ns + 1)

    def interrupt(self, at_ns: int, what: Interruption) -> Interrupted:
        """Interrupt the market at an instant: now, or later today. KeyError for no such issue."""
        return self.interrupt_all([(at_ns, what)])[0]

    def interrupt_all(self, those: Sequence[tuple[int, Interruption]]) -> list[Interrupted]:
        """Interrupt the market at several instants: the prints to come are bent once for all."""
        timed = [self._course.begin(at_ns, what) for at_ns, what in those]
        if timed:
            self._floor.rewind(self.now_ns)
        return timed

    # The account

    def advance(self, to_ns: int) -> Sequence[Happening]:
        """Play up to and including `to_ns`; return what happened since the last call, in order."""
        self._course.play(to_ns)
        heard, self._course.heard = self._course.heard, []
        return heard

    def place(self, now_ns: int, ticket: Ticket) -> Placed | Declined:
        """Place an order."""
        self._course.play(now_ns)
        order = self._admission.new_order(ticket, self._course.next_number(), self.now_ns)
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._course.send(order)

    def cancel(
        self, now_ns: int, odno: str, shares: int | None = None, route: Route | None = None
    ) -> Placed | Declined:
        """Cancel an order, or `shares` of it (None: all that is left). Numbers compare as ints.

        With a `route` the order must have been sent there.
        """
        self._course.play(now_ns)
        original = self._course.orders.get(_number(odno))
        number = self._course.next_number()
        order = self._admission.cancel(original, route, shares, number, self.now_ns)
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._course.send(order)

    def modify(
        self,
        now_ns: int,
        odno: str,
        order_type: OrderType,
        limit_krw: int | None,
        shares: int | None = None,
        route: Route | None = None,
        condition_krw: int | None = None,
    ) -> Placed | Declined:
        """Give an order (or `shares` of it) a new price and type. It loses its place in line."""
        self._course.play(now_ns)
        original = self._course.orders.get(_number(odno))
        wish = Wish(order_type, limit_krw, shares, condition_krw)
        number = self._course.next_number()
        order = self._admission.modify(original, route, wish, number, self.now_ns)
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._course.send(order)

    def race_changes(self, shares: Race | None) -> None:
        """Let the market win a race: when a cancel or modify arrives at the exchange, `shares`
        says how many of its limit order trade at that very moment, just before it (None: none)."""
        self._course.race = shares

    def orders(self) -> list[OrderRow]:
        """Return every order number of the day, in the order placed."""
        return [order.row() for order in self._course.orders.values()]

    def order(self, odno: str) -> OrderRow | None:
        """Return one order number's row. Numbers compare as ints."""
        order = self._course.orders.get(_number(odno))
        return None if order is None else order.row()

    def fills(self) -> list[FillRow]:
        """Return every fill of the day, in time order."""
        return list(self._course.fills)

    def holdings(self) -> list[HoldingView]:
        """Return what is or was held today, by symbol, at KRX's regular prices."""
        return list(self._ledger.holdings(lambda s: self.close_krw(s) or self.last_krw(s)))

    def cash(self) -> CashView:
        """Return the account's money."""
        return self._ledger.cash()

    def buying_power(
        self, symbol: str | None, order_type: OrderType, limit_krw: int | None
    ) -> BuyingPowerView:
        """Return what could be bought now. What may have to pay any price is reckoned at the
        upper limit."""
        if symbol is None:
            return self._ledger.buying_power(0)
        upper_krw = self._instruments[symbol].upper_krw
        at_market = KINDS[order_type].pricing is Pricing.MARKET
        if at_market or order_type is OrderType.CONDITIONAL_LIMIT:
            return self._ledger.buying_power(upper_krw)
        return self._ledger.buying_power(limit_krw or upper_krw)


def _number(odno: str) -> int:
    """An order number as KIS clients write it, padded or not; 0 for what is none."""
    text = odno.strip()
    return int(text) if text.isdecimal() else 0
