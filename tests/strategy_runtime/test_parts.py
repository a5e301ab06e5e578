"""The shell's parts: inbox, submissions, preparation, timetable, report."""

import asyncio
import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kis_core.clock import TapeClock
from kis_core.errors import KisError, NotOffered, RateLimited, Refused, ReplyError, Unreachable
from kis_core.market.calendar import Hours, TradingCalendar
from kis_core.market.events import IndexDay, Timer
from kis_core.market.instants import MINUTE_NS, instant_ns
from oms_client.client import OmsRefused, Unanswered
from oms_client.contract import CancelOrders, Exit, Intent, IntentResult
from strategy_runtime import preparation, submissions
from strategy_runtime.contract import (
    AskDaily,
    AskEstimates,
    AskFailed,
    AskFlows,
    AskIndexDays,
    AskMarketProgram,
    AskMinutes,
    AskOwn,
    AskProgram,
    AskQuote,
    DailyRead,
    EstimatesRead,
    FlowsRead,
    IndexDaysRead,
    IntentAnswered,
    IntentUnanswered,
    MinutesRead,
    OwnRead,
    ProgramNet,
    ProgramRead,
    QuoteRead,
    RoundTrip,
)
from strategy_runtime.inbox import TAKEN_MAX, Inbox
from strategy_runtime.preparation import Own, Preparation
from strategy_runtime.report import DayFiles
from strategy_runtime.submissions import Submissions
from strategy_runtime.timetable import AFTER_CLOSE_NS, day_to_run, days_back, trading_day
from tests.strategy_runtime.toys import (
    AT,
    BOARD_PROGRAM,
    ESTIMATE,
    FLOW_DAY,
    OPEN_NS,
    PROGRAM,
    PT,
    Counted,
    Toy,
    ToyFeed,
    approved,
    trade,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "PAUSE_FIRST_S", 0.001)
    monkeypatch.setattr(preparation, "PAUSE_S", 0.001)
    monkeypatch.setattr(preparation, "RETRY_AFTER_MAX_S", 0.001)


async def test_the_inbox_gives_events_in_order_and_the_newest_time_last() -> None:
    inbox = Inbox()
    inbox.tell_time(Timer(1))
    await inbox.put((trade(1), trade(2)))
    inbox.tell_time(Timer(2))
    inbox.push(trade(3))
    assert await inbox.take() == [trade(1), trade(2), trade(3), Timer(2)]
    assert inbox.timers_collapsed == 1


async def test_time_waits_behind_what_came_before_it() -> None:
    inbox = Inbox()
    inbox.push(*(trade(n) for n in range(TAKEN_MAX + 1)))
    inbox.tell_time(Timer(1))
    assert len(await inbox.take()) == TAKEN_MAX
    assert await inbox.take() == [trade(TAKEN_MAX), Timer(1)]


async def test_who_brings_events_waits_while_the_inbox_is_full() -> None:
    inbox = Inbox(waiting_max=2)
    await inbox.put((trade(1), trade(2)))
    late = asyncio.create_task(inbox.put((trade(3),)))
    await asyncio.sleep(0.01)
    assert not late.done()
    inbox.push(trade(9))  # an answer never waits
    assert await inbox.take() == [trade(1), trade(2), trade(9)]
    await asyncio.wait_for(late, 1)
    assert await inbox.take() == [trade(3)]


async def test_an_empty_inbox_is_waited_at() -> None:
    inbox = Inbox()
    taking = asyncio.create_task(inbox.take())
    await asyncio.sleep(0.01)
    assert not taking.done()
    inbox.push(trade(1))
    assert await taking == [trade(1)]


