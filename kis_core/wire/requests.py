"""What is asked of KIS, as values: TR id, keys and lane, ready to be sent by any shell.

Every key of a call is present, blank where nothing is said: a missing key is KIS's commonest
refusal (OPSQ2001). Numbers travel as text. A request that an environment does not offer is never
made: the functions raise NotOffered instead, naming what to use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from kis_core.environment import Account, Dialect
from kis_core.errors import NotOffered
from kis_core.wire.account import NewOrder, OrderChange, OrderType
from kis_core.wire.tr_table import (
    CALLS,
    NOT_OFFERED,
    PAPER_ORDER_TYPES,
    PAPER_VENUES,
    Call,
)

# Rows of one answer of the charts (kis_api.md §6.5, §9); fewer rows: there are no more.
DAYS_PER_PAGE = 100
INDEX_DAYS_PER_PAGE = 50


class Lane(IntEnum):
    """Who may use the calls per second first. Lower is served first."""

    ORDER = 0
    CANCEL = 1
    ACCOUNT = 2
    QUOTE = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `fields` is the query of a GET, the JSON body of a POST."""

    call: Call
    tr_id: str
    fields: Mapping[str, str]
    lane: Lane
    next_page: bool = False  # tr_cont: N

    @property
    def is_order(self) -> bool:
        """Whether it changes the account, so that it is sent once and never again."""
        return self.lane in (Lane.ORDER, Lane.CANCEL)


def _request(dialect: Dialect, name: str, lane: Lane, variant: str = "", **said: str) -> Request:
    call = CALLS[name]
    unknown = set(said) - set(call.params)
    assert not unknown, f"{name} has no {unknown}"
    fields = {key: said.get(key, call.fixed.get(key, "")) for key in call.params}
    return Request(call, call.tr_id(dialect, variant), fields, lane)


def next_page(request: Request, fk: str, nk: str) -> Request:
    """Return the request for the page after, given the cursor of the page before."""
    cursor = request.call.cursor
    assert cursor is not None, f"{request.call.name} has no pages"
    turned = {f"CTX_AREA_FK{cursor}": fk, f"CTX_AREA_NK{cursor}": nk}
    return replace(request, fields={**request.fields, **turned}, next_page=True)


# --- orders


def order(dialect: Dialect, account: Account, new: NewOrder) -> Request:
    """Return the request for a new cash order. The direction is in the TR id alone."""
    _check_offered(dialect, new.order_type, new.venue)
    return _request(
        dialect,
        "domestic_stock.order_cash",
        Lane.ORDER,
        "buy" if new.side == "BUY" else "sell",
        **_account(account),
        PDNO=new.symbol,
        ORD_DVSN=new.order_type.value,
        ORD_QTY=str(new.shares),
        ORD_UNPR=str(new.limit_krw or 0),
        EXCG_ID_DVSN_CD=new.venue,
        SLL_TYPE="01" if new.side == "SELL" else "",
    )


def order_change(dialect: Dialect, account: Account, change: OrderChange) -> Request:
    """Return the request that cancels, or re-prices, all that is left of an order."""
    cancel = change.limit_krw is None
    order_type = OrderType.LIMIT if cancel else change.order_type
    _check_offered(dialect, order_type, change.venue)
    return _request(
        dialect,
        "domestic_stock.order_rvsecncl",
        Lane.CANCEL,
        **_account(account),
        KRX_FWDG_ORD_ORGNO=change.branch,
        ORGN_ODNO=change.broker_id,
        ORD_DVSN=order_type.value,
        RVSE_CNCL_DVSN_CD="02" if cancel else "01",
        ORD_QTY="0",
        ORD_UNPR=str(change.limit_krw or 0),
        QTY_ALL_ORD_YN="Y",
        EXCG_ID_DVSN_CD=change.venue,
    )


def _check_offered(dialect: Dialect, order_type: OrderType, venue: str) -> None:
    if order_type is OrderType.STOP_LIMIT:
        raise NotOffered(NOT_OFFERED, "stop-limit orders are not placed here: the OMS keeps stops")
    if dialect == "paper" and order_type.value not in PAPER_ORDER_TYPES:
        instead = "a limit order, cancelled if unfilled"
        raise NotOffered(NOT_OFFERED, f"{order_type.name} is not offered on paper: use {instead}")
    if dialect == "paper" and venue not in PAPER_VENUES:
        raise NotOffered(NOT_OFFERED, f"venue {venue} is not offered on paper: use KRX")


