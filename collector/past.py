"""Days before today, made whole: gaps that no run was there to fill, from the chart of past days.

A day's journal is the work list. It says which symbols KIS has confirmed and which gaps are open;
a day without a journal, or whose journal ends before the close, has a gap that nobody could note
while it happened, so it is noted here. Then each symbol that is not confirmed is asked for, the
newest day first, one question at a time, and the gaps are told as filled.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from collector.candles import Window
from collector.completeness import verified
from collector.day import ledgers_of
from collector.journal import DayVerified, Entry, GapNoted, decode
from collector.ledger import MinuteLedger, Work
from collector.minute import Minutes, outcome_of
from collector.outbox import Outbox
from collector.settings import CollectorSettings
from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError, NotOffered
from kis_core.market.calendar import CalendarError, TradingCalendar
from kis_core.market.events import Gap
from kis_core.market.sessions import minutes

NOT_RUNNING = "not running"
_TAIL_BYTES = 1 << 20  # what may follow on the word that a day is whole: its evening
_PASSES = 3  # through what is left of a day, with a pause between them
_PAUSE_NS = 60 * SECOND_NS
_STAND_BACK_S = 0.2  # of this machine, while today's minutes wait


class PastSource(Protocol):
    """Who knows the minutes of past days; `collector.charts.Charts` does."""

    async def past_day(self, symbol: str, day: date, from_ns: int, until_ns: int) -> Minutes:
        """Return the minutes of a day that start from `from_ns` to before `until_ns`."""
        ...


class PastDays:
    """The sessions before today that are to be whole."""

    def __init__(
        self,
        settings: CollectorSettings,
        source: PastSource,
        clock: Clock,
        calendar: TradingCalendar,
        busy: Callable[[], bool],
        recorded: Callable[[], None],
        log: FilteringBoundLogger,
    ) -> None:
        """`busy`: today comes first. `recorded`: called when a journal has got longer."""
        self._settings = settings
        self._source = source
        self._clock = clock
        self._calendar = calendar
        self._busy = busy
        self._recorded = recorded
        self._log = log
        self.days_left = settings.backfill_days
        self.waiting = 0  # symbols of the day under way that are not confirmed
        self.filled = 0  # gaps

    async def run(self) -> None:
        """Make the last `backfill_days` sessions whole, as far as KIS offers them."""
        days = self._days()
        for number, day in enumerate(days):
            self.days_left = len(days) - number
            try:
                await self._fill(day)
            except NotOffered as error:
                self._log.warning("PAST_NOT_OFFERED", why=str(error))
                return
        self.days_left = 0

    def _days(self) -> list[date]:
        today = self._clock.now().date()
        days: list[date] = []
        while len(days) < self._settings.backfill_days:
            try:
                days.append(self._calendar.previous(days[-1] if days else today))
            except CalendarError:
                break  # the calendar begins here
        return days

    async def _fill(self, day: date) -> None:
        directory = self._settings.data_dir / "collector"
        ledgers = ledgers_of(day, self._settings, self._calendar)
        if await asyncio.to_thread(told_whole, directory, day, self._settings.symbols):
            return
        outbox, entries = await asyncio.to_thread(_opened, directory, day)
        try:
            book = _Book(outbox, ledgers, entries, self._recorded)
            now_ns = self._clock.now_ns()
            book.record(holes(book.span, entries, now_ns))
            self._log.info("PAST_DAY", date=day.isoformat(), symbols=len(book.work))
            for number in range(_PASSES):
                if number:
                    await self._clock.sleep_until(self._clock.now_ns() + _PAUSE_NS)
                if await self._pass(day, book):
                    break
            now_ns = self._clock.now_ns()
            filled = [entry for ledger in ledgers for entry in ledger.filled(now_ns)]
            self.filled += len(filled)
            result = verified(book.regular, minutes(day, self._calendar), now_ns)
            book.record([*filled, result])
            states = [row.state for row in result.symbols]
            self._log.info(
                "DAY_VERIFIED",
                date=day.isoformat(),
                complete=result.complete,
                states={state: states.count(state) for state in sorted(set(states))},
                silent=result.silent,
            )
        finally:
            outbox.close()

    async def _pass(self, day: date, book: "_Book") -> bool:
        """Ask for what is left of a day; whether nothing is left then. Raises NotOffered."""
        for ledger, symbol in book.work:
            self.waiting = len(book.work)
            while self._busy():  # noqa: ASYNC110 - a sweep has no event for its end
                await asyncio.sleep(_STAND_BACK_S)
            asked_ns, window = self._clock.now_ns(), ledger.window
            try:
                answer = await self._source.past_day(symbol, day, window.first_ns, window.end_ns)
            except NotOffered:
                raise
            except KisError as error:
                self._log.warning("PAST_FAILED", symbol=symbol, date=str(day), why=str(error))
                continue
            traded = book.regular.candles > 0
            if outcome_of(answer, traded, ledger.has_traded(symbol)) in ("closed", "error"):
                continue  # of the very first ones it cannot be told yet; an empty page says nothing
            found = ledger.compare(Work(symbol, window.first_ns, True), answer.bars, asked_ns)
            assert found is not None, "a past day is over"
            book.record([found])
        self.waiting = len(book.work)
        return not self.waiting


class _Book:
    """A past day's journal, open for what is found out about it."""

    def __init__(
        self,
        outbox: Outbox,
        ledgers: Sequence[MinuteLedger],
        entries: Sequence[Entry],
        recorded: Callable[[], None],
    ) -> None:
        self.regular = ledgers[0]
        self._ledgers = ledgers
        self._outbox = outbox
        self._recorded = recorded
        self._learn(entries)

    @property
    def span(self) -> Window:
        """From the day's first minute to its last."""
        return Window(self.regular.window.first_ns, self._ledgers[-1].window.end_ns)

    @property
    def work(self) -> list[tuple[MinuteLedger, str]]:
        """What KIS has not confirmed, the regular session first."""
        return [(ledger, symbol) for ledger in self._ledgers for symbol in ledger.unconfirmed]

    def record(self, entries: Sequence[Entry]) -> None:
        """Write down, and know from here on."""
        self._outbox.append(entries)
        self._learn(entries)
        if entries:
            self._recorded()

    def _learn(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            for ledger in self._ledgers:
                ledger.apply(entry)


def holes(window: Window, entries: list[Entry], now_ns: int) -> list[Entry]:
    """Return the gaps of a past day that nobody noted, and the ends of those left open. Pure."""
    gaps: dict[tuple[str | None, int], Gap] = {}
    last_ns = window.first_ns
    for entry in entries:
        if isinstance(entry, GapNoted):
            gaps[entry.gap.symbol, entry.gap.from_ns] = entry.gap
        if entry.at_ns < window.end_ns:
            last_ns = max(last_ns, entry.at_ns)
    found = [
        Gap(gap.symbol, gap.from_ns, max(window.end_ns, gap.from_ns), gap.reason)
        for gap in gaps.values()
        if gap.to_ns is None
    ]
    told_after = any(entry.at_ns >= window.end_ns for entry in entries)
    known = any(gap.reason == NOT_RUNNING and gap.symbol is None for gap in gaps.values())
    if not told_after and not known and not any(gap.symbol is None for gap in found):
        found.append(Gap(None, last_ns, window.end_ns, NOT_RUNNING))
    return [GapNoted(now_ns, gap, afterwards=True) for gap in found]


def told_whole(directory: Path, day: date, symbols: Sequence[str]) -> bool:
    """Whether a day's journal ends with the word that these symbols' day is complete.

    Only its end is read: a whole day's journal is megabytes, and most past days are whole.
    """
    path = directory / f"{day.isoformat()}.jsonl"
    if not path.exists():
        return False
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = file.read().splitlines()
    told = [line for line in lines if line.startswith(b'{"type":"verified"') and line[-1:] == b"}"]
    if not told:
        return False
    last = decode(told[-1])
    assert isinstance(last, DayVerified)
    return last.complete and {row.symbol for row in last.symbols} >= set(symbols)


def _opened(directory: Path, day: date) -> tuple[Outbox, list[Entry]]:
    outbox = Outbox(directory, day)
    return outbox, outbox.entries()
