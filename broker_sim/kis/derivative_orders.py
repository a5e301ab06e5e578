"""Orders of futures and options: `order`, `order-rvsecncl` and what could be ordered. Pure.

One TR buys and sells; day and night have TRs of their own. By day on the real host a change with
quantity 0 means all; at night and on paper the quantity must be said. Sources: kis_api.md §4.2,
§12, §17.
"""

from broker_sim.exchange.derivatives.admission import Wish
from broker_sim.exchange.derivatives.exchange import DerivativesExchange, Placed
from broker_sim.exchange.derivatives.orders import OrderRow, OrderType, Ticket
from broker_sim.exchange.orders import Declined
from broker_sim.kis.derivative_points import hundredths, points
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.orders import Unreadable
from broker_sim.kis.replies import Fields, Note, Reply, answered, refused
from kis_core.wire.account import Side

SENT = Note("APBK0029", "선물옵션 주문이 완료되었습니다.")
SIDES: dict[str, Side] = {"01": "SELL", "02": "BUY"}
SIDE_CODES = {"SELL": "01", "BUY": "02"}
SIDE_NAMES = {"SELL": "매도", "BUY": "매수"}
CHANGE_NAMES = {"new": "", "modify": "정정", "cancel": "취소"}
_BY_CONDITION = {  # NMPR_TYPE_CD and KRX_NMPR_CNDT_CD → ORD_DVSN_CD
    ("01", "3"): "10",
    ("01", "4"): "11",
    ("02", "3"): "12",
    ("02", "4"): "13",
    ("04", "3"): "14",
    ("04", "4"): "15",
}


class DerivativeOrders:
    """Answers of the margin account's order desk."""

    def __init__(self, desk: Desk, exchange: DerivativesExchange) -> None:
        self._desk = desk
        self._exchange = exchange

    def order(self, asked: Asked) -> Reply:
        """Place an order."""
        try:
            side = SIDES.get(asked["SLL_BUY_DVSN_CD"])
            if side is None:
                raise Unreadable("SLL_BUY_DVSN_CD")
            ticket = Ticket(
                asked["SHTN_PDNO"].upper(),
                side,
                _quantity(asked["ORD_QTY"]),
                _order_type(asked),
                _price_h(asked["UNIT_PRICE"]),
                asked.variant == "night",
            )
        except Unreadable as why:
            return self._unreadable(str(why))
        outcome = self._exchange.place(asked.now_ns, ticket)
        paper = self._desk.manners.bought if side == "BUY" else self._desk.manners.sold
        return self._outcome(asked, outcome, paper)

    def order_rvsecncl(self, asked: Asked) -> Reply:
        """Modify or cancel an order."""
        night = asked.variant == "night"
        try:
            quantity = self._changed_quantity(asked, night)
            number = asked["ORGN_ODNO"]
            if not number.isdecimal():
                raise Unreadable("ORGN_ODNO")
            match asked["RVSE_CNCL_DVSN_CD"]:
                case "02":
                    outcome = self._exchange.cancel(asked.now_ns, int(number), quantity, night)
                case "01":
                    wish = Wish(_order_type(asked), _price_h(asked["UNIT_PRICE"]), quantity)
                    outcome = self._exchange.modify(asked.now_ns, int(number), wish, night)
                case _:
                    raise Unreadable("RVSE_CNCL_DVSN_CD")
        except Unreadable as why:
            return self._unreadable(str(why))
        return self._outcome(asked, outcome, self._desk.manners.changed)

    def inquire_psbl_order(self, asked: Asked) -> Reply:
        """Answer how many contracts could be ordered by day."""
        return self._possible(asked, night=False)

    def inquire_psbl_ngt_order(self, asked: Asked) -> Reply:
        """Answer how many contracts could be ordered by night."""
        return self._possible(asked, night=True)

    def _possible(self, asked: Asked, night: bool) -> Reply:
        contract = self._exchange.market.contracts.get(asked["PDNO"].upper())
        try:
            side = SIDES.get(asked["SLL_BUY_DVSN_CD"])
            if side is None:
                raise Unreadable("SLL_BUY_DVSN_CD")
            order_type, limit_h = _order_type(asked), _price_h(asked["UNIT_PRICE"])
        except Unreadable as why:
            return self._unreadable(str(why))
        blank = asked.call.blank("output")
        if contract is None:
            return self._unreadable("PDNO")
        power = self._exchange.power(contract, side, order_type, limit_h, night)
        known = {
            "max_ord_psbl_qty": str(power.closable + power.opening),
            "tot_psbl_qty": str(power.closable + power.opening),
            "lqd_psbl_qty": str(power.closable),
            "lqd_psbl_qty1": str(power.closable),
            "lqd_psbl_qty_1": str(power.closable),
            "ord_psbl_qty": str(power.opening),
            "bass_idx": points(power.price_h),
        }
        return answered(self._desk.manners.listed, {"output": {k: known[k] for k in blank}})

    def _outcome(self, asked: Asked, outcome: Placed | Declined, paper: Note) -> Reply:
        if isinstance(outcome, Declined):
            rt_cd = "7" if self._desk.dialect == "real" else "1"
            return refused(outcome.code, outcome.text, rt_cd)
        note = SENT if self._desk.dialect == "real" else paper
        output = self._told(asked, outcome.order)
        return answered(note, {"output": output})

    def _told(self, asked: Asked, order: OrderRow) -> Fields:
        told = {
            "ACNT_NAME": self._desk.keys.owner,
            "TRAD_DVSN_NAME": SIDE_NAMES[order.side] + CHANGE_NAMES[order.change],
            "ITEM_NAME": order.contract.name,
            "ORD_TMD": hhmmss(asked.now_ns),
            "ORD_GNO_BRNO": self._desk.manners.branch,
        }
        if order.original is not None:
            told["ORGN_ODNO"] = odno(order.original)
        return told | {"ODNO": odno(order.number)}

    def _changed_quantity(self, asked: Asked, night: bool) -> int | None:
        """Return how many contracts a change is for; None for all that is left."""
        text = asked["ORD_QTY"]
        quantity = _quantity(text) if text else 0
        if quantity <= 0 and (night or self._desk.dialect == "paper"):
            raise Unreadable("ORD_QTY")
        everything = asked["RMN_QTY_YN"].upper() == "Y"
        return None if quantity == 0 or everything else quantity

    def _unreadable(self, key: str) -> Reply:
        rt_cd = "7" if self._desk.dialect == "real" else "1"
        return refused("APMP0001", f"입력값을 확인하여 주십시오. [{key}]", rt_cd)


def odno(number: int) -> str:
    """Return an order number as an order's answer has it: 10 digits."""
    return f"{number:010d}"


def _order_type(asked: Asked) -> OrderType:
    """Return the type of ORD_DVSN_CD; without one, that of NMPR_TYPE_CD and its condition."""
    text = asked["ORD_DVSN_CD"]
    if not text:
        kind = asked["NMPR_TYPE_CD"] or "01"
        text = _BY_CONDITION.get((kind, asked["KRX_NMPR_CNDT_CD"]), kind)
    try:
        return OrderType(text)
    except ValueError:
        raise Unreadable("ORD_DVSN_CD") from None


def _quantity(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise Unreadable("ORD_QTY")
    return int(text)


def _price_h(text: str) -> int:
    price_h = hundredths(text or "0")
    if price_h is None:
        raise Unreadable("UNIT_PRICE")
    return price_h
