"""`kst bench intent`: from a strategy's POST to the broker call leaving, all durable between.

The OMS runs whole in a process of its own (uvicorn, uvloop, real journal on the repository's disk)
with a broker that only notes when it is called. The yardstick runs in that process too: a FastAPI
POST over the same transport that commits one row, fsynced, and does nothing else.

With `postgres` it is measured three times more, its trail shipping to a server of its own on this
machine: while that one is up, while it is shot and started again in the middle of the rounds, and
while it is stopped.
"""

import asyncio
import contextlib
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import structlog
import uvloop
from fastapi import FastAPI, Request

from fleet.bench.database import Database, bench_server
from kis_core.clock import SECOND_NS, Clock, SystemClock, kst
from kis_core.door import bind, open_door
from kis_core.environment import Environment, Secret
from kis_core.feed import Batch, Wants
from kis_core.heap import settle_heap
from kis_core.market.events import Book as OrderBook
from kis_core.market.events import Trade, Venue
from kis_core.wire.account import (
    Accepted,
    Balance,
    BuyingPower,
    Declined,
    NewOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
    Side,
)
from kis_core.wire.quotes.replies import PriceQuote
from oms.access import Caller, Scope, Tokens
from oms.audit import AuditTrail
from oms.core.limits import Budget, Limits
from oms.journal import Journal
from oms.routes import make_app
from oms.running import Parts, running
from oms.settings import load_settings

TOKEN = "bench"
WARM_UP = 200
ROUNDS = 7
ALONE = 200  # intents a round, one in flight
TOGETHER = 400  # intents a round, several in flight
IN_FLIGHT = 16
SYMBOLS = 100
SESSION_NS = 1_763_598_600 * SECOND_NS  # Thursday 2025-11-20 09:30 KST: the market is open
QUIET = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
TIMES_MAX = 3.0
P99_MS_MAX = 10.0
PER_SECOND_MIN = 500.0


def run(postgres: bool = False) -> dict[str, Any]:
    """Measure and return the rows; with `postgres`, beside a real database too."""
    rows = _measured("", None)
    if postgres:
        with bench_server() as database:
            rows += _measured(", PostgreSQL up", database)
            rows += _measured(", PostgreSQL shot and back", database, goes_away=True)
            rows += _measured(", PostgreSQL stopped", database, stopped=True)
    return {"bench": "intent", "rows": rows}


