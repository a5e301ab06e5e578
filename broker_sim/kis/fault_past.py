"""An account as the broker's lists show it: some seconds ago.

The order desk takes an order at once; the lists that say so are another machine's, and late. Each
order number has a lag of its own within the fault's range, always the same, so that what a list
once showed it does not take back. Source: kis_api.md §17.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from broker_sim.exchange.faults import draw
from kis_core.market.instants import SECOND_NS

KEPT_NS = 300 * SECOND_NS  # no list lags more than that


class Past:
    """Stands in for an exchange where lists are made; everything else is the exchange's own.

    `number` is the attribute of an order's row that tells it from the others; `views` are the
    methods that tell of holdings and money.
    """

    def __init__(self, exchange: Any, number: str, views: Sequence[str]) -> None:
        self.exchange = exchange
        self._number = number
        self._views = views
        self._at_ns: list[int] = []
        self._orders: list[Mapping[object, Any]] = []
        self._money: list[Mapping[str, Any]] = []
        self.orders_late: tuple[float, float] | None = None  # seconds; None: as of now
        self.balance_late_s: float | None = None

    def __getattr__(self, name: str) -> Any:
        if name in self._views and self.balance_late_s is not None and self._at_ns:
            return partial(self._view, name)
        return getattr(self.exchange, name)

    def note(self, now_ns: int) -> None:
        """Remember how the account stands now."""
        orders = {getattr(row, self._number): row for row in self.exchange.orders()}
        money = {name: getattr(self.exchange, name)() for name in self._views}
        if self._at_ns and (self._orders[-1], self._money[-1]) == (orders, money):
            return
        self._at_ns.append(now_ns)
        self._orders.append(orders)
        self._money.append(money)
        forgotten = bisect_right(self._at_ns, now_ns - KEPT_NS) - 1
        if forgotten > 0:
            for kept in (self._at_ns, self._orders, self._money):
                del kept[:forgotten]

    def number_of(self, row: Any) -> int:
        """Return an order's number from its row."""
        return int(getattr(row, self._number))

    def orders(self) -> list[Any]:
        """Return the orders as the list shows them now, in the order placed."""
        if self.orders_late is None or not self._at_ns:
            return list(self.exchange.orders())
        low, high = self.orders_late
        seen = []
        for number in self._orders[-1]:
            late_s = low if low == high else low + (high - low) * draw(f"late {number}")
            row = self._orders[self._as_of(late_s)].get(number)
            if row is not None:
                seen.append(row)
        return seen

    def _view(self, name: str) -> Any:
        """Return holdings or money as the balance shows them now."""
        assert self.balance_late_s is not None
        return self._money[self._as_of(self.balance_late_s)][name]

    def _as_of(self, late_s: float) -> int:
        """Return which note was the last one then; the first where there is none so old."""
        then_ns = self.exchange.now_ns - int(late_s * SECOND_NS)
        return max(0, bisect_right(self._at_ns, then_ns) - 1)
