"""The exchange and the one account on it: a day's prints, our orders among them.

Pure and sans-I/O: time is what the caller says it is. `advance(to_ns)` plays the day up to an
instant and returns what happened; `place`, `modify` and `cancel` answer at once what the broker
would answer, and the exchange's own answer follows as a happening. The same seed and the same
calls at the same times give the same happenings, byte for byte. Our fills add no prints: the
candles a client sees are the day's own.
"""

from collections.abc import Sequence
from heapq import heappop, heappush

from broker_sim.exchange import news
from broker_sim.exchange.account import AccountRules, BuyingPowerView, CashView, HoldingView
from broker_sim.exchange.admission import Admission
from broker_sim.exchange.day import DaySource
from broker_sim.exchange.display import Display
from broker_sim.exchange.happenings import Happening, Printed
from broker_sim.exchange.ledger import Ledger
from broker_sim.exchange.live import FOK_TYPES, IMMEDIATE_TYPES, MARKET_TYPES, LiveOrder, odno
from broker_sim.exchange.matching import Execution, on_auction, on_print, take
from broker_sim.exchange.orders import (
    Declined,
    FillRow,
    OrderRow,
    OrderState,
    Placed,
    Refusal,
    Ticket,
)
from broker_sim.exchange.quote import Quote
from broker_sim.exchange.reel import Reel
from broker_sim.exchange.refusals import declined
from broker_sim.exchange.venue import Phase as Phase
from broker_sim.exchange.venue import Venue
from kis_core.market.costs import sell_taxes_ppm
from kis_core.market.events import Book
from kis_core.wire.account import OrderType

_FIRST_NUMBER = 1_001


