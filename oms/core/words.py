"""What the records of the journal are made of: quotes, intents, verdicts and the words they use."""

from typing import Literal

import msgspec

from kis_core.market.events import Market
from kis_core.wire.account import Side

Direction = Literal["LONG", "SHORT"]
"""Which way a position earns. Stocks are only ever held long; contracts either way."""

IntentType = Literal[
    "ENTER", "REDUCE", "EXIT", "FLATTEN", "SET_TARGET", "CANCEL_ORDERS", "MODIFY_RISK"
]
IntentStatus = Literal["APPROVED", "DONE", "DEFERRED", "REFUSED"]
ClosedState = Literal["FILLED", "CANCELLED", "REJECTED", "EXPIRED"]
Answer = Literal["accepted", "declined", "unknown"]
Query = Literal["history", "balance", "buying_power", "quote", "day_end"]
Switch = Literal["safe_mode", "halt_entries", "flattening", "regime", "paused", "killed"]
Flag = Literal[Switch, "frozen", "halted", "acknowledged", "peak", "rescaled"]
Scale = Literal["both", "shares", "prices"]
"""What a split changes: prices at its ex-date, shares once they are delivered, or both at once."""
Turned = Literal["safe_mode", "regime", "flatten_all", "resume_entries", "cancel_order"]
Halting = Literal["halt_portfolio", "resume_portfolio", "halt_symbol", "resume_symbol", "kill"]
Mended = Literal[
    "amend_stop", "amend_order", "acknowledge_drift", "reassign_drift", "reset_peak", "split"
]
Action = Literal[Turned, Halting, Mended, "pause_strategy", "resume_strategy"]

Style = Literal[
    "LIMIT", "MARKETABLE", "BEST", "TOP", "MID", "CHASE", "TWAP", "VWAP", "STOP_LIMIT", "AUCTION",
    "AFTER",
]  # fmt: skip
TimeInForce = Literal["DAY", "IOC", "FOK"]
AuctionName = Literal["OPENING", "CLOSING"]
VenueWish = Literal["KRX", "NXT", "SOR", "BEST"]

UNALLOCATED = "_UNALLOCATED_"
"""The owner of shares that no strategy bought: seen, counted as exposure, sold by flatten-all."""


class Difference(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing of a day in which the book and the broker do not agree. Shares or KRW."""

    what: Literal["missing", "open", "shares", "value", "holding", "costs", "cash", "pnl"]
    ours: int | None
    theirs: int | None
    order_id: str | None = None
    symbol: str | None = None


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
    volume: int | None = None  # shares traded today
    states: tuple[str, ...] = ()  # what the exchange says of it: administrative, warning …
    venue: Market = "KRX"  # whose trade it was; UN: either
    nxt: bool | None = None  # traded on NXT
    lower_krw: int | None = None  # the day's limits, where the broker says them
    upper_krw: int | None = None


class Chase(msgspec.Struct, frozen=True):
    """How a resting order follows the market: some steps, a pause between them, then an end.

    It only ever moves toward the other side, and never past the limit it was approved for.
    """

    every_s: int  # market seconds between two steps
    steps: int  # modifies at most
    step_ticks: int  # how far a step goes; 0: to the best price of its own side
    then: Literal["GIVE_UP", "CROSS"]  # after one more pause: cancel, or reach the other side


class Execution(msgspec.Struct, frozen=True, omit_defaults=True):
    """How an order shall reach the market. Which fields are set depends on `style`."""

    style: Style
    time_in_force: TimeInForce = "DAY"
    cap_bp: int | None = None  # MARKETABLE: how far beyond the other side's best
    cap_ticks: int | None = None
    chase: Chase | None = None
    over_s: int = 0  # TWAP, VWAP
    slices: int = 0
    unfilled: Literal["CARRY", "DROP"] = "CARRY"
    curve: tuple[float, ...] | None = None  # VWAP: weights of the minutes from now on
    trigger_krw: int | None = None  # STOP_LIMIT
    session: AuctionName | None = None  # AUCTION
    price: Literal["LIMIT", "BEST", "TOP", "CLOSE"] = "LIMIT"  # AFTER


class Slice(msgspec.Struct, frozen=True, array_like=True):
    """From an instant on, so many shares of a parent shall have been ordered in all."""

    at_ns: int
    total: int


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
    direction: Direction = "LONG"
    execution: Execution | None = None  # None: as urgency says
    venue: VenueWish | None = None  # None: the limits' default


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """The last price of a symbol."""

    symbol: str
    price_krw: int
    at_ns: int


class HeldLine(msgspec.Struct, frozen=True, array_like=True):
    """One holding of the broker's balance."""

    symbol: str
    shares: int  # negative: contracts held short
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
