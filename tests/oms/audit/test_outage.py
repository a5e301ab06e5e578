"""The database away for long, and the shipper killed at its worst moment: nothing lost or twice."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from oms.audit import TrailRefused
from oms.audit.compare import Compared, compare
from oms.journal import Journal
from tests.oms.audit.conftest import Ask, MakeTrail
from tests.oms.audit.line import Line
from tests.oms.audit.story import Story
from tests.oms.audit.test_trail import shipped, until

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[3]
BEFORE = b"COMMIT;\x00"  # what the shipper sends
AFTER = b"COMMIT\x00"  # what the server answers: the batch is there, and the shipper hears nothing
NTH = 4  # the first commit makes the position, each that follows is a batch
ROUND_TRIPS = 420


async def whole(database: str, story: Story) -> Compared:
    found = await compare(database, "vps1", story.journal.path)
    assert found.difference is None
    assert found.waiting == 0
    assert found.journal == found.database
    return found


async def test_11_10_an_hour_of_load_without_a_database_is_drained_exactly_once(
    story: Story, trail: MakeTrail, ask: Ask, database: str
) -> None:
    line = Line(database)
    shipping = trail(url=await line.join())
    story.start()
    story.open_day()
    story.balance("08:20:02", 1_000_000_000)
    story.write()
    task = asyncio.create_task(shipping.run())
    await until(lambda: shipping.lag == 0 and shipping.problem is None)
    there = shipping.shipped_seq
    await line.cut()
    for number in range(ROUND_TRIPS):  # in small commits, as trading makes them
        story.round_trip(f"{number:06}", broker_ids=(f"{number:010}", f"{number + 5000:010}"))
        story.write()
        await asyncio.sleep(0)
    await until(lambda: shipping.problem is not None)
    assert story.journal.last_seq > 10_000
    assert shipping.shipped_seq == there
    assert shipping.lag == story.journal.last_seq - (there or 0)
    await line.join()
    await until(lambda: (shipping.shipped_seq or 0) > (there or 0) + 2_000, within_s=30)
    await line.cut()  # and away once more, in the middle of it
    await until(lambda: shipping.problem is not None)
    await line.join()
    await until(lambda: shipping.lag == 0, within_s=60)
    task.cancel()
    await asyncio.wait([task])
    await line.cut()
    last = story.journal.last_seq
    assert await ask("SELECT count(*), max(seq) FROM oms_events") == [{"count": last, "max": last}]
    assert await ask("SELECT count(*) FROM trades WHERE status = 'CLOSED'") == [
        {"count": ROUND_TRIPS}
    ]
    assert await ask("SELECT * FROM audit_faults") == []
    assert (await whole(database, story)).database.rows == last


async def test_comparing_beside_an_oms_that_writes_and_ships_finds_nothing_wrong(
    story: Story, trail: MakeTrail, database: str
) -> None:
    story.start()
    story.open_day()
    story.write()
    shipping = await shipped(trail(batch=7))
    task = asyncio.create_task(shipping.run())
    waited = 0
    for number in range(40):
        story.round_trip(f"{number:06}", broker_ids=(f"{number:010}", f"{number + 5000:010}"))
        story.write()
        found = await compare(database, "vps1", story.journal.path)
        assert found.difference is None, found.difference
        waited += found.waiting > 0
    assert waited > 0  # it did look while rows were on their way
    await until(lambda: shipping.lag == 0)
    task.cancel()
    await asyncio.wait([task])
    await whole(database, story)


@pytest.mark.parametrize("moment", [BEFORE, AFTER], ids=["before the commit", "after the commit"])
async def test_a_shipper_killed_between_shipping_and_hearing_of_it_ships_nothing_twice(
    story: Story, trail: MakeTrail, ask: Ask, database: str, moment: bytes
) -> None:
    story.whole_day()
    journal = story.write()
    held, released = asyncio.Event(), asyncio.Event()
    seen = 0

    async def look(data: bytes) -> None:
        nonlocal seen
        seen += moment in data
        if seen >= NTH:
            held.set()
            await released.wait()

    line = Line(database, look)
    words = ("-m", "tests.oms.audit.shipper", await line.join(), str(journal.path))
    journal.close()  # one process at a time
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        cwd=ROOT,
        env={"PATH": os.defpath},
        stdout=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(30):
        await held.wait()
    child.kill()
    await child.wait()
    [position] = await ask("SELECT seq FROM audit_position")
    assert 0 < position["seq"] < journal.last_seq
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": position["seq"]}]
    await line.cut()
    released.set()
    after = trail(Journal.open(journal.path))
    first = await after.ship()
    assert after.shipped_seq == position["seq"] + first
    await shipped(after)
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": journal.last_seq}]
    assert await ask("SELECT count(*) FROM executions") == [{"count": 4}]
    await whole(database, story)


async def test_a_journal_that_was_rewritten_is_not_shipped_on(
    story: Story, trail: MakeTrail, tmp_path: Path
) -> None:
    story.whole_day()
    story.write()
    await shipped(trail())
    other = Story(tmp_path / "other.db")
    other.start()
    other.open_day()
    other.balance("08:20:02", 100_000_001)  # the same instants and kinds, another won
    other.round_trip()
    with pytest.raises(TrailRefused, match="another journal of vps1"):
        await trail(other.write()).ship()
