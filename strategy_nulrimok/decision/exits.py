"""How a held position is followed and sold: by what the OMS says is held, never by a watchlist.

The stop is watched with every price, the rules with every bar, once more before the close, and at
the open where smart money has turned. What has been decided stays decided: an exit that was
refused or ended unfilled is asked for again until the OMS says that nothing is held.
"""

from dataclasses import replace
from datetime import date
from math import floor

import msgspec

from kis_core.market.instants import SECOND_NS, date_of
from kis_core.market.ticks import order_price_krw, round_down
from strategy_nulrimok.decision.entry import mind_resting
from strategy_nulrimok.decision.exit_rules import (
    PARTIAL,
    REPRICE,
    REVERSAL,
    Times,
    bar_reason,
    close_reason,
    covers,
    part_of,
    stop_reason,
    trail_krw,
    urgency_of,
)
from strategy_nulrimok.decision.halves import Half
from strategy_nulrimok.decision.held import Held, after_bar
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.state import Name, State
from strategy_nulrimok.decision.times import sessions_held
from strategy_runtime.decision.asking import (
    leave,
    mind_exit,
    mind_stop,
    move_stop,
    sell_part,
    withdraw_exit,
)
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.position import Position, seen
from strategy_runtime.decision.trading import InPosition, PendingExit


def on_bar(
    state: State, name: Name, half: Half, out: Outbox, rules: Rules, *, decides: bool
) -> None:
    """Take a completed bar of a position; sell where a rule says so, and the bar `decides`."""
    position, held, bar = name.trading.position, name.held, half.bar
    assert position is not None
    assert held is not None
    if not covers(bar, position.entered_ns) or _in_doubt(state, name, bar.close_krw, out, rules):
        return
    if name.resting is not None:
        mind_resting(state, name, half, out, rules)
    if bar.start_ns >= position.entered_ns:
        position = seen(seen(position, bar.high_krw), bar.low_krw)
        _keep(name, position)
    held = after_bar(held, bar, position.entry_krw, state.day.date, rules.exits)
    if name.held is not None and held.kind != name.held.kind:
        out.say(f"Setup classified {held.kind}", name.symbol, bars=held.bars)
    times = times_held(state, name, held, position)
    name.held = held
    if not decides or held.leaving or not may_sell(state, name):
        return
    reason = bar_reason(held, position, half, times, rules.exits)
    if reason == PARTIAL:
        _sell_part(state, name, half, out, rules)
    elif reason is not None:
        go(state, name, reason, out, price_krw=bar.close_krw)
    else:
        _raise_stop(state, name, half, out, rules)


