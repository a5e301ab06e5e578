"""From what is approved to an order KRX takes: type, price on the tick, life span.

An entry never pays more than its limit; a sale at a limit never takes less. Exits go at the market
and are not withdrawn: they work until filled or until the session is over.
"""

from kis_core.market import ticks
from kis_core.wire.account import OrderType, Side
from oms.core.book import SECOND_NS, Book
from oms.core.gate import BP
from oms.core.limits import Limits
from oms.core.records import UNALLOCATED, Asked, OrderPlanned, Quote


def order_id(book: Book, ahead: int = 0) -> str:
    """Return the id of the next order of the day, or of the one `ahead` after it."""
    assert book.date is not None, "an order before the day was opened"
    return f"{book.date.replace('-', '')}-{book.orders_today + 1 + ahead:04d}"


def entry_price_krw(asked: Asked, quote: Quote | None, limits: Limits) -> int:
    """Return the limit price of an entry, in KRW, on the tick and never worse than was asked.

    HIGH reaches some basis points past the best of the other side (or the last trade), so that it
    trades at once without standing at a limit far away; the others stand at their limit.
    """
    assert asked.limit_krw is not None
    is_long = asked.direction == "LONG"
    limit = ticks.round_down(asked.limit_krw) if is_long else ticks.round_up(asked.limit_krw)
    if asked.urgency != "HIGH" or quote is None:
        return limit
    if is_long:
        near = max(quote.price_krw, quote.ask_krw or 0)
        return min(limit, ticks.round_up(near * (BP + limits.high_urgency_bp) // BP))
    near = min(quote.price_krw, quote.bid_krw or quote.price_krw)
    return max(limit, ticks.round_down(near * (BP - limits.high_urgency_bp) // BP))


def entry(
    book: Book, strategy_id: str, asked: Asked, shares: int, quote: Quote | None, at_ns: int
) -> OrderPlanned:
    """Return the order of an approved entry."""
    limits = book.limits
    assert limits is not None
    assert asked.symbol is not None
    assert asked.limit_krw is not None
    life_ns = limits.entry_life_s[asked.urgency] * SECOND_NS
    price = entry_price_krw(asked, quote, limits)
    unit = max(asked.limit_krw, quote.price_krw if quote else 0)
    return OrderPlanned(
        at_ns=at_ns,
        order_id=order_id(book),
        intent_id=asked.intent_id,
        strategy_id=strategy_id,
        symbol=asked.symbol,
        side="BUY" if asked.direction == "LONG" else "SELL",
        shares=shares,
        order_type=OrderType.LIMIT,
        limit_krw=price,
        unit_krw=unit,
        cancel_at_ns=asked.expires_ns if asked.expires_ns is not None else at_ns + life_ns,
        stop_krw=asked.stop_krw,
        market=quote.market if quote else None,
        reason=asked.reason,
        price_krw=quote.price_krw if quote else None,
        time_horizon=asked.time_horizon,
        confidence=asked.confidence,
        effect="OPEN" if book.on_margin else None,
        cash_unit_krw=int(unit * limits.margin_pct) if book.on_margin else None,
    )


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
) -> OrderPlanned:
    """Return the order that closes shares at the market, or at a limit where one is given.

    What is held long is sold; what is held short is bought back.
    """
    listing = book.listing(symbol)
    side: Side = closing_side(book, strategy_id, symbol)
    return OrderPlanned(
        at_ns=at_ns,
        order_id=order_id(book),
        intent_id=intent_id,
        strategy_id=strategy_id,
        symbol=symbol,
        side=side,
        shares=shares,
        order_type=OrderType.MARKET if limit_krw is None else OrderType.LIMIT,
        limit_krw=None if limit_krw is None else _no_worse(side, limit_krw),
        unit_krw=0,
        cancel_at_ns=None,
        stop_krw=None,
        market=listing.market,
        reason=reason,
        price_krw=listing.mark_krw,
        effect="CLOSE" if book.on_margin else None,
    )


def closing_side(book: Book, strategy_id: str, symbol: str) -> Side:
    """Return the side that brings a position, or the shares nobody owns, back to nothing."""
    if strategy_id == UNALLOCATED:
        return "SELL" if book.listing(symbol).unallocated > 0 else "BUY"
    return "SELL" if book.allocation(strategy_id, symbol).direction == "LONG" else "BUY"


def _no_worse(side: Side, limit_krw: int) -> int:
    return ticks.round_up(limit_krw) if side == "SELL" else ticks.round_down(limit_krw)
