"""What a strategy hears of its orders and shares, and what it makes of a symbol's standing.

`hear` takes whatever the OMS's side tells and answers with News of the symbols it is about.
"""

from dataclasses import replace

from kis_core.market.instants import SECOND_NS
from oms_client.contract import (
    AccountChanged,
    AllocationChanged,
    IntentDecided,
    IntentResult,
    IntentStatus,
    OrderAccepted,
    OrderClosed,
    OrderFilled,
    OrderState,
    OrderView,
    ParentClosed,
    StopFired,
)
from strategy_runtime.contract import (
    BooksRead,
    IntentAnswered,
    IntentUnanswered,
    OmsLine,
    OmsTold,
)
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.holding import (
    adopt,
    after_split,
    as_held,
    closed,
    exit_over,
    guarded,
    opened,
    part_sold,
    stop_over,
)
from strategy_runtime.decision.moments import ns_of
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.position import Position
from strategy_runtime.decision.trading import (
    Bought,
    Entering,
    EntryApproved,
    EntryDeferred,
    EntryMissed,
    EntryRefused,
    Flat,
    InPosition,
    News,
    PendingExit,
    Rescaled,
    Resumed,
    StopMove,
    Trading,
)

Told = tuple[Trading, News]
_OVER = (OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED)


def hear(desk: Desk, event: OmsTold, now_ns: int, out: Outbox) -> list[Told]:
    """Take what the OMS's side tells; return what it means for the symbols it is about."""
    match event:
        case BooksRead():
            return _on_books(desk, event, now_ns, out)
        case OmsLine():
            _on_line(desk, event, out)
        case AccountChanged():
            desk.account = event.account
        case ParentClosed():
            pass  # its orders tell their own ends
        case (
            IntentAnswered(symbol=symbol, result=result)
            | IntentDecided(symbol=symbol, result=result)
        ):
            if (trading := desk.symbols.get(symbol or "")) is not None:
                return _about(trading, _on_decided(desk, trading, result, now_ns, out))
        case IntentUnanswered(symbol=symbol):
            if (trading := desk.symbols.get(symbol or "")) is not None:
                return _about(trading, _on_unanswered(desk, trading, event, now_ns, out))
        case OrderAccepted() | OrderFilled() | OrderClosed() | AllocationChanged() | StopFired():
            if (trading := desk.symbols.get(event.symbol)) is not None:
                return _about(trading, _on_order(desk, trading, event, now_ns, out))
    return []


def _about(trading: Trading, news: News | None) -> list[Told]:
    return [] if news is None else [(trading, news)]


def _on_line(desk: Desk, line: OmsLine, out: Outbox) -> None:
    if desk.up and not line.up:
        desk.away_times += 1
        out.warn("OMS away", why=line.why)
    elif line.up and not desk.up:
        out.say("OMS back")
    desk.up = line.up


def _on_decided(
    desk: Desk, trading: Trading, result: IntentResult, now_ns: int, out: Outbox
) -> News | None:
    """Take the OMS's decision on an intent. It may be told twice; the second changes nothing."""
    intent_id, standing = result.intent_id, trading.standing
    approved = result.status is IntentStatus.APPROVED
    if not approved:
        trading.entry_over(intent_id)
    if trading.stop_move is not None and trading.stop_move.intent_id == intent_id:
        _stop_decided(desk, trading, trading.stop_move, result, now_ns, out)
        return None
    if isinstance(standing, Entering) and standing.intent_id == intent_id:
        return _entry_decided(desk, trading, standing, result, now_ns, out)
    if isinstance(standing, PendingExit) and standing.intent_id == intent_id:
        if approved:
            trading.exit_failures = 0
            if standing.left and result.approved_shares:  # it may be less than was asked for
                left = max(standing.left, standing.held - result.approved_shares)
                trading.standing = standing = replace(standing, left=left)
                return _part_over(trading, standing, now_ns, out)
            return None
        # Nothing to send means that it is being sold already, or is gone: the stream tells which.
        already = result.status is IntentStatus.DONE
        pause_s = desk.rules.exit_alert_s if already else 0
        why = f"Exit {result.status}: {result.message}"
        return exit_over(desk, trading, standing, why, now_ns, out, pause_s=pause_s)
    return None


