"""What a strategy's day looks like to a person: the funnel and the round trips, as files.

`<date>.funnel.json` and `<date>.trades.json` stand beside the journal they were made from.
"""

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from kis_core.clock import kst
from strategy_runtime.contract import RoundTrip, Strategy


class DayFiles:
    """Where a strategy's day is kept."""

    def __init__(self, data_dir: Path, strategy: str, date: str) -> None:
        folder = data_dir / "strategies" / strategy
        self.journal = folder / f"{date}.journal"
        self.funnel = folder / f"{date}.funnel.json"
        self.trades = folder / f"{date}.trades.json"
        self._written: dict[Path, str] = {}

    def write[S](self, strategy: Strategy[S], state: S, at_ns: int, shell: dict[str, Any]) -> None:
        """Write what has changed since the last time."""
        funnel = {**strategy.funnel(state), "shell": shell}
        self._replace(self.funnel, funnel, at_ns)
        trips = strategy.trips(state)
        self._replace(self.trades, {"trades": [trade(trip) for trip in trips]}, at_ns)

    def _replace(self, path: Path, content: dict[str, Any], at_ns: int) -> None:
        unchanged = json.dumps(content, ensure_ascii=False)
        if self._written.get(path) == unchanged:
            return
        self._written[path] = unchanged
        stamped = {"as_of": kst(at_ns).isoformat(timespec="seconds"), **content}
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(stamped, ensure_ascii=False, indent=1), encoding="utf-8")
        os.replace(draft, path)


def trade(trip: RoundTrip) -> dict[str, Any]:
    """Return a round trip as plain values, its instants in KST."""
    plain = msgspec.structs.asdict(trip)
    plain["facts"] = dict(trip.facts)
    for key in ("entered", "exited"):
        plain[f"{key}_at"] = kst(plain.pop(f"{key}_ns")).isoformat(timespec="milliseconds")
    return plain
