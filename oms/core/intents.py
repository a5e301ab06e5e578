"""What becomes of an intent, one function per type.

Each answers with one IntentDecided and, where something has to be done, the orders and cancels that
do it, in the same turn. The answer to an intent_id is kept for ever: asked again, nothing happens.
"""

from collections.abc import Iterator

import msgspec

from oms.core import arbitration, exits, gate, plan, prices, routing, slices, timetable
from oms.core.book import SECOND_NS, Book
from oms.core.holdings import Allocation
from oms.core.order import OPEN
from oms.core.records import (
    AnyOutput,
    Asked,
    ExitWanted,
    IntentDecided,
    IntentReceived,
    IntentStatus,
    OrderPlanned,
    OrderSent,
    Side,
    StopSet,
    Verdict,
)

TAKEOVER_RETRY_NS = SECOND_NS
"""When asking again makes sense after a lock was taken over: a cancel is told within a second."""


def received(book: Book, intent: IntentReceived) -> Iterator[AnyOutput]:
    """Decide one intent, unless it was decided before."""
    if (intent.strategy_id, intent.asked.intent_id) in book.results:
        return
    match intent.asked.intent_type:
        case "ENTER":
            yield from _enter(book, intent)
        case "EXIT":
            yield from _exit(book, intent)
        case "REDUCE":
            yield from _reduce(book, intent, intent.asked.shares or 0)
        case "FLATTEN":
            yield from _flatten(book, intent)
        case "SET_TARGET":
            yield from _set_target(book, intent)
        case "CANCEL_ORDERS":
            yield from _cancel_orders(book, intent)
        case "MODIFY_RISK":
            yield from _modify_risk(book, intent)


def _decided(
    book: Book,
    intent: IntentReceived,
    status: IntentStatus,
    message: str,
    *,
    shares: int | None = None,
    order_ids: tuple[str, ...] = (),
    retry_at_ns: int | None = None,
    trace: tuple[Verdict, ...] = (),
    order: OrderPlanned | None = None,
    parent_id: str | None = None,
) -> IntentDecided:
    # what kind left has been told since the limits name a venue
    told = order if book.limits is not None and book.limits.default_venue is not None else None
    return IntentDecided(
        at_ns=intent.at_ns,
        intent_id=intent.asked.intent_id,
        strategy_id=intent.strategy_id,
        intent_type=intent.asked.intent_type,
        symbol=intent.asked.symbol,
        status=status,
        message=message,
        limits_hash=book.limits_hash,
        approved_shares=shares,
        order_ids=order_ids,
        retry_at_ns=retry_at_ns,
        trace=trace,
        parent_id=parent_id,
        order_type=told.order_type if told else None,
        venue=told.venue if told else None,
        time_in_force=told.time_in_force if told else None,
    )


def _no_route(book: Book, intent: IntentReceived, away: routing.NoRoute) -> IntentDecided:
    return _decided(book, intent, away.status, away.reason, retry_at_ns=away.retry_at_ns)


def _enter(book: Book, intent: IntentReceived) -> Iterator[AnyOutput]:
    asked = intent.asked
    assert asked.shares is not None
    yield from _buy(book, intent, asked.shares, may_add=False)


