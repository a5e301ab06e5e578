"""HOT is heard, WARM is polled often, COLD now and then.

A symbol rises at once and falls only after a lower tier has been due for some minutes. Positions
and active setups are HOT and never lose their place. The rest of HOT is cut by distance to the
band, then by how busy a symbol is, once it has had its minutes; WARM keeps the nearest to the band.
"""

from typing import Final

from kis_core.market.instants import MINUTE_NS, SECOND_NS
from strategy_kpr.decision.rules import Rules, TierRules
from strategy_kpr.decision.state import Name, State, Tier
from strategy_runtime.contract import Hear, Listen

_RANK: Final[dict[Tier, int]] = {"HOT": 0, "WARM": 1, "COLD": 2}
FAR = 1.0
"""The distance to the band of a symbol whose depth is unknown."""


def distance(depth: float | None, rules: TierRules) -> float:
    """Return how far a depth is from the band, as a ratio; 0 inside it."""
    if depth is None:
        return FAR
    return max(0.0, rules.band_min - depth, depth - rules.band_max)


def due(name: Name, rules: Rules) -> Tier:
    """Return the tier a symbol's own state asks for."""
    tiers, drop = rules.tiers, name.drop
    if name.pinned:
        return "HOT"
    inside = name.depth is not None and distance(name.depth, tiers) == 0
    if inside or (drop is not None and drop >= tiers.hot_drop):
        return "HOT"
    if drop is not None and drop >= tiers.warm_drop:
        return "WARM"
    return "WARM" if name.expanding else "COLD"


def classify(state: State, rules: Rules) -> None:
    """Give every symbol its tier, as of now."""
    tiers, now_ns = rules.tiers, state.now_ns
    looked_at = [name for name in state.names.values() if name.rejected is None or name.pinned]
    wished = {name.symbol: _held_up(name, due(name, rules), now_ns, tiers) for name in looked_at}
    hot = sorted(
        (name for name in looked_at if wished[name.symbol] == "HOT"),
        key=lambda name: _heat(name, now_ns, rules),
    )
    places = max(tiers.hot_max, sum(name.pinned for name in hot))
    for name in hot[places:]:
        wished[name.symbol] = "WARM"
    warm = sorted(
        (name for name in looked_at if wished[name.symbol] == "WARM"),
        key=lambda name: (distance(name.depth, tiers), name.symbol),
    )
    for name in warm[tiers.warm_max :]:
        wished[name.symbol] = "COLD"
    for name in looked_at:
        if wished[name.symbol] != name.tier:
            _move(state, name, wished[name.symbol])


def _held_up(name: Name, tier: Tier, now_ns: int, rules: TierRules) -> Tier:
    """Return the tier after hysteresis: down only when that has been due for some minutes."""
    if _RANK[tier] <= _RANK[name.tier]:
        name.lower_ns = None
        return tier
    if name.lower_ns is None:
        name.lower_ns = now_ns
    stable = now_ns - name.lower_ns >= rules.demote_after_min * MINUTE_NS
    return tier if stable else name.tier


def _heat(name: Name, now_ns: int, rules: Rules) -> tuple[int, float, float, str]:
    fresh_ns = rules.tiers.demote_after_min * MINUTE_NS
    if name.pinned:
        order = 0
    else:
        order = 1 if name.tier == "HOT" and now_ns - name.tier_ns < fresh_ns else 2
    return order, distance(name.depth, rules.tiers), -name.busy, name.symbol


def _move(state: State, name: Name, tier: Tier) -> None:
    rises = _RANK[tier] < _RANK[name.tier]
    name.tier, name.tier_ns, name.lower_ns = tier, state.now_ns, None
    name.quote_due = True  # VWAP is made the exchange's own again
    if rises:
        name.polled_ns = 0
    state.listen_stale = True


def wanted(state: State, rules: Rules) -> Listen:
    """Return what to hear from now on: HOT, what is held or being bought first."""
    wishes = []
    for name in state.names.values():
        if name.trading.engaged:
            wishes.append((0, 0.0, name))
        elif state.now_ns >= state.times.entries_over_ns:
            continue
        elif name.active:
            wishes.append((1, 0.0, name))
        elif name.tier == "HOT":
            wishes.append((2, round(distance(name.depth, rules.tiers), 3), name))
    wishes.sort(key=lambda wish: (wish[0], wish[1], wish[2].symbol))
    hears = tuple(
        Hear(name.symbol, priority, rank)  # type: ignore[arg-type]
        for rank, (priority, _, name) in enumerate(wishes)
    )
    return Listen(hears, (rules.market.index,))


def classify_due(state: State, rules: TierRules) -> bool:
    """Whether tiers are to be looked at now."""
    every = rules.classify_s * SECOND_NS
    return state.now_ns // every != state.classified_ns // every
