"""What is asked about one stock: prices, books, trades, charts. All raise NotOffered where lacking.

Source: kis_api.md §6. NXT and the two venues as one are known to the real host alone.
"""

from datetime import date
from typing import Literal

from kis_core.environment import Dialect
from kis_core.errors import NotOffered
from kis_core.wire.request import Lane, Request, request
from kis_core.wire.tr_table import NOT_OFFERED, PAPER_VENUES

AskedVenue = Literal["KRX", "NXT", "UNIFIED"]
"""Where a figure comes from: one of the venues, or both as if they were one."""

Period = Literal["D", "W", "M", "Y"]
"""A day, a week, a month, a year."""

MARKET_CODES: dict[AskedVenue, str] = {"KRX": "J", "NXT": "NX", "UNIFIED": "UN"}

# Rows of one answer of the charts (kis_api.md §6.5, §9); fewer rows: there are no more.
DAYS_PER_PAGE = 100
INDEX_DAYS_PER_PAGE = 50


def price(dialect: Dialect, symbol: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for the current price."""
    return _of_stock(dialect, "inquire_price", symbol, venue)


def standing(dialect: Dialect, symbol: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for the flags a symbol stands under (inquire-price-2)."""
    return _of_stock(dialect, "inquire_price_2", symbol, venue)


def book(dialect: Dialect, symbol: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for the ten best levels of each side."""
    return _of_stock(dialect, "inquire_asking_price_exp_ccn", symbol, venue)


def members(dialect: Dialect, symbol: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for the exchange members that trade most."""
    return _of_stock(dialect, "inquire_member", symbol, venue)


def prints(dialect: Dialect, symbol: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for the latest trades."""
    return _of_stock(dialect, "inquire_ccnl", symbol, venue)


def prints_before(dialect: Dialect, symbol: str, hhmmss: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for today's trades up to a time, newest first."""
    name = "inquire_time_itemconclusion"
    return _of_stock(dialect, name, symbol, venue, FID_INPUT_HOUR_1=hhmmss)


def overtime_price(dialect: Dialect, symbol: str) -> Request:
    """Return the request for the price of the single-price session after the close."""
    return _of_stock(dialect, "inquire_overtime_price", symbol)


def overtime_book(dialect: Dialect, symbol: str) -> Request:
    """Return the request for that session's book."""
    return _of_stock(dialect, "inquire_overtime_asking_price", symbol)


def overtime_prints(dialect: Dialect, symbol: str) -> Request:
    """Return the request for that session's trades; their head holds its price too."""
    name = "inquire_time_overtimeconclusion"
    return _of_stock(dialect, name, symbol, FID_HOUR_CLS_CODE="1")


def overtime_days(dialect: Dialect, symbol: str) -> Request:
    """Return the request for that session's last 30 days."""
    return _of_stock(dialect, "inquire_daily_overtimeprice", symbol)


def minutes_today(dialect: Dialect, symbol: str, hhmmss: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for today's 30 minutes up to a time."""
    return _of_stock(
        dialect,
        "inquire_time_itemchartprice",
        symbol,
        venue,
        FID_INPUT_HOUR_1=hhmmss,
        FID_PW_DATA_INCU_YN="N",
    )


def minutes_past(
    dialect: Dialect, symbol: str, day: date, hhmmss: str, venue: AskedVenue = "KRX"
) -> Request:
    """Return the request for a past day's 120 minutes up to a time."""
    return _of_stock(
        dialect,
        "inquire_time_dailychartprice",
        symbol,
        venue,
        FID_INPUT_HOUR_1=hhmmss,
        FID_INPUT_DATE_1=f"{day:%Y%m%d}",
        FID_PW_DATA_INCU_YN="N",
    )


def days(
    dialect: Dialect,
    symbol: str,
    first: date,
    last: date,
    *,
    period: Period = "D",
    adjusted: bool = True,
    venue: AskedVenue = "KRX",
) -> Request:
    """Return the request for the newest 100 days, weeks … in a range."""
    return _of_stock(
        dialect,
        "inquire_daily_itemchartprice",
        symbol,
        venue,
        FID_INPUT_DATE_1=f"{first:%Y%m%d}",
        FID_INPUT_DATE_2=f"{last:%Y%m%d}",
        FID_PERIOD_DIV_CODE=period,
        FID_ORG_ADJ_PRC="0" if adjusted else "1",  # the opposite in recent_days
    )


def recent_days(
    dialect: Dialect,
    symbol: str,
    *,
    period: Period = "D",
    adjusted: bool = True,
    venue: AskedVenue = "KRX",
) -> Request:
    """Return the request for the last 30 days, weeks or months with foreigners' holdings."""
    return _of_stock(
        dialect,
        "inquire_daily_price",
        symbol,
        venue,
        FID_PERIOD_DIV_CODE=period,
        FID_ORG_ADJ_PRC="1" if adjusted else "0",  # the opposite in days
    )


def short_sales(dialect: Dialect, symbol: str, first: date, last: date) -> Request:
    """Return the request for the short sales of the days in a range."""
    return _of_stock(
        dialect,
        "daily_short_sale",
        symbol,
        FID_INPUT_DATE_1=f"{first:%Y%m%d}",
        FID_INPUT_DATE_2=f"{last:%Y%m%d}",
    )


def index_price(dialect: Dialect, code: str) -> Request:
    """Return the request for an index's level."""
    return _of_index(dialect, "inquire_index_price", code)


def index_days(
    dialect: Dialect, code: str, first: date, last: date, period: Period = "D"
) -> Request:
    """Return the request for the newest 50 days, weeks … of an index in a range."""
    return _of_index(
        dialect,
        "inquire_daily_indexchartprice",
        code,
        FID_INPUT_DATE_1=f"{first:%Y%m%d}",
        FID_INPUT_DATE_2=f"{last:%Y%m%d}",
        FID_PERIOD_DIV_CODE=period,
    )


def venue_code(dialect: Dialect, venue: AskedVenue) -> str:
    """Return KIS's code of a venue, or raise NotOffered."""
    if dialect == "paper" and venue not in PAPER_VENUES:
        raise NotOffered(NOT_OFFERED, f"venue {venue} is not offered on paper: use KRX")
    return MARKET_CODES[venue]


def _of_stock(
    dialect: Dialect, name: str, symbol: str, venue: AskedVenue = "KRX", **said: str
) -> Request:
    code = venue_code(dialect, venue)
    asked = {"FID_COND_MRKT_DIV_CODE": code, "FID_INPUT_ISCD": symbol} | said
    return request(dialect, f"domestic_stock.{name}", Lane.QUOTE, **asked)


def _of_index(dialect: Dialect, name: str, code: str, **said: str) -> Request:
    asked = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": code} | said
    return request(dialect, f"domestic_stock.{name}", Lane.QUOTE, **asked)
