"""The trend filter: a close above a mean that does not fall. Means are compared as exact sums."""

from enum import StrEnum

import numpy as np

from strategy_nulrimok.decision.dse_rules import TrendRules
from strategy_nulrimok.decision.panel import Flags, Ints, Panel


class Trend(StrEnum):
    """How a name stands to its mean."""

    PASSES = "PASSES"
    UNKNOWN = "TREND_UNKNOWN"  # too few closes to know the mean and its slope
    BELOW = "BELOW_SMA"
    FALLING = "SMA_FALLING"


def trends(panel: Panel, rules: TrendRules) -> tuple[Trend, ...]:
    """Return how each name stands."""
    known = panel.closes >= rules.sma_days + rules.slope_days
    above, _ = above_sma(panel, rules.sma_days)
    now = _sum(panel.closes_krw, rules.sma_days, 0)
    before = _sum(panel.closes_krw, rules.sma_days, rules.slope_days)
    found = np.select(
        [~known, ~above, now < before],
        [Trend.UNKNOWN.value, Trend.BELOW.value, Trend.FALLING.value],
        Trend.PASSES.value,
    )
    return tuple(Trend(str(one)) for one in found)


def above_sma(panel: Panel, days: int) -> tuple[Flags, Flags]:
    """Return which names closed above the mean of their last closes, and of which it is known."""
    known = panel.closes >= days
    above = panel.closes_krw[:, -1] * days > _sum(panel.closes_krw, days, 0)
    return known & above, known


def sma_krw(panel: Panel, row: int, days: int) -> float:
    """Return the mean of a name's last closes, in KRW."""
    return float(_sum(panel.closes_krw[row : row + 1], days, 0)[0]) / days


def _sum(closes_krw: Ints, days: int, ago: int) -> Ints:
    """Return the sum of the `days` closes up to `ago` days before the newest."""
    end = closes_krw.shape[1] - ago
    total: Ints = closes_krw[:, end - days : end].sum(axis=1)
    return total
