"""KMP's process: `python -m strategy_kmp [--config DIR]`. Its composition root."""

import sys
from pathlib import Path

from strategy_kmp.kmp import PAST_SESSIONS, Kmp
from strategy_kmp.settings import load_kmp
from strategy_runtime.process import Process, start


def made(directory: Path) -> Process:
    """Return KMP as a folder of YAML files has it. Raises ConfigError."""
    settings, rules, sectors = load_kmp(directory)
    return Process("KMP", settings, Kmp(settings.strategy_id, rules, sectors), PAST_SESSIONS)


if __name__ == "__main__":
    sys.exit(start("strategy_kmp", __doc__, made))
