"""What became of the orders: `inquire-daily-ccld` and `inquire-psbl-rvsecncl`. Pure.

One row an order number, fills summed, never a row a fill. Source: kis_api.md §5.3, §5.4, §17.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from broker_sim.exchange.order_types import KINDS, Term
from broker_sim.exchange.orders import OrderRow, OrderState
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.pages import LAST, page_of
from broker_sim.kis.replies import Fields, Note, Output, Reply, answered
from kis_core.wire.account import OrderType

TYPE_NAMES = {
    OrderType.LIMIT: "지정가",
    OrderType.MARKET: "시장가",
    OrderType.CONDITIONAL_LIMIT: "조건부지정가",
    OrderType.BEST_LIMIT: "최유리지정가",
    OrderType.TOP_LIMIT: "최우선지정가",
    OrderType.PRE_OPEN: "장전 시간외",
    OrderType.POST_CLOSE: "장후 시간외",
    OrderType.OFF_HOURS_SINGLE: "시간외 단일가",
    OrderType.LIMIT_IOC: "IOC지정가",
    OrderType.LIMIT_FOK: "FOK지정가",
    OrderType.MARKET_IOC: "IOC시장가",
    OrderType.MARKET_FOK: "FOK시장가",
    OrderType.BEST_IOC: "IOC최유리",
    OrderType.BEST_FOK: "FOK최유리",
    OrderType.MID: "중간가",
    OrderType.STOP_LIMIT: "스톱지정가",
    OrderType.MID_IOC: "IOC중간가",
    OrderType.MID_FOK: "FOK중간가",
    OrderType.GTP_LIMIT: "GTP지정가",
    OrderType.GTP_BEST: "GTP최유리",
    OrderType.GTP_TOP: "GTP최우선",
    OrderType.AFTER_LIMIT: "애프터지정가",
    OrderType.AFTER_LIMIT_IOC: "애프터IOC지정가",
    OrderType.AFTER_LIMIT_FOK: "애프터FOK지정가",
    OrderType.AFTER_BEST: "애프터최유리",
    OrderType.AFTER_BEST_IOC: "애프터IOC최유리",
    OrderType.AFTER_BEST_FOK: "애프터FOK최유리",
    OrderType.AFTER_TOP: "애프터최우선",
}
CHANGE_NAMES = {"new": "", "modify": "정정", "cancel": "취소"}
OPEN = frozenset({OrderState.SENT, OrderState.WORKING})
OPEN_PAGE = 50


def inquire_daily_ccld(desk: Desk, asked: Asked) -> Reply:
    """List the day's orders; other days have none. Newest first unless asked otherwise."""
    rows = [row for row in _of_day(desk, asked) if _asked_for(row, asked)]
    if asked["INQR_DVSN"] != "01":
        rows.reverse()
    account, product = desk.account_conditions
    conditions = (account, product, asked["INQR_STRT_DT"], asked["INQR_END_DT"], asked["PDNO"])
    page = page_of(rows, desk.manners.orders_page, asked.fields, asked.tr_cont, conditions)
    blank = asked.call.blank("output1")
    outputs: dict[str, Output] = {
        **page.cursor(),
        "output1": [_history_row(desk, row, dict(blank)) for row in page.rows],
        "output2": _totals(rows),
    }
    return answered(_note(desk, page.tr_cont, bool(rows)), outputs, page.tr_cont)


def inquire_psbl_rvsecncl(desk: Desk, asked: Asked) -> Reply:
    """List the orders that can still be modified or cancelled, newest first."""
    side = {"1": "SELL", "2": "BUY"}.get(asked["INQR_DVSN_2"])
    rows = [
        row
        for row in reversed(desk.exchange.orders())
        if row.state in OPEN and row.change != "cancel" and row.remaining > 0
        if side in (None, row.side)
    ]
    page = page_of(rows, OPEN_PAGE, asked.fields, asked.tr_cont, desk.account_conditions)
    blank = asked.call.blank("output")
    output = [_open_row(desk, row, dict(blank)) for row in page.rows]
    outputs: dict[str, Output] = {**page.cursor(), "output": output}
    return answered(_note(desk, page.tr_cont, bool(rows)), outputs, page.tr_cont)


def _note(desk: Desk, tr_cont: str, any_rows: bool) -> Note:
    manners = desk.manners
    if not any_rows:
        return manners.listed_none
    return manners.listed if tr_cont == LAST else manners.listed_more


def _of_day(desk: Desk, asked: Asked) -> list[OrderRow]:
    today = f"{desk.day.date:%Y%m%d}"
    # Whichever TR is asked: a client decides by its own clock whether the day is three months old.
    within = asked["INQR_STRT_DT"] <= today <= asked["INQR_END_DT"]
    return desk.exchange.orders() if within else []


def _asked_for(row: OrderRow, asked: Asked) -> bool:
    if asked["PDNO"] not in ("", row.symbol):
        return False
    if asked["EXCG_ID_DVSN_CD"].upper() not in ("", "ALL", row.route, row.venue):
        return False
    number = asked["ODNO"]
    if number and not (number.isdecimal() and int(number) == int(row.odno)):
        return False
    if asked["SLL_BUY_DVSN_CD"] not in ("", "00", "01" if row.side == "SELL" else "02"):
        return False
    match asked["CCLD_DVSN"]:
        case "01":
            return row.filled > 0
        case "02":
            return row.remaining > 0
        case _:
            return True


