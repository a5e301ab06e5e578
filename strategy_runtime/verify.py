"""Whether a journal's decisions are what its events lead to, turn by turn."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

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

    def __str__(self) -> str:
        return f"turn {self.seq}, {self.event[:200]}: {self.journaled[:300]} ≠ {self.decided[:300]}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found."""

    path: Path
    events: int
    decisions: int  # intents, questions, wants and notes
    starts: int
    differences: int
    kept: tuple[Difference, ...]  # the first few

    @property
    def first(self) -> Difference | None:
        """The first difference, if any."""
        return self.kept[0] if self.kept else None


class Package(Protocol):
    """A strategy's package: it makes the strategy that wrote some rules."""

    def strategy(self, rules: Mapping[str, Any]) -> Strategy[Any]:
        """Return the strategy with these rules."""
        ...


def verify(path: Path, package: Package) -> Verified:
    """Run a journal's events through the decisions again and compare what comes out.

    `package` makes the strategy from the rules at the journal's head. A restart folded the day so
    far under the rules it started with, and so does this.
    """
    told: list[Turn] = []
    running: Strategy[Any] | None = None
    state: Any = None
    starts = decisions = different = 0
    kept: list[Difference] = []
    for record in read(path):
        if isinstance(record, Head):
            starts += 1
            running = _made(package, record, path)
            state = running.open(record.day, record.carried)
            for turn in told:
                state = running.decide(state, event_of(turn)).state
            continue
        if running is None:
            raise JournalError(f"{path}: turn {record.seq} stands before any head")
        event = event_of(record)
        step = running.decide(state, event)
        state = step.state
        output = output_of(step)
        decisions += len(step.intents) + len(step.asks) + len(step.notes)
        decisions += step.listen is not None
        told.append(record)
        if output != record.output:
            different += 1
            if len(kept) < DIFFERENCES_KEPT:
                kept.append(Difference(record.seq, repr(event), repr(record.output), repr(output)))
    return Verified(path, len(told), decisions, starts, different, tuple(kept))


def _made(package: Package, head: Head, path: Path) -> Strategy[Any]:
    try:
        return package.strategy(json.loads(head.rules))
    except (ValueError, TypeError, KeyError) as error:
        why = str(error).splitlines()[0]
        raise JournalError(f"{path}: its rules are of another version: {why}") from None
