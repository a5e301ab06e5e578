"""Where an order goes and as which kind: what was asked, what the venue and the day take.

`route` tries the kinds that mean the same, best first, on the venues the intent allows. What a
venue or the paper server lacks is held by the OMS where that can be done (an IOC that is cancelled
as soon as it has a number, a stop that is sent when it is reached); what cannot be is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kis_core.environment import Dialect
from kis_core.errors import NotOffered
from kis_core.market.events import Venue
from kis_core.wire.account import OrderType, OrderVenue, Side
from kis_core.wire.accounts.order_types import OFFERS, require_offered
from oms.core import hours
from oms.core.book import SECOND_NS, Book
from oms.core.words import Asked, AuctionName, Execution, TimeInForce, VenueWish

_T = OrderType
_KINDS: dict[str, dict[TimeInForce, OrderType]] = {
    "LIMIT": {"DAY": _T.LIMIT, "IOC": _T.LIMIT_IOC, "FOK": _T.LIMIT_FOK},
    "MARKET": {"DAY": _T.MARKET, "IOC": _T.MARKET_IOC, "FOK": _T.MARKET_FOK},
    "BEST": {"DAY": _T.BEST_LIMIT, "IOC": _T.BEST_IOC, "FOK": _T.BEST_FOK},
    "TOP": {"DAY": _T.TOP_LIMIT},
    "MID": {"DAY": _T.MID, "IOC": _T.MID_IOC, "FOK": _T.MID_FOK},
    "AFTER_LIMIT": {"DAY": _T.AFTER_LIMIT, "IOC": _T.AFTER_LIMIT_IOC, "FOK": _T.AFTER_LIMIT_FOK},
    "AFTER_BEST": {"DAY": _T.AFTER_BEST, "IOC": _T.AFTER_BEST_IOC, "FOK": _T.AFTER_BEST_FOK},
    "AFTER_TOP": {"DAY": _T.AFTER_TOP},
}


@dataclass(frozen=True, slots=True)
class Route:
    """A kind of order and its venue. `holds` says that the OMS keeps the promise itself."""

    venue: OrderVenue
    order_type: OrderType
    time_in_force: TimeInForce = "DAY"
    holds: bool = False  # an IOC's remainder is cancelled, or a stop is watched, by the OMS
    auction: AuctionName | None = None
    window: tuple[int, int] | None = None  # when entries may leave; None: KRX's regular hours
    until_ns: int | None = None


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Why an order cannot leave: not now (`retry_at_ns`, where it is known), or not at all."""

    status: Literal["DEFERRED", "REFUSED"]
    reason: str
    retry_at_ns: int | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    order_type: OrderType
    time_in_force: TimeInForce = "DAY"
    holds: bool = False


def dialect_of(book: Book) -> Dialect:
    """Return which of KIS's two hosts this account is at, as far as the journal says."""
    if book.dialect is not None:
        return book.dialect
    return "paper" if book.environment == "paper" else "real"


def is_plain(book: Book, asked: Asked) -> bool:
    """Whether an intent leaves its order to urgency and the default venue is KRX."""
    if book.on_margin:
        return asked.execution is None and asked.venue is None
    default = book.limits.default_venue if book.limits else None
    return asked.execution is None and (asked.venue or default or "KRX") == "KRX"


def route(book: Book, asked: Asked, side: Side, at_ns: int, nxt: bool | None) -> Route | NoRoute:
    """Return where an order goes and as what, or why it cannot leave.

    `nxt` says whether NXT trades the symbol. Unknown, an entry stays on KRX; a sale tries.
    """
    if book.on_margin:
        return NoRoute("REFUSED", "Kinds and venues are of stock orders: a contract names neither")
    execution = asked.execution or Execution("LIMIT")
    auction = execution.session
    if auction is not None and (away := _not_its_auction(book, auction, at_ns)):
        return away
    if execution.style == "AFTER" and side == "BUY":
        return NoRoute("REFUSED", "AFTER is for sales: entries keep to the regular sessions")
    dialect, day = dialect_of(book), date.fromisoformat(book.date or "1970-01-01")
    offered, refusal, closed, retry_ns = False, "", "", None
    for kind in _kinds(execution, asked.limit_krw is not None):
        if kind.holds and offered:
            continue  # the real one exists here, it is only not taken now
        for venue in _venues(book, asked, kind.order_type, side, at_ns, nxt, dialect):
            try:
                require_offered(dialect, kind.order_type, venue, day)
            except NotOffered as error:
                refusal = refusal or error.text
                continue
            offered = True
            if hours.takes(book, venue, kind.order_type, at_ns):
                return _routed(book, kind, venue, auction, at_ns)
            closed = closed or f"{venue} takes no {kind.order_type.name} now"
            later = hours.next_ns(book, venue, kind.order_type, at_ns)
            if later is not None:
                retry_ns = min(retry_ns or later, later)
    return NoRoute("DEFERRED", closed, retry_ns) if offered else NoRoute("REFUSED", refusal)


