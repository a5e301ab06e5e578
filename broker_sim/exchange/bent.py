"""Prints as interruptions leave them: withheld, merged into an auction's one print, or stuck.

What a session still trades keeps its shares: the volume withheld during a call auction is that
auction's print. What cannot be traded any more that session (a halt until the close, a delisting)
is lost. Prints before an interruption's start never change.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import Instrument, PrintTape
from broker_sim.exchange.interruptions import Delisting, Interrupted, LimitLock, Sidecar
from broker_sim.exchange.path import AUCTION_LATEST_NS
from broker_sim.exchange.venue import Timetable
from kis_core.market.sessions import Phase as Planned

Span = tuple[int, int]


def bent(
    tape: PrintTape,
    instrument: Instrument,
    hours: Timetable,
    interrupted: Sequence[Interrupted],
) -> PrintTape:
    """Return a tape as the interruptions that concern it leave it."""
    for one in interrupted:
        match one.what:
            case Sidecar():
                continue
            case LimitLock():
                at_upper = one.what.side == "upper"
                limit_krw = instrument.upper_krw if at_upper else instrument.lower_krw
                tape = _stuck(tape, limit_krw, -1 if at_upper else 1, one.start_ns, one.end_ns)
            case Delisting():
                tape = _kept(tape, tape.at_ns < one.start_ns)
            case _:
                for session in sessions(hours):
                    tape = _withheld(tape, session, one, hours)
    return tape


def sessions(hours: Timetable) -> list[Span]:
    """Return the sessions of a venue: from where it opens to its last print, ns."""
    spans: list[Span] = []
    for first, last, late_ns in (
        (Planned.OPENING_AUCTION, Planned.CLOSING_AUCTION, AUCTION_LATEST_NS),
        (Planned.AFTER_MARKET, Planned.AFTER_MARKET, 0),
        (Planned.NXT_PRE, Planned.NXT_PRE, 0),
        (Planned.NXT_MAIN, Planned.NXT_MAIN, 0),
        (Planned.NXT_AFTER_AUCTION, Planned.NXT_AFTER, 0),
    ):
        start, end = hours.plan.span(first), hours.plan.span(last)
        if start is not None and end is not None:
            spans.append((start.start_ns, end.end_ns + late_ns))
    return spans


def _withheld(tape: PrintTape, session: Span, one: Interrupted, hours: Timetable) -> PrintTape:
    """Take the prints of one interruption out of one session, and put them into an auction."""
    start_ns, end_ns = max(session[0], one.start_ns), min(session[1], one.end_ns)
    inside = (tape.at_ns >= start_ns) & (tape.at_ns < end_ns)
    if not inside.any():
        return tape
    if one.end_ns >= session[1]:
        return _kept(tape, ~inside)
    # An interruption that ends in a planned auction leaves its price to that auction.
    planned_ns = hours.auction_end(one.end_ns)
    made_ns = one.end_ns if planned_ns is None else planned_ns
    inside = (tape.at_ns >= start_ns) & (tape.at_ns < made_ns)
    volume = int(tape.volume[inside].sum())
    after = int(np.searchsorted(tape.at_ns, made_ns))
    joins = planned_ns is not None and after < len(tape) and bool(tape.auction[after])
    if joins:
        shares = tape.volume.copy()
        shares[after] += volume
        whole = PrintTape(
            tape.symbol, tape.at_ns, tape.price_krw, shares, tape.aggressor, tape.auction
        )
        return _kept(whole, ~inside)
    last = int(np.flatnonzero(inside)[-1])
    return _with_auction(_kept(tape, ~inside), made_ns, int(tape.price_krw[last]), volume)


def _with_auction(tape: PrintTape, at_ns: int, price_krw: int, volume: int) -> PrintTape:
    row = int(np.searchsorted(tape.at_ns, at_ns))
    return PrintTape(
        tape.symbol,
        np.insert(tape.at_ns, row, at_ns),
        np.insert(tape.price_krw, row, price_krw),
        np.insert(tape.volume, row, volume),
        np.insert(tape.aggressor, row, 0),
        np.insert(tape.auction, row, True),
    )


def _stuck(
    tape: PrintTape, limit_krw: int, aggressor: int, start_ns: int, end_ns: int
) -> PrintTape:
    """Put the prints of a span on a limit; the first of them at its start."""
    inside = (tape.at_ns >= start_ns) & (tape.at_ns < end_ns)
    if not inside.any():
        return tape
    at_ns = tape.at_ns.copy()
    at_ns[int(np.argmax(inside))] = start_ns
    return PrintTape(
        tape.symbol,
        at_ns,
        np.where(inside, limit_krw, tape.price_krw).astype(np.int32),
        tape.volume,
        np.where(inside, aggressor, tape.aggressor).astype(np.int8),
        tape.auction,
    )


def _kept(tape: PrintTape, rows: NDArray[np.bool_]) -> PrintTape:
    return PrintTape(
        tape.symbol,
        tape.at_ns[rows],
        tape.price_krw[rows],
        tape.volume[rows],
        tape.aggressor[rows],
        tape.auction[rows],
    )
