"""What a strategy is to the shell that runs it: events in, a new state and requests out.

Pure: values and Protocols only. A strategy never reads a clock, a socket or a file; it is told
what happened, time included, and answers with a `Step`. The shell journals every event together
with what the strategy made of it before anything leaves, so that a restart, a replay and
`kst verify` fold the same events through the same lines and come to the same answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import msgspec
from pydantic import AwareDatetime

from kis_core.market.events import DailyBar, IndexDay, IndexLevel, MarketEvent
from kis_core.wire.quotes.flow_replies import InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import StockProgram
from kis_core.wire.quotes.replies import PriceQuote
from oms_client.contract import (
    AccountView,
    AllocationView,
    Intent,
    IntentResult,
    OmsEvent,
    OrderView,
)
from oms_client.wire import Wire

# -- the day ----------------------------------------------------------------------------------


class Session(msgspec.Struct, frozen=True, array_like=True):
    """The regular session of one date (YYYY-MM-DD): opening to closing auction price, in ns."""

    date: str
    open_ns: int
    close_ns: int


class TradingDay(msgspec.Struct, frozen=True, array_like=True):
    """The session a strategy is opened for, and those before it, oldest first."""

    session: Session
    past: tuple[Session, ...]

    @property
    def date(self) -> str:
        """The date, YYYY-MM-DD."""
        return self.session.date


# -- what is asked of the market's histories, and the answers -----------------------------------


RESTARTED = "restarted"
"""The reason of the Gap that a process hears first when it goes on from its journal."""


class AskDaily(msgspec.Struct, frozen=True, tag="ask_daily", array_like=True):
    """Daily bars from `first` to `last` (YYYY-MM-DD), both included."""

    ask_id: str
    symbol: str
    first: str
    last: str


class AskMinutes(msgspec.Struct, frozen=True, tag="ask_minutes", array_like=True):
    """Minute bars of spans `(date, first, last)`: HH:MM of the first and last bar's start."""

    ask_id: str
    symbol: str
    spans: tuple[tuple[str, str, str], ...]


class AskQuote(msgspec.Struct, frozen=True, tag="ask_quote", array_like=True):
    """The current price of a symbol over REST, and its standing."""

    ask_id: str
    symbol: str


class AskIndex(msgspec.Struct, frozen=True, tag="ask_index", array_like=True):
    """The newest level of an index."""

    ask_id: str
    index: str


class AskIndexDays(msgspec.Struct, frozen=True, tag="ask_index_days", array_like=True):
    """Completed days of an index from `first` to `last` (YYYY-MM-DD), both included."""

    ask_id: str
    index: str
    first: str
    last: str


class AskFlows(msgspec.Struct, frozen=True, tag="ask_flows", array_like=True):
    """Who bought a symbol on the last 30 days; today's row is unknown before the close."""

    ask_id: str
    symbol: str


class AskEstimates(msgspec.Struct, frozen=True, tag="ask_estimates", array_like=True):
    """The estimates of foreigners' and institutions' net buying of a symbol made so far today."""

    ask_id: str
    symbol: str


class AskProgram(msgspec.Struct, frozen=True, tag="ask_program", array_like=True):
    """Program trading of a symbol, since the opening up to now."""

    ask_id: str
    symbol: str


class AskMarketProgram(msgspec.Struct, frozen=True, tag="ask_market_program", array_like=True):
    """Program trading of a whole market, since the opening up to now."""

    ask_id: str
    market: Literal["KOSPI", "KOSDAQ"]


class AskOwn(msgspec.Struct, frozen=True, tag="ask_own", array_like=True):
    """A question that the strategy's own research answers: its root knows who does.

    `subject` and `text` are the strategy's and its research's affair; the answer is text too.
    """

    ask_id: str
    subject: str
    text: str = ""


