"""The collector on the broker simulator, as processes: killed while it collects, and started again.

What the database holds in the end is what the simulator played, candle by candle and row by row.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from broker_sim.days import open_day
from broker_sim.exchange.derivatives.candles import candles
from broker_sim.exchange.derivatives.market import Market, market_of
from collector.derivatives.chains import BOARD_CALL
from collector.derivatives.rest_tape import Reply, replies
from fleet.rundir import draw_secrets, free_ports, write_config
from kis_core.clock import ns
from kis_core.market.instants import minute_start_ns
from kis_core.postgres import from_kst_naive, to_kst_naive

pytestmark = [pytest.mark.anyio, pytest.mark.fleet]
REPO = Path(__file__).resolve().parents[3]
DAY, SPEED, SEED = date(2025, 9, 3), 12, 5
WANTED = {"kospi200": 1, "kospi200mon": 1, "kospi200thu": 0}
BOARDS = ["202509_kospi200", "2509w2_kospi200mon"]
FUTURES = ["101W09", "101W12", "106W09", "106W12"]


def start(
    words: list[str], folder: Path, environment: dict[str, str], **files: Any
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(words, cwd=folder, env=environment, **files)


@dataclass
class Fleet:
    """A simulator that plays, and a collector beside it."""

    home: Path
    config: Path
    environment: dict[str, str]
    database: "asyncpg.Connection[Any]"

    @asynccontextmanager
    async def collector(self, ending: signal.Signals) -> AsyncIterator[None]:
        words = [sys.executable, "-m", "collector", "--config", str(self.config)]
        with (self.home / "collector.log").open("ab") as log:
            process = start(words, REPO, self.environment, stderr=log)
        try:
            yield
        finally:
            process.send_signal(ending)
            process.wait(20)
        assert process.returncode == (-signal.SIGKILL if ending is signal.SIGKILL else 0)

    async def until(self, question: str, holds: Callable[[list[Any]], bool]) -> None:
        rows: list[Any] = []
        try:
            async with asyncio.timeout(90):
                while not holds(rows):
                    await asyncio.sleep(0.2)
                    rows = await self.database.fetch(question)
        except TimeoutError:
            said = (self.home / "collector.log").read_text()[-3000:]
            pytest.fail(f"{question}: {rows}\n{said}")


@pytest.fixture
async def fleet(database: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    rest, ws, relay = free_ports(3)
    secrets = {**os.environ, **draw_secrets(), "DATABASE_URL": database}
    config = tmp_path / "config"
    write_config(config, {})
    words = [
        sys.executable, "-m", "broker_sim", "--config", str(config), "--date", str(DAY),
        "--speed", str(SPEED), "--seed", str(SEED), "--at", "10:00",
        "--port", str(rest), "--ws-port", str(ws),
    ]  # fmt: skip
    path = secrets | {"PYTHONPATH": str(REPO)}
    sim = start(words, tmp_path, path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert sim.stdout is not None
    offer = json.loads(await asyncio.to_thread(sim.stdout.readline))
    broker = {"rest_url": offer["rest_url"], "ws_url": offer["ws_url"], "dialect": "real"}
    here = {
        "broker": "sim",
        "simulator": broker,
        "clock": {"kind": "scaled", "file": str(tmp_path / offer["clock_file"])},
        "data_dir": str(tmp_path / "data"),
        "relay_url": f"http://127.0.0.1:{relay}",
    }
    kept = {
        "environments": ["sim"],
        "futures": ["kospi200", "kosdaq150"],
        "boards": WANTED,
        "option_strikes": 1,
        "options_every_min": 2,
    }
    write_config(config, {"fleet": here, "collector": {"derivatives": kept}})
    connection = await asyncpg.connect(database)
    yield Fleet(tmp_path, config, secrets, connection)
    await connection.close()
    sim.terminate()
    sim.wait(20)
    sim.stdout.close()


CAPTURES = "SELECT board, count(DISTINCT ts) AS n FROM option_chains GROUP BY board"
NEWEST = "SELECT symbol, count(*) AS n FROM futures_candles WHERE session = 'day' GROUP BY symbol"
UNFILLED = (
    "SELECT count(*) AS n FROM market_gaps WHERE source = 'kis_derivatives' "
    "AND filled_at IS NULL AND symbol <> ALL (ARRAY['202509_kospi200', '2509w2_kospi200mon'])"
)
OPTIONS = "SELECT count(DISTINCT symbol) AS n FROM option_candles"


async def test_boards_and_minutes_are_what_the_simulator_played(fleet: Fleet) -> None:
    def all_boards(captures: int) -> Callable[[list[Any]], bool]:
        return lambda rows: len(rows) == 2 and all(row["n"] >= captures for row in rows)

    async with fleet.collector(signal.SIGKILL):
        await fleet.until(CAPTURES, all_boards(2))
        await fleet.until(NEWEST, lambda rows: len(rows) == len(FUTURES))
    killed = await fleet.database.fetchval(
        "SELECT max(ts) FROM futures_candles WHERE ts::date = $1", DAY
    )
    async with fleet.collector(signal.SIGTERM):
        await fleet.until(CAPTURES, all_boards(4))
        await fleet.until(OPTIONS, lambda rows: bool(rows) and rows[0]["n"] >= 6)
        later = killed + timedelta(minutes=2)
        newer = f"SELECT DISTINCT symbol FROM futures_candles WHERE ts > '{later}'"
        await fleet.until(newer, lambda rows: len(rows) == len(FUTURES))
        await fleet.until(UNFILLED, lambda rows: bool(rows) and rows[0]["n"] == 0)
    market = market_of(open_day(None, DAY, SEED), SEED)
    assert market is not None
    await the_candles_are_those_played(fleet, market)
    await the_chains_are_those_told(fleet, market)
    await the_gaps_are_said(fleet)
    fronts = "SELECT product, front, next FROM contract_rolls ORDER BY product"
    assert [tuple(row) for row in await fleet.database.fetch(fronts)] == [
        ("kosdaq150", "106W09", "106W12"),
        ("kospi200", "101W09", "101W12"),
        ("kospi200mini", "105W09", "105W10"),
    ]


async def the_candles_are_those_played(fleet: Fleet, market: Market) -> None:
    stored: dict[str, list[tuple[Any, ...]]] = {}
    for table in ("futures_candles", "option_candles"):
        for row in await fleet.database.fetch(f"SELECT * FROM {table} ORDER BY symbol, ts"):
            assert row["session"] == "day"
            figures = (row["ts"], *(row[n] for n in ("open", "high", "low", "close", "volume")))
            stored.setdefault(row["symbol"], []).append(figures)
    assert set(FUTURES) < set(stored)
    for code, rows in stored.items():
        last = rows[-1][0]
        until_ns = ns(from_kst_naive(last)) + 59_999_999_999
        played = [
            (to_kst_naive(c.start_ns), *(Decimal(p) / 100 for p in c[1:5]), c.quantity)
            for c in candles(market, market.contracts[code], False, 60, until_ns)
        ]
        assert rows == played, code
        if code in FUTURES:
            assert rows[0][0] == datetime(2025, 9, 3, 8, 45)  # noqa: DTZ001 - as the database has it


async def the_chains_are_those_told(fleet: Fleet, market: Market) -> None:
    told: dict[tuple[str, datetime, str], dict[str, str]] = {}
    for reply in replies(fleet.home / "data" / "tape", DAY):
        if isinstance(reply, Reply) and reply.call == BOARD_CALL:
            body = json.loads(reply.text)
            board = BOARDS[reply.asked["FID_COND_MRKT_CLS_CODE"] == "WKM"]
            for row in body["output1"] + body["output2"]:
                at = to_kst_naive(minute_start_ns(reply.at_ns))
                told[board, at, row["optn_shrn_iscd"]] = row
    rows = await fleet.database.fetch("SELECT * FROM option_chains")
    assert {(row["board"], row["ts"], row["symbol"]) for row in rows} == set(told)
    names = {
        "strike": "acpr", "price": "optn_prpr", "bid": "optn_bidp", "ask": "optn_askp",
        "volume": "acml_vol", "open_interest": "hts_otst_stpl_qty", "iv": "hts_ints_vltl",
        "delta": "delta_val", "gamma": "gama", "theta": "theta", "vega": "vega", "rho": "rho",
        "theoretical": "hts_thpr",
    }  # fmt: skip
    for row in rows:
        said = told[row["board"], row["ts"], row["symbol"]]
        for ours, theirs in names.items():
            value = 0 if row[ours] is None else row[ours]
            assert float(value) == float(said[theirs]), (ours, dict(row))
        contract = market.contracts[row["symbol"]]
        assert (row["cp"], row["strike"]) == (
            contract.kind[0].upper(),
            Decimal(contract.strike_h) / 100,
        )
    near = (
        "SELECT count(*) AS n, count(own_iv) AS own, count(own_vega) AS vega "
        "FROM option_moneyness "
        "WHERE steps_out BETWEEN 1 AND 5 AND price IS NOT NULL"
    )
    (counted,) = await fleet.database.fetch(near)
    assert counted["n"] == counted["own"] == counted["vega"] >= 80
    places = (
        "SELECT strike_call_otm1 - atm_strike AS up, atm_strike - strike_put_otm1 AS down "
        "FROM option_matrices WHERE metric = 'iv'"
    )
    assert {tuple(row) for row in await fleet.database.fetch(places)} == {(Decimal("2.5"),) * 2}


async def the_gaps_are_said(fleet: Fleet) -> None:
    gaps = await fleet.database.fetch("SELECT * FROM market_gaps WHERE source = 'kis_derivatives'")
    today = [row for row in gaps if row["from_at"].date() == DAY]
    for board in BOARDS:
        reasons = [row["reason"] for row in today if row["symbol"] == board]
        assert reasons[0] == "started late"  # the simulator began at ten
        assert all(row["filled_at"] is None for row in today if row["symbol"] == board)
    for code in FUTURES:
        filled = [row for row in today if row["symbol"] == code]
        assert {row["reason"] for row in filled} <= {"started late", "restart"}
        assert any(row["reason"] == "started late" for row in filled)
        for row in filled:
            minutes = (row["to_at"] - row["from_at"]) / timedelta(minutes=1)
            assert 0 < row["candles_filled"] <= minutes
