"""The state as others see it: the funnel with the data's health, and the heartbeat."""

from typing import Any, Literal

from strategy_kpr.decision.pillars import program_lean
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.state import Name, State
from strategy_runtime.contract import Pulse
from strategy_runtime.decision.trading import Entering, InPosition, PendingExit


def funnel(state: State, rules: Rules) -> dict[str, Any]:
    """Return why there were as many trades as there were, as JSON values."""
    names = state.names.values()
    return {
        "date": state.day.date,
        "strategy": state.desk.strategy_id,
        "mode": "conservative" if rules.switches == rules.strict else "permissive",
        **state.funnel.shown(),
        "phases": _counts(phase_name(name) for name in names),
        "tiers": _counts(name.tier for name in names),
        "setups": sum(name.setups for name in names),
        "round_trips": len(state.desk.trips),
        "realised_krw": sum(trip.realised_krw for trip in state.desk.trips),
        "bound_by": _counts(
            name.trading.signal.bound_by for name in names if name.trading.signal is not None
        ),
        "would_block": state.would_block.totals(),
        "health": health(state, rules),
    }


def health(state: State, rules: Rules) -> dict[str, Any]:
    """Return how sound the data was. `problems` names what alone would explain a lack of trades."""
    known, desk, now_ns = state.health, state.desk, state.now_ns
    names = state.names.values()
    opened = now_ns >= state.times.setups_ns
    in_window = opened and now_ns < state.times.entries_over_ns
    behind = [n.symbol for n in names if n.rejected is None and _behind(n, state, rules)]
    unlisted = [name.symbol for name in names if name.rejected is None and not name.listed]
    dated = [name.symbol for name in names if name.listed and name.daily_flow == "UNAVAILABLE"]
    granted = state.line.slots.granted if state.line.slots else ()
    problems = {
        "index unknown": opened and not state.market.known(now_ns, rules.market),
        "equity unknown": desk.account is None or desk.account.equity_krw is None,
        "OMS away": not desk.up or not desk.books_read,
        "histories missing": opened and 2 * len(unlisted) > len(state.names),
        "daily flows unknown": opened and 2 * len(dated) > len(state.names),
        "minutes behind": in_window and 2 * len(behind) > len(state.names),
        "nothing heard": opened and bool(granted) and not known.trades_heard,
        "market data line down": state.line.down_ns is not None,
        "slots refused": bool(state.line.refused),
    }
    return {
        "problems": [problem for problem, there in problems.items() if there],
        "symbols_heard": sum(name.heard.heard for name in names),
        "trades_heard": known.trades_heard,
        "late_trades": known.late_trades,
        "minutes_looked_at": known.minutes_looked_at,
        "minutes_behind": len(behind) if in_window else 0,
        "polls": known.polls,
        "polls_failed": known.polls_failed,
        "daily_flows_unknown": len(dated),
        "estimates_read": state.estimates.answers,
        "estimates_why": state.estimates.why,
        "programs_read": state.programs.answers,
        "programs_why": state.programs.why,
        "programs": _counts(program_lean(n.program, now_ns, rules.flow) for n in names),
        "histories_failed": len(state.questions.failed),
        "failed": dict(list(state.questions.failed.items())[:20]),
        "slots_refused": len(state.line.refused),
        "feed_gaps": state.line.gaps,
        "feed_gap_s": state.line.gap_s,
        "silences": state.silences.count,
        "oms_away_times": desk.away_times,
        "drifts": known.drifts,
    }


def _behind(name: Name, state: State, rules: Rules) -> bool:
    """Whether a symbol's minutes are not known as far as its tier promises."""
    allowed_ns = (rules.tiers.cold_s + 120) * 1_000_000_000
    return state.now_ns - name.known_ns > allowed_ns


def pulse(state: State) -> Pulse:
    """Return how KPR is, for the heartbeat."""
    names = state.names.values()
    held = len(state.desk.held)
    idle = state.now_ns >= state.times.flatten_ns and not held
    running = state.now_ns >= state.times.open_ns
    mode: Literal["RUNNING", "WAITING", "DONE"] = (
        "DONE" if idle else "RUNNING" if running else "WAITING"
    )
    return Pulse(
        mode=mode,
        hot=sum(name.tier == "HOT" for name in names),
        warm=sum(name.tier == "WARM" for name in names),
        cold=sum(name.tier == "COLD" for name in names),
        positions=held,
        last_error=state.health.last_error,
    )


def over(state: State) -> bool:
    """Whether the day needs KPR no more."""
    return state.now_ns >= state.times.over_ns


def phase_name(name: Name) -> str:
    """Return where a symbol stands as operators know it: IN_POSITION, SETUP_DETECTED …"""
    match name.trading.standing:
        case Entering():
            return "PENDING_ENTRY"
        case InPosition():
            return "IN_POSITION"
        case PendingExit():
            return "PENDING_EXIT"
        case _:
            text = type(name.phase).__name__.upper()
            return "SETUP_DETECTED" if text == "DETECTED" else text


def _counts(words: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
