"""Filling the store from a source, span by span, so that a run which is killed goes on.

A span's rows and the note that it is done are one transaction. What is done is not fetched again,
what is not noted was not kept: neither a hole nor a repetition can come of a kill.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from kis_core.clock import Clock
from kis_core.market.calendar import TradingCalendar
from kis_core.postgres import to_kst_naive
from strategy_nulrimok.research.missing import completed_sessions, not_in
from strategy_nulrimok.research.rows import Rows, Span, last_known
from strategy_nulrimok.research.store import ResearchStore

FAILURES_AT_FIRST = 5
"""A source that fails so often before it has answered at all is not asked any further."""
FETCH_S = 120.0


class SourceError(Exception):
    """A source has no answer: what was asked and what to do about it."""


class Source(Protocol):
    """Whoever tells the past."""

    @property
    def name(self) -> str:
        """Under which name what it has answered is noted."""
        ...

    @property
    def at_once(self) -> int:
        """How many questions it may be asked at a time."""
        ...

    def spans(self, symbols: Sequence[str], first: date, last: date) -> Iterable[Span]:
        """Return what there is to ask of some symbols."""
        ...

    async def fetch(self, span: Span) -> Rows:
        """Return a span's rows; raises SourceError."""
        ...


@dataclass(frozen=True, slots=True)
class Filled:
    """What came of a run: spans asked, spans done before, new rows, and what went wrong."""

    asked: int
    skipped: int
    new: int
    errors: dict[str, str]  # by "dataset subject"
    refused: tuple[str, ...]


Progress = Callable[[int, int, str], None]
"""Told after each span: how many are through, of how many, and which it was."""


async def fill(
    store: ResearchStore,
    source: Source,
    clock: Clock,
    calendar: TradingCalendar,
    symbols: Sequence[str],
    first: date,
    last: date,
    progress: Progress = lambda *_: None,
    *,
    again: bool = False,
) -> Filled:
    """Ask the source what the store has not been told of the days first..last, and keep it.

    `again`: also what it has answered before. One span's failure costs no other. Raises
    SourceError where the source answers nothing at all, and the database's own errors.
    """
    newest = completed_sessions(calendar, clock.now(), 1)[0]
    sessions = calendar.sessions_between(first, min(last, newest))
    done = {} if again else await store.done(source.name)
    wanted = list(source.spans(symbols, first, last))
    waiting: deque[Span] = deque()
    for span in wanted:
        left = not_in(sessions, (), done.get((span.dataset, span.subject), ()))
        if left:
            waiting.append(replace(span, first=left[0], last=left[-1]))
    through = skipped = len(wanted) - len(waiting)
    asked = new = 0
    errors: dict[str, str] = {}
    refused: list[str] = []

    def answered(span: Span, rows: Rows) -> list[Span]:
        # What lies after the last row may only be late; a source without any row has none.
        until = last_known(rows, calendar, to_kst_naive(clock.now()))
        if len(rows) and until is None:
            return []
        return [span if until is None else replace(span, last=max(span.first, until))]

    async def work() -> None:
        nonlocal through, new, asked
        while waiting:
            span = waiting.popleft()
            what = f"{span.dataset} {span.subject}"
            asked += 1
            try:
                async with asyncio.timeout(FETCH_S):
                    rows = await source.fetch(span)
            except (SourceError, TimeoutError) as error:
                errors[what] = str(error) or f"no answer within {FETCH_S:.0f} s"
                if len(errors) == asked == FAILURES_AT_FIRST:
                    raise SourceError(f"{source.name}: {errors[what]}") from None
            else:
                kept = await store.write(rows, clock.now(), answered(span, rows))
                new += kept.new
                refused.extend(kept.refused)
            through += 1
            progress(through, len(wanted), what)

    try:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(min(source.at_once, len(waiting))):
                tasks.create_task(work())
    except ExceptionGroup as several:
        raise several.exceptions[0] from None
    return Filled(asked, skipped, new, errors, tuple(refused))
