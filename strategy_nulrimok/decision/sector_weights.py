"""How sectors are weighed: flow, breadth and participation of their most liquid members.

Each component is z-scored across sectors before they are added up, so that no unit swamps the
others; flow is net buying over the basket's own value traded.
"""

import numpy as np

from strategy_nulrimok.decision.artifact import SectorRank
from strategy_nulrimok.decision.dse_rules import SectorRules
from strategy_nulrimok.decision.panel import Flags, Floats, Ints, Panel, rounded, zscores
from strategy_nulrimok.decision.trend import above_sma


def sector_ranks(
    panel: Panel, persistence: Floats, persistence_min: float, rules: SectorRules
) -> tuple[SectorRank, ...]:
    """Return every sector's weight, sectors by name. `persistence` is NaN where not known."""
    baskets = {sector: _basket(panel, rows, rules.basket) for sector, rows in panel.sectors.items()}
    above, closes_known = above_sma(panel, rules.breadth_sma_days)
    flow_sum = panel.smart_krw[:, -rules.flow_days :].sum(axis=1)
    figures = np.array(
        [
            (
                _scaled(flow_sum[rows], panel.adv_krw[rows]),
                _share(above[rows].astype(np.float64), closes_known[rows]),
                _share(
                    (np.round(persistence[rows], 9) >= persistence_min).astype(np.float64),
                    ~np.isnan(persistence[rows]),
                ),
            )
            for rows in baskets.values()
        ]
    ).reshape(len(baskets), 3)
    ranked = ~np.isnan(figures).any(axis=1)
    scores = np.full(len(baskets), np.nan)
    weights = (rules.flow_weight, rules.breadth_weight, rules.participation_weight)
    if ranked.any():
        parts = [zscores(figures[ranked, i]) * weight for i, weight in enumerate(weights)]
        scores[ranked] = np.round(sum(parts), 9)
    names = list(baskets)
    order = sorted(np.flatnonzero(ranked).tolist(), key=lambda i: (-scores[i], names[i]))
    place = {i: at for at, i in enumerate(order)}
    return tuple(
        SectorRank(
            names[i],
            len(baskets[names[i]]),
            _known(figures[i, 0]),
            _known(figures[i, 1]),
            _known(figures[i, 2]),
            _known(scores[i]),
            _weight(place.get(i), rules),
        )
        for i in range(len(names))
    )


def _basket(panel: Panel, rows: Ints, size: int) -> Ints:
    """Return the most liquid rows; of equals the first by symbol."""
    return rows[np.argsort(-panel.adv_krw[rows], kind="stable")][:size]


def _scaled(flow_krw: Floats, adv_krw: Ints) -> float:
    known = ~np.isnan(flow_krw)
    return float(flow_krw[known].sum() / adv_krw[known].sum()) if known.any() else np.nan


def _share(holds: Floats, known: Flags) -> float:
    return float(holds[known].mean()) if known.any() else np.nan


def _weight(place: int | None, rules: SectorRules) -> float:
    if place is None or place >= len(rules.rank_weights):
        return rules.other_weight
    return rules.rank_weights[place]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else rounded(value)
