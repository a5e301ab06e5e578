"""What the OMS decides, as facts in the past tense. See `oms.core.records`."""

from typing import Literal

import msgspec

from kis_core.environment import Dialect
from kis_core.wire.account import OrderNotice, OrderRow, OrderVenue, Side
from oms.core.limits import Limits
from oms.core.words import (
    Asked,
    AuctionName,
    Chase,
    ClosedState,
    Difference,
    Direction,
    Flag,
    HeldLine,
    IntentStatus,
    IntentType,
    Mark,
    Query,
    Scale,
    Slice,
    TimeInForce,
    Verdict,
)


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What all outputs carry."""

    at_ns: int


class LimitsSet(Output, frozen=True, kw_only=True, tag="limits_set"):
    """From here on these limits hold."""

    oms_id: str
    environment: str
    limits: Limits
    limits_hash: str
    version: str
    reloaded: bool = False  # in a running process, not at its start
    dialect: Dialect | None = None


class DayOpened(Output, frozen=True, kw_only=True, tag="day_opened"):
    """A new KST date: daily sums are zero, daily flags are down. Instants None: no session."""

    date: str  # YYYY-MM-DD
    intake_ns: int | None  # the exchange takes orders from here
    open_ns: int | None  # continuous trading
    auction_ns: int | None  # closing auction
    close_ns: int | None


class BaselineSet(Output, frozen=True, kw_only=True, tag="baseline_set"):
    """The equity that today's P&L is measured from."""

    date: str
    equity_krw: int


class IntentDecided(Output, frozen=True, kw_only=True, tag="intent_decided"):
    """The answer to one intent, for ever."""

    intent_id: str
    strategy_id: str
    intent_type: IntentType
    symbol: str | None
    status: IntentStatus
    message: str
    limits_hash: str
    approved_shares: int | None = None
    order_ids: tuple[str, ...] = ()
    retry_at_ns: int | None = None
    trace: tuple[Verdict, ...] = ()
    parent_id: str | None = None
    order_type: str | None = None  # of what left
    venue: OrderVenue | None = None
    time_in_force: TimeInForce | None = None


class OrderPlanned(Output, frozen=True, kw_only=True, tag="order_planned"):
    """An order exists. It leaves only after an OrderSent."""

    order_id: str  # ours: YYYYMMDD-NNNN
    intent_id: str | None  # None: the OMS's own (stop, flatten, re-plan)
    strategy_id: str
    symbol: str
    side: Side
    shares: int
    order_type: str  # ORD_DVSN
    limit_krw: int | None
    unit_krw: int  # what a share is reserved at; 0 for sells
    cancel_at_ns: int | None
    stop_krw: int | None  # of the position it opens
    market: str | None
    reason: str
    price_krw: int | None = None  # last trade when it was planned, for slippage
    time_horizon: str = "INTRADAY"
    confidence: str = "YELLOW"
    effect: Literal["OPEN", "CLOSE"] | None = None  # of a position; None: a buy opens
    cash_unit_krw: int | None = None  # what a share takes of the cash; None: its unit
    chase: Chase | None = None
    worst_krw: int | None = None  # the limit it may never be modified past; None: see `worst_krw`
    venue: OrderVenue = "KRX"
    time_in_force: TimeInForce = "DAY"
    trigger_krw: int | None = None  # of a stop-limit order
    held: bool = False  # a stop the OMS keeps back until a trade reaches the trigger
    auction: AuctionName | None = None  # the one it stands for
    until_ns: int | None = None  # the venue takes changes up to then; None: KRX's close
    parent_id: str | None = None  # the parent it is a slice of


class ParentPlanned(Output, frozen=True, kw_only=True, tag="parent_planned"):
    """An intent will leave as many orders; all of it is reserved from here on."""

    parent_id: str  # ours: YYYYMMDD-PNNN
    strategy_id: str
    asked: Asked
    side: Side
    shares: int
    unit_krw: int  # what a share is reserved at; 0 for sales
    market: str | None
    slices: tuple[Slice, ...]
    ends_ns: int


