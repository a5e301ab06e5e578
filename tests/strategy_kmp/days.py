"""A day for KMP without any process: real bars turned into prints, and an OMS that always fills.

The prints of a minute are its open, its two extremes and its close, at fixed seconds; the fake OMS
approves, fills at the next print that the limit reaches, and tells it as the real one does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kis_core.clock import KST, kst
from kis_core.market.events import DailyBar, IndexLevel, Timer, Trade
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns, minute_of_day
from kis_core.market.ticks import tick_krw
from kis_core.wire.quotes.replies import PriceQuote
from oms_client.contract import (
    AccountView,
    AllocationChanged,
    CancelOrders,
    Enter,
    Exit,
    Flatten,
    Intent,
    IntentResult,
    IntentStatus,
    OrderAccepted,
    OrderClosed,
    OrderFilled,
    OrderState,
)
from strategy_kmp.kmp import PAST_SESSIONS, Kmp
from strategy_runtime.contract import (
    Answer,
    Ask,
    AskDaily,
    AskFailed,
    AskIndex,
    AskMarketProgram,
    AskMinutes,
    AskQuote,
    BooksRead,
    DailyRead,
    IndexRead,
    IntentAnswered,
    MinuteDay,
    MinutesRead,
    QuoteRead,
    Session,
    Step,
    StrategyEvent,
    TradingDay,
)

EQUITY_KRW = 100_000_000
Row = tuple[int, int, int, int, int, int]
Month = tuple[tuple[Any, ...], dict[tuple[str, str], tuple[int, int]]]
"""The columns of a Row for a month, and where in them a symbol's day lies."""


def read_month(file: Path) -> Month:
    """Read one month of bars; they are sorted by symbol and time."""
    table = pq.read_table(file).unify_dictionaries().combine_chunks()
    codes = table["symbol"].chunk(0)
    local_min = pc.cast(table["ts"], "int64").to_numpy() // 60_000 + 9 * 60
    days, minutes = np.divmod(local_min, 1_440)
    symbols = codes.indices.to_numpy()
    change = np.flatnonzero((np.diff(symbols) != 0) | (np.diff(days) != 0)) + 1
    firsts = [0, *change.tolist()]
    ends = [*change.tolist(), len(days)]
    names = codes.dictionary.to_pylist()
    places = {
        (names[symbols[at]], (date(1970, 1, 1) + timedelta(days=int(days[at]))).isoformat()): (
            at,
            end,
        )
        for at, end in zip(firsts, ends, strict=True)
    }
    prices = (table[name].to_numpy() for name in ("open", "high", "low", "close", "volume"))
    return (minutes, *prices), places


class RealBars:
    """The real minute and daily bars, by symbol and date."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._months: dict[str, Month] = {}
        flow = pq.read_table(folder / "daily/krx_daily_flow_103.parquet")
        self.daily: dict[str, list[DailyBar]] = {}
        for row in flow.to_pylist():
            self.daily.setdefault(row["symbol"], []).append(
                DailyBar(
                    row["symbol"], row["date"].isoformat(), row["open"], row["high"],
                    row["low"], row["close"], row["volume"],
                )
            )  # fmt: skip
        index = pq.read_table(folder / "daily/index_daily.parquet")
        kospi = index.filter(pc.equal(index["index"], "KOSPI")).to_pylist()
        self.kospi = {row["date"].isoformat(): Decimal(str(row["close"])) for row in kospi}
        days = pq.read_table(folder / "masters/krx_trading_days.parquet").column(0).to_pylist()
        self.days = sorted(day.isoformat()[:10] for day in days)

    def minutes(self, symbol: str, day: str) -> list[Row]:
        """Return a day's minutes: minute of the day, open, high, low, close, volume."""
        columns, places = self._month(day[:7])
        first, end = places.get((symbol, day), (0, 0))
        return list(zip(*(column[first:end].tolist() for column in columns), strict=True))

    def _month(self, month: str) -> "Month":
        if month not in self._months:
            file = self._folder / f"bars_1m/krx_1m_{month}.parquet"
            self._months[month] = read_month(file) if file.exists() else ((), {})
        return self._months[month]

    def session(self, day: str) -> Session:
        """Return the regular session of a date; the two odd days of the range are known."""
        opens, closes = time(9), time(15, 30)
        if day == "2025-11-13":
            opens, closes = time(10), time(16, 30)
        if day == "2026-01-02":
            opens = time(10)
        on = date.fromisoformat(day)
        return Session(day, instant_ns(on, opens), instant_ns(on, closes))

    def trading_day(self, day: str, past: int = PAST_SESSIONS) -> TradingDay:
        """Return a date with the sessions before it."""
        at = self.days.index(day)
        return TradingDay(
            self.session(day), tuple(self.session(each) for each in self.days[at - past : at])
        )


