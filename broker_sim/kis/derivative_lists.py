"""What became of futures and options orders: the day's and the night's lists, and the fills. Pure.

On paper a number comes without leading zeros, padded with blanks to ten, and an order without an
original has one of nine blanks and a zero. A night's orders are asked for with the day after as
the last date. Sources: kis_api.md §12, §17.
"""

from collections.abc import Sequence
from datetime import timedelta

from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.exchange.derivatives.orders import FillRow, OrderRow, OrderType
from broker_sim.exchange.orders import OrderState
from broker_sim.kis.derivative_orders import CHANGE_NAMES, SIDE_CODES, SIDE_NAMES, odno
from broker_sim.kis.derivative_points import points
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.pages import LAST, Page, page_of
from broker_sim.kis.replies import Fields, Note, Output, Reply, answered

TYPE_NAMES = {
    OrderType.LIMIT: "지정가",
    OrderType.MARKET: "시장가",
    OrderType.CONDITIONAL: "조건부지정가",
    OrderType.BEST: "최유리지정가",
    OrderType.LIMIT_IOC: "지정가(IOC)",
    OrderType.LIMIT_FOK: "지정가(FOK)",
    OrderType.MARKET_IOC: "시장가(IOC)",
    OrderType.MARKET_FOK: "시장가(FOK)",
    OrderType.BEST_IOC: "최유리(IOC)",
    OrderType.BEST_FOK: "최유리(FOK)",
}
QUOTE_KINDS = {"10": "01", "11": "01", "12": "02", "13": "02", "14": "04", "15": "04"}
"""ORD_DVSN_CD of an IOC or FOK → NMPR_TYPE_CD."""
FILLS_PAGE = 100
PRODUCT_TYPE = "301"


