"""What is asked of the market as a whole: indices, rankings, halts, days, what there is.

All raise NotOffered where lacking. Source: kis_api.md §6.6, §8, §9.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from kis_core.environment import Dialect
from kis_core.market.events import Venue
from kis_core.wire.quotes.quote_requests import AskedVenue, Period, venue_code
from kis_core.wire.quotes.ranking_sheets import RANKINGS, Ranking
from kis_core.wire.request import Lane, Request, request

SNAPSHOTS_PER_CALL = 30

Board = Literal["KOSPI", "KOSDAQ"]
"""A market of KRX."""

Scope = Literal["ALL", "KOSPI", "KOSDAQ", "KOSPI200"]
"""Which symbols are ranked."""

_SCOPES: Mapping[Scope, str] = {
    "ALL": "0000",
    "KOSPI": "0001",
    "KOSDAQ": "1001",
    "KOSPI200": "2001",
}


def index_minutes(dialect: Dialect, code: str, bar_s: int, past_too: bool) -> Request:
    """Return the request for an index's newest 102 bars of so many seconds."""
    return _of_index(
        dialect,
        "inquire_time_indexchartprice",
        code,
        FID_ETC_CLS_CODE="0",
        FID_INPUT_HOUR_1=str(bar_s),
        FID_PW_DATA_INCU_YN="Y" if past_too else "N",
    )


def index_steps(dialect: Dialect, code: str, step_s: int) -> Request:
    """Return the request for an index's levels every 60, 300 or 600 seconds of today."""
    return _of_index(dialect, "inquire_index_timeprice", code, FID_INPUT_HOUR_1=str(step_s))


def index_prints(dialect: Dialect, code: str) -> Request:
    """Return the request for an index's latest levels."""
    return _of_index(dialect, "inquire_index_tickprice", code)


def index_sessions(dialect: Dialect, code: str, last: date, period: Period) -> Request:
    """Return the request for an index's days, weeks or months up to one."""
    return _of_index(
        dialect,
        "inquire_index_daily_price",
        code,
        FID_PERIOD_DIV_CODE=period,
        FID_INPUT_DATE_1=f"{last:%Y%m%d}",
    )


def sectors(dialect: Dialect, board: Board) -> Request:
    """Return the request for every sector index of a board."""
    code, short = ("0001", "K") if board == "KOSPI" else ("1001", "Q")
    name = "inquire_index_category_price"
    return _of_index(dialect, name, code, FID_MRKT_CLS_CODE=short, FID_BLNG_CLS_CODE="0")


def vi_status(dialect: Dialect, day: date | None, symbol: str, board: Board | None) -> Request:
    """Return the request for the 30 newest volatility interruptions."""
    return request(
        dialect,
        "domestic_stock.inquire_vi_status",
        Lane.QUOTE,
        FID_DIV_CLS_CODE="0",
        FID_MRKT_CLS_CODE={None: "0", "KOSPI": "K", "KOSDAQ": "Q"}[board],
        FID_INPUT_ISCD=symbol,
        FID_RANK_SORT_CLS_CODE="0",
        FID_INPUT_DATE_1="" if day is None else f"{day:%Y%m%d}",
    )


def snapshots(dialect: Dialect, symbols: Sequence[str], venue: AskedVenue = "KRX") -> Request:
    """Return the request for up to 30 symbols at once."""
    assert 0 < len(symbols) <= SNAPSHOTS_PER_CALL
    name = "domestic_stock.intstock_multprice"
    said = {}
    for number, symbol in enumerate(symbols, 1):
        said[f"FID_COND_MRKT_DIV_CODE_{number}"] = venue_code(dialect, venue)
        said[f"FID_INPUT_ISCD_{number}"] = symbol
    return request(dialect, name, Lane.QUOTE, **said)


def stock_info(dialect: Dialect, symbol: str) -> Request:
    """Return the request for what a stock, ETF, ETN or ELW is."""
    name = "domestic_stock.search_stock_info"
    return request(dialect, name, Lane.QUOTE, PRDT_TYPE_CD="300", PDNO=symbol)


def product_info(dialect: Dialect, symbol: str, type_code: str) -> Request:
    """Return the request for what a product is: 300 stocks, 301 derivatives, 302 bonds."""
    name = "domestic_stock.search_info"
    return request(dialect, name, Lane.QUOTE, PDNO=symbol, PRDT_TYPE_CD=type_code)


def market_days(dialect: Dialect, first: date) -> Request:
    """Return the request for the days from one on; KIS wants it once a day at most."""
    name = "domestic_stock.chk_holiday"
    return request(dialect, name, Lane.QUOTE, BASS_DT=f"{first:%Y%m%d}")


def market_time(dialect: Dialect) -> Request:
    """Return the request for the business days around today and the day's hours."""
    return request(dialect, "domestic_stock.market_time", Lane.QUOTE)


def ranking(dialect: Dialect, kind: Ranking, scope: Scope = "ALL", venue: Venue = "KRX") -> Request:
    """Return the request for a ranking of stocks; ValueError for one that takes no scope."""
    sheet = RANKINGS[kind]
    if (scope != "ALL" and not sheet.scope_keys) or (venue != "KRX" and not sheet.venue_keys):
        raise ValueError(f"the ranking {kind!r} is of all symbols, not of {venue} {scope}")
    said = dict(sheet.said)
    for key in sheet.scope_keys:
        said[key] = _SCOPES[scope]
    for key in sheet.venue_keys:
        said[key] = venue_code(dialect, venue)
    return request(dialect, sheet.call, Lane.QUOTE, **said)


def _of_index(dialect: Dialect, name: str, code: str, **said: str) -> Request:
    asked = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": code} | said
    return request(dialect, f"domestic_stock.{name}", Lane.QUOTE, **asked)
