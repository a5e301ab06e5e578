"""What the OMS is told, and what it decides: the records of its journal.

One turn of the journal is one input and the outputs decided from it. Inputs are in the words of
whoever told us; outputs are facts in the past tense, and the book changes by nothing else:
`state = fold(outputs)`. Every record carries `at_ns` (nanoseconds since the epoch, the OMS's
clock). Money is int KRW, sizes are int shares, an unknown is None. Fields are only ever added, at
the end and with a default, so that old journals stay readable.
"""

from typing import Literal

import msgspec

from kis_core.wire.account import Balance, BuyingPower, OrderNotice, OrderRow, Side
from oms.core.limits import Limits

IntentType = Literal[
    "ENTER", "REDUCE", "EXIT", "FLATTEN", "SET_TARGET", "CANCEL_ORDERS", "MODIFY_RISK"
]
IntentStatus = Literal["APPROVED", "DONE", "DEFERRED", "REFUSED"]
ClosedState = Literal["FILLED", "CANCELLED", "REJECTED", "EXPIRED"]
Answer = Literal["accepted", "declined", "unknown"]
Query = Literal["history", "balance", "buying_power", "quote"]
Switch = Literal["safe_mode", "halt_entries", "flattening", "regime", "paused"]
Flag = Literal[Switch, "frozen", "halted", "acknowledged"]
Turned = Literal["safe_mode", "regime", "flatten_all", "resume_entries", "cancel_order"]
Halting = Literal["halt_portfolio", "resume_portfolio", "halt_symbol", "resume_symbol"]
Mended = Literal["amend_stop", "acknowledge_drift", "reassign_drift"]
Action = Literal[Turned, Halting, Mended, "pause_strategy", "resume_strategy"]

UNALLOCATED = "_UNALLOCATED_"
"""The owner of shares that no strategy bought: seen, counted as exposure, sold by flatten-all."""


# What records are made of


class Quote(msgspec.Struct, frozen=True):
    """The market of one symbol as the OMS knew it when it decided. None: not known."""

    symbol: str
    price_krw: int  # of the last trade
    at_ns: int  # exchange time of that trade
    arrived_ns: int  # when this fleet heard it: what freshness is measured by
    ask_krw: int | None = None
    bid_krw: int | None = None
    base_krw: int | None = None  # the day's base price: the price limits follow from it
    market: str | None = None  # KOSPI or KOSDAQ: the sales tax follows from it
    halted: bool = False
    in_auction: bool = False


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """An intent, as plain values. Which fields are set depends on `intent_type`."""

    intent_type: IntentType
    intent_id: str
    reason: str
    symbol: str | None = None  # None: all symbols (FLATTEN)
    shares: int | None = None  # SET_TARGET: the target
    limit_krw: int | None = None
    stop_krw: int | None = None
    trigger_krw: int | None = None
    urgency: Literal["LOW", "NORMAL", "HIGH"] = "NORMAL"
    time_horizon: Literal["INTRADAY", "SWING"] = "INTRADAY"
    expires_ns: int | None = None
    confidence: Literal["GREEN", "YELLOW", "RED"] = "YELLOW"
    max_spread_bp: float | None = None
    signal_hash: str | None = None
    side: Side | None = None  # CANCEL_ORDERS


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """The last price of a symbol."""

    symbol: str
    price_krw: int
    at_ns: int


class HeldLine(msgspec.Struct, frozen=True, array_like=True):
    """One holding of the broker's balance."""

    symbol: str
    shares: int
    sellable: int
    cost_krw: int
    price_krw: int


class Verdict(msgspec.Struct, frozen=True):
    """What one control said of an entry; only those that did not approve are kept."""

    control: str
    verdict: Literal["shrink", "defer", "refuse"]
    reason: str
    shares: int | None = None  # for shrink: the most it allows
    retry_at_ns: int | None = None  # for defer: when asking again makes sense


# Inputs


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What all inputs carry."""

    at_ns: int


class Started(Input, frozen=True, kw_only=True, tag="started"):
    """A process took over this journal. What follows is decided under these limits."""

    oms_id: str
    environment: str
    version: str
    limits: Limits
    limits_hash: str


class IntentReceived(Input, frozen=True, kw_only=True, tag="intent_received"):
    """A strategy asked, with the quote the OMS held at that moment."""

    strategy_id: str  # from the token, never from the body
    asked: Asked
    quote: Quote | None
    unknown_symbol: bool = False  # the broker says that there is none


class BrokerAnswered(Input, frozen=True, kw_only=True, tag="broker_answered"):
    """The one answer to one order sent."""

    order_id: str
    answer: Answer
    broker_id: str | None = None
    branch: str | None = None
    code: str | None = None
    text: str | None = None


class CancelAnswered(Input, frozen=True, kw_only=True, tag="cancel_answered"):
    """The one answer to one cancel sent. Accepted: the request, not the cancel itself."""

    order_id: str
    answer: Answer
    broker_id: str | None = None  # of the cancel
    code: str | None = None
    text: str | None = None


class NoticeHeard(Input, frozen=True, kw_only=True, tag="notice_heard"):
    """An order notice of this account."""

    arrived_ns: int
    notice: OrderNotice


class NoticesChanged(Input, frozen=True, kw_only=True, tag="notices_changed"):
    """Order notices are being heard, or no longer."""

    live: bool


class HistoryRead(Input, frozen=True, kw_only=True, tag="history_read"):
    """All orders of the day, all pages, as asked at `asked_ns`."""

    asked_ns: int
    date: str  # YYYY-MM-DD
    rows: tuple[OrderRow, ...]


class BalanceRead(Input, frozen=True, kw_only=True, tag="balance_read"):
    """The whole balance, as asked at `asked_ns`."""

    asked_ns: int
    balance: Balance


class BuyingPowerRead(Input, frozen=True, kw_only=True, tag="buying_power_read"):
    """What can be bought, as asked at `asked_ns`."""

    asked_ns: int
    power: BuyingPower


class QueryFailed(Input, frozen=True, kw_only=True, tag="query_failed"):
    """A question to the broker got no whole answer. Changes no state but its own count."""

    query: Query
    error: str  # the exception's class
    text: str


class QuoteSeen(Input, frozen=True, kw_only=True, tag="quote_seen"):
    """A live trade that reached a protective stop, or that says VI or halt."""

    quote: Quote


class MarksTaken(Input, frozen=True, kw_only=True, tag="marks_taken"):
    """Last prices of what is held or working, every few seconds, for exposure and P&L."""

    marks: tuple[Mark, ...]


class TimerFired(Input, frozen=True, kw_only=True, tag="timer_fired"):
    """The clock reached something that was due."""


class Stopping(Input, frozen=True, kw_only=True, tag="stopping"):
    """The process was asked to stop: nobody will watch working buys from here on."""


class OperatorActed(Input, frozen=True, kw_only=True, tag="operator_acted"):
    """A person acted. `actor` is the token's name."""

    actor: str
    action: Action
    reason: str
    enabled: bool | None = None
    regime: str | None = None
    strategy_id: str | None = None
    order_id: str | None = None
    quotes: tuple[Quote, ...] = ()
    symbol: str | None = None
    shares: int | None = None
    price_krw: int | None = None  # what a share cost
    stop_krw: int | None = None


