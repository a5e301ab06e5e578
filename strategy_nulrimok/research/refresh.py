"""Brings the research store up to date from the collector's histories, before 08:00.

Asks only what is missing against the trading calendar, a few questions at a time, and always comes
to an end. What KIS tells of today (a partial bar, a blank flow row) is never kept. A history that
the broker has adjusted since (a split, rights) no longer meets what is known: then it is asked
whole, and counts from now on.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, Protocol

from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError, RateLimited, Unreachable
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import DailyBar, IndexDay
from kis_core.market.symbols import is_preferred
from kis_core.postgres import to_kst_naive
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay
from kis_core.wire.quotes.replies import PriceQuote
from strategy_nulrimok.research.missing import completed_sessions, not_in
from strategy_nulrimok.research.rows import (
    KOSPI,
    DailyRow,
    Dataset,
    FlowRow,
    IndexRow,
    ListingRow,
    Rows,
    Span,
)
from strategy_nulrimok.research.store import ResearchStore

SOURCE = "kis"
AT_ONCE = 6  # the collector's REST budget is the bottleneck, not we
ROUNDS = 3  # what failed for a passing reason is asked again after all others
FLOW_SESSIONS = 30  # as many as KIS tells
PROGRESS_EVERY = 50
_UNTOLD = Flow(None, None)
_ASK_S = 60.0  # world seconds
_PAUSE_MAX_S = 5.0
_WARNINGS: Mapping[str, Literal["NONE", "CAUTION", "WARNING", "RISK"]] = {
    "00": "NONE",
    "01": "CAUTION",
    "02": "WARNING",
    "03": "RISK",
}


class Histories(Protocol):
    """The part of the collector's histories that research is made from."""

    async def daily_bars(self, symbol: str, first: date, last: date) -> Sequence[DailyBar]:
        """Return completed days, oldest first."""
        ...

    async def index_days(self, index: str, first: date, last: date) -> Sequence[IndexDay]:
        """Return completed days of an index, oldest first."""
        ...

    async def flows(self, symbol: str) -> Sequence[InvestorDay]:
        """Return who bought on the last 30 days, oldest first."""
        ...

    async def quote(self, symbol: str) -> PriceQuote:
        """Return the current price of a symbol, and its standing."""
        ...


