"""The gates of the whole market: the index, breadth and chop, sampled on a fixed clock.

Breadth counts, over the whole universe, the symbols whose opening surged, whose last completed
minute is busy and whose price is at or above VWAP. A symbol that is not heard cannot be counted;
how many of those surged is kept beside the number, so that a low breadth can be told from a deaf
one. Until the first sample, and while the index is silent, the answer is "unknown".
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from kis_core.market.events import IndexLevel
from kis_core.market.instants import SECOND_NS
from strategy_kmp.decision.rules import MarketRules, Switches


@dataclass(slots=True)
class Market:
    """What is known of the market as a whole."""

    index: IndexLevel | None = None
    index_asked_ns: int = 0
    breadth: int | None = None
    unheard: int = 0  # surged, and not heard
    readings: list[int] = field(default_factory=list)
    chop: bool = False
    sampled_ns: int = 0
    logged_ns: int = 0
    samples: int = 0
    samples_ok: int = 0
    samples_index_unknown: int = 0
    breadth_max: int = 0

    def on_index(self, level: IndexLevel) -> None:
        """Take a level of the index; older ones change nothing."""
        if self.index is None or level.at_ns >= self.index.at_ns:
            self.index = level

    def index_known(self, now_ns: int, rules: MarketRules) -> bool:
        """Whether the index has been heard lately."""
        return (
            self.index is not None
            and now_ns - self.index.arrived_ns <= rules.index_stale_s * SECOND_NS
        )

    def risk_off(self, now_ns: int, rules: MarketRules) -> bool | None:
        """Whether the index has fallen too far; None while it is unknown."""
        if self.index is None or not self.index_known(now_ns, rules):
            return None
        floor = self.index.previous_close_pt * (1 - Decimal(str(rules.risk_off_drop)))
        return self.index.level_pt <= floor

    def sample(
        self,
        now_ns: int,
        leading: Iterable[bool | None],
        rules: MarketRules,
        switches: Switches,
    ) -> None:
        """Count breadth and judge chop, as of now."""
        leads = list(leading)
        self.breadth = sum(lead is True for lead in leads)
        self.unheard = sum(lead is None for lead in leads)
        self.breadth_max = max(self.breadth_max, self.breadth)
        self.readings = [*self.readings, self.breadth][-rules.chop_readings :]
        quiet = rules.chop_breadth_multiple * switches.regime_breadth_min
        few = len(self.readings) == rules.chop_readings and max(self.readings) < quiet
        span = self.index_range()
        self.chop = few and span is not None and span < rules.chop_range_max
        self.sampled_ns = now_ns
        self.samples += 1
        self.samples_ok += self.regime_ok(switches) is True
        self.samples_index_unknown += not self.index_known(now_ns, rules)

    def index_range(self) -> float | None:
        """Return the index's day range as a share of its open; None while unknown."""
        if self.index is None or not self.index.open_pt:
            return None
        return float((self.index.high_pt - self.index.low_pt) / self.index.open_pt)

    def breadth_ok(self, switches: Switches) -> bool | None:
        """Whether enough symbols lead; None before the first sample."""
        return None if self.breadth is None else self.breadth >= switches.regime_breadth_min

    def regime_ok(self, switches: Switches) -> bool | None:
        """Whether the market is one to enter in; None before the first sample."""
        wide = self.breadth_ok(switches)
        return None if wide is None else wide and not self.chop
