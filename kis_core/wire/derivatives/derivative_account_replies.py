"""KIS's answers about futures and options orders and their account, as values. Pure.

Raises nothing but ReplyError.
"""

from collections.abc import Sequence

from kis_core.errors import ReplyError
from kis_core.wire.account import Accepted, Side
from kis_core.wire.accounts.account_replies import side
from kis_core.wire.blanks import number_or_none, price_or_none
from kis_core.wire.derivatives.derivative_account import (
    DerivativeBalance,
    DerivativeDeposit,
    DerivativeOrderRow,
    DerivativePosition,
    Orderable,
)
from kis_core.wire.fields import (
    Body,
    decimal,
    flag,
    iso_date,
    missing,
    object_of,
    order_number,
    rows_of,
    said,
    whole,
)

_SIDES: dict[str, Side] = {
    "BUY": "BUY", "매수": "BUY", "02": "BUY",
    "SLL": "SELL", "SELL": "SELL", "매도": "SELL", "01": "SELL",
}  # fmt: skip


def accepted(body: Body) -> Accepted:
    """Read the answer to an order, a cancel or a modify."""
    output = object_of(body, "output")
    return Accepted(
        broker_id=order_number(output, "ODNO") or missing("ODNO", output),
        branch=said(output, "ORD_GNO_BRNO"),
        accepted_at=said(output, "ORD_TMD"),
    )


def order_rows(bodies: Sequence[Body]) -> list[DerivativeOrderRow]:
    """Read all pages of the order history. An order on two pages is taken once, as told last."""
    rows: dict[tuple[str, str], DerivativeOrderRow] = {}
    for body in bodies:
        for row in rows_of(body, "output1"):
            order = _order_row(row)
            rows[order.date, order.broker_id] = order
    return list(rows.values())


def _order_row(row: Body) -> DerivativeOrderRow:
    rejected = said(row, "ingr_trad_rjct_rson_cd").strip("0") != ""
    return DerivativeOrderRow(
        date=iso_date(row, "ord_dt"),
        # Padded with blanks here, with zeros in an order's answer; an original's 0 is none.
        broker_id=order_number(row, "odno") or missing("odno", row),
        original_id=order_number(row, "orgn_odno"),
        code=said(row, "pdno") or missing("pdno", row),
        name=said(row, "prdt_name"),
        side=side(row),
        contracts=whole(row, "ord_qty"),
        limit=decimal(row, "ord_idx" if "ord_idx" in row else "ord_idx4"),
        type_name=said(row, "nmpr_type_name"),
        ordered_at=said(row, "ord_tmd"),
        filled=whole(row, "tot_ccld_qty"),
        average=price_or_none(row, "avg_idx"),
        filled_value_krw=whole(row, "tot_ccld_amt"),
        remaining=whole(row, "qty"),
        rejected=whole(row, "rjct_qty"),
        why_rejected=said(row, "ingr_trad_rjct_rson_name") if rejected else "",
        is_spread=flag(row, "sprd_item_yn"),
        branch=said(row, "ord_gno_brno"),
        is_cancel="취소" in said(row, "trad_dvsn_name"),
    )


def balance(bodies: Sequence[Body]) -> DerivativeBalance:
    """Read all pages of a balance; the totals are those of the last page."""
    total = object_of(bodies[-1], "output2")
    return DerivativeBalance(
        positions=tuple(_position(row) for body in bodies for row in _positions(body)),
        deposit_krw=whole(total, "tot_dncl_amt"),
        cash_krw=whole(total, "dnca_cash"),
        margin_krw=whole(total, "mgna_tota"),
        cash_margin_krw=whole(total, "cash_mgna"),
        margin_call_krw=whole(total, "add_mgna_tota"),
        orderable_krw=whole(total, "ord_psbl_tota"),
        orderable_cash_krw=whole(total, "ord_psbl_cash"),
        withdrawable_krw=whole(total, "wdrw_psbl_tot_amt"),
        net_asset_krw=whole(total, "prsm_dpast"),
        realized_krw=whole(total, "trad_pfls_amt_smtl"),
        unrealized_krw=whole(total, "evlu_pfls_amt_smtl"),
        fee_krw=whole(total, "fee"),
        next_day_krw=whole(total, "nxdy_dnca"),
    )


def _positions(body: Body) -> list[Body]:
    """Return the lines of a page: rows, or an object with a column for each field."""
    told = body.get("output1")
    if not isinstance(told, dict) or not any(isinstance(v, list) for v in told.values()):
        return rows_of(body, "output1")
    columns = {name: v for name, v in told.items() if isinstance(v, list)}
    if len({len(column) for column in columns.values()}) != 1 or len(columns) != len(told):
        raise ReplyError("balance: columns of different lengths", str(body))
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    return rows_of({"output1": rows}, "output1")


def side_named(text: str) -> Side | None:
    """Return the side a position's code or name says, in either language; None where it is none."""
    return _SIDES.get(text)


def _position(row: Body) -> DerivativePosition:
    contracts = whole(row, "cblc_qty1" if "cblc_qty1" in row else "cblc_qty")  # 1: as valued
    names = ("sll_buy_dvsn_cd", "sll_buy_dvsn_name")
    held = next((side for name in names if (side := side_named(said(row, name)))), None)
    if contracts and held is None:
        missing("sll_buy_dvsn_name", row)
    return DerivativePosition(
        code=said(row, "shtn_pdno") or missing("shtn_pdno", row),
        isin=said(row, "pdno"),
        name=said(row, "prdt_name"),
        side=held if contracts else None,
        contracts=contracts,
        closable=whole(row, "lqd_psbl_qty"),
        average=decimal(row, "ccld_avg_unpr1"),
        settlement=decimal(row, "excc_unpr"),
        price=decimal(row, "idx_clpr"),
        cost_krw=whole(row, "pchs_amt"),
        value_krw=whole(row, "evlu_amt"),
        unrealized_krw=whole(row, "evlu_pfls_amt"),
        realized_krw=whole(row, "trad_pfls_amt"),
    )


def orderable(body: Body) -> Orderable:
    """Read how many contracts an order may have. The closable ones are spelt three ways."""
    output = object_of(body, "output")
    spellings = ("lqd_psbl_qty1", "lqd_psbl_qty_1", "lqd_psbl_qty")
    closable = next((name for name in spellings if said(output, name)), spellings[0])
    return Orderable(
        total=whole(output, "tot_psbl_qty"),
        closable=whole(output, closable),
        opening=whole(output, "ord_psbl_qty"),
        base=price_or_none(output, "bass_idx"),
    )


def deposit(body: Body) -> DerivativeDeposit:
    """Read what the account is worth."""
    output = object_of(body, "output")
    return DerivativeDeposit(
        deposit_krw=whole(output, "dnca_tota"),
        margin_cash_krw=whole(output, "brkg_mgna_cash"),
        margin_call_krw=whole(output, "add_mgna_tota"),
        receivable_krw=whole(output, "rcva"),
        orderable_krw=whole(output, "ord_psbl_tota"),
        orderable_cash_krw=whole(output, "ord_psbl_cash"),
        withdrawable_krw=whole(output, "wdrw_psbl_tot_amt"),
        realized_krw=whole(output, "trad_pfls_smtl"),
        unrealized_krw=whole(output, "evlu_pfls_smtl"),
        fee_krw=whole(output, "brkg_fee"),
        net_asset_krw=whole(output, "prsm_dpast_amt"),
        maintenance_pct=number_or_none(output, "mtnc_rt"),
    )