class Desk:
    """An OMS that answers as it is told to, after a moment, and remembers the order."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def submit(self, intent: Intent) -> IntentResult | Unanswered:
        self.asked.append(intent.intent_id)
        await asyncio.sleep(0.001)
        match self.answers.pop(0) if self.answers else "ok":
            case "away":
                return Unanswered(intent.intent_id, "away")
            case "refused":
                raise OmsRefused(422, "no such symbol")
            case _:
                return approved(intent.intent_id)


def leave(number: int, symbol: str = "005930") -> Exit:
    return Exit(intent_id=f"{symbol}-{number}", symbol=symbol, reason="r")


async def submitted(desk: Desk, *intents: Intent) -> list[object]:
    inbox = Inbox()
    async with asyncio.TaskGroup() as tasks:
        lanes = Submissions(desk, inbox, TapeClock(OPEN_NS))
        lanes.start(tasks)
        for intent in intents:
            lanes.send(intent)
    return await inbox.take()


async def test_a_symbol_s_intents_keep_their_order_and_symbols_do_not_wait() -> None:
    desk = Desk("away", "away")
    cancel = CancelOrders(intent_id="005930-0", symbol="005930", reason="r")
    await submitted(desk, cancel, leave(1), leave(1, "000660"))
    assert desk.asked.index("000660-1") < desk.asked.index("005930-1")
    assert [name for name in desk.asked if name.startswith("005930")] == [
        "005930-0", "005930-0", "005930-1",
    ]  # fmt: skip


async def test_no_answer_is_told_once_and_asked_until_there_is_one() -> None:
    desk = Desk("away", "away", "away", "ok")
    told = await submitted(desk, leave(1))
    assert isinstance(told[0], IntentUnanswered)
    assert not told[0].final
    assert isinstance(told[1], IntentAnswered)
    assert len(told) == 2
    assert desk.asked == ["005930-1"] * 4


async def test_a_request_turned_away_is_final_and_the_lane_goes_on() -> None:
    desk = Desk("refused", "ok")
    told = await submitted(desk, leave(1), leave(2))
    assert isinstance(told[0], IntentUnanswered)
    assert told[0].final
    assert isinstance(told[1], IntentAnswered)


async def answers(feed: ToyFeed, *asks: object, own: Own | None = None) -> list[object]:
    inbox = Inbox()
    async with asyncio.TaskGroup() as tasks:
        prepared = Preparation(feed, inbox, TapeClock(OPEN_NS), workers=1, own=own)
        prepared.start(tasks)
        for ask in asks:
            prepared.ask(ask)  # type: ignore[arg-type]
    return await inbox.take()


DAILY = AskDaily("d", "005930", "2025-08-01", "2025-09-02")
SPANS = (("2025-09-01", "09:00", "10:59"), ("2025-09-02", "09:00", "10:59"))


async def test_histories_come_back_as_events_and_prices_go_first() -> None:
    feed = ToyFeed()
    minutes = AskMinutes("m", "005930", SPANS)
    told = await answers(feed, DAILY, minutes, AskQuote("q", "005930"))
    assert [type(event) for event in told] == [QuoteRead, DailyRead, MinutesRead]
    read = told[2]
    assert isinstance(read, MinutesRead)
    assert [day.date for day in read.days] == ["2025-09-01", "2025-09-02"]
    assert read.days[0].minutes == ((540, 1, 2, 1, 2, 7),)


class Library:
    """A strategy's own research, that knows one subject."""

    async def answer(self, subject: str, text: str) -> str:
        if subject != "artifact":
            raise Refused("research", f"no {subject}")
        return f"{subject} of {text}"


