"""One symbol's shares as the OMS tells of them: an entry on its way, what is held, how it ends.

    Flat → Entering → InPosition ⇄ PendingExit → Flat

Laws. Shares are the OMS's word alone: an allocation above zero is a position whatever went before,
zero is none. A fill is the only source of prices paid. Two entries are never out at the same time:
the next waits until the end of the one before is known (`entries_open`). What a strategy makes of
it is its own affair: handlers answer with News.
"""

from dataclasses import dataclass, field

from kis_core.market.costs import Market
from strategy_runtime.contract import Fact, Factor, Filter, RoundTrip
from strategy_runtime.decision.position import Position


@dataclass(frozen=True, slots=True)
class Signal:
    """What an entry is asked for with. It explains the position that comes of it."""

    setup: str
    reason: str  # of the intent
    at_ns: int
    price_krw: int  # what it was decided at
    stop_krw: int
    shares: int
    strength: float | None = None  # 0 to 1
    bound_by: str = ""  # what limited its size
    factors: tuple[Factor, ...] = ()
    filters: tuple[Filter, ...] = ()
    sizing: tuple[tuple[str, Fact], ...] = ()
    facts: tuple[tuple[str, Fact], ...] = ()  # go on into the RoundTrip


@dataclass(frozen=True, slots=True)
class Flat:
    """Nothing is held and nothing has been asked for."""


@dataclass(frozen=True, slots=True)
class Entering:
    """An entry has been asked for and nothing of it is filled yet."""

    intent_id: str
    signal: Signal
    since_ns: int
    approved: bool = False
    cancelling: bool = False


@dataclass(frozen=True, slots=True)
class InPosition:
    """Shares are held. No exit is asked for before `retry_ns`."""

    position: Position
    retry_ns: int = 0


@dataclass(frozen=True, slots=True)
class PendingExit:
    """An exit is on its way: ours by `intent_id`, or the OMS's own stop by `order_id`.

    `left` is what is held once it is through: 0, or more where a part is sold. Of a part, `held`
    and `sold` are what was held and had been sold when it was asked for.
    """

    position: Position
    intent_id: str | None
    order_id: str | None
    since_ns: int
    alerted_ns: int
    left: int = 0
    held: int = 0
    sold: int = 0

    @property
    def part(self) -> int:
        """Shares of the part that were sold so far, by the fills."""
        return self.position.sold - self.sold if self.left else 0


Standing = Flat | Entering | InPosition | PendingExit


@dataclass(frozen=True, slots=True)
class StopMove:
    """The stop that the OMS has been asked to hold and has not said that it holds.

    `retry_ns` None: the answer is on its way. Otherwise there was none, or it was no: it is asked
    for again from then on.
    """

    intent_id: str
    stop_krw: int
    reason: str
    retry_ns: int | None = None
    failures: int = 0  # in a row


@dataclass(slots=True)
class Bought:
    """Fills of the entries of one position, by the OMS's word."""

    shares: int = 0
    value_krw: int = 0
    costs_krw: int = 0


@dataclass(slots=True)
class Trading:
    """One symbol. Advanced in place by the fold that owns it."""

    symbol: str
    sector: str
    market: Market = "KOSPI"  # decides the tax
    standing: Standing = field(default_factory=Flat)
    entries_open: dict[str, None] = field(default_factory=dict)  # intents whose end is not known
    signal: Signal | None = None  # of the newest entry, while shares may come or are held of it
    signal_id: str = ""  # likewise, its intent
    answered_ns: int | None = None  # likewise
    accepted_ns: int | None = None  # likewise
    attempts: int = 0
    positions: int = 0  # begun today
    exits: int = 0
    exit_failures: int = 0  # in a row
    cancels: int = 0
    moves: int = 0  # of the stop
    stop_move: StopMove | None = None  # the newest, until the OMS holds it
    missed: int = 0  # entries that ended unfilled
    traded: bool = False  # has held shares today
    bought: Bought = field(default_factory=Bought)

    def entry_over(self, intent_id: str) -> None:
        """Note that the end of an entry is known: what comes from now on is not of it."""
        self.entries_open.pop(intent_id, None)
        coming = self.entries_open or self.bought.shares  # told as filled, not yet as held
        if isinstance(self.standing, Flat) and not coming:
            self.signal, self.signal_id = None, ""

    @property
    def position(self) -> Position | None:
        """What is held; None where nothing is."""
        standing = self.standing
        return standing.position if isinstance(standing, InPosition | PendingExit) else None

    @property
    def holds(self) -> bool:
        """Whether shares are held."""
        return isinstance(self.standing, InPosition | PendingExit)

    @property
    def engaged(self) -> bool:
        """Whether shares are held or may come."""
        return self.holds or isinstance(self.standing, Entering) or bool(self.entries_open)


# -- what happened, for the strategy -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EntryApproved:
    """The OMS lets an entry through, whole or scaled."""

    signal: Signal
    shares: int


@dataclass(frozen=True, slots=True)
class EntryDeferred:
    """Not now; not before `retry_ns`."""

    signal: Signal
    retry_ns: int
    why: str
    controls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EntryRefused:
    """No: the OMS, the broker, or nobody could be asked. `frozen`: the symbol is shut."""

    signal: Signal
    why: str
    controls: tuple[str, ...] = ()

    @property
    def frozen(self) -> bool:
        """Whether the refusal says that the symbol is shut."""
        return "frozen" in self.why.lower() or any("frozen" in each for each in self.controls)


@dataclass(frozen=True, slots=True)
class EntryMissed:
    """An entry is over and nothing of it was filled."""

    signal: Signal
    why: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The first shares are there. `adopted`: no entry of today explains them."""

    position: Position
    adopted: bool


@dataclass(frozen=True, slots=True)
class Resumed:
    """A position carried over from an earlier day is still held."""

    position: Position


@dataclass(frozen=True, slots=True)
class Rescaled:
    """A split has changed what is held: shares, prices and the stop are of another scale."""

    position: Position


@dataclass(frozen=True, slots=True)
class PartSold:
    """A part of a position was sold; the rest is held on."""

    position: Position
    shares: int


@dataclass(frozen=True, slots=True)
class ExitFailed:
    """An exit ended with shares left that nobody sells now; it will be asked for again."""

    position: Position
    why: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing is held any more."""

    trip: RoundTrip


News = (
    EntryApproved
    | EntryDeferred
    | EntryRefused
    | EntryMissed
    | Opened
    | Resumed
    | Rescaled
    | PartSold
    | ExitFailed
    | Closed
)
