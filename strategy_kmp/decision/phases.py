"""Where a symbol's setup is. Each phase is its own type, so nothing is read before it exists.

Idle → Candidate → WatchBreak → WaitAcceptance → Done

An entry is asked for out of WaitAcceptance and leads back there when it ends unfilled. Orders and
shares are the desk's affair: while an entry works or shares are held, a symbol is shown as ARMED,
IN_POSITION or PENDING_EXIT, whatever its setup is; once shares are there the setup is done.
"""

from dataclasses import dataclass

from strategy_runtime.decision.trading import Entering, Flat, InPosition, PendingExit, Standing


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
    accepted: bool = False  # held and reclaimed once: only gates stand between it and its order
    retry_ns: int = 0  # a deferred entry is not asked again before


@dataclass(frozen=True, slots=True)
class Done:
    """No more entries today."""

    why: str


Phase = Idle | Candidate | WatchBreak | WaitAcceptance | Done
Stage = Phase | Standing

_SHOWN: dict[type, str] = {
    Idle: "IDLE",
    Candidate: "CANDIDATE",
    WatchBreak: "WATCH_BREAK",
    WaitAcceptance: "WAIT_ACCEPTANCE",
    Entering: "ARMED",
    InPosition: "IN_POSITION",
    PendingExit: "PENDING_EXIT",
    Done: "DONE",
}


def stage_of(phase: Phase, standing: Standing) -> Stage:
    """Return what a symbol is busy with: its order or shares, else its setup."""
    return phase if isinstance(standing, Flat) else standing


def shown(stage: Stage) -> str:
    """Return a stage's name as operators know it."""
    return _SHOWN[type(stage)]
