"""What the orders of an instrument keep to: its price steps, the day's limits, its costs. Pure.

Stocks have one table of steps. A contract has terms of its own, or none: what is not established
is not entered, and its exits go at the market, which needs no step.
"""

from datetime import date
from functools import lru_cache
from typing import Final, Protocol, cast

from kis_core.market import ticks
from kis_core.market.calendar import CalendarError
from kis_core.market.costs import (
    DerivativeRates,
    Market,
    derivative_order_cost_krw,
    order_cost_krw,
)
from kis_core.market.derivative_terms import Terms as ContractTerms
from kis_core.market.derivative_terms import last_day, terms_of
from kis_core.market.derivatives import CodeError, contract_of
from kis_core.wire.account import Side
from oms.core.limits import Limits
from oms.core.words import Quote


class Terms(Protocol):
    """Price steps and limits, in KRW a share; a contract is a share here."""

    def tick_krw(self, price_krw: int) -> int:
        """Return the step at a price."""
        ...

    def is_on_tick(self, price_krw: int) -> bool:
        """Whether an order may carry this price."""
        ...

    def round_down(self, price_krw: int) -> int:
        """Return the highest price of an order not above this one."""
        ...

    def round_up(self, price_krw: int) -> int:
        """Return the lowest price of an order not below this one."""
        ...

    def ticks_above(self, price_krw: int, ticks: int) -> int:
        """Return the price so many steps above."""
        ...

    def ticks_below(self, price_krw: int, ticks: int) -> int:
        """Return the price so many steps below."""
        ...

    def limits(self, base_krw: int) -> ticks.Limits | None:
        """Return the day's limits from its base price; None where they do not follow from it."""
        ...


STOCK: Final[Terms] = ticks


def of(limits: Limits, symbol: str) -> Terms | None:
    """Return what orders of a symbol keep to; None where that is not established."""
    return STOCK if limits.instruments == "stocks" else of_contract(symbol)


def of_contract(code: str) -> ContractTerms | None:
    """Return the terms of a future or an option; None where they are not established."""
    try:
        return terms_of(code)
    except CodeError:
        return None


def is_option(symbol: str) -> bool:
    """Whether a symbol is a call or a put."""
    try:
        return contract_of(symbol).is_option
    except CodeError:
        return False


@lru_cache(maxsize=4_096)
def closes_ns(symbol: str, day: str, close_ns: int) -> int | None:
    """Return when a contract stops trading on a day (YYYY-MM-DD) whose session ends at `close_ns`.

    Earlier on its last trading day; None after that. A weekly option's code does not say its last
    day: it ends with the session, and the broker refuses what comes too late.
    """
    terms = of_contract(symbol)
    if terms is None:
        return close_ns
    try:
        sessions = terms.sessions(date.fromisoformat(day))
    except CalendarError:
        return close_ns
    return min(sessions[0].closes_ns, close_ns) if sessions else None


def has_ended(symbol: str, day: str, close_ns: int | None, at_ns: int) -> bool | None:
    """Whether a contract trades no more, the session of its last day included; None: not known.

    `close_ns` is when the session of `day` (YYYY-MM-DD) ends. The code of a weekly option, and one
    without terms, does not say when it ends.
    """
    terms = of_contract(symbol)
    last = None if terms is None else last_day(terms.contract)
    if last is None:
        return None
    if date.fromisoformat(day) != last:
        return date.fromisoformat(day) > last
    return close_ns is not None and at_ns >= close_ns


def limits_krw(terms: Terms | None, quote: Quote | None) -> tuple[int | None, int | None]:
    """Return the day's lowest and highest price: the broker's word first, else from the base."""
    if quote is None or terms is None:
        return None, None
    if quote.lower_krw is not None and quote.upper_krw is not None:
        return quote.lower_krw, quote.upper_krw
    return (None, None) if quote.base_krw is None else terms.limits(quote.base_krw) or (None, None)


def commission_ppm(limits: Limits, symbol: str) -> int:
    """Return the broker's commission on a symbol, in millionths of the value traded."""
    options_ppm = limits.options_commission_ppm
    if limits.instruments == "stocks" or options_ppm is None or not is_option(symbol):
        return limits.commission_ppm
    return options_ppm


def cost_krw(
    limits: Limits, symbol: str, side: Side, value_krw: int, market: str | None, day: date
) -> int:
    """Return commission and tax of an order so far, in KRW, from all its fills together.

    Contracts bear no tax. Raises TaxUnknown where no rate of a stock's sale is established.
    """
    if limits.instruments == "derivatives":
        ppm = commission_ppm(limits, symbol)
        return derivative_order_cost_krw(
            is_option(symbol), value_krw, DerivativeRates(futures_ppm=ppm, options_ppm=ppm)
        )
    known = cast(Market, market or "KOSPI")  # its tax differs from KOSDAQ's by rounding only
    return order_cost_krw(side, value_krw, known, day, limits.commission_ppm)


def cash_unit_krw(limits: Limits, symbol: str, side: Side, unit_krw: int) -> int | None:
    """Return what opening one takes of the cash, in KRW; of a contract with its commission.

    A stock is paid for, as a bought option is; a future is backed by a part of its price. What a
    sold option is backed by does not follow from its price: None.
    """
    if limits.instruments == "stocks":
        return unit_krw
    option = is_option(symbol)
    if option and side == "SELL":
        return None
    fee = -(-unit_krw * commission_ppm(limits, symbol) // 1_000_000)
    return (unit_krw if option else int(unit_krw * limits.margin_pct)) + fee
