"""From an accepted setup to its order: confidence, gates, size."""

from typing import Final

from kis_core.market.events import Bar
from kis_core.market.instants import SECOND_NS
from kis_core.market.ticks import round_down
from oms_client.contract import Urgency
from strategy_kpr.decision.confidence import Colour, confidence
from strategy_kpr.decision.gates import full_target_r, order_gates, stopped
from strategy_kpr.decision.phases import Accepting
from strategy_kpr.decision.pillars import Investors, ProgramLean, investors, program_lean
from strategy_kpr.decision.polls import ask_exact
from strategy_kpr.decision.pressure import end_ns
from strategy_kpr.decision.rules import Rules, SetupRules
from strategy_kpr.decision.setups import invalidate
from strategy_kpr.decision.sizing import Size, hour_mult, size
from strategy_kpr.decision.state import Name, State
from strategy_runtime.contract import Factor, Filter
from strategy_runtime.decision.asking import enter
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import Flat, Signal

STRENGTH: Final[dict[Colour, float]] = {"GREEN": 1.0, "YELLOW": 0.5, "RED": 0.0}


def try_entry(state: State, name: Name, bar: Bar, out: Outbox, rules: Rules) -> None:
    """Ask for the entry where the setup is accepted and nothing stands in the way."""
    phase, trading, now_ns = name.phase, name.trading, state.now_ns
    assert isinstance(phase, Accepting)
    if phase.closes < phase.required or now_ns < phase.retry_ns:
        return
    state.funnel.reach("acceptance", name.symbol, now_ns)
    if not isinstance(trading.standing, Flat):
        return
    if trading.entries_open:  # two orders of one symbol are never out at the same time
        stopped(state, name, phase.setup, "entry_open", out, rules)
        return
    if now_ns - end_ns(bar) > rules.gates.bar_stale_s * SECOND_NS:
        stopped(state, name, phase.setup, "bar_stale", out, rules)
        return
    if not name.live and _standing_old(name, now_ns, rules):
        name.wait(bar, now_ns)
        ask_exact(state, name, out, rules.vwap.quote_every_s)
        return
    name.waiting = None
    flow, program = flow_of(state, name, rules), program_of(state, name, rules)
    lean = name.pressure.lean if name.pressure else "NEUTRAL"
    switches = rules.switches
    colour = confidence(
        flow, lean, program, rules.confidence, conflict_is_red=switches.conflict_is_red
    )
    if colour == "RED":
        why = f"investors {flow.verdict}, prints {lean}, program {program}"
        stopped(state, name, phase.setup, "confidence", out, rules, reason=why)
        invalidate(state, name, "confidence", out)
        return
    state.funnel.reach("confidence", name.symbol, now_ns)
    if flow.verdict == "CONFLICT" and rules.strict.conflict_is_red:
        state.would_block.note("CONFLICT_SIGNAL", name.symbol, colour, "RED", now_ns, out)
    limit = round_down(bar.close_krw)
    verdict = order_gates(state, name, phase.setup, limit, end_ns(bar), rules)
    if verdict.gate is not None:
        stopped(
            state, name, phase.setup, verdict.gate, out, rules,
            strength=STRENGTH[colour], filters=verdict.filters, blocked_by=verdict.blocking,
        )  # fmt: skip
        return
    plan = _plan(state, name, phase, limit, colour, flow, rules)
    if plan.shares == 0:
        stopped(state, name, phase.setup, "size", out, rules, bound_by=plan.bound_by)
        return
    state.funnel.reach("gates", name.symbol, now_ns)
    _lenient_order(state, name, out, rules)
    factors = _factors(name, phase, flow, program, colour, rules)
    _submit(state, name, phase, limit, plan, colour, factors, verdict.filters, out, rules)


def _standing_old(name: Name, now_ns: int, rules: Rules) -> bool:
    quote = name.quote
    return quote is None or now_ns - quote.at_ns > rules.gates.quote_stale_s * SECOND_NS


def _plan(
    state: State, name: Name, phase: Accepting, limit: int, colour: Colour, flow: Investors,
    rules: Rules,
) -> Size:  # fmt: skip
    account = state.desk.account
    assert account is not None
    assert account.equity_krw is not None
    hour = hour_mult(state.now_ns, state.times, rules.size, rules.switches.tod_late_mult)
    value = name.heard.last_5m_value_krw(state.now_ns) or _five_minutes_krw(name)
    return size(
        account.equity_krw, limit, phase.setup.stop_krw, colour, hour, flow.stale, value,
        rules.size,
    )  # fmt: skip


