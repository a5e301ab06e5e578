"""The world of one run: a broker that goes wrong, an OMS that lives and dies, its front door."""

import asyncio
import contextlib
import datetime as dt
import functools
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import structlog

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.faults import FaultPlan
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from broker_sim.kis.tokens import Keys
from fleet.chaos.ear import Ear
from fleet.chaos.life import Life, MortalJournal
from fleet.chaos.mishaps import mishaps
from fleet.chaos.scene import token_of
from fleet.chaos.story import STRATEGIES, Death, Point, Story
from fleet.chaos.tape_loop import LoopClock, TapeLoop
from fleet.chaos.trail import Database, OutsideTrail, open_gate
from kis_core.clock import KST, SECOND_NS, ns
from kis_core.environment import Account, Credentials, Endpoints, Environment, Secret
from kis_core.net.budget import CAPS, RateBudget
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.stream import KisStream
from kis_core.net.tokens import TokenCache
from kis_core.wire.account import (
    Balance,
    BuyingPower,
    NewOrder,
    OrderChange,
    OrderRow,
    OrderType,
    Outcome,
    Side,
)
from kis_core.wire.request import Lane
from kis_core.wire.tr_table import NOTICES
from oms.access import Caller, Scope, Tokens
from oms.account import account_at_kis
from oms.core.book import Book
from oms.core.broker import Broker
from oms.core.limits import Budget, Limits
from oms.journal import Journal
from oms.routes import Desk, make_app
from oms.running import Parts, running
from oms.settings import OmsSettings, load_settings

DAY = dt.date(2025, 11, 20)  # a Thursday with the usual hours
KEYS = Keys("APPKEY", "APPSECRET", "50001234", "01", "trader")
CASH_KRW = 100_000_000
URL = "http://oms"
PUMP_S = 0.2
CLOSE_S = AUDIT_WITHIN_S = 5.0
LOG_LINES_MAX = 4_000


@functools.cache
def day_of(seed: int, symbols: int) -> GeneratedDay:
    """Return a generated day, made once a process."""
    return GeneratedDay(DAY, seed, symbols)


@functools.cache
def settings() -> tuple[OmsSettings, Limits]:
    """Return the house's own settings, with budgets for the run's strategies."""
    ours, limits = load_settings()
    budgets = {name: Budget(8, 0.025, 0.5, 20) for name in STRATEGIES}
    return ours, msgspec.structs.replace(
        limits, budgets=budgets, unknown_sector="allow", vi_cooldown_s=20, spread_bp_max=None
    )


class Log:
    """Keeps the last lines that were said, with their time."""

    def __init__(self, clock: LoopClock) -> None:
        self._clock = clock
        self.lines: list[str] = []

    def note(self, event: str, **words: Any) -> None:
        said = " ".join(f"{name}={value}" for name, value in words.items())
        self.lines.append(f"{self._clock.now():%H:%M:%S.%f} {event} {said}".rstrip())
        del self.lines[:-LOG_LINES_MAX]

    debug = info = warning = error = critical = exception = note


@dataclass
class Left:
    """What left for the broker in all lives together, as it left."""

    orders: list[NewOrder] = field(default_factory=list)
    changes: list[OrderChange] = field(default_factory=list)


class Watched:
    """A broker at whose door somebody writes down what leaves. Fits `oms.core.broker.Broker`."""

    def __init__(self, inner: Broker, left: Left) -> None:
        self._inner = inner
        self._left = left

    async def place(self, order: NewOrder) -> Outcome:
        self._left.orders.append(order)
        return await self._inner.place(order)

    async def change(self, change: OrderChange) -> Outcome:
        self._left.changes.append(change)
        return await self._inner.change(change)

    async def history(self, date: str) -> Sequence[OrderRow]:
        return await self._inner.history(date)

    async def balance(self) -> Balance:
        return await self._inner.balance()

    async def buying_power(
        self,
        symbol: str | None = None,
        limit_krw: int | None = None,
        order_type: OrderType = OrderType.MARKET,
        side: Side = "BUY",
    ) -> BuyingPower:
        return await self._inner.buying_power(symbol, limit_krw, order_type, side)


