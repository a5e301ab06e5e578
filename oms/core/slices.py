"""TWAP and VWAP: when how much of a parent is due, and each slice on its way.

A slice meets again what may have changed since the parent passed the gate. It never orders more
than the parent has left. One that may not leave now is missed: a parent that carries catches up
with the next one, one that drops gives its shares up.
"""

from collections.abc import Iterator, Sequence

import msgspec

from kis_core.market.volume_profile import weight
from oms.core import exits, gate, plan, routing
from oms.core.book import SECOND_NS, Book
from oms.core.parent import Parent
from oms.core.records import (
    AnyOutput,
    Asked,
    OrderPlanned,
    OrderSent,
    ParentPlanned,
    Quote,
    Side,
    Slice,
    SliceDue,
    SliceTaken,
)

MINUTE_S = 60


def parent_of(
    book: Book,
    strategy_id: str,
    asked: Asked,
    side: Side,
    shares: int,
    quote: Quote | None,
    at_ns: int,
) -> ParentPlanned:
    """Return the parent of an approved intent, its timetable worked out."""
    execution = asked.execution
    assert execution is not None
    assert asked.symbol is not None
    assert book.date is not None
    step_ns = execution.over_s * SECOND_NS // execution.slices
    starts = [at_ns + step_ns * number for number in range(execution.slices)]
    ends_ns = at_ns + execution.over_s * SECOND_NS
    totals = cumulated(shares, _weights(book, asked, at_ns))
    if asked.expires_ns is not None:
        ends_ns = min(ends_ns, asked.expires_ns)
    unit_krw = max(asked.limit_krw or 0, quote.price_krw if quote else 0) if side == "BUY" else 0
    return ParentPlanned(
        at_ns=at_ns,
        parent_id=f"{book.date.replace('-', '')}-P{book.parents_today + 1:03d}",
        strategy_id=strategy_id,
        asked=asked,
        side=side,
        shares=shares,
        unit_krw=unit_krw,
        market=quote.market if quote else book.listing(asked.symbol).market,
        slices=tuple(Slice(at, total) for at, total in zip(starts, totals, strict=True)),
        ends_ns=ends_ns,
    )


def _weights(book: Book, asked: Asked, at_ns: int) -> list[float]:
    """Return how much each slice weighs against the others."""
    execution = asked.execution
    assert execution is not None
    count, step_s = execution.slices, execution.over_s / execution.slices
    if execution.style == "TWAP":
        return [1.0] * count
    if execution.curve is not None:
        return [_minutes(execution.curve, step_s * n, step_s * (n + 1)) for n in range(count)]
    if book.open_ns is None:
        return [1.0] * count
    from_s = (at_ns - book.open_ns) / SECOND_NS
    return [weight(from_s + step_s * n, from_s + step_s * (n + 1)) for n in range(count)]


def _minutes(curve: Sequence[float], from_s: float, to_s: float) -> float:
    """Return the weight of a stretch, of weights by minute; past their end nothing weighs."""
    total = 0.0
    for minute, each in enumerate(curve):
        within = min(to_s, (minute + 1) * MINUTE_S) - max(from_s, minute * MINUTE_S)
        if within > 0:
            total += each * within / MINUTE_S
    return total


def cumulated(shares: int, weights: Sequence[float]) -> list[int]:
    """Return how many shares shall have been ordered after each slice; the last is all of them.

    Weights that say nothing count alike.
    """
    whole = sum(weights)
    if whole <= 0:
        weights, whole = [1.0] * len(weights), float(len(weights))
    totals, so_far = [], 0.0
    for each in weights:
        so_far += each
        totals.append(min(shares, int(shares * so_far / whole)))
    totals[-1] = shares
    return totals


def due(book: Book, heard: SliceDue) -> Iterator[AnyOutput]:
    """Take the turn of a parent's next slice, or end the parent."""
    parent = book.parents.get(heard.parent_id)
    if parent is not None:
        yield from step(book, parent, heard.quote, heard.at_ns)


def step(book: Book, parent: Parent, quote: Quote | None, at_ns: int) -> Iterator[AnyOutput]:
    """Order the latest slice that is due; earlier ones that were missed are in it, or given up."""
    index = parent.next
    while index + 1 < len(parent.slices) and parent.slices[index + 1].at_ns <= at_ns:
        index += 1
    on_time = index < len(parent.slices) and parent.slices[index].at_ns <= at_ns < parent.ends_ns
    if not on_time:
        if parent.is_over(at_ns):
            yield exits.parent_closed(parent, "over", at_ns)
        return
    wanted = _wanted(parent, index)
    if wanted <= 0:
        yield _taken(parent, index, None, 0, "nothing is due", at_ns)
    elif parent.side == "BUY":
        yield from _buy(book, parent, index, wanted, quote, at_ns)
    else:
        yield from _sell(book, parent, index, wanted, quote, at_ns)


