"""When the market takes orders, and when it trades. The one place where an issue can be stopped.

The exchange asks `phase_of(symbol, at_ns)` before it lets an order in and when it acknowledges
one; an interruption of a single issue (VI, halt) changes the answer here and nowhere else.
"""

import datetime as dt
from enum import StrEnum

from broker_sim.exchange.day import DayError
from broker_sim.exchange.path import AUCTION_LATEST_NS
from kis_core.market.calendar import CalendarError
from kis_core.market.sessions import Phase as Planned
from kis_core.market.sessions import session_plan


class Phase(StrEnum):
    """What the market does at an instant, as far as orders of the regular session go."""

    BEFORE = "before"  # no orders yet
    OPENING_AUCTION = "opening auction"
    CONTINUOUS = "continuous"
    CLOSING_AUCTION = "closing auction"
    CLOSED = "closed"


class Venue:
    """KRX's regular session on one date. Instants in ns since the epoch."""

    def __init__(self, date: dt.date) -> None:
        try:
            plan = session_plan(date)
        except CalendarError as error:
            raise DayError(f"{date} cannot be played: {error}") from error
        opening = plan.span(Planned.OPENING_AUCTION)
        closing = plan.span(Planned.CLOSING_AUCTION)
        if opening is None or closing is None:
            raise DayError(f"{date} cannot be played: KRX is closed that day")
        self.intake_ns = opening.start_ns
        self.open_ns = opening.end_ns
        self.closing_ns = closing.start_ns
        self.close_ns = closing.end_ns
        self.expiry_ns = closing.end_ns + AUCTION_LATEST_NS  # unfilled orders end here

    def phase(self, at_ns: int) -> Phase:
        """Return the market's phase."""
        if at_ns < self.intake_ns:
            return Phase.BEFORE
        if at_ns < self.open_ns:
            return Phase.OPENING_AUCTION
        if at_ns < self.closing_ns:
            return Phase.CONTINUOUS
        return Phase.CLOSING_AUCTION if at_ns < self.close_ns else Phase.CLOSED

    def phase_of(self, symbol: str, at_ns: int) -> Phase:
        """Return one issue's phase."""
        return self.phase(at_ns)
