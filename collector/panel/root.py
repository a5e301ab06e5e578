"""The panel put together: what the collector's root hands over becomes pages under /panel."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter
from structlog.typing import FilteringBoundLogger

from collector.derivatives.service import Contracts
from collector.panel.contracts import TITLE, ContractsPart
from collector.panel.desk import Desk
from collector.panel.house import House, Work
from collector.panel.kis import KisSource
from collector.panel.kiwoom import KiwoomPart
from collector.panel.log_ring import LogRing
from collector.panel.parts import ActName, NotConfigured, Source, Text
from collector.panel.routes import make_panel
from collector.panel.visit import TOKEN_CHARACTERS_MIN
from collector.panel.works import backfill, compact
from collector.service import Collector
from config.load import ConfigError, secret_or_none
from kis_core.clock import Clock, SystemClock
from kis_core.market.calendar import TradingCalendar
from kis_core.net.stream import KisStream

KIWOOM = NotConfigured(
    "kiwoom",
    Text("키움", "Kiwoom"),
    Text(
        "config/collector.yaml 의 kiwoom.enabled 를 true 로 바꾸고 KIWOOM_APP_KEY 와 "
        "KIWOOM_SECRET_KEY 를 .env 에 넣은 뒤 수집기를 다시 시작하세요.",
        "Say kiwoom.enabled: true in config/collector.yaml, put KIWOOM_APP_KEY and "
        "KIWOOM_SECRET_KEY into .env, and start the collector again.",
    ),
)
CONTRACTS = NotConfigured(
    "contracts",
    TITLE,
    Text(
        "config/collector.yaml 의 derivatives.environments 에 지금 환경을 적고 수집기를 다시 "
        "시작하세요.",
        "Name this environment under derivatives.environments in config/collector.yaml, and start "
        "the collector again.",
    ),
)


def panel_token() -> str | None:
    """Return the panel's token; None switches the panel off. Raises ConfigError for a weak one."""
    token = secret_or_none("COLLECTOR_PANEL_TOKEN")
    if token is not None and len(token) < TOKEN_CHARACTERS_MIN:
        raise ConfigError(
            f"COLLECTOR_PANEL_TOKEN has {len(token)} characters, expected at least "
            f"{TOKEN_CHARACTERS_MIN}; `kst secrets make` draws one"
        )
    return token


@asynccontextmanager
async def open_panel(
    collector: Collector,
    lines: Mapping[str, KisStream],
    contracts: Contracts | None,
    clock: Clock,
    calendar: TradingCalendar,
    ring: LogRing,
    log: FilteringBoundLogger,
    token: str | None,
) -> AsyncIterator[APIRouter]:
    """Yield the panel's routes; it looks at the counters while the block runs.

    Without a token nobody could see it, so nothing is looked at. Kiwoom's keys are hidden from
    `ring` here, other secrets by whoever reads them.
    """
    world = SystemClock()
    if token is None:
        yield make_panel(None, None, world, log)
        return
    sources: tuple[Source, ...] = (
        KisSource(collector, lines, clock),
        KiwoomPart(collector.kiwoom) if collector.kiwoom else KIWOOM,
        ContractsPart(contracts) if contracts else CONTRACTS,
    )
    if collector.settings.kiwoom is not None and collector.kiwoom is not None:
        doors = collector.settings.kiwoom.endpoints(collector.settings.broker)
        keys = collector.settings.kiwoom.credentials(doors.environment)
        ring.hide((keys.app_key, keys.secret_key.reveal()))
    works: dict[ActName, Work] = {
        "backfill": lambda: backfill(collector),
        "compact": lambda: compact(collector),
    }
    house = House(works, log)
    environment = collector.settings.endpoints().environment
    desk = Desk(collector, clock, calendar, environment, sources, house, ring, log)
    looking = asyncio.create_task(desk.run())
    try:
        yield make_panel(desk, token, world, log)
    finally:
        looking.cancel()
        await house.close()
        with suppress(asyncio.CancelledError):
            await looking
