"""Orders of the margin account as asked and as they stand, and what happens to them.

Prices in hundredths of a point, sizes in contracts, money in KRW, instants in ns. Order types are
KIS's (kis_api.md §4.2), by the meaning.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.orders import Change, OrderState
from kis_core.wire.account import Side


class OrderType(StrEnum):
    """ORD_DVSN_CD of futures and options."""

    LIMIT = "01"
    MARKET = "02"
    CONDITIONAL = "03"  # a limit order until the closing auction, then at the market
    BEST = "04"  # a limit order at the best opposite price when it arrives
    LIMIT_IOC = "10"
    LIMIT_FOK = "11"
    MARKET_IOC = "12"
    MARKET_FOK = "13"
    BEST_IOC = "14"
    BEST_FOK = "15"


PRICED = frozenset(
    (OrderType.LIMIT, OrderType.CONDITIONAL, OrderType.LIMIT_IOC, OrderType.LIMIT_FOK)
)
BEST_TYPES = frozenset((OrderType.BEST, OrderType.BEST_IOC, OrderType.BEST_FOK))
IOC = frozenset((OrderType.LIMIT_IOC, OrderType.MARKET_IOC, OrderType.BEST_IOC))
FOK = frozenset((OrderType.LIMIT_FOK, OrderType.MARKET_FOK, OrderType.BEST_FOK))
IMMEDIATE = IOC | FOK
AUCTION_TYPES = frozenset((OrderType.LIMIT, OrderType.MARKET, OrderType.CONDITIONAL))
OPEN_STATES = (OrderState.SENT, OrderState.WORKING)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A new order as the client asked for it. `limit_h` is 0 where the type has no price."""

    code: str
    side: Side
    quantity: int
    order_type: OrderType
    limit_h: int
    night: bool


@dataclass(slots=True)
class LiveOrder:
    """One order number. Until its acknowledgement a modify or cancel is not in the market."""

    number: int
    original: int | None
    change: Change
    contract: Contract
    side: Side
    order_type: OrderType
    limit_h: int  # 0: any price
    quantity: int
    night: bool
    placed_ns: int
    opening: int = 0  # contracts of it that would open a position, as it was placed
    unit_krw: int = 0  # what each of these holds back
    state: OrderState = OrderState.SENT
    filled: int = 0
    value_h: int = 0  # sum of price times contracts, hundredths
    cancelled: int = 0
    rejected: int = 0
    fee_krw: int = 0
    accepted_ns: int | None = None
    updated_ns: int = field(init=False)
    queue_ahead: int = 0
    leaving: int = 0  # contracts that changes on their way will take
    freed_h: int = 0  # the limit a conditional order had before the closing auction
    hold_krw: int = 0  # a modify on its way: what it needs beyond its original's reserve

    def __post_init__(self) -> None:
        self.updated_ns = self.placed_ns

    @property
    def remaining(self) -> int:
        """Contracts neither filled, cancelled nor rejected."""
        return self.quantity - self.filled - self.cancelled - self.rejected

    @property
    def in_play(self) -> bool:
        """Whether it can still be filled."""
        if self.change == "cancel" or (self.change == "modify" and self.accepted_ns is None):
            return False
        return self.state in OPEN_STATES

    @property
    def reserve_krw(self) -> int:
        """Return the margin or premium it holds back."""
        if self.state is OrderState.SENT and self.change == "modify":
            return self.hold_krw
        return self.unit_krw * min(self.remaining, self.opening) if self.in_play else 0

    def reaches(self, price_h: int) -> bool:
        """Whether it may trade at a price."""
        if self.limit_h == 0:
            return True
        return self.limit_h >= price_h if self.side == "BUY" else self.limit_h <= price_h

    def row(self) -> "OrderRow":
        """Return a snapshot."""
        return OrderRow(
            number=self.number,
            original=self.original,
            change=self.change,
            contract=self.contract,
            side=self.side,
            order_type=self.order_type,
            limit_h=self.limit_h or self.freed_h,
            quantity=self.quantity,
            night=self.night,
            filled=self.filled,
            value_h=self.value_h,
            cancelled=self.cancelled,
            rejected=self.rejected,
            remaining=self.remaining if self.state in OPEN_STATES else 0,
            state=self.state,
            placed_ns=self.placed_ns,
            fee_krw=self.fee_krw,
        )


class OrderRow(msgspec.Struct, frozen=True):
    """One order number as it stands: what the lists of orders tell."""

    number: int
    original: int | None
    change: Change
    contract: Contract
    side: Side
    order_type: OrderType
    limit_h: int  # 0 where the type has no price
    quantity: int
    night: bool
    filled: int
    value_h: int
    cancelled: int
    rejected: int
    remaining: int
    state: OrderState
    placed_ns: int
    fee_krw: int


class FillRow(msgspec.Struct, frozen=True):
    """One fill."""

    number: int  # of the order
    contract: Contract
    side: Side
    quantity: int
    price_h: int
    at_ns: int
    fee_krw: int
    night: bool
    closed: int  # contracts of it that closed a position
    realised_krw: int


class NewsKind(StrEnum):
    """What happened to an order."""

    ACCEPTED = "accepted"
    FILLED = "filled"
    CANCELLED = "cancelled"  # by a cancel, or what an IOC or FOK left over
    REJECTED = "rejected"


class News(msgspec.Struct, frozen=True):
    """One happening, with all that a notice needs of its order at that time."""

    kind: NewsKind
    number: int
    original: int | None
    change: Change
    contract: Contract
    side: Side
    order_type: OrderType
    night: bool
    quantity: int  # of this happening alone
    price_h: int
    order_quantity: int
    limit_h: int
    at_ns: int


def news(kind: NewsKind, order: LiveOrder, quantity: int, price_h: int, at_ns: int) -> News:
    """Return news of an order."""
    return News(
        kind,
        order.number,
        order.original,
        order.change,
        order.contract,
        order.side,
        order.order_type,
        order.night,
        quantity,
        price_h,
        order.quantity,
        order.limit_h,
        at_ns,
    )