class Exchange:
    """One day, one account.

    Time never runs backwards: an instant before `now_ns` counts as `now_ns`. `place`, `modify`
    and `cancel` at a later instant play the day up to it first; what happened meanwhile is
    returned by the next `advance`.
    """

    def __init__(self, day: DaySource, account: AccountRules, seed: int) -> None:
        self._day = day
        self._rules = account
        self._venue = Venue(day.date)
        self._reel = Reel(day)
        self._instruments = day.instruments
        for market in sorted({i.market for i in self._instruments.values()}):
            sell_taxes_ppm(market, day.date)  # a day whose tax is unknown stops us here
        self._ledger = Ledger(account, day.date, lambda symbol: self._instruments[symbol].market)
        self._admission = Admission(self._instruments, account.dialect, self._ledger)
        self._display = Display(day, seed)
        self._orders: dict[int, LiveOrder] = {}
        self._resting: dict[str, list[LiveOrder]] = {}
        self._fills: list[FillRow] = []
        self._agenda: list[tuple[int, int]] = []  # (acknowledged at, order number)
        self._heard: list[Happening] = []
        self._expired = False
        self._now_ns = 0
        self.latency_ns = account.latency_ns
        """From the broker's answer to the exchange's, for orders placed from now on."""

    @property
    def day(self) -> DaySource:
        """Return the day played."""
        return self._day

    @property
    def rules(self) -> AccountRules:
        """Return the account's rules."""
        return self._rules

    @property
    def venue(self) -> Venue:
        """Return the session's instants."""
        return self._venue

    @property
    def now_ns(self) -> int:
        """Return how far the day has been played."""
        return self._now_ns

    def phase(self, at_ns: int | None = None) -> Phase:
        """Return the market's phase at an instant (None: now)."""
        return self._venue.phase(self._now_ns if at_ns is None else at_ns)

    def advance(self, to_ns: int) -> Sequence[Happening]:
        """Play up to and including `to_ns`; return what happened since the last call, in order."""
        self._play(to_ns)
        heard, self._heard = self._heard, []
        return heard

    def place(self, now_ns: int, ticket: Ticket) -> Placed | Declined:
        """Place an order."""
        self._play(now_ns)
        phase = self._phase_of(ticket.symbol)
        quotes = self._display.best(ticket.symbol)
        order = self._admission.new_order(ticket, phase, quotes, self._next_number(), self._now_ns)
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._send(order)

    def cancel(self, now_ns: int, odno: str, shares: int | None = None) -> Placed | Declined:
        """Cancel an order, or `shares` of it (None: all that is left). Numbers compare as ints."""
        self._play(now_ns)
        original = self._orders.get(_number(odno))
        phase = self._phase_of(original.symbol if original else "")
        order = self._admission.cancel(original, shares, phase, self._next_number(), self._now_ns)
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
    ) -> Placed | Declined:
        """Give an order (or `shares` of it) a new price and type. It loses its place in line."""
        self._play(now_ns)
        original = self._orders.get(_number(odno))
        phase = self._phase_of(original.symbol if original else "")
        quotes = self._display.best(original.symbol) if original else (0, 0)
        wish = (order_type, limit_krw, shares)
        order = self._admission.modify(
            original, wish, phase, quotes, self._next_number(), self._now_ns
        )
        if isinstance(order, Refusal):
            return declined(order, self._rules.dialect)
        return self._send(order)

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
        """Return what is or was held today, by symbol."""
        return list(self._ledger.holdings(self.last_krw))

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
        if order_type in MARKET_TYPES:
            price_krw = self._instruments[symbol].upper_krw
        return self._ledger.buying_power(price_krw)

    def book(self, symbol: str) -> Book:
        """Return the ten best levels a side, as of now. Deterministic; KeyError if unknown."""
        return self._display.book(symbol, self._phase_of(symbol), self._now_ns)

    def quote(self, symbol: str) -> Quote:
        """Return the symbol's day as of now; KeyError if unknown."""
        return self._display.quote(symbol, self._phase_of(symbol), self._now_ns)

    def last_krw(self, symbol: str) -> int:
        """Return the last price; the base price before the first print; KeyError if unknown."""
        return self._display.last_krw(symbol)

    # Time

    def _play(self, to_ns: int) -> None:
        if to_ns < self._now_ns:
            return
        while self._agenda and self._agenda[0][0] <= to_ns:
            at_ns, number = heappop(self._agenda)
            self._hear(self._reel.take_before(at_ns))
            self._expire_by(at_ns)
            self._now_ns = at_ns
            self._acknowledge(self._orders[number])
        self._hear(self._reel.take_until(to_ns))
        self._now_ns = to_ns
        self._expire_by(to_ns)

    def _hear(self, prints: list[Printed]) -> None:
        last = self._display.last
        if not self._resting:
            self._heard += prints
            for printed in prints:
                last[printed.symbol] = printed
            return
        for printed in prints:
            last[printed.symbol] = printed
            self._heard.append(printed)
            resting = self._resting.get(printed.symbol)
            if resting:
                # An issue whose first print is no auction's finds its price there all the same.
                found = printed.auction or printed.index == 0
                executions = (on_auction if found else on_print)(resting, printed)
                self._fill(executions, printed.at_ns)

    def _expire_by(self, at_ns: int) -> None:
        if self._expired or at_ns < self._venue.expiry_ns:
            return
        self._expired = True
        expiry_ns = self._venue.expiry_ns
        for order in self._ledger.open_orders():
            self._ledger.close(order)
            if order.in_play:
                order.state = OrderState.EXPIRED
                order.updated_ns = expiry_ns
                self._heard.append(news.expired(order, expiry_ns))
        self._resting.clear()

    # Orders

    def _next_number(self) -> int:
        return _FIRST_NUMBER + len(self._orders)

    def _phase_of(self, symbol: str) -> Phase:
        return self._venue.phase_of(symbol, self._now_ns)

    def _send(self, order: LiveOrder) -> Placed:
        self._orders[order.number] = order
        self._ledger.open(order)
        heappush(self._agenda, (self._now_ns + self.latency_ns, order.number))
        return Placed(odno(order.number), self._now_ns)

    def _acknowledge(self, order: LiveOrder) -> None:
        """Let the exchange answer an order, a modify or a cancel, now."""
        phase = self._phase_of(order.symbol)
        original = self._orders.get(order.original or 0)
        if original is not None:
            original.leaving -= order.shares
        order.updated_ns = self._now_ns
        order.hold_krw = 0
        refusal = self._admission.at_exchange(order, original, phase)
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
            self._enter(order, phase)

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
        resting = self._resting.get(order.symbol)
        if resting is not None and order in resting:
            resting.remove(order)
            if not resting:
                del self._resting[order.symbol]

    # Matching

    def _enter(self, order: LiveOrder, phase: Phase) -> None:
        """Meet the displayed book; rest or end with what is left."""
        if phase is Phase.CONTINUOUS and order.symbol in self._display.last:
            crosses = self._display.crosses(order)
            asks, bids = self._display.levels(order.symbol)
            opposite = asks if order.side == "BUY" else bids
            executions = take(order, opposite)
            if order.order_type in FOK_TYPES and _total(executions) < order.remaining:
                executions = []
            for _, shares, price_krw in executions:
                self._display.take(order.symbol, price_krw, shares)
            order.swept = crosses and len(executions) == len(opposite)
            self._fill(executions, self._now_ns)
            if order.remaining == 0:
                return
            if order.order_type in IMMEDIATE_TYPES:
                left = order.remaining
                self._leave(order, left)
                self._heard.append(news.cancelled(order, left, self._now_ns))
                return
        first_in_line = order.swept or order.filled > 0
        order.queue_ahead = 0 if first_in_line else self._display.queue_ahead(order)
        self._resting.setdefault(order.symbol, []).append(order)

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
            )
            self._fills.append(fill)
            self._heard.append(news.filled(order, fill))
            if order.remaining == 0:
                self._end(order, OrderState.FILLED)


def _number(odno: str) -> int:
    """An order number as KIS clients write it, padded or not; 0 for what is none."""
    text = odno.strip()
    return int(text) if text.isdecimal() else 0


def _total(executions: Sequence[Execution]) -> int:
    return sum(execution.shares for execution in executions)
