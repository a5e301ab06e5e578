"""Money and positions of the margin account.

Laws: a future moves no money when it is opened, its gains and losses are the day's variation; an
option's premium is paid or received at once; cash + variation + premiums - fees + the options'
worth is what the account is worth, whatever was traded. A future carried in costs what it was
settled at the day before. Sums are exact: what leaves a position's cost is realised to the won.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from broker_sim.exchange.account import OpeningContracts
from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.margin import (
    INITIAL_PPM,
    MAINTENANCE_PPM,
    Marked,
    fee_krw,
    unit_margin_krw,
)
from broker_sim.exchange.derivatives.orders import FillRow, LiveOrder
from kis_core.wire.account import Side


@dataclass(slots=True)
class Line:
    """One contract held or traded today. `quantity` is negative when sold."""

    contract: Contract
    quantity: int = 0
    cost_h: int = 0  # price times contracts of what is held, signed like it
    carried: int = 0  # the same two at the start of the day
    carried_h: int = 0
    realised_krw: int = 0
    opened: int = 0  # contracts opened and closed today
    closed: int = 0
    premium_krw: int = 0  # received less paid, of an option


@dataclass(frozen=True, slots=True)
class PositionView:
    """One line of the balance as marked. KRW and hundredths of a point."""

    contract: Contract
    quantity: int  # negative when sold
    closable: int
    average_pt: float  # a ratio, for show
    mark_h: int
    cost_krw: int  # of what is held, never negative
    worth_krw: int  # at the mark, never negative
    unrealised_krw: int
    realised_krw: int
    opened: int
    closed: int
    carried: int  # contracts at the start of the day


@dataclass(frozen=True, slots=True)
class MoneyView:
    """The account's money, KRW."""

    cash_krw: int  # at the start of the day
    futures_realised_krw: int
    futures_unrealised_krw: int
    options_realised_krw: int
    options_unrealised_krw: int
    premium_krw: int  # received less paid
    options_worth_krw: int  # negative for sold ones
    fees_krw: int
    margin_krw: int
    maintenance_krw: int
    reserved_krw: int  # by working orders
    renewed_krw: int  # of the variation, what the futures carried in made or lost

    @property
    def variation_krw(self) -> int:
        """Return what today's futures made or lost so far."""
        return self.futures_realised_krw + self.futures_unrealised_krw

    @property
    def settled_krw(self) -> int:
        """Return the cash once the day is settled."""
        return self.cash_krw + self.variation_krw + self.premium_krw - self.fees_krw

    @property
    def worth_krw(self) -> int:
        """Return what the account is worth: settled cash and the options held."""
        return self.settled_krw + self.options_worth_krw

    @property
    def orderable_krw(self) -> int:
        """Return what may back a new order; negative when margin is short."""
        return self.settled_krw - self.margin_krw - self.reserved_krw


