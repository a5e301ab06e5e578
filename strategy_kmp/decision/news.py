"""What the OMS's word means for a setup."""

from dataclasses import replace

from oms_client.contract import OrderAccepted, OrderClosed, OrderFilled
from strategy_kmp.decision.entry import finish, unfilled
from strategy_kmp.decision.missed import note_missed
from strategy_kmp.decision.phases import Done, WaitAcceptance
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import Name, State
from strategy_runtime.contract import BooksRead, OmsTold
from strategy_runtime.decision.hearing import hear
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.trading import (
    Closed,
    EntryApproved,
    EntryDeferred,
    EntryMissed,
    EntryRefused,
    Flat,
    News,
    Opened,
    Resumed,
)


def hear_oms(state: State, event: OmsTold, out: Outbox, rules: Rules) -> None:
    """Take what the OMS's side tells."""
    _count(state, event)
    for trading, news in hear(state.desk, event, state.now_ns, out):
        _follow(state, state.names[trading.symbol], news, out, rules)
    if isinstance(event, BooksRead):
        for name in state.names.values():  # entered today, by a journal that is lost
            if name.trading.traded and type(name.trading.standing) is Flat:
                name.phase = name.phase if isinstance(name.phase, Done) else Done("traded today")


def _count(state: State, event: OmsTold) -> None:
    match event:
        case OrderAccepted(symbol=symbol, intent_id=intent_id) if symbol in state.names:
            if intent_id in state.names[symbol].trading.entries_open:
                state.funnel.reach("accepted", symbol, state.now_ns)
        case OrderFilled(symbol=symbol, side="BUY") if symbol in state.names:
            state.funnel.reach("filled", symbol, state.now_ns)
        case OrderClosed():
            state.listen_stale = True
        case _:
            pass


def _follow(state: State, name: Name, news: News, out: Outbox, rules: Rules) -> None:
    symbol, now_ns = name.symbol, state.now_ns
    match news:
        case EntryApproved():
            state.funnel.reach("approved", symbol, now_ns)
        case EntryDeferred(retry_ns=retry_ns, why=why):
            if isinstance(name.phase, WaitAcceptance):
                name.phase = replace(name.phase, retry_ns=retry_ns)
            note_missed(state, name, "deferred", why, out, rules)
            state.funnel.stop("deferred", symbol, now_ns)
        case EntryRefused(why=why):
            finish(state, name, "refused", "Entry rejected", out, rules, why=why)
        case EntryMissed(why=why):
            unfilled(state, name, why, out, rules)
        case Opened() | Resumed():
            name.phase = Done("entered")
            state.funnel.reach("filled", symbol, now_ns)
            state.listen_stale = True
        case Closed(trip=trip):
            name.phase = Done(trip.exit_reason)
            state.funnel.reach("closed", symbol, now_ns)
            state.listen_stale = True
        case _:
            pass  # a part is never sold, and a failed exit is asked for again
