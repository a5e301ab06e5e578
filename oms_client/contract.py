"""What may be asked of the OMS and what it answers: the shapes of its HTTP API and its stream.

Records of the edge: frozen, refusing unknown fields, published as OpenAPI. Money is int KRW, sizes
are int shares, instants are aware datetimes. The words: an intent is *approved* once it is durable
and its order is on its way; an order is *accepted* once the broker has taken it, and *filled* only
by evidence of the broker.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    StringConstraints,
)

from oms_client.execution import EntryExecution, Execution, Venue
from oms_client.wire import Krw, Wire

Symbol = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6,9}$")]
"""A stock's six characters, or a contract's short code."""
IntentId = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[\w.:+-]+$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f]+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[\w.@-]+$")]
Text = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
"""What is written down; no NUL, which PostgreSQL cannot keep."""
Said = Annotated[str, AfterValidator(lambda text: text.replace("\x00", "")[:500])]
"""What a program says of itself: cut, never refused, for it must not fail at saying that it did."""
Shares = Annotated[int, Field(gt=0, le=1_000_000_000)]
Direction = Literal["LONG", "SHORT"]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
BATCH_MAX = 100


def _in_reach(at: datetime) -> datetime:
    if not _FIRST < at < _LAST:
        raise ValueError("an instant between 2000 and 2200 was expected")
    return at


_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
Instant = Annotated[AwareDatetime, AfterValidator(_in_reach)]
"""Bounded, because instants are kept as 64-bit nanoseconds."""


class Urgency(StrEnum):
    """How much price an order may give up to be filled soon."""

    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"


class Enter(Wire):
    """Open up to `shares` at `limit_krw` or better. Idempotent by `intent_id`.

    LONG buys at no more than the limit. SHORT sells at no less: an account of contracts only, whose
    shares are contracts and whose prices are KRW a contract (points times the multiplier).
    """

    intent_type: Literal["ENTER"] = "ENTER"
    intent_id: IntentId
    symbol: Symbol
    shares: Shares
    limit_krw: Krw
    stop_krw: Krw  # protective stop of the position; sizes its risk too
    trigger_krw: Krw | None = None  # the break this entry follows, for the record
    urgency: Urgency = Urgency.NORMAL
    time_horizon: Literal["INTRADAY", "SWING"] = "INTRADAY"
    expires_at: Instant | None = None  # the OMS cancels what is unfilled then
    confidence: Literal["GREEN", "YELLOW", "RED"] = "YELLOW"
    max_spread_bp: Annotated[float, Field(gt=0, le=10_000)] | None = None
    reason: Reason
    signal_hash: Annotated[Text, StringConstraints(max_length=100)] | None = None
    direction: Direction = "LONG"
    execution: EntryExecution | None = None  # None: a limit order as urgency says
    venue: Venue | None = None  # None: the OMS's default


class Reduce(Wire):
    """Sell `shares` of what the strategy holds, never more than it holds less what is selling."""

    intent_type: Literal["REDUCE"] = "REDUCE"
    intent_id: IntentId
    symbol: Symbol
    shares: Shares
    limit_krw: Krw | None = None  # None: at the market
    urgency: Urgency = Urgency.HIGH
    reason: Reason
    execution: Execution | None = None
    venue: Venue | None = None


class Exit(Wire):
    """Sell all the strategy holds of a symbol, less what is already selling."""

    intent_type: Literal["EXIT"] = "EXIT"
    intent_id: IntentId
    symbol: Symbol
    limit_krw: Krw | None = None
    urgency: Urgency = Urgency.HIGH
    reason: Reason
    execution: Execution | None = None
    venue: Venue | None = None


class Flatten(Wire):
    """Cancel the strategy's working buys of a symbol (None: of all), then sell all of it."""

    intent_type: Literal["FLATTEN"] = "FLATTEN"
    intent_id: IntentId
    symbol: Symbol | None = None
    reason: Reason


