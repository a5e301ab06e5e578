"""What is asked of the futures and options market. All raise NotOffered where lacking.

A market's code chooses the session, too: F and O are index futures and options by day, CM and EU
the same by night, JF and JO are a stock's. A wrong one is answered with nothing, as an unknown
code is. Source: kis_api.md §10.2, §11.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

from kis_core.environment import Dialect
from kis_core.market.derivative_sessions import SessionName
from kis_core.market.derivatives import contract_of
from kis_core.wire.request import Lane, Request, request

Market = Literal["F", "O", "JF", "JO", "CF", "CM", "EU"]
"""FID_COND_MRKT_DIV_CODE."""
Board = Literal["", "MKI", "WKM", "WKI", "KQI"]
"""KOSPI200, mini, weekly by Monday, weekly by Thursday, KOSDAQ150."""
Period = Literal["D", "W", "M", "Y"]

MINUTES_PER_PAGE = 102
DAYS_PER_PAGE = 100
STRIKES_PER_SIDE = 100  # a board's side has no more rows: a wide chain is cut


def market_of(code: str, session: SessionName = "day") -> Market:
    """Return the market of an index product's code, or raise ValueError for any other.

    A stock's, a bond's and a currency's codes look alike: whoever asks for one says its market.
    """
    contract = contract_of(code)
    if contract.product is None:
        raise ValueError(f"{code} is of no index: say its market, JF, JO or CF")
    if contract.is_option:
        return "O" if session == "day" else "EU"
    return "F" if session == "day" else "CM"


def price(dialect: Dialect, code: str, market: Market) -> Request:
    """Return the request for the current price and its greeks."""
    name = "domestic_futureoption.inquire_price"
    return request(dialect, name, Lane.QUOTE, **_of(code, market))


def book(dialect: Dialect, code: str, market: Market) -> Request:
    """Return the request for the five best levels of each side."""
    name = "domestic_futureoption.inquire_asking_price"
    return request(dialect, name, Lane.QUOTE, **_of(code, market))


def minutes(dialect: Dialect, code: str, market: Market, day: date, hhmmss: str) -> Request:
    """Return the request for the 102 minutes up to a time of a session that begins on `day`.

    After midnight a night's hours go on: 01:30 is 253000 of the day it began on.
    """
    return request(
        dialect,
        "domestic_futureoption.inquire_time_fuopchartprice",
        Lane.QUOTE,
        **_of(code, market),
        FID_HOUR_CLS_CODE="60",
        FID_PW_DATA_INCU_YN="Y",
        FID_FAKE_TICK_INCU_YN="N",
        FID_INPUT_DATE_1=f"{day:%Y%m%d}",
        FID_INPUT_HOUR_1=hhmmss,
    )


def days(
    dialect: Dialect, code: str, market: Market, first: date, last: date, period: Period = "D"
) -> Request:
    """Return the request for the newest 100 days (weeks, months, years) in a range."""
    return request(
        dialect,
        "domestic_futureoption.inquire_daily_fuopchartprice",
        Lane.QUOTE,
        **_of(code, market),
        FID_INPUT_DATE_1=f"{first:%Y%m%d}",
        FID_INPUT_DATE_2=f"{last:%Y%m%d}",
        FID_PERIOD_DIV_CODE=period,
    )


def bucket_start(first: date, period: Period) -> date:
    """Return the date KIS must hear to include the week, month or year of `first`."""
    match period:
        case "D":
            return first
        case "W":
            return first - timedelta(days=first.weekday())
        case "M":  # a date in the month before
            return first.replace(day=1) - timedelta(days=1)
        case "Y":  # a date in the year before
            return first.replace(month=1, day=1) - timedelta(days=1)


def option_board(dialect: Dialect, maturity: str, board: Board) -> Request:
    """Return the request for the calls and puts of an expiry: 202610, or 260904 for a weekly one.

    Slow: once a second is enough.
    """
    if len(maturity) != 6 or not maturity.isdecimal():
        raise ValueError(f"expiry {maturity!r}: expected six digits, Maturity.month")
    return request(
        dialect,
        "domestic_futureoption.display_board_callput",
        Lane.QUOTE,
        FID_COND_MRKT_DIV_CODE="O",
        FID_MRKT_CLS_CODE="CO",
        FID_MTRT_CNT=maturity,
        FID_MRKT_CLS_CODE1="PO",
        FID_COND_MRKT_CLS_CODE=board,
    )


def futures_board(dialect: Dialect, board: Board) -> Request:
    """Return the request for all futures of a family."""
    return request(
        dialect,
        "domestic_futureoption.display_board_futures",
        Lane.QUOTE,
        FID_COND_MRKT_DIV_CODE="F",
        FID_COND_MRKT_CLS_CODE=board,
    )


def maturities(dialect: Dialect) -> Request:
    """Return the request for the expiries of options."""
    return request(dialect, "domestic_futureoption.display_board_option_list", Lane.QUOTE)


def board_top(dialect: Dialect, code: str) -> Request:
    """Return the request for a future beside what it is of."""
    name = "domestic_futureoption.display_board_top"
    return request(dialect, name, Lane.QUOTE, **_of(code, "F"))


def expected_prices(dialect: Dialect, code: str, market: Market) -> Request:
    """Return the request for the auction prices that were expected today."""
    name = "domestic_futureoption.exp_price_trend"
    return request(dialect, name, Lane.QUOTE, **_of(code, market))


def margin_rates(dialect: Dialect, day: date, cursor: str = "") -> Request:
    """Return the request for a day's margin rates; `cursor` is what the page before said."""
    asked = request(
        dialect,
        "domestic_futureoption.margin_rate",
        Lane.QUOTE,
        BASS_DT=f"{day:%Y%m%d}",
        CTX_AREA_NK200=cursor,
    )
    return replace(asked, next_page=bool(cursor))


def _of(code: str, market: Market) -> dict[str, str]:
    return {"FID_COND_MRKT_DIV_CODE": market, "FID_INPUT_ISCD": code}
