"""What the OMS is told: one kind of record each. See `oms.core.records`."""

import msgspec

from kis_core.environment import Dialect
from kis_core.wire.account import Balance, BuyingPower, OrderNotice, OrderRow
from oms.core.limits import Limits
from oms.core.words import Action, Answer, Asked, Mark, Query, Quote, Scale


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
    dialect: Dialect | None = None  # of the host it speaks to; None: as the environment says


class LimitsRead(Input, frozen=True, kw_only=True, tag="limits_read"):
    """The file of limits was changed, and is valid as a whole."""

    limits: Limits
    limits_hash: str


class IntentReceived(Input, frozen=True, kw_only=True, tag="intent_received"):
    """A strategy asked, with the quote the OMS held at that moment."""

    strategy_id: str  # from the token, never from the body
    asked: Asked
    quote: Quote | None
    unknown_symbol: bool = False  # the broker says that there is none
    power: BuyingPower | None = None  # what the broker lets open of this contract on this side


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


class ModifyAnswered(Input, frozen=True, kw_only=True, tag="modify_answered"):
    """The one answer to one modify sent. Accepted: the request, not the modify itself."""

    order_id: str
    modify: int  # which of the order's modifies, from 1
    answer: Answer
    broker_id: str | None = None  # what the order is called if it holds
    branch: str | None = None
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


class DayEndRead(Input, frozen=True, kw_only=True, tag="day_end_read"):
    """All orders of a day that is over, and the balance after them, as asked at `asked_ns`."""

    asked_ns: int
    date: str  # YYYY-MM-DD
    rows: tuple[OrderRow, ...]
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


class BasePriceRead(Input, frozen=True, kw_only=True, tag="base_price_read"):
    """The day's base price of a symbol that was held over night, asked for before the open."""

    symbol: str
    base_krw: int


class SliceDue(Input, frozen=True, kw_only=True, tag="slice_due"):
    """The clock reached a parent's next slice, with the quote of that moment."""

    parent_id: str
    quote: Quote | None


class MarksTaken(Input, frozen=True, kw_only=True, tag="marks_taken"):
    """Last prices of what is held or working, every few seconds, for exposure and P&L."""

    marks: tuple[Mark, ...]


class TimerFired(Input, frozen=True, kw_only=True, tag="timer_fired"):
    """The clock reached something that was due."""

    quotes: tuple[Quote, ...] = ()  # of the symbols that are chased, as last heard


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
    numerator: int = 1  # split: so many shares
    denominator: int = 1  # for so many old ones
    scale: Scale = "both"
    force: bool = False  # also where the broker's shares say something else
    limit_krw: int | None = None  # of an order


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
