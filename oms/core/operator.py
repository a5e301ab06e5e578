"""What a person may do, and what it does to the book. Every act is journaled with who and why.

An act that cannot be done changes nothing: `refusal` says why not, before it is asked and again
when it is decided, for the book may have changed between the two.
"""

from collections.abc import Iterator

from oms.core import amendment, exits, fills, holdings, splits
from oms.core.book import Book
from oms.core.holdings import Allocation, Listing
from oms.core.order import PLANNED
from oms.core.records import (
    UNALLOCATED,
    AllocationChanged,
    AnyOutput,
    Direction,
    DriftSeen,
    Flag,
    FlagChanged,
    OperatorActed,
    StopSet,
)


def refusal(book: Book, act: OperatorActed) -> str | None:
    """Return why an act cannot be done to this book, None where it can."""
    match act.action:
        case "cancel_order":
            if act.order_id not in book.open_orders and act.order_id not in book.parents:
                return f"{act.order_id} is over: there is nothing left to cancel"
        case "amend_order":
            order = book.orders.get(act.order_id or "")
            if order is None:
                return f"{act.order_id} is not an order of today"
            return amendment.refusal(book, order, act.limit_krw or 0, act.quotes, act.at_ns)
        case "amend_stop":
            held = book.allocation(act.strategy_id or "", act.symbol or "")
            if not held.shares and not held.buying:
                return f"{act.strategy_id} holds no {act.symbol} that a stop could protect"
        case "acknowledge_drift":
            return _not_acknowledged(book, book.listing(act.symbol or ""))
        case "reassign_drift":
            return _not_reassigned(book, act)
        case "split":
            return splits.refusal(book, act)
    return None


def _not_acknowledged(book: Book, listing: Listing) -> str | None:
    if not listing.drift:
        return f"{listing.symbol} has no drift"
    missing = listing.drift * listing.allocated < 0 if book.on_margin else listing.drift < 0
    if missing:
        return (
            f"{abs(listing.drift)} shares of {listing.symbol} are missing at the broker: "
            "say whose they were (reassign)"
        )
    return None


def _not_reassigned(book: Book, act: OperatorActed) -> str | None:
    listing = book.listing(act.symbol or "")
    drift, shares = listing.drift, act.shares or 0
    if not drift or not 0 < shares <= abs(drift):
        return f"{listing.symbol} has a drift of {drift:+d}: {shares} shares cannot be reassigned"
    if book.limits is None or act.strategy_id not in book.limits.budgets:
        return f"{act.strategy_id} has no budget here, so it is no strategy of this OMS"
    held = book.allocation(act.strategy_id, listing.symbol)
    if _takes_away(book, held, drift):
        if shares > held.sellable:
            return f"{act.strategy_id} holds {held.sellable} that are not being sold, not {shares}"
        return None
    selling = book.allocation(UNALLOCATED, listing.symbol).selling
    if shares > abs(drift) - selling:
        return f"{selling} of the {abs(drift)} shares are being sold"
    if act.price_krw is None and listing.mark_krw is None:
        return f"no price of {listing.symbol} is known: say what a share cost (price_krw)"
    if act.stop_krw is None and held.stop_krw is None:
        return f"{act.strategy_id} has no stop in {listing.symbol}: say one (stop_krw)"
    return None


def _takes_away(book: Book, held: Allocation, drift: int) -> bool:
    """Whether shares of a drift can only make a strategy's holding smaller."""
    if held.shares:
        return (held.signed > 0) != (drift > 0)
    return drift < 0 and not book.on_margin


def acted(book: Book, act: OperatorActed) -> Iterator[AnyOutput]:
    """Do what the operator said, or nothing where it cannot be done."""
    if refusal(book, act) is not None:
        return
    match act.action:
        case "safe_mode":
            yield _flag(act, "safe_mode", on=bool(act.enabled))
        case "regime":
            yield _flag(act, "regime", on=True, value=act.regime)
        case "pause_strategy":
            yield _flag(act, "paused", on=True, subject=act.strategy_id)
        case "resume_strategy":
            yield _flag(act, "paused", on=False, subject=act.strategy_id)
        case "halt_symbol":
            yield _flag(act, "halted", on=True, subject=act.symbol)
        case "resume_symbol":
            yield _flag(act, "halted", on=False, subject=act.symbol)
        case "halt_portfolio":  # safe mode, and not the day's halt: that one falls at midnight
            yield _flag(act, "safe_mode", on=True)
        case "resume_portfolio" | "resume_entries":
            if act.action == "resume_portfolio":
                yield _flag(act, "safe_mode", on=False)
            yield _flag(act, "halt_entries", on=False)
            if book.flattening:
                yield _flag(act, "flattening", on=False)
        case "flatten_all":
            yield _flag(act, "halt_entries", on=True)
            yield _flag(act, "flattening", on=True)
            yield from exits.flatten_account(book, f"flatten: {act.reason}"[:50], act.at_ns)
        case "kill":
            yield _flag(act, "killed", on=bool(act.enabled))
            if act.enabled:
                yield from _withdraw_buys(book, act)
        case "reset_peak":
            yield _flag(act, "peak", on=True)
        case "cancel_order":
            yield from _cancelled(book, act)
        case "amend_order":
            order = book.open_orders[act.order_id or ""]
            limit_krw = act.limit_krw or 0
            yield amendment.planned(order, limit_krw, act.reason, act.at_ns, actor=act.actor)
        case "amend_stop":
            yield _stop(act)
        case "acknowledge_drift":
            listing = book.listing(act.symbol or "")
            yield _flag(act, "acknowledged", on=True, subject=act.symbol, value=str(listing.drift))
            if listing.frozen:
                yield _flag(act, "frozen", on=False, subject=act.symbol)
        case "reassign_drift":
            yield from _reassigned(book, act)
        case "split":
            yield from splits.applied(book, act)


