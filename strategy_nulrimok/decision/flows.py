"""Whom smart money (foreigners and institutions) buys: persistence, intensity, acceleration.

Flows are net value in KRW, so low-priced names look no busier than others.
"""

from dataclasses import dataclass

import numpy as np

from strategy_nulrimok.decision.dse_rules import FlowRules
from strategy_nulrimok.decision.panel import (
    Flags,
    Floats,
    Panel,
    rounded,
    smart_money_krw,
    zscores,
)
from strategy_nulrimok.decision.research import NameResearch


@dataclass(frozen=True, slots=True)
class Flows:
    """By name, NaN where its last days were not all told. `median`: what its score must exceed."""

    persistence: Floats  # 0 to 1
    intensity: Floats  # days of its own value traded
    accel_krw: Floats  # mean of the near days less mean of the far ones
    score: Floats  # 0 to 1
    median: Floats


def flows(panel: Panel, rules: FlowRules) -> Flows:
    """Return the flow figures of each name."""
    smart = panel.smart_krw
    near, far = smart[:, -rules.short_days :], smart[:, -rules.long_days :]
    persistence = persistences(panel, rules.persistence_days)
    known = ~np.isnan(persistence)
    intensity = np.where(known, near.sum(axis=1) / panel.adv_krw, np.nan)
    accel = near.mean(axis=1) - far.mean(axis=1)
    accel = np.where(known, np.where(np.isnan(accel), 0.0, accel), np.nan)  # too few days: 0
    z_intensity, z_accel = np.zeros(len(smart)), np.zeros(len(smart))
    for rows in panel.sectors.values():
        members = rows[known[rows]]
        if len(members) > rules.peers_min:
            z_intensity[members] = zscores(intensity[members])
            z_accel[members] = zscores(accel[members])
    score = (
        rules.persistence_weight * persistence
        + rules.intensity_weight * np.clip(z_intensity / rules.z_span + 0.5, 0, 1)
        + rules.accel_weight * np.clip(z_accel / rules.z_span + 0.5, 0, 1)
    )
    score = np.round(score, 9)
    return Flows(persistence, intensity, accel, score, _medians(panel, score, known, rules))


def persistences(panel: Panel, days: int) -> Floats:
    """Return the share of the last days with net buying; NaN where one of them was not told."""
    last = panel.smart_krw[:, -days:]
    found: Floats = np.where(np.isnan(last).any(axis=1), np.nan, (last > 0).mean(axis=1))
    return found


def verdict(found: Flows, row: int, persistence_min: float) -> str | None:
    """Return why a name's flow does not pass; None where it does."""
    if np.isnan(found.score[row]):
        return "FLOW_UNKNOWN"
    if rounded(found.persistence[row]) < persistence_min:
        return "FLOW_PERSISTENCE"
    return None if found.score[row] > found.median[row] else "SECTOR_MEDIAN"


def reversal(name: NameResearch, sessions: tuple[str, str]) -> bool | None:
    """Return whether smart money sold on both sessions; None where it is not known.

    One session of buying is enough to know that it did not.
    """
    smart = smart_money_krw(name.flows, sessions)
    if any(day >= 0 for day in smart):
        return False
    return True if all(day < 0 for day in smart) else None


def _medians(panel: Panel, score: Floats, known: Flags, rules: FlowRules) -> Floats:
    """Return the upper-middle score of each name's sector, or of the market.

    A sector of one or two has no middle that any of them could exceed, so a name with too few
    peers is held against the whole market.
    """
    medians = np.full(len(score), _upper_middle(score[known]))
    for rows in panel.sectors.values():
        members = rows[known[rows]]
        if len(members) > rules.peers_min:
            medians[rows] = _upper_middle(score[members])
    return medians


def _upper_middle(values: Floats) -> float:
    return float(np.sort(values)[len(values) // 2]) if len(values) else np.nan
