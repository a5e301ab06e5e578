"""The verbs of the research store, as a person types them, on real data and a real database."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from fastapi import FastAPI, Response

from config.load import DIRECTORY
from kis_core.clock import SystemClock
from kis_core.door import bind, open_door
from kis_core.feed import MSGPACK
from tests.conftest import REPO
from tests.strategy_nulrimok.research.told import Told

pytestmark = pytest.mark.anyio
TABLES = ("research_daily", "research_flow", "research_index", "research_listing")
SPAN = ("--first", "2025-06-02", "--last", "2026-01-30")


async def started(database: str, module: str, *words: str, **secrets: str) -> Process:
    environment = {"PATH": os.defpath, "DATABASE_URL": database, **secrets}
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"scripts.{module}", *words, cwd=REPO, env=environment,
        stdout=PIPE, stderr=PIPE,
    )  # fmt: skip


async def typed(database: str, module: str, *words: str, **secrets: str) -> tuple[int, str, str]:
    process = await started(database, module, *words, **secrets)
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def content(database: str) -> list[Any]:
    """Everything that is kept, but for when it was recorded."""
    connection = await asyncpg.connect(database)
    try:
        return [
            await connection.fetch(
                f"SELECT (to_jsonb(t) - 'recorded_at')::text FROM {table} t ORDER BY 1"
            )
            for table in TABLES
        ]
    finally:
        await connection.close()


async def noted(connection: "asyncpg.Connection[Any]") -> int:
    count: int = await connection.fetchval("SELECT count(*) FROM research_progress")
    return count


async def test_killed_in_the_middle_it_goes_on_and_nothing_is_lost(
    database: str, kst_data: Path
) -> None:
    words = ("parquet", "--folder", str(kst_data), *SPAN, "--json")
    connection = await asyncpg.connect(database)
    process = await started(database, "lrs_backfill", *words)
    while await noted(connection) < 60:
        assert process.returncode is None, "it ended before it could be killed"
    process.send_signal(signal.SIGKILL)
    await process.communicate()
    assert process.returncode == -signal.SIGKILL
    before = await noted(connection)
    assert 60 <= before < 311

    code, out, err = await typed(database, "lrs_backfill", *words)
    assert (code, err) == (0, "")
    said = json.loads(out)
    assert (said["done_before"], said["asked"]) == (before, 311 - before)
    rows = {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in TABLES}
    assert await connection.fetchval("SELECT sum(rows) FROM research_progress") == sum(
        rows.values()
    )
    killed = await content(database)
    # The same without a kill: into the other environment, which shares no row.
    code, out, _ = await typed(database, "lrs_backfill", *words, "--environment", "sim")
    assert (code, json.loads(out)["asked"]) == (0, 311)
    both = await content(database)
    for one, two in zip(killed, both, strict=True):
        simulated = [row[0] for row in two if '"environment": "sim"' in row[0]]
        assert simulated == [row[0].replace('"real"', '"sim"') for row in one]
    code, out, _ = await typed(database, "lrs_backfill", *words)
    assert {key: json.loads(out)[key] for key in ("asked", "new_rows")} == {
        "asked": 0, "new_rows": 0,
    }  # fmt: skip
    await connection.close()


async def test_it_says_what_is_missing_and_whether_the_next_day_can_be_served(
    database: str, kst_data: Path
) -> None:
    words = ("--folder", str(kst_data), "--first", "2024-10-01", "--symbols", "005930,207940")
    code, out, err = await typed(database, "lrs_backfill", "parquet", *words)
    assert (code, err) == (0, "")
    assert "regime   READY: 0001 324 of 324 sessions, 2024-10-02 to 2026-01-30" in out
    # A spin-off: halted from 2025-10-30 to 2025-11-21.
    assert "207940 307 of 324 sessions" in out
    assert "missing 2025-10-30…2025-11-21" in out
    assert "2026-02-02 can be served" in out

    # All 103 of the sector map are wanted, two are there.
    code, out, _ = await typed(database, "check_lrs", "--date", "2026-02-02")
    assert code == 1
    assert "NOT SERVABLE: 2 of 103 symbols have bars and flows up to 2026-01-30" in out
    code, out, _ = await typed(database, "check_lrs", "--date", "2026-02-02", "--share", "0.01")
    assert code == 0
    code, out, _ = await typed(database, "check_lrs", "--date", "2026-03-03", "--json")
    said = json.loads(out)
    assert (code, said["servable"]) == (1, False)
    assert said["why_not"][0].startswith("KOSPI ends on 2026-01-30")


@asynccontextmanager
async def collecting(told: Told) -> AsyncIterator[str]:
    """A collector's door, as far as the past is asked of it."""
    app = FastAPI()

    def packed(answer: object) -> Response:
        return Response(msgspec.msgpack.encode(answer), media_type=MSGPACK)

    @app.get("/api/v1/bars/daily/{symbol}")
    async def daily(symbol: str, first: date, last: date) -> Response:
        return packed(await told.daily_bars(symbol, first, last))

    @app.get("/api/v1/index/{index}/days")
    async def index(index: str, first: date, last: date) -> Response:
        return packed(await told.index_days(index, first, last))

    @app.get("/api/v1/flows/{symbol}")
    async def flows(symbol: str) -> Response:
        return packed(await told.flows(symbol))

    @app.get("/api/v1/quote/{symbol}")
    async def quote(symbol: str) -> Response:
        return packed(await told.quote(symbol))

    listener = bind("127.0.0.1", 0)
    async with open_door(app, listener):
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def test_the_collector_fills_it_and_is_asked_once(database: str, tmp_path: Path) -> None:
    today = SystemClock().now().date()
    told = Told(today.isoformat())
    for file in DIRECTORY.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text("utf-8"))
    words = ("kis", "--days", "60", "--config", str(tmp_path), "--symbols", "005930,000660")
    async with collecting(told) as url:
        fleet = (tmp_path / "fleet.yaml").read_text("utf-8")
        (tmp_path / "fleet.yaml").write_text(re.sub(r"relay_url: .*", f"relay_url: {url}", fleet))
        code, out, err = await typed(database, "lrs_backfill", *words, RELAY_TOKEN="reader")
        assert (code, err.startswith("LRS populated: 2 OHLCV + 2 flow tickers in")) == (0, True)
        assert "kis: 7 asked" in out
        told.asked.clear()
        code, out, err = await typed(database, "lrs_backfill", *words, RELAY_TOKEN="reader")
    # In the evening of a session this collector's flows of the day are blank still: asked again.
    assert (code, set(told.asked) <= {"flow"}) == (0, True)
    assert err.startswith("LRS already fresh") or told.asked


