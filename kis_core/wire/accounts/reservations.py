"""Reserved orders: taken now, sent to the exchange when its next day begins. Values, requests and
answers. Pure. Real accounts only.

A reservation has a sequence number of its own (RSVN_ORD_SEQ) and an order number only once it has
become an order. Source: kis_api.md §5.7.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kis_core.environment import Account, Dialect
from kis_core.errors import NotOffered
from kis_core.wire.account import Declined, OrderType, Side, Unknown
from kis_core.wire.accounts.account_replies import side
from kis_core.wire.accounts.order_types import priced
from kis_core.wire.blanks import date_or_none
from kis_core.wire.fields import (
    Body,
    iso_date,
    missing,
    object_of,
    order_number,
    rows_of,
    said,
    whole,
)
from kis_core.wire.request import Lane, Request, of_account, request
from kis_core.wire.tr_table import NOT_OFFERED

RESERVABLE = (
    OrderType.LIMIT,
    OrderType.MARKET,
    OrderType.CONDITIONAL_LIMIT,
    OrderType.PRE_OPEN,
)
_CASH = "10"  # ORD_OBJT_CBLC_DVSN_CD; every other value is credit


@dataclass(frozen=True, slots=True)
class NewReservation:
    """An order for the next session, or for every session until `last_day`."""

    symbol: str
    side: Side
    shares: int
    order_type: OrderType
    limit_krw: int | None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """KIS keeps the reservation. It is not in the market yet, and may be refused there."""

    sequence: str  # RSVN_ORD_SEQ


ReservationOutcome = Reserved | Declined | Unknown


@dataclass(frozen=True, slots=True)
class Reservation:
    """One reserved order and what has become of it."""

    sequence: str
    ordered_on: str  # YYYY-MM-DD, the day it is an order of
    taken_on: str  # YYYY-MM-DD
    symbol: str
    name: str
    side: Side
    shares: int
    limit_krw: int  # 0 for market orders
    order_type: str  # ORD_DVSN_CD
    broker_id: str | None  # ODNO, once it is an order
    filled: int
    filled_value_krw: int
    cancelled_on: str | None  # YYYY-MM-DD
    last_day: str | None  # YYYY-MM-DD, of one that is repeated
    result: str  # prcs_rslt, KIS's words
    why_refused: str  # rjct_rson2


def place(dialect: Dialect, account: Account, new: NewReservation) -> Request:
    """Return the request for a reservation. Not offered on paper."""
    return request(
        dialect,
        "domestic_stock.order_resv",
        Lane.ORDER,
        **of_account(account),
        **_terms(new),
    )


def modify(dialect: Dialect, account: Account, told: Reservation, new: NewReservation) -> Request:
    """Return the request that puts another order in a reservation's place."""
    return request(
        dialect,
        "domestic_stock.order_resv_rvsecncl",
        Lane.CANCEL,
        "modify",
        **of_account(account),
        **_terms(new),
        **_which(told),
    )


def cancel(dialect: Dialect, account: Account, told: Reservation) -> Request:
    """Return the request that takes a reservation back. KIS wants to hear all of it again."""
    return request(
        dialect,
        "domestic_stock.order_resv_rvsecncl",
        Lane.CANCEL,
        "cancel",
        **of_account(account),
        **_which(told),
        PDNO=told.symbol,
        ORD_QTY=str(told.shares),
        ORD_UNPR=str(told.limit_krw),
        SLL_BUY_DVSN_CD="02" if told.side == "BUY" else "01",
        ORD_DVSN_CD=told.order_type,
        ORD_OBJT_CBLC_DVSN_CD=_CASH,
    )


def listing(dialect: Dialect, account: Account, first: date, last: date) -> Request:
    """Return the request for the reservations of some days, cancelled ones included."""
    return request(
        dialect,
        "domestic_stock.order_resv_ccnl",
        Lane.ACCOUNT,
        **of_account(account),
        RSVN_ORD_ORD_DT=f"{first:%Y%m%d}",
        RSVN_ORD_END_DT=f"{last:%Y%m%d}",
        TMNL_MDIA_KIND_CD="00",
        PRCS_DVSN_CD="0",
        CNCL_YN="Y",
    )


def _which(told: Reservation) -> dict[str, str]:
    return {
        "RSVN_ORD_SEQ": told.sequence,
        "RSVN_ORD_ORD_DT": told.ordered_on.replace("-", ""),
    }


def _terms(new: NewReservation) -> dict[str, str]:
    if new.order_type not in RESERVABLE:
        names = ", ".join(order_type.name for order_type in RESERVABLE)
        raise NotOffered(NOT_OFFERED, f"{new.order_type.name} cannot be reserved: use {names}")
    return {
        "PDNO": new.symbol,
        "ORD_QTY": str(new.shares),
        "ORD_UNPR": priced(new.order_type, new.limit_krw, None)["ORD_UNPR"],
        "SLL_BUY_DVSN_CD": "02" if new.side == "BUY" else "01",
        "ORD_DVSN_CD": new.order_type.value,
        "ORD_OBJT_CBLC_DVSN_CD": _CASH,
        "RSVN_ORD_END_DT": "" if new.last_day is None else f"{new.last_day:%Y%m%d}",
    }


def reserved(body: Body) -> Reserved:
    """Read the answer to a reservation."""
    output = object_of(body, "output")
    return Reserved(said(output, "RSVN_ORD_SEQ") or missing("RSVN_ORD_SEQ", output))


def was_changed(body: Body) -> bool:
    """Whether KIS says that it carried out a modify or a cancel."""
    output = object_of(body, "output")
    answer = said(output, "NRML_PRCS_YN") or said(output, "nrml_prcs_yn")
    return (answer or missing("NRML_PRCS_YN", output)) == "Y"


def reservations(bodies: Sequence[Body]) -> list[Reservation]:
    """Read all pages of the reservations."""
    return [_reservation(row) for body in bodies for row in rows_of(body, "output")]


def _reservation(row: Body) -> Reservation:
    return Reservation(
        sequence=said(row, "rsvn_ord_seq") or missing("rsvn_ord_seq", row),
        ordered_on=iso_date(row, "rsvn_ord_ord_dt"),
        taken_on=iso_date(row, "rsvn_ord_rcit_dt"),
        symbol=said(row, "pdno") or missing("pdno", row),
        name=said(row, "kor_item_shtn_name"),
        side=side(row),
        shares=whole(row, "ord_rsvn_qty"),
        limit_krw=whole(row, "ord_rsvn_unpr"),
        order_type=said(row, "ord_dvsn_cd"),
        broker_id=order_number(row, "odno"),
        filled=whole(row, "tot_ccld_qty"),
        filled_value_krw=whole(row, "tot_ccld_amt"),
        cancelled_on=date_or_none(row, "cncl_ord_dt"),
        last_day=date_or_none(row, "rsvn_end_dt"),
        result=said(row, "prcs_rslt"),
        why_refused=said(row, "rjct_rson2"),
    )
