"""The dead-man switch: what becomes of a strategy that no longer says it lives.

Its entries wait (`risk.heartbeat`). Where its budget says `flatten`, what it holds is sold too: the
OMS keeps its stops, but nobody would take its profits or end its day.
"""

from collections.abc import Iterator

from oms.core import exits
from oms.core.book import SECOND_NS, Book
from oms.core.holdings import Allocation
from oms.core.records import AnyOutput


def silent_from_ns(book: Book, strategy_id: str) -> int | None:
    """Return from when on a strategy shall be flattened, ns; None: never, or no session.

    Neither a night nor the time this OMS was away is held against it.
    """
    budget = book.limits.budgets.get(strategy_id) if book.limits else None
    if budget is None or budget.on_silence != "flatten" or budget.heartbeat_s_max is None:
        return None
    if book.open_ns is None:
        return None
    beat_ns = book.strategy(strategy_id).last_beat_ns or 0
    heard_ns = max(beat_ns, book.taken_over_ns, book.open_ns)
    return heard_ns + budget.heartbeat_s_max * SECOND_NS


def due_ns(book: Book) -> Iterator[int]:
    """Yield the instants at which a strategy with something to lose would count as silent."""
    for strategy_id in book.strategies:
        silent_ns = silent_from_ns(book, strategy_id)
        if silent_ns is not None and any(_left(book, strategy_id)):
            yield silent_ns


def flatten_silent(book: Book, at_ns: int) -> Iterator[AnyOutput]:
    """Cancel the buys of silent strategies and sell what they hold."""
    for strategy_id in list(book.strategies):
        silent_ns = silent_from_ns(book, strategy_id)
        if silent_ns is None or at_ns < silent_ns:
            continue
        for allocation in list(_left(book, strategy_id)):
            why = "no heartbeat"
            yield from exits.want_out(book, allocation, why, at_ns, patient=False)
            yield from exits.pursue(book, strategy_id, allocation.symbol, at_ns)


def _left(book: Book, strategy_id: str) -> Iterator[Allocation]:
    for allocation in book.allocations():
        mine = allocation.strategy_id == strategy_id and allocation.exit_why is None
        if mine and (allocation.shares or allocation.buying):
            yield allocation
