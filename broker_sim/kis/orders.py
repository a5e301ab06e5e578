"""Orders, modifies and cancels: `order-cash` and `order-rvsecncl`. Pure.

The direction is in the TR id, never in the body. A change gets an order number of its own, and
must name the venue its order was sent to, if it names any. What the market may refuse, the
exchange refuses; here only what cannot be read is. Source: kis_api.md §5.1, §5.2, §15.2, §18.
"""

from broker_sim.exchange.orders import Declined, Placed, Route, Ticket
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.replies import Note, Reply, answered, refused
from kis_core.wire.account import OrderType, Side

ROUTES: dict[str, Route] = {"KRX": "KRX", "NXT": "NXT", "SOR": "SOR"}


class Unreadable(Exception):
    """A field of an order that is not what its name promises."""


def order_cash(desk: Desk, asked: Asked) -> Reply:
    """Place an order."""
    side: Side = "BUY" if asked.variant == "buy" else "SELL"
    try:
        ticket = Ticket(
            asked["PDNO"].upper(),
            side,
            _shares(asked["ORD_QTY"]),
            _order_type(asked["ORD_DVSN"]),
            _price_krw(asked, "ORD_UNPR"),
            _route(asked) or "KRX",
            _price_krw(asked, "CNDT_PRIC"),
        )
    except Unreadable as why:
        return _unreadable(desk, str(why))
    note = desk.manners.bought if side == "BUY" else desk.manners.sold
    return _outcome(desk, asked, desk.exchange.place(asked.now_ns, ticket), note)


def order_rvsecncl(desk: Desk, asked: Asked) -> Reply:
    """Modify or cancel an order."""
    try:
        # With QTY_ALL_ORD_YN=Y the quantity is ignored: clients send 0, 1 or all of it.
        everything = asked["QTY_ALL_ORD_YN"].upper() == "Y"
        shares = None if everything else _shares(asked["ORD_QTY"])
        number, route = asked["ORGN_ODNO"], _route(asked)
        if not number.isdecimal():
            raise Unreadable("ORGN_ODNO")
        match asked["RVSE_CNCL_DVSN_CD"]:
            case "02":
                outcome = desk.exchange.cancel(asked.now_ns, number, shares, route)
            case "01":
                outcome = desk.exchange.modify(
                    asked.now_ns,
                    number,
                    _order_type(asked["ORD_DVSN"]),
                    _price_krw(asked, "ORD_UNPR"),
                    shares,
                    route,
                    _price_krw(asked, "CNDT_PRIC"),
                )
            case _:
                raise Unreadable("RVSE_CNCL_DVSN_CD")
    except Unreadable as why:
        return _unreadable(desk, str(why))
    return _outcome(desk, asked, outcome, desk.manners.changed)


def _outcome(desk: Desk, asked: Asked, outcome: Placed | Declined, note: Note) -> Reply:
    if isinstance(outcome, Declined):
        return refused(outcome.code, outcome.text, "7" if desk.dialect == "real" else "1")
    number = outcome.odno if desk.manners.padded_odno else str(int(outcome.odno))
    output = {
        "KRX_FWDG_ORD_ORGNO": desk.manners.branch,
        "ODNO": number,
        "ORD_TMD": hhmmss(asked.now_ns),
    }
    return answered(note, {"output": output})


def _unreadable(desk: Desk, key: str) -> Reply:
    """Return the refusal of a value that cannot be read."""
    rt_cd = "7" if desk.dialect == "real" else "1"
    return refused("APMP0001", f"입력값을 확인하여 주십시오. [{key}]", rt_cd)


def _shares(text: str) -> int:
    # A sign is let through: minus one share is a number, and the exchange says what it thinks.
    # So is a JSON number that was a float where the client reckoned it.
    whole = text.removesuffix(".0")
    if not whole.removeprefix("-").isdecimal():
        raise Unreadable("ORD_QTY")
    return int(whole)


def _price_krw(asked: Asked, key: str) -> int:
    text = asked[key]
    if not text:
        return 0
    whole, _, fraction = text.partition(".")
    if not whole.isdecimal() or fraction.strip("0"):
        raise Unreadable(key)
    return int(whole)


def _order_type(text: str) -> OrderType:
    try:
        return OrderType(text)
    except ValueError:
        raise Unreadable("ORD_DVSN") from None


def _route(asked: Asked) -> Route | None:
    """The venue that is named, None when none is: older clients know of one alone."""
    text = asked["EXCG_ID_DVSN_CD"].upper()
    if text and text not in ROUTES:
        raise Unreadable("EXCG_ID_DVSN_CD")
    return ROUTES.get(text)
