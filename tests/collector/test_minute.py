"""The work list of each minute: what answers mean, what is asked again, and that none is lost."""

import asyncio
from collections import Counter
from datetime import date, time
from typing import Any

import pytest

from collector.candles import Window
from collector.journal import Entry, FromRest, GapFilled, GapNoted
from collector.ledger import ANSWER_DELAY_NS, MinuteLedger, Pace
from collector.minute import Minutes, Outcome, Sweep, outcome_of, sweep_forever
from kis_core.clock import SECOND_NS, TapeClock
from kis_core.errors import KisError, RateLimited, Refused, Unreachable
from kis_core.market.events import Bar, Gap
from kis_core.market.instants import MINUTE_NS, instant_ns

OPEN = instant_ns(date(2025, 6, 2), time(9))
WINDOW = Window(OPEN, OPEN + 30 * MINUTE_NS)


def bar(symbol: str, minute: int) -> Bar:
    return Bar(symbol, "KRX", OPEN + minute * MINUTE_NS, 100, 110, 90, 105, 10)


@pytest.mark.parametrize(
    ("answer", "market_traded", "outcome"),
    [
        (Minutes((bar("A", 0),), traded=True), False, "bars"),
        (Minutes((), traded=True), True, "no_new_bar"),
        (Minutes((), traded=False), True, "no_new_bar"),
        (Minutes((), traded=False), False, "closed"),
    ],
    ids=["bars", "nothing since", "not traded today while others are", "nothing of today anywhere"],
)
def test_an_answer_without_bars_is_quiet_or_a_closed_market(
    answer: Minutes, market_traded: bool, outcome: Outcome
) -> None:
    assert outcome_of(answer, market_traded, symbol_traded=False) == outcome


def test_nothing_of_a_symbol_that_traded_is_no_answer() -> None:
    empty = Minutes((), traded=False)
    assert outcome_of(empty, market_traded=True, symbol_traded=True) == "error"
    assert outcome_of(Minutes((), traded=True), True, symbol_traded=True) == "no_new_bar"


