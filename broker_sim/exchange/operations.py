"""What a venue announces of its own operation: sessions that open and close, interruptions.

Each change carries KIS's MKOP_CLS_CODE; a volatility interruption has none of its own and shows in
VI_CLS_CODE alone. Codes: kis_api.md §13.8 (H0STMKO0).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.floor import Floor
from broker_sim.exchange.interruptions import CircuitBreaker, Halt, Interrupted, Sidecar, Vi
from broker_sim.exchange.venue import Timetable
from kis_core.market.events import Venue
from kis_core.market.sessions import Phase as Planned

_PLANNED: dict[Planned, tuple[str, str]] = {
    # phase: (code at its start, code at its end)
    Planned.OPENING_AUCTION: ("110", ""),
    Planned.CONTINUOUS: ("112", ""),
    Planned.CLOSING_AUCTION: ("121", "129"),
    Planned.PRE_OPEN: ("130", "139"),
    Planned.POST_CLOSE_INTAKE: ("140", ""),
    Planned.POST_CLOSE: ("146", "149"),
    Planned.OFF_HOURS_SINGLE: ("150", "159"),
    # The codes of the evening and of NXT are not established: those of the regular session stand
    # in, a session that opens and one that closes.
    Planned.AFTER_MARKET: ("112", "129"),
    Planned.NXT_PRE: ("112", "129"),
    Planned.NXT_MAIN: ("112", "129"),
    Planned.NXT_AFTER_AUCTION: ("110", ""),
    Planned.NXT_AFTER: ("112", "129"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One change, and how the issue stands after it."""

    at_ns: int
    symbol: str
    venue: Venue
    code: str  # MKOP_CLS_CODE of the change; "" for one without a code
    halted: bool  # TRHT_YN
    reason: str  # of the halt, "" when there is none
    in_vi: bool  # VI_CLS_CODE


def operations(
    floor: Floor, instrument: Instrument, venue: Venue, after_ns: int, until_ns: int
) -> list[Operation]:
    """Return the changes that concern an issue, after one instant and up to another, ascending."""
    symbol, found = instrument.symbol, floor.interruptions
    moments = list(_of_plan(floor.hours[venue]))
    for one in found.of(symbol, venue):
        moments += _of_interruption(one)
    changes: list[Operation] = []
    for at_ns, code in sorted(moments):
        if after_ns < at_ns <= until_ns:
            halt = found.halt(symbol, at_ns, venue)
            reason = ""
            if halt is not None:
                reason = halt.what.reason if isinstance(halt.what, Halt) else "서킷브레이크"
            in_vi = found.vi(symbol, at_ns, venue) is not None
            changes.append(Operation(at_ns, symbol, venue, code, halt is not None, reason, in_vi))
    return changes


def has_operations(floor: Floor, after_ns: int, until_ns: int) -> bool:
    """Return whether any venue announces anything after one instant and up to another."""
    if any(hours.changes(after_ns, until_ns) for hours in floor.hours.values()):
        return True
    return any(
        after_ns < edge <= until_ns
        for one in floor.interruptions
        for edge in (one.start_ns, one.auction_ns, one.end_ns)
    )


def _of_plan(hours: Timetable) -> Iterator[tuple[int, str]]:
    for span in hours.plan.spans:
        first, last = _PLANNED.get(span.phase, ("", ""))
        if first:
            yield span.start_ns, first
        if last:
            yield span.end_ns, last


def _of_interruption(one: Interrupted) -> Iterator[tuple[int, str]]:
    match one.what:
        case CircuitBreaker(stage=3):
            yield one.start_ns, "182"
        case CircuitBreaker():
            yield one.start_ns, "174"
            yield one.auction_ns, "175"
            yield one.end_ns, "185"
        case Halt():
            yield one.start_ns, "164"
            yield one.auction_ns, ""
            yield one.end_ns, ""
        case Sidecar():
            on, off = ("397", "398") if one.what.side == "BUY" else ("387", "388")
            yield one.start_ns, on
            yield one.end_ns, off
        case Vi():
            yield one.start_ns, ""
            yield one.end_ns, ""
        case _:
            yield one.start_ns, ""
            yield one.end_ns, ""
