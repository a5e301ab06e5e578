"""The scan at 09:15: whose opening traded several times its usual value.

Only bars that start from 09:00 to 09:14 are looked at, by their own times, whenever they come:
symbols are asked one after another and some answers are late, but all see the same window. How
late is recorded.
"""

from kis_core.market.instants import MINUTE_NS, SECOND_NS
from strategy_kmp.decision.history import bars_of
from strategy_kmp.decision.phases import Candidate, Done, Idle, WatchBreak
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import Name, Scan, State
from strategy_runtime.contract import MinutesRead
from strategy_runtime.decision.outbox import Outbox


def scanned(state: State, name: Name, read: MinutesRead, out: Outbox, rules: Rules) -> str | None:
    """Take a symbol's opening bars; return why they are no opening range, None where they are."""
    first_ns = state.times.open_ns
    end_ns = first_ns + rules.scan.opening_min * MINUTE_NS
    bars = [
        bar
        for day in read.days
        if day.date == state.day.date
        for bar in bars_of(name.symbol, day)
        if first_ns <= bar.start_ns < end_ns
    ]
    if not bars:
        return "no trade in the opening range"
    assert name.baseline is not None, "scanned without a baseline"
    value = sum(bar.close_krw * bar.volume for bar in bars)
    late_s = max(0.0, (read.at_ns - state.times.scan_ns) / SECOND_NS)
    name.scan = Scan(
        surge=value / name.baseline.value_krw,
        value_krw=value,
        open_krw=bars[0].open_krw,
        high_krw=max(bar.high_krw for bar in bars),
        low_krw=min(bar.low_krw for bar in bars),
        late_s=late_s,
    )
    name.tape.on_history(bars, first_ns, end_ns - MINUTE_NS)
    for bar in bars:
        name.tape.vwap.on_bar(bar)
    state.health.scan_late_s = max(state.health.scan_late_s, late_s)
    if read.at_ns > state.times.scan_over_ns:
        state.health.late_symbols[name.symbol] = round(late_s, 1)
    state.listen_stale = True
    _judge(state, name, out, rules)
    return None


def _judge(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Make a symbol a candidate, or say which condition stopped it."""
    scan, trend, now_ns = name.scan, name.trend, state.now_ns
    assert scan is not None
    assert trend is not None
    funnel, switches = state.funnel, rules.switches
    for stage in ("history", "listed"):
        funnel.reach(stage, name.symbol, now_ns)
    if not trend.ok:
        funnel.stop("trend", name.symbol, now_ns)
        return
    funnel.reach("trend", name.symbol, now_ns)
    if scan.surge < switches.min_surge_base:
        funnel.stop("surge", name.symbol, now_ns)
        return
    funnel.reach("surge", name.symbol, now_ns)
    gap = abs(scan.open_krw - trend.previous_close_krw) / trend.previous_close_krw
    if gap >= rules.scan.gap_skip:
        funnel.stop("gap", name.symbol, now_ns)
        return
    funnel.reach("gap", name.symbol, now_ns)
    if isinstance(name.phase, Idle):
        name.phase = Candidate()
    out.say(
        f"KMP candidate: {name.symbol} surge={scan.surge:.1f}x",
        name.symbol,
        value_krw=scan.value_krw,
        gap=round(gap, 4),
        late_s=round(scan.late_s, 1),
    )
    if state.scanned:
        _admit(state, [name], out, rules)


def close_scan(state: State, out: Outbox, rules: Rules) -> None:
    """Rank the candidates by value and keep the first; the rest has no feed and is dropped."""
    state.scanned = True
    state.health.scan_over_ns = state.now_ns
    found = [name for name in state.names.values() if isinstance(name.phase, Candidate)]
    _admit(state, found, out, rules)
    for name in state.names.values():
        if name.scan is None:
            _explain_unscanned(state, name)
    count = state.funnel.count("top")
    out.say(
        f"Scan complete. {count} candidates",
        candidates=count,
        scanned=state.funnel.count("history"),
        late_s_max=round(state.health.scan_late_s, 1),
    )
    out.say("Entering main loop")


def _explain_unscanned(state: State, name: Name) -> None:
    if name.rejected is not None:
        state.funnel.reach("history", name.symbol, state.now_ns)
        gate = f"universe {name.rejected}"
    elif name.trend is not None and not name.trend.ok:
        gate = "trend"  # its opening bars may still come: they only count towards breadth
    elif name.trend is not None and name.baseline is not None and name.quote is not None:
        gate = "opening_bars"
    else:
        gate = "history"
    state.funnel.stop(gate, name.symbol, state.now_ns)


def _admit(state: State, found: list[Name], out: Outbox, rules: Rules) -> None:
    """Lock the opening ranges of the best candidates there is room for."""
    room = min(rules.scan.candidates_max, rules.slots.symbols_max) - state.funnel.count("top")
    ranked = sorted(found, key=lambda name: (-_value(name), name.symbol))
    for rank, name in enumerate(ranked):
        if rank >= room:
            name.phase = Done("top")
            state.funnel.stop("top", name.symbol, state.now_ns)
            continue
        state.funnel.reach("top", name.symbol, state.now_ns)
        _lock(state, name, out, rules)
    state.listen_stale = True


def _lock(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    scan, switches = name.scan, rules.switches
    assert scan is not None
    if not rules.scan.or_range_min <= scan.range <= switches.or_range_max:
        name.phase = Done("gate OR_lock fail")
        state.funnel.stop("opening_range", name.symbol, state.now_ns)
        out.say("gate OR_lock fail", name.symbol, range=round(scan.range, 4))
        return
    state.funnel.reach("opening_range", name.symbol, state.now_ns)
    would_block(state, name, "OR_RANGE_MAX", scan.range, rules.strict.or_range_max, out, above=True)
    would_block(state, name, "MIN_SURGE", scan.surge, rules.strict.min_surge_base, out)
    name.phase = WatchBreak()


def would_block(
    state: State,
    name: Name,
    reason: str,
    actual: float | None,
    strict: float,
    out: Outbox,
    *,
    above: bool = False,
) -> None:
    """Note where the strict value would have stopped what has just passed.

    Unknown would have been stopped. `above`: the strict value is the most, not the least.
    """
    held = actual is not None and (actual <= strict if above else actual >= strict)
    if held:
        return
    shown = None if actual is None else round(actual, 4)
    state.would_block.note(reason, name.symbol, shown, strict, state.now_ns, out)


def _value(name: Name) -> int:
    assert name.scan is not None
    return name.scan.value_krw
