"""The running Kiwoom source: lines in; tape, candles, ledger and events out.

All lines and everything derived from them belong to one task at a time: whatever changes state
goes through `_take` and `_hear`, in the order it happened, the tape first. Logging can be started
and stopped while it runs; a stop is a gap that says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import aclosing, suppress
from datetime import date
from pathlib import Path

import asyncpg
from structlog.typing import FilteringBoundLogger

from collector.candles import Doubted, Settled
from collector.faults import Thresholds
from collector.findings import Findings, Stream
from collector.hearing import Quarantined, entries
from collector.quality import Quote
from collector.rates import Rates
from collector.shipper import Shipper
from collector.slots import Topic
from collector.sources.kiwoom import fids
from collector.sources.kiwoom.day import SOURCE, KiwoomDay, Segments, newest_snapshot
from collector.sources.kiwoom.events import (
    BestQuote,
    Depth,
    Event,
    Interruption,
    Print,
    parse_item,
)
from collector.sources.kiwoom.frames import System
from collector.sources.kiwoom.groups import Group, plan, spread, streams
from collector.sources.kiwoom.hearing import (
    Answered,
    Asked,
    DayBegun,
    Hearing,
    LineDown,
    LineUp,
    Mark,
    Planned,
    Said,
    Ticked,
    Unheard,
)
from collector.sources.kiwoom.registry import Row, Silent
from collector.sources.kiwoom.session import Burst, KiwoomSession
from collector.sources.kiwoom.settings import KiwoomSettings
from collector.sources.kiwoom.universe import Universe, UniverseError
from kis_core.clock import SECOND_NS, Clock, kst
from kis_core.errors import KisError
from kis_core.feed import Kind
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap

TICK_NS = 60 * SECOND_NS
TICK_AT_NS = 31 * SECOND_NS  # past each minute: the grace that candles leave a quiet line, and one
LISTING_TRIES = 3
_STOPPED = "stopped by the operator"
_KINDS: dict[str, Kind] = {fids.TRADE: "trade", fids.BOOK: "book"}
_MARKET = frozenset({fids.TRADE, fids.QUOTE, fids.BOOK})

MakeSession = Callable[[str], KiwoomSession]
Listing = Callable[[date, Path | None], Awaitable[Universe]]
WriteStreams = Callable[[date, Sequence[Row]], Awaitable[None]]


class KiwoomSource:
    """Everything between Kiwoom's sockets and the rest of the collector."""

    def __init__(
        self,
        settings: KiwoomSettings,
        data_dir: Path,
        clock: Clock,
        calendar: TradingCalendar,
        make_session: MakeSession,
        listing: Listing,
        shipper: Shipper | None,
        write_streams: WriteStreams | None,
        publish: Callable[[Event | Gap], None],
        offer: Callable[[Collection[Topic]], None],
        log: FilteringBoundLogger,
        *,
        krx_candles_elsewhere: Sequence[str] = (),
        fsync_s: float = 1.0,
        segments: Segments | None = None,
        thresholds: Thresholds | None = None,
    ) -> None:
        """`krx_candles_elsewhere`: symbols whose KRX candles another source keeps.

        `offer` hears what stands, topic by topic, whenever that has changed.
        """
        self.settings = settings
        self.hearing = Hearing(calendar, settings.item_silent_s, settings.sibling_messages)
        self.rates = Rates()
        self.universe: Universe | None = None
        self.groups: tuple[Group, ...] = ()
        self.universe_file = settings.universe
        self.trouble: str | None = None  # with the universe, or the database
        self.candles = 0
        self._data_dir = data_dir
        self._clock = clock
        self._calendar = calendar
        self._make_session = make_session
        self._listing = listing
        self._shipper = shipper
        self._write_streams = write_streams
        self._publish = publish
        self._offer = offer
        self._offered: frozenset[Topic] = frozenset()
        self._log = log
        self._elsewhere = frozenset(krx_candles_elsewhere)
        self._fsync_s = fsync_s
        self._segments = segments or Segments()
        self._lines: dict[str, tuple[KiwoomSession, asyncio.Task[None]]] = {}
        self._tasks: asyncio.TaskGroup | None = None
        self._changing = asyncio.Lock()  # one start, stop or load at a time
        self.day = self._open_day()
        self.findings = Findings(SOURCE, calendar, thresholds or Thresholds())
        self.findings.begin(self.day.date, self.day.outbox.entries())
        kept = self.day.snapshot() or newest_snapshot(data_dir, self.day.date)
        if shipper is not None and kept is not None:
            shipper.know(kept.symbols)  # what earlier days left may wait to be shipped

    # -- the operator's words -----------------------------------------------------------------

    @property
    def logging(self) -> bool:
        """Whether lines are held, or being opened."""
        return bool(self._lines)

    @property
    def database(self) -> bool | None:
        """Whether the database is connected; None where candles are kept in files alone."""
        return None if self._shipper is None else self._shipper.connected

    async def load(self, file: Path | None = None) -> Universe:
        """Read the symbols again, from `file` where one is given, and ask for what has changed.

        Raises UniverseError, KisError; then everything stays as it was.
        """
        async with self._changing:
            file = file or self.universe_file
            universe = await self._listing(self.day.date, file)
            self.universe_file = file
            self._use(universe)
            self.day.keep_snapshot(universe)
            if self._lines:
                self._spread()
            return universe

    async def start(self) -> None:
        """Open the lines and register. Raises UniverseError, KisError where there are no symbols.

        A listing that cannot be had now is replaced by the newest one that was kept.
        """
        assert self._tasks is not None, "run() first"
        async with self._changing:
            if self._lines:
                return
            if self.universe is None:
                await self._have_universe()
            self._spread()
        self._log.info("KIWOOM_LOGGING", groups=len(self.groups), streams=streams(self.groups))

    async def stop(self) -> None:
        """Close the lines. What is not heard from here on is a gap that says so."""
        async with self._changing:
            for name in tuple(self._lines):
                await self._end_line(name, _STOPPED)
            await asyncio.to_thread(self.day.sync)
        self._log.info("KIWOOM_STOPPED")

    # -- the symbols ----------------------------------------------------------------------------

    async def _have_universe(self) -> None:
        """Have today's symbols; where nobody can be asked, the newest that were kept."""
        for attempt in range(1, LISTING_TRIES + 1):
            try:
                universe = await self._listing(self.day.date, self.universe_file)
            except (KisError, UniverseError) as error:
                self.trouble = f"universe: {error}"
                self._log.warning("KIWOOM_UNIVERSE", attempt=attempt, why=str(error))
                if isinstance(error, UniverseError) or attempt == LISTING_TRIES:
                    kept = self.day.snapshot() or newest_snapshot(self._data_dir, self.day.date)
                    if kept is None:
                        raise
                    self._use(kept)
                    return
            else:
                self.trouble = None
                self._use(universe)
                self.day.keep_snapshot(universe)
                return

    def _use(self, universe: Universe) -> None:
        on_nxt: Callable[[str], bool]
        match self.settings.nxt:
            case "all":
                on_nxt = lambda _: True  # noqa: E731 - three of a kind
            case "none":
                on_nxt = lambda _: False  # noqa: E731
            case "eligible":
                on_nxt = universe.on_nxt.__contains__
        self.groups = plan(
            universe.symbols,
            on_nxt,
            self.settings.types,
            items_max=self.settings.group_items,
        )
        self.universe = universe
        if self._shipper is not None:
            self._shipper.know(universe.symbols)
        for fault in universe.faults:
            self._log.warning("KIWOOM_SYMBOL", why=fault)
        self._take(self._day_begun())

    def _spread(self) -> None:
        """Let the lines hold the groups: open those that are missing, end those too many."""
        assert self._tasks is not None
        shares = spread(self.groups, self.settings.groups_per_line)
        now_ns = self._clock.now_ns()
        for number, share in enumerate(shares, 1):
            name = f"kiwoom-{number}"
            held = tuple((group.screen, group.type, group.items) for group in share)
            self._take(Planned(now_ns, name, held))
            if name not in self._lines:
                session = self._make_session(name)
                if self.day.unheard is not None:
                    self._take(Unheard(now_ns, name, *self.day.unheard))
                session.want(share)
                self._lines[name] = session, self._tasks.create_task(self._listen(session))
            else:
                self._lines[name][0].want(share)
        self.day.unheard = None
        for name in tuple(self._lines)[len(shares) :]:
            self._take(Planned(now_ns, name, ()))
            self._lines.pop(name)[1].cancel()

    async def _end_line(self, name: str, why: str) -> None:
        _, task = self._lines.pop(name)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self._take(LineDown(self._clock.now_ns(), name, why))

    # -- running ----------------------------------------------------------------------------------

    async def run(self, stopping: asyncio.Event) -> None:
        """Collect until `stopping`, then bring to the disk and the database what is left."""
        self._take(self._day_begun())
        now_ns = self._clock.now_ns()
        closed = [Gap(g.symbol, g.from_ns, now_ns, g.reason) for g in self.day.left_open]
        self._tell(closed, now_ns)  # of a run before: what is refused again opens anew
        try:
            async with asyncio.TaskGroup() as group:
                self._tasks = group
                ship = None
                if self._shipper is not None:
                    outbox = self._shipper.run(lambda: self.day.outbox, stopping)
                    ship = group.create_task(outbox)
                endless = [
                    group.create_task(task)
                    for task in (self._keep_time(), self._sync(), self._keep_ledger())
                ]
                if self.settings.autostart:
                    endless.append(group.create_task(self._start_by_itself()))
                await stopping.wait()
                for task in (*endless, *(task for _, task in self._lines.values())):
                    task.cancel()
                self._count_findings(self._clock.now_ns())
                await self._write_ledger()
                if ship is not None:
                    await ship
        finally:
            self._tasks = None
            self._lines.clear()
            self.day.close()

    async def _start_by_itself(self) -> None:
        pause_s = 5.0
        while True:
            try:
                return await self.start()
            except (KisError, UniverseError) as error:
                self._log.warning("KIWOOM_NOT_STARTED", why=str(error))
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 60.0)

    async def _listen(self, session: KiwoomSession) -> None:
        async with aclosing(session.items()) as items:  # type: ignore[type-var]
            async for item in items:
                if isinstance(item, Burst):
                    self._hear(item, session.name)
                    continue
                match item:
                    case LineUp():
                        self._log.info("KIWOOM_LINE_UP", line=session.name)
                    case LineDown(why=why):
                        self._log.warning("KIWOOM_LINE_DOWN", line=session.name, why=why)
                    case Answered(screen=screen, refused=str(why)):
                        self._log.warning("KIWOOM_REFUSED", screen=screen, why=why)
                    case _:
                        pass
                self._take(item)

    def _hear(self, burst: Burst, line: str) -> None:
        at_ns = burst.at_ns
        self.day.tape.texts(at_ns, burst.texts)
        for text in burst.texts:
            self._tell(self.hearing.text(at_ns, text, line), at_ns)

    def _take(self, mark: Mark | LineUp | LineDown | Asked | Answered) -> None:
        self.day.tape.mark(mark)
        self._tell(self.hearing.take(mark), mark.at_ns)
        if not isinstance(mark, Ticked | Asked):
            self._offer_what_stands()

    def _offer_what_stands(self) -> None:
        topics: set[Topic] = set()
        for stream in self.hearing.registry.standing():
            if kind := _KINDS.get(stream.type):
                symbol, venue = parse_item(stream.item)
                topics.add((kind, venue, symbol))
        if topics != self._offered:
            self._offered = frozenset(topics)
            self._offer(self._offered)

    def _count_findings(self, now_ns: int) -> None:
        promised: dict[Stream, int] = {}
        for stream in self.hearing.registry.standing():
            if stream.type in _MARKET and stream.acknowledged_ns is not None:
                symbol, venue = parse_item(stream.item)
                promised[venue, symbol] = stream.acknowledged_ns
        self.findings.expect(promised)
        self.day.record(self.findings.due(now_ns))

    def _tell(self, said: Sequence[Said], at_ns: int) -> None:
        derived: list[Gap | Settled | Doubted] = []
        quality = self.findings.quality
        for what in said:
            match what:
                case Print(trade=trade):  # these two by the thousand
                    quality.trade(trade)
                    self._publish(what)
                case Depth(book=book, cum_volume=volume):
                    quality.book(book, volume)
                    self._publish(what)
                case BestQuote():
                    quality.quote(_quote(what))
                    self._publish(what)
                case Interruption(symbol=symbol, venue=venue):
                    quality.interrupt(symbol, venue, lasts=what.lasts)
                    self._publish(what)
                case Settled() | Doubted():
                    derived.append(what)
                case Gap():
                    derived.append(what)
                    self._log.warning(
                        "GAP", source=SOURCE, symbol=what.symbol, reason=what.reason, to=what.to_ns
                    )
                    self._publish(what)
                case Silent():
                    self._log.warning("KIWOOM_SILENT", item=what.item, type=what.type,
                        screen=what.screen, since=kst(what.since_ns).isoformat(), over=what.over,
                        sibling=what.sibling_messages)  # fmt: skip
                case Quarantined(arrived_ns, text, why):
                    self.day.quarantine.keep(arrived_ns, why, text)
                    self._log.warning("QUARANTINED", source=SOURCE, why=why)
                case System(code, text):
                    self._log.info("KIWOOM_SYSTEM", code=code, text=text)
                case _:
                    self._publish(what)
        if derived:
            self.candles += sum(len(what.bars) for what in derived if isinstance(what, Settled))
            self.day.record(entries(derived, at_ns))

    def _open_day(self) -> KiwoomDay:
        now = self._clock.now()
        at_ns, day = self._clock.now_ns(), now.date()
        return KiwoomDay(self._data_dir, day, self._calendar, self._segments, at_ns)

    def _day_begun(self) -> DayBegun:
        symbols = self.universe.symbols if self.universe else ()
        krx = tuple(symbol for symbol in symbols if symbol not in self._elsewhere)
        return DayBegun(self._clock.now_ns(), self.day.date.isoformat(), krx, symbols)

    async def _keep_time(self) -> None:
        while True:
            now_ns = self._clock.now_ns()
            await self._clock.sleep_until(
                (now_ns - TICK_AT_NS) // TICK_NS * TICK_NS + TICK_NS + TICK_AT_NS
            )
            if self._clock.now().date() != self.day.date:
                await self._turn_day()
            now, now_ns = self._clock.now(), self._clock.now_ns()
            self._take(Ticked(now_ns))
            self._count_findings(now_ns)
            self.rates.look(now_ns, self.hearing.frames)
            stale = self.universe is not None and self.universe.date != now.date().isoformat()
            due = now.time() >= self.settings.refresh_at
            if stale and due and self._calendar.is_session(now.date()):
                await self._refresh()

    async def _turn_day(self) -> None:
        await self._write_ledger()
        now_ns = self._clock.now_ns()
        self._count_findings(now_ns)
        over = self.day
        over.record(self.findings.finish(now_ns))
        self.day = self._open_day()
        self.day.unheard = None  # this run has been listening
        self.findings.begin(self.day.date, self.day.outbox.entries())
        self._take(self._day_begun())
        await asyncio.to_thread(over.close)

    async def _refresh(self) -> None:
        try:
            await self.load()
            self.trouble = None
        except (KisError, UniverseError) as error:
            self.trouble = f"universe: {error}"
            self._log.warning("KIWOOM_UNIVERSE", why=str(error))

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(self._fsync_s)
            await asyncio.to_thread(self.day.sync)

    async def _keep_ledger(self) -> None:
        while True:
            await asyncio.sleep(self.settings.ledger_s)
            await self._write_ledger()

    async def _write_ledger(self) -> None:
        rows = self.hearing.registry.rows()
        if self._write_streams is None or not rows:
            return
        try:
            await self._write_streams(self.day.date, rows)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # The next round writes them all: the ledger holds the whole day.
            self._log.warning("KIWOOM_LEDGER", why=f"{type(error).__name__}: {error}")

    # -- what the panel shows ---------------------------------------------------------------------

    def status(self) -> dict[str, object]:
        """Return figures of today, as plain values."""
        hearing, registry, tape = self.hearing, self.hearing.registry, self.day.tape
        heard_ns = hearing.heard_ns
        now_ns = self._clock.now_ns()
        records: dict[str, dict[str, int]] = {}
        for (venue, kind), count in sorted(hearing.records.items()):
            records.setdefault(venue or "-", {})[kind] = count
        return {
            "date": self.day.date.isoformat(),
            "logging": self.logging,
            "lines": hearing.up,
            "reconnects": {name: line.reconnects for name, (line, _) in self._lines.items()},
            "last_arrival": kst(heard_ns).isoformat() if heard_ns else None,
            "silent_s": (now_ns - heard_ns) / SECOND_NS if heard_ns else None,
            "universe": _shown(self.universe),
            "trouble": self.trouble,
            "frames": hearing.frames,
            "records": records,
            "records_total": hearing.records.total(),
            "rates": {"frames_per_s": round(self.rates.frames_per_s, 1)},
            "pings": hearing.pings,
            "streams": {"planned": streams(self.groups)} | registry.counts(),
            "screens": registry.screens(),
            "silent": registry.silent(),
            "unheard": registry.unheard(),
            "gaps": [{"symbol": g.symbol, "from": kst(g.from_ns).isoformat(), "reason": g.reason}
                     for g in hearing.open_gaps],
            "findings": self.findings.status(now_ns),
            "sessions_disagree": dict(hearing.disagreements),
            "bad": hearing.bad,
            "quarantined": self.day.quarantine.count,
            "unknown_frames": dict(hearing.unknown_frames),
            "unknown_fids": dict(hearing.unknown_fids),
            "untold_types": dict(hearing.untold),
            "market_state": hearing.market_state,
            "candles": self.candles,
            "tape_bytes": tape.written_bytes,
            "buffer_bytes": tape.written_bytes - tape.synced_bytes,
            "files": self.day.segments,
            "database": self.database,
            "unsent_bytes": self.day.outbox.unsent_bytes,
        }  # fmt: skip


def _quote(told: BestQuote) -> Quote:
    return Quote(
        told.symbol, told.venue, None, told.arrived_ns, told.ask_krw, None, told.bid_krw, None
    )


def _shown(universe: Universe | None) -> dict[str, object] | None:
    if universe is None:
        return None
    return {
        "date": universe.date,
        "source": universe.source,
        "symbols": len(universe.issues),
        "on_nxt": len(universe.on_nxt),
        "halted": sum(issue.halted is True for issue in universe.issues),
        "warned": sum(issue.warning is not None for issue in universe.issues),
        "faults": list(universe.faults),
        "unlisted": list(universe.unlisted),
    }
