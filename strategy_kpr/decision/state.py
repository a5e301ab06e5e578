"""Everything KPR remembers of a day. Advanced in place by the fold that owns it.

Nothing else holds a state: the shell folds events through `decide`, a restart folds the journal,
a replay folds a tape. Phases, setups and positions inside it are frozen values.
"""

from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Literal

from kis_core.market.bars import MinuteBars
from kis_core.market.events import Bar
from kis_core.market.heard import GRACE_NS, Heard
from kis_core.market.imbalance import Imbalance
from kis_core.wire.quotes.flow_replies import InvestorEstimate
from kis_core.wire.quotes.replies import PriceQuote
from strategy_kpr.decision.market import Market
from strategy_kpr.decision.phases import Accepting, Detected, Idle, Phase
from strategy_kpr.decision.pillars import Flow, Program
from strategy_kpr.decision.pressure import Pressure, Prints
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.times import Times, times_of
from strategy_runtime.contract import Listen, TradingDay
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.funnel import Funnel, WouldBlock
from strategy_runtime.decision.line import Line
from strategy_runtime.decision.prices import Silences
from strategy_runtime.decision.questions import Questions
from strategy_runtime.decision.trading import Trading

STAGES = (
    "universe",
    "history",
    "listed",  # passed the checks of the start
    "setup",
    "reclaim",
    "acceptance",
    "confidence",
    "gates",
    "intent",
    "approved",
    "accepted",
    "filled",
    "closed",
)
"""How far a symbol may come, in order."""

Tier = Literal["HOT", "WARM", "COLD"]
_IMBALANCE_S = 60  # what Heard keeps of it is not looked at: see pressure.py


@dataclass(frozen=True, slots=True)
class History:
    """What is known of a symbol before the open."""

    turnover_krw: float  # mean daily value
    atr_krw: float | None  # of days


@dataclass(slots=True)
class Extremes:
    """The day's open, high with its time, and low, from prints and completed minutes. KRW."""

    open_krw: int | None = None
    high_krw: int | None = None
    high_ns: int = 0
    low_krw: int | None = None

    def on_price(self, price_krw: int, at_ns: int) -> None:
        """Take a print."""
        self._take(price_krw, price_krw, at_ns)

    def on_bar(self, bar: Bar) -> None:
        """Take a completed minute, in order; its high is taken to be of its beginning."""
        if self.open_krw is None:
            self.open_krw = bar.open_krw
        self._take(bar.high_krw, bar.low_krw, bar.start_ns)

    def _take(self, high_krw: int, low_krw: int, at_ns: int) -> None:
        if self.high_krw is None or high_krw > self.high_krw:
            self.high_krw, self.high_ns = high_krw, at_ns
        if self.low_krw is None or low_krw < self.low_krw:
            self.low_krw = low_krw


