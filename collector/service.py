"""The running collector: the lines in, files and readers out.

A task a line takes what arrives; the others turn time into marks, share the registrations, poll
the indices, sweep the minutes, make past days whole, ship to the database, and put files on the
disk. Whatever changes state goes through `_take` or `_listen`, in the order it happened.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from collector.candles import Doubted, Settled
from collector.day import Day
from collector.findings import Findings
from collector.hearing import (
    FIRST_LINE,
    DayBegun,
    Hearing,
    LineDown,
    LineState,
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
from collector.journal import Entry, SignalsHeard
from collector.minute import MinuteSource, Sweep, sweep_forever
from collector.past import PastDays, PastSource
from collector.rates import Rates
from collector.relay import Relay
from collector.reports import Reports
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from collector.slots import (
    NXT_TRADE_TR,
    TRADE_TR,
    Decision,
    Key,
    Placed,
    decide,
    explain,
    spread,
    why_left_out,
)
from collector.sources.kiwoom.source import KiwoomSource
from collector.store import SOURCE
from collector.tape import Tape
from collector.upkeep import Upkeep
from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError, Unreachable
from kis_core.feed import Heard, Signal
from kis_core.market.calendar import TradingCalendar
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book, Gap, IndexLevel, Trade
from kis_core.market.ticks import Limits
from kis_core.net.stream import Acked, Burst, Down, News, Up
from kis_core.wire.quotes.replies import PriceQuote

TICK_NS = 60 * SECOND_NS
TICK_AT_NS = 31 * SECOND_NS  # past each minute: the grace that candles leave a quiet line, and one
_SHARE_S = 0.01  # of this machine: wants that change together are answered together


class Source(MinuteSource, PastSource, Protocol):
    """Who knows minutes of today and of past days; `collector.charts.Charts` does."""


class Line(Protocol):
    """A session with KIS; `kis_core.net.stream.KisStream` fits."""

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
        lines: Mapping[str, Line],
        notices: Key,
        relay: Relay,
        histories: Histories,
        minutes: Source,
        shipper: Shipper,
        log: FilteringBoundLogger,
    ) -> None:
        """`lines` by the names of their app keys, FIRST_LINE's first: it has the order notices."""
        assert next(iter(lines)) == FIRST_LINE
        self.settings = settings
        self.relay = relay
        self.shipper = shipper
        self.hearing = Hearing()
        self.frames = 0
        self.trades = 0
        self.books = 0
        self.notices = 0
        self.signals = 0
        self.nxt_trades = 0  # of those above
        self.nxt_books = 0
        self.decision: Decision | None = None
        self.placed: tuple[Placed, ...] = ()
        self.rates = Rates()
        self.running = False
        self.kiwoom: KiwoomSource | None = None  # beside this line, where there is one
        self._clock = clock
        self._calendar = calendar
        self._lines = lines
        self._down_since_ns = dict.fromkeys(lines, clock.now_ns())
        self._notices = notices
        self._histories = histories
        histories.quoted = self._quoted
        self._log = log
        self._on: dict[str, tuple[Key, ...]] = dict.fromkeys(lines, ())  # what each is to hold
        self._slots_told: list[dict[str, object]] = []
        self._left_out: dict[Key, str] = {}
        self._denied: dict[Key, str] = {}  # as it was told last
        self.day = Day(settings, clock.now().date(), calendar, clock.now_ns())
        self.upkeep = Upkeep(settings.tape, settings.data_dir, clock, log)
        self.findings = Findings(SOURCE, calendar, settings.quality.thresholds())
        self.reports = Reports(settings.data_dir, clock, log)
        at_once = settings.sweep.at_once * len(lines)
        self.sweep = Sweep(minutes, clock, at_once, self._record, log)
        self.past = PastDays(
            settings, minutes, clock, calendar, lambda: self.sweep.waiting > 0,
            shipper.look_back, log,
        )  # fmt: skip

    async def run(self, stopping: asyncio.Event) -> None:
        """Collect until `stopping`, then bring to the disk and the database what is left."""
        self._begin_day(self.day.gap_at_start)
        self.relay.wants_changed.set()  # what the collector itself wants needs no reader
        self.running = True
        try:
            async with asyncio.TaskGroup() as group:
                ship = group.create_task(self.shipper.run(lambda: self.day.outbox, stopping))
                endless = [
                    group.create_task(task)
                    for task in (
                        *(self._listen(name, line) for name, line in self._lines.items()),
                        self._keep_time(),
                        self._share(),
                        self._poll_indices(),
                        self._sync(),
                        self.upkeep.run(self.tapes),
                        self.reports.run(),
                        sweep_forever(
                            self.sweep, self._clock, lambda: self.day.ledgers, self.heard_symbols
                        ),
                        self.past.run(),
                    )
                ]
                await stopping.wait()
                self._record(self.findings.due(self._clock.now_ns()))
                for task in endless:
                    task.cancel()
                await ship
        finally:
            self.running = False
            self.day.close()

    def hear_signals(self, signals: Sequence[Signal]) -> None:
        """Write down what a strategy signalled. Raises Unreachable where it ends just now."""
        if self.day.closed:
            raise Unreachable("the collector is stopping")
        self._record([SignalsHeard(self._clock.now_ns(), tuple(signals))])
        self.signals += len(signals)

    def _quoted(self, told: PriceQuote) -> None:
        """Learn the day's limits of a symbol from whoever asked for its price."""
        if 0 < told.lower_krw <= told.upper_krw:
            self.findings.quality.limit(told.symbol, Limits(told.lower_krw, told.upper_krw))

    def tapes(self) -> list[Tape]:
        """Return the tapes that are being written."""
        return [self.day.tape, *([self.kiwoom.day.tape] if self.kiwoom else [])]

    def heard_symbols(self) -> set[str]:
        """Return the symbols whose prints are being heard."""
        return {symbol for tr_id, symbol in self.hearing.live if tr_id == TRADE_TR}

    @property
    def _keys(self) -> tuple[Key, ...]:
        return tuple(key for keys in self._on.values() for key in keys)

    async def _listen(self, name: str, line: Line) -> None:
        async for item in line.bursts():
            match item:
                case Burst(arrived_ns=at_ns, texts=texts):
                    self.frames += len(texts)
                    self.day.tape.texts(at_ns, texts, name)
                    self._tell(self.hearing.texts(at_ns, texts, name), at_ns)
                case Up(at_ns=at_ns):
                    self._log.info("LINE_UP", line=name)
                    self._down_since_ns.pop(name, None)
                    self._take(LineUp(at_ns, name))
                    self.relay.wants_changed.set()
                case Down(at_ns=at_ns, why=why):
                    self._log.warning("LINE_DOWN", line=name, why=why)
                    self._down_since_ns.setdefault(name, at_ns)
                    self._take(LineDown(at_ns, why, name))
                case Acked():
                    pass  # its text has been read already

    def _take(self, mark: DayBegun | LineUp | LineDown | Wanted | Ticked | Polled) -> None:
        self.day.tape.mark(mark)
        self._tell(self.hearing.take(mark), mark.at_ns)

    def _tell(self, said: Sequence[Said], at_ns: int) -> None:
        self.findings.take(said)
        derived: list[Said] = []
        for what in said:
            match what:
                case Trade(venue=venue):
                    self.trades += 1
                    self.nxt_trades += venue == "NXT"
                    self.relay.trade(what)
                case FuturesTrade() | OptionTrade():
                    self.trades += 1
                    self.relay.trade(what)
                case Book():
                    self.books += 1
                    self.nxt_books += what.venue == "NXT"
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
                    self._tell_slots()
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
        now_ns = self._clock.now_ns()
        self.findings.begin(self.day.date, self.day.outbox.entries())
        session = self.day.window is not None
        self._log.info("DAY", date=self.day.date.isoformat(), session=session)
        first, *others = self.hearing.lines or (LineState(FIRST_LINE, False, ()),)
        nxt = self.day.nxt_window
        self._take(
            DayBegun(
                now_ns,
                self.day.span,
                self.settings.symbols,
                first.up,
                first.live,
                gap,
                tuple(others),
                self.hearing.silent,
                (nxt.first_ns, nxt.end_ns) if nxt else None,
            )
        )
        for name, keys in self._on.items():
            self._take(Wanted(now_ns, keys, name))

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
            if len(self._lines) > 1 and self.lost_lines():
                self.relay.wants_changed.set()
            self.rates.look(now_ns, self.frames)
            self._record(self.findings.due(now_ns))

    async def _turn_day(self) -> None:
        over = self.day
        self._record(self.findings.finish(self._clock.now_ns()))
        today = self._clock.now().date()
        self.day = Day(self.settings, today, self._calendar, self._clock.now_ns())
        self._begin_day(self.hearing.line_gap)
        await asyncio.to_thread(over.close)

    async def _share(self) -> None:
        while True:
            await self.relay.wants_changed.wait()
            await asyncio.sleep(_SHARE_S)
            self.relay.wants_changed.clear()
            await self._assign()

    async def _assign(self) -> None:
        limit = self.settings.registrations_max
        places = limit * len(self._lines)
        own = [(NXT_TRADE_TR, symbol) for symbol in self.settings.nxt_symbols]
        decision = decide(self.relay.wants(), self._keys, self._notices, places, own)
        placed = spread(decision, self._on, self.lost_lines(), limit)
        self.decision, self.placed = decision, placed
        self._left_out = why_left_out(decision)
        self._note_slots()
        # Whatever moves is registered where it goes to before it ends where it came from.
        for each in sorted(placed, key=lambda each: not each.moved):
            if each.keys != self._on[each.session]:
                self._on[each.session] = each.keys
                self._take(Wanted(self._clock.now_ns(), each.keys, each.session))
                await self._lines[each.session].set_wanted(each.keys)
        self._tell_slots()

    def _tell_slots(self) -> None:
        denied = self.hearing.denied
        if denied != self._denied:
            self._denied = denied
            self._note_slots()
        chosen = self.decision.keys if self.decision else ()
        self.relay.slots(self.hearing.live, chosen, {**denied, **self._left_out})

    def _note_slots(self) -> None:
        """Write down who has which registration and who has none, where that has changed."""
        if self.decision is None:
            return
        rows = explain(self.decision, self.placed, self._denied)
        if rows != self._slots_told:
            self._slots_told = rows
            self.day.note_slots({"at": self._clock.now().isoformat(), "slots": rows})

    def lost_lines(self) -> set[str]:
        """Return the lines that have been down for so long that others take what they can."""
        after_ns = int(self.settings.lost_after_s * SECOND_NS)
        now_ns = self._clock.now_ns()
        return {name for name, at_ns in self._down_since_ns.items() if now_ns - at_ns >= after_ns}

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
