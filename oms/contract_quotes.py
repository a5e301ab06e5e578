"""The market of a future or an option as the OMS knows markets: KRW per contract.

A contract has no volatility interruption, no marks of the exchange and no market that a tax would
follow from; whether it is halted neither a print nor a price says. What has no terms, and what no
contract can cost, is no price: entries wait.
"""

from decimal import Decimal

from kis_core.errors import NotOffered, ReplyError
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.derivative_terms import PriceError, Terms
from kis_core.market.events import Book, Trade, Venue
from kis_core.net.derivatives import KisDerivatives
from kis_core.wire.derivatives.derivative_quotes import DerivativeBook, DerivativePrice
from kis_core.wire.quotes.replies import PriceQuote
from oms.core import terms


def as_trade(told: FuturesTrade | OptionTrade) -> Trade | None:
    """Return a print in KRW per contract; None where it has no such price."""
    known = terms.of_contract(told.symbol)
    price_krw = None if known is None else _krw(known, told.price)
    if known is None or not price_krw:
        return None
    return Trade(
        symbol=told.symbol,
        venue="KRX",
        at_ns=told.at_ns,
        arrived_ns=told.arrived_ns,
        price_krw=price_krw,
        volume=told.contracts,
        cum_volume=told.cum_contracts,
        cum_value_krw=(told.cum_value_thousand_krw or 0) * 1_000,
        aggressor=0,
        ask_krw=_krw(known, told.ask),
        bid_krw=_krw(known, told.bid),
        in_auction=False,
        halted=False,
        vi_reference_krw=None,
    )


def as_price(told: DerivativePrice) -> PriceQuote | None:
    """Return an asked price in KRW per contract; None where price, base or limits are not told.

    KIS does not say when the last print was: it counts as known when the reply came. Before the
    first print of the session there is no price.
    """
    known = terms.of_contract(told.code)
    if known is None:
        return None
    asked = (told.price, told.base, told.upper, told.lower)
    price_krw, base_krw, upper_krw, lower_krw = (_krw(known, each) for each in asked)
    if price_krw is None or base_krw is None or upper_krw is None or lower_krw is None:
        return None
    return PriceQuote(
        symbol=told.code,
        at_ns=told.at_ns,
        price_krw=price_krw,
        base_krw=base_krw,
        upper_krw=upper_krw,
        lower_krw=lower_krw,
        open_krw=_krw(known, told.open),
        high_krw=_krw(known, told.high),
        low_krw=_krw(known, told.low),
        cum_volume=told.volume,
        cum_value_krw=told.value_krw,
        tick_krw=known.tick_krw(price_krw),
        market_name="",
        halted=False,
        administrative=False,
        liquidation=False,
        warning_code="00",
        vi_code="N",
        market_cap_krw=None,
    )


def as_book(told: DerivativeBook) -> Book:
    """Return a book in KRW per contract. Levels that no contract can have are left out."""
    known = terms.of_contract(told.code)
    sides = [
        tuple(
            (krw, level.contracts)
            for level in levels
            if known is not None and (krw := _krw(known, level.price))
        )
        for levels in (told.asks, told.bids)
    ]
    return Book(
        told.code, "KRX", told.at_ns, told.arrived_ns, sides[0], sides[1], None, None, False
    )


class ContractQuotes:
    """Who answers what the line does not bring of contracts. Fits `oms.quotes.Asked`."""

    def __init__(self, asked: KisDerivatives) -> None:
        self._asked = asked

    async def price(self, symbol: str, venue: Venue = "KRX") -> PriceQuote:
        """Return the current price, the day's base and limits. Raises KisError where one lacks."""
        _require_krx(symbol, venue)
        told = await self._asked.price(symbol)
        price = as_price(told)
        if price is None:
            raise ReplyError(f"{symbol}: no price, base or limits of an established contract", "")
        return price

    async def book(self, symbol: str, venue: Venue = "KRX") -> Book:
        """Return the best levels of each side."""
        _require_krx(symbol, venue)
        return as_book(await self._asked.book(symbol))

    async def is_on_nxt(self, symbol: str) -> bool:
        """Whether NXT trades the symbol: no contract."""
        return False


def _require_krx(symbol: str, venue: Venue) -> None:
    if venue != "KRX":
        raise NotOffered(venue, f"{venue} trades no futures and options: {symbol}")


def _krw(known: Terms, price_pt: Decimal | None) -> int | None:
    """Return points as KRW per contract; None for none, and for what no contract can cost."""
    if not price_pt:
        return None
    try:
        return known.price_krw(price_pt)
    except PriceError:
        return None
