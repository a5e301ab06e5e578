"""Whether an order of the margin account gets in, and what it must hold back.

Each question returns the order to be sent, or why it is refused.
"""

from dataclasses import dataclass
from typing import Literal

from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.hours import AUCTIONS, Phase
from broker_sim.exchange.derivatives.ledger import Ledger
from broker_sim.exchange.derivatives.market import Market
from broker_sim.exchange.derivatives.orders import (
    AUCTION_TYPES,
    BEST_TYPES,
    IMMEDIATE,
    PRICED,
    LiveOrder,
    OrderType,
    Ticket,
)
from broker_sim.exchange.orders import OrderState, Refusal
from kis_core.wire.account import Side

Dialect = Literal["real", "paper"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a modify wants. `quantity` None: all that is left."""

    order_type: OrderType
    limit_h: int
    quantity: int | None


class Admission:
    """The door. It looks at the ledger and changes nothing but `leaving` of an original."""

    def __init__(self, market: Market, dialect: Dialect, ledger: Ledger) -> None:
        self._market = market
        self._types = frozenset(OrderType) - (IMMEDIATE if dialect == "paper" else frozenset())
        self._ledger = ledger

    def new_order(self, ticket: Ticket, number: int, now_ns: int) -> LiveOrder | Refusal:
        """Return the new order, or why not."""
        contract = self._market.contracts.get(ticket.code)
        if contract is None:
            return Refusal.UNKNOWN_ISSUE
        if ticket.quantity <= 0:
            return Refusal.BAD_SHARES
        limit_h = ticket.limit_h if ticket.order_type in PRICED else 0
        if refusal := self._unfit(contract, ticket.night, ticket.order_type, limit_h, now_ns):
            return refusal
        order = LiveOrder(
            number,
            None,
            "new",
            contract,
            ticket.side,
            ticket.order_type,
            limit_h,
            ticket.quantity,
            ticket.night,
            now_ns,
        )
        closing = self._ledger.closable(contract.code, ticket.side)
        order.opening = max(ticket.quantity - closing, 0)
        order.unit_krw = self._unit_krw(contract, ticket.side, limit_h, ticket.night, now_ns)
        if order.opening * order.unit_krw > max(self._ledger.money().orderable_krw, 0):
            return Refusal.NO_CASH
        return order

    def cancel(
        self, original: LiveOrder | None, quantity: int | None, number: int, now_ns: int
    ) -> LiveOrder | Refusal:
        """Return the cancel, or why not."""
        found = self._changeable(original, quantity, now_ns)
        if isinstance(found, Refusal):
            return found
        original, moved = found
        original.leaving += moved
        return _change(
            original, "cancel", original.order_type, original.limit_h, moved, number, now_ns
        )

    def modify(
        self, original: LiveOrder | None, wish: Wish, number: int, now_ns: int
    ) -> LiveOrder | Refusal:
        """Return the modify, or why not."""
        found = self._changeable(original, wish.quantity, now_ns)
        if isinstance(found, Refusal):
            return found
        original, moved = found
        contract, night = original.contract, original.night
        limit_h = wish.limit_h if wish.order_type in PRICED else 0
        if refusal := self._unfit(contract, night, wish.order_type, limit_h, now_ns):
            return refusal
        order = _change(original, "modify", wish.order_type, limit_h, moved, number, now_ns)
        order.opening = min(moved, original.opening)
        order.unit_krw = self._unit_krw(contract, original.side, limit_h, night, now_ns)
        more_krw = order.opening * max(order.unit_krw - original.unit_krw, 0)
        if more_krw > max(self._ledger.money().orderable_krw, 0):
            return Refusal.NO_CASH
        order.hold_krw = more_krw
        original.leaving += moved
        return order

    def at_exchange(
        self, order: LiveOrder, original: LiveOrder | None, now_ns: int
    ) -> Refusal | None:
        """Return why the exchange does not take what the broker sent, or None."""
        phase = self._market.phase(order.contract, order.night, now_ns)
        if phase is Phase.CLOSED:
            return Refusal.AFTER_CLOSE
        if original is not None and (
            original.state is not OrderState.WORKING or original.remaining == 0
        ):
            return Refusal.NOTHING_LEFT
        return None

    def offered(self, order_type: OrderType) -> bool:
        """Whether this host takes an order type at all."""
        return order_type in self._types

    def unit_krw(
        self, contract: Contract, side: Side, limit_h: int, night: bool, now_ns: int
    ) -> int:
        """Return what an opening contract would hold back now."""
        return self._unit_krw(contract, side, limit_h, night, now_ns)

    def _changeable(
        self, original: LiveOrder | None, quantity: int | None, now_ns: int
    ) -> tuple[LiveOrder, int] | Refusal:
        if original is None or original.change == "cancel":
            return Refusal.NOTHING_LEFT
        phase = self._market.phase(original.contract, original.night, now_ns)
        if phase in (Phase.CLOSED, Phase.BEFORE):
            return Refusal.AFTER_CLOSE if phase is Phase.CLOSED else Refusal.BEFORE_OPEN
        if quantity is not None and quantity <= 0:
            return Refusal.BAD_SHARES
        left = original.remaining - original.leaving if original.in_play else 0
        if left <= 0 or (quantity is not None and quantity > left):
            return Refusal.NOTHING_LEFT
        return original, left if quantity is None else quantity

    def _unfit(
        self, contract: Contract, night: bool, order_type: OrderType, limit_h: int, now_ns: int
    ) -> Refusal | None:
        phase = self._market.phase(contract, night, now_ns)
        if phase is Phase.BEFORE:
            return Refusal.BEFORE_OPEN
        if phase is Phase.CLOSED:
            return Refusal.AFTER_CLOSE
        if not self.offered(order_type):
            return Refusal.BAD_TYPE
        if phase in AUCTIONS and order_type not in AUCTION_TYPES:
            return Refusal.TYPE_NOW
        if order_type in BEST_TYPES:
            return None
        if order_type in PRICED:
            limits = self._market.limits(contract, night)
            if limit_h <= 0 or limit_h % contract.product.tick_h(limit_h):
                return Refusal.OFF_TICK
            if not limits.lower_h <= limit_h <= limits.upper_h:
                return Refusal.OUTSIDE_LIMITS
        return None

    def _unit_krw(
        self, contract: Contract, side: Side, limit_h: int, night: bool, now_ns: int
    ) -> int:
        """Without a limit the farthest price displayed counts, or the base where none is."""
        price_h = limit_h
        if not price_h:
            book = self._market.book(contract.code, now_ns, night)
            levels = book.asks if side == "BUY" else book.bids
            base_h = self._market.quote(contract.code, now_ns, night).limits.base_h
            price_h = levels[-1].price_h if levels else base_h
        return self._ledger.unit_krw(contract, side, price_h)


def _change(
    original: LiveOrder,
    change: Literal["modify", "cancel"],
    order_type: OrderType,
    limit_h: int,
    quantity: int,
    number: int,
    now_ns: int,
) -> LiveOrder:
    return LiveOrder(
        number,
        original.number,
        change,
        original.contract,
        original.side,
        order_type,
        limit_h,
        quantity,
        original.night,
        now_ns,
    )
