"""KIS's statements of a futures and options account, as values. Pure.

Raises nothing but ReplyError.
"""

from collections.abc import Sequence

from kis_core.wire.derivatives.derivative_account_replies import side_named
from kis_core.wire.derivatives.derivative_statements import (
    DerivativeFill,
    FeeDay,
    Fees,
    NightMargin,
    SettledPosition,
    Settlement,
)
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
)


def settlement(bodies: Sequence[Body]) -> Settlement:
    """Read all pages of a day's settlement; the totals are those of the last page."""
    total = object_of(bodies[-1], "output2")
    return Settlement(
        positions=tuple(_settled(row) for body in bodies for row in rows_of(body, "output1")),
        cash_krw=whole(total, "dnca_cash"),
        next_day_krw=whole(total, "nxdy_dnca"),
        margin_krw=whole(total, "brkg_mgna_tota"),
        maintenance_krw=whole(total, "mmga_tota"),
        options_bought_krw=whole(total, "opt_buy_chgs"),
        options_sold_krw=whole(total, "opt_sll_chgs"),
        variation_today_krw=whole(total, "thdt_dfpa"),
        variation_held_krw=whole(total, "rnwl_dfpa"),
        fee_krw=whole(total, "fee"),
    )


def _settled(row: Body) -> SettledPosition:
    held = whole(row, "cblc_qty")
    side = side_named(said(row, "trad_dvsn_name"))
    if held and side is None:
        missing("trad_dvsn_name", row)
    return SettledPosition(
        code=said(row, "pdno") or missing("pdno", row),
        name=said(row, "prdt_name"),
        side=side if held else None,
        held_before=whole(row, "bfdy_cblc_qty"),
        opened=whole(row, "new_qty"),
        closed=whole(row, "mnpl_rpch_qty"),
        held=held,
        held_krw=whole(row, "cblc_amt"),
        value_krw=whole(row, "evlu_amt"),
        realized_krw=whole(row, "trad_pfls_amt"),
        unrealized_krw=whole(row, "evlu_pfls_amt"),
    )


def fees(bodies: Sequence[Body]) -> Fees:
    """Read all pages of what a period cost; the totals are those of the last page."""
    days = tuple(_fee_day(row) for body in bodies for row in rows_of(body, "output1"))
    if not days and not bodies[-1].get("output2"):  # "no rows" may leave the sums out, too
        return Fees((), 0, 0, 0)
    total = object_of(bodies[-1], "output2")
    return Fees(
        days=days,
        traded_krw=whole(total, "agrm_amt_smtl"),
        fee_krw=whole(total, "fee_smtl"),
        realized_krw=whole(total, "trad_pfls_smtl"),
    )


def _fee_day(row: Body) -> FeeDay:
    return FeeDay(
        date=iso_date(row, "ord_dt"),
        code=said(row, "pdno") or missing("pdno", row),
        name=said(row, "item_name"),
        sold_krw=whole(row, "sll_agrm_amt"),
        sold_fee_krw=whole(row, "sll_fee"),
        bought_krw=whole(row, "buy_agrm_amt"),
        bought_fee_krw=whole(row, "buy_fee"),
        fee_krw=whole(row, "tot_fee_smtl"),
        realized_krw=whole(row, "trad_pfls"),
    )


def fills(bodies: Sequence[Body]) -> list[DerivativeFill]:
    """Read all pages of a day's fills, as they come. Two alike are two fills."""
    return [
        DerivativeFill(
            code=said(row, "pdno") or missing("pdno", row),
            name=said(row, "prdt_name"),
            broker_id=order_number(row, "odno") or missing("odno", row),
            kind=said(row, "tr_type_name"),
            price=decimal(row, "ccld_idx"),
            contracts=whole(row, "ccld_qty"),
            value_krw=whole(row, "trad_amt"),
            fee_krw=whole(row, "fee"),
            filled_at=said(row, "ccld_btwn"),
        )
        for body in bodies
        for row in rows_of(body, "output1")
    ]


def night_margin(body: Body) -> NightMargin:
    """Read what may be used at night."""
    total = object_of(body, "output3")
    return NightMargin(
        deposit_krw=whole(total, "dnca_tota"),
        orderable_krw=whole(total, "ord_psbl_tot_amt"),
        orderable_cash_krw=whole(total, "ord_psbl_cash_amt"),
        withdrawable_krw=whole(total, "wdrw_psbl_tot_amt"),
        margin_krw=whole(total, "brkg_mgna_tot_amt"),
        margin_cash_krw=whole(total, "brkg_mgna_cash_amt"),
        margin_call_krw=whole(total, "add_mgna_tot_amt"),
        fee_krw=whole(total, "fee_amt"),
        net_asset_krw=whole(total, "prsm_dpast_amt"),
    )
