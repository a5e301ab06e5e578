"""More symbols are wanted than there are places: a strategy's journal says which, why, until when.

The simulator, the collector with its relay and its door, and a strategy in the shell that all
strategies run in, each on real sockets. A better reader comes, takes everything, and lets go.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import structlog

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, serve
from broker_sim.kis.tokens import Keys
from collector.charts import Charts
from collector.hearing import FIRST_LINE
from collector.histories import Histories
from collector.insight import make_insight
from collector.relay import Relay
from collector.routes import Tokens, make_app
from collector.service import Collector
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from collector.standing import NOT_SHARED_YET
from config.load import load
from kis_core.clock import Clock, ScaledClock, write_anchor
from kis_core.door import bind, open_door
from kis_core.environment import Credentials, Endpoints, Environment, Secret
from kis_core.feed import Feed, Priority, Want, Wants
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import SlotsGranted
from kis_core.net.budget import RateBudget
from kis_core.net.flows import KisFlows
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.stream import KisStream
from kis_core.net.tokens import TokenCache
from strategy_runtime.contract import Hear, Listen, Step, StrategyEvent, TradingDay
from strategy_runtime.journal import read
from strategy_runtime.run import Edges, run_day
from strategy_runtime.turns import Turn, event_of
from strategy_runtime.verify import verify
from tests.strategy_runtime.toys import DATE, DAY, OPEN_NS, Counted, Toy, ToyOms

pytestmark = [pytest.mark.story, pytest.mark.anyio]
KEYS = Keys("APPKEY", "APPSECRET", "50001234", "01", "trader")
PLACES, WANTED = 41, 20
TOKEN = {"Authorization": "Bearer reader-token"}


@dataclass
class Told(Counted):
    """What the toy remembers, and the last it was told of its symbols."""

    slots: SlotsGranted | None = None
    lost: bool = False  # everything was refused once, for better wants


@dataclass(frozen=True)
class Eager(Toy):
    """Wants so many symbols, all to be watched; its day is over once all it had lost is back."""

    every: int = 10**9
    name: str = "kpr"
    symbols: tuple[str, ...] = ()

    @property
    def rules(self) -> dict[str, Any]:
        return {"every": self.every, "name": self.name, "symbols": list(self.symbols)}

    @classmethod
    def strategy(cls, rules: Any) -> "Eager":
        return cls(rules["every"], rules["name"], tuple(rules["symbols"]))

    def open(self, day: TradingDay, carried: str | None = None) -> Told:
        return Told()

    def decide(self, state: Counted, event: StrategyEvent) -> Step[Counted]:
        assert isinstance(state, Told)
        step = super().decide(state, event)
        if isinstance(event, SlotsGranted):
            state.slots = event
            better = [why for _, why in event.reasons if "CANDIDATE" in why]
            state.lost |= len(better) == len(self.symbols)
        if step.listen is None:
            return step
        hears = tuple(Hear(symbol, 3, rank) for rank, symbol in enumerate(self.symbols))
        return replace(step, listen=Listen(hears, ()))

    def over(self, state: Counted) -> bool:
        assert isinstance(state, Told)
        return state.lost and state.slots is not None and state.slots.granted == self.symbols


@dataclass
class House:
    """A collector that listens to a simulated KIS."""

    url: str
    relay: Relay
    collector: Collector
    clock: Clock
    folder: Path

    def told(self, reader: str) -> SlotsGranted | None:
        """Return what a reader was told last."""
        return next((r.told for r in self.relay.readers if r.name == reader), None)

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not happened():  # noqa: ASYNC110 - whatever it is, it has no event
                await asyncio.sleep(0.01)


@asynccontextmanager
async def opened(folder: Path, database: str, day: GeneratedDay) -> AsyncIterator[House]:
    """Run the simulator and the collector, as its root makes it, until the block ends."""
    write_anchor(folder / "clock.json", OPEN_NS, 1.0, running=True)
    clock, calendar, log = (
        ScaledClock(folder / "clock.json"),
        krx_calendar(),
        structlog.get_logger(),
    )
    usual = load(CollectorSettings, "collector")
    settings = usual.model_copy(
        update={"symbols": tuple(sorted(day.instruments)), "data_dir": folder, "backfill_days": 0}
    )
    exchange = Exchange(day, AccountRules(10**9, 140, "real"), 7)
    options = Options(KEYS, "real", 7, Layout.MID, 18)
    async with AsyncExitStack() as stack:
        broker = await stack.enter_async_context(serve(exchange, clock, options, log))
        doors = Endpoints(Environment.SIM, broker.rest_url, broker.ws_url, "real")
        keys = Credentials(Environment.SIM, KEYS.app_key, Secret(KEYS.app_secret), KEYS.hts_id)
        tokens = TokenCache(doors, keys, clock, folder / "tokens")
        budget = RateBudget(doors, keys, clock, folder / "budget")
        stack.callback(budget.close)
        rest = await stack.enter_async_context(KisRest(doors, keys, clock, tokens, budget))
        relay = Relay(clock, settings.reader_events_max, linger_s=0)
        histories = Histories(
            KisQuotes(rest), KisFlows(rest), clock, calendar, settings.histories_max
        )
        shipper = Shipper(database, Environment.SIM, settings.symbols, folder / "collector", log)
        lines = {FIRST_LINE: KisStream(doors, keys, clock, tokens.approval_key, limit=PLACES)}
        collector = Collector(
            settings, clock, calendar, lines, ("H0STCNI0", KEYS.hts_id), relay, histories,
            Charts([rest]), shipper, log,
        )  # fmt: skip
        insight = make_insight(collector, clock)
        access = Tokens("reader-token", "oms-token")
        app = make_app(relay, histories, access, insight, collector.hear_signals)
        listener = bind("127.0.0.1", 0)
        await stack.enter_async_context(open_door(app, listener))
        stopping = asyncio.Event()
        running = asyncio.create_task(collector.run(stopping))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            yield House(url, relay, collector, clock, folder)
        finally:
            stopping.set()
            await running


async def to_the_end(feed: Feed) -> None:
    async for _ in feed:
        pass


def candidates(symbols: tuple[str, ...]) -> Wants:
    """What the better reader wants."""
    return Wants(
        tuple(Want(symbol, Priority.CANDIDATE, rank=rank) for rank, symbol in enumerate(symbols))
    )


async def test_a_strategy_is_told_what_it_cannot_hear_why_and_when_it_can_again(
    tmp_path: Path, database: str
) -> None:
    day = GeneratedDay(dt.date(DATE.year, DATE.month, DATE.day), 7, PLACES + WANTED)
    names = tuple(sorted(day.instruments))
    theirs, mine = names[:PLACES], names[PLACES:]
    toy = Eager(symbols=mine)
    async with (
        opened(tmp_path, database, day) as house,
        Feed.open(house.url, "reader-token", "kmp", house.clock) as better,
        Feed.open(house.url, "reader-token", "kpr", house.clock) as feed,
    ):
        listening = asyncio.create_task(to_the_end(better))
        await better.want(candidates(theirs[:35]))
        await house.until(lambda: granted(house, "kmp") == 35)
        edges = Edges(feed, ToyOms(), house.clock, structlog.get_logger(), tmp_path)
        running = asyncio.create_task(run_day(toy, DAY, edges))
        await house.until(lambda: granted(house, "kpr") == 6)
        async with httpx.AsyncClient(base_url=house.url, headers=TOKEN) as http:
            shown = (await http.get("/api/v1/slots")).json()
        await better.want(candidates(theirs))
        await house.until(lambda: granted(house, "kmp") == PLACES)
        assert granted(house, "kpr") == 0
        await better.want(Wants(()))
        state = await asyncio.wait_for(running, 20)
        listening.cancel()
    assert isinstance(state, Told)
    journal = tmp_path / "strategies/kpr/2025-09-03.journal"
    heard = [event_of(turn) for turn in read(journal) if isinstance(turn, Turn)]
    told = [event for event in heard if isinstance(event, SlotsGranted)]
    assert all(tuple(s for s, _ in each.reasons) == each.refused for each in told)
    assert told[0].reasons == tuple((symbol, NOT_SHARED_YET) for symbol in mine)
    some = next(each for each in told if len(each.granted) == 6)
    assert some.granted == mine[:6]
    assert some.reasons == tuple(
        (
            symbol,
            "41 of 41 places taken by better wants: WATCH rank 5 was the last served, "
            f"this is WATCH rank {rank}",
        )
        for rank, symbol in enumerate(mine)
        if rank > 5
    )
    none = next(each for each in told[1:] if not each.granted and "CANDIDATE" in each.reasons[0][1])
    assert none.reasons == tuple(
        (
            symbol,
            "41 of 41 places taken by better wants: CANDIDATE rank 40 was the last served, "
            f"this is WATCH rank {rank}",
        )
        for rank, symbol in enumerate(mine)
    )
    assert (told[-1].granted, told[-1].refused, told[-1].reasons) == (mine, (), ())
    assert told.index(some) < told.index(none) < len(told) - 1
    assert verify(journal, Eager).differences == 0
    the_collector_says_the_same(shown, some, tmp_path)


def granted(house: House, reader: str) -> int:
    """Return how many symbols a reader was told to be heard."""
    told = house.told(reader)
    return len(told.granted) if told else 0


def the_collector_says_the_same(shown: Any, some: SlotsGranted, folder: Path) -> None:
    """See who has what by whose want, and who was left out, where an operator looks."""
    by_reader = {each["reader"]: each for each in shown["readers"]}
    assert [(e["symbol"], e["why"]) for e in by_reader["kpr"]["refused"]] == list(some.reasons)
    assert (len(by_reader["kmp"]["granted"]), by_reader["kmp"]["refused"]) == (35, [])
    rows = {row["tr_key"]: row for row in shown["slots"]}
    kept = rows[some.granted[3]]
    assert (kept["given"], kept["session"]) == (True, FIRST_LINE)
    assert kept["by"] == [{"reader": "kpr", "priority": "WATCH", "rank": 3}]
    assert all(rows[symbol]["why"] == why for symbol, why in some.reasons)
    assert not any(rows[symbol]["given"] for symbol, _ in some.reasons)
    text = (folder / "collector" / f"{DATE}.slots.jsonl").read_text()
    noted = [msgspec.json.decode(line)["slots"] for line in text.splitlines()]
    assert shown["slots"] in noted
    taken = "taken away: a better priority needs it"
    assert {row["tr_key"] for rows in noted for row in rows if row["why"] == taken} == set(
        some.granted
    )
