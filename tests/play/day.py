"""A real day through a strategy's decision, without any process.

The prints of a minute are its open, its two extremes and its close, at fixed seconds. Histories
answer at once and know nothing that is not over: minutes up to the last whole one, days before
today, estimates from their time on. What the strategy was told is kept as the shell would journal
it, so `restart` is what a process that begins anew does: its journal folded, a gap, the books.
"""

import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from kis_core.market.calendar import krx_calendar
from kis_core.market.events import Gap, IndexLevel, SlotsGranted, Timer, Trade
from kis_core.market.instants import MINUTE_NS, SECOND_NS, midnight_ns, minute_of_day
from kis_core.market.ticks import tick_krw
from kis_core.wire.quotes.flow_replies import InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import ProgramFlow, StockProgram
from kis_core.wire.quotes.replies import PriceQuote
from oms_client.contract import Intent
from strategy_runtime.contract import (
    RESTARTED,
    Answer,
    Ask,
    AskDaily,
    AskEstimates,
    AskFailed,
    AskFlows,
    AskIndex,
    AskIndexDays,
    AskMarketProgram,
    AskMinutes,
    AskOwn,
    AskProgram,
    AskQuote,
    BooksRead,
    DailyRead,
    EstimatesRead,
    FlowsRead,
    IndexDaysRead,
    IndexRead,
    MinuteDay,
    MinutesRead,
    OwnRead,
    ProgramNet,
    ProgramRead,
    QuoteRead,
    Said,
    Step,
    Strategy,
    StrategyEvent,
)
from strategy_runtime.restore import restore, rules_text
from strategy_runtime.timetable import trading_day
from strategy_runtime.turns import FORMAT, Head, Turn, output_of, turn_of
from tests.play.market import Market, Row, closes_before
from tests.play.paper_oms import PaperOms

ESTIMATES = (("09:30", 0.1), ("10:00", 0.2), ("11:20", 0.4), ("13:20", 0.6), ("14:30", 0.8))
SLOTS = 41
BOOKS_EVERY_S = 30
Sofar = tuple[int, int, int | None, int | None, int | None]
"""Shares, KRW, open, high and low of a symbol's prints so far."""
Own = Callable[[str, str, int], str | None]
"""(subject, text, now in ns) → the answer; None: there is none."""


def prints(symbol: str, row: Row, midnight: int, sums: dict[str, list[int]]) -> Iterator[Trade]:
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
        at_ns = midnight + minute * MINUTE_NS + second * SECOND_NS
        yield Trade(
            symbol, "KRX", at_ns, at_ns, price, shares, total[0], total[1],
            1 if index in (0, 2) else -1, price + tick_krw(price), price, False, False, None,
        )  # fmt: skip


