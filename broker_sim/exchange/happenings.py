"""What the exchange tells as time passes: prints of the market, and news of our orders.

Frozen and tagged; each carries all a notice or a frame needs, because the order it speaks of may
have moved on by the time it is read. Prices KRW, sizes shares, `at_ns` the exchange's time.
`route` is where an order was sent, `venue` where it is, `condition_krw` what a stop waits for.
"""

import msgspec

from broker_sim.exchange.orders import Change, Route
from kis_core.market.events import Venue
from kis_core.wire.account import OrderType, Side


class Printed(msgspec.Struct, frozen=True, tag="printed", array_like=True):
    """One print of the market (never ours). Running figures include it.

    `ask_krw` and `bid_krw` are the best quotes after it, 0 where a side is empty (at a limit).
    """

    symbol: str
    index: int  # in the symbol's PrintTape
    at_ns: int
    price_krw: int
    volume: int
    aggressor: int  # 1 the buyer, -1 the seller, 0 an auction
    auction: bool
    cum_volume: int
    cum_value_krw: int
    open_krw: int
    high_krw: int
    low_krw: int
    ask_krw: int
    bid_krw: int
    buy_count: int  # prints so far with the buyer as aggressor
    sell_count: int
    buy_volume: int  # shares so far with the buyer as aggressor
    sell_volume: int


class Accepted(msgspec.Struct, frozen=True, tag="accepted", array_like=True):
    """The exchange acknowledged an order, a modify or a cancel (`change` says which).

    For an acknowledged modify `shares` and `limit_krw` are the new ones. A cancel is followed by
    `Cancelled` at the same instant.
    """

    odno: str
    original: str | None
    change: Change
    symbol: str
    side: Side
    order_type: OrderType
    shares: int
    limit_krw: int
    at_ns: int
    venue: Venue = "KRX"
    route: Route = "KRX"
    condition_krw: int = 0


class Filled(msgspec.Struct, frozen=True, tag="filled", array_like=True):
    """Part or all of an order was executed."""

    odno: str
    original: str | None
    number: int  # of FillRow
    symbol: str
    side: Side
    order_type: OrderType
    shares: int  # this fill alone
    price_krw: int
    order_shares: int
    order_filled: int  # this fill included
    limit_krw: int
    at_ns: int
    venue: Venue = "KRX"
    route: Route = "KRX"
    condition_krw: int = 0


class Cancelled(msgspec.Struct, frozen=True, tag="cancelled", array_like=True):
    """Shares left the market unfilled: by a cancel (`odno` is the cancel's own number, `original`
    the order), or the remainder of an IOC/FOK (`odno` is the order itself, `original` None)."""

    odno: str
    original: str | None
    symbol: str
    side: Side
    order_type: OrderType
    shares: int
    order_shares: int
    limit_krw: int
    at_ns: int
    venue: Venue = "KRX"
    route: Route = "KRX"
    condition_krw: int = 0


class Rejected(msgspec.Struct, frozen=True, tag="rejected", array_like=True):
    """The exchange refused what the broker had taken: a modify or cancel that came too late."""

    odno: str
    original: str | None
    change: Change
    symbol: str
    side: Side
    order_type: OrderType
    shares: int
    limit_krw: int
    code: str
    text: str
    at_ns: int
    venue: Venue = "KRX"
    route: Route = "KRX"
    condition_krw: int = 0


class Expired(msgspec.Struct, frozen=True, tag="expired", array_like=True):
    """The session ended with shares unfilled. KIS sends no notice of this."""

    odno: str
    symbol: str
    side: Side
    shares: int
    at_ns: int


Happening = Printed | Accepted | Filled | Cancelled | Rejected | Expired
