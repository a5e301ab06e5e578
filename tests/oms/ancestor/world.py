"""A whole OMS on the simulator, on a time of its own; what goes wrong there is said, not drawn.

`played` makes a test of a coroutine that is given such a world. The OMS is all of it: the KIS
client over sockets, journal, HTTP routes. Its deaths are those of `kst chaos`.
"""

import asyncio
import functools
import inspect
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from broker_sim.exchange.account import OpeningHolding
from broker_sim.exchange.fault_entries import read_faults
from broker_sim.exchange.orders import OrderRow
from broker_sim.kis.fault_script import KNOWN_CALLS
from fleet.chaos.house import URL, House, day_of, open_house
from fleet.chaos.life import Life, make_mortal
from fleet.chaos.runs import ROOM, forget
from fleet.chaos.story import Death, Story
from fleet.chaos.tape_loop import TapeLoop
from kis_core.environment import Dialect
from kis_core.market import ticks
from oms.core.book import Book
from oms.core.order import Order
from oms.journal import JournalReader, Row
from oms.verify import verify
from oms_client import contract as c
from oms_client.client import OmsClient, Unanswered

BP = 10_000
Told = Callable[..., Coroutine[Any, Any, None]]


@dataclass
class World:
    """The broker, and the OMS that may be alive."""

    house: House
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _living: "asyncio.Task[None] | None" = None

    async def up(self, death: Death | None = None) -> None:
        """Start the OMS, and wait until it serves or has died."""
        self._stop = asyncio.Event()
        self._living = asyncio.create_task(self.house.live(death, self._stop))
        await self.until(lambda: self._living is None or self._living.done() or self._serving())

    def _serving(self) -> bool:
        desk = self.house.door.desk
        return desk is not None and desk.health.serving

    async def kill(self) -> None:
        """kill -9."""
        self.house.lives[-1].kill()
        await self.died()

    async def dies_in(self, steps: int) -> None:
        """Have the OMS die after so many steps of its tasks, and wait for it."""
        self.house.lives[-1].dies_in(steps)
        await self.died()

    async def died(self) -> None:
        """Wait until the OMS is gone."""
        assert self._living is not None
        await self._living
        self._living = None
        assert self.house.fell == []

    async def down(self) -> None:
        """Have it stop in order."""
        self._stop.set()
        if self._living is not None:
            await self._living
        self._living = None

    def goes_wrong(self, *faults: dict[str, Any]) -> None:
        """Have these faults bite from now on."""
        self.house.served.faults.add(read_faults(list(faults), "test", KNOWN_CALLS))

    @property
    def bitten(self) -> set[str]:
        """Return the kinds of faults that bit."""
        return {str(bite.kind) for bite in self.house.served.faults.plan.bites}

    @property
    def book(self) -> Book:
        """Return what the living OMS knows."""
        assert self.house.door.desk is not None
        return self.house.door.desk.inbox.book

    @property
    def symbol(self) -> str:
        """Return the day's first symbol."""
        return self.house.symbols[0]

    @property
    def at_exchange(self) -> list[OrderRow]:
        """Return the orders the exchange has, without cancels and modifies of them."""
        self.house.served.pump.catch_up()
        return [row for row in self.house.exchange.orders() if row.change == "new"]

    @property
    def held(self) -> int:
        """Return the broker's shares of the day's first symbol."""
        lines = {line.symbol: line.shares for line in self.house.exchange.holdings()}
        return lines.get(self.symbol, 0)

    def enter(self, name: str = "i1", shares: int = 10, bp: int = 100, **fields: Any) -> c.Enter:
        """Return an entry at a limit so many bp from the last price; above, it fills at once."""
        symbol = fields.pop("symbol", self.symbol)
        last_krw = self.house.exchange.last_krw(symbol)
        return c.Enter(
            intent_id=name,
            symbol=symbol,
            shares=shares,
            limit_krw=ticks.round_down(last_krw * (BP + bp) // BP),
            stop_krw=ticks.round_down(last_krw * 9 // 10),
            reason="test",
            **fields,
        )

    async def ask(self, intent: c.Intent, strategy: str = "KMP") -> c.IntentResult | Unanswered:
        """Submit as a strategy's own client does, repeats included."""
        async with OmsClient.connect(
            URL, f"token of {strategy}", strategy, self.house.door
        ) as client:
            return await client.submit(intent)

    async def answer(self, intent: c.Intent, strategy: str = "KMP") -> c.IntentResult:
        """Submit, and be answered."""
        answer = await self.ask(intent, strategy)
        assert isinstance(answer, c.IntentResult), answer
        return answer

    async def hold(self, shares: int = 10, strategy: str = "KMP") -> None:
        """Enter, and wait until it is filled."""
        await self.answer(self.enter(f"hold-{strategy}", shares), strategy)
        await self.until(lambda: self.book.allocation(strategy, self.symbol).shares == shares)

    def order(self, of: int = -1) -> Order:
        """Return one of the day's orders; the last, unless told otherwise."""
        return list(self.book.orders.values())[of]

    async def until(self, holds: Callable[[], Any], within_s: float = 120.0) -> None:
        """Let the market's time pass until it holds."""
        async with asyncio.timeout(within_s):
            while not holds():
                await self.sleep(0.1)

    async def sleep(self, seconds: float) -> None:
        """Let the market's time pass."""
        await self.house.clock.sleep(seconds)

    def sound(self) -> None:
        """Every share is somebody's, and the journal decides the same again."""
        lines = self.house.exchange.holdings()
        there = {line.symbol: line.shares for line in lines if line.shares}
        assert {s: i.allocated for s, i in self.book.listings.items() if i.allocated} == there
        assert not any(listing.drift for listing in self.book.listings.values())
        assert self.book.contradictions == 0
        assert verify(self.house.journal_path).differences == ()

    def rows(self) -> list[Row]:
        """Return the journal, as written."""
        reader = JournalReader(self.house.journal_path)
        try:
            return reader.rows(limit=10_000)
        finally:
            reader.close()

    def records(self, kind: str) -> list[str]:
        """Return the journal's records of a kind, as written."""
        return [row.payload for row in self.rows() if row.kind == kind]


def played(
    tell: Told | None = None,
    *,
    dialect: Dialect = "real",
    symbols: int = 2,
    carried: int | None = None,
) -> Any:
    """Make a test of a coroutine that takes `world`, an OMS that serves at 09:30 of a quiet day.

    `carried` shares of every symbol were there before, and are nobody's.
    """
    if tell is None:
        return functools.partial(played, dialect=dialect, symbols=symbols, carried=carried)
    story = Story(1, 0, symbols, 34_200, 3_600, 0.0, (), (), False, host=dialect)

    async def run(folder: Path, dead: list[Life], given: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, TapeLoop)
        make_mortal(loop)
        loop.set_exception_handler(lambda *_: None)  # of the dead
        there = day_of(story.day_seed, symbols).instruments.values() if carried else ()
        before = tuple(OpeningHolding(one.symbol, carried or 0, one.base_krw) for one in there)
        async with open_house(story, folder, None, before) as house:
            world = World(house)
            try:
                await world.up()
                await tell(world, **given)
            finally:
                await world.down()
                if house.kills:
                    dead += house.lives
            assert house.fell == []
            assert house.door.failed == []

    def test(**given: Any) -> None:
        dead: list[Life] = []
        with tempfile.TemporaryDirectory(prefix="kst-world-", dir=ROOM) as folder:
            with asyncio.Runner(loop_factory=TapeLoop) as runner:
                runner.run(run(Path(folder), dead, given))
            if dead:
                forget(dead)

    functools.update_wrapper(test, tell)
    del test.__wrapped__  # type: ignore[attr-defined]  # pytest would ask for `world`
    signature = inspect.signature(tell)
    places = [p for name, p in signature.parameters.items() if name != "world"]
    test.__signature__ = inspect.Signature(places)  # type: ignore[attr-defined]
    return test
