"""When a position ends, by completed minutes; its stop and its trail by every price.

    close at or below the stop           hard_stop       all
    close at or below the trail          trailing_stop   all
    R reaches the partial target         partial_target  half, and the stop goes up to the entry
    R reaches the full target            full_target     all
    held too long below an R             time_stop       all
    the day's end                        flatten_time    all, again until nothing is held

R is after costs. The OMS holds the stop as well and sells on it when nobody of us looks. An exit
that fails is asked for again, at growing pauses, without end.
"""

from dataclasses import replace
from math import ceil

from kis_core.market.ticks import stop_price_krw
from strategy_kpr.decision.gates import full_target_r
from strategy_kpr.decision.order import flow_of
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.state import Name, State
from strategy_runtime.decision.asking import leave, mind_exit, mind_stop, move_stop, sell_part
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.position import Position, seen, trailed
from strategy_runtime.decision.trading import InPosition, PendingExit

FLATTEN = "flatten_time"


def watch(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Follow a position's price: stop, trail, and the day's end."""
    trading = name.trading
    price = state.silences.price_of(name.symbol, name.heard, state.now_ns, out, rules.price)
    if price is not None:
        _see(name, price)
    mind_stop(state.desk, trading, state.now_ns, out)
    standing = trading.standing
    if isinstance(standing, PendingExit):
        mind_exit(state.desk, trading, state.now_ns, out)
        return
    if not isinstance(standing, InPosition) or state.now_ns < standing.retry_ns:
        return
    position = standing.position
    if state.now_ns >= state.times.flatten_ns:
        sell_all(state, name, FLATTEN, price, out)
    elif price is not None and price <= position.stop_krw:
        sell_all(state, name, "hard_stop", price, out)
    elif price is not None and _under_trail(position, price):
        sell_all(state, name, "trailing_stop", price, out)


def on_close(state: State, name: Name, close_krw: int, out: Outbox, rules: Rules) -> None:
    """Take a completed minute's close: raise the trail, then the rules in order."""
    standing = name.trading.standing
    if not isinstance(standing, InPosition):
        return
    _see(name, close_krw)
    _raise_trail(state, name, close_krw, rules)
    standing = name.trading.standing
    assert isinstance(standing, InPosition)
    if state.now_ns < standing.retry_ns:
        return
    position = standing.position
    reason = exit_reason(state, name, position, close_krw, rules)
    if reason == "partial_target":
        _sell_half(state, name, position, close_krw, out)
    elif reason is not None:
        sell_all(state, name, reason, close_krw, out)


def exit_reason(
    state: State, name: Name, position: Position, close_krw: int, rules: Rules
) -> str | None:
    """Return why a position, or half of it, ends at a close; None where it goes on."""
    exits, r = rules.exits, position.r_net(close_krw)
    if close_krw <= position.stop_krw:
        return "hard_stop"
    if _under_trail(position, close_krw):
        return "trailing_stop"
    if r is None:
        return None  # its stop is at the entry or above: nothing is at risk, the trail decides
    if r >= exits.partial_r and not name.partial:
        return "partial_target"
    if r >= full_target_r(name, position.entry_krw, exits):
        return "full_target"
    held_min = position.held_min(state.now_ns)
    return "time_stop" if held_min >= exits.time_stop_min and r < exits.time_stop_r else None


def trail_of(position: Position, close_krw: int, pressed: bool, rules: Rules) -> float | None:
    """Return where the trail goes at a close; None where it stays."""
    exits, r = rules.exits, position.r_net(close_krw)
    if r is not None and r < exits.trail_from_r:
        return None
    share = exits.trail_share_pressed if pressed else exits.trail_share
    return position.entry_krw + share * (position.best_krw - position.entry_krw)


def sell_all(state: State, name: Name, reason: str, price: int | None, out: Outbox) -> None:
    """Ask the OMS to sell all that is held."""
    position = name.trading.position
    assert position is not None
    out.say(f"Exit {reason}, qty={position.shares}", name.symbol, price=price)
    leave(
        state.desk, name.trading, reason, state.now_ns, out,
        flatten=reason == FLATTEN, price_krw=price,
    )  # fmt: skip
    state.listen_stale = True


def half_sold(state: State, name: Name, out: Outbox) -> None:
    """Take it that half of a position was sold at its target: nothing is at risk any more."""
    name.partial, name.part_left = True, None
    standing = name.trading.standing
    if not isinstance(standing, InPosition | PendingExit):
        return
    position = trailed(standing.position, standing.position.entry_krw)
    name.trading.standing = replace(standing, position=position)
    entry = stop_price_krw(ceil(position.entry_krw))
    move_stop(state.desk, name.trading, entry, "partial_target", out)


def _sell_half(state: State, name: Name, position: Position, price: int, out: Outbox) -> None:
    if name.part_left is None:
        name.part_left = position.shares - position.shares // 2
    shares = position.shares - name.part_left
    if shares <= 0:  # one share has no half, or what was asked for before has been sold since
        half_sold(state, name, out)
        return
    sell_part(state.desk, name.trading, shares, "partial_target", state.now_ns, out)


def _see(name: Name, price: int) -> None:
    standing = name.trading.standing
    if isinstance(standing, InPosition | PendingExit):
        position = seen(standing.position, price)
        if position is not standing.position:
            name.trading.standing = replace(standing, position=position)


def _raise_trail(state: State, name: Name, close_krw: int, rules: Rules) -> None:
    standing = name.trading.standing
    assert isinstance(standing, InPosition)
    pressed = flow_of(state, name, rules).verdict == "DISTRIBUTE" or (
        name.pressure is not None and name.pressure.lean == "DISTRIBUTE"
    )
    trail = trail_of(standing.position, close_krw, pressed, rules)
    if trail is not None:
        position = trailed(standing.position, trail)
        name.trading.standing = replace(standing, position=position)


def _under_trail(position: Position, price: int) -> bool:
    return price <= position.trail_krw and position.trail_krw > position.stop_krw
