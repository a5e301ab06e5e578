"""Histories a decision asks for, fetched with bounded concurrency and told to it as events.

The answer is journaled like everything else, so a replay needs no history of its own. What fails
for a passing reason is tried a few times; then the decision is told so, and it decides whether and
when to ask again. Asked first, served first.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, time
from functools import partial
from typing import Protocol

from kis_core.clock import Clock
from kis_core.errors import KisError, NotOffered, RateLimited, TooEarly, Unreachable
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel
from kis_core.market.instants import minute_of_day
from kis_core.wire.quotes.flow_replies import InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import BoardProgram, StockProgram
from kis_core.wire.quotes.replies import PriceQuote
from strategy_runtime.contract import (
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
)
from strategy_runtime.inbox import Inbox

WORKERS = 6  # at a time: the collector's REST budget is the bottleneck, not we
TRIES = 3
PAUSE_S = 0.5  # world seconds, doubled each time
RETRY_AFTER_MAX_S = 5.0


class Histories(Protocol):
    """The part of Feed that answers questions."""

    async def daily_bars(self, symbol: str, first: date, last: date) -> Sequence[DailyBar]:
        """Return completed days, oldest first."""
        ...

    async def minute_bars(self, symbol: str, day: date, first: time, last: time) -> Sequence[Bar]:
        """Return completed minutes of a day, oldest first."""
        ...

    async def quote(self, symbol: str) -> PriceQuote:
        """Return the current price of a symbol."""
        ...

    async def index_level(self, index: str) -> IndexLevel:
        """Return the newest level of an index."""
        ...

    async def index_days(self, index: str, first: date, last: date) -> Sequence[IndexDay]:
        """Return completed days of an index, oldest first."""
        ...

    async def flows(self, symbol: str) -> Sequence[InvestorDay]:
        """Return who bought on the last 30 days, oldest first."""
        ...

    async def estimates(self, symbol: str) -> Sequence[InvestorEstimate]:
        """Return the estimates made so far today, oldest first."""
        ...

    async def program(self, symbol: str) -> StockProgram | None:
        """Return program trading of a symbol so far today; None: there was none."""
        ...

    async def market_program(self, market: str) -> BoardProgram | None:
        """Return program trading of KOSPI or KOSDAQ so far today; None: there was none."""
        ...


class Own(Protocol):
    """A strategy's own research: what AskOwn asks."""

    async def answer(self, subject: str, text: str) -> str:
        """Return the answer. Raises KisError where there is none."""
        ...


