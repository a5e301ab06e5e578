"""The collector: the one holder of KIS's socket. `python -m collector [--config DIR]`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import uvloop
from structlog.typing import FilteringBoundLogger

from collector.charts import Charts
from collector.derivatives.service import contracts_kept
from collector.hearing import FIRST_LINE, NOTICE_TRS
from collector.histories import Histories
from collector.insight import make_insight
from collector.panel.log_ring import LogRing
from collector.panel.root import open_panel, panel_token
from collector.relay import Relay
from collector.routes import Tokens, make_app
from collector.service import Collector
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from collector.sources.kiwoom.root import open_source, relaying
from config.load import DIRECTORY, ConfigError, load, secret
from kis_core.door import bind, open_door
from kis_core.environment import Credentials
from kis_core.heap import settle_heap
from kis_core.log import open_log
from kis_core.market.calendar import krx_calendar
from kis_core.net.budget import RateBudget
from kis_core.net.flows import KisFlows
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.stream import KisStream
from kis_core.net.tokens import TokenCache
from kis_core.postgres import asyncpg_url


async def run(settings: CollectorSettings) -> None:
    """Open everything, hand it over, and wait for a signal."""
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    clock, calendar = settings.make_clock(), krx_calendar()
    ring = LogRing()
    log = open_log("collector", clock, settings.log.level, settings.log.directory, [ring])
    doors, token = settings.endpoints(), panel_token()
    readers = Tokens(secret("RELAY_TOKEN"), secret("RELAY_TOKEN_OMS"))
    database = asyncpg_url(secret("DATABASE_URL"))
    ring.hide((readers.reader, readers.oms, token or "", database))
    ring.hide((urlsplit(database).password or "", settings.credentials().hts_id))
    notices = (NOTICE_TRS[doors.dialect == "paper"], settings.credentials().hts_id)
    journals = settings.data_dir / "collector"
    listener = bind(settings.host, urlsplit(settings.relay_url).port or 8020)
    async with AsyncExitStack() as stack:
        lines: dict[str, KisStream] = {}
        rests: list[KisRest] = []
        first: tuple[Credentials, TokenCache, RateBudget] | None = None
        for name in (None, *settings.keys):  # each has its session, its token and its calls
            keys = settings.credentials(name)
            ring.hide((keys.app_key, keys.app_secret.reveal()))
            tokens = TokenCache(doors, keys, clock, settings.data_dir / "tokens")
            budget = RateBudget(doors, keys, clock, settings.data_dir / "budget")
            first = first or (keys, tokens, budget)
            rests.append(
                await stack.enter_async_context(KisRest(doors, keys, clock, tokens, budget))
            )
            lines[name or FIRST_LINE] = KisStream(
                doors,
                keys,
                clock,
                tokens.approval_key,
                silent_s=settings.silent_s,
                limit=settings.registrations_max,
            )
        assert first is not None
        relay = Relay(clock, settings.reader_events_max, settings.linger_s)
        asked = KisQuotes(rests[0]), KisFlows(rests[0])
        histories = Histories(*asked, clock, calendar, settings.histories_max)
        shipper = Shipper(database, doors.environment, settings.symbols, journals, log)
        collector = Collector(
            settings, clock, calendar, lines, notices, relay, histories, Charts(rests),
            shipper, log,
        )  # fmt: skip
        told = relaying(relay, settings.kiwoom)
        insight = make_insight(collector, clock)
        app = make_app(relay, histories, readers, insight, collector.hear_signals)
        async with (
            open_source(settings, clock, calendar, database, *told, log) as collector.kiwoom,
            contracts_kept(settings, clock, calendar, *first, database, log) as contracts,
            open_panel(collector, lines, contracts, clock, calendar, ring, log, token) as panel,
            open_door(app, listener),
            across_machines(settings, relay, readers, log),
            asyncio.TaskGroup() as group,
        ):
            app.include_router(panel)
            settle_heap()
            group.create_task(collector.run(stopping))
            if collector.kiwoom is not None:
                group.create_task(collector.kiwoom.run(stopping))


@asynccontextmanager
async def across_machines(
    settings: CollectorSettings, relay: Relay, readers: Tokens, log: FilteringBoundLogger
) -> AsyncIterator[None]:
    """Serve readers through NATS while the block runs, where the settings say so."""
    if settings.relay.url is None:
        yield
        return
    from collector.relay_nats import NatsRelay  # most fleets need no NATS client

    url, bound = settings.relay.url, settings.reader_events_max
    serving = asyncio.create_task(
        NatsRelay(url, relay, readers, settings.relay_url, bound, log).run()
    )
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def main() -> int:
    """Return an exit code: 0 stopped when told to, 2 a configuration that must not start."""
    parser = argparse.ArgumentParser(prog="collector", description=__doc__)
    parser.add_argument("--config", type=Path, default=DIRECTORY)
    try:
        settings = load(CollectorSettings, "collector", parser.parse_args().config)
        uvloop.run(run(settings))
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"collector: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
