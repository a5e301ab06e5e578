"""Nulrimok's process: `python -m strategy_nulrimok [--config DIR]`. Its composition root."""

import sys
from pathlib import Path

from config.load import secret
from strategy_nulrimok.nulrimok import PAST_SESSIONS
from strategy_nulrimok.research.store import ResearchStore
from strategy_nulrimok.selection import Selected, Selection
from strategy_nulrimok.settings import Loaded, load_nulrimok
from strategy_runtime.process import Open, Process, start


def made(directory: Path) -> Process:
    """Return Nulrimok as a folder of YAML files has it. Raises ConfigError."""
    loaded = load_nulrimok(directory)

    def own(opened: Open) -> Selection:
        return selection(loaded, secret("DATABASE_URL"), opened)

    return Process("Nulrimok", loaded.settings, loaded.nulrimok, PAST_SESSIONS, own)


def selection(loaded: Loaded, database: str, opened: Open) -> Selection:
    """Return who answers for the day's artifact, over the research in `database`."""
    settings, nulrimok = loaded.settings, loaded.nulrimok
    environment = settings.endpoints().environment
    return Selection(
        Selected(
            nulrimok.strategy_id, nulrimok.dse, nulrimok.numbers.config_hash, nulrimok.sectors
        ),
        settings.selection,
        lambda: ResearchStore.open(database, environment, opened.calendar),
        opened.feed,
        opened.clock,
        opened.calendar,
        opened.log,
    )


if __name__ == "__main__":
    sys.exit(start("strategy_nulrimok", __doc__, made))