def _history_row(desk: Desk, row: OrderRow, fields: Fields) -> Fields:
    instrument = desk.day.instruments[row.symbol]
    average = row.filled_value_krw / row.filled if row.filled else 0
    at = hhmmss(row.placed_ns)
    fields.update(
        ord_dt=f"{desk.day.date:%Y%m%d}",
        ord_gno_brno=desk.manners.branch,
        odno=row.odno,
        orgn_odno=row.original or "",
        ord_dvsn_name=TYPE_NAMES[row.order_type],
        sll_buy_dvsn_cd="01" if row.side == "SELL" else "02",
        sll_buy_dvsn_cd_name=_side_name(row),
        pdno=row.symbol,
        prdt_name=instrument.name,
        ord_qty=str(row.shares),
        ord_unpr=str(row.limit_krw),
        ord_tmd=at,
        tot_ccld_qty=str(row.filled),
        avg_prvs=f"{average:.4f}".rstrip("0").rstrip(".") if row.filled else "0",
        cncl_yn="Y" if row.change == "cancel" or row.state is OrderState.CANCELLED else "N",
        tot_ccld_amt=str(row.filled_value_krw),
        ordr_empno="OpnAPI",
        ord_dvsn_cd=row.order_type.value,
        cncl_cfrm_qty=str(row.cancelled),
        cnc_cfrm_qty=str(row.cancelled),
        rmn_qty=str(row.remaining),
        rjct_qty=str(row.rejected),
        ccld_cndt_name=_condition(row),
        inqr_ip_addr="127.000.000.001",
        infm_tmd=hhmmss(row.updated_ns),
        prdt_type_cd="300",
        excg_dvsn_cd="02" if instrument.market == "KOSPI" else "03",
        cpbc_ordp_mtrl_dvsn_cd="11",
        ord_orgno="00000",
        stpm_cndt_pric=str(row.condition_krw),
        stpm_efct_occr_dtmd=_set_off_at(desk, row),
    )
    fields["excg_id_dvsn_Cd"] = row.route
    return fields


def _condition(row: OrderRow) -> str:
    term = KINDS[row.order_type].term
    return "없음" if term is Term.DAY else term.value


def _set_off_at(desk: Desk, row: OrderRow) -> str:
    """When a stop's condition was met; blank for what is no stop, and for one that waits."""
    if row.triggered_ns is None:
        return ""
    return f"{desk.day.date:%Y%m%d}{hhmmss(row.triggered_ns)}"


def _side_name(row: OrderRow) -> str:
    name = "현금매도" if row.side == "SELL" else "현금매수"
    if row.state is OrderState.REJECTED:
        return name + "거부"
    return name + CHANGE_NAMES[row.change] + ("*" if row.change != "new" else "")


def _totals(rows: Iterable[OrderRow]) -> Fields:
    """Sum over all rows of the query, not of the page. A cancel's quantity is not ordered twice."""
    ordered = filled = value_krw = cost_krw = 0
    for row in rows:
        ordered += row.shares if row.change != "cancel" else 0
        filled += row.filled
        value_krw += row.filled_value_krw
        cost_krw += row.cost_krw
    average = Decimal(value_krw) / filled if filled else Decimal(0)
    return {
        "tot_ord_qty": str(ordered),
        "tot_ccld_qty": str(filled),
        "tot_ccld_amt": str(value_krw),
        "prsm_tlex_smtl": str(cost_krw),
        "pchs_avg_pric": str(average.quantize(Decimal("0.0001"), ROUND_HALF_UP)),
    }


def _open_row(desk: Desk, row: OrderRow, fields: Fields) -> Fields:
    instrument = desk.day.instruments[row.symbol]
    fields.update(
        ord_gno_brno=desk.manners.branch,
        odno=row.odno,
        orgn_odno=row.original or "",
        ord_dvsn_name=TYPE_NAMES[row.order_type],
        pdno=row.symbol,
        prdt_name=instrument.name,
        rvse_cncl_dvsn_name=_side_name(row) if row.change != "new" else "",
        ord_qty=str(row.shares),
        ord_unpr=str(row.limit_krw),
        ord_tmd=hhmmss(row.placed_ns),
        tot_ccld_qty=str(row.filled),
        tot_ccld_amt=str(row.filled_value_krw),
        psbl_qty=str(row.remaining),
        sll_buy_dvsn_cd="01" if row.side == "SELL" else "02",
        ord_dvsn_cd=row.order_type.value,
        excg_dvsn_cd="02" if instrument.market == "KOSPI" else "03",
        excg_id_dvsn_cd=row.route,
        excg_id_dvsn_name=f"SOR-{row.venue}" if row.route == "SOR" else row.route,
        stpm_cndt_pric=str(row.condition_krw),
        stpm_efct_occr_yn="N" if row.triggered_ns is None else "Y",
    )
    return fields
