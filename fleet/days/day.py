"""One day: lives and deaths of the OMS, what strategies and the operator do, what is looked at."""

import asyncio
import gc
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal

from fleet.chaos.house import House
from fleet.chaos.strategies import Asked, act_out
from fleet.days.checks import (
    DAILY,
    Evening,
    Figures,
    Switches,
    Tally,
    evening_wrong,
    morning_wrong,
    rss_mb,
    stops_of,
    switches_of,
)
from fleet.days.market import Market
from fleet.days.plan import DAY_S, DayPlan, Way
from kis_core.clock import SECOND_NS
from oms.core.book import Book
from oms_client.client import OmsError
from oms_client.contract import OperatorAction
from oms_client.operating import Halt
from oms_client.operator import OmsOperator

SERVING_S = 180.0  # a life answers within that of its beginning, market time
LOOK_S = 0.25
AGAIN_S = 20.0


@dataclass
class Day:
    """One day of the plan, in its house."""

    plan: DayPlan
    house: House
    market: Market
    tally: Tally
    before: Evening | None
    midnight_ns: int
    wrong: Callable[[str], None]
    restarts: int = 0
    evening: Evening | None = None
    figures: Figures | None = None
    asked: Asked = field(default_factory=Asked)
    _up: Switches | None = None  # when a life of today ended

    async def play(self) -> None:
        """Play the day to its end."""
        open_ns = self.house.exchange.venue.open_ns
        async with asyncio.TaskGroup() as doing:
            living = doing.create_task(self._lives())
            acting = doing.create_task(self._act(open_ns))
            operating = doing.create_task(self._operate(open_ns))
            await living
            acting.cancel()
            operating.cancel()
        for fell in (*self.house.fell, *self.house.door.failed, *self.asked.changed):
            self.wrong(fell)

    async def _lives(self) -> None:
        plan = self.plan
        for restart in plan.restarts:
            if restart.at_s < plan.ends_s:
                await self._live(restart.at_s, restart.way)
                await self.house.clock.sleep(restart.away_s)
        await self._live(plan.looked_s, plan.ends, plan.ends_s)

    async def _live(self, until_s: int, way: Way, ends_s: int | None = None) -> None:
        """Live until a second of the day, and end the way it says; `ends_s`: the day's last."""
        house, stop = self.house, asyncio.Event()
        began = time.perf_counter()
        living = asyncio.create_task(house.live(None, stop))
        await self._served(living, began)
        await self._until(until_s, living)
        if ends_s is not None and house.door.desk is not None:
            self._looked_at(house.door.desk.inbox.book)
            await self._until(ends_s, living)
        desk = house.door.desk
        if desk is None or living.done():
            self.wrong(f"no OMS at {house.clock.now():%H:%M:%S}")
        else:
            self._up = switches_of(desk.inbox.book)
            if ends_s is not None and ends_s > DAY_S:
                self._rolled(desk.inbox.book)
        before = house.home
        if way == "kill":
            house.lives[-1].kill()
        stop.set()
        await living
        if house.home != before:
            shutil.rmtree(before)
        self.restarts += 1

    async def _until(self, second: int, living: "asyncio.Task[None]") -> None:
        left_ns = self.midnight_ns + second * SECOND_NS - self.house.clock.now_ns()
        await asyncio.wait([living], timeout=max(0.0, left_ns / SECOND_NS))

    def _rolled(self, book: Book) -> None:
        """Look at a book that midnight has passed over."""
        if book.date is None or book.date <= self.plan.date.isoformat():
            self.wrong(f"the day is {book.date} after midnight")
        for flag in DAILY:
            if getattr(book, flag):
                self.wrong(f"{flag} is still up after midnight")

    async def _served(self, living: "asyncio.Task[None]", began: float) -> None:
        """Wait until the broker was heard, and look at what the life begins with."""
        house, clock = self.house, self.house.clock
        until_ns = clock.now_ns() + int(SERVING_S * SECOND_NS)
        while clock.now_ns() < until_ns and not living.done():
            desk = house.door.desk
            if desk is not None and desk.health.serving:
                break
            await clock.sleep(LOOK_S)
        else:
            self.wrong(f"not serving within {SERVING_S:.0f} s")
            return
        book = desk.inbox.book
        if self.figures is None:
            self.figures = self._measured(book, desk.inbox.journal.last_seq, began)
            equity_krw = self.market.equity_krw(house.exchange)
            date = self.plan.date.isoformat()
            for what in morning_wrong(book, date, equity_krw, self.before, house.exchange):
                self.wrong(what)
        elif self._up is not None and not _kept(self._up, switches_of(book)):
            self.wrong(f"switches {switches_of(book)} after a restart, {self._up} before")

    def _measured(self, book: Book, rows: int, began: float) -> Figures:
        started_s = time.perf_counter() - began
        gc.collect()
        return Figures(
            day=self.plan.number,
            rss_mb=round(rss_mb(), 1),
            objects=len(gc.get_objects()),
            results=len(book.results),
            orders=len(book.orders),
            listings=len(book.listings),
            journal_rows=rows,
            started_s=round(started_s, 3),
        )

    def _looked_at(self, book: Book) -> None:
        """Look at what the day left behind."""
        house, plan = self.house, self.plan
        house.served.pump.catch_up()
        self.tally.read(house.journal_path)
        date = plan.date.isoformat()
        found = evening_wrong(
            book, date, house.exchange, house.left.orders, self.tally, plan.confirms
        )
        for what in found:
            self.wrong(what)
        equity_krw = self.market.equity_krw(house.exchange)
        self.evening = Evening(date, stops_of(book), switches_of(book), equity_krw, plan.confirms)

    async def _act(self, open_ns: int) -> None:
        """Ask what the strategies want, from the opening on."""
        await self.house.clock.sleep_until(open_ns)
        await act_out(self.house, self.asked)

    async def _operate(self, open_ns: int) -> None:
        """Do what the operator does today, however often it takes."""
        plan, clock = self.plan, self.house.clock
        if plan.pauses is not None:
            await clock.sleep_until(open_ns + 45 * SECOND_NS)
            act: Literal["halt", "resume"] = "halt" if plan.pauses else "resume"
            body = Halt(scope="strategy", subject="KPR", reason="days", actor="days")
            await self._insist(lambda oms: oms.halt(body, act))
        if plan.flattens:
            await clock.sleep_until(open_ns + 3 * 3600 * SECOND_NS)
            action = OperatorAction(reason="days", actor="days")
            await self._insist(lambda oms: oms.flatten(action))

    async def _insist(self, work: "Callable[[OmsOperator], Awaitable[object]]") -> None:
        while True:
            try:
                async with OmsOperator.connect(
                    self.house.url, "token of operator", "operator", self.house.door
                ) as oms:
                    await work(oms)
                return
            except OmsError:
                await self.house.clock.sleep(AGAIN_S)

    def _now_s(self) -> float:
        return (self.house.clock.now_ns() - self.midnight_ns) / SECOND_NS


def _kept(before: Switches, after: Switches) -> bool:
    """Whether a restart took down nothing that was up, but what evidence may end by itself."""
    return {up for up in before if up[0] not in ("frozen", "flattening")} <= set(after)
