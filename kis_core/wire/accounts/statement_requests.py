"""What is asked of a stock account about its earnings and its worth. None is offered on paper.

Source: kis_api.md §5.7.
"""

from datetime import date

from kis_core.environment import Account, Dialect
from kis_core.wire.request import Lane, Request, of_account, request


def realized_balance(dialect: Dialect, account: Account) -> Request:
    """Return the request for the balance with what was realised today, costs included."""
    return request(
        dialect,
        "domestic_stock.inquire_balance_rlz_pl",
        Lane.ACCOUNT,
        **of_account(account),
        AFHR_FLPR_YN="N",
        INQR_DVSN="00",
        UNPR_DVSN="01",
        FUND_STTL_ICLD_YN="N",
        FNCG_AMT_AUTO_RDPT_YN="N",
        PRCS_DVSN="00",
        COST_ICLD_YN="Y",
    )


def daily_profit(dialect: Dialect, account: Account, first: date, last: date) -> Request:
    """Return the request for a period's profit by day, oldest first."""
    return request(
        dialect,
        "domestic_stock.inquire_period_profit",
        Lane.ACCOUNT,
        **of_account(account),
        **_period(first, last),
        INQR_DVSN="00",
    )


def trade_profit(
    dialect: Dialect, account: Account, first: date, last: date, symbol: str = ""
) -> Request:
    """Return the request for a period's profit by symbol and day, oldest first."""
    return request(
        dialect,
        "domestic_stock.inquire_period_trade_profit",
        Lane.ACCOUNT,
        **of_account(account),
        **_period(first, last),
        PDNO=symbol,
    )


def _period(first: date, last: date) -> dict[str, str]:
    return {
        "INQR_STRT_DT": f"{first:%Y%m%d}",
        "INQR_END_DT": f"{last:%Y%m%d}",
        "SORT_DVSN": "01",
        "CBLC_DVSN": "00",
    }


def assets(dialect: Dialect, account: Account) -> Request:
    """Return the request for all that an account holds, by class of asset."""
    name = "domestic_stock.inquire_account_balance"
    return request(dialect, name, Lane.ACCOUNT, **of_account(account))


def margin(dialect: Dialect, account: Account) -> Request:
    """Return the request for what orders may use, in KRW."""
    return request(
        dialect,
        "domestic_stock.intgr_margin",
        Lane.ACCOUNT,
        **of_account(account),
        CMA_EVLU_AMT_ICLD_YN="N",
        WCRC_FRCR_DVSN_CD="02",
        FWEX_CTRT_FRCR_DVSN_CD="02",
    )


def rights(dialect: Dialect, account: Account, first: date, last: date) -> Request:
    """Return the request for the corporate actions of a period."""
    return request(
        dialect,
        "domestic_stock.period_rights",
        Lane.ACCOUNT,
        **of_account(account),
        INQR_DVSN="03",
        INQR_STRT_DT=f"{first:%Y%m%d}",
        INQR_END_DT=f"{last:%Y%m%d}",
    )
