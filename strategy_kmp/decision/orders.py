"""What the OMS tells, and what it makes of a symbol's phase.

Shares are the OMS's word alone: an allocation above zero is a position whatever phase we were in,
zero is none. Orders explain how it came about, and say when another may be asked for.
"""

from dataclasses import replace
from datetime import UTC, datetime
from math import floor

from kis_core.market.costs import round_trip_cost_ratio
from kis_core.market.instants import SECOND_NS
from kis_core.market.ticks import round_down
from oms_client.contract import (
    AllocationChanged,
    AllocationView,
    IntentResult,
    IntentStatus,
    ModifyRisk,
    OrderAccepted,
    OrderClosed,
    OrderFilled,
    OrderState,
    OrderView,
    StopFired,
)
from strategy_kmp.decision.entry import SETUP, finish, missed
from strategy_kmp.decision.exits import exit_over
from strategy_kmp.decision.phases import Armed, Done, InPosition, PendingExit, WaitAcceptance
from strategy_kmp.decision.position import Position
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import Bought, Name, State
from strategy_kmp.decision.universe import market_of
from strategy_runtime.contract import BooksRead, Fact, IntentUnanswered, RoundTrip
from strategy_runtime.decision.outbox import Outbox, seconds

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_OVER = (OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED)


def on_decided(state: State, name: Name, result: IntentResult, out: Outbox, rules: Rules) -> None:
    """Take the OMS's decision on an intent. It may be told twice; the second changes nothing."""
    intent_id, phase = result.intent_id, name.phase
    if result.status is not IntentStatus.APPROVED:
        name.entries_open.pop(intent_id, None)
    if isinstance(phase, Armed) and phase.intent_id == intent_id:
        _entry_decided(state, name, phase, result, out, rules)
    elif isinstance(phase, PendingExit) and phase.intent_id == intent_id:
        if result.status is IntentStatus.APPROVED:
            name.exit_failures = 0
            return
        # Nothing to send means that it is being sold already, or is gone: the stream tells which.
        already = result.status is IntentStatus.DONE
        pause_s = rules.exits.alert_after_s if already else 0
        why = f"Exit {result.status}: {result.message}"
        exit_over(state, name, why, out, rules, pause_s=pause_s)


def _entry_decided(
    state: State, name: Name, phase: Armed, result: IntentResult, out: Outbox, rules: Rules
) -> None:
    match result.status:
        case IntentStatus.APPROVED:
            if phase.approved:
                return
            name.phase = replace(phase, approved=True)
            state.funnel.reach("approved", name.symbol, state.now_ns)
            asked, given = phase.plan.shares, result.approved_shares
            if given is not None and given < asked:
                out.say("Entry scaled by the OMS", name.symbol, asked=asked, approved=given)
        case IntentStatus.DEFERRED:
            retry_ns = state.now_ns + rules.entry.retry_s * SECOND_NS
            if result.retry_at is not None:
                retry_ns = max(retry_ns, _ns(result.retry_at))
            name.phase = replace(phase.wait, retry_ns=retry_ns)
            state.funnel.stop("deferred", name.symbol, state.now_ns)
            out.say("Entry DEFERRED", name.symbol, why=result.message, controls=_controls(result))
        case _:
            out.say("Entry rejected", name.symbol, why=result.message, controls=_controls(result))
            finish(state, name, "refused", "Entry rejected", out, why=result.message)


def on_unanswered(
    state: State, name: Name, told: IntentUnanswered, out: Outbox, rules: Rules
) -> None:
    """Take it that an intent has no answer: it may have arrived, and is being asked again."""
    phase = name.phase
    if isinstance(phase, Armed) and phase.intent_id == told.intent_id:
        out.warn("Entry submission failed", name.symbol, why=told.why)
        if told.final:
            name.entries_open.pop(told.intent_id, None)
            finish(state, name, "refused", "Entry rejected", out, why=told.why)
    elif isinstance(phase, PendingExit) and phase.intent_id == told.intent_id:
        out.warn("Exit submission failed", name.symbol, why=told.why)
        if told.final:
            exit_over(state, name, told.why, out, rules)


def on_accepted(state: State, name: Name, event: OrderAccepted) -> None:
    """Take it that the broker has an order."""
    if event.intent_id in name.entries_open:
        state.funnel.reach("accepted", name.symbol, state.now_ns)


