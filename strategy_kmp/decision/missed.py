"""Breaks that led to no position: what stopped them, how far they had come, what they would have
been."""

from typing import Literal

from strategy_kmp.decision.explained import filters, prices_of, setup_of, target_krw
from strategy_kmp.decision.phases import WaitAcceptance
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.sizing import quality
from strategy_kmp.decision.state import Name, Scan, State
from strategy_runtime.contract import Missed
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import Entering

SETUP = "or_break_acceptance"
UNFILLED = "missed_fill"


def note_missed(
    state: State, name: Name, gate: str, reason: str, out: Outbox, rules: Rules
) -> None:
    """Tell that a break was stopped, once a break and gate; of unfilled entries each is told."""
    phase, scan = name.phase, name.scan
    if not isinstance(phase, WaitAcceptance) or scan is None:
        return
    if gate != UNFILLED and gate in name.missed_by:
        return
    name.missed_by[gate] = None
    points = sum(score for _, score in quality(setup_of(state, name, phase, rules), rules.gates))
    at = prices_of(name, phase, rules)
    out.note(
        Missed(
            symbol=name.symbol,
            at_ns=state.now_ns,
            setup=SETUP,
            blocked_by=gate,
            reason=reason,
            maturity=maturity(phase, scan),
            strength=round(points / 100, 4),
            price_krw=name.heard.price_krw or phase.break_krw,
            stop_krw=at.stop_krw,
            target_krw=target_krw(at),
            filters=filters(state, name, phase, points, rules),
            blocking=_blocking(state, name) if gate == "sector" else (),
        )
    )


def maturity(phase: WaitAcceptance, scan: Scan) -> Literal["early", "mid", "late"]:
    """Return how far a break came: no further, to its pull-back, or to its acceptance."""
    if phase.accepted:
        return "late"
    return "mid" if phase.retest_low_krw < scan.high_krw else "early"


def _blocking(state: State, name: Name) -> tuple[str, ...]:
    return tuple(
        each.symbol
        for each in state.desk.symbols.values()
        if each.sector == name.sector
        and each.symbol != name.symbol
        and (each.holds or isinstance(each.standing, Entering))
    )
