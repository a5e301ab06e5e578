"""Two OMS on one database do not see or hinder one another; of one name there is only one."""

import asyncio
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from kis_core.environment import Environment
from oms.audit import TrailRefused
from oms.audit.compare import compare
from oms.audit.restore import restore
from oms.journal import Journal
from oms.running import running
from tests.oms.audit.conftest import Ask, MakeTrail
from tests.oms.audit.story import PROFIT_KRW, Story
from tests.oms.audit.test_restore import folded, records
from tests.oms.audit.test_trail import content, shipped, until
from tests.oms.stories import House

pytestmark = pytest.mark.anyio

PAPER = {"oms_id": "vps2", "environment": Environment.PAPER}


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Story]:
    """The same day under another name: the same order numbers, intents and broker's numbers."""
    told = Story(tmp_path / "vps2.db", "vps2")
    told.start(environment="paper")
    told.open_day()
    told.balance("08:20:02", 5_000_000)
    told.round_trip()
    told.intend("14:50:00", "ENTER", "000660", 7, 70_000)
    yield told
    told.journal.close()


async def test_the_same_numbers_and_intents_of_two_oms_do_not_meet(
    story: Story, other: Story, trail: MakeTrail, ask: Ask, database: str, tmp_path: Path
) -> None:
    story.whole_day()
    story.write()
    other.write()
    one, two = trail(batch=3), trail(other.journal, batch=4, **PAPER)
    tasks = [asyncio.create_task(each.run()) for each in (one, two)]  # side by side
    await until(lambda: one.lag == 0 and two.lag == 0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert await ask("SELECT count(*), count(DISTINCT order_id) AS ids FROM orders") == [
        {"count": 5, "ids": 3}
    ]
    assert await ask("SELECT count(*), count(DISTINCT intent_id) AS ids FROM intents") == [
        {"count": 5, "ids": 3}
    ]
    for oms_id, told in (("vps1", story), ("vps2", other)):
        found = await compare(database, oms_id, told.journal.path)
        assert (found.difference, found.waiting) == (None, 0)
        path = tmp_path / f"{oms_id}_restored.db"
        assert await restore(database, oms_id, path) == told.journal.last_seq
        again = Journal.open(path)
        assert records(again) == records(told.journal)
        assert folded(again).oms_id == oms_id
        again.close()
    await ask("SELECT set_config('kst.now', '2025-03-14 15:00', false)")
    assert await ask("SELECT oms_id, environment, order_id FROM v_working_orders") == [
        {"oms_id": "vps2", "environment": "paper", "order_id": "20250314-0003"}
    ]
    assert await ask("SELECT oms_id, realised_pnl_krw FROM v_recent_trades ORDER BY 1") == [
        {"oms_id": "vps1", "realised_pnl_krw": PROFIT_KRW},
        {"oms_id": "vps2", "realised_pnl_krw": PROFIT_KRW},
    ]


@pytest.mark.parametrize("trouble", ["its position is locked", "its table row is", "it is refused"])
async def test_one_that_cannot_ship_does_not_hinder_the_other(
    story: Story, other: Story, trail: MakeTrail, database: str, tmp_path: Path, trouble: str
) -> None:
    story.whole_day()
    story.write()
    other.write()
    await trail().ship()
    await trail(other.journal, batch=4, **PAPER).ship()
    held = await asyncpg.connect(database)
    async with held.transaction():
        one, fresh = trail(), None
        if trouble == "its position is locked":
            await held.execute("SELECT 1 FROM audit_position WHERE oms_id = 'vps1' FOR UPDATE")
        elif trouble == "its table row is":
            await held.execute("SELECT 1 FROM oms_state WHERE oms_id = 'vps1' FOR UPDATE")
        else:
            fresh = Story(tmp_path / "lost.db")
            fresh.start("08:00:00")
            one = trail(fresh.write())
        story.balance("15:35:00", 99_000_000)
        story.write()
        task = asyncio.create_task(one.run())
        two = trail(other.journal, batch=4, **PAPER)
        await shipped(two)
        assert two.lag == 0
        assert one.lag != 0
        task.cancel()
        await asyncio.wait([task])
    await held.close()
    if fresh:
        fresh.journal.close()
    assert (await compare(database, "vps2", other.journal.path)).difference is None


# Two of one name


@pytest.mark.parametrize("journal", ["new", "older", "another"])
async def test_an_oms_whose_copy_knows_more_or_other_rows_does_not_start(
    story: Story, trail: MakeTrail, ask: Ask, tmp_path: Path, journal: str
) -> None:
    story.start()
    story.open_day()
    story.write()
    older = tmp_path / "older.db"
    shutil.copy(story.journal.path, older)
    shutil.copy(f"{story.journal.path}-wal", f"{older}-wal")
    story.balance("08:20:02", 100_000_000)
    story.round_trip()
    story.write()
    await shipped(trail())
    before = await content(ask)
    place = older if journal == "older" else tmp_path / "other.db"
    told = Story(place)
    if journal == "another":
        told.start()
        told.open_day()
        told.balance("08:20:02", 100_000_001)  # the same instants and kinds, another won
        told.round_trip()
        told.balance("15:35:00", 1)
        told.write()
    wrong = trail(told.journal)
    said = "holds 37 rows of another journal of vps1.*no other OMS runs as vps1.*kst oms restore"
    with pytest.raises(TrailRefused, match=said):
        await wrong.agree(2.0)
    assert await content(ask) == before
    await trail().agree(2.0)
    told.journal.close()


async def test_a_database_that_does_not_answer_is_not_waited_for(
    story: Story, trail: MakeTrail
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, says nothing
        port = silent.getsockname()[1]
        waiting = trail(url=f"postgresql://postgres:x@127.0.0.1:{port}/trading")
        began = time.monotonic()
        await waiting.agree(0.2)
        assert time.monotonic() - began < 1
    assert "no answer within 0.2 s" in (waiting.problem or "")
    assert not waiting.refused


async def test_of_two_that_run_on_copies_of_one_journal_the_second_is_refused_and_says_so(
    house: House, trail: MakeTrail, story: Story, ask: Ask, tmp_path: Path, database: str
) -> None:
    story.start()
    story.open_day()
    story.write()
    copy = tmp_path / "copy.db"
    shutil.copy(story.journal.path, copy)
    shutil.copy(f"{story.journal.path}-wal", f"{copy}-wal")
    twin = Story(copy)
    ours = await shipped(trail())
    theirs = trail(twin.journal)
    await theirs.agree(2.0)  # as far as it goes it is the same
    story.balance("08:20:02", 100_000_000)
    twin.balance("08:20:02", 100_000_001)
    story.write()
    twin.write()
    await ours.ship()
    async with AsyncExitStack() as stack:
        task = asyncio.create_task(theirs.run())
        desk = await stack.enter_async_context(running(replace(house.parts(), trail=theirs)))
        await until(lambda: theirs.refused and "kst oms restore" in (theirs.problem or ""))
        await until(lambda: desk.health.serving)
        health = desk.health.view()
        assert health.status == "degraded"
        assert any("audit trail refused" in problem for problem in health.problems)
        assert any("kst oms restore" in problem for problem in health.problems)
        assert desk.health.unready() is None  # what it holds is still protected
        task.cancel()
        await asyncio.wait([task])
    story.round_trip()
    story.write()
    await shipped(ours)
    assert (await compare(database, "vps1", story.journal.path)).difference is None
    assert await ask("SELECT equity_krw FROM oms_state") == [{"equity_krw": 100_000_000}]
    twin.journal.close()