def on_filled(state: State, name: Name, event: OrderFilled) -> None:
    """Take a fill: the only source of prices paid. Shares held come from allocations."""
    phase = name.phase
    if event.side == "BUY":
        bought = name.bought
        bought.shares += event.shares
        bought.value_krw += event.value_krw
        bought.costs_krw += event.cost_krw
        state.funnel.reach("filled", name.symbol, state.now_ns)
        if isinstance(phase, InPosition | PendingExit):
            name.phase = replace(phase, position=_averaged(phase.position, bought, event.cost_krw))
    elif isinstance(phase, InPosition | PendingExit):
        position = replace(
            phase.position,
            sold=phase.position.sold + event.shares,
            sold_value_krw=phase.position.sold_value_krw + event.value_krw,
            costs_krw=phase.position.costs_krw + event.cost_krw,
        )
        name.phase = replace(phase, position=position)


def on_closed(state: State, name: Name, event: OrderClosed, out: Outbox, rules: Rules) -> None:
    """Take the end of an order."""
    phase = name.phase
    if event.side == "BUY":
        name.entries_open.pop(event.intent_id or "", None)
        # Filled shares show as an allocation; here it is the order that ended with none.
        if not (isinstance(phase, Armed) and phase.intent_id == event.intent_id) or event.filled:
            return
        if event.state is OrderState.REJECTED:
            out.say("Entry rejected", name.symbol, why=event.why, code=event.refusal_code)
            finish(state, name, "refused", "Entry rejected", out, why=event.why)
        else:
            missed(state, name, phase, event.why, out, rules)
    elif isinstance(phase, PendingExit) and event.state is not OrderState.FILLED:
        # Ours or the OMS's own stop: shares are left that nobody sells now.
        exit_over(state, name, f"{event.state}: {event.why}", out, rules)


def on_stop(state: State, name: Name, event: StopFired, out: Outbox) -> None:
    """Take it that the OMS sells on the protective stop."""
    phase = name.phase
    out.say("Exit triggered - oms_stop", name.symbol, stop=event.stop_krw, price=event.price_krw)
    if isinstance(phase, InPosition):
        position = replace(phase.position, exit_reason="oms_stop")
        name.phase = PendingExit(position, None, event.order_id, state.now_ns, state.now_ns)
    elif isinstance(phase, PendingExit):
        name.phase = replace(phase, order_id=event.order_id)


def on_allocation(
    state: State, name: Name, event: AllocationChanged, out: Outbox, rules: Rules
) -> None:
    """Take what is held now."""
    phase = name.phase
    if isinstance(phase, InPosition | PendingExit):
        position = replace(
            phase.position,
            shares=event.shares,
            bought=max(phase.position.bought, event.shares, name.bought.shares),
            realised_krw=phase.position.realised_krw + event.realised_krw,
        )
        name.phase = replace(phase, position=position)
        if event.shares == 0:
            _close(state, name, position, event.why, out)
    elif event.shares > 0:
        average = event.cost_krw / event.shares
        _open(state, name, event.shares, average, event.stop_krw, state.now_ns, out, rules)


def on_books(state: State, books: BooksRead, out: Outbox, rules: Rules) -> None:
    """Take what the OMS answered when asked: positions are added from it, never taken away.

    What has gone since is told by the stream, which is followed from before these books.
    """
    state.account = books.account
    state.books_read |= books.allocations is not None
    for order in books.orders or ():
        name = state.names.get(order.symbol)
        if name is not None and order.side == "BUY":
            _order_known(name, order)
    for allocation in books.allocations or ():
        name = state.names.get(allocation.symbol)
        if name is not None and allocation.shares > 0 and not name.holds:
            _adopt(state, name, allocation, out, rules)


def _order_known(name: Name, order: OrderView) -> None:
    """Take an entry of today that our own journal does not have."""
    if order.intent_id is None or order.intent_id in name.entries_open:
        return
    if order.state not in _OVER:
        name.entries_open[order.intent_id] = None
    if order.filled and not name.traded and not name.holds:
        name.traded = True
        name.phase = Done("traded today")


def _adopt(state: State, name: Name, allocation: AllocationView, out: Outbox, rules: Rules) -> None:
    entered_ns = _ns(allocation.entered_at) if allocation.entered_at else state.now_ns
    average = allocation.average_krw or allocation.cost_krw / allocation.shares
    stop = allocation.stop_krw
    _open(state, name, allocation.shares, average, stop, entered_ns, out, rules)
    out.say("Reconciled to IN_POSITION", name.symbol, shares=allocation.shares, stop=stop)


