"""A run as it ended: the journal, the book it makes, what everybody did, and the broker's books."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from broker_sim.exchange.orders import OrderRow
from fleet.chaos.operator import Done
from fleet.chaos.strategies import Asked
from kis_core.clock import SECOND_NS
from kis_core.wire.account import NewOrder, OrderChange, OrderType
from oms.core import records as r
from oms.core.book import Book
from oms.core.order import Order
from oms.core.prices import UNPRICED
from oms.journal import JournalReader, Row

Terms = tuple[str, str, int, str, int]
"""What an order is known by at the exchange: symbol, side, shares, type, limit."""
NEAR_NS = 63 * SECOND_NS  # a minute, and what the broker's clock may be off
Holding = tuple[str, str]  # strategy, symbol


@dataclass(frozen=True)
class BrokerBooks:
    """What the broker says, whatever the OMS believes. KRW, shares."""

    orders: Sequence[OrderRow]
    holdings: dict[str, int]
    start_krw: int
    cash_krw: int


@dataclass
class Ledger:
    """What the invariants look at."""

    path: Path
    asked: Asked
    done: Done
    broker: BrokerBooks
    left: Sequence[NewOrder] | None = None  # for the broker, as it left; None: nobody looked
    changed: Sequence[OrderChange] | None = None  # cancels and modifies likewise
    strangers: frozenset[int] = frozenset()  # order numbers of others
    book: Book | None = None  # in memory
    fell: list[str] = field(default_factory=list)

    @cached_property
    def rows(self) -> list[Row]:
        """Return the journal."""
        reader = JournalReader(self.path)
        rows: list[Row] = []
        try:
            while page := reader.rows(after=rows[-1].seq if rows else 0):
                rows += page
        finally:
            reader.close()
        return rows

    @cached_property
    def outputs(self) -> list[r.AnyOutput]:
        """Return what was decided, in order."""
        return [row.output for row in self.rows if row.direction == "out"]

    @cached_property
    def acts(self) -> list[r.OperatorActed]:
        """Return what the journal says that the operator did; only strategies amend orders here."""
        rows = (row for row in self.rows if row.kind == "operator_acted")
        acts = (r.decode_input(row.payload) for row in rows)
        acted = [act for act in acts if isinstance(act, r.OperatorActed)]
        return [act for act in acted if act.action != "amend_order"]

    @cached_property
    def folded(self) -> Book:
        """Return the book that the journal makes."""
        book = Book()
        for output in self.outputs:
            book.apply(output)
        return book

    @cached_property
    def sent(self) -> Counter[str]:
        """Return how often each order was journaled as sent."""
        return Counter(out.order_id for out in self.outputs if isinstance(out, r.OrderSent))

    @cached_property
    def at_broker(self) -> dict[int, OrderRow]:
        """Return the new orders of the day, by number."""
        return {int(row.odno): row for row in self.broker.orders if row.change == "new"}

    @cached_property
    def modifies(self) -> dict[int, OrderRow]:
        """Return the modifies of the day, by number."""
        return {int(row.odno): row for row in self.broker.orders if row.change == "modify"}

    def family(self, number: int) -> list[OrderRow]:
        """Return an order of the broker's and what became of it: itself and its modifies."""
        found = {number: self.at_broker[number]}
        for each, row in sorted(self.modifies.items()):
            if int(row.original or 0) in found:
                found[each] = row
        return list(found.values())

    @property
    def orders(self) -> dict[str, Order]:
        """Return the day's orders of the OMS."""
        return self.folded.orders

    @cached_property
    def ours(self) -> dict[int, OrderRow]:
        """Return the broker's rows under numbers that orders of the OMS have."""
        claimed = self.folded.by_broker
        return {number: row for number, row in self.at_broker.items() if number in claimed}

    @cached_property
    def exchanged(self) -> dict[int, int]:
        """Return the stranger's numbers that orders of ours took for their own, though nobody
        could have told the two apart, and our own numbers that stand for them in turn.

        Only an order that had no certain answer may be mistaken so, and only for one alike that was
        placed about when ours was sent. Where ours never arrived, no number is left over: 0.
        """
        unknown = {
            out.order_id
            for out in self.outputs
            if isinstance(out, r.OrderAnswered) and out.answer == "unknown"
        }
        left_over = [n for n in self.at_broker if n not in self.ours and n not in self.strangers]
        pairs: dict[int, int] = {}
        for number in sorted(self.ours.keys() & self.strangers):
            order = self.folded.by_broker[number]
            terms, row = terms_of(order), self.at_broker[number]
            near = order.sent_ns is not None and abs(row.placed_ns - order.sent_ns) <= NEAR_NS
            if order.order_id in unknown and near and terms == terms_at_broker(row):
                found = (n for n in left_over if terms_at_broker(self.at_broker[n]) == terms)
                own = next(found, 0)
                pairs[number] = own
                left_over = [n for n in left_over if n != own]
        return pairs

    @cached_property
    def moved(self) -> dict[Holding, tuple[int, int]]:
        """Return the shares and the cost that came and went without an order of the OMS: given or
        taken by the operator, or gone at the broker."""
        moved: dict[Holding, tuple[int, int]] = {}
        cost_krw: Counter[Holding] = Counter()
        for out in self.outputs:
            if isinstance(out, r.AllocationChanged):
                key = (out.strategy_id, out.symbol)
                if out.order_id is None:
                    shares, cost = moved.get(key, (0, 0))
                    moved[key] = (shares + out.delta, cost + out.cost_krw - cost_krw[key])
                cost_krw[key] = out.cost_krw
        return moved


def terms_of(order: Order | NewOrder) -> Terms:
    """Return what an order of ours left with: a modify may have changed it since."""
    kind, limit_krw = order.order_type, order.limit_krw
    if isinstance(order, Order) and order.numbers:
        first = next(iter(order.numbers.values()))
        kind, limit_krw = first.order_type, first.limit_krw
    return order.symbol, order.side, order.shares, str(kind), limit_krw or 0


def terms_at_broker(row: OrderRow) -> Terms:
    """Return what an order at the broker is known by."""
    kind = OrderType(row.order_type)
    limit_krw = None if kind in UNPRICED else row.limit_krw  # the venue says where it stands
    return row.symbol, row.side, row.shares, str(kind), limit_krw or 0