Ask = (
    AskDaily
    | AskMinutes
    | AskQuote
    | AskIndex
    | AskIndexDays
    | AskFlows
    | AskEstimates
    | AskProgram
    | AskMarketProgram
    | AskOwn
)
"""A question to the market's histories. Named from its inputs; asked again under a new name."""

Minute = tuple[int, int, int, int, int, int]
"""A past minute: minute of the day, open, high, low, close in KRW, volume in shares."""


class MinuteDay(msgspec.Struct, frozen=True, array_like=True):
    """Past minutes of one date; minutes without a trade have no row."""

    date: str
    minutes: tuple[Minute, ...]


class DailyRead(msgspec.Struct, frozen=True, tag="daily_read", array_like=True):
    """The answer to AskDaily, oldest first."""

    ask_id: str
    at_ns: int
    symbol: str
    bars: tuple[DailyBar, ...]


class MinutesRead(msgspec.Struct, frozen=True, tag="minutes_read", array_like=True):
    """The answer to AskMinutes: the days that could be read, and why others could not."""

    ask_id: str
    at_ns: int
    symbol: str
    days: tuple[MinuteDay, ...]
    missing: tuple[tuple[str, str], ...] = ()  # (date, why)


class QuoteRead(msgspec.Struct, frozen=True, tag="quote_read", array_like=True):
    """The answer to AskQuote."""

    ask_id: str
    at_ns: int
    quote: PriceQuote


class IndexRead(msgspec.Struct, frozen=True, tag="index_read", array_like=True):
    """The answer to AskIndex."""

    ask_id: str
    at_ns: int
    level: IndexLevel


class IndexDaysRead(msgspec.Struct, frozen=True, tag="index_days_read", array_like=True):
    """The answer to AskIndexDays, oldest first."""

    ask_id: str
    at_ns: int
    index: str
    days: tuple[IndexDay, ...]


class FlowsRead(msgspec.Struct, frozen=True, tag="flows_read", array_like=True):
    """The answer to AskFlows, oldest first."""

    ask_id: str
    at_ns: int
    symbol: str
    days: tuple[InvestorDay, ...]


class EstimatesRead(msgspec.Struct, frozen=True, tag="estimates_read", array_like=True):
    """The answer to AskEstimates, oldest first; none before the day's first estimate."""

    ask_id: str
    at_ns: int
    symbol: str
    estimates: tuple[InvestorEstimate, ...]


class ProgramRead(msgspec.Struct, frozen=True, tag="program_read", array_like=True):
    """The answer to AskProgram: the newest row; None where no program has traded it today."""

    ask_id: str
    at_ns: int
    symbol: str
    program: StockProgram | None


class OwnRead(msgspec.Struct, frozen=True, tag="own_read", array_like=True):
    """The answer to AskOwn."""

    ask_id: str
    at_ns: int
    subject: str
    text: str


class AskFailed(msgspec.Struct, frozen=True, tag="ask_failed", array_like=True):
    """The shell tried a few times and has no answer. `symbol` None where it was of no symbol.

    `offered` False: the broker does not answer such a question at all, so asking again is idle.
    """

    ask_id: str
    at_ns: int
    symbol: str | None
    why: str
    offered: bool = True


class ProgramNet(msgspec.Struct, frozen=True, tag="program_net", array_like=True):
    """Program trading's cumulative net buying of a market today, in KRW. It may fall."""

    market: Literal["KOSPI", "KOSDAQ"]
    at_ns: int
    net_buy_krw: int
    ask_id: str | None = None  # of the AskMarketProgram it answers


Answer = (
    DailyRead
    | MinutesRead
    | QuoteRead
    | IndexRead
    | IndexDaysRead
    | FlowsRead
    | EstimatesRead
    | ProgramRead
    | ProgramNet
    | OwnRead
    | AskFailed
)
Told = MarketEvent | Answer
"""What is told by the market's side. Cheap values: they come by the thousand."""


# -- what is told by the OMS's side --------------------------------------------------------------


