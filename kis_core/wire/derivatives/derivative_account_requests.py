"""What is asked of a futures and options account: orders, changes, and questions about them.

All raise NotOffered where the environment lacks the call, the order type or the night session.
Unlike a stock order's, the direction stands in the body. Source: kis_api.md §12, §17.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from kis_core.environment import Account, Dialect
from kis_core.errors import NotOffered, Refused
from kis_core.market.derivative_sessions import SessionName
from kis_core.market.derivatives import CodeError, Kind, contract_of
from kis_core.wire.account import Side
from kis_core.wire.accounts.order_types import INPUT_MISSING
from kis_core.wire.derivatives.derivative_account import (
    DerivativeChange,
    DerivativeOrderType,
    NewDerivativeOrder,
)
from kis_core.wire.request import Lane, Request, of_account, request
from kis_core.wire.tr_table import NOT_OFFERED

SettledAt = Literal["1", "2"]
"""EXCC_STAT_CD: valued at the settlement price, or at what was paid."""


@dataclass(frozen=True, slots=True)
class _Style:
    """How the exchange's own two codes say an order type."""

    price: str  # NMPR_TYPE_CD
    condition: str  # KRX_NMPR_CNDT_CD: 0 none, 3 IOC, 4 FOK
    has_limit: bool


_STYLES: Mapping[DerivativeOrderType, _Style] = {
    DerivativeOrderType.LIMIT: _Style("01", "0", True),
    DerivativeOrderType.MARKET: _Style("02", "0", False),
    DerivativeOrderType.CONDITIONAL_LIMIT: _Style("03", "0", True),
    DerivativeOrderType.BEST_LIMIT: _Style("04", "0", False),
    DerivativeOrderType.LIMIT_IOC: _Style("01", "3", True),
    DerivativeOrderType.LIMIT_FOK: _Style("01", "4", True),
    DerivativeOrderType.MARKET_IOC: _Style("02", "3", False),
    DerivativeOrderType.MARKET_FOK: _Style("02", "4", False),
    DerivativeOrderType.BEST_IOC: _Style("04", "3", False),
    DerivativeOrderType.BEST_FOK: _Style("04", "4", False),
}
_ITEMS = {Kind.FUTURE: "01", Kind.CALL: "02", Kind.PUT: "03", Kind.SPREAD: "04"}
_SENT = "02"  # ORD_PRCS_DVSN_CD
_SIDES: Mapping[Side, str] = {"SELL": "01", "BUY": "02"}


def order(dialect: Dialect, account: Account, new: NewDerivativeOrder) -> Request:
    """Return the request for a new order."""
    return request(
        dialect,
        "domestic_futureoption.order",
        Lane.ORDER,
        _variant(dialect, new.session),
        **of_account(account),
        **_terms(dialect, new.order_type, new.limit),
        ORD_PRCS_DVSN_CD=_SENT,
        SLL_BUY_DVSN_CD=_SIDES[new.side],
        SHTN_PDNO=new.code,
        ORD_QTY=str(new.contracts),
    )


def order_change(dialect: Dialect, account: Account, change: DerivativeChange) -> Request:
    """Return the request that cancels, or re-prices, what is left of an order or some of it."""
    variant = _variant(dialect, change.session)
    if change.contracts is None and (change.in_part or variant != "day"):
        where = "at night" if variant == "night" else "on paper" if not variant else "in part"
        raise Refused(INPUT_MISSING, f"a change {where} says how many contracts it is of")
    if change.is_cancel:
        terms = {
            "UNIT_PRICE": "0",
            "NMPR_TYPE_CD": "01",
            "KRX_NMPR_CNDT_CD": "0",
            "ORD_DVSN_CD": "01",
        }
    else:
        terms = _terms(dialect, change.order_type, change.limit)
    return request(
        dialect,
        "domestic_futureoption.order_rvsecncl",
        Lane.CANCEL,
        variant,
        **of_account(account),
        **terms,
        ORD_PRCS_DVSN_CD=_SENT,
        RVSE_CNCL_DVSN_CD="02" if change.is_cancel else "01",
        ORGN_ODNO=change.broker_id,
        ORD_QTY=str(change.contracts or 0),
        RMN_QTY_YN="N" if change.in_part else "Y",
        FUOP_ITEM_DVSN_CD=_item(change.code) if change.session == "night" else "",
    )


