"""Signals as strategies tell them: read and judged one by one. Pure.

One that is not understood keeps none of the others out; it is answered with its place in the
batch, its field and what was expected there.
"""

import math
from dataclasses import dataclass
from typing import Annotated

import msgspec

from kis_core.feed import SIGNALS_MAX, Signal

BODY_BYTES_MAX = 1 << 20
COLUMNS = (
    "environment", "strategy_id", "symbol", "name", "ts", "signal", "figures", "reason",
    "recorded_at",
)  # fmt: skip
"""Those of the table. Figures are read as columns beside them, so none may be called the same."""

_Batch = Annotated[list[msgspec.Raw], msgspec.Meta(max_length=SIGNALS_MAX)]
_msgpack_batch = msgspec.msgpack.Decoder(_Batch).decode
_msgpack_signal = msgspec.msgpack.Decoder(Signal).decode
_json_batch = msgspec.json.Decoder(_Batch).decode
_json_signal = msgspec.json.Decoder(Signal).decode


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch holds, and what is wrong with the rest of it: a sentence each."""

    signals: tuple[Signal, ...]
    faults: tuple[str, ...]


def read(body: bytes, *, packed: bool) -> Told:
    """Return the signals of a batch: a list of them, in MessagePack (`packed`) or JSON."""
    try:
        items = _msgpack_batch(body) if packed else _json_batch(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return Told((), (f"signals: {error}",))
    signals: list[Signal] = []
    faults: list[str] = []
    for number, item in enumerate(items):
        try:
            signal = _msgpack_signal(item) if packed else _json_signal(item)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            faults.append(_fault(number, str(error)))
            continue
        wrong = _wrong(signal)
        if wrong:
            faults.append(f"signals.{number}.{wrong}")
        else:
            signals.append(signal)
    return Told(tuple(signals), tuple(faults))


def _fault(number: int, said: str) -> str:
    expected, _, path = said.partition(" - at ")
    if path.startswith("`key` in "):
        path, expected = path.removeprefix("`key` in "), f"{expected} as the name of a figure"
    place = path.strip("`").removeprefix("$")
    return f"signals.{number}{place}: {expected}"


def _wrong(signal: Signal) -> str | None:
    for name, figure in signal.values.items():
        if name in COLUMNS:
            return f"values.{name}: Expected a name that is no column of the table's own"
        if figure is not None and not math.isfinite(figure):
            return f"values.{name}: Expected a finite number or null, got {figure}"
    return None
