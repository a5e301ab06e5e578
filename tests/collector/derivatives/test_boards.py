"""What becomes of a minute of a board: told, tried again, left alone, or lost with its reason."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pytest

from collector.derivatives.boards import CALL_EVERY_NS, BoardPolls, Capture, verdict
from collector.derivatives.coverage import Coverage
from collector.derivatives.expiries import BoardKey
from kis_core.clock import SECOND_NS, kst
from kis_core.errors import (
    KisError,
    NotOffered,
    RateLimited,
    Refused,
    ReplyError,
    UnknownSymbol,
    Unreachable,
)
from kis_core.market.events import Gap
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.wire.derivatives.derivative_quote_requests import Board
from kis_core.wire.derivatives.derivative_quotes import OptionBoard
from tests.collector.derivatives import real_board

pytestmark = pytest.mark.anyio
NINE = instant_ns(date(2025, 6, 5), time(9))
KEYS = [
    BoardKey(date(2025, 6, 12), "", "202506"),
    BoardKey(date(2025, 7, 10), "", "202507"),
]
EMPTY = OptionBoard("202506", (), (), is_cut=False)


class StepClock:
    """A clock on which nothing takes time but what says so: whoever sleeps is there at once."""

    def __init__(self, at_ns: int) -> None:
        self.at_ns = at_ns

    def now_ns(self) -> int:
        return self.at_ns

    def now(self) -> datetime:
        return kst(self.at_ns)

    async def sleep(self, seconds: float) -> None:
        self.at_ns += int(seconds * SECOND_NS)

    async def sleep_until(self, at_ns: int) -> None:
        self.at_ns = max(self.at_ns, at_ns)


@dataclass
class Desk:
    """Answers as written down, then with `usual`; an answer takes a tenth of a second."""

    clock: StepClock
    usual: OptionBoard
    answers: list[OptionBoard | KisError] = field(default_factory=list)
    asked: list[tuple[int, str]] = field(default_factory=list)

    async def option_board(self, maturity: str, board: Board = "") -> OptionBoard:
        self.asked.append((self.clock.at_ns, maturity))
        self.clock.at_ns += SECOND_NS // 10
        answer = self.answers.pop(0) if self.answers else self.usual
        if isinstance(answer, KisError):
            raise answer
        return answer


@dataclass
class Polling:
    """A poller, and everything it said."""

    clock: StepClock
    desk: Desk
    polls: BoardPolls
    coverage: Coverage
    taken: list[Capture]
    lost: list[Gap]


@pytest.fixture
def polling(kst_data: Any, log: Any) -> Polling:
    clock = StepClock(NINE)
    desk = Desk(clock, real_board.board(kst_data, "202506"))
    taken: list[Capture] = []
    lost: list[Gap] = []
    polls = BoardPolls(desk, clock, taken.append, lost.append, log)
    return Polling(clock, desk, polls, Coverage(NINE, NINE + 10 * MINUTE_NS), taken, lost)


async def test_each_board_is_captured_once_a_minute_a_call_a_second(polling: Polling) -> None:
    await polling.polls.minute(KEYS, polling.coverage)
    await polling.polls.minute(KEYS, polling.coverage)  # the same minute again: nothing left
    assert [maturity for _, maturity in polling.desk.asked] == ["202506", "202507"]
    (first, _), (second, _) = polling.desk.asked
    assert second - first >= CALL_EVERY_NS > SECOND_NS
    assert [capture.key for capture in polling.taken] == KEYS
    assert polling.taken[0].received_ns == NINE + SECOND_NS // 10
    assert polling.lost == []


async def test_errors_are_tried_again_within_the_minute_and_nothing_is_done_before(
    polling: Polling,
) -> None:
    polling.desk.answers = [
        Unreachable("no route"),
        ReplyError("not JSON", "<html>"),
        RateLimited("EGW00201", "too many", retry_after_s=7.0),
    ]
    await polling.polls.minute(KEYS[:1], polling.coverage)
    times = [at_ns for at_ns, _ in polling.desk.asked]
    assert len(times) == 4
    assert times[3] - times[2] >= 7 * SECOND_NS
    assert [capture.key for capture in polling.taken] == KEYS[:1]
    assert (polling.polls.captured, polling.polls.failed) == (1, 3)
    assert polling.lost == []


async def test_a_minute_that_failed_to_its_end_is_a_gap_once_the_next_one_is_told(
    polling: Polling,
) -> None:
    polling.desk.answers = [Unreachable("no route")] * 40
    await polling.polls.minute(KEYS[:1], polling.coverage)
    assert NINE + MINUTE_NS <= polling.clock.at_ns < NINE + MINUTE_NS + 3 * SECOND_NS
    assert 20 < len(polling.desk.asked) < 40  # as often as the minute lasts, no more
    assert polling.taken == []
    polling.desk.answers = []
    await polling.polls.minute(KEYS[:1], polling.coverage)
    assert polling.lost == [Gap("202506_kospi200", NINE, NINE + MINUTE_NS, "Unreachable: no route")]
    assert len(polling.taken) == 1


async def test_an_empty_board_is_no_news_and_not_asked_for_again(
    polling: Polling, log: Any
) -> None:
    polling.desk.answers = [EMPTY]
    await polling.polls.minute(KEYS, polling.coverage)
    assert [maturity for _, maturity in polling.desk.asked] == ["202506", "202507"]
    assert [capture.key for capture in polling.taken] == KEYS[1:]
    polling.clock.at_ns = NINE + MINUTE_NS
    polling.desk.answers = [EMPTY]
    await polling.polls.minute(KEYS[:1], polling.coverage)
    assert [event for event, _ in log.lines] == ["BOARD_EMPTY"]  # said once
    assert polling.lost == []


async def test_what_is_never_offered_is_not_asked_for_again(polling: Polling) -> None:
    polling.desk.answers = [NotOffered("EGW02006", "not on paper")]
    await polling.polls.minute(KEYS, polling.coverage)
    asked = len(polling.desk.asked)
    await polling.polls.minute(KEYS, polling.coverage)
    assert (polling.polls.refused, len(polling.desk.asked), polling.taken) == (True, asked, [])


async def test_more_boards_than_a_minute_holds_leave_gaps_that_say_so(polling: Polling) -> None:
    many = [BoardKey(date(2025, 6, 12), "", f"20{n:02d}06") for n in range(70)]
    for n in range(2):
        polling.clock.at_ns = NINE + n * MINUTE_NS
        await polling.polls.minute(many, polling.coverage)
    polling.clock.at_ns = NINE + 2 * MINUTE_NS
    await polling.polls.minute(many[60:], polling.coverage)
    assert {gap.symbol for gap in polling.lost} == {key.name for key in many[60:]}
    assert {(gap.from_ns, gap.to_ns) for gap in polling.lost} == {(NINE, NINE + 2 * MINUTE_NS)}
    assert {gap.reason for gap in polling.lost} == {"not asked in time"}


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (RateLimited("EGW00201", "", retry_after_s=1.0), "rate limited"),
        (NotOffered("EGW02006", ""), "never"),
        (UnknownSymbol("202506"), "no news"),
        (Refused("OPSQ2001", "input"), "error"),
        (ReplyError("rows", "{}"), "error"),
        (Unreachable("no route"), "error"),
    ],
)
def test_what_came_instead_of_a_board_is_told_apart(error: KisError, word: str) -> None:
    assert verdict(error) == word
