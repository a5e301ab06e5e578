"""Which venue takes which order type, since when, and at what price. Pure.

An order that a venue or the paper server would refuse is refused here, before it leaves, with what
to use instead. When in the day a venue takes a type is `market.sessions`' to say.
Source: kis_api.md §4.1, §17, krx_market.md §3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kis_core.environment import Dialect
from kis_core.errors import NotOffered, Refused
from kis_core.market.sessions import NXT_OPENED, REFORM
from kis_core.wire.account import OrderType, OrderVenue
from kis_core.wire.tr_table import NOT_OFFERED, PAPER_ORDER_TYPES, PAPER_VENUES

INPUT_MISSING = "APMP0001"  # as KIS itself would answer
OFF_HOURS_ENDED = date(2026, 9, 11)  # its last day

Price = Literal["needed", "none", "either"]


@dataclass(frozen=True, slots=True)
class Offer:
    """Who takes a type. `price` is what ORD_UNPR wants: a limit, "0", or either."""

    venues: tuple[OrderVenue, ...]
    price: Price
    since: date | None = None
    last: date | None = None


_ALL: tuple[OrderVenue, ...] = ("KRX", "NXT", "SOR")
_KRX: tuple[OrderVenue, ...] = ("KRX",)
_NXT: tuple[OrderVenue, ...] = ("NXT",)
_DIRECT: tuple[OrderVenue, ...] = ("KRX", "NXT")

# Whether SOR takes 27–29 and 41–47 is not established: they are sent to the venue they name.
OFFERS: Mapping[OrderType, Offer] = {
    OrderType.LIMIT: Offer(_ALL, "needed"),
    OrderType.MARKET: Offer(("KRX", "SOR"), "none"),
    OrderType.CONDITIONAL_LIMIT: Offer(_KRX, "needed"),
    OrderType.BEST_LIMIT: Offer(_ALL, "none"),
    OrderType.TOP_LIMIT: Offer(_ALL, "none"),
    OrderType.PRE_OPEN: Offer(_KRX, "none"),
    OrderType.POST_CLOSE: Offer(_KRX, "none"),
    OrderType.OFF_HOURS_SINGLE: Offer(_KRX, "needed", last=OFF_HOURS_ENDED),
    OrderType.LIMIT_IOC: Offer(_ALL, "needed"),
    OrderType.LIMIT_FOK: Offer(_ALL, "needed"),
    OrderType.MARKET_IOC: Offer(_ALL, "none"),
    OrderType.MARKET_FOK: Offer(_ALL, "none"),
    OrderType.BEST_IOC: Offer(_ALL, "none"),
    OrderType.BEST_FOK: Offer(_ALL, "none"),
    OrderType.MID: Offer(_DIRECT, "none", NXT_OPENED),
    OrderType.STOP_LIMIT: Offer(_DIRECT, "needed", NXT_OPENED),
    OrderType.MID_IOC: Offer(_DIRECT, "none", NXT_OPENED),
    OrderType.MID_FOK: Offer(_DIRECT, "none", NXT_OPENED),
    OrderType.GTP_LIMIT: Offer(_NXT, "needed", REFORM),
    OrderType.GTP_BEST: Offer(_NXT, "none", REFORM),
    OrderType.GTP_TOP: Offer(_NXT, "none", REFORM),
    OrderType.AFTER_LIMIT: Offer(_KRX, "needed", REFORM),
    OrderType.AFTER_LIMIT_IOC: Offer(_KRX, "needed", REFORM),
    OrderType.AFTER_LIMIT_FOK: Offer(_KRX, "needed", REFORM),
    OrderType.AFTER_BEST: Offer(_KRX, "either", REFORM),  # what it wants is not documented
    OrderType.AFTER_BEST_IOC: Offer(_KRX, "none", REFORM),
    OrderType.AFTER_BEST_FOK: Offer(_KRX, "none", REFORM),
    OrderType.AFTER_TOP: Offer(_KRX, "none", REFORM),
}

_INSTEAD_ON_PAPER: Mapping[OrderType, str] = {
    OrderType.PRE_OPEN: "LIMIT in the opening auction",
    OrderType.OFF_HOURS_SINGLE: "POST_CLOSE, or LIMIT the next day",
    OrderType.STOP_LIMIT: "LIMIT or MARKET, sent when the stop is reached",
    OrderType.MID: "LIMIT",
}


def require_offered(
    dialect: Dialect, order_type: OrderType, venue: OrderVenue, day: date | None = None
) -> None:
    """Raise NotOffered where a type is not taken. Without a day, whatever day it is."""
    if dialect == "paper":
        if venue not in PAPER_VENUES:
            raise _not(f"venue {venue} is not offered on paper: use KRX")
        if order_type.value not in PAPER_ORDER_TYPES:
            instead = _INSTEAD_ON_PAPER.get(order_type, "a limit order, cancelled if unfilled")
            raise _not(f"{order_type.name} is not offered on paper: use {instead}")
    offer = OFFERS[order_type]
    if venue not in offer.venues:
        raise _not(
            f"{order_type.name} is not taken on {venue}: use {_elsewhere(order_type, venue)}"
        )
    if day is None:
        return
    if venue != "KRX" and day < NXT_OPENED:
        raise _not(f"there was no {venue} before {NXT_OPENED}: use KRX")
    if offer.since is not None and day < offer.since:
        raise _not(f"{order_type.name} was not taken before {offer.since}: use LIMIT")
    if offer.last is not None and day > offer.last:
        raise _not(f"{order_type.name} ended on {offer.last}: use AFTER_LIMIT")


def _elsewhere(order_type: OrderType, venue: OrderVenue) -> str:
    if order_type is OrderType.MARKET:
        return "MARKET_IOC"
    if venue == "NXT" and order_type.name.startswith("AFTER_"):
        return "LIMIT, which NXT takes until 20:00"
    return " or ".join(OFFERS[order_type].venues)


def _not(text: str) -> NotOffered:
    return NotOffered(NOT_OFFERED, text)


def priced(
    order_type: OrderType, limit_krw: int | None, condition_krw: int | None
) -> dict[str, str]:
    """Return ORD_UNPR and CNDT_PRIC of a type, KRW; Refused where it lacks a price it needs."""
    price = OFFERS[order_type].price
    if price == "needed" and not limit_krw:
        raise Refused(INPUT_MISSING, f"{order_type.name} needs a limit price")
    is_stop = order_type is OrderType.STOP_LIMIT
    if is_stop and not condition_krw:
        raise Refused(INPUT_MISSING, f"{order_type.name} needs the price that wakes it")
    if condition_krw is not None and not is_stop:
        raise Refused(INPUT_MISSING, f"{order_type.name} has no price that wakes it")
    return {
        "ORD_UNPR": "0" if price == "none" else str(limit_krw or 0),
        "CNDT_PRIC": str(condition_krw) if is_stop else "",
    }
