"""KPR's process: `python -m strategy_kpr [--config DIR]`. Its composition root."""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import uvloop

from config.load import DIRECTORY, ConfigError, secret, secret_or_none
from kis_core.errors import Refused
from kis_core.feed import Feed
from kis_core.log import open_log
from kis_core.market.calendar import krx_calendar
from oms_client.client import OmsClient, OmsRefused
from strategy_kpr.kpr import PAST_SESSIONS, Kpr
from strategy_kpr.settings import KprSettings, load_kpr
from strategy_runtime.journal import JournalError
from strategy_runtime.run import Edges, run
from strategy_runtime.shipper import Destination


async def main(settings: KprSettings, kpr: Kpr) -> None:
    """Open what must be opened, hand it over, and run until told to stop."""
    clock = settings.make_clock()
    log = open_log(kpr.name, clock, settings.log.level, settings.log.directory)
    relay, token = secret("RELAY_TOKEN"), secret(f"OMS_TOKEN_{kpr.strategy_id}")
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    async with (
        Feed.open(settings.relay_url, relay, kpr.name, clock) as feed,
        OmsClient.connect(settings.oms_url, token, kpr.strategy_id) as oms,
    ):
        url, environment = secret_or_none("DATABASE_URL"), settings.endpoints().environment
        notes_to = Destination(url, environment, kpr.strategy_id) if url else None
        edges = Edges(feed, oms, clock, log, settings.data_dir, notes_to=notes_to)
        calendar = krx_calendar()
        with contextlib.suppress(asyncio.CancelledError):
            await run(kpr, edges, calendar, prepare_at=settings.prepare_at, past=PAST_SESSIONS)
    log.info("KPR stopped")


def start() -> int:
    """Return an exit code: 0 stopped when told to, 2 what must not start, 1 anything else."""
    parser = argparse.ArgumentParser(prog="python -m strategy_kpr", description=__doc__)
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    try:
        settings, rules, sectors = load_kpr(parser.parse_args().config)
        uvloop.run(main(settings, Kpr(settings.strategy_id, rules, sectors)))
    except (ConfigError, JournalError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (Refused, OmsRefused, OSError) as error:
        sys.stderr.write(f"strategy_kpr: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(start())