def _measured(
    beside: str, database: Database | None, *, goes_away: bool = False, stopped: bool = False
) -> list[dict[str, Any]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    url = database.new() if database else None
    if database and stopped:
        database.shoot()
    server = context.Process(target=_serve, args=(theirs, url), daemon=True)
    server.start()
    theirs.close()
    try:
        port, yard_port = ours.recv()
        away = database if goes_away else None
        return uvloop.run(_measure(ours, port, yard_port, beside, away))
    finally:
        ours.close()
        server.join(10)
        if server.is_alive():
            server.kill()


async def _measure(
    pipe: Connection, port: int, yard_port: int, beside: str, away: Database | None
) -> list[dict[str, Any]]:
    """Return the rows of one condition. `away` is shot and started again in the middle."""
    desk, yard = Strategies(port), Strategies(yard_port)
    await yard.post(WARM_UP, 1)
    await desk.post(WARM_UP, 1)
    alone, together = Rounds(), Rounds()
    for number in range(ROUNDS):  # in turns, so that both meet the same machine
        await _come_and_go(away, number)
        alone.yardstick.append(await yard.post(ALONE, 1))
        alone.posted.append(await desk.post(ALONE, 1))
    for number in range(ROUNDS):
        await _come_and_go(away, number)
        together.yardstick.append(await yard.post(TOGETHER, IN_FLIGHT))
        together.posted.append(await desk.post(TOGETHER, IN_FLIGHT))
    pipe.send("done")
    left, lag = pipe.recv()
    # A symbol's intents follow one another, so its n-th order left for its n-th intent.
    leaving = {symbol: iter(times[WARM_UP // SYMBOLS :]) for symbol, times in left.items()}
    rates = [len(load.posts) / load.took_s for load in together.posted]
    told = "" if lag is None else f"{lag} rows not shipped at the end"
    return [
        *_rows(f"one in flight{beside}", alone, leaving),
        *_rows(f"{IN_FLIGHT} in flight{beside}", together, leaving),
        {
            "name": f"intents a second, {IN_FLIGHT} in flight{beside}",
            "median": statistics.median(rates),
            "min": min(rates),
            "max": max(rates),
            "unit": "1/s",
            "yardstick": told,
            "ratio": None,
            "must": f">= {PER_SECOND_MIN:g}",
            "holds": statistics.median(rates) >= PER_SECOND_MIN,
        },
    ]


async def _come_and_go(away: Database | None, number: int) -> None:
    """Shoot the server after a third of the rounds and start it again after two thirds."""
    if away is None:
        return
    if number == ROUNDS // 3:
        away.shoot()
    elif number == ROUNDS - ROUNDS // 3:
        await asyncio.to_thread(away.start)


@dataclass(frozen=True, slots=True)
class Post:
    """One POST: its symbol, when it was written, when its answer was read (monotonic ns)."""

    symbol: str
    from_ns: int
    to_ns: int


@dataclass(frozen=True, slots=True)
class Load:
    """One round of POSTs."""

    posts: list[Post]
    took_s: float


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds of one concurrency, ours and the yardstick's."""

    posted: list[Load] = field(default_factory=list)
    yardstick: list[Load] = field(default_factory=list)


def _rows(name: str, rounds: Rounds, leaving: dict[str, Iterator[int]]) -> list[dict[str, Any]]:
    """Return p50 and p99 of the way from POST to broker call: the median of the rounds' own."""
    times = [[(next(leaving[p.symbol]) - p.from_ns) / 1e6 for p in q.posts] for q in rounds.posted]
    bare = [[(p.to_ns - p.from_ns) / 1e6 for p in load.posts] for load in rounds.yardstick]
    yardstick = statistics.median([statistics.median(one) for one in bare])
    p50s = [statistics.median(one) for one in times]
    p99s = [sorted(one)[int(len(one) * 0.99)] for one in times]
    median, p99 = statistics.median(p50s), statistics.median(p99s)
    yard_p99 = statistics.median([sorted(one)[int(len(one) * 0.99)] for one in bare])
    told = f"FastAPI + commit {yardstick:.2f} ms"
    return [
        {
            "name": f"POST to broker call, {name}, p50",
            "median": median,
            "min": min(p50s),
            "max": max(p50s),
            "unit": "ms",
            "yardstick": told,
            "ratio": median / yardstick,
            "must": f"<= {TIMES_MAX:g}x",
            "holds": median <= TIMES_MAX * yardstick,
        },
        {
            "name": f"POST to broker call, {name}, p99",
            "median": p99,
            "min": min(p99s),
            "max": max(p99s),
            "unit": "ms",
            "yardstick": f"its own p99 {yard_p99:.2f} ms",
            "ratio": p99 / yard_p99,
            "must": f"< {P99_MS_MAX:g} ms",
            "holds": p99 < P99_MS_MAX,
        },
    ]


# The strategies' side: as little client as possible


class Line:
    """One kept-alive HTTP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def post(self, path: str, body: bytes) -> bytes:
        """Post JSON and return the answer's body."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        at = answer.lower().index(b"content-length:") + len(b"content-length:")
        length = int(answer[at : answer.index(b"\r", at)])
        return await self._reader.readexactly(length)


class Strategies:
    """Whoever posts intents to one port, each over a connection that stays open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._number = 0
        self._lines: list[Line] = []

    async def post(self, count: int, in_flight: int) -> Load:
        """Post so many intents over so many connections."""
        while len(self._lines) < in_flight:
            self._lines.append(Line(*await asyncio.open_connection("127.0.0.1", self._port)))
        posts: list[Post] = []
        left = iter(range(count))

        async def runner(line: Line) -> None:
            for _ in left:
                symbol = f"{self._number % SYMBOLS:06d}"
                body = _intent(symbol, self._number)
                self._number += 1
                begun = time.monotonic_ns()
                answer = await line.post("/api/v1/intents", body)
                if b'"APPROVED"' not in answer:
                    raise AssertionError(f"the bench's intents should pass: {answer[:300]!r}")
                posts.append(Post(symbol, begun, time.monotonic_ns()))

        begun = time.monotonic()
        await asyncio.gather(*(runner(line) for line in self._lines[:in_flight]))
        return Load(sorted(posts, key=lambda post: post.from_ns), time.monotonic() - begun)


def _intent(symbol: str, number: int) -> bytes:
    return msgspec.json.encode(
        {
            "intent_type": "ENTER",
            "intent_id": f"bench-{number}",
            "symbol": symbol,
            "shares": 1,
            "limit_krw": 10_000,
            "stop_krw": 9_700,
            "urgency": "HIGH",
            "max_spread_bp": 50,
            "reason": "breakout",
        }
    )


# The OMS's side


def _serve(pipe: Connection, url: str | None) -> None:
    uvloop.run(_serving(pipe, url))


async def _serving(pipe: Connection, url: str | None) -> None:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=_disk())))
        yard_db = stack.enter_context(contextlib.closing(_yard_db(folder / "yardstick.db")))
        journal = Journal.open(folder / "bench.db")
        stack.callback(journal.close)
        broker, clock = RecordingBroker(), SessionClock()
        trail = _trail(url, journal, clock) if url else None
        if trail is not None:
            shipping = asyncio.create_task(trail.run())
            stack.push_async_callback(_ended, shipping)
        parts = replace(_parts(journal, broker, clock), trail=trail)
        desk = await stack.enter_async_context(running(parts))
        while not desk.health.serving:  # noqa: ASYNC110 - the OMS has no event for it
            await asyncio.sleep(0.01)
        for number in range(SYMBOLS):
            await desk.quotes.quote(f"{number:06d}")
        ours, yard = bind("127.0.0.1", 0), bind("127.0.0.1", 0)
        await stack.enter_async_context(open_door(make_app(desk), ours))
        await stack.enter_async_context(open_door(_bare(yard_db), yard))
        settle_heap()
        pipe.send((ours.getsockname()[1], yard.getsockname()[1]))
        while not pipe.poll():  # noqa: ASYNC110 - a pipe has no event
            await asyncio.sleep(0.02)
        pipe.recv()
        pipe.send((broker.left, trail and trail.lag))


def _trail(url: str, journal: Journal, clock: Clock) -> AuditTrail:
    return AuditTrail(
        url,
        journal,
        oms_id="bench",
        environment=Environment.SIM,
        account="5000000001",
        clock=clock,
        log=QUIET,
    )


async def _ended(shipping: "asyncio.Task[None]") -> None:
    shipping.cancel()
    await asyncio.wait([shipping])


def _disk() -> Path:
    """Return a folder on the disk where journals are kept, not in a memory file system."""
    folder = Path("data")
    folder.mkdir(exist_ok=True)
    return folder


def _yard_db(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE records (seq INTEGER PRIMARY KEY, payload TEXT)")
    return connection


def _bare(database: sqlite3.Connection) -> FastAPI:
    """Return a FastAPI app whose POST makes what it was sent durable, and does nothing else."""
    app = FastAPI()

    @app.post("/api/v1/intents")
    async def post(request: Request) -> dict[str, str]:
        text = await request.body()
        database.execute("INSERT INTO records (payload) VALUES (?)", (text,))
        return {"status": "APPROVED"}

    return app


def _parts(journal: Journal, broker: "RecordingBroker", clock: Clock) -> Parts:
    settings, limits = load_settings()
    return Parts(
        oms_id="bench",
        environment="sim",
        limits=_wide(limits),
        rounds=settings.rounds,
        journal=journal,
        broker=broker,
        line=SilentLine(),
        asked=KnownPrices(clock),
        tokens=Tokens({Caller("KMP", Scope.STRATEGY): Secret(TOKEN)}),
        clock=clock,
        log=QUIET,
    )


def _wide(limits: Limits) -> Limits:
    """Return the limits with room for every intent of the bench: each control runs and passes."""
    return msgspec.structs.replace(
        limits,
        positions_max=10**6,
        unknown_sector="allow",
        quote_age_s_max=10**6,
        budgets={"KMP": Budget(10**6, 1.0, 1.0, 90, 1.0, 10**6)},
        participation_pct_max=1e6,
        orders_per_min_max=10**6,
        messages_per_s_max=10**6,
        repeats_max=10**6,
    )


class SessionClock(SystemClock):
    """The world's pace on a trading day: the process starts at 09:30."""

    def __init__(self) -> None:
        self._offset_ns = SESSION_NS - time.time_ns()

    def now_ns(self) -> int:
        return time.time_ns() + self._offset_ns

    def now(self) -> Any:
        return kst(self.now_ns())


class RecordingBroker:
    """Notes when an order reaches it, and declines it, so that its symbol is free again."""

    def __init__(self) -> None:
        self.left: dict[str, list[int]] = {}

    async def place(self, order: NewOrder) -> Outcome:
        self.left.setdefault(order.symbol, []).append(time.monotonic_ns())
        return Declined("BENCH", "noted")

    async def change(self, change: OrderChange) -> Outcome:
        return Accepted("9999999999", "06010", "093000")

    async def history(self, date: str) -> list[OrderRow]:
        return []

    async def balance(self) -> Balance:
        krw = 10**12
        return Balance((), krw, krw, krw, krw, 0)

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
        side: Side = "BUY",
    ) -> BuyingPower:
        return BuyingPower(10**12, 10**12, 0)


class SilentLine:
    """A relay that brings one print of every symbol, then nothing."""

    async def want(self, wants: Wants) -> None:
        """Take the wants and do nothing."""

    async def __aiter__(self) -> AsyncIterator[Batch]:
        at_ns = SESSION_NS
        yield Batch(
            0,
            tuple(
                Trade(
                    f"{number:06d}",
                    "KRX",
                    at_ns,
                    at_ns,
                    10_000,
                    1,
                    1,
                    10_000,
                    1,
                    10_000,
                    9_990,
                    False,
                    False,
                    None,
                )
                for number in range(SYMBOLS)
            ),
        )
        await asyncio.Event().wait()


class KnownPrices:
    """Knows every symbol's base price."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def price(self, symbol: str, venue: Venue = "KRX") -> PriceQuote:
        now_ns = self._clock.now_ns()
        return PriceQuote(
            symbol,
            now_ns,
            10_000,
            10_000,
            13_000,
            7_000,
            None,
            None,
            None,
            0,
            0,
            10,
            "KOSPI",
            False,
            False,
            False,
            "00",
            "N",
            None,
        )

    async def is_on_nxt(self, symbol: str) -> bool:
        return False

    async def book(self, symbol: str, venue: Venue = "KRX") -> OrderBook:
        now_ns = self._clock.now_ns()
        asks, bids = ((10_000, 10),), ((9_990, 10),)
        return OrderBook(symbol, "KRX", now_ns, now_ns, asks, bids, None, None, False)
