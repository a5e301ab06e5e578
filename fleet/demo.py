"""`kst demo`: a trading day through the whole fleet on this machine, at many times its speed.

What runs: PostgreSQL (embedded, or DATABASE_URL's), then the broker simulator, the collector, the
OMS and the strategy, each a process of its own on its own port. The clock is held until all of
them listen, then it runs. When the session is over and the collector and the audit have caught
up, the processes stop and the report is made from what they stored and what the broker holds.
"""

import asyncio
import datetime as dt
import os
import re
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from broker_sim.days import open_day
from broker_sim.exchange.day import DaySource
from config.load import ConfigError, load, secret_or_none
from fleet import postgres
from fleet.overlay import Places, begin_and_close_ns, overlay
from fleet.report import Report, write_report
from fleet.roster import Service, chosen
from fleet.rundir import Run, draw_secrets, free_ports, write_config
from fleet.supervisor import ChildSpec, FleetError, Supervisor
from fleet.truth import read_truth
from infra.postgres.migrate import upgrade
from kis_core.clock import SECOND_NS, ScaledClock, kst, write_anchor
from kis_core.settings import ServiceSettings

SEED = 1  # draws the paths inside real bars
GENERATED_SEED = 6  # a generated day on which there is something to see
SPEED = 150.0  # two cores keep up with all of the fleet; the report says so when they did not
TAIL_S = 180  # the day is over this long after the close: an auction may be extended
DRAIN_MAX_S = 90  # of the world, for the collector and the audit to catch up
DEMOS = Path("data/demo")
KEEP_RUNS = 5
_POLL_S = 0.5
_AUTOMATIC = re.compile(r"demo_\d{4}_\d\d_\d\d_\d{6}_\d+")  # not of a folder somebody named


@dataclass(frozen=True)
class DemoOptions:
    """What the command line said."""

    bars: Path | None
    date: str | None
    speed: float | None
    seed: int | None
    out: Path | None
    strategies: tuple[str, ...] = ()  # none: those of fleet.yaml

    @property
    def seed_used(self) -> int:
        """Return the seed asked for, else the one of real or of generated days."""
        if self.seed is not None:
            return self.seed
        return SEED if self.bars else GENERATED_SEED


def prepare_run(options: DemoOptions, day: DaySource) -> Run:
    """Make an empty folder for the run and point data/demo/last at it."""
    home = options.out or DEMOS / f"{day.date.isoformat()}-{time.strftime('%H%M%S')}-{os.getpid()}"
    if home.exists() and any(home.iterdir()):
        raise FleetError(f"{home} is not empty; name another folder with --out")
    home.mkdir(parents=True, exist_ok=True)
    home = home.resolve()
    if options.out is None:
        last = DEMOS / "last"
        last.unlink(missing_ok=True)
        last.symlink_to(home.name)
        runs = sorted((p for p in DEMOS.iterdir() if p.is_dir() and not p.is_symlink()), key=_age)
        for old in runs[:-KEEP_RUNS]:
            shutil.rmtree(old, ignore_errors=True)
    return Run(home, home / "config", draw_secrets())


def _age(folder: Path) -> float:
    return folder.stat().st_mtime


async def database(home: Path, stack: AsyncExitStack) -> str:
    """Return the URL of an empty, migrated database for this run."""
    base, server = secret_or_none("DATABASE_URL"), None
    if base is None:
        server = await asyncio.to_thread(postgres.start, Path("data/postgres"))
        base = server.url
        stack.enter_context(server)
    name = database_name(home)
    try:
        if server is not None:
            await _forget_old_runs(base, _names_of_runs())
        await postgres.drop_database(base, name)
        url = await postgres.create_database(base, name)
    except OSError as error:
        raise FleetError(f"cannot reach PostgreSQL: {error}; check DATABASE_URL") from None
    await upgrade(url)
    return url


def database_name(home: Path) -> str:
    """Return the name of a run's database."""
    return "demo_" + "".join(c if c.isalnum() else "_" for c in home.name)


def _names_of_runs() -> set[str]:
    return {database_name(folder) for folder in DEMOS.glob("*")}


async def _forget_old_runs(base: str, kept: set[str]) -> None:
    """Drop the databases of runs whose folders are gone."""
    for name in await postgres.databases(base):
        old = _AUTOMATIC.fullmatch(name) and name not in kept
        if old and not await postgres.in_use(base, name):
            await postgres.drop_database(base, name)


