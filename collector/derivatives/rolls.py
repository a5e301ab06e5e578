"""Which contract is the front month of a product on a day, and which comes after it.

Pure. A contract is the front month up to and including the day it is traded last; the calendar says
so for any day it covers, a list of codes (the master's, or a futures board's) for the day it is of.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from collector.derivatives.expiries import month_end
from kis_core.market.calendar import TradingCalendar
from kis_core.market.derivatives import (
    PRODUCTS,
    CodeError,
    Contract,
    Kind,
    contract_of,
    future_code,
)

PRODUCT_CODES: Mapping[str, str] = {"kospi200": "01", "kospi200mini": "05", "kosdaq150": "06"}
"""The two characters of each product's codes."""


@dataclass(frozen=True, slots=True)
class Roll:
    """One row of `contract_rolls`."""

    product: str
    trade_date: date
    front: str
    next: str | None
    last_day: date  # of the front month
    source: str  # calendar or listed


def roll_on(product: str, day: date, calendar: TradingCalendar) -> Roll:
    """Return a product's front month on a trading day, by the calendar."""
    code = PRODUCT_CODES[product]
    year, month = day.year, day.month
    while month not in PRODUCTS[code].months or month_end(year, month, calendar) < day:
        year, month = _after(year, month)
    front, last = future_code(code, year, month), month_end(year, month, calendar)
    year, month = _after(year, month)
    while month not in PRODUCTS[code].months:
        year, month = _after(year, month)
    return Roll(product, day, front, future_code(code, year, month), last, "calendar")


def rolls_between(
    product: str, first: date, last: date, calendar: TradingCalendar
) -> Iterator[Roll]:
    """Yield a product's front months of the trading days first..last, both included."""
    day = first if calendar.is_session(first) else calendar.next(first)
    while day <= last:
        yield roll_on(product, day, calendar)
        day = calendar.next(day)


def roll_listed(
    product: str, codes: Iterable[str], day: date, calendar: TradingCalendar
) -> Roll | None:
    """Return a product's front month among the codes listed on a day; None if none is of it.

    Codes of other products, of options and of spreads may be among them, and are passed over.
    """
    dated = []
    for code in codes:
        try:
            contract = contract_of(code)
        except CodeError:
            continue
        if contract.kind is Kind.FUTURE and contract.product_code == PRODUCT_CODES[product]:
            dated.append(contract)
    alive: list[tuple[date, str]] = []
    for contract in sorted(dated, key=_dated):
        if len(alive) == 2:
            break
        last = month_end(*_dated(contract), calendar)
        if last >= day:
            alive.append((last, contract.code))
    if not alive:
        return None
    following = alive[1][1] if len(alive) > 1 else None
    return Roll(product, day, alive[0][1], following, alive[0][0], "listed")


def _after(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _dated(contract: Contract) -> tuple[int, int]:
    assert contract.year is not None, f"{contract.code} says no year"
    assert contract.month is not None, f"{contract.code} says no month"
    return contract.year, contract.month
