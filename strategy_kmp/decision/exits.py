"""When a position ends: the rules in order, the first that matches sells all of it.

Prices that are too old decide nothing; a position whose feed is silent gets its price over REST.
An exit that was refused or ended unfilled is asked for again, under a new name, until the OMS says
that nothing is held.
"""

from dataclasses import replace

from kis_core.market.instants import SECOND_NS
from oms_client.contract import Exit, Flatten, Urgency
from strategy_kmp.decision.entry import cancel_entry
from strategy_kmp.decision.phases import InPosition, PendingExit
from strategy_kmp.decision.position import Position, seen, trailed
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import Name, State
from strategy_runtime.contract import AskQuote
from strategy_runtime.decision.outbox import Outbox, seconds

FLATTEN = "flatten_time"


def hold(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Follow a position; sell it when a rule says so."""
    phase = name.phase
    assert isinstance(phase, InPosition | PendingExit)
    position = phase.position
    price = price_of(state, name, rules)
    if price is not None:
        position = seen(position, price)
        imbalance = name.tape.imbalance.at(state.now_ns)
        pressed = state.program.lean == "outflow" or (imbalance is not None and imbalance < 0)
        position = trailed(position, state.now_ns, rules.exits, pressed=pressed)
    else:
        _ask_price(state, name, out, rules)
    if position is not phase.position:
        name.phase = phase = replace(phase, position=position)
    if isinstance(phase, PendingExit):
        _mind_pending(state, name, phase, out, rules)
    elif state.now_ns >= phase.retry_ns:
        reason = exit_reason(state, name, position, price, rules)
        if reason is not None:
            ask_exit(state, name, phase, reason, out)


def exit_reason(
    state: State, name: Name, position: Position, price_krw: int | None, rules: Rules
) -> str | None:
    """Return why a position ends now; None where it goes on. `price_krw` None: not known now."""
    exits = rules.exits
    if state.market.risk_off(state.now_ns, rules.market):
        return "risk_off"
    if price_krw is not None:
        if price_krw <= position.stop_krw:
            return "hard_stop"
        held, vwap, scan = position.held_min(state.now_ns), name.tape.vwap.krw, name.scan
        below = scan is not None and vwap is not None and price_krw < min(scan.high_krw, vwap)
        if held < exits.acceptance_min and below:
            return "acceptance_failure"
        r = position.r_net(price_krw)
        if held >= exits.stall_min and r is not None and r < exits.stall_r:
            return "stall_scratch"
        if price_krw <= position.trail_krw and position.best_krw > position.entry_krw:
            return "trailing_stop"
    return FLATTEN if state.now_ns >= state.times.flatten_ns else None


def price_of(state: State, name: Name, rules: Rules) -> int | None:
    """Return the price a position is judged by, or None where it is too old."""
    fresh = name.tape.fresh(state.now_ns, rules.exits.quote_after_s)
    return name.tape.price_krw if fresh else None


def ask_exit(state: State, name: Name, phase: InPosition, reason: str, out: Outbox) -> None:
    """Ask the OMS to sell all that is held, working buys cancelled first."""
    name.exits += 1
    what = "flatten" if reason == FLATTEN else "exit"
    intent_id = state.intent_id(name.symbol, what, name.exits)
    if reason == FLATTEN:
        out.submit(Flatten(intent_id=intent_id, symbol=name.symbol, reason=reason))
    else:
        if name.entries_open:
            cancel_entry(state, name, reason, out)
        out.submit(
            Exit(intent_id=intent_id, symbol=name.symbol, urgency=Urgency.HIGH, reason=reason)
        )
    position = replace(phase.position, exit_reason=reason)
    name.phase = PendingExit(position, intent_id, None, state.now_ns, state.now_ns)
    r = None if name.tape.price_krw is None else position.r_net(name.tape.price_krw)
    out.say(
        f"Exit triggered - {reason}",
        name.symbol,
        price=name.tape.price_krw,
        price_age_s=seconds(state.now_ns - name.tape.price_ns) if name.tape.price_krw else None,
        r=None if r is None else round(r, 2),
        intent_id=intent_id,
    )


def exit_over(
    state: State, name: Name, why: str, out: Outbox, rules: Rules, *, pause_s: int = 0
) -> None:
    """Take it that an exit ended with shares left: hold on and ask again after a pause.

    The pause doubles with each failure in a row, up to where it is shouted about.
    """
    phase = name.phase
    assert isinstance(phase, PendingExit)
    exits = rules.exits
    name.exit_failures = min(name.exit_failures + 1, 16)
    doubled_s = exits.retry_s * 2 ** (name.exit_failures - 1)
    pause_s = max(pause_s, min(doubled_s, exits.alert_after_s))
    name.phase = InPosition(phase.position, state.now_ns + pause_s * SECOND_NS)
    out.warn("Exit not done, will be asked for again", name.symbol, why=why)


def _mind_pending(state: State, name: Name, phase: PendingExit, out: Outbox, rules: Rules) -> None:
    if state.now_ns - phase.alerted_ns < rules.exits.alert_after_s * SECOND_NS:
        return
    name.phase = replace(phase, alerted_ns=state.now_ns)
    out.warn(
        "Exit outlives its time",
        name.symbol,
        reason=phase.position.exit_reason,
        waiting_s=seconds(state.now_ns - phase.since_ns),
    )


def _ask_price(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    tape, now_ns = name.tape, state.now_ns
    if tape.silent_since_ns is None:
        tape.silent_since_ns = now_ns
        state.health.silences += 1
        out.warn("Price feed silent, asking over REST", name.symbol, age_s=tape.age_s(now_ns))
    if now_ns - tape.quote_asked_ns < rules.exits.quote_every_s * SECOND_NS:
        return
    tape.quote_asked_ns = now_ns
    out.ask(AskQuote(f"price-{name.symbol}-{now_ns // SECOND_NS}", name.symbol))
