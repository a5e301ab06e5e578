"""What the audit trail holds in memory of the tables: the rows that may still move.

Pure. Loaded from the database when shipping starts, changed with every record shipped, thrown away
when a transaction fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec

from kis_core.postgres import to_kst_naive
from oms.audit.standing import (
    Allocation,
    OmsState,
    Order,
    OrderParent,
    PortfolioDay,
    Position,
    StrategyDay,
    StrategyState,
    Trade,
    TradeMarks,
)
from oms.audit.tables import Json, Row, Standing
from oms.core.records import IntentReceived

StrategySymbol = tuple[str, str]


@dataclass(slots=True)
class Known:
    """The standing rows of one OMS."""

    oms: OmsState | None = None
    day: PortfolioDay | None = None
    strategy_days: dict[str, StrategyDay] = field(default_factory=dict)  # of that day
    strategies: dict[str, StrategyState] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    allocations: dict[StrategySymbol, Allocation] = field(default_factory=dict)
    trades: dict[StrategySymbol, Trade] = field(default_factory=dict)  # open ones
    marks: dict[str, TradeMarks] = field(default_factory=dict)  # of open trades
    orders: dict[str, Order] = field(default_factory=dict)  # open, or of the day
    parents: dict[str, OrderParent] = field(default_factory=dict)  # open


class Unprojectable(Exception):
    """A record names something that no record before it made."""


@dataclass(slots=True)
class Fill:
    """What one order's new fills came to."""

    value_krw: int = 0
    cost_krw: int = 0  # commission and tax


class Standings:
    """Looks up standing rows, makes the missing ones, and remembers which were changed.

    `at`, `seq` and `payload` are of the journal row being taken; `asked` and `fills` of its turn.
    """

    def __init__(self, account: str, known: Known) -> None:
        self.account = account
        self.known = known
        self.payload = Json("")
        self.asked: IntentReceived | None = None
        self.fills: dict[str, Fill] = {}  # per order
        self.at = datetime.min  # noqa: DTZ901 - KST without a zone, like every time here
        self.seq = 0
        self._changed: dict[tuple[str, tuple[object, ...]], Standing] = {}
        self._happened: list[Row] = []
        self._day_opened = False

    def change[S: Standing](self, row: S) -> S:
        """Return the row, to be changed by the caller and written with the batch."""
        row.updated_at, row.updated_seq = self.at, self.seq
        self._changed[row.TABLE, row.key()] = row
        return row

    def record(self, row: Row) -> None:
        """Write a row of history with the batch."""
        self._happened.append(row)

    def drain(self) -> Iterator[Row]:
        """Return the rows to write since the last time."""
        yield from self._happened
        yield from self._changed.values()
        self._happened, self._changed = [], {}
        if self._day_opened:
            self._forget_older_orders()

    def _forget_older_orders(self) -> None:
        """Let go of orders that are over and not of today, once they are written: what is told of
        one later, even in the batch in which the day opens, must find it."""
        self._day_opened = False
        on = self.today
        self.known.orders = {
            order_id: order
            for order_id, order in self.known.orders.items()
            if order.closed_at is None or order.trade_date == on
        }

    def order(self, order_id: str) -> Order:
        """Return an order to change, or raise Unprojectable."""
        order = self.known.orders.get(order_id)
        if order is None:
            raise Unprojectable(f"order {order_id} was never planned")
        return self.change(order)

    def oms(self) -> OmsState:
        """Return the OMS's own row to change."""
        if self.known.oms is None:
            self.known.oms = OmsState(started_at=self.at, updated_at=self.at, updated_seq=self.seq)
        return self.change(self.known.oms)

    @property
    def today(self) -> date:
        """The OMS's trading date; before its first one, the date in Seoul."""
        day = self.known.day
        return day.trade_date if day else self.at.date()

    def day(self) -> PortfolioDay:
        """Return the day's row of the account to change."""
        if self.known.day is None:
            self.open_day(self.at.date())
        assert self.known.day is not None
        return self.change(self.known.day)

    def open_day(self, on: date) -> None:
        """Begin a day: its sums are zero, its flags what they are now."""
        known, oms = self.known, self.oms()
        if known.day is not None and known.day.trade_date == on:
            return
        oms.trade_date = on
        known.strategy_days = {}
        known.day = PortfolioDay(
            trade_date=on,
            equity_krw=oms.equity_krw,
            orderable_krw=oms.orderable_krw,
            safe_mode=oms.safe_mode,
            halted=oms.halt_entries,
            halt_reason=oms.halt_reason,
            regime=oms.regime,
            updated_at=self.at,
            updated_seq=self.seq,
        )
        self._day_opened = True

    def strategy_day(self, strategy_id: str) -> StrategyDay:
        """Return the day's row of a strategy to change."""
        row = self.known.strategy_days.get(strategy_id)
        if row is None:
            on = self.day().trade_date
            paused = self.strategy(strategy_id).paused
            row = StrategyDay(
                trade_date=on,
                strategy_id=strategy_id,
                halted=paused,
                updated_at=self.at,
                updated_seq=self.seq,
            )
            self.known.strategy_days[strategy_id] = row
        return self.change(row)

    def strategy(self, strategy_id: str) -> StrategyState:
        """Return a strategy's row to change."""
        row = self.known.strategies.get(strategy_id)
        if row is None:
            row = StrategyState(strategy_id=strategy_id, updated_at=self.at, updated_seq=self.seq)
            self.known.strategies[strategy_id] = row
        return self.change(row)

    def position(self, symbol: str) -> Position:
        """Return a symbol's row to change."""
        row = self.known.positions.get(symbol)
        if row is None:
            row = Position(symbol=symbol, updated_at=self.at, updated_seq=self.seq)
            self.known.positions[symbol] = row
        return self.change(row)

    def allocation(self, strategy_id: str, symbol: str) -> Allocation:
        """Return what a strategy holds of a symbol, to change."""
        row = self.known.allocations.get((strategy_id, symbol))
        if row is None:
            row = Allocation(
                strategy_id=strategy_id, symbol=symbol, updated_at=self.at, updated_seq=self.seq
            )
            self.known.allocations[strategy_id, symbol] = row
        return self.change(row)


def time_of(at_ns: int | None) -> datetime | None:
    """Return an instant as the database stores it."""
    return None if at_ns is None else to_kst_naive(at_ns)


def text_of(value: object) -> Json:
    """Return a value as JSON text."""
    return Json(msgspec.json.encode(value).decode())
