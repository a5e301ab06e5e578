"""The derivatives exchange and the margin account on it: a market's prints, our orders among them.

Pure and sans-I/O, like the stock exchange: `advance(to_ns)` plays up to an instant and returns what
happened to our orders; `place`, `modify` and `cancel` answer at once what the broker would, and the
exchange's own answer follows as news. The same seed and calls give the same news. Our fills add no
prints.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from broker_sim.exchange.account import AccountRules, OpeningContracts
from broker_sim.exchange.day import DayError, DaySource
from broker_sim.exchange.derivatives import matching
from broker_sim.exchange.derivatives.admission import Admission, Wish
from broker_sim.exchange.derivatives.books import Book, Level
from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.hours import AUCTIONS, Phase, Session
from broker_sim.exchange.derivatives.ledger import Ledger, MoneyView, PositionView
from broker_sim.exchange.derivatives.margin import Marked
from broker_sim.exchange.derivatives.market import Market, Quote, market_of
from broker_sim.exchange.derivatives.matching import Execution
from broker_sim.exchange.derivatives.orders import (
    BEST_TYPES,
    FOK,
    IMMEDIATE,
    FillRow,
    LiveOrder,
    News,
    NewsKind,
    OrderRow,
    OrderType,
    Ticket,
    news,
)
from broker_sim.exchange.orders import Declined, OrderState, Refusal
from broker_sim.exchange.refusals import declined
from kis_core.market.instants import SECOND_NS
from kis_core.wire.account import Side

Race = Callable[[OrderRow], int]
_FIRST_NUMBER = 500_001  # apart from the stock account's
_WORDS = {
    Refusal.OFF_TICK: "호가단위 오류 입니다.",
    Refusal.NOT_SELLABLE: "청산 가능한 수량을 초과했습니다.",
}


@dataclass(frozen=True, slots=True)
class Placed:
    """The broker took the order, the modify or the cancel. The exchange answers later."""

    order: OrderRow
    at_ns: int


@dataclass(frozen=True, slots=True)
class PowerView:
    """What could be ordered now, contracts."""

    closable: int
    opening: int
    price_h: int  # the last price


class DerivativesExchange:
    """One day, one margin account. Time never runs backwards."""

    def __init__(self, market: Market, rules: AccountRules, cash_krw: int | None = None) -> None:
        """`cash_krw` is the margin account's own; as much as the stock account's when None.

        Raises DayError for contracts carried in that are not listed on the day.
        """
        self.market = market
        self._rules = rules
        cash = rules.cash_krw if cash_krw is None else cash_krw
        self._ledger = Ledger(cash, self._marked)
        for held in rules.contracts:
            contract = market.contracts.get(held.code)
            if contract is None:
                raise DayError(f"{held.code} is carried in, but not listed on {market.date}")
            self._ledger.carry_in(contract, held.quantity, held.cost_h)
        self._admission = Admission(market, rules.dialect, self._ledger)
        self._orders: dict[int, LiveOrder] = {}
        self._resting: dict[tuple[str, bool], list[LiveOrder]] = {}
        self._fills: list[FillRow] = []
        self._agenda: list[tuple[int, int]] = []
        self._heard: list[News] = []
        self._taken: dict[tuple[str, bool, int, int], int] = {}
        self._now_ns = 0
        self._race: Race | None = None
        self.latency_ns = rules.latency_ns  # of orders placed from now on

    @property
    def now_ns(self) -> int:
        """Return how far the day has been played."""
        return self._now_ns

    def advance(self, to_ns: int) -> Sequence[News]:
        """Play up to and including `to_ns`; return the news since the last call, in order."""
        self._play(to_ns)
        heard, self._heard = self._heard, []
        return heard

    def place(self, now_ns: int, ticket: Ticket) -> Placed | Declined:
        """Place an order."""
        self._play(now_ns)
        return self._send(self._admission.new_order(ticket, self._next_number(), self._now_ns))

    def cancel(
        self, now_ns: int, number: int, quantity: int | None, night: bool = False
    ) -> Placed | Declined:
        """Cancel an order, or so many contracts of it (None: all that is left)."""
        self._play(now_ns)
        original = self._original(number, night)
        order = self._admission.cancel(original, quantity, self._next_number(), self._now_ns)
        return self._send(order)

    def modify(
        self, now_ns: int, number: int, wish: Wish, night: bool = False
    ) -> Placed | Declined:
        """Give an order, or part of it, a new price and type. It loses its place in line."""
        self._play(now_ns)
        original = self._original(number, night)
        return self._send(self._admission.modify(original, wish, self._next_number(), self._now_ns))

    def race_changes(self, contracts: Race | None) -> None:
        """Let the market win a race: when a cancel or modify arrives at the exchange, `contracts`
        says how many of its limit order trade at that very moment, just before it (None: none)."""
        self._race = contracts

    def orders(self) -> list[OrderRow]:
        """Return every order number of the day, in the order placed."""
        return [order.row() for order in self._orders.values()]

    def fills(self) -> list[FillRow]:
        """Return every fill of the day, in time order."""
        return list(self._fills)

    def positions(self) -> list[PositionView]:
        """Return what is or was held today, by code."""
        return list(self._ledger.positions())

    def money(self) -> MoneyView:
        """Return the account's money as marked now."""
        return self._ledger.money()

    def carried(self) -> tuple[int, tuple[OpeningContracts, ...]]:
        """Return the cash and the contracts that the next day begins with.

        Futures are settled at the day session's last price, what expires at its index's close, so
        the day session must be over. What was traded in the night is settled with it.
        """
        assert self._now_ns >= self.market.hours.day.close_ns, "the day is not over"
        cash_krw, left = self._ledger.carried_out(self._settled)
        return cash_krw, tuple(left)

    def power(
        self, contract: Contract, side: Side, order_type: OrderType, limit_h: int, night: bool
    ) -> PowerView:
        """Return how many contracts could be ordered now."""
        closable = self._ledger.closable(contract.code, side)
        unit = self._admission.unit_krw(contract, side, limit_h, night, self._now_ns)
        spare_krw = max(self._ledger.money().orderable_krw, 0)
        last_h = self.market.quote(contract.code, self._now_ns, night).last_h
        return PowerView(closable, spare_krw // unit if unit else 0, last_h)

    def quote(self, code: str, night: bool = False) -> Quote:
        """Return a contract's session as of now; KeyError if unknown."""
        return self.market.quote(code, self._now_ns, night)

    def book(self, code: str, night: bool = False) -> Book:
        """Return five levels a side as of now; KeyError if unknown."""
        return self.market.book(code, self._now_ns, night)

    # Time

    def _play(self, to_ns: int) -> None:
        if to_ns < self._now_ns:
            return
        while self._agenda and self._agenda[0][0] <= to_ns:
            at_ns, number = heappop(self._agenda)
            self._pass(at_ns)
            self._acknowledge(self._orders[number])
        self._pass(to_ns)

    def _pass(self, to_ns: int) -> None:
        """Let time pass over the resting orders."""
        from_ns = self._now_ns
        self._now_ns = to_ns
        for key in list(self._resting):
            code, night = key
            contract = self.market.contracts[code]
            session = self.market.session(contract, night)
            assert session is not None, f"{code} rests where it never trades"
            self._meet(key, contract, session, from_ns, min(to_ns, session.close_ns))
            if to_ns >= session.close_ns:
                self._expire(key, session.close_ns)

    def _meet(
        self,
        key: tuple[str, bool],
        contract: Contract,
        session: Session,
        from_ns: int,
        to_ns: int,
    ) -> None:
        """Match resting orders with the prints and quotes after one instant up to another."""
        tape = self.market.tape(contract, key[1])
        first, last = tape.count_at(from_ns), tape.count_at(to_ns)
        events = [(int(tape.at_ns[at]), at) for at in range(first, last)]
        events += [(at_ns, -1) for at_ns in self._crossings(key, contract, session, from_ns, to_ns)]
        for at_ns, at in sorted(events):
            orders = self._resting.get(key)
            if not orders:
                return
            if at < 0:
                book = self.market.book(contract.code, at_ns, key[1])
                self._fill(matching.on_quotes(orders, book), at_ns)
                continue
            price_h, quantity = int(tape.price_h[at]), int(tape.quantity[at])
            if tape.aggressor[at] != 0:
                self._fill(matching.on_print(orders, price_h, quantity), at_ns)
                continue
            if at_ns >= session.close_ns:
                _unbind(orders)
            self._fill(matching.on_auction(orders, price_h, quantity), at_ns)

    def _crossings(
        self,
        key: tuple[str, bool],
        contract: Contract,
        session: Session,
        from_ns: int,
        to_ns: int,
    ) -> list[int]:
        """Return the seconds in continuous trading whose quotes reach a resting order."""
        begin = max(from_ns, session.open_ns) // SECOND_NS + 1
        end = min(to_ns, session.closing_ns - 1) // SECOND_NS
        if end < begin:
            return []
        seconds = np.arange(begin, end + 1) * SECOND_NS
        bid, ask = self.market.best(contract, key[1], seconds)
        orders = self._resting[key]
        buys = [order.limit_h or 10**9 for order in orders if order.side == "BUY"]
        sells = [order.limit_h for order in orders if order.side == "SELL"]
        reached = np.zeros(len(seconds), np.bool_)
        if buys:
            reached |= (ask > 0) & (ask <= max(buys))
        if sells:
            reached |= (bid > 0) & (bid >= min(sells))
        return [int(at) for at in seconds[reached]]

    def _expire(self, key: tuple[str, bool], at_ns: int) -> None:
        for order in self._resting.pop(key, []):
            order.state = OrderState.EXPIRED
            order.updated_ns = at_ns
            self._ledger.close(order)

    # Orders

    def _next_number(self) -> int:
        return _FIRST_NUMBER + len(self._orders)

    def _original(self, number: int, night: bool) -> LiveOrder | None:
        order = self._orders.get(number)
        return order if order is not None and order.night == night else None

    def _send(self, order: LiveOrder | Refusal) -> Placed | Declined:
        if isinstance(order, Refusal):
            why = declined(order, self._rules.dialect)
            text = _WORDS.get(order, why.text) if self._rules.dialect == "real" else why.text
            return Declined(why.code, text, order)
        self._orders[order.number] = order
        self._ledger.open(order)
        heappush(self._agenda, (self._now_ns + self.latency_ns, order.number))
        return Placed(order.row(), self._now_ns)

    def _acknowledge(self, order: LiveOrder) -> None:
        """Let the exchange answer an order, a modify or a cancel, now."""
        original = self._orders.get(order.original or 0)
        if original is not None:
            original.leaving -= order.quantity
            self._let_race(original)
        order.updated_ns = self._now_ns
        if self._admission.at_exchange(order, original, self._now_ns) is not None:
            order.state = OrderState.REJECTED
            order.rejected = order.quantity
            self._ledger.close(order)
            self._tell(NewsKind.REJECTED, order, order.quantity, order.limit_h)
            return
        order.accepted_ns = self._now_ns
        if original is not None:
            order.quantity = min(order.quantity, original.remaining)
        phase = self.market.phase(order.contract, order.night, self._now_ns)
        if order.order_type in BEST_TYPES and order.change != "cancel":
            self._price_best(order)
        self._tell(NewsKind.ACCEPTED, order, order.quantity, order.limit_h)
        if original is not None:
            self._leave(original, order.quantity)
        if order.change == "cancel":
            order.cancelled = order.quantity
            self._end(order, OrderState.CANCELLED)
            self._tell(NewsKind.CANCELLED, order, order.quantity, order.limit_h)
            return
        order.state = OrderState.WORKING
        self._enter(order, phase)

    def _let_race(self, original: LiveOrder) -> None:
        """Trade what the race says of an order that is about to change."""
        if self._race is None or not original.in_play or not original.limit_h:
            return
        phase = self.market.phase(original.contract, original.night, self._now_ns)
        if phase is not Phase.CONTINUOUS:
            return
        quantity = min(self._race(original.row()), original.remaining)
        if quantity > 0:
            self._fill((Execution(original, quantity, original.limit_h),), self._now_ns)

    def _price_best(self, order: LiveOrder) -> None:
        levels = matching.opposite(self.book(order.contract.code, order.night), order.side)
        own = matching.own(self.book(order.contract.code, order.night), order.side)
        base_h = self.market.limits(order.contract, order.night).base_h
        order.limit_h = levels[0].price_h if levels else own[0].price_h if own else base_h

    def _enter(self, order: LiveOrder, phase: Phase) -> None:
        """Meet the displayed book; rest or end with what is left."""
        book = self.book(order.contract.code, order.night)
        if phase not in AUCTIONS:
            executions = matching.take(order, self._left(order, book))
            if order.order_type in FOK and matching.total(executions) < order.remaining:
                executions = []
            for _, quantity, price_h in executions:
                key = self._level_key(order, price_h)
                self._taken[key] = self._taken.get(key, 0) + quantity
            self._fill(executions, self._now_ns)
            if order.remaining == 0:
                return
            if order.order_type in IMMEDIATE:
                left = order.remaining
                self._leave(order, left)
                self._tell(NewsKind.CANCELLED, order, left, order.limit_h)
                return
        own = matching.own(book, order.side)
        shown = (level.quantity for level in own if level.price_h == order.limit_h)
        order.queue_ahead = 0 if order.filled else next(shown, 0)
        key2 = (order.contract.code, order.night)
        resting = self._resting.setdefault(key2, [])
        resting.append(order)
        if phase is Phase.CLOSING_AUCTION:
            _unbind(resting)

    def _left(self, order: LiveOrder, book: Book) -> list[Level]:
        """Return the opposite levels less what we took of them within the second."""
        return [
            Level(
                level.price_h,
                level.quantity - self._taken.get(self._level_key(order, level.price_h), 0),
                level.orders,
            )
            for level in matching.opposite(book, order.side)
        ]

    def _level_key(self, order: LiveOrder, price_h: int) -> tuple[str, bool, int, int]:
        return order.contract.code, order.night, self._now_ns // SECOND_NS, price_h

    def _leave(self, order: LiveOrder, quantity: int) -> None:
        order.cancelled += quantity
        order.updated_ns = self._now_ns
        if order.remaining == 0:
            self._end(order, OrderState.CANCELLED)

    def _end(self, order: LiveOrder, state: OrderState) -> None:
        order.state = state
        self._ledger.close(order)
        key = (order.contract.code, order.night)
        resting = self._resting.get(key, [])
        if any(other is order for other in resting):
            left = [other for other in resting if other is not order]
            if left:
                self._resting[key] = left
            else:
                del self._resting[key]

    def _fill(self, executions: Sequence[Execution], at_ns: int) -> None:
        for order, quantity, price_h in executions:
            self._fills.append(self._ledger.fill(order, quantity, price_h, at_ns))
            order.updated_ns = at_ns
            self._heard.append(news(NewsKind.FILLED, order, quantity, price_h, at_ns))
            if order.remaining == 0:
                self._end(order, OrderState.FILLED)

    def _tell(self, kind: NewsKind, order: LiveOrder, quantity: int, price_h: int) -> None:
        self._heard.append(news(kind, order, quantity, price_h, self._now_ns))

    def _settled(self, contract: Contract) -> tuple[int, bool]:
        """Return what a contract is settled at, and whether it ended with the day."""
        final_h = self.market.prices.settlement_h(contract, self._now_ns)
        if final_h is not None:
            return final_h, True
        return self.market.quote(contract.code, self._now_ns).last_h, False

    def _marked(self, contract: Contract) -> Marked:
        """Mark at the last price: the night's once the night has begun; what expired, at what it
        is settled at once the index has closed."""
        night = self.market.session(contract, True)
        at_night = night is not None and self._now_ns >= night.open_ns
        last_h = self.market.prices.settlement_h(contract, self._now_ns)
        if last_h is None:
            last_h = self.market.quote(contract.code, self._now_ns, at_night).last_h
        index_h = round(
            self.market.prices.index_pt(contract.product.underlying, self._now_ns) * 100
        )
        return Marked(last_h, index_h, self.market.prices.greeks(contract, self._now_ns).delta)


def derivatives_of(
    day: DaySource,
    rules: AccountRules,
    seed: int,
    cash_krw: int | None = None,
    implied: float | None = None,
) -> DerivativesExchange | None:
    """Return the derivatives exchange of a day; None for a day without a KOSPI200."""
    market = market_of(day, seed, implied)
    return None if market is None else DerivativesExchange(market, rules, cash_krw)


def _unbind(orders: Sequence[LiveOrder]) -> None:
    """Conditional orders lose their limit in the closing auction."""
    for order in orders:
        if order.order_type is OrderType.CONDITIONAL:
            order.freed_h, order.limit_h = order.limit_h or order.freed_h, 0
