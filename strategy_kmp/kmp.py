"""KMP with its rules in it, as the shell, replay and verify run it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from strategy_kmp.decision import shown
from strategy_kmp.decision.decide import decide
from strategy_kmp.decision.rules import Rules
from strategy_kmp.decision.state import State, opened
from strategy_runtime.contract import Pulse, RoundTrip, Step, StrategyEvent, TradingDay

PAST_SESSIONS = 25
"""How many sessions before the day it wants to know of: the longest baseline, and some."""


@dataclass(frozen=True, slots=True)
class Kmp:
    """The strategy."""

    strategy_id: str
    numbers: Rules
    sectors: Mapping[str, str]  # the universe, in order, with each symbol's sector

    @property
    def name(self) -> str:
        """The folder of its journals."""
        return self.strategy_id.lower()

    @property
    def rules(self) -> Mapping[str, Any]:
        """What it decides by, as JSON values."""
        return {
            "strategy_id": self.strategy_id,
            "rules": self.numbers.model_dump(mode="json"),
            "sectors": dict(self.sectors),
        }

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> "Kmp":
        """Return the strategy that wrote these rules at the head of a journal."""
        return cls(rules["strategy_id"], Rules.model_validate(rules["rules"]), rules["sectors"])

    def carried(self, state: State) -> str | None:
        """Return nothing: KMP is flat overnight."""
        return None

    def open(self, day: TradingDay, carried: str | None = None) -> State:
        """Return the state before anything has happened on a day."""
        return opened(day, self.numbers, dict(self.sectors), self.strategy_id)

    def decide(self, state: State, event: StrategyEvent) -> Step[State]:
        """Take one event and return where it leads. The state is advanced in place."""
        return decide(state, event, self.numbers)

    def pulse(self, state: State) -> Pulse:
        """Return how it is."""
        return shown.pulse(state)

    def over(self, state: State) -> bool:
        """Whether the day needs it no more."""
        return shown.over(state)

    def funnel(self, state: State) -> Mapping[str, Any]:
        """Return why there were as many trades as there were."""
        return shown.funnel(state, self.numbers)

    def trips(self, state: State) -> tuple[RoundTrip, ...]:
        """Return the day's closed round trips, in order."""
        return tuple(state.desk.trips)
