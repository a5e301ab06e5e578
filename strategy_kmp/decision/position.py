"""A position as KMP sees it: what was paid, what is at risk, and how far it has gone."""

from dataclasses import dataclass, replace

from kis_core.market.instants import MINUTE_NS
from strategy_kmp.decision.rules import ExitRules
from strategy_runtime.contract import Fact


@dataclass(frozen=True, slots=True)
class Position:
    """Shares held of one symbol, from the first fill on. Prices are KRW per share."""

    trip_id: str
    shares: int  # held now
    bought: int  # shares in all
    entry_krw: float  # average of the fills, costs left out
    stop_krw: int  # sized on, given to the OMS, exited on: one and the same
    cost_ratio: float  # of a round trip, commission and tax, of the entry price
    entered_ns: int
    entry_reason: str
    setup: str
    best_krw: float
    worst_krw: float
    trail_krw: float
    costs_krw: int = 0
    realised_krw: int = 0
    sold: int = 0
    sold_value_krw: int = 0
    exit_reason: str = ""
    facts: tuple[tuple[str, Fact], ...] = ()

    @property
    def risk_per_share_krw(self) -> float | None:
        """What a share loses at the stop before costs; None where the stop is not below entry."""
        risk = self.entry_krw - self.stop_krw
        return risk if risk > 0 else None

    def r_net(self, price_krw: float) -> float | None:
        """Return the result at a price after the round trip's costs, in multiples of the risk."""
        risk = self.risk_per_share_krw
        if risk is None:
            return None
        return (price_krw - self.entry_krw * (1 + self.cost_ratio)) / risk

    def held_min(self, now_ns: int) -> float:
        """Return minutes since the first fill."""
        return (now_ns - self.entered_ns) / MINUTE_NS


def seen(position: Position, price_krw: float) -> Position:
    """Return the position after a price: its best and worst."""
    if position.worst_krw <= price_krw <= position.best_krw:
        return position
    return replace(
        position,
        best_krw=max(position.best_krw, price_krw),
        worst_krw=min(position.worst_krw, price_krw),
    )


def trailed(position: Position, now_ns: int, rules: ExitRules, *, pressed: bool) -> Position:
    """Return the position with its trail raised; a trail never falls.

    `pressed`: program trading flows out, or the prints sell.
    """
    late_min = max(0.0, position.held_min(now_ns) - rules.trail_from_min)
    share = min(rules.trail_share + rules.trail_per_min * late_min, rules.trail_share_max)
    if pressed:
        share = max(share, rules.trail_share_pressed)
    best = position.entry_krw + share * (position.best_krw - position.entry_krw)
    trail = max(position.trail_krw, float(position.stop_krw), best)
    return position if trail == position.trail_krw else replace(position, trail_krw=trail)
