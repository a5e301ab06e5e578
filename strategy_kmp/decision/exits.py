"""When a position ends: the rules in order, the first that matches sells all of it.

Prices that are too old decide nothing; a position whose feed is silent gets its price over REST.
An exit that was refused or ended unfilled is asked for again, under a new name, until the OMS says
that nothing is held.
"""

from dataclasses import replace

from strategy_kmp.decision.rules import ExitRules, Rules
from strategy_kmp.decision.state import Name, State
from strategy_runtime.decision.asking import leave, mind_exit, mind_stop
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.position import Position, seen, trailed
from strategy_runtime.decision.trading import InPosition, PendingExit

FLATTEN = "flatten_time"


def hold(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Follow a position; sell it when a rule says so."""
    standing, heard, now_ns = name.trading.standing, name.heard, state.now_ns
    assert isinstance(standing, InPosition | PendingExit)
    position = standing.position
    price = state.silences.price_of(name.symbol, heard, now_ns, out, rules.prices)
    if price is not None:
        position = seen(position, price)
        imbalance = heard.imbalance.at(now_ns)
        pressed = state.program.lean == "outflow" or (imbalance is not None and imbalance < 0)
        position = trailed(position, trail_krw(position, now_ns, rules.exits, pressed=pressed))
    if position is not standing.position:
        name.trading.standing = standing = replace(standing, position=position)
    mind_stop(state.desk, name.trading, now_ns, out)
    if isinstance(standing, PendingExit):
        mind_exit(state.desk, name.trading, now_ns, out)
    elif now_ns >= standing.retry_ns:
        reason = exit_reason(state, name, position, price, rules)
        if reason is not None:
            leave(
                state.desk,
                name.trading,
                reason,
                now_ns,
                out,
                flatten=reason == FLATTEN,
                price_krw=heard.price_krw,
            )


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
        held, vwap, scan = position.held_min(state.now_ns), name.heard.vwap.krw, name.scan
        below = scan is not None and vwap is not None and price_krw < min(scan.high_krw, vwap)
        if held < exits.acceptance_min and below:
            return "acceptance_failure"
        r = position.r_net(price_krw)
        if held >= exits.stall_min and r is not None and r < exits.stall_r:
            return "stall_scratch"
        if price_krw <= position.trail_krw and position.best_krw > position.entry_krw:
            return "trailing_stop"
    return FLATTEN if state.now_ns >= state.times.flatten_ns else None


def trail_krw(position: Position, now_ns: int, rules: ExitRules, *, pressed: bool) -> float:
    """Return where the trail lies by now, in KRW: a share of the best move that grows with time.

    `pressed`: program trading flows out, or the prints sell.
    """
    late_min = max(0.0, position.held_min(now_ns) - rules.trail_from_min)
    share = min(rules.trail_share + rules.trail_per_min * late_min, rules.trail_share_max)
    if pressed:
        share = max(share, rules.trail_share_pressed)
    return position.entry_krw + share * (position.best_krw - position.entry_krw)
