"""The day so far, from its journal: the same fold that a replay and `verify` do.

Starting and recovering are one path. What was asked for and never answered is listed, so that the
shell can ask again: intents are idempotent by their id, and questions to histories change nothing.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

from oms_client.contract import Intent, IntentDecided
from strategy_runtime.contract import (
    Answer,
    IntentAnswered,
    IntentUnanswered,
    Listen,
    RoundTrip,
    Strategy,
    StrategyEvent,
    TradingDay,
)
from strategy_runtime.turns import Head, Output, Record, event_of, intents_of, output_of

_ANSWERS = get_args(Answer)


def rules_text(strategy: Strategy[Any]) -> str:
    """Return a strategy's rules as they stand at the head of a journal."""
    return json.dumps(strategy.rules, sort_keys=True, ensure_ascii=False)


def rules_hash(text: str) -> str:
    """Return the version that a strategy's rules go by: 12 characters, from `rules_text`."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(slots=True)
class Restored[S]:
    """Where a journal leads, and what is still open."""

    state: S
    turns: int = 0
    last_at_ns: int | None = None  # of the newest event
    last_oms_seq: int | None = None  # None: nothing of the OMS's stream is in the journal
    listen: Listen | None = None
    intents: dict[str, Intent] = field(default_factory=dict)  # submitted, no answer journaled
    asks: dict[str, Any] = field(default_factory=dict)  # asked, no answer journaled
    trips: list[RoundTrip] = field(default_factory=list)
    carried: str | None = None  # what the day began with
    differences: int = 0  # turns whose output is not what the journal has: the code has changed
    rules_changed: bool = False


def restore[S](strategy: Strategy[S], day: TradingDay, records: Iterable[Record]) -> Restored[S]:
    """Fold a journal's records through the strategy's decisions."""
    restored = Restored(strategy.open(day))
    rules = rules_text(strategy)
    decide = strategy.decide
    for record in records:
        if isinstance(record, Head):
            restored.rules_changed |= record.rules != rules
            if restored.turns == 0:
                restored.carried = record.carried
                restored.state = strategy.open(day, record.carried)
            continue
        event = event_of(record)
        step = decide(restored.state, event)
        restored.state = step.state
        output = output_of(step)
        restored.differences += output != record.output
        _settle(restored, event)
        # What left is what the journal has, whatever the code would ask for today.
        if record.output is not None:
            _open(restored, record.output)
        restored.turns += 1
    return restored


def at_ns_of(event: StrategyEvent) -> int | None:
    """Return when this fleet learnt of an event, in ns, where the event says so."""
    arrived: int | None = getattr(event, "arrived_ns", None)
    return arrived if arrived is not None else getattr(event, "at_ns", None)


def _settle(restored: Restored[Any], event: StrategyEvent) -> None:
    at_ns = at_ns_of(event)
    if at_ns is not None and (restored.last_at_ns is None or at_ns > restored.last_at_ns):
        restored.last_at_ns = at_ns
    if isinstance(event, _ANSWERS):
        restored.asks.pop(event.ask_id or "", None)
    elif isinstance(event, IntentAnswered):
        restored.intents.pop(event.result.intent_id, None)
    elif isinstance(event, IntentUnanswered):
        if event.final:
            restored.intents.pop(event.intent_id, None)
    elif (seq := getattr(event, "seq", None)) is not None:
        restored.last_oms_seq = max(seq, restored.last_oms_seq or 0)
        if isinstance(event, IntentDecided):
            restored.intents.pop(event.result.intent_id, None)


def _open(restored: Restored[Any], output: Output) -> None:
    restored.listen = output.listen if output.listen is not None else restored.listen
    for intent in intents_of(output):
        restored.intents[intent.intent_id] = intent
    for ask in output.asks:
        restored.asks[ask.ask_id] = ask
    restored.trips.extend(note for note in output.notes if isinstance(note, RoundTrip))
