"""A made-up day for KMP, told step by step: one stock breaks out and others follow it.

Histories are such that every symbol has a trend, a baseline of 100 shares a minute and of 15 M KRW
in the opening window. The opening range is 10,000 to 10,200 with five times the usual value. What
the OMS says is said by the test.
"""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from kis_core.clock import kst
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import DailyBar, IndexLevel, SlotsGranted, Timer, Trade
from kis_core.market.instants import SECOND_NS, instant_ns
from kis_core.wire.quotes.replies import PriceQuote
from oms_client.contract import (
    AllocationChanged,
    Enter,
    Intent,
    IntentStatus,
    OrderAccepted,
    OrderClosed,
    OrderFilled,
    OrderState,
    StopFired,
)
from strategy_kmp.decision.phases import Stage
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import Name, State
from strategy_kmp.kmp import PAST_SESSIONS, Kmp
from strategy_runtime.contract import (
    Ask,
    AskDaily,
    AskFailed,
    AskIndex,
    AskMarketProgram,
    AskMinutes,
    AskQuote,
    BooksRead,
    DailyRead,
    Entered,
    IndexRead,
    Lenient,
    MinuteDay,
    MinutesRead,
    Missed,
    ProgramNet,
    QuoteRead,
    RoundTrip,
    Said,
    Step,
    StrategyEvent,
)
from strategy_runtime.timetable import trading_day
from tests.play.day import quote
from tests.play.paper_oms import account_view, answered

DAY = "2025-09-03"
ON = date.fromisoformat(DAY)
TODAY = trading_day(ON, krx_calendar(), PAST_SESSIONS)
SYMBOL = "005930"
OTHERS = ("000660", "035420")
BASE = 10_000  # yesterday's close
HIGH, LOW = 10_200, 10_000  # the opening range
OPENING_VOLUME = 500  # shares a minute; 100 are usual


@dataclass
class Histories:
    """What is answered to what KMP asks. A test may change any of it before the story begins."""

    daily: dict[str, list[DailyBar]] = field(default_factory=dict)
    quotes: dict[str, PriceQuote] = field(default_factory=dict)
    opening: dict[str, list[tuple[int, int, int, int, int, int]]] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)  # newest price, told to who asks
    program: dict[str, int] = field(default_factory=dict)  # net buying by market, KRW
    silent: set[str] = field(default_factory=set)  # kinds that are not answered
    failing: set[str] = field(default_factory=set)  # kinds that fail
    refusing: set[str] = field(default_factory=set)  # kinds that the broker does not offer

    def kind(self, ask: Ask) -> str:
        return ask.ask_id.split("-")[0]

    def answer(self, ask: Ask, now_ns: int) -> StrategyEvent | None:
        """Return the answer to a question, or None where there is none."""
        kind = self.kind(ask)
        if kind in self.silent:
            return None
        if kind in self.failing:
            return AskFailed(ask.ask_id, now_ns, getattr(ask, "symbol", None), "away")
        if kind in self.refusing:
            why = "OPSQ0002: not on paper"
            return AskFailed(ask.ask_id, now_ns, getattr(ask, "symbol", None), why, offered=False)
        match ask:
            case AskDaily(ask_id, symbol):
                bars = self.daily.get(symbol) or rising(symbol)
                return DailyRead(ask_id, now_ns, symbol, tuple(bars))
            case AskQuote(ask_id, symbol):
                known = self.quotes.get(symbol) or quote(
                    symbol, self.last.get(symbol, BASE), now_ns
                )
                return QuoteRead(ask_id, now_ns, known)
            case AskMinutes(ask_id, symbol, spans):
                days = tuple(self._minutes(symbol, day) for day, _, _ in spans)
                return MinutesRead(ask_id, now_ns, symbol, days)
            case AskIndex(ask_id):
                return IndexRead(ask_id, now_ns, level(now_ns))
            case AskMarketProgram(ask_id, market):
                return ProgramNet(market, now_ns, self.program.get(market, 0), ask_id)
        raise AssertionError(f"KMP does not ask {ask!r}")

    def _minutes(self, symbol: str, day: str) -> MinuteDay:
        if day == DAY:
            return MinuteDay(day, tuple(self.opening.get(symbol) or opening()))
        price = BASE
        return MinuteDay(day, tuple((540 + m, price, price, price, price, 100) for m in range(120)))


def rising(symbol: str, days: int = 80, step: int = 10) -> list[DailyBar]:
    """Return daily bars that rise to BASE, the last of them yesterday's."""
    dates = trading_day(ON, krx_calendar(), days).past
    closes = [BASE - step * (days - 1 - i) for i in range(days)]
    return [
        DailyBar(symbol, day.date, c, c, c, c, 1_000_000)
        for day, c in zip(dates, closes, strict=True)
    ]