class SliceTaken(Output, frozen=True, kw_only=True, tag="slice_taken"):
    """A slice of a parent had its turn. Without an order it was missed, and `why` says why."""

    parent_id: str
    index: int  # from 0; the ones before it are over too
    order_id: str | None
    shares: int
    dropped: int  # shares given up with it
    why: str


class ParentClosed(Output, frozen=True, kw_only=True, tag="parent_closed"):
    """Nothing more of a parent leaves; what of it still works ends by itself."""

    parent_id: str
    intent_id: str
    strategy_id: str
    symbol: str
    side: Side
    shares: int
    filled: int
    why: str


class OrderSent(Output, frozen=True, kw_only=True, tag="order_sent"):
    """The order leaves once this record is durable. After a crash it counts as sent."""

    order_id: str


class OrderAnswered(Output, frozen=True, kw_only=True, tag="order_answered"):
    """Where a sent order stands: accepted (working), or unknown and being looked up."""

    order_id: str
    intent_id: str | None
    strategy_id: str
    symbol: str
    answer: Literal["accepted", "unknown"]
    broker_id: str | None
    branch: str | None
    source: Literal["answer", "history", "restart"]
    text: str | None = None


class NoticeKept(Output, frozen=True, kw_only=True, tag="notice_kept"):
    """A notice of an order number not known to us yet; or of somebody else's order."""

    notice: OrderNotice


class NoticeCounted(Output, frozen=True, kw_only=True, tag="notice_counted"):
    """A fill notice of one of our orders, added to what notices have told of it."""

    order_id: str
    told: str  # what makes the notice this one: a repeat is recognised by it
    shares: int
    value_krw: int
    broker_id: str | None = None  # None: the first number of the order


class OrderFilled(Output, frozen=True, kw_only=True, tag="order_filled"):
    """Fills that were not known before. `shares` and `value_krw` are new, the rest running."""

    order_id: str
    intent_id: str | None
    strategy_id: str
    symbol: str
    side: Side
    shares: int
    value_krw: int
    filled: int
    filled_value_krw: int
    cost_krw: int  # commission and tax of these shares
    order_cost_krw: int  # commission and tax of the order so far
    broker_id: str | None
    source: Literal["notice", "history"]
    filled_at: str | None  # HHMMSS as the notice said; None from history


class OrderClosed(Output, frozen=True, kw_only=True, tag="order_closed"):
    """The order is over. Fills told later still count."""

    order_id: str
    intent_id: str | None
    strategy_id: str
    symbol: str
    side: Side
    state: ClosedState
    filled: int
    filled_value_krw: int
    why: str
    code: str | None = None
    text: str | None = None


class OrderMissed(Output, frozen=True, kw_only=True, tag="order_missed"):
    """A history asked for late enough does not hold this unknown order."""

    order_id: str
    times: int


class CancelPlanned(Output, frozen=True, kw_only=True, tag="cancel_planned"):
    """A cancel leaves once this record is durable."""

    order_id: str
    why: str
    actor: str | None = None
    broker_id: str | None = None  # the number to cancel; None: the first of the order


class CancelWanted(Output, frozen=True, kw_only=True, tag="cancel_wanted"):
    """The order shall be cancelled as soon as the broker has given it a number."""

    order_id: str
    why: str


class CancelSettled(Output, frozen=True, kw_only=True, tag="cancel_settled"):
    """What became of the request to cancel; the order itself closes by evidence."""

    order_id: str
    answer: Literal["accepted", "declined", "unknown", "done"]
    code: str | None = None
    text: str | None = None


class CancelCleared(Output, frozen=True, kw_only=True, tag="cancel_cleared"):
    """The order still works after its cancel was refused or lost: it may be asked again."""

    order_id: str