def _stop_decided(
    desk: Desk, trading: Trading, move: StopMove, result: IntentResult, now_ns: int, out: Outbox
) -> None:
    if result.status in (IntentStatus.DONE, IntentStatus.APPROVED):
        trading.stop_move = None
    elif move.retry_ns is None:  # told twice it is one failure
        stop_over(desk, trading, f"{result.status}: {result.message}", now_ns, out)


def _entry_decided(
    desk: Desk, trading: Trading, entering: Entering, result: IntentResult, now_ns: int, out: Outbox
) -> News | None:
    signal = entering.signal
    match result.status:
        case IntentStatus.APPROVED:
            if entering.approved:
                return None
            trading.standing = replace(entering, approved=True)
            trading.answered_ns = now_ns
            given = result.approved_shares or signal.shares
            if given < signal.shares:
                out.say(
                    "Entry scaled by the OMS", trading.symbol, asked=signal.shares, approved=given
                )
            return EntryApproved(signal, given)
        case IntentStatus.DEFERRED:
            retry_ns = now_ns + desk.rules.entry_retry_s * SECOND_NS
            if result.retry_at is not None:
                retry_ns = max(retry_ns, ns_of(result.retry_at))
            trading.standing = Flat()
            trading.entry_over(result.intent_id)
            controls = _controls(result)
            out.say("Entry DEFERRED", trading.symbol, why=result.message, controls=controls)
            return EntryDeferred(signal, retry_ns, result.message, controls)
        case _:
            return _refused(trading, entering, result.message, _controls(result), out)


def _refused(
    trading: Trading, entering: Entering, why: str, controls: tuple[str, ...], out: Outbox
) -> EntryRefused:
    trading.standing = Flat()
    trading.entry_over(entering.intent_id)
    out.say("Entry rejected", trading.symbol, why=why, controls=controls)
    return EntryRefused(entering.signal, why, controls)


def _on_unanswered(
    desk: Desk, trading: Trading, told: IntentUnanswered, now_ns: int, out: Outbox
) -> News | None:
    """Take it that an intent has no answer: it may have arrived, and is being asked again."""
    standing, move = trading.standing, trading.stop_move
    if told.final:
        trading.entry_over(told.intent_id)
    if move is not None and move.intent_id == told.intent_id:
        if told.final:
            stop_over(desk, trading, told.why, now_ns, out)
        else:
            out.warn("Stop submission failed", trading.symbol, stop=move.stop_krw, why=told.why)
        return None
    if isinstance(standing, Entering) and standing.intent_id == told.intent_id:
        out.warn("Entry submission failed", trading.symbol, why=told.why)
        if told.final:
            return _refused(trading, standing, told.why, (), out)
    elif isinstance(standing, PendingExit) and standing.intent_id == told.intent_id:
        out.warn("Exit submission failed", trading.symbol, why=told.why)
        if told.final:
            return exit_over(desk, trading, standing, told.why, now_ns, out)
    return None


def _on_order(
    desk: Desk,
    trading: Trading,
    event: OrderAccepted | OrderFilled | OrderClosed | AllocationChanged | StopFired,
    now_ns: int,
    out: Outbox,
) -> News | None:
    match event:
        case OrderAccepted():
            if event.intent_id == trading.signal_id and trading.accepted_ns is None:
                trading.accepted_ns = now_ns
            return None
        case OrderFilled():
            _on_filled(trading, event)
            return None
        case OrderClosed():
            return _on_closed(desk, trading, event, now_ns, out)
        case AllocationChanged():
            return _on_allocation(desk, trading, event, now_ns, out)
        case StopFired():
            _on_stop(trading, event, now_ns, out)
            return None


