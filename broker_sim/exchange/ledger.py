"""Money and shares of the account: what is there, what working orders hold back, what fills change.

Laws: orderable cash is never negative; no more is sold than held; the cost of an order is that of
its whole value so far, so the way its fills were split changes nothing.
"""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from broker_sim.exchange.account import AccountRules, BuyingPowerView, CashView, HoldingView
from broker_sim.exchange.day import Market
from broker_sim.exchange.live import LiveOrder
from kis_core.market.costs import MILLION, order_cost_krw
from kis_core.wire.account import Side

_ROUNDING_KRW = 2  # two orders in place of one may cut their commissions differently


@dataclass(slots=True)
class _Line:
    """One holding. `cost_krw` is what the shares held were bought for, without commissions."""

    opening: int
    shares: int
    cost_krw: int
    bought: int = 0
    sold: int = 0


class Ledger:
    """The account. Orders are lent to it; it writes their filled value and cost."""

    def __init__(
        self, rules: AccountRules, date: dt.date, market_of: Callable[[str], Market]
    ) -> None:
        self._rules = rules
        self._date = date
        self._market_of = market_of
        self._settled_krw = rules.cash_krw
        self._bought_krw = 0
        self._sold_krw = 0
        self._costs_krw = 0
        self._lines = {
            held.symbol: _Line(held.shares, held.shares, round(held.shares * held.average_krw))
            for held in rules.holdings
        }
        self._open: dict[int, LiveOrder] = {}  # may still hold back cash or shares

    def open(self, order: LiveOrder) -> None:
        """Hold back what an order needs from now on."""
        self._open[order.number] = order

    def close(self, order: LiveOrder) -> None:
        """Hold back nothing for an order any more."""
        self._open.pop(order.number, None)

    def open_orders(self) -> list[LiveOrder]:
        """Return the orders that hold something back, in the order placed."""
        return [self._open[number] for number in sorted(self._open)]

    def reserve_krw(self, order: LiveOrder) -> int:
        """Return the cash held back for an order."""
        if order.side == "SELL" or not order.in_play:
            return order.hold_krw
        return order.hold_krw + self.needed_krw(order, order.remaining)

    def needed_krw(self, order: LiveOrder, shares: int) -> int:
        """Return what so many more shares of a buy cost at worst, commission included."""
        value_krw = shares * order.worst_krw
        cost_krw = self._cost_krw(order, order.value_krw + value_krw)
        return value_krw + cost_krw - self._cost_krw(order, order.value_krw)

    def hold_for_change_krw(self, original: LiveOrder, changed: LiveOrder) -> int:
        """Return what a modify needs beyond what its original holds back, KRW."""
        freed = self.needed_krw(original, original.remaining)
        freed -= self.needed_krw(original, original.remaining - changed.shares)
        needed = self.needed_krw(changed, changed.shares)
        return max(0, needed - freed + _ROUNDING_KRW) if needed > freed else 0

    def orderable_krw(self) -> int:
        """Return the cash that a new buy may use."""
        return self._settled_krw - self._reserved_krw()

    def sellable(self, symbol: str) -> int:
        """Return the shares that a new sell may offer."""
        line = self._lines.get(symbol)
        held = line.shares if line else 0
        return held - sum(
            order.remaining
            for order in self._open.values()
            if order.symbol == symbol and order.side == "SELL" and order.in_play
        )

    def fill(self, order: LiveOrder, shares: int, price_krw: int) -> int:
        """Book an execution; return its cost in KRW."""
        value_krw = shares * price_krw
        order.filled += shares
        order.value_krw += value_krw
        total_cost_krw = self._cost_krw(order, order.value_krw)
        cost_krw = total_cost_krw - order.cost_krw
        order.cost_krw = total_cost_krw
        self._costs_krw += cost_krw
        line = self._lines.setdefault(order.symbol, _Line(0, 0, 0))
        if order.side == "BUY":
            self._settled_krw -= value_krw + cost_krw
            self._bought_krw += value_krw
            line.shares += shares
            line.cost_krw += value_krw
            line.bought += shares
        else:
            assert shares <= line.shares, f"{order.symbol}: {shares} sold of {line.shares} held"
            self._settled_krw += value_krw - cost_krw
            self._sold_krw += value_krw
            line.cost_krw -= line.cost_krw * shares // line.shares
            line.shares -= shares
            line.sold += shares
        return cost_krw

    def buying_power(self, price_krw: int) -> BuyingPowerView:
        """Return how many shares the orderable cash buys at a price; 0 shares at price 0."""
        cash_krw = self.orderable_krw()
        if price_krw <= 0:
            return BuyingPowerView(cash_krw, 0, 0)
        ppm = self._rules.commission_ppm
        shares = cash_krw * MILLION // (price_krw * (MILLION + ppm))
        while (value_krw := (shares + 1) * price_krw) + value_krw * ppm // MILLION <= cash_krw:
            shares += 1
        return BuyingPowerView(cash_krw, price_krw, shares)

    def cash(self) -> CashView:
        """Return the account's money."""
        reserved_krw = self._reserved_krw()
        return CashView(
            deposit_krw=self._rules.cash_krw,
            settled_krw=self._settled_krw,
            reserved_krw=reserved_krw,
            orderable_krw=self._settled_krw - reserved_krw,
            bought_krw=self._bought_krw,
            sold_krw=self._sold_krw,
            costs_krw=self._costs_krw,
        )

    def holdings(self, last_krw: Callable[[str], int]) -> Iterable[HoldingView]:
        """Return what is or was held today, by symbol."""
        for symbol, line in sorted(self._lines.items()):
            yield HoldingView(
                symbol=symbol,
                shares=line.shares,
                sellable=self.sellable(symbol),
                average_krw=line.cost_krw / line.shares if line.shares else 0.0,
                cost_krw=line.cost_krw,
                opening_shares=line.opening,
                bought_today=line.bought,
                sold_today=line.sold,
                last_krw=last_krw(symbol),
            )

    def _reserved_krw(self) -> int:
        return sum(self.reserve_krw(order) for order in self._open.values())

    def _cost_krw(self, order: LiveOrder, value_krw: int) -> int:
        side: Side = order.side
        market = self._market_of(order.symbol)
        return order_cost_krw(side, value_krw, market, self._date, self._rules.commission_ppm)