class ModifyPlanned(Output, frozen=True, kw_only=True, tag="modify_planned"):
    """A modify of all that is left of an order leaves once this record is durable."""

    order_id: str
    modify: int  # which of the order's modifies, from 1
    broker_id: str  # the number it changes
    limit_krw: int
    order_type: str  # ORD_DVSN
    why: str
    actor: str | None = None
    step: int = 0  # of its chase, from 1; 0: none


class ModifySettled(Output, frozen=True, kw_only=True, tag="modify_settled"):
    """What became of the request to modify. That it holds is told by `OrderRenumbered` alone.

    absent: two histories agree that it never took effect. cleared: the history shows how the order
    stands after a refusal, so that it may be modified again.
    """

    order_id: str
    modify: int
    answer: Literal["accepted", "declined", "unknown", "absent", "cleared"]
    broker_id: str | None = None  # the modify's own number, where it is known
    branch: str | None = None
    code: str | None = None
    text: str | None = None


class ModifyMissed(Output, frozen=True, kw_only=True, tag="modify_missed"):
    """A history asked for late enough does not show this modify."""

    order_id: str
    times: int


class OrderRenumbered(Output, frozen=True, kw_only=True, tag="order_renumbered"):
    """By evidence, what is left of the order works under another number, at these terms."""

    order_id: str
    old_id: str
    broker_id: str
    branch: str
    limit_krw: int | None
    order_type: str
    source: Literal["answer", "notice", "history"]
    external: bool = False  # somebody else modified it


class ChaseStepped(Output, frozen=True, kw_only=True, tag="chase_stepped"):
    """A step of a chase was due and the limit was already where it leads: nothing was sent."""

    order_id: str
    step: int


class AllocationChanged(Output, frozen=True, kw_only=True, tag="allocation_changed"):
    """What a strategy holds now, and what this change realised (after commission and tax)."""

    strategy_id: str
    symbol: str
    shares: int
    cost_krw: int
    stop_krw: int | None
    realised_krw: int
    why: str
    order_id: str | None = None
    delta: int = 0  # shares
    direction: Direction = "LONG"


class StopSet(Output, frozen=True, kw_only=True, tag="stop_set"):
    """The protective stop of a position; the OMS itself watches it."""

    strategy_id: str
    symbol: str
    stop_krw: int | None
    why: str


class StopFired(Output, frozen=True, kw_only=True, tag="stop_fired"):
    """A live trade reached the stop; `order_id` sells (None: once the exchange takes orders)."""

    strategy_id: str
    symbol: str
    order_id: str | None
    stop_krw: int
    price_krw: int


class ExitWanted(Output, frozen=True, kw_only=True, tag="exit_wanted"):
    """Whatever this strategy holds of the symbol shall be sold, until it is. `why` None: no more.

    `tries` counts sells that ended unfilled; `next_ns` is when the next one may leave.
    """

    strategy_id: str
    symbol: str
    why: str | None
    tries: int = 0
    next_ns: int = 0


class StrategyFlattened(Output, frozen=True, kw_only=True, tag="strategy_flattened"):
    """A strategy's day is ended, once a day: what it holds for the day shall be sold."""

    strategy_id: str
    date: str  # YYYY-MM-DD
    due_ns: int  # when it was due; later than that by what the process was away


class LockChanged(Output, frozen=True, kw_only=True, tag="lock_changed"):
    """Who may enter a symbol; `owner` None: anyone."""

    symbol: str
    owner: str | None
    until_ns: int
    taken_from: str | None = None  # a strategy of lower priority, whose buy is withdrawn


class CooldownSet(Output, frozen=True, kw_only=True, tag="cooldown_set"):
    """Entries into the symbol wait after a VI or halt."""

    symbol: str
    until_ns: int


