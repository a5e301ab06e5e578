"""The findings of a line's day, counted as it is heard, journaled, and told to whoever asks.

What is written into the day's journal are the day's totals so far, of what has changed. A restart
goes on from the newest of them, and the shipper brings them into `market_findings`: a database
that is away delays them and loses nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
from prometheus_client.core import CounterMetricFamily

from collector.faults import WORDS, Finding, Kind, Known, Sessions, Thresholds, sessions_of
from collector.journal import Entry, FindingsCounted, StreamsExpected
from collector.quality import Quality
from kis_core.clock import kst
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Market

_SHOWN_MAX = 100
_Key = tuple[Kind, str, str]
Stream = tuple[Market, str]
"""A venue and a symbol."""


class Findings:
    """The findings of one source. `begin` before anything else, once a day."""

    def __init__(self, source: str, calendar: TradingCalendar, thresholds: Thresholds) -> None:
        self.source = source
        self._calendar = calendar
        self._thresholds = thresholds
        self._before: dict[_Key, Finding] = {}  # of earlier runs of this day
        self._expected: dict[Stream, None] = {}  # likewise, and of this run
        self._untold = False  # whether the journal lacks some of them
        self.quality = Quality(Known(Sessions(), self._thresholds))

    def begin(self, day: date, journaled: Iterable[Entry]) -> None:
        """Begin a day, going on from what its journal knows already."""
        journaled = list(journaled)
        self._before = newest(journaled).get(self.source, {})
        self._expected = dict.fromkeys(expected(journaled, self.source))
        self._untold = False
        self.quality = Quality(Known(sessions_of(day, self._calendar), self._thresholds))

    def take(self, said: Iterable[object]) -> None:
        """Take what was heard, in order; what is no market data is passed over."""
        self.quality.take(said)

    def expect(self, streams: Mapping[Stream, int]) -> None:
        """Take the streams that the source was promised, each since when (ns)."""
        for (venue, symbol), from_ns in streams.items():
            self.quality.expect(symbol, venue, from_ns)
        if streams.keys() - self._expected.keys():
            self._expected |= dict.fromkeys(streams)
            self._untold = True

    def due(self, now_ns: int) -> list[Entry]:
        """Return what has changed since the last time, as journal entries."""
        entries: list[Entry] = []
        if self._untold:
            self._untold = False
            entries.append(StreamsExpected(now_ns, self.source, tuple(self._expected)))
        changed, self.quality.changed = self.quality.changed, set()
        if changed:
            totals = tuple(self._total(self.quality.found[key]) for key in sorted(changed))
            entries.append(FindingsCounted(now_ns, self.source, totals))
        return entries

    def finish(self, now_ns: int) -> list[Entry]:
        """End the day: count the silences that last until now, and return what has changed."""
        self.quality.finish(now_ns)
        return self.due(now_ns)

    def totals(self) -> list[Finding]:
        """Return the day's findings, most frequent first."""
        found = {f.key: self._total(f) for f in self.quality.findings}
        return sorted((self._before | found).values(), key=lambda f: (-f.count, f.key))

    def status(self, now_ns: int) -> dict[str, Any]:
        """Return the day's findings as plain values, and who is stalled now."""
        totals = self.totals()
        kinds: dict[str, int] = {}
        for finding in totals:
            kinds[finding.kind] = kinds.get(finding.kind, 0) + finding.count
        skew = self.quality.skew
        silent = self.quality.silent(now_ns)
        return {
            "source": self.source,
            "kinds": kinds,
            "findings": [shown(f) for f in totals[:_SHOWN_MAX]],
            "silent": [
                {"venue": s.venue, "symbol": s.symbol, "since": kst(s.heard_ns).isoformat()}
                for s in silent[:_SHOWN_MAX]
            ],
            "silent_count": len(silent),
            "streams": len(self.quality.streams),
            "unfollowed": self.quality.unfollowed,
            "skew": msgspec.to_builtins(skew) if skew else None,
        }

    def _total(self, finding: Finding) -> Finding:
        before = self._before.get(finding.key)
        if before is None:
            return msgspec.structs.replace(finding)
        return msgspec.structs.replace(
            before,
            count=before.count + finding.count,
            last_ns=max(before.last_ns, finding.last_ns),
        )


def metric(sources: Iterable[Findings]) -> CounterMetricFamily:
    """Return the counts of all sources by kind and venue."""
    family = CounterMetricFamily(
        "collector_findings", "What was wrong with market data today",
        labels=["source", "kind", "venue"],
    )  # fmt: skip
    for each in sources:
        counts: dict[tuple[str, str], int] = {}
        for finding in each.totals():
            key = (finding.kind, finding.venue)
            counts[key] = counts.get(key, 0) + finding.count
        for (kind, venue), count in sorted(counts.items()):
            family.add_metric([each.source, kind, venue], count)
    return family


def newest(entries: Iterable[Entry]) -> dict[str, dict[_Key, Finding]]:
    """Return each source's totals as the journal has them last."""
    found: dict[str, dict[_Key, Finding]] = {}
    for entry in entries:
        if isinstance(entry, FindingsCounted):
            found.setdefault(entry.source, {}).update({f.key: f for f in entry.findings})
    return found


def expected(entries: Iterable[Entry], source: str) -> tuple[Stream, ...]:
    """Return what a source was promised, as the journal has it last."""
    found: tuple[Stream, ...] = ()
    for entry in entries:
        if isinstance(entry, StreamsExpected) and entry.source == source:
            found = entry.streams
    return found


def shown(finding: Finding) -> dict[str, object]:
    """Return a finding as plain values, its kind in both languages."""
    korean, english = WORDS[finding.kind]
    return {
        "kind": finding.kind,
        "ko": korean,
        "en": english,
        "venue": finding.venue,
        "symbol": finding.symbol,
        "count": finding.count,
        "first_at": kst(finding.first_ns).isoformat(),
        "last_at": kst(finding.last_ns).isoformat(),
        "example": finding.example,
    }
