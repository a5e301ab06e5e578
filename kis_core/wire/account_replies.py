"""KIS's answers about orders and the account, as values. Pure; raises nothing but ReplyError."""

from collections.abc import Sequence

from kis_core.errors import ReplyError
from kis_core.wire.account import Accepted, Balance, BuyingPower, Holding, OrderRow, Side
from kis_core.wire.fields import (
    Body,
    decimal,
    iso_date,
    missing,
    object_of,
    order_number,
    rows_of,
    said,
    whole,
    whole_or_none,
)

_SIDES: dict[str, Side] = {"01": "SELL", "02": "BUY"}


def accepted(body: Body) -> Accepted:
    """Read the answer to an order, a cancel or a modify."""
    output = object_of(body, "output")
    return Accepted(
        broker_id=order_number(output, "ODNO") or missing("ODNO", output),
        branch=said(output, "KRX_FWDG_ORD_ORGNO"),
        accepted_at=said(output, "ORD_TMD"),
    )


def order_rows(bodies: Sequence[Body]) -> list[OrderRow]:
    """Read all pages of the order history. An order on two pages is taken once, as told last."""
    rows: dict[tuple[str, str], OrderRow] = {}
    for body in bodies:
        for row in rows_of(body, "output1"):
            order = _order_row(row)
            rows[order.date, order.broker_id] = order
    return list(rows.values())


def _order_row(row: Body) -> OrderRow:
    side = _SIDES.get(said(row, "sll_buy_dvsn_cd")) or missing("sll_buy_dvsn_cd", row)
    return OrderRow(
        date=iso_date(row, "ord_dt"),
        broker_id=order_number(row, "odno") or missing("odno", row),
        original_id=order_number(row, "orgn_odno"),
        symbol=said(row, "pdno") or missing("pdno", row),
        side=side,
        shares=whole(row, "ord_qty"),
        limit_krw=whole(row, "ord_unpr"),
        order_type=said(row, "ord_dvsn_cd"),
        ordered_at=said(row, "ord_tmd"),
        filled=whole(row, "tot_ccld_qty"),
        filled_value_krw=whole(row, "tot_ccld_amt"),
        cancelled=whole(row, "cncl_cfrm_qty"),
        rejected=whole(row, "rjct_qty"),
        remaining=whole(row, "rmn_qty"),
        is_cancel=said(row, "cncl_yn") == "Y",
        branch=said(row, "ord_gno_brno"),
    )


def balance(bodies: Sequence[Body]) -> Balance:
    """Read all pages of a balance; the totals are those of the last page."""
    totals = rows_of(bodies[-1], "output2")
    if len(totals) != 1:
        raise ReplyError(f"balance: {len(totals)} rows of totals, expected 1", str(bodies[-1]))
    total = totals[0]
    return Balance(
        holdings=tuple(_holding(row) for body in bodies for row in rows_of(body, "output1")),
        deposit_krw=whole(total, "dnca_tot_amt"),
        settled_d2_krw=whole(total, "prvs_rcdl_excc_amt"),
        total_krw=whole(total, "tot_evlu_amt"),
        net_asset_krw=whole(total, "nass_amt"),
        costs_today_krw=whole(total, "thdt_tlex_amt"),
    )


def _holding(row: Body) -> Holding:
    return Holding(
        symbol=said(row, "pdno") or missing("pdno", row),
        name=said(row, "prdt_name"),
        shares=whole(row, "hldg_qty"),
        sellable=whole(row, "ord_psbl_qty"),
        average_krw=float(decimal(row, "pchs_avg_pric")),
        cost_krw=whole(row, "pchs_amt"),
        price_krw=whole(row, "prpr"),
        bought_today=whole(row, "thdt_buyqty"),
        sold_today=whole(row, "thdt_sll_qty"),
    )


def buying_power(body: Body) -> BuyingPower:
    """Read the buying power: amounts without receivables."""
    output = object_of(body, "output")
    return BuyingPower(
        cash_krw=whole(output, "ord_psbl_cash"),
        amount_krw=whole(output, "nrcvb_buy_amt"),
        shares=whole_or_none(output, "nrcvb_buy_qty") or 0,
    )
