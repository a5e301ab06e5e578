"""How good a setup is, and how many shares that is worth. Pure arithmetic on known values.

The loss at the stop is a share of equity; quality, the hour and program trading scale it; two caps
cut it. Which of them bound is part of the plan, since caps that always bind make every other
number here idle.
"""

from dataclasses import dataclass
from math import floor

from kis_core.market.ticks import round_down, tick_krw
from strategy_kmp.decision.rules import EntryRules, GateRules, SizeRules
from strategy_runtime.contract import Fact

FULL_MARKS = 15.0  # breadth, and not chop, each


@dataclass(frozen=True, slots=True)
class Setup:
    """What is known about a setup when it is to be entered. None is unknown and scores nothing."""

    surge: float
    surge_min: float  # what it had to be by now
    rvol: float | None
    imbalance: float | None
    spread: float | None  # (ask - bid) / mid
    or_high_krw: int
    retest_low_krw: int
    breadth_ok: bool
    chop: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """An entry to be asked for. Prices are KRW on the tick grid."""

    shares: int
    trigger_krw: int
    stop_krw: int
    limit_krw: int
    quality: float  # points of 100
    parts: tuple[tuple[str, float], ...]  # the points by component
    quality_mult: float
    time_mult: float
    program_mult: float
    bound_by: str  # risk, liquidity or equity: what the size follows from
    uncapped_shares: int

    def facts(self) -> tuple[tuple[str, Fact], ...]:
        """Return how the size came about, for the record."""
        return (
            ("quality", round(self.quality, 1)),
            *((f"quality_{name}", round(points, 1)) for name, points in self.parts),
            ("quality_mult", self.quality_mult),
            ("time_mult", round(self.time_mult, 3)),
            ("program_mult", self.program_mult),
            ("uncapped_shares", self.uncapped_shares),
            ("trigger_krw", self.trigger_krw),
            ("limit_krw", self.limit_krw),
        )


def quality(setup: Setup, gates: GateRules) -> tuple[tuple[str, float], ...]:
    """Return the points of each component; at most 100 together."""
    depth = (setup.or_high_krw - setup.retest_low_krw) / setup.or_high_krw
    return (
        ("surge", _within(10 * (setup.surge - setup.surge_min), 20)),
        ("rvol", _within(10 * (setup.rvol - gates.rvol_min), 15) if setup.rvol else 0.0),
        (
            "imbalance",
            0.0 if setup.imbalance is None else _within(50 * (setup.imbalance + 0.1), 15),
        ),
        ("spread", 0.0 if setup.spread is None else _within(10 - 500 * setup.spread, 10)),
        ("clean", _within(10 - 400 * depth, 10)),
        ("breadth", FULL_MARKS if setup.breadth_ok else 0.0),
        ("trend", 0.0 if setup.chop else FULL_MARKS),
    )


def quality_mult(points: float, threshold: float, rules: SizeRules) -> float:
    """Return what quality does to size; 0 below the threshold."""
    if points < threshold:
        return 0.0
    if points < rules.half_below:
        return rules.half_mult
    return rules.full_mult if points < rules.full_below else rules.best_mult


def time_mult(minutes: float, rules: SizeRules, minutes_max: int) -> float:
    """Return what the hour does to size, from minutes since entries opened."""
    return max(rules.time_floor, 1 - rules.time_decay * min(minutes_max, minutes))


@dataclass(frozen=True, slots=True)
class Prices:
    """The three prices of an entry, KRW on the grid."""

    trigger_krw: int
    stop_krw: int
    limit_krw: int


def prices(
    or_high_krw: int,
    retest_low_krw: int,
    atr_krw: float | None,
    spread_krw: int | None,
    upper_krw: int | None,
    rules: EntryRules,
) -> Prices:
    """Return trigger, stop and limit of an entry.

    There is one stop. The setup is wrong below its retest, and noise ends 1.2 ATR under the
    trigger; whichever of the two is nearer is the stop that sizes, protects and exits.
    """
    trigger = round_down(or_high_krw + tick_krw(or_high_krw))
    structure = round_down(floor(retest_low_krw * rules.structure_stop))
    atr = trigger * rules.atr_fallback if atr_krw is None else atr_krw
    hard = round_down(max(1, floor(trigger - rules.hard_stop_atr * atr)))
    ticks = rules.limit_ticks * tick_krw(trigger)
    room = max(ticks, floor(rules.limit_spreads * (spread_krw or 0)))
    limit = round_down(trigger + room)
    return Prices(trigger, max(structure, hard), min(limit, upper_krw or limit))


@dataclass(frozen=True, slots=True)
class Size:
    """Shares, and which limit they follow from."""

    shares: int
    uncapped: int
    bound_by: str


def size(
    equity_krw: int,
    at: Prices,
    multiple: float,
    last_5m_value_krw: float,
    rules: SizeRules,
) -> Size:
    """Return how many shares to buy: risk first, then what the market and the account can carry."""
    risk = at.trigger_krw - at.stop_krw
    if risk <= 0:
        return Size(0, 0, "stop")
    uncapped = floor(floor(rules.base_risk * equity_krw / risk) * multiple)
    caps = (
        (uncapped, "risk"),
        (floor(rules.liquidity_cap * last_5m_value_krw / at.limit_krw), "liquidity"),
        (floor(rules.equity_cap * equity_krw / at.limit_krw), "equity"),
    )
    shares, bound_by = min(caps, key=lambda cap: cap[0])
    return Size(max(0, shares), uncapped, bound_by)


def _within(points: float, most: float) -> float:
    return min(max(points, 0.0), most)
