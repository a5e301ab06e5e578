"""News of our orders, as happenings: each says all there is to say of the order at its instant."""

from broker_sim.exchange.happenings import Accepted, Cancelled, Expired, Filled, Rejected
from broker_sim.exchange.live import LiveOrder, odno
from broker_sim.exchange.orders import Declined, FillRow


def accepted(order: LiveOrder, at_ns: int) -> Accepted:
    """The exchange took an order, a modify or a cancel."""
    return Accepted(
        odno(order.number),
        original_of(order),
        order.change,
        order.symbol,
        order.side,
        order.order_type,
        order.shares,
        order.limit_krw,
        at_ns,
        order.venue,
        order.route,
        order.condition_krw,
    )


def rejected(order: LiveOrder, why: Declined, at_ns: int) -> Rejected:
    """The exchange refused what the broker had taken."""
    return Rejected(
        odno(order.number),
        original_of(order),
        order.change,
        order.symbol,
        order.side,
        order.order_type,
        order.shares,
        order.limit_krw,
        why.code,
        why.text,
        at_ns,
        order.venue,
        order.route,
        order.condition_krw,
    )


def cancelled(order: LiveOrder, shares: int, at_ns: int) -> Cancelled:
    """Shares left the market: told of the cancel, or of the IOC or FOK order itself."""
    return Cancelled(
        odno(order.number),
        original_of(order) if order.change == "cancel" else None,
        order.symbol,
        order.side,
        order.order_type,
        shares,
        order.shares,
        order.limit_krw,
        at_ns,
        order.venue,
        order.route,
        order.condition_krw,
    )


def filled(order: LiveOrder, fill: FillRow) -> Filled:
    """A fill that the order already counts."""
    return Filled(
        fill.odno,
        original_of(order),
        fill.number,
        order.symbol,
        order.side,
        order.order_type,
        fill.shares,
        fill.price_krw,
        order.shares,
        order.filled,
        order.limit_krw,
        fill.at_ns,
        order.venue,
        order.route,
        order.condition_krw,
    )


def expired(order: LiveOrder, at_ns: int) -> Expired:
    """The session ended on what is left of an order."""
    return Expired(odno(order.number), order.symbol, order.side, order.remaining, at_ns)


def original_of(order: LiveOrder) -> str | None:
    """Return the number of the order that a modify or cancel changes."""
    return None if order.original is None else odno(order.original)
