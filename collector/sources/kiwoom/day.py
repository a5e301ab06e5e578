"""One day of the Kiwoom source: its tape, its journal, its quarantine, its snapshot of symbols.

Opening a day is the same at midnight and after a crash.
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from collector import tape as tapes
from collector.journal import Entry, GapNoted
from collector.outbox import Outbox
from collector.sources.kiwoom.sessions import VENUES, windows
from collector.sources.kiwoom.universe import Universe, UniverseError, from_snapshot, to_snapshot
from collector.tape import Quarantine, Tape
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap

SOURCE = "kiwoom"


def directory_of(data_dir: Path) -> Path:
    """Return where the source keeps what it derived."""
    return data_dir / "collector" / SOURCE


@dataclass(frozen=True, slots=True)
class Segments:
    """How large and how old, in market seconds, a segment of the tape becomes."""

    bytes_max: int = 64 << 20
    seconds_max: float = 900.0


class KiwoomDay:
    """The files of one date."""

    def __init__(
        self,
        data_dir: Path,
        day: date,
        calendar: TradingCalendar,
        segments: Segments,
        now_ns: int,
    ) -> None:
        self.date = day
        self._directory = directory_of(data_dir)
        tape_directory = data_dir / "tape"
        self.heard_ns = tapes.last_arrival_ns(tape_directory, day, SOURCE)
        self.outbox = Outbox(self._directory, day)
        self.tape = Tape(tape_directory, day, segments.bytes_max, SOURCE, segments.seconds_max)
        self.quarantine = Quarantine(self._directory, day)
        left_open = _left_open(self.outbox.entries())
        of_lines = [gap for gap in left_open if gap.symbol is None or gap.symbol.startswith("(")]
        self.left_open = [gap for gap in left_open if gap not in of_lines]  # of single items
        self.unheard = _unheard(day, calendar, self.heard_ns, now_ns)
        self.gaps: dict[tuple[str | None, int], Gap] = {}
        self._learn(self.outbox.entries())
        if of_lines and self.unheard is not None:
            # An earlier run ended with its line down: its gap goes on.
            self.unheard = of_lines[-1].from_ns, of_lines[-1].reason
        self._tape_directory = tape_directory
        self._closing = threading.Lock()  # a sync may still run in its thread at midnight
        self._closed = False

    @property
    def segments(self) -> list[str]:
        """The names of the tape's files."""
        return [path.name for path in tapes.segments(self._tape_directory, self.date, SOURCE)]

    def record(self, entries: Sequence[Entry]) -> None:
        """Write entries down, behind everything on the tape that they came from."""
        if entries:
            self.tape.flush()
            self.outbox.append(entries)
            self._learn(entries)

    def _learn(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if isinstance(entry, GapNoted):
                self.gaps[entry.gap.symbol, entry.gap.from_ns] = entry.gap

    def snapshot(self) -> Universe | None:
        """Return the day's universe as it was kept; None where there is none that reads."""
        return read_snapshot(self._snapshot_path)

    def keep_snapshot(self, universe: Universe) -> None:
        """Keep the day's universe; a later one of the day replaces it."""
        draft = self._snapshot_path.with_suffix(".draft")
        draft.write_bytes(to_snapshot(universe))
        os.replace(draft, self._snapshot_path)

    @property
    def _snapshot_path(self) -> Path:
        return self._directory / f"{self.date.isoformat()}.universe"

    def sync(self) -> None:
        """Put tape and journal on the disk. Blocks; does nothing once the day is closed."""
        with self._closing:
            if not self._closed:
                self.tape.sync()
                self.outbox.sync()

    def close(self) -> None:
        """Put everything on the disk and let go of it."""
        with self._closing:
            self._closed = True
            self.tape.close()
            self.outbox.close()


def read_snapshot(path: Path) -> Universe | None:
    """Return a kept universe; None where there is none, or none that reads."""
    try:
        return from_snapshot(path.name, path.read_bytes())
    except (FileNotFoundError, UniverseError):
        return None


def newest_snapshot(data_dir: Path, before: date) -> Universe | None:
    """Return the universe of the newest day before a date that has one."""
    paths = sorted(directory_of(data_dir).glob("????-??-??.universe"), reverse=True)
    kept = (read_snapshot(path) for path in paths if path.stem < before.isoformat())
    return next((universe for universe in kept if universe is not None), None)


def _left_open(entries: Sequence[Entry]) -> list[Gap]:
    """Return the gaps that the journal opened and did not close."""
    known: dict[tuple[str | None, int], Gap] = {}
    for entry in entries:
        if isinstance(entry, GapNoted):
            known[entry.gap.symbol, entry.gap.from_ns] = entry.gap
    return [gap for gap in known.values() if gap.to_ns is None]


def _unheard(
    day: date, calendar: TradingCalendar, heard_ns: int | None, now_ns: int
) -> tuple[int, str] | None:
    """Return since when nothing was heard before this run, and why; None outside the sessions."""
    spans = [window for venue in VENUES for window in windows(day, venue, calendar)]
    if not spans:
        return None
    first_ns, end_ns = min(s.first_ns for s in spans), max(s.end_ns for s in spans)
    if not first_ns < now_ns < end_ns:
        return None
    if heard_ns is None:
        return first_ns, "started late"
    return min(heard_ns, now_ns), "restart"
