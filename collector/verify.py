"""A day's tape through the same lines again: does the journal say what the tape says?

Each run of the collector began with a `DayBegun` mark; from there the texts and marks are folded
through `Hearing` as they were live, and every candle, doubt and gap that comes out is compared
with what the journal has, one by one, in order. What REST answered is not on the tape and is left
out.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from collector import tape as tapes
from collector.hearing import DayBegun, Hearing, entries
from collector.journal import Doubt, Entry, FromTicks, GapNoted
from collector.outbox import read_journal
from kis_core.clock import kst
from kis_core.wire.tape import Damaged

DIFFERENCES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Difference:
    """The tape says `expected`, the journal has `journaled`; None: nothing."""

    expected: Entry | None
    journaled: Entry | None

    def __str__(self) -> str:
        return f"tape: {_shown(self.expected)}; journal: {_shown(self.journaled)}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What came of it."""

    events: int  # texts and marks
    decisions: int  # candles, doubts and gaps they make
    damaged: int  # records that could not be read, torn ends included
    differences: tuple[Difference, ...]

    @property
    def first(self) -> Difference | None:
        """Where tape and journal part."""
        return self.differences[0] if self.differences else None


def verify(data_dir: Path, day: str) -> Verified:
    """Compare the tape of a date (YYYY-MM-DD) with the journal of that date."""
    when = date.fromisoformat(day)
    journal = deque(
        entry
        for entry in read_journal(data_dir / "collector" / f"{when.isoformat()}.jsonl")
        if isinstance(entry, FromTicks | Doubt | GapNoted) and not _afterwards(entry)
    )
    events = decisions = damaged = 0
    differences: list[Difference] = []
    for run in _runs(data_dir / "tape", when):
        events += run.events
        damaged += run.damaged
        expected = run.entries
        decisions += sum(_weight(entry) for entry in expected)
        for number, entry in enumerate(expected):
            if journal and journal[0] == entry:
                journal.popleft()
            elif run.cut_off and number >= len(expected) - run.last_entries:
                break  # the crash came between the tape and the journal
            else:
                had = journal.popleft() if journal else None
                differences.append(Difference(entry, had))
                if len(differences) >= DIFFERENCES_MAX:
                    break
    differences.extend(Difference(None, entry) for entry in journal)
    return Verified(events, decisions, damaged, tuple(differences[:DIFFERENCES_MAX]))


@dataclass(slots=True)
class _Run:
    """One run of the collector, as its tape tells it."""

    entries: list[Entry]
    events: int = 0
    damaged: int = 0
    last_entries: int = 0  # how many came of the last record: they are journaled in one piece
    cut_off: bool = False


def _runs(directory: Path, when: date) -> Iterator[_Run]:
    run = _Run([])
    hearing = Hearing()
    for item in tapes.read(directory, when):
        if isinstance(item, Damaged):
            run.damaged += 1
            continue
        if isinstance(item, DayBegun):
            if run.events:
                run.cut_off = True
                yield run
            run, hearing = _Run([]), Hearing()
        run.events += 1
        found = entries(hearing.take(item), item.at_ns)
        run.last_entries = len(found)
        run.entries.extend(found)
    run.cut_off = True  # a collector that still runs, or was killed, is between the two as well
    if run.events:
        yield run


def _afterwards(entry: Entry) -> bool:
    return isinstance(entry, GapNoted) and entry.afterwards


def _weight(entry: Entry) -> int:
    return len(entry.bars) if isinstance(entry, FromTicks) else 1


def _shown(entry: Entry | None) -> str:
    match entry:
        case None:
            return "nothing"
        case FromTicks(start_ns=start_ns, bars=bars, quiet=quiet):
            figures = "; ".join(
                f"{b.symbol} {b.open_krw}/{b.high_krw}/{b.low_krw}/{b.close_krw} {b.volume}"
                for b in bars[:3]
            )
            count = f"{len(bars)} candles, {len(quiet)} quiet"
            return f"{kst(start_ns):%H:%M} {count} ({figures}{' …' if len(bars) > 3 else ''})"
        case Doubt(symbol=symbol, first_ns=first_ns, why=why):
            return f"doubt {symbol} {kst(first_ns):%H:%M}: {why}"
        case GapNoted(gap=gap):
            return f"gap {gap.symbol or '*'} {kst(gap.from_ns):%H:%M:%S}: {gap.reason}"
        case other:
            return repr(other)
