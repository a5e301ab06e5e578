"""From what is approved to an order a venue takes: type, price on the tick, life span.

An entry never pays more than its limit; a sale at a limit never takes less. Exits that name no kind
go at the market and are not withdrawn: they work until filled or until the session is over.
"""

from kis_core.wire.account import OrderType, Side
from oms.core import hours, prices, terms
from oms.core.book import SECOND_NS, Book
from oms.core.order import Order
from oms.core.records import UNALLOCATED, Asked, Execution, OrderPlanned, Quote
from oms.core.routing import Route
from oms.core.terms import Terms

PLAIN = Route("KRX", OrderType.LIMIT)
"""What an intent that names no kind becomes, unless its limits say another venue."""


def order_id(book: Book, ahead: int = 0) -> str:
    """Return the id of the next order of the day, or of the one `ahead` after it."""
    assert book.date is not None, "an order before the day was opened"
    return f"{book.date.replace('-', '')}-{book.orders_today + 1 + ahead:04d}"


def entry(
    book: Book,
    strategy_id: str,
    asked: Asked,
    shares: int,
    quote: Quote | None,
    at_ns: int,
    route: Route = PLAIN,
    *,
    cash_unit_krw: int | None = None,
) -> OrderPlanned:
    """Return the order of an approved entry; `cash_unit_krw`: what a contract takes of cash."""
    limits, execution = book.limits, asked.execution
    assert limits is not None
    assert asked.symbol is not None
    assert asked.limit_krw is not None
    side: Side = "BUY" if asked.direction == "LONG" else "SELL"
    steps = terms.of(limits, asked.symbol)
    assert steps is not None, f"{asked.symbol} passed the gate without terms"
    unit = max(asked.limit_krw, quote.price_krw if quote else 0)
    if cash_unit_krw is None:
        cash_unit_krw = terms.cash_unit_krw(limits, asked.symbol, side, unit)
    limit: int | None
    if execution is None:
        limit = prices.urgent_krw(side, asked.limit_krw, asked.urgency, quote, limits, steps)
    else:
        limit = prices.order_krw(
            side, route.order_type, asked.limit_krw, execution, quote, None, limits, steps
        )
    stop = execution is not None and execution.style == "STOP_LIMIT"
    return OrderPlanned(
        at_ns=at_ns,
        order_id=order_id(book),
        intent_id=asked.intent_id,
        strategy_id=strategy_id,
        symbol=asked.symbol,
        side=side,
        shares=shares,
        order_type=route.order_type,
        limit_krw=limit,
        unit_krw=unit,
        cancel_at_ns=_entry_ends_ns(book, asked, route, at_ns),
        stop_krw=asked.stop_krw,
        market=quote.market if quote else None,
        reason=asked.reason,
        price_krw=quote.price_krw if quote else None,
        time_horizon=asked.time_horizon,
        confidence=asked.confidence,
        effect="OPEN" if book.on_margin else None,
        cash_unit_krw=cash_unit_krw if book.on_margin else None,
        chase=execution.chase if execution else None,
        worst_krw=asked.limit_krw if execution and execution.chase else None,
        venue=route.venue,
        time_in_force=route.time_in_force,
        trigger_krw=_trigger_krw(side, execution, steps),
        held=route.holds and stop,
        auction=route.auction,
        until_ns=route.until_ns,
    )


def _entry_ends_ns(book: Book, asked: Asked, route: Route, at_ns: int) -> int | None:
    """Return when the OMS withdraws an entry: at the soonest of what bounds its life.

    One that names no kind lives as long as its urgency says. One that does stands until the intent
    expires or its session's entries end; `day` withdraws those of KRX's regular session.
    """
    limits, execution = book.limits, asked.execution
    assert limits is not None
    if _is_cancelled_at_once(route, execution):
        return at_ns
    ends = [] if asked.expires_ns is None else [asked.expires_ns]
    if route.auction == "OPENING" and route.window is not None:
        ends.append(route.window[1] + limits.auction_settle_s * SECOND_NS)
    elif route.auction is None and route.window is not None:
        ends.append(route.window[1])
    if execution is None and asked.expires_ns is None:
        ends.append(at_ns + limits.entry_life_s[asked.urgency] * SECOND_NS)
    if execution is not None and execution.chase is not None:
        chase = execution.chase
        ends.append(at_ns + (chase.steps + 2) * chase.every_s * SECOND_NS)
    return min(ends, default=None)


