"""The running collector: one line in, files and readers out.

One task owns the line and everything derived from it (`_take`); the others turn time into marks,
share the registrations, poll the indices, sweep the minutes, ship to the database, and put files
on the disk. Whatever changes state goes through `_take`, in the order it happened.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from collector.candles import Doubted, Settled
from collector.day import Day
from collector.hearing import (
    DayBegun,
    Hearing,
    LineDown,
    LineUp,
    LiveChanged,
    NoticesLive,
    Polled,
    Quarantined,
    Said,
    Ticked,
    Wanted,
    entries,
)
from collector.histories import Histories
from collector.journal import Entry
from collector.minute import MinuteSource, Sweep, sweep_forever
from collector.rates import Rates
from collector.relay import Relay
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from collector.slots import TRADE_TR, Decision, Key, decide, explain
from collector.upkeep import Upkeep
from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError
from kis_core.feed import Heard
from kis_core.market.calendar import TradingCalendar
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book, Gap, IndexLevel, Trade
from kis_core.net.stream import Acked, Burst, Down, News, Up

TICK_NS = 60 * SECOND_NS
TICK_AT_NS = 31 * SECOND_NS  # past each minute: the grace that candles leave a quiet line, and one
_SHARE_S = 0.01  # of this machine: wants that change together are answered together


class Line(Protocol):
    """The one session with KIS; `kis_core.net.stream.KisStream` fits."""

    async def set_wanted(self, wanted: Sequence[Key]) -> None:
        """Register these, most important first, and nothing else."""
        ...

    def bursts(self) -> AsyncIterator[Burst | News]:
        """Yield what arrives."""
        ...


class Collector:
    """Everything the process does between its sockets."""

    def __init__(
        self,
        settings: CollectorSettings,
        clock: Clock,
        calendar: TradingCalendar,
        line: Line,
        notices: Key,
        relay: Relay,
        histories: Histories,
        minutes: MinuteSource,
        shipper: Shipper,
        log: FilteringBoundLogger,
    ) -> None:
        self.settings = settings
        self.relay = relay
        self.shipper = shipper
        self.hearing = Hearing()
        self.frames = 0
        self.trades = 0
        self.books = 0
        self.notices = 0
        self.decision: Decision | None = None
        self.rates = Rates()
        self.running = False
        self._clock = clock
        self._calendar = calendar
        self._line = line
        self._notices = notices
        self._histories = histories
        self._log = log
        self._keys: tuple[Key, ...] = ()
        self._slots_told: list[dict[str, object]] = []
        self.day = Day(settings, clock.now().date(), calendar, clock.now_ns())
        self.upkeep = Upkeep(settings.tape, settings.data_dir, clock, log)
        self.sweep = Sweep(minutes, clock, settings.sweep.at_once, self._record, log)

    async def run(self, stopping: asyncio.Event) -> None:
        """Collect until `stopping`, then bring to the disk and the database what is left."""
        self._begin_day(self.day.gap_at_start)
        self.running = True
        try:
            async with asyncio.TaskGroup() as group:
                ship = group.create_task(self.shipper.run(lambda: self.day.outbox, stopping))
                endless = [
                    group.create_task(task)
                    for task in (
                        self._listen(),
                        self._keep_time(),
                        self._share(),
                        self._poll_indices(),
                        self._sync(),
                        self.upkeep.run(lambda: [self.day.tape]),
                        sweep_forever(
                            self.sweep, self._clock, lambda: self.day.ledger, self.heard_symbols
                        ),
                    )
                ]
                await stopping.wait()
                for task in endless:
                    task.cancel()
                await ship
        finally:
            self.running = False
            self.day.close()

    def heard_symbols(self) -> set[str]:
        """Return the symbols whose prints are being heard."""
        return {symbol for tr_id, symbol in self.hearing.live if tr_id == TRADE_TR}

    async def _listen(self) -> None:
        async for item in self._line.bursts():
            match item:
                case Burst(arrived_ns=at_ns, texts=texts):
                    self.frames += len(texts)
                    self.day.tape.texts(at_ns, texts)
                    self._tell(self.hearing.texts(at_ns, texts), at_ns)
                case Up(at_ns=at_ns):
                    self._log.info("LINE_UP")
                    self._take(LineUp(at_ns))
                case Down(at_ns=at_ns, why=why):
                    self._log.warning("LINE_DOWN", why=why)
                    self._take(LineDown(at_ns, why))
                case Acked():
                    pass  # its text has been read already

    def _take(self, mark: DayBegun | LineUp | LineDown | Wanted | Ticked | Polled) -> None:
        self.day.tape.mark(mark)
        self._tell(self.hearing.take(mark), mark.at_ns)

    def _tell(self, said: Sequence[Said], at_ns: int) -> None:
        derived: list[Said] = []
        for what in said:
            match what:
                case Trade() | FuturesTrade() | OptionTrade():
                    self.trades += 1
                    self.relay.trade(what)
                case Book():
                    self.books += 1
                    self.relay.book(what)
                case IndexLevel():
                    self.relay.level(what)
                case Heard():
                    self.notices += 1
                    self.relay.heard(what)
                case Gap():
                    self._log.warning("GAP", symbol=what.symbol, reason=what.reason, to=what.to_ns)
                    self.relay.gap(what)
                    derived.append(what)
                case Settled() | Doubted():
                    derived.append(what)
                case LiveChanged():
                    self.relay.slots(self.hearing.live, self._keys)
                case NoticesLive(live, contracts):
                    self.relay.notices_state(live, contracts)
                case Quarantined(arrived_ns, text, why):
                    self.day.quarantine.keep(arrived_ns, why, text)
                    self._log.warning("QUARANTINED", why=why)
        if derived:
            self._record(entries(derived, at_ns))

    def _record(self, found: list[Entry]) -> None:
        self.day.record(found)

    def _begin_day(self, gap: Gap | None) -> None:
        window = self.day.window
        span = (window.first_ns, window.end_ns) if window else None
        live = tuple(sorted(self.hearing.live))
        now_ns = self._clock.now_ns()
        self._log.info("DAY", date=self.day.date.isoformat(), session=window is not None)
        self._take(DayBegun(now_ns, span, self.settings.symbols, self.hearing.up, live, gap))
        self._take(Wanted(now_ns, self._keys))

    async def _keep_time(self) -> None:
        while True:
            now_ns = self._clock.now_ns()
            await self._clock.sleep_until(
                (now_ns - TICK_AT_NS) // TICK_NS * TICK_NS + TICK_NS + TICK_AT_NS
            )
            now_ns = self._clock.now_ns()
            if self._clock.now().date() != self.day.date:
                await self._turn_day()
            self._take(Ticked(now_ns))
            self.relay.forget_departed(now_ns)
            self.rates.look(now_ns, self.frames)

    async def _turn_day(self) -> None:
        over = self.day
        today = self._clock.now().date()
        self.day = Day(self.settings, today, self._calendar, self._clock.now_ns())
        self._begin_day(self.hearing.line_gap)
        await asyncio.to_thread(over.close)

    async def _share(self) -> None:
        while True:
            await self.relay.wants_changed.wait()
            await asyncio.sleep(_SHARE_S)
            self.relay.wants_changed.clear()
            limit = self.settings.registrations_max
            decision = decide(self.relay.wants(), self._keys, self._notices, limit)
            self.decision = decision
            rows = explain(decision)
            if rows != self._slots_told:
                self._slots_told = rows
                self.day.note_slots({"at": self._clock.now().isoformat(), "slots": rows})
            if decision.keys != self._keys:
                self._keys = decision.keys
                self._take(Wanted(self._clock.now_ns(), decision.keys))
                await self._line.set_wanted(decision.keys)
            self.relay.slots(self.hearing.live, self._keys)

    async def _poll_indices(self) -> None:
        every_ns = int(self.settings.index_poll_s * SECOND_NS)
        while True:
            now_ns = self._clock.now_ns()
            await self._clock.sleep_until((now_ns // every_ns + 1) * every_ns)
            window = self.day.window
            moving = window and window.first_ns <= self._clock.now_ns() <= window.end_ns
            for index in self.relay.indices():
                if not moving and index in self.relay.levels:
                    continue
                try:
                    level = await self._histories.level(index)
                except KisError as error:
                    self._log.warning("INDEX_NOT_HEARD", index=index, why=str(error))
                    continue
                self._take(Polled(level.arrived_ns, level))

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(self.settings.tape.fsync_s)
            await asyncio.to_thread(self.day.sync)
