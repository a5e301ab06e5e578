"""How many shares a setup is worth. Pure arithmetic on known values.

The loss at the stop is a share of equity; confidence, the hour and the age of the flow scale it;
two caps cut it. Which of them bound is part of the answer.
"""

from dataclasses import dataclass
from math import floor

from strategy_kpr.decision.confidence import Colour
from strategy_kpr.decision.rules import SizeRules
from strategy_kpr.decision.times import Times
from strategy_runtime.contract import Fact


@dataclass(frozen=True, slots=True)
class Size:
    """Shares, and how they came about."""

    shares: int
    uncapped: int
    bound_by: str  # risk, liquidity or equity
    confidence_mult: float
    hour_mult: float
    stale_mult: float

    def facts(self, rules: SizeRules) -> tuple[tuple[str, Fact], ...]:
        """Return it for the record."""
        return (
            ("base_risk", rules.base_risk),
            ("confidence_mult", self.confidence_mult),
            ("hour_mult", self.hour_mult),
            ("stale_mult", self.stale_mult),
            ("raw_shares", self.uncapped),
            ("shares", self.shares),
            ("bound_by", self.bound_by),
        )


def hour_mult(at_ns: int, times: Times, rules: SizeRules, late_mult: float) -> float:
    """Return what the time of day does to size."""
    if times.late(at_ns):
        return late_mult
    for first_ns, end_ns, mult in times.hours:
        if first_ns <= at_ns < end_ns:
            return mult
    return rules.other_hours


def size(
    equity_krw: int,
    limit_krw: int,
    stop_krw: int,
    colour: Colour,
    hour: float,
    stale: bool,
    last_5m_value_krw: float,
    rules: SizeRules,
) -> Size:
    """Return how many shares to buy at no more than `limit_krw`."""
    colours = {"GREEN": rules.green, "YELLOW": rules.yellow, "RED": 0.0}
    by_colour, by_age = colours[colour], rules.stale_flow if stale else 1.0
    risk = limit_krw - stop_krw
    if risk <= 0:
        return Size(0, 0, "stop", by_colour, hour, by_age)
    # Rounded before it is cut, so that 100 × 0.65 is 65 and not 64.
    scaled = floor(rules.base_risk * equity_krw / risk) * by_colour * hour * by_age
    uncapped = floor(round(scaled, 9))
    caps = (
        (uncapped, "risk"),
        (floor(rules.liquidity_cap * last_5m_value_krw / limit_krw), "liquidity"),
        (floor(rules.equity_cap * equity_krw / limit_krw), "equity"),
    )
    shares, bound_by = min(caps, key=lambda cap: cap[0])
    return Size(max(0, shares), uncapped, bound_by, by_colour, hour, by_age)
