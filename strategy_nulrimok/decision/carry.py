"""What outlives a day: positions with their history, as JSON text of a typed record.

A text that cannot be read is one error that names it; the day goes on without it, and what is
held is adopted from the OMS.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from kis_core.market.costs import Market
from strategy_nulrimok.decision.held import Held
from strategy_runtime.decision.position import Position

VERSION = 1


class CarriedPosition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One position as the day left it."""

    symbol: str
    sector: str
    market: Market
    position: Position
    held: Held


class _Text(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    date: str  # of the day that left it
    positions: tuple[CarriedPosition, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """What the last day left. `fault`: why it could not be read."""

    positions: tuple[CarriedPosition, ...] = ()
    fault: str | None = None


def to_text(date: str, positions: Iterable[CarriedPosition]) -> str | None:
    """Return the text for the next day; None where nothing is held."""
    ordered = tuple(sorted(positions, key=lambda one: one.symbol))
    if not ordered:
        return None
    return msgspec.json.encode(_Text(VERSION, date, ordered)).decode()


def of_text(text: str | None) -> Carried:
    """Return what a day left."""
    if text is None:
        return Carried()
    try:
        known = msgspec.json.decode(text, type=_Text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        return Carried(fault=f"carried positions: not readable: {error}; text {text[:120]!r}")
    if known.version != VERSION:
        says = f"version {known.version}, this program reads {VERSION}"
        return Carried(fault=f"carried positions of {known.date}: {says}")
    return Carried(known.positions)
