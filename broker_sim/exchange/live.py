"""An order while it lives: the one mutable record of the exchange."""

from dataclasses import dataclass, field

from broker_sim.exchange.orders import Change, OrderRow, OrderState
from kis_core.wire.account import OrderType, Side

MARKET_TYPES = frozenset((OrderType.MARKET, OrderType.MARKET_IOC, OrderType.MARKET_FOK))
IOC_TYPES = frozenset((OrderType.LIMIT_IOC, OrderType.MARKET_IOC))
FOK_TYPES = frozenset((OrderType.LIMIT_FOK, OrderType.MARKET_FOK))
PRICED_BY_BOOK = frozenset((OrderType.BEST_LIMIT, OrderType.TOP_LIMIT))
IMMEDIATE_TYPES = IOC_TYPES | FOK_TYPES
OFFERED_TYPES = IMMEDIATE_TYPES | PRICED_BY_BOOK | {OrderType.LIMIT, OrderType.MARKET}
PAPER_TYPES = OFFERED_TYPES - IMMEDIATE_TYPES
AUCTION_TYPES = frozenset((OrderType.LIMIT, OrderType.MARKET))


@dataclass(slots=True)
class LiveOrder:
    """One order number. Until its acknowledgement a modify or cancel is not in the market."""

    number: int
    original: int | None
    change: Change
    symbol: str
    side: Side
    order_type: OrderType
    limit_krw: int  # 0 for market types
    worst_krw: int  # the most a share can cost: the limit, or the day's upper limit
    shares: int
    placed_ns: int
    state: OrderState = OrderState.SENT
    filled: int = 0
    value_krw: int = 0
    cancelled: int = 0
    rejected: int = 0
    cost_krw: int = 0
    accepted_ns: int | None = None
    updated_ns: int = field(init=False)
    queue_ahead: int = 0  # shares displayed at our price before we came
    swept: bool = False  # it took what the book showed; the rest trades at the market's price
    leaving: int = 0  # shares that modifies and cancels on their way will take
    hold_krw: int = 0  # a modify on its way: what it needs beyond its original's reserve

    def __post_init__(self) -> None:
        self.updated_ns = self.placed_ns

    @property
    def remaining(self) -> int:
        """Shares neither filled, cancelled nor rejected."""
        return self.shares - self.filled - self.cancelled - self.rejected

    @property
    def at_market(self) -> bool:
        """Whether it takes any price."""
        return self.limit_krw == 0

    @property
    def in_play(self) -> bool:
        """Whether it can still be filled, so that cash or shares are held back for it."""
        if self.change == "cancel" or (self.change == "modify" and self.accepted_ns is None):
            return False
        return self.state in (OrderState.SENT, OrderState.WORKING)

    def reaches(self, price_krw: int) -> bool:
        """Whether it may trade at a price."""
        if self.at_market:
            return True
        return self.limit_krw >= price_krw if self.side == "BUY" else self.limit_krw <= price_krw

    def row(self) -> OrderRow:
        """Return a snapshot."""
        return OrderRow(
            odno=odno(self.number),
            original=None if self.original is None else odno(self.original),
            change=self.change,
            symbol=self.symbol,
            side=self.side,
            order_type=self.order_type,
            limit_krw=self.limit_krw,
            shares=self.shares,
            filled=self.filled,
            filled_value_krw=self.value_krw,
            cancelled=self.cancelled,
            rejected=self.rejected,
            remaining=self.remaining,
            state=self.state,
            placed_ns=self.placed_ns,
            accepted_ns=self.accepted_ns,
            updated_ns=self.updated_ns,
            cost_krw=self.cost_krw,
        )


def odno(number: int) -> str:
    """Return an order number as KIS writes it: 10 digits."""
    return f"{number:010d}"
