"""What is asked about who trades: investors and programmes. All raise NotOffered where lacking.

Source: kis_api.md §7.
"""

from datetime import date
from typing import Literal

from kis_core.environment import Dialect
from kis_core.wire.quotes.market_requests import Board
from kis_core.wire.quotes.quote_requests import AskedVenue, venue_code
from kis_core.wire.request import Lane, Request, request

Segment = Literal[
    "KOSPI",
    "KOSDAQ",
    "ETF",
    "ETN",
    "ELW",
    "KOSPI200_FUTURES",
    "KOSPI200_CALLS",
    "KOSPI200_PUTS",
    "MINI_FUTURES",
    "MINI_CALLS",
    "MINI_PUTS",
    "WEEKLY_MON_CALLS",
    "WEEKLY_MON_PUTS",
    "WEEKLY_THU_CALLS",
    "WEEKLY_THU_PUTS",
    "KOSDAQ150_FUTURES",
    "KOSDAQ150_CALLS",
    "KOSDAQ150_PUTS",
    "STOCK_FUTURES",
]
"""A part of the market whose investors KIS tells apart during the day."""

_SEGMENTS: dict[Segment, tuple[str, str]] = {
    "KOSPI": ("KSP", "0001"),
    "KOSDAQ": ("KSQ", "1001"),
    "ETF": ("ETF", "T000"),
    "ETN": ("ETN", "E199"),
    "ELW": ("ELW", "W000"),
    "KOSPI200_FUTURES": ("K2I", "F001"),
    "KOSPI200_CALLS": ("K2I", "OC01"),
    "KOSPI200_PUTS": ("K2I", "OP01"),
    "MINI_FUTURES": ("MKI", "F004"),
    "MINI_CALLS": ("MKI", "OC02"),
    "MINI_PUTS": ("MKI", "OP02"),
    "WEEKLY_MON_CALLS": ("WKM", "OC05"),
    "WEEKLY_MON_PUTS": ("WKM", "OP05"),
    "WEEKLY_THU_CALLS": ("WKI", "OC04"),
    "WEEKLY_THU_PUTS": ("WKI", "OP04"),
    "KOSDAQ150_FUTURES": ("KQI", "F002"),
    "KOSDAQ150_CALLS": ("KQI", "OC03"),
    "KOSDAQ150_PUTS": ("KQI", "OP03"),
    "STOCK_FUTURES": ("999", "S001"),
}
IN_SHARES: frozenset[Segment] = frozenset({"KOSPI", "KOSDAQ", "ETF", "ETN", "ELW"})
"""Segments counted in thousands of shares; the others count contracts."""

_BOARDS: dict[Board, tuple[str, str]] = {"KOSPI": ("KSP", "0001"), "KOSDAQ": ("KSQ", "1001")}


