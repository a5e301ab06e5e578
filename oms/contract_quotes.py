"""The market of a future or an option as the OMS knows markets: KRW per contract. Pure.

A contract has no volatility interruption and no sales tax, so a quote of one is never in an
auction and names no market; whether the market is halted, neither a print nor a price says. None
where its terms are not established: what cannot be priced is not traded.
"""

from decimal import Decimal

from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.derivative_terms import PriceError, Terms, terms_of
from kis_core.market.derivatives import CodeError
from kis_core.wire.derivatives.derivative_quotes import DerivativeBook, DerivativePrice
from oms.core.words import Quote


def of_trade(trade: FuturesTrade | OptionTrade, standing: Quote | None = None) -> Quote | None:
    """Return the quote that a print makes; base and limits of the day are `standing`'s."""
    terms = _terms(trade.symbol)
    price_krw = None if terms is None else _krw(terms, trade.price)
    if terms is None or not price_krw:
        return None
    return Quote(
        symbol=trade.symbol,
        price_krw=price_krw,
        at_ns=trade.at_ns,
        arrived_ns=trade.arrived_ns,
        ask_krw=_krw(terms, trade.ask),
        bid_krw=_krw(terms, trade.bid),
        base_krw=standing.base_krw if standing else None,
        volume=trade.cum_contracts,
        lower_krw=standing.lower_krw if standing else None,
        upper_krw=standing.upper_krw if standing else None,
    )


def of_price(price: DerivativePrice, book: DerivativeBook | None = None) -> Quote | None:
    """Return the quote of an asked price; None before the first print of the session.

    KIS does not say when the last print was: it counts as known when the reply came.
    """
    terms = _terms(price.code)
    price_krw = None if terms is None else _krw(terms, price.price)
    if terms is None or not price_krw:
        return None
    return Quote(
        symbol=price.code,
        price_krw=price_krw,
        at_ns=price.at_ns,
        arrived_ns=price.at_ns,
        ask_krw=_krw(terms, book.asks[0].price) if book and book.asks else None,
        bid_krw=_krw(terms, book.bids[0].price) if book and book.bids else None,
        base_krw=_krw(terms, price.base),
        volume=price.volume,
        lower_krw=_krw(terms, price.lower),
        upper_krw=_krw(terms, price.upper),
    )


def _terms(code: str) -> Terms | None:
    try:
        return terms_of(code)
    except CodeError:
        return None


def _krw(terms: Terms, price_pt: Decimal | None) -> int | None:
    """Return points as KRW per contract; None for none, and for what no contract can cost."""
    if not price_pt:
        return None
    try:
        return terms.price_krw(price_pt)
    except PriceError:
        return None
