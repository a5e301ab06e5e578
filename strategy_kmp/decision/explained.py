"""Why an entry is what it is: the setup in figures, its gates with their margins, its size."""

from kis_core.market.ticks import round_up
from strategy_kmp.decision.gates import surge_min
from strategy_kmp.decision.phases import WaitAcceptance
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.sizing import Plan, Prices, Setup, prices
from strategy_kmp.decision.state import Name, State
from strategy_runtime.contract import Fact, Factor, Filter

_MARKS = 100  # of quality, all components together


def setup_of(state: State, name: Name, phase: WaitAcceptance, rules: Rules) -> Setup:
    """Return what is known of a setup now."""
    scan, heard = name.scan, name.heard
    assert scan is not None
    return Setup(
        surge=scan.surge,
        surge_min=surge_min(state, rules),
        rvol=name.rvol(state.now_ns, state.times.open_ns),
        imbalance=heard.imbalance.at(state.now_ns),
        spread=heard.spread,
        or_high_krw=scan.high_krw,
        retest_low_krw=phase.retest_low_krw,
        breadth_ok=bool(state.market.breadth_ok(rules.switches)),
        chop=state.market.chop,
    )


def prices_of(name: Name, phase: WaitAcceptance, rules: Rules) -> Prices:
    """Return trigger, stop and limit that an entry would have now."""
    scan, heard = name.scan, name.heard
    assert scan is not None
    return prices(
        scan.high_krw,
        phase.retest_low_krw,
        heard.atr_krw(rules.entry.atr_minutes),
        heard.spread_krw,
        name.quote.upper_krw if name.quote else None,
        rules.entry,
    )


def target_krw(at: Prices) -> int | None:
    """Return where an entry would have won its planned loss, KRW on the grid.

    KMP sells at no target: it is what missed signals are measured by. None without a risk.
    """
    risk = at.trigger_krw - at.stop_krw
    return round_up(at.trigger_krw + risk) if risk > 0 else None


def factors(setup: Setup, parts: tuple[tuple[str, float], ...], rules: Rules) -> tuple[Factor, ...]:
    """Return the components of quality: figure, what it is held against, share of all points."""
    depth = (setup.or_high_krw - setup.retest_low_krw) / setup.or_high_krw
    known: dict[str, tuple[Fact, Fact]] = {
        "surge": (round(setup.surge, 3), round(setup.surge_min, 3)),
        "rvol": (_rounded(setup.rvol), rules.gates.rvol_min),
        "imbalance": (_rounded(setup.imbalance), None),
        "spread": (_rounded(setup.spread, 5), rules.gates.spread_max),
        "clean": (round(depth, 5), rules.entry.retest_depth_max),
        "breadth": (setup.breadth_ok, True),
        "trend": (not setup.chop, True),
    }
    return tuple(Factor(part, *known[part], round(points / _MARKS, 4)) for part, points in parts)


def filters(
    state: State, name: Name, phase: WaitAcceptance, points: float, rules: Rules
) -> tuple[Filter, ...]:
    """Return the gates between a break and its order as they stand now. Unknown does not pass.

    A spread is the exception: it stops only where both sides are known.
    """
    scan, heard, market, switches = name.scan, name.heard, state.market, rules.switches
    assert scan is not None
    high, low, now_ns = scan.high_krw, phase.retest_low_krw, state.now_ns
    spread = heard.spread
    room = rules.gates.max_per_sector - 1
    found = [
        _most("or_range", switches.or_range_max, scan.range),
        _least("surge", surge_min(state, rules), scan.surge),
        _most("price_age_s", rules.prices.stale_s, heard.age_s(now_ns)),
        _most("retest_depth", rules.entry.retest_depth_max, (high - low) / high),
        _least("breadth", switches.regime_breadth_min, market.breadth),
        Filter("chop", False, market.chop, not market.chop),
        _most("sector", room, state.desk.sector_count(name.sector, apart_from=name.symbol)),
        _least("quality", switches.quality_min_threshold, points),
    ]
    if spread is not None:
        found.append(_most("spread", rules.gates.spread_max, spread))
    if switches.enable_rvol_hard_gate:
        rvol = name.rvol(now_ns, state.times.open_ns)
        found.append(_least("rvol", rules.gates.rvol_min, rvol))
    if switches.require_held_support:
        support = rules.entry.held_support * min(heard.vwap.krw or high, high)
        found.append(_least("held_support", support, low))
    off = market.risk_off(now_ns, rules.market)
    closed_eyes = rules.market.index_unknown == "allow_entries"
    found.append(Filter("risk_off", False, off, off is False or (off is None and closed_eyes)))
    return tuple(found)


def sizing(equity_krw: int, plan: Plan, rules: Rules) -> tuple[tuple[str, Fact], ...]:
    """Return how the size came about: the risk, every multiple, what was cut and by what."""
    return (
        ("equity_krw", equity_krw),
        ("base_risk", rules.size.base_risk),
        ("risk_per_share_krw", plan.trigger_krw - plan.stop_krw),
        ("quality_mult", plan.quality_mult),
        ("time_mult", round(plan.time_mult, 4)),
        ("program_mult", plan.program_mult),
        ("uncapped_shares", plan.uncapped_shares),
        ("shares", plan.shares),
        ("bound_by", plan.bound_by),
    )


def _least(name: str, threshold: float, actual: float | None) -> Filter:
    return _filter(name, threshold, actual, 1)


def _most(name: str, threshold: float, actual: float | None) -> Filter:
    return _filter(name, threshold, actual, -1)


def _filter(name: str, threshold: float, actual: float | None, sign: int) -> Filter:
    if actual is None:
        return Filter(name, _rounded(threshold), None, False)
    inside = sign * (actual - threshold)
    margin = round(100 * inside / abs(threshold), 2) if threshold else None
    return Filter(name, _rounded(threshold), _rounded(actual), inside >= 0, margin)


def _rounded(value: float | None, digits: int = 4) -> float | None:
    return None if value is None else round(value, digits)
