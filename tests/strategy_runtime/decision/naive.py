"""An OMS of a few dicts, and what it tells in its own order: fill, shares held, end of the order.

It keeps what it has told to itself until it is asked for the next line, so that whoever hears it is
always behind. One symbol, one strategy, whole shares.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

from kis_core.clock import kst
from oms_client.contract import (
    AccountView,
    AllocationChanged,
    AllocationView,
    CancelOrders,
    Enter,
    Exit,
    Flatten,
    Intent,
    IntentDecided,
    IntentResult,
    IntentStatus,
    ModifyRisk,
    OrderAccepted,
    OrderClosed,
    OrderFilled,
    OrderState,
    OrderView,
    Reduce,
    StopFired,
)
from strategy_runtime.contract import BooksRead, IntentAnswered

SYMBOL = "005930"
STRATEGY = "TOY"
BEGAN_NS = 1_756_857_600_000_000_000  # 2025-09-03 09:00 KST


def account(**changes: Any) -> AccountView:
    """Return an account of which everything is known."""
    known: dict[str, Any] = {
        "oms_id": "test", "environment": "sim", "as_of": kst(BEGAN_NS), "equity_krw": 10**8,
        "orderable_cash_krw": 10**8, "realised_today_krw": 0, "unrealised_krw": 0,
        "daily_pnl_krw": 0, "daily_pnl_pct": -0.015, "gross_exposure_pct": 0.0,
        "regime": "NORMAL", "safe_mode": False, "halt_entries": False, "flattening": False,
        "paused_strategies": (),
    }  # fmt: skip
    return AccountView(**(known | changes))


def result(
    intent_id: str, status: IntentStatus, now_ns: int, shares: int | None = None
) -> IntentResult:
    """Return the OMS's decision on an intent."""
    return IntentResult(
        intent_id=intent_id, status=status, message="said", received_at=kst(now_ns),
        approved_shares=shares, limits_hash="h",
    )  # fmt: skip


@dataclass(slots=True)
class Order:
    """One order at the broker."""

    order_id: str
    intent_id: str | None
    side: Literal["BUY", "SELL"]
    shares: int
    stop_krw: int | None = None
    filled: int = 0
    value_krw: int = 0

    @property
    def left(self) -> int:
        """Shares not filled."""
        return self.shares - self.filled