def _buy(book: Book, intent: IntentReceived, shares: int, *, may_add: bool) -> Iterator[AnyOutput]:
    """The one way to buy: through the gate, then an order that leaves in this turn."""
    asked, at_ns = intent.asked, intent.at_ns
    assert asked.symbol is not None
    assert asked.limit_krw is not None
    assert asked.stop_krw is not None
    if intent.unknown_symbol:
        yield _decided(book, intent, "REFUSED", f"{asked.symbol}: the broker knows no such symbol")
        return
    if asked.expires_ns is not None and asked.expires_ns <= at_ns:
        yield _decided(book, intent, "REFUSED", "Expired before it arrived")
        return
    route = plan.PLAIN
    if not routing.is_plain(book, asked):
        found = _route_in(book, intent)
        if isinstance(found, routing.NoRoute):
            yield _no_route(book, intent, found)
            return
        route = found
    wish = gate.Wish(
        strategy_id=intent.strategy_id,
        symbol=asked.symbol,
        shares=shares,
        limit_krw=asked.limit_krw,
        stop_krw=asked.stop_krw,
        spread_bp_max=asked.max_spread_bp,
        may_add=may_add,
        direction=asked.direction,
        for_the_day=asked.time_horizon == "INTRADAY",
        window=route.window,
        for_auction=route.auction is not None,
        priceless=route.order_type in prices.UNPRICED,
        sliced=_is_sliced(asked),
        power=intent.power,
    )
    ruling = gate.rule(book, wish, intent.quote, at_ns)
    if (verdict := ruling.verdict) is not None:
        only_locked = [v.control for v in ruling.trace if v.verdict != "shrink"] == ["entry_lock"]
        if only_locked and arbitration.may_take_over(book, asked.symbol, intent.strategy_id, at_ns):
            yield from _take_over(book, intent, asked.symbol, ruling.trace)
            return
        status: IntentStatus = "REFUSED" if verdict.verdict == "refuse" else "DEFERRED"
        yield _decided(
            book,
            intent,
            status,
            verdict.reason,
            retry_at_ns=ruling.retry_at_ns if status == "DEFERRED" else None,
            trace=ruling.trace,
        )
        return
    if wish.sliced:
        yield from _in_slices(book, intent, "BUY", ruling.shares, ruling.trace)
        yield arbitration.lock(book, asked.symbol, intent.strategy_id, at_ns)
        return
    order = plan.entry(
        book,
        intent.strategy_id,
        asked,
        ruling.shares,
        intent.quote,
        at_ns,
        route,
        cash_unit_krw=ruling.cash_unit_krw,
    )
    yield _decided(
        book,
        intent,
        "APPROVED",
        ruling.trace[0].reason if ruling.trace else "approved",
        shares=ruling.shares,
        order_ids=(order.order_id,),
        trace=ruling.trace,
        order=order,
    )
    yield order
    if not order.held:
        yield OrderSent(at_ns=at_ns, order_id=order.order_id)
    yield arbitration.lock(book, asked.symbol, intent.strategy_id, at_ns)


def _take_over(
    book: Book, intent: IntentReceived, symbol: str, trace: tuple[Verdict, ...]
) -> Iterator[AnyOutput]:
    """Take a symbol's lock from a strategy of lower priority, whose buy is withdrawn first.

    The entry itself waits: it may leave once the other's buy is known to be gone.
    """
    strategy_id, at_ns = intent.strategy_id, intent.at_ns
    owner = book.listing(symbol).lock_owner
    assert owner is not None
    yield _decided(
        book,
        intent,
        "DEFERRED",
        f"Takes the entry lock over from {owner}, whose buy is withdrawn first",
        retry_at_ns=at_ns + TAKEOVER_RETRY_NS,
        trace=trace,
    )
    yield arbitration.lock(book, symbol, strategy_id, at_ns, taken_from=owner)
    for order in arbitration.entries_of(book, symbol, owner):
        if not exits.is_wanted(order, at_ns):
            yield from exits.withdraw(order, arbitration.way_of(strategy_id), at_ns)


def _is_sliced(asked: Asked) -> bool:
    return asked.execution is not None and asked.execution.style in ("TWAP", "VWAP")


def _in_slices(
    book: Book, intent: IntentReceived, side: Side, shares: int, trace: tuple[Verdict, ...] = ()
) -> Iterator[AnyOutput]:
    """Answer with a parent, and let its first slice leave in this turn."""
    planned = slices.parent_of(
        book, intent.strategy_id, intent.asked, side, shares, intent.quote, intent.at_ns
    )
    message = f"leaves in {len(planned.slices)} slices"
    yield _decided(
        book,
        intent,
        "APPROVED",
        f"{trace[0].reason}; {message}" if trace else message,
        shares=shares,
        trace=trace,
        parent_id=planned.parent_id,
    )
    yield planned
    yield from slices.step(book, book.parents[planned.parent_id], intent.quote, intent.at_ns)


def _route_in(book: Book, intent: IntentReceived) -> routing.Route | routing.NoRoute:
    """Return where an entry goes and as what. One whose order carries no price needs the ask."""
    asked, quote = intent.asked, intent.quote
    found = routing.route(book, asked, "BUY", intent.at_ns, quote.nxt if quote else None)
    trigger = asked.execution.trigger_krw if asked.execution else None
    if trigger is not None and trigger > (asked.limit_krw or 0):
        return routing.NoRoute(
            "REFUSED", f"The trigger {trigger:,} is above the limit: it could not buy when it wakes"
        )
    if isinstance(found, routing.NoRoute) or found.order_type not in prices.UNPRICED:
        return found
    assert asked.limit_krw is not None
    ask = quote.ask_krw if quote else None
    if ask is None:
        return routing.NoRoute("DEFERRED", "The best ask is not known, and the order has no price")
    if ask > asked.limit_krw:
        return routing.NoRoute(
            "DEFERRED", f"The best ask {ask:,} is above the limit {asked.limit_krw:,}"
        )
    return found