def _open(
    state: State,
    name: Name,
    shares: int,
    average_krw: float,
    stop_krw: int | None,
    entered_ns: int,
    out: Outbox,
    rules: Rules,
) -> None:
    """Begin a position: the first shares are there."""
    bought, plan = name.bought, name.plan
    entry = bought.value_krw / bought.shares if bought.shares else average_krw
    expected = isinstance(name.phase, Armed | WaitAcceptance)
    stop = stop_krw or (plan.stop_krw if plan else None)
    if stop is None:
        # A position without a stop is not left so: the usual distance, and the OMS told of it.
        stop = round_down(floor(entry * (1 - rules.entry.hard_stop_atr * rules.entry.atr_fallback)))
        name.cancels += 1
        intent_id = state.intent_id(name.symbol, "stop", name.cancels)
        out.submit(
            ModifyRisk(
                intent_id=intent_id, symbol=name.symbol, stop_krw=stop, reason="adopted unprotected"
            )
        )
    facts: tuple[tuple[str, Fact], ...] = name.facts
    if plan is not None and expected:
        facts = (
            *facts,
            ("signal_to_fill_s", seconds(entered_ns - name.signal_ns)),
            ("slippage_krw", round(entry - plan.trigger_krw, 2)),
            ("missed_before", name.missed),
        )
    position = Position(
        trip_id=f"{state.strategy_id}:{name.symbol}:{state.day.date}:{name.attempts}",
        shares=shares,
        bought=shares,
        entry_krw=entry,
        stop_krw=stop,
        cost_ratio=round_trip_cost_ratio(
            market_of(name.quote), state.times.day, rules.commission_ppm
        ),
        entered_ns=entered_ns,
        entry_reason=SETUP if expected else "adopted",
        setup=SETUP,
        best_krw=entry,
        worst_krw=entry,
        trail_krw=float(stop),
        costs_krw=bought.costs_krw,
        facts=facts,
    )
    name.phase = InPosition(position)
    name.traded = True
    state.funnel.reach("filled", name.symbol, state.now_ns)
    state.listen_stale = True
    out.say(
        f"Fill detected, IN_POSITION @ {entry:.0f} qty={shares}",
        name.symbol,
        stop=stop,
        adopted=not expected,
    )


def _averaged(position: Position, bought: Bought, cost_krw: int) -> Position:
    """Return the position with more of its entry filled, for `cost_krw` of commission."""
    entry = bought.value_krw / bought.shares
    return replace(
        position,
        entry_krw=entry,
        bought=max(position.bought, bought.shares),
        best_krw=max(position.best_krw, entry),
        worst_krw=min(position.worst_krw, entry),
        costs_krw=position.costs_krw + cost_krw,
    )


def _close(state: State, name: Name, position: Position, why: str, out: Outbox) -> None:
    """End a position: nothing is held any more."""
    risk = position.risk_per_share_krw
    risk_krw = round(risk * position.bought) if risk is not None else 0
    exit_krw = position.sold_value_krw / position.sold if position.sold else None
    mfe, mae = position.best_krw - position.entry_krw, position.worst_krw - position.entry_krw
    trip = RoundTrip(
        trip_id=position.trip_id,
        symbol=name.symbol,
        sector=name.sector,
        setup=position.setup,
        entered_ns=position.entered_ns,
        exited_ns=state.now_ns,
        shares=position.bought,
        entry_krw=round(position.entry_krw, 2),
        exit_krw=None if exit_krw is None else round(exit_krw, 2),
        stop_krw=position.stop_krw,
        entry_reason=position.entry_reason,
        exit_reason=position.exit_reason or why,
        costs_krw=position.costs_krw,
        realised_krw=position.realised_krw,
        risk_krw=risk_krw,
        r_net=round(position.realised_krw / risk_krw, 3) if risk_krw else None,
        mfe_krw=round(mfe, 2),
        mae_krw=round(mae, 2),
        mfe_r=round(mfe / risk, 3) if risk else None,
        mae_r=round(mae / risk, 3) if risk else None,
        facts=(*position.facts, ("held_min", round(position.held_min(state.now_ns), 2))),
    )
    state.trips.append(trip)
    out.note(trip)
    name.bought = Bought()
    name.phase = Done(trip.exit_reason)
    state.funnel.reach("closed", name.symbol, state.now_ns)
    state.listen_stale = True
    out.say(
        "Position closed",
        name.symbol,
        reason=trip.exit_reason,
        realised=trip.realised_krw,
        r=trip.r_net,
    )


def _controls(result: IntentResult) -> tuple[str, ...]:
    return tuple(f"{mark.control}: {mark.reason}" for mark in result.trace)


def _ns(at: datetime) -> int:
    span = at - _EPOCH
    return ((span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds) * 1000