class IntentAnswered(Wire):
    """The OMS's answer to a submit. The stream may tell the same decision again, or first."""

    kind: Literal["intent_answered"] = "intent_answered"
    at: AwareDatetime
    symbol: str | None
    result: IntentResult


class IntentUnanswered(Wire):
    """No answer to a submit so far: the intent may or may not have arrived.

    `final` says that the request itself was turned away (`why` has the status), so that it will
    not be sent again; otherwise the shell keeps asking under the same id.
    """

    kind: Literal["intent_unanswered"] = "intent_unanswered"
    at: AwareDatetime
    intent_id: str
    symbol: str | None
    why: str
    final: bool


class BooksRead(Wire):
    """What the OMS said when asked: the account, what the strategy holds, its orders of today.

    Read at every start before the stream is followed; `orders` and `allocations` are None when
    only the account was asked for.
    """

    kind: Literal["books_read"] = "books_read"
    at: AwareDatetime
    account: AccountView
    allocations: tuple[AllocationView, ...] | None = None
    orders: tuple[OrderView, ...] | None = None


class OmsLine(Wire):
    """Whether the OMS can be heard. While it is away nothing about positions is concluded."""

    kind: Literal["oms_line"] = "oms_line"
    at: AwareDatetime
    up: bool
    why: str


OmsTold = OmsEvent | IntentAnswered | IntentUnanswered | BooksRead | OmsLine
StrategyEvent = Told | OmsTold


# -- what a strategy answers ---------------------------------------------------------------------


class Hear(msgspec.Struct, frozen=True, array_like=True):
    """A symbol the strategy wants to hear. `priority` and `rank`: lower is served first.

    Priorities: 0 held or an order works, 1 about to act, 2 candidate, 3 watched only.
    """

    symbol: str
    priority: Literal[0, 1, 2, 3]
    rank: int


class Listen(msgspec.Struct, frozen=True, array_like=True):
    """The whole set the strategy wants to hear from now on."""

    symbols: tuple[Hear, ...]
    indices: tuple[str, ...]


Fact = str | int | float | bool | None | tuple[str, ...]


class Said(msgspec.Struct, frozen=True, tag="said", array_like=True):
    """A line for the log. `text` holds the phrase that runbooks grep for."""

    text: str
    symbol: str | None = None
    facts: tuple[tuple[str, Fact], ...] = ()
    level: Literal["debug", "info", "warning", "error"] = "info"


class RoundTrip(msgspec.Struct, frozen=True, tag="round_trip", array_like=True):
    """One position from its first share to its last, with its explanation.

    Prices are averages in KRW per share, money is KRW; `r_*` are multiples of the planned loss
    `risk_krw`, after costs. `mfe_krw` and `mae_krw` are the best and worst price seen less the
    entry price, per share.
    """

    trip_id: str
    symbol: str
    sector: str
    setup: str
    entered_ns: int
    exited_ns: int
    shares: int
    entry_krw: float
    exit_krw: float | None  # None: the exit's fills were not told
    stop_krw: int
    entry_reason: str
    exit_reason: str
    costs_krw: int
    realised_krw: int  # as the OMS told it, after costs
    risk_krw: int
    r_net: float | None
    mfe_krw: float
    mae_krw: float
    mfe_r: float | None
    mae_r: float | None
    facts: tuple[tuple[str, Fact], ...]  # how it came about: score, caps, latency, slippage …


class Factor(msgspec.Struct, frozen=True, array_like=True):
    """One figure behind a decision: what it was, what it is held against, how much it counts."""

    name: str
    value: Fact
    threshold: Fact = None
    weight: float | None = None


class Filter(msgspec.Struct, frozen=True, array_like=True):
    """One gate of a decision. `margin_pct`: how far inside (+) or outside (-) its threshold."""

    name: str
    threshold: Fact
    actual: Fact
    passed: bool
    margin_pct: float | None = None