def _exit(book: Book, intent: IntentReceived) -> Iterator[AnyOutput]:
    asked, at_ns = intent.asked, intent.at_ns
    assert asked.symbol is not None
    allocation = book.allocation(intent.strategy_id, asked.symbol)
    if not allocation.shares and not allocation.buying:
        yield _decided(book, intent, "REFUSED", "No allocation to exit")
        return
    style = asked.execution.style if asked.execution else "LIMIT"
    if asked.limit_krw is not None or style in _WITHOUT_HASTE:
        yield from _reduce(book, intent, allocation.shares)
        return
    order = _sale(book, intent, allocation.shares)
    if isinstance(order, routing.NoRoute):
        yield _no_route(book, intent, order)
        return
    yield from exits.withdraw_parents(allocation, asked.reason, at_ns, "SELL")
    shares = allocation.sellable
    order = msgspec.structs.replace(order, shares=shares)
    message = _closing(allocation, shares)
    if allocation.buying:
        entries = "buys" if allocation.direction == "LONG" else "entries"
        message += f", cancels {entries} of {allocation.buying}"
    ids = (order.order_id,) if shares else ()
    told = order if shares else None
    yield _decided(book, intent, "APPROVED", message, shares=shares, order_ids=ids, order=told)
    if shares:
        yield from exits.send(book, order)
    yield from exits.want_out(book, allocation_of(book, intent), asked.reason, at_ns, patient=True)


_WITHOUT_HASTE = frozenset(("STOP_LIMIT", "AUCTION", "AFTER", "TWAP", "VWAP"))
"""Kinds of exit that wait for something: what they leave unfilled is not sold by itself."""


def _closing(allocation: Allocation, shares: int) -> str:
    """Return what an exit does: sell what is held long, buy back what is held short."""
    if allocation.direction == "LONG":
        return f"sells {shares}" if shares else f"already selling {allocation.selling}"
    return f"buys back {shares}" if shares else f"already buying back {allocation.selling}"


def _sale(book: Book, intent: IntentReceived, shares: int) -> OrderPlanned | routing.NoRoute:
    """Return the order that sells as asked, or why it cannot leave now."""
    asked, at_ns = intent.asked, intent.at_ns
    assert asked.symbol is not None
    route = None
    if not routing.is_plain(book, asked):
        nxt = intent.quote.nxt if intent.quote else None
        found = routing.route(book, asked, "SELL", at_ns, nxt)
        if isinstance(found, routing.NoRoute):
            return found
        route = found
    elif not timetable.takes_orders(book, at_ns, asked.symbol):
        later = book.intake_ns if book.intake_ns and book.intake_ns > at_ns else None
        return routing.NoRoute("DEFERRED", "The exchange takes no orders now", later)
    try:
        return plan.sale(
            book,
            intent.strategy_id,
            asked.symbol,
            shares,
            asked.reason,
            at_ns,
            intent_id=asked.intent_id,
            limit_krw=asked.limit_krw,
            execution=asked.execution,
            route=route,
            quote=intent.quote,
        )
    except ValueError:
        return routing.NoRoute("DEFERRED", f"{asked.symbol} needs a limit, and no price is known")


def allocation_of(book: Book, intent: IntentReceived) -> Allocation:
    """Return the asking strategy's part of the symbol it asks about."""
    assert intent.asked.symbol is not None
    return book.allocation(intent.strategy_id, intent.asked.symbol)


def _reduce(book: Book, intent: IntentReceived, wanted: int) -> Iterator[AnyOutput]:
    allocation = allocation_of(book, intent)
    shares = min(wanted, allocation.sellable)
    if not allocation.shares:
        yield _decided(book, intent, "REFUSED", "No allocation to sell")
    elif not shares:
        yield _decided(book, intent, "DONE", _closing(allocation, 0))
    elif isinstance(order := _sale(book, intent, shares), routing.NoRoute):
        yield _no_route(book, intent, order)
    elif _is_sliced(intent.asked):
        yield from _in_slices(book, intent, "SELL", shares)
    else:
        yield _decided(
            book,
            intent,
            "APPROVED",
            _closing(allocation, shares),
            shares=shares,
            order_ids=(order.order_id,),
            order=order,
        )
        yield from exits.send(book, order)


