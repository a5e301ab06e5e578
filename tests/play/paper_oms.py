"""An OMS for plays: it approves, rests limits, holds stops, sells parts, and tells it in order.

It is told prints and the time; what a strategy hears of it is what the real one would tell, in the
real one's shapes. It holds positions over nights. There is no risk in it: what is asked is done.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kis_core.clock import KST, kst
from kis_core.market.events import Trade
from oms_client.contract import (
    AccountView,
    AllocationChanged,
    AllocationView,
    CancelOrders,
    Enter,
    Exit,
    Flatten,
    Intent,
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

CASH_KRW = 100_000_000
COMMISSION_PPM, TAX_PPM = 140, 1500
Sale = Exit | Flatten | Reduce


@dataclass
class Held:
    """One position."""

    shares: int
    cost_krw: int
    stop_krw: int
    entered_ns: int


@dataclass
class PaperOms:
    """One strategy's OMS."""

    strategy_id: str
    fill: bool = True
    cash_krw: int = CASH_KRW
    seq: int = 0
    held: dict[str, Held] = field(default_factory=dict)
    buys: dict[str, Enter] = field(default_factory=dict)  # by symbol
    sells: dict[str, Sale | None] = field(default_factory=dict)  # None: our own stop's
    last_krw: dict[str, int] = field(default_factory=dict)
    intents: list[Intent] = field(default_factory=list)
    known: dict[str, IntentResult] = field(default_factory=dict)
    realised_krw: dict[str, int] = field(default_factory=dict)  # today
    views: list[OrderView] = field(default_factory=list)

    def new_day(self) -> None:
        """Forget what belongs to a day; orders of the day before are over."""
        self.buys.clear()
        self.sells.clear()
        self.realised_krw.clear()

    # -- telling

    @property
    def equity_krw(self) -> int:
        """Cash and shares at their last prices (their cost where there was none)."""
        worth = 0
        for symbol, held in self.held.items():
            price = self.last_krw.get(symbol)
            worth += held.cost_krw if price is None else held.shares * price
        return self.cash_krw + worth

    def account(self, **changes: Any) -> AccountView:
        """Return the account as it is."""
        equity = self.equity_krw
        gross = sum(h.cost_krw for h in self.held.values()) / equity
        known = {
            "equity_krw": equity, "orderable_cash_krw": self.cash_krw, "gross_exposure_pct": gross,
        }  # fmt: skip
        return account_view(**(known | changes))

    def books(self, now_ns: int) -> BooksRead:
        """Return what is read at a start."""
        allocations = tuple(
            AllocationView(
                strategy_id=self.strategy_id, symbol=symbol, shares=held.shares,
                cost_krw=held.cost_krw, average_krw=held.cost_krw / held.shares, selling=0,
                stop_krw=held.stop_krw, entered_at=kst(held.entered_ns),
                realised_today_krw=self.realised_krw.get(symbol, 0),
            )
            for symbol, held in sorted(self.held.items())
        )  # fmt: skip
        orders = tuple(self._view(buy, now_ns) for _, buy in sorted(self.buys.items()))
        return BooksRead(
            at=kst(now_ns), account=self.account(), allocations=allocations, orders=orders
        )

    def _view(self, buy: Enter, now_ns: int) -> OrderView:
        return OrderView(
            order_id=f"o-{buy.intent_id}", intent_id=buy.intent_id, strategy_id=self.strategy_id,
            symbol=buy.symbol, side="BUY", order_type="LIMIT", shares=buy.shares,
            limit_krw=buy.limit_krw, state=OrderState.WORKING, filled=0, filled_value_krw=0,
            broker_id="1", created_at=kst(now_ns), cancel_at=buy.expires_at, cancelling=False,
            reason=buy.reason,
        )  # fmt: skip

    def submit(self, intent: Intent, now_ns: int) -> list[Any]:
        """Take an intent; return what the strategy hears of it at once."""
        if intent.intent_id in self.known:
            return [
                IntentAnswered(
                    at=kst(now_ns), symbol=intent.symbol, result=self.known[intent.intent_id]
                )
            ]
        self.intents.append(intent)
        status, told = self._done(intent, now_ns)
        answer = answered(intent, now_ns, status)
        self.known[intent.intent_id] = answer.result
        return [answer, *told]

    def _done(self, intent: Intent, now_ns: int) -> tuple[IntentStatus, list[Any]]:
        symbol = intent.symbol
        match intent:
            case Enter():
                assert symbol not in self.buys, f"{symbol}: a second entry while one rests"
                self.buys[intent.symbol] = intent
                accepted = self._event(OrderAccepted, now_ns, intent, broker_id="1")
                return IntentStatus.APPROVED, [accepted]
            case Exit() | Flatten() | Reduce():
                assert symbol is not None
                if symbol not in self.held or symbol in self.sells:
                    return IntentStatus.DONE, []
                self.sells[symbol] = intent
                accepted = self._event(OrderAccepted, now_ns, intent, broker_id="2")
                return IntentStatus.APPROVED, [accepted]
            case CancelOrders():
                assert symbol is not None
                ended = [] if intent.side == "SELL" else self._end_buy(
                    symbol, now_ns, OrderState.CANCELLED
                )  # fmt: skip
                if intent.side != "BUY":
                    ended += self._end_sell(symbol, now_ns)
                return IntentStatus.DONE, ended
            case ModifyRisk():
                if intent.symbol in self.held:
                    self.held[intent.symbol].stop_krw = intent.stop_krw
                return IntentStatus.DONE, []
            case _:
                raise AssertionError(f"no strategy asks for {intent}")

    def on_trade(self, trade: Trade) -> list[Any]:
        """Return what the strategy hears after a print."""
        self.last_krw[trade.symbol] = trade.price_krw
        told: list[Any] = []
        held = self.held.get(trade.symbol)
        sell = self.sells.get(trade.symbol)
        selling = trade.symbol in self.sells and _reaches(sell, trade.price_krw)
        if selling:
            del self.sells[trade.symbol]
        buy = self.buys.get(trade.symbol)
        if buy is not None and self.fill and trade.price_krw <= buy.limit_krw:
            told += self._bought(buy, trade)
        if selling:
            told += self._sold(sell, trade)
        elif held is not None and sell is None and trade.price_krw <= held.stop_krw:
            self.sells[trade.symbol] = None
            told.append(
                self._event(
                    StopFired, trade.arrived_ns, None, symbol=trade.symbol,
                    stop_krw=held.stop_krw, price_krw=trade.price_krw,
                )
            )  # fmt: skip
        return told

    def on_time(self, now_ns: int) -> list[Any]:
        """Return what the strategy hears of orders that have lived long enough."""
        told: list[Any] = []
        for symbol, buy in list(self.buys.items()):
            if buy.expires_at is not None and kst(now_ns) >= buy.expires_at:
                told += self._end_buy(symbol, now_ns, OrderState.EXPIRED)
        return told

    def _bought(self, buy: Enter, trade: Trade) -> list[Any]:
        symbol, now_ns = buy.symbol, trade.arrived_ns
        del self.buys[symbol]
        value = buy.shares * trade.price_krw
        fee = value * COMMISSION_PPM // 1_000_000
        held = self.held.setdefault(symbol, Held(0, 0, buy.stop_krw, now_ns))
        held.shares += buy.shares
        held.cost_krw += value + fee
        held.stop_krw = buy.stop_krw
        self.cash_krw -= value + fee
        return [
            self._filled(buy, symbol, "BUY", buy.shares, value, fee, now_ns),
            self._closed(buy, symbol, "BUY", OrderState.FILLED, buy.shares, value, now_ns),
            self._allocated(symbol, 0, now_ns),
        ]

    def _sold(self, sell: Sale | None, trade: Trade) -> list[Any]:
        symbol, now_ns = trade.symbol, trade.arrived_ns
        held = self.held[symbol]
        shares = min(sell.shares, held.shares) if isinstance(sell, Reduce) else held.shares
        value = shares * trade.price_krw
        fee = value * COMMISSION_PPM // 1_000_000 + value * TAX_PPM // 1_000_000
        cost = held.cost_krw * shares // held.shares
        self.cash_krw += value - fee
        realised = value - fee - cost
        self.realised_krw[symbol] = self.realised_krw.get(symbol, 0) + realised
        held.shares -= shares
        held.cost_krw -= cost
        if held.shares == 0:
            del self.held[symbol]
        return [
            self._filled(sell, symbol, "SELL", shares, value, fee, now_ns),
            self._closed(sell, symbol, "SELL", OrderState.FILLED, shares, value, now_ns),
            self._allocated(symbol, realised, now_ns),
        ]

    def _end_buy(self, symbol: str, now_ns: int, state: OrderState) -> list[Any]:
        buy = self.buys.pop(symbol, None)
        return [] if buy is None else [self._closed(buy, symbol, "BUY", state, 0, 0, now_ns)]

    def _end_sell(self, symbol: str, now_ns: int) -> list[Any]:
        sell = self.sells.get(symbol)
        if sell is None:  # nothing, or our own stop's, which nobody takes back
            return []
        del self.sells[symbol]
        return [self._closed(sell, symbol, "SELL", OrderState.CANCELLED, 0, 0, now_ns)]

    def _filled(
        self, intent: Any, symbol: str, side: Any, shares: int, value: int, fee: int, now_ns: int
    ) -> Any:
        return self._event(
            OrderFilled, now_ns, intent, symbol=symbol, side=side, shares=shares, value_krw=value,
            filled=shares, filled_value_krw=value, cost_krw=fee,
        )  # fmt: skip

    def _closed(
        self, intent: Any, symbol: str, side: Any, state: OrderState, filled: int, value: int,
        now_ns: int,
    ) -> Any:  # fmt: skip
        return self._event(
            OrderClosed, now_ns, intent, symbol=symbol, side=side, state=state, filled=filled,
            filled_value_krw=value, why=state.value.lower(),
        )  # fmt: skip

    def _allocated(self, symbol: str, realised: int, now_ns: int) -> Any:
        self.seq += 1
        held = self.held.get(symbol)
        return AllocationChanged(
            seq=self.seq, at=kst(now_ns), strategy_id=self.strategy_id, symbol=symbol,
            shares=held.shares if held else 0, cost_krw=held.cost_krw if held else 0,
            stop_krw=held.stop_krw if held else None, realised_krw=realised, why="fill",
        )  # fmt: skip

    def _event(self, shape: Any, now_ns: int, intent: Any, **fields: Any) -> Any:
        self.seq += 1
        name = intent.intent_id if intent is not None else "stop"
        more: dict[str, Any] = {"symbol": fields.pop("symbol", None) or intent.symbol}
        if shape is not StopFired:
            more["intent_id"] = None if intent is None else name
        return shape(
            seq=self.seq, at=kst(now_ns), strategy_id=self.strategy_id, order_id=f"o-{name}",
            **more, **fields,
        )  # fmt: skip


