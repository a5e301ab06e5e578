"""The account's holdings and money: `inquire-balance` and `inquire-psbl-order`. Pure.

`prvs_rcdl_excc_amt` is the money with all of today's trades and costs in it (D+2);
`dnca_tot_amt` is what the day began with. Source: kis_api.md §5.5, §5.6.
"""

from broker_sim.exchange.account import HoldingView
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import change_percent, percent
from broker_sim.kis.pages import LAST, page_of
from broker_sim.kis.replies import Fields, Output, Reply, answered, refused
from kis_core.wire.account import OrderType


def inquire_balance(desk: Desk, asked: Asked) -> Reply:
    """List the holdings; a line sold out today stays with 0 shares until it settles."""
    holdings = desk.exchange.holdings()
    conditions = (*desk.account_conditions, asked["AFHR_FLPR_YN"], asked["INQR_DVSN"])
    page = page_of(holdings, desk.manners.balance_page, asked.fields, asked.tr_cont, conditions)
    blank1, blank2 = asked.call.blank("output1"), asked.call.zeros("output2")
    outputs: dict[str, Output] = {
        **page.cursor(),
        "output1": [blank1 | balance_line(desk, holding) for holding in page.rows],
        "output2": [blank2 | balance_money(desk, holdings)],
    }
    manners = desk.manners
    note = manners.listed if page.tr_cont == LAST else manners.listed_more
    return answered(note if holdings else manners.listed_none, outputs, page.tr_cont)


def balance_line(desk: Desk, holding: HoldingView) -> Fields:
    """Return one holding."""
    instrument = desk.day.instruments[holding.symbol]
    value_krw = holding.shares * holding.last_krw
    profit_krw = value_krw - holding.cost_krw
    return dict(
        pdno=holding.symbol,
        prdt_name=instrument.name,
        trad_dvsn_name="현금",
        bfdy_buy_qty=str(holding.opening_shares),
        bfdy_sll_qty="0",
        thdt_buyqty=str(holding.bought_today),
        thdt_sll_qty=str(holding.sold_today),
        hldg_qty=str(holding.shares),
        ord_psbl_qty=str(holding.sellable),
        pchs_avg_pric=f"{holding.average_krw:.4f}",
        pchs_amt=str(holding.cost_krw),
        prpr=str(holding.last_krw),
        evlu_amt=str(value_krw),
        evlu_pfls_amt=str(profit_krw),
        evlu_pfls_rt=percent(profit_krw, holding.cost_krw),
        evlu_erng_rt="0.00000000",
        loan_amt="0",
        stln_slng_chgs="0",
        fltt_rt=f"{float(change_percent(holding.last_krw, instrument.base_krw)):.8f}",
        bfdy_cprs_icdc=str(holding.last_krw - instrument.base_krw),
        sbst_pric=str(instrument.base_krw * 7 // 10),
        stck_loan_unpr="0.0000",
    )


def balance_money(desk: Desk, holdings: list[HoldingView]) -> Fields:
    """Return the account's money beside its holdings."""
    cash = desk.exchange.cash()
    value_krw = sum(holding.shares * holding.last_krw for holding in holdings)
    paid_krw = sum(holding.cost_krw for holding in holdings)
    bases = desk.day.instruments
    carried_krw = sum(h.opening_shares * bases[h.symbol].base_krw for h in holdings)
    before_krw = cash.deposit_krw + carried_krw
    total_krw = value_krw + cash.settled_krw
    return dict(
        dnca_tot_amt=str(cash.deposit_krw),
        nxdy_excc_amt=str(cash.deposit_krw),
        prvs_rcdl_excc_amt=str(cash.settled_krw),
        thdt_buy_amt=str(cash.bought_krw),
        thdt_sll_amt=str(cash.sold_krw),
        thdt_tlex_amt=str(cash.costs_krw),
        scts_evlu_amt=str(value_krw),
        tot_evlu_amt=str(total_krw),
        nass_amt=str(total_krw),
        fncg_gld_auto_rdpt_yn="",
        pchs_amt_smtl_amt=str(paid_krw),
        evlu_amt_smtl_amt=str(value_krw),
        evlu_pfls_smtl_amt=str(value_krw - paid_krw),
        bfdy_tot_asst_evlu_amt=str(before_krw),
        asst_icdc_amt=str(total_krw - before_krw),
        asst_icdc_erng_rt="0.00000000",
    )


def inquire_psbl_order(desk: Desk, asked: Asked, *, on_credit: bool = False) -> Reply:
    """Say what could be bought. Without a symbol and a price, the amounts alone.

    On credit nothing can be: the account has no agreement.
    """
    try:
        order_type = OrderType(asked["ORD_DVSN"] or "01")
    except ValueError:
        return refused("APMP0001", "입력값을 확인하여 주십시오. [ORD_DVSN]", "7")
    symbol = asked["PDNO"] or None
    if symbol is not None and symbol not in desk.day.instruments:
        return refused("APBK0656", "해당종목정보가 없습니다.", "7")
    price = asked["ORD_UNPR"]
    limit_krw = int(price) if price.isdecimal() and int(price) else None
    if order_type is not OrderType.MARKET and limit_krw is None:
        symbol = None
    power = desk.exchange.buying_power(symbol, order_type, limit_krw)
    fields = dict.fromkeys(asked.call.blank("output"), "0")
    fields.update(
        ord_psbl_cash=str(power.cash_krw),
        psbl_qty_calc_unpr=str(power.price_krw),
        nrcvb_buy_amt="0" if on_credit else str(power.cash_krw),
        nrcvb_buy_qty="0" if on_credit else str(power.shares),
        max_buy_amt="0" if on_credit else str(power.cash_krw),
        max_buy_qty="0" if on_credit else str(power.shares),
    )
    return answered(desk.manners.listed, {"output": fields})
