"""A small strategy, a feed and an OMS, all of them made of lists."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import structlog

from kis_core.clock import KST, Clock
from kis_core.errors import KisError
from kis_core.feed import Batch, Wants
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel, Timer, Trade
from kis_core.market.instants import SECOND_NS, instant_ns
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import BoardProgram, ProgramFlow, StockProgram
from kis_core.wire.quotes.replies import PriceQuote
from oms_client.client import Line, Unanswered
from oms_client.contract import (
    AccountView,
    AllocationView,
    Exit,
    HealthView,
    Heartbeat,
    Intent,
    IntentDecided,
    IntentResult,
    IntentStatus,
    OmsEvent,
    OrderView,
)
from strategy_runtime.contract import (
    AskDaily,
    BooksRead,
    DailyRead,
    Hear,
    IntentAnswered,
    IntentUnanswered,
    Listen,
    Pulse,
    RoundTrip,
    Said,
    Session,
    Step,
    StrategyEvent,
    TradingDay,
)
from strategy_runtime.run import Edges

DATE = date(2025, 9, 3)
OPEN_NS = instant_ns(DATE, time(9))
DAY = TradingDay(Session(DATE.isoformat(), OPEN_NS, instant_ns(DATE, time(15, 30))), ())
AT = datetime(2025, 9, 3, 9, tzinfo=KST)


def trade(second: int, price: int = 10_000, symbol: str = "005930") -> Trade:
    at_ns = OPEN_NS + second * SECOND_NS
    return Trade(
        symbol, "KRX", at_ns, at_ns, price, 10, 10 * second, 10 * second * price, 1, price + 10,
        price, False, False, None,
    )  # fmt: skip


PT = Decimal("3200.12")
FLOW_DAY = InvestorDay(
    "005930", "2025-09-02", 10_000, -100, Flow(-5, -50_000), Flow(3, None), None
)  # fmt: skip
ESTIMATE = InvestorEstimate("005930", "09:30", 1_000, None, 1_000)
PROGRAM = StockProgram(
    "005930", OPEN_NS, 10_000, 70, 10, 30, 20, ProgramFlow(1, 3, 200_000), None
)  # fmt: skip
BOARD_PROGRAM = BoardProgram(
    "KOSPI", OPEN_NS, ProgramFlow(1, 2, 1), ProgramFlow(1, 2, -6), -5_000_000, PT
)  # fmt: skip


@dataclass
class Counted:
    """What the toy remembers."""

    before: int = 0  # trades of the days before
    trades: int = 0
    timers: int = 0
    now_ns: int = 0
    sold: int = 0
    daily: int = 0
    answered: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    books: int = 0
    begun: bool = False


@dataclass(frozen=True)
class Toy:
    """Asks for daily bars once, sells at every third trade, is over at 09:01:00."""

    every: int = 3
    name: str = "toy"

    @property
    def rules(self) -> Mapping[str, Any]:
        return {"every": self.every}

    @classmethod
    def strategy(cls, rules: Mapping[str, Any]) -> "Toy":
        return cls(**rules)

    def open(self, day: TradingDay, carried: str | None = None) -> Counted:
        return Counted(before=int(carried or 0))

    def carried(self, state: Counted) -> str | None:
        return str(state.before + state.trades)

    def decide(self, state: Counted, event: StrategyEvent) -> Step[Counted]:
        match event:
            case Trade():
                state.trades += 1
                state.now_ns = max(state.now_ns, event.arrived_ns)
                if state.trades % self.every == 0:
                    state.sold += 1
                    intent = Exit(
                        intent_id=f"toy-{event.symbol}-{state.sold}", symbol=event.symbol,
                        reason="third",
                    )  # fmt: skip
                    return Step(state, (intent,), notes=(Said("Sold", event.symbol),))
            case Timer(at_ns):
                state.timers += 1
                state.now_ns = max(state.now_ns, at_ns)
                if not state.begun:
                    state.begun = True
                    ask = AskDaily("daily-1", "005930", "2025-08-01", "2025-09-02")
                    listen = Listen((Hear("005930", 2, 0),), ("0001",))
                    return Step(state, asks=(ask,), listen=listen)
            case DailyRead(bars=bars):
                state.daily = len(bars)
            case IntentAnswered(result=result) | IntentDecided(result=result):
                state.answered.append(result.intent_id)
            case IntentUnanswered(intent_id=intent_id):
                state.unanswered.append(intent_id)
            case BooksRead():
                state.books += 1
            case _:
                pass
        return Step(state)

    def pulse(self, state: Counted) -> Pulse:
        return Pulse("RUNNING", 0, 0, 0, 0)

    def over(self, state: Counted) -> bool:
        return state.now_ns >= OPEN_NS + 60 * SECOND_NS

    def funnel(self, state: Counted) -> Mapping[str, Any]:
        return {"trades": state.trades, "answered": len(state.answered)}

    def trips(self, state: Counted) -> tuple[RoundTrip, ...]:
        return ()


class ToyFeed:
    """Tells batches, then nothing more; answers histories, or fails as it is told to."""

    def __init__(self, *batches: Sequence[Any]) -> None:
        self.batches = [Batch(0, tuple(events)) for events in batches]
        self.wants: list[Wants] = []
        self.asked: list[str] = []
        self.faults: list[KisError] = []
        self.programs: dict[str, Any] = {}  # by symbol or market; None: there was none

    async def want(self, wants: Wants) -> None:
        self.wants.append(wants)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        for batch in self.batches:
            yield batch
        await asyncio.Event().wait()

    def _fail(self, what: str) -> None:
        self.asked.append(what)
        if self.faults:
            raise self.faults.pop(0)

    async def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        self._fail(f"daily {symbol}")
        return [DailyBar(symbol, last.isoformat(), 1, 1, 1, 1, 1)]

    async def minute_bars(self, symbol: str, day: date, first: time, last: time) -> list[Bar]:
        self._fail(f"minutes {symbol} {day}")
        return [Bar(symbol, "KRX", instant_ns(day, first), 1, 2, 1, 2, 7)]

    async def quote(self, symbol: str) -> PriceQuote:
        self._fail(f"quote {symbol}")
        return quote(symbol)

    async def index_level(self, index: str) -> IndexLevel:
        self._fail(f"index {index}")
        raise AssertionError("no toy asks for an index")

    async def index_days(self, index: str, first: date, last: date) -> list[IndexDay]:
        self._fail(f"index days {index} {first} {last}")
        return [IndexDay(index, last.isoformat(), PT, PT, PT, PT)]

    async def flows(self, symbol: str) -> list[InvestorDay]:
        self._fail(f"flows {symbol}")
        return [FLOW_DAY]

    async def estimates(self, symbol: str) -> list[InvestorEstimate]:
        self._fail(f"estimates {symbol}")
        return [ESTIMATE]

    async def program(self, symbol: str) -> StockProgram | None:
        self._fail(f"program {symbol}")
        return self.programs.get(symbol, PROGRAM)

    async def market_program(self, market: str) -> BoardProgram | None:
        self._fail(f"program {market}")
        return self.programs.get(market, BOARD_PROGRAM)


class ToyOms:
    """Approves; keeps what it was asked; is away for the first `away` submits."""

    def __init__(self, away: int = 0, away_reads: int = 0) -> None:
        self.away = away
        self.away_reads = away_reads
        self.submitted: list[Intent] = []
        self.beats: list[Heartbeat] = []
        self.followed: list[int] = []
        self.to_tell: list[OmsEvent | Line] = []

    async def submit(self, intent: Intent) -> IntentResult | Unanswered:
        self.submitted.append(intent)
        await asyncio.sleep(0)
        if self.away:
            self.away -= 1
            return Unanswered(intent.intent_id, "away")
        return approved(intent.intent_id)

    async def account(self) -> AccountView:
        self._read()
        return account()

    async def allocations(self) -> dict[str, AllocationView]:
        self._read()
        return {}

    async def orders(self) -> list[OrderView]:
        self._read()
        return []

    async def health(self) -> HealthView:
        self._read()
        return HealthView(
            status="ok", problems=(), uptime_s=1.0, journal_seq=41, audit_seq=None, audit_lag=None,
            notices="live", balance_age_s=None, history_age_s=None, strategies={},
        )  # fmt: skip

    def _read(self) -> None:
        from oms_client.client import OmsUnreachable

        if self.away_reads:
            self.away_reads -= 1
            raise OmsUnreachable("away")

    async def heartbeat(self, beat: Heartbeat) -> None:
        self.beats.append(beat)

    async def events(self, after_seq: int) -> AsyncGenerator[OmsEvent | Line]:
        self.followed.append(after_seq)
        for item in self.to_tell:
            yield item
        await asyncio.Event().wait()


def quote(symbol: str) -> PriceQuote:
    return PriceQuote(
        symbol, 0, 10_000, 10_000, 13_000, 7_000, None, None, None, 0, 0, 10, "KOSPI200",
        False, False, False, "00", "N", None,
    )  # fmt: skip


def account() -> AccountView:
    return AccountView(
        oms_id="t", environment="sim", as_of=AT, equity_krw=1, orderable_cash_krw=1,
        realised_today_krw=0, unrealised_krw=0, daily_pnl_krw=0, daily_pnl_pct=0.0,
        gross_exposure_pct=0.0, regime="NORMAL", safe_mode=False, halt_entries=False,
        flattening=False, paused_strategies=(),
    )  # fmt: skip


def approved(intent_id: str) -> IntentResult:
    return IntentResult(
        intent_id=intent_id, status=IntentStatus.APPROVED, message="ok", received_at=AT,
        limits_hash="h",
    )  # fmt: skip


def edges(feed: ToyFeed, oms: ToyOms, clock: Clock, folder: Path) -> Edges:
    log = structlog.get_logger()
    return Edges(feed, oms, clock, log, folder)
