"""A panel whose collector has not been started, and a source that does what a test tells it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from collector.hearing import FIRST_LINE
from collector.histories import Histories
from collector.panel.desk import Desk
from collector.panel.house import House
from collector.panel.log_ring import LogRing
from collector.panel.parts import (
    Act,
    ActName,
    Answer,
    Counter,
    Preview,
    Session,
    Silent,
    SourceShown,
    Text,
    same,
)
from collector.panel.routes import make_panel
from collector.relay import Relay
from collector.service import Collector
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from config.load import load
from kis_core.clock import TapeClock
from kis_core.environment import Environment
from kis_core.market.calendar import TradingCalendar
from kis_core.market.instants import instant_ns

TOKEN = "a token for tests alone"
DAY = date(2025, 6, 2)
NASTY = "<img src=x onerror=alert(1)>"


@dataclass
class ScriptedSource:
    """A source with two buttons; `performed` remembers what was pressed, and by whom."""

    name: str = "kiwoom"
    logging: bool = True
    performed: list[tuple[ActName, str]] = field(default_factory=list)

    def shown(self) -> SourceShown:
        silent = (Silent(NASTY, "KRX", "trade", None),)
        sessions = (Session("line-1", True, None, 10, None),)
        return SourceShown(
            self.name, same("Kiwoom"), sessions=sessions, silent=silent, logging=self.logging
        )

    def counters(self) -> tuple[Counter, ...]:
        return (Counter("KRX", "trade", 7),)

    def acts(self) -> tuple[Act, ...]:
        on = Text("이미 기록 중", "It is writing already.")
        return (
            Act("register"),
            Act("start", why_not=on if self.logging else None),
            Act("stop", confirm=Text("멈춥니다", "It stops.")),
        )

    async def preview(self) -> Preview | None:
        return Preview("symbols.xlsx", 711, 1_422, (f"row 3: {NASTY}: expected a code",), (NASTY,))

    async def perform(self, act: ActName, by: str) -> Answer:
        self.performed.append((act, by))
        self.logging = act != "stop"
        return Answer(True, Text("했습니다", f"{act} is done."), Text("보세요", "Look at it."))


class NobodyOnTheLine:
    """A line that is never asked anything: the collector does not run."""


@dataclass
class Panel:
    """The routes, and everything behind them."""

    app: FastAPI
    collector: Collector
    clock: TapeClock
    desk: Desk
    source: ScriptedSource
    relay: Relay
    ring: LogRing
    world: TapeClock
    log: Any


@pytest.fixture
def panel(tmp_path: Path, calendar: TradingCalendar, quotes: Any, log: Any) -> Panel:
    """A panel at 09:05 of a day."""
    clock = TapeClock(instant_ns(DAY, time(9, 5)))
    usual = load(CollectorSettings, "collector")
    settings = usual.model_copy(update={"data_dir": tmp_path})
    relay = Relay(clock, 20_000, linger_s=0)
    histories = Histories(quotes, quotes, clock, calendar, 10)
    shipper = Shipper(
        "postgresql://nobody@127.0.0.1/none", Environment.SIM, settings.symbols,
        tmp_path / "collector", log, calendar,
    )  # fmt: skip
    nobody: Any = NobodyOnTheLine()
    collector = Collector(
        settings, clock, calendar, {FIRST_LINE: nobody}, ("H0STCNI0", "me"), relay, histories,
        nobody, shipper, log,
    )  # fmt: skip
    source, ring, world = ScriptedSource(), LogRing(), TapeClock(instant_ns(DAY, time(1)))
    desk = Desk(collector, clock, calendar, "sim", (source,), House({}, log), ring, log)
    app = FastAPI()
    app.include_router(make_panel(desk, TOKEN, world, log))
    return Panel(app, collector, clock, desk, source, relay, ring, world, log)


Visiting = Callable[..., Any]


@pytest.fixture
def visiting(panel: Panel) -> Visiting:
    """Open a browser without a screen; with a name it logs in first."""

    @asynccontextmanager
    async def visit(
        name: str | None = "kim", language: str = "en"
    ) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(panel.app)
        headers = {"Accept-Language": language}
        async with httpx.AsyncClient(
            transport=transport, base_url="http://panel", headers=headers
        ) as http:
            if name is not None:
                form = {"token": TOKEN, "name": name}
                assert (await http.post("/panel/login", data=form)).status_code == 303
            yield http

    return visit
