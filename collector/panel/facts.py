"""Everything one picture of the panel is drawn from, read at one instant.

Pure values. `Status` and `Slot` are what `/api/v1/status` and `/slots` tell;
the panel reads the same figures as any other asker and counts nothing a second time.
"""

from collections import Counter as Counts

import msgspec

from collector.panel.parts import Act, ActName, Answer, Counter, SourceShown
from kis_core.market.events import Venue
from kis_core.market.sessions import Phase


class Sweeps(msgspec.Struct, frozen=True):
    """Minute charts asked for over REST."""

    asked: int
    failed: int
    waiting: int


class Finding(msgspec.Struct, frozen=True):
    """What was found wrong with one stream today, and how often."""

    kind: str
    ko: str
    en: str
    venue: str
    symbol: str
    count: int
    last_at: str
    example: str


class Quality(msgspec.Struct, frozen=True):
    """The findings of a source: the most frequent one by one, all of them by kind."""

    kinds: dict[str, int]
    findings: tuple[Finding, ...]


class Beside(msgspec.Struct, frozen=True):
    """Another source, as far as its quality goes."""

    findings: Quality


class Past(msgspec.Struct, frozen=True):
    """Days before today that are being made whole."""

    days_left: int
    waiting: int  # symbols of the day under way
    gaps_filled: int


class Status(msgspec.Struct, frozen=True):
    """Figures of today; other keys of the status are left alone."""

    date: str
    records: int
    frames: int
    quarantined: int
    universe: int
    candles: int
    confirmed: int
    repaired: int
    surplus: int
    doubts: int
    sweeps: Sweeps
    complete: bool
    session: bool
    past: Past
    findings: Quality | None = None  # None: nobody looks
    kiwoom: Beside | None = None

    @property
    def quality(self) -> Quality | None:
        """The findings of all sources together."""
        looked = [self.findings, self.kiwoom.findings if self.kiwoom else None]
        told = [each for each in looked if each is not None]
        kinds: Counts[str] = sum((Counts(each.kinds) for each in told), Counts())
        found = tuple(finding for each in told for finding in each.findings)
        return Quality(dict(kinds), found) if told else None


class AskedBy(msgspec.Struct, frozen=True):
    """How much one reader wants a registration."""

    reader: str
    priority: str
    rank: int


class Slot(msgspec.Struct, frozen=True):
    """One registration: who asked for it, and whether it has a place."""

    tr_id: str
    tr_key: str
    given: bool
    why: str
    priority: str = ""
    by: tuple[AskedBy, ...] = ()
    session: str = ""
    denied: bool = False  # it has a place, and KIS did not take it
    live: bool = False


class ReaderRow(msgspec.Struct, frozen=True):
    """One connection of the relay."""

    name: str
    wants: int
    waiting: int  # events in its mailbox
    conflated: int  # events it was spared, being slow


class FileRow(msgspec.Struct, frozen=True):
    """One file of today."""

    name: str
    size: int  # bytes


class PhaseNow(msgspec.Struct, frozen=True):
    """What a venue is doing now, and until when; None: nothing more of today is known."""

    venue: Venue
    phase: Phase
    until_ns: int | None


class Rate(msgspec.Struct, frozen=True):
    """Records a second of one venue and kind of a source, now."""

    source: str
    venue: str
    kind: str
    per_s: float


class LogLine(msgspec.Struct, frozen=True):
    """One line of the log."""

    at: str
    level: str
    event: str
    facts: str


class Done(msgspec.Struct, frozen=True):
    """An act that somebody asked for on the panel, and what came of it."""

    number: int
    at_ns: int
    by: str
    source: str
    act: ActName
    answer: Answer


class Part(msgspec.Struct, frozen=True):
    """A source with its buttons."""

    shown: SourceShown
    counters: tuple[Counter, ...]
    acts: tuple[Act, ...]


class Facts(msgspec.Struct, frozen=True):
    """One picture."""

    now_ns: int
    environment: str
    status: Status
    phases: tuple[PhaseNow, ...]
    sources: tuple[Part, ...]
    house: Part
    slots: tuple[Slot, ...]
    readers: tuple[ReaderRow, ...]
    mailbox_bound: int
    files: tuple[FileRow, ...]
    fsync_s: float
    rates: tuple[Rate, ...]
    history: tuple[float, ...]  # records a second of all sources, oldest first, a second apart
    log: tuple[LogLine, ...]
    done: tuple[Done, ...]