def _cancelled(book: Book, act: OperatorActed) -> Iterator[AnyOutput]:
    parent = book.parents.get(act.order_id or "")
    if parent is not None:
        yield exits.parent_closed(parent, act.reason, act.at_ns)
        for child in parent.children:
            yield from exits.withdraw(child, act.reason, act.at_ns, act.actor)
        return
    order = book.open_orders[act.order_id or ""]
    if order.state is PLANNED:
        yield from fills.closed(book, order, "CANCELLED", act.reason, act.at_ns)
    else:
        yield from exits.withdraw(order, act.reason, act.at_ns, act.actor)


def _stop(act: OperatorActed) -> StopSet:
    assert act.strategy_id is not None
    assert act.symbol is not None
    return StopSet(
        at_ns=act.at_ns,
        strategy_id=act.strategy_id,
        symbol=act.symbol,
        stop_krw=act.stop_krw,
        why=f"{act.actor}: {act.reason}",
    )


def _reassigned(book: Book, act: OperatorActed) -> Iterator[AnyOutput]:
    """Give shares nobody owns to a strategy, or take those the broker misses from one.

    Found shares cost what the operator says, or what they are worth now. Lost ones take their part
    of the cost along and realise nothing: nobody was paid for them. Contracts that were settled
    realise what the operator says a contract was settled at.
    """
    assert act.strategy_id is not None
    assert act.symbol is not None
    assert act.shares is not None
    listing = book.listing(act.symbol)
    held = book.allocation(act.strategy_id, act.symbol)
    direction: Direction
    sign = 1 if listing.drift > 0 else -1
    left = listing.drift - sign * act.shares
    realised = 0
    if _takes_away(book, held, listing.drift):
        delta = -act.shares
        cost = held.cost_krw * (held.shares + delta) // held.shares
        direction = held.direction
        if act.price_krw is not None and book.has_ended(listing.symbol, act.at_ns) is not False:
            settled = holdings.closed(held, act.shares, act.shares * act.price_krw, 0)
            cost, realised = settled.cost_krw, settled.realised_krw
    else:
        delta = act.shares
        price = act.price_krw if act.price_krw is not None else listing.mark_krw
        assert price is not None
        cost = held.cost_krw + delta * price
        direction = "LONG" if sign > 0 else "SHORT"
    shares = held.shares + delta
    stop = act.stop_krw if act.stop_krw is not None else held.stop_krw
    yield AllocationChanged(
        at_ns=act.at_ns,
        strategy_id=act.strategy_id,
        symbol=act.symbol,
        shares=shares,
        cost_krw=cost,
        stop_krw=stop if shares else None,
        realised_krw=realised,
        why=f"reassigned by {act.actor}: {act.reason}",
        delta=delta,
        direction=direction,
    )
    yield DriftSeen(
        at_ns=act.at_ns,
        symbol=act.symbol,
        broker_shares=listing.allocated + left,
        allocated=listing.allocated,
        drift=left,
    )
    if listing.frozen and left in (0, listing.acknowledged):
        yield _flag(act, "frozen", on=False, subject=act.symbol)


def _withdraw_buys(book: Book, act: OperatorActed) -> Iterator[AnyOutput]:
    why = f"kill: {act.reason}"[:50]
    for allocation in list(book.allocations()):
        yield from exits.withdraw_parents(allocation, why, act.at_ns, "BUY")
    for order in list(book.open_orders.values()):
        if not order.opens:
            continue
        if order.state is PLANNED:
            yield from fills.closed(book, order, "CANCELLED", why, act.at_ns)
        else:
            yield from exits.withdraw(order, why, act.at_ns, act.actor)


def _flag(
    act: OperatorActed,
    flag: Flag,
    *,
    on: bool,
    subject: str | None = None,
    value: str | None = None,
) -> FlagChanged:
    return FlagChanged(
        at_ns=act.at_ns,
        flag=flag,
        on=on,
        actor=act.actor,
        reason=act.reason,
        subject=subject,
        value=value,
    )
