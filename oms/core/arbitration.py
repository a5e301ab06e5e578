"""Who may enter a symbol, and which of our own orders may stand beside each other.

An approved entry locks its symbol for the time its strategy's budget says; the owner may come
again, others are deferred (`risk.entry_lock`). The lock ends when the entry does. A strategy of
higher priority may take a lock over once a day and symbol, while nothing of the lower one's entry
is filled: that buy is withdrawn, and the higher one enters once evidence says that it is gone.
Exits know no locks, and two strategies may well hold the same symbol once each has bought.

Two of our own orders must never trade with each other. An entry that one of ours on the other side
would meet waits. An exit never waits for more than the cancel of the entries it would meet: they
are withdrawn first, and if no evidence of their end comes in `crossing_wait_s`, it leaves anyway.
"""

from collections.abc import Iterator

from kis_core.wire.account import Side
from oms.core.book import SECOND_NS, Book
from oms.core.limits import Budget
from oms.core.order import PLANNED, Cancel, Order
from oms.core.records import AnyOutput, LockChanged

KST_OFFSET_S = 9 * 3600
DAY_S = 86_400
_MAKES_WAY = "makes way for"


def lock(
    book: Book, symbol: str, strategy_id: str, at_ns: int, taken_from: str | None = None
) -> LockChanged:
    """Return the lock that an approved entry, or a takeover, takes."""
    assert book.limits is not None
    until_ns = at_ns + book.limits.budgets[strategy_id].lock_s * SECOND_NS
    return LockChanged(
        at_ns=at_ns, symbol=symbol, owner=strategy_id, until_ns=until_ns, taken_from=taken_from
    )


def unlock(book: Book, entry: Order, at_ns: int) -> Iterator[AnyOutput]:
    """Release the symbol of an entry that is over, if its strategy still holds the lock."""
    if book.listing(entry.symbol).lock_owner == entry.strategy_id:
        yield LockChanged(at_ns=at_ns, symbol=entry.symbol, owner=None, until_ns=at_ns)


def priority(budget: Budget, at_ns: int) -> int:
    """Return a strategy's priority at an instant; 0 outside the hours it has one."""
    second = (at_ns // SECOND_NS + KST_OFFSET_S) % DAY_S
    within = budget.priority_since_s <= second < budget.priority_until_s
    return budget.priority if within else 0


def may_take_over(book: Book, symbol: str, strategy_id: str, at_ns: int) -> bool:
    """Whether a strategy may take the lock of a symbol from a lower one whose entry has no fill."""
    listing = book.listing(symbol)
    owner = listing.lock_owner
    assert book.limits is not None
    if owner is None or owner == strategy_id or strategy_id in listing.takers:
        return False
    budgets = book.limits.budgets
    mine, theirs = budgets.get(strategy_id), budgets.get(owner)
    if mine is None:
        return False
    if priority(mine, at_ns) <= (priority(theirs, at_ns) if theirs else 0):
        return False
    return not any(order.filled for order in entries_of(book, symbol, owner))


def entries_of(book: Book, symbol: str, strategy_id: str) -> list[Order]:
    """Return a strategy's open entries into a symbol."""
    orders = book.allocation(strategy_id, symbol).open_orders.values()
    return [order for order in orders if order.opens]


def withdrawn_for(book: Book, symbol: str, strategy_id: str) -> str | None:
    """Return whose buy is still on its way out since a strategy took the symbol's lock."""
    listing = book.listings.get(symbol)
    if listing is None or strategy_id not in listing.takers:
        return None
    if listing.lock_owner != strategy_id:
        return None
    for other in listing.allocations.values():
        if other.strategy_id != strategy_id and any(
            order.opens and order.cancel_why == way_of(strategy_id)
            for order in other.open_orders.values()
        ):
            return other.strategy_id
    return None


def way_of(whom: str) -> str:
    """Return why a buy is withdrawn that makes way for a strategy, or for a sell."""
    return f"{_MAKES_WAY} {whom}"


def is_making_way(order: Order) -> bool:
    """Whether an order was withdrawn for the sake of another: that is asked for until it is so."""
    return (order.cancel_why or "").startswith(_MAKES_WAY)


# Own orders beside each other


def met_by(book: Book, order: Order) -> list[Order]:
    """Return our own orders that may stand at the exchange and that an order would trade with.

    One that was only planned is not there; one whose cancel the exchange has confirmed is gone.
    """
    return [
        other
        for other in _opposite(book, order.symbol, order.side, order.limit_krw)
        if other.state is not PLANNED
    ]


def crosses(book: Book, symbol: str, side: Side, limit_krw: int | None) -> bool:
    """Whether an order that opens a position would trade with one of ours.

    One that closes a position goes first, also while it still waits to leave.
    """
    return any(
        other.state is not PLANNED or not other.opens
        for other in _opposite(book, symbol, side, limit_krw)
    )


def meets(buy_krw: int | None, sell_krw: int | None) -> bool:
    """Whether a buy and a sell at these limits would trade with each other; None: at the market."""
    return buy_krw is None or sell_krw is None or buy_krw >= sell_krw


def way_is_free(book: Book, order: Order, at_ns: int) -> bool:
    """Whether a planned order would meet none of our own, or has waited for long enough."""
    if order.opens:
        return not crosses(book, order.symbol, order.side, order.limit_krw)
    return at_ns >= patience_ns(book, order) or not met_by(book, order)


def patience_ns(book: Book, closing: Order) -> int:
    """Return when a planned exit leaves whatever became of the orders it would meet."""
    wait_s = book.limits.crossing_wait_s if book.limits else None
    return closing.created_ns + (wait_s or 0) * SECOND_NS


def _opposite(book: Book, symbol: str, side: Side, limit_krw: int | None) -> Iterator[Order]:
    listing = book.listings.get(symbol)
    if listing is None or book.limits is None or book.limits.crossing_wait_s is None:
        return
    for allocation in listing.allocations.values():
        for other in allocation.open_orders.values():
            if other.side == side or other.cancel is Cancel.DONE:
                continue
            if other.held and other.state is PLANNED:
                continue  # it is not there, and meets the gate before it is
            buys, sells = _reach_krw(other), limit_krw
            if side == "BUY":
                buys, sells = sells, buys
            if meets(buys, sells):
                yield other


def _reach_krw(order: Order) -> int | None:
    """Return how far an order reaches: one that is being modified stands at either limit."""
    limit_krw, other_krw = order.limit_krw, order.modify_limit_krw
    if not order.amending or limit_krw is None or other_krw is None:
        return limit_krw
    return max(limit_krw, other_krw) if order.side == "BUY" else min(limit_krw, other_krw)
