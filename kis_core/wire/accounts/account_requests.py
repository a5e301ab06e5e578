"""What is asked of a stock account: orders, changes, and questions about them.

All raise NotOffered where the environment lacks the call, the order type or the venue. Source:
kis_api.md §4, §5.
"""

from datetime import date

from kis_core.environment import Account, Dialect
from kis_core.wire.account import NewOrder, OrderChange, OrderType
from kis_core.wire.accounts.order_types import priced, require_offered
from kis_core.wire.request import Lane, Request, of_account, request


def order(dialect: Dialect, account: Account, new: NewOrder, day: date | None = None) -> Request:
    """Return the request for a new cash order. The direction is in the TR id alone.

    With `day` it is refused, too, if the venue does not take its type on that date.
    """
    require_offered(dialect, new.order_type, new.venue, day)
    return request(
        dialect,
        "domestic_stock.order_cash",
        Lane.ORDER,
        "buy" if new.side == "BUY" else "sell",
        **of_account(account),
        **priced(new.order_type, new.limit_krw, new.condition_krw),
        PDNO=new.symbol,
        ORD_DVSN=new.order_type.value,
        ORD_QTY=str(new.shares),
        EXCG_ID_DVSN_CD=new.venue,
        SLL_TYPE=new.sale_type.value if new.side == "SELL" else "",
    )


def order_change(
    dialect: Dialect, account: Account, change: OrderChange, day: date | None = None
) -> Request:
    """Return the request that cancels, or re-prices, what is left of an order or some of it."""
    order_type = OrderType.LIMIT if change.is_cancel else change.order_type
    require_offered(dialect, order_type, change.venue, day)
    if change.is_cancel:
        prices = {"ORD_UNPR": "0"}
    else:
        prices = priced(order_type, change.limit_krw, change.condition_krw)
    return request(
        dialect,
        "domestic_stock.order_rvsecncl",
        Lane.CANCEL,
        **of_account(account),
        **prices,
        KRX_FWDG_ORD_ORGNO=change.branch,
        ORGN_ODNO=change.broker_id,
        ORD_DVSN=order_type.value,
        RVSE_CNCL_DVSN_CD="02" if change.is_cancel else "01",
        ORD_QTY="0" if change.shares is None else str(change.shares),
        QTY_ALL_ORD_YN="Y" if change.shares is None else "N",
        EXCG_ID_DVSN_CD=change.venue,
    )


def order_history(dialect: Dialect, account: Account, day: date, today: date) -> Request:
    """Return the request for all orders of a day, oldest first.

    Oldest first, so that an order that comes in between two pages lands behind them.
    """
    return _history(dialect, account, day, day, "", recent=day >= three_months_before(today))


def order_histories(
    dialect: Dialect, account: Account, first: date, last: date, today: date, symbol: str = ""
) -> list[Request]:
    """Return the requests for all orders from `first` to `last`, both included, oldest first.

    Two where the span reaches back over three months: what is older has a TR id of its own.
    """
    edge = three_months_before(today)
    before = date.fromordinal(edge.toordinal() - 1)
    asked = []
    if first < edge:
        asked.append(_history(dialect, account, first, min(last, before), symbol, recent=False))
    if last >= edge:
        asked.append(_history(dialect, account, max(first, edge), last, symbol, recent=True))
    return asked


def three_months_before(day: date) -> date:
    """Return the first day that counts as within three months of a day."""
    year, month = divmod(day.year * 12 + day.month - 1 - 3, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:  # that month is shorter
        return date(year, month + 2, 1)


def _history(
    dialect: Dialect, account: Account, first: date, last: date, symbol: str, *, recent: bool
) -> Request:
    return request(
        dialect,
        "domestic_stock.inquire_daily_ccld",
        Lane.ACCOUNT,
        "within_3_months" if recent else "before_3_months",
        **of_account(account),
        INQR_STRT_DT=f"{first:%Y%m%d}",
        INQR_END_DT=f"{last:%Y%m%d}",
        SLL_BUY_DVSN_CD="00",
        PDNO=symbol,
        CCLD_DVSN="00",
        INQR_DVSN="01",
        INQR_DVSN_3="00",
        EXCG_ID_DVSN_CD="ALL" if dialect == "real" else "KRX",
    )


def open_orders(dialect: Dialect, account: Account) -> Request:
    """Return the request for the orders that can still be changed. Not offered on paper."""
    return request(
        dialect,
        "domestic_stock.inquire_psbl_rvsecncl",
        Lane.ACCOUNT,
        **of_account(account),
        INQR_DVSN_1="0",
        INQR_DVSN_2="0",
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


def sellable(dialect: Dialect, account: Account, symbol: str) -> Request:
    """Return the request for what can be sold of a symbol. Not offered on paper."""
    return request(
        dialect,
        "domestic_stock.inquire_psbl_sell",
        Lane.ACCOUNT,
        **of_account(account),
        PDNO=symbol,
    )
