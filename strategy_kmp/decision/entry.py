"""From the break of the opening range to the order: break, pull back, hold, reclaim, arm."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from kis_core.market.instants import SECOND_NS
from kis_core.market.ticks import tick_krw
from oms_client.contract import CancelOrders, Enter, Urgency
from strategy_kmp.decision.gates import (
    market_gate,
    progress_gate,
    stopped,
    surge_min,
    vi_gate,
)
from strategy_kmp.decision.phases import Armed, Done, WaitAcceptance, WatchBreak
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.scan import would_block
from strategy_kmp.decision.sizing import (
    Plan,
    Setup,
    prices,
    quality,
    quality_mult,
    size,
    time_mult,
)
from strategy_kmp.decision.state import Name, State
from strategy_runtime.decision.outbox import Outbox, seconds

SETUP = "or_break_acceptance"
_KST = timezone(timedelta(hours=9))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def watch(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Look for the break on a trade: above the opening high by more than a tick, and above VWAP."""
    tape, scan = name.tape, name.scan
    assert scan is not None
    price, vwap = tape.price_krw, tape.vwap.krw
    if price is None or vwap is None or tape.in_auction:
        return
    if price <= scan.high_krw + rules.entry.break_ticks * tick_krw(scan.high_krw):
        return
    if price <= vwap:
        return
    gate = progress_gate(state, name, out, rules)
    if gate is not None:
        stopped(state, name, gate, out, price=price)
        return
    name.phase = WaitAcceptance(state.now_ns, price, price)
    state.funnel.reach("break", name.symbol, state.now_ns)
    state.listen_stale = True
    out.say(f"Break detected at {price}", name.symbol, or_high=scan.high_krw, vwap=round(vwap, 1))


