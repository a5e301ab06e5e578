"""KIS's answers about orders and the account, as values. Pure; raises nothing but ReplyError."""

from collections.abc import Iterable, Sequence

from kis_core.errors import ReplyError
from kis_core.wire.account import (
    Accepted,
    Balance,
    BuyingPower,
    Holding,
    OpenOrder,
    OrderRow,
    Sellable,
    Side,
)
from kis_core.wire.blanks import date_or_none
from kis_core.wire.fields import (
    Body,
    decimal,
    iso_date,
    missing,
    object_of,
    order_number,
    price,
    rows_of,
    said,
    whole,
    whole_or_none,
)

_SIDES: dict[str, Side] = {"01": "SELL", "02": "BUY"}
_NO_ROWS = "KIOK0560"  # "no rows": the outputs may be left out


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
    return OrderRow(
        date=iso_date(row, "ord_dt"),
        broker_id=order_number(row, "odno") or missing("odno", row),
        original_id=order_number(row, "orgn_odno"),
        symbol=said(row, "pdno") or missing("pdno", row),
        side=side(row),
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
        venue=said(row, "excg_id_dvsn_Cd"),
        condition_krw=price(row, "stpm_cndt_pric"),
    )


def side(row: Body) -> Side:
    """Return the side of a row."""
    return _SIDES.get(said(row, "sll_buy_dvsn_cd")) or missing("sll_buy_dvsn_cd", row)


def open_orders(bodies: Sequence[Body]) -> list[OpenOrder]:
    """Read all pages of the open orders. An order on two pages is taken once, as told last."""
    found = {
        order.broker_id: order
        for body in bodies
        for row in rows_of(body, "output")
        for order in (_open_order(row),)
    }
    return list(found.values())


def _open_order(row: Body) -> OpenOrder:
    return OpenOrder(
        broker_id=order_number(row, "odno") or missing("odno", row),
        original_id=order_number(row, "orgn_odno"),
        symbol=said(row, "pdno") or missing("pdno", row),
        side=side(row),
        shares=whole(row, "ord_qty"),
        limit_krw=whole(row, "ord_unpr"),
        order_type=said(row, "ord_dvsn_cd"),
        ordered_at=said(row, "ord_tmd"),
        filled=whole(row, "tot_ccld_qty"),
        filled_value_krw=whole(row, "tot_ccld_amt"),
        changeable=whole(row, "psbl_qty"),
        branch=said(row, "ord_gno_brno"),
        venue=said(row, "excg_id_dvsn_cd"),
        condition_krw=price(row, "stpm_cndt_pric"),
    )


def open_of_history(rows: Iterable[OrderRow]) -> list[OpenOrder]:
    """Return the open orders as the history has them: what paper offers instead.

    A cancel is in the history as an order of its own, with an original; nobody can change it.
    """
    return [
        OpenOrder(
            broker_id=row.broker_id,
            original_id=row.original_id,
            symbol=row.symbol,
            side=row.side,
            shares=row.shares,
            limit_krw=row.limit_krw,
            order_type=row.order_type,
            ordered_at=row.ordered_at,
            filled=row.filled,
            filled_value_krw=row.filled_value_krw,
            changeable=row.remaining,
            branch=row.branch,
            venue=row.venue,
            condition_krw=row.condition_krw,
        )
        for row in rows
        if row.remaining > 0 and not (row.is_cancel and row.original_id is not None)
    ]


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
        loan_date=date_or_none(row, "loan_dt"),
    )


def buying_power(body: Body) -> BuyingPower:
    """Read the buying power: amounts without receivables."""
    output = object_of(body, "output")
    return BuyingPower(
        cash_krw=whole(output, "ord_psbl_cash"),
        amount_krw=whole(output, "nrcvb_buy_amt"),
        shares=whole_or_none(output, "nrcvb_buy_qty") or 0,
    )


def sellable(body: Body, symbol: str) -> Sellable:
    """Read what can be sold of a symbol."""
    if said(body, "msg_cd") == _NO_ROWS and not body.get("output"):
        return Sellable(symbol, "", 0, 0, None)
    output = object_of(body, "output")
    shares = whole(output, "cblc_qty")
    return Sellable(
        symbol=symbol,
        name=said(output, "prdt_name"),
        shares=shares,
        sellable=whole(output, "ord_psbl_qty"),
        average_krw=float(decimal(output, "pchs_avg_pric")) if shares else None,
    )


def sellable_of_balance(told: Balance, symbol: str) -> Sellable:
    """Return what can be sold of a symbol as the balance has it: what paper offers instead.

    Shares bought on credit are left out: they are sold by an order of another kind.
    """
    lines = [line for line in told.holdings if line.symbol == symbol and line.loan_date is None]
    shares = sum(line.shares for line in lines)
    return Sellable(
        symbol=symbol,
        name=lines[0].name if lines else "",
        shares=shares,
        sellable=sum(line.sellable for line in lines),
        average_krw=sum(ln.average_krw * ln.shares for ln in lines) / shares if shares else None,
    )
