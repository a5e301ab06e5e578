"""What is open when: the phases of a trading day on KRX and NXT.

A plan is made for one date and venue from the calendar's hours, so the first session of the year
and the days of the university entrance exam shift by themselves. Where the market's timetable is
not established, the plan has a span of phase NOT_ESTABLISHED that says what is presumed; nothing
may be sent on a presumption. Source: krx_market.md §1 to §3.

A volatility interruption makes one issue's continuous trading a call auction for minutes; that is
the issue's state (`Trade.in_auction`), not the day's plan.
"""

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from kis_core.market.calendar import (
    CalendarError,
    Hours,
    TradingCalendar,
    krx_calendar,
    usual_hours,
)
from kis_core.market.events import Venue
from kis_core.market.instants import (
    DAY_NS,
    MINUTE_NS,
    date_of,
    instant_ns,
    midnight_ns,
    shifted,
)

PLANNED_FROM = date(2019, 4, 29)
"""The timetable below holds from here on; before, intake and pre-open began earlier."""
NXT_OPENED = date(2025, 3, 4)
REFORM = date(2026, 9, 14)
"""KRX after-market instead of the off-hours single price; GTP orders on NXT."""


BarSession = Literal["pre", "opening_auction", "regular", "closing_auction", "after_close", "after"]
"""Whose minute a bar is. KRX's day and its close are made of regular and auction minutes alone."""
LATE_PRINT_MIN = 5  # a closing auction put off by a volatility interruption prints at 15:32


class Phase(StrEnum):
    """A stretch of a venue's day. What may be ordered in each: `SessionPlan.accepts`."""

    CLOSED = "closed"
    NOT_ESTABLISHED = "not_established"
    OPENING_AUCTION = "opening_auction"  # KRX: intake; one price when the session opens
    PRE_OPEN = "pre_open"  # KRX: at yesterday's close, beside the opening auction's intake
    CONTINUOUS = "continuous"  # KRX
    CLOSING_AUCTION = "closing_auction"  # KRX: intake; one price when the session closes
    POST_CLOSE_INTAKE = "post_close_intake"  # KRX: orders at today's close, not yet matched
    POST_CLOSE = "post_close"  # KRX: matched at today's close
    OFF_HOURS_SINGLE = "off_hours_single"  # KRX until 2026-09-11: an auction every ten minutes
    AFTER_MARKET = "after_market"  # KRX since 2026-09-14: continuous, no ETF or ETN
    NXT_PRE = "nxt_pre"
    NXT_MAIN = "nxt_main"
    NXT_AFTER_AUCTION = "nxt_after_auction"
    NXT_AFTER = "nxt_after"
    NXT_CLOSING_PRICE_INTAKE = "nxt_closing_price_intake"  # beside the main market
    NXT_CLOSING_PRICE = "nxt_closing_price"  # at KRX's close, beside the after-market


@dataclass(frozen=True, slots=True)
class Span:
    """One phase from `start_ns` up to, not including, `end_ns`."""

    phase: Phase
    start_ns: int
    end_ns: int
    presumed: Phase | None = None  # what is likely here, where the phase is NOT_ESTABLISHED