async def play(options: DemoOptions) -> Report:
    """Play the day and return its report. Raises FleetError, ConfigError, DayError."""
    console = Console(stderr=True)
    if options.speed is not None and not 0 < options.speed <= 1000:
        raise FleetError(f"--speed {options.speed:g}: expected more than 0 and at most 1000")
    speed = options.speed or SPEED
    began = time.monotonic()
    console.print("거래일을 준비합니다 · preparing the day …")
    day = await asyncio.to_thread(open_day, options.bars, _date(options.date), options.seed_used)
    strategies = chosen(options.strategies or load(ServiceSettings, "fleet").strategies)
    begins_ns, close_ns = begin_and_close_ns(day.date)
    run = prepare_run(options, day)
    console.print(
        f"{day.date} · {len(day.instruments)} stocks · ×{speed:g} · folder {_shown(run.home)}"
    )
    async with AsyncExitStack() as stack:
        url = await database(run.home, stack)
        ports = free_ports(4)
        sim, sim_ws, relay, oms = ports
        here = "127.0.0.1"
        places = Places(
            here,
            sim,
            sim_ws,
            here,
            relay,
            here,
            oms,
            here,
            run.home,
            run.clock_file,
            run.home / "logs",
        )
        write_config(run.config, overlay(places, day, begins_ns, speed, options.bars))
        write_anchor(run.clock_file, begins_ns, speed, running=False)
        supervisor = Supervisor(run.home, lambda text: console.print(f"[yellow]{text}[/]"))
        stack.push_async_callback(supervisor.stop)
        await start_children(supervisor, run, ports, url, console, strategies)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0))
        doors = Doors(http, ports, run.secrets)
        await follow(run, close_ns, doors, console)
        await drain(doors, day, console)
        truth = await read_truth(doors.sim, day)
        await supervisor.stop()
        await postgres.show_as_today(url, kst(close_ns))
        report = await write_report(
            run, url, truth, supervisor.events, speed, time.monotonic() - began
        )
    report.print(console)
    return report


async def start_children(
    supervisor: Supervisor,
    run: Run,
    ports: list[int],
    url: str,
    console: Console,
    strategies: tuple[Service, ...],
) -> None:
    """Start all processes while the clock stands still, then let it run."""
    sim, _, relay, oms = ports
    env = {**run.secrets, "DATABASE_URL": url}
    for name, package, door in (
        ("sim", "broker_sim", f"http://127.0.0.1:{sim}/livez"),
        ("collector", "collector", f"http://127.0.0.1:{relay}/livez"),
        ("oms", "oms", f"http://127.0.0.1:{oms}/livez"),
        *((service.config_name, service.package, None) for service in strategies),
    ):
        console.print(f"starting {name} …")
        await supervisor.start(ChildSpec(name, run.argv(sys.executable, package), door, env))
    clock = ScaledClock(run.clock_file)
    write_anchor(run.clock_file, clock.now_ns(), clock.speed, running=True)


@dataclass(frozen=True)
class Doors:
    """The HTTP doors of the run's processes, as an operator would use them."""

    http: httpx.AsyncClient
    ports: list[int]
    secrets: Mapping[str, str]

    async def sim(self, path: str) -> Any:
        """Ask the simulator's control door."""
        answer = await self.http.get(f"http://127.0.0.1:{self.ports[0]}{path}")
        return answer.raise_for_status().json()

    async def collector(self, path: str) -> Any:
        """Ask the collector; None while it is away."""
        return await self._ask(f"http://127.0.0.1:{self.ports[2]}{path}", "RELAY_TOKEN")

    async def oms(self, path: str) -> Any:
        """Ask the OMS; None while it is away."""
        return await self._ask(f"http://127.0.0.1:{self.ports[3]}{path}", "OMS_TOKEN_OPERATOR")

    async def _ask(self, url: str, token: str) -> Any:
        headers = {"Authorization": f"Bearer {self.secrets[token]}"}
        try:
            answer = await self.http.get(url, headers=headers)
            return answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            return None


async def follow(run: Run, close_ns: int, doors: Doors, console: Console) -> None:
    """Show the day passing until a little after its close."""
    clock = ScaledClock(run.clock_file)
    end_ns = close_ns + TAIL_S * SECOND_NS
    start_ns = clock.now_ns()
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[facts]}"),
        TimeElapsedColumn(),
        console=console,
        refresh_per_second=4,
        disable=not console.is_terminal,
    ) as progress:
        task = progress.add_task("", total=end_ns - start_ns, facts="")
        said_at = 0.0
        while (now := clock.now_ns()) < end_ns:
            facts = await _facts(doors)
            progress.update(
                task, completed=now - start_ns, description=f"{kst(now):%H:%M}", facts=facts
            )
            if not console.is_terminal and time.monotonic() - said_at > 10:
                console.print(f"{kst(now):%H:%M} {facts}")
                said_at = time.monotonic()
            await asyncio.sleep(_POLL_S)


async def _facts(doors: Doors) -> str:
    status = await doors.collector("/api/v1/status") or {}
    orders = await doors.oms("/api/v1/orders") or []
    fills = sum(1 for order in orders if order["filled"])
    return (
        f"ticks {status.get('records', 0):,} · candles {status.get('candles', 0):,} · "
        f"orders {len(orders)} · filled {fills}"
    )


async def drain(doors: Doors, day: DaySource, console: Console) -> None:
    """Wait until the collector has every candle and the audit trail every record."""
    console.print("장 마감, 정리 중 · the session is over, catching up …")
    deadline = time.monotonic() + DRAIN_MAX_S
    journaled: int | None = None  # heartbeats never end: what was journaled by now has to be there
    while time.monotonic() < deadline:
        status = await doors.collector("/api/v1/status") or {}
        health = await doors.oms("/api/v1/health") or {}
        journaled = journaled or health.get("journal_seq")
        if status.get("complete") and journaled and (health.get("audit_seq") or 0) >= journaled:
            return
        await asyncio.sleep(_POLL_S)
    console.print(
        f"[yellow]not caught up after {DRAIN_MAX_S} s; the report says what is missing[/]"
    )


def _date(text: str | None) -> dt.date | None:
    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--date {text!r}: expected YYYY-MM-DD") from None


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
