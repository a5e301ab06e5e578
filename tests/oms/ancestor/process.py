"""`python -m oms` as a process of its own, beside a simulated broker in this one."""

import asyncio
import contextlib
import datetime as dt
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.fault_entries import read_faults
from broker_sim.kis.fault_script import KNOWN_CALLS
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from broker_sim.kis.tokens import Keys
from config.load import DIRECTORY
from fleet.chaos.house import DAY, day_of
from fleet.overlay import Places, overlay
from fleet.rundir import draw_secrets, free_ports, write_config
from kis_core.clock import KST, ScaledClock, ns, write_anchor

SPEED = 10.0
HERE = "127.0.0.1"


@dataclass
class Process:
    """The OMS of one account: alive or not, its books on the disk, its broker beside it."""

    folder: Path
    secrets: dict[str, str]
    exchange: Exchange
    served: Served
    http: httpx.AsyncClient
    child: asyncio.subprocess.Process | None = None

    async def up(self) -> None:
        """Start it, wait until it serves, and have the strategy say that it lives."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        words = ("-m", "oms", "--config", str(self.folder / "config"))
        with (self.folder / "oms.log").open("ab") as said:
            self.child = await asyncio.create_subprocess_exec(
                sys.executable, *words, cwd=DIRECTORY.parent, env=kept | self.secrets,
                stdout=said, stderr=said,
            )  # fmt: skip
        async with asyncio.timeout(30):
            while not await self._ready():
                assert self.child.returncode is None, (self.folder / "oms.log").read_text()[-2000:]
                await asyncio.sleep(0.02)
        beat = await self.http.post("/api/v1/strategies/KMP/heartbeat", json={}, headers=self._kmp)
        assert beat.status_code == 204

    @property
    def _kmp(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets['OMS_TOKEN_KMP']}"}

    async def _ready(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return (await self.http.get("/readyz")).status_code == 200
        return False

    async def kill(self) -> None:
        """kill -9."""
        assert self.child is not None
        if self.child.returncode is None:
            self.child.send_signal(signal.SIGKILL)
        await self.child.wait()

    async def submit(self, intent: dict[str, Any]) -> dict[str, Any] | None:
        """Return the answer to an intent; None where nobody answered."""
        try:
            answer = await self.http.post("/api/v1/intents", json=intent, headers=self._kmp)
        except httpx.TransportError:
            return None
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def order(self, order_id: str) -> dict[str, Any]:
        """Return an order as its strategy sees it."""
        answer = await self.http.get(f"/api/v1/orders/{order_id}", headers=self._kmp)
        told: dict[str, Any] = answer.json()
        return told

    def goes_wrong(self, *faults: dict[str, Any]) -> None:
        """Have these faults bite from now on."""
        self.served.faults.add(read_faults(list(faults), "test", KNOWN_CALLS))

    def at_exchange(self, symbol: str) -> int:
        """Return how many orders of a symbol the exchange has."""
        return sum(row.symbol == symbol for row in self.exchange.orders() if row.change == "new")


@contextlib.asynccontextmanager
async def opened(folder: Path, symbols: int) -> AsyncIterator[Process]:
    """Open a broker at 09:30 of a generated day, and a place for an OMS that is not up yet."""
    day, secrets = day_of(0, symbols), draw_secrets()
    begins_ns = ns(dt.datetime.combine(DAY, dt.time(9, 30), KST))
    clock_file, logs = folder / "clock.json", folder / "logs"
    write_anchor(clock_file, begins_ns, SPEED, running=True)
    clock = ScaledClock(clock_file)
    exchange = Exchange(day, AccountRules(100_000_000, 140), 0)
    number, _, product = secrets["SIM_ACCOUNT_NO"].partition("-")
    keys = Keys(
        secrets["SIM_APP_KEY"], secrets["SIM_APP_SECRET"], number, product, secrets["SIM_HTS_ID"]
    )
    quiet = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
    relay, oms = free_ports(2)  # nobody relays: prices are asked for
    async with serve(exchange, clock, Options(keys, "real", 0, Layout.MID, 18), quiet) as served:
        rest, ws = (int(url.rpartition(":")[2]) for url in (served.rest_url, served.ws_url))
        places = Places(
            HERE, rest, ws, HERE, relay, HERE, oms, HERE, folder / "data", clock_file, logs
        )
        write_config(folder / "config", overlay(places, day, begins_ns, SPEED, None))
        limits = httpx.Limits(max_connections=100)
        url = f"http://{HERE}:{oms}"
        async with httpx.AsyncClient(base_url=url, limits=limits, timeout=20) as http:
            process = Process(folder, secrets, exchange, served, http)
            try:
                yield process
            finally:
                if process.child is not None:
                    await process.kill()