def _on_filled(trading: Trading, event: OrderFilled) -> None:
    """Take a fill: the only source of prices paid. Shares held come from allocations."""
    standing = trading.standing
    if event.side == "BUY":
        bought = trading.bought
        bought.shares += event.shares
        bought.value_krw += event.value_krw
        bought.costs_krw += event.cost_krw
        if isinstance(standing, InPosition | PendingExit):
            averaged = _averaged(standing.position, bought, event.cost_krw)
            trading.standing = replace(standing, position=averaged)
    elif isinstance(standing, InPosition | PendingExit):
        position = replace(
            standing.position,
            sold=standing.position.sold + event.shares,
            sold_value_krw=standing.position.sold_value_krw + event.value_krw,
            costs_krw=standing.position.costs_krw + event.cost_krw,
        )
        trading.standing = replace(standing, position=position)


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


def _on_closed(
    desk: Desk, trading: Trading, event: OrderClosed, now_ns: int, out: Outbox
) -> News | None:
    """Take the end of an order."""
    standing = trading.standing
    if event.side == "BUY":
        trading.entry_over(event.intent_id or "")
        # Filled shares show as an allocation; here it is the order that ended with none.
        ours = isinstance(standing, Entering) and standing.intent_id == event.intent_id
        if not ours or event.filled:
            return None
        assert isinstance(standing, Entering)
        if event.state is OrderState.REJECTED:
            why = f"{event.why} {event.refusal_code or ''}".strip()
            return _refused(trading, standing, why, (), out)
        trading.standing = Flat()
        trading.missed += 1
        trading.entry_over(standing.intent_id)
        out.say("Missed fill", trading.symbol, why=event.why, intent_id=standing.intent_id)
        return EntryMissed(standing.signal, event.why)
    # Ours or the OMS's own stop; an order of an earlier exit says nothing of this one.
    if not isinstance(standing, PendingExit) or event.intent_id not in (None, standing.intent_id):
        return None
    if event.state is OrderState.FILLED:
        return _part_over(trading, standing, now_ns, out, whole=True)
    # Shares are left that nobody sells now.
    why = f"{event.state}: {event.why}"
    return exit_over(desk, trading, standing, why, now_ns, out)


def _part_over(
    trading: Trading, exit_: PendingExit, now_ns: int, out: Outbox, *, whole: bool = False
) -> News | None:
    """Hold on where the part to be sold is sold. `whole`: its order is filled."""
    shares = exit_.position.shares
    if not 0 < shares <= (exit_.held - 1 if whole and exit_.left else exit_.left):
        return None
    sold = exit_.part or exit_.held - shares
    return part_sold(trading, exit_.position, sold, now_ns, out)


def _on_stop(trading: Trading, event: StopFired, now_ns: int, out: Outbox) -> None:
    """Take it that the OMS sells on the protective stop."""
    standing = trading.standing
    out.say("Exit triggered - oms_stop", trading.symbol, stop=event.stop_krw, price=event.price_krw)
    if isinstance(standing, InPosition | PendingExit):
        position = replace(standing.position, exit_reason="oms_stop")
        trading.standing = PendingExit(position, None, event.order_id, now_ns, now_ns)


def _on_allocation(
    desk: Desk, trading: Trading, event: AllocationChanged, now_ns: int, out: Outbox
) -> News | None:
    """Take what is held now."""
    standing = trading.standing
    carried = None
    if not isinstance(standing, InPosition | PendingExit):
        carried = desk.carried.pop(trading.symbol, None)
    if carried is not None:
        standing = InPosition(replace(carried, exit_reason=""))
        trading.traded = True
    if not isinstance(standing, InPosition | PendingExit):
        if event.shares == 0:
            return None
        average = event.cost_krw / event.shares
        return opened(desk, trading, event.shares, average, event.stop_krw, now_ns, now_ns, out)
    before = after_split(standing.position, event.shares, event.cost_krw)
    split = before is not standing.position
    if split:
        trading.stop_move = None  # it was of the old scale
        trading.bought.shares = round(
            trading.bought.shares * before.scale / standing.position.scale
        )
    position = guarded(
        replace(
            before,
            shares=event.shares,
            bought=max(before.bought, event.shares, trading.bought.shares),
            realised_krw=before.realised_krw + event.realised_krw,
        ),
        _guard_krw(trading, event.stop_krw, before),
    )
    if split:
        out.warn("Split", trading.symbol, shares=event.shares, stop=position.guard_krw)
    trading.standing = standing = replace(standing, position=position)
    if event.shares == 0:
        return closed(desk, trading, position, event.why, now_ns, out)
    if isinstance(standing, PendingExit):
        return _part_over(trading, standing, now_ns, out)
    if carried is not None:
        return Resumed(position)
    return Rescaled(position) if split else None


