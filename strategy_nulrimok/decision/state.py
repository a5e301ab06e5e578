"""Everything Nulrimok remembers of a day. Advanced in place by the fold that owns it.

A symbol is known from when the selection, the OMS or an earlier day names it: positions count
whether or not today's selection knows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kis_core.market.heard import Heard
from kis_core.market.imbalance import Imbalance
from kis_core.wire.quotes.replies import PriceQuote
from strategy_nulrimok.decision.artifact import Artifact, Candidate
from strategy_nulrimok.decision.carry import Carried
from strategy_nulrimok.decision.halves import Half, Usual
from strategy_nulrimok.decision.held import Held
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.setups import Idle, Resting, Setup
from strategy_nulrimok.decision.times import Times, times_of
from strategy_runtime.contract import Listen, TradingDay
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.funnel import Funnel, WouldBlock
from strategy_runtime.decision.line import Line
from strategy_runtime.decision.prices import Silences
from strategy_runtime.decision.questions import Questions
from strategy_runtime.decision.trading import Trading

STAGES = (
    "universe",
    "admitted",  # from here to `tradable` it is the daily selection's word
    "flow",
    "leader",
    "trend",
    "tradable",
    "active",
    "history",
    "armed",
    "confirmed",
    "gates",
    "intent",
    "approved",
    "accepted",
    "filled",
    "closed",
)
NO_SECTOR = "unknown"
_IMBALANCE_S = 60  # of Heard; nothing here decides by who presses


@dataclass(slots=True)
class Name:
    """One symbol that is looked at or held."""

    trading: Trading
    heard: Heard
    setup: Setup = field(default_factory=Idle)
    candidate: Candidate | None = None
    quote: PriceQuote | None = None
    rejected: str | None = None  # by the checks of the start
    usual: Usual | None = None
    closes: list[int] = field(default_factory=list)  # of today's 30-minute bars, in order
    judged: int = 0  # bars of the session that are over and done with
    first: int | None = None  # the first of them that may decide: earlier ones only teach
    half: Half | None = None  # the newest
    near: bool = False  # its price is near its AVWAP
    held: Held | None = None
    before_krw: int | None = None  # a held one's last close of an earlier day
    split: bool = False  # today: what is usual for it is of another scale
    in_doubt: bool = False  # its prices may be of another scale than its position
    resting: Resting | None = None
    refusals: int = 0
    bound_by: str = ""  # what limited the size of the newest entry
    closing_judged: bool = False  # the day's closing rules have looked at it
    reversal_ns: int | None = None  # when its limit of the open was asked for, or last taken back

    @property
    def symbol(self) -> str:
        """Its six characters."""
        return self.trading.symbol

    @property
    def sector(self) -> str:
        """Its label."""
        return self.trading.sector


@dataclass(slots=True)
class Watch:
    """Who is looked at today, best first."""

    active: list[str] = field(default_factory=list)
    overflow: list[str] = field(default_factory=list)
    tradable: frozenset[str] = frozenset()
    rotated_ns: int = 0
    rotations: int = 0


@dataclass(slots=True)
class Health:
    """How sound the data was: so that "no trades" can be told from "no data"."""

    trades_heard: int = 0
    bars: int = 0
    bars_late: int = 0
    bars_skipped: int = 0
    late_symbols: dict[str, float] = field(default_factory=dict)  # the longest, seconds
    artifact_at_ns: int | None = None
    artifact_why: str = "not asked for yet"
    carried_fault: str | None = None
    reversal_judged: bool = False
    last_error: str | None = None


@dataclass(slots=True)
class State:
    """One day of Nulrimok."""

    day: TradingDay
    times: Times
    sectors: Mapping[str, str]  # the universe
    names: dict[str, Name]
    desk: Desk
    questions: Questions
    line: Line
    silences: Silences
    watch: Watch
    funnel: Funnel
    would_block: WouldBlock
    health: Health
    carried_held: dict[str, Held]  # of positions that the OMS has not confirmed yet
    artifact: Artifact | None = None
    now_ns: int = 0
    begun_ns: int | None = None
    boundary: int = 0  # bars of the session whose time is over
    batch: dict[str, list[Half]] = field(default_factory=dict)  # bars that wait for one another
    batch_until_ns: int = 0
    batch_open: bool = False
    reversal_done: bool = False
    summed_up: bool = False
    entries_over_said: bool = False
    listen: Listen | None = None
    listen_stale: bool = True

    def name(self, symbol: str) -> Name:
        """Return a symbol, known from now on."""
        known = self.names.get(symbol)
        if known is None:
            trading = self.desk.symbols.get(symbol)
            if trading is None:
                trading = Trading(symbol, self.sectors.get(symbol, NO_SECTOR))
                self.desk.symbols[symbol] = trading
            known = self.names[symbol] = Name(trading, Heard(Imbalance(_IMBALANCE_S)))
        return known

    @property
    def held(self) -> list[Name]:
        """The symbols of which shares are held."""
        return [name for name in self.names.values() if name.trading.holds]

    def is_orphan(self, symbol: str) -> bool:
        """Whether today's selection has judged a symbol and left it out.

        Without a selection, or where it was not told enough to judge, nothing is known of that.
        """
        if self.artifact is None or symbol in self.watch.active:
            return False
        return symbol not in self.artifact.untold


def opened(
    day: TradingDay,
    rules: Rules,
    sectors: Mapping[str, str],
    strategy_id: str,
    carried: Carried,
) -> State:
    """Return the state before anything has happened."""
    state = State(
        day=day,
        times=times_of(day, rules),
        sectors=sectors,
        names={},
        desk=Desk(strategy_id, day.date, rules.trade, {}),
        questions=Questions(day.date),
        line=Line(),
        silences=Silences(),
        watch=Watch(),
        funnel=Funnel(STAGES),
        would_block=WouldBlock(),
        health=Health(carried_fault=carried.fault),
        carried_held={},
    )
    for one in carried.positions:
        name = state.name(one.symbol)
        name.trading.market = one.market
        if name.sector == NO_SECTOR:
            name.trading.sector = one.sector
        state.desk.carried[one.symbol] = one.position
        state.carried_held[one.symbol] = one.held
    return state
