"""Codes, price steps and last trading days of Korean futures and options. Pure.

A short code says its class (future, call, put, spread), its product, and when it expires; nothing
else of it is read here: strikes and weekly expiries are looked up in the master, since three
characters do not hold them. Contracts that expire from 2026 on have a letter for their class
(A B C D), those before a digit (1 2 3 4); a listing of 2025 holds both. A year is one character,
so a code comes again after thirty years: whoever stores one stores its ISIN beside it.
Source: kis_api.md §10.1, krx_market.md §8.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from kis_core.market.calendar import TradingCalendar, krx_calendar
from kis_core.market.instants import instant_ns, shifted


class CodeError(ValueError):
    """Not a short code of a Korean future or option."""

    def __init__(self, text: object) -> None:
        super().__init__(
            f"derivative code {text!r}: expected class, product, year and month, "
            "as in A01612, B01610745, BAFBRW962 or D0160301"
        )


class Kind(StrEnum):
    """What a contract is. The first character of its code alone says so."""

    FUTURE = "future"
    CALL = "call"
    PUT = "put"
    SPREAD = "spread"


Ticks = tuple[tuple[Decimal, Decimal], ...]
"""(first price of the band, step), points."""


def _ticks(*bands: tuple[str, str]) -> Ticks:
    return tuple((Decimal(low), Decimal(step)) for low, step in bands)


@dataclass(frozen=True, slots=True)
class Product:
    """What a family of contracts shares. None is not established."""

    code: str
    name: str
    multiplier_krw: int | None = None  # KRW a point
    future_ticks: Ticks | None = None
    option_ticks: Ticks | None = None
    months: tuple[int, ...] = (3, 6, 9, 12)  # of its nearest futures
    weekly: bool = False
    limit_steps_pct: tuple[int, ...] | None = (
        None  # of the day's limits, from the first to the last
    )
    at_night: bool | None = None  # whether it trades in the night session


_MONTHLY = tuple(range(1, 13))
_STEPS = (8, 15, 20)
_KOSPI200_OPTION = _ticks(("0", "0.01"), ("10", "0.05"))

# Every index product. Two characters that are not here may be a stock's, a bond's or a currency's.
PRODUCTS: Mapping[str, Product] = {
    product.code: product
    for product in (
        Product(
            "01",
            "KOSPI200",
            250_000,
            _ticks(("0", "0.05")),
            _KOSPI200_OPTION,
            limit_steps_pct=_STEPS,
            at_night=True,
        ),
        Product(
            "05",
            "mini KOSPI200",
            50_000,
            _ticks(("0", "0.02")),
            _ticks(("0", "0.01"), ("3", "0.02"), ("10", "0.05")),
            _MONTHLY,
            limit_steps_pct=_STEPS,
            at_night=True,
        ),
        Product(
            "06",
            "KOSDAQ150",
            10_000,
            _ticks(("0", "0.1")),
            limit_steps_pct=_STEPS,
            at_night=True,
        ),
        Product("04", "VKOSPI", months=_MONTHLY),
        Product("07", "Euro Stoxx 50"),
        Product("08", "KRX300"),
        *(
            Product(
                code,
                f"KOSPI200 weekly ({weekday})",
                250_000,
                None,
                _KOSPI200_OPTION,
                weekly=True,
                limit_steps_pct=_STEPS,
                at_night=True,
            )
            for code, weekday in (("09", "Thu"), ("AF", "Mon"))
        ),
        Product("AJ", "KOSDAQ150 weekly (Thu)", 10_000, weekly=True),
        Product("AK", "KOSDAQ150 weekly (Mon)", 10_000, weekly=True),
        *(Product(f"A{n}", "sector or theme index") for n in "0123456789ABCDEGHIL"),
    )
}

_CLASSES = {
    "A": Kind.FUTURE, "B": Kind.CALL, "C": Kind.PUT, "D": Kind.SPREAD,
    "1": Kind.FUTURE, "2": Kind.CALL, "3": Kind.PUT, "4": Kind.SPREAD,
}  # fmt: skip
_LETTERS = {Kind.FUTURE: ("A", "1"), Kind.CALL: ("B", "2"), Kind.PUT: ("C", "3")}
_YEARS = "6789012345ABCDEFGHJKLMNPQRSTVW"  # thirty; I, O and U are not used
_FIRST_YEAR = {True: 2026, False: 1996}  # of a class that is a letter, a digit
LETTERS_SINCE = 2026

_YEAR, _MONTH = f"(?P<year>[{_YEARS}])", "(?P<month>0[1-9]|1[0-2])"
_PRODUCT = "(?P<product>[0-9A-Z]{2})"
_FUTURE = re.compile(f"[A1]{_PRODUCT}{_YEAR}{_MONTH}")
_OPTION = re.compile(f"[BC23]{_PRODUCT}{_YEAR}{_MONTH}(?P<tail>[0-9A-Z]{{3}})")
_WEEKLY = re.compile("[BC23](?P<product>09|AF|AJ|AK)(?P<series>[0-9A-Z]{2})W(?P<tail>[0-9A-Z]{3})")
_SPREAD = re.compile(f"[D4]{_PRODUCT}{_YEAR}{_MONTH}(?P<tail>[0-9A-Z]{{2}})")


@dataclass(frozen=True, slots=True)
class Contract:
    """What a short code safely says. `year` and `month` are None for a weekly option."""

    code: str
    kind: Kind
    product_code: str
    year: int | None
    month: int | None  # of a spread: its near leg's
    series: str | None  # a weekly option's running counter; says no date
    tail: str  # strike or running index, a spread's far leg; "" for a future. Never a number here.

    @property
    def product(self) -> Product | None:
        """Return the index product, None where the code's two characters are none."""
        return PRODUCTS.get(self.product_code)

    @property
    def is_option(self) -> bool:
        """Whether it is a call or a put."""
        return self.kind in (Kind.CALL, Kind.PUT)


