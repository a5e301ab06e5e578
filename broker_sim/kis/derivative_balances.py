"""The margin account: positions, money, profit, fees. Pure.

Money follows the ledger: a future's gains and losses are the day's settlement, of what was traded
today (`thdt_dfpa`) and of what was carried in (`rnwl_dfpa`); an option's premium paid or received
today is `opt_dfpa`. Positions come as an array of objects. What a simulated account never has
(foreign money, collateral in kind) is 0.
Source: kis_api.md §12.
"""

from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.exchange.derivatives.ledger import MoneyView, PositionView
from broker_sim.exchange.derivatives.orders import FillRow
from broker_sim.kis.derivative_lists import PRODUCT_TYPE, value_krw
from broker_sim.kis.derivative_points import points
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.pages import LAST, page_of
from broker_sim.kis.replies import Fields, Note, Output, Reply, answered
from kis_core.wire.account import Side

PAGE = 20
MAINTENANCE = "02"  # MGNA_DVSN


class DerivativeBalances:
    """Answers of the margin account about what it holds."""

    def __init__(self, desk: Desk, exchange: DerivativesExchange) -> None:
        self._desk = desk
        self._exchange = exchange

    def inquire_balance(self, asked: Asked) -> Reply:
        """List the positions and the money, by day or night."""
        positions = self._exchange.positions()
        money = _money(self._exchange.money(), positions, asked["MGNA_DVSN"] == MAINTENANCE)
        rows = [self._line(position) for position in positions]
        return self._listed(asked, rows, money)

    def inquire_balance_settlement_pl(self, asked: Asked) -> Reply:
        """List what each contract made on a date."""
        of_day = asked["INQR_DT"] == f"{self._desk.day.date:%Y%m%d}"
        positions = self._exchange.positions() if of_day else []
        rows = [_settled_line(position) for position in positions]
        money = self._exchange.money()
        fills = [fill for fill in self._exchange.fills() if fill.contract.is_option]
        totals = {
            "nxdy_dnca": str(money.settled_krw),
            "mmga_cash": str(money.maintenance_krw),
            "mmga_tota": str(money.maintenance_krw),
            "brkg_mgna_cash": str(money.margin_krw),
            "brkg_mgna_tota": str(money.margin_krw),
            "opt_buy_chgs": str(_traded(fills, "BUY")),
            "opt_sll_chgs": str(_traded(fills, "SELL")),
            "opt_lqd_evlu_amt": str(money.options_worth_krw),
            "fee": str(money.fees_krw),
            "thdt_dfpa": str(money.variation_krw - money.renewed_krw),
            "rnwl_dfpa": str(money.renewed_krw),
            "dnca_cash": str(money.cash_krw),
        }
        return self._listed(asked, rows, totals)

    def inquire_deposit(self, asked: Asked) -> Reply:
        """Answer the account's money."""
        money = self._exchange.money()
        kept = money.worth_krw * 100 / money.maintenance_krw if money.maintenance_krw else 0.0
        known = {
            "dnca_tota": str(money.cash_krw),
            "brkg_mgna_cash": str(money.margin_krw),
            "wdrw_psbl_tot_amt": str(_spare(money)),
            "ord_psbl_cash": str(_spare(money)),
            "ord_psbl_tota": str(_spare(money)),
            "mtnc_rt": f"{kept:.8f}",
            "add_mgna_tota": str(_short(money)),
            "add_mgna_cash": str(_short(money)),
            "futr_trad_pfls": str(money.futures_realised_krw),
            "opt_trad_pfls_amt": str(money.options_realised_krw),
            "trad_pfls_smtl": str(money.futures_realised_krw + money.options_realised_krw),
            "futr_evlu_pfls_amt": str(money.futures_unrealised_krw),
            "opt_evlu_pfls_amt": str(money.options_unrealised_krw),
            "evlu_pfls_smtl": str(money.futures_unrealised_krw + money.options_unrealised_krw),
            "excc_dfpa": str(money.variation_krw),
            "opt_dfpa": str(money.premium_krw),
            "brkg_fee": str(money.fees_krw),
            "nxdy_dnca": str(money.settled_krw),
            "prsm_dpast_amt": str(money.worth_krw),
        }
        output = _filled(asked.call.blank("output"), known)
        return answered(self._desk.manners.listed, {"output": output})

    def inquire_daily_amount_fee(self, asked: Asked) -> Reply:
        """List what was traded and paid for it, a row a contract."""
        today = f"{self._desk.day.date:%Y%m%d}"
        within = asked["INQR_STRT_DAY"] <= today <= asked["INQR_END_DAY"]
        fills = self._exchange.fills() if within else []
        names = {fill.contract.code: fill.contract.name for fill in fills}
        rows = []
        for code, name in sorted(names.items()):
            mine = [fill for fill in fills if fill.contract.code == code]
            rows.append(
                {
                    "ord_dt": today,
                    "pdno": code,
                    "item_name": name,
                    "sll_agrm_amt": str(_traded(mine, "SELL")),
                    "sll_fee": str(_fees(mine, "SELL")),
                    "buy_agrm_amt": str(_traded(mine, "BUY")),
                    "buy_fee": str(_fees(mine, "BUY")),
                    "tot_fee_smtl": str(_fees(mine)),
                    "trad_pfls": str(sum(fill.realised_krw for fill in mine)),
                }
            )
        return self._listed(asked, rows, _fee_totals(fills))

    def ngt_margin_detail(self, asked: Asked) -> Reply:
        """Answer what backs the positions: for all of it, for cash, and the money."""
        money = self._exchange.money()
        positions = self._exchange.positions()
        lost = sum(min(p.unrealised_krw, 0) for p in positions if not p.contract.is_option)
        won = sum(max(p.unrealised_krw, 0) for p in positions if not p.contract.is_option)
        fills = [fill for fill in self._exchange.fills() if fill.contract.is_option]
        detail = {
            "new_mgn_amt": str(money.reserved_krw),
            "tot_risk_mgna": str(money.margin_krw),
            "netrisk_brkg_mgna": str(money.margin_krw),
            "opt_sll_chgs": str(_traded(fills, "SELL")),
            "opt_buy_chgs": str(_traded(fills, "BUY")),
            "futr_loss_amt": str(-lost),
            "futr_prft_amt": str(won),
            "brkg_mgna": str(money.margin_krw),
            "cash_amt": str(money.margin_krw + money.reserved_krw),
            "tot_amt": str(money.margin_krw + money.reserved_krw),
        }
        whole = {
            "dnca_cash": str(money.cash_krw),
            "dnca_tota": str(money.cash_krw),
            "wdrw_psbl_cash_amt": str(_spare(money)),
            "wdrw_psbl_tot_amt": str(_spare(money)),
            "ord_psbl_cash_amt": str(_spare(money)),
            "ord_psbl_tot_amt": str(_spare(money)),
            "brkg_mgna_cash_amt": str(money.margin_krw),
            "brkg_mgna_tot_amt": str(money.margin_krw),
            "add_mgna_cash_amt": str(_short(money)),
            "add_mgna_tot_amt": str(_short(money)),
            "opt_dfpa": str(money.premium_krw),
            "excc_dfpa": str(money.variation_krw),
            "fee_amt": str(money.fees_krw),
            "nxdy_dncl_amt": str(money.settled_krw),
            "prsm_dpast_amt": str(money.worth_krw),
            "opt_buy_exus_acnt_yn": "N",
            "base_dpsa_gdat_grad_cd": "",
            "opt_base_dpsa_gdat_grad_cd": "",
        }
        blank = asked.call.blank
        outputs: dict[str, Output] = {
            "output1": [_filled(blank("output1"), detail)],
            "output2": [_filled(blank("output2"), detail)],
            "output3": _filled(blank("output3"), whole),
        }
        return answered(self._desk.manners.listed, outputs, LAST)

    def _listed(self, asked: Asked, rows: list[Fields], totals: Fields) -> Reply:
        conditions = (self._desk.keys.account_no, "03")
        page = page_of(rows, PAGE, asked.fields, asked.tr_cont, conditions, "200")
        blank1, blank2 = asked.call.blank("output1"), asked.call.blank("output2")
        outputs: dict[str, Output] = {
            **page.cursor(),
            "output1": [_filled(blank1, row) for row in page.rows],
            "output2": _filled(blank2, totals),
        }
        return answered(self._note(page.tr_cont, bool(rows)), outputs, page.tr_cont)

    def _note(self, tr_cont: str, any_rows: bool) -> Note:
        manners = self._desk.manners
        if not any_rows:
            return manners.listed_none
        return manners.listed if tr_cont == LAST else manners.listed_more

    def _line(self, position: PositionView) -> Fields:
        contract = position.contract
        average = f"{position.average_pt:.4f}"
        return {
            "cano": self._desk.keys.account_no,
            "acnt_prdt_cd": "03",
            "pdno": contract.code,
            "prdt_type_cd": PRODUCT_TYPE,
            "shtn_pdno": contract.code,
            "prdt_name": contract.name,
            "sll_buy_dvsn_name": _side_name(position.quantity),
            "sll_buy_dvsn_cd": {1: "02", -1: "01", 0: ""}[_sign(position.quantity)],
            "trad_dvsn_name": _side_name(position.quantity),
            "cblc_qty": str(abs(position.quantity)),
            "cblc_qty1": str(abs(position.quantity)),
            "excc_unpr": average,
            "ccld_avg_unpr1": average,
            "idx_clpr": points(position.mark_h),
            "pchs_amt": str(position.cost_krw),
            "evlu_amt": str(position.worth_krw),
            "evlu_pfls_amt": str(position.unrealised_krw),
            "trad_pfls_amt": str(position.realised_krw),
            "lqd_psbl_qty": str(position.closable),
        }


