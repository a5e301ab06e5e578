"""Where a symbol's search for an entry is. Each place is its own type.

Idle → Armed → PendingFill → Triggered

PendingFill goes back to Armed when the OMS says no, and to Idle when the order ends unfilled.
Triggered has held shares today and is not entered again; Shut was refused too often.
"""

from dataclasses import dataclass
from typing import Literal

from strategy_nulrimok.decision.halves import Half

Confirmation = Literal["RECLAIM", "HIGHER_LOW"]


@dataclass(frozen=True, slots=True)
class Idle:
    """Not in the band on dry volume."""


@dataclass(frozen=True, slots=True)
class Armed:
    """Dipped into the band on dry volume; waits for its confirmation."""

    since_ns: int  # end of the bar that armed it
    low_krw: int  # the lowest since then
    used: int = 0  # bars that confirmed nothing
    confirmed: Confirmation | None = None  # by `half`; what stopped the entry may pass
    half: Half | None = None
    retry_ns: int = 0
    stopped_by: frozenset[str] = frozenset()  # gates that have been told of this confirmation


@dataclass(frozen=True, slots=True)
class PendingFill:
    """An entry has been asked for. Its life is ours: see `Resting`."""

    armed: Armed  # where to go back to


@dataclass(frozen=True, slots=True)
class Triggered:
    """Has held shares today: no entry again."""


@dataclass(frozen=True, slots=True)
class Shut:
    """No more entries today."""

    why: str


Setup = Idle | Armed | PendingFill | Triggered | Shut


@dataclass(frozen=True, slots=True)
class Resting:
    """A limit order that rests in the band until it fills, the band breaks, or time is up."""

    intent_id: str
    waited: int = 0  # bars