class Log(Protocol):
    """Where the phrases of the runbook go."""

    def info(self, event: str, **facts: Any) -> Any: ...

    def warning(self, event: str, **facts: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of it: subjects populated, new rows, and why others were not, by "what symbol"."""

    daily: int
    flow: int
    index: int
    listing: int
    new: int
    asked: int
    errors: Mapping[str, str]
    refused: tuple[str, ...]
    seconds: float
    in_time: bool  # False: the deadline came first

    @property
    def fresh(self) -> bool:
        """Whether nothing had to be asked."""
        return self.asked == 0


@dataclass(frozen=True, slots=True)
class _Task:
    """One thing to ask: from its first missing session to its last.

    `known`: days with their closes (KRW) to compare the answer with, among them one before.
    """

    dataset: Dataset
    subject: str
    first: date
    last: date
    known: Mapping[date, int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.dataset} {self.subject}"


@dataclass(slots=True)
class _Course:
    """How far it has come."""

    total: int
    through: int = 0
    asked: int = 0
    new: int = 0
    populated: dict[Dataset, int] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


async def refresh(
    store: ResearchStore,
    histories: Histories,
    clock: Clock,
    calendar: TradingCalendar,
    symbols: Sequence[str],
    *,
    sessions: int,
    deadline_s: float,
    log: Log,
    progress: Callable[[int, int, str], None] = lambda *_: None,
    indices: Sequence[str] = (KOSPI,),
    listing: bool = True,
) -> Refreshed:
    """Ask what the newest `sessions` sessions lack, and keep it. Raises only database errors.

    `deadline_s`: world seconds after which what is not answered is left for another time.
    `progress` is told after each answer: how many are through, of how many, and which it was.
    """
    began_ns = clock.now_ns()
    wanted = completed_sessions(calendar, clock.now(), sessions)
    tasks = await _missing(store, clock, symbols, indices, wanted, listing)
    course = _Course(len(tasks))
    in_time = True
    if not tasks:
        log.info("LRS already fresh", symbols=len(symbols), last=wanted[-1].isoformat())
    else:
        try:
            async with asyncio.timeout(deadline_s):
                await _rounds(tasks, course, store, histories, clock, wanted, log, progress)
        except TimeoutError:
            in_time = False
            left = course.total - course.through
            course.errors["deadline"] = f"{left} questions unanswered after {deadline_s:.0f} s"
    seconds = (clock.now_ns() - began_ns) / SECOND_NS
    told = course.populated
    if tasks:
        log.info(
            f"LRS populated: {told.get('daily', 0)} OHLCV + {told.get('flow', 0)} flow tickers "
            f"in {seconds:.1f}s ({len(course.errors)} errors)",
            rows=course.new, index=told.get("index", 0), listing=told.get("listing", 0),
            last=wanted[-1].isoformat(), in_time=in_time,
        )  # fmt: skip
    for what, why in list(course.errors.items())[:PROGRESS_EVERY]:
        log.warning("LRS error", what=what, why=why)
    return Refreshed(
        told.get("daily", 0), told.get("flow", 0), told.get("index", 0), told.get("listing", 0),
        course.new, course.asked, course.errors, tuple(course.refused), seconds, in_time,
    )  # fmt: skip


async def _missing(
    store: ResearchStore,
    clock: Clock,
    symbols: Sequence[str],
    indices: Sequence[str],
    wanted: Sequence[date],
    listing: bool,
) -> list[_Task]:
    """Return what has to be asked: the index first, then each symbol's parts side by side."""
    now, first, last = clock.now(), wanted[0], wanted[-1]
    done = await store.done(SOURCE)
    prices = await store.held("daily", symbols, first, last, now)
    flows = await store.held("flow", symbols, first, last, now)
    levels = await store.held("index", indices, first, last, now)
    today = now.date()
    listed = await store.held("listing", symbols, today, today, now)
    tasks: list[_Task] = []

    def look(
        dataset: Dataset, subject: str, days: Sequence[date], there: Mapping[date, Any]
    ) -> None:
        left = not_in(days, there, done.get((dataset, subject), ()))
        if left:
            closes = {day: there[day] for day in there if day <= left[-1] and dataset == "daily"}
            before = [day for day in closes if day < left[0]][-1:]
            compared = {d: int(c) for d, c in closes.items() if d > left[0] or d in before}
            tasks.append(_Task(dataset, subject, left[0], left[-1], compared))

    for index in indices:
        look("index", index, wanted, levels[index])
    for symbol in symbols:
        look("daily", symbol, wanted, prices[symbol])
        look("flow", symbol, wanted[-FLOW_SESSIONS:], flows[symbol])
        if listing and not listed[symbol]:
            tasks.append(_Task("listing", symbol, today, today))
    return tasks


async def _rounds(
    tasks: Sequence[_Task],
    course: _Course,
    store: ResearchStore,
    histories: Histories,
    clock: Clock,
    wanted: Sequence[date],
    log: Log,
    progress: Callable[[int, int, str], None],
) -> None:
    waiting = deque(tasks)

    async def work(failed: list[_Task], final: bool) -> None:
        while waiting:
            task = waiting.popleft()
            course.asked += 1
            try:
                async with asyncio.timeout(_ASK_S):
                    rows, spans = await _told(task, histories, clock, wanted)
            except (Unreachable, RateLimited, TimeoutError) as error:
                if not final:
                    failed.append(task)
                    if isinstance(error, RateLimited):
                        await asyncio.sleep(min(error.retry_after_s, _PAUSE_MAX_S))
                    continue
                course.errors[str(task)] = str(error)[:300] or f"no answer within {_ASK_S:.0f} s"
            except KisError as error:
                course.errors[str(task)] = str(error)[:300]
            else:
                kept = await store.write(rows, clock.now(), spans)
                course.new += kept.new
                course.refused.extend(kept.refused)
                if spans:
                    course.populated[task.dataset] = course.populated.get(task.dataset, 0) + 1
                else:
                    course.errors[str(task)] = f"told nothing of {task.first} to {task.last}"
            course.through += 1
            progress(course.through, course.total, str(task))
            if course.through % PROGRESS_EVERY == 0:
                log.info("LRS progress", through=course.through, of=course.total)

    for number in range(ROUNDS):
        failed: list[_Task] = []
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(AT_ONCE, len(waiting))):
                    group.create_task(work(failed, number == ROUNDS - 1))
        except ExceptionGroup as several:  # the database: every worker says the same
            raise several.exceptions[0] from None
        if not failed:
            return
        waiting.extend(failed)