def contract_of(code: str) -> Contract:
    """Return what a short code says, or raise CodeError."""
    if not isinstance(code, str):
        raise CodeError(code)
    found = next(
        (m for p in (_WEEKLY, _FUTURE, _OPTION, _SPREAD) if (m := p.fullmatch(code))), None
    )
    if found is None:
        raise CodeError(code)
    parts = found.groupdict()
    year = parts.get("year")
    return Contract(
        code=code,
        kind=_CLASSES[code[0]],
        product_code=parts["product"],
        year=None if year is None else _FIRST_YEAR[code[0].isalpha()] + _YEARS.index(year),
        month=None if year is None else int(parts["month"]),
        series=parts.get("series"),
        tail=parts.get("tail") or "",
    )


def future_code(product: str, year: int, month: int) -> str:
    """Return the short code of a product's future that expires in a month of 1996 to 2055."""
    letter, digit = _LETTERS[Kind.FUTURE]
    new = year >= LETTERS_SINCE
    index = year - _FIRST_YEAR[new]
    if not (0 <= index < len(_YEARS) and 1 <= month <= 12):
        raise ValueError(f"no code for {year}-{month:02d}")
    return f"{letter if new else digit}{product}{_YEARS[index]}{month:02d}"


def tick_pt(contract: Contract, price_pt: Decimal) -> Decimal | None:
    """Return the price step at a price, in points; None where it is not established.

    A price on a band's edge belongs to the band above: an option at 10 moves by 0.05.
    """
    product = contract.product
    if product is None or contract.kind is Kind.SPREAD:
        return None
    bands = product.option_ticks if contract.is_option else product.future_ticks
    if bands is None:
        return None
    if price_pt < 0:
        raise ValueError(f"price {price_pt} points is negative")
    return next(step for low, step in reversed(bands) if price_pt >= low)


def is_on_tick(contract: Contract, price_pt: Decimal) -> bool | None:
    """Whether an order may carry this price; None where the step is not established."""
    step = tick_pt(contract, price_pt)
    return None if step is None else price_pt > 0 and price_pt % step == 0


def value_krw(contract: Contract, price_pt: Decimal, contracts: int) -> Decimal | None:
    """Return what so many contracts are worth at a price, in KRW; None without a multiplier."""
    product = contract.product
    if product is None or product.multiplier_krw is None:
        return None
    return price_pt * product.multiplier_krw * contracts


def last_trading_day(year: int, month: int, calendar: TradingCalendar | None = None) -> date:
    """Return a month's second Thursday, or the session before it where it is closed.

    Futures and monthly options alike. Raises CalendarError for what the calendar does not cover.
    """
    days = calendar or krx_calendar()
    first = date(year, month, 1)
    thursday = first + timedelta(days=(3 - first.weekday()) % 7 + 7)
    return thursday if days.is_session(thursday) else days.previous(thursday)


def last_trading_ns(contract: Contract, calendar: TradingCalendar | None = None) -> int | None:
    """Return when a contract stops trading on its last day: 15:20 KST, ten minutes before KRX.

    None for a weekly option, whose code says no date.
    """
    if contract.year is None or contract.month is None:
        return None
    days = calendar or krx_calendar()
    day = last_trading_day(contract.year, contract.month, days)
    return instant_ns(day, shifted(days.hours(day).closes, -10))


def front_future(product: str, day: date, calendar: TradingCalendar | None = None) -> str:
    """Return the code of the nearest future on a day, its last trading day included.

    At 15:20 of that day the next one takes over. Raises KeyError for a product without futures.
    """
    months = PRODUCTS[product].months
    if PRODUCTS[product].weekly:
        raise KeyError(product)
    year, month = day.year, day.month
    while month not in months or last_trading_day(year, month, calendar) < day:
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return future_code(product, year, month)


def nearest(contracts: Iterable[Contract], day: date) -> Contract | None:
    """Return the dated contract that expires next on or after a day, None where all are over."""
    over = last_trading_day(day.year, day.month) < day
    dated = [
        ((contract.year, contract.month), contract)
        for contract in contracts
        if contract.year is not None and contract.month is not None
    ]
    this = (day.year, day.month)
    living = [row for row in dated if row[0] > this or (row[0] == this and not over)]
    return min(living, key=lambda row: row[0])[1] if living else None
