"""Everything KMP remembers of a day. Advanced in place by the fold that owns it.

Nothing else holds a state: the shell folds events through `decide`, a restart folds the journal,
a replay folds a tape. Phases, plans and positions inside it are frozen values.
"""

from dataclasses import dataclass, field

from kis_core.market.bars import MinuteBars
from kis_core.market.heard import GRACE_NS, Heard
from kis_core.market.imbalance import Imbalance
from kis_core.market.instants import MINUTE_NS, minute_start_ns
from kis_core.wire.quotes.replies import PriceQuote
from strategy_kmp.decision.history import Baseline, Trend
from strategy_kmp.decision.market import Market
from strategy_kmp.decision.phases import Candidate, Done, Idle, Phase, Stage, stage_of
from strategy_kmp.decision.program import Program
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.sizing import Plan
from strategy_kmp.decision.times import Times, times_of
from strategy_runtime.contract import Listen, TradingDay
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.funnel import Funnel, WouldBlock
from strategy_runtime.decision.line import Line
from strategy_runtime.decision.prices import Silences
from strategy_runtime.decision.questions import Questions
from strategy_runtime.decision.trading import Flat, Trading

_QUIET = (Idle, Candidate, Done)

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
class Name:
    """One symbol of the universe."""

    trading: Trading
    heard: Heard
    phase: Phase = field(default_factory=Idle)
    trend: Trend | None = None
    baseline: Baseline | None = None
    quote: PriceQuote | None = None
    rejected: str | None = None  # by the checks of the start
    scan: Scan | None = None
    plan: Plan | None = None  # of the newest entry
    missed_by: dict[str, None] = field(default_factory=dict)  # gates that stopped its break

    @property
    def symbol(self) -> str:
        """Its code."""
        return self.trading.symbol

    @property
    def sector(self) -> str:
        """Its sector."""
        return self.trading.sector

    @property
    def stage(self) -> Stage:
        """What it is busy with: its order or shares, else its setup."""
        return stage_of(self.phase, self.trading.standing)

    @property
    def holds(self) -> bool:
        """Whether shares are held."""
        return self.trading.holds

    @property
    def quiet(self) -> bool:
        """Whether neither a print nor a second can change anything."""
        return type(self.phase) in _QUIET and type(self.trading.standing) is Flat

    def rvol(self, now_ns: int, open_ns: int) -> float | None:
        """Return the last completed minute's volume over its usual one; None where unknown."""
        if self.baseline is None:
            return None
        last = minute_start_ns(now_ns - GRACE_NS) - MINUTE_NS
        return self.heard.rvol(now_ns, self.baseline.volume((last - open_ns) // MINUTE_NS))


@dataclass(slots=True)
class Health:
    """How sound the data was: so that "no trades" can be told from "no data"."""

    trades_heard: int = 0
    late_trades: int = 0
    scan_started_ns: int | None = None
    scan_over_ns: int | None = None
    scan_late_s: float = 0.0
    late_symbols: dict[str, float] = field(default_factory=dict)
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
    desk: Desk
    questions: Questions
    line: Line
    silences: Silences
    funnel: Funnel
    would_block: WouldBlock
    health: Health
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
    listen: Listen | None = None
    listen_stale: bool = True


def opened(day: TradingDay, rules: Rules, sectors: dict[str, str], strategy_id: str) -> State:
    """Return the state before anything has happened. `sectors` names the universe."""
    window_s = rules.size.imbalance_window_s
    names = {
        symbol: Name(Trading(symbol, sector), Heard(Imbalance(window_s)))
        for symbol, sector in sorted(sectors.items())
    }
    symbols = {symbol: name.trading for symbol, name in names.items()}
    return State(
        day=day,
        times=times_of(day, rules),
        names=names,
        bars=MinuteBars(GRACE_NS),
        market=Market(),
        program=Program(),
        desk=Desk(strategy_id, day.date, rules.trade, symbols),
        questions=Questions(day.date),
        line=Line(),
        silences=Silences(),
        funnel=Funnel(STAGES),
        would_block=WouldBlock(),
        health=Health(),
    )
