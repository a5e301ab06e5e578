"""`kst collect`: a day through the collector alone, killed again and again, then compared.

What runs: PostgreSQL, the broker simulator and the real collector, each a process of its own, and
a reader that wants as many registrations as one session has. At moments drawn from the seed the
collector is killed (SIGKILL) and started again. When it says that the day is complete, every
candle in PostgreSQL is compared with the bars that were put in, and every gap is counted.
"""

import asyncio
import datetime as dt
import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from rich.console import Console

from broker_sim.days import open_day
from broker_sim.exchange.day import DaySource
from collector.verify import verify
from fleet.demo import DRAIN_MAX_S, TAIL_S, DemoOptions, Doors, database, prepare_run
from fleet.overlay import LEAD_S, Places, begin_and_close_ns, overlay
from fleet.rundir import Run, free_ports, write_config
from fleet.supervisor import ChildSpec, FleetError, Supervisor
from kis_core.clock import SECOND_NS, ScaledClock, kst, write_anchor
from kis_core.feed import Feed, Priority, Want, Wants
from kis_core.market.events import Bar
from kis_core.postgres import asyncpg_url

SPEED = 300.0
EARLY_S = 5 * 60  # the clock starts this long before the open
HEARD = 40  # registrations wanted; the simulator's session has 41, the order notices included
_POLL_S = 0.2
_NAMED = 20  # differences that are named one by one
Figures = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class CollectOptions:
    """What the command line said."""

    bars: Path | None
    date: str | None
    speed: float | None
    seed: int
    kills: int
    out: Path | None
    symbols: int | None = None  # only so many, the first in order
    past: int = 0  # sessions before the day that are to be made whole, too
    minutely: bool = False  # ask for every minute as it is over, as in life


@dataclass(frozen=True)
class Collected:
    """What came of a day."""

    date: str
    speed: float
    seed: int
    symbols: int
    seconds: float
    candles_in: int
    candles_out: int
    missing: int
    surplus: int
    different: int
    kills: tuple[str, ...]  # when, KST
    ends: str  # when the session does, likewise
    starts: int
    gaps: tuple[dict[str, Any], ...]
    sources: dict[str, int]
    sessions: dict[str, int]
    verified: dict[str, int]  # symbols by how whole their day is
    differences: int  # between what the tape says and what was journaled
    complete: bool
    named: tuple[str, ...]

    @property
    def gaps_filled(self) -> int:
        """How many gaps are over and have every candle."""
        return sum(gap["to"] is not None and gap["filled"] is not None for gap in self.gaps)

    @property
    def kills_told(self) -> int:
        """How many kills lie in a gap. Two that follow closely share one: its line never rose.

        On a machine that is busy a kill may come after the session, where nothing is missed.
        """
        spans = [(gap["from"], gap["to"] or "99") for gap in self.gaps if gap["symbol"] == "*"]
        spans.append((self.ends, "99"))
        return sum(any(begin <= kill <= end for begin, end in spans) for kill in self.kills)

    @property
    def holds(self) -> bool:
        """Whether nothing was lost, and every kill left a gap that was filled."""
        wrong = self.missing or self.surplus or self.different
        filled = self.gaps_filled == len(self.gaps)
        whole = self.complete and self.verified.keys() <= {"complete", "halted"}
        told = filled and self.kills_told == len(self.kills) and not self.differences
        return not wrong and whole and told

    def summary(self) -> dict[str, Any]:
        """Return everything for a program to read."""
        reasons = Counter(gap["reason"] for gap in self.gaps)
        return {
            "date": self.date,
            "speed": self.speed,
            "seed": self.seed,
            "symbols": self.symbols,
            "seconds": round(self.seconds, 1),
            "candles_in": self.candles_in,
            "candles_out": self.candles_out,
            "missing": self.missing,
            "surplus": self.surplus,
            "different": self.different,
            "kills": list(self.kills),
            "kills_told": self.kills_told,
            "collector_starts": self.starts,
            "gaps": len(self.gaps),
            "gaps_filled": self.gaps_filled,
            "gap_reasons": dict(reasons),
            "candles_in_gaps": sum(gap["candles"] or 0 for gap in self.gaps),
            "sources": self.sources,
            "sessions": self.sessions,
            "verified": self.verified,
            "differences": self.differences,
            "complete": self.complete,
            "named": list(self.named),
            "holds": self.holds,
        }

    def print(self, console: Console) -> None:
        """Print it for a person."""
        for name, value in self.summary().items():
            console.print(f"{name:>18}  {value}")
        for gap in self.gaps:
            console.print(
                f"{'gap':>18}  {gap['symbol']} {gap['from']} – {gap['to']} {gap['reason']}: "
                f"{gap['candles']} candles"
            )


