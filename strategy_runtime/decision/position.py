"""A position as its strategy sees it: what was paid, what is at risk, and how far it has gone."""

from dataclasses import dataclass, replace
from math import ceil

from kis_core.market.instants import MINUTE_NS
from kis_core.market.ticks import stop_price_krw
from strategy_runtime.contract import Fact, RoundTrip

_COST_LIKENESS = 0.01  # commission and cents of an average, generously


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
    guard_krw: int  # the stop that the OMS holds, or is asked to: `stop_krw`, raised or not
    costs_krw: int = 0
    realised_krw: int = 0
    sold: int = 0
    sold_value_krw: int = 0
    exit_reason: str = ""
    facts: tuple[tuple[str, Fact], ...] = ()
    scale: float = 1.0  # new shares for one old, of all splits since the entry

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


def split_factor(position: Position, shares: int, cost_krw: int) -> float:
    """Return new shares for one old where only a split explains the shares held now; 1 otherwise.

    A split changes shares and keeps their cost; a sale takes its part of the cost along, and
    whatever is bought or found adds to it.
    """
    if not shares or not position.shares:
        return 1.0
    factor, kept = shares / position.shares, cost_krw / (position.shares * position.entry_krw)
    return factor if abs(kept - 1) < min(_COST_LIKENESS, abs(factor - 1) / 2) else 1.0


def rescaled(position: Position, factor: float) -> Position:
    """Return the position as a split leaves it: prices divided, stops up to the tick."""

    def stop(price_krw: int) -> int:
        return stop_price_krw(ceil(price_krw / factor))

    return replace(
        position,
        shares=round(position.shares * factor),
        bought=round(position.bought * factor),
        sold=round(position.sold * factor),
        entry_krw=position.entry_krw / factor,
        stop_krw=stop(position.stop_krw),
        guard_krw=stop(position.guard_krw),
        best_krw=position.best_krw / factor,
        worst_krw=position.worst_krw / factor,
        trail_krw=position.trail_krw / factor,
        scale=position.scale * factor,
    )


def trailed(position: Position, trail_krw: float) -> Position:
    """Return the position with its trail raised; a trail never falls."""
    trail = max(position.trail_krw, float(position.stop_krw), trail_krw)
    return position if trail == position.trail_krw else replace(position, trail_krw=trail)


def round_trip(position: Position, symbol: str, sector: str, exited_ns: int, why: str) -> RoundTrip:
    """Return what is to be said of a position of which nothing is held any more."""
    risk = position.risk_per_share_krw
    risk_krw = round(risk * position.bought) if risk is not None else 0
    exit_krw = position.sold_value_krw / position.sold if position.sold else None
    mfe, mae = position.best_krw - position.entry_krw, position.worst_krw - position.entry_krw
    return RoundTrip(
        trip_id=position.trip_id,
        symbol=symbol,
        sector=sector,
        setup=position.setup,
        entered_ns=position.entered_ns,
        exited_ns=exited_ns,
        shares=position.bought,
        entry_krw=round(position.entry_krw, 2),
        exit_krw=None if exit_krw is None else round(exit_krw, 2),
        stop_krw=position.stop_krw,
        entry_reason=position.entry_reason,
        exit_reason=position.exit_reason or why,
        costs_krw=position.costs_krw,
        realised_krw=position.realised_krw,
        risk_krw=risk_krw,
        r_net=round(position.realised_krw / risk_krw, 3) if risk_krw else None,
        mfe_krw=round(mfe, 2),
        mae_krw=round(mae, 2),
        mfe_r=round(mfe / risk, 3) if risk else None,
        mae_r=round(mae / risk, 3) if risk else None,
        facts=(*position.facts, ("held_min", round(position.held_min(exited_ns), 2))),
    )
