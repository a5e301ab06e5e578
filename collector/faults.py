"""The faults market data can have: kinds, thresholds, and how each is said.

Pure. A finding is one kind of fault of one symbol on one venue, with its count and first example.
`collector.quality` finds them event by event, `collector.quality_frame` in a day's Parquet; what
both must agree on stands here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from statistics import median
from typing import Literal

import msgspec

from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Venue
from kis_core.market.instants import DAY_NS, KST_OFFSET_NS, MINUTE_NS, SECOND_NS
from kis_core.market.sessions import Phase, session_plan
from kis_core.market.ticks import Grid, Limits

Kind = Literal[
    "duplicate",
    "repeated",
    "out_of_order",
    "crossed",
    "outside_limits",
    "off_grid",
    "stalled",
    "ahead",
    "late",
    "volume_jump",
    "volume_short",
    "volume_fell",
    "bad_size",
    "gap",
]
EVERYTHING = "*"  # the venue and symbol of what concerns the whole line
MILLISECOND_NS = 1_000_000
_HOUR_NS = 60 * MINUTE_NS
_CONTINUOUS = frozenset(
    {Phase.CONTINUOUS, Phase.AFTER_MARKET, Phase.NXT_PRE, Phase.NXT_MAIN, Phase.NXT_AFTER}
)

WORDS: dict[Kind, tuple[str, str]] = {  # Korean, English
    "duplicate": ("완전 중복", "the same message twice, or the same print"),
    "repeated": ("재전송", "the same quote again at once"),
    "out_of_order": ("순서 역전", "an event time that goes back by a second or more"),
    "crossed": ("호가 역전", "bid at or above ask in continuous trading"),
    "outside_limits": ("상·하한가 이탈", "a price beyond the day's limits"),
    "off_grid": ("호가단위 위반", "a price nobody can quote or print at"),
    "stalled": ("수신 정체", "silent while its sibling venue or the market goes on"),
    "ahead": ("시계 역전", "an event time later than its arrival"),
    "late": ("지연 수신", "arrived long after it happened"),
    "volume_jump": ("체결 누락", "cumulative volume rose by more than the print"),
    "volume_short": ("누적거래량 부족", "cumulative volume rose by less than the print"),
    "volume_fell": ("누적거래량 감소", "cumulative volume fell"),
    "bad_size": ("수량 오류", "a size that is negative or zero"),
    "gap": ("수신 공백", "no message at all while the market was open"),
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on something is a finding. Nanoseconds of the market's time."""

    line_gap_ns: int = 10 * SECOND_NS  # without any message, while a venue is open
    stall_ns: int = 120 * SECOND_NS  # a stream's silence, where its sibling meanwhile told
    sibling_events: int = 200
    stall_alone_ns: int = 900 * SECOND_NS  # a stream's silence, whatever its sibling did
    repeat_ns: int = 50 * MILLISECOND_NS  # Kiwoom conflates to 200 ms: sooner is a resend
    resolution_ns: int = SECOND_NS  # of event times, with KIS and Kiwoom
    late_ns: int = 3 * SECOND_NS
    ahead_ns: int = SECOND_NS
    auction_tail_ns: int = 30 * SECOND_NS  # an auction may end so much later than planned

    def __post_init__(self) -> None:
        if self.stall_alone_ns < self.stall_ns:
            raise ValueError(f"stall_alone_ns {self.stall_alone_ns} < stall_ns {self.stall_ns}")


Span = tuple[int, int]
"""From, up to (ns)."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """When each venue trades continuously on a day, in order."""

    krx: tuple[Span, ...] = ()
    nxt: tuple[Span, ...] = ()
    either: tuple[Span, ...] = ()

    def of(self, venue: str) -> tuple[Span, ...]:
        """Return a venue's spans; those of both for the unified feed and the whole line."""
        return self.krx if venue == "KRX" else self.nxt if venue == "NXT" else self.either


def sessions_of(day: date, calendar: TradingCalendar | None = None) -> Sessions:
    """Return the continuous trading of a day; no spans where the exchange is closed."""
    krx, nxt = (_continuous(day, venue, calendar) for venue in ("KRX", "NXT"))
    merged: list[Span] = []
    for start, end in sorted((*krx, *nxt)):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return Sessions(krx, nxt, tuple(merged))


