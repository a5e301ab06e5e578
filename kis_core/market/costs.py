"""What an order costs: the broker's commission, and for a stock tax when it is sold.

Every part is computed on the order's *cumulative* value and cut to whole KRW, so however the fills
were split, the increments add up to the same sum, and the simulator and the OMS agree to the won.
The tax is that of the day the trade settles (T+2), not the day it is made.
Source: krx_market.md §6.1, §6.3.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Literal

from kis_core.market.calendar import CalendarError, krx_calendar

Market = Literal["KOSPI", "KOSDAQ", "KONEX", "ETF"]
"""Where a security is listed; ETF stands for ETF, ETN and ELW, which bear no transaction tax."""

MILLION = 1_000_000
SETTLEMENT_SPAN_MAX = timedelta(days=14)  # two sessions, with the longest holidays between them

_TAXES_PPM: tuple[tuple[date, date, dict[Market, tuple[int, ...]]], ...] = (
    # settled from, through, parts of the selling value in ppm:
    # KOSPI transaction tax and rural special tax, each cut on its own; elsewhere one tax
    (
        date(2019, 6, 3),
        date(2020, 12, 31),
        {"KOSPI": (1_000, 1_500), "KOSDAQ": (2_500,), "KONEX": (1_000,), "ETF": ()},
    ),
    (
        date(2021, 1, 1),
        date(2022, 12, 31),
        {"KOSPI": (800, 1_500), "KOSDAQ": (2_300,), "KONEX": (1_000,), "ETF": ()},
    ),
    (
        date(2023, 1, 1),
        date(2023, 12, 31),
        {"KOSPI": (500, 1_500), "KOSDAQ": (2_000,), "KONEX": (1_000,), "ETF": ()},
    ),
    (
        date(2024, 1, 1),
        date(2024, 12, 31),
        {"KOSPI": (300, 1_500), "KOSDAQ": (1_800,), "KONEX": (1_000,), "ETF": ()},
    ),
    (
        date(2025, 1, 1),
        date(2025, 12, 31),
        {"KOSPI": (0, 1_500), "KOSDAQ": (1_500,), "KONEX": (1_000,), "ETF": ()},
    ),
    (
        date(2026, 1, 1),
        date(2026, 12, 31),
        {"KOSPI": (500, 1_500), "KOSDAQ": (2_000,), "KONEX": (1_000,), "ETF": ()},
    ),
)


TAX_KNOWN_ON = _TAXES_PPM[-1][1] - SETTLEMENT_SPAN_MAX
"""The last day whose sales surely settle where a rate is established."""


class TaxUnknown(ValueError):
    """No tax rate is established for the day a sale would settle."""


def order_cost_krw(
    side: Literal["BUY", "SELL"],
    cum_value_krw: int,
    market: Market,
    trade_date: date,
    commission_ppm: int,
) -> int:
    """Return commission and tax of an order so far, in KRW, from all its fills together.

    The cost of one more fill is the difference of two such sums. `commission_ppm` is the broker's
    rate in millionths (140 is 0.014 %). A buy bears no tax; a sale that settles where no rate is
    established raises TaxUnknown.
    """
    if cum_value_krw < 0 or commission_ppm < 0:
        raise ValueError(f"value {cum_value_krw} KRW, commission {commission_ppm} ppm")
    cost = cum_value_krw * commission_ppm // MILLION
    if side == "SELL":
        for ppm in sell_taxes_ppm(market, trade_date):
            cost += cum_value_krw * ppm // MILLION
    return cost


@cache
def sell_taxes_ppm(market: Market, trade_date: date) -> tuple[int, ...]:
    """Return the parts of the tax on a sale made on a day, each in millionths of its value."""
    for first, last, taxes in _TAXES_PPM:
        # Away from a change of rates the calendar need not be asked, nor loaded.
        if first <= trade_date and trade_date + SETTLEMENT_SPAN_MAX <= last:
            return taxes[market]
    try:
        settled = krx_calendar().settlement_date(trade_date)
    except CalendarError as error:
        raise TaxUnknown(f"no settlement day for a sale of {trade_date}: {error}") from error
    for first, last, taxes in _TAXES_PPM:
        if first <= settled <= last:
            return taxes[market]
    raise TaxUnknown(f"no tax rate is known for sales of {trade_date}, settled {settled}")


@dataclass(frozen=True, slots=True)
class DerivativeRates:
    """A broker's commission on futures and on options, in millionths of price times contracts."""

    futures_ppm: int
    options_ppm: int


def derivative_order_cost_krw(is_option: bool, cum_value_krw: int, rates: DerivativeRates) -> int:
    """Return what an order for a future or an option costs so far, in KRW, from all its fills.

    Commission alone, on both sides: there is no transaction tax on futures and options.
    """
    ppm = rates.options_ppm if is_option else rates.futures_ppm
    if cum_value_krw < 0 or ppm < 0:
        raise ValueError(f"value {cum_value_krw} KRW, commission {ppm} ppm")
    return cum_value_krw * ppm // MILLION


def round_trip_cost_ratio(market: Market, trade_date: date, commission_ppm: int) -> float:
    """Return what buying and selling at one price costs, as a share of the value bought.

    Rounding to whole KRW is left out. A price must rise by about this ratio to break even.
    """
    return (2 * commission_ppm + sum(sell_taxes_ppm(market, trade_date))) / MILLION