def investor_days(dialect: Dialect, symbol: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for three investor groups on each of the last 30 days."""
    return _of_stock(dialect, "inquire_investor", symbol, venue)


def investor_days_by_group(
    dialect: Dialect, symbol: str, last: date, venue: AskedVenue = "KRX"
) -> Request:
    """Return the request for all investor groups on the days up to one."""
    name = "investor_trade_by_stock_daily"
    said = {"FID_INPUT_DATE_1": f"{last:%Y%m%d}", "FID_ETC_CLS_CODE": "1"}
    return _of_stock(dialect, name, symbol, venue, **said)


def investor_estimates(dialect: Dialect, symbol: str) -> Request:
    """Return the request for the staff's estimates of today so far."""
    name = "domestic_stock.investor_trend_estimate"
    return request(dialect, name, Lane.QUOTE, MKSC_SHRN_ISCD=symbol)


def net_buyers(
    dialect: Dialect,
    group: Literal["all", "foreign", "institution", "other"],
    *,
    sold: bool,
    by_value: bool,
    scope: Literal["ALL", "KOSPI", "KOSDAQ"],
) -> Request:
    """Return the request for the symbols that foreigners and institutions buy or sell most."""
    return request(
        dialect,
        "domestic_stock.foreign_institution_total",
        Lane.QUOTE,
        FID_INPUT_ISCD={"ALL": "0000", "KOSPI": "0001", "KOSDAQ": "1001"}[scope],
        FID_DIV_CLS_CODE="1" if by_value else "0",
        FID_RANK_SORT_CLS_CODE="1" if sold else "0",
        FID_ETC_CLS_CODE={"all": "0", "foreign": "1", "institution": "2", "other": "3"}[group],
    )


def segment_now(dialect: Dialect, segment: Segment) -> Request:
    """Return the request for all investor groups in a part of the market, today so far."""
    part, sector = _SEGMENTS[segment]
    name = "domestic_stock.inquire_investor_time_by_market"
    return request(dialect, name, Lane.QUOTE, FID_INPUT_ISCD=part, FID_INPUT_ISCD_2=sector)


def board_days(dialect: Dialect, board: Board, last: date) -> Request:
    """Return the request for all investor groups in a market on the days up to one."""
    part, sector = _BOARDS[board]
    return request(
        dialect,
        "domestic_stock.inquire_investor_daily_by_market",
        Lane.QUOTE,
        FID_COND_MRKT_DIV_CODE="U",
        FID_INPUT_ISCD=sector,
        FID_INPUT_DATE_1=f"{last:%Y%m%d}",
        FID_INPUT_DATE_2=f"{last:%Y%m%d}",
        FID_INPUT_ISCD_1=part,
        FID_INPUT_ISCD_2=sector,
    )


def programs(dialect: Dialect, symbol: str, venue: AskedVenue = "KRX") -> Request:
    """Return the request for a stock's programme trading, today so far."""
    return _of_stock(dialect, "program_trade_by_stock", symbol, venue)


def program_days(dialect: Dialect, symbol: str, last: date, venue: AskedVenue = "KRX") -> Request:
    """Return the request for a stock's programme trading on the days up to one."""
    name = "program_trade_by_stock_daily"
    return _of_stock(dialect, name, symbol, venue, FID_INPUT_DATE_1=f"00{last:%Y%m%d}")


def board_programs(dialect: Dialect, board: Board, venue: AskedVenue = "KRX") -> Request:
    """Return the request for a market's programme trading in the last 30 minutes."""
    return _of_board(dialect, "comp_program_trade_today", board, venue)


def board_program_days(
    dialect: Dialect, board: Board, first: date, last: date, venue: AskedVenue = "KRX"
) -> Request:
    """Return the request for a market's programme trading by day, eight months at most."""
    return _of_board(
        dialect,
        "comp_program_trade_daily",
        board,
        venue,
        FID_INPUT_DATE_1=f"{first:%Y%m%d}",
        FID_INPUT_DATE_2=f"{last:%Y%m%d}",
    )


def programs_by_investor(dialect: Dialect, board: Board, venue: AskedVenue = "KRX") -> Request:
    """Return the request for a market's programme trading by investor, today so far."""
    return request(
        dialect,
        "domestic_stock.investor_program_trade_today",
        Lane.QUOTE,
        EXCH_DIV_CLS_CODE=venue_code(dialect, venue),
        MRKT_DIV_CLS_CODE="1" if board == "KOSPI" else "4",
    )


def _of_stock(dialect: Dialect, name: str, symbol: str, venue: AskedVenue, **said: str) -> Request:
    asked = {"FID_COND_MRKT_DIV_CODE": venue_code(dialect, venue), "FID_INPUT_ISCD": symbol} | said
    return request(dialect, f"domestic_stock.{name}", Lane.QUOTE, **asked)


def _of_board(dialect: Dialect, name: str, board: Board, venue: AskedVenue, **said: str) -> Request:
    asked = {
        "FID_COND_MRKT_DIV_CODE": venue_code(dialect, venue),
        "FID_MRKT_CLS_CODE": "K" if board == "KOSPI" else "Q",
    } | said
    return request(dialect, f"domestic_stock.{name}", Lane.QUOTE, **asked)
