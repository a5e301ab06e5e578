"""Candles of a contract: of a session by its prints, of days by the index they followed.

Source of a past day is the index's own: nobody recorded the contract. It is marked by the formulas
that the day itself is played by.
"""

import datetime as dt
from typing import Literal, NamedTuple

import numpy as np

from broker_sim.exchange.derivatives.activity import activity_of
from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.market import Market
from kis_core.market.instants import SECOND_NS

Span = Literal["D", "W", "M", "Y"]
_LIFE_DAYS = {"future": 1_100, "monthly": 370, "weekly": 8}


class Candle(NamedTuple):
    """Prices in hundredths, contracts, KRW."""

    start_ns: int
    open_h: int
    high_h: int
    low_h: int
    close_h: int
    quantity: int
    value_krw: int


class DayCandle(NamedTuple):
    """The candle of a date, or of the span that begins on it."""

    date: dt.date
    open_h: int
    high_h: int
    low_h: int
    close_h: int
    quantity: int
    value_krw: int


def candles(
    market: Market, contract: Contract, night: bool, seconds: int, until_ns: int
) -> list[Candle]:
    """Return a session's candles of prints up to and including an instant, ascending."""
    session = market.session(contract, night)
    if session is None or until_ns < session.open_ns:
        return []
    tape = market.tape(contract, night)
    count = tape.count_at(until_ns)
    if count == 0:
        return []
    width = seconds * SECOND_NS
    # Instants of KST midnight are whole hours in UTC, so widths up to an hour need no shift.
    starts = tape.at_ns[:count] // width * width
    first = np.flatnonzero(np.diff(starts, prepend=starts[0] - 1))
    last = np.append(first[1:], count) - 1
    price, quantity = tape.price_h[:count], tape.quantity[:count]
    worth = np.add.reduceat(price * quantity, first)
    columns = (
        starts[first],
        price[first],
        np.maximum.reduceat(price, first),
        np.minimum.reduceat(price, first),
        price[last],
        np.add.reduceat(quantity, first),
    )
    return [
        Candle(start, opened, high, low, closed, traded, contract.product.value_krw(total, 1))
        for start, opened, high, low, closed, traded, total in zip(
            *(column.tolist() for column in (*columns, worth)), strict=True
        )
    ]


def day_candles(
    market: Market, contract: Contract, first: dt.date, last: dt.date, at_ns: int
) -> list[DayCandle]:
    """Return daily candles from `first` to `last`, ascending; the day played is its prints."""
    life = "future" if not contract.is_option else "monthly"
    if contract.product.family in ("THURSDAY", "MONDAY"):
        life = "weekly"
    born = contract.expiry - dt.timedelta(days=_LIFE_DAYS[life])
    underlying = contract.product.underlying
    found = [
        _past(market, contract, row.date, (row.open_pt, row.high_pt, row.low_pt, row.close_pt))
        for row in market.prices.index_days(underlying, max(first, born), last)
    ]
    if first <= market.date <= last:
        quote = market.quote(contract.code, at_ns)
        if quote.prints:
            prices = (quote.open_h, quote.high_h, quote.low_h, quote.last_h)
            found.append(DayCandle(market.date, *prices, quote.quantity, quote.value_krw))
    return found


def grouped(days: list[DayCandle], span: Span) -> list[DayCandle]:
    """Return weeks, months or years of daily candles, each under its first session."""
    if span == "D":
        return days
    groups: dict[tuple[int, ...], list[DayCandle]] = {}
    for day in days:
        week = day.date.isocalendar()
        key = {
            "W": (week.year, week.week),
            "M": (day.date.year, day.date.month),
            "Y": (day.date.year,),
        }[span]
        groups.setdefault(key, []).append(day)
    return [
        DayCandle(
            rows[0].date,
            rows[0].open_h,
            max(row.high_h for row in rows),
            min(row.low_h for row in rows),
            rows[-1].close_h,
            sum(row.quantity for row in rows),
            sum(row.value_krw for row in rows),
        )
        for rows in groups.values()
    ]


def _past(market: Market, contract: Contract, date: str, levels: tuple[object, ...]) -> DayCandle:
    scale = market.prices.scale(contract.product.underlying)
    day = dt.date.fromisoformat(date)
    figures = tuple(float(str(level)) * scale for level in levels)
    opened, *ends, closed = market.prices.fair_on(contract, day, figures)
    usual = activity_of(contract, figures[-1], market.prices.sigma(contract))
    middle, quantity = (opened + closed) // 2, usual.quantity_on(contract.code, day)
    value_krw = contract.product.value_krw(middle, quantity)
    high, low = max(opened, closed, *ends), min(opened, closed, *ends)
    return DayCandle(day, opened, high, low, closed, quantity, value_krw)