def _guard_krw(trading: Trading, told_krw: int | None, before: Position) -> int:
    """Return the stop that the OMS holds or is asked to: a move of ours may not be in it yet."""
    move = trading.stop_move
    if told_krw is None:
        return before.guard_krw
    if move is None or told_krw >= move.stop_krw:  # it is there, or somebody has raised it more
        trading.stop_move = None
        return told_krw
    return move.stop_krw


def _on_books(desk: Desk, books: BooksRead, now_ns: int, out: Outbox) -> list[Told]:
    """Take what the OMS answered when asked: positions are added from it, never taken away.

    What has gone since is told by the stream, which is followed from before these books. Only what
    was carried over from an earlier day, and is not there, was sold while nobody followed.
    """
    desk.account = books.account
    desk.books_read |= books.allocations is not None
    for order in books.orders or ():
        trading = desk.symbols.get(order.symbol)
        if trading is not None and order.intent_id is not None:
            _name_known(trading, order.intent_id, order.side)
            if order.side == "BUY":
                _order_known(trading, order)
    if books.allocations is None:
        return []
    told: list[Told] = []
    held = {each.symbol: each for each in books.allocations}
    for symbol, position in list(desk.carried.items()):
        trading = desk.symbols.get(symbol)
        there = held.get(symbol)
        del desk.carried[symbol]
        if trading is None:
            out.warn("Carried position of a symbol that is not followed", symbol)
            continue
        if trading.holds:
            continue
        if there is not None and there.shares > 0:
            trading.standing = InPosition(as_held(position, there))
            trading.traded = True
            assert trading.position is not None
            told.append((trading, Resumed(trading.position)))
            out.say("Recovered position", symbol, shares=there.shares, stop=there.stop_krw)
        else:
            realised = 0 if there is None else there.realised_today_krw
            gone = replace(
                position,
                shares=0,
                realised_krw=position.realised_krw + realised,
                exit_reason="",
            )
            told.append((trading, closed(desk, trading, gone, "closed_while_away", now_ns, out)))
    for allocation in held.values():
        trading = desk.symbols.get(allocation.symbol)
        if allocation.shares == 0:
            continue
        if trading is None:
            out.warn(
                "Held at the OMS but not followed: only the OMS's stop and day end sell it",
                allocation.symbol,
                shares=allocation.shares,
                stop=allocation.stop_krw,
            )
        elif not trading.holds:
            told.append((trading, adopt(desk, trading, allocation, now_ns, out)))
    return told


def _name_known(trading: Trading, intent_id: str, side: str) -> None:
    """Use no name a second time that the OMS has decided for a journal that is lost."""
    number = intent_id.rpartition("-")[2]
    if number.isascii() and number.isdigit():
        if side == "BUY":
            trading.attempts = max(trading.attempts, int(number))
        else:
            trading.exits = max(trading.exits, int(number))


def _order_known(trading: Trading, order: OrderView) -> None:
    """Take an entry of today that our own journal does not have."""
    if order.intent_id is None or order.intent_id in trading.entries_open:
        return
    if order.state not in _OVER:
        trading.entries_open[order.intent_id] = None
    if order.filled and not trading.traded and not trading.holds:
        trading.traded = True


def _controls(result: IntentResult) -> tuple[str, ...]:
    return tuple(f"{mark.control}: {mark.reason}" for mark in result.trace)
