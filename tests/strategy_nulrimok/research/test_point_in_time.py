"""Point in time on real data: nothing that is known after 08:00 of a trade date reaches it."""

import asyncio
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from kis_core.clock import SystemClock
from kis_core.environment import Environment
from kis_core.settings import load_sectors
from strategy_nulrimok.research.backfill import fill
from strategy_nulrimok.research.rows import FxRow, ListingRow, Rows
from strategy_nulrimok.research.sources.parquet import ParquetSource
from strategy_nulrimok.research.store import ResearchStore
from tests.conftest import REPO
from tests.strategy_nulrimok.research.told import CALENDAR, SAMSUNG, at, daily

pytestmark = pytest.mark.anyio

TRADE_DATE = date(2025, 9, 3)
DAYS = 150
TABLES = ("research_daily", "research_flow", "research_index", "research_fx", "research_listing")
AFTER = "available_at > timestamp '2025-09-03 08:00'"
BEFORE = "available_at <= timestamp '2025-09-03 08:00'"
MULTIPLIED = {
    "research_daily": "open = open * 7, high = high * 7, low = low * 7, close = close * 7,"
    " volume = volume * 7, value_krw = value_krw * 7",
    "research_flow": "foreign_net_krw = foreign_net_krw * -7, institution_net_krw = 7",
    "research_index": "open = open * 7, high = high * 7, low = low * 7, close = close * 7",
    "research_fx": "close = close * 7",
    "research_listing": "market_cap_krw = 7, halted = true, spac = true, warning = 'RISK'",
}


async def poisoned(url: str, *statements: str) -> int:
    """Change history as nobody may, and return how many rows were touched."""
    connection = await asyncpg.connect(url)
    await connection.execute("SET session_replication_role = replica")  # no triggers
    touched = 0
    for statement in statements:
        touched += int((await connection.execute(statement)).rpartition(" ")[2])
    await connection.close()
    return touched


@pytest.fixture
async def filled(store: ResearchStore, kst_data: Path) -> ResearchStore:
    sectors = load_sectors().sectors
    came = await fill(
        store, ParquetSource(kst_data), SystemClock(), CALENDAR, list(sectors),
        date(2025, 4, 1), date(2025, 10, 31),
    )  # fmt: skip
    assert came.errors == {}
    fx = tuple(
        FxRow("USD/KRW", day, 1_380.0 + number)
        for number, day in enumerate(CALENDAR.sessions_between(date(2025, 8, 1), date(2025, 9, 9)))
    )
    await store.write(Rows("test", fx=fx), SystemClock().now())
    for moment in (at("2025-09-02 07:50"), at("2025-09-03 07:50"), at("2025-09-03 09:10")):
        listed = ListingRow(
            SAMSUNG, moment.date(), market_cap_krw=10**12 + moment.day * moment.hour, halted=False,
            fetched_at=moment.replace(tzinfo=None),
        )  # fmt: skip
        await store.write(Rows("test", listing=(listed,)), moment)
    return store


async def test_12_the_real_store_serves_a_real_day(filled: ResearchStore) -> None:
    sectors = load_sectors().sectors
    research = await filled.read(TRADE_DATE, DAYS, sectors)
    assert (research.trade_date, research.data_as_of) == ("2025-09-03", "2025-09-02")
    assert len(research.names) == 103
    assert all(name.bars[-1].date == "2025-09-02" for name in research.names.values())
    samsung = research.names[SAMSUNG]
    last, flow = samsung.bars[-1], samsung.flows[-1]
    assert (last.open_krw, last.high_krw, last.low_krw, last.close_krw) == (
        67_800, 69_500, 67_800, 69_100,
    )  # fmt: skip
    assert flow.foreign_krw is not None
    assert flow.foreign_krw % last.close_krw == 0  # shares times the close of the day
    assert (research.kospi[-1].date, research.kospi[-1].close_pt.as_tuple().exponent) == (
        "2025-09-02", -2,
    )  # fmt: skip
    assert samsung.market_cap_krw == 10**12 + 3 * 7
    assert research.fx is not None
    assert research.fx[-1].date == "2025-09-02"


async def test_13_poisoning_the_future_changes_nothing(
    filled: ResearchStore, database: str
) -> None:
    sectors = load_sectors().sectors
    before = await filled.read(TRADE_DATE, DAYS, sectors)
    changed = await poisoned(
        database, *(f"UPDATE {name} SET {MULTIPLIED[name]} WHERE {AFTER}" for name in TABLES)
    )
    assert changed > 7_900
    assert await filled.read(TRADE_DATE, DAYS, sectors) == before
    # Corrections of the past that were told a second too late.
    late = [daily(bar.date, bar.close_krw * 3) for bar in before.names[SAMSUNG].bars]
    told = await filled.write(Rows("kis", daily=tuple(late)), at("2025-09-03 08:00:01"))
    assert told.new == len(late) > 90
    assert await filled.read(TRADE_DATE, DAYS, sectors) == before
    deleted = await poisoned(database, *(f"DELETE FROM {name} WHERE {AFTER}" for name in TABLES))
    assert deleted == changed + told.new
    assert await filled.read(TRADE_DATE, DAYS, sectors) == before


@pytest.mark.parametrize("table", TABLES)
async def test_poisoning_what_was_known_does_change_it(
    filled: ResearchStore, database: str, table: str
) -> None:
    """The control of the test above: each table is really read."""
    sectors = load_sectors().sectors
    before = await filled.read(TRADE_DATE, DAYS, sectors)
    await poisoned(database, f"UPDATE {table} SET {MULTIPLIED[table]} WHERE {BEFORE}")
    assert await filled.read(TRADE_DATE, DAYS, sectors) != before


READ = """
import asyncio, sys, time
from datetime import date
from kis_core.environment import Environment
from kis_core.market.calendar import krx_calendar
from strategy_nulrimok.research.store import ResearchStore

async def main():
    async with ResearchStore.open(sys.argv[1], Environment.REAL, krx_calendar()) as store:
        research = await store.read(date(2025, 9, 3), 30, {"005930": "Semiconductors"})
        name = research.names["005930"]
        print(time.tzname[0], research.data_as_of, name.bars[-1].date, name.flows[-1].date,
              research.kospi[-1].date, research.calendar[-1])

asyncio.run(main())
"""


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/Los_Angeles"])
async def test_14_wherever_the_process_stands_yesterday_is_in_it(
    filled: ResearchStore, database: str, zone: str
) -> None:
    assert filled is not None
    said = await asyncio.to_thread(
        subprocess.run, (sys.executable, "-c", READ, database), cwd=REPO, capture_output=True,
        text=True, env={"PATH": os.defpath, "TZ": zone, "PGTZ": zone}, timeout=60, check=False,
    )  # fmt: skip
    assert said.stderr == ""
    assert said.stdout.split()[1:] == ["2025-09-02"] * 5


async def test_a_fresh_store_has_no_trace_of_the_environment(database: str) -> None:
    async with ResearchStore.open(database, Environment.REAL, CALENDAR) as store:
        assert set((await store.counts()).values()) == {0}
