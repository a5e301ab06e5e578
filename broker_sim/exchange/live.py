"""An order while it lives: the one mutable record of the exchange."""

from dataclasses import dataclass, field
from enum import StrEnum

from broker_sim.exchange.order_types import KINDS, OFF_HOURS_TYPES, Pricing, Term
from broker_sim.exchange.orders import Change, OrderRow, OrderState, Route
from kis_core.market.events import Venue
from kis_core.wire.account import OrderType, Side


class BoardName(StrEnum):
    """Which order book an order rests in: KRX's off-hours markets keep books of their own."""

    KRX = "KRX"
    NXT = "NXT"
    OFF_HOURS = "KRX off hours"


@dataclass(slots=True)
class LiveOrder:
    """One order number. Until its acknowledgement a modify or cancel is not in the market."""

    number: int
    original: int | None
    change: Change
    symbol: str
    side: Side
    order_type: OrderType
    limit_krw: int  # 0 for types without a price of their own
    worst_krw: int  # the most a share can cost: the limit, or the day's upper limit
    shares: int
    placed_ns: int
    venue: Venue = "KRX"
    route: Route = "KRX"
    condition_krw: int = 0  # a stop-limit order waits for a print at or through it
    ends_ns: int = 0  # it can be changed until then
    expires_ns: int = 0  # what is left of it ends then
    state: OrderState = OrderState.SENT
    filled: int = 0
    value_krw: int = 0
    cancelled: int = 0
    rejected: int = 0
    cost_krw: int = 0
    accepted_ns: int | None = None
    triggered_ns: int | None = None
    updated_ns: int = field(init=False)
    queue_ahead: int = 0  # shares displayed at our price before we came
    swept: bool = False  # it took what the book showed; the rest trades at the market's price
    unbound: bool = False  # a conditional limit order whose limit the closing auction lifted
    leaving: int = 0  # shares that modifies and cancels on their way will take
    hold_krw: int = 0  # a modify on its way: what it needs beyond its original's reserve

    def __post_init__(self) -> None:
        self.updated_ns = self.placed_ns

    @property
    def board(self) -> BoardName:
        """The order book it belongs to."""
        if self.order_type in OFF_HOURS_TYPES:
            return BoardName.OFF_HOURS
        return BoardName(self.venue)

    @property
    def term(self) -> Term:
        """What becomes of what finds nothing at once."""
        return KINDS[self.order_type].term

    @property
    def remaining(self) -> int:
        """Shares neither filled, cancelled nor rejected."""
        return self.shares - self.filled - self.cancelled - self.rejected

    @property
    def at_market(self) -> bool:
        """Whether it takes any price."""
        return self.limit_krw == 0 or self.unbound

    @property
    def at_middle(self) -> bool:
        """Whether it trades between the best quotes and nowhere else."""
        return KINDS[self.order_type].pricing is Pricing.MIDDLE

    @property
    def waits(self) -> bool:
        """Whether it is a stop that no print has set off yet."""
        return self.condition_krw != 0 and self.triggered_ns is None

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

    def is_set_off_by(self, price_krw: int) -> bool:
        """Whether a print at a price meets a stop's condition."""
        if self.side == "BUY":
            return price_krw >= self.condition_krw
        return price_krw <= self.condition_krw

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
            venue=self.venue,
            route=self.route,
            condition_krw=self.condition_krw,
            triggered_ns=self.triggered_ns,
        )


def odno(number: int) -> str:
    """Return an order number as KIS writes it: 10 digits."""
    return f"{number:010d}"