def _trigger_krw(side: Side, execution: Execution | None, steps: Terms) -> int | None:
    """Return the trigger on the tick, never sooner than asked: a buy's up, a sale's down."""
    if execution is None or execution.trigger_krw is None:
        return None
    trigger = execution.trigger_krw
    return steps.round_up(trigger) if side == "BUY" else max(1, steps.round_down(trigger))


def _is_cancelled_at_once(route: Route, execution: Execution | None) -> bool:
    """Whether the OMS has to cancel an IOC's remainder itself."""
    return route.holds and route.time_in_force == "IOC" and execution is not None


def sale(
    book: Book,
    strategy_id: str,
    symbol: str,
    shares: int,
    reason: str,
    at_ns: int,
    *,
    intent_id: str | None = None,
    limit_krw: int | None = None,
    execution: Execution | None = None,
    route: Route | None = None,
    quote: Quote | None = None,
) -> OrderPlanned:
    """Return the order that closes shares; without a route at the market, or at a limit.

    What is held long is sold; what is held short is bought back. Raises ValueError where its venue
    takes limits alone and no price of the symbol is known.
    """
    listing, limits = book.listing(symbol), book.limits
    assert limits is not None
    if route is None:
        route = Route("KRX", OrderType.MARKET if limit_krw is None else OrderType.LIMIT)
    how = execution or Execution("LIMIT")
    steps = terms.of(limits, symbol) or terms.STOCK  # the broker judges what has none
    side = closing_side(book, strategy_id, symbol)
    price = prices.order_krw(
        side, route.order_type, limit_krw, how, quote, listing.mark_krw, limits, steps
    )
    cancel_at_ns = at_ns if _is_cancelled_at_once(route, execution) else None
    if route.auction == "OPENING" and route.window is not None:
        cancel_at_ns = route.window[1] + limits.auction_settle_s * SECOND_NS
    elif intent_id is None and route.window is not None:
        cancel_at_ns = route.window[1]  # the OMS's own: what is left goes another way
    return OrderPlanned(
        at_ns=at_ns,
        order_id=order_id(book),
        intent_id=intent_id,
        strategy_id=strategy_id,
        symbol=symbol,
        side=side,
        shares=shares,
        order_type=route.order_type,
        limit_krw=price,
        unit_krw=0,
        cancel_at_ns=cancel_at_ns,
        stop_krw=None,
        market=listing.market,
        reason=reason,
        price_krw=listing.mark_krw,
        effect="CLOSE" if book.on_margin else None,
        chase=how.chase,
        worst_krw=limit_krw if how.chase else None,
        venue=route.venue,
        time_in_force=route.time_in_force,
        trigger_krw=_trigger_krw(side, execution, steps),
        held=route.holds and how.style == "STOP_LIMIT",
        auction=route.auction,
        until_ns=route.until_ns,
    )


def on_krx(book: Book, order: Order, at_ns: int) -> OrderPlanned:
    """Return a sale that another venue refused, for KRX: the same kind, or one that it takes now.

    A market order that had to be an IOC on NXT becomes a plain one again.
    """
    kind, term = OrderType(order.order_type), order.time_in_force
    if kind is OrderType.MARKET_IOC or not hours.takes(book, "KRX", kind, at_ns):
        kind = OrderType.MARKET if order.limit_krw is None else OrderType.LIMIT
        term = "DAY"
    return OrderPlanned(
        at_ns=at_ns,
        order_id=order_id(book),
        intent_id=None,
        strategy_id=order.strategy_id,
        symbol=order.symbol,
        side=order.side,
        shares=order.remaining,
        order_type=kind,
        limit_krw=order.limit_krw,
        unit_krw=0,
        cancel_at_ns=order.cancel_at_ns,
        stop_krw=None,
        market=order.market,
        reason=order.reason,
        price_krw=book.listing(order.symbol).mark_krw,
        chase=order.chase,
        worst_krw=order.worst_krw if order.chase else None,
        time_in_force=term,
        trigger_krw=order.trigger_krw,
    )


def closing_side(book: Book, strategy_id: str, symbol: str) -> Side:
    """Return the side that brings a position, or the shares nobody owns, back to nothing."""
    if strategy_id == UNALLOCATED:
        return "SELL" if book.listing(symbol).unallocated > 0 else "BUY"
    return "SELL" if book.allocation(strategy_id, symbol).direction == "LONG" else "BUY"
