"""The order of the candidates, what each may risk, and who is traded and listened to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from strategy_nulrimok.decision.artifact import Tier
from strategy_nulrimok.decision.dse_rules import RankingRules
from strategy_nulrimok.decision.panel import Floats


@dataclass(frozen=True, slots=True)
class Standing:
    """What a candidate is ranked by."""

    symbol: str
    flow_score: float
    rs_percentile: float
    sector_weight: float
    avwap_proximity: float | None  # None: no anchor, so farthest of all


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate's rank (higher is better), the risk it earns, whether it may be traded."""

    symbol: str
    daily_rank: float
    base_risk: float
    tradable: bool


def ranked(standings: Sequence[Standing], tier: Tier, rules: RankingRules) -> tuple[Ranked, ...]:
    """Return the candidates, best first; of equals the first by symbol.

    The tradable share is of all candidates, at least one, and filled with the best of those that
    have an anchored VWAP: without one there is no band to buy in. Whether entries are allowed at
    all is the regime's to say.
    """
    flow = normalised([one.flow_score for one in standings])
    rs = normalised([one.rs_percentile for one in standings])
    near = normalised([one.avwap_proximity for one in standings])
    sector = np.array([one.sector_weight for one in standings])
    scores = np.round(
        rules.flow_weight * flow
        + rules.rs_weight * rs
        + rules.sector_weight * sector
        + rules.proximity_weight * near,
        9,
    )
    order = sorted(range(len(standings)), key=lambda i: (-scores[i], standings[i].symbol))
    count = len(order)
    share = rules.tradable_a if tier == "A" else rules.tradable_other
    anchored = [i for i in order if standings[i].avwap_proximity is not None]
    tradable = set(anchored[: max(1, _floor(share * count))])
    return tuple(
        Ranked(standings[i].symbol, float(scores[i]), risk(place, count, rules), i in tradable)
        for place, i in enumerate(order)
    )


def normalised(values: Sequence[float | None]) -> Floats:
    """Return each value between the least (0) and the most (1); 0.5 where all are the same.

    An unknown is 0, the least.
    """
    known = [value for value in values if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    if high == low:
        return np.array([0.0 if value is None else 0.5 for value in values])
    return np.array([0.0 if value is None else (value - low) / (high - low) for value in values])


def risk(place: int, count: int, rules: RankingRules) -> float:
    """Return what the candidate at a place (0 is the best) may lose, as a ratio of equity."""
    if place < round(rules.top_share * count, 9):
        return rules.top_risk
    both = rules.top_share + rules.next_share
    return rules.next_risk if place < round(both * count, 9) else rules.rest_risk


def _floor(value: float) -> int:
    return int(round(value, 9))