def opening(volume: int = OPENING_VOLUME) -> list[tuple[int, int, int, int, int, int]]:
    """Return the bars of 09:00 to 09:14."""
    return [
        (540 + m, LOW, HIGH if m == 7 else LOW + 100, LOW, LOW + 100, volume) for m in range(15)
    ]


def level(now_ns: int, points: str = "3200.00", low: str = "3190.00") -> IndexLevel:
    """Return a KOSPI that has moved 0.6 % today, from a previous close of 3,200."""
    return IndexLevel(
        "0001", now_ns, now_ns, Decimal(points), Decimal("3200.00"), Decimal("3210.00"),
        Decimal(low), Decimal("3200.00"),
    )  # fmt: skip


class Story:
    """One made-up day. Times are "09:20:05"."""

    def __init__(self, rules: Rules, universe: tuple[str, ...] = (SYMBOL, *OTHERS)) -> None:
        self.rules = rules
        self.kmp = Kmp("KMP", rules, {symbol: f"Sector{symbol}" for symbol in universe})
        self.day = TODAY
        self.state: State = self.kmp.open(self.day)
        self.histories = Histories()
        self.index: str | None = "3200.00"  # None: silent
        self.leader: str | None = OTHERS[0]  # trades busily above its VWAP, and never breaks out
        self.intents: list[Intent] = []
        self.asks: list[Ask] = []
        self.said: list[Said] = []
        self.trips: list[RoundTrip] = []
        self.lenient: list[Lenient] = []
        self.entered: list[Entered] = []
        self.missed: list[Missed] = []
        self.told: list[StrategyEvent] = []
        self.steps: list[Step[State]] = []
        self._sums: dict[str, list[int]] = {}
        self._seq = 0
        self._cost = 0

    # telling

    def ns(self, at: str) -> int:
        return instant_ns(ON, time.fromisoformat(at))

    def tell(self, event: StrategyEvent) -> Step[State]:
        """Tell one event; histories answer at once."""
        self.told.append(event)
        step = self.kmp.decide(self.state, event)
        self.steps.append(step)
        self.state = step.state
        self.intents += step.intents
        for note in step.notes:
            if isinstance(note, Said):
                self.said.append(note)
            elif isinstance(note, RoundTrip):
                self.trips.append(note)
            elif isinstance(note, Lenient):
                self.lenient.append(note)
            elif isinstance(note, Entered):
                self.entered.append(note)
            elif isinstance(note, Missed):
                self.missed.append(note)
        for ask in step.asks:
            self.asks.append(ask)
            answer = self.histories.answer(ask, self.state.now_ns)
            if answer is not None:
                self.tell(answer)
        return step

    def account(self, **changes: Any) -> "Story":
        books = BooksRead(
            at=kst(self.state.now_ns or self.ns("08:30:00")),
            account=account_view(**changes),
            allocations=(),
            orders=(),
        )
        self.tell(books)
        return self

    def until(self, at: str) -> "Story":
        """Let the seconds pass up to a time; index and leader are heard every ten of them."""
        now_ns, end_ns = self.state.now_ns, self.ns(at)
        now_ns = max(now_ns - now_ns % SECOND_NS, self.ns("08:30:00") - SECOND_NS)
        while now_ns < end_ns:
            now_ns += SECOND_NS
            self.tell(Timer(now_ns))
            if now_ns % (10 * SECOND_NS) == 0 and now_ns >= self.ns("09:00:00"):
                if self.index:
                    self.tell(level(now_ns, self.index))
                if self.leader and now_ns > self.ns("09:15:00"):
                    self._print(self.leader, now_ns, LOW + 150, 200)
        return self

    def ready(self, at: str = "09:16:00") -> "Story":
        """Prepare, scan, and hear all symbols; every one of them leads."""
        self.account()
        self.until("08:30:03")
        self.tell(Timer(self.ns("09:14:00")))
        self.until("09:15:10")
        for symbol in self.kmp.sectors:
            self.trade("09:15:10", LOW + 150, symbol)
        self.until(at)
        return self

    def trade(
        self, at: str, price: int, symbol: str = SYMBOL, volume: int = 1000, **more: Any
    ) -> Step[State]:
        """Tell a print; time passes up to it."""
        self.until(at[:8])
        return self._print(symbol, self.ns(at), price, volume, **more)

    def _print(self, symbol: str, at_ns: int, price: int, volume: int, **more: Any) -> Step[State]:
        if symbol not in self._sums:
            rows = (self.histories.opening.get(symbol) or opening())[:15]
            self._sums[symbol] = [
                sum(row[5] for row in rows), sum(row[5] * row[4] for row in rows)
            ]  # fmt: skip
        sums = self._sums[symbol]
        sums[0] += volume
        sums[1] += volume * price
        self.histories.last[symbol] = price
        known: dict[str, Any] = {
            "arrived_ns": at_ns, "aggressor": 1, "ask_krw": price + 10, "bid_krw": price,
            "in_auction": False, "halted": False, "vi_reference_krw": None,
        } | more  # fmt: skip
        return self.tell(
            Trade(
                symbol, "KRX", at_ns, known["arrived_ns"], price, volume, sums[0], sums[1],
                known["aggressor"], known["ask_krw"], known["bid_krw"], known["in_auction"],
                known["halted"], known["vi_reference_krw"],
            )
        )  # fmt: skip

    def break_out(self, at: str = "09:20:00", symbol: str = SYMBOL) -> "Story":
        self.trade(at, HIGH + 50, symbol)
        return self

    def accept(self, low: str = "09:20:30", high: str = "09:21:00", to: int = 10_150) -> "Story":
        """Pull back below the opening high and reclaim it."""
        self.trade(low, to)
        self.trade(high, HIGH + 20)
        return self

    def armed(self) -> Enter:
        """Break, pull back, reclaim; return the entry asked for."""
        self.break_out().accept()
        entry = self.intents[-1]
        assert isinstance(entry, Enter)
        return entry

    # the OMS's side

    def answer(
        self,
        status: IntentStatus = IntentStatus.APPROVED,
        intent: Intent | None = None,
        **more: Any,
    ) -> Step[State]:
        return self.tell(answered(intent or self.intents[-1], self.state.now_ns, status, **more))

    def filled(self, intent: Intent, shares: int, price: int, side: str = "BUY") -> None:
        value = shares * price
        self._tell(
            OrderFilled, intent, side=side, shares=shares, value_krw=value, filled=shares,
            filled_value_krw=value, cost_krw=value * 140 // 1_000_000,
        )  # fmt: skip

    def accepted(self, intent: Intent) -> None:
        self._tell(OrderAccepted, intent, broker_id="0000000001")

    def closed(self, intent: Intent, state: OrderState, side: str = "BUY", filled: int = 0) -> None:
        self._tell(
            OrderClosed, intent, side=side, state=state, filled=filled,
            filled_value_krw=0, why=state.value.lower(),
        )  # fmt: skip

    def holds(
        self, shares: int, cost: int = 0, stop: int | None = None, realised: int = 0,
        symbol: str = SYMBOL,
    ) -> None:  # fmt: skip
        self._seq += 1
        self.tell(
            AllocationChanged(
                seq=self._seq, at=kst(self.state.now_ns), strategy_id="KMP", symbol=symbol,
                shares=shares, cost_krw=cost, stop_krw=stop, realised_krw=realised, why="fill",
            )
        )  # fmt: skip

    def bought(self, entry: Enter, shares: int | None = None, price: int = HIGH + 20) -> None:
        """Fill an entry, whole or in part."""
        count = shares or entry.shares
        self._cost = count * price + count * price * 140 // 1_000_000
        self.answer(intent=entry)
        self.accepted(entry)
        self.filled(entry, count, price)
        self.holds(count, count * price, entry.stop_krw)
        if count == entry.shares:
            self.closed(entry, OrderState.FILLED, filled=count)

    def sold(self, intent: Intent, shares: int, price: int) -> None:
        """Fill an exit whole."""
        self.filled(intent, shares, price, "SELL")
        self.closed(intent, OrderState.FILLED, "SELL", shares)
        value = shares * price
        fees = value * 140 // 1_000_000 + value * 1500 // 1_000_000
        self.holds(0, realised=value - fees - self._cost)

    def stop_fired(self, stop: int, price: int) -> None:
        self._seq += 1
        self.tell(
            StopFired(
                seq=self._seq, at=kst(self.state.now_ns), strategy_id="KMP", symbol=SYMBOL,
                order_id="o-stop", stop_krw=stop, price_krw=price,
            )
        )  # fmt: skip

    def _tell(self, shape: Any, intent: Intent, **fields: Any) -> None:
        self._seq += 1
        self.tell(
            shape(
                seq=self._seq, at=kst(self.state.now_ns), strategy_id="KMP", symbol=intent.symbol,
                order_id=f"o-{intent.intent_id}", intent_id=intent.intent_id, **fields,
            )
        )  # fmt: skip

    # looking

    @property
    def name(self) -> Name:
        return self.state.names[SYMBOL]

    @property
    def phase(self) -> Stage:
        return self.name.stage

    def says(self, text: str, symbol: str | None = None) -> list[Said]:
        return [s for s in self.said if text in s.text and symbol in (None, s.symbol)]

    def stopped(self, gate: str, symbol: str = SYMBOL) -> bool:
        minutes = self.state.funnel.stopped.get(gate, {})
        return any(symbol in symbols for symbols in minutes.values())

    def granted(self, *symbols: str, refused: tuple[str, ...] = ()) -> None:
        self.tell(SlotsGranted(self.state.now_ns, symbols, refused))