# --- account queries


def order_history(dialect: Dialect, account: Account, day: date, today: date) -> Request:
    """Return the request for all orders of a day, oldest first.

    Oldest first, so that an order that comes in between two pages lands behind them.
    """
    months = (today.year - day.year) * 12 + today.month - day.month
    recent = months < 3 or (months == 3 and day.day >= today.day)
    return _request(
        dialect,
        "domestic_stock.inquire_daily_ccld",
        Lane.ACCOUNT,
        "within_3_months" if recent else "before_3_months",
        **_account(account),
        INQR_STRT_DT=f"{day:%Y%m%d}",
        INQR_END_DT=f"{day:%Y%m%d}",
        SLL_BUY_DVSN_CD="00",
        CCLD_DVSN="00",
        INQR_DVSN="01",
        INQR_DVSN_3="00",
        EXCG_ID_DVSN_CD="ALL" if dialect == "real" else "KRX",
    )


def balance(dialect: Dialect, account: Account) -> Request:
    """Return the request for the holdings and the cash."""
    return _request(
        dialect,
        "domestic_stock.inquire_balance",
        Lane.ACCOUNT,
        **_account(account),
        AFHR_FLPR_YN="N",
        INQR_DVSN="02",
        UNPR_DVSN="01",
        FUND_STTL_ICLD_YN="N",
        FNCG_AMT_AUTO_RDPT_YN="N",
        PRCS_DVSN="00",
    )


def buying_power(
    dialect: Dialect,
    account: Account,
    symbol: str | None,
    limit_krw: int | None,
    order_type: OrderType,
) -> Request:
    """Return the request for what can be bought; without a symbol, the amounts alone."""
    return _request(
        dialect,
        "domestic_stock.inquire_psbl_order",
        Lane.ACCOUNT,
        **_account(account),
        PDNO=symbol or "",
        ORD_UNPR="" if limit_krw is None else str(limit_krw),
        ORD_DVSN=order_type.value,
        CMA_EVLU_AMT_ICLD_YN="N",
        OVRS_ICLD_YN="N",
    )


def _account(account: Account) -> dict[str, str]:
    return {"CANO": account.number, "ACNT_PRDT_CD": account.product}


# --- quotes


def price(dialect: Dialect, symbol: str) -> Request:
    """Return the request for the current price."""
    return _request(dialect, "domestic_stock.inquire_price", Lane.QUOTE, **_stock(symbol))


def book(dialect: Dialect, symbol: str) -> Request:
    """Return the request for the ten best levels of each side."""
    name = "domestic_stock.inquire_asking_price_exp_ccn"
    return _request(dialect, name, Lane.QUOTE, **_stock(symbol))


def minutes_today(dialect: Dialect, symbol: str, hhmmss: str) -> Request:
    """Return the request for today's 30 minutes up to a time."""
    return _request(
        dialect,
        "domestic_stock.inquire_time_itemchartprice",
        Lane.QUOTE,
        **_stock(symbol),
        FID_INPUT_HOUR_1=hhmmss,
        FID_PW_DATA_INCU_YN="N",
    )


def minutes_past(dialect: Dialect, symbol: str, day: date, hhmmss: str) -> Request:
    """Return the request for a past day's 120 minutes up to a time."""
    return _request(
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
    return _request(
        dialect,
        "domestic_stock.inquire_daily_itemchartprice",
        Lane.QUOTE,
        **_stock(symbol),
        **_range(first, last),
        FID_ORG_ADJ_PRC="0",  # 0 is adjusted here, and the opposite in inquire-daily-price
    )


def index_price(dialect: Dialect, code: str) -> Request:
    """Return the request for an index's level."""
    return _request(dialect, "domestic_stock.inquire_index_price", Lane.QUOTE, **_index(code))


def index_days(dialect: Dialect, code: str, first: date, last: date) -> Request:
    """Return the request for the newest 50 days of an index in a range."""
    name = "domestic_stock.inquire_daily_indexchartprice"
    return _request(dialect, name, Lane.QUOTE, **_index(code), **_range(first, last))


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
