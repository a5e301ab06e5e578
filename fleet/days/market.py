"""The broker of many days: each day's market is its own, the account goes on from one to the next.

Shares and cash are carried over as the evening left them, and the history of days gone by can still
be asked for. Prices are real bars where there are any, and generated ones otherwise.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.dataset as ds
import pyarrow.parquet as pq

from broker_sim.days import open_day
from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.bars_day import BarsDay
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.orders import OrderRow as SimRow
from fleet.chaos.house import CASH_KRW
from fleet.days.plan import SYMBOLS
from kis_core.clock import kst
from kis_core.wire.account import (
    Balance,
    BuyingPower,
    NewOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
    Side,
)
from oms.core.broker import Broker

COMMISSION_PPM = 140
STOCKS = ("000660", "005380", "005930", "035420")
"""Of real bars: traded through all of the days, on the tick."""


@dataclass
class Market:
    """One account, and the market of whichever day it is."""

    seed: int
    bars: Path | None
    cash_krw: int = CASH_KRW
    holdings: tuple[OpeningHolding, ...] = ()
    past: dict[str, list[OrderRow]] = field(default_factory=dict)  # by date, as the broker has it

    def open(self, date: dt.date) -> Exchange:
        """Open a day with the account as the one before left it."""
        day: BarsDay = (
            GeneratedDay(date, self.seed, SYMBOLS)
            if self.bars is None
            else open_day(self.bars, date, self.seed)
        )
        rules = AccountRules(self.cash_krw, COMMISSION_PPM, holdings=self.holdings)
        return Exchange(day, rules, self.seed)

    def close(self, exchange: Exchange) -> None:
        """Carry the account over, and keep what became of the day's orders."""
        self.cash_krw = exchange.cash().settled_krw
        self.holdings = tuple(
            OpeningHolding(line.symbol, line.shares, line.average_krw)
            for line in exchange.holdings()
            if line.shares
        )
        date = exchange.day.date.isoformat()
        self.past[date] = [_row(row, date) for row in exchange.orders()]

    @staticmethod
    def equity_krw(exchange: Exchange) -> int:
        """Return what the account is worth at the last prices: cash of D+2, and the shares."""
        worth = sum(line.shares * line.last_krw for line in exchange.holdings())
        return exchange.cash().settled_krw + worth


class Remembering:
    """A broker that still knows the days before. Fits `oms.core.broker.Broker`."""

    def __init__(self, today: Broker, past: dict[str, list[OrderRow]]) -> None:
        self._today = today
        self._past = past

    async def place(self, order: NewOrder) -> Outcome:
        return await self._today.place(order)

    async def change(self, change: OrderChange) -> Outcome:
        return await self._today.change(change)

    async def history(self, date: str) -> Sequence[OrderRow]:
        gone = self._past.get(date)
        return gone if gone is not None else await self._today.history(date)

    async def balance(self) -> Balance:
        return await self._today.balance()

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
        side: Side = "BUY",
    ) -> BuyingPower:
        return await self._today.buying_power(symbol, limit_krw, order_type, side)


def _row(row: SimRow, date: str) -> OrderRow:
    return OrderRow(
        date=date,
        broker_id=row.odno,
        original_id=row.original,
        symbol=row.symbol,
        side=row.side,
        shares=row.shares,
        limit_krw=row.limit_krw,
        order_type=str(row.order_type.value),
        ordered_at=f"{kst(row.placed_ns):%H%M%S}",
        filled=row.filled,
        filled_value_krw=row.filled_value_krw,
        cancelled=row.cancelled,
        rejected=row.rejected,
        remaining=row.remaining,
        is_cancel=row.change == "cancel",
        branch="06010",
    )


def few_bars(data: Path, folder: Path) -> Path:
    """Return a folder with the real minute bars of a few stocks, and all that lies beside them."""
    bars = folder / "bars_1m"
    bars.mkdir(parents=True)
    for beside in ("daily", "masters"):
        (folder / beside).symlink_to(data / beside)
    real = ds.dataset(sorted((data / "bars_1m").glob("*_1m_*.parquet")))
    table = real.to_table(filter=ds.field("symbol").isin(STOCKS)).sort_by("ts")
    pq.write_table(table, bars / "krx_1m_few.parquet", row_group_size=20_000)
    return bars
