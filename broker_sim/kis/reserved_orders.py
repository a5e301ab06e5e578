"""Orders for the next session (예약주문): taken in the evening, kept, listed, changed. Pure.

They are taken from 15:40 to 07:30, but for half an hour around midnight, and become orders on the
next session's morning: never on the day played. Sources: kis_api.md §5.7; hours as KIS's own
sample says them.
"""

from dataclasses import dataclass, replace

from broker_sim.exchange.orders import Refusal
from broker_sim.exchange.refusals import declined
from broker_sim.kis.assets import NO_AGREEMENT
from broker_sim.kis.calendars import session_text
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.pages import LAST, page_of
from broker_sim.kis.replies import Fields, Note, Output, Reply, answered, refused
from broker_sim.kis.standings import filled
from kis_core.market.instants import MINUTE_NS

TAKEN = Note("APBK2938", "예약주문이 접수되었습니다.")
CHANGED = Note("KIOK0430", "정상적으로 처리되었습니다")
TYPES = {"00": "지정가", "01": "시장가", "02": "조건부지정가", "05": "장전 시간외"}
CASH = "10"
OPENS_MIN, CLOSES_MIN = 10, 7 * 60 + 30  # after the close; of the day
MIDNIGHT_FROM_MIN, MIDNIGHT_UNTIL_MIN = 23 * 60 + 40, 10
FIRST_NUMBER = 39_601
PAGE = 20


@dataclass(frozen=True, slots=True)
class Reserved:
    """One reserved order."""

    number: int
    symbol: str
    side: str  # SLL_BUY_DVSN_CD
    order_type: str
    shares: int
    price_krw: int
    taken_ns: int
    until: str  # RSVN_ORD_END_DT, blank for the next session alone
    cancelled_ns: int | None = None