def on_price(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Follow a position's price: its stop, and an exit that is on its way."""
    if not state.times.open_ns <= state.now_ns < state.times.close_ns:
        return
    price = state.silences.price_of(name.symbol, name.heard, state.now_ns, out, rules.price)
    position = name.trading.position
    assert position is not None
    assert name.held is not None
    if price is not None and _in_doubt(state, name, price, out, rules):
        price = None
    if price is not None:
        position = seen(position, price)
        _keep(name, position)
    mind_stop(state.desk, name.trading, state.now_ns, out)
    standing = name.trading.standing
    if isinstance(standing, PendingExit):
        mind_exit(state.desk, name.trading, state.now_ns, out)
        _reprice(state, name, standing, out, rules)
        return
    if not may_sell(state, name):
        return
    if name.held.leaving:
        go(state, name, name.held.leaving, out, price_krw=price)
    elif price is not None and (reason := stop_reason(name.held, position, price)) is not None:
        go(state, name, reason, out, price_krw=price)


def at_close(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Decide once, before the close, whether a position goes on overnight."""
    if name.closing_judged or name.held is None or not may_sell(state, name):
        return
    price = state.silences.price_of(name.symbol, name.heard, state.now_ns, out, rules.price)
    position = name.trading.position
    if price is None or position is None or _in_doubt(state, name, price, out, rules):
        return
    name.closing_judged = True
    times = times_held(state, name, name.held, position)
    reason = close_reason(name.held, position, price, times, rules.exits)
    if reason is not None and not name.held.leaving:
        go(state, name, reason, out, price_krw=price)


def at_open(state: State, name: Name, out: Outbox, rules: Rules, *, last: bool) -> None:
    """Leave where smart money has turned, at a limit; `last`: the window ends, price or not."""
    flagged = state.artifact is not None and state.artifact.flow_reversal.get(name.symbol) is True
    if not flagged or name.reversal_ns is not None or not may_sell(state, name):
        return
    price = state.silences.price_of(name.symbol, name.heard, state.now_ns, out, rules.price)
    if price is None and not last:
        return
    limit = None
    if price is not None:
        limit = order_price_krw("SELL", floor(price * (1 - rules.reversal.limit_below)))
    name.reversal_ns = state.now_ns
    go(state, name, REVERSAL, out, price_krw=price, limit_krw=limit)


def _reprice(state: State, name: Name, standing: PendingExit, out: Outbox, rules: Rules) -> None:
    """Take a limit back that has found no buyer at the open: what is left goes at the market."""
    if name.reversal_ns is None or standing.position.exit_reason != REVERSAL:
        return
    if state.now_ns - name.reversal_ns >= rules.reversal.reprice_s * SECOND_NS:
        name.reversal_ns = state.now_ns
        assert name.held is not None
        name.held = msgspec.structs.replace(name.held, leaving=REPRICE)
        out.say("Flow reversal repriced", name.symbol, intent_id=standing.intent_id)
        withdraw_exit(state.desk, name.trading, REPRICE, out)


def go(
    state: State,
    name: Name,
    reason: str,
    out: Outbox,
    *,
    price_krw: int | None = None,
    limit_krw: int | None = None,
) -> None:
    """Ask for all of it to be sold, and remember why until it is."""
    assert name.held is not None
    name.held = msgspec.structs.replace(name.held, leaving=reason)
    leave(
        state.desk,
        name.trading,
        reason,
        state.now_ns,
        out,
        urgency=urgency_of(reason),
        price_krw=price_krw,
        limit_krw=limit_krw,
    )


def may_sell(state: State, name: Name) -> bool:
    """Whether an exit may be asked for now: nothing is on its way, and no pause is kept."""
    standing = name.trading.standing
    in_session = state.times.open_ns <= state.now_ns < state.times.close_ns
    return in_session and isinstance(standing, InPosition) and state.now_ns >= standing.retry_ns


def times_held(state: State, name: Name, held: Held, position: Position) -> Times:
    """Return how long a position has been held, by the trading calendar."""
    entered = date_of(position.entered_ns)
    return Times(
        sessions=sessions_held(entered, state.day),
        stalled=sessions_held(date.fromisoformat(held.best_date), state.day),
        orphan=state.is_orphan(name.symbol),
    )


def _sell_part(state: State, name: Name, half: Half, out: Outbox, rules: Rules) -> None:
    position, held = name.trading.position, name.held
    assert position is not None
    assert held is not None
    part = part_of(position.shares, held.part_left, rules.exits)
    if part == 0:
        # Too few shares to divide: all of them are the rest.
        name.held = msgspec.structs.replace(held, partial=True, part_left=None)
        _raise_stop(state, name, half, out, rules)
        return
    left = position.shares - part
    name.held = msgspec.structs.replace(held, part_left=left)
    sell_part(state.desk, name.trading, part, PARTIAL, state.now_ns, out)


def on_part_sold(state: State, name: Name, out: Outbox, rules: Rules) -> None:
    """Go on with the rest: its stop follows the trail from now on."""
    assert name.held is not None
    name.held = msgspec.structs.replace(name.held, partial=True, part_left=None)
    if name.half is not None:
        _raise_stop(state, name, name.half, out, rules)


def _raise_stop(state: State, name: Name, half: Half, out: Outbox, rules: Rules) -> None:
    """Let the OMS's stop follow the trail of a partly sold position, where it lies below now."""
    position, held = name.trading.position, name.held
    assert position is not None
    assert held is not None
    if not held.partial:
        return
    trail = trail_krw(held, position, half, rules.exits)
    if trail is None:
        return
    stop = round_down(floor(trail))
    now_krw = name.heard.price_krw or half.bar.close_krw
    if position.guard_krw < stop < min(now_krw, half.bar.close_krw):
        move_stop(state.desk, name.trading, stop, "trail", out)


def _in_doubt(state: State, name: Name, price_krw: int, out: Outbox, rules: Rules) -> bool:
    """Whether a price is further from the last day's close than a day can go: a split, perhaps.

    Nothing is concluded from it until the OMS says what is held, and at which stop.
    """
    before = name.before_krw
    doubt = before is not None and abs(price_krw - before) > rules.exits.jump_max * before
    if doubt and not name.in_doubt:
        why = f"{name.symbol}: {price_krw} after a close of {before}: split or not, OMS must say"
        out.warn("Scale in doubt, no exit by price", name.symbol, why=why)
        state.health.last_error = why
    name.in_doubt = doubt
    return doubt


def _keep(name: Name, position: Position) -> None:
    standing = name.trading.standing
    if isinstance(standing, InPosition | PendingExit) and position is not standing.position:
        name.trading.standing = replace(standing, position=position)