async def collect(options: CollectOptions) -> Collected:
    """Play the day and return what came of it. Raises FleetError, ConfigError, DayError."""
    console = Console(stderr=True)
    speed = options.speed or SPEED
    began = time.monotonic()
    asked = DemoOptions(options.bars, options.date, speed, options.seed, options.out)
    on = None if options.date is None else dt.date.fromisoformat(options.date)
    day = await asyncio.to_thread(open_day, options.bars, on, options.seed)
    symbols = sorted(day.instruments)[: options.symbols]
    begins_ns, close_ns = begin_and_close_ns(day.date)
    begins_ns += (LEAD_S - EARLY_S) * SECOND_NS
    run = prepare_run(asked, day)
    async with AsyncExitStack() as stack:
        url = await database(run.home, stack)
        ports = free_ports(4)
        _configure(run, day, symbols, ports, begins_ns, speed, options)
        supervisor = Supervisor(run.home, lambda text: console.print(f"[yellow]{text}[/]"))
        stack.push_async_callback(supervisor.stop)
        await _start(supervisor, run, ports, url)
        clock = ScaledClock(run.clock_file)
        write_anchor(run.clock_file, clock.now_ns(), clock.speed, running=True)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=10.0))
        ear = asyncio.create_task(_listen(run, ports[2], symbols, clock))
        stack.callback(ear.cancel)
        kills = await _kill_at(supervisor, clock, _moments(options, begins_ns, close_ns))
        await clock.sleep_until(close_ns + TAIL_S * SECOND_NS)
        complete = await _caught_up(Doors(http, ports, run.secrets))
        await supervisor.stop()
        dates = [*day.past_dates()[len(day.past_dates()) - options.past :], day.date]
        stored = await _stored(url, dates)
        told = await asyncio.to_thread(verify, run.home, day.date.isoformat())
        starts = next(c.starts for c in supervisor.children if c.spec.name == "collector")
    bars = {
        symbol: [bar for date in dates for bar in day.minute_bars(symbol, date)]
        for symbol in symbols
    }
    return Collected(
        date=day.date.isoformat(),
        speed=speed,
        seed=options.seed,
        symbols=len(symbols),
        seconds=time.monotonic() - began,
        kills=kills,
        ends=f"{kst(close_ns):%m-%d %H:%M:%S}",
        starts=starts,
        gaps=stored.gaps,
        sources=stored.sources,
        sessions=stored.sessions,
        verified=stored.verified,
        differences=len(told.differences),
        complete=complete,
        **_compared(bars, stored.candles),
    )


def _configure(
    run: Run,
    day: DaySource,
    symbols: list[str],
    ports: list[int],
    begins_ns: int,
    speed: float,
    options: CollectOptions,
) -> None:
    here, (sim, sim_ws, relay, oms) = "127.0.0.1", ports
    places = Places(
        here, sim, sim_ws, here, relay, here, oms, here,
        run.home, run.clock_file, run.home / "logs",
    )  # fmt: skip
    values = overlay(places, day, begins_ns, speed, options.bars)
    told = {"symbols": symbols, "backfill_days": options.past}
    if options.minutely:
        told["sweep"] = {"every_min": 1}
    values["collector"] = {**values["collector"], **told}
    write_config(run.config, values)
    write_anchor(run.clock_file, begins_ns, speed, running=False)


async def _start(supervisor: Supervisor, run: Run, ports: list[int], url: str) -> None:
    env = {**run.secrets, "DATABASE_URL": url}
    for name, package, port in (("sim", "broker_sim", ports[0]), ("collector",) * 2 + (ports[2],)):
        argv = run.argv(sys.executable, package)
        await supervisor.start(ChildSpec(name, argv, f"http://127.0.0.1:{port}/livez", env))


async def _listen(run: Run, port: int, symbols: list[str], clock: ScaledClock) -> None:
    """Want what one session can carry, and hear it: nothing is registered that nobody wants."""
    url = f"http://127.0.0.1:{port}"
    async with Feed.open(url, run.secrets["RELAY_TOKEN"], "collected", clock) as feed:
        await feed.want(Wants(tuple(Want(s, Priority.WATCH) for s in symbols[:HEARD])))
        async for _ in feed:
            pass


