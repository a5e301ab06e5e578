"""Who may enter a symbol while another strategy's entry is on its way there.

An approved entry locks its symbol for the time its strategy's budget says; the owner may come
again, others are deferred (`risk.entry_lock`). The lock ends when the entry does. Exits know no
locks, and two strategies may well hold the same symbol once each has bought.
"""

from collections.abc import Iterator

from oms.core.book import SECOND_NS, Book
from oms.core.order import Order
from oms.core.records import AnyOutput, LockChanged


def lock(book: Book, symbol: str, strategy_id: str, at_ns: int) -> LockChanged:
    """Return the lock that an approved entry takes."""
    assert book.limits is not None
    until_ns = at_ns + book.limits.budgets[strategy_id].lock_s * SECOND_NS
    return LockChanged(at_ns=at_ns, symbol=symbol, owner=strategy_id, until_ns=until_ns)


def unlock(book: Book, entry: Order, at_ns: int) -> Iterator[AnyOutput]:
    """Release the symbol of an entry that is over, if its strategy still holds the lock."""
    if book.listing(entry.symbol).lock_owner == entry.strategy_id:
        yield LockChanged(at_ns=at_ns, symbol=entry.symbol, owner=None, until_ns=at_ns)