def _wanted(parent: Parent, index: int) -> int:
    if not parent.carries:
        before = parent.slices[index - 1].total if index else 0
        return min(parent.left, parent.slices[index].total - before)
    return min(parent.left, parent.slices[index].total - (parent.shares - parent.left))


def _taken(
    parent: Parent, index: int, order_id: str | None, shares: int, why: str, at_ns: int
) -> SliceTaken:
    """Return that a slice had its turn; what a dropping parent did not order by now is gone."""
    dropped = 0
    if not parent.carries:
        ordered = parent.shares - parent.left + shares
        dropped = max(0, parent.slices[index].total - ordered)
    return SliceTaken(
        at_ns=at_ns,
        parent_id=parent.parent_id,
        index=index,
        order_id=order_id,
        shares=shares,
        dropped=dropped,
        why=why,
    )


def _buy(
    book: Book, parent: Parent, index: int, wanted: int, quote: Quote | None, at_ns: int
) -> Iterator[AnyOutput]:
    asked = parent.asked
    assert asked.limit_krw is not None
    assert asked.stop_krw is not None
    route = routing.route(book, asked, "BUY", at_ns, quote.nxt if quote else None)
    if isinstance(route, routing.NoRoute):
        yield _taken(parent, index, None, 0, route.reason, at_ns)
        return
    wish = gate.Wish(
        strategy_id=parent.strategy_id,
        symbol=parent.symbol,
        shares=wanted,
        limit_krw=asked.limit_krw,
        stop_krw=asked.stop_krw,
        spread_bp_max=asked.max_spread_bp,
        may_add=True,
        window=route.window,
        reserved=parent.left,
    )
    ruling = gate.rule_again(book, wish, quote, at_ns)
    verdict = ruling.verdict
    if verdict is not None and verdict.verdict == "refuse":
        yield exits.parent_closed(parent, verdict.reason, at_ns)
    elif ruling.shares < 1:
        why = verdict.reason if verdict else "nothing is allowed now"
        yield _taken(parent, index, None, 0, why, at_ns)
    else:
        planned = plan.entry(book, parent.strategy_id, asked, ruling.shares, quote, at_ns, route)
        why = ruling.trace[0].reason if ruling.trace else "on time"
        yield from _ordered(book, parent, index, planned, why)


def _sell(
    book: Book, parent: Parent, index: int, wanted: int, quote: Quote | None, at_ns: int
) -> Iterator[AnyOutput]:
    asked = parent.asked
    allocation = book.allocation(parent.strategy_id, parent.symbol)
    others = allocation.selling - parent.left
    shares = min(wanted, allocation.shares - others)
    route = routing.route(book, asked, "SELL", at_ns, quote.nxt if quote else None)
    if shares < 1:
        yield _taken(parent, index, None, 0, "nothing is held any more", at_ns)
        return
    if isinstance(route, routing.NoRoute):
        yield _taken(parent, index, None, 0, route.reason, at_ns)
        return
    try:
        planned = plan.sale(
            book,
            parent.strategy_id,
            parent.symbol,
            shares,
            asked.reason,
            at_ns,
            intent_id=asked.intent_id,
            limit_krw=asked.limit_krw,
            execution=asked.execution,
            route=route,
            quote=quote,
        )
    except ValueError as error:
        yield _taken(parent, index, None, 0, str(error), at_ns)
        return
    yield from _ordered(book, parent, index, planned, "on time")


def _ordered(
    book: Book, parent: Parent, index: int, planned: OrderPlanned, why: str
) -> Iterator[AnyOutput]:
    """Let a slice leave as an order that is withdrawn when the next one's turn comes."""
    last = index + 1 >= len(parent.slices)
    ends_ns = parent.ends_ns if last else min(parent.slices[index + 1].at_ns, parent.ends_ns)
    if planned.cancel_at_ns is not None:
        ends_ns = min(ends_ns, planned.cancel_at_ns)
    order = msgspec.structs.replace(
        planned,
        parent_id=parent.parent_id,
        unit_krw=parent.unit_krw,
        cancel_at_ns=ends_ns,
    )
    at_ns = planned.at_ns
    yield _taken(parent, index, order.order_id, order.shares, why, at_ns)
    if order.side == "SELL":
        yield from exits.send(book, order)
    else:
        yield order
        yield OrderSent(at_ns=at_ns, order_id=order.order_id)