@dataclass
class PaperOms:
    """Approves everything, fills at the next print within the limit, tells it in order."""

    strategy_id: str = "KMP"
    fill: bool = True
    seq: int = 0
    held: dict[str, int] = field(default_factory=dict)
    cost: dict[str, int] = field(default_factory=dict)
    stops: dict[str, int] = field(default_factory=dict)
    buys: dict[str, Enter] = field(default_factory=dict)  # by symbol
    sells: dict[str, Exit | Flatten] = field(default_factory=dict)
    intents: list[Intent] = field(default_factory=list)

    def account(self, now_ns: int) -> BooksRead:
        """Return the books of an account of which everything is known."""
        return BooksRead(at=kst(now_ns), account=account_view(), allocations=(), orders=())

    def submit(self, intent: Intent, now_ns: int) -> list[Any]:
        """Take an intent; return what the strategy hears of it at once."""
        self.intents.append(intent)
        told: list[Any] = [answered(intent, now_ns)]
        match intent:
            case Enter():
                self.buys[intent.symbol] = intent
                told.append(self._event(OrderAccepted, now_ns, intent, broker_id="1"))
            case Exit() | Flatten():
                assert intent.symbol is not None
                self.sells[intent.symbol] = intent
                told.append(self._event(OrderAccepted, now_ns, intent, broker_id="2"))
            case CancelOrders():
                told += self._close_buy(intent.symbol, now_ns, OrderState.CANCELLED)
            case _:
                pass
        return told

    def on_trade(self, trade: Trade) -> list[Any]:
        """Return what the strategy hears after a print."""
        told: list[Any] = []
        buy = self.buys.get(trade.symbol)
        if buy is not None and self.fill and trade.price_krw <= buy.limit_krw:
            told += self._bought(buy, trade)
        sell = self.sells.pop(trade.symbol, None)
        if sell is not None:
            told += self._sold(sell, trade)
        return told

    def on_time(self, now_ns: int) -> list[Any]:
        """Return what the strategy hears of orders that have lived long enough."""
        told: list[Any] = []
        for symbol, buy in list(self.buys.items()):
            assert buy.expires_at is not None
            if kst(now_ns) >= buy.expires_at:
                told += self._close_buy(symbol, now_ns, OrderState.EXPIRED)
        return told

    def _bought(self, buy: Enter, trade: Trade) -> list[Any]:
        symbol, now_ns = buy.symbol, trade.arrived_ns
        del self.buys[symbol]
        value = buy.shares * trade.price_krw
        fee = value * 140 // 1_000_000
        self.held[symbol] = self.held.get(symbol, 0) + buy.shares
        self.cost[symbol] = self.cost.get(symbol, 0) + value + fee
        self.stops[symbol] = buy.stop_krw
        return [
            self._filled(buy, "BUY", buy.shares, value, fee, now_ns),
            self._closed(buy, "BUY", OrderState.FILLED, buy.shares, value, now_ns),
            self._allocated(symbol, 0, "fill", now_ns),
        ]

    def _sold(self, sell: Exit | Flatten, trade: Trade) -> list[Any]:
        symbol, now_ns = trade.symbol, trade.arrived_ns
        shares = self.held.pop(symbol, 0)
        value = shares * trade.price_krw
        fee = value * 140 // 1_000_000 + value * 1500 // 1_000_000
        realised = value - fee - self.cost.pop(symbol, 0)
        return [
            self._filled(sell, "SELL", shares, value, fee, now_ns),
            self._closed(sell, "SELL", OrderState.FILLED, shares, value, now_ns),
            self._allocated(symbol, realised, "fill", now_ns),
        ]

    def _close_buy(self, symbol: str, now_ns: int, state: OrderState) -> list[Any]:
        buy = self.buys.pop(symbol, None)
        return [] if buy is None else [self._closed(buy, "BUY", state, 0, 0, now_ns)]

    def _filled(
        self, intent: Any, side: Any, shares: int, value: int, fee: int, now_ns: int
    ) -> Any:
        return self._event(
            OrderFilled, now_ns, intent, side=side, shares=shares, value_krw=value,
            filled=shares, filled_value_krw=value, cost_krw=fee,
        )  # fmt: skip

    def _closed(
        self, intent: Any, side: Any, state: OrderState, filled: int, value: int, now_ns: int
    ) -> Any:
        return self._event(
            OrderClosed, now_ns, intent, side=side, state=state, filled=filled,
            filled_value_krw=value, why=state.value.lower(),
        )  # fmt: skip

    def _allocated(self, symbol: str, realised: int, why: str, now_ns: int) -> Any:
        self.seq += 1
        return AllocationChanged(
            seq=self.seq, at=kst(now_ns), strategy_id=self.strategy_id, symbol=symbol,
            shares=self.held.get(symbol, 0), cost_krw=self.cost.get(symbol, 0),
            stop_krw=self.stops.get(symbol), realised_krw=realised, why=why,
        )  # fmt: skip

    def _event(self, shape: Any, now_ns: int, intent: Any, **fields: Any) -> Any:
        self.seq += 1
        return shape(
            seq=self.seq, at=kst(now_ns), strategy_id=self.strategy_id, symbol=intent.symbol,
            order_id=f"o-{intent.intent_id}", intent_id=intent.intent_id, **fields,
        )  # fmt: skip