class HeartbeatHeard(Input, frozen=True, kw_only=True, tag="heartbeat_heard"):
    """A strategy says that it lives."""

    strategy_id: str
    mode: str
    symbols_hot: int
    symbols_warm: int
    symbols_cold: int
    positions: int
    last_error: str | None
    version: str | None


# Outputs


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


class CancelWanted(Output, frozen=True, kw_only=True, tag="cancel_wanted"):
    """The order shall be cancelled as soon as the broker has given it a number."""

    order_id: str
    why: str


class CancelSettled(Output, frozen=True, kw_only=True, tag="cancel_settled"):
    """What became of the request to cancel; the order itself closes by evidence."""

    order_id: str
    answer: Literal["accepted", "declined", "unknown"]
    code: str | None = None
    text: str | None = None


class CancelCleared(Output, frozen=True, kw_only=True, tag="cancel_cleared"):
    """The order still works after its cancel was refused or lost: it may be asked again."""

    order_id: str


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


class LockChanged(Output, frozen=True, kw_only=True, tag="lock_changed"):
    """Who may enter a symbol; `owner` None: anyone."""

    symbol: str
    owner: str | None
    until_ns: int


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


class BuyingPowerTaken(Output, frozen=True, kw_only=True, tag="buying_power_taken"):
    """Cash the broker lets us order with."""

    asked_ns: int
    amount_krw: int


class HistoryTaken(Output, frozen=True, kw_only=True, tag="history_taken"):
    """The order history was read whole."""

    asked_ns: int
    orders: int


class QueryCounted(Output, frozen=True, kw_only=True, tag="query_counted"):
    """A query failed. What it would have told stays as old as it was."""

    query: Query
    error: str
    text: str


class MarksSet(Output, frozen=True, kw_only=True, tag="marks_set"):
    """Last prices."""

    marks: tuple[Mark, ...]


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


AnyInput = (
    Started
    | IntentReceived
    | BrokerAnswered
    | CancelAnswered
    | NoticeHeard
    | NoticesChanged
    | HistoryRead
    | BalanceRead
    | BuyingPowerRead
    | QueryFailed
    | QuoteSeen
    | MarksTaken
    | TimerFired
    | Stopping
    | OperatorActed
    | HeartbeatHeard
)

AnyOutput = (
    LimitsSet
    | DayOpened
    | BaselineSet
    | IntentDecided
    | OrderPlanned
    | OrderSent
    | OrderAnswered
    | NoticeKept
    | NoticeCounted
    | OrderFilled
    | OrderClosed
    | OrderMissed
    | CancelPlanned
    | CancelWanted
    | CancelSettled
    | CancelCleared
    | AllocationChanged
    | StopSet
    | StopFired
    | ExitWanted
    | LockChanged
    | CooldownSet
    | BalanceTaken
    | BuyingPowerTaken
    | HistoryTaken
    | QueryCounted
    | MarksSet
    | DriftSuspected
    | DriftSeen
    | ExternalSeen
    | FlagChanged
    | NoticesSet
    | HeartbeatTaken
    | ContradictionSeen
)

_INPUTS: msgspec.json.Decoder[AnyInput] = msgspec.json.Decoder(AnyInput)
_OUTPUTS: msgspec.json.Decoder[AnyOutput] = msgspec.json.Decoder(AnyOutput)
encode = msgspec.json.Encoder().encode
"""Turn a record into the JSON text that the journal keeps."""


def kind_of(record: AnyInput | AnyOutput) -> str:
    """Return the record's tag: `intent_received`, `order_filled` …"""
    return str(type(record).__struct_config__.tag)


def decode_input(payload: bytes | str) -> AnyInput:
    """Read an input back. Raises msgspec.ValidationError on text that is none."""
    return _INPUTS.decode(payload)


def decode_output(payload: bytes | str) -> AnyOutput:
    """Read an output back. Raises msgspec.ValidationError on text that is none."""
    return _OUTPUTS.decode(payload)
