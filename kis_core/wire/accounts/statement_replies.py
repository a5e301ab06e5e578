"""KIS's statements of an account, as values. Pure; raises nothing but ReplyError."""

from collections.abc import Sequence

from kis_core.errors import ReplyError
from kis_core.wire.accounts import account_replies
from kis_core.wire.accounts.statements import (
    AssetLine,
    Assets,
    DailyProfit,
    Margin,
    ProfitDay,
    ProfitTotals,
    RealizedBalance,
    Right,
    SymbolProfit,
    TradeProfit,
)
from kis_core.wire.blanks import date_or_none, number_or_none, price_or_none
from kis_core.wire.fields import (
    Body,
    decimal,
    iso_date,
    missing,
    object_of,
    rows_of,
    said,
    whole,
)

_RATES = (20, 30, 40, 50, 60, 100)  # %
_NOTHING = ProfitTotals(0, 0, 0, 0, 0, 0, 0)


def realized_balance(bodies: Sequence[Body]) -> RealizedBalance:
    """Read all pages of the balance with its realised profit."""
    total = object_of(bodies[-1], "output2")
    return RealizedBalance(
        balance=account_replies.balance(bodies),
        realized_krw=whole(total, "rlzt_pfls"),
        realized_pct=number_or_none(total, "rlzt_erng_rt"),
        unrealized_krw=whole(total, "real_evlu_pfls"),
        unrealized_pct=number_or_none(total, "real_evlu_pfls_erng_rt"),
    )


def daily_profit(bodies: Sequence[Body]) -> DailyProfit:
    """Read all pages of a period by day; the totals are those of the last page."""
    days = tuple(_day(row) for body in bodies for row in rows_of(body, "output1"))
    return DailyProfit(days, _totals(bodies[-1], "buy_qty_smtl", any_rows=bool(days)))


def _day(row: Body) -> ProfitDay:
    return ProfitDay(
        date=iso_date(row, "trad_dt"),
        bought=whole(row, "buy_qty1"),
        bought_krw=whole(row, "buy_amt"),
        sold=whole(row, "sll_qty1"),
        sold_krw=whole(row, "sll_amt"),
        realized_krw=whole(row, "rlzt_pfls"),
        fee_krw=whole(row, "fee"),
        tax_krw=whole(row, "tl_tax"),
        loan_interest_krw=whole(row, "loan_int"),
        profit_pct=number_or_none(row, "pfls_rt"),
    )


def trade_profit(bodies: Sequence[Body]) -> TradeProfit:
    """Read all pages of a period by symbol; the totals are those of the last page."""
    rows = tuple(_symbol(row) for body in bodies for row in rows_of(body, "output1"))
    return TradeProfit(rows, _totals(bodies[-1], "buyqty_smtl", any_rows=bool(rows)))


def _symbol(row: Body) -> SymbolProfit:
    return SymbolProfit(
        date=iso_date(row, "trad_dt"),
        symbol=said(row, "pdno") or missing("pdno", row),
        name=said(row, "prdt_name"),
        held=whole(row, "hldg_qty"),
        cost_krw=decimal(row, "pchs_unpr"),
        bought=whole(row, "buy_qty"),
        bought_krw=whole(row, "buy_amt"),
        sold=whole(row, "sll_qty"),
        sold_at_krw=decimal(row, "sll_pric"),
        sold_krw=whole(row, "sll_amt"),
        realized_krw=whole(row, "rlzt_pfls"),
        fee_krw=whole(row, "fee"),
        tax_krw=whole(row, "tl_tax"),
        loan_interest_krw=whole(row, "loan_int"),
        profit_pct=number_or_none(row, "pfls_rt"),
    )


def _totals(body: Body, bought: str, *, any_rows: bool) -> ProfitTotals:
    """Read the sums. How the shares bought are called differs from call to call."""
    if not any_rows and not body.get("output2"):
        return _NOTHING
    total = object_of(body, "output2")
    return ProfitTotals(
        bought=whole(total, bought),
        bought_krw=whole(total, "buy_tr_amt_smtl"),
        sold=whole(total, "sll_qty_smtl"),
        sold_krw=whole(total, "sll_tr_amt_smtl"),
        realized_krw=whole(total, "tot_rlzt_pfls"),
        fee_krw=whole(total, "tot_fee"),
        tax_krw=whole(total, "tot_tltx"),
    )


def assets(body: Body) -> Assets:
    """Read what an account holds. Lines keep their places, also behind one that is blank."""
    lines = body.get("output1")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        raise ReplyError("no rows 'output1'", str(body))
    total = object_of(body, "output2")
    return Assets(
        lines=tuple(
            _asset(line, place) for place, line in enumerate(lines, 1) if said(line, "evlu_amt")
        ),
        total_krw=whole(total, "tot_asst_amt"),
        net_krw=whole(total, "nass_tot_amt"),
        cost_krw=whole(total, "pchs_amt_smtl"),
        value_krw=whole(total, "evlu_amt_smtl"),
        profit_krw=whole(total, "evlu_pfls_amt_smtl"),
        loan_krw=whole(total, "loan_amt_smtl"),
        deposit_krw=whole(total, "dncl_amt"),
        total_deposit_krw=whole(total, "tot_dncl_amt"),
    )


def _asset(row: Body, place: int) -> AssetLine:
    return AssetLine(
        place=place,
        cost_krw=whole(row, "pchs_amt"),
        value_krw=whole(row, "evlu_amt"),
        profit_krw=whole(row, "evlu_pfls_amt"),
        loan_krw=whole(row, "crdt_lnd_amt"),
        net_krw=whole(row, "real_nass_amt"),
        share_pct=decimal(row, "whol_weit_rt"),
    )


def margin(body: Body) -> Margin:
    """Read what orders may use."""
    output = object_of(body, "output")
    return Margin(
        cash_krw=_won(output, "stck_cash_objt_amt"),
        used_krw=_won(output, "stck_cash_use_amt"),
        orderable_krw=_won(output, "stck_cash_ord_psbl_amt"),
        orderable_by_rate_krw={
            rate: _won(output, f"stck_cash{rate}_max_ord_psbl_amt") for rate in _RATES
        },
        receivable_krw=_won(output, "rcvb_amt"),
    )


def rights(bodies: Sequence[Body]) -> list[Right]:
    """Read all pages of a period's corporate actions."""
    return [_right(row) for body in bodies for row in rows_of(body, "output")]


def _right(row: Body) -> Right:
    return Right(
        symbol=said(row, "shtn_pdno") or missing("shtn_pdno", row),
        name=said(row, "prdt_name"),
        kind=said(row, "rght_type_cd") or missing("rght_type_cd", row),
        base_date=iso_date(row, "bass_dt"),
        held=whole(row, "cblc_qty"),
        allotted=whole(row, "tot_alct_qty"),
        allotted_krw=whole(row, "last_alct_amt"),
        price_krw=price_or_none(row, "sbsc_unpr"),
        subscribe_until=date_or_none(row, "sbsc_end_dt"),
        requested=whole(row, "rqst_qty"),
        requested_krw=whole(row, "rqst_amt"),
        refunded_krw=whole(row, "rfnd_amt"),
        tax_krw=whole(row, "tax_amt"),
        listed_on=date_or_none(row, "lstg_dt"),
        paid_on=date_or_none(row, "cash_dfrm_dt"),
    )


def _won(row: Body, name: str) -> int:
    """Return an amount in KRW that may come with decimals, cut down to the whole."""
    return int(decimal(row, name) // 1)