@dataclass(slots=True)
class Name:
    """One symbol of the universe.

    Minutes before `known_ns` are known, all of them; those before `looked_ns` have been looked at.
    """

    symbol: str
    heard: Heard
    trading: Trading
    prints: Prints
    known_ns: int
    looked_ns: int
    phase: Phase = field(default_factory=Idle)
    extremes: Extremes = field(default_factory=Extremes)
    # before the open
    history: History | None = None
    listing: PriceQuote | None = None
    rejected: str | None = None
    flows_read: bool = False
    daily_flow: Flow = "UNAVAILABLE"
    # tier and feed
    tier: Tier = "COLD"
    tier_ns: int = 0  # since when
    lower_ns: int | None = None  # since when a lower tier has been due
    live: bool = False  # prints are heard, and have been without a break
    busy: float = 0.0  # how many times its usual volume it trades
    expanding: bool = False  # the last minute's range is far above the usual
    polled_ns: int = 0
    told_ns: int = 0  # minutes before are known from history, not from hearing nothing
    asked: tuple[int, int] | None = None  # first and last minute of the open poll
    exact_ns: int = 0  # VWAP is the exchange's own as of then
    quote: PriceQuote | None = None  # the newest
    quote_asked_ns: int = 0
    quote_due: bool = False  # after a change of tier or a restart
    waiting: Bar | None = None  # the bar whose meaning waits for a quote
    waiting_ns: int = 0  # since when
    # pillars
    pressure: Pressure | None = None
    estimates: tuple[InvestorEstimate, ...] = ()
    estimate_ns: int = 0  # of the newest
    estimates_for_ns: int = 0  # the refresh that is being asked for
    program: Program | None = None
    # of the setup and the position
    setups: int = 0
    spent_krw: int | None = None  # a low that has had its time: only a lower one is a setup
    missed: dict[str, None] = field(default_factory=dict)  # gates that stopped this setup
    part_left: int | None = None  # shares to be left by the half that is being sold
    partial: bool = False  # half of the position has been sold at its target

    @property
    def active(self) -> bool:
        """Whether a setup lives."""
        return isinstance(self.phase, Detected | Accepting)

    @property
    def pinned(self) -> bool:
        """Whether it must not lose its place: held, being bought, or an active setup."""
        return self.active or self.trading.engaged

    def wait(self, bar: Bar, now_ns: int) -> None:
        """Let a bar's meaning wait for a quote."""
        if self.waiting is not bar:
            self.waiting, self.waiting_ns = bar, now_ns

    def recent(self, count: int) -> list[Bar]:
        """Return the last minutes that have been looked at, oldest first."""
        starts = (start for start in reversed(self.heard.bars) if start < self.looked_ns)
        return [self.heard.bars[start] for start in islice(starts, count)][::-1]

    @property
    def listed(self) -> bool:
        """Whether the checks of the start are passed; one whose standing is unknown is not."""
        return self.history is not None and self.listing is not None and self.rejected is None

    @property
    def depth(self) -> float | None:
        """How far the price is below VWAP, as a ratio; None while either is unknown."""
        vwap, price = self.heard.vwap.krw, self.heard.price_krw
        return None if vwap is None or price is None else (vwap - price) / vwap

    @property
    def drop(self) -> float | None:
        """How far the price is below the session's open, as a ratio; None while unknown."""
        opened, price = self.extremes.open_krw, self.heard.price_krw
        return None if opened is None or price is None else 1 - price / opened


@dataclass(slots=True)
class Offer:
    """Whether a source answers at all: after failures in a row nobody asks it for a while."""

    failures: int = 0
    rest_ns: int = 0
    answers: int = 0
    why: str = ""

    def answered(self) -> None:
        """Take an answer."""
        self.failures, self.why = 0, ""
        self.answers += 1

    def failed(self, why: str, most: int, until_ns: int) -> None:
        """Take it that there was none."""
        self.failures += 1
        self.why = why[:200]
        if self.failures >= most:
            self.failures, self.rest_ns = 0, until_ns


@dataclass(slots=True)
class Health:
    """How sound the data was: so that "no trades" can be told from "no data"."""

    trades_heard: int = 0
    late_trades: int = 0
    minutes_looked_at: int = 0
    polls: int = 0
    polls_failed: int = 0
    drifts: int = 0
    last_error: str | None = None


@dataclass(slots=True)
class State:
    """One day of KPR."""

    day: TradingDay
    on: date
    times: Times
    names: dict[str, Name]
    desk: Desk
    bars: MinuteBars
    questions: Questions
    line: Line
    silences: Silences
    market: Market
    funnel: Funnel
    would_block: WouldBlock
    health: Health
    programs: Offer = field(default_factory=Offer)
    estimates: Offer = field(default_factory=Offer)
    now_ns: int = 0
    begun_ns: int | None = None
    listed_said: bool = False
    classified_ns: int = 0
    connected_said: bool = False
    drift: str | None = None  # why entries are blocked by the drift monitor
    late_said: bool = False
    flatten_said: bool = False
    summed_up: bool = False
    listen: Listen | None = None
    listen_stale: bool = True


def opened(day: TradingDay, rules: Rules, sectors: dict[str, str], strategy_id: str) -> State:
    """Return the state before anything has happened. `sectors` names the universe."""
    times = times_of(day, rules)
    tradings = {symbol: Trading(symbol, sector) for symbol, sector in sorted(sectors.items())}
    return State(
        day=day,
        on=date.fromisoformat(day.date),
        times=times,
        names={
            symbol: Name(
                symbol,
                Heard(Imbalance(_IMBALANCE_S)),
                trading,
                Prints(rules.pressure.prints_max),
                known_ns=times.open_ns,
                looked_ns=times.open_ns,
            )
            for symbol, trading in tradings.items()
        },
        desk=Desk(strategy_id, day.date, rules.trade, tradings),
        bars=MinuteBars(GRACE_NS),
        questions=Questions(day.date),
        line=Line(),
        silences=Silences(),
        market=Market(),
        funnel=Funnel(STAGES),
        would_block=WouldBlock(),
        health=Health(),
    )
