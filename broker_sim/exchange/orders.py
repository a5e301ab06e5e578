"""Orders of the one account, as asked and as they stand. KRW, shares, nanoseconds."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import msgspec

from kis_core.market.events import Venue
from kis_core.wire.account import OrderType, Side

Route = Literal["KRX", "NXT", "SOR"]
"""Where a client sends an order; SOR chooses one of the venues."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A new order as the client asked for it. `limit_krw` is 0 or None where it has no limit.

    `condition_krw` is what a stop-limit order waits for (CNDT_PRIC).
    """

    symbol: str
    side: Side
    shares: int
    order_type: OrderType
    limit_krw: int | None = None
    route: Route = "KRX"
    condition_krw: int | None = None


class OrderState(StrEnum):
    """Where an order is."""

    SENT = "sent"  # taken by the broker, not yet acknowledged by the exchange
    WORKING = "working"
    FILLED = "filled"
    CANCELLED = "cancelled"  # by a cancel, a modify of all that was left, or IOC/FOK
    REJECTED = "rejected"  # by the exchange, after the broker took it
    EXPIRED = "expired"  # unfilled at the end of the session


Change = Literal["new", "modify", "cancel"]


class OrderRow(msgspec.Struct, frozen=True):
    """One order number of the day: everything inquire-daily-ccld tells. A snapshot.

    A modify and a cancel are rows of their own, with `original` set. `shares` is always
    `filled + cancelled + rejected + remaining`; a cancel row holds `shares` = `cancelled` once
    confirmed.
    """

    odno: str  # 10 digits, leading zeros
    original: str | None
    change: Change
    symbol: str
    side: Side
    order_type: OrderType
    limit_krw: int  # 0 for market types
    shares: int
    filled: int
    filled_value_krw: int
    cancelled: int
    rejected: int
    remaining: int
    state: OrderState
    placed_ns: int
    accepted_ns: int | None
    updated_ns: int  # the last acknowledgement, fill or end
    cost_krw: int  # commission and taxes so far
    venue: Venue = "KRX"  # where it is
    route: Route = "KRX"  # where it was sent
    condition_krw: int = 0  # of a stop-limit order
    triggered_ns: int | None = None  # when its condition was met


class FillRow(msgspec.Struct, frozen=True):
    """One fill. `number` counts the day's fills from 1."""

    number: int
    odno: str
    symbol: str
    side: Side
    shares: int
    price_krw: int
    at_ns: int
    cost_krw: int  # commission and taxes of this fill
    venue: Venue = "KRX"


@dataclass(frozen=True, slots=True)
class Placed:
    """The broker took the order, the modify or the cancel. The exchange answers later."""

    odno: str  # 10 digits, leading zeros; new for modifies and cancels too
    at_ns: int


@dataclass(frozen=True, slots=True)
class Declined:
    """The broker refused. `code` and `text` are `msg_cd` and `msg1` of the account's dialect."""

    code: str
    text: str
    reason: "Refusal"


class Refusal(StrEnum):
    """Why an order is refused, whatever the dialect calls it."""

    UNKNOWN_ISSUE = "unknown issue"
    HALTED = "issue halted"
    BEFORE_OPEN = "before the market opens"
    AFTER_CLOSE = "after the market closed"
    NO_CASH = "insufficient cash"
    NOT_SELLABLE = "more than sellable"
    OFF_TICK = "price off the tick"
    OUTSIDE_LIMITS = "price outside the daily limits"
    BAD_SHARES = "shares not positive"
    BAD_TYPE = "order type not offered"
    TYPE_NOW = "order type not allowed in this phase"
    BETWEEN_SESSIONS = "between two sessions of the venue"
    LIMIT_ONLY = "limit orders only in this session"
    NOT_ON_VENUE = "issue not traded on the venue"
    VENUE_NOT_OFFERED = "venue not offered"
    OTHER_VENUE = "the order is on another venue"
    NO_CONDITION = "stop without a condition price"
    NOTHING_LEFT = "nothing to modify or cancel"
