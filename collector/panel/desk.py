"""The running panel: reads the collector, keeps the curve, and carries out what is asked.

One task looks at the counters once a second; files are measured in a thread, now and then.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec
from structlog.typing import FilteringBoundLogger

from collector.insight import slots, status
from collector.panel.facts import (
    Done,
    Facts,
    FileRow,
    Part,
    PhaseNow,
    Rate,
    ReaderRow,
    Slot,
    Status,
)
from collector.panel.log_ring import LogRing
from collector.panel.parts import ActName, Answer, Source, Text
from collector.panel.pulse import Pulse
from collector.service import Collector
from collector.slots import MARKET_TRS, Key
from kis_core.clock import Clock
from kis_core.market.calendar import CalendarError, TradingCalendar
from kis_core.market.sessions import Phase, session_plan

LOOK_S = 1.0  # of this machine
FILES_EVERY = 5  # looks
LOG_LINES = 40
DONE_MAX = 100


class Desk:
    """Everything behind the pages."""

    def __init__(
        self,
        collector: Collector,
        clock: Clock,
        calendar: TradingCalendar,
        environment: str,
        sources: Sequence[Source],
        house: Source,
        ring: LogRing,
        log: FilteringBoundLogger,
    ) -> None:
        self._collector = collector
        self._clock = clock
        self._calendar = calendar
        self._environment = environment
        self._sources = tuple(sources)
        self._house = house
        self._ring = ring
        self._log = log
        self._pulse = Pulse()
        self._files: tuple[FileRow, ...] = ()
        self._done: deque[Done] = deque(maxlen=DONE_MAX)
        self._acting = asyncio.Lock()  # one act after the other: two that cross would mislead both

    async def run(self) -> None:
        """Look once a second, for ever."""
        loop = asyncio.get_running_loop()
        looks = 0
        while True:
            if looks % FILES_EVERY == 0:
                self._files = await asyncio.to_thread(self._measured)
            counts = {
                (source.name, counter.venue, counter.kind): counter.records
                for source in self._sources
                for counter in source.counters()
            }
            self._pulse.look(loop.time(), counts)
            looks += 1
            await asyncio.sleep(LOOK_S)

    def _measured(self) -> tuple[FileRow, ...]:
        data_dir, day = self._collector.settings.data_dir, self._collector.day.date
        found = [
            *(data_dir / "tape" / day.isoformat()).glob("*"),
            *(data_dir / "collector").glob(f"{day.isoformat()}.*"),
            *(data_dir / "days").glob(f"*/market_data_{day:%Y%m%d}*.parquet"),
        ]
        return tuple(row for path in found if (row := _row(path, data_dir)))

    def find(self, name: str) -> Source | None:
        """Return a source, or the house, by its name."""
        return next((s for s in (*self._sources, self._house) if s.name == name), None)

    def done(self, number: int) -> Done | None:
        """Return an act of a while ago by its number."""
        return next((done for done in self._done if done.number == number), None)

    async def perform(self, source: Source, act: ActName, by: str, address: str) -> Done:
        """Carry out an act if it is offered now, write down who asked, and say what came of it."""
        async with self._acting:
            offer = next((offer for offer in source.acts() if offer.name == act), None)
            if offer is None:
                answer = Answer(
                    False, Text("여기에는 없는 동작입니다.", "This is not offered here.")
                )
            elif offer.why_not is not None:
                answer = Answer(False, offer.why_not)
            else:
                answer = await source.perform(act, by)
            number = self._done[-1].number + 1 if self._done else 1
            done = Done(number, self._clock.now_ns(), by, source.name, act, answer)
            self._done.append(done)
            self._log.info(
                "PANEL_ACT",
                act=act,
                source=source.name,
                by=by,
                address=address,
                done=answer.done,
                said=answer.said.en,
            )
            return done

    def facts(self) -> Facts:
        """Read everything now."""
        collector, now_ns = self._collector, self._clock.now_ns()
        told = slots(collector)
        live = collector.hearing.live
        rows = msgspec.convert(told["slots"], tuple[Slot, ...])
        return Facts(
            now_ns=now_ns,
            environment=self._environment,
            status=msgspec.convert(status(collector, self._clock), Status),
            phases=self._phases(now_ns),
            sources=tuple(_part(source) for source in self._sources),
            house=_part(self._house),
            slots=tuple(msgspec.structs.replace(row, live=_is_live(row, live)) for row in rows),
            readers=tuple(
                ReaderRow(
                    reader.name,
                    len(reader.wants.wants),
                    reader.waiting,
                    reader.left_out,
                )
                for reader in collector.relay.readers
            ),
            mailbox_bound=collector.settings.reader_events_max,
            files=self._files,
            fsync_s=collector.settings.tape.fsync_s,
            rates=tuple(Rate(*key, per_s) for key, per_s in self._pulse.rates.items()),
            history=tuple(self._pulse.history),
            log=self._ring.newest(LOG_LINES),
            done=tuple(self._done),
        )

    def _phases(self, now_ns: int) -> tuple[PhaseNow, ...]:
        day = self._clock.now().date()
        found = []
        for venue in ("KRX", "NXT"):
            try:
                plan = session_plan(day, venue, self._calendar)
            except CalendarError:  # a day nobody has checked: nothing is said of it
                continue
            phase = plan.phase_at(now_ns)
            ends = [span.end_ns for span in plan.spans_at(now_ns) if span.phase is phase]
            starts = [span.start_ns for span in plan.spans if span.start_ns > now_ns]
            until = min(ends) if phase is not Phase.CLOSED else min(starts, default=None)
            found.append(PhaseNow(plan.venue, phase, until))
        return tuple(found)


def _part(source: Source) -> Part:
    return Part(source.shown(), source.counters(), source.acts())


def _is_live(row: Slot, live: Collection[Key]) -> bool:
    """The key of order notices is not told, so they are live when any of their channel is."""
    if row.tr_id in MARKET_TRS:
        return (row.tr_id, row.tr_key) in live
    return any(tr_id == row.tr_id for tr_id, _ in live)


def _row(path: Path, below: Path) -> FileRow | None:
    try:
        return FileRow(str(path.relative_to(below)), path.stat().st_size)
    except OSError:  # renamed or gone meanwhile
        return None
