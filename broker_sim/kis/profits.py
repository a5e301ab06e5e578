"""What the account's trades earned: by trade and by day. Pure.

Only the day played has trades; other days are empty. Source: kis_api.md §5.7.
"""

from collections.abc import Sequence

from broker_sim.exchange.profits import TradeProfit, day_profits
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import percent
from broker_sim.kis.pages import LAST, page_of
from broker_sim.kis.replies import Fields, Output, Reply, answered
from broker_sim.kis.standings import filled

PAGE = 50
RATE_DIGITS = 8


def inquire_period_trade_profit(desk: Desk, asked: Asked) -> Reply:
    """List what each stock traded in a period earned."""
    profits = _of_period(desk, asked)
    names = asked.call.outputs["output1"].names
    return _paged(desk, asked, [filled(names, _trade(desk, each)) for each in profits], profits)


def inquire_period_profit(desk: Desk, asked: Asked) -> Reply:
    """List what each day of a period earned."""
    profits = _of_period(desk, asked)
    names = asked.call.outputs["output1"].names
    days = [filled(names, _day(desk, profits))] if profits else []
    return _paged(desk, asked, days, profits)


def realised_krw(desk: Desk) -> tuple[int, int]:
    """Return what today's sales earned after costs, and what the sold shares had cost."""
    profits = day_profits(desk.exchange.rules, desk.exchange.fills(), desk.day.instruments)
    return sum(p.realised_krw for p in profits), sum(p.sold_cost_krw for p in profits)


def _of_period(desk: Desk, asked: Asked) -> list[TradeProfit]:
    today = f"{desk.day.date:%Y%m%d}"
    if not asked["INQR_STRT_DT"] <= today <= asked["INQR_END_DT"]:
        return []
    profits = day_profits(desk.exchange.rules, desk.exchange.fills(), desk.day.instruments)
    return [each for each in profits if asked["PDNO"] in ("", each.symbol)]


def _paged(
    desk: Desk, asked: Asked, rows: Sequence[Fields], profits: Sequence[TradeProfit]
) -> Reply:
    dates = (asked["INQR_STRT_DT"], asked["INQR_END_DT"], asked["PDNO"])
    conditions = (*desk.account_conditions, *dates)
    page = page_of(rows, PAGE, asked.fields, asked.tr_cont, conditions)
    outputs: dict[str, Output] = {
        **page.cursor(),
        "output1": page.rows,
        "output2": filled(asked.call.outputs["output2"].names, _sums(profits)),
    }
    manners = desk.manners
    note = manners.listed if page.tr_cont == LAST else manners.listed_more
    return answered(note if rows else manners.listed_none, outputs, page.tr_cont)


def _trade(desk: Desk, profit: TradeProfit) -> Fields:
    sold_at = profit.sold_krw / profit.sold if profit.sold else 0.0
    cost_krw = profit.cost_krw + profit.sold_cost_krw
    shares = profit.shares + profit.sold
    return {
        "trad_dt": f"{desk.day.date:%Y%m%d}",
        "pdno": profit.symbol,
        "prdt_name": desk.day.instruments[profit.symbol].name,
        "trad_dvsn_name": "현금",
        "hldg_qty": str(profit.shares),
        "pchs_unpr": f"{cost_krw / shares if shares else 0.0:.4f}",
        "buy_qty": str(profit.bought),
        "buy_amt": str(profit.bought_krw),
        "sll_pric": f"{sold_at:.0f}",
        "sll_qty": str(profit.sold),
        "sll_amt": str(profit.sold_krw),
        "rlzt_pfls": str(profit.realised_krw if profit.sold else 0),
        "pfls_rt": percent(profit.realised_krw, profit.sold_cost_krw, RATE_DIGITS),
        "fee": str(profit.fee_krw),
        "tl_tax": str(profit.tax_krw),
        "loan_int": "0",
    }


def _day(desk: Desk, profits: Sequence[TradeProfit]) -> Fields:
    sums = _sums(profits)
    cost_krw = sum(p.sold_cost_krw for p in profits)
    return {
        "trad_dt": f"{desk.day.date:%Y%m%d}",
        "buy_amt": sums["buy_tr_amt_smtl"],
        "sll_amt": sums["sll_tr_amt_smtl"],
        "rlzt_pfls": sums["tot_rlzt_pfls"],
        "fee": sums["tot_fee"],
        "loan_int": "0",
        "tl_tax": sums["tot_tltx"],
        "pfls_rt": percent(int(sums["tot_rlzt_pfls"]), cost_krw, RATE_DIGITS),
        "sll_qty1": sums["sll_qty_smtl"],
        "buy_qty1": sums["buy_qty_smtl"],
    }


def _sums(profits: Sequence[TradeProfit]) -> Fields:
    bought, sold = sum(p.bought for p in profits), sum(p.sold for p in profits)
    bought_krw, sold_krw = sum(p.bought_krw for p in profits), sum(p.sold_krw for p in profits)
    buy_fee, sell_fee = sum(p.buy_fee_krw for p in profits), sum(p.sell_fee_krw for p in profits)
    tax_krw = sum(p.tax_krw for p in profits)
    earned_krw = sum(p.realised_krw for p in profits if p.sold)
    cost_krw = sum(p.sold_cost_krw for p in profits)
    return {
        "sll_qty_smtl": str(sold),
        "sll_tr_amt_smtl": str(sold_krw),
        "sll_fee_smtl": str(sell_fee),
        "sll_tltx_smtl": str(tax_krw),
        "sll_excc_amt_smtl": str(sold_krw - sell_fee - tax_krw),
        "buyqty_smtl": str(bought),
        "buy_qty_smtl": str(bought),
        "buy_tr_amt_smtl": str(bought_krw),
        "buy_fee_smtl": str(buy_fee),
        "buy_tax_smtl": "0",
        "buy_excc_amt_smtl": str(bought_krw + buy_fee),
        "tot_qty": str(bought + sold),
        "tot_tr_amt": str(bought_krw + sold_krw),
        "tot_fee": str(buy_fee + sell_fee),
        "tot_tltx": str(tax_krw),
        "tot_excc_amt": str(sold_krw - sell_fee - tax_krw - bought_krw - buy_fee),
        "tot_rlzt_pfls": str(earned_krw),
        "loan_int": "0",
        "tot_pftrt": percent(earned_krw, cost_krw, RATE_DIGITS),
    }
