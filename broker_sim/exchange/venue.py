"""When the venues take orders, and when they trade.

The plan is `kis_core.market.sessions`'; here it is asked the exchange's questions. What the plan
does not establish is not played: the venue is closed then. An interruption of one issue or of the
whole market is no part of a timetable: see `interruptions`.
"""

import datetime as dt
from bisect import bisect_right
from enum import StrEnum

from broker_sim.exchange.day import DayError
from broker_sim.exchange.order_types import AFTER_TYPES, GTP_TYPES, REGULAR_TYPES
from broker_sim.exchange.orders import Refusal
from broker_sim.exchange.path import AUCTION_LATEST_NS
from kis_core.market.calendar import CalendarError
from kis_core.market.events import Venue as VenueName
from kis_core.market.instants import DAY_NS, SECOND_NS, midnight_ns
from kis_core.market.sessions import Phase as Planned
from kis_core.market.sessions import SessionPlan, session_plan
from kis_core.wire.account import OrderType


class Phase(StrEnum):
    """What KRX's regular session does at an instant."""

    BEFORE = "before"  # no orders yet
    OPENING_AUCTION = "opening auction"
    CONTINUOUS = "continuous"
    CLOSING_AUCTION = "closing auction"
    CLOSED = "closed"


class Trading(StrEnum):
    """How orders meet on a venue at an instant: all issues by the plan, one by its own state."""

    CLOSED = "closed"
    AUCTION = "auction"  # orders gather for one price
    CONTINUOUS = "continuous"
    HALTED = "halted"  # nothing but cancels


_TRADING = {
    Planned.OPENING_AUCTION: Trading.AUCTION,
    Planned.CONTINUOUS: Trading.CONTINUOUS,
    Planned.CLOSING_AUCTION: Trading.AUCTION,
    Planned.AFTER_MARKET: Trading.CONTINUOUS,
    Planned.NXT_PRE: Trading.CONTINUOUS,
    Planned.NXT_MAIN: Trading.CONTINUOUS,
    Planned.NXT_AFTER_AUCTION: Trading.AUCTION,
    Planned.NXT_AFTER: Trading.CONTINUOUS,
}
_AUCTIONS = (Planned.OPENING_AUCTION, Planned.CLOSING_AUCTION, Planned.NXT_AFTER_AUCTION)
_NXT_EVENING = (Planned.NXT_AFTER_AUCTION, Planned.NXT_AFTER)
_LAST_PHASE = {
    OrderType.PRE_OPEN: Planned.PRE_OPEN,
    OrderType.POST_CLOSE: Planned.POST_CLOSE,
    OrderType.OFF_HOURS_SINGLE: Planned.OFF_HOURS_SINGLE,
    **dict.fromkeys(AFTER_TYPES, Planned.AFTER_MARKET),
    **dict.fromkeys(GTP_TYPES, Planned.NXT_PRE),
}


