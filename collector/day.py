"""One day of the collector: its files, and what is known of its minutes.

Opening a day is the same at midnight and after a crash: whatever its files hold already is read
back first.
"""

import threading
from collections.abc import Sequence
from datetime import date

import msgspec

from collector import tape as tapes
from collector.candles import MINUTE_NS, Window
from collector.completeness import verified
from collector.journal import DayVerified, Entry, GapNoted
from collector.ledger import MinuteLedger, Pace
from collector.outbox import Outbox
from collector.settings import CollectorSettings
from collector.tape import Quarantine, Tape
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap
from kis_core.market.instants import instant_ns
from kis_core.market.sessions import (
    LATE_PRINT_MIN,
    NXT_OPENED,
    REFORM,
    Phase,
    minutes,
    session_plan,
)

AFTER_EVERY_MIN = 20  # few trade after the market: a page of 30 rows holds what was missed

_encode = msgspec.json.Encoder().encode


class Day:
    """The files and the ledger of one date."""

    def __init__(
        self, settings: CollectorSettings, day: date, calendar: TradingCalendar, now_ns: int
    ) -> None:
        self.date = day
        self.window = window_of(day, calendar)
        self.after_window = after_window_of(day, calendar)
        self.nxt_window = nxt_window_of(day, calendar)
        directory = settings.data_dir / "collector"
        tape_directory = settings.data_dir / "tape"
        heard_ns = tapes.last_arrival_ns(tape_directory, day)
        self.outbox = Outbox(directory, day)
        self.tape = Tape(
            tape_directory,
            day,
            settings.tape.segment_mb << 20,
            segment_s=settings.tape.segment_min * 60,
        )
        self.quarantine = Quarantine(directory, day)
        self.gaps: dict[tuple[str | None, int], Gap] = {}
        self.verified: DayVerified | None = None
        self._slot_starts = minutes(day, calendar)
        self.ledgers = ledgers_of(day, settings, calendar)
        self.ledger = self.ledgers[0] if self.ledgers else None  # of the regular session
        self.after = self.ledgers[1] if len(self.ledgers) > 1 else None  # of the after-market
        for entry in self.outbox.entries():
            self._learn(entry)
        self.gap_at_start = self._gap_at_start(heard_ns, now_ns)
        self._closing = threading.Lock()  # a sync may still run in its thread at midnight
        self._closed = False
        self._slots = directory / f"{day.isoformat()}.slots.jsonl"

    def _gap_at_start(self, heard_ns: int | None, now_ns: int) -> Gap | None:
        """What went unheard before this run: since the last that an earlier one heard."""
        span = self.span
        if not span or now_ns <= span[0] or (self.ledger and self.ledger.complete):
            return None
        if heard_ns is None:
            return Gap(None, span[0], None, "started late")
        if heard_ns >= span[1]:
            return None  # the session was heard to its end
        # An earlier run may have died with its line down: its gap goes on.
        open_gaps = [g for g in self.gaps.values() if g.symbol is None and g.to_ns is None]
        if open_gaps:
            return open_gaps[-1]
        return Gap(None, min(heard_ns, now_ns), None, "restart")

    @property
    def span(self) -> tuple[int, int] | None:
        """From when to when prints of KRX make candles, ns; None without a session."""
        if not self.window:
            return None
        return self.window.first_ns, (self.after_window or self.window).end_ns

    def record(self, entries: Sequence[Entry]) -> None:
        """Write entries down, behind everything on the tape that they came from."""
        if not entries:
            return
        self.tape.flush()
        self.outbox.append(entries)
        for entry in entries:
            self._learn(entry)
        if self.ledger and self.ledger.complete and self.verified is None:
            self.record([verified(self.ledger, self._slot_starts, entries[-1].at_ns)])

    def _learn(self, entry: Entry) -> None:
        if isinstance(entry, GapNoted):
            self.gaps[entry.gap.symbol, entry.gap.from_ns] = entry.gap
        if isinstance(entry, DayVerified):
            self.verified = entry
        for ledger in self.ledgers:
            ledger.apply(entry)

    def note_slots(self, decision: dict[str, object]) -> None:
        """Append one decision about the registrations."""
        with self._slots.open("ab") as file:
            file.write(_encode(decision) + b"\n")

    def sync(self) -> None:
        """Put tape and journal on the disk. Blocks; does nothing once the day is closed."""
        with self._closing:
            if not self._closed:
                self.tape.sync()
                self.outbox.sync()

    @property
    def closed(self) -> bool:
        """Whether nothing can be written down any more."""
        return self._closed

    def close(self) -> None:
        """Put everything on the disk and let go of it."""
        with self._closing:
            self._closed = True
            self.tape.close()
            self.outbox.close()


def ledgers_of(
    day: date, settings: CollectorSettings, calendar: TradingCalendar
) -> tuple[MinuteLedger, ...]:
    """Return the ledger of a day's regular session, and that of its after-market if it has one.

    A gap is filled by the one in whose time it began.
    """
    window, evening = window_of(day, calendar), after_window_of(day, calendar)
    if window is None:
        return ()
    sweep, symbols = settings.sweep, settings.symbols
    pace = Pace(sweep.every_min, sweep.repair_min)
    if evening is None:
        return (MinuteLedger(window, symbols, pace),)
    later = Pace(AFTER_EVERY_MIN, sweep.repair_min)
    return (
        MinuteLedger(window, symbols, pace, (0, window.end_ns)),
        MinuteLedger(evening, symbols, later, (window.end_ns, 1 << 63)),
    )


def window_of(day: date, calendar: TradingCalendar) -> Window | None:
    """Return the minutes of a day that may have candles; None where the exchange is closed."""
    if not calendar.is_session(day):
        return None
    hours = calendar.hours(day)
    opens, closes = instant_ns(day, hours.opens), instant_ns(day, hours.closes)
    return Window(opens, closes + LATE_PRINT_MIN * MINUTE_NS)


def after_window_of(day: date, calendar: TradingCalendar) -> Window | None:
    """Return the minutes of KRX's after-market; None before there was one."""
    if not calendar.is_session(day) or day < REFORM:
        return None
    for span in session_plan(day, "KRX", calendar).spans:
        if Phase.AFTER_MARKET in (span.phase, span.presumed):
            return Window(span.start_ns, span.end_ns)
    return None


def nxt_window_of(day: date, calendar: TradingCalendar) -> Window | None:
    """Return the minutes from NXT's first phase to its last; None where it is closed."""
    if not calendar.is_session(day) or day < NXT_OPENED:
        return None
    spans = session_plan(day, "NXT", calendar).spans
    first_ns = min(span.start_ns for span in spans) // MINUTE_NS * MINUTE_NS
    return Window(first_ns, max(span.end_ns for span in spans))
