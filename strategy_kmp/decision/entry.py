"""From the break of the opening range to the order: break, pull back, hold, reclaim, arm."""

from dataclasses import replace

from kis_core.market.instants import SECOND_NS
from kis_core.market.ticks import tick_krw
from oms_client.contract import Urgency
from strategy_kmp.decision.explained import factors, filters, prices_of, setup_of, sizing
from strategy_kmp.decision.gates import market_gate, progress_gate, stopped, vi_gate
from strategy_kmp.decision.missed import SETUP, UNFILLED, note_missed
from strategy_kmp.decision.phases import Done, WaitAcceptance, WatchBreak
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.scan import would_block
from strategy_kmp.decision.sizing import Plan, Setup, quality, quality_mult, size, time_mult
from strategy_kmp.decision.state import Name, State
from strategy_runtime.contract import Fact
from strategy_runtime.decision.asking import cancel_entry, enter, give_up_entry
from strategy_runtime.decision.outbox import Outbox, seconds
from strategy_runtime.decision.trading import Entering, Signal


def watch(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Look for the break on a trade: above the opening high by more than a tick, and above VWAP."""
    heard, scan = name.heard, name.scan
    assert scan is not None
    price, vwap = heard.price_krw, heard.vwap.krw
    if price is None or vwap is None or heard.in_auction:
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
    phase, heard, scan = name.phase, name.heard, name.scan
    assert isinstance(phase, WaitAcceptance)
    assert scan is not None
    price = heard.price_krw
    # The low is followed whatever else stands in the way: the stop is made from it.
    if price is not None and not heard.in_auction and price < phase.retest_low_krw:
        name.phase = phase = replace(phase, retest_low_krw=price)
    if timed_out(state, name, out, rules):
        return
    low, high = phase.retest_low_krw, scan.high_krw
    if (high - low) / high > rules.entry.retest_depth_max:
        finish(state, name, "retest_depth", "Retest too deep", out, rules)
        return
    if price is None or heard.in_auction or not low < high < price:
        return
    support = rules.entry.held_support * min(heard.vwap.krw or high, high)
    if rules.switches.require_held_support and low < support:
        stopped(state, name, "held_support", out, retest_low=low, support=round(support, 1))
        note_missed(state, name, "held_support", "the pull-back went below support", out, rules)
        return
    if not phase.accepted:
        name.phase = phase = replace(phase, accepted=True)
    state.funnel.reach("acceptance", name.symbol, state.now_ns)
    gate = progress_gate(state, name, out, rules) or market_gate(state, rules)
    if gate is not None:
        stopped(state, name, gate, out, price=price)
        note_missed(state, name, gate, f"blocked by {gate}", out, rules)
        return
    if not rules.switches.require_held_support:
        would_block(state, name, "HELD_SUPPORT", low / support, 1.0, out)
    if state.now_ns >= phase.retry_ns and not name.trading.entries_open:
        arm(state, name, phase, out, rules)


def timed_out(state: State, name: Name, out: Outbox, rules: Rules) -> bool:
    """End a break that nobody accepted in time; return whether it has ended."""
    phase = name.phase
    assert isinstance(phase, WaitAcceptance)
    over = state.now_ns - phase.since_ns >= rules.entry.accept_timeout_s * SECOND_NS
    if over:
        finish(state, name, "acceptance_timeout", "Acceptance timeout", out, rules)
    return over


def arm(state: State, name: Name, phase: WaitAcceptance, out: Outbox, rules: Rules) -> None:
    """Ask for the entry, or say why this setup cannot have one."""
    heard, scan, account = name.heard, name.scan, state.desk.account
    assert scan is not None
    assert account is not None
    assert account.equity_krw is not None
    at = prices_of(name, phase, rules)
    if vi_gate(state, name, at.trigger_krw, rules):
        finish(state, name, "vi", "VI blocked", out, rules)
        return
    if at.limit_krw < at.trigger_krw:
        text = "Trigger above the upper price limit"
        finish(state, name, "price_limit", text, out, rules)
        return
    setup = setup_of(state, name, phase, rules)
    parts = quality(setup, rules.gates)
    points = sum(score for _, score in parts)
    mult = quality_mult(points, rules.switches.quality_min_threshold, rules.size)
    minutes = state.times.minutes_since_entry(state.now_ns)
    hour = time_mult(minutes, rules.size, rules.gates.decay_min_max)
    program = state.program.mult(rules.program)
    last_5m = heard.last_5m_value_krw(state.now_ns) or scan.value_krw / 3
    found = size(account.equity_krw, at, mult * hour * program, last_5m, rules.size)
    plan = Plan(
        found.shares, at.trigger_krw, at.stop_krw, at.limit_krw, points, parts,
        mult, hour, program, found.bound_by, found.uncapped,
    )  # fmt: skip
    if found.shares == 0:
        gate = "quality" if mult == 0 else "size"
        finish(state, name, gate, f"No size: {gate}", out, rules, points=round(points, 1))
        return
    if state.desk.sector_count(name.sector) >= rules.gates.max_per_sector:
        finish(state, name, "sector", "Sector cap reached", out, rules, sector=name.sector)
        return
    if name.trading.missed >= rules.entry.misses_max:
        finish(state, name, "misses", "Too many missed fills", out, rules)
        return
    would_block(state, name, "QUALITY_SCORE", points, rules.strict.quality_min_threshold, out)
    state.funnel.reach("gates", name.symbol, state.now_ns)
    _submit(state, name, phase, plan, setup, out, rules)


def _submit(
    state: State,
    name: Name,
    phase: WaitAcceptance,
    plan: Plan,
    setup: Setup,
    out: Outbox,
    rules: Rules,
) -> None:
    now_ns, account = state.now_ns, state.desk.account
    assert account is not None
    assert account.equity_krw is not None
    signal = Signal(
        setup=SETUP,
        reason=SETUP,
        at_ns=now_ns,
        price_krw=plan.trigger_krw,
        stop_krw=plan.stop_krw,
        shares=plan.shares,
        strength=round(plan.quality / 100, 4),
        bound_by=plan.bound_by,
        factors=factors(setup, plan.parts, rules),
        filters=filters(state, name, phase, plan.quality, rules),
        sizing=sizing(account.equity_krw, plan, rules),
        facts=_facts(state, name, phase, plan, setup),
    )
    intent_id = enter(
        state.desk,
        name.trading,
        signal,
        now_ns,
        out,
        limit_krw=plan.limit_krw,
        expires_ns=now_ns + rules.entry.order_life_s * SECOND_NS,
        urgency=Urgency.HIGH,
        trigger_krw=plan.trigger_krw,
        max_spread_bp=rules.gates.spread_max * 10_000,
        what="breakout",
    )
    name.plan = plan
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


def _facts(
    state: State, name: Name, phase: WaitAcceptance, plan: Plan, setup: Setup
) -> tuple[tuple[str, Fact], ...]:
    return (
        ("surge", round(setup.surge, 2)),
        ("rvol", None if setup.rvol is None else round(setup.rvol, 2)),
        ("imbalance", None if setup.imbalance is None else round(setup.imbalance, 3)),
        ("spread", None if setup.spread is None else round(setup.spread, 5)),
        ("or_high_krw", setup.or_high_krw),
        ("retest_low_krw", setup.retest_low_krw),
        ("break_krw", phase.break_krw),
        ("break_to_signal_s", seconds(state.now_ns - phase.since_ns)),
        ("breadth", state.market.breadth),
        ("attempt", name.trading.attempts + 1),
        *plan.facts(),
    )


def mind_entry(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Take an order back when its time is over or the market turns."""
    entering, desk = name.trading.standing, state.desk
    assert isinstance(entering, Entering)
    if state.now_ns - entering.since_ns >= rules.entry.order_life_s * SECOND_NS:
        if not (desk.up and desk.books_read):
            return  # what became of it is the OMS's to say, and it is away
        cancel_entry(desk, name.trading, "expired", out)
        give_up_entry(name.trading)
        out.say("Missed fill", name.symbol, why="expired", intent_id=entering.intent_id)
        unfilled(state, name, "expired", out, rules)
        return
    if entering.cancelling:
        return
    off = state.market.risk_off(state.now_ns, rules.market)
    if off or not state.market.regime_ok(rules.switches):
        gate = "risk_off" if off else "regime"
        stopped(state, name, gate, out, intent_id=entering.intent_id)
        note_missed(state, name, gate, f"blocked by {gate}", out, rules)
        cancel_entry(desk, name.trading, gate, out)


def unfilled(state: State, name: Name, why: str, out: Outbox, rules: Rules) -> None:
    """Go on from an entry that ended unfilled, or was given up: back to where it came from.

    The next one waits until this one's end is known: two orders for one setup are never out at
    the same time. A fill that comes all the same is a position.
    """
    state.funnel.stop("missed_fill", name.symbol, state.now_ns)
    note_missed(state, name, UNFILLED, why, out, rules)
    state.listen_stale = True
    if isinstance(name.phase, WaitAcceptance):
        timed_out(state, name, out, rules)


def cut_off(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """End the search of a symbol: entries are over for today."""
    if isinstance(name.trading.standing, Entering):
        cancel_entry(state.desk, name.trading, "entry_cutoff", out)
        give_up_entry(name.trading)
    if isinstance(name.phase, WatchBreak):
        state.funnel.stop("no_break", name.symbol, state.now_ns)
        name.phase = Done("gate entry_cutoff")
        return
    finish(state, name, "entry_cutoff", "gate entry_cutoff", out, rules)


def finish(
    state: State, name: Name, gate: str, text: str, out: Outbox, rules: Rules, **facts: float | str
) -> None:
    """End a symbol's search; it may still be given shares by a late fill."""
    note_missed(state, name, gate, str(facts.get("why", text)), out, rules)
    name.phase = Done(text)
    state.funnel.stop(gate, name.symbol, state.now_ns)
    state.listen_stale = True
    out.say(text, name.symbol, gate=gate, **facts)