class SetTarget(Wire):
    """Hold exactly `shares`: what opens passes the same gate as ENTER, what closes as REDUCE."""

    intent_type: Literal["SET_TARGET"] = "SET_TARGET"
    intent_id: IntentId
    symbol: Symbol
    shares: Annotated[int, Field(ge=0, le=1_000_000_000)]
    limit_krw: Krw
    stop_krw: Krw
    reason: Reason
    direction: Direction = "LONG"
    execution: Execution | None = None
    venue: Venue | None = None


class CancelOrders(Wire):
    """Cancel the strategy's working orders of a symbol; `side` None: both sides."""

    intent_type: Literal["CANCEL_ORDERS"] = "CANCEL_ORDERS"
    intent_id: IntentId
    symbol: Symbol
    side: Literal["BUY", "SELL"] | None = None
    reason: Reason


class ModifyRisk(Wire):
    """Move the protective stop of a position, up or down; the journal keeps both."""

    intent_type: Literal["MODIFY_RISK"] = "MODIFY_RISK"
    intent_id: IntentId
    symbol: Symbol
    stop_krw: Krw
    reason: Reason


Intent = Annotated[
    Enter | Reduce | Exit | Flatten | SetTarget | CancelOrders | ModifyRisk,
    Field(discriminator="intent_type"),
]


class IntentStatus(StrEnum):
    """What the OMS decided. Never says that anything was filled."""

    APPROVED = "APPROVED"  # durable; its orders are on their way; follow the stream
    DONE = "DONE"  # nothing had to be sent (no order to cancel, stop moved, already at target)
    DEFERRED = "DEFERRED"  # not now; ask again under a new intent_id after `retry_at`
    REFUSED = "REFUSED"  # no; the same request will not pass


class RiskMark(Wire):
    """One control's word on the intent, for the trace."""

    control: str
    verdict: Literal["approve", "shrink", "defer", "refuse"]
    reason: str
    shares: int | None = None


class IntentResult(Wire):
    """The OMS's answer, the same for the same `intent_id` for ever."""

    intent_id: str
    status: IntentStatus
    message: str
    approved_shares: int | None = None  # less than asked when a control shrank it
    order_ids: tuple[str, ...] = ()  # the OMS's own ids
    retry_at: AwareDatetime | None = None
    trace: tuple[RiskMark, ...] = ()  # what did not approve
    received_at: AwareDatetime
    limits_hash: str
    repeated: bool = False  # this intent_id had been answered before
    parent_id: str | None = None  # TWAP, VWAP: what its orders carry, and what ends them all
    order_type: str | None = None  # what kind left (ORD_DVSN); None: nothing has
    venue: Literal["KRX", "NXT", "SOR"] | None = None
    time_in_force: Literal["DAY", "IOC", "FOK"] | None = None


class OrderState(StrEnum):
    """Where an order is. Source: the OMS's own order machine."""

    PLANNED = "PLANNED"  # durable, not yet sent
    SENT = "SENT"  # left, no answer yet
    UNKNOWN = "UNKNOWN"  # left, answer lost: being looked up
    WORKING = "WORKING"
    PARTIAL = "PARTIAL"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class OrderView(Wire):
    """One order as the OMS knows it."""

    order_id: str
    intent_id: str | None
    strategy_id: str
    symbol: str
    side: Literal["BUY", "SELL"]
    order_type: str
    shares: int
    limit_krw: int | None
    state: OrderState
    filled: int
    filled_value_krw: int
    broker_id: str | None
    created_at: AwareDatetime
    cancel_at: AwareDatetime | None
    cancelling: bool
    reason: str
    refusal_code: str | None = None
    refusal_text: str | None = None
    broker_ids: tuple[
        str, ...
    ] = ()  # each modify gives one more; `broker_id` is the one that works
    amending: bool = False  # a modify is on its way
    changed_externally: bool = False  # somebody modified it past the OMS
    chase_steps: int = 0
    venue: str = "KRX"  # where it was sent: KRX, NXT or SOR
    time_in_force: str = "DAY"
    trigger_krw: int | None = None  # the trade that sends it, or wakes it at the venue
    held: bool = False  # the OMS keeps it back until then
    auction: Literal["OPENING", "CLOSING"] | None = None  # the one it stands for
    parent_id: str | None = None  # the parent it is a slice of


