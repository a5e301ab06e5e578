"""Volatility interruptions as a list of them tells them: begun by now, with their prices."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from broker_sim.exchange.floor import Floor
from broker_sim.exchange.interruptions import Vi
from kis_core.market.events import Venue


@dataclass(frozen=True, slots=True)
class ViRow:
    """One of them. Prices in KRW; the base price stands for one that was not made before it."""

    symbol: str
    kind: Literal["static", "dynamic"]
    start_ns: int
    end_ns: int | None  # None: it is still on
    price_krw: int  # the last before it
    reference_krw: int  # measured against: an auction's for a static one, else the one before


def vi_rows(floor: Floor, now_ns: int, venue: Venue) -> list[ViRow]:
    """Return a venue's volatility interruptions begun by an instant, ascending."""
    rows: list[ViRow] = []
    for one in floor.interruptions.vis(now_ns, venue):
        assert isinstance(one.what, Vi)
        base_krw = floor.day.instruments[one.what.symbol].base_krw
        tape = floor.day.tape(one.what.symbol, venue)
        before = int(np.searchsorted(tape.at_ns, one.start_ns))
        price_krw = int(tape.price_krw[before - 1]) if before else base_krw
        if one.what.kind == "static":
            auctions = np.flatnonzero(tape.auction[:before])
            reference_krw = int(tape.price_krw[auctions[-1]]) if len(auctions) else base_krw
        else:
            reference_krw = int(tape.price_krw[before - 2]) if before > 1 else base_krw
        end_ns = one.end_ns if one.end_ns <= now_ns else None
        row = ViRow(one.what.symbol, one.what.kind, one.start_ns, end_ns, price_krw, reference_krw)
        rows.append(row)
    return rows
