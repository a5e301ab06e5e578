"""Which contracts are listed on a day: futures, monthly, mini and weekly options around the money.

Months and spacing are the exchange's (krx_market.md §8.2, measured on the master of May 2025);
how far the strikes reach is ours, and no board is wider than KIS shows.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import islice

from broker_sim.exchange.derivatives import codes, expiries
from broker_sim.exchange.derivatives.contracts import (
    FUTURES,
    KOSDAQ150,
    OPTIONS,
    Contract,
    Kind,
    Product,
)

_MONTHS = {"KOSPI200": 6, "MINI": 3}  # of options
_REACH = {"KOSPI200": 40, "MINI": 20, "THURSDAY": 24, "MONDAY": 24}  # strikes a side
_STEP_H, _FAR_STEP_H = 250, 500
_NEAR_MONTHS = 3  # whose strikes are 2.5 points apart
_MINI_FUTURES = 6
_RIGHTS: tuple[Kind, Kind] = ("call", "put")


def listed(day: dt.date, kospi200_h: int, with_kosdaq150: bool) -> dict[str, Contract]:
    """Return the contracts of a day by code, futures first.

    `kospi200_h` is the index at the previous close, around which strikes are laid; without a
    KOSDAQ150 there are no futures on it.
    """
    found = [*_futures(day, with_kosdaq150), *_options(day, kospi200_h)]
    return {contract.code: contract for contract in found}


def _futures(day: dt.date, with_kosdaq: bool) -> Iterator[Contract]:
    for product in FUTURES:
        if product.underlying == KOSDAQ150 and not with_kosdaq:
            continue
        mini = product.family == "MINI"
        alive = islice(expiries.months(day), _MINI_FUTURES) if mini else expiries.quarters(day)
        for rank, (year, month) in enumerate(alive):
            code = codes.dated_code(product, "future", year, month, 0)
            label = f"{year}{month:02d}"
            name = codes.name_of(product, "future", label, 0, wide=False)
            last = expiries.monthly(year, month)
            yield Contract(code, name, product, "future", 0, last, label, rank)


def _options(day: dt.date, index_h: int) -> Iterator[Contract]:
    for product in OPTIONS:
        if product.family in ("THURSDAY", "MONDAY"):
            weekday = expiries.THURSDAY if product.family == "THURSDAY" else expiries.MONDAY
            nominal = expiries.weekly(day, weekday)
            if nominal is not None:
                yield from _week(product, nominal, index_h)
            continue
        for rank, (year, month) in enumerate(islice(expiries.months(day), _MONTHS[product.family])):
            yield from _month(product, year, month, rank, index_h)


def _month(product: Product, year: int, month: int, rank: int, index_h: int) -> Iterator[Contract]:
    step_h = _STEP_H if rank < _NEAR_MONTHS else _FAR_STEP_H
    reach = _REACH[product.family] * _STEP_H // step_h
    strikes = _strikes(index_h, step_h, reach)
    label, last = f"{year}{month:02d}", expiries.monthly(year, month)
    wide = strikes[-1] >= 100_000
    for kind in _RIGHTS:
        for strike_h in strikes:
            code = codes.dated_code(product, kind, year, month, strike_h)
            name = codes.name_of(product, kind, label, strike_h, wide)
            yield Contract(code, name, product, kind, strike_h, last, label, rank)


def _week(product: Product, nominal: dt.date, index_h: int) -> Iterator[Contract]:
    label, last = codes.month_of(nominal), expiries.on_or_before(nominal)
    for kind in _RIGHTS:
        for strike_h in _strikes(index_h, _STEP_H, _REACH[product.family]):
            code = codes.weekly_code(product, kind, nominal, strike_h)
            name = codes.name_of(product, kind, label, strike_h, wide=False)
            yield Contract(code, name, product, kind, strike_h, last, label, 0)


def _strikes(index_h: int, step_h: int, reach: int) -> list[int]:
    middle = (index_h + step_h // 2) // step_h
    return [(middle + away) * step_h for away in range(-reach, reach + 1) if middle + away > 0]
