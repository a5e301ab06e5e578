"""The trail into a real database: in order, exactly once, whatever breaks on the way."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import asyncpg
import pytest

from kis_core.environment import Environment
from oms.audit import AuditTrail, TrailRefused, whole_turns
from oms.core import records as r
from tests.oms.audit.conftest import Ask, MakeTrail
from tests.oms.audit.line import Line
from tests.oms.audit.story import PROFIT_KRW, Story

pytestmark = pytest.mark.anyio

STANDING = (
    "orders",
    "order_parents",
    "positions",
    "allocations",
    "trades",
    "trade_marks",
    "risk_daily_portfolio",
    "risk_daily_strategy",
    "strategy_state",
    "oms_state",
)


async def shipped(trail: AuditTrail) -> AuditTrail:
    while await trail.ship():
        pass
    return trail


async def content(ask: Ask, oms_id: str = "vps1") -> dict[str, list[dict[str, object]]]:
    """Everything the trail wrote for one OMS, table by table, without its name."""
    tables = (*STANDING, "oms_events", "intents", "order_events", "executions", "recon_log")
    found = {}
    for table in tables:
        rows = await ask(f"SELECT * FROM {table} t WHERE oms_id = $1 ORDER BY t::text", oms_id)
        found[table] = [row | {"oms_id": ""} for row in rows]
    return found


async def until(true: Callable[[], bool | Awaitable[bool]], within_s: float = 10.0) -> None:
    """Wait for something that another task does."""
    async with asyncio.timeout(within_s):
        while True:
            answer = true()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.01)


async def test_the_journal_arrives_whole_and_says_how_far(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.whole_day()
    journal = story.write()
    shipping = trail()
    assert (shipping.shipped_seq, shipping.lag) == (None, None)
    await shipped(shipping)
    assert (shipping.shipped_seq, shipping.lag) == (journal.last_seq, 0)
    rows = await ask("SELECT seq, turn, at_ns, direction, kind FROM oms_events ORDER BY seq")
    assert [tuple(row.values()) for row in rows] == [
        (row.seq, row.turn, row.at_ns, row.direction, row.kind) for row in journal.rows()
    ]
    assert await ask("SELECT seq, environment FROM audit_position") == [
        {"seq": journal.last_seq, "environment": "sim"}
    ]
    assert await ask("SELECT * FROM audit_faults") == []


async def test_payloads_read_back_as_the_records_they_were(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.whole_day()
    journal = story.write()
    await shipped(trail())
    kept = await ask("SELECT payload::text FROM oms_events WHERE direction = 'out' ORDER BY seq")
    outputs = [row.output for row in journal.rows(direction="out")]
    assert [r.decode_output(row["payload"]) for row in kept] == outputs


@pytest.mark.parametrize("batch", [1, 7, 500])
async def test_the_size_of_batches_and_restarts_between_them_change_nothing(
    story: Story, trail: MakeTrail, ask: Ask, batch: int, tmp_path: Path
) -> None:
    twin = Story(tmp_path / "twin.db", "twin")
    for one in (story, twin):
        one.whole_day()
        one.write()
    await shipped(trail(twin.journal, oms_id="twin"))
    while await trail(batch=batch).ship():  # every batch by a trail that knows nothing
        pass
    ours, theirs = await content(ask), await content(ask, "twin")
    for one in (ours, theirs):
        own = dict.fromkeys(("payload", "payload_text", "prev_hash", "hash"), "")
        one["oms_events"] = [row | own for row in one["oms_events"]]
    assert ours == theirs


async def test_shipping_again_from_the_start_adds_nothing(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.whole_day()
    story.write()
    await shipped(trail())
    before = await content(ask)
    assert await trail().ship() == 0
    assert await content(ask) == before


async def test_a_turn_is_never_cut_in_two(story: Story) -> None:
    story.whole_day()
    journal = story.write()
    for limit in range(1, 12):
        after, turns = 0, []
        while rows := whole_turns(journal, after, limit):
            turns.append({row.turn for row in rows})
            after = rows[-1].seq
        assert after == journal.last_seq
        assert all(not (one & other) for one, other in pairwise(turns))


async def test_nothing_is_lost_while_the_database_is_away(
    story: Story, trail: MakeTrail, ask: Ask, database: str
) -> None:
    line = Line(database)
    shipping = trail(url=await line.join())
    story.start()
    journal = story.write()
    task = asyncio.create_task(shipping.run())
    await until(lambda: shipping.lag == 0 and shipping.problem is None)
    await line.cut()
    story.open_day()
    story.balance("08:20:02", 100_000_000)
    story.round_trip()
    story.write()
    await until(lambda: shipping.problem is not None)
    assert shipping.lag == journal.last_seq - (shipping.shipped_seq or 0) > 0
    await line.join()
    await until(lambda: shipping.lag == 0)
    task.cancel()
    await asyncio.wait([task])
    await line.cut()
    [trade] = await ask("SELECT realised_pnl_krw FROM trades")
    assert trade["realised_pnl_krw"] == PROFIT_KRW
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": journal.last_seq}]


async def test_a_connection_lost_inside_a_transaction_leaves_nothing_of_it(
    story: Story, trail: MakeTrail, ask: Ask, database: str
) -> None:
    story.whole_day()
    journal = story.write()
    line = Line(database)
    shipping = trail(url=await line.join())
    async with locked(database, "trades"):
        task = asyncio.create_task(shipping.ship())
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'trades'::regclass"
        await until(lambda: has_rows(ask, waiting))  # events are written, trades wait
        await line.cut()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await task
    assert await ask("SELECT 1 FROM oms_events") == []
    await shipped(trail())
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": journal.last_seq}]


async def has_rows(ask: Ask, question: str) -> bool:
    return bool(await ask(question))


@asynccontextmanager
async def locked(database: str, table: str) -> AsyncIterator[None]:
    connection = await asyncpg.connect(database)
    async with connection.transaction():
        await connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    await connection.close()


async def test_a_database_without_a_schema_or_a_server_only_delays(
    story: Story, trail: MakeTrail, empty_database: str
) -> None:
    story.start()
    story.write()
    for url, why in (
        (empty_database, "audit_position"),
        ("postgresql://postgres:x@127.0.0.1:1/trading", "Connect"),
    ):
        shipping = trail(url=url)
        task = asyncio.create_task(shipping.run())
        await until(lambda s=shipping, w=why: w in (s.problem or ""))
        assert shipping.lag is None
        task.cancel()
        await asyncio.wait([task])


async def test_finish_ships_the_rest_and_says_whether_it_did(
    story: Story, trail: MakeTrail
) -> None:
    story.whole_day()
    story.write()
    assert await trail().finish(within_s=5) is True
    away = trail(url="postgresql://postgres:x@127.0.0.1:1/trading")
    assert await away.finish(within_s=1) is False


async def test_11_10_two_oms_share_a_database_without_seeing_each_other(
    story: Story, trail: MakeTrail, ask: Ask, tmp_path: Path
) -> None:
    other = Story(tmp_path / "vps2.db", "vps2")
    story.whole_day()
    other.start(environment="paper")
    other.open_day()
    other.balance("08:20:02", 5_000_000)
    other.intend("09:30:00", "ENTER", "005930", 10, 70_000)
    for one in (story, other):
        one.write()
    await shipped(trail(batch=5))
    theirs = trail(other.journal, oms_id="vps2", environment=Environment.PAPER, batch=3)
    await shipped(theirs)
    before = await content(ask, "vps2")
    story.balance("15:35:00", 99_000_000)
    story.write()
    await shipped(trail())
    assert await content(ask, "vps2") == before
    assert await ask("SELECT oms_id, environment, equity_krw FROM oms_state ORDER BY 1") == [
        {"oms_id": "vps1", "environment": "sim", "equity_krw": 99_000_000},
        {"oms_id": "vps2", "environment": "paper", "equity_krw": 5_000_000},
    ]
    assert await ask("SELECT oms_id, state FROM orders WHERE closed_at IS NULL") == [
        {"oms_id": "vps2", "state": "SENT"}
    ]


async def test_broker_numbers_that_restart_daily_do_not_collide(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.whole_day()
    story.on = "2025-03-17"
    story.open_day()
    story.round_trip()
    story.write()
    await shipped(trail())
    assert await ask(
        "SELECT trade_date::text AS day, count(*) AS fills, sum(shares)::int AS shares,"
        " count(DISTINCT order_id) AS orders FROM executions GROUP BY 1 ORDER BY 1"
    ) == [
        {"day": "2025-03-14", "fills": 4, "shares": 200, "orders": 2},
        {"day": "2025-03-17", "fills": 4, "shares": 200, "orders": 2},
    ]
    numbers = await ask("SELECT broker_id FROM orders ORDER BY trade_date, order_id")
    assert [row["broker_id"] for row in numbers] == ["0000000001", "0000000002"] * 2
    assert await ask("SELECT * FROM audit_faults") == []


async def test_real_and_simulated_rows_never_meet_under_one_name(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.whole_day()
    story.write()
    await shipped(trail())
    with pytest.raises(TrailRefused, match="vps1 is sim in this database, this OMS is real"):
        await trail(environment=Environment.REAL).ship()


async def test_another_journal_under_the_same_name_is_refused(
    story: Story, trail: MakeTrail, ask: Ask, tmp_path: Path
) -> None:
    story.whole_day()
    story.write()
    await shipped(trail())
    before = await content(ask)
    fresh = Story(tmp_path / "lost.db")
    fresh.start("08:00:00")
    with pytest.raises(TrailRefused, match="another journal of vps1"):
        await trail(fresh.write()).ship()
    for _ in range(40):
        fresh.open_day()
    with pytest.raises(TrailRefused, match="another journal of vps1"):
        await trail(fresh.write()).ship()
    assert await content(ask) == before


async def test_two_processes_that_ship_one_journal_write_it_once(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.whole_day()
    journal = story.write()
    first, second = trail(batch=4), trail(batch=4)
    lost = 0
    while max(first.shipped_seq or 0, second.shipped_seq or 0) < journal.last_seq:
        for one in (first, second):
            try:
                await one.ship()
            except TrailRefused:
                lost += 1
                await one.close()
    assert lost > 0
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": journal.last_seq}]
    assert await ask("SELECT realised_pnl_krw FROM trades") == [{"realised_pnl_krw": PROFIT_KRW}]


def sent(story: Story, order_id: str) -> r.OrderSent:
    return r.OrderSent(at_ns=story.at("09:10:00"), order_id=order_id)


async def test_a_record_that_fits_nothing_is_kept_named_and_costs_no_other(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.start()
    story.open_day()
    story.tell("09:10:00", sent(story, "20250314-0099"))
    story.round_trip()
    journal = story.write()
    await shipped(trail())
    assert await ask("SELECT kind, error FROM audit_faults") == [
        {
            "kind": "order_sent",
            "error": "Unprojectable: order 20250314-0099 was never planned",
        }
    ]
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": journal.last_seq}]
    assert await ask("SELECT status FROM trades") == [{"status": "CLOSED"}]


@pytest.mark.parametrize("batch", [3, 500])
async def test_a_record_the_database_refuses_is_kept_as_text_and_costs_no_other(
    story: Story, trail: MakeTrail, ask: Ask, batch: int
) -> None:
    story.start()
    story.open_day()
    at_ns = story.at("09:10:00")
    torn = r.ContradictionSeen(at_ns=at_ns, order_id=None, symbol="005930", what="a\x00b")
    story.tell("09:10:00", torn)
    story.round_trip()
    journal = story.write()
    await shipped(trail(batch=batch))
    [fault] = await ask("SELECT seq, kind FROM audit_faults")
    assert fault["kind"] == "contradiction_seen"
    [event] = await ask(
        "SELECT payload #>> '{}' AS text FROM oms_events WHERE seq = $1", fault["seq"]
    )
    assert r.decode_output(event["text"]) == torn
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": journal.last_seq}]
    assert await ask("SELECT realised_pnl_krw FROM trades") == [{"realised_pnl_krw": PROFIT_KRW}]


@pytest.mark.parametrize("at_once", [False, True], ids=["shipped before", "in one batch"])
async def test_a_fill_told_after_its_day_still_finds_its_order(
    story: Story, trail: MakeTrail, ask: Ask, at_once: bool
) -> None:
    story.start()
    story.open_day()
    order = story.intend("15:10:00", "ENTER", "005930", 10, 70_000, stop_krw=69_000)
    story.accept("15:10:01", order, "0000000007")
    story.close("15:30:05", order, "EXPIRED", "day over")
    story.on = "2025-03-17"
    story.open_day()
    story.write()
    shipping = trail()
    if not at_once:
        await shipped(shipping)
    story.fill("08:30:00", order, 10, 70_000)
    story.write()
    await shipped(shipping)
    assert await ask("SELECT order_id, state, filled FROM orders") == [
        {"order_id": order, "state": "FILLED", "filled": 10}
    ]
    assert await ask("SELECT shares FROM allocations") == [{"shares": 10}]
    assert await ask("SELECT * FROM audit_faults") == []


async def test_the_writer_role_is_enough(
    story: Story, trail: MakeTrail, ask: Ask, database: str
) -> None:
    await ask(
        "DO $$ BEGIN CREATE ROLE trail_login LOGIN PASSWORD 'secret' IN ROLE trading_writer;"
        " EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    )
    story.whole_day()
    journal = story.write()
    host = database.rpartition("@")[2]
    writing = await shipped(trail(url=f"postgresql+asyncpg://trail_login:secret@{host}"))
    assert writing.shipped_seq == journal.last_seq


async def test_two_thousand_records_take_less_than_two_seconds(
    story: Story, trail: MakeTrail, ask: Ask
) -> None:
    story.start()
    story.open_day()
    story.balance("08:20:02", 1_000_000_000)
    for number in range(70):
        story.round_trip(f"{number:06}", broker_ids=(f"{number:010}", f"{number + 500:010}"))
    journal = story.write()
    assert journal.last_seq > 2000
    shipping = trail()
    began = time.perf_counter()
    await shipped(shipping)
    took = time.perf_counter() - began
    assert took < 2.0, f"{journal.last_seq} records in {took:.2f} s"
    assert await ask("SELECT count(*) FROM trades WHERE status = 'CLOSED'") == [{"count": 70}]
