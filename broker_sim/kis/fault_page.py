"""`/sim/faults`: what may go wrong, what did, and a way to make it go wrong.

GET tells the faults and every bite so far; POST a script (docs/faults.md) adds to them; DELETE
forgets them. What bit stays written down.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

from broker_sim.exchange.fault_entries import Fault, FaultError
from broker_sim.exchange.faults import Bite, FaultPlan
from broker_sim.kis.fault_script import read_script
from broker_sim.kis.replies import Reply, plain

KST = dt.timezone(dt.timedelta(hours=9))


class FaultDesk(Protocol):
    """Where faults are kept."""

    plan: FaultPlan

    def add(self, faults: Sequence[Fault]) -> None:
        """Have these faults bite from now on. Raises FaultError."""


class FaultPage:
    """Answers for one desk of faults."""

    def __init__(self, desk: FaultDesk) -> None:
        self._desk = desk

    def answer(self, method: str, body: bytes) -> Reply:
        """Answer one request."""
        match method:
            case "GET":
                pass
            case "DELETE":
                self._desk.plan.clear()
            case "POST":
                try:
                    script = read_script(body.decode("utf-8", "replace"), "script")
                    if script.seed is not None or script.intensity:
                        raise FaultError("script: seed and intensity are for the start; add faults")
                    self._desk.add(script.faults)
                except FaultError as error:
                    return plain({"error": str(error)}, 400)
            case _:
                return plain({"error": "GET, POST a script, or DELETE"}, 405)
        plan = self._desk.plan
        return plain({**plan.state(), "bites": [_told(bite) for bite in plan.bites]})


def _told(bite: Bite) -> dict[str, Any]:
    at = dt.datetime.fromtimestamp(bite.at_ns / 1e9, KST).isoformat(timespec="milliseconds")
    told: dict[str, Any] = {"number": bite.number, "kind": bite.kind, "at": at, "on": bite.on}
    return {**told, "seconds": bite.seconds} if bite.seconds else told
