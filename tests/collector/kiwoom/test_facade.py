"""The source against the simulator's Kiwoom, a process of its own that plays a real capture."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from collector import tape as tapes
from collector.settings import CollectorSettings
from collector.sources.kiwoom.day import SOURCE
from collector.sources.kiwoom.events import Depth
from collector.sources.kiwoom.groups import streams
from collector.sources.kiwoom.root import open_source
from collector.sources.kiwoom.source import KiwoomSource
from config.load import DIRECTORY, load
from fleet.rundir import free_ports, write_config
from kis_core.clock import ScaledClock
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import Gap
from kis_core.wire.tape import Heard, decode

pytestmark = pytest.mark.anyio
SPEED = 60


@pytest.fixture
def capture(kst_data: Path, tmp_path: Path) -> Path:
    """Thirty symbols of the captured ten minutes, both venues, duplicates and all."""
    file = next((kst_data / "dual_venue").glob("*.parquet"))
    rows = pl.read_parquet(file)
    chosen = rows["symbol"].unique().sort()[:30]
    kept = tmp_path / "capture.parquet"
    rows.filter(pl.col("symbol").is_in(chosen.to_list())).write_parquet(kept)
    return kept


@asynccontextmanager
async def simulating(*words: str) -> AsyncIterator[dict[str, Any]]:
    """Run the simulator; yields what it offers."""
    ports = ("--port", "0", "--ws-port", "0", "--kiwoom-port", "0", "--kiwoom-ws-port", "0")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "broker_sim", *ports, *words,
        cwd=DIRECTORY.parent, env=os.environ, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            yield json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def collecting(
    offer: dict[str, Any], tmp_path: Path, symbols: list[str], database: str, told: list[Any],
    log: Any, monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[KiwoomSource]:  # fmt: skip
    """Run the source as the root makes it."""
    sheet = tmp_path / "u.csv"
    sheet.write_text("\n".join(["Symbol", *symbols]))
    doors = {name: offer["kiwoom"][name] for name in ("rest_url", "ws_url")}
    mine = {"enabled": True, "simulator": doors, "universe": str(sheet), "types": ["0D"]}
    sim = {"rest_url": offer["rest_url"], "ws_url": offer["ws_url"], "dialect": "real"}
    clock_file = offer["clock_file"]
    fleet = {
        "broker": "sim", "simulator": sim, "clock": {"kind": "scaled", "file": clock_file},
        "data_dir": str(tmp_path / "data"),
    }  # fmt: skip
    more = {"nxt": "all", "answer_s": 20.0}
    write_config(tmp_path / "config", {"collector": {"kiwoom": mine | more}, "fleet": fleet})
    monkeypatch.setenv("SIM_KIWOOM_APP_KEY", offer["kiwoom"]["app_key"])
    monkeypatch.setenv("SIM_KIWOOM_SECRET_KEY", offer["kiwoom"]["secret_key"])
    settings = load(CollectorSettings, "collector", tmp_path / "config")
    stopping = asyncio.Event()
    clock = ScaledClock(Path(clock_file))
    async with open_source(
        settings, clock, krx_calendar(), database, told.append, lambda _: None, log
    ) as source:
        assert source is not None
        task = asyncio.create_task(source.run(stopping))
        try:
            yield source
        finally:
            stopping.set()
            await task


def heard_items(data_dir: Path) -> Counter[str]:
    """Return how many elements of each item are on the tape."""
    counts: Counter[str] = Counter()
    for day in tapes.days(data_dir / "tape"):
        for path in tapes.segments(data_dir / "tape", day, SOURCE):
            for record in decode(path.read_bytes()):
                assert isinstance(record, Heard)
                if record.source == SOURCE and '"REAL"' in record.text:
                    data = json.loads(record.text)["data"]
                    counts.update(element["item"] for element in data)
    return counts


async def test_a_captured_ten_minutes_come_out_as_they_went_in(
    capture: Path, tmp_path: Path, database: str, log: Any, until: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    rows = pl.read_parquet(capture)
    wanted = Counter(rows["raw_code"].to_list())
    symbols = rows["symbol"].unique().sort().to_list()
    told: list[Any] = []
    words = ("--capture", str(capture), "--speed", str(SPEED))
    async with (
        simulating(*words) as offer,
        collecting(offer, tmp_path, symbols, database, told, log, monkeypatch) as source,
        httpx.AsyncClient(base_url=offer["kiwoom"]["rest_url"]) as steering,
    ):
        total = wanted.total()
        await until(lambda: source.hearing.registry.counts()["acknowledged"] == 60, 30)
        await steering.post("/sim/capture", json={"at_once": True})
        await until(lambda: source.hearing.records.total() >= total, 60)
        figures: dict[str, Any] = source.status()
    assert streams(source.groups) == 60
    assert figures["streams"]["heard"] == len(wanted)
    assert figures["universe"]["source"] == "u.csv + ka10099"
    assert figures["bad"] == 0
    assert heard_items(tmp_path / "data") == wanted
    depths = [each for each in told if isinstance(each, Depth)]
    assert len(depths) == total
    first = rows.row(0, named=True)
    book = next(d.book for d in depths if d.item == first["raw_code"])
    assert book.asks[0] == (abs(int(first["fid_41"])), int(first["fid_61"]))
    assert book.bids[0] == (abs(int(first["fid_51"])), int(first["fid_71"]))


async def test_cuts_refusals_and_a_dead_token_cost_time_and_nothing_is_left_unregistered(
    capture: Path, tmp_path: Path, database: str, log: Any, until: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    symbols = pl.read_parquet(capture)["symbol"].unique().sort().to_list()
    told: list[Any] = []
    words = ("--capture", str(capture), "--speed", "1", "--start-when-registered", "1000000")
    async with (
        simulating(*words) as offer,
        collecting(offer, tmp_path, symbols, database, told, log, monkeypatch) as source,
        httpx.AsyncClient(base_url=offer["kiwoom"]["rest_url"]) as steering,
    ):

        def standing() -> bool:
            return source.hearing.registry.counts()["acknowledged"] == 60

        await until(standing, 30)
        for mishap in ({"kind": "line_cut"}, {"kind": "token_killed"}, {"kind": "line_cut"}):
            before = source.hearing.registry.rows()[0].requested_at
            reply = await steering.post("/sim/faults", json=mishap)
            assert reply.status_code == 200, reply.text
            if mishap["kind"] == "line_cut":
                await until(lambda: not standing(), 30)
            await until(standing, 30)
            assert source.hearing.registry.rows()[0].requested_at == before
        gaps = [each for each in told if isinstance(each, Gap)]
        assert len(gaps) >= 4
        assert gaps[-1].to_ns is not None
        assert source.hearing.open_gaps == []


async def test_the_collector_runs_both_sources_in_one_process(
    capture: Path, tmp_path: Path, database: str, until: Callable[..., Any]
) -> None:
    symbols = pl.read_parquet(capture)["symbol"].unique().sort().to_list()
    sheet = tmp_path / "u.csv"
    sheet.write_text("\n".join(["Symbol", *symbols]))
    (port,) = free_ports(1)
    async with simulating("--capture", str(capture), "--speed", str(SPEED)) as offer:
        mine = {
            "enabled": True, "universe": str(sheet), "types": ["0D"], "nxt": "all",
            "simulator": {name: offer["kiwoom"][name] for name in ("rest_url", "ws_url")},
        }  # fmt: skip
        fleet = {
            "broker": "sim", "relay_url": f"http://127.0.0.1:{port}",
            "simulator": {"rest_url": offer["rest_url"], "ws_url": offer["ws_url"],
                          "dialect": "real"},
            "clock": {"kind": "scaled", "file": offer["clock_file"]},
            "log": {"level": "warning", "directory": None}, "data_dir": str(tmp_path / "data"),
        }  # fmt: skip
        write_config(tmp_path / "config", {"collector": {"kiwoom": mine}, "fleet": fleet})
        secrets = {
            "DATABASE_URL": database, "RELAY_TOKEN": "reader", "RELAY_TOKEN_OMS": "oms",
            "SIM_APP_KEY": offer["app_key"], "SIM_APP_SECRET": offer["app_secret"],
            "SIM_HTS_ID": offer["hts_id"], "SIM_KIWOOM_APP_KEY": offer["kiwoom"]["app_key"],
            "SIM_KIWOOM_SECRET_KEY": offer["kiwoom"]["secret_key"],
        }  # fmt: skip
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "collector", "--config", str(tmp_path / "config"),
            cwd=DIRECTORY.parent, env=os.environ | secrets, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            headers = {"Authorization": "Bearer reader"}
            figures: dict[str, Any] = {}
            async with (
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers) as asking,
                asyncio.timeout(60),
            ):
                while figures.get("streams", {}).get("acknowledged") != 60:
                    await asyncio.sleep(0.2)
                    with suppress(httpx.TransportError):
                        figures = (await asking.get("/api/v1/status")).json()["kiwoom"]
            assert figures["lines"] == {"kiwoom-1": True}
            assert [screen["screen"] for screen in figures["screens"]] == ["1000", "1001"]
            process.terminate()
            assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
