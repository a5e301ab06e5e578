"""Histories that readers ask for: from KIS over REST, remembered where they cannot change.

Days that are over are kept, a bounded number of answers, oldest use first out. The same question
asked twice at once is asked of KIS once.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from datetime import date, time, timedelta
from typing import Any, Protocol

from kis_core.clock import Clock
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.wire.quotes.replies import PriceQuote


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


class Histories:
    """Answers to questions about the past, and about now. All raise KisError."""

    def __init__(
        self, quotes: Quotes, clock: Clock, calendar: TradingCalendar, remembered_max: int
    ) -> None:
        self._quotes = quotes
        self._clock = clock
        self._calendar = calendar
        self._remembered_max = remembered_max
        self._remembered: OrderedDict[Hashable, Any] = OrderedDict()
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
            last < self._clock.now().date(),
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
                False,
                lambda: self._quotes.minute_bars_today(symbol, until_ns),
            )
        else:
            bars = await self._answer(
                ("minutes", symbol, day, first, last),
                True,
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
            ("level", index), False, lambda: self._quotes.index_level(index)
        )
        return level

    async def index_days(self, index: str, first: date, last: date) -> list[IndexDay]:
        """Return the completed days first..last of an index, ascending."""
        last = min(last, self._last_completed())
        if last < first:
            return []
        days: list[IndexDay] = await self._answer(
            ("index", index, first, last),
            last < self._clock.now().date(),
            lambda: self._quotes.index_days(index, first, last),
        )
        return days

    def _last_completed(self) -> date:
        """Today's bar is a completed one only once the closing auction is over."""
        now = self._clock.now()
        today = now.date()
        if self._calendar.is_session(today) and now.time() < self._calendar.hours(today).closes:
            return today - timedelta(days=1)
        return today

    async def _answer(
        self, question: Hashable, keeps: bool, ask: Callable[[], Awaitable[Any]]
    ) -> Any:
        if question in self._remembered:
            self._remembered.move_to_end(question)
            self.hits += 1
            return self._remembered[question]
        task = self._asking.get(question)
        if task is None:
            self.misses += 1
            task = asyncio.ensure_future(ask())
            self._asking[question] = task
            task.add_done_callback(lambda done: self._asked(question, done))
        # A reader that hangs up must not take the answer away from the others who wait for it.
        answer = await asyncio.shield(task)
        if keeps:
            self._remembered[question] = answer
            if len(self._remembered) > self._remembered_max:
                self._remembered.popitem(last=False)
        return answer

    def _asked(self, question: Hashable, done: asyncio.Task[Any]) -> None:
        self._asking.pop(question, None)
        if not done.cancelled():
            done.exception()  # whoever still waits gets it; perhaps nobody does