def _continuous(day: date, venue: Venue, calendar: TradingCalendar | None) -> tuple[Span, ...]:
    plan = session_plan(day, venue, calendar)
    return tuple((s.start_ns, s.end_ns) for s in plan.spans if s.phase in _CONTINUOUS)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a day beforehand."""

    sessions: Sessions
    thresholds: Thresholds = field(default_factory=Thresholds)
    limits: Mapping[str, Limits] = field(default_factory=dict)  # unknown: not checked
    grids: Mapping[str, Grid] = field(default_factory=dict)  # STOCK where a symbol is not in it


class Finding(msgspec.Struct):
    """One kind of fault of one symbol on one venue. Times are arrivals, ns; changes in place."""

    kind: Kind
    venue: str
    symbol: str
    count: int
    first_ns: int
    last_ns: int
    example: str

    @property
    def key(self) -> tuple[Kind, str, str]:
        """What makes it one finding."""
        return self.kind, self.venue, self.symbol


class Skew(msgspec.Struct, frozen=True):
    """How far arrivals lie behind event times, from the smallest lag of each minute.

    An event time is cut to its second, so the smallest of many lags is what the line and the two
    clocks make up together; its slope is one clock running away from the other.
    """

    minutes: int
    least_ms: float
    median_ms: float
    most_ms: float
    drift_ms_per_hour: float | None  # None below three minutes


def skew_of(lags: Sequence[tuple[int, int]]) -> Skew | None:
    """Return what (start of a minute, smallest lag in it, both ns) say together."""
    if not lags:
        return None
    ms = [lag / MILLISECOND_NS for _, lag in lags]
    drift = None
    if len(lags) >= 3:
        hours = [(start - lags[0][0]) / _HOUR_NS for start, _ in lags]
        mean_h, mean_ms = sum(hours) / len(hours), sum(ms) / len(ms)
        spread = sum((h - mean_h) ** 2 for h in hours)
        drift = sum((h - mean_h) * (m - mean_ms) for h, m in zip(hours, ms, strict=True)) / spread
    return Skew(len(ms), min(ms), median(ms), max(ms), drift)


def inside(spans: Sequence[Span], at_ns: int, tail_ns: int) -> bool:
    """Whether an instant lies in one of the spans, `tail_ns` or more behind its start."""
    return any(start + tail_ns <= at_ns < end for start, end in spans)


def audible_ns(spans: Sequence[Span], holes: Sequence[Span], from_ns: int, to_ns: int) -> int:
    """Return how much of from..to lies in the spans and outside the holes of the line."""
    total = 0
    for start, end in spans:
        start, end = max(start, from_ns), min(end, to_ns)
        if start < end:
            deaf = (max(0, min(end, b) - max(start, a)) for a, b in reversed(holes) if b > from_ns)
            total += end - start - sum(deaf)
    return total


def is_stall(known: Known, silent_ns: int, sibling_events: int) -> bool:
    """Whether a stream's silence, in audible time, is more than a quiet market."""
    t = known.thresholds
    if silent_ns > t.stall_alone_ns:
        return True
    return silent_ns > t.stall_ns and sibling_events >= t.sibling_events


def volume_fault(cum: int, known: int, volume: int) -> Kind:
    """Return what is wrong where `cum` is not `known`, the highest before, and the print more."""
    if cum < known:
        return "volume_fell"
    return "volume_jump" if cum > known + volume else "volume_short"


def clock_text(at_ns: int | None) -> str:
    """Return the time of day in KST, to the millisecond."""
    if at_ns is None:
        return "?"
    seconds, rest = divmod((at_ns + KST_OFFSET_NS) % DAY_NS, SECOND_NS)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours:02d}:{minutes:02d}:{seconds % 60:02d}.{rest // MILLISECOND_NS:03d}"


def print_text(price: int, volume: int, cum: int) -> str:
    """Say what a print was."""
    return f"print {price:,} KRW x {volume:,}, cumulative {cum:,}"


def quote_text(ask: int | None, ask_size: int | None, bid: int | None, bid_size: int | None) -> str:
    """Say what stood at the best of both sides."""
    return f"ask {_level(ask, ask_size)}, bid {_level(bid, bid_size)}"


def _level(price: int | None, size: int | None) -> str:
    if price is None:
        return "none"
    return f"{price:,} KRW" + (f" x {size:,}" if size is not None else "")


def order_text(at_ns: int, newest_ns: int) -> str:
    """Say which event time came behind which."""
    return f"event of {clock_text(at_ns)} after one of {clock_text(newest_ns)}"


def skew_text(lag_ns: int) -> str:
    """Say how far the arrival lies from the event."""
    return f"arrived {lag_ns / SECOND_NS:+.3f} s from its event time"


def volume_text(cum: int, known: int, volume: int) -> str:
    """Say what cumulative volume came after which, with which print."""
    return f"cumulative {cum:,} after {known:,}, print {volume:,}"


def fell_text(cum: int, known: int) -> str:
    """Say which cumulative volume came after which, where a quote tells it."""
    return f"cumulative {cum:,} after {known:,}, told by a quote"


def limits_text(price: int, lower: int, upper: int) -> str:
    """Say which price lies beyond which limits."""
    return f"{price:,} KRW, limits {lower:,} to {upper:,}"


def grid_text(price: int, what: str) -> str:
    """Say which price is impossible."""
    return f"{what} at {price:,} KRW"


def stall_text(from_ns: int, to_ns: int, sibling_events: int) -> str:
    """Say how long a stream was silent, and what its sibling told meanwhile."""
    return f"{_from_to(from_ns, to_ns)}, its sibling told {sibling_events:,} events"


def gap_text(from_ns: int, to_ns: int) -> str:
    """Say from when to when nothing came."""
    return f"{_from_to(from_ns, to_ns)}, no message at all"


def _from_to(from_ns: int, to_ns: int) -> str:
    span_s = (to_ns - from_ns) / SECOND_NS
    return f"{span_s:.1f} s from {clock_text(from_ns)} to {clock_text(to_ns)}"
