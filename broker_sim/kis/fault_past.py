"""The account as the broker's lists show it: some seconds ago.

The order desk takes an order at once; the lists that say so are another machine's, and late. Each
order number has a lag of its own within the fault's range, always the same, so that what a list
once showed it does not take back. Source: kis_api.md §17.
"""

from bisect import bisect_right
from typing import Any, cast

from broker_sim.exchange.account import CashView, HoldingView
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.faults import draw
from broker_sim.exchange.orders import OrderRow
from kis_core.market.instants import SECOND_NS

KEPT_NS = 300 * SECOND_NS  # no list lags more than that


class Past:
    """Stands in for an exchange where lists are made; everything else is the exchange's own."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._at_ns: list[int] = []
        self._orders: list[dict[str, OrderRow]] = []
        self._money: list[tuple[list[HoldingView], CashView]] = []
        self.orders_late: tuple[float, float] | None = None  # seconds; None: as of now
        self.balance_late_s: float | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.exchange, name)

    def as_exchange(self) -> Exchange:
        """Return itself, in the exchange's place."""
        return cast(Exchange, self)

    def note(self, now_ns: int) -> None:
        """Remember how the account stands now."""
        orders = {row.odno: row for row in self.exchange.orders()}
        money = (self.exchange.holdings(), self.exchange.cash())
        if self._at_ns and (self._orders[-1], self._money[-1]) == (orders, money):
            return
        self._at_ns.append(now_ns)
        self._orders.append(orders)
        self._money.append(money)
        forgotten = bisect_right(self._at_ns, now_ns - KEPT_NS) - 1
        if forgotten > 0:
            for kept in (self._at_ns, self._orders, self._money):
                del kept[:forgotten]

    def orders(self) -> list[OrderRow]:
        """Return the orders as the list shows them now, in the order placed."""
        if self.orders_late is None or not self._at_ns:
            return self.exchange.orders()
        low, high = self.orders_late
        now_ns = self.exchange.now_ns
        seen = []
        for odno in self._orders[-1]:
            late_s = low if low == high else low + (high - low) * draw(f"late {odno}")
            row = self._orders[self._as_of(now_ns, late_s)].get(odno)
            if row is not None:
                seen.append(row)
        return seen

    def holdings(self) -> list[HoldingView]:
        """Return the holdings as the balance shows them now."""
        return self.exchange.holdings() if self._fresh else self._balance()[0]

    def cash(self) -> CashView:
        """Return the money as the balance shows it now."""
        return self.exchange.cash() if self._fresh else self._balance()[1]

    @property
    def _fresh(self) -> bool:
        return self.balance_late_s is None or not self._at_ns

    def _balance(self) -> tuple[list[HoldingView], CashView]:
        assert self.balance_late_s is not None
        return self._money[self._as_of(self.exchange.now_ns, self.balance_late_s)]

    def _as_of(self, now_ns: int, late_s: float) -> int:
        """Return which note was the last one then; the first where there is none so old."""
        return max(0, bisect_right(self._at_ns, now_ns - int(late_s * SECOND_NS)) - 1)