@dataclass
class Play[S]:
    """One day. `symbols` are those that trade; `own` answers AskOwn."""

    market: Market
    strategy: Strategy[S]
    symbols: dict[str, str]
    date: str
    past: int
    oms: PaperOms
    carried: str | None = None
    own: Own | None = None
    first: time = time(8, 0)
    last_min: int = 7  # minutes after the close
    timer_s: int = 1
    slots: int = SLOTS
    asks: list[tuple[int, Ask]] = field(default_factory=list)
    said: list[tuple[int, Said]] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)
    intents: list[tuple[int, Intent]] = field(default_factory=list)
    records: list[Head | Turn] = field(default_factory=list)
    failing: Callable[[Ask, int], str | None] = lambda ask, now_ns: None
    now_ns: int = 0

    def __post_init__(self) -> None:
        self.day = trading_day(date.fromisoformat(self.date), krx_calendar(), self.past)
        self.midnight = midnight_ns(date.fromisoformat(self.date))
        self.state = self.strategy.open(self.day, self.carried)
        self.now_ns = self.midnight + (self.first.hour * 60 + self.first.minute) * MINUTE_NS
        self._start_ns = self.now_ns
        self.heard: frozenset[str] = frozenset()
        self._sums: dict[str, list[int]] = {}
        self._last: dict[str, int] = {}
        self._rows: dict[str, list[Row]] = {}
        self._sofar: dict[str, tuple[list[int], list[Sofar]]] = {}
        self._base = closes_before(self.market, self.symbols, self.date)
        index = [row for row in self.market.index("0001") if row.date < self.date]
        self._previous_pt = index[-1].close_pt
        self._index: tuple[Decimal, Decimal, Decimal] | None = None
        self._head()
        self.oms.new_day()

    def _head(self) -> None:
        rules = rules_text(self.strategy)
        self.records.append(
            Head(FORMAT, self.strategy.name, self.day, rules, self.now_ns, self.carried)
        )

    # -- playing

    def run(self, restarts: tuple[int, ...] = ()) -> "Play[S]":
        """Play the day to its end; at each minute of the day in `restarts` the process dies."""
        self.tell(self.oms.books(self.now_ns))
        by_minute: dict[int, list[Trade]] = {}
        for symbol in sorted(self.symbols):
            self._rows[symbol] = self.market.minutes(symbol, self.date)
            sofar = self._sofar[symbol] = ([], [])
            for row in self._rows[symbol]:
                for trade in prints(symbol, row, self.midnight, self._sums):
                    by_minute.setdefault(row[0], []).append(trade)
                    _pass(sofar, trade)
        last = minute_of_day(self.day.session.close_ns) + self.last_min
        for minute in range(minute_of_day(self._start_ns), last):
            if minute in restarts:
                self.restart()
            trades = sorted(by_minute.get(minute, ()), key=lambda t: (t.at_ns, t.symbol))
            self._minute(minute, trades)
        return self

    def _minute(self, minute: int, trades: list[Trade]) -> None:
        at = 0
        for second in range(0, 60, self.timer_s):
            self.now_ns = self.midnight + minute * MINUTE_NS + second * SECOND_NS
            self.tell(Timer(self.now_ns))
            for told in self.oms.on_time(self.now_ns):
                self.tell(told)
            if second % BOOKS_EVERY_S == 0:
                books = self.oms.books(self.now_ns)
                self.tell(BooksRead(at=books.at, account=books.account))
            if second % 10 == 0 and self._last:
                self.tell(self._level())
            until = self.now_ns + self.timer_s * SECOND_NS
            while at < len(trades) and trades[at].at_ns < until:
                trade = trades[at]
                at += 1
                self.now_ns = trade.at_ns
                self._last[trade.symbol] = trade.price_krw
                if trade.symbol in self.heard:
                    self.tell(trade)
                for told in self.oms.on_trade(trade):
                    self.tell(told)

    def tell(self, event: StrategyEvent) -> Step[S]:
        """Hand one event to the decision, and everything that follows from its step at once."""
        step = self.strategy.decide(self.state, event)
        self.state = step.state
        self.records.append(turn_of(len(self.records), event, output_of(step)))
        for note in step.notes:
            if isinstance(note, Said):
                self.said.append((self.now_ns, note))
            else:
                self.notes.append(note)
        if step.listen is not None:
            ranked = sorted(step.listen.symbols, key=lambda hear: (hear.priority, hear.rank))
            granted = tuple(hear.symbol for hear in ranked[: self.slots])
            self.heard = frozenset(granted)
            refused = tuple(hear.symbol for hear in ranked[self.slots :])
            self.tell(SlotsGranted(self.now_ns, granted, refused))
        for ask in step.asks:
            self.asks.append((self.now_ns, ask))
            self.tell(self.answer(ask))
        for intent in step.intents:
            self.intents.append((self.now_ns, intent))
            for told in self.oms.submit(intent, self.now_ns):
                self.tell(told)
        return step

    def restart(self) -> None:
        """Die and begin anew: from the journal, as the shell does, with everything asked again."""
        restored = restore(self.strategy, self.day, self.records)
        assert restored.differences == 0, "the journal does not fold into what it says"
        assert restored.last_at_ns is not None
        self.state = restored.state
        self._head()
        self.tell(Gap(None, restored.last_at_ns, self.now_ns, RESTARTED))
        for ask in restored.asks.values():
            self.tell(self.answer(ask))
        for intent in restored.intents.values():
            for told in self.oms.submit(intent, self.now_ns):
                self.tell(told)
        self.tell(self.oms.books(self.now_ns))

    # -- histories

    def answer(self, ask: Ask) -> Answer:
        """Return what the histories say, at once. Nothing of it lies ahead."""
        now_ns = self.now_ns
        why = self.failing(ask, now_ns)
        if why is not None:
            return AskFailed(ask.ask_id, now_ns, getattr(ask, "symbol", None), why)
        match ask:
            case AskDaily(ask_id, symbol, first, last):
                rows = self.market.daily(symbol)
                found = tuple(b for b in rows if first <= b.date <= last and b.date < self.date)
                return DailyRead(ask_id, now_ns, symbol, found)
            case AskQuote(ask_id, symbol):
                return QuoteRead(ask_id, now_ns, self._quote(symbol))
            case AskMinutes(ask_id, symbol, spans):
                days = tuple(MinuteDay(d, self._between(symbol, d, a, b)) for d, a, b in spans)
                return MinutesRead(ask_id, now_ns, symbol, days)
            case AskIndex(ask_id):
                if not self._last:
                    return AskFailed(ask_id, now_ns, None, "not yet")
                return IndexRead(ask_id, now_ns, self._level())
            case AskIndexDays(ask_id, index, first, last):
                rows_ = self.market.index(index)
                days_ = tuple(r for r in rows_ if first <= r.date <= last and r.date < self.date)
                return IndexDaysRead(ask_id, now_ns, index, days_)
            case AskFlows(ask_id, symbol):
                return FlowsRead(ask_id, now_ns, symbol, self._flows(symbol))
            case AskEstimates(ask_id, symbol):
                return EstimatesRead(ask_id, now_ns, symbol, self._estimates(symbol))
            case AskProgram(ask_id, symbol):
                return ProgramRead(ask_id, now_ns, symbol, self._program(symbol))
            case AskMarketProgram(ask_id, market):
                return ProgramNet(market, now_ns, self._market_net(), ask_id)
            case AskOwn(ask_id, subject, text):
                told = self.own(subject, text, now_ns) if self.own else None
                if told is None:
                    return AskFailed(ask_id, now_ns, None, f"no {subject}")
                return OwnRead(ask_id, now_ns, subject, told)

    def _between(self, symbol: str, day: str, first: str, last: str) -> tuple[Row, ...]:
        begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (first, last))
        if day == self.date:  # the minute that is being made is nobody's history
            end = min(end, minute_of_day(self.now_ns) - 1)
        elif day > self.date:
            return ()
        rows = self._rows.get(symbol) if day == self.date else None
        if rows is None:
            rows = self.market.minutes(symbol, day)
        return tuple(row for row in rows if begin <= row[0] <= end)

    def _passed(self, symbol: str) -> Sofar:
        """Shares, KRW, open, high and low of the prints so far."""
        at_ns, sofar = self._sofar.get(symbol, ([], []))
        place = bisect_right(at_ns, self.now_ns)
        return sofar[place - 1] if place else (0, 0, None, None, None)

    def _quote(self, symbol: str) -> PriceQuote:
        base = self._base.get(symbol, 0)
        price = self._last.get(symbol) or base
        volume, value, opened, high, low = self._passed(symbol)
        return quote(
            symbol, price, self.now_ns, base_krw=base, upper_krw=base * 13 // 10,
            lower_krw=base * 7 // 10, open_krw=opened, high_krw=high, low_krw=low,
            cum_volume=volume, cum_value_krw=value,
        )  # fmt: skip

    def _flows(self, symbol: str) -> tuple[InvestorDay, ...]:
        past = [row for row in self.market.flows(symbol) if row.date < self.date][-29:]
        today = InvestorDay(symbol, self.date, self._last.get(symbol, 0), 0, None, None, None)
        return (*past, today)

    def _estimates(self, symbol: str) -> tuple[InvestorEstimate, ...]:
        """What the day's nets come to in the end, a part of it at each time: of the day so far."""
        volume, *_ = self._passed(symbol)
        lean = (zlib.crc32(f"{symbol} {self.date}".encode()) % 21 - 10) / 100
        now_min = minute_of_day(self.now_ns)
        return tuple(
            InvestorEstimate(symbol, at, int(lean * volume * part), int(-lean * volume * part / 2),
                             int(lean * volume * part / 2))
            for at, part in ESTIMATES
            if int(at[:2]) * 60 + int(at[3:]) <= now_min
        )  # fmt: skip

    def _program(self, symbol: str) -> StockProgram | None:
        volume, value, *_ = self._passed(symbol)
        if not volume:
            return None
        lean = (zlib.crc32(f"program {symbol} {self.date}".encode()) % 21 - 10) / 100
        net, net_krw = int(lean * volume), int(lean * value)
        flow = ProgramFlow(max(0, -net_krw), max(0, net_krw), net_krw)
        price = self._last.get(symbol) or self._base.get(symbol, 1)
        return StockProgram(
            symbol, self.now_ns, price, volume, max(0, -net), max(0, net), net, flow, None
        )

    def _market_net(self) -> int:
        return (
            int((self._level().level_pt - self._previous_pt) * 1_000_000_000) if self._last else 0
        )

    def _level(self) -> IndexLevel:
        moves = [price / self._base[s] for s, price in self._last.items() if self._base.get(s)]
        move = sum(moves) / len(moves) if moves else 1.0
        level = (self._previous_pt * Decimal(str(round(move, 6)))).quantize(Decimal("0.01"))
        opened, high, low = self._index or (level, level, level)
        self._index = (opened, max(high, level), min(low, level))
        return IndexLevel("0001", self.now_ns, self.now_ns, level, *self._index, self._previous_pt)

    # -- what came of it

    def decisions(self, before_ns: int | None = None) -> list[tuple[int, str]]:
        """Return what was asked of the OMS, with its instant, up to an instant."""
        return [
            (at_ns, intent.model_dump_json())
            for at_ns, intent in self.intents
            if before_ns is None or at_ns < before_ns
        ]

    def outputs(self, before_ns: int) -> list[str]:
        """Return all that was asked and noted in turns before an instant, as text."""
        found: list[str] = []
        at_ns = self._start_ns
        for record in self.records:
            if isinstance(record, Turn):
                at_ns = max(at_ns, getattr(record.told, "at_ns", 0) or 0)
                if at_ns >= before_ns:
                    break
                if record.output is not None:
                    found.append(repr(record.output))
        return found


def _pass(sofar: tuple[list[int], list[Sofar]], trade: Trade) -> None:
    price = trade.price_krw
    _, _, opened, high, low = sofar[1][-1] if sofar[1] else (0, 0, None, None, None)
    sofar[0].append(trade.at_ns)
    sofar[1].append(
        (
            trade.cum_volume,
            trade.cum_value_krw,
            price if opened is None else opened,
            price if high is None else max(high, price),
            price if low is None else min(low, price),
        )
    )


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