def _five_minutes_krw(name: Name) -> float:
    """Return the value of the last five minutes that are known; 0 without any."""
    return float(sum(bar.close_krw * bar.volume for bar in name.recent(5)))


def _lenient_order(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    now_ns, strict, in_force = state.now_ns, rules.strict, rules.switches
    if state.times.late(now_ns) and strict.tod_late_mult < in_force.tod_late_mult:
        state.would_block.note(
            "TOD_LATE_MULT", name.symbol, in_force.tod_late_mult, strict.tod_late_mult, now_ns, out
        )
    if strict.enable_lunch_block and not in_force.enable_lunch_block and state.times.lunch(now_ns):
        state.would_block.note("LUNCH_BLOCK", name.symbol, False, True, now_ns, out)


def _factors(
    name: Name, phase: Accepting, flow: Investors, program: ProgramLean, colour: Colour,
    rules: Rules,
) -> tuple[Factor, ...]:  # fmt: skip
    setup, pressure = phase.setup, name.pressure
    panic = setup.kind == "panic"
    return (
        Factor("confidence", colour),
        Factor("investors", flow.verdict, "STRONG"),
        Factor("investors_daily", flow.daily),
        Factor("investors_estimate", flow.estimate),
        Factor("estimate_age_s", flow.age_s, rules.flow.estimate_stale_s),
        Factor("pressure", pressure.lean if pressure else None, "ACCUMULATE"),
        Factor(
            "pressure_value",
            round(pressure.value, 3) if pressure else None,
            rules.pressure.imbalance,
        ),
        Factor("pressure_by", pressure.by if pressure else None),
        Factor("program", program, "ACCUMULATE"),
        Factor("depth", round(setup.depth, 5), rules.switches.vwap_depth_min),
        Factor("drop", round(setup.drop, 5), _of(panic, rules.setup)[0]),
        Factor("high_age_min", round(setup.high_age_min, 1), _of(panic, rules.setup)[1]),
        Factor("closes", phase.closes, phase.required),
        Factor("adders", phase.adders),
        Factor("tier", name.tier),
        Factor("heard", name.live),
    )


def _of(panic: bool, rules: SetupRules) -> tuple[float, int]:
    if panic:
        return rules.panic_drop, rules.panic_age_min
    return rules.drift_drop, rules.drift_age_min


def _submit(
    state: State,
    name: Name,
    phase: Accepting,
    limit_krw: int,
    plan: Size,
    colour: Colour,
    factors: tuple[Factor, ...],
    filters: tuple[Filter, ...],
    out: Outbox,
    rules: Rules,
) -> None:
    setup, now_ns = phase.setup, state.now_ns
    vwap = name.heard.vwap.krw
    signal = Signal(
        setup=setup.kind,
        reason=setup.reason,
        at_ns=now_ns,
        price_krw=limit_krw,
        stop_krw=setup.stop_krw,
        shares=plan.shares,
        strength=STRENGTH[colour],
        bound_by=plan.bound_by,
        factors=factors,
        filters=filters,
        sizing=plan.facts(rules.size),
        facts=(
            ("confidence", colour),
            ("signal_hash", setup.hash),
            ("setup_low_krw", setup.low_krw),
            ("reclaim_krw", setup.reclaim_krw),
            ("depth", round(setup.depth, 5)),
            ("vwap_krw", None if vwap is None else round(vwap, 1)),
            ("closes", phase.closes),
            ("adders", phase.adders),
            ("full_target_r", full_target_r(name, limit_krw, rules.exits)),
        ),
    )
    intent_id = enter(
        state.desk,
        name.trading,
        signal,
        now_ns,
        out,
        limit_krw=limit_krw,
        expires_ns=now_ns + rules.size.order_life_s * SECOND_NS,
        urgency=Urgency.NORMAL,
        confidence=colour,
        max_spread_bp=rules.gates.spread_max_bp,
        signal_hash=setup.hash,
    )
    state.funnel.reach("intent", name.symbol, now_ns)
    state.listen_stale = True
    out.say(
        f"Entry asked for at {limit_krw}, qty={plan.shares}",
        name.symbol,
        stop=setup.stop_krw,
        confidence=colour,
        bound_by=plan.bound_by,
        setup=setup.hash,
        intent_id=intent_id,
    )


def flow_of(state: State, name: Name, rules: Rules) -> Investors:
    """Return the investor pillar now."""
    return investors(name.daily_flow, name.estimates, state.on, state.now_ns, rules.flow)


def program_of(state: State, name: Name, rules: Rules) -> ProgramLean:
    """Return the program pillar now."""
    return program_lean(name.program, state.now_ns, rules.flow)
