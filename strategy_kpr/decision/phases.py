"""Where a symbol's setup stands.

    Idle → Detected → Accepting → (the OMS's word: entering, in position, pending exit) → Done
             └──────────┴→ Invalidated → Idle with the next bar

Laws. Several setups may come and go in a day; once a trade has begun there is no more. Levels are
made from the setup's low alone. Shares and orders are not here: `strategy_runtime.decision.trading`
has them, by the OMS's word.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from kis_core.market.instants import minute_of_day
from kis_core.market.ticks import round_up, stop_price_krw
from strategy_kpr.decision.rules import SetupRules

Kind = Literal["panic", "drift"]


@dataclass(frozen=True, slots=True)
class Setup:
    """A pullback, and the levels made from its low. Prices are KRW on the tick grid."""

    kind: Kind
    since_ns: int  # the end of the bar that showed it
    low_krw: int
    reclaim_krw: int
    stop_krw: int
    high_krw: int  # the day's high it fell from
    drop: float  # from there
    high_age_min: float
    depth: float  # below VWAP

    @property
    def reason(self) -> str:
        """What an entry on it is asked for with."""
        return f"{self.kind}_reclaim"

    @property
    def hash(self) -> str:
        """What tells it from the day's other setups of the symbol: HHMM_low."""
        minute = minute_of_day(self.since_ns)
        return f"{minute // 60:02d}{minute % 60:02d}_{self.low_krw}"


def levels(low_krw: int, rules: SetupRules) -> tuple[int, int]:
    """Return reclaim level and stop of a setup's low, KRW on the grid, both rounded up."""
    reclaim = round_up(ceil(round(low_krw * (1 + rules.reclaim), 6)))
    return reclaim, stop_price_krw(max(1, ceil(round(low_krw * (1 - rules.stop), 6))))


@dataclass(frozen=True, slots=True)
class Idle:
    """No setup."""


@dataclass(frozen=True, slots=True)
class Detected:
    """A setup whose low has not been reclaimed."""

    setup: Setup


@dataclass(frozen=True, slots=True)
class Accepting:
    """Reclaimed; so many closes in a row above the level are wanted."""

    setup: Setup
    required: int
    adders: tuple[str, ...]  # what made them more than usual
    closes: int = 0
    retry_ns: int = 0  # no entry is asked for before
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Invalidated:
    """A setup has failed; the next bar may show another."""

    why: str


@dataclass(frozen=True, slots=True)
class Done:
    """A trade has begun today: no more setups."""


Phase = Idle | Detected | Accepting | Invalidated | Done