def _money(money: MoneyView, positions: list[PositionView], maintenance: bool) -> Fields:
    margin_krw = money.maintenance_krw if maintenance else money.margin_krw
    worth = sum(position.worth_krw for position in positions)
    return {
        "dnca_cash": str(money.cash_krw),
        "tot_dncl_amt": str(money.cash_krw),
        "tot_ccld_amt": str(sum(position.cost_krw for position in positions)),
        "cash_mgna": str(margin_krw),
        "mgna_tota": str(margin_krw),
        "opt_dfpa": str(money.premium_krw),
        "thdt_dfpa": str(money.variation_krw - money.renewed_krw),
        "rnwl_dfpa": str(money.renewed_krw),
        "fee": str(money.fees_krw),
        "nxdy_dnca": str(money.settled_krw),
        "nxdy_dncl_amt": str(money.settled_krw),
        "prsm_dpast": str(money.worth_krw),
        "prsm_dpast_amt": str(money.worth_krw),
        "pprt_ord_psbl_cash": str(_spare(money)),
        "add_mgna_cash": str(_short(money)),
        "add_mgna_tota": str(_short(money)),
        "futr_trad_pfls_amt": str(money.futures_realised_krw),
        "opt_trad_pfls_amt": str(money.options_realised_krw),
        "futr_evlu_pfls_amt": str(money.futures_unrealised_krw),
        "opt_evlu_pfls_amt": str(money.options_unrealised_krw),
        "trad_pfls_amt_smtl": str(money.futures_realised_krw + money.options_realised_krw),
        "evlu_pfls_amt_smtl": str(money.futures_unrealised_krw + money.options_unrealised_krw),
        "wdrw_psbl_tot_amt": str(_spare(money)),
        "ord_psbl_cash": str(_spare(money)),
        "ord_psbl_tota": str(_spare(money)),
        "mmga_tot_amt": str(money.maintenance_krw),
        "mmga_cash_amt": str(money.maintenance_krw),
        "pchs_amt_smtl": str(sum(position.cost_krw for position in positions)),
        "evlu_amt_smtl": str(worth),
    }