def _reaches(sell: Sale | None, price_krw: int) -> bool:
    """Whether a print is as good as a sale asks for."""
    limit = None if sell is None or isinstance(sell, Flatten) else sell.limit_krw
    return limit is None or price_krw >= limit


def account_view(**changes: Any) -> AccountView:
    """Return an account of which everything is known, all of it cash."""
    known: dict[str, Any] = {
        "oms_id": "test", "environment": "sim", "as_of": datetime(2025, 9, 3, 9, tzinfo=KST),
        "equity_krw": CASH_KRW, "orderable_cash_krw": CASH_KRW, "realised_today_krw": 0,
        "unrealised_krw": 0, "daily_pnl_krw": 0, "daily_pnl_pct": 0.0, "gross_exposure_pct": 0.0,
        "regime": "NORMAL", "safe_mode": False, "halt_entries": False, "flattening": False,
        "paused_strategies": (),
    }  # fmt: skip
    return AccountView(**(known | changes))


def answered(
    intent: Intent, now_ns: int, status: IntentStatus = IntentStatus.APPROVED, **more: Any
) -> IntentAnswered:
    """Return the OMS's answer to an intent."""
    result = IntentResult(
        intent_id=intent.intent_id, status=status, message=more.pop("message", "ok"),
        received_at=kst(now_ns), limits_hash="h", **more,
    )  # fmt: skip
    return IntentAnswered(at=kst(now_ns), symbol=intent.symbol, result=result)
