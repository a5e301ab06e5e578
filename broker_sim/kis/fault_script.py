"""A script of faults: a YAML or JSON file, or the body of a request, as faults.

    seed: 7          # of chances and ranges; else the simulator's own
    intensity: 1     # draw a bad day from the seed as well
    faults:
      - {kind: reply_lost, call: order_cash, after: 1}

docs/faults.md lists the kinds. Bad input is one sentence: the file, the entry, the key, and what
was expected.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from broker_sim.exchange.fault_entries import Fault, FaultError, read_faults
from broker_sim.exchange.fault_kinds import ORDERS, QUESTIONS, TOKENS
from broker_sim.exchange.fault_rates import INTENSITY_MAX, draw_faults
from broker_sim.exchange.faults import FaultPlan
from kis_core.wire.tr_table import CALLS

SCRIPT_BYTES_MAX = 1_000_000


def call_names(name: str, method: str, path: str) -> frozenset[str]:
    """Return all the words by which a script may mean a call."""
    folder, _, short = name.partition(".")
    group = ORDERS if method == "POST" else QUESTIONS
    group = TOKENS if folder == "auth" else group
    return frozenset({name, short, path, path.rpartition("/")[2], group})


KNOWN_CALLS = frozenset().union(*(call_names(c.name, c.method, c.path) for c in CALLS.values()))


@dataclass(frozen=True, slots=True)
class Script:
    """What a script says."""

    faults: tuple[Fault, ...]
    seed: int | None
    intensity: float

    def plan(self, seed: int, symbols: Sequence[str] = ()) -> FaultPlan:
        """Return the plan; `seed` serves where the script names none.

        `symbols` are those whose trading a drawn fault may interrupt.
        """
        seed = seed if self.seed is None else self.seed
        drawn = draw_faults(seed, self.intensity, symbols)
        return FaultPlan((*self.faults, *drawn), seed)


def read_script(text: str, where: str) -> Script:
    """Read a script. `where` names it in errors. Raises FaultError."""
    if len(text) > SCRIPT_BYTES_MAX:
        raise FaultError(f"{where}: longer than {SCRIPT_BYTES_MAX} characters")
    try:
        content: Any = _json(text) or yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "it cannot be read"
        raise FaultError(f"{where}{line}: neither YAML nor JSON: {what}") from None
    if not isinstance(content, dict):
        got = "nothing" if content is None else type(content).__name__
        raise FaultError(f"{where}: expected a mapping with faults, got {got}")
    for key in content:
        if key not in ("seed", "intensity", "faults"):
            raise FaultError(f"{where}: {key} is not a key; there are seed, intensity, faults")
    seed, intensity = content.get("seed"), content.get("intensity", 0)
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise FaultError(f"{where}: seed: {seed!r}, expected a whole number")
    number = isinstance(intensity, int | float) and not isinstance(intensity, bool)
    if not number or not 0 <= intensity <= INTENSITY_MAX:
        raise FaultError(f"{where}: intensity: {intensity!r}, expected 0 to {INTENSITY_MAX}")
    faults = read_faults(content.get("faults", []), f"{where}: faults", KNOWN_CALLS)
    return Script(faults, seed, intensity)


def _json(text: str) -> Any:
    """Return what JSON says, None where it is none: YAML would read its 5e-06 as text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def open_script(file: Path) -> Script:
    """Read a file. Raises FaultError."""
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise FaultError(f"{file}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise FaultError(f"{file}: neither YAML nor JSON: it is not text") from None
    return read_script(text, file.name)