def _not_its_auction(book: Book, name: AuctionName, at_ns: int) -> NoRoute | None:
    span = hours.auction_of(book, name, at_ns)
    if span is None:
        return NoRoute("DEFERRED", "No trading session today, or none is known")
    if at_ns < span.start_ns:
        why = f"The {name.lower()} auction takes no orders yet"
        return NoRoute("DEFERRED", why, span.start_ns)
    if at_ns >= span.end_ns:
        return NoRoute("REFUSED", f"The {name.lower()} auction is over")
    return None


def _kinds(execution: Execution, has_limit: bool) -> Iterator[_Kind]:
    """Yield the kinds that mean what was asked, the best one first."""
    term = execution.time_in_force
    match execution.style:
        case "STOP_LIMIT":
            yield _Kind(_T.STOP_LIMIT)
            yield _Kind(_T.LIMIT, holds=True)
        case "BEST" | "TOP" | "MID" as style:
            yield from _terms(style, term)
        case "AFTER":
            yield from _after(execution)
        case "MARKETABLE" | "CHASE" | "TWAP" | "VWAP":
            yield from _terms("LIMIT", term)
        case _ if has_limit:
            yield from _terms("LIMIT", term)
        case "AUCTION":
            yield _Kind(_T.MARKET)
        case _:
            yield from _terms("MARKET", term)
            if term == "DAY":  # NXT has no plain market order; early and late it takes limits alone
                yield _Kind(_T.MARKET_IOC, "IOC")
                yield _Kind(_T.LIMIT)


def _terms(name: str, term: TimeInForce) -> Iterator[_Kind]:
    kinds = _KINDS[name]
    yield _Kind(kinds[term], term)
    if term == "IOC":
        yield _Kind(kinds["DAY"], term, holds=True)


def _after(execution: Execution) -> Iterator[_Kind]:
    if execution.price == "CLOSE":
        yield _Kind(_T.PRE_OPEN)
        yield _Kind(_T.POST_CLOSE)
        return
    kinds = _KINDS[f"AFTER_{execution.price}"]
    term = execution.time_in_force
    if term in kinds:
        yield _Kind(kinds[term], term)
    if execution.price == "LIMIT" and term == "DAY":
        yield _Kind(_T.OFF_HOURS_SINGLE)


def _venues(
    book: Book,
    asked: Asked,
    order_type: OrderType,
    side: Side,
    at_ns: int,
    nxt: bool | None,
    dialect: Dialect,
) -> tuple[OrderVenue, ...]:
    """Return the venues to try. KRX alone for what NXT does not trade, and on paper."""
    assert book.limits is not None
    wish: VenueWish = asked.venue or book.limits.default_venue or "KRX"
    known = nxt if side == "BUY" else nxt is not False
    if wish == "KRX" or dialect == "paper" or not known:
        return ("KRX",)
    if asked.execution is not None and asked.execution.style in ("AUCTION", "AFTER"):
        return ("KRX",)
    routable = "SOR" in OFFERS[order_type].venues
    if wish == "SOR":
        return ("SOR",) if routable else ("KRX",)
    if wish == "NXT":
        return ("NXT",)
    if book.open_ns is not None and at_ns < book.open_ns:
        return ("NXT", "KRX")  # it trades already while KRX only collects
    both = all(hours.takes(book, venue, order_type, at_ns) for venue in ("KRX", "NXT"))
    return ("SOR",) if both and routable else ("KRX", "NXT")


def _routed(
    book: Book, kind: _Kind, venue: OrderVenue, auction: AuctionName | None, at_ns: int
) -> Route:
    return Route(
        venue=venue,
        order_type=kind.order_type,
        time_in_force=kind.time_in_force,
        holds=kind.holds,
        auction=auction,
        window=_window(book, kind.order_type, venue, auction, at_ns),
        until_ns=hours.until_ns(book, venue, kind.order_type, at_ns),
    )


def _window(
    book: Book, order_type: OrderType, venue: OrderVenue, auction: AuctionName | None, at_ns: int
) -> tuple[int, int] | None:
    """Return when entries may leave: an auction's own time, or NXT's session of now.

    KRX's regular hours are the gate's own, and hold for SOR wherever KRX takes the order.
    """
    assert book.limits is not None
    if auction is not None:
        span = hours.auction_of(book, auction, at_ns)
        return (span.start_ns, span.end_ns) if span else None
    if venue == "KRX" or (venue == "SOR" and hours.takes(book, "KRX", order_type, at_ns)):
        return None
    where: Venue = "NXT"
    span = hours.span_of(book, where, order_type, at_ns)
    margin_ns = book.limits.closing_cancel_s * SECOND_NS
    return (span.start_ns, span.end_ns - margin_ns) if span else None
