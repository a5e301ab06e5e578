"""The world of one run: a broker that goes wrong, an OMS that lives and dies, its front door."""

import asyncio
import contextlib
import datetime as dt
import functools
import random
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import structlog

from broker_sim.exchange.account import AccountRules, OpeningHolding
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.fault_rates import draw_faults
from broker_sim.exchange.faults import FaultPlan
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from broker_sim.kis.tokens import Keys
from fleet.chaos.ear import Ear
from fleet.chaos.life import Life, MortalJournal
from fleet.chaos.story import STRATEGIES, Death, Story
from fleet.chaos.tape_loop import LoopClock
from kis_core.clock import KST, SECOND_NS, ns
from kis_core.environment import (
    Account,
    Credentials,
    Dialect,
    Endpoints,
    Environment,
    Secret,
)
from kis_core.net.budget import RateBudget
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
)
from kis_core.wire.tr_table import NOTICES
from oms.access import Caller, Scope, Tokens
from oms.account import account_at_kis
from oms.core.broker import Broker
from oms.core.limits import Budget, Limits
from oms.routes import Desk, make_app
from oms.running import Parts, running
from oms.settings import OmsSettings, load_settings

DAY = dt.date(2025, 11, 20)  # a Thursday with the usual hours
KEYS = Keys("APPKEY", "APPSECRET", "50001234", "01", "trader")
CASH_KRW = 100_000_000
OMS_ID = "chaos"
PUMP_S = 0.1
CLOSE_S = 5.0
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
    ) -> BuyingPower:
        return await self._inner.buying_power(symbol, limit_krw, order_type)


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
    dialect: Dialect = "real"
    door: Door = field(default_factory=Door)
    kills: int = 0
    lives: list[Life] = field(default_factory=list)
    fell: list[str] = field(default_factory=list)  # lives that ended by themselves, and why

    @property
    def symbols(self) -> list[str]:
        """Return the day's symbols."""
        return sorted(self.exchange.day.instruments)

    def go_wrong(self) -> None:
        """Have the story's faults bite from now on: those of the hours before are over."""
        story = self.story
        drawn = draw_faults(story.seed, story.intensity, self.symbols)
        first_ns, last_ns = story.start_s * SECOND_NS, (story.start_s + story.lasting_s) * SECOND_NS
        self.served.faults.add(
            [each for each in drawn if each.at_ns is None or first_ns <= each.at_ns < last_ns]
        )

    @property
    def home(self) -> Path:
        """Return the folder of the present life; after a death the next one gets a copy."""
        return self.folder / f"{self.kills}"

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
            if life.dead:
                await life.died
                self.log.note("KILLED", point=death and death.point, steps=life.steps)
                before = self.home
                self.kills += 1
                shutil.copytree(before, self.home)
                journal.tear_off(self.journal_path, self.dice)
            elif (error := work.exception()) is not None:
                self.fell.append(_told(error))
            life.end()
        finally:
            self.door.life = self.door.app = self.door.desk = None
            journal.close()

    async def _oms(self, life: Life, journal: MortalJournal, stop: asyncio.Event) -> None:
        environment = Environment.SIM
        endpoints = Endpoints(environment, self.served.rest_url, self.served.ws_url, self.dialect)
        keys = Credentials(environment, KEYS.app_key, Secret(KEYS.app_secret), KEYS.hts_id)
        clock, (ours, limits) = self.clock, settings()
        tokens = TokenCache(endpoints, keys, clock, self.home / "tokens")
        budget = RateBudget(endpoints, keys, clock, self.home / "budget")
        life.at_death.append(budget.close)
        account = Account(environment, KEYS.account_no)
        async with KisRest(endpoints, keys, clock, tokens, budget) as rest:
            stream = KisStream(endpoints, keys, clock, tokens.approval_key)
            parts = Parts(
                oms_id=OMS_ID,
                environment=environment,
                limits=limits,
                rounds=ours.rounds,
                journal=journal,
                broker=Watched(account_at_kis(rest, account), self.left),
                line=Ear(stream, (NOTICES[self.dialect], KEYS.hts_id), clock),
                asked=KisQuotes(rest),
                tokens=access(),
                clock=clock,
                log=self.log,
                account=KEYS.account_no + KEYS.product,
            )
            async with running(parts) as desk:
                self.door.app = httpx.ASGITransport(make_app(desk))
                self.door.desk, self.door.life = desk, life
                await stop.wait()
                await self.door.close()


def access() -> Tokens:
    """Return tokens that are their callers' names."""
    callers = [Caller(name, Scope.STRATEGY) for name in STRATEGIES]
    callers.append(Caller("operator", Scope.OPERATOR))
    return Tokens({caller: Secret(f"token of {caller.name}") for caller in callers})


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
    dialect: Dialect = "real",
    holdings: tuple[OpeningHolding, ...] = (),
) -> AsyncIterator[House]:
    """Open a run's broker. Its faults are not armed yet."""
    midnight_ns = ns(dt.datetime.combine(DAY, dt.time(), KST))
    clock = LoopClock(asyncio.get_running_loop(), midnight_ns + story.start_s * SECOND_NS)
    day = day_of(story.day_seed, story.symbols)
    rules = AccountRules(CASH_KRW, 140, dialect, holdings=holdings)
    exchange = Exchange(day, rules, story.seed)
    plan = FaultPlan(seed=story.seed)
    options = Options(KEYS, dialect, story.seed, Layout.MID, 18, pump_s=PUMP_S, faults=plan)
    quiet = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
    dice = random.Random(f"house {story.seed}")
    async with serve(exchange, clock, options, quiet, clock) as served:
        yield House(story, folder, clock, exchange, served, Left(), Log(clock), dice, dialect)