def _moments(options: CollectOptions, begins_ns: int, close_ns: int) -> list[int]:
    """Return when the collector is killed: anywhere from a minute after the open to the close."""
    chance = random.Random(options.seed)
    first_ns = begins_ns + (EARLY_S + 60) * SECOND_NS
    return sorted(chance.randrange(first_ns, close_ns) for _ in range(options.kills))


async def _kill_at(
    supervisor: Supervisor, clock: ScaledClock, moments: list[int]
) -> tuple[str, ...]:
    """Kill the collector at each moment, or as soon after it as it is up again."""
    child = next(c for c in supervisor.children if c.spec.name == "collector")
    killed = []
    for at_ns in moments:
        await clock.sleep_until(at_ns)
        async with asyncio.timeout(60):
            while child.state != "up":  # noqa: ASYNC110 - a child has no event for it
                await asyncio.sleep(0.01)
        assert child.process is not None
        os.kill(child.process.pid, signal.SIGKILL)
        killed.append(f"{clock.now():%m-%d %H:%M:%S}")
        await child.process.wait()
        await asyncio.sleep(0.05)  # until the supervisor has seen it, too
    return tuple(killed)


async def _caught_up(doors: Doors) -> bool:
    """Whether the collector says, within DRAIN_MAX_S, that the day is whole and in the database.

    Its gaps, too: one that opened at a late start is over once the lines are registered again.
    """
    deadline = time.monotonic() + DRAIN_MAX_S
    while time.monotonic() < deadline:
        status = await doors.collector("/api/v1/status") or {}
        left = (status.get(name) for name in ("open_gaps", "unfilled_gaps", "unsent_bytes"))
        if status.get("complete") and not status["past"]["days_left"] and not any(left):
            return True
        await asyncio.sleep(_POLL_S)
    return False


@dataclass(frozen=True)
class _Stored:
    candles: dict[tuple[str, dt.datetime], Figures]
    sources: dict[str, int]
    sessions: dict[str, int]
    verified: dict[str, int]
    gaps: tuple[dict[str, Any], ...]


async def _stored(url: str, dates: list[dt.date]) -> _Stored:
    connection = await asyncpg.connect(asyncpg_url(url), timeout=10)
    try:
        rows = await connection.fetch(
            "SELECT symbol, ts, open, high, low, close, volume, source, session"
            " FROM stock_candles WHERE ts::date = ANY($1)",
            dates,
        )
        gaps = await connection.fetch("SELECT * FROM market_gaps ORDER BY from_at")
        days = await connection.fetch(
            "SELECT state FROM verified_days WHERE trade_date = ANY($1)", dates
        )
    finally:
        await connection.close()
    return _Stored(
        {(row["symbol"], row["ts"]): tuple(row)[2:7] for row in rows},
        dict(Counter(row["source"] for row in rows)),
        dict(Counter(row["session"] for row in rows)),
        dict(Counter(row["state"] for row in days)),
        tuple(_gap(row) for row in gaps),
    )


def _gap(row: Any) -> dict[str, Any]:
    def shown(at: dt.datetime | None) -> str | None:
        return None if at is None else f"{at:%m-%d %H:%M:%S}"

    return {
        "symbol": row["symbol"],
        "from": shown(row["from_at"]),
        "to": shown(row["to_at"]),
        "reason": row["reason"],
        "filled": shown(row["filled_at"]),
        "candles": row["candles_filled"],
    }


def _compared(
    bars: dict[str, list[Bar]], stored: dict[tuple[str, dt.datetime], Figures]
) -> dict[str, Any]:
    """Return how what came out differs from what went in, as Collected names it."""
    expected = {
        (symbol, kst(bar.start_ns).replace(tzinfo=None)): (
            bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw, bar.volume,
        )
        for symbol, series in bars.items()
        for bar in series
    }  # fmt: skip
    if not expected:
        raise FleetError("the day has no bars to compare with")
    missing = sorted(expected.keys() - stored.keys())
    surplus = sorted(stored.keys() - expected.keys())
    both = expected.keys() & stored.keys()
    different = sorted(key for key in both if expected[key] != stored[key])
    named = tuple(
        f"{what} {symbol} {at:%m-%d %H:%M}: in {expected.get((symbol, at))}, "
        f"out {stored.get((symbol, at))}"
        for what, keys in (("missing", missing), ("surplus", surplus), ("different", different))
        for symbol, at in keys[:_NAMED]
    )
    return {
        "candles_in": len(expected),
        "candles_out": len(stored),
        "missing": len(missing),
        "surplus": len(surplus),
        "different": len(different),
        "named": named,
    }