def _settled_line(position: PositionView) -> Fields:
    return {
        "pdno": position.contract.code,
        "prdt_name": position.contract.name,
        "trad_dvsn_name": _side_name(position.quantity),
        "bfdy_cblc_qty": str(abs(position.carried)),
        "new_qty": str(position.opened),
        "mnpl_rpch_qty": str(position.closed),
        "cblc_qty": str(abs(position.quantity)),
        "cblc_amt": str(position.cost_krw),
        "trad_pfls_amt": str(position.realised_krw),
        "evlu_amt": str(position.worth_krw),
        "evlu_pfls_amt": str(position.unrealised_krw),
    }


def _fee_totals(fills: list[FillRow]) -> Fields:
    futures = [fill for fill in fills if not fill.contract.is_option]
    options = [fill for fill in fills if fill.contract.is_option]
    return {
        "futr_agrm": str(sum(fill.quantity for fill in futures)),
        "futr_agrm_amt": str(_traded(futures)),
        "futr_agrm_amt_smtl": str(_traded(futures)),
        "futr_sll_fee_smtl": str(_fees(futures, "SELL")),
        "futr_buy_fee_smtl": str(_fees(futures, "BUY")),
        "futr_fee_smtl": str(_fees(futures)),
        "futr_fee": str(_fees(futures)),
        "opt_agrm": str(sum(fill.quantity for fill in options)),
        "opt_agrm_amt": str(_traded(options)),
        "opt_agrm_amt_smtl": str(_traded(options)),
        "opt_sll_fee_smtl": str(_fees(options, "SELL")),
        "opt_buy_fee_smtl": str(_fees(options, "BUY")),
        "opt_fee_smtl": str(_fees(options)),
        "opt_fee": str(_fees(options)),
        "fee": str(_fees(fills)),
        "sll_agrm_amt": str(_traded(fills, "SELL")),
        "buy_agrm_amt": str(_traded(fills, "BUY")),
        "agrm_amt_smtl": str(_traded(fills)),
        "sll_fee": str(_fees(fills, "SELL")),
        "buy_fee": str(_fees(fills, "BUY")),
        "fee_smtl": str(_fees(fills)),
        "trad_pfls_smtl": str(sum(fill.realised_krw for fill in fills)),
    }


def _traded(fills: list[FillRow], side: Side | None = None) -> int:
    return sum(value_krw(fill) for fill in fills if side in (None, fill.side))


def _fees(fills: list[FillRow], side: Side | None = None) -> int:
    return sum(fill.fee_krw for fill in fills if side in (None, fill.side))


def _spare(money: MoneyView) -> int:
    return max(money.orderable_krw, 0)


def _short(money: MoneyView) -> int:
    """Return what is missing to the maintenance margin."""
    return max(money.maintenance_krw - money.settled_krw, 0)


def _sign(quantity: int) -> int:
    return (quantity > 0) - (quantity < 0)


def _side_name(quantity: int) -> str:
    """Return the side of a position, blank for one that was closed today."""
    return {1: "매수", -1: "매도", 0: ""}[_sign(quantity)]


def _filled(blank: Fields, known: Fields) -> Fields:
    """Return a record with every documented field, zero where this account has none of it."""
    return {name: known.get(name, "0") for name in blank}
