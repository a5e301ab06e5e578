"""From what is approved to an order KRX takes: type, price on the tick, life span.

An entry never pays more than its limit; a sell at a limit never takes less. Exits go at the market
and are not withdrawn: they work until filled or until the session is over.
"""

from kis_core.market import ticks
from kis_core.wire.account import OrderType, Side
from oms.core.book import SECOND_NS, Book
from oms.core.gate import BP
from oms.core.limits import Limits
from oms.core.records import Asked, OrderPlanned, Quote


def order_id(book: Book, ahead: int = 0) -> str:
    """Return the id of the next order of the day, or of the one `ahead` after it."""
    assert book.date is not None, "an order before the day was opened"
    return f"{book.date.replace('-', '')}-{book.orders_today + 1 + ahead:04d}"


def entry_price_krw(asked: Asked, quote: Quote | None, limits: Limits) -> int:
    """Return the limit price of an entry, in KRW, on the tick and never above what was asked.

    HIGH reaches some basis points above the best ask (or the last trade), so that it trades at
    once without standing at a limit far above; the others stand at their limit.
    """
    assert asked.limit_krw is not None
    limit = ticks.round_down(asked.limit_krw)
    if asked.urgency != "HIGH" or quote is None:
        return limit
    near = max(quote.price_krw, quote.ask_krw or 0)
    reach = ticks.round_up(near * (BP + limits.high_urgency_bp) // BP)
    return min(limit, reach)


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
    return OrderPlanned(
        at_ns=at_ns,
        order_id=order_id(book),
        intent_id=asked.intent_id,
        strategy_id=strategy_id,
        symbol=asked.symbol,
        side="BUY",
        shares=shares,
        order_type=OrderType.LIMIT,
        limit_krw=price,
        unit_krw=max(asked.limit_krw, quote.price_krw if quote else 0),
        cancel_at_ns=asked.expires_ns if asked.expires_ns is not None else at_ns + life_ns,
        stop_krw=asked.stop_krw,
        market=quote.market if quote else None,
        reason=asked.reason,
        price_krw=quote.price_krw if quote else None,
        time_horizon=asked.time_horizon,
        confidence=asked.confidence,
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
    """Return the order that sells shares at the market, or at a limit where one is given."""
    listing = book.listing(symbol)
    side: Side = "SELL"
    return OrderPlanned(
        at_ns=at_ns,
        order_id=order_id(book),
        intent_id=intent_id,
        strategy_id=strategy_id,
        symbol=symbol,
        side=side,
        shares=shares,
        order_type=OrderType.MARKET if limit_krw is None else OrderType.LIMIT,
        limit_krw=None if limit_krw is None else ticks.round_up(limit_krw),
        unit_krw=0,
        cancel_at_ns=None,
        stop_krw=None,
        market=listing.market,
        reason=reason,
        price_krw=listing.mark_krw,
    )
