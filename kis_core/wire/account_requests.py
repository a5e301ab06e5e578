"""What is asked of a stock account: orders, changes, and questions about them.

All raise NotOffered where the environment lacks the call, the order type or the venue.
"""

from datetime import date

from kis_core.environment import Account, Dialect
from kis_core.errors import NotOffered
from kis_core.wire.account import NewOrder, OrderChange, OrderType
from kis_core.wire.request import Lane, Request, of_account, request
from kis_core.wire.tr_table import NOT_OFFERED, PAPER_ORDER_TYPES, PAPER_VENUES


def order(dialect: Dialect, account: Account, new: NewOrder) -> Request:
    """Return the request for a new cash order. The direction is in the TR id alone."""
    _check_offered(dialect, new.order_type, new.venue)
    return request(
        dialect,
        "domestic_stock.order_cash",
        Lane.ORDER,
        "buy" if new.side == "BUY" else "sell",
        **of_account(account),
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
    return request(
        dialect,
        "domestic_stock.order_rvsecncl",
        Lane.CANCEL,
        **of_account(account),
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


def order_history(dialect: Dialect, account: Account, day: date, today: date) -> Request:
    """Return the request for all orders of a day, oldest first.

    Oldest first, so that an order that comes in between two pages lands behind them.
    """
    months = (today.year - day.year) * 12 + today.month - day.month
    recent = months < 3 or (months == 3 and day.day >= today.day)
    return request(
        dialect,
        "domestic_stock.inquire_daily_ccld",
        Lane.ACCOUNT,
        "within_3_months" if recent else "before_3_months",
        **of_account(account),
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
    return request(
        dialect,
        "domestic_stock.inquire_balance",
        Lane.ACCOUNT,
        **of_account(account),
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
    return request(
        dialect,
        "domestic_stock.inquire_psbl_order",
        Lane.ACCOUNT,
        **of_account(account),
        PDNO=symbol or "",
        ORD_UNPR="" if limit_krw is None else str(limit_krw),
        ORD_DVSN=order_type.value,
        CMA_EVLU_AMT_ICLD_YN="N",
        OVRS_ICLD_YN="N",
    )