async def test_an_empty_store_is_said_to_be_one(database: str) -> None:
    code, out, err = await typed(database, "check_lrs", "--json")
    said = json.loads(out)
    assert (code, err, said["regime"], said["servable"]) == (1, "", "MISSING", False)


@pytest.mark.parametrize(
    ("module", "words", "sentence"),
    [
        ("lrs_backfill", ("parquet",), "parquet: say --folder DIR"),
        ("lrs_backfill", ("parquet", "--folder", "/nowhere"), "/nowhere: no such folder"),
        ("lrs_backfill", ("pykrx",), "pip install pykrx"),
        ("lrs_backfill", ("fdr",), "pip install finance-datareader"),
        ("lrs_backfill", ("kis", "--symbols", "999999"), "sectors.yaml: no sector for 999999"),
        ("lrs_backfill", ("kis", "--first", "2030-01-01"), "is after --last"),
        ("lrs_backfill", ("kis", "--first", "1999-01-01"), "outside what the calendar covers"),
        ("lrs_backfill", ("kis", "--days", "5"), "RELAY_TOKEN"),
        ("check_lrs", ("--date", "2025-09-06"), "2025-09-06 is not a session"),
    ],
)
async def test_what_cannot_be_started_is_one_sentence(
    database: str, module: str, words: tuple[str, ...], sentence: str
) -> None:
    code, out, err = await typed(database, module, *words)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("module", ["lrs_backfill", "check_lrs"])
async def test_a_database_that_is_away_is_one_sentence(module: str, kst_data: Path) -> None:
    words = ("parquet", "--folder", str(kst_data)) if module == "lrs_backfill" else ()
    code, _, err = await typed("postgresql://me:sesame@127.0.0.1:1/trading", module, *words)
    assert code == 2
    assert err.startswith("the research store cannot be")
    assert "sesame" not in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("module", ["lrs_backfill", "check_lrs"])
async def test_help_has_an_example(database: str, module: str) -> None:
    code, out, _ = await typed(database, module, "--help")
    assert code == 0
    assert f"    python -m scripts.{module}" in out
