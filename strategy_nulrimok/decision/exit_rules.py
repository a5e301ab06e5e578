"""Why a position ends: independent checks, in order, on values alone.

The risk stop comes first, then time, then what kind of position it turned out to be.
"""

from dataclasses import dataclass
from statistics import fmean

from kis_core.market.events import Bar
from oms_client.contract import Urgency
from strategy_nulrimok.decision.halves import Half
from strategy_nulrimok.decision.held import Held
from strategy_nulrimok.decision.rules import ExitRules
from strategy_runtime.decision.position import Position

STOP = "risk_stop"
TRAIL = "mean_rev_trail_remaining"
PARTIAL = "mean_rev_partial"
REVERSAL = "flow_reversal"
REPRICE = "flow_reversal_reprice"
_URGENT = frozenset((STOP, TRAIL, "avwap_breakdown", REPRICE))


@dataclass(frozen=True, slots=True)
class Times:
    """How long a position has been held. `orphan`: today's selection left it out."""

    sessions: int
    stalled: int  # sessions since the highest close
    orphan: bool


def urgency_of(reason: str) -> Urgency:
    """Return how much an exit may give up."""
    return Urgency.HIGH if reason in _URGENT else Urgency.LOW


def gain(position: Position, price_krw: float) -> float:
    """Return the result at a price as a share of the entry, after the round trip's costs."""
    return price_krw / position.entry_krw - 1 - position.cost_ratio


def stop_reason(held: Held, position: Position, price_krw: float) -> str | None:
    """Return whether a price ends it: at its stop, or at the one that was raised since."""
    if price_krw <= position.stop_krw:
        return STOP
    raised = TRAIL if held.partial else STOP
    return raised if price_krw <= position.guard_krw else None


def bar_reason(
    held: Held, position: Position, half: Half, times: Times, rules: ExitRules
) -> str | None:
    """Return why a position ends with this bar; `held` has it already. PARTIAL sells a part."""
    # A low from before the entry was nobody's loss.
    bar = half.bar
    seen_krw = bar.low_krw if bar.start_ns >= position.entered_ns else bar.close_krw
    return (
        stop_reason(held, position, seen_krw)
        or _time_reason(position, bar.close_krw, times, rules)
        or _setup_reason(held, position, half, rules)
    )


def close_reason(
    held: Held, position: Position, price_krw: float, times: Times, rules: ExitRules
) -> str | None:
    """Return why a position does not go on overnight.

    A dip that has not turned by the close of the day it was bought is given up; one that was once
    taken overnight has as long as the sessions' rule gives it.
    """
    if (reason := stop_reason(held, position, price_krw)) is not None:
        return reason
    if times.sessions == 0 and gain(position, price_krw) <= 0:
        return "time_stop_intraday"
    if (reason := _time_reason(position, price_krw, times, rules)) is not None:
        return reason
    if times.orphan:
        return "orphan_position_exit"
    return "failed_setup" if times.stalled >= rules.failed_sessions else None


def _time_reason(
    position: Position, price_krw: float, times: Times, rules: ExitRules
) -> str | None:
    if times.sessions < rules.time_sessions:
        return None
    if gain(position, price_krw) < rules.time_gain:
        return "time_stop_multiday"
    return "orphan_position_exit" if times.orphan else None


def _setup_reason(held: Held, position: Position, half: Half, rules: ExitRules) -> str | None:
    bar, avwap, broken = half.bar, held.avwap_krw, held.breakdown
    if avwap is not None and bar.close_krw < avwap * rules.breakdown:
        volume = half.dryness
        if volume is not None and volume > rules.breakdown_volume:
            return "avwap_breakdown"
    if broken is not None:
        if broken.under >= rules.reclaim_bars:
            return "failure_to_reclaim"
        if broken.bars > rules.reclaim_bars and broken.lower_low:
            return "failure_reclaim_lower_low"
    match held.kind:
        case "MOMENTUM":
            full = len(held.closes) >= rules.momentum_sma_bars
            falls = full and bar.close_krw < fmean(held.closes)
            return "momentum_trail_stop" if falls else None
        case "MEAN_REVERSION":
            return _mean_reversion(held, position, half, rules)
        case "FLOW_GRIND":
            return "flow_grind_avwap_failure" if held.under >= rules.grind_bars else None
        case _:
            return None


def _mean_reversion(held: Held, position: Position, half: Half, rules: ExitRules) -> str | None:
    close, atr = half.bar.close_krw, held.atr_krw
    if held.partial:
        trail = trail_krw(held, position, half, rules)
        return TRAIL if trail is not None and close < trail else None
    won = close - position.entry_krw * (1 + position.cost_ratio)
    return PARTIAL if atr is not None and won >= rules.partial_atr * atr else None


def trail_krw(held: Held, position: Position, half: Half, rules: ExitRules) -> float | None:
    """Return where the rest of a partly sold position ends; None while it is not known."""
    if held.atr_krw is None:
        return half.sma_krw
    floor = position.entry_krw + rules.trail_atr * held.atr_krw
    return floor if half.sma_krw is None else max(floor, half.sma_krw)


def part_of(shares: int, left: int | None, rules: ExitRules) -> int:
    """Return how many shares the part is; 0 where it cannot be sold apart from the rest.

    `left`: what an earlier sale of the part was to leave, where it ended before that.
    """
    part = int(shares * rules.partial_share) if left is None else shares - left
    return part if 0 < part < shares else 0


def covers(bar: Bar, entered_ns: int) -> bool:
    """Whether a bar ended after the entry: one that ended before says nothing of the position."""
    return bar.start_ns + bar.minutes * 60_000_000_000 > entered_ns
