"""What the OMS's word on orders and shares means for a symbol's setup."""

from dataclasses import replace

from strategy_kpr.decision.exits import half_sold
from strategy_kpr.decision.gates import stopped
from strategy_kpr.decision.phases import Accepting, Detected, Done
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.setups import invalidate
from strategy_kpr.decision.state import Name, State
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import (
    Closed,
    EntryApproved,
    EntryDeferred,
    EntryMissed,
    EntryRefused,
    ExitFailed,
    News,
    Opened,
    PartSold,
    Resumed,
)


def on_news(state: State, name: Name, news: News, out: Outbox, rules: Rules) -> None:
    """Take what happened to a symbol's orders and shares."""
    state.listen_stale = True
    symbol, phase = name.symbol, name.phase
    match news:
        case EntryApproved(shares=shares):
            state.funnel.reach("approved", symbol, state.now_ns)
            intent_id = name.trading.signal_id
            out.say(f"Entry ACCEPTED qty={shares} intent_id={intent_id}", symbol)
        case EntryDeferred(retry_ns=retry_ns, why=why):
            if isinstance(phase, Accepting):
                name.phase = replace(phase, retry_ns=retry_ns)
                stopped(state, name, phase.setup, "deferred", out, rules, reason=why)
        case EntryRefused():
            _refused(state, name, news, out, rules)
        case EntryMissed(why=why):
            out.say("Order timeout", symbol, why=why)
            if isinstance(phase, Detected | Accepting):
                stopped(state, name, phase.setup, "missed_fill", out, rules, reason=why)
        case Opened(position=position, adopted=adopted):
            name.phase = Done()
            name.part_left = None
            # A stop at the entry or above is where the partial target has put it.
            name.partial = adopted and position.guard_krw >= position.entry_krw
            state.funnel.reach("filled", symbol, state.now_ns)
            out.say("Entry fill confirmed", symbol, shares=position.shares, adopted=adopted)
        case Resumed():
            name.phase = Done()
        case PartSold(position=position):
            if position.exit_reason == "partial_target":
                half_sold(state, name, out)
        case ExitFailed(why=why):
            state.health.last_error = f"{symbol}: exit not done, {why}"[:200]
        case Closed():
            name.phase = Done()
            state.funnel.reach("closed", symbol, state.now_ns)


def _refused(state: State, name: Name, news: EntryRefused, out: Outbox, rules: Rules) -> None:
    phase, most = name.phase, rules.gates.refusals_max
    if not isinstance(phase, Accepting):
        return
    count = phase.refusals + 1
    name.phase = replace(phase, refusals=count)
    out.warn(f"Entry REJECTED ({count}/{most})", name.symbol, why=news.why, controls=news.controls)
    stopped(state, name, phase.setup, "refused", out, rules, reason=news.why or "refused")
    if news.frozen:
        invalidate(state, name, "frozen", out)
    elif count >= most:
        invalidate(state, name, "refused", out)
