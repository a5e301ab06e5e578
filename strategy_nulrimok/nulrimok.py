"""Nulrimok with its rules in it, as the shell, replay and verify run it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from strategy_nulrimok.decision import shown
from strategy_nulrimok.decision.carry import CarriedPosition, of_text, to_text
from strategy_nulrimok.decision.decide import decide
from strategy_nulrimok.decision.dse_rules import DseRules
from strategy_nulrimok.decision.held import Held
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.state import State, opened
from strategy_runtime.contract import Pulse, RoundTrip, Step, StrategyEvent, TradingDay

PAST_SESSIONS = 40
"""How many sessions before the day it wants to know of: longer than positions are held."""


def selection_hash(dse: DseRules, sectors: Mapping[str, str]) -> str:
    """Return what tells one configuration of the daily selection from another."""
    content = {"dse": dse.model_dump(mode="json"), "sectors": dict(sectors)}
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Nulrimok:
    """The strategy. The selection's numbers are here for the record: it runs outside the fold."""

    strategy_id: str
    numbers: Rules
    sectors: Mapping[str, str]  # the universe, with each symbol's sector
    dse: DseRules

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
            "dse": self.dse.model_dump(mode="json"),
            "sectors": dict(self.sectors),
        }

    @classmethod
    def of(cls, rules: Mapping[str, Any]) -> "Nulrimok":
        """Return the strategy that wrote these rules at the head of a journal."""
        return cls(
            rules["strategy_id"],
            Rules.model_validate(rules["rules"]),
            rules["sectors"],
            DseRules.model_validate(rules["dse"]),
        )

    def open(self, day: TradingDay, carried: str | None = None) -> State:
        """Return the state before anything has happened on a day."""
        known = of_text(carried)
        return opened(day, self.numbers, dict(self.sectors), self.strategy_id, known)

    def carried(self, state: State) -> str | None:
        """Return the positions that outlive the day; None where there are none."""
        left: list[CarriedPosition] = []
        for name in state.names.values():
            position = name.trading.position or state.desk.carried.get(name.symbol)
            held = name.held or state.carried_held.get(name.symbol)
            if position is None:
                continue
            left.append(
                CarriedPosition(
                    name.symbol,
                    name.sector,
                    name.trading.market,
                    position,
                    held or Held(None, None, None, state.day.date),
                )
            )
        return to_text(state.day.date, left)

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
