"""The market as a whole: its index, and what that says about buying a fall."""

from dataclasses import dataclass
from decimal import Decimal

from kis_core.market.events import IndexLevel
from kis_core.market.instants import SECOND_NS
from strategy_kpr.decision.rules import MarketRules


@dataclass(slots=True)
class Market:
    """What is known of the index. Advanced in place by the fold that owns it."""

    index: IndexLevel | None = None
    asked_ns: int = 0

    def on_index(self, level: IndexLevel) -> None:
        """Take a level; older ones change nothing."""
        if self.index is None or level.at_ns >= self.index.at_ns:
            self.index = level

    def known(self, now_ns: int, rules: MarketRules) -> bool:
        """Whether the index has been heard lately."""
        index = self.index
        return index is not None and now_ns - index.arrived_ns <= rules.index_stale_s * SECOND_NS

    def drop(self, now_ns: int, rules: MarketRules) -> float | None:
        """Return how far the index is below its previous close, as a ratio; None while unknown."""
        if self.index is None or not self.known(now_ns, rules):
            return None
        return float(1 - self.index.level_pt / self.index.previous_close_pt)

    def risk_off(self, now_ns: int, rules: MarketRules) -> bool | None:
        """Whether the index has fallen too far to buy anything; None while it is unknown."""
        return self._fallen(rules.risk_off_drop, now_ns, rules)

    def unfavourable(self, now_ns: int, rules: MarketRules) -> bool | None:
        """Whether the market falls along: one close more is wanted; None while unknown."""
        return self._fallen(rules.unfavourable_drop, now_ns, rules)

    def _fallen(self, drop: float, now_ns: int, rules: MarketRules) -> bool | None:
        if self.index is None or not self.known(now_ns, rules):
            return None
        floor = self.index.previous_close_pt * (1 - Decimal(str(drop)))
        return self.index.level_pt <= floor