class Ledger:
    """The account. Orders are lent to it; it writes their value and fee."""

    def __init__(self, cash_krw: int, marked: Callable[[Contract], Marked]) -> None:
        self._cash_krw = cash_krw
        self._marked = marked
        self._lines: dict[str, Line] = {}
        self._open: dict[int, LiveOrder] = {}
        self._fees_krw = 0

    def carry_in(self, contract: Contract, quantity: int, cost_h: int) -> None:
        """Begin the day with contracts; a future's `cost_h` is its last settlement's."""
        self._lines[contract.code] = Line(contract, quantity, cost_h, quantity, cost_h)

    def carried_out(
        self, settled_h: Callable[[Contract], tuple[int, bool]]
    ) -> tuple[int, list[OpeningContracts]]:
        """Return the cash once the day is settled, and what the next one begins with.

        `settled_h` says what a contract is settled at and whether it ends with that.
        """
        cash_krw = self._cash_krw - self._fees_krw
        left = []
        for code, line in sorted(self._lines.items()):
            price_h, ends = settled_h(line.contract)
            value = line.contract.product.value_krw
            cost_h = price_h * line.quantity
            if line.contract.is_option:
                cash_krw += line.premium_krw + (value(cost_h, 1) if ends else 0)
                cost_h = line.cost_h
            else:
                cash_krw += line.realised_krw + value(cost_h - line.cost_h, 1)
            if line.quantity and not ends:
                left.append(OpeningContracts(code, line.quantity, cost_h))
        return cash_krw, left

    def open(self, order: LiveOrder) -> None:
        """Hold back what an order needs from now on."""
        self._open[order.number] = order

    def close(self, order: LiveOrder) -> None:
        """Hold back nothing for an order any more."""
        self._open.pop(order.number, None)

    def open_orders(self) -> list[LiveOrder]:
        """Return the orders that hold something back, in the order placed."""
        return [self._open[number] for number in sorted(self._open)]

    def closable(self, code: str, side: Side) -> int:
        """Return how many contracts an order of this side would close and none is yet about to."""
        line = self._lines.get(code)
        held = line.quantity if line else 0
        against = max(-held if side == "BUY" else held, 0)
        coming = sum(
            max(order.remaining - order.opening, 0)
            for order in self._open.values()
            if order.contract.code == code and order.side == side and order.in_play
        )
        return max(against - coming, 0)

    def unit_krw(self, contract: Contract, side: Side, price_h: int) -> int:
        """Return what each opening contract of an order holds back, its fee included."""
        value_krw = contract.product.value_krw(price_h, 1)
        fee = fee_krw(contract, value_krw) + 1
        if contract.is_option and side == "BUY":
            return value_krw + fee
        mark = self._marked(contract)
        if not contract.is_option:
            mark = Marked(price_h, mark.index_h, mark.delta)
        return unit_margin_krw(contract, mark) + fee

    def fill(self, order: LiveOrder, quantity: int, price_h: int, at_ns: int) -> FillRow:
        """Book an execution."""
        contract = order.contract
        order.filled += quantity
        order.value_h += price_h * quantity
        total = fee_krw(contract, contract.product.value_krw(order.value_h, 1))
        fee, order.fee_krw = total - order.fee_krw, total
        self._fees_krw += fee
        line = self._lines.setdefault(contract.code, Line(contract))
        signed = quantity if order.side == "BUY" else -quantity
        against = -line.quantity if signed > 0 else line.quantity
        closed = min(max(against, 0), quantity)
        realised_krw = 0
        if closed:
            direction = 1 if line.quantity > 0 else -1
            left = line.quantity - direction * closed
            cost_h = line.cost_h - line.cost_h * left // line.quantity
            gained_h = direction * price_h * closed - cost_h
            realised_krw = contract.product.value_krw(gained_h, 1)
            line.cost_h -= cost_h
            line.quantity = left
            line.realised_krw += realised_krw
            line.closed += closed
        opened = quantity - closed
        if opened:
            direction = 1 if signed > 0 else -1
            line.quantity += direction * opened
            line.cost_h += direction * opened * price_h
            line.opened += opened
        if contract.is_option:
            line.premium_krw -= contract.product.value_krw(price_h, signed)
        return FillRow(
            order.number,
            contract,
            order.side,
            quantity,
            price_h,
            at_ns,
            fee,
            order.night,
            closed,
            realised_krw,
        )

    def positions(self) -> Iterable[PositionView]:
        """Return what is or was held today, by code."""
        for code, line in sorted(self._lines.items()):
            mark = self._marked(line.contract)
            value = line.contract.product.value_krw
            unrealised_krw = value(mark.price_h, line.quantity) - value(line.cost_h, 1)
            side: Side = "SELL" if line.quantity > 0 else "BUY"
            yield PositionView(
                line.contract,
                line.quantity,
                self.closable(code, side),
                line.cost_h / line.quantity / 100.0 if line.quantity else 0.0,
                mark.price_h,
                abs(value(line.cost_h, 1)),
                abs(value(mark.price_h, line.quantity)),
                unrealised_krw,
                line.realised_krw,
                line.opened,
                line.closed,
                line.carried,
            )

    def money(self) -> MoneyView:
        """Return the account's money as marked now."""
        sums = dict.fromkeys(("fr", "fu", "or", "ou", "premium", "worth", "mgn", "keep", "new"), 0)
        for line in self._lines.values():
            mark = self._marked(line.contract)
            value = line.contract.product.value_krw
            worth = value(mark.price_h, line.quantity)
            kind = "o" if line.contract.is_option else "f"
            sums[f"{kind}r"] += line.realised_krw
            sums[f"{kind}u"] += worth - value(line.cost_h, 1)
            if line.contract.is_option:
                sums["premium"] += line.premium_krw
                sums["worth"] += worth
            else:
                sums["new"] += value(mark.price_h, line.carried) - value(line.carried_h, 1)
            if not line.contract.is_option or line.quantity < 0:
                backed = abs(line.quantity)
                sums["mgn"] += backed * unit_margin_krw(line.contract, mark, INITIAL_PPM)
                sums["keep"] += backed * unit_margin_krw(line.contract, mark, MAINTENANCE_PPM)
        return MoneyView(
            self._cash_krw,
            sums["fr"],
            sums["fu"],
            sums["or"],
            sums["ou"],
            sums["premium"],
            sums["worth"],
            self._fees_krw,
            sums["mgn"],
            sums["keep"],
            sum(order.reserve_krw for order in self._open.values()),
            sums["new"],
        )
