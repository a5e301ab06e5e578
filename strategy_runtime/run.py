"""The shell all strategies run in: feed and OMS in, decide, journal, then let it out.

One queue, one consumer: nothing changes between two lines that belong together. A turn is an event
and what the decision made of it; turns are with the operating system before anything they ask for
leaves. The decision never waits: submits and questions are tasks whose answers come back as
events, in the order in which they came. Market time is the clock's.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any, Literal, Protocol, get_args

import structlog

from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError
from kis_core.feed import Batch, Priority, Want, Wants
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap, MarketEvent, Timer
from kis_core.market.instants import MINUTE_NS
from oms_client.client import Line, OmsError, Unanswered
from oms_client.contract import (
    AccountView,
    AllocationView,
    HealthView,
    Heartbeat,
    Intent,
    IntentResult,
    OmsEvent,
    OrderView,
)
from strategy_runtime.carry import carried_from, keep
from strategy_runtime.contract import (
    RESTARTED,
    BooksRead,
    Listen,
    OmsLine,
    RoundTrip,
    Said,
    Step,
    Strategy,
    StrategyEvent,
    TradingDay,
)
from strategy_runtime.inbox import Inbox
from strategy_runtime.journal import Journal, read
from strategy_runtime.preparation import Histories, Own, Preparation
from strategy_runtime.report import DayFiles
from strategy_runtime.restore import Restored, restore, rules_text
from strategy_runtime.submissions import Submissions
from strategy_runtime.timetable import AFTER_CLOSE_NS, day_to_run, prepare_ns, trading_day
from strategy_runtime.turns import FORMAT, Head, output_of, turn_of

HEARTBEAT_S = 30  # market seconds
BOOKS_PAUSE_S = 1.0  # world seconds between tries to read the OMS's books at a start
_MARKET_EVENTS = get_args(MarketEvent)


class Feeding(Histories, Protocol):
    """The part of Feed a strategy uses."""

    async def want(self, wants: Wants) -> None:
        """Ask for this set from now on."""
        ...

    def __aiter__(self) -> AsyncIterator[Batch]: ...


class OmsLineIn(Protocol):
    """The part of OmsClient a strategy uses."""

    async def submit(self, intent: Intent) -> IntentResult | Unanswered: ...
    async def account(self) -> AccountView: ...
    async def allocations(self) -> dict[str, AllocationView]: ...
    async def orders(self) -> list[OrderView]: ...
    async def health(self) -> HealthView: ...
    async def heartbeat(self, beat: Heartbeat) -> None: ...
    def events(self, after_seq: int) -> AsyncGenerator[OmsEvent | Line]: ...


@dataclass(frozen=True, slots=True)
class Edges:
    """What a strategy is connected to."""

    feed: Feeding
    oms: OmsLineIn
    clock: Clock
    log: structlog.typing.FilteringBoundLogger
    data_dir: Path
    own: Own | None = None  # who answers AskOwn


class _DayIsOver(Exception):
    """Ends the tasks of a day."""


async def run(
    strategy: Strategy[Any],
    edges: Edges,
    calendar: TradingCalendar,
    *,
    prepare_at: time,
    past: int,
) -> None:
    """Run a strategy day after day, for ever, each day from `prepare_at` (KST) on.

    `past` sessions are handed to it with each day.
    """
    while True:
        date = day_to_run(edges.clock.now_ns(), calendar)
        day = trading_day(date, calendar, past)
        await _wait(edges, prepare_ns(date, prepare_at), "WAITING")
        await run_day(strategy, day, edges)
        await _wait(edges, day.session.close_ns + AFTER_CLOSE_NS, "DONE")


async def run_day[S](strategy: Strategy[S], day: TradingDay, edges: Edges) -> S:
    """Run one trading day to its end, from wherever its journal left off; return the last state."""
    files = DayFiles(edges.data_dir, strategy.name, day.date)
    restored = _restored(strategy, day, files.journal, edges)
    journal = Journal.open(files.journal)
    shell = _Shell(strategy, day, edges, journal, files, restored)
    try:
        async with asyncio.TaskGroup() as tasks:
            shell.start(tasks)
            await shell.consume()
            raise _DayIsOver
    except* _DayIsOver:
        pass
    except* (KisError, OmsError) as refusals:
        # A token that the relay or the OMS does not know ends the process; the root says so.
        raise _first(refusals) from None
    finally:
        journal.close()
        keep(files.journal, strategy.carried(shell.state))
        shell.write_report()
    return shell.state


def _first(group: BaseExceptionGroup[Any]) -> BaseException:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _restored[S](strategy: Strategy[S], day: TradingDay, path: Path, edges: Edges) -> Restored[S]:
    if not path.exists() or next(read(path), None) is None:  # killed before it wrote anything
        carried = carried_from(strategy, path.parent, day.date)
        return Restored(strategy.open(day, carried), carried=carried)
    restored = restore(strategy, day, read(path))
    edges.log.info(
        "Restored from the journal",
        turns=restored.turns,
        intents_open=len(restored.intents),
        differences=restored.differences,
        rules_changed=restored.rules_changed,
    )
    return restored


class _Shell[S]:
    """One day of one strategy: its state and the tasks around it."""

    def __init__(
        self,
        strategy: Strategy[S],
        day: TradingDay,
        edges: Edges,
        journal: Journal,
        files: DayFiles,
        restored: Restored[S],
    ) -> None:
        self.state = restored.state
        self._strategy = strategy
        self._day = day
        self._edges = edges
        self._journal = journal
        self._files = files
        self._restored = restored
        self._seq = restored.turns
        self._inbox = Inbox()
        self._submissions = Submissions(edges.oms, self._inbox, edges.clock)
        self._preparation = Preparation(edges.feed, self._inbox, edges.clock, own=edges.own)
        self._listen: Listen | None = restored.listen
        self._listen_changed = asyncio.Event()
        self._version = hashlib.sha256(rules_text(strategy).encode()).hexdigest()[:12]
        self._reported_minute = -1
        self._conflated = 0
        self._waiting_most = 0

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Open the journal's new chapter, ask again what is open, and start the tasks."""
        restored, now_ns = self._restored, self._edges.clock.now_ns()
        self._submissions.start(tasks)
        self._preparation.start(tasks)
        rules = rules_text(self._strategy)
        self._journal.append(
            Head(FORMAT, self._strategy.name, self._day, rules, now_ns, restored.carried)
        )
        self._journal.flush()
        if restored.last_at_ns is not None:
            self._inbox.push(Gap(None, restored.last_at_ns, now_ns, RESTARTED))
        for ask in restored.asks.values():
            self._preparation.ask(ask)
        for intent in restored.intents.values():
            self._submissions.send(intent)
        if self._listen:
            self._listen_changed.set()
        for task in (self._hear(), self._follow_oms(), self._tell_time(), self._beat()):
            tasks.create_task(task)
        tasks.create_task(self._say_what_to_hear())

    async def consume(self) -> None:
        """Decide on what comes until the strategy's day is over."""
        while True:
            events = await self._inbox.take()
            self._waiting_most = max(self._waiting_most, len(self._inbox))
            self.turn(events)
            if self._strategy.over(self.state):
                return
            # Others must come to their turn even while the inbox never runs dry.
            await asyncio.sleep(0)

    def turn(self, events: Iterable[StrategyEvent]) -> None:
        """Decide on events one by one, journal them together, then let out what they ask for."""
        decide, journal = self._strategy.decide, self._journal
        steps: list[Step[S]] = []
        for event in events:
            step = decide(self.state, event)
            self.state = step.state
            output = output_of(step)
            journal.append(turn_of(self._seq, event, output))
            self._seq += 1
            if output is not None:
                steps.append(step)
        journal.flush()
        for step in steps:
            self._let_out(step)
        self._report_each_minute()

    def _let_out(self, step: Step[S]) -> None:
        for intent in step.intents:
            self._submissions.send(intent)
        for ask in step.asks:
            self._preparation.ask(ask)
        if step.listen is not None:
            self._listen = step.listen
            self._listen_changed.set()
        for note in step.notes:
            if isinstance(note, Said):
                facts = {key: value for key, value in note.facts if value is not None}
                if note.symbol is not None:
                    facts["symbol"] = note.symbol
                getattr(self._edges.log, note.level)(note.text, **facts)
            elif isinstance(note, RoundTrip):
                self._edges.log.info("Round trip", trip=note.trip_id, realised=note.realised_krw)

    def _report_each_minute(self) -> None:
        minute = self._edges.clock.now_ns() // MINUTE_NS
        if minute != self._reported_minute:
            self._reported_minute = minute
            self.write_report()

    def write_report(self) -> None:
        """Write the funnel and the trades where they have changed."""
        shell = {
            "turns": self._seq,
            "restarts": int(self._restored.turns > 0),
            "conflated": self._conflated,
            "timers_collapsed": self._inbox.timers_collapsed,
            "waiting_most": self._waiting_most,
        }
        self._files.write(self._strategy, self.state, self._edges.clock.now_ns(), shell)

    async def _hear(self) -> None:
        async for batch in self._edges.feed:
            self._conflated += batch.conflated
            # Order notices are the OMS's; a strategy is told of its orders by the OMS alone.
            await self._inbox.put(e for e in batch.events if isinstance(e, _MARKET_EVENTS))

    async def _say_what_to_hear(self) -> None:
        while True:
            await self._listen_changed.wait()
            self._listen_changed.clear()
            assert self._listen is not None
            wants = tuple(
                Want(hear.symbol, Priority(hear.priority), rank=hear.rank)
                for hear in self._listen.symbols
            )
            await self._edges.feed.want(Wants(wants, self._listen.indices))

    async def _tell_time(self) -> None:
        clock = self._edges.clock
        mark = clock.now_ns() // SECOND_NS
        while True:
            # Late: the marks in between have no news that the newest does not have.
            mark = max(mark + 1, clock.now_ns() // SECOND_NS)
            await clock.sleep_until(mark * SECOND_NS)
            self._inbox.tell_time(Timer(mark * SECOND_NS))

    async def _follow_oms(self) -> None:
        """Read the OMS's books, then follow its stream from the last event the journal has."""
        clock, oms = self._edges.clock, self._edges.oms
        after = await self._read_books()
        async with aclosing(oms.events(after)) as events:
            async for event in events:
                if isinstance(event, Line):
                    told = OmsLine(at=clock.now(), up=event.up, why=event.why[:300])
                    await self._inbox.put((told,))
                else:
                    await self._inbox.put((event,))

    async def _read_books(self) -> int:
        clock, oms = self._edges.clock, self._edges.oms
        told_away = False
        while True:
            try:
                # The stream is followed from a point before the books were read: what is told
                # twice says the same, what falls between is not lost.
                after = self._restored.last_oms_seq
                if after is None:
                    after = (await oms.health()).journal_seq
                books = BooksRead(
                    at=clock.now(),
                    account=await oms.account(),
                    allocations=tuple((await oms.allocations()).values()),
                    orders=tuple(await oms.orders()),
                )
            except OmsError as error:
                if not told_away:
                    told = OmsLine(at=clock.now(), up=False, why=str(error)[:300])
                    await self._inbox.put((told,))
                    told_away = True
                await asyncio.sleep(BOOKS_PAUSE_S)
                continue
            await self._inbox.put((books,))
            return after

    async def _beat(self) -> None:
        while True:
            pulse = self._strategy.pulse(self.state)
            heartbeat = Heartbeat(
                mode=pulse.mode,
                symbols_hot=pulse.hot,
                symbols_warm=pulse.warm,
                symbols_cold=pulse.cold,
                positions=pulse.positions,
                last_error=pulse.last_error,
                version=self._version,
            )
            await _say_alive(self._edges, heartbeat)
            try:
                account = await self._edges.oms.account()
            except OmsError as error:
                self._edges.log.debug("Account not read", why=str(error))
            else:
                await self._inbox.put((BooksRead(at=self._edges.clock.now(), account=account),))
            await self._edges.clock.sleep(HEARTBEAT_S)


async def _wait(edges: Edges, until_ns: int, mode: Literal["WAITING", "DONE"]) -> None:
    """Wait for an instant, and go on saying that the process lives."""
    while (now_ns := edges.clock.now_ns()) < until_ns:
        await _say_alive(edges, Heartbeat(mode=mode))
        await edges.clock.sleep_until(min(until_ns, now_ns + HEARTBEAT_S * SECOND_NS))


async def _say_alive(edges: Edges, heartbeat: Heartbeat) -> None:
    try:
        await edges.oms.heartbeat(heartbeat)
    except OmsError as error:
        edges.log.debug("Heartbeat not taken", why=str(error))
