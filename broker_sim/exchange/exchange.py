"""The exchange and the one account on it: a day's prints, our orders among them.

Pure and sans-I/O: time is what the caller says it is. `advance(to_ns)` plays the day up to an
instant and returns what happened; `place`, `modify` and `cancel` answer at once what the broker
would answer, and the exchange's own answer follows as a happening. The same seed and the same
calls at the same times give the same happenings, byte for byte. Our fills add no prints: the
candles a client sees are the day's own.

KRX's prints are happenings. Those of the venue beside it are made when somebody asks (`printed`,
`quote`, `book`) or an order goes there; so a day that nobody trades on NXT costs nothing.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from broker_sim.exchange import news
from broker_sim.exchange.account import AccountRules, BuyingPowerView, CashView, HoldingView
from broker_sim.exchange.admission import Admission, Wish
from broker_sim.exchange.board import Board
from broker_sim.exchange.day import DaySource, Feed, Instrument, PrintTape
from broker_sim.exchange.floor import Floor
from broker_sim.exchange.happenings import Happening, Printed
from broker_sim.exchange.interruptions import (
    Delisting,
    Interrupted,
    Interruption,
    Interruptions,
)
from broker_sim.exchange.ledger import Ledger
from broker_sim.exchange.live import BoardName, LiveOrder, odno
from broker_sim.exchange.matching import Execution
from broker_sim.exchange.operations import Operation, has_operations, operations
from broker_sim.exchange.order_types import KINDS, Pricing, Term
from broker_sim.exchange.orders import (
    Declined,
    FillRow,
    OrderRow,
    OrderState,
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

_FIRST_NUMBER = 1_001
_BELL, _ARRIVAL = 0, 1  # at one instant a session's bell rings before orders arrive
_Race = Callable[[OrderRow], int]


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
        self._orders: dict[int, LiveOrder] = {}
        self._fills: list[FillRow] = []
        # (instant, bell or arrival, order number or count of bells, what is to be done)
        self._agenda: list[tuple[int, int, int, Callable[[], None]]] = []
        self._bells: set[tuple[int, str]] = set()
        self._heard: list[Happening] = []
        self._race: _Race | None = None
        self._now_ns = 0
        self._ring_at(self._floor.krx.expiry_ns, "close", self._make_closes)
        for at_ns, what in interruptions:
            self._begin(at_ns, what)
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
        return self._now_ns

    # The market

    def phase(self, at_ns: int | None = None) -> Phase:
        """Return the phase of KRX's regular session at an instant (None: now)."""
        return self._floor.krx.session_phase(self._now_ns if at_ns is None else at_ns)

    def hours(self, venue: Venue) -> Timetable:
        """Return a venue's timetable; NXT's is empty on a day without NXT."""
        return self._floor.hours[venue]

    def trading(self, symbol: str, venue: Venue = "KRX") -> Trading:
        """Return how one issue's orders meet on a venue now."""
        return self._floor.trading(symbol, venue, self._now_ns)

    def instrument(self, symbol: str) -> Instrument | None:
        """Return an issue as of now; None when there is none, or none any more."""
        return self._floor.instrument(symbol, self._now_ns)

    def vis(self, now_ns: int | None = None, venue: Venue = "KRX") -> list[ViRow]:
        """Return a venue's volatility interruptions begun by an instant (None: now), ascending."""
        return vi_rows(self._floor, self._now_ns if now_ns is None else now_ns, venue)

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
        return self._floor.book(symbol, venue, self._now_ns)

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
        until_ns = self._now_ns if until_ns is None else min(until_ns, self._now_ns)
        return self._day.track(symbol, venue).between(after_ns + 1, until_ns + 1)

    def interrupt(self, at_ns: int, what: Interruption) -> Interrupted:
        """Interrupt the market at an instant: now, or later today. KeyError for no such issue."""
        timed = self._begin(at_ns, what)
        self._floor.rewind(self._now_ns)
        return timed

    # The account

    def advance(self, to_ns: int) -> Sequence[Happening]:
        """Play up to and including `to_ns`; return what happened since the last call, in order."""
        self._play(to_ns)
        heard, self._heard = self._heard, []
        return heard

    def place(self, now_ns: int, ticket: Ticket) -> Placed | Declined:
        """Place an order."""
        self._play(now_ns)
        order = self._admission.new_order(ticket, self._next_number(), self._now_ns)
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._send(order)

    def cancel(
        self, now_ns: int, odno: str, shares: int | None = None, route: Route | None = None
    ) -> Placed | Declined:
        """Cancel an order, or `shares` of it (None: all that is left). Numbers compare as ints.

        With a `route` the order must have been sent there.
        """
        self._play(now_ns)
        original = self._orders.get(_number(odno))
        order = self._admission.cancel(original, route, shares, self._next_number(), self._now_ns)
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._send(order)

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
        self._play(now_ns)
        original = self._orders.get(_number(odno))
        wish = Wish(order_type, limit_krw, shares, condition_krw)
        order = self._admission.modify(original, route, wish, self._next_number(), self._now_ns)
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._send(order)

    def race_changes(self, shares: _Race | None) -> None:
        """Let the market win a race: when a cancel or modify arrives at the exchange, `shares`
        says how many of its limit order trade at that very moment, just before it (None: none)."""
        self._race = shares

    def orders(self) -> list[OrderRow]:
        """Return every order number of the day, in the order placed."""
        return [order.row() for order in self._orders.values()]

    def order(self, odno: str) -> OrderRow | None:
        """Return one order number's row. Numbers compare as ints."""
        order = self._orders.get(_number(odno))
        return None if order is None else order.row()

    def fills(self) -> list[FillRow]:
        """Return every fill of the day, in time order."""
        return list(self._fills)

    def holdings(self) -> list[HoldingView]:
        """Return what is or was held today, by symbol, at KRX's regular prices."""
        return list(self._ledger.holdings(lambda s: self.close_krw(s) or self.last_krw(s)))

    def cash(self) -> CashView:
        """Return the account's money."""
        return self._ledger.cash()

    def buying_power(
        self, symbol: str | None, order_type: OrderType, limit_krw: int | None
    ) -> BuyingPowerView:
        """Return what could be bought now. Market types are reckoned at the upper limit."""
        if symbol is None:
            return self._ledger.buying_power(0)
        price_krw = limit_krw or self._instruments[symbol].upper_krw
        if KINDS[order_type].pricing is Pricing.MARKET:
            price_krw = self._instruments[symbol].upper_krw
        return self._ledger.buying_power(price_krw)

    # Time

    def _play(self, to_ns: int) -> None:
        if to_ns < self._now_ns:
            return
        while self._agenda and self._agenda[0][0] <= to_ns:
            at_ns, _, _, happen = heappop(self._agenda)
            self._hear(at_ns)
            self._now_ns = at_ns
            happen()
        self._hear(to_ns + 1)
        self._now_ns = to_ns

    def _hear(self, seen_ns: int) -> None:
        """Let everything strictly before an instant print."""
        seen_ns = max(seen_ns, self._floor.seen_ns)
        prints = self._floor.reel.take_before(seen_ns)
        beside = [
            (printed, board)
            for board in self._floor.boards.values()
            if not board.is_idle
            for printed in board.due(seen_ns)
        ]
        krx = self._floor.boards[BoardName.KRX]
        last = self._floor.last
        if not beside and krx.is_idle:
            self._heard += prints
            for printed in prints:
                last[printed.symbol] = printed
            self._floor.seen_ns = seen_ns
            return
        beside.sort(key=lambda pair: -pair[0].at_ns)  # the next one last; at a tie by board
        for printed in prints:
            while beside and beside[-1][0].at_ns < printed.at_ns:
                self._meet(*beside.pop())
            last[printed.symbol] = printed
            self._heard.append(printed)
            if printed.symbol in krx.resting or printed.symbol in krx.stops:
                self._meet(printed, krx)
        while beside:
            self._meet(*beside.pop())
        self._floor.seen_ns = seen_ns

    def _ring_at(self, at_ns: int, name: str, happen: Callable[[], None]) -> None:
        """Have something done at an instant, once."""
        if (at_ns, name) not in self._bells:
            self._bells.add((at_ns, name))
            heappush(self._agenda, (at_ns, _BELL, len(self._bells), happen))

    def _make_closes(self) -> None:
        self._floor.closes = {s: printed.price_krw for s, printed in self._floor.last.items()}

    def _begin(self, at_ns: int, what: Interruption) -> Interrupted:
        timed = self._floor.interrupt(at_ns, what)
        if isinstance(what, Delisting):
            symbol = what.symbol
            self._ring_at(timed.start_ns, f"no more {symbol}", lambda: self._end_all(symbol))
        return timed

    def _end_all(self, symbol: str) -> None:
        for order in self._ledger.open_orders():
            if order.symbol == symbol:
                self._expire(order)

    def _expire_due(self) -> None:
        for order in self._ledger.open_orders():
            if order.expires_ns <= self._now_ns:
                self._expire(order)

    def _expire(self, order: LiveOrder) -> None:
        was_in_play = order.in_play
        self._end(order, OrderState.EXPIRED if was_in_play else order.state)
        if was_in_play:
            order.updated_ns = self._now_ns
            self._heard.append(news.expired(order, self._now_ns))

    def _lift_limits(self) -> None:
        """Make market orders of the conditional limit orders that wait: the closing auction's."""
        for order in self._ledger.open_orders():
            if order.order_type is OrderType.CONDITIONAL_LIMIT and order.in_play:
                order.unbound = True
                order.queue_ahead = 0

    # Orders

    def _next_number(self) -> int:
        return _FIRST_NUMBER + len(self._orders)

    def _send(self, order: LiveOrder) -> Placed:
        self._orders[order.number] = order
        self._ledger.open(order)
        arrives_ns = self._now_ns + self._rules.latency_ns
        arrival = (arrives_ns, _ARRIVAL, order.number, lambda: self._acknowledge(order))
        heappush(self._agenda, arrival)
        self._ring_at(order.expires_ns, "expiry", self._expire_due)
        if order.order_type is OrderType.CONDITIONAL_LIMIT:
            self._ring_at(self._floor.krx.closing_ns, "closing", self._lift_limits)
        return Placed(odno(order.number), self._now_ns)

    def _acknowledge(self, order: LiveOrder) -> None:
        """Let the exchange answer an order, a modify or a cancel, now."""
        original = self._orders.get(order.original or 0)
        if original is not None:
            original.leaving -= order.shares
            self._let_race(original)
        order.updated_ns = self._now_ns
        order.hold_krw = 0
        refusal = self._admission.at_exchange(order, original, self._now_ns)
        if refusal is not None:
            self._reject(order, refusal)
            return
        order.accepted_ns = self._now_ns
        if original is not None:
            order.shares = min(order.shares, original.remaining)
        self._heard.append(news.accepted(order, self._now_ns))
        if original is not None:
            self._leave(original, order.shares)
        if order.change == "cancel":
            self._confirm_cancel(order)
        else:
            order.state = OrderState.WORKING
            self._enter(order, self._now_ns)

    def _let_race(self, original: LiveOrder) -> None:
        """Trade what the race says of an order that is about to change."""
        if self._race is None or not original.in_play or original.at_market or original.waits:
            return
        shares = min(self._race(original.row()), original.remaining)
        if shares > 0:
            self._fill((Execution(original, shares, original.limit_krw),), self._now_ns)

    def _reject(self, order: LiveOrder, refusal: Refusal) -> None:
        order.state = OrderState.REJECTED
        order.rejected = order.shares
        self._ledger.close(order)
        why = declined(refusal, self._rules.dialect)
        self._heard.append(news.rejected(order, why, self._now_ns))

    def _leave(self, order: LiveOrder, shares: int) -> None:
        """Take shares of an order out of the market: moved by a modify or ended by a cancel."""
        order.cancelled += shares
        order.updated_ns = self._now_ns
        if order.remaining == 0:
            self._end(order, OrderState.CANCELLED)

    def _confirm_cancel(self, order: LiveOrder) -> None:
        order.cancelled = order.shares
        self._end(order, OrderState.CANCELLED)
        self._heard.append(news.cancelled(order, order.shares, self._now_ns))

    def _end(self, order: LiveOrder, state: OrderState) -> None:
        order.state = state
        self._ledger.close(order)
        self._floor.boards[order.board].remove(order)

    # Matching

    def _enter(self, order: LiveOrder, at_ns: int) -> None:
        """Meet the displayed book; rest or end with what is left."""
        board = self._floor.boards[order.board]
        continuous = self._floor.trading(order.symbol, order.venue, at_ns) is Trading.CONTINUOUS
        meets = continuous and not order.waits and board.name is not BoardName.OFF_HOURS
        if meets:
            locked = self._floor.stuck(order.symbol, at_ns) == order.side
            if board.display.has_printed(order.symbol) and not locked:
                self._fill(board.meet(order), at_ns)
            if order.remaining == 0:
                return
            if order.term is not Term.DAY:
                left = order.remaining
                self._leave(order, left)
                self._heard.append(news.cancelled(order, left, at_ns))
                return
        board.rest(order, self._floor.seen_ns)

    def _meet(self, printed: Printed, board: Board) -> None:
        """Let one print meet the orders that wait for it, and set off stops."""
        self._floor.seen_ns = printed.at_ns + 1
        stuck = self._floor.stuck(printed.symbol, printed.at_ns)
        self._fill(board.executions(printed, stuck), printed.at_ns)
        for order in board.set_off(printed):
            order.updated_ns = printed.at_ns
            self._enter(order, printed.at_ns)

    def _fill(self, executions: Sequence[Execution], at_ns: int) -> None:
        for order, shares, price_krw in executions:
            cost_krw = self._ledger.fill(order, shares, price_krw)
            order.updated_ns = at_ns
            fill = FillRow(
                len(self._fills) + 1,
                odno(order.number),
                order.symbol,
                order.side,
                shares,
                price_krw,
                at_ns,
                cost_krw,
                order.venue,
            )
            self._fills.append(fill)
            self._heard.append(news.filled(order, fill))
            if order.remaining == 0:
                self._end(order, OrderState.FILLED)


def _number(odno: str) -> int:
    """An order number as KIS clients write it, padded or not; 0 for what is none."""
    text = odno.strip()
    return int(text) if text.isdecimal() else 0