class Door(httpx.AsyncBaseTransport):
    """The OMS's HTTP door. What is asked of a process dies with it."""

    def __init__(self) -> None:
        self.life: Life | None = None
        self.app: httpx.ASGITransport | None = None
        self.desk: Desk | None = None
        self.failed: list[str] = []  # answers that no client should ever get
        self._under_way: set[asyncio.Task[httpx.Response]] = set()

    async def close(self) -> None:
        """Let nobody in any more, and wait for those inside."""
        self.life = None
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=CLOSE_S)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        life, app = self.life, self.app
        if life is None or app is None or life.dead:
            raise httpx.ConnectError("nobody listens", request=request)
        answer = life.start(app.handle_async_request(request))
        self._under_way.add(answer)
        answer.add_done_callback(self._under_way.discard)
        await _first_of(answer, life.died)
        if answer.done() and not answer.cancelled():
            if (error := answer.exception()) is None:
                return answer.result()
            self.failed.append(f"500: {_told(error)}")
        answer.cancel()
        raise httpx.ReadError("the connection was reset", request=request)


@dataclass
class House:
    """The broker, and the OMS that may be alive."""

    story: Story
    folder: Path
    clock: LoopClock
    exchange: Exchange
    served: Served
    left: Left
    log: Log
    dice: random.Random
    door: Door = field(default_factory=Door)
    database: Database | None = None
    url: str = URL
    kills: int = 0
    ends: int = 0  # lives that are over, killed or stopped
    deaths: Counter[Point] = field(default_factory=Counter)
    lives: list[Life] = field(default_factory=list)
    fell: list[str] = field(default_factory=list)  # lives that ended by themselves, and why
    means: tuple[OmsSettings, Limits] = field(default_factory=settings)
    account_of: Callable[[Broker], Broker] = lambda account: account  # what is put before it

    @property
    def symbols(self) -> list[str]:
        """Return the day's symbols."""
        return sorted(self.exchange.day.instruments)

    @property
    def oms_id(self) -> str:
        """Return the name of the run's OMS: several share a database."""
        return f"chaos_{self.story.seed}"

    def last_krw(self, symbol: str) -> int:
        """Return the last price, in KRW."""
        return self.exchange.last_krw(symbol)

    def book(self) -> Book | None:
        """Return the book of the OMS that lives; None while none does."""
        return None if self.door.desk is None else self.door.desk.inbox.book

    def go_wrong(self) -> None:
        """Have the story's faults bite from now on."""
        self.served.faults.add(mishaps(self.story, self.symbols))

    @property
    def home(self) -> Path:
        """Return the folder of the present life. The next one gets a copy: what a process had
        locked is free once it is gone, and here nothing would let go of it."""
        return self.folder / f"{self.ends}"

    @property
    def journal_path(self) -> Path:
        """Return the journal of the present life."""
        return self.home / "journal.db"

    async def live(self, death: Death | None, stop: asyncio.Event) -> None:
        """Run an OMS until it dies, or until it is told to stop."""
        life = Life(asyncio.get_running_loop(), death)
        journal = MortalJournal.open(self.journal_path)
        journal.life = life
        self.lives.append(life)
        work = life.start(self._oms(life, journal, stop))
        try:
            await _first_of(work, life.died)
            killed = life.dead
            if killed:
                await life.died
                self.log.note("KILLED", point=death and death.point, steps=life.steps)
                self.kills += 1
                if death is not None and not life.cut_off:
                    self.deaths[death.point] += 1
                self._move_on()
                journal.tear_off(self.journal_path, self.dice)
            elif (error := work.exception()) is not None:
                self.fell.append(_told(error))
            life.end()
        finally:
            self.door.life = self.door.app = self.door.desk = None
            journal.close()
        if not killed:
            self._move_on()

    def _move_on(self) -> None:
        before = self.home
        self.ends += 1
        shutil.copytree(before, self.home)

    async def _oms(self, life: Life, journal: MortalJournal, stop: asyncio.Event) -> None:
        environment, host = Environment.SIM, self.story.host
        endpoints = Endpoints(environment, self.served.rest_url, self.served.ws_url, host)
        keys = Credentials(environment, KEYS.app_key, Secret(KEYS.app_secret), KEYS.hts_id)
        clock, (ours, limits) = self.clock, self.means
        tokens = TokenCache(endpoints, keys, clock, self.home / "tokens")
        budget = RateBudget(endpoints, keys, clock, self.home / "budget")
        life.at_death.append(budget.close)
        account = Account(environment, KEYS.account_no)
        async with (
            KisRest(endpoints, keys, clock, tokens, budget) as rest,
            self._shipped(life, journal) as trail,
        ):
            stream = KisStream(endpoints, keys, clock, tokens.approval_key)
            parts = Parts(
                oms_id=self.oms_id,
                environment=environment,
                limits=limits,
                dialect=host,
                rounds=ours.rounds,
                journal=journal,
                broker=Watched(self.account_of(account_at_kis(rest, account)), self.left),
                line=Ear(stream, (NOTICES[host], KEYS.hts_id), clock),
                asked=KisQuotes(rest),
                tokens=access(),
                clock=clock,
                log=self.log,
                account=KEYS.account_no + KEYS.product,
                trail=trail,
            )
            async with running(parts) as desk:
                self.door.app = httpx.ASGITransport(make_app(desk))
                self.door.desk, self.door.life = desk, life
                await stop.wait()
                await self.door.close()

    @contextlib.asynccontextmanager
    async def _shipped(self, life: Life, journal: Journal) -> AsyncIterator[OutsideTrail | None]:
        """Ship the journal to PostgreSQL, as a process does, where the run has one."""
        if self.database is None:
            yield None
            return
        trail = OutsideTrail(
            self.database.through,
            journal,
            oms_id=self.oms_id,
            environment=Environment.SIM,
            account=KEYS.account_no,
            clock=self.clock,
            log=self.log,  # type: ignore[arg-type]
        )
        self.database.gate.kill = life.cut
        shipping = asyncio.create_task(trail.run())
        yield trail
        shipping.cancel()
        await asyncio.wait([shipping])
        await trail.finish(AUDIT_WITHIN_S)


