"""The account as a whole: assets, margin, what can be sold, credit. Real only. Pure.

The account trades with cash alone: no credit agreement, no loans, nothing overseas. Source:
kis_api.md §5.7. The twenty asset classes stand in the order of KIS's sheet; the position tells
which is which.
"""

from broker_sim.exchange.account import HoldingView
from broker_sim.kis.balances import balance_line, balance_money, inquire_psbl_order
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import change_percent, percent
from broker_sim.kis.pages import LAST, page_of
from broker_sim.kis.profits import realised_krw
from broker_sim.kis.replies import Fields, Output, Reply, answered, refused

CLASSES = 20
STOCKS, DEPOSIT, TOTAL = 0, 17, 19  # of the asset classes
MARGINS = ("20", "30", "40", "50", "60", "100")
NO_AGREEMENT = ("APAC0081", "신용거래 약정이 등록되지 않은 계좌입니다.")


def inquire_account_balance(desk: Desk, asked: Asked) -> Reply:
    """Answer the account's assets by class, one row each, and their sums."""
    holdings, cash = desk.exchange.holdings(), desk.exchange.cash()
    value_krw = sum(line.shares * line.last_krw for line in holdings)
    paid_krw = sum(line.cost_krw for line in holdings)
    total_krw = value_krw + cash.settled_krw
    rows = [dict.fromkeys(asked.call.outputs["output1"].names, "0") for _ in range(CLASSES)]
    for row in rows:
        row["whol_weit_rt"] = "0.00000000"
    rows[STOCKS] |= _class(paid_krw, value_krw, total_krw)
    rows[DEPOSIT] |= _class(0, cash.settled_krw, total_krw) | {"evlu_pfls_amt": "0"}
    rows[TOTAL] |= _class(paid_krw, total_krw, total_krw) | {
        "evlu_pfls_amt": str(value_krw - paid_krw)
    }
    output2 = dict.fromkeys(asked.call.outputs["output2"].names, "0") | {
        "pchs_amt_smtl": str(paid_krw),
        "nass_tot_amt": str(total_krw),
        "evlu_pfls_amt_smtl": str(value_krw - paid_krw),
        "evlu_amt_smtl": str(value_krw),
        "tot_asst_amt": str(total_krw),
        "tot_dncl_amt": str(cash.settled_krw),
        "dncl_amt": str(cash.settled_krw),
        "ovrs_stck_evlu_amt1": "0.000000",
        "ovrs_bond_evlu_amt": "0.000000",
    }
    return answered(desk.manners.listed, {"output1": rows, "output2": output2}, LAST)


def inquire_balance_rlz_pl(desk: Desk, asked: Asked) -> Reply:
    """List the holdings with what today's sales earned."""
    holdings = desk.exchange.holdings()
    conditions = (*desk.account_conditions, asked["INQR_DVSN"])
    page = page_of(holdings, desk.manners.balance_page, asked.fields, asked.tr_cont, conditions)
    blank = asked.call.blank("output1")
    earned_krw, cost_krw = realised_krw(desk)
    names = asked.call.outputs["output2"].names
    money = {k: v for k, v in balance_money(desk, holdings).items() if k in names}
    profit_krw = sum(h.shares * h.last_krw - h.cost_krw for h in holdings)
    paid_krw = sum(h.cost_krw for h in holdings)
    money |= {
        "rlzt_pfls": str(earned_krw),
        "rlzt_erng_rt": percent(earned_krw, cost_krw, 8),
        "real_evlu_pfls": str(profit_krw),
        "real_evlu_pfls_erng_rt": percent(profit_krw, paid_krw, 8),
    }
    lines = [balance_line(desk, holding) for holding in page.rows]
    outputs: dict[str, Output] = {
        **page.cursor(),
        "output1": [{name: line.get(name, "") for name in blank} for line in lines],
        "output2": [dict.fromkeys(names, "0") | money],
    }
    manners = desk.manners
    note = manners.listed if page.tr_cont == LAST else manners.listed_more
    return answered(note if holdings else manners.listed_none, outputs, page.tr_cont)


def inquire_psbl_sell(desk: Desk, asked: Asked) -> Reply:
    """Answer how much of a stock can be sold; zeros for one that is not held."""
    symbol = asked["PDNO"].upper()
    if symbol not in desk.day.instruments:
        return refused("APBK0656", "해당종목정보가 없습니다.", "7")
    held = next((line for line in desk.exchange.holdings() if line.symbol == symbol), None)
    fields = dict.fromkeys(asked.call.outputs["output"].names, "0") | {
        "pdno": symbol,
        "prdt_name": desk.day.instruments[symbol].name,
        "now_pric": str(desk.exchange.last_krw(symbol)),
        "pchs_avg_pric": "0.0000",
        "evlu_pfls_rt": "0.00",
    }
    if held is not None:
        fields |= _sellable(held)
    return answered(desk.manners.listed, {"output": fields})


def intgr_margin(desk: Desk, asked: Asked) -> Reply:
    """Answer the orderable money: cash, at every margin rate the same; nothing overseas."""
    cash = desk.exchange.cash()
    orderable = f"{cash.orderable_krw}.0000"
    fields = {
        field.name: f"{0:.{field.decimals}f}" for field in asked.call.outputs["output"].fields
    }
    known = {
        "acmga_rt": "100.0000",
        "acmga_pct100_aptm_rson": "",
        "stck_cash_objt_amt": f"{cash.settled_krw}.0000",
        "stck_cash_use_amt": f"{cash.reserved_krw}.0000",
        "stck_cash_ord_psbl_amt": orderable,
        "stck_itgr_100_ord_psbl_amt": orderable,
        "ovrs_stck_itgr_mgna_dvsn_name": "",
    }
    for rate in MARGINS:
        known[f"stck_cash{rate}_max_ord_psbl_amt"] = orderable
        known[f"stck_itgr_cash{rate}_ord_psbl_amt"] = orderable
    fields |= {name: text for name, text in known.items() if name in fields}
    return answered(desk.manners.listed, {"output": fields})


def inquire_credit_psamount(desk: Desk, asked: Asked) -> Reply:
    """Answer the cash, and nothing to be bought on credit."""
    return inquire_psbl_order(desk, asked, on_credit=True)


def order_credit(asked: Asked) -> Reply:
    """Refuse: the account has no credit agreement."""
    return refused(*NO_AGREEMENT, "7")


def pension(asked: Asked) -> Reply:
    """Refuse: a stock account is no retirement pension (product 29)."""
    return refused("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO", "2")


def _class(paid_krw: int, value_krw: int, total_krw: int) -> Fields:
    return {
        "pchs_amt": str(paid_krw),
        "evlu_amt": str(value_krw),
        "evlu_pfls_amt": str(value_krw - paid_krw),
        "real_nass_amt": str(value_krw),
        "whol_weit_rt": percent(value_krw, total_krw, 8),
    }


def _sellable(held: HoldingView) -> Fields:
    value_krw = held.shares * held.last_krw
    return {
        "buy_qty": str(held.bought_today),
        "sll_qty": str(held.sold_today),
        "cblc_qty": str(held.shares),
        "ord_psbl_qty": str(held.sellable),
        "pchs_avg_pric": f"{held.average_krw:.4f}",
        "pchs_amt": str(held.cost_krw),
        "evlu_amt": str(value_krw),
        "evlu_pfls_amt": str(value_krw - held.cost_krw),
        "evlu_pfls_rt": change_percent(value_krw, held.cost_krw),
    }