def wait(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Follow a break until it is accepted, too old or too deep."""
    phase, tape, scan = name.phase, name.tape, name.scan
    assert isinstance(phase, WaitAcceptance)
    assert scan is not None
    price = tape.price_krw
    # The low is followed whatever else stands in the way: the stop is made from it.
    if price is not None and not tape.in_auction and price < phase.retest_low_krw:
        name.phase = phase = replace(phase, retest_low_krw=price)
    if timed_out(state, name, out, rules):
        return
    low, high = phase.retest_low_krw, scan.high_krw
    if (high - low) / high > rules.entry.retest_depth_max:
        finish(state, name, "retest_depth", "Retest too deep", out)
        return
    if price is None or tape.in_auction or not low < high < price:
        return
    support = rules.entry.held_support * min(tape.vwap.krw or high, high)
    if rules.switches.require_held_support and low < support:
        stopped(state, name, "held_support", out, retest_low=low, support=round(support, 1))
        return
    state.funnel.reach("acceptance", name.symbol, state.now_ns)
    gate = progress_gate(state, name, out, rules) or market_gate(state, rules)
    if gate is not None:
        stopped(state, name, gate, out, price=price)
        return
    if not rules.switches.require_held_support:
        would_block(state, name, "HELD_SUPPORT", low / support, 1.0, out)
    if state.now_ns >= phase.retry_ns and not name.entries_open:
        arm(state, name, phase, out, rules)


def timed_out(state: State, name: Name, out: Outbox, rules: Rules) -> bool:
    """End a break that nobody accepted in time; return whether it has ended."""
    phase = name.phase
    assert isinstance(phase, WaitAcceptance)
    over = state.now_ns - phase.since_ns >= rules.entry.accept_timeout_s * SECOND_NS
    if over:
        finish(state, name, "acceptance_timeout", "Acceptance timeout", out)
    return over


def arm(state: State, name: Name, phase: WaitAcceptance, out: Outbox, rules: Rules) -> None:
    """Ask for the entry, or say why this setup cannot have one."""
    tape, scan, account = name.tape, name.scan, state.account
    assert scan is not None
    assert account is not None
    assert account.equity_krw is not None
    upper = name.quote.upper_krw if name.quote else None
    at = prices(
        scan.high_krw,
        phase.retest_low_krw,
        tape.atr_krw(rules.entry.atr_minutes),
        tape.spread_krw,
        upper,
        rules.entry,
    )
    if vi_gate(state, name, at.trigger_krw, rules):
        finish(state, name, "vi", "VI blocked", out)
        return
    if at.limit_krw < at.trigger_krw:
        finish(state, name, "price_limit", "Trigger above the upper price limit", out)
        return
    setup = _setup(state, name, phase, rules)
    parts = quality(setup, rules.gates)
    points = sum(score for _, score in parts)
    mult = quality_mult(points, rules.switches.quality_min_threshold, rules.size)
    minutes = state.times.minutes_since_entry(state.now_ns)
    hour = time_mult(minutes, rules.size, rules.gates.decay_min_max)
    program = state.program.mult(rules.program)
    last_5m = tape.last_5m_value_krw(state.now_ns) or scan.value_krw / 3
    found = size(account.equity_krw, at, mult * hour * program, last_5m, rules.size)
    plan = Plan(
        found.shares, at.trigger_krw, at.stop_krw, at.limit_krw, points, parts,
        mult, hour, program, found.bound_by, found.uncapped,
    )  # fmt: skip
    if found.shares == 0:
        gate = "quality" if mult == 0 else "size"
        finish(state, name, gate, f"No size: {gate}", out, points=round(points, 1))
        return
    if state.sector_count(name.sector) >= rules.gates.max_per_sector:
        finish(state, name, "sector", "Sector cap reached", out, sector=name.sector)
        return
    if name.missed >= rules.entry.misses_max:
        finish(state, name, "misses", "Too many missed fills", out)
        return
    would_block(state, name, "QUALITY_SCORE", points, rules.strict.quality_min_threshold, out)
    state.funnel.reach("gates", name.symbol, state.now_ns)
    _submit(state, name, phase, plan, setup, out, rules)


def _setup(state: State, name: Name, phase: WaitAcceptance, rules: Rules) -> Setup:
    scan, tape = name.scan, name.tape
    assert scan is not None
    return Setup(
        surge=scan.surge,
        surge_min=surge_min(state, rules),
        rvol=tape.rvol(state.now_ns, state.times.open_ns, name.baseline),
        imbalance=tape.imbalance.at(state.now_ns),
        spread=tape.spread,
        or_high_krw=scan.high_krw,
        retest_low_krw=phase.retest_low_krw,
        breadth_ok=bool(state.market.breadth_ok(rules.switches)),
        chop=state.market.chop,
    )


def _submit(
    state: State,
    name: Name,
    phase: WaitAcceptance,
    plan: Plan,
    setup: Setup,
    out: Outbox,
    rules: Rules,
) -> None:
    name.attempts += 1
    intent_id = state.intent_id(name.symbol, "breakout", name.attempts)
    now_ns = state.now_ns
    expires = _EPOCH + timedelta(
        microseconds=(now_ns + rules.entry.order_life_s * SECOND_NS) // 1000
    )
    out.submit(
        Enter(
            intent_id=intent_id,
            symbol=name.symbol,
            shares=plan.shares,
            limit_krw=plan.limit_krw,
            stop_krw=plan.stop_krw,
            trigger_krw=plan.trigger_krw,
            urgency=Urgency.HIGH,
            expires_at=expires.astimezone(_KST),
            confidence="GREEN",
            max_spread_bp=rules.gates.spread_max * 10_000,
            reason=SETUP,
        )
    )
    name.phase = Armed(intent_id, plan, phase, now_ns)
    name.entries_open[intent_id] = None
    name.plan, name.wait, name.signal_ns = plan, phase, now_ns
    name.facts = (
        ("surge", round(setup.surge, 2)),
        ("rvol", None if setup.rvol is None else round(setup.rvol, 2)),
        ("imbalance", None if setup.imbalance is None else round(setup.imbalance, 3)),
        ("spread", None if setup.spread is None else round(setup.spread, 5)),
        ("or_high_krw", setup.or_high_krw),
        ("retest_low_krw", setup.retest_low_krw),
        ("break_krw", phase.break_krw),
        ("break_to_signal_s", seconds(now_ns - phase.since_ns)),
        ("breadth", state.market.breadth),
        ("attempt", name.attempts),
        *plan.facts(),
    )
    state.funnel.reach("intent", name.symbol, now_ns)
    state.listen_stale = True
    out.say(
        f"Armed entry at {plan.trigger_krw}, qty={plan.shares}",
        name.symbol,
        limit=plan.limit_krw,
        stop=plan.stop_krw,
        quality=round(plan.quality, 1),
        bound_by=plan.bound_by,
        intent_id=intent_id,
    )


def armed(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Take an order back when its time is over or the market turns."""
    phase = name.phase
    assert isinstance(phase, Armed)
    if state.now_ns - phase.since_ns >= rules.entry.order_life_s * SECOND_NS:
        if not (state.oms_up and state.books_read):
            return  # what became of it is the OMS's to say, and it is away
        cancel_entry(state, name, "expired", out)
        missed(state, name, phase, "expired", out, rules)
        return
    if phase.cancelling:
        return
    off = state.market.risk_off(state.now_ns, rules.market)
    if off or not state.market.regime_ok(rules.switches):
        gate = "risk_off" if off else "regime"
        stopped(state, name, gate, out, intent_id=phase.intent_id)
        cancel_entry(state, name, gate, out)
        name.phase = replace(phase, cancelling=True)


def missed(state: State, name: Name, phase: Armed, why: str, out: Outbox, rules: Rules) -> None:
    """Record an entry that ended unfilled and go back to where it came from.

    The next one waits until this one's end is known: two orders for one setup are never out at
    the same time. A fill that comes all the same is adopted.
    """
    name.missed += 1
    out.say(
        "Missed fill", name.symbol, why=why, intent_id=phase.intent_id, limit=phase.plan.limit_krw
    )
    state.funnel.stop("missed_fill", name.symbol, state.now_ns)
    open_ns = state.now_ns - phase.wait.since_ns
    if open_ns < rules.entry.accept_timeout_s * SECOND_NS:
        name.phase = phase.wait
        state.listen_stale = True
    else:
        finish(state, name, "acceptance_timeout", "Acceptance timeout", out)


def cancel_entry(state: State, name: Name, why: str, out: Outbox) -> None:
    """Ask for the symbol's working buys to be cancelled."""
    name.cancels += 1
    intent_id = state.intent_id(name.symbol, "cancel", name.cancels)
    out.submit(CancelOrders(intent_id=intent_id, symbol=name.symbol, side="BUY", reason=why))


def cut_off(state: State, name: Name, out: Outbox) -> None:
    """End the search of a symbol: entries are over for today."""
    if isinstance(name.phase, Armed):
        cancel_entry(state, name, "entry_cutoff", out)
    if isinstance(name.phase, WatchBreak):
        state.funnel.stop("no_break", name.symbol, state.now_ns)
        name.phase = Done("gate entry_cutoff")
        return
    finish(state, name, "entry_cutoff", "gate entry_cutoff", out)


def finish(
    state: State, name: Name, gate: str, text: str, out: Outbox, **facts: float | str
) -> None:
    """End a symbol's search; it may still be given shares by a late fill."""
    name.phase = Done(text)
    state.funnel.stop(gate, name.symbol, state.now_ns)
    state.listen_stale = True
    out.say(text, name.symbol, gate=gate, **facts)
