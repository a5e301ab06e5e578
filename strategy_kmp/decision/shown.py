"""The state as others see it: the funnel with the data's health, and the heartbeat."""

from typing import Any

from kis_core.market.instants import SECOND_NS, minute_of_day
from strategy_kmp.decision import phases
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import State
from strategy_runtime.contract import Pulse
from strategy_runtime.decision.trading import Entering, InPosition, PendingExit

_HOT = (phases.WaitAcceptance, Entering, InPosition, PendingExit)


def funnel(state: State, rules: Rules) -> dict[str, Any]:
    """Return why there were as many trades as there were, as JSON values."""
    stages: dict[str, int] = {}
    for name in state.names.values():
        label = phases.shown(name.stage)
        stages[label] = stages.get(label, 0) + 1
    return {
        "date": state.day.date,
        "strategy": state.desk.strategy_id,
        "mode": "conservative" if rules.switches == rules.strict else "permissive",
        **state.funnel.shown(),
        "phases": stages,
        "round_trips": len(state.desk.trips),
        "realised_krw": sum(trip.realised_krw for trip in state.desk.trips),
        "bound_by": _bound_by(state),
        "would_block": state.would_block.totals(),
        "health": health(state, rules),
    }


def health(state: State, rules: Rules) -> dict[str, Any]:
    """Return how sound the data was. `problems` names what alone would explain a lack of trades."""
    known, market, desk, line = state.health, state.market, state.desk, state.line
    heard = sum(name.heard.heard for name in state.names.values())
    without = [symbol for symbol, name in state.names.items() if name.baseline is None]
    problems = {
        "index unknown": not market.index_known(state.now_ns, rules.market),
        "equity unknown": desk.account is None or desk.account.equity_krw is None,
        "OMS away": not desk.up or not desk.books_read,
        "no scan": state.now_ns >= state.times.scan_over_ns and not state.scanned,
        "nothing heard": state.now_ns >= state.times.entry_ns and not known.trades_heard,
        "market data line down": line.down_ns is not None,
        "slots refused": bool(line.refused),
        "histories missing": state.prepared and 2 * len(without) > len(state.names),
    }
    return {
        "problems": [problem for problem, there in problems.items() if there],
        "symbols_heard": heard,
        "trades_heard": known.trades_heard,
        "late_trades": known.late_trades,
        "scan_started": _clock(known.scan_started_ns),
        "scan_over": _clock(known.scan_over_ns),
        "scan_late_s_max": round(known.scan_late_s, 1),
        "late_symbols": known.late_symbols,
        "histories_failed": len(state.questions.failed),
        "failed": dict(list(state.questions.failed.items())[:20]),
        "program_failures": {m: poll.failures for m, poll in state.program.polls.items()},
        "market_samples": market.samples,
        "market_samples_ok": market.samples_ok,
        "market_samples_index_unknown": market.samples_index_unknown,
        "breadth_max": market.breadth_max,
        "leaders_unheard": market.unheard,
        "slots_refused": len(line.refused),
        "feed_gaps": line.gaps,
        "feed_gap_s": line.gap_s,
        "silences": state.silences.count,
        "oms_away_times": desk.away_times,
    }


def pulse(state: State) -> Pulse:
    """Return how KMP is, for the heartbeat."""
    names = state.names.values()
    hot = sum(isinstance(name.stage, _HOT) for name in names)
    wanted = len(state.listen.symbols) if state.listen else 0
    held = sum(name.holds for name in names)
    idle = state.now_ns >= state.times.flatten_ns and not held
    mode = "DONE" if idle else "RUNNING" if state.now_ns >= state.times.open_ns else "WAITING"
    return Pulse(
        mode=mode,  # type: ignore[arg-type]
        hot=hot,
        warm=max(0, wanted - hot),
        cold=len(state.names) - max(hot, wanted),
        positions=held,
        last_error=state.health.last_error,
    )


def over(state: State) -> bool:
    """Whether the day needs KMP no more."""
    return state.now_ns >= state.times.over_ns


def _bound_by(state: State) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name in state.names.values():
        if name.plan is not None:
            counts[name.plan.bound_by] = counts.get(name.plan.bound_by, 0) + 1
    return counts


def _clock(at_ns: int | None) -> str | None:
    if at_ns is None:
        return None
    minute = minute_of_day(at_ns)
    return f"{minute // 60:02d}:{minute % 60:02d}:{at_ns // SECOND_NS % 60:02d}"