class BalanceTaken(Output, frozen=True, kw_only=True, tag="balance_taken"):
    """The broker's own view of the account."""

    asked_ns: int
    equity_krw: int
    deposit_krw: int
    settled_d2_krw: int
    holdings: tuple[HeldLine, ...]
    margin_krw: int | None = None  # what backs the positions; None: not said
    margin_call_krw: int | None = None  # what is missing to the margin; None: not said


class BuyingPowerTaken(Output, frozen=True, kw_only=True, tag="buying_power_taken"):
    """Cash the broker lets us order with."""

    asked_ns: int
    amount_krw: int


class HistoryTaken(Output, frozen=True, kw_only=True, tag="history_taken"):
    """The order history was read whole."""

    asked_ns: int
    orders: int


class DayReconciled(Output, frozen=True, kw_only=True, tag="day_reconciled"):
    """A day that is over, compared with the broker's executions and balance to the won.

    What the broker did not give, or what others' orders moved too, is None and compared with
    nothing. No differences: the two agree in everything that could be compared.
    """

    date: str  # YYYY-MM-DD
    orders: int  # ours that were sent
    shares: int  # filled
    bought_krw: int
    sold_krw: int
    cost_krw: int  # commission and tax
    realised_krw: int
    external_orders: int
    broker_cost_krw: int | None
    cash_krw: int | None  # how our orders moved the cash of D+2
    broker_cash_krw: int | None
    pnl_krw: int | None  # since the baseline
    broker_pnl_krw: int | None
    differences: tuple[Difference, ...] = ()


class QueryCounted(Output, frozen=True, kw_only=True, tag="query_counted"):
    """A query failed. What it would have told stays as old as it was."""

    query: Query
    error: str
    text: str


class MarksSet(Output, frozen=True, kw_only=True, tag="marks_set"):
    """Last prices."""

    marks: tuple[Mark, ...]


class BasePriceSet(Output, frozen=True, kw_only=True, tag="base_price_set"):
    """The day's base price: what the exchange counts today's price limits from."""

    symbol: str
    base_krw: int


class SplitApplied(Output, frozen=True, kw_only=True, tag="split_applied"):
    """An operator said what became of the shares; allocations and stops follow one by one."""

    symbol: str
    numerator: int  # so many shares
    denominator: int  # for so many old ones
    scale: Scale
    mark_krw: int | None  # the last price, on the new scale
    acknowledged: int  # the operator's own shares after it
    actor: str
    reason: str


class DriftSuspected(Output, frozen=True, kw_only=True, tag="drift_suspected"):
    """One balance disagrees with the allocations; a second must say the same."""

    symbol: str
    drift: int  # broker's shares less allocated; 0: the suspicion is gone


class DriftSeen(Output, frozen=True, kw_only=True, tag="drift_seen"):
    """Two balances agree on shares that no strategy owns, or that are missing. 0: resolved."""

    symbol: str
    broker_shares: int
    allocated: int
    drift: int


class ExternalSeen(Output, frozen=True, kw_only=True, tag="external_seen"):
    """An order of the account that is not ours. Shown, never adopted."""

    row: OrderRow


class FlagChanged(Output, frozen=True, kw_only=True, tag="flag_changed"):
    """A switch that bears on entries. `subject`: the strategy paused, the symbol frozen."""

    flag: Flag
    on: bool
    actor: str
    reason: str
    subject: str | None = None
    value: str | None = None  # the regime's name


class NoticesSet(Output, frozen=True, kw_only=True, tag="notices_set"):
    """Whether order notices are being heard."""

    live: bool


class HeartbeatTaken(Output, frozen=True, kw_only=True, tag="heartbeat_taken"):
    """A strategy lived at this instant."""

    strategy_id: str
    mode: str
    symbols_hot: int
    symbols_warm: int
    symbols_cold: int
    positions: int
    last_error: str | None
    version: str | None


class ContradictionSeen(Output, frozen=True, kw_only=True, tag="contradiction_seen"):
    """A report that cannot be true of the order it names. Kept, shown, changes nothing."""

    order_id: str | None
    symbol: str | None
    what: str