class Kis:
    """Answers from a market that trades every minute, or as it is told to."""

    def __init__(self, clock: TapeClock) -> None:
        self.clock = clock
        self.trouble: dict[str, list[KisError]] = {}
        self.closed = False
        self.takes_ns = 0  # how long an answer is on its way
        self.asked: list[tuple[str, int]] = []

    async def minutes(self, symbol: str, from_ns: int, until_ns: int) -> Minutes:
        self.asked.append((symbol, (self.clock.now_ns() - OPEN) // MINUTE_NS))
        if self.takes_ns:
            await self.clock.move_to(self.clock.now_ns() + self.takes_ns)
        if self.trouble.get(symbol):
            raise self.trouble[symbol].pop(0)
        if self.closed:
            return Minutes((), traded=False)
        over = min(self.clock.now_ns(), until_ns) // MINUTE_NS * MINUTE_NS
        starts = range(from_ns, over, MINUTE_NS)
        bars = tuple(bar(symbol, (at_ns - OPEN) // MINUTE_NS) for at_ns in starts)
        return Minutes(bars, traded=bool(bars))


class Desk:
    """A sweep with its ledger, on a clock that a test moves."""

    def __init__(self, symbols: str, log: Any) -> None:
        self.clock = TapeClock(OPEN)
        self.kis = Kis(self.clock)
        self.ledger = MinuteLedger(WINDOW, tuple(symbols), Pace(1, 2))
        self.sweep = Sweep(self.kis, self.clock, 1, self.record, log)
        self.recorded: list[Entry] = []

    def record(self, found: list[Entry]) -> None:
        self.recorded += found
        for entry in found:
            self.ledger.apply(entry)

    async def round_at(self, minute: int, seconds: float = 5) -> bool:
        await self.clock.move_to(OPEN + minute * MINUTE_NS + int(seconds * SECOND_NS))
        return await self.sweep.round((self.ledger,), ())


pytestmark = pytest.mark.anyio


@pytest.fixture
def desk(log: Any) -> Desk:
    return Desk("ABC", log)


async def test_each_minute_is_asked_for_once_it_is_over(desk: Desk) -> None:
    assert await desk.round_at(0, 59)
    assert await desk.round_at(1, 4.9)
    assert desk.kis.asked == []
    for minute in range(1, 4):
        assert await desk.round_at(minute)
    assert desk.kis.asked == [(symbol, minute) for minute in range(1, 4) for symbol in "ABC"]
    assert desk.ledger.candles == 9
    assert desk.sweep.outcomes == {"bars": 9}


async def test_one_symbol_in_trouble_keeps_nobody_waiting_and_is_asked_again(desk: Desk) -> None:
    desk.kis.trouble = {"A": [Unreachable("cut"), RateLimited("EGW00201", "too many", 0.0)]}
    assert not await desk.round_at(1)
    assert desk.ledger.candles == 2
    assert desk.sweep.waiting == 1
    assert not await desk.round_at(1, 6)
    assert await desk.round_at(1, 7)
    assert desk.kis.asked == [("A", 1), ("B", 1), ("C", 1), ("A", 1), ("A", 1)]
    assert desk.sweep.outcomes == Counter(error=1, rate_limited=1, bars=3)
    assert desk.ledger.candles == 3


async def test_what_the_broker_refuses_is_not_asked_twice_in_a_minute(desk: Desk) -> None:
    desk.kis.trouble = {"B": [Refused("OPSQ0000", "no such symbol")] * 2}
    assert await desk.round_at(1)
    assert await desk.round_at(1, 30)
    assert desk.kis.asked == [("A", 1), ("B", 1), ("C", 1)]
    assert await desk.round_at(2)
    assert ("B", 2) in desk.kis.asked
    assert desk.ledger.work(desk.clock.now_ns(), ())[0].symbol == "B"  # never done before success


async def test_a_broker_that_answers_nobody_is_not_asked_for_everybody(log: Any) -> None:
    desk = Desk("ABCDEFGH", log)
    desk.kis.trouble = {symbol: [Unreachable("cut")] for symbol in "ABCDEFGH"}
    assert not await desk.round_at(1)
    assert len(desk.kis.asked) == 3
    assert desk.ledger.work(desk.clock.now_ns(), ())[0].symbol == "A"


async def test_a_closed_market_settles_nothing_and_is_asked_in_the_next_minute(desk: Desk) -> None:
    desk.kis.closed = True
    assert await desk.round_at(1)
    assert await desk.round_at(1, 30)
    assert len(desk.kis.asked) == 3
    assert desk.recorded == []
    desk.kis.closed = False
    assert await desk.round_at(2)
    assert desk.ledger.candles == 6
    assert desk.sweep.outcomes == {"closed": 3, "bars": 3}


async def test_a_round_that_takes_minutes_leaves_no_minute_out(log: Any) -> None:
    desk = Desk("ABC", log)
    desk.kis.takes_ns = 40 * SECOND_NS  # three symbols take two minutes
    await desk.clock.move_to(OPEN + MINUTE_NS + ANSWER_DELAY_NS)
    task = asyncio.create_task(
        sweep_forever(desk.sweep, desk.clock, lambda: (desk.ledger,), lambda: ())
    )
    async with asyncio.timeout(10):
        while not desk.ledger.complete:
            await asyncio.sleep(0)
            if desk.sweep.waiting == 0:
                await desk.clock.move_to(desk.clock.now_ns() + SECOND_NS)
    task.cancel()
    assert desk.ledger.candles == 3 * WINDOW.count
    asked = {symbol: [m for s, m in desk.kis.asked if s == symbol] for symbol in "ABC"}
    assert all(len(minutes) < WINDOW.count for minutes in asked.values())
    settled = [e for e in desk.recorded if isinstance(e, FromRest) and not e.final]
    for symbol in "ABC":
        starts = [b.start_ns for e in settled if e.symbol == symbol for b in e.bars]
        assert starts == sorted(set(starts))


async def test_a_gap_that_closes_behind_its_last_minute_is_told_as_filled(desk: Desk) -> None:
    gap = Gap(None, OPEN + 10 * SECOND_NS, OPEN + 40 * SECOND_NS, "restart")
    assert await desk.round_at(1)
    desk.record([GapNoted(gap.to_ns or 0, gap)])
    assert desk.ledger.unfilled == 1
    assert await desk.round_at(1, 20)
    assert [entry.gap for entry in desk.recorded if isinstance(entry, GapFilled)] == [gap]
    assert desk.ledger.unfilled == 0
