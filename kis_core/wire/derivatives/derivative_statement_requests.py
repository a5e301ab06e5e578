"""What is asked of a futures and options account about days that are over. None is on paper.

Source: kis_api.md §12.
"""

from datetime import date

from kis_core.environment import Account, Dialect
from kis_core.wire.derivatives.derivative_account_requests import SettledAt
from kis_core.wire.request import Lane, Request, of_account, request


def settlement(dialect: Dialect, account: Account, day: date) -> Request:
    """Return the request for what a day came to."""
    return request(
        dialect,
        "domestic_futureoption.inquire_balance_settlement_pl",
        Lane.ACCOUNT,
        **of_account(account),
        INQR_DT=f"{day:%Y%m%d}",
    )


def valuation(dialect: Dialect, account: Account, settled_at: SettledAt = "1") -> Request:
    """Return the request for the balance as it is valued, with initial margins."""
    return request(
        dialect,
        "domestic_futureoption.inquire_balance_valuation_pl",
        Lane.ACCOUNT,
        **of_account(account),
        MGNA_DVSN="01",
        EXCC_STAT_CD=settled_at,
    )


def fees(dialect: Dialect, account: Account, first: date, last: date) -> Request:
    """Return the request for what a period's trading cost."""
    return request(
        dialect,
        "domestic_futureoption.inquire_daily_amount_fee",
        Lane.ACCOUNT,
        **of_account(account),
        INQR_STRT_DAY=f"{first:%Y%m%d}",
        INQR_END_DAY=f"{last:%Y%m%d}",
    )


def fills(
    dialect: Dialect,
    account: Account,
    day: date,
    from_hhmmss: str = "000000",
    to_hhmmss: str = "235959",
) -> Request:
    """Return the request for a day's fills, each by itself."""
    return request(
        dialect,
        "domestic_futureoption.inquire_ccnl_bstime",
        Lane.ACCOUNT,
        **of_account(account),
        ORD_DT=f"{day:%Y%m%d}",
        FUOP_TR_STRT_TMD=from_hhmmss,
        FUOP_TR_END_TMD=to_hhmmss,
    )


def night_margin(dialect: Dialect, account: Account) -> Request:
    """Return the request for what may be used at night, with initial margins."""
    return request(
        dialect,
        "domestic_futureoption.ngt_margin_detail",
        Lane.ACCOUNT,
        **of_account(account),
        MGNA_DVSN_CD="01",
    )