async def _told(
    task: _Task, histories: Histories, clock: Clock, wanted: Sequence[date]
) -> tuple[Rows, list[Span]]:
    """Return what the collector says of a task, and the span that it thereby has answered."""
    match task.dataset:
        case "index":
            levels = await histories.index_days(task.subject, task.first, task.last)
            index = _inside([_index_row(day) for day in levels], task)
            return Rows(SOURCE, index=tuple(index)), _answered(task, index)
        case "flow":
            flows = _inside(_flow_rows(await histories.flows(task.subject)), task)
            return Rows(SOURCE, flows=tuple(flows)), _answered(task, flows)
        case "listing":
            row = _listing_row(await histories.quote(task.subject), to_kst_naive(clock.now()))
            return Rows(SOURCE, listing=(row,)), [
                Span(SOURCE, "listing", task.subject, row.as_of, row.as_of)
            ]
        case _:
            return await _daily(task, histories.daily_bars, clock, wanted[0])


async def _daily(
    task: _Task,
    ask: Callable[[str, date, date], Awaitable[Sequence[DailyBar]]],
    clock: Clock,
    window_first: date,
) -> tuple[Rows, list[Span]]:
    """Return the bars that are missing, or all of them where known ones have changed."""
    first, told_at = task.first, None
    bars = await ask(task.subject, min([task.first, *task.known]), task.last)
    told = {date.fromisoformat(bar.date): bar for bar in bars}
    if any(day in told and told[day].close_krw != close for day, close in task.known.items()):
        # Known in this scale since now: a reader of this morning must not find two scales.
        first = window_first
        bars = await ask(task.subject, first, task.last)
        told_at = to_kst_naive(clock.now())
    rows = [_daily_row(bar, told_at) for bar in bars]
    inside = [row for row in rows if first <= row.as_of <= task.last]
    # A day without a trade is answered, too; its prices were paid by nobody.
    traded = tuple(row for row in inside if row.volume > 0)
    return Rows(SOURCE, daily=traded), _answered(task, inside, first)


def _inside[R: (FlowRow, IndexRow)](rows: Iterable[R], task: _Task) -> list[R]:
    return [row for row in rows if task.first <= row.as_of <= task.last]


def _answered(
    task: _Task, rows: Collection[DailyRow | FlowRow | IndexRow], first: date | None = None
) -> list[Span]:
    """Return the span up to the last day that was told: what comes after it may only be late."""
    if not rows:
        return []
    last = max(row.as_of for row in rows)
    return [Span(SOURCE, task.dataset, task.subject, first or task.first, last)]


def _daily_row(bar: DailyBar, told_at: datetime | None = None) -> DailyRow:
    return DailyRow(
        bar.symbol, date.fromisoformat(bar.date), bar.open_krw, bar.high_krw, bar.low_krw,
        bar.close_krw, bar.volume, bar.value_krw, told_at,
    )  # fmt: skip


def _index_row(day: IndexDay) -> IndexRow:
    return IndexRow(
        day.index, date.fromisoformat(day.date), day.open_pt, day.high_pt, day.low_pt, day.close_pt
    )


def _flow_rows(days: Iterable[InvestorDay]) -> list[FlowRow]:
    """Return the days that are told; today's row is blank until the close."""
    rows = []
    for day in days:
        foreign, institution = day.foreign or _UNTOLD, day.institution or _UNTOLD
        told = (foreign.net, institution.net, foreign.net_krw, institution.net_krw)
        if any(figure is not None for figure in told):
            rows.append(FlowRow(day.symbol, date.fromisoformat(day.date), *told))
    return rows


def _listing_row(quote: PriceQuote, at: datetime) -> ListingRow:
    """Return the standing of a name; `at` is now by our own clock, naive KST."""
    return ListingRow(
        quote.symbol, at.date(), quote.market_name or None, None, quote.market_cap_krw,
        halted=quote.halted, administrative=quote.administrative,
        warning=_WARNINGS.get(quote.warning_code), liquidation=quote.liquidation,
        etf="ETF" in quote.market_name, preferred=is_preferred(quote.symbol),
        fetched_at=at,
    )  # fmt: skip
