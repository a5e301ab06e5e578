"""What an order for a future or an option has to keep to, in KRW per contract. Pure.

A price here is points times the multiplier: what one contract stands for. The step of every
product in points is a whole number of KRW this way, so prices, values and costs stay exact ints.
Only contracts whose multiplier and price steps are established have terms; the rest is None, and
what is None is not traded. Margin rates are not among them: the exchange sets them anew each month,
and the broker asks for more (`KisDerivatives.margin_rates`). Source: krx_market.md §8.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from kis_core.market.calendar import CalendarError, TradingCalendar, krx_calendar
from kis_core.market.derivative_sessions import DerivativeSession, day_session, night_session
from kis_core.market.derivatives import (
    Contract,
    Kind,
    contract_of,
    last_trading_day,
    last_trading_ns,
)
from kis_core.market.instants import MINUTE_NS
from kis_core.market.ticks import Limits

MONDAY, THURSDAY = 0, 3
_WEEKDAYS = {"09": THURSDAY, "AJ": THURSDAY, "AF": MONDAY, "AK": MONDAY}
_LAST_EARLIER_NS = 25 * MINUTE_NS  # 15:20 is so long before the others close
_CODES_MAX = 8_192  # a listing holds some 10,000; an account trades few of them


class PriceError(ValueError):
    """A price that no contract of this kind can have."""


@dataclass(frozen=True, slots=True)
class Terms:
    """One contract's terms. Prices are KRW per contract.

    A price between two steps can be that of a mark or an average, but not that of an order.
    """

    contract: Contract
    multiplier_krw: int  # KRW a point
    bands: tuple[tuple[int, int], ...]  # (first price of the band, step), ascending from 0
    limit_steps_pct: tuple[int, ...] | None
    at_night: bool | None

    def price_krw(self, price_pt: Decimal) -> int:
        """Return points as KRW per contract. Raises PriceError where that is no whole number."""
        price = price_pt * self.multiplier_krw
        if price < 0 or price != price.to_integral_value():
            code = self.contract.code
            raise PriceError(f"{code} at {price_pt} points is {price} KRW: no price of a contract")
        return int(price)

    def price_pt(self, price_krw: int) -> Decimal:
        """Return KRW per contract as points, exactly."""
        price = Decimal(price_krw) / self.multiplier_krw
        assert price * self.multiplier_krw == price_krw, f"{price_krw} / {self.multiplier_krw}"
        return price

    def tick_krw(self, price_krw: int) -> int:
        """Return the step at a price. A price on a band's edge belongs to the band above."""
        if price_krw < 0:
            raise ValueError(f"price {price_krw} KRW is negative")
        return next(step for low, step in reversed(self.bands) if price_krw >= low)

    def is_on_tick(self, price_krw: int) -> bool:
        """Whether an order may carry this price."""
        return price_krw > 0 and price_krw % self.tick_krw(price_krw) == 0

    def round_down(self, price_krw: int) -> int:
        """Return the highest price of an order not above this one; 0 below the first step."""
        return price_krw - price_krw % self.tick_krw(price_krw)

    def round_up(self, price_krw: int) -> int:
        """Return the lowest price of an order not below this one. Every edge is on both steps."""
        return price_krw + -price_krw % self.tick_krw(price_krw)

    def ticks_above(self, price_krw: int, ticks: int) -> int:
        """Return the price so many steps above; from between two steps the first leads up to one.

        With 0 ticks it is the lowest price of an order not below `price_krw`.
        """
        _require_steps(ticks)
        if ticks == 0:
            return self.round_up(price_krw)
        at = self.round_down(price_krw)
        for _ in range(ticks):
            at += self.tick_krw(at)
        return at

    def ticks_below(self, price_krw: int, ticks: int) -> int:
        """Return the price so many steps below, never below the first step.

        With 0 ticks it is the highest price of an order not above `price_krw`.
        """
        _require_steps(ticks)
        lowest = self.bands[0][1]
        if ticks == 0:
            return max(lowest, self.round_down(price_krw))
        at = self.round_up(price_krw)
        for _ in range(ticks):
            if at <= lowest:
                return lowest
            at -= self.tick_krw(at - 1)
        return at

    def order_price_krw(self, side: Literal["BUY", "SELL"], limit_krw: int) -> int:
        """Return a limit on the step that is never worse than asked: a buy's down, a sell's up.

        Raises PriceError for a buy below the first step.
        """
        rounded = self.round_down(limit_krw) if side == "BUY" else self.round_up(limit_krw)
        if rounded < 1:
            raise PriceError(f"{side} {self.contract.code} at {limit_krw} KRW is no price")
        return rounded

    def stop_price_krw(self, held: int, stop_krw: int) -> int:
        """Return the stop of a position on the step, on the side that risks less.

        Up for contracts held long, down for those held short (`held` negative).
        """
        return self.round_up(stop_krw) if held >= 0 else self.round_down(stop_krw)

    def limits(self, base_krw: int, step: int = 0) -> Limits | None:
        """Return a future's price limits at a step of them, cut inwards; None if not established.

        An option's limits follow from its index and its time: they are the broker's to say.
        """
        if self.limit_steps_pct is None or self.contract.is_option:
            return None
        if base_krw <= 0:
            raise ValueError(f"no limits from a base of {base_krw} KRW")
        width = base_krw * self.limit_steps_pct[step]
        lower, upper = base_krw * 100 - width, base_krw * 100 + width
        return Limits(self.round_up(-(-lower // 100)), self.round_down(upper // 100))

    def sessions(
        self, day: date, calendar: TradingCalendar | None = None, name: str = ""
    ) -> tuple[DerivativeSession, ...]:
        """Return the sessions of a contract that begin on a date, none after its last.

        On its last trading day it ends at 15:20 without a closing auction and has no night. `name`
        is the master's: a weekly option's code alone does not say when it ends.
        """
        by_day = day_session(day, calendar)
        last = last_day(self.contract, name, calendar)
        if by_day is None or (last is not None and day > last):
            return ()
        if day == last:
            closes_ns = last_trading_ns(self.contract, calendar)
            if closes_ns is None:  # a weekly ends at the hour a monthly would
                closes_ns = by_day.closes_ns - _LAST_EARLIER_NS
            return (replace(by_day, closing_auction_ns=closes_ns, closes_ns=closes_ns),)
        night = night_session(day, calendar) if self.at_night else None
        return (by_day,) if night is None else (by_day, night)


@lru_cache(maxsize=_CODES_MAX)
def terms_of(code: str) -> Terms | None:
    """Return a contract's terms, None where they are not established. Raises CodeError."""
    contract = contract_of(code)
    product = contract.product
    if product is None or contract.kind is Kind.SPREAD or product.multiplier_krw is None:
        return None
    ticks = product.option_ticks if contract.is_option else product.future_ticks
    if ticks is None:
        return None
    multiplier = product.multiplier_krw
    bands = tuple((_whole(low * multiplier), _whole(step * multiplier)) for low, step in ticks)
    return Terms(contract, multiplier, bands, product.limit_steps_pct, product.at_night)


def _whole(krw: Decimal) -> int:
    assert krw == krw.to_integral_value(), f"{krw} KRW is no step of exact prices"
    return int(krw)


def last_day(
    contract: Contract, name: str = "", calendar: TradingCalendar | None = None
) -> date | None:
    """Return a contract's last trading day; None where neither code, name nor calendar says it.

    `name` is the master's, as in `위클리M C 2608W2 962.5`: the second Monday of August 2026, or the
    session before it. It is looked at for weekly options alone.
    """
    try:
        if contract.year is not None and contract.month is not None:
            return last_trading_day(contract.year, contract.month, calendar)
        nominal = _weekly_day(contract.product_code, name)
        if nominal is None:
            return None
        days = calendar or krx_calendar()
        return nominal if days.is_session(nominal) else days.previous(nominal)
    except CalendarError:
        return None


def _weekly_day(product_code: str, name: str) -> date | None:
    """Return the Monday or Thursday that a weekly option is named after."""
    weekday = _WEEKDAYS.get(product_code)
    words = [word for word in name.split() if len(word) == 6 and word[4] == "W"]
    if weekday is None or not words:
        return None
    said = words[0][:4] + words[0][5]
    if not (said.isascii() and said.isdecimal()):
        return None
    month, week = int(said[2:4]), int(said[4])
    if not 1 <= month <= 12 or week < 1:
        return None
    first = date(2000 + int(said[:2]), month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (week - 1))
    return day if day.month == month else None


def _require_steps(ticks: int) -> None:
    if ticks < 0:
        raise ValueError(f"{ticks} ticks: go the other way by name")
