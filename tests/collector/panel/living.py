"""A real collector in a process of its own, on a simulator in another, for tests of its pages."""

import asyncio
import datetime as dt
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from broker_sim.days import open_day
from broker_sim.kiwoom.tokens import draw_keys
from config.load import DIRECTORY
from fleet.overlay import Places, overlay
from fleet.rundir import draw_secrets, free_ports, write_config
from kis_core.clock import ScaledClock, write_anchor
from kis_core.feed import Feed, Priority, Want, Wants
from kis_core.market.instants import instant_ns

REPO = DIRECTORY.parent
DATE = dt.date(2025, 9, 3)
BEGINS = dt.time(9, 20)
PANEL_TOKEN = "a token for tests alone"
KIWOOM_SYMBOLS = 25
BAD_ROW = "<b>삼성</b>"
START_S, STOP_S = 60.0, 20.0


@dataclass
class Living:
    """Where the two are, what may be asked for, and the collector's process."""

    home: Path
    collector_url: str
    sim_url: str
    symbols: tuple[str, ...]
    secrets: dict[str, str]
    collector: asyncio.subprocess.Process | None = None

    async def start_collector(self) -> None:
        """Start the collector and wait until it answers."""
        self.collector = await _started("collector", self.home, self.collector_url, self.secrets)

    async def end_collector(self) -> None:
        """Have it stop the orderly way."""
        if self.collector is not None:
            await _ended(self.collector)
            self.collector = None

    async def cut_the_line(self) -> None:
        """Have the simulator break every WebSocket, and refuse new ones for a while."""
        faults = [
            {"kind": "handshake_refused", "status": 503, "times": 2},
            {"kind": "socket_reset"},
        ]
        async with httpx.AsyncClient() as http:
            script = json.dumps({"faults": faults})
            (await http.post(f"{self.sim_url}/sim/faults", content=script)).raise_for_status()


async def configured(home: Path, database: str, speed: float = 10.0) -> Living:
    """Write down how a collector and its simulator are to run; nothing is started, time stands."""
    sim, sim_ws, relay, oms, kiwoom, kiwoom_ws = free_ports(6)
    here, clock_file = "127.0.0.1", home / "clock.json"
    places = Places(
        here, sim, sim_ws, here, relay, here, oms, here, home / "data", clock_file, home / "logs"
    )
    day = await asyncio.to_thread(open_day, None, DATE, 1)
    begins_ns = instant_ns(DATE, BEGINS)
    keys = draw_keys(day.seed, "real")
    symbols = tuple(sorted(day.instruments))
    sheet = home / "symbols.csv"
    sheet.write_text("\n".join(["Symbol", *symbols[:KIWOOM_SYMBOLS], BAD_ROW]), encoding="utf-8")
    values = overlay(places, day, begins_ns, speed, None)
    face = {"port": kiwoom, "ws_port": kiwoom_ws}
    doors = {"rest_url": f"http://{here}:{kiwoom}", "ws_url": f"ws://{here}:{kiwoom_ws}"}
    source = {"enabled": True, "autostart": False, "simulator": doors, "universe": str(sheet)}
    values["sim"] = {**values["sim"], "kiwoom": face}
    values["collector"] = {**values["collector"], "kiwoom": {**source, "group_items": 10}}
    write_config(home / "config", values)
    write_anchor(clock_file, begins_ns, speed, running=False)
    secrets = draw_secrets() | {
        "COLLECTOR_PANEL_TOKEN": PANEL_TOKEN,
        "DATABASE_URL": database,
        "SIM_KIWOOM_APP_KEY": keys.app_key,
        "SIM_KIWOOM_SECRET_KEY": keys.secret_key,
    }
    return Living(home, f"http://{here}:{relay}", f"http://{here}:{sim}", symbols, secrets)


@asynccontextmanager
async def living(home: Path, database: str, speed: float = 10.0) -> AsyncIterator[Living]:
    """Run a simulator of a generated day, a collector, and one reader that wants books too."""
    lives = await configured(home, database, speed)
    clock_file, begins_ns = home / "clock.json", instant_ns(DATE, BEGINS)
    async with AsyncExitStack() as stack:
        sim_process = await _started("broker_sim", home, lives.sim_url, lives.secrets)
        stack.push_async_callback(_ended, sim_process)
        stack.push_async_callback(lives.end_collector)
        await lives.start_collector()
        write_anchor(clock_file, begins_ns, speed, running=True)
        await stack.enter_async_context(_reading(lives, ScaledClock(clock_file)))
        yield lives


async def _started(
    package: str, home: Path, door: str, secrets: dict[str, str]
) -> asyncio.subprocess.Process:
    argv = ("-m", package, "--config", str(home / "config"))
    with (home / f"{package}.err").open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *argv, cwd=REPO, env=os.environ | secrets, stderr=errors,
            stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    try:
        await _answers(door, process)
    except BaseException:
        await _ended(process)
        raise
    return process


async def _ended(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    async with asyncio.timeout(STOP_S):
        await process.wait()


async def _answers(door: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_S), httpx.AsyncClient() as http:
        while True:
            assert process.returncode is None, f"it ended with {process.returncode}"
            try:
                if (await http.get(f"{door}/livez")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def _reading(lives: Living, clock: ScaledClock) -> AsyncIterator[None]:
    wants = tuple(
        Want(symbol, Priority.WATCH, ("trade", "book"), rank)
        for rank, symbol in enumerate(lives.symbols)
    )
    async with Feed.open(lives.collector_url, lives.secrets["RELAY_TOKEN"], "kmp", clock) as feed:
        await feed.want(Wants(wants, indices=("0001",)))
        listening = asyncio.create_task(_listen(feed))
        try:
            yield
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _listen(feed: Feed) -> None:
    async for _ in feed:
        pass
