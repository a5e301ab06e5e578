"""One order: where it is, what may be reported of it, where that leads.

Three laws. Everything that moves an order between states stands in TABLE, every pair of it, and
everything that moves a modify in MODIFIES. Fills are counted by evidence alone: whatever order
notices and histories arrive in, however often they repeat, a share is counted once. And a modify
gives an order another number, not another order: its fills are the sum over its numbers, and the
number that works takes the cancels and modifies.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

from kis_core.market import ticks
from kis_core.wire.account import OrderVenue, Side
from oms.core.outputs import OrderPlanned
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
    RENUMBERED = auto()  # a modify took effect: it goes on under another number
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
        _R.RENUMBERED: _NO,
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
        _R.RENUMBERED: _NO,
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
        _R.RENUMBERED: _NO,
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
        _R.RENUMBERED: WORKING,
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
        _R.RENUMBERED: PARTIAL,
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
        _R.RENUMBERED: FILLED,
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
        _R.RENUMBERED: WORKING,  # its rest was moved, not taken out
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
        _R.RENUMBERED: WORKING,
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
        _R.RENUMBERED: EXPIRED,
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


class Modify(Enum):
    """Where the request to change an order's limit is."""

    NONE = auto()
    SENT = auto()  # left, no answer yet
    ACCEPTED = auto()  # taken, with a number; the exchange has not said that it holds
    DECLINED = auto()  # refused: perhaps it has just filled; the history will say
    UNKNOWN = auto()  # no answer, or we restarted before one


class ModifyReport(Enum):
    """What can be said of a modify."""

    RELEASED = "released"  # our own word: it leaves now
    ACCEPTED = "accepted"  # by the answer
    DECLINED = "declined"  # by the answer, a notice of the exchange, or the history
    LOST = "unknown"  # no answer, or we restarted before one
    DONE = "done"  # the order goes on under the new number
    CLEARED = "cleared"  # a history shows how the order stands after it was declined
    ABSENT = "absent"  # two histories agree that it never took effect


_M = ModifyReport

MODIFIES: dict[Modify, dict[ModifyReport, Modify | Refused]] = {
    Modify.NONE: {
        _M.RELEASED: Modify.SENT,
        _M.ACCEPTED: Modify.NONE,  # the exchange was faster than the answer
        _M.DECLINED: Modify.NONE,
        _M.LOST: Modify.NONE,
        _M.DONE: Modify.NONE,
        _M.CLEARED: Modify.NONE,
        _M.ABSENT: Modify.NONE,
    },
    Modify.SENT: {
        _M.RELEASED: _NO,  # one at a time
        _M.ACCEPTED: Modify.ACCEPTED,
        _M.DECLINED: Modify.DECLINED,
        _M.LOST: Modify.UNKNOWN,
        _M.DONE: Modify.NONE,
        _M.CLEARED: Modify.SENT,
        _M.ABSENT: Modify.SENT,  # its answer is still on the way
    },
    Modify.ACCEPTED: {
        _M.RELEASED: _NO,
        _M.ACCEPTED: Modify.ACCEPTED,
        _M.DECLINED: Modify.DECLINED,  # KIS accepts, the exchange may still refuse
        _M.LOST: Modify.ACCEPTED,
        _M.DONE: Modify.NONE,
        _M.CLEARED: Modify.ACCEPTED,
        _M.ABSENT: Modify.NONE,
    },
    Modify.DECLINED: {
        _M.RELEASED: _NO,  # first the history says why
        _M.ACCEPTED: Modify.DECLINED,
        _M.DECLINED: Modify.DECLINED,
        _M.LOST: Modify.DECLINED,
        _M.DONE: Modify.NONE,  # refused, and there it is: evidence wins
        _M.CLEARED: Modify.NONE,
        _M.ABSENT: Modify.DECLINED,
    },
    Modify.UNKNOWN: {
        _M.RELEASED: _NO,
        _M.ACCEPTED: Modify.ACCEPTED,
        _M.DECLINED: Modify.DECLINED,
        _M.LOST: Modify.UNKNOWN,
        _M.DONE: Modify.NONE,
        _M.CLEARED: Modify.UNKNOWN,
        _M.ABSENT: Modify.NONE,
    },
}
IN_FLIGHT = frozenset({Modify.SENT, Modify.ACCEPTED, Modify.UNKNOWN})
"""It may take effect at any moment: nothing else may be asked of the number it changes."""