def _flatten(book: Book, intent: IntentReceived) -> Iterator[AnyOutput]:
    asked, at_ns = intent.asked, intent.at_ns
    mine = [
        allocation
        for allocation in book.allocations()
        if allocation.strategy_id == intent.strategy_id
        and asked.symbol in (None, allocation.symbol)
        and (allocation.shares or allocation.open_orders or allocation.parents)
    ]
    for allocation in mine:
        yield from exits.withdraw_parents(allocation, asked.reason, at_ns)
    if not mine:
        yield _decided(book, intent, "DONE", "Nothing is held and nothing works")
        return
    held = sum(a.shares for a in mine)
    buying = sum(a.buying for a in mine)
    now = [a for a in mine if a.sellable and timetable.takes_orders(book, at_ns, a.symbol)]
    yield _decided(
        book,
        intent,
        "APPROVED",
        f"flattens {held} held, cancels buys of {buying}",
        shares=held,
        order_ids=tuple(plan.order_id(book, ahead) for ahead in range(len(now))),
    )
    for allocation in mine:
        yield from exits.want_out(book, allocation, asked.reason, at_ns, patient=False)
    for allocation in now:
        yield from exits.send(
            book,
            plan.sale(
                book,
                intent.strategy_id,
                allocation.symbol,
                allocation.sellable,
                asked.reason,
                at_ns,
                intent_id=asked.intent_id,
            ),
        )


def _set_target(book: Book, intent: IntentReceived) -> Iterator[AnyOutput]:
    asked = intent.asked
    assert asked.shares is not None
    assert asked.symbol is not None
    allocation = allocation_of(book, intent)
    if allocation.shares and allocation.direction != asked.direction:
        held = f"{allocation.shares} {allocation.direction}"
        yield _decided(book, intent, "REFUSED", f"holds {held}: exit that first")
        return
    heading_for = allocation.shares + allocation.buying - allocation.selling
    difference = asked.shares - heading_for
    if difference == 0:
        yield _decided(book, intent, "DONE", f"already at {asked.shares}")
    elif difference < 0 and allocation.buying:
        yield _decided(
            book, intent, "REFUSED", f"buys of {allocation.buying} still work: cancel them first"
        )
    elif difference < 0:
        yield from _reduce(book, intent, -difference)
    else:
        if allocation.shares and allocation.stop_krw != asked.stop_krw:
            yield _stop(intent, asked)
        yield from _buy(book, intent, difference, may_add=True)


def _cancel_orders(book: Book, intent: IntentReceived) -> Iterator[AnyOutput]:
    asked, at_ns = intent.asked, intent.at_ns
    allocation = allocation_of(book, intent)
    orders = [
        order
        for order in allocation.open_orders.values()
        if order.state in OPEN and asked.side in (None, order.side)
    ]
    parents = [p for p in allocation.parents.values() if asked.side in (None, p.side)]
    if not orders and not parents:
        yield _decided(book, intent, "DONE", "No order to cancel")
        return
    yield _decided(
        book,
        intent,
        "APPROVED",
        f"cancels {len(orders)} order(s)" + (f", {len(parents)} parent(s)" if parents else ""),
        order_ids=tuple(order.order_id for order in orders),
    )
    yield from exits.withdraw_parents(allocation, asked.reason, at_ns, asked.side)
    closing = plan.closing_side(book, intent.strategy_id, allocation.symbol)
    if allocation.exit_why is not None and asked.side in (None, closing):
        yield ExitWanted(
            at_ns=at_ns, strategy_id=intent.strategy_id, symbol=allocation.symbol, why=None
        )
    for order in orders:
        yield from exits.withdraw(order, asked.reason, at_ns)


def _modify_risk(book: Book, intent: IntentReceived) -> Iterator[AnyOutput]:
    asked = intent.asked
    allocation = allocation_of(book, intent)
    if not allocation.shares and not allocation.buying:
        yield _decided(book, intent, "REFUSED", "Nothing is held that a stop could protect")
        return
    yield _decided(book, intent, "DONE", f"stop at {asked.stop_krw:,}")
    yield _stop(intent, asked)


def _stop(intent: IntentReceived, asked: Asked) -> StopSet:
    assert asked.symbol is not None
    return StopSet(
        at_ns=intent.at_ns,
        strategy_id=intent.strategy_id,
        symbol=asked.symbol,
        stop_krw=asked.stop_krw,
        why=asked.reason,
    )
