"""Everything KMP remembers of a day. Advanced in place by the fold that owns it.

Nothing else holds a state: the shell folds events through `decide`, a restart folds the journal,
a replay folds a tape. Phases, plans and positions inside it are frozen values.
"""

from dataclasses import dataclass, field

from kis_core.market.bars import MinuteBars
from kis_core.market.events import SlotsGranted
from kis_core.market.imbalance import Imbalance
from kis_core.wire.quotes.replies import PriceQuote
from oms_client.contract import AccountView
from strategy_kmp.decision.history import Baseline, Trend
from strategy_kmp.decision.market import Market
from strategy_kmp.decision.phases import (
    Armed,
    Idle,
    InPosition,
    PendingExit,
    Phase,
    WaitAcceptance,
)
from strategy_kmp.decision.program import Program
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.sizing import Plan
from strategy_kmp.decision.tape import GRACE_NS, Tape
from strategy_kmp.decision.times import Times, times_of
from strategy_runtime.contract import Fact, Listen, RoundTrip, TradingDay
from strategy_runtime.decision.funnel import Funnel, WouldBlock

STAGES = (
    "universe",
    "history",
    "listed",  # passed the checks of the start
    "trend",
    "surge",
    "gap",
    "top",
    "opening_range",
    "break",
    "acceptance",
    "gates",
    "intent",
    "approved",
    "accepted",
    "filled",
    "closed",
)
"""How far a symbol may come, in order."""


@dataclass(slots=True)
class Question:
    """One thing asked of a history for one symbol."""

    open: str | None = None  # the ask's id while it is unanswered
    tries: int = 0
    again_ns: int = 0
    why: str = ""  # it is not known, after the last try


@dataclass(frozen=True, slots=True)
class Scan:
    """A symbol's opening range, from the bars of 09:00 to 09:14 and no others. KRW."""

    surge: float
    value_krw: int
    open_krw: int
    high_krw: int
    low_krw: int
    late_s: float  # how long after 09:15 the bars were here

    @property
    def range(self) -> float:
        """High less low as a share of their mid."""
        return 2 * (self.high_krw - self.low_krw) / (self.high_krw + self.low_krw)


@dataclass(slots=True)
class Bought:
    """Fills of the entries of one position, by the OMS's word."""

    shares: int = 0
    value_krw: int = 0
    costs_krw: int = 0


@dataclass(slots=True)
class Name:
    """One symbol of the universe."""

    symbol: str
    sector: str
    tape: Tape
    phase: Phase = field(default_factory=Idle)
    trend: Trend | None = None
    baseline: Baseline | None = None
    quote: PriceQuote | None = None
    rejected: str | None = None  # by the checks of the start
    scan: Scan | None = None
    questions: dict[str, Question] = field(default_factory=dict)
    attempts: int = 0
    exits: int = 0
    exit_failures: int = 0  # in a row
    cancels: int = 0
    entries_open: dict[str, None] = field(default_factory=dict)  # intents whose end is not known
    plan: Plan | None = None  # of the newest entry
    wait: WaitAcceptance | None = None  # likewise
    signal_ns: int = 0  # likewise
    facts: tuple[tuple[str, Fact], ...] = ()  # likewise
    bought: Bought = field(default_factory=Bought)
    missed: int = 0  # entries that ended unfilled
    traded: bool = False  # has held shares today

    @property
    def holds(self) -> bool:
        """Whether shares are held."""
        return isinstance(self.phase, InPosition | PendingExit)


@dataclass(slots=True)
class Health:
    """How sound the data was: so that "no trades" can be told from "no data"."""

    trades_heard: int = 0
    late_trades: int = 0
    feed_gaps: int = 0
    feed_gap_ns: int = 0
    oms_away_times: int = 0
    scan_started_ns: int | None = None
    scan_over_ns: int | None = None
    scan_late_s: float = 0.0
    late_symbols: dict[str, float] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    silences: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # "kind symbol" → why; bounded by universe
    last_error: str | None = None


@dataclass(slots=True)
class State:
    """One day of KMP."""

    day: TradingDay
    times: Times
    names: dict[str, Name]
    bars: MinuteBars
    market: Market
    program: Program
    funnel: Funnel
    would_block: WouldBlock
    health: Health
    prefix: str  # of intent ids
    strategy_id: str
    now_ns: int = 0
    begun_ns: int | None = None
    settled: bool = False
    prepared: bool = False
    trend_said: bool = False
    scanning: bool = False
    scanned: bool = False
    cutoff_said: bool = False
    flatten_said: bool = False
    summed_up: bool = False
    line_down_ns: int | None = None
    account: AccountView | None = None
    oms_up: bool = True
    books_read: bool = False
    listen: Listen | None = None
    listen_stale: bool = True
    slots: SlotsGranted | None = None
    trips: list[RoundTrip] = field(default_factory=list)

    def intent_id(self, symbol: str, what: str, number: int) -> str:
        """Return an intent's name, from its inputs alone: after a restart it is the same."""
        return f"{self.prefix}-{symbol}-{self.day.date.replace('-', '')}-{what}-{number}"

    def sector_count(self, sector: str) -> int:
        """Return how many symbols of a sector are held or have an entry on its way."""
        return sum(
            name.sector == sector and isinstance(name.phase, Armed | InPosition | PendingExit)
            for name in self.names.values()
        )


def opened(day: TradingDay, rules: Rules, sectors: dict[str, str], strategy_id: str) -> State:
    """Return the state before anything has happened. `sectors` names the universe."""
    window_s = rules.size.imbalance_window_s
    names = {
        symbol: Name(symbol, sector, Tape(Imbalance(window_s)))
        for symbol, sector in sorted(sectors.items())
    }
    return State(
        day=day,
        times=times_of(day, rules),
        names=names,
        bars=MinuteBars(GRACE_NS),
        market=Market(),
        program=Program(),
        funnel=Funnel(STAGES),
        would_block=WouldBlock(),
        health=Health(),
        prefix=strategy_id.lower(),
        strategy_id=strategy_id,
    )
