"""One turn on its way to the journal and back: what was told, and what came of it.

Pure. Market events and answers are MessagePack; what the OMS tells is kept as its own JSON, so that
the journal holds what was said and not our reading of it.
"""

from typing import Any

import msgspec
from pydantic import BaseModel, TypeAdapter

from oms_client.contract import Intent
from strategy_runtime.contract import (
    Ask,
    Listen,
    Note,
    OmsTold,
    Step,
    StrategyEvent,
    Told,
    TradingDay,
)

FORMAT = 1


class Head(msgspec.Struct, frozen=True, tag="head", array_like=True):
    """Written at every start of the process: whose journal, which day, under which rules."""

    format: int
    strategy: str
    day: TradingDay
    rules: str  # JSON, keys sorted
    at_ns: int
    carried: str | None = None  # what the day before had to say


class Output(msgspec.Struct, frozen=True, array_like=True):
    """What a step asked for. Intents as their JSON."""

    intents: tuple[str, ...] = ()
    asks: tuple[Ask, ...] = ()
    listen: Listen | None = None
    notes: tuple[Note, ...] = ()


class Turn(msgspec.Struct, frozen=True, tag="turn", array_like=True):
    """One event and what came of it. Exactly one of `told` and `oms` is there."""

    seq: int
    told: Told | None
    oms: str | None  # JSON
    output: Output | None  # None: nothing was asked for


Record = Head | Turn

_encode = msgspec.msgpack.Encoder().encode
_decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)
_OMS: TypeAdapter[OmsTold] = TypeAdapter(OmsTold)
_INTENT: TypeAdapter[Intent] = TypeAdapter(Intent)


def output_of(step: Step[Any]) -> Output | None:
    """Return what a step asks for, or None where it asks for nothing."""
    if not (step.intents or step.asks or step.notes or step.listen is not None):
        return None
    intents = tuple(intent.model_dump_json() for intent in step.intents)
    return Output(intents, step.asks, step.listen, step.notes)


def turn_of(seq: int, event: StrategyEvent, output: Output | None) -> Turn:
    """Return the record of one event and its output."""
    if isinstance(event, BaseModel):
        return Turn(seq, None, event.model_dump_json(), output)
    return Turn(seq, event, None, output)


def event_of(turn: Turn) -> StrategyEvent:
    """Return the event that a turn records."""
    if turn.told is not None:
        return turn.told
    assert turn.oms is not None, f"turn {turn.seq} records nothing"
    return _OMS.validate_json(turn.oms)


def intents_of(output: Output) -> tuple[Intent, ...]:
    """Return the intents that an output records."""
    return tuple(_INTENT.validate_json(text) for text in output.intents)


def packed(record: Record) -> bytes:
    """Return a record as bytes."""
    return _encode(record)


def unpacked(payload: bytes | memoryview) -> Record:
    """Return the record in bytes; raises msgspec.DecodeError."""
    return _decoder.decode(payload)
