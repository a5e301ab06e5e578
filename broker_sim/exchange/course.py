"""The day's course: prints and orders in one order of time, and what they do to one another.

The course plays the floor's prints, lets orders arrive when their latency has passed, meets them,
books fills in the ledger, and writes down what happened. Whether an order gets in is `admission`'s
to say; what a client may ask is `exchange`'s.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush

from broker_sim.exchange import news
from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.admission import Admission
from broker_sim.exchange.board import Board
from broker_sim.exchange.floor import Floor
from broker_sim.exchange.happenings import Happening, Printed
from broker_sim.exchange.interruptions import Delisting, Interrupted, Interruption
from broker_sim.exchange.ledger import Ledger
from broker_sim.exchange.live import BoardName, LiveOrder, odno
from broker_sim.exchange.matching import Execution
from broker_sim.exchange.order_types import Term
from broker_sim.exchange.orders import FillRow, OrderRow, OrderState, Placed, Refusal
from broker_sim.exchange.refusals import declined
from broker_sim.exchange.venue import Trading
from kis_core.wire.account import OrderType

_FIRST_NUMBER = 1_001
_BELL, _ARRIVAL = 0, 1  # at one instant a session's bell rings before orders arrive
Race = Callable[[OrderRow], int]
"""How many shares of an order trade at the very moment a change of it arrives."""


class Course:
    """One day on one floor, for one account. `heard` is what happened and was not told yet."""

    def __init__(
        self, floor: Floor, rules: AccountRules, ledger: Ledger, admission: Admission
    ) -> None:
        self.now_ns = 0
        self.orders: dict[int, LiveOrder] = {}
        self.fills: list[FillRow] = []
        self.heard: list[Happening] = []
        self.race: Race | None = None
        self.latency_ns = rules.latency_ns  # of orders placed from now on
        self._floor = floor
        self._rules = rules
        self._ledger = ledger
        self._admission = admission
        # (instant, bell or arrival, order number or count of bells, what is to be done)
        self._agenda: list[tuple[int, int, int, Callable[[], None]]] = []
        self._bells: set[tuple[int, str]] = set()
        self._ring_at(floor.krx.expiry_ns, "close", self._make_closes)

    def play(self, to_ns: int) -> None:
        """Play up to and including an instant; one that has passed changes nothing."""
        if to_ns < self.now_ns:
            return
        while self._agenda and self._agenda[0][0] <= to_ns:
            at_ns, _, _, happen = heappop(self._agenda)
            self._hear(at_ns)
            self.now_ns = at_ns
            happen()
        self._hear(to_ns + 1)
        self.now_ns = to_ns

    def next_number(self) -> int:
        """Return the number the next order gets."""
        return _FIRST_NUMBER + len(self.orders)

    def send(self, order: LiveOrder) -> Placed:
        """Take an order that got in, on its way to the exchange."""
        self.orders[order.number] = order
        self._ledger.open(order)
        arrives_ns = self.now_ns + self.latency_ns
        arrival = (arrives_ns, _ARRIVAL, order.number, lambda: self._acknowledge(order))
        heappush(self._agenda, arrival)
        self._ring_at(order.expires_ns, "expiry", self._expire_due)
        if order.order_type is OrderType.CONDITIONAL_LIMIT:
            self._ring_at(self._floor.krx.closing_ns, "closing", self._lift_limits)
        return Placed(odno(order.number), self.now_ns)

    def begin(self, at_ns: int, what: Interruption) -> Interrupted:
        """Let an interruption begin; the floor's prints to come must then be taken anew."""
        timed = self._floor.interrupt(at_ns, what)
        if isinstance(what, Delisting):
            symbol = what.symbol
            self._ring_at(timed.start_ns, f"no more {symbol}", lambda: self._end_all(symbol))
        return timed

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
            self.heard += prints
            for printed in prints:
                last[printed.symbol] = printed
            self._floor.seen_ns = seen_ns
            return
        beside.sort(key=lambda pair: -pair[0].at_ns)  # the next one last; at a tie by board
        for printed in prints:
            while beside and beside[-1][0].at_ns < printed.at_ns:
                self._meet(*beside.pop())
            last[printed.symbol] = printed
            self.heard.append(printed)
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

    def _end_all(self, symbol: str) -> None:
        for order in self._ledger.open_orders():
            if order.symbol == symbol:
                self._expire(order)

    def _expire_due(self) -> None:
        for order in self._ledger.open_orders():
            if order.expires_ns <= self.now_ns:
                self._expire(order)

    def _expire(self, order: LiveOrder) -> None:
        was_in_play = order.in_play
        self._end(order, OrderState.EXPIRED if was_in_play else order.state)
        if was_in_play:
            order.updated_ns = self.now_ns
            self.heard.append(news.expired(order, self.now_ns))

    def _lift_limits(self) -> None:
        """Make market orders of the conditional limit orders that wait: the closing auction's."""
        for order in self._ledger.open_orders():
            if order.order_type is OrderType.CONDITIONAL_LIMIT and order.in_play:
                order.unbound = True
                order.queue_ahead = 0

    def _acknowledge(self, order: LiveOrder) -> None:
        """Let the exchange answer an order, a modify or a cancel, now."""
        original = self.orders.get(order.original or 0)
        if original is not None:
            original.leaving -= order.shares
            self._let_race(original)
        order.updated_ns = self.now_ns
        order.hold_krw = 0
        refusal = self._admission.at_exchange(order, original, self.now_ns)
        if refusal is not None:
            self._reject(order, refusal)
            return
        order.accepted_ns = self.now_ns
        if original is not None:
            order.shares = min(order.shares, original.remaining)
        self.heard.append(news.accepted(order, self.now_ns))
        if original is not None:
            self._leave(original, order.shares)
        if order.change == "cancel":
            self._confirm_cancel(order)
        else:
            order.state = OrderState.WORKING
            self._enter(order, self.now_ns)

    def _let_race(self, original: LiveOrder) -> None:
        """Trade what the race says of an order that is about to change."""
        if self.race is None or not original.in_play or original.at_market or original.waits:
            return
        trading = self._floor.trading(original.symbol, original.venue, self.now_ns)
        if trading is not Trading.CONTINUOUS:
            return
        shares = min(self.race(original.row()), original.remaining)
        if shares > 0:
            self._fill((Execution(original, shares, original.limit_krw),), self.now_ns)

    def _reject(self, order: LiveOrder, refusal: Refusal) -> None:
        order.state = OrderState.REJECTED
        order.rejected = order.shares
        self._ledger.close(order)
        why = declined(refusal, self._rules.dialect)
        self.heard.append(news.rejected(order, why, self.now_ns))

    def _leave(self, order: LiveOrder, shares: int) -> None:
        """Take shares of an order out of the market: moved by a modify or ended by a cancel."""
        order.cancelled += shares
        order.updated_ns = self.now_ns
        if order.remaining == 0:
            self._end(order, OrderState.CANCELLED)

    def _confirm_cancel(self, order: LiveOrder) -> None:
        order.cancelled = order.shares
        self._end(order, OrderState.CANCELLED)
        self.heard.append(news.cancelled(order, order.shares, self.now_ns))

    def _end(self, order: LiveOrder, state: OrderState) -> None:
        order.state = state
        self._ledger.close(order)
        self._floor.boards[order.board].remove(order)

    def _enter(self, order: LiveOrder, at_ns: int) -> None:
        """Meet the displayed book; rest or end with what is left."""
        board = self._floor.boards[order.board]
        continuous = self._floor.trading(order.symbol, order.venue, at_ns) is Trading.CONTINUOUS
        meets = continuous and not order.waits and board.name is not BoardName.OFF_HOURS
        if meets:
            # At a locked limit it finds nobody. When the lock opens, it meets the market's price.
            order.swept = self._floor.stuck(order.symbol, at_ns) == order.side
            if board.display.has_printed(order.symbol) and not order.swept:
                self._fill(board.meet(order), at_ns)
            if order.remaining == 0:
                return
            if order.term is not Term.DAY:
                left = order.remaining
                self._leave(order, left)
                self.heard.append(news.cancelled(order, left, at_ns))
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
                len(self.fills) + 1,
                odno(order.number),
                order.symbol,
                order.side,
                shares,
                price_krw,
                at_ns,
                cost_krw,
                order.venue,
            )
            self.fills.append(fill)
            self.heard.append(news.filled(order, fill))
            if order.remaining == 0:
                self._end(order, OrderState.FILLED)
