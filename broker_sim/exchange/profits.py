"""What the account's trades of the day earned, stock by stock. Pure. KRW and shares.

Sold shares cost what the ledger says they cost: their part of the line's cost, cut to whole KRW.
A fill's cost is commission and tax; the tax of a sale is told apart by the order's own rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.day import Instrument
from broker_sim.exchange.orders import FillRow
from kis_core.market.costs import MILLION


@dataclass(slots=True)
class TradeProfit:
    """One stock's trades of the day."""

    symbol: str
    shares: int  # held now
    cost_krw: int  # of what is held
    bought: int = 0
    bought_krw: int = 0
    sold: int = 0
    sold_krw: int = 0
    sold_cost_krw: int = 0  # what the sold shares had cost
    buy_fee_krw: int = 0
    sell_fee_krw: int = 0
    tax_krw: int = 0

    @property
    def fee_krw(self) -> int:
        """Return the commissions."""
        return self.buy_fee_krw + self.sell_fee_krw

    @property
    def realised_krw(self) -> int:
        """Return what sales earned after their commission and tax."""
        return self.sold_krw - self.sold_cost_krw - self.sell_fee_krw - self.tax_krw


def day_profits(
    rules: AccountRules, fills: Sequence[FillRow], instruments: Mapping[str, Instrument]
) -> list[TradeProfit]:
    """Return every stock that was traded today, by symbol."""
    lines = {
        held.symbol: TradeProfit(held.symbol, held.shares, round(held.shares * held.average_krw))
        for held in rules.holdings
    }
    commissions: dict[str, int] = {}
    values: dict[str, int] = {}
    for fill in fills:
        line = lines.setdefault(fill.symbol, TradeProfit(fill.symbol, 0, 0))
        value_krw = fill.shares * fill.price_krw
        values[fill.odno] = values.get(fill.odno, 0) + value_krw
        commission = values[fill.odno] * rules.commission_ppm // MILLION
        fee_krw = commission - commissions.get(fill.odno, 0)
        commissions[fill.odno] = commission
        if fill.side == "BUY":
            line.bought += fill.shares
            line.bought_krw += value_krw
            line.shares += fill.shares
            line.cost_krw += value_krw
            line.buy_fee_krw += fee_krw
        else:
            part_krw = line.cost_krw * fill.shares // line.shares
            line.sold += fill.shares
            line.sold_krw += value_krw
            line.sold_cost_krw += part_krw
            line.shares -= fill.shares
            line.cost_krw -= part_krw
            line.sell_fee_krw += fee_krw
            line.tax_krw += fill.cost_krw - fee_krw
    traded = (line for line in lines.values() if line.bought or line.sold)
    return sorted((line for line in traded if line.symbol in instruments), key=lambda p: p.symbol)
