"""What the market announces of its hours (0s): which code when, and how long until. Pure.

Codes of FID 215: kiwoom_rest.md §5.5. Those of KRX's after-market are not established, so it
announces nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.numbers import hhmmss
from kis_core.market.events import Venue
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from kis_core.market.sessions import Phase, Span

_NOTICES = {Phase.OPENING_AUCTION: "0", Phase.CLOSING_AUCTION: "2"}
"""Told every minute while the phase lasts, with the time that remains."""
_EDGES: dict[Phase, tuple[str, str]] = {
    # phase: (at its start, at its end)
    Phase.CONTINUOUS: ("3", ""),
    Phase.CLOSING_AUCTION: ("", "48"),
    Phase.POST_CLOSE: ("a", "b"),
    Phase.OFF_HOURS_SINGLE: ("c", "d9"),
    Phase.NXT_PRE: ("P", "Q"),
    Phase.NXT_MAIN: ("R", "S"),
    Phase.NXT_AFTER_AUCTION: ("T", ""),
    Phase.NXT_AFTER: ("U", "V"),
}


@dataclass(frozen=True, slots=True)
class State:
    """One announcement."""

    at_ns: int
    code: str
    remaining_s: int = 0

    def values(self) -> dict[str, str]:
        """Return its FIDs."""
        hours, rest = divmod(self.remaining_s, 3600)
        left = f"{hours:02d}{rest // 60:02d}{rest % 60:02d}"
        return {"215": self.code, "20": hhmmss(self.at_ns), "214": left}


def states(exchange: Exchange) -> list[State]:
    """Return the day's announcements of both venues, ascending."""
    venues: tuple[Venue, ...] = ("KRX", "NXT")
    spans = [span for venue in venues for span in exchange.hours(venue).plan.spans]
    return sorted((s for span in spans for s in _of(span)), key=lambda state: state.at_ns)


def _of(span: Span) -> Iterator[State]:
    notice = _NOTICES.get(span.phase)
    if notice:
        for at_ns in range(span.start_ns, span.end_ns, MINUTE_NS):
            yield State(at_ns, notice, (span.end_ns - at_ns) // SECOND_NS)
    first, last = _EDGES.get(span.phase, ("", ""))
    for code in first:
        yield State(span.start_ns, code)
    for code in last:
        yield State(span.end_ns, code)