class DerivativeLists:
    """Answers of the margin account about its orders."""

    def __init__(self, desk: Desk, exchange: DerivativesExchange) -> None:
        self._desk = desk
        self._exchange = exchange

    def inquire_ccnl(self, asked: Asked) -> Reply:
        """List the day's orders; other days have none."""
        today = f"{self._desk.day.date:%Y%m%d}"
        within = asked["STRT_ORD_DT"] <= today <= asked["END_ORD_DT"]
        return self._listed(asked, self._rows(asked, night=False) if within else [], night=False)

    def inquire_ngt_ccnl(self, asked: Asked) -> Reply:
        """List the night's orders, asked for from the day it begins to the one it ends."""
        today = f"{self._desk.day.date:%Y%m%d}"
        ends = f"{self._desk.day.date + timedelta(days=1):%Y%m%d}"
        within = asked["STRT_ORD_DT"] <= today and asked["END_ORD_DT"] >= ends
        return self._listed(asked, self._rows(asked, night=True) if within else [], night=True)

    def inquire_ccnl_bstime(self, asked: Asked) -> Reply:
        """List the fills of a date between two times of day."""
        first, last = asked["FUOP_TR_STRT_TMD"] or "000000", asked["FUOP_TR_END_TMD"] or "240000"
        of_day = asked["ORD_DT"] == f"{self._desk.day.date:%Y%m%d}"
        fills = [
            fill
            for fill in (self._exchange.fills() if of_day else [])
            if first <= hhmmss(fill.at_ns) <= last
        ]
        conditions = (*self._conditions, asked["ORD_DT"], first, last)
        page = page_of(fills, FILLS_PAGE, asked.fields, asked.tr_cont, conditions, "200")
        fees = sum(fill.fee_krw for fill in fills)
        outputs: dict[str, Output] = {
            **page.cursor(),
            "output1": [asked.call.blank("output1") | _fill_row(fill) for fill in page.rows],
            "output2": {
                "tot_ccld_qty_smtl": str(sum(fill.quantity for fill in fills)),
                "tot_ccld_amt_smtl": str(sum(value_krw(fill) for fill in fills)),
                "fee_adjt": "0",
                "fee_smtl": str(fees),
            },
        }
        return answered(self._note(page, bool(fills)), outputs, page.tr_cont)

    @property
    def _conditions(self) -> tuple[str, str]:
        return self._desk.keys.account_no, "03"

    def _rows(self, asked: Asked, night: bool) -> list[OrderRow]:
        rows = [
            row for row in self._exchange.orders() if row.night == night and _wanted(row, asked)
        ]
        newest_first = asked["SORT_SQN"].upper() == "DS"
        start = asked["STRT_ODNO"]
        if start.isdecimal() and int(start):
            number = int(start)
            rows = [r for r in rows if (r.number <= number if newest_first else r.number >= number)]
        return rows[::-1] if newest_first else rows

    def _listed(self, asked: Asked, rows: Sequence[OrderRow], night: bool) -> Reply:
        dates = (asked["STRT_ORD_DT"], asked["END_ORD_DT"])
        conditions = (*self._conditions, *dates, asked["SORT_SQN"])
        size = self._desk.manners.orders_page
        page = page_of(rows, size, asked.fields, asked.tr_cont, conditions, "200")
        blank1, blank2 = asked.call.blank("output1"), asked.call.blank("output2")
        ordered = sum(row.quantity for row in rows if row.change != "cancel")
        filled, fees = sum(row.filled for row in rows), sum(row.fee_krw for row in rows)
        value = sum(row.contract.product.value_krw(row.value_h, 1) for row in rows)
        totals = {
            "tot_ord_qty": str(ordered),
            "tot_ccld_qty_smtl": str(filled),
            "tot_ccld_amt_smtl": str(value),
            "fee_smtl": str(fees),
            "tot_ccld_qty": str(filled),
            "tot_ccld_qty_SMTL": str(filled),
            "tot_ccld_amt": str(value),
            "tot_ccld_amt_SMTL": str(value),
            "fee": str(fees),
        }
        outputs: dict[str, Output] = {
            **page.cursor(),
            "output1": [_only(blank1, self._order_row(row, night)) for row in page.rows],
            "output2": _only(blank2, totals),
        }
        return answered(self._note(page, bool(rows)), outputs, page.tr_cont)

    def _note(self, page: Page[OrderRow] | Page[FillRow], any_rows: bool) -> Note:
        manners = self._desk.manners
        if not any_rows:
            return manners.listed_none
        return manners.listed if page.tr_cont == LAST else manners.listed_more

    def _order_row(self, row: OrderRow, night: bool) -> Fields:
        rejected = row.state is OrderState.REJECTED
        kind = row.order_type.value
        value = row.contract.product.value_krw(row.value_h, 1)
        average = f"{row.value_h / row.filled / 100:.4f}" if row.filled else "0"
        name = SIDE_NAMES[row.side] + CHANGE_NAMES[row.change]
        return {
            "ord_gno_brno": self._desk.manners.branch,
            "cano": self._desk.keys.account_no,
            "csac_name": self._desk.keys.owner,
            "acnt_prdt_cd": "03",
            "ord_dt": f"{self._desk.day.date:%Y%m%d}",
            "odno": self._number(row.number),
            "orgn_odno": self._number(row.original or 0),
            "sll_buy_dvsn_cd": SIDE_CODES[row.side],
            "trad_dvsn_name": name + ("거부" if rejected else ""),
            "nmpr_type_cd": QUOTE_KINDS.get(kind, kind),
            "nmpr_type_name": TYPE_NAMES[row.order_type],
            "pdno": row.contract.code,
            "prdt_name": row.contract.name,
            "prdt_type_cd": PRODUCT_TYPE,
            "ord_qty": str(row.quantity),
            "ord_idx4" if night else "ord_idx": points(row.limit_h),
            "qty": str(row.remaining),
            "ord_tmd": hhmmss(row.placed_ns),
            "tot_ccld_qty": str(row.filled),
            "avg_idx": average,
            "tot_ccld_amt": str(value),
            "rjct_qty": str(row.rejected),
            "ingr_trad_rjct_rson_cd": "00000" if not rejected else "",
            "ingr_trad_rjct_rson_name": "정상" if not rejected else "정정취소 가능수량 없음",
            "ord_stfno": "OpnAPI",
            "sprd_item_yn": "N",
            "ord_ip_addr": "127.000.000.001",
        }

    def _number(self, number: int) -> str:
        if self._desk.dialect == "paper":
            return f"{number:>10}"
        return odno(number) if number else ""


def value_krw(fill: FillRow) -> int:
    """Return what a fill stands for."""
    return fill.contract.product.value_krw(fill.price_h, fill.quantity)


def _wanted(row: OrderRow, asked: Asked) -> bool:
    if asked["PDNO"] not in ("", row.contract.code):
        return False
    if asked["SLL_BUY_DVSN_CD"] not in ("", "00", SIDE_CODES[row.side]):
        return False
    if asked["FUOP_DVSN_CD"] not in ("", "00", "02" if row.contract.is_option else "01"):
        return False
    match asked["CCLD_NCCS_DVSN"]:
        case "01":
            return row.filled > 0
        case "02":
            return row.remaining > 0 and row.change != "cancel"
        case _:
            return True


def _fill_row(fill: FillRow) -> Fields:
    return {
        "pdno": fill.contract.code,
        "prdt_name": fill.contract.name,
        "odno": odno(fill.number),
        "tr_type_name": SIDE_NAMES[fill.side],
        "last_sttldt": f"{fill.contract.expiry:%Y%m%d}",
        "ccld_idx": points(fill.price_h),
        "ccld_qty": str(fill.quantity),
        "trad_amt": str(value_krw(fill)),
        "fee": str(fill.fee_krw),
        "ccld_btwn": hhmmss(fill.at_ns),
    }


def _only(blank: Fields, known: Fields) -> Fields:
    """Return a record with the fields it is documented to have."""
    return {name: known.get(name, "") for name in blank}
