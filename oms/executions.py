"""Today's fills and round trips, kept in memory for whoever asks; older ones are in PostgreSQL.

Built from the journal at the start and from what becomes durable after that, so that the API never
reads the journal through while stops are waiting to be watched. Decides nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kis_core.clock import kst
from oms.core import records as r
from oms.inbox import Committed
from oms.journal import Journal
from oms_client.contract import FillView, TradeView

KINDS = ("day_opened", "order_filled", "allocation_changed")


@dataclass(slots=True)
class Trip:
    """One strategy's way into a symbol and out of it. KRW, shares."""

    strategy_id: str
    symbol: str
    opened_ns: int
    closed_ns: int | None = None
    bought: int = 0
    sold: int = 0
    buy_value_krw: int = 0
    sell_value_krw: int = 0
    cost_krw: int = 0
    realised_krw: int = 0
    held_cost_krw: int = 0
    why: str = ""

    def take(self, out: r.AllocationChanged, fill: r.OrderFilled | None) -> None:
        """Count one change of the allocation; `fill` is what changed it, if a fill did."""
        if fill is not None:
            value, cost = fill.value_krw, fill.cost_krw
        else:  # reassigned, or gone at the broker: worth what it moved the cost by
            value, cost = abs(out.cost_krw - self.held_cost_krw), 0
        if fill is None and out.delta <= 0:
            value = 0
        if (out.delta > 0) == (out.direction == "LONG"):
            self.bought += abs(out.delta)
            self.buy_value_krw += value
        else:
            self.sold += abs(out.delta)
            self.sell_value_krw += value
        self.cost_krw += cost
        self.realised_krw += out.realised_krw
        self.held_cost_krw = out.cost_krw
        self.why = out.why
        if out.shares == 0:
            self.closed_ns = out.at_ns

    def view(self) -> TradeView:
        """Return the trip as the contract shows it."""
        return TradeView(
            strategy_id=self.strategy_id,
            symbol=self.symbol,
            opened_at=kst(self.opened_ns),
            closed_at=None if self.closed_ns is None else kst(self.closed_ns),
            bought=self.bought,
            sold=self.sold,
            buy_value_krw=self.buy_value_krw,
            sell_value_krw=self.sell_value_krw,
            cost_krw=self.cost_krw,
            realised_krw=self.realised_krw,
            why=self.why,
        )


class Executions:
    """The day's fills, its closed round trips, and those still open however old."""

    def __init__(self) -> None:
        self._fills: list[Committed] = []
        self._closed: list[Trip] = []
        self._open: dict[tuple[str, str], Trip] = {}
        self._fill: r.OrderFilled | None = None  # whose allocation comes next

    @classmethod
    def of(cls, journal: Journal) -> "Executions":
        """Return what a journal holds of them."""
        made = cls()
        made.committed(Committed(row.seq, row.output) for row in journal.outputs_of(KINDS))
        return made

    def committed(self, news: Iterable[Committed]) -> None:
        """Take what has become durable."""
        for item in news:
            match item.output:
                case r.DayOpened():
                    self._fills, self._closed = [], []
                case r.OrderFilled() as fill:
                    self._fills.append(item)
                    self._fill = fill
                case r.AllocationChanged() as change:
                    self._move(change)

    def _move(self, out: r.AllocationChanged) -> None:
        fill = self._fill
        if fill is not None and fill.order_id != out.order_id:
            fill = None
        self._fill = None
        key = (out.strategy_id, out.symbol)
        trip = self._open.get(key)
        if trip is None:
            if not out.shares:
                return  # of an allocation that held nothing
            trip = self._open[key] = Trip(out.strategy_id, out.symbol, out.at_ns)
        trip.take(out, fill)
        if trip.closed_ns is not None:
            self._closed.append(self._open.pop(key))

    def fills(self, strategy_id: str | None, symbol: str | None, after: int) -> list[FillView]:
        """Return the day's fills after a seq, oldest first; None: of all."""
        return [
            _fill_view(item.seq, item.output)
            for item in self._fills
            if item.seq > after
            and isinstance(item.output, r.OrderFilled)
            and strategy_id in (None, item.output.strategy_id)
            and symbol in (None, item.output.symbol)
        ]

    def trades(self, strategy_id: str | None, symbol: str | None) -> list[TradeView]:
        """Return the round trips closed today, then those still open; None: of all."""
        trips: Sequence[Trip] = [*self._closed, *self._open.values()]
        return [
            trip.view()
            for trip in trips
            if strategy_id in (None, trip.strategy_id) and symbol in (None, trip.symbol)
        ]


def _fill_view(seq: int, fill: r.OrderFilled) -> FillView:
    return FillView(
        seq=seq,
        at=kst(fill.at_ns),
        order_id=fill.order_id,
        intent_id=fill.intent_id,
        strategy_id=fill.strategy_id,
        symbol=fill.symbol,
        side=fill.side,
        shares=fill.shares,
        value_krw=fill.value_krw,
        cost_krw=fill.cost_krw,
        broker_id=fill.broker_id,
        source=fill.source,
    )
