"""Clocks show one time: the world's, a shared scaled day's, or the tape's."""

import asyncio
import time
from datetime import datetime
from pathlib import Path

import pytest

from kis_core.clock import KST, SECOND_NS, ScaledClock, TapeClock, kst, ns, write_anchor
from kis_core.clock import second_of_day as seconds

NINE = datetime(2025, 9, 3, 9, 0, tzinfo=KST)


def test_instants_round_trip_through_nanoseconds() -> None:
    assert kst(ns(NINE)) == NINE
    assert seconds(ns(NINE)) == 9 * 3600
    with pytest.raises(ValueError, match="naive"):
        ns(NINE.replace(tzinfo=None))


def test_a_held_clock_stands_still_and_then_runs_at_its_speed(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    write_anchor(file, ns(NINE), 1000.0, running=False)
    clock, other = ScaledClock(file), ScaledClock(file)
    assert clock.now() == clock.now() == NINE
    write_anchor(file, ns(NINE), 1000.0, running=True)
    began = time.monotonic_ns()
    time.sleep(0.02)
    first, second = clock.now_ns(), other.now_ns()
    most = (time.monotonic_ns() - began + 20_000_000) * 1000
    assert ns(NINE) + 20 * SECOND_NS <= first <= second <= ns(NINE) + most


@pytest.mark.anyio
async def test_sleepers_of_a_held_clock_wait_for_it(tmp_path: Path) -> None:
    file = tmp_path / "clock.json"
    write_anchor(file, ns(NINE), 1000.0, running=False)
    clock = ScaledClock(file)
    sleeper = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0.02)
    assert not sleeper.done()
    write_anchor(file, ns(NINE), 1000.0, running=True)
    await asyncio.wait_for(sleeper, 5)
    assert clock.now_ns() >= ns(NINE) + 10 * SECOND_NS


@pytest.mark.anyio
async def test_a_tape_clock_moves_only_when_told_and_never_back() -> None:
    clock = TapeClock(ns(NINE))
    sleeper = asyncio.create_task(clock.sleep(60))
    await asyncio.sleep(0)
    await clock.move_to(ns(NINE) + 59 * SECOND_NS)
    assert not sleeper.done()
    await clock.move_to(ns(NINE) + 60 * SECOND_NS)
    await asyncio.wait_for(sleeper, 5)
    await clock.move_to(ns(NINE))
    assert clock.now_ns() == ns(NINE) + 60 * SECOND_NS
