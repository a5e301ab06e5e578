"""How many shares an entry is worth, and at which prices. Pure arithmetic on known values.

The loss at the stop is a share of equity: the selection's, which the regime has scaled already,
a little more on very dry volume. Whatever room is left (risk, sector, exposure) cuts it, and what
cut it is part of the plan.
"""

from dataclasses import dataclass
from math import ceil, floor

from kis_core.market.ticks import round_down, stop_price_krw
from strategy_nulrimok.decision.artifact import Candidate
from strategy_nulrimok.decision.rules import EntryRules
from strategy_runtime.contract import Fact


@dataclass(frozen=True, slots=True)
class Room:
    """What is left, KRW."""

    risk_krw: float
    sector_krw: float
    exposure_krw: float


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry to be asked for. Prices are KRW on the tick grid."""

    shares: int
    price_krw: int  # what it is sized at: the worst that a share may cost
    limit_krw: int
    stop_krw: int
    risk: float  # of equity, that the size follows from
    raw_shares: int
    bound_by: str
    dry_mult: float

    def sizing(self, candidate: Candidate, equity: int, room: Room) -> tuple[tuple[str, Fact], ...]:
        """Return how the size came about, for the record."""
        return (
            ("equity_krw", equity),
            ("base_risk", candidate.base_risk),
            ("regime_mult", candidate.risk_multiplier),
            ("dry_mult", self.dry_mult),
            ("risk", round(self.risk, 6)),
            ("risk_per_share_krw", self.price_krw - self.stop_krw),
            ("raw_shares", self.raw_shares),
            ("shares", self.shares),
            ("bound_by", self.bound_by),
            ("room_risk_krw", round(room.risk_krw)),
            ("room_sector_krw", round(room.sector_krw)),
            ("room_exposure_krw", round(room.exposure_krw)),
        )


def limit_of(candidate: Candidate) -> int | None:
    """Return the AVWAP as a buy limit; None without one."""
    avwap = candidate.avwap_ref_krw
    limit = 0 if avwap is None else round_down(floor(avwap))
    return limit or None


def stop_of(candidate: Candidate, rules: EntryRules) -> int | None:
    """Return the one stop: a move of noise below the AVWAP, or below the band; None if unknown."""
    avwap, lower, atr = candidate.avwap_ref_krw, candidate.band_lower_krw, candidate.atr30m_est_krw
    if avwap is None or lower is None or atr is None:
        return None
    stop = max(avwap - rules.stop_atr * atr, rules.stop_band * lower)
    return stop_price_krw(ceil(stop)) if stop > 0 else None


def plan(
    candidate: Candidate,
    close_krw: int,
    dryness: float,
    equity: int,
    room: Room,
    rules: EntryRules,
) -> Plan | str:
    """Return the entry, or why there is none.

    A fill may cost as much as the limit, which lies above the close after a higher low: the risk
    of a share is counted from the dearer of the two.
    """
    limit, stop = limit_of(candidate), stop_of(candidate, rules)
    if limit is None or stop is None:
        return "avwap_unknown"
    price = max(close_krw, limit)
    if stop >= min(close_krw, limit):
        return "stop_above_price"
    very_dry = dryness < rules.very_dry
    mult = rules.very_dry_mult if very_dry else 1.0
    risk = min(candidate.recommended_risk * mult, rules.risk_max)
    per_share = price - stop
    raw = floor(equity * risk / per_share)
    caps = (
        (raw, "risk"),
        (floor(room.risk_krw / per_share), "risk_budget"),
        (floor(room.sector_krw / price), "sector"),
        (floor(room.exposure_krw / price), "headroom"),
    )
    shares, bound_by = min(caps, key=lambda cap: cap[0])
    if shares <= 0:
        return "size_zero" if bound_by == "risk" else bound_by
    return Plan(shares, price, limit, stop, risk, raw, bound_by, mult)