def after_modify(state: Modify, report: ModifyReport) -> Modify | Refused:
    """Return where a report of a modify leads, or that it cannot be true."""
    return MODIFIES[state][report]


@dataclass(slots=True)
class Numbered:
    """One of an order's numbers at the broker: its terms, and what was filled under it."""

    broker_id: str
    branch: str
    limit_krw: int | None
    order_type: str
    filled: int = 0
    filled_value_krw: int = 0
    cost_krw: int = 0
    noticed: int = 0  # shares that notices alone have told of
    noticed_value_krw: int = 0
    told: set[str] = field(default_factory=set)  # the notices counted


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
    broker_id: str | None = None  # the number that works
    branch: str | None = None
    numbers: dict[int, Numbered] = field(default_factory=dict)  # in the order they were given
    filled: int = 0
    filled_value_krw: int = 0
    cost_krw: int = 0  # commission and tax so far
    cancel: Cancel = Cancel.NONE
    cancel_ns: int = 0
    cancel_why: str | None = None
    cancel_id: str | None = None  # the number it was asked of
    cancels: int = 0  # asked for
    modify: Modify = Modify.NONE
    modifies: int = 0  # sent; the last one is the one spoken of below
    modify_ns: int = 0
    modify_limit_krw: int | None = None
    modify_id: str | None = None  # the number it was given
    refused_numbers: set[int] = field(default_factory=set)  # of modifies, by the exchange
    modify_missed: int = 0  # histories that should show it and do not
    raised_krw: int = 0  # what it makes a share dearer
    settled_ns: int = 0  # when the last one was seen to hold or not to
    changed_externally: bool = False
    worst_krw: int | None = None  # a buy's highest limit, a sell's lowest, that it may be moved to
    chase: Chase | None = None
    chased: int = 0  # steps done
    chased_ns: int = 0  # when the last one was
    missed: int = 0  # histories that should hold it and do not
    missed_ns: int = 0
    refusal_code: str | None = None
    refusal_text: str | None = None
    time_horizon: str = "INTRADAY"
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

    @property
    def amending(self) -> bool:
        """Whether a modify is on its way that may take effect at any moment."""
        return self.is_open and self.modify in IN_FLIGHT

    @property
    def cancellable(self) -> bool:
        """Whether a cancel may leave now: it has a number that nothing is asked of."""
        return self.state in AT_BROKER and self.cancel is Cancel.NONE and not self.amending

    @property
    def noticed(self) -> int:
        """Shares that notices alone have told of, under all its numbers."""
        return sum(one.noticed for one in self.numbers.values())

    def under(self, broker_id: str | None) -> Numbered:
        """Return what is known under one of its numbers; None is the first."""
        if broker_id is None:
            return next(iter(self.numbers.values()))
        return self.numbers[int(broker_id)]

    def is_first(self, number: int) -> bool:
        """Whether a number is the one it was given when it was placed."""
        return next(iter(self.numbers), number) == number


def worst_krw(planned: OrderPlanned) -> int | None:
    """Return the limit an order may never be modified past, in KRW; None: it has no limit.

    A buy is reserved at the limit it was approved for, or at the last trade where that was higher.
    """
    if planned.worst_krw is not None or planned.limit_krw is None:
        return planned.worst_krw
    if planned.side == "BUY" and planned.unit_krw > (planned.price_krw or 0):
        # a contract's limit passed the gate on its own step, and is the dearer of the two
        return planned.unit_krw if planned.effect else ticks.round_down(planned.unit_krw)
    return planned.limit_krw


def newly_filled(one: Numbered, total: int, value_krw: int) -> tuple[int, int] | None:
    """Return (shares, KRW) that a number's running total adds, or None for nothing new.

    Both sources give totals here: the sum of a number's notices, and the history's own figure. The
    truth is never less than the greater of them, so the greater one counts: a history that is
    ahead already holds the notice that comes after it.
    """
    if total <= one.filled:
        return None
    return total - one.filled, value_krw - one.filled_value_krw
