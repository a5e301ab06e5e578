"""Why there were no trades: how far each symbol came, and what stopped it, by time.

Stages are counted once a symbol; a gate is counted once a symbol and minute, so that a gate that
is tried at every print does not look like a thousand symbols. Which stages there are, the strategy
says, in the order in which a symbol passes them. Advanced in place by the fold.
"""

from dataclasses import dataclass, field
from typing import Any

from kis_core.market.instants import minute_of_day
from strategy_runtime.contract import Fact, Lenient
from strategy_runtime.decision.outbox import Outbox

BLOCKS_MAX = 500  # symbols per reason of the would-block account
REASONS_MAX = 50  # a reason is a word of the code, so there are few


@dataclass(slots=True)
class WouldBlock:
    """What the conservative values would have stopped and did not. Once a symbol and reason."""

    found: dict[str, dict[str, None]] = field(default_factory=dict)  # reason → symbols
    beyond: int = 0  # findings that there was no room to tell apart

    def note(
        self, reason: str, symbol: str, actual: Fact, strict: Fact, at_ns: int, out: Outbox
    ) -> bool:
        """Tell one finding where it is new; return whether it is."""
        symbols = self.found.setdefault(reason, {})
        assert len(self.found) <= REASONS_MAX, reason
        if symbol in symbols:
            return False
        if len(symbols) >= BLOCKS_MAX:
            self.beyond += 1
            return False
        symbols[symbol] = None
        out.note(Lenient(symbol, at_ns, reason, actual, strict))
        out.say(f"WOULD_BLOCK_{reason} (actual={actual}, strict={strict})", symbol, reason=reason)
        return True

    def totals(self) -> dict[str, int]:
        """Return how many symbols each reason would have stopped."""
        return {reason: len(symbols) for reason, symbols in self.found.items()}

    def sum_up(self, out: Outbox) -> None:
        """Say the day's totals."""
        for reason, count in self.totals().items():
            out.say(f"WOULD_BLOCK_{reason} today", count=count)
        if self.beyond:
            out.warn("WOULD_BLOCK findings beyond the bound", count=self.beyond)


@dataclass(slots=True)
class Funnel:
    """Symbols by stage reached, and by gate and minute stopped."""

    stages: tuple[str, ...]
    reached: dict[str, dict[str, int]] = field(default_factory=dict)  # stage → symbol → first ns
    stopped: dict[str, dict[int, dict[str, None]]] = field(default_factory=dict)
    last_gate: dict[str, str] = field(default_factory=dict)  # symbol → what stopped it last

    def reach(self, stage: str, symbol: str, at_ns: int) -> None:
        """Note that a symbol has come to a stage."""
        assert stage in self.stages, stage
        self.reached.setdefault(stage, {}).setdefault(symbol, at_ns)
        self.last_gate.pop(symbol, None)

    def stop(self, gate: str, symbol: str, at_ns: int) -> bool:
        """Note that a gate stopped a symbol; return whether it is news this minute."""
        self.last_gate[symbol] = gate
        symbols = self.stopped.setdefault(gate, {}).setdefault(minute_of_day(at_ns), {})
        if symbol in symbols:
            return False
        symbols[symbol] = None
        return True

    def has(self, stage: str, symbol: str) -> bool:
        """Whether a symbol has come to a stage."""
        return symbol in self.reached.get(stage, ())

    def count(self, stage: str) -> int:
        """Return how many symbols have come to a stage."""
        return len(self.reached.get(stage, ()))

    def shown(self) -> dict[str, Any]:
        """Return it as JSON values."""
        ended: dict[str, list[str]] = {}
        for symbol, gate in sorted(self.last_gate.items()):
            ended.setdefault(gate, []).append(symbol)
        return {
            "gates": [
                {
                    "gate": stage,
                    "reached": self.count(before),
                    "passed": self.count(stage),
                    "stopped": self.count(before) - self.count(stage),
                }
                for before, stage in zip((self.stages[0], *self.stages), self.stages, strict=False)
            ],
            "stopped": {
                gate: {
                    "symbols": len({symbol for symbols in minutes.values() for symbol in symbols}),
                    "by_time": {
                        f"{minute // 60:02d}:{minute % 60:02d}": len(symbols)
                        for minute, symbols in sorted(minutes.items())
                    },
                }
                for gate, minutes in self.stopped.items()
            },
            "ended_at": ended,
        }
