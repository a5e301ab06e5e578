"""The state as others see it: the funnel with the data's health, and the heartbeat."""

from typing import Any, Literal

from kis_core.market.instants import SECOND_NS, minute_of_day
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.setups import Armed, PendingFill, Setup
from strategy_nulrimok.decision.state import State
from strategy_runtime.contract import Pulse


def funnel(state: State, rules: Rules) -> dict[str, Any]:
    """Return why there were as many trades as there were, as JSON values."""
    setups: dict[str, int] = {}
    bound_by: dict[str, int] = {}
    for name in state.names.values():
        label = setup_name(name.setup)
        setups[label] = setups.get(label, 0) + 1
        if name.bound_by:
            bound_by[name.bound_by] = bound_by.get(name.bound_by, 0) + 1
    artifact = state.artifact
    return {
        "date": state.day.date,
        "strategy": state.desk.strategy_id,
        "mode": "conservative" if rules.switches == rules.strict else "permissive",
        **state.funnel.shown(),
        "setups": setups,
        "bound_by": bound_by,
        "artifact": None
        if artifact is None
        else {
            "regime_tier": artifact.regime.tier,
            "regime_score": artifact.regime.score,
            "risk_mult": artifact.regime.risk_mult,
            "data_as_of": artifact.data_as_of,
            "content_hash": artifact.content_hash,
            "rejects": artifact.reject_counts,
            "tradable": len(artifact.tradable),
            "active": len(artifact.active_set),
        },
        "positions": {
            name.symbol: {
                "kind": name.held.kind,
                "bars": name.held.bars,
                "partial": name.held.partial,
                "leaving": name.held.leaving,
            }
            for name in state.held
            if name.held is not None
        },
        "round_trips": len(state.desk.trips),
        "realised_krw": sum(trip.realised_krw for trip in state.desk.trips),
        "would_block": state.would_block.totals(),
        "health": health(state),
    }


def health(state: State) -> dict[str, Any]:
    """Return how sound the data was. `problems` names what alone would explain a lack of trades."""
    known, desk, account = state.health, state.desk, state.desk.account
    looked_at = [state.names[s] for s in state.watch.active if s in state.watch.tradable]
    without = [name.symbol for name in looked_at if name.usual is None]
    opened = state.now_ns >= state.times.open_ns
    problems = {
        "no artifact": state.artifact is None and state.now_ns >= state.times.artifact_ns,
        "no entries in this regime": state.artifact is not None
        and state.artifact.regime.risk_mult <= 0,
        "equity unknown": account is None or account.equity_krw is None,
        "OMS away": not desk.up or not desk.books_read,
        "market data line down": state.line.down_ns is not None,
        "no bars": state.boundary > 0 and bool(looked_at) and known.bars == 0,
        "histories missing": opened and bool(looked_at) and 2 * len(without) > len(looked_at),
        "slots refused": bool(state.line.refused),
        "carried positions unreadable": known.carried_fault is not None,
        "scale of a position in doubt": any(name.in_doubt for name in state.held),
        "flow reversal not judged": state.reversal_done
        and bool(state.held)
        and not known.reversal_judged,
    }
    failed = state.questions.failed
    return {
        "problems": [problem for problem, there in problems.items() if there],
        "artifact_at": _clock(known.artifact_at_ns),
        "artifact_why": known.artifact_why,
        "trades_heard": known.trades_heard,
        "bars": known.bars,
        "bars_late": known.bars_late,
        "bars_skipped": known.bars_skipped,
        "late_symbols": known.late_symbols,
        "rotations": state.watch.rotations,
        "histories_failed": len(failed),
        "failed": dict(list(failed.items())[:20]),
        "slots_refused": len(state.line.refused),
        "feed_gaps": state.line.gaps,
        "feed_gap_s": state.line.gap_s,
        "silences": state.silences.count,
        "oms_away_times": desk.away_times,
    }


def pulse(state: State) -> Pulse:
    """Return how Nulrimok is, for the heartbeat."""
    names = state.names.values()
    hot = sum(one.trading.engaged or isinstance(one.setup, Armed | PendingFill) for one in names)
    wanted = len(state.listen.symbols) if state.listen else 0
    mode: Literal["RUNNING", "WAITING", "DONE"] = "RUNNING"
    if state.now_ns < state.times.open_ns:
        mode = "WAITING"
    elif state.now_ns >= state.times.close_ns:
        mode = "DONE"
    return Pulse(
        mode=mode,
        hot=hot,
        warm=max(0, wanted - hot),
        cold=max(0, len(state.sectors) - max(hot, wanted)),
        positions=len(state.held),
        last_error=state.health.last_error,
    )


def over(state: State) -> bool:
    """Whether the day needs Nulrimok no more."""
    return state.now_ns >= state.times.over_ns


def setup_name(setup: Setup) -> str:
    """Return a place's name as operators know it: PENDING_FILL for PendingFill."""
    text = type(setup).__name__
    return "".join(f"_{c}" if c.isupper() and i else c for i, c in enumerate(text)).upper()


def _clock(at_ns: int | None) -> str | None:
    if at_ns is None:
        return None
    minute = minute_of_day(at_ns)
    return f"{minute // 60:02d}:{minute % 60:02d}:{at_ns // SECOND_NS % 60:02d}"