def account_view(**changes: Any) -> AccountView:
    """Return an account of which everything is known."""
    known: dict[str, Any] = {
        "oms_id": "test", "environment": "sim", "as_of": datetime(2025, 9, 3, 9, tzinfo=KST),
        "equity_krw": EQUITY_KRW, "orderable_cash_krw": EQUITY_KRW, "realised_today_krw": 0,
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


def prints(symbol: str, row: Row, midnight_ns: int, sums: dict[str, list[int]]) -> Iterator[Trade]:
    """Yield a minute's prints: open, the two extremes, close, a quarter of the volume each."""
    minute, o, h, low, c, volume = row
    extremes = (low, h) if c >= o else (h, low)
    total = sums.setdefault(symbol, [0, 0])
    left = volume
    for index, (second, price) in enumerate(zip((3, 18, 36, 54), (o, *extremes, c), strict=True)):
        shares = left // (4 - index)
        if shares == 0:
            continue
        left -= shares
        total[0] += shares
        total[1] += shares * price
        at_ns = midnight_ns + minute * MINUTE_NS + second * SECOND_NS
        tick = tick_krw(price)
        yield Trade(
            symbol, "KRX", at_ns, at_ns, price, shares, total[0], total[1],
            1 if index in (0, 2) else -1, price + tick, price, False, False, None,
        )  # fmt: skip


class Play:
    """One real day through KMP's decision, with the fake OMS answering."""

    def __init__(self, bars: RealBars, kmp: Kmp, day: str, first: time = time(8, 58)) -> None:
        self.bars = bars
        self.kmp = kmp
        self.date = day
        self.day = bars.trading_day(day)
        self.oms = PaperOms()
        self.state = kmp.open(self.day)
        self.midnight_ns = instant_ns(date.fromisoformat(day), time(0))
        self.first_ns = instant_ns(date.fromisoformat(day), first)
        self.told: list[StrategyEvent] = []
        self.steps: list[Step[Any]] = []
        self.keep = False
        self.heard: set[str] = set()
        self._due: list[StrategyEvent] = []
        self._last: dict[str, int] = {}
        previous = bars.days[bars.days.index(day) - 1]
        self.previous_pt = bars.kospi[previous]
        self._index = [self.previous_pt] * 3  # open, high, low

    def run(self) -> "Play":
        """Play the day to its end."""
        for event in self.events():
            self.tell(event)
        return self

    def events(self) -> Iterator[StrategyEvent]:
        """Yield the day's timers, index levels and prints, in order of time."""
        symbols = sorted(self.kmp.sectors)
        today = {symbol: self.bars.minutes(symbol, self.date) for symbol in symbols}
        by_minute: dict[int, list[tuple[str, Row]]] = {}
        for symbol, rows in today.items():
            for row in rows:
                by_minute.setdefault(row[0], []).append((symbol, row))
        self._base = {symbol: self._previous_close(symbol) for symbol in symbols}
        sums: dict[str, list[int]] = {}
        yield self.oms.account(self.first_ns)
        start = minute_of_day(self.first_ns)
        for minute in range(min(start, 540), minute_of_day(self.day.session.close_ns) + 7):
            trades: list[Trade] = []
            for symbol, row in by_minute.get(minute, ()):
                trades += prints(symbol, row, self.midnight_ns, sums)
            trades.sort(key=lambda trade: (trade.at_ns, trade.symbol))
            if minute < start:
                continue
            yield from self._minute(minute, trades)

    def _minute(self, minute: int, trades: list[Trade]) -> Iterator[StrategyEvent]:
        at = 0
        for second in range(60):
            now_ns = self.midnight_ns + minute * MINUTE_NS + second * SECOND_NS
            yield Timer(now_ns)
            yield from self.oms.on_time(now_ns)
            if second % 10 == 0:
                yield self._level(now_ns)
            while at < len(trades) and trades[at].at_ns < now_ns + SECOND_NS:
                trade = trades[at]
                at += 1
                self._last[trade.symbol] = trade.price_krw
                if trade.symbol in self.heard:
                    yield trade
                    yield from self.oms.on_trade(trade)

    def _level(self, now_ns: int) -> IndexLevel:
        moves = [
            price / self._base[symbol] for symbol, price in self._last.items() if self._base[symbol]
        ]
        move = sum(moves) / len(moves) if moves else 1.0
        level = (self.previous_pt * Decimal(str(round(move, 6)))).quantize(Decimal("0.01"))
        self._index = [self._index[0], max(self._index[1], level), min(self._index[2], level)]
        return IndexLevel("0001", now_ns, now_ns, level, *self._index, self.previous_pt)

    def _previous_close(self, symbol: str) -> int:
        days = [bar for bar in self.bars.daily.get(symbol, ()) if bar.date < self.date]
        return days[-1].close_krw if days else 0

    def tell(self, event: StrategyEvent) -> Step[Any]:
        """Hand one event to the decision, and everything that follows from its step at once."""
        if self.keep:
            self.told.append(event)
        step = self.kmp.decide(self.state, event)
        self.state = step.state
        if self.keep:
            self.steps.append(step)
        if step.listen is not None:
            self.heard = {hear.symbol for hear in step.listen.symbols}
        for ask in step.asks:
            self.tell(self.answer(ask))
        for intent in step.intents:
            for told in self.oms.submit(intent, self.state.now_ns):
                self.tell(told)
        return step

    def answer(self, ask: Ask) -> Answer:
        """Return what the histories say, at once."""
        now_ns = self.state.now_ns
        match ask:
            case AskDaily(ask_id, symbol, first, last):
                rows = self.bars.daily.get(symbol, ())
                found = tuple(bar for bar in rows if first <= bar.date <= last)
                return DailyRead(ask_id, now_ns, symbol, found)
            case AskQuote(ask_id, symbol):
                price = self._last.get(symbol) or self._previous_close(symbol)
                return QuoteRead(ask_id, now_ns, quote(symbol, price, now_ns))
            case AskMinutes(ask_id, symbol, spans):
                days = tuple(
                    MinuteDay(day, tuple(self._between(symbol, day, first, last)))
                    for day, first, last in spans
                )
                return MinutesRead(ask_id, now_ns, symbol, days)
            case AskIndex(ask_id):
                if now_ns < self.day.session.open_ns:
                    return AskFailed(ask_id, now_ns, None, "not yet")
                return IndexRead(ask_id, now_ns, self._level(now_ns))
            case AskMarketProgram(ask_id):
                return AskFailed(ask_id, now_ns, None, "not on paper", offered=False)
        raise AssertionError(f"KMP does not ask {ask!r}")

    def _between(self, symbol: str, day: str, first: str, last: str) -> list[Row]:
        begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (first, last))
        return [row for row in self.bars.minutes(symbol, day) if begin <= row[0] <= end]


def quote(symbol: str, price: int, now_ns: int, **changes: Any) -> PriceQuote:
    """Return a healthy symbol's quote."""
    known: dict[str, Any] = {
        "symbol": symbol, "at_ns": now_ns, "price_krw": price, "base_krw": price,
        "upper_krw": price * 13 // 10, "lower_krw": price * 7 // 10, "open_krw": None,
        "high_krw": None, "low_krw": None, "cum_volume": 0, "cum_value_krw": 0, "tick_krw": 100,
        "market_name": "KOSPI200", "halted": False, "administrative": False, "liquidation": False,
        "warning_code": "00", "vi_code": "N", "market_cap_krw": 10**13,
    }  # fmt: skip
    return PriceQuote(**(known | changes))