@dataclass(frozen=True, slots=True)
class SessionPlan:
    """The phases of one date on one venue; no spans where the venue is closed all day.

    Spans are in order of their start. Two of them overlap only where a fixed-price market runs
    beside the main line: KRX pre-open, NXT closing price (or what is presumed to be one).
    """

    date: date
    venue: Venue
    spans: tuple[Span, ...]
    _midnight_ns: int = field(init=False, repr=False, compare=False)
    _main: tuple[Span, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        main = tuple(s for s in self.spans if (s.presumed or s.phase) not in _BESIDE)
        object.__setattr__(self, "_midnight_ns", midnight_ns(self.date))
        object.__setattr__(self, "_main", main)

    def phase_at(self, at_ns: int) -> Phase:
        """Return the main line's phase at an instant of this date.

        An auction's own print is stamped at the end of its span or some seconds later, hence falls
        into the next phase.
        """
        self._require_own(at_ns)
        for span in self._main:
            if span.start_ns <= at_ns < span.end_ns:
                return span.phase
        return Phase.CLOSED

    def spans_at(self, at_ns: int) -> tuple[Span, ...]:
        """Return all spans an instant of this date lies in."""
        self._require_own(at_ns)
        return tuple(span for span in self.spans if span.start_ns <= at_ns < span.end_ns)

    def span(self, phase: Phase) -> Span | None:
        """Return the span of a phase, None when this date has none."""
        return next((span for span in self.spans if span.phase is phase), None)

    def accepts(self, order_type: str, at_ns: int) -> bool | None:
        """Whether the venue takes new orders of a type (ORD_DVSN) then; None is not established.

        This is the venue's timetable for stocks. ETF and ETN are not in KRX's after-market, and
        which issues NXT trades changes daily: that is asked of the broker.
        """
        answers = [_accepted(span, order_type, self.date) for span in self.spans_at(at_ns)]
        if True in answers:
            return True
        return None if None in answers else False

    def _require_own(self, at_ns: int) -> None:
        if not 0 <= at_ns - self._midnight_ns < DAY_NS:
            raise ValueError(f"an instant of {date_of(at_ns)} asked of the plan of {self.date}")


_BESIDE = frozenset(
    {Phase.PRE_OPEN, Phase.NXT_CLOSING_PRICE_INTAKE, Phase.NXT_CLOSING_PRICE},
)

_REGULAR = frozenset(("00", "01", "02", "03", "04", "11", "12", "13", "14", "15", "16"))
_MID_AND_STOP = frozenset(("21", "22", "23", "24"))
_GTP = frozenset(("27", "28", "29"))
_KRX_AFTER = frozenset(("41", "42", "43", "44", "45", "46", "47"))
_NXT = (_REGULAR - {"01", "02"}) | _MID_AND_STOP
_NOTHING: frozenset[str] = frozenset()

_TAKEN: dict[Phase, tuple[frozenset[str], frozenset[str]]] = {
    # phase: (order types taken, order types of which it is not established)
    Phase.OPENING_AUCTION: (frozenset(("00", "01")), (_REGULAR | _MID_AND_STOP) - {"00", "01"}),
    Phase.PRE_OPEN: (frozenset(("05",)), _NOTHING),
    Phase.CONTINUOUS: (_REGULAR | _MID_AND_STOP, _NOTHING),
    Phase.CLOSING_AUCTION: (frozenset(("00", "01")), (_REGULAR | _MID_AND_STOP) - {"00", "01"}),
    Phase.POST_CLOSE_INTAKE: (frozenset(("06",)), _NOTHING),
    Phase.POST_CLOSE: (frozenset(("06",)), _NOTHING),
    Phase.OFF_HOURS_SINGLE: (frozenset(("07",)), _NOTHING),
    Phase.AFTER_MARKET: (_KRX_AFTER, _NOTHING),
    Phase.NXT_PRE: (_GTP | {"00"}, _NXT - {"00"}),
    Phase.NXT_MAIN: (_NXT, _NOTHING),
    Phase.NXT_AFTER_AUCTION: (frozenset(("00",)), _NOTHING),
    Phase.NXT_AFTER: (frozenset(("00",)), _NXT - {"00"}),
    # which code orders it is not documented: 05 and 06 are KRX's alone
    Phase.NXT_CLOSING_PRICE_INTAKE: (_NOTHING, _NOTHING),
    Phase.NXT_CLOSING_PRICE: (_NOTHING, _NOTHING),
}
_SINCE: dict[str, date] = dict.fromkeys(_MID_AND_STOP, NXT_OPENED) | dict.fromkeys(_GTP, REFORM)


def _accepted(span: Span, order_type: str, day: date) -> bool | None:
    if day < _SINCE.get(order_type, day):
        return False
    if span.presumed is Phase.CLOSED:
        return None
    if span.presumed is not None:
        likely, unsure = _TAKEN.get(span.presumed, (_NOTHING, _NOTHING))
        return None if order_type in likely | unsure else False
    taken, unsure = _TAKEN[span.phase]
    return True if order_type in taken else None if order_type in unsure else False


@lru_cache(maxsize=64)
def session_plan(
    day: date, venue: Venue = "KRX", calendar: TradingCalendar | None = None
) -> SessionPlan:
    """Return the phases of a date on a venue, without spans when the venue is closed.

    Raises CalendarError for a date outside the calendar or before PLANNED_FROM. Without
    `calendar`, `krx_calendar()` is asked, which takes a second the first time.
    """
    days = calendar or krx_calendar()
    if not days.is_session(day) or (venue == "NXT" and day < NXT_OPENED):
        return SessionPlan(day, venue, ())
    if day < PLANNED_FROM:
        raise CalendarError(f"the phases of {day} are not known: timetables start {PLANNED_FROM}")
    rows = _krx_rows(day, days.hours(day)) if venue == "KRX" else _nxt_rows(day, days.hours(day))
    spans = (
        Span(phase, instant_ns(day, start), instant_ns(day, end), presumed)
        for phase, start, end, presumed in rows
    )
    return SessionPlan(day, venue, tuple(sorted(spans, key=lambda span: span.start_ns)))


_Row = tuple[Phase, time, time, Phase | None]
_NORMAL = Hours(time(9), time(15, 30))
_EVENING_ENDS = time(20)


def _krx_rows(day: date, hours: Hours) -> list[_Row]:
    opens, closes = hours.opens, hours.closes
    intake, post_ends = shifted(opens, -30), shifted(closes, 30)
    rows: list[_Row] = [
        (Phase.OPENING_AUCTION, intake, opens, None),
        (Phase.CONTINUOUS, opens, shifted(closes, -10), None),
        (Phase.CLOSING_AUCTION, shifted(closes, -10), closes, None),
        (Phase.POST_CLOSE_INTAKE, closes, shifted(closes, 10), None),
        (Phase.POST_CLOSE, shifted(closes, 10), post_ends, None),
    ]
    # Whether intake starts at 08:20 since the reform is not established; nor is whether intake and
    # pre-open shift with the late opening of the year's first session.
    first_intake = time(8, 30) if day < REFORM else time(8, 20)
    if opens > _NORMAL.opens and closes == _NORMAL.closes:
        rows.append((Phase.NOT_ESTABLISHED, first_intake, intake, Phase.CLOSED))
        rows.append((Phase.NOT_ESTABLISHED, intake, shifted(intake, 10), Phase.PRE_OPEN))
    else:
        rows.append((Phase.PRE_OPEN, intake, shifted(intake, 10), None))
        if day >= REFORM:
            early = shifted(intake, -10)
            rows.append((Phase.NOT_ESTABLISHED, early, intake, Phase.OPENING_AUCTION))
    if day < REFORM:
        rows.append((Phase.OFF_HOURS_SINGLE, post_ends, time(18), None))
    elif closes == _NORMAL.closes:
        rows.append((Phase.AFTER_MARKET, post_ends, _EVENING_ENDS, None))
    else:
        rows.append((Phase.NOT_ESTABLISHED, post_ends, _EVENING_ENDS, Phase.AFTER_MARKET))
    return rows


def _nxt_rows(day: date, hours: Hours) -> list[_Row]:
    opens, closes = hours.opens, hours.closes
    main_opens = opens.replace(second=30)
    main_closes = shifted(closes, -10)
    rows: list[_Row] = [
        (Phase.NXT_MAIN, main_opens, main_closes, None),
        (Phase.NXT_AFTER_AUCTION, closes, shifted(closes, 10), None),
        (Phase.NXT_AFTER, shifted(closes, 10), _EVENING_ENDS, None),
    ]
    intake, at_close = (shifted(closes, -30), closes), (closes, shifted(closes, 30))
    if closes == _NORMAL.closes:
        rows.append((Phase.NXT_CLOSING_PRICE_INTAKE, *intake, None))
        rows.append((Phase.NXT_CLOSING_PRICE, *at_close, None))
    else:  # exam day: no pre-market; the notice says 10:00 to 16:20 and from 16:30, no more
        rows.append((Phase.NOT_ESTABLISHED, opens, main_opens, Phase.NXT_MAIN))
        rows.append((Phase.NOT_ESTABLISHED, *intake, Phase.NXT_CLOSING_PRICE_INTAKE))
        rows.append((Phase.NOT_ESTABLISHED, *at_close, Phase.NXT_CLOSING_PRICE))
    if hours == _NORMAL:
        rows.append((Phase.NXT_PRE, time(8), time(8, 50), None))
    elif closes == _NORMAL.closes:  # the first session of the year: no notice of NXT is known
        rows.append((Phase.NOT_ESTABLISHED, time(8), main_opens, Phase.CLOSED))
    return rows


@lru_cache(maxsize=64)
def minutes(day: date, calendar: TradingCalendar | None = None) -> tuple[int, ...]:
    """Return the starts (ns) of the bars the regular KRX session of a day can have.

    Every minute of continuous trading, then the closing auction's own bar: on a normal day 09:00
    to 15:19 and 15:30, 381 in all. None on a closed day. A volatility interruption at the end
    makes the auction print later (15:32), which no plan can know.
    """
    days = calendar or krx_calendar()
    if not days.is_session(day):
        return ()
    hours = days.hours(day)
    opens, closes = instant_ns(day, hours.opens), instant_ns(day, hours.closes)
    return (*range(opens, closes - 10 * MINUTE_NS, MINUTE_NS), closes)


_BAR_SESSIONS: dict[Phase, BarSession] = {
    Phase.OPENING_AUCTION: "opening_auction",
    Phase.CONTINUOUS: "regular",
    Phase.CLOSING_AUCTION: "closing_auction",
    Phase.POST_CLOSE_INTAKE: "after_close",
    Phase.POST_CLOSE: "after_close",
    Phase.OFF_HOURS_SINGLE: "after",
    Phase.AFTER_MARKET: "after",
    Phase.NXT_PRE: "pre",
    Phase.NXT_MAIN: "regular",
    Phase.NXT_AFTER_AUCTION: "after",
    Phase.NXT_AFTER: "after",
}


@lru_cache(maxsize=4096)  # the same minute is asked of every symbol
def bar_session(venue: Venue, start_ns: int, calendar: TradingCalendar | None = None) -> BarSession:
    """Return the session of the minute that starts at `start_ns`: of venue, time and calendar.

    The minutes right after KRX's close hold the closing auction's own print. What no phase covers
    is "pre" before the open, "regular" up to the close and "after" behind it; so is, by its usual
    hours, what was printed on a day that the calendar takes for closed.
    """
    day = date_of(start_ns)
    days = calendar or krx_calendar()
    hours = days.hours(day) if days.is_session(day) else usual_hours(day)
    closes_ns = instant_ns(day, hours.closes)
    if venue == "KRX" and closes_ns <= start_ns < closes_ns + LATE_PRINT_MIN * MINUTE_NS:
        return "closing_auction"
    if day >= PLANNED_FROM:
        for span in session_plan(day, venue, calendar).spans_at(start_ns):
            known = _BAR_SESSIONS.get(span.presumed or span.phase)
            if known is not None:
                return known
    if start_ns < instant_ns(day, hours.opens):
        return "pre"
    return "regular" if start_ns < closes_ns else "after"
