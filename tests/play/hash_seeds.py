"""The same story in processes that order their sets differently."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TAIL = """
from hashlib import sha256
from strategy_runtime.turns import output_of, packed, turn_of
made = [packed(turn_of(0, e, output_of(s))) for e, s in zip(told.told, told.steps, strict=True)]
print(len(made), sha256(b"".join(made)).hexdigest())
"""


def digests_of(script: str) -> set[str]:
    """Return what a script's story `told` comes to, turn by turn, in two such processes."""
    found = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", script + TAIL], env=env, cwd=ROOT, capture_output=True,
            text=True, check=True, timeout=60,
        )  # fmt: skip
        found.add(done.stdout)
    return found
