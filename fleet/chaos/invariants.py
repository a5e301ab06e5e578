"""What must hold when everything has settled, whatever went wrong before.

Each returns sentences: what is not as it must be. Nothing here trusts the OMS's own sums where the
broker's books say the same thing.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from broker_sim.exchange.orders import OrderRow
from fleet.chaos.house import CASH_KRW, House
from fleet.chaos.strategies import Asked
from kis_core.wire.account import NewOrder, OrderType
from oms.audit.known import Known
from oms.audit.projection import Projection
from oms.core import records as r
from oms.core.book import Book
from oms.core.order import REJECTED, UNSETTLED, Order
from oms.journal import JournalReader, Row
from oms.verify import verify

Terms = tuple[str, str, int, str, int]
"""What an order is known by at the exchange: symbol, side, shares, type, limit."""


class Ledger:
    """The run as it ended: the journal's records, the book they make, and the broker's books."""

    def __init__(self, house: House, asked: Asked, book: Book) -> None:
        self.path: Path = house.journal_path
        self.house = house
        self.asked = asked
        self.book = book
        self.rows: list[Row] = _rows(self.path)
        self.outputs = [row.output for row in self.rows if row.direction == "out"]
        self.folded = Book()
        for output in self.outputs:
            self.folded.apply(output)
        self.sent = {out.order_id for out in self.outputs if isinstance(out, r.OrderSent)}
        self.at_broker: dict[int, OrderRow] = {
            int(row.odno): row for row in house.exchange.orders() if row.change == "new"
        }

    @property
    def orders(self) -> dict[str, Order]:
        """Return the day's orders."""
        return self.folded.orders


def broker_orders_are_journaled_sends(ledger: Ledger) -> Iterator[str]:
    """What is at the exchange was journaled as sent, once each, and the two know each other."""
    sends = Counter(_terms(ledger.orders[order_id]) for order_id in ledger.sent)
    left = Counter(_terms(order) for order in ledger.house.left.orders)
    there = Counter(_at_broker(row) for row in ledger.at_broker.values())
    for terms in sorted((left - sends).keys()):
        yield f"{terms} left {left[terms]} times, journaled as sent {sends[terms]} times"
    for terms in sorted((there - left).keys()):
        yield f"{terms} is {there[terms]} times at the exchange, left {left[terms]} times"
    times = Counter(out.order_id for out in ledger.outputs if isinstance(out, r.OrderSent))
    for order_id, count in times.items():
        if count > 1:
            yield f"{order_id} was journaled as sent {count} times"
    for number, row in ledger.at_broker.items():
        order = ledger.folded.by_broker.get(number)
        if order is None:
            yield f"{row.side} {row.shares} {row.symbol} under {number} belongs to no order of ours"
        elif _terms(order) != _at_broker(row):
            yield f"{order.order_id} {_terms(order)} claims {number}, which is {_at_broker(row)}"
    for number, order in ledger.folded.by_broker.items():
        if number not in ledger.at_broker:
            yield f"{order.order_id} claims number {number}, which the exchange does not know"
    for order in ledger.orders.values():
        if (
            order.order_id in ledger.sent
            and order.broker_id is None
            and order.state is not REJECTED
        ):
            yield f"{order.order_id} was sent, has no number and is {order.state}"
        if order.state in UNSETTLED:
            yield f"{order.order_id} is still {order.state}"


def order_fills_are_the_brokers(ledger: Ledger) -> Iterator[str]:
    """Every order stands as the broker says: filled, its value, its cost, and whether it works."""
    for number, row in ledger.at_broker.items():
        order = ledger.folded.by_broker.get(number)
        if order is None:
            continue
        ours = (order.filled, order.filled_value_krw, order.cost_krw)
        theirs = (row.filled, row.filled_value_krw, row.cost_krw)
        if ours != theirs:
            yield f"{order.order_id}: (shares, KRW, cost) {ours} here, {theirs} there"
        if order.is_open != (row.remaining > 0):
            yield f"{order.order_id} is {order.state} here, {row.remaining} remain there"


def no_intent_is_executed_twice(ledger: Ledger) -> Iterator[str]:
    """An intent has one answer for ever, and orders only from the turn that decided it."""
    decided = Counter[tuple[str, str]]()
    named: dict[tuple[str, str], set[str]] = {}
    planned: dict[tuple[str, str], list[str]] = {}
    for out in ledger.outputs:
        match out:
            case r.IntentDecided():
                decided[out.strategy_id, out.intent_id] += 1
                named[out.strategy_id, out.intent_id] = set(out.order_ids)
            case r.OrderPlanned(parent_id=None, intent_id=intent_id) if intent_id is not None:
                planned.setdefault((out.strategy_id, intent_id), []).append(out.order_id)
    for key, count in decided.items():
        if count > 1:
            yield f"{key} was decided {count} times"
    for key, order_ids in planned.items():
        if not set(order_ids) <= named.get(key, set()) or len(set(order_ids)) != len(order_ids):
            yield f"{key} planned {order_ids}, its answer named {sorted(named.get(key, set()))}"
    for key, answer in ledger.asked.answers.items():
        if key not in decided:
            yield f"{key} was answered {answer.status}, and the journal does not hold it"
    yield from ledger.asked.changed


