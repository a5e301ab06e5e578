"""What the OMS's word on a symbol means for its setup and for what is known of its position."""

from kis_core.market.instants import date_of
from strategy_nulrimok.decision import entry, exits
from strategy_nulrimok.decision.halves import Usual
from strategy_nulrimok.decision.held import Held, at_scale
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.setups import PendingFill, Triggered
from strategy_nulrimok.decision.state import Name, State
from strategy_nulrimok.decision.watch import basis, learn
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.position import Position
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
    Rescaled,
    Resumed,
)


def on_news(state: State, name: Name, news: News, out: Outbox, rules: Rules) -> None:
    """Take one piece of news."""
    match news:
        case EntryApproved(signal=signal, shares=shares):
            state.funnel.reach("approved", name.symbol, state.now_ns)
            out.say("Entry submitted, awaiting fill", name.symbol, shares=shares,
                    asked=signal.shares)  # fmt: skip
        case EntryDeferred():
            entry.on_deferred(state, name, news)
        case EntryRefused():
            entry.on_refused(state, name, news, out, rules)
        case EntryMissed():
            entry.on_missed(state, name, news, out)
        case Opened(position=position, adopted=adopted):
            _opened(state, name, position, out, adopted=adopted)
        case Resumed():
            _resumed(state, name)
        case Rescaled(position=position):
            if name.held is not None:
                _on_scale(state, name, name.held, position)
        case PartSold():
            exits.on_part_sold(state, name, out, rules)
        case ExitFailed():
            pass  # why it is to be sold is remembered, and pursued
        case Closed(trip=trip):
            name.held, name.setup, name.reversal_ns = None, Triggered(), None
            name.before_krw, name.in_doubt = None, False
            state.carried_held.pop(name.symbol, None)
            state.funnel.reach("closed", name.symbol, state.now_ns)
            out.say(f"Exit fill, {trip.exit_reason}", name.symbol, realised=trip.realised_krw)
    state.listen_stale = True


def _opened(state: State, name: Name, position: Position, out: Outbox, *, adopted: bool) -> None:
    known = state.carried_held.pop(name.symbol, None)
    fresh = Held(None, None, None, date_of(position.entered_ns).isoformat())
    candidate = name.candidate
    if known is not None:
        name.held = known
    elif candidate is not None and candidate.avwap_ref_krw is not None:
        name.held = basis(candidate, fresh)
    else:
        name.held = fresh
    confirmed = isinstance(name.setup, PendingFill)
    name.setup = Triggered()
    state.funnel.reach("filled", name.symbol, state.now_ns)
    phrase = "Recovered position" if adopted else "Fill confirmed"
    out.say(
        phrase,
        name.symbol,
        shares=position.shares,
        entry=round(position.entry_krw, 2),
        stop=position.guard_krw,
        awaited=confirmed,
        sessions=exits.times_held(state, name, name.held, position).sessions,
    )


def _resumed(state: State, name: Name) -> None:
    position = name.trading.position
    assert position is not None
    fresh = Held(None, None, None, date_of(position.entered_ns).isoformat())
    held = state.carried_held.pop(name.symbol, fresh)
    name.before_krw = held.closes[-1] if held.closes else None
    name.setup = Triggered()
    _on_scale(state, name, held, position)


def _on_scale(state: State, name: Name, held: Held, position: Position) -> None:
    """Bring what is known to the position's scale; today's selection is on the new one already."""
    if held.scale != position.scale:
        if name.before_krw is not None:
            name.before_krw = round(name.before_krw * held.scale / position.scale)
        name.split, name.in_doubt = True, False
        if name.usual is not None:
            name.usual = Usual({}, (), name.usual.days)
    name.held = at_scale(held, position.scale)
    learn(state, name)
