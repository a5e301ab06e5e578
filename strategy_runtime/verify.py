"""Whether a journal's decisions are what its events lead to, turn by turn."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from strategy_runtime.contract import Strategy
from strategy_runtime.journal import JournalError, read
from strategy_runtime.turns import Head, Turn, event_of, output_of

DIFFERENCES_KEPT = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """A turn that came out otherwise: what was told, what the journal has, what comes today."""

    seq: int
    event: str
    journaled: str
    decided: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found. `differences` holds the first few."""

    path: Path
    turns: int
    intents: int
    starts: int
    different: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether every turn came out the same."""
        return self.different == 0


def verify(path: Path, strategy: Callable[[dict[str, Any]], Strategy[Any]]) -> Verified:
    """Run a journal's events through the decisions again and compare what comes out.

    `strategy` makes the strategy from the rules at the journal's head. A restart folded the day so
    far under the rules it started with, and so does this.
    """
    told: list[Turn] = []
    running: Strategy[Any] | None = None
    state: Any = None
    starts = intents = different = 0
    kept: list[Difference] = []
    for record in read(path):
        if isinstance(record, Head):
            starts += 1
            running = strategy(json.loads(record.rules))
            state = running.open(record.day)
            for turn in told:
                state = running.decide(state, event_of(turn)).state
            continue
        if running is None:
            raise JournalError(f"{path}: turn {record.seq} stands before any head")
        event = event_of(record)
        step = running.decide(state, event)
        state = step.state
        output = output_of(step)
        intents += len(step.intents)
        told.append(record)
        if output != record.output:
            different += 1
            if len(kept) < DIFFERENCES_KEPT:
                kept.append(Difference(record.seq, repr(event), repr(record.output), repr(output)))
    return Verified(path, len(told), intents, starts, different, tuple(kept))
