"""From the pullback to its acceptance: detect, reclaim, close above in a row.

Once for each completed minute, in this order: what has failed is forgotten; a live setup is judged
(its stop touched, too old, a new low); then, where the time of day allows, it goes on.
"""

from dataclasses import replace

from kis_core.market.events import Bar
from strategy_kpr.decision.gates import minutes_between, stopped, window_gate
from strategy_kpr.decision.order import flow_of, program_of, try_entry
from strategy_kpr.decision.phases import Accepting, Detected, Idle, Invalidated, Setup, levels
from strategy_kpr.decision.pressure import end_ns
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.setups import detect, invalidate, shun
from strategy_kpr.decision.state import Name, State
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import Entering


def follow(state: State, name: Name, bar: Bar, out: Outbox, rules: Rules) -> None:
    """Take a completed minute of a symbol that is not held."""
    if isinstance(name.phase, Invalidated):
        name.phase = Idle()
    lower = _judge(state, name, bar, out, rules)
    gate = window_gate(state, end_ns(bar), rules)
    match name.phase:
        case Idle():
            # What was bought and sold today by the OMS's word alone has been traded too.
            may = not name.trading.traded and end_ns(bar) < state.times.late_ns
            if gate is None and may:
                detect(state, name, bar, out, rules)
        case Detected(setup):
            if gate is not None:
                stopped(state, name, setup, gate, out, rules)
            # The high of the bar that made the low may have come before it.
            elif end_ns(bar) > setup.since_ns and bar.high_krw >= setup.reclaim_krw and not lower:
                _reclaimed(state, name, setup, bar, out, rules)
        case Accepting(setup):
            if gate is not None:
                stopped(state, name, setup, gate, out, rules)
            else:
                _count(state, name, bar)
                try_entry(state, name, bar, out, rules)
        case _:
            pass


def _judge(state: State, name: Name, bar: Bar, out: Outbox, rules: Rules) -> bool:
    """End a live setup whose stop was touched or whose time is over; return whether it is lower."""
    phase = name.phase
    if not isinstance(phase, Detected | Accepting):
        return False
    setup = phase.setup
    if bar.low_krw <= setup.stop_krw:
        invalidate(state, name, "stop_breach", out, low=bar.low_krw, stop=setup.stop_krw)
    elif minutes_between(setup.since_ns, end_ns(bar)) >= rules.setup.lifetime_min:
        invalidate(state, name, "expired", out)
    elif end_ns(bar) >= state.times.entries_over_ns:
        stopped(state, name, setup, "entries_over", out, rules)
        invalidate(state, name, "entries_over", out)
    elif bar.low_krw < setup.low_krw:
        reclaim, stop = levels(bar.low_krw, rules.setup)
        lower = replace(setup, low_krw=bar.low_krw, reclaim_krw=reclaim, stop_krw=stop)
        if isinstance(name.trading.standing, Entering):
            shun(state, name, "new_low", out)
        name.phase = Detected(lower)
        state.listen_stale = True
        out.say("Setup low refreshed", name.symbol, low=bar.low_krw, reclaim=reclaim, stop=stop)
        return True
    return False


def _reclaimed(state: State, name: Name, setup: Setup, bar: Bar, out: Outbox, rules: Rules) -> None:
    adders = _adders(state, name, bar, out, rules)
    required = rules.accept.base_closes + sum(closes for _, closes in adders)
    name.phase = Accepting(setup, required, tuple(adder for adder, _ in adders))
    state.listen_stale = True
    state.funnel.reach("reclaim", name.symbol, state.now_ns)
    out.say(
        f"SETUP_DETECTED → ACCEPTING reclaim={setup.reclaim_krw} required_closes={required}",
        name.symbol,
        adders=tuple(adder for adder, _ in adders),
        high=bar.high_krw,
    )


def _adders(
    state: State, name: Name, bar: Bar, out: Outbox, rules: Rules
) -> tuple[tuple[str, int], ...]:
    """Return what asks for more closes, with how many; what is not known counts as against it."""
    now_ns, accept, switches, strict = state.now_ns, rules.accept, rules.switches, rules.strict
    stale, late = flow_of(state, name, rules).stale, state.times.late(end_ns(bar))
    note = state.would_block.note
    stricter = strict.enable_stale_flow_acceptance_adder
    if stale and stricter and not switches.enable_stale_flow_acceptance_adder:
        note("STALE_FLOW_ACCEPT_ADDER", name.symbol, 0, accept.stale_flow, now_ns, out)
    stricter = strict.enable_late_acceptance_adder
    if late and stricter and not switches.enable_late_acceptance_adder:
        note("LATE_ACCEPT_ADDER", name.symbol, 0, accept.late, now_ns, out)
    asked = (
        ("not_hot", accept.not_hot, not name.live),
        (
            "program_unavailable",
            accept.program_unavailable,
            program_of(state, name, rules) == "UNAVAILABLE",
        ),
        (
            "unfavourable",
            accept.unfavourable,
            state.market.unfavourable(now_ns, rules.market) is not False,
        ),
        (
            "stale_flow",
            accept.stale_flow,
            stale and switches.enable_stale_flow_acceptance_adder,
        ),
        ("late", accept.late, late and switches.enable_late_acceptance_adder),
    )
    return tuple((adder, closes) for adder, closes, there in asked if there)


def _count(state: State, name: Name, bar: Bar) -> None:
    phase = name.phase
    assert isinstance(phase, Accepting)
    above = bar.close_krw >= phase.setup.reclaim_krw
    name.phase = replace(phase, closes=phase.closes + 1 if above else 0)


def mind_entry(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Take a working entry back when the market turns."""
    working = isinstance(name.trading.standing, Entering)
    if working and state.market.risk_off(state.now_ns, rules.market):
        shun(state, name, "risk_off", out)
