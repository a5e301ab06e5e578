"""The gate funnel of a strategy's day, as rows for a table: who passed, who was stopped, when."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Stopped:
    """One gate: how many symbols ended at it, and how many by when (HH:MM → symbols)."""

    gate: str
    symbols: int
    by_time: Mapping[str, int]


@dataclass(frozen=True)
class Funnel:
    """How far the universe came. `passed` is in the order of the gates."""

    strategy: str
    passed: tuple[tuple[str, int], ...]
    stopped: tuple[Stopped, ...]
    problems: tuple[str, ...]


def funnel_of(name: str, content: Mapping[str, Any]) -> Funnel:
    """Read what a strategy wrote of its day."""
    stopped = (
        Stopped(gate, entry["symbols"], entry["by_time"])
        for gate, entry in content["stopped"].items()
    )
    return Funnel(
        name,
        tuple((gate["gate"], gate["passed"]) for gate in content["gates"]),
        tuple(sorted(stopped, key=lambda each: (min(each.by_time, default=""), each.gate))),
        tuple(str(problem) for problem in content["health"]["problems"]),
    )
