"""A pullback: how it is found, and how it ends."""

from kis_core.market.events import Bar
from kis_core.market.instants import SECOND_NS
from strategy_kpr.decision.gates import minutes_between
from strategy_kpr.decision.phases import Accepting, Detected, Invalidated, Setup, levels
from strategy_kpr.decision.polls import ask_exact
from strategy_kpr.decision.pressure import end_ns
from strategy_kpr.decision.rules import Rules, SetupRules, Switches
from strategy_kpr.decision.state import Name, State
from strategy_runtime.decision.asking import cancel_entry
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import Entering

SPENT = frozenset(("expired", "refused", "frozen"))


def pullback(
    bar: Bar,
    vwap_krw: float,
    high_krw: int,
    high_ns: int,
    low_krw: int,
    switches: Switches,
    rules: SetupRules,
) -> Setup | None:
    """Return the setup that a completed minute shows; None where it shows none. Panic wins."""
    depth = (vwap_krw - bar.close_krw) / vwap_krw
    if not in_band(depth, switches):
        return None
    drop, age_min = 1 - bar.close_krw / high_krw, minutes_between(high_ns, end_ns(bar))
    # A high of later than the bar is nothing that it fell from: minutes come after prints.
    if drop >= rules.panic_drop and 0 <= age_min <= rules.panic_age_min:
        kind = "panic"
    elif drop >= rules.drift_drop and age_min >= rules.drift_age_min:
        kind = "drift"
    else:
        return None
    reclaim, stop = levels(low_krw, rules)
    return Setup(
        "panic" if kind == "panic" else "drift",
        end_ns(bar), low_krw, reclaim, stop, high_krw, drop, age_min, depth,
    )  # fmt: skip


def in_band(depth: float, switches: Switches) -> bool:
    """Whether a close lies as far below VWAP as a pullback does."""
    return switches.vwap_depth_min <= depth <= switches.vwap_depth_max


def detect(state: State, name: Name, bar: Bar, out: Outbox, rules: Rules) -> None:
    """Look for a setup; one that rests on a VWAP that is not exact waits for the exchange's."""
    extremes, vwap = name.extremes, name.heard.vwap.krw
    if vwap is None or extremes.high_krw is None or extremes.low_krw is None:
        return
    found = pullback(
        bar, vwap, extremes.high_krw, extremes.high_ns, extremes.low_krw,
        rules.switches, rules.setup,
    )  # fmt: skip
    name.waiting = None
    if found is None:
        if in_band((vwap - bar.close_krw) / vwap, rules.switches):
            state.funnel.stop("no_fall", name.symbol, state.now_ns)
        return
    if name.spent_krw is not None and extremes.low_krw >= name.spent_krw:
        state.funnel.stop("low_spent", name.symbol, state.now_ns)
        return
    if state.now_ns - name.exact_ns > rules.vwap.exact_s * SECOND_NS:
        name.wait(bar, state.now_ns)
        ask_exact(state, name, out, rules.vwap.quote_every_s)
        return
    name.phase = Detected(found)
    name.setups += 1
    name.missed = {}
    state.listen_stale = True
    state.classified_ns = 0  # it is HOT now
    state.funnel.reach("setup", name.symbol, state.now_ns)
    out.say(
        f"Setup detected {found.kind}",
        name.symbol,
        low=found.low_krw,
        reclaim=found.reclaim_krw,
        stop=found.stop_krw,
        depth=round(found.depth, 4),
        drop=round(found.drop, 4),
        high_age_min=round(found.high_age_min, 1),
        number=name.setups,
    )
    _lenient_detection(state, name, found, out, rules)


def _lenient_detection(state: State, name: Name, found: Setup, out: Outbox, rules: Rules) -> None:
    strict, in_force, depth = rules.strict, rules.switches, round(found.depth, 5)
    note, now_ns = state.would_block.note, state.now_ns
    if found.depth < strict.vwap_depth_min:
        note("VWAP_DEPTH_MIN", name.symbol, depth, strict.vwap_depth_min, now_ns, out)
    if found.depth > strict.vwap_depth_max:
        note("VWAP_DEPTH_MAX", name.symbol, depth, strict.vwap_depth_max, now_ns, out)
    stricter = strict.enable_lunch_block and not in_force.enable_lunch_block
    if stricter and state.times.lunch(found.since_ns):
        note("LUNCH_BLOCK", name.symbol, False, True, now_ns, out)


def invalidate(state: State, name: Name, why: str, out: Outbox, **facts: int) -> None:
    """End a setup; an order of it that works is taken back.

    One that was given its whole time, or was refused for good, would be found again with the next
    minute: its low is spent.
    """
    if why in SPENT and isinstance(name.phase, Detected | Accepting):
        name.spent_krw = name.phase.setup.low_krw
    name.phase = Invalidated(why)
    state.funnel.stop(why, name.symbol, state.now_ns)
    state.listen_stale = True
    out.say("Setup INVALIDATED", name.symbol, why=why, **facts)
    shun(state, name, why, out)


def shun(state: State, name: Name, why: str, out: Outbox) -> None:
    """Take a working entry back; what became of it is the OMS's to say."""
    standing = name.trading.standing
    if isinstance(standing, Entering) and not standing.cancelling:
        cancel_entry(state.desk, name.trading, why, out)