def _variant(dialect: Dialect, session: SessionName) -> str:
    """Return which TR id an order has. Paper has one, for the day."""
    if dialect == "paper":
        if session == "night":
            why = "paper has no night session: use the day session"
            raise NotOffered(NOT_OFFERED, why)
        return ""
    return session


def _terms(
    dialect: Dialect, order_type: DerivativeOrderType, limit: Decimal | None
) -> dict[str, str]:
    style = _STYLES[order_type]
    if dialect == "paper" and style.condition != "0":
        instead = "a limit order, cancelled if unfilled"
        raise NotOffered(NOT_OFFERED, f"{order_type.name} is not offered on paper: use {instead}")
    if style.has_limit and limit is None:
        raise Refused(INPUT_MISSING, f"{order_type.name} needs a limit price")
    return {
        "UNIT_PRICE": _price(limit) if style.has_limit else "0",
        "NMPR_TYPE_CD": style.price,
        "KRX_NMPR_CNDT_CD": style.condition,
        "ORD_DVSN_CD": order_type.value,
    }


def _price(limit: Decimal | None) -> str:
    return "0" if limit is None else f"{limit:f}"


def _item(code: str) -> str:
    try:
        return _ITEMS[contract_of(code).kind]
    except CodeError as error:
        raise Refused(INPUT_MISSING, str(error)) from None


def order_history(
    dialect: Dialect, account: Account, day: date, session: SessionName = "day"
) -> Request:
    """Return the request for all orders of a session that begins on `day`, oldest first.

    A night is asked for up to the day it ends on.
    """
    night = session == "night"
    said = {
        "STRT_ORD_DT": f"{day:%Y%m%d}",
        "END_ORD_DT": f"{day + timedelta(days=night):%Y%m%d}",
        "SLL_BUY_DVSN_CD": "00",
        "CCLD_NCCS_DVSN": "00",
        "SORT_SQN": "AS",
    }
    name = (
        "domestic_futureoption.inquire_ngt_ccnl" if night else "domestic_futureoption.inquire_ccnl"
    )
    return request(dialect, name, Lane.ACCOUNT, **of_account(account), **said)


def balance(
    dialect: Dialect, account: Account, session: SessionName = "day", settled_at: SettledAt = "1"
) -> Request:
    """Return the request for the positions and the cash, with initial margins."""
    night = session == "night"
    return request(
        dialect,
        f"domestic_futureoption.inquire_{'ngt_' if night else ''}balance",
        Lane.ACCOUNT,
        **of_account(account),
        MGNA_DVSN="01",
        EXCC_STAT_CD=settled_at,
    )


def orderable(dialect: Dialect, account: Account, new: NewDerivativeOrder) -> Request:
    """Return the request for how many contracts an order may have."""
    night = new.session == "night"
    said = {
        "PDNO": new.code,
        "SLL_BUY_DVSN_CD": _SIDES[new.side],
        "UNIT_PRICE": _terms(dialect, new.order_type, new.limit)["UNIT_PRICE"],
        "ORD_DVSN_CD": new.order_type.value,
    }
    if night:
        said["PRDT_TYPE_CD"] = "301"
    name = f"domestic_futureoption.inquire_psbl_{'ngt_' if night else ''}order"
    return request(dialect, name, Lane.ACCOUNT, **of_account(account), **said)


def deposit(dialect: Dialect, account: Account) -> Request:
    """Return the request for what the account is worth. Not offered on paper."""
    name = "domestic_futureoption.inquire_deposit"
    return request(dialect, name, Lane.ACCOUNT, **of_account(account))
