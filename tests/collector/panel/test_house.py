"""Work of the collector itself: at once where it is short, by itself where it is long."""

import asyncio
from typing import Any

import pytest

from collector.panel.house import House
from collector.panel.parts import Answer, same

pytestmark = pytest.mark.anyio
FILLED = Answer(True, same("3 candles were filled."))


async def short() -> Answer:
    return FILLED


async def test_a_short_work_is_answered_at_once_and_written_down(log: Any) -> None:
    house = House({"backfill": short}, log)
    assert [act.name for act in house.acts()] == ["backfill"]
    assert await house.perform("backfill", "kim") == FILLED
    said = {"act": "backfill", "by": "kim", "done": True, "said": "3 candles were filled."}
    assert log.lines == [("PANEL_WORK", said)]
    assert house.acts()[0].why_not is None


async def test_a_long_work_goes_on_by_itself_and_once_at_a_time(log: Any, until: Any) -> None:
    may_end = asyncio.Event()

    async def long() -> Answer:
        await may_end.wait()
        return FILLED

    house = House({"compact": long}, log, patience_s=0.01)
    begun = await house.perform("compact", "kim")
    assert (begun.done, begun.said.en) == (True, "It has begun.")
    busy = house.acts()[0].why_not
    assert busy is not None
    assert busy.en.startswith("It is being done")
    may_end.set()
    await until(lambda: house.acts()[0].why_not is None)
    assert [event for event, _ in log.lines] == ["PANEL_WORK"]


async def test_a_work_that_fails_is_an_answer_in_words(log: Any) -> None:
    async def broken() -> Answer:
        raise OSError("no space left on device")

    answer = await House({"compact": broken}, log).perform("compact", "kim")
    assert not answer.done
    assert answer.said.en == "It could not be done: OSError: no space left on device"
    assert log.lines[0][1]["done"] is False


async def test_what_is_under_way_is_given_up_at_the_end(log: Any) -> None:
    ended: list[str] = []

    async def endless() -> Answer:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("here")
        return FILLED

    house = House({"compact": endless}, log, patience_s=0.01)
    await house.perform("compact", "kim")
    await house.close()
    assert ended == ["here"]
    assert log.lines == []
