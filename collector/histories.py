"""Histories that readers ask for: from KIS over REST, remembered while they cannot change.

Days that are over are kept, a bounded number of answers, oldest use first out; what changes at
known times of the day is kept until the next of them. The same question asked twice at once is
asked of KIS once.
"""

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Sequence
from datetime import date, time, timedelta
from typing import Any, Protocol

from kis_core.clock import Clock
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns, midnight_ns
from kis_core.wire.quotes.flow_replies import ESTIMATE_TIMES, InvestorDay, InvestorEstimate
from kis_core.wire.quotes.market_requests import Board
from kis_core.wire.quotes.program_replies import BoardProgram, StockProgram
from kis_core.wire.quotes.replies import PriceQuote

ESTIMATE_MARGIN_NS = 10 * MINUTE_NS
"""How far from its time an estimate may be published, either way (kis_api.md §7)."""
AWAITED_NS = 10 * SECOND_NS  # how long an answer counts that lacks an estimate which is due
PROGRAMS_NS = 3 * SECOND_NS  # likewise, of program trading so far
SETTLING_NS = 5 * MINUTE_NS  # likewise, of today's investors: corrected in the evening
CLOCKS_APART_NS = 5 * SECOND_NS  # KIS's clock and ours, at most


class Quotes(Protocol):
    """What the collector asks of the market; `kis_core.net.quotes.KisQuotes` fits."""

    async def price(self, symbol: str) -> PriceQuote: ...

    async def minute_bars_today(self, symbol: str, until_ns: int | None = None) -> list[Bar]: ...

    async def minute_bars_on(
        self, symbol: str, day: date, from_hhmmss: str, to_hhmmss: str
    ) -> list[Bar]: ...

    async def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]: ...

    async def index_level(self, code: str) -> IndexLevel: ...

    async def index_days(self, code: str, first: date, last: date) -> list[IndexDay]: ...


class Flows(Protocol):
    """What the collector asks of those who trade; `kis_core.net.flows.KisFlows` fits."""

    async def investor_days(self, symbol: str) -> list[InvestorDay]: ...

    async def investor_estimates(self, symbol: str) -> list[InvestorEstimate]: ...

    async def programs(self, symbol: str) -> list[StockProgram]: ...

    async def board_programs(self, board: Board) -> list[BoardProgram]: ...