class ParentView(Wire):
    """One intent that leaves in slices: what of it is filled, working, left and given up."""

    parent_id: str
    intent_id: str
    strategy_id: str
    symbol: str
    side: Literal["BUY", "SELL"]
    style: str
    shares: int
    filled: int
    working: int  # shares in open orders
    left: int  # shares that may still be ordered
    limit_krw: int | None
    slices: int
    taken: int  # slices that had their turn
    created_at: AwareDatetime
    next_at: AwareDatetime | None
    ends_at: AwareDatetime


class AllocationView(Wire):
    """What one strategy holds of one symbol. A split changes its shares and keeps its cost."""

    strategy_id: str
    symbol: str
    shares: int
    cost_krw: int  # paid for the shares, commission included; SHORT: got, less commission
    average_krw: float
    selling: int  # shares in working sells
    stop_krw: int | None
    entered_at: AwareDatetime | None
    realised_today_krw: int  # after commission and tax
    direction: Direction = "LONG"


class PositionView(Wire):
    """One symbol of the account: the broker's shares and whose they are."""

    symbol: str
    broker_shares: int | None  # None before the first balance; negative: held short
    allocations: tuple[AllocationView, ...]
    drift: int | None  # broker_shares less allocations, less what is in flight
    frozen: bool
    lock_owner: str | None
    lock_until: AwareDatetime | None
    last_price_krw: int | None
    last_price_at: AwareDatetime | None


class AccountView(Wire):
    """The account as a strategy may size on it. None means unknown: do not enter."""

    oms_id: str
    environment: Literal["real", "paper", "sim"]
    as_of: AwareDatetime | None  # of the balance
    equity_krw: int | None  # times the strategy's capital share when a strategy asks
    orderable_cash_krw: int | None
    realised_today_krw: int
    unrealised_krw: int | None  # last prices less cost; what selling would cost is not taken off
    daily_pnl_krw: int | None
    daily_pnl_pct: float | None
    gross_exposure_pct: float | None
    regime: str
    safe_mode: bool
    halt_entries: bool
    flattening: bool
    paused_strategies: tuple[str, ...]
    killed: bool = False


class HealthView(Wire):
    """`ok` < `warn` < `degraded` < `error`."""

    status: Literal["ok", "warn", "degraded", "error"]
    problems: tuple[str, ...]
    uptime_s: float
    journal_seq: int
    audit_seq: int | None  # last row known to be in PostgreSQL
    audit_lag: int | None
    notices: Literal["live", "silent", "down"]
    balance_age_s: float | None
    history_age_s: float | None
    strategies: dict[str, float]  # seconds since the last heartbeat


class Heartbeat(Wire):
    """A strategy says that it lives."""

    mode: Literal["RUNNING", "WAITING", "DONE", "STOPPING"] = "RUNNING"
    symbols_hot: Count = 0
    symbols_warm: Count = 0
    symbols_cold: Count = 0
    positions: Count = 0
    last_error: Said | None = None
    version: Said | None = None


class OperatorAction(Wire):
    """Who acts, and why: the token's name with the person's, where one is given, and this."""

    reason: Reason
    actor: Name | None = None


class Regime(OperatorAction):
    """The market regime that caps exposure."""

    regime: Literal["CRISIS", "WEAK", "NORMAL", "STRONG"]


class SafeMode(OperatorAction):
    """Safe mode stops entries only."""

    enabled: bool


class KillSwitch(OperatorAction):
    """On: no entry at all, and every working buy is cancelled. Sells and stops go on."""

    enabled: bool


class LimitsView(Wire):
    """The limits in force; every decision carries their hash."""

    limits_hash: str
    limits: dict[str, Any] | None  # None: no process has taken the journal over yet


class FillView(Wire):
    """Shares that one order got at once. `seq` is the journal's."""

    seq: int
    at: AwareDatetime
    order_id: str
    intent_id: str | None
    strategy_id: str
    symbol: str
    side: Literal["BUY", "SELL"]
    shares: int
    value_krw: int
    cost_krw: int  # commission and tax
    broker_id: str | None
    source: Literal["notice", "history"]