class ReservedOrders:
    """The account's reserved orders."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._orders: dict[int, Reserved] = {}

    def order_resv(self, asked: Asked) -> Reply:
        """Take one."""
        if refusal := self._refusal(asked):
            return refusal
        number = FIRST_NUMBER + len(self._orders)
        self._orders[number] = _read(asked, number)
        return answered(TAKEN, {"output": {"RSVN_ORD_SEQ": str(number)}})

    def order_resv_rvsecncl(self, asked: Asked) -> Reply:
        """Change or cancel one; a second cancel finds nothing."""
        number = asked["RSVN_ORD_SEQ"]
        known = self._orders.get(int(number)) if number.isdecimal() else None
        if known is None or known.cancelled_ns is not None:
            nothing = declined(Refusal.NOTHING_LEFT, self._desk.dialect)
            return refused(nothing.code, nothing.text, "7")
        if asked.variant == "cancel":
            if late := self._closed(asked.now_ns):
                return late
            self._orders[known.number] = replace(known, cancelled_ns=asked.now_ns)
        else:
            if refusal := self._refusal(asked):
                return refusal
            self._orders[known.number] = replace(
                _read(asked, known.number), taken_ns=known.taken_ns
            )
        return answered(CHANGED, {"output": {"NRML_PRCS_YN": "Y"}})

    def order_resv_ccnl(self, asked: Asked) -> Reply:
        """List them, newest first."""
        names = asked.call.outputs["output"].names
        found = [o for o in reversed(self._orders.values()) if self._asked_for(o, asked)]
        conditions = (*self._desk.account_conditions, asked["RSVN_ORD_ORD_DT"])
        page = page_of(found, PAGE, asked.fields, asked.tr_cont, conditions, "200")
        outputs: dict[str, Output] = {
            **page.cursor(),
            "output": [filled(names, self._row(order)) for order in page.rows],
        }
        manners = self._desk.manners
        note = manners.listed if page.tr_cont == LAST else manners.listed_more
        return answered(note if found else manners.listed_none, outputs, page.tr_cont)

    def _refusal(self, asked: Asked) -> Reply | None:
        """Return why a reserved order cannot be taken as it is written, None when it can."""
        if asked["PDNO"].upper() not in self._desk.day.instruments:
            return refused("APBK0656", "해당종목정보가 없습니다.", "7")
        if asked["ORD_OBJT_CBLC_DVSN_CD"] not in ("", CASH):
            return refused(*NO_AGREEMENT, "7")
        shares, price = asked["ORD_QTY"], asked["ORD_UNPR"]
        wrong = next(
            (
                key
                for key, right in (
                    ("SLL_BUY_DVSN_CD", asked["SLL_BUY_DVSN_CD"] in ("01", "02")),
                    ("ORD_DVSN_CD", asked["ORD_DVSN_CD"] in TYPES),
                    ("ORD_QTY", shares.isdecimal() and int(shares) > 0),
                    ("ORD_UNPR", price.isdecimal() and self._priced(asked, int(price))),
                )
                if not right
            ),
            None,
        )
        if wrong is not None:
            return refused("APMP0001", f"입력값을 확인하여 주십시오. [{wrong}]", "7")
        return self._closed(asked.now_ns)

    def _priced(self, asked: Asked, price_krw: int) -> bool:
        return price_krw > 0 or asked["ORD_DVSN_CD"] not in ("00", "02")

    def _closed(self, now_ns: int) -> Reply | None:
        """Return the refusal of an hour that takes no reserved orders."""
        clock = hhmmss(now_ns)
        minute = int(clock[:2]) * 60 + int(clock[2:4])
        evening = now_ns >= self._desk.exchange.venue.close_ns + OPENS_MIN * MINUTE_NS
        around_midnight = minute >= MIDNIGHT_FROM_MIN or minute < MIDNIGHT_UNTIL_MIN
        if (evening or minute < CLOSES_MIN) and not around_midnight:
            return None
        return refused("APBK0918", "예약주문 접수시간이 아닙니다.", "7")

    def _asked_for(self, order: Reserved, asked: Asked) -> bool:
        today = f"{self._desk.day.date:%Y%m%d}"
        if not asked["RSVN_ORD_ORD_DT"] <= today <= (asked["RSVN_ORD_END_DT"] or today):
            return False
        number = asked["RSVN_ORD_SEQ"]
        if number and not (number.isdecimal() and int(number) == order.number):
            return False
        if asked["PDNO"] not in ("", order.symbol) or asked["PRCS_DVSN_CD"] == "1":
            return False
        if asked["CNCL_YN"] == "N" and order.cancelled_ns is not None:
            return False
        return asked["SLL_BUY_DVSN_CD"] in ("", "00", order.side)

    def _row(self, order: Reserved) -> Fields:
        today = f"{self._desk.day.date:%Y%m%d}"
        cancelled = order.cancelled_ns
        return {
            "rsvn_ord_seq": str(order.number),
            "rsvn_ord_ord_dt": session_text(self._desk.day.date, 1),
            "rsvn_ord_rcit_dt": today,
            "pdno": order.symbol,
            "ord_dvsn_cd": order.order_type,
            "ord_rsvn_qty": str(order.shares),
            "tot_ccld_qty": "0",
            "cncl_ord_dt": today if cancelled is not None else "",
            "rsvn_ord_rcit_tmd": hhmmss(order.taken_ns),
            "kor_item_shtn_name": self._desk.day.instruments[order.symbol].name,
            "sll_buy_dvsn_cd": order.side,
            "ord_rsvn_unpr": str(order.price_krw),
            "tot_ccld_amt": "0",
            "cncl_rcit_tmd": hhmmss(cancelled) if cancelled is not None else "",
            "prcs_rslt": "취소" if cancelled is not None else "미처리",
            "ord_dvsn_name": TYPES[order.order_type],
            "rsvn_end_dt": order.until,
        }


def _read(asked: Asked, number: int) -> Reserved:
    return Reserved(
        number,
        asked["PDNO"].upper(),
        asked["SLL_BUY_DVSN_CD"],
        asked["ORD_DVSN_CD"],
        int(asked["ORD_QTY"]),
        int(asked["ORD_UNPR"]),
        asked.now_ns,
        asked["RSVN_ORD_END_DT"],
    )
