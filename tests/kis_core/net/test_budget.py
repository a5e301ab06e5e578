"""Calls per second are counted for all processes of a key, and the higher lanes find room."""

import asyncio
import multiprocessing
import os
import struct
from collections import deque
from pathlib import Path

import pytest

from kis_core.clock import SECOND_NS, Clock, ScaledClock, TapeClock, write_anchor
from kis_core.environment import Dialect
from kis_core.net.budget import CAPS, WINDOW_NS, RateBudget
from kis_core.wire.request import Lane
from tests.kis_core.net.desk import house_of

pytestmark = pytest.mark.anyio

START_NS = 1_762_909_200_000_000_000


def budget_at(tmp_path: Path, clock: Clock, dialect: Dialect = "real") -> RateBudget:
    return house_of("http://127.0.0.1:1", clock, tmp_path, dialect).budget()


async def takes(budget: RateBudget, lane: Lane, times: int) -> int:
    """Take as often as it goes at once; return how often that was."""
    for taken in range(times):
        try:
            await asyncio.wait_for(budget.take(lane), 0.02)
        except TimeoutError:
            return taken
    return times


@pytest.mark.parametrize("lane", list(Lane))
async def test_a_lane_may_use_its_share_and_no_more(tmp_path: Path, lane: Lane) -> None:
    budget = budget_at(tmp_path, TapeClock(START_NS))
    assert await takes(budget, lane, 30) == CAPS["real"][lane]


async def test_quotes_never_take_the_room_of_orders(tmp_path: Path) -> None:
    budget = budget_at(tmp_path, TapeClock(START_NS))
    assert await takes(budget, Lane.QUOTE, 30) == 12
    assert await takes(budget, Lane.ACCOUNT, 30) == 3
    assert await takes(budget, Lane.CANCEL, 30) == 2
    assert await takes(budget, Lane.ORDER, 30) == 1


async def test_room_comes_back_when_a_second_has_passed(tmp_path: Path) -> None:
    clock = TapeClock(START_NS)
    budget = budget_at(tmp_path, clock)
    assert await takes(budget, Lane.ORDER, 30) == 18
    await clock.move_to(START_NS + SECOND_NS)
    assert await takes(budget, Lane.ORDER, 1) == 0  # a little more than a second
    await clock.move_to(START_NS + 2 * SECOND_NS)
    assert await takes(budget, Lane.ORDER, 30) == 18


async def test_paper_makes_one_call_a_second(tmp_path: Path) -> None:
    clock = TapeClock(START_NS)
    budget = budget_at(tmp_path, clock, "paper")
    assert await takes(budget, Lane.QUOTE, 3) == 1
    assert await takes(budget, Lane.ORDER, 3) == 0


async def test_11_11_a_lower_lane_stands_back_while_a_higher_one_waits(tmp_path: Path) -> None:
    clock = TapeClock(START_NS)
    budgets = [budget_at(tmp_path, clock, "paper") for _ in range(2)]  # as two processes
    await budgets[0].take(Lane.QUOTE)
    left: deque[Lane] = deque()

    async def call(budget: RateBudget, lane: Lane) -> None:
        await budget.take(lane)
        left.append(lane)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(call(budgets[0], Lane.QUOTE))
        await asyncio.sleep(0)
        tasks.create_task(call(budgets[1], Lane.ORDER))
        for tenth in range(1, 60):
            await clock.move_to(START_NS + tenth * SECOND_NS // 10)
            await asyncio.sleep(0.001)
    assert list(left) == [Lane.ORDER, Lane.QUOTE]


async def test_nobody_calls_for_a_second_after_the_broker_said_too_many(tmp_path: Path) -> None:
    clock = TapeClock(START_NS)
    ours, theirs = (budget_at(tmp_path, clock) for _ in range(2))
    theirs.exhausted()
    assert await takes(ours, Lane.ORDER, 1) == 0
    await clock.move_to(START_NS + SECOND_NS)
    assert await takes(ours, Lane.ORDER, 1) == 1


async def test_marks_of_another_days_run_are_not_waited_for(tmp_path: Path) -> None:
    tomorrow = budget_at(tmp_path, TapeClock(START_NS + 86_400 * SECOND_NS))
    await takes(tomorrow, Lane.ORDER, 18)
    tomorrow.exhausted()
    today = budget_at(tmp_path, TapeClock(START_NS))
    assert await takes(today, Lane.ORDER, 30) == 18


async def test_a_file_of_rubbish_heals_by_itself(tmp_path: Path) -> None:
    budget_at(tmp_path, TapeClock(START_NS)).close()
    (file,) = (tmp_path / "budget").iterdir()
    file.write_bytes(os.urandom(7) + struct.pack("<q", 2**62) * 40)
    clock = TapeClock(START_NS)
    budget = budget_at(tmp_path, clock)
    await clock.move_to(START_NS + 3 * SECOND_NS)
    assert await takes(budget, Lane.ORDER, 30) == 18


def call_often(folder: Path, times: int) -> None:
    """One process: take, so many times."""
    budget = budget_at(folder, ScaledClock(folder / "clock.json"))

    async def run() -> None:
        for _ in range(times):
            await budget.take(Lane.QUOTE)

    asyncio.run(run())


def test_11_11_three_processes_together_stay_under_the_limit(tmp_path: Path) -> None:
    # Ten times as fast as the world: 30 calls of 12 a second are two seconds, or 0.2 s here.
    write_anchor(tmp_path / "clock.json", START_NS, 10.0, running=True)
    context = multiprocessing.get_context("forkserver")
    processes = [context.Process(target=call_often, args=(tmp_path, 10)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    (file,) = (tmp_path / "budget").iterdir()
    _, _, _, _, _, *stamps = struct.unpack("<q4q32q", file.read_bytes())
    left = sorted(stamp for stamp in stamps if stamp)
    assert len(left) == 30
    cap = CAPS["real"][Lane.QUOTE]
    spans = [later - earlier for earlier, later in zip(left, left[cap:], strict=False)]
    assert min(spans) >= WINDOW_NS
