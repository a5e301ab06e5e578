"""KPR's process: `python -m strategy_kpr [--config DIR]`. Its composition root."""

import sys
from pathlib import Path

from strategy_kpr.kpr import PAST_SESSIONS, Kpr
from strategy_kpr.settings import load_kpr
from strategy_runtime.process import Process, start


def made(directory: Path) -> Process:
    """Return KPR as a folder of YAML files has it. Raises ConfigError."""
    settings, rules, sectors = load_kpr(directory)
    return Process("KPR", settings, Kpr(settings.strategy_id, rules, sectors), PAST_SESSIONS)


if __name__ == "__main__":
    sys.exit(start("strategy_kpr", __doc__, made))
