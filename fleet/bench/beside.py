"""Two readings of the same things, in turns.

So whatever else the machine does meanwhile falls on both.
"""

import statistics
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any


def in_turns[T, Y](
    rounds: Sequence[tuple[int, Sequence[T], Sequence[Y]]],
    ours: Callable[[T], object],
    theirs: Callable[[Y], object],
) -> tuple[list[float], list[float]]:
    """Return records a second of ours and of the yardstick, round by round.

    A round is how many records it holds, then the same things as each side takes them.
    """
    mine, others = [], []
    for records, for_us, for_them in rounds:
        others.append(records / _seconds(for_them, theirs))
        mine.append(records / _seconds(for_us, ours))
    return mine, others


def _seconds[T](things: Sequence[T], read: Callable[[T], object]) -> float:
    began = perf_counter()
    for thing in things:
        read(thing)
    return perf_counter() - began


def row(
    name: str, ours: list[float], theirs: list[float], yardstick: str, must: float
) -> dict[str, Any]:
    """Return one line of a result: the median of the rounds' ratios is the claim."""
    ratio = statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))
    return {
        "name": name,
        "median": statistics.median(ours),
        "min": min(ours),
        "max": max(ours),
        "unit": "records/s",
        "yardstick": f"{yardstick} {statistics.median(theirs):,.0f}/s",
        "ratio": ratio,
        "must": f"≥ {must:g} x",
        "holds": ratio >= must,
    }