@pytest.mark.parametrize(
    ("ask", "asked", "answer"),
    [
        (
            AskIndexDays("a", "0001", "2025-08-01", "2025-09-02"),
            "index days 0001 2025-08-01 2025-09-02",
            IndexDaysRead("a", OPEN_NS, "0001", (IndexDay("0001", "2025-09-02", PT, PT, PT, PT),)),
        ),
        (
            AskFlows("a", "005930"),
            "flows 005930",
            FlowsRead("a", OPEN_NS, "005930", (FLOW_DAY,)),
        ),
        (
            AskEstimates("a", "005930"),
            "estimates 005930",
            EstimatesRead("a", OPEN_NS, "005930", (ESTIMATE,)),
        ),
        (
            AskProgram("a", "005930"),
            "program 005930",
            ProgramRead("a", OPEN_NS, "005930", PROGRAM),
        ),
        (
            AskMarketProgram("a", "KOSPI"),
            "program KOSPI",
            ProgramNet("KOSPI", BOARD_PROGRAM.at_ns, -5_000_000, "a"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_each_question_has_its_answer(ask: Any, asked: str, answer: Any) -> None:
    feed = ToyFeed()
    assert await answers(feed, ask) == [answer]
    assert feed.asked == [asked]


async def test_own_research_answers_in_text() -> None:
    told = await answers(
        ToyFeed(), AskOwn("a", "artifact", "T"), AskOwn("b", "omen"), own=Library()
    )
    assert told == [
        OwnRead("a", OPEN_NS, "artifact", "artifact of T"),
        AskFailed("b", OPEN_NS, None, "research: no omen"),
    ]


async def test_where_nobody_does_research_it_is_said_so() -> None:
    (told,) = await answers(ToyFeed(), AskOwn("a", "artifact"))
    assert told == AskFailed("a", OPEN_NS, None, "own: nobody answers artifact here", False)


@pytest.mark.parametrize(
    "ask",
    [AskEstimates("a", "005930"), AskProgram("a", "005930"), AskMarketProgram("a", "KOSPI")],
    ids=lambda ask: type(ask).__name__,
)
async def test_what_the_broker_does_not_offer_is_told_from_what_failed(ask: Any) -> None:
    feed = ToyFeed()
    feed.faults = [NotOffered("OPSQ0002", "not on paper"), *[Unreachable("away")] * 3]
    (refused,) = await answers(feed, ask)
    (failed,) = await answers(feed, ask)
    assert isinstance(refused, AskFailed)
    assert isinstance(failed, AskFailed)
    assert (refused.offered, failed.offered) == (False, True)
    assert refused.symbol == failed.symbol == getattr(ask, "symbol", None)
    assert len(feed.asked) == 1 + preparation.TRIES


async def test_no_program_so_far_is_none_of_a_stock_and_a_failure_of_a_market() -> None:
    feed = ToyFeed()
    feed.programs = {"005930": None, "KOSPI": None, "KOSDAQ": replace(BOARD_PROGRAM, net_krw=None)}
    asks = (AskProgram("a", "005930"), AskMarketProgram("b", "KOSPI"))
    stock, market, blank = await answers(feed, *asks, AskMarketProgram("c", "KOSDAQ"))
    assert stock == ProgramRead("a", OPEN_NS, "005930", None)
    for told in (market, blank):  # unknown is not 0, and may be known in a minute
        assert isinstance(told, AskFailed)
        assert told.offered


async def test_what_a_position_waits_for_goes_before_a_morning_s_histories() -> None:
    told = await answers(
        ToyFeed(), DAILY, AskFlows("f", "005930"), AskOwn("o", "artifact"),
        AskEstimates("e", "005930"), AskProgram("p", "005930"), own=Library(),
    )  # fmt: skip
    assert [type(event) for event in told] == [
        EstimatesRead, ProgramRead, DailyRead, FlowsRead, OwnRead,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        (Unreachable("away"), 3),
        (RateLimited("EGW00201", "slow down", 0.5), 3),
        (Refused("X", "no such symbol"), 1),
        (NotOffered("X", "not here"), 1),
        (ReplyError("odd", "text"), 1),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_only_what_passes_is_tried_again(fault: KisError, tries: int) -> None:
    feed = ToyFeed()
    feed.faults = [fault] * 9
    (told,) = await answers(feed, DAILY)
    assert isinstance(told, AskFailed)
    assert (told.ask_id, told.symbol) == ("d", "005930")
    assert len(feed.asked) == tries


async def test_a_missing_day_of_many_is_said_and_the_others_are_kept() -> None:
    feed = ToyFeed()
    feed.faults = [Refused("X", "gone")]
    (told,) = await answers(feed, AskMinutes("m", "005930", SPANS))
    assert isinstance(told, MinutesRead)
    assert [day.date for day in told.days] == ["2025-09-02"]
    assert [day for day, _ in told.missing] == ["2025-09-01"]
    feed.faults = [Refused("X", "gone")]
    (alone,) = await answers(feed, AskMinutes("m", "005930", SPANS[:1]))
    assert isinstance(alone, AskFailed)


def calendar() -> TradingCalendar:
    days = [date(2025, 9, day) for day in (1, 2, 3, 5, 8)]
    hours = dict.fromkeys(days, Hours(time(9), time(15, 30)))
    hours[date(2025, 9, 5)] = Hours(time(10), time(16, 30))
    return TradingCalendar(hours, date(2025, 9, 1), date(2025, 9, 8))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (instant_ns(date(2025, 9, 3), time(6)), date(2025, 9, 3)),
        (instant_ns(date(2025, 9, 3), time(15, 44)), date(2025, 9, 3)),
        (instant_ns(date(2025, 9, 3), time(15, 30)) + AFTER_CLOSE_NS, date(2025, 9, 5)),
        (instant_ns(date(2025, 9, 4), time(10)), date(2025, 9, 5)),
        (instant_ns(date(2025, 9, 6), time(10)), date(2025, 9, 8)),
    ],
    ids=["early", "just after the close", "later", "a holiday", "a Saturday"],
)
def test_the_day_to_run_is_today_until_it_is_over(at: int, day: date) -> None:
    assert day_to_run(at, calendar()) == day


def test_a_trading_day_knows_its_hours_and_those_before_it() -> None:
    day = trading_day(date(2025, 9, 5), calendar(), past=3)
    assert [session.date for session in day.past] == ["2025-09-01", "2025-09-02", "2025-09-03"]
    assert day.session.open_ns - instant_ns(date(2025, 9, 5), time(9)) == 60 * MINUTE_NS
    assert days_back("2025-09-05", 5) == "2025-08-31"


def test_the_day_s_files_are_written_when_something_changed(tmp_path: Path) -> None:
    trip = RoundTrip(
        "t", "005930", "Bio", "s", OPEN_NS, OPEN_NS + MINUTE_NS, 1, 1.0, 2.0, 1, "in", "out", 0, 1,
        1, 1.0, 1.0, 0.0, 1.0, 0.0, (("quality", 80.0),),
    )  # fmt: skip

    class Trading(Toy):
        def trips(self, state: Counted) -> tuple[RoundTrip, ...]:
            return (trip,)

    files = DayFiles(tmp_path, "toy", "2025-09-03")
    files.write(Trading(), Counted(trades=1), OPEN_NS, {})
    first = files.funnel.stat().st_mtime_ns
    files.write(Trading(), Counted(trades=1), OPEN_NS + MINUTE_NS, {})
    assert files.funnel.stat().st_mtime_ns == first
    files.write(Trading(), Counted(trades=2), OPEN_NS + MINUTE_NS, {})
    funnel = json.loads(files.funnel.read_text())
    assert (funnel["trades"], funnel["as_of"]) == (2, "2025-09-03T09:01:00+09:00")
    (shown,) = json.loads(files.trades.read_text())["trades"]
    assert shown["entered_at"] == AT.isoformat(timespec="milliseconds")
    assert shown["facts"] == {"quality": 80.0}
