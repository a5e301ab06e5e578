"""The market's regime: four components, a score, a tier, and how much of everything is risked.

A component that cannot be judged is unavailable: its weight falls to the others, and it is said.
Without a sound KOSPI series nothing is entered at all.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kis_core.market.events import IndexDay
from kis_core.market.indicators import percentile_rank
from strategy_nulrimok.decision.artifact import Component, Regime, Tier
from strategy_nulrimok.decision.dse_rules import RegimeRules
from strategy_nulrimok.decision.panel import Floats, Panel, rounded
from strategy_nulrimok.decision.research import FxDay
from strategy_nulrimok.decision.trend import above_sma

YEAR_SESSIONS = 252


def regime(
    kospi: Sequence[IndexDay],
    panel: Panel,
    fx: Sequence[FxDay] | None,
    rules: RegimeRules,
    allow_tier_c_reduced: bool,
) -> Regime:
    """Return the regime from what was known before the trade date.

    Tier C with multiplier 0 where the KOSPI is too short or does not reach the session before.
    """
    fault = _kospi_fault(kospi, panel.sessions[-1], rules)
    if fault is not None:
        parts = tuple(Component(one, None, 0.0, None, None, fault) for one in _weights(rules))
        return Regime("C", 0.0, 0.0, parts)
    closes = np.array([float(day.close_pt) for day in kospi])
    found = (
        _price(closes, rules),
        _breadth(panel, rules),
        _volatility(closes, rules),
        _fx(fx, panel.sessions, rules),
    )
    weights = _weights(rules)
    whole = sum(weights[one.name] for one in found if one.passed is not None)
    parts = tuple(_weighted(one, weights[one.name], whole) for one in found)
    passed = sum(weights[one.name] for one in found if one.passed)
    score = rounded(passed / whole) if whole else 0.0
    tier, mult = tier_of(score, rules, allow_tier_c_reduced)
    return Regime(tier, score, mult, parts)


def tier_of(score: float, rules: RegimeRules, allow_tier_c_reduced: bool) -> tuple[Tier, float]:
    """Return the tier of a score, and its multiplier."""
    if score > rules.tier_a_above:
        return "A", rules.mult_a
    if score >= rules.tier_b_from:
        return "B", rules.mult_b
    return "C", rules.mult_c_reduced if allow_tier_c_reduced else 0.0


def realised_volatilities(closes: Floats, days: int) -> Floats:
    """Return the annualised root mean square of `days` returns, ending at each day in turn."""
    returns = closes[1:] / closes[:-1] - 1
    windows = np.lib.stride_tricks.sliding_window_view(returns, days)
    found: Floats = np.sqrt((windows**2).mean(axis=1)) * np.sqrt(YEAR_SESSIONS)
    return found


def _weights(rules: RegimeRules) -> dict[str, float]:
    return {
        "price": rules.price_weight,
        "breadth": rules.breadth_weight,
        "volatility": rules.volatility_weight,
        "fx": rules.fx_weight,
    }


def _weighted(one: Component, weight: float, whole: float) -> Component:
    share = rounded(weight / whole) if one.passed is not None and whole else 0.0
    return Component(one.name, one.passed, share, one.value, one.threshold, one.says)


def _kospi_fault(kospi: Sequence[IndexDay], session: str, rules: RegimeRules) -> str | None:
    if len(kospi) < rules.kospi_days_min:
        return f"{len(kospi)} days of the KOSPI, {rules.kospi_days_min} needed"
    if kospi[-1].date != session:
        return f"the KOSPI ends on {kospi[-1].date}, the session before is {session}"
    dates = [day.date for day in kospi]
    if any(late <= early for early, late in pairwise(dates)):
        return "the days of the KOSPI do not ascend"
    if any(day.close_pt <= 0 for day in kospi):
        return "a close of the KOSPI is not above 0"
    return None


def _price(closes: Floats, rules: RegimeRules) -> Component:
    value, mean = rounded(closes[-1]), rounded(closes[-rules.sma_days :].mean())
    return Component("price", value > mean, 0.0, value, mean)


def _breadth(panel: Panel, rules: RegimeRules) -> Component:
    above, known = above_sma(panel, rules.breadth_sma_days)
    if not known.any():
        return _unavailable("breadth", rules.breadth_min, "no name has enough closes")
    share = rounded(above.sum() / known.sum())
    return Component("breadth", share > rules.breadth_min, 0.0, share, rules.breadth_min)


def _volatility(closes: Floats, rules: RegimeRules) -> Component:
    found = realised_volatilities(closes, rules.vol_days)[-rules.vol_history_days :]
    rank = rounded(percentile_rank(float(found[-1]), found.tolist()))
    most = rules.vol_percentile_max
    return Component("volatility", rank < most, 0.0, rank, most)


def _fx(fx: Sequence[FxDay] | None, sessions: Sequence[str], rules: RegimeRules) -> Component:
    limit = rules.fx_rise_max
    if fx is None:
        return _unavailable("fx", limit, "no series")
    window = [day.close for day in fx[-rules.fx_days - 1 :]]
    if len(window) <= rules.fx_days:
        return _unavailable("fx", limit, f"{len(window)} days, {rules.fx_days + 1} needed")
    oldest = sessions[-min(rules.fx_age_sessions_max, len(sessions))]
    if fx[-1].date < oldest:
        return _unavailable("fx", limit, f"ends on {fx[-1].date}, needed from {oldest} on")
    if not all(close > 0 for close in window):
        return _unavailable("fx", limit, "a rate is not above 0")
    if len(set(window)) == 1:
        return _unavailable("fx", limit, "one rate copied to every day is no series")
    rise = rounded(window[-1] / window[0] - 1)
    return Component("fx", rise < limit, 0.0, rise, limit)


def _unavailable(name: str, threshold: float, says: str) -> Component:
    return Component(name, None, 0.0, None, threshold, says)