class Entered(msgspec.Struct, frozen=True, tag="entered", array_like=True):
    """A position's first shares are there: why, how much, and how long it took."""

    trip_id: str  # as in its RoundTrip
    symbol: str
    sector: str
    setup: str
    at_ns: int
    shares: int
    entry_krw: float
    stop_krw: int | None
    signal_id: str  # the intent that asked for it; "" where nobody of us did
    strength: float | None  # of the signal, 0 to 1
    adopted: bool
    factors: tuple[Factor, ...] = ()
    filters: tuple[Filter, ...] = ()
    sizing: tuple[tuple[str, Fact], ...] = ()  # base risk, every multiplier, raw, final, cap
    portfolio: tuple[tuple[str, Fact], ...] = ()  # equity, exposure, positions, drawdown tier
    latency_ms: tuple[tuple[str, float | None], ...] = ()  # signal → answered → accepted → filled


class Reduced(msgspec.Struct, frozen=True, tag="reduced", array_like=True):
    """A part of a position was sold."""

    trip_id: str
    symbol: str
    at_ns: int
    shares: int
    left: int
    reason: str


class Missed(msgspec.Struct, frozen=True, tag="missed", array_like=True):
    """A live setup that a gate stopped, or an entry that found no fill: what it would have been.

    What happened afterwards is not here: views put the candles of the hours after beside it.
    """

    symbol: str
    at_ns: int
    setup: str
    blocked_by: str
    reason: str
    maturity: Literal["early", "mid", "late"]
    strength: float | None
    price_krw: int
    stop_krw: int | None  # what the entry's stop and target would have been
    target_krw: int | None
    filters: tuple[Filter, ...] = ()
    blocking: tuple[str, ...] = ()  # symbols whose positions stood in the way


class Lenient(msgspec.Struct, frozen=True, tag="would_block", array_like=True):
    """What the strict value of a switch would have stopped, and the one in force did not."""

    symbol: str
    at_ns: int
    reason: str
    actual: Fact
    strict: Fact


Note = Said | RoundTrip | Entered | Reduced | Missed | Lenient


@dataclass(frozen=True, slots=True)
class Step[S]:
    """Where an event leads. `listen` None leaves what is heard as it is."""

    state: S
    intents: tuple[Intent, ...] = ()
    asks: tuple[Ask, ...] = ()
    listen: Listen | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Pulse:
    """How the strategy is, for heartbeats."""

    mode: Literal["RUNNING", "WAITING", "DONE"]
    hot: int  # symbols heard and acted upon
    warm: int  # symbols heard
    cold: int  # the rest of the universe
    positions: int
    last_error: str | None = None


class Strategy[S](Protocol):
    """A strategy with its rules in it. All of it is pure."""

    @property
    def name(self) -> str:
        """Its id at the OMS and the folder of its journals."""
        ...

    @property
    def rules(self) -> Mapping[str, Any]:
        """Every number it decides by, as plain JSON values: written at the head of the journal."""
        ...

    def open(self, day: TradingDay, carried: str | None = None) -> S:
        """Return the state before anything has happened on a day.

        `carried` is what `carried` of the last day it ran had to say; None where it had nothing.
        """
        ...

    def carried(self, state: S) -> str | None:
        """Return what the next day has to know of this one, as JSON; None: nothing at all."""
        ...

    def decide(self, state: S, event: StrategyEvent) -> Step[S]:
        """Take one event and return where it leads."""
        ...

    def pulse(self, state: S) -> Pulse:
        """Return how it is."""
        ...

    def over(self, state: S) -> bool:
        """Whether the day needs it no more. Asked after every few turns: cheap."""
        ...

    def funnel(self, state: S) -> Mapping[str, Any]:
        """Return how many symbols each gate stopped and how sound the data was, as JSON values."""
        ...

    def trips(self, state: S) -> tuple[RoundTrip, ...]:
        """Return the day's closed round trips, in order."""
        ...