def access() -> Tokens:
    """Return tokens that are their callers' names."""
    callers = [Caller(name, Scope.STRATEGY) for name in STRATEGIES]
    callers.append(Caller("operator", Scope.OPERATOR))
    return Tokens({caller: Secret(token_of(caller.name)) for caller in callers})


async def _first_of(*waited: "asyncio.Future[Any]") -> None:
    await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)


def _told(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = f" at {Path(at.tb_frame.f_code.co_filename).name}:{at.tb_lineno}" if at else ""
    return f"{type(error).__name__}: {error}{where}"


@contextlib.asynccontextmanager
async def open_house(
    story: Story,
    folder: Path,
    url: str | None = None,
    holdings: tuple[OpeningHolding, ...] = (),
) -> AsyncIterator[House]:
    """Open a run's broker, and a gate to the database at `url` where its story has one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, TapeLoop)
    midnight_ns = ns(dt.datetime.combine(DAY, dt.time(), KST))
    clock = LoopClock(loop, midnight_ns + story.start_s * SECOND_NS)
    day = day_of(story.day_seed, story.symbols)
    rules = AccountRules(CASH_KRW, 140, story.host, holdings=holdings)
    exchange = Exchange(day, rules, story.seed)
    plan = FaultPlan(seed=story.seed)
    calls = CAPS[story.host][Lane.ORDER]
    options = Options(KEYS, story.host, story.seed, Layout.MID, calls, pump_s=PUMP_S, faults=plan)
    quiet = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
    dice = random.Random(f"house {story.seed}")
    async with serve(exchange, clock, options, quiet, clock) as served:
        house = House(story, folder, clock, exchange, served, Left(), Log(clock), dice)
        if story.breaks is None or url is None:
            yield house
            return
        with open_gate(loop, url, story.breaks) as house.database:
            spans = [(b.number, b.number + b.lasting_s) for b in story.breaks if b.cut == "away"]
            begin_s = loop.time()
            house.database.gate.away = lambda: any(
                first <= loop.time() - begin_s < last for first, last in spans
            )
            yield house
