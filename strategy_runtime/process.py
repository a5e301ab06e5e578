"""A strategy's process: what is opened, handed over and waited for. Its root says what is its own.

Exit codes: 0 stopped when told to, 2 what must not start, 1 anything else.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
import uvloop

from config.load import DIRECTORY, ConfigError, secret, secret_or_none
from kis_core.clock import Clock
from kis_core.errors import Refused
from kis_core.feed import Feed
from kis_core.log import open_log
from kis_core.market.calendar import TradingCalendar, krx_calendar
from oms_client.client import OmsClient, OmsRefused
from strategy_runtime.contract import Strategy
from strategy_runtime.journal import JournalError
from strategy_runtime.preparation import Own
from strategy_runtime.run import Edges, run
from strategy_runtime.settings import StrategySettings
from strategy_runtime.shipper import Destination


@dataclass(frozen=True, slots=True)
class Open:
    """What is open while a strategy runs, for whoever answers its own questions."""

    feed: Feed
    clock: Clock
    calendar: TradingCalendar
    log: structlog.typing.FilteringBoundLogger


@dataclass(frozen=True, slots=True)
class Process:
    """One strategy, ready to run. `title` is its name in a sentence."""

    title: str
    settings: StrategySettings
    strategy: Strategy[Any]
    past: int  # sessions before each day that it is handed
    own: Callable[[Open], Own] | None = None  # who answers its AskOwn


def start(package: str, says: str | None, made: Callable[[Path], Process]) -> int:
    """Read the command line, make the process from a folder of YAML files, run it."""
    parser = argparse.ArgumentParser(prog=f"python -m {package}", description=says)
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    try:
        uvloop.run(_main(made(parser.parse_args().config)))
    except (ConfigError, JournalError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (Refused, OmsRefused, OSError) as error:
        sys.stderr.write(f"{package}: {error}\n")
        return 1
    return 0


async def _main(process: Process) -> None:
    """Open what must be opened, hand it over, and run until told to stop."""
    settings, strategy = process.settings, process.strategy
    clock, calendar = settings.make_clock(), krx_calendar()
    log = open_log(strategy.name, clock, settings.log.level, settings.log.directory)
    relay, token = secret("RELAY_TOKEN"), secret(f"OMS_TOKEN_{settings.strategy_id}")
    url, environment = secret_or_none("DATABASE_URL"), settings.endpoints().environment
    notes_to = Destination(url, environment, settings.strategy_id) if url else None
    this = asyncio.current_task()
    assert this is not None
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, this.cancel)
    async with (
        Feed.open(settings.relay_url, relay, strategy.name, clock) as feed,
        OmsClient.connect(settings.oms_url, token, settings.strategy_id) as oms,
    ):
        own = process.own(Open(feed, clock, calendar, log)) if process.own else None
        edges = Edges(feed, oms, clock, log, settings.data_dir, own=own, notes_to=notes_to)
        with contextlib.suppress(asyncio.CancelledError):
            await run(strategy, edges, calendar, prepare_at=settings.prepare_at, past=process.past)
    log.info(f"{process.title} stopped")
