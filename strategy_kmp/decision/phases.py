"""Where a symbol is in its day. Each phase is its own type, so nothing is read before it exists.

Idle → Candidate → WatchBreak → WaitAcceptance → Armed → InPosition → PendingExit → Done

Armed goes back to WaitAcceptance when its order ends unfilled; PendingExit goes back to InPosition
when its order does. Holding shares leads to InPosition from anywhere, Done included: whether there
is a position is the OMS's word, not ours.
"""

from dataclasses import dataclass

from strategy_kmp.decision.position import Position
from strategy_kmp.decision.sizing import Plan


@dataclass(frozen=True, slots=True)
class Idle:
    """Not looked at: no candidate, or not known yet to be one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Passed the scan; waits for the scan of the others."""


@dataclass(frozen=True, slots=True)
class WatchBreak:
    """The opening range is locked; waits for a trade above it."""


@dataclass(frozen=True, slots=True)
class WaitAcceptance:
    """Broke out; waits for a pull-back that holds and is reclaimed."""

    since_ns: int
    break_krw: int
    retest_low_krw: int
    retry_ns: int = 0  # a deferred entry is not asked again before


@dataclass(frozen=True, slots=True)
class Armed:
    """An entry order has been asked for and nothing of it is filled yet."""

    intent_id: str
    plan: Plan
    wait: WaitAcceptance  # where to go back to
    since_ns: int
    approved: bool = False
    cancelling: bool = False


@dataclass(frozen=True, slots=True)
class InPosition:
    """Shares are held. No exit is asked for before `retry_ns`."""

    position: Position
    retry_ns: int = 0


@dataclass(frozen=True, slots=True)
class PendingExit:
    """An exit is on its way: ours by `intent_id`, or the OMS's own stop by `order_id`."""

    position: Position
    intent_id: str | None
    order_id: str | None
    since_ns: int
    alerted_ns: int


@dataclass(frozen=True, slots=True)
class Done:
    """No more entries today."""

    why: str


Phase = Idle | Candidate | WatchBreak | WaitAcceptance | Armed | InPosition | PendingExit | Done
Holding = InPosition | PendingExit
