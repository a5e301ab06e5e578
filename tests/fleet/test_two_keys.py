"""A generated day heard over two app keys: real sockets, real tokens, one simulator a key.

Both simulators play the same market on one clock, as KIS's one market is heard by both keys.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from broker_sim.kis.tokens import Keys
from collector.charts import Charts
from collector.hearing import FIRST_LINE
from collector.histories import Histories
from collector.insight import slots, status
from collector.relay import Relay
from collector.service import Collector
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from collector.verify import verify
from config.load import load
from kis_core.clock import KST, SECOND_NS, ScaledClock, kst, ns, write_anchor
from kis_core.environment import Credentials, Endpoints, Environment, Secret
from kis_core.feed import Priority, Want, Wants
from kis_core.market.calendar import krx_calendar
from kis_core.net.budget import RateBudget
from kis_core.net.flows import KisFlows
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.stream import KisStream
from kis_core.net.tokens import TokenCache

DAY = dt.date(2025, 11, 20)
SPEED = 500.0
PLACES = 5
HTS_ID = "trader"

pytestmark = [pytest.mark.story, pytest.mark.anyio]


def at(hour: int, minute: int) -> int:
    return ns(dt.datetime.combine(DAY, dt.time(hour, minute), KST))


@asynccontextmanager
async def brokers(day: GeneratedDay, clock: ScaledClock) -> AsyncIterator[dict[str, Served]]:
    """A simulator for each app key, both playing the same day."""
    log = structlog.get_logger()
    async with AsyncExitStack() as stack:
        served = {}
        for name in (FIRST_LINE, "second"):
            keys = Keys(f"APPKEY{name}", f"SECRET{name}", "50001234", "01", HTS_ID)
            options = Options(keys, "real", 7, Layout("legacy"), 18, throttle_window_s=60)
            exchange = Exchange(day, AccountRules(10**9, 140, "real"), 7)
            served[name] = await stack.enter_async_context(serve(exchange, clock, options, log))
        yield served


@asynccontextmanager
async def collecting(
    settings: CollectorSettings, served: dict[str, Served], clock: ScaledClock, url: str
) -> AsyncIterator[Collector]:
    """The collector as its root makes it, each key at its own broker."""
    async with AsyncExitStack() as stack:
        lines, rests = {}, []
        for name, broker in served.items():
            doors = Endpoints(Environment.SIM, broker.rest_url, broker.ws_url, "real")
            secret = Secret(f"SECRET{name}")
            keys = Credentials(Environment.SIM, f"APPKEY{name}", secret, HTS_ID)
            tokens = TokenCache(doors, keys, clock, settings.data_dir / "tokens")
            budget = RateBudget(doors, keys, clock, settings.data_dir / "budget")
            rest = KisRest(doors, keys, clock, tokens, budget)
            rests.append(await stack.enter_async_context(rest))
            lines[name] = KisStream(doors, keys, clock, tokens.approval_key, limit=PLACES)
        calendar, log = krx_calendar(), structlog.get_logger()
        directory = settings.data_dir / "collector"
        collector = Collector(
            settings, clock, calendar, lines, ("H0STCNI0", HTS_ID),
            Relay(clock, 20_000, 60),
            Histories(KisQuotes(rests[0]), KisFlows(rests[0]), clock, calendar, 10),
            Charts(rests), Shipper(url, Environment.SIM, settings.symbols, directory, log), log,
        )  # fmt: skip
        reader = collector.relay.join("oms", True)
        wants = tuple(Want(symbol, Priority.WATCH) for symbol in settings.symbols)
        collector.relay.want(reader, Wants(wants, notices=True))
        stopping = asyncio.Event()
        task = asyncio.create_task(collector.run(stopping))
        try:
            yield collector
        finally:
            stopping.set()
            await task


async def test_two_app_keys_hear_one_market_and_lose_a_line_for_its_own_symbols(
    tmp_path: Path, database: str
) -> None:
    day = GeneratedDay(DAY, 7, 9)
    usual = load(CollectorSettings, "collector")
    told: dict[str, Any] = {
        "symbols": tuple(sorted(day.instruments)), "data_dir": tmp_path, "backfill_days": 0,
        "registrations_max": PLACES, "keys": ("second",),
        "sweep": usual.sweep.model_copy(update={"every_min": 20}),
    }  # fmt: skip
    settings = usual.model_copy(update=told)
    write_anchor(tmp_path / "clock.json", at(8, 50), SPEED, running=True)
    clock = ScaledClock(tmp_path / "clock.json")
    async with (
        brokers(day, clock) as served,
        collecting(settings, served, clock, database) as collector,
    ):
        await clock.sleep_until(at(11, 0))
        shown = {each["session"]: each for each in slots(collector)["sessions"]}  # type: ignore[attr-defined]
        assert {name: each["live"] for name, each in shown.items()} == {FIRST_LINE: 5, "second": 5}
        carried = {s for tr_id, s in collector.hearing.lines[1].live if tr_id == "H0STCNT0"}
        for connection in served["second"].sockets.lines:
            await connection.close()
        await clock.sleep_until(at(15, 36))
        async with asyncio.timeout(60):
            while not status(collector, clock)["complete"]:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.1)
        gaps = list(collector.day.gaps.values())
    mine = [gap for gap in gaps if "line second lost" in gap.reason]
    assert {gap.symbol for gap in mine} == carried
    assert all(gap.to_ns and gap.to_ns - gap.from_ns < 3600 * SECOND_NS for gap in mine)
    expected = {
        (symbol, kst(bar.start_ns).replace(tzinfo=None)): (bar.open_krw, bar.close_krw, bar.volume)
        for symbol in settings.symbols
        for bar in day.minute_bars(symbol, DAY)
    }
    connection = await asyncpg.connect(database)
    rows = await connection.fetch("SELECT symbol, ts, open, close, volume FROM stock_candles")
    await connection.close()
    assert {(row[0], row[1]): tuple(row)[2:] for row in rows} == expected
    assert verify(tmp_path, DAY.isoformat()).differences == ()
    assert len(list((tmp_path / "tokens").glob("*.json"))) == 2
    assert len(list((tmp_path / "budget").glob("*.budget"))) == 2
