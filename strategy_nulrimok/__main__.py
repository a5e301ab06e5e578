"""Nulrimok's process: `python -m strategy_nulrimok [--config DIR]`. Its composition root."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import uvloop

from config.load import DIRECTORY, ConfigError, secret
from kis_core.errors import Refused
from kis_core.feed import Feed
from kis_core.log import open_log
from kis_core.market.calendar import krx_calendar
from oms_client.client import OmsClient, OmsRefused
from strategy_nulrimok.nulrimok import PAST_SESSIONS
from strategy_nulrimok.research.store import ResearchStore
from strategy_nulrimok.selection import Selected, Selection
from strategy_nulrimok.settings import Loaded, load_nulrimok
from strategy_runtime.journal import JournalError
from strategy_runtime.run import Edges, run
from strategy_runtime.shipper import Destination


async def main(loaded: Loaded) -> None:
    """Open what must be opened, hand it over, and run until told to stop."""
    settings, nulrimok = loaded.settings, loaded.nulrimok
    clock, calendar = settings.make_clock(), krx_calendar()
    log = open_log(nulrimok.name, clock, settings.log.level, settings.log.directory)
    relay, token = secret("RELAY_TOKEN"), secret(f"OMS_TOKEN_{nulrimok.strategy_id}")
    database, environment = secret("DATABASE_URL"), settings.endpoints().environment
    of = Selected(
        nulrimok.strategy_id, nulrimok.dse, nulrimok.numbers.config_hash, nulrimok.sectors
    )
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    async with (
        Feed.open(settings.relay_url, relay, nulrimok.name, clock) as feed,
        OmsClient.connect(settings.oms_url, token, nulrimok.strategy_id) as oms,
    ):
        selection = Selection(
            of,
            settings.selection,
            lambda: ResearchStore.open(database, environment, calendar),
            feed,
            clock,
            calendar,
            log,
        )
        notes_to = Destination(database, environment, nulrimok.strategy_id)
        edges = Edges(feed, oms, clock, log, settings.data_dir, own=selection, notes_to=notes_to)
        with contextlib.suppress(asyncio.CancelledError):
            await run(nulrimok, edges, calendar, prepare_at=settings.prepare_at, past=PAST_SESSIONS)
    log.info("Nulrimok stopped")


def start() -> int:
    """Return an exit code: 0 stopped when told to, 2 what must not start, 1 anything else."""
    parser = argparse.ArgumentParser(prog="python -m strategy_nulrimok", description=__doc__)
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    try:
        uvloop.run(main(load_nulrimok(parser.parse_args().config)))
    except (ConfigError, JournalError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (Refused, OmsRefused, OSError) as error:
        sys.stderr.write(f"strategy_nulrimok: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(start())