class Histories:
    """Answers to questions about the past, and about now. All raise KisError."""

    def __init__(
        self,
        quotes: Quotes,
        flows: Flows,
        clock: Clock,
        calendar: TradingCalendar,
        remembered_max: int,
    ) -> None:
        self._quotes = quotes
        self._flows = flows
        self._clock = clock
        self._calendar = calendar
        self._remembered_max = remembered_max
        self._remembered: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()  # until, what
        self._asking: dict[Hashable, asyncio.Task[Any]] = {}
        self.quoted: Callable[[PriceQuote], None] = lambda _: None  # told of every price asked
        self.hits = 0
        self.misses = 0

    async def daily(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        """Return the completed days first..last, ascending."""
        last = min(last, self._last_completed())
        if last < first:
            return []
        bars: list[DailyBar] = await self._answer(
            ("daily", symbol, first, last),
            _for_ever if last < self._clock.now().date() else _not_at_all,
            lambda: self._quotes.daily_bars(symbol, first, last),
        )
        return bars

    async def minutes(self, symbol: str, day: date, first: time, last: time) -> list[Bar]:
        """Return the completed minutes of a day that start from first to last, ascending."""
        from_ns, to_ns = instant_ns(day, first), instant_ns(day, last)
        today = self._clock.now().date()
        if day > today or to_ns < from_ns:
            return []
        if day == today:
            until_ns = min(self._clock.now_ns(), to_ns + MINUTE_NS)
            bars: list[Bar] = await self._answer(
                ("today", symbol, from_ns, until_ns // MINUTE_NS),
                _not_at_all,
                lambda: self._quotes.minute_bars_today(symbol, until_ns),
            )
        else:
            bars = await self._answer(
                ("minutes", symbol, day, first, last),
                _for_ever,
                lambda: self._quotes.minute_bars_on(
                    symbol, day, f"{first:%H%M}00", f"{last:%H%M}00"
                ),
            )
        return [bar for bar in bars if from_ns <= bar.start_ns <= to_ns]

    async def quote(self, symbol: str) -> PriceQuote:
        """Return the current price."""
        told = await self._quotes.price(symbol)
        self.quoted(told)
        return told

    async def level(self, index: str) -> IndexLevel:
        """Return the level of an index now."""
        level: IndexLevel = await self._answer(
            ("level", index), _not_at_all, lambda: self._quotes.index_level(index)
        )
        return level

    async def index_days(self, index: str, first: date, last: date) -> list[IndexDay]:
        """Return the completed days first..last of an index, ascending."""
        last = min(last, self._last_completed())
        if last < first:
            return []
        days: list[IndexDay] = await self._answer(
            ("index", index, first, last),
            _for_ever if last < self._clock.now().date() else _not_at_all,
            lambda: self._quotes.index_days(index, first, last),
        )
        return days

    async def investor_days(self, symbol: str) -> list[InvestorDay]:
        """Return who bought on the last 30 days, ascending; of today nothing before the close.

        Today's row is blank until some time after the close and corrected for some time after
        that. What was said before the close counts until then, and not a moment longer.
        """
        now = self._clock.now()
        today = now.date()
        session = self._calendar.is_session(today)
        closes_ns = instant_ns(today, self._calendar.hours(today).closes) if session else None
        open_still = closes_ns is not None and self._clock.now_ns() < closes_ns
        newest = self._calendar.previous(today)

        def until_ns(days: Sequence[InvestorDay]) -> int:
            told = [day.date for day in days if _told(day)]
            if not told or told[-1] < newest.isoformat():
                return 0  # yesterday's is not there yet
            if closes_ns is None:
                return midnight_ns(today + timedelta(days=1))
            if open_still:
                return closes_ns
            return self._clock.now_ns() + SETTLING_NS if told[-1] == today.isoformat() else 0

        found: list[InvestorDay] = await self._answer(
            ("flows", symbol, today, open_still),
            until_ns,
            lambda: self._flows.investor_days(symbol),
        )
        return found

    async def estimates(self, symbol: str) -> list[InvestorEstimate]:
        """Return the estimates of today's net buying made so far, ascending.

        None is told before its time, though KIS may publish it a little earlier. KIS says no date:
        an answer with an estimate that is far from due is another day's, and tells nothing.
        """
        today = self._clock.now().date()
        due = [(said, instant_ns(today, time.fromisoformat(said))) for said in ESTIMATE_TIMES]
        passed = sum(at_ns <= self._clock.now_ns() for _, at_ns in due)

        def until_ns(estimates: Sequence[InvestorEstimate]) -> int:
            now_ns = self._clock.now_ns()
            another = _of_another_day(estimates, today, now_ns)
            there = set() if another else {estimate.time for estimate in estimates}
            lacking = [at_ns for said, at_ns in due if said not in there]
            if not lacking:
                return midnight_ns(today + timedelta(days=1))
            return max(min(lacking), now_ns + AWAITED_NS)

        found: list[InvestorEstimate] = await self._answer(
            ("estimates", symbol, today, passed),
            until_ns,
            lambda: self._flows.investor_estimates(symbol),
        )
        now_ns = self._clock.now_ns()
        if not self._calendar.is_session(today) or _of_another_day(found, today, now_ns):
            return []
        return [each for each in found if _at_ns(each, today) <= now_ns]

    async def programs(self, symbol: str) -> list[StockProgram]:
        """Return a stock's program trading of today so far, ascending."""
        found: list[StockProgram] = await self._answer(
            ("program", symbol), self._a_moment, lambda: self._flows.programs(symbol)
        )
        return self._so_far(found)

    async def board_programs(self, board: Board) -> list[BoardProgram]:
        """Return a market's program trading of today's last half hour, ascending."""
        found: list[BoardProgram] = await self._answer(
            ("board", board), self._a_moment, lambda: self._flows.board_programs(board)
        )
        return self._so_far(found)

    def _a_moment(self, _answer: object) -> int:
        return self._clock.now_ns() + PROGRAMS_NS

    def _so_far[T: (StockProgram, BoardProgram)](self, rows: list[T]) -> list[T]:
        """Leave out what lies ahead: KIS tells times without a date, in the morning yesterday's."""
        if not self._calendar.is_session(self._clock.now().date()):
            return []
        latest_ns = self._clock.now_ns() + CLOCKS_APART_NS
        return [row for row in rows if row.at_ns <= latest_ns]

    def _last_completed(self) -> date:
        """Today's bar is a completed one only once the closing auction is over."""
        now = self._clock.now()
        today = now.date()
        if self._calendar.is_session(today) and now.time() < self._calendar.hours(today).closes:
            return today - timedelta(days=1)
        return today

    async def _answer(
        self,
        question: Hashable,
        until_ns: Callable[[Any], int],
        ask: Callable[[], Awaitable[Any]],
    ) -> Any:
        """Return the answer; `until_ns` says of it how long it is remembered."""
        known_until_ns, known = self._remembered.get(question, (0, None))
        if self._clock.now_ns() < known_until_ns:
            self._remembered.move_to_end(question)
            self.hits += 1
            return known
        task = self._asking.get(question)
        if task is None:
            self.misses += 1
            task = asyncio.ensure_future(ask())
            self._asking[question] = task
            task.add_done_callback(lambda done: self._asked(question, done))
        # A reader that hangs up must not take the answer away from the others who wait for it.
        answer = await asyncio.shield(task)
        if (until := until_ns(answer)) > self._clock.now_ns():
            self._remembered[question] = (until, answer)
            self._remembered.move_to_end(question)
            if len(self._remembered) > self._remembered_max:
                self._remembered.popitem(last=False)
        return answer

    def _asked(self, question: Hashable, done: asyncio.Task[Any]) -> None:
        self._asking.pop(question, None)
        if not done.cancelled():
            done.exception()  # whoever still waits gets it; perhaps nobody does


def _for_ever(_answer: object) -> int:
    return sys.maxsize


def _not_at_all(_answer: object) -> int:
    return 0


def _told(day: InvestorDay) -> bool:
    return None not in (day.individual, day.foreign, day.institution)


def _at_ns(estimate: InvestorEstimate, today: date) -> int:
    return instant_ns(today, time.fromisoformat(estimate.time))


def _of_another_day(estimates: Sequence[InvestorEstimate], today: date, now_ns: int) -> bool:
    return any(_at_ns(each, today) > now_ns + ESTIMATE_MARGIN_NS for each in estimates)
