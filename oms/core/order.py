"""One order: where it is, what may be reported of it, where that leads.

Two laws. Everything that moves an order between states stands in TABLE, every pair of it. And
fills are counted by evidence alone: whatever order notices and histories arrive in, however often
they repeat, a share is counted once.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from kis_core.wire.account import OrderVenue, Side
from oms.core.words import AuctionName, Chase, Direction, TimeInForce
from oms_client.contract import OrderState

PLANNED = OrderState.PLANNED
SENT = OrderState.SENT
UNKNOWN = OrderState.UNKNOWN
WORKING = OrderState.WORKING
PARTIAL = OrderState.PARTIAL
FILLED = OrderState.FILLED
CANCELLED = OrderState.CANCELLED
REJECTED = OrderState.REJECTED
EXPIRED = OrderState.EXPIRED

OPEN = frozenset({PLANNED, SENT, UNKNOWN, WORKING, PARTIAL})
UNSETTLED = frozenset({SENT, UNKNOWN})
"""It left, and nobody has said yet whether it is in the market."""
AT_BROKER = frozenset({WORKING, PARTIAL})
NEVER_ARRIVED = "NEVER_ARRIVED"
"""The refusal code of an unknown order that two histories do not hold."""


class Report(Enum):
    """What can be said of an order."""

    RELEASED = auto()  # our own word: it leaves now
    ACCEPTED = auto()  # by the answer, or found in the history
    DECLINED = auto()  # by the answer, a rejection notice, or the history
    LOST = auto()  # no answer, or we restarted before one
    PART_FILLED = auto()
    WHOLE_FILLED = auto()
    CANCEL_DONE = auto()  # as the history says; for a plan: withdrawn
    ABSENT = auto()  # two histories agree that it never arrived
    DAY_OVER = auto()


class Refused(Enum):
    """The report cannot be true of an order in this state. It is kept and shown."""

    CONTRADICTION = auto()


_NO = Refused.CONTRADICTION
_R = Report

TABLE: dict[OrderState, dict[Report, OrderState | Refused]] = {
    PLANNED: {
        _R.RELEASED: SENT,
        _R.ACCEPTED: _NO,
        _R.DECLINED: _NO,
        _R.LOST: PLANNED,  # never left: a restart finds it where it was
        _R.PART_FILLED: _NO,
        _R.WHOLE_FILLED: _NO,
        _R.CANCEL_DONE: CANCELLED,
        _R.ABSENT: _NO,
        _R.DAY_OVER: EXPIRED,
    },
    SENT: {
        _R.RELEASED: _NO,  # nothing is sent twice
        _R.ACCEPTED: WORKING,
        _R.DECLINED: REJECTED,
        _R.LOST: UNKNOWN,
        _R.PART_FILLED: PARTIAL,
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: CANCELLED,
        _R.ABSENT: SENT,  # its answer is still on the way
        _R.DAY_OVER: EXPIRED,
    },
    UNKNOWN: {
        _R.RELEASED: _NO,
        _R.ACCEPTED: WORKING,
        _R.DECLINED: REJECTED,
        _R.LOST: UNKNOWN,
        _R.PART_FILLED: PARTIAL,
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: CANCELLED,
        _R.ABSENT: REJECTED,
        _R.DAY_OVER: EXPIRED,
    },
    WORKING: {
        _R.RELEASED: _NO,
        _R.ACCEPTED: WORKING,
        _R.DECLINED: REJECTED,  # KIS accepts, the exchange may still refuse
        _R.LOST: WORKING,
        _R.PART_FILLED: PARTIAL,
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: CANCELLED,
        _R.ABSENT: WORKING,  # it has a number: absence from one list proves nothing
        _R.DAY_OVER: EXPIRED,
    },
    PARTIAL: {
        _R.RELEASED: _NO,
        _R.ACCEPTED: PARTIAL,
        _R.DECLINED: _NO,
        _R.LOST: PARTIAL,
        _R.PART_FILLED: PARTIAL,
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: CANCELLED,
        _R.ABSENT: PARTIAL,
        _R.DAY_OVER: EXPIRED,
    },
    FILLED: {
        _R.RELEASED: _NO,
        _R.ACCEPTED: FILLED,
        _R.DECLINED: _NO,
        _R.LOST: FILLED,
        _R.PART_FILLED: _NO,  # more than ordered
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: FILLED,  # the cancel lost the race
        _R.ABSENT: FILLED,
        _R.DAY_OVER: FILLED,
    },
    CANCELLED: {
        _R.RELEASED: _NO,
        _R.ACCEPTED: CANCELLED,
        _R.DECLINED: _NO,
        _R.LOST: CANCELLED,
        _R.PART_FILLED: CANCELLED,  # told late: it counts, the rest stays cancelled
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: CANCELLED,
        _R.ABSENT: CANCELLED,
        _R.DAY_OVER: CANCELLED,
    },
    REJECTED: {
        _R.RELEASED: _NO,
        _R.ACCEPTED: WORKING,  # taken for lost, and there it is: evidence wins
        _R.DECLINED: REJECTED,
        _R.LOST: REJECTED,
        _R.PART_FILLED: PARTIAL,
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: CANCELLED,
        _R.ABSENT: REJECTED,
        _R.DAY_OVER: REJECTED,
    },
    EXPIRED: {
        _R.RELEASED: _NO,
        _R.ACCEPTED: EXPIRED,
        _R.DECLINED: _NO,
        _R.LOST: EXPIRED,
        _R.PART_FILLED: EXPIRED,
        _R.WHOLE_FILLED: FILLED,
        _R.CANCEL_DONE: EXPIRED,
        _R.ABSENT: EXPIRED,
        _R.DAY_OVER: EXPIRED,
    },
}


def after(state: OrderState, report: Report) -> OrderState | Refused:
    """Return where a report leads, or that it cannot be true."""
    return TABLE[state][report]


class Cancel(Enum):
    """Where the request to cancel an order is."""

    NONE = auto()
    SENT = auto()  # left, no answer yet
    ACCEPTED = auto()  # taken; the order closes when the history says so
    DECLINED = auto()  # refused: perhaps it has just filled; the history will say
    UNKNOWN = auto()
    DONE = auto()  # the exchange says so; only the history says how much had filled before


@dataclass(slots=True)
class Order:
    """An order as the book knows it. Only `Book.apply` changes one."""

    order_id: str
    intent_id: str | None
    strategy_id: str
    symbol: str
    side: Side
    shares: int
    order_type: str
    limit_krw: int | None
    unit_krw: int  # what one unfilled share is reserved at; 0 for sells
    cancel_at_ns: int | None
    stop_krw: int | None
    market: str | None
    reason: str
    created_ns: int
    date: str
    opens: bool  # a position, or adds to it; else it closes one
    cash_unit_krw: int  # what one unfilled share keeps of the cash
    state: OrderState = PLANNED
    sent_ns: int | None = None
    accepted_ns: int | None = None
    broker_id: str | None = None
    branch: str | None = None
    filled: int = 0
    filled_value_krw: int = 0
    cost_krw: int = 0  # commission and tax so far
    noticed: int = 0  # shares that notices alone have told of
    noticed_value_krw: int = 0
    told: set[str] = field(default_factory=set)  # the notices counted
    cancel: Cancel = Cancel.NONE
    cancel_ns: int = 0
    cancel_why: str | None = None
    missed: int = 0  # histories that should hold it and do not
    missed_ns: int = 0
    refusal_code: str | None = None
    refusal_text: str | None = None
    chase: Chase | None = None
    venue: OrderVenue = "KRX"
    time_in_force: TimeInForce = "DAY"
    trigger_krw: int | None = None
    held: bool = False  # kept back until a trade reaches the trigger
    auction: AuctionName | None = None
    until_ns: int | None = None  # the venue takes changes up to then; None: KRX's close
    parent_id: str | None = None

    @property
    def direction(self) -> Direction:
        """Which way the position earns that this order opens or closes."""
        return "LONG" if (self.side == "BUY") == self.opens else "SHORT"

    @property
    def remaining(self) -> int:
        """Shares not filled."""
        return self.shares - self.filled

    @property
    def is_open(self) -> bool:
        """Whether it may still fill as far as we know."""
        return self.state in OPEN


def newly_filled(order: Order, total: int, value_krw: int) -> tuple[int, int] | None:
    """Return (shares, KRW) that a running total adds to what is known, or None for nothing new.

    Both sources give totals here: the sum of an order's notices, and the history's own figure. The
    truth is never less than the greater of them, so the greater one counts: a history that is
    ahead already holds the notice that comes after it.
    """
    if total <= order.filled:
        return None
    return total - order.filled, value_krw - order.filled_value_krw