class Timetable:
    """One venue's phases on one date. Instants in ns since the epoch."""

    def __init__(self, date: dt.date, name: VenueName) -> None:
        self.name: VenueName = name
        self.plan = _plan(date, name)
        self._midnight_ns = midnight_ns(date)
        self._starts, self._phases = _main_line(self.plan)
        self._windows = {kind: _windows(self.plan, kind) for kind in OrderType}
        played = [s for s in self.plan.spans if s.phase is not Planned.NOT_ESTABLISHED]
        self.first_ns = min((span.start_ns for span in played), default=self._midnight_ns)
        self.last_ns = max((span.end_ns for span in played), default=self._midnight_ns)

    def phase(self, at_ns: int) -> Planned:
        """Return the plan's phase; CLOSED outside the day and where nothing is established."""
        row = bisect_right(self._starts, at_ns) - 1
        return self._phases[row] if row >= 0 else Planned.CLOSED

    def trading(self, at_ns: int) -> Trading:
        """Return how orders meet."""
        return _TRADING.get(self.phase(at_ns), Trading.CLOSED)

    def changes(self, after_ns: int, until_ns: int) -> bool:
        """Whether a phase begins or ends after one instant and up to another."""
        return bisect_right(self._starts, after_ns) != bisect_right(self._starts, until_ns)

    def auction_end(self, at_ns: int) -> int | None:
        """Return when the planned auction of an instant finds its price, None outside any."""
        phase = self.phase(at_ns)
        return self.end_of(phase) if phase in _AUCTIONS else None

    def end_of(self, phase: Planned) -> int | None:
        """Return when a phase ends, None when this date has none."""
        span = self.plan.span(phase)
        return None if span is None else span.end_ns

    def refusal(self, order_type: OrderType, at_ns: int) -> Refusal | None:
        """Return why the venue does not take a type of order then; None when it does."""
        windows = self._windows[order_type]
        if not windows:
            return Refusal.BAD_TYPE
        within = 0 <= at_ns - self._midnight_ns < DAY_NS
        if within and self.plan.accepts(order_type.value, at_ns):
            return None
        # Outside its hours a regular order is early or late; any other is the wrong type for now.
        regular = order_type in REGULAR_TYPES
        if at_ns < (windows[0][0] if regular else self.first_ns):
            return Refusal.BEFORE_OPEN
        if at_ns >= (windows[-1][1] if regular else self.last_ns):
            return Refusal.AFTER_CLOSE
        phase = self.phase(at_ns)
        if self.name == "NXT" and phase is Planned.CLOSED:
            return Refusal.BETWEEN_SESSIONS
        return Refusal.LIMIT_ONLY if phase in _NXT_EVENING else Refusal.TYPE_NOW

    def life(self, order_type: OrderType) -> tuple[int, int]:
        """Return until when an order can be changed, and when what is left of it ends."""
        if self.name == "NXT" and order_type not in GTP_TYPES:
            return self.last_ns, self.last_ns
        last = _LAST_PHASE.get(order_type, Planned.CLOSING_AUCTION)
        ends_ns = self.end_of(last)
        assert ends_ns is not None, f"{order_type} was taken on a day without {last}"
        match last:
            case Planned.CLOSING_AUCTION:
                return ends_ns, ends_ns + AUCTION_LATEST_NS
            case Planned.OFF_HOURS_SINGLE:
                return ends_ns, ends_ns + SECOND_NS  # its last auction prints at the end itself
            case _:
                return ends_ns, ends_ns


class Venue(Timetable):
    """KRX, with the instants of its regular session. Raises DayError on a day without one."""

    def __init__(self, date: dt.date) -> None:
        super().__init__(date, "KRX")
        opening = self.plan.span(Planned.OPENING_AUCTION)
        closing = self.plan.span(Planned.CLOSING_AUCTION)
        if opening is None or closing is None:
            raise DayError(f"{date} cannot be played: KRX is closed that day")
        self.intake_ns = opening.start_ns
        self.open_ns = opening.end_ns
        self.closing_ns = closing.start_ns
        self.close_ns = closing.end_ns
        self.expiry_ns = closing.end_ns + AUCTION_LATEST_NS  # unfilled regular orders end here

    def session_phase(self, at_ns: int) -> Phase:
        """Return the regular session's phase."""
        if at_ns < self.intake_ns:
            return Phase.BEFORE
        if at_ns < self.open_ns:
            return Phase.OPENING_AUCTION
        if at_ns < self.closing_ns:
            return Phase.CONTINUOUS
        return Phase.CLOSING_AUCTION if at_ns < self.close_ns else Phase.CLOSED


def _plan(date: dt.date, name: VenueName) -> SessionPlan:
    try:
        return session_plan(date, name)
    except CalendarError as error:
        raise DayError(f"{date} cannot be played: {error}") from error


def _windows(plan: SessionPlan, order_type: OrderType) -> list[tuple[int, int]]:
    """The spans that take a type, or may take it, ascending."""
    return [
        (span.start_ns, span.end_ns)
        for span in plan.spans
        if span.phase is not Planned.NOT_ESTABLISHED
        and plan.accepts(order_type.value, span.start_ns) is not False
    ]


def _main_line(plan: SessionPlan) -> tuple[list[int], list[Planned]]:
    """Starts of the phases of the main line, and the phases; closed in between."""
    starts: list[int] = []
    phases: list[Planned] = []
    edges = sorted({edge for span in plan.spans for edge in (span.start_ns, span.end_ns)})
    for edge in edges:
        inside = 0 <= edge - midnight_ns(plan.date) < DAY_NS
        phase = plan.phase_at(edge) if inside else Planned.CLOSED
        starts.append(edge)
        phases.append(Planned.CLOSED if phase is Planned.NOT_ESTABLISHED else phase)
    return starts, phases
