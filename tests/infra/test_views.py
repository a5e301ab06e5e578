"""The views, on real rows, with the clock of Seoul at the hours where "today" goes wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from kis_core.clock import SystemClock
from oms.core import records as r
from tests.oms.audit.story import (
    BUYING_COST_KRW,
    PROFIT_KRW,
    SELLING_COST_KRW,
    Story,
    ship,
)

pytestmark = pytest.mark.anyio

HOURS = ("08:30", "10:00", "15:31", "23:59")
VIEWS = {
    "v_live_positions",
    "v_live_allocations",
    "v_working_orders",
    "v_order_history",
    "v_today_intents",
    "v_today_risk",
    "v_active_halts",
    "v_recent_trades",
    "v_strategy_performance",
    "v_fill_quality",
    "v_service_health",
}
See = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def story(tmp_path: Path) -> Story:
    story = Story(tmp_path / "vps1.db")
    story.start()
    story.open_day()
    story.balance("08:20:02", 100_000_000)
    return story


@pytest.fixture
async def see(database: str) -> AsyncIterator[See]:
    """`await see("SELECT …", now="2025-03-14 10:00")`: what a reader sees at that time."""
    connection = await asyncpg.connect(database)
    await connection.execute("SET ROLE trading_reader")

    async def seen(
        question: str, *, now: str = "2025-03-14 15:31", zone: str = "UTC"
    ) -> list[dict[str, Any]]:
        await connection.execute("SELECT set_config('kst.now', $1, false)", now)
        await connection.execute("SELECT set_config('TimeZone', $1, false)", zone)
        return [dict(row) for row in await connection.fetch(question)]

    yield seen
    await connection.close()


async def test_11_15_every_view_there_is_answers_at_every_hour(
    story: Story, see: See, database: str
) -> None:
    story.round_trip()
    await ship(database, story)
    there = await see("SELECT relname FROM pg_class WHERE relkind = 'v' AND relname LIKE 'v\\_%'")
    assert {row["relname"] for row in there} == VIEWS
    for hour in HOURS:
        for view in VIEWS:
            await see(f"SELECT * FROM {view}", now=f"2025-03-14 {hour}")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York"])
@pytest.mark.parametrize("hour", HOURS)
async def test_11_15_today_is_the_date_in_seoul_at_every_hour_wherever_the_server_stands(
    story: Story, see: See, database: str, hour: str, zone: str
) -> None:
    for time in ("00:00:01", "08:31:00", "12:00:00", "23:59:58"):
        story.intend(time, "ENTER", "005930", 1, 70_000)
    story.on = "2025-03-17"
    story.open_day("00:00:00")
    story.intend("00:00:01", "ENTER", "005930", 1, 70_000)
    await ship(database, story)
    today = {"now": f"2025-03-14 {hour}", "zone": zone}
    [intents] = await see("SELECT total, approved FROM v_today_intents", **today)
    assert intents == {"total": 4, "approved": 4}
    [risk] = await see("SELECT entity, trade_date::text FROM v_today_risk", **today)
    assert risk == {"entity": "PORTFOLIO", "trade_date": "2025-03-14"}
    weekend = {"now": f"2025-03-15 {hour}", "zone": zone}
    assert await see("SELECT * FROM v_today_intents", **weekend) == []
    assert await see("SELECT * FROM v_today_risk", **weekend) == []


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York"])
async def test_without_an_override_now_is_now_in_seoul(see: See, zone: str) -> None:
    [row] = await see("SELECT kst_now() AS now, kst_today() AS today", now="", zone=zone)
    wall = SystemClock().now().replace(tzinfo=None)
    assert abs(row["now"] - wall) < timedelta(seconds=5)
    assert row["today"] == row["now"].date()


async def test_live_positions_tell_whose_shares_they_are(
    story: Story, see: See, database: str
) -> None:
    for strategy, shares in (("KMP", 10), ("PCIM", 20)):
        order = story.intend("09:21:00", "ENTER", "005930", shares, 70_000, strategy=strategy)
        story.fill("09:21:01", order, shares, 70_000)
    story.marks("10:00:00", s005930=71_000)
    at_ns = story.at("10:01:00")
    story.balance("10:01:00", 100_000_000, r.HeldLine("005930", 33, 33, 2_310_000, 71_000))
    drift = r.DriftSeen(at_ns=at_ns, symbol="005930", broker_shares=33, allocated=30, drift=3)
    story.tell("10:01:01", drift)
    story.flag("10:01:02", "frozen", subject="005930")
    await ship(database, story)
    [position] = await see("SELECT * FROM v_live_positions")
    assert {key: position[key] for key in ("broker_shares", "allocated", "kmp", "pcim", "kpr")} == {
        "broker_shares": 33,
        "allocated": 30,
        "kmp": 10,
        "pcim": 20,
        "kpr": 0,
    }
    assert (position["drift"], position["frozen"]) == (3, True)
    assert position["value_krw"] == 30 * 71_000
    assert position["unrealised_pnl_krw"] == 30 * 1000 - (700_000 + 1_400_000) * 140 // 1_000_000
    allocations = await see("SELECT strategy_id, shares FROM v_live_allocations ORDER BY 1")
    assert allocations == [
        {"strategy_id": "KMP", "shares": 10},
        {"strategy_id": "PCIM", "shares": 20},
    ]


async def test_what_was_sold_is_not_live(story: Story, see: See, database: str) -> None:
    story.round_trip()
    story.balance("15:00:00", 100_000_000)
    await ship(database, story)
    assert await see("SELECT * FROM v_live_positions") == []
    assert await see("SELECT * FROM v_live_allocations") == []


async def test_working_orders_have_an_age_and_a_remainder(
    story: Story, see: See, database: str
) -> None:
    order = story.intend("09:59:00", "ENTER", "005930", 10, 70_000)
    story.accept("09:59:01", order, "0000000001")
    story.fill("09:59:02", order, 4, 70_000)
    lost = story.intend("09:59:30", "ENTER", "000660", 10, 70_000)
    story.lose("09:59:31", lost)
    done = story.intend("09:59:40", "ENTER", "035420", 10, 70_000)
    story.close("09:59:50", done, "CANCELLED", "timeout")
    await ship(database, story)
    rows = await see(
        "SELECT order_id, state, remaining, age_s FROM v_working_orders ORDER BY 1",
        now="2025-03-14 10:00",
    )
    assert rows == [
        {"order_id": order, "state": "PARTIAL", "remaining": 6, "age_s": 60},
        {"order_id": lost, "state": "UNKNOWN", "remaining": 10, "age_s": 30},
    ]
    steps = await see(
        f"SELECT event_type, state_before, state_after FROM v_order_history"
        f" WHERE order_id = '{order}' ORDER BY seq"
    )
    assert [tuple(row.values()) for row in steps] == [
        ("PLANNED", None, "PLANNED"),
        ("SENT", "PLANNED", "SENT"),
        ("ACCEPTED", "SENT", "WORKING"),
        ("PARTIAL_FILL", "WORKING", "PARTIAL"),
    ]


async def test_active_halts_name_what_stops_entries(story: Story, see: See, database: str) -> None:
    await ship(database, story)
    assert await see("SELECT * FROM v_active_halts") == []
    story.flag("10:00:00", "halt_entries", reason="daily loss")
    story.flag("10:00:01", "safe_mode")
    story.flag("10:00:02", "paused", subject="KMP", reason="bug")
    story.flag("10:00:03", "frozen", subject="005930")
    await ship(database, story)
    rows = await see("SELECT entity, kind, reason FROM v_active_halts ORDER BY kind")
    assert [tuple(row.values()) for row in rows] == [
        ("005930", "frozen", "drift 0"),
        ("PORTFOLIO", "halt_entries", "daily loss"),
        ("KMP", "paused", "bug"),
        ("PORTFOLIO", "safe_mode", None),
    ]
    for flag in ("halt_entries", "safe_mode"):
        story.flag("10:05:00", flag, False)
    story.flag("10:05:01", "paused", False, subject="KMP")
    story.flag("10:05:02", "frozen", False, subject="005930")
    await ship(database, story)
    assert await see("SELECT * FROM v_active_halts") == []


async def test_recent_trades_leave_after_a_week_unless_open(
    story: Story, see: See, database: str
) -> None:
    story.round_trip()
    order = story.intend("14:50:00", "ENTER", "000660", 10, 200_000)
    story.fill("14:50:01", order, 10, 200_000)
    await ship(database, story)
    question = "SELECT symbol, status, mfe_krw FROM v_recent_trades ORDER BY symbol"
    for now, symbols in (
        ("2025-03-14 15:31", ["000660", "005930"]),
        ("2025-03-21 23:59", ["000660", "005930"]),
        ("2025-03-22 00:00", ["000660"]),
    ):
        assert [row["symbol"] for row in await see(question, now=now)] == symbols
    [trade] = await see("SELECT * FROM v_recent_trades WHERE status = 'CLOSED'")
    assert trade["realised_pnl_krw"] == PROFIT_KRW
    assert (trade["entry_krw"], trade["exit_krw"]) == (69_940, 70_660)
    assert trade["cost_krw"] == BUYING_COST_KRW + SELLING_COST_KRW


async def test_performance_counts_closed_trades_after_costs(
    story: Story, see: See, database: str
) -> None:
    story.round_trip("005930")
    story.round_trip("000660")
    for symbol, price in (("035420", 69_000), ("051910", 70_000)):  # a loss; a loss by costs alone
        buy = story.intend("14:40:00", "ENTER", symbol, 10, 70_000, stop_krw=69_000)
        story.fill("14:40:01", buy, 10, 70_000)
        sell = story.intend("14:50:00", "EXIT", symbol, 10, price)
        story.fill("14:50:01", sell, 10, price)
    await ship(database, story)
    [row] = await see("SELECT * FROM v_strategy_performance")
    assert (row["trades"], row["closed"], row["wins"], row["losses"]) == (4, 4, 2, 2)
    assert row["win_rate_pct"] == 50
    losses = [0, 0]
    for place, price in enumerate((69_000, 70_000)):
        losses[place] = 10 * price - 10 * price * 1640 // 1_000_000 - 700_000 - 98
    assert row["realised_pnl_krw"] == 2 * PROFIT_KRW + sum(losses)
    assert (row["best_krw"], row["worst_krw"]) == (PROFIT_KRW, min(losses))
    assert row["profit_factor"] == pytest.approx(2 * PROFIT_KRW / -sum(losses))
    assert await see("SELECT * FROM v_strategy_performance", now="2025-04-14 09:00") == []


async def test_slippage_is_positive_when_it_costs_on_either_side(
    story: Story, see: See, database: str
) -> None:
    buy = story.intend("09:21:00", "ENTER", "005930", 10, 70_000)
    story.fill("09:21:01", buy, 10, 70_070)
    sell = story.intend("09:31:00", "EXIT", "005930", 10, 70_000)
    story.fill("09:31:04", sell, 10, 69_930)
    await ship(database, story)
    rows = await see(
        "SELECT side, orders, average_slippage_bp::float AS bp, slippage_krw, first_fill_s"
        " FROM v_fill_quality ORDER BY side"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("BUY", 1, 10.0, 700, 1.0),
        ("SELL", 1, 10.0, 700, 4.0),
    ]


@pytest.mark.parametrize(
    ("age_s", "health"),
    [(0, "HEALTHY"), (59, "HEALTHY"), (60, "WARNING"), (299, "WARNING"), (300, "CRITICAL")],
)
async def test_health_is_how_long_a_service_has_been_silent(
    story: Story, see: See, database: str, age_s: int, health: str
) -> None:
    story.beat("15:40:00", "KMP")
    story.beat("15:40:00", "PCIM", mode="DONE")
    await ship(database, story)
    now = datetime.fromisoformat("2025-03-14 15:40") + timedelta(seconds=age_s)
    rows = await see("SELECT service, health, age_s FROM v_service_health", now=str(now))
    assert {row["service"]: (row["health"], row["age_s"]) for row in rows} == {
        "OMS": (health, age_s),
        "KMP": (health, age_s),
        "PCIM": ("STOPPED", age_s),
    }


async def test_10_3_12_one_view_shows_both_accounts_and_keeps_them_apart(
    story: Story, see: See, database: str, tmp_path: Path
) -> None:
    other = Story(tmp_path / "vps2.db", "vps2")
    other.start()
    other.open_day()
    other.balance("08:20:02", 5_000_000)
    for one, shares in ((story, 10), (other, 20)):
        order = one.intend("09:21:00", "ENTER", "005930", shares, 70_000)
        one.fill("09:21:01", order, shares, 70_000)
        await ship(database, one)
    rows = await see("SELECT oms_id, allocated FROM v_live_positions ORDER BY 1")
    assert [tuple(row.values()) for row in rows] == [("vps1", 10), ("vps2", 20)]
    rows = await see("SELECT oms_id, entity, equity_krw FROM v_today_risk ORDER BY 1, 2")
    assert [tuple(row.values()) for row in rows] == [
        ("vps1", "KMP", None),
        ("vps1", "PORTFOLIO", 100_000_000),
        ("vps2", "KMP", None),
        ("vps2", "PORTFOLIO", 5_000_000),
    ]
