"""How far from its day's open a price usually is, minute by minute: the noise band. Pure.

A move is |close / day's open - 1| of a one-minute bar. Slots count the session's own minutes from
its first bar on, so that a day that opens an hour late is compared with others hour by hour. Sigma
of a slot is the mean move of that slot on the days before, never on the day itself or a later one;
where those days do not tell, it is unknown, and stays so. Source: collector.md 2.4, without its
filling from later days.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

DAYS_MIN = 3
"""So many days at least must tell a slot, or half of those asked for where that is more."""
Moves = Mapping[int, float]
"""Of one day: the move of each slot that has a bar, slot 0 the session's first minute."""


class Band(NamedTuple):
    """Where a price stops being noise, in what it is quoted in."""

    upper: float
    lower: float


def moves(closes: Mapping[int, float], day_open: float) -> dict[int, float]:
    """Return a day's moves from its closes by slot. Raises ValueError for an open below 0."""
    if day_open <= 0:
        raise ValueError(f"day's open {day_open}: expected a price above 0")
    return {slot: abs(close / day_open - 1) for slot, close in closes.items()}


def sigma(earlier: Sequence[Moves], slot: int, days: int) -> float | None:
    """Return the mean move of a slot over the last `days` of `earlier` days, oldest first.

    A day without a bar in the slot counts with its newest slot before it (a price that did not
    trade has not moved), and not at all where it has none. None: too few days tell.
    """
    told = [move for day in earlier[-days:] if (move := _standing(day, slot)) is not None]
    if len(told) < max(days // 2, DAYS_MIN):
        return None
    return sum(told) / len(told)


def band(day_open: float, previous_close: float, sigma_: float, k: float = 1.0) -> Band:
    """Return the band around the day's open and the close before it, k sigmas wide."""
    upper = max(day_open, previous_close) * (1 + k * sigma_)
    return Band(upper, min(day_open, previous_close) * (1 - k * sigma_))


def _standing(day: Moves, slot: int) -> float | None:
    if slot in day:
        return day[slot]
    before = max((known for known in day if known < slot), default=None)
    return None if before is None else day[before]
