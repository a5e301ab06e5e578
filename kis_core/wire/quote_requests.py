"""What is asked of the stock market: prices, books, charts. All raise NotOffered where lacking."""

from datetime import date

from kis_core.environment import Dialect
from kis_core.wire.request import Lane, Request, request

# Rows of one answer of the charts (kis_api.md §6.5, §9); fewer rows: there are no more.
DAYS_PER_PAGE = 100
INDEX_DAYS_PER_PAGE = 50


def price(dialect: Dialect, symbol: str) -> Request:
    """Return the request for the current price."""
    return request(dialect, "domestic_stock.inquire_price", Lane.QUOTE, **_stock(symbol))


def book(dialect: Dialect, symbol: str) -> Request:
    """Return the request for the ten best levels of each side."""
    name = "domestic_stock.inquire_asking_price_exp_ccn"
    return request(dialect, name, Lane.QUOTE, **_stock(symbol))


def minutes_today(dialect: Dialect, symbol: str, hhmmss: str) -> Request:
    """Return the request for today's 30 minutes up to a time."""
    return request(
        dialect,
        "domestic_stock.inquire_time_itemchartprice",
        Lane.QUOTE,
        **_stock(symbol),
        FID_INPUT_HOUR_1=hhmmss,
        FID_PW_DATA_INCU_YN="N",
    )


def minutes_past(dialect: Dialect, symbol: str, day: date, hhmmss: str) -> Request:
    """Return the request for a past day's 120 minutes up to a time."""
    return request(
        dialect,
        "domestic_stock.inquire_time_dailychartprice",
        Lane.QUOTE,
        **_stock(symbol),
        FID_INPUT_HOUR_1=hhmmss,
        FID_INPUT_DATE_1=f"{day:%Y%m%d}",
        FID_PW_DATA_INCU_YN="N",
    )


def days(dialect: Dialect, symbol: str, first: date, last: date) -> Request:
    """Return the request for the newest 100 days in a range, adjusted prices."""
    return request(
        dialect,
        "domestic_stock.inquire_daily_itemchartprice",
        Lane.QUOTE,
        **_stock(symbol),
        **_range(first, last),
        FID_ORG_ADJ_PRC="0",  # 0 is adjusted here, and the opposite in inquire-daily-price
    )


def index_price(dialect: Dialect, code: str) -> Request:
    """Return the request for an index's level."""
    return request(dialect, "domestic_stock.inquire_index_price", Lane.QUOTE, **_index(code))


def index_days(dialect: Dialect, code: str, first: date, last: date) -> Request:
    """Return the request for the newest 50 days of an index in a range."""
    name = "domestic_stock.inquire_daily_indexchartprice"
    return request(dialect, name, Lane.QUOTE, **_index(code), **_range(first, last))


def _stock(symbol: str) -> dict[str, str]:
    return {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": symbol}


def _index(code: str) -> dict[str, str]:
    return {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": code}


def _range(first: date, last: date) -> dict[str, str]:
    return {
        "FID_INPUT_DATE_1": f"{first:%Y%m%d}",
        "FID_INPUT_DATE_2": f"{last:%Y%m%d}",
        "FID_PERIOD_DIV_CODE": "D",
    }
