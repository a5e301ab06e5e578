"""Who buys and what programs do: when it may be remembered, and when a reader may see it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry

from collector.histories import Histories
from collector.relay import Relay
from collector.routes import Insight, Tokens, make_app
from kis_core.clock import TapeClock
from kis_core.door import bind, open_door
from kis_core.environment import Credentials, Dialect, Endpoints, Environment, Secret
from kis_core.errors import NotOffered, Unreachable
from kis_core.feed import Feed
from kis_core.market.calendar import TradingCalendar, krx_calendar
from kis_core.market.instants import SECOND_NS, instant_ns
from kis_core.net.budget import RateBudget
from kis_core.net.flows import KisFlows
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import BoardProgram, ProgramFlow, StockProgram
from strategy_runtime.contract import AskFailed, AskMarketProgram, ProgramNet
from strategy_runtime.inbox import Inbox
from strategy_runtime.preparation import Preparation
from tests.broker_sim.kis.conftest import open_broker

pytestmark = pytest.mark.anyio
SAMSUNG = "005930"
DAY = date(2025, 6, 9)  # a Monday; the session before it is Thursday the 5th
FLOW = Flow(1, 70_000)
NONE = ProgramFlow(None, None, None)


def ns(at: str, day: date = DAY) -> int:
    return instant_ns(day, time.fromisoformat(at))


def investors(day: str, told: bool = True) -> InvestorDay:
    flow = FLOW if told else None
    return InvestorDay(SAMSUNG, day, 70_000, 0, flow, flow, flow)


def estimate(at: str, shares: int = 100) -> InvestorEstimate:
    return InvestorEstimate(SAMSUNG, at, shares, shares, 2 * shares)


@dataclass
class House:
    """Histories of a KIS that a test writes, on a clock that it moves."""

    histories: Histories
    kis: Any
    clock: TapeClock

    async def at(self, text: str, day: date = DAY) -> None:
        await self.clock.move_to(ns(text, day))

    async def flows(self) -> list[InvestorDay]:
        return await self.histories.investor_days(SAMSUNG)

    async def estimates(self) -> list[str]:
        return [each.time for each in await self.histories.estimates(SAMSUNG)]

    @property
    def asked(self) -> int:
        return len(self.kis.asked)


@pytest.fixture
def house(quotes: Any, calendar: TradingCalendar) -> House:
    clock = TapeClock(ns("08:00:00"))
    return House(Histories(quotes, quotes, clock, calendar, 100), quotes, clock)


async def test_investors_of_past_days_are_remembered_until_the_close(house: House) -> None:
    house.kis.flows = [investors("2025-06-05"), investors("2025-06-09", told=False)]
    for at in ("08:00:00", "09:00:00", "15:29:59"):
        await house.at(at)
        assert await house.flows() == house.kis.flows
    assert house.asked == 1
    await house.at("15:30:00")
    await house.flows()
    assert house.asked == 2


async def test_todays_blank_row_is_never_served_once_it_is_filled(house: House) -> None:
    blank = [investors("2025-06-05"), investors("2025-06-09", told=False)]
    house.kis.flows = blank
    await house.at("15:29:59")
    await house.flows()
    await house.at("15:39:59")
    assert await house.flows() == blank
    house.kis.flows = [investors("2025-06-05"), investors("2025-06-09")]
    await house.at("15:40:00")
    assert await house.flows() == house.kis.flows
    asked = house.asked
    await house.at("15:44:59")
    await house.flows()
    assert house.asked == asked  # it settles
    await house.at("15:45:00")
    await house.flows()
    assert house.asked == asked + 1  # and may have been corrected


async def test_a_question_asked_before_the_close_is_not_joined_after_it(house: House) -> None:
    filled = [investors("2025-06-05"), investors("2025-06-09")]
    house.kis.flows = [investors("2025-06-05"), investors("2025-06-09", told=False)]
    said, let_go, slow = asyncio.Event(), asyncio.Event(), house.kis.investor_days

    async def waiting(symbol: str) -> list[InvestorDay]:
        told: list[InvestorDay] = await slow(symbol)
        said.set()
        await let_go.wait()
        return told

    house.kis.investor_days = waiting
    await house.at("15:29:59")
    early = asyncio.create_task(house.flows())
    await said.wait()
    house.kis.investor_days, house.kis.flows = slow, filled
    await house.at("15:40:00")
    assert await house.flows() == filled
    let_go.set()
    assert (await early)[-1].foreign is None
    assert await house.flows() == filled  # the late answer has not taken its place


@pytest.mark.parametrize(
    "days",
    [[], [investors("2025-06-04")], [investors("2025-06-04"), investors("2025-06-05", False)]],
    ids=["nothing", "a day is missing", "yesterday is blank"],
)
async def test_what_lacks_the_last_session_is_not_remembered(
    house: House, days: list[InvestorDay]
) -> None:
    house.kis.flows = days
    assert await house.flows() == days
    await house.flows()
    assert house.asked == 2


async def test_on_a_day_without_a_session_the_last_one_is_remembered_until_midnight(
    house: House, quotes: Any, calendar: TradingCalendar
) -> None:
    friday = date(2025, 6, 6)
    clock = TapeClock(ns("10:00:00", friday))
    histories = Histories(quotes, quotes, clock, calendar, 100)
    quotes.flows = [investors("2025-06-05")]
    await histories.investor_days(SAMSUNG)
    await clock.move_to(ns("23:59:59", friday))
    await histories.investor_days(SAMSUNG)
    assert len(quotes.asked) == 1
    await clock.move_to(ns("00:00:00", date(2025, 6, 7)))
    await histories.investor_days(SAMSUNG)
    assert len(quotes.asked) == 2


async def test_the_same_question_asked_twice_at_once_is_asked_of_kis_once(house: House) -> None:
    house.kis.flows = [investors("2025-06-05")]
    told = await asyncio.gather(*(house.flows() for _ in range(5)))
    assert all(days == house.kis.flows for days in told)
    assert house.asked == 1


async def test_trouble_is_not_remembered(house: House) -> None:
    house.kis.trouble = Unreachable("no line to KIS")
    with pytest.raises(Unreachable):
        await house.flows()
    house.kis.trouble, house.kis.flows = None, [investors("2025-06-05")]
    assert await house.flows() == house.kis.flows


async def test_estimates_are_remembered_until_the_next_is_due(house: House) -> None:
    house.kis.estimates = [estimate("09:30")]
    for at in ("09:31:00", "09:59:59"):
        await house.at(at)
        assert await house.estimates() == ["09:30"]
    assert house.asked == 1
    await house.at("10:00:00")  # due, and late
    assert await house.estimates() == ["09:30"]
    await house.at("10:00:09")
    await house.estimates()
    assert house.asked == 2
    house.kis.estimates = [estimate("09:30"), estimate("10:00")]
    await house.at("10:00:10")
    assert await house.estimates() == ["09:30", "10:00"]
    await house.at("11:19:59")
    await house.estimates()
    assert house.asked == 3


async def test_when_all_five_are_there_nothing_more_is_asked_today(house: House) -> None:
    house.kis.estimates = [estimate(at) for at in ("09:30", "10:00", "11:20", "13:20", "14:30")]
    await house.at("14:30:00")
    assert len(await house.estimates()) == 5
    await house.at("23:59:59")
    assert len(await house.estimates()) == 5
    assert house.asked == 1
    await house.at("08:00:00", date(2025, 6, 10))
    assert await house.estimates() == []  # KIS still tells yesterday's
    assert house.asked == 2


async def test_an_estimate_published_early_is_seen_at_its_time(house: House) -> None:
    house.kis.estimates = [estimate("09:30")]
    await house.at("09:24:00")
    assert await house.estimates() == []
    await house.at("09:29:59")
    assert await house.estimates() == []
    await house.at("09:30:00")
    assert await house.estimates() == ["09:30"]


async def test_yesterdays_estimates_are_nobodys(house: House) -> None:
    yesterday = [estimate(at) for at in ("09:30", "10:00", "11:20", "13:20", "14:30")]
    house.kis.estimates = yesterday
    for at in ("08:30:00", "09:30:00", "10:05:00", "13:30:00"):
        await house.at(at)
        assert await house.estimates() == []
    house.kis.estimates = yesterday[:4]  # today's at last
    await house.at("13:30:10")
    assert await house.estimates() == ["09:30", "10:00", "11:20", "13:20"]


def board(at: str, net_krw: int) -> BoardProgram:
    return BoardProgram("KOSPI", ns(at), NONE, NONE, net_krw, Decimal("2700.15"))


async def test_programs_are_remembered_for_a_moment(house: House) -> None:
    house.kis.market_programs = [board("10:00:00", 5)]
    await house.at("10:00:00")
    for _ in range(3):
        assert await house.histories.board_programs("KOSPI") == house.kis.market_programs
    await house.histories.board_programs("KOSDAQ")
    assert house.kis.asked == [("board", "KOSPI"), ("board", "KOSDAQ")]
    await house.at("10:00:03")
    await house.histories.board_programs("KOSPI")
    assert house.asked == 3


async def test_program_rows_that_lie_ahead_are_of_another_day(house: House) -> None:
    stock = StockProgram(SAMSUNG, ns("15:30:00"), 70_000, 9, 1, 2, 1, NONE, None)
    house.kis.market_programs = [board("09:00:00", 5), board("15:30:00", 900)]
    house.kis.stock_programs = [stock]
    await house.at("09:00:10")
    assert await house.histories.board_programs("KOSPI") == [board("09:00:00", 5)]
    assert await house.histories.programs(SAMSUNG) == []
    await house.at("15:30:00")
    assert await house.histories.programs(SAMSUNG) == [stock]


# the same against the simulator: its REST, our KisRest, the collector's door, a reader's Feed


@asynccontextmanager
async def opened(folder: Path, start: str, dialect: Dialect = "real") -> AsyncIterator[Any]:
    async with open_broker(start, dialect, logged_in=False) as broker:
        served, clock = broker.served, broker.clock
        doors = Endpoints(Environment.SIM, served.rest_url, served.ws_url, dialect)
        keys = Credentials(Environment.SIM, "APPKEY", Secret("APPSECRET"), "trader")
        tokens = TokenCache(doors, keys, clock, folder / "tokens")
        budget = RateBudget(doors, keys, clock, folder / "budget")
        insight = Insight(dict, list, dict, lambda: None, CollectorRegistry())
        async with KisRest(doors, keys, clock, tokens, budget) as rest:
            histories = Histories(KisQuotes(rest), KisFlows(rest), clock, krx_calendar(), 100)
            known = Tokens("reader-token", "oms-token")
            app = make_app(Relay(clock, 1000, 0), histories, known, insight, lambda _: None)
            listener = bind("127.0.0.1", 0)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with (
                open_door(app, listener),
                Feed.open(url, "reader-token", "kpr", clock) as feed,
            ):
                yield feed, broker, url, histories
        budget.close()


async def test_a_reader_is_told_who_bought_and_of_today_only_after_the_close(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, "15:29:59") as (feed, broker, _, histories):
        before = await feed.flows(SAMSUNG)
        assert [day.date for day in before] == sorted(day.date for day in before)
        assert (before[-1].date, before[-1].foreign) == ("2025-09-03", None)
        assert (before[-2].date, before[-2].foreign is not None) == ("2025-09-02", True)
        assert await feed.flows(SAMSUNG) == before
        assert (histories.hits, histories.misses) == (1, 1)
        await broker.move("15:40:00")
        after = await feed.flows(SAMSUNG)
        assert after[:-1] == before[:-1]
        assert after[-1].foreign is not None
        assert after[-1].foreign.bought is not None


async def test_a_reader_never_sees_an_estimate_before_its_time(tmp_path: Path) -> None:
    times = ("09:30", "10:00", "11:20", "13:20", "14:30")
    async with opened(tmp_path, "09:00:05") as (feed, broker, _, histories):
        assert await feed.estimates(SAMSUNG) == []
        for number, at in enumerate(times):
            hour, minute = int(at[:2]), int(at[3:])
            before = f"{hour if minute else hour - 1:02d}:{(minute - 1) % 60:02d}:59"
            await broker.move(before)
            assert [one.time for one in await feed.estimates(SAMSUNG)] == list(times[:number])
            await broker.move(f"{at}:00")
            assert [one.time for one in await feed.estimates(SAMSUNG)] == list(times[: number + 1])
        assert histories.hits == 5  # each time before the next was due


async def test_a_reader_is_told_of_programs_since_the_opening(tmp_path: Path) -> None:
    async with opened(tmp_path, "10:00:30") as (feed, broker, _, _):
        stock = await feed.program(SAMSUNG)
        assert stock is not None
        assert stock.at_ns <= broker.clock.now_ns()
        market = await feed.market_program("KOSPI")
        assert market is not None
        assert market.board == "KOSPI"
        now_ns = broker.clock.now_ns()
        assert now_ns - 120 * SECOND_NS < market.at_ns <= now_ns + 5 * SECOND_NS
        assert market.net_krw == pytest.approx(stock.flow.net_krw or 0, abs=1_000_000)
        assert (await feed.market_program("KOSDAQ")) is not None


async def test_paper_tells_who_bought_and_says_that_it_tells_nothing_else(tmp_path: Path) -> None:
    async with opened(tmp_path, "10:00:30", "paper") as (feed, _, url, _):
        assert len(await feed.flows(SAMSUNG)) == 30
        for question in (
            feed.estimates(SAMSUNG),
            feed.program(SAMSUNG),
            feed.market_program("KOSPI"),
        ):
            with pytest.raises(NotOffered):
                await question
        async with httpx.AsyncClient(base_url=url, headers=BEARER) as http:
            for path in PATHS[1:]:
                answer = await http.get(path)
                assert (answer.status_code, answer.json()["error"]) == (501, "not_offered")


BEARER = {"Authorization": "Bearer reader-token"}
PATHS = (
    "/api/v1/flows/005930",
    "/api/v1/flows/005930/estimates",
    "/api/v1/programs/005930",
    "/api/v1/programs/markets/KOSPI",
)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        *((path, {}, 401) for path in PATHS),
        ("/api/v1/flows/samsung", BEARER, 422),
        ("/api/v1/flows/00593/estimates", BEARER, 422),
        ("/api/v1/programs/0059300000", BEARER, 422),
        ("/api/v1/programs/markets/KONEX", BEARER, 422),
        ("/api/v1/programs/markets/kospi", BEARER, 422),
    ],
)
async def test_what_may_not_be_asked_is_turned_away(
    relaying: Callable[..., Any], quotes: Any, path: str, headers: dict[str, str], status: int
) -> None:
    async with relaying(quotes=quotes) as door, httpx.AsyncClient(base_url=door.url) as http:
        answer = await http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (status, "request")
        assert quotes.asked == []


async def test_answers_are_json_for_whoever_does_not_ask_for_messagepack(tmp_path: Path) -> None:
    async with (
        opened(tmp_path, "10:00:30") as (feed, _, url, _),
        httpx.AsyncClient(base_url=url, headers=BEARER) as http,
    ):
        shown = (await http.get(PATHS[0])).json()
        days = await feed.flows(SAMSUNG)
        assert [row["date"] for row in shown] == [day.date for day in days]
        assert shown[-1]["foreign"] is None
        for path in PATHS[1:]:
            answer = await http.get(path)
            assert answer.headers["content-type"] == "application/json"
            assert answer.json(), path


@pytest.mark.parametrize("dialect", ["real", "paper"])
async def test_a_strategy_hears_of_programs_or_that_nobody_tells_them(
    tmp_path: Path, dialect: Dialect
) -> None:
    async with opened(tmp_path, "10:00:30", dialect) as (feed, broker, _, _):
        inbox = Inbox()
        async with asyncio.TaskGroup() as tasks:
            preparation = Preparation(feed, inbox, broker.clock, workers=1)
            preparation.start(tasks)
            preparation.ask(AskMarketProgram("a", "KOSPI"))
        (told,) = await inbox.take()
    assert told.ask_id == "a"
    if dialect == "real":
        assert isinstance(told, ProgramNet)
        assert told.market == "KOSPI"
    else:
        assert isinstance(told, AskFailed)
        assert not told.offered
