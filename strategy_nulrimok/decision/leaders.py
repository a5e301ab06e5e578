"""Who leads its sector by return.

A percentile among a handful of peers is noise, so with fewer than enough of them it shrinks, peer
by peer, to the percentile in the whole market.
"""

import numpy as np

from strategy_nulrimok.decision.artifact import Tier
from strategy_nulrimok.decision.dse_rules import DseSwitches, LeaderRules
from strategy_nulrimok.decision.panel import Floats, Panel


def rs_percentiles(panel: Panel, rules: LeaderRules) -> Floats:
    """Return each name's percentile (0 to 100) among its peers; NaN with too few closes.

    Peers are the other names of the sector with a return, strictly below is what counts; a name
    without any other in the whole market stands at 50.
    """
    returns = returns_of(panel, rules)
    known = np.flatnonzero(~np.isnan(returns))
    market = np.full(len(returns), np.nan)
    market[known] = _percentiles(returns[known])
    found = market.copy()
    for rows in panel.sectors.values():
        members = rows[~np.isnan(returns[rows])]
        share = min(1.0, (len(members) - 1) / rules.peers_min)
        if share > 0:
            own = _percentiles(returns[members])
            found[members] = share * own + (1 - share) * market[members]
    return np.round(found, 9)


def returns_of(panel: Panel, rules: LeaderRules) -> Floats:
    """Return the return over each name's last closes, as many as there are; NaN with too few."""
    width = panel.closes_krw.shape[1]
    first = width - np.minimum(panel.closes, rules.days)
    # A name admitted has a close of the session before, so there is at least one.
    start = panel.closes_krw[np.arange(len(first)), first]
    found: Floats = np.where(
        panel.closes >= rules.days_min, panel.closes_krw[:, -1] / start - 1, np.nan
    )
    return found


def threshold_pct(tier: Tier, switches: DseSwitches) -> float:
    """Return the percentile a leader must reach in a tier."""
    return switches.leader_tier_a_pct if tier == "A" else switches.leader_tier_b_pct


def verdict(percentile: float, threshold: float) -> str | None:
    """Return why a name is no leader; None where it is one."""
    if np.isnan(percentile):
        return "RS_UNKNOWN"
    return None if percentile >= threshold else "RS_PERCENTILE"


def _percentiles(values: Floats) -> Floats:
    """Return what percentage of the others lies strictly below each; 50 for one alone."""
    if len(values) < 2:
        return np.full(len(values), 50.0)
    below = np.searchsorted(np.sort(values), values, side="left")
    found: Floats = 100.0 * below / (len(values) - 1)
    return found