class Preparation:
    """Answers what a decision asks."""

    def __init__(
        self,
        histories: Histories,
        inbox: Inbox,
        clock: Clock,
        workers: int = WORKERS,
        own: Own | None = None,
    ) -> None:
        self._own = own
        self._histories = histories
        self._inbox = inbox
        self._clock = clock
        self._tasks: asyncio.TaskGroup | None = None
        self._workers_max = workers
        self._workers = 0
        # A price that a position waits for must not stand behind a morning's histories.
        self._urgent: deque[Ask] = deque()
        self._waiting: deque[Ask] = deque()

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Say in which group the workers run."""
        self._tasks = tasks

    def ask(self, ask: Ask) -> None:
        """Queue a question and return at once."""
        urgent = isinstance(ask, AskQuote | AskIndex | AskEstimates | AskProgram)
        queue = self._urgent if urgent else self._waiting
        queue.append(ask)
        assert self._tasks is not None, "not started"
        if self._workers < self._workers_max:
            self._workers += 1
            self._tasks.create_task(self._work())

    async def _work(self) -> None:
        try:
            while queue := self._urgent or self._waiting:
                answer = await self._answer(queue.popleft())
                self._inbox.push(answer)
        finally:
            self._workers -= 1

    async def _answer(self, ask: Ask) -> Answer:
        try:
            return await self._read(ask)
        except KisError as error:
            symbol: str | None = getattr(ask, "symbol", None)
            offered = not isinstance(error, NotOffered)
            return AskFailed(ask.ask_id, self._clock.now_ns(), symbol, str(error)[:300], offered)

    async def _read(self, ask: Ask) -> Answer:
        histories = self._histories
        match ask:
            case AskDaily(ask_id, symbol, first, last):
                span = date.fromisoformat(first), date.fromisoformat(last)
                bars = await _tried(lambda: histories.daily_bars(symbol, *span))
                return DailyRead(ask_id, self._clock.now_ns(), symbol, tuple(bars))
            case AskMinutes():
                return await self._minutes(ask)
            case AskQuote(ask_id, symbol):
                quote = await _tried(lambda: histories.quote(symbol))
                return QuoteRead(ask_id, self._clock.now_ns(), quote)
            case AskIndex(ask_id, index):
                level = await _tried(lambda: histories.index_level(index))
                return IndexRead(ask_id, self._clock.now_ns(), level)
            case AskIndexDays(ask_id, index, first, last):
                span = date.fromisoformat(first), date.fromisoformat(last)
                days = await _tried(lambda: histories.index_days(index, *span))
                return IndexDaysRead(ask_id, self._clock.now_ns(), index, tuple(days))
            case AskFlows(ask_id, symbol):
                flows = await _tried(lambda: histories.flows(symbol))
                return FlowsRead(ask_id, self._clock.now_ns(), symbol, tuple(flows))
            case AskEstimates(ask_id, symbol):
                told = await _tried(lambda: histories.estimates(symbol))
                return EstimatesRead(ask_id, self._clock.now_ns(), symbol, tuple(told))
            case AskProgram(ask_id, symbol):
                program = await _tried(lambda: histories.program(symbol))
                return ProgramRead(ask_id, self._clock.now_ns(), symbol, program)
            case AskMarketProgram():
                return await self._market_program(ask)
            case AskOwn(ask_id, subject, text):
                if self._own is None:
                    raise NotOffered("own", f"nobody answers {subject} here")
                own = await self._own.answer(subject, text)
                return OwnRead(ask_id, self._clock.now_ns(), subject, own)

    async def _market_program(self, ask: AskMarketProgram) -> ProgramNet:
        row = await _tried(lambda: self._histories.market_program(ask.market))
        if row is None or row.net_krw is None:
            raise TooEarly("program", f"no program trading of {ask.market} is told so far")
        return ProgramNet(ask.market, row.at_ns, row.net_krw, ask.ask_id)

    async def _minutes(self, ask: AskMinutes) -> MinutesRead:
        days: list[MinuteDay] = []
        missing: list[tuple[str, str]] = []
        for day, first, last in ask.spans:
            span = date.fromisoformat(day), time.fromisoformat(first), time.fromisoformat(last)
            try:
                bars = await _tried(partial(self._histories.minute_bars, ask.symbol, *span))
            except KisError as error:
                # One missing day of twenty is not a missing history; of one it is.
                if len(ask.spans) == 1:
                    raise
                missing.append((day, str(error)[:200]))
                continue
            days.append(MinuteDay(day, tuple(_row(bar) for bar in bars)))
        return MinutesRead(
            ask.ask_id, self._clock.now_ns(), ask.symbol, tuple(days), tuple(missing)
        )


async def _tried[T](question: Callable[[], Awaitable[T]]) -> T:
    """Ask, again where the reason passes; raises the last KisError."""
    pause_s = PAUSE_S
    for _ in range(TRIES - 1):
        try:
            return await question()
        except RateLimited as error:
            await asyncio.sleep(min(error.retry_after_s, RETRY_AFTER_MAX_S))
        except Unreachable:
            await asyncio.sleep(pause_s)
            pause_s *= 2
    return await question()


def _row(bar: Bar) -> tuple[int, int, int, int, int, int]:
    minute = minute_of_day(bar.start_ns)
    return (minute, bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw, bar.volume)