def allocations_are_the_brokers_holdings(ledger: Ledger) -> Iterator[str]:
    """Strategies together hold what the account holds; each holds what its own orders made."""
    there = {line.symbol: line.shares for line in ledger.house.exchange.holdings() if line.shares}
    here = {s: i.allocated for s, i in ledger.folded.listings.items() if i.allocated}
    if here != there:
        yield f"allocated {here}, held {there}"
    own: Counter[tuple[str, str]] = Counter()
    for number, row in ledger.at_broker.items():
        order = ledger.folded.by_broker.get(number)
        if order is not None:
            sign = 1 if row.side == "BUY" else -1
            own[order.strategy_id, row.symbol] += sign * row.filled
    for allocation in ledger.folded.allocations():
        made = own[allocation.strategy_id, allocation.symbol]
        if allocation.shares != made:
            name = f"{allocation.strategy_id} {allocation.symbol}"
            yield f"{name} is allocated {allocation.shares}, its orders made {made}"
    for listing in ledger.folded.listings.values():
        if listing.drift or listing.unallocated:
            yield f"{listing.symbol} is said to drift by {listing.drift}"


def every_position_has_its_stop(ledger: Ledger) -> Iterator[str]:
    """Whatever is held is watched, or on its way out."""
    for allocation in ledger.folded.allocations():
        if allocation.shares and allocation.stop_krw is None:
            what = f"{allocation.shares} {allocation.symbol}"
            yield f"{allocation.strategy_id} holds {what} without a stop"


def money_is_right_to_the_won(ledger: Ledger) -> Iterator[str]:
    """Cash moved by what our orders bought, sold and cost; realised less held is the same."""
    cash = ledger.house.exchange.cash()
    moved = cash.settled_krw - CASH_KRW
    orders = ledger.folded.by_broker.values()
    bought = sum(o.filled_value_krw for o in orders if o.side == "BUY")
    sold = sum(o.filled_value_krw for o in orders if o.side == "SELL")
    costs = sum(o.cost_krw for o in orders)
    if moved != sold - bought - costs:
        yield f"cash moved by {moved:+,} KRW, our orders say {sold - bought - costs:+,}"
    held = sum(a.cost_krw for a in ledger.folded.allocations())
    realised = ledger.folded.realised_today_krw
    if moved != realised - held:
        yield f"cash moved by {moved:+,} KRW, not by {realised:+,} realised less {held:,} held"


def the_journal_decides_the_same_again(ledger: Ledger) -> Iterator[str]:
    """The journal through the same decisions gives the same outputs, and the book in memory."""
    for difference in verify(ledger.path).differences:
        yield f"turn {difference.number} ({difference.kind}): {difference.cause}"
    for name in ("orders", "open_orders", "results", "cash_krw", "realised_today_krw"):
        if getattr(ledger.book, name) != getattr(ledger.folded, name):
            yield f"{name} in memory is not what the journal says"


def the_audit_says_what_the_journal_says(ledger: Ledger) -> Iterator[str]:
    """The rows that PostgreSQL would hold tell of the same orders and allocations."""
    known = Known()
    projection = Projection("5000123401", known)
    for row in ledger.rows:
        projection.take(row)
    for order_id, order in ledger.orders.items():
        row_ = known.orders.get(order_id)
        ours = (str(order.state), order.filled, order.filled_value_krw, order.cost_krw)
        audit = row_ and (row_.state, row_.filled, row_.filled_value_krw, row_.cost_krw)
        if audit != ours:
            yield f"{order_id} is {ours} in the journal, {audit} in the audit"
    for allocation in ledger.folded.allocations():
        kept = known.allocations.get((allocation.strategy_id, allocation.symbol))
        if allocation.shares != (kept.shares if kept else 0):
            name = f"{allocation.strategy_id} {allocation.symbol}"
            yield f"{name}: {allocation.shares} in the journal, {kept} in the audit"


def the_oms_does_not_fall_by_itself(ledger: Ledger) -> Iterator[str]:
    """It ends when it is killed or told to, never of what it heard."""
    yield from ledger.house.fell
    yield from ledger.house.door.failed


INVARIANTS: tuple[Callable[[Ledger], Iterator[str]], ...] = (
    broker_orders_are_journaled_sends,
    order_fills_are_the_brokers,
    no_intent_is_executed_twice,
    allocations_are_the_brokers_holdings,
    every_position_has_its_stop,
    money_is_right_to_the_won,
    the_journal_decides_the_same_again,
    the_audit_says_what_the_journal_says,
    the_oms_does_not_fall_by_itself,
)


def _rows(path: Path) -> list[Row]:
    reader = JournalReader(path)
    rows: list[Row] = []
    try:
        while page := reader.rows(after=rows[-1].seq if rows else 0):
            rows += page
    finally:
        reader.close()
    return rows


def _terms(order: Order | NewOrder) -> Terms:
    return order.symbol, order.side, order.shares, str(order.order_type), order.limit_krw or 0


def _at_broker(row: OrderRow) -> Terms:
    kind = OrderType(row.order_type)
    return row.symbol, row.side, row.shares, str(kind), row.limit_krw or 0
