"""What a contract of index futures or options is, and the products there are.

Prices are whole hundredths of a point (`_h`): every tick there is divides into them, so no price
and no sum of money is ever a float. Source: krx_market.md §8.2.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Kind = Literal["future", "call", "put"]
Family = Literal["KOSPI200", "MINI", "KOSDAQ150", "THURSDAY", "MONDAY"]

KOSPI200, KOSDAQ150 = "2001", "3003"
"""Underlyings, by the codes of the master file."""


@dataclass(frozen=True, slots=True)
class Product:
    """What all contracts of a family have in common."""

    family: Family
    digits: str  # the product's two characters of a short code
    underlying: str
    multiplier_krw: int  # what a point is worth
    bands: tuple[tuple[int, int], ...]  # (from price, tick), both in hundredths, ascending
    futures: bool
    names: tuple[str, ...]  # of a future; of a call and a put

    def tick_h(self, price_h: int) -> int:
        """Return the tick at a price; a band's edge belongs to the band above."""
        return next(tick for start, tick in reversed(self.bands) if price_h >= start)

    def value_krw(self, price_h: int, quantity: int) -> int:
        """Return what so many contracts at a price stand for, exactly."""
        return price_h * quantity * (self.multiplier_krw // 100)


_OPTION_BANDS = ((0, 1), (1_000, 5))
_MINI_BANDS = ((0, 1), (300, 2), (1_000, 5))

FUTURES = (
    Product("KOSPI200", "01", KOSPI200, 250_000, ((0, 5),), True, ("F",)),
    Product("MINI", "05", KOSPI200, 50_000, ((0, 2),), True, ("미니F",)),
    Product("KOSDAQ150", "06", KOSDAQ150, 10_000, ((0, 10),), True, ("코스닥150F",)),
)
OPTIONS = (
    Product("KOSPI200", "01", KOSPI200, 250_000, _OPTION_BANDS, False, ("C", "P")),
    Product("MINI", "05", KOSPI200, 50_000, _MINI_BANDS, False, ("미니C", "미니P")),
    Product("THURSDAY", "09", KOSPI200, 250_000, _OPTION_BANDS, False, ("위클리C", "위클리P")),
    Product("MONDAY", "AF", KOSPI200, 250_000, _OPTION_BANDS, False, ("위클리M C", "위클리M P")),
)


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract that is listed on the day played."""

    code: str  # short code
    name: str
    product: Product
    kind: Kind
    strike_h: int  # 0 for a future
    expiry: dt.date  # its last trading day
    month: str  # YYYYMM; of a weekly YYMMWW, the week of the month last
    rank: int  # 0 for the nearest expiry of its product

    @property
    def is_option(self) -> bool:
        """Whether it has a strike."""
        return self.kind != "future"

    @property
    def sign(self) -> int:
        """Return 1 for a call, -1 for a put, 0 for a future."""
        return {"call": 1, "put": -1, "future": 0}[self.kind]