class TradeView(Wire):
    """One round trip: from a strategy's first share of a symbol until it holds none."""

    strategy_id: str
    symbol: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None  # None: still open
    bought: int
    sold: int
    buy_value_krw: int
    sell_value_krw: int
    cost_krw: int  # commission and tax, both sides
    realised_krw: int  # after commission and tax
    why: str  # of the last change


class IntentBatch(Wire):
    """Intents, each decided by itself, in this order."""

    intents: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=BATCH_MAX)]


class BatchItem(Wire):
    """The answer to one intent of a batch: its result, or why it was not served."""

    intent_id: str | None
    result: IntentResult | None = None
    problem: "Problem | None" = None


class BatchResult(Wire):
    """One answer for each intent, in the order they were sent."""

    items: tuple[BatchItem, ...]


# The event stream: WebSocket /api/v1/stream?after=SEQ, one JSON object a message, in order.
# A strategy's token sees its own events; an operator's sees all.


class StreamEvent(Wire):
    """What all stream events carry. `seq` is the journal's; gaps are other strategies' events."""

    seq: int
    at: AwareDatetime
    strategy_id: str
    symbol: str


class IntentDecided(StreamEvent):
    kind: Literal["intent_decided"] = "intent_decided"
    result: IntentResult


class OrderAccepted(StreamEvent):
    kind: Literal["order_accepted"] = "order_accepted"
    order_id: str
    intent_id: str | None
    broker_id: str


class OrderFilled(StreamEvent):
    """`shares` and `value_krw` are new since the last one; `filled` is the running total."""

    kind: Literal["order_filled"] = "order_filled"
    order_id: str
    intent_id: str | None
    side: Literal["BUY", "SELL"]
    shares: int
    value_krw: int
    filled: int
    filled_value_krw: int
    cost_krw: int  # commission and tax of these shares


class OrderClosed(StreamEvent):
    """The order is over: filled whole, cancelled (by whom in `why`), rejected, expired."""

    kind: Literal["order_closed"] = "order_closed"
    order_id: str
    intent_id: str | None
    side: Literal["BUY", "SELL"]
    state: OrderState
    filled: int
    filled_value_krw: int
    why: str
    refusal_code: str | None = None


class ParentClosed(StreamEvent):
    """Nothing more of a parent leaves; what of it still works ends by itself."""

    kind: Literal["parent_closed"] = "parent_closed"
    parent_id: str
    intent_id: str
    side: Literal["BUY", "SELL"]
    shares: int
    filled: int
    why: str


class AllocationChanged(StreamEvent):
    """What the strategy holds after a fill, an adoption or an operator's correction."""

    kind: Literal["allocation_changed"] = "allocation_changed"
    shares: int
    cost_krw: int
    stop_krw: int | None
    realised_krw: int  # of this change, after commission and tax
    why: str
    direction: Direction = "LONG"


class StopFired(StreamEvent):
    """The OMS sells on the position's protective stop."""

    kind: Literal["stop_fired"] = "stop_fired"
    order_id: str
    stop_krw: int
    price_krw: int


class AccountChanged(StreamEvent):
    """Flags that stop entries changed, or equity became known."""

    kind: Literal["account_changed"] = "account_changed"
    account: AccountView


OmsEvent = Annotated[
    IntentDecided
    | OrderAccepted
    | OrderFilled
    | OrderClosed
    | ParentClosed
    | AllocationChanged
    | StopFired
    | AccountChanged,
    Field(discriminator="kind"),
]


class EventPage(Wire):
    """Past events of the stream, for who asks now and then: ask again with `after=next_after`."""

    events: tuple[OmsEvent, ...]
    next_after: int
    last_seq: int  # of the journal


class Problem(Wire):
    """application/problem+json. Every refusal at the edge looks like this."""

    model_config = ConfigDict(frozen=True, extra="allow")
    type: str = "about:blank"
    title: str
    status: int
    detail: str
    next: str | None = None  # what the caller can do about it
    instance: str | None = None


BatchItem.model_rebuild()