@dataclass(slots=True)
class NaiveOms:
    """What it holds, and what it has to say."""

    shares: int = 0
    cost_krw: int = 0
    stop_krw: int | None = None
    realised_krw: int = 0
    out: bool = False  # all is to be sold: it goes on selling by itself
    orders: list[Order] = field(default_factory=list)  # open
    asked: list[Intent] = field(default_factory=list)  # not decided yet
    stream: list[Any] = field(default_factory=list)  # not told yet, in order
    answers: list[Any] = field(default_factory=list)  # not told yet, in any order
    seq: int = 0
    numbers: int = 0
    now_ns: int = BEGAN_NS

    # what is asked of it

    def decide(self, status: IntentStatus, scaled: int | None) -> None:
        """Decide the oldest intent; `scaled` is the most it lets through."""
        intent = self.asked.pop(0)
        shares: int | None = None
        new: Order | None = None
        match intent:
            case Enter() if status is IntentStatus.APPROVED:
                shares = min(intent.shares, scaled or intent.shares)
                new = self._order("BUY", shares, intent.intent_id)
                new.stop_krw = intent.stop_krw
            case Enter():
                pass
            case Exit() | Flatten():
                if not self.shares and not self.open("BUY"):
                    status = IntentStatus.REFUSED
                elif status is not IntentStatus.REFUSED:
                    status, shares, self.out = IntentStatus.APPROVED, self.sellable, True
                    new = self._order("SELL", shares, intent.intent_id) if shares else None
            case Reduce():
                wanted = min(intent.shares, scaled or intent.shares, self.sellable)
                if not self.shares or status is IntentStatus.REFUSED:
                    status = IntentStatus.REFUSED
                elif not wanted:
                    status = IntentStatus.DONE
                else:
                    status, shares = IntentStatus.APPROVED, wanted
                    new = self._order("SELL", wanted, intent.intent_id)
            case ModifyRisk():
                if not self.shares or status is not IntentStatus.APPROVED:
                    status = IntentStatus.REFUSED
                else:
                    status = IntentStatus.DONE
                    self.stop_krw = max(intent.stop_krw, self.stop_krw or 0)
            case _:
                status = IntentStatus.DONE
        told = result(intent.intent_id, status, self.now_ns, shares)
        self._tell(IntentDecided, result=told, symbol=SYMBOL)
        self.answers.append(IntentAnswered(at=kst(self.now_ns), symbol=SYMBOL, result=told))
        if new is not None:
            self.orders.append(new)
        if isinstance(intent, CancelOrders) or (isinstance(intent, Exit | Flatten) and self.out):
            for order in self.open("BUY"):
                self.close(order, OrderState.CANCELLED)

    def drop(self) -> str:
        """Lose the oldest intent on its way; return its name."""
        return self.asked.pop(0).intent_id

    # what happens to it

    def open(self, side: str) -> list[Order]:
        """Return its open orders of a side."""
        return [order for order in self.orders if order.side == side]

    @property
    def sellable(self) -> int:
        """Shares that nothing sells yet."""
        return self.shares - sum(order.left for order in self.open("SELL"))

    def accept(self, order: Order) -> None:
        """The broker has an order."""
        self._order_event(OrderAccepted, order, broker_id="1")

    def fill(self, order: Order, shares: int, price_krw: int) -> None:
        """Shares of an order change hands."""
        value = shares * price_krw
        fee = value * 140 // 1_000_000 + (value * 1500 // 1_000_000 if order.side == "SELL" else 0)
        order.filled += shares
        order.value_krw += value
        self._order_event(
            OrderFilled, order, side=order.side, shares=shares, value_krw=value,
            filled=order.filled, filled_value_krw=order.value_krw, cost_krw=fee,
        )  # fmt: skip
        realised = 0
        if order.side == "BUY":
            self.shares += shares
            self.cost_krw += value + fee
            self.stop_krw = self.stop_krw or order.stop_krw
        else:
            paid = self.cost_krw * shares // self.shares
            self.shares -= shares
            self.cost_krw -= paid
            realised = value - fee - paid
        self.allocated(realised, "fill")
        if order.left == 0:
            self.close(order, OrderState.FILLED)

    def close(self, order: Order, state: OrderState) -> None:
        """An order ends."""
        self.orders.remove(order)
        self._order_event(
            OrderClosed, order, side=order.side, state=state, filled=order.filled,
            filled_value_krw=order.value_krw, why=state.value.lower(),
        )  # fmt: skip

    def fire(self, price_krw: int) -> None:
        """The protective stop is reached."""
        assert self.stop_krw is not None
        self.out = True
        order = self._order("SELL", self.sellable, None)
        self._tell(
            StopFired, symbol=SYMBOL, order_id=order.order_id, stop_krw=self.stop_krw,
            price_krw=price_krw,
        )  # fmt: skip
        if order.shares:
            self.orders.append(order)
        for buy in self.open("BUY"):
            self.close(buy, OrderState.CANCELLED)

    def pursue(self) -> None:
        """Go on selling what is to be sold."""
        if self.out and self.sellable:
            self.orders.append(self._order("SELL", self.sellable, None))

    def correct(self, shares: int, price_krw: int) -> None:
        """An operator gives the strategy shares, or takes them."""
        if shares > self.shares:
            self.cost_krw += (shares - self.shares) * price_krw
        else:
            self.cost_krw = self.cost_krw * shares // (self.shares or 1)
        self.shares = shares
        self.allocated(0, "corrected")

    def allocated(self, realised: int, why: str) -> None:
        """Tell what is held."""
        self.realised_krw += realised
        if not self.shares:
            self.stop_krw, self.out = None, False
        self._tell(
            AllocationChanged, symbol=SYMBOL, shares=self.shares, cost_krw=self.cost_krw,
            stop_krw=self.stop_krw, realised_krw=realised, why=why,
        )  # fmt: skip

    # what it says when asked

    def books(self) -> BooksRead:
        """Return everything it knows, ahead of what the stream has told."""
        held = AllocationView(
            strategy_id=STRATEGY, symbol=SYMBOL, shares=self.shares, cost_krw=self.cost_krw,
            average_krw=self.cost_krw / self.shares if self.shares else 0.0,
            selling=self.shares - self.sellable, stop_krw=self.stop_krw, entered_at=None,
            realised_today_krw=self.realised_krw,
        )  # fmt: skip
        orders = tuple(
            OrderView(
                order_id=order.order_id, intent_id=order.intent_id, strategy_id=STRATEGY,
                symbol=SYMBOL, side=order.side, order_type="LIMIT", shares=order.shares,
                limit_krw=None, state=OrderState.WORKING, filled=order.filled,
                filled_value_krw=order.value_krw, broker_id="1", created_at=kst(self.now_ns),
                cancel_at=None, cancelling=False, reason="r",
            )
            for order in self.orders
        )  # fmt: skip
        return BooksRead(at=kst(self.now_ns), account=account(), allocations=(held,), orders=orders)

    def _order(self, side: Any, shares: int, intent_id: str | None) -> Order:
        self.numbers += 1
        return Order(f"o-{self.numbers}", intent_id, side, shares)

    def _order_event(self, shape: Any, order: Order, **fields: Any) -> None:
        self._tell(
            shape, symbol=SYMBOL, order_id=order.order_id, intent_id=order.intent_id, **fields
        )

    def _tell(self, shape: Any, **fields: Any) -> None:
        self.seq += 1
        self.stream.append(shape(seq=self.seq, at=kst(self.now_ns), strategy_id=STRATEGY, **fields))
