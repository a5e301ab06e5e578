"""A real day through the whole fleet, each process killed while a position is open.

What must hold is what holds on a quiet day: the books agree with the broker's to the won, no order
was sent twice, every journal leads to the same decisions again, and what each strategy noted is in
PostgreSQL exactly once.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fleet.demo import database_name
from fleet.postgres import database_url
from strategy_runtime.contract import RoundTrip
from strategy_runtime.journal import read
from strategy_runtime.turns import Turn

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = "2025-07-03"
SPEED = 150
SYMBOLS = (
    "004020", "005490", "005930", "009150", "012450", "035420", "036460", "041510",
    "051910", "064350", "068270", "086520", "141080", "196170", "247540",
)  # fmt: skip
STRATEGIES = {"kmp": "KMP", "kpr": "KPR", "nulrimok": "NULRIMOK"}
MONTHS = ("2025-05", "2025-06", "2025-07")
VICTIMS = (("oms",), ("kmp", "collector"), ("kpr", "nulrimok"))
"""Who is killed together, each time while something is held."""
DAY_TIMEOUT_S = 300

pytestmark = pytest.mark.story


@pytest.fixture(scope="module")
def bars(kst_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real bars of some stocks that KMP and KPR trade that day, beside their real daily files."""
    home = tmp_path_factory.mktemp("data")
    folder = home / "bars_1m"
    folder.mkdir()
    for month in MONTHS:
        table = pq.read_table(kst_data / "bars_1m" / f"krx_1m_{month}.parquet")
        wanted = pc.is_in(table["symbol"].cast(pa.string()), pa.array(SYMBOLS))
        pq.write_table(table.filter(wanted), folder / f"krx_1m_{month}.parquet")
    for beside in ("daily", "masters"):
        (home / beside).symlink_to(kst_data / beside)
    return folder


class Fleet:
    """A demo under way, seen from outside."""

    def __init__(self, home: Path, bars: Path, database: str) -> None:
        self.home = home
        words = ["demo", "--bars", str(bars), "--date", DAY, "--speed", str(SPEED), "--json"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fleet", *words, "--out", str(home)],
            cwd=home.parent, env={**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": database},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def children(self) -> dict[str, dict[str, Any]]:
        file = self.home / "supervisor.json"
        if not file.exists():
            return {}
        return {child["name"]: child for child in json.loads(file.read_text())["children"]}

    def positions(self) -> dict[str, int]:
        sim = self.children().get("sim")
        if sim is None or sim["state"] != "up":
            return {}
        url = sim["ready_url"].replace("/livez", "/sim/state")
        with urllib.request.urlopen(url, timeout=5) as answer:
            held: dict[str, int] = json.loads(answer.read())["holdings"]
        return held

    def kill_while_holding(self, names: tuple[str, ...]) -> bool:
        """Kill processes as soon as the account holds something; False when the day is over."""
        while self.process.poll() is None:
            victims = [self.children().get(name) for name in names]
            if all(child and child["state"] == "up" for child in victims) and self.positions():
                for child in victims:
                    assert child is not None
                    os.kill(child["pid"], signal.SIGKILL)
                return self._up_again(names)
            time.sleep(0.005)
        return False

    def _up_again(self, names: tuple[str, ...]) -> bool:
        while self.process.poll() is None:
            children = [self.children()[name] for name in names]
            if all(child["starts"] > 1 and child["state"] == "up" for child in children):
                return True
            time.sleep(0.02)
        return False

    def finish(self) -> dict[str, Any]:
        out, err = self.process.communicate(timeout=DAY_TIMEOUT_S)
        assert self.process.returncode == 0, f"{out[-3000:]}\n{err[-3000:]}"
        report: dict[str, Any] = json.loads(out.strip().splitlines()[-1])
        return report


@pytest.fixture
def fleet(tmp_path: Path, bars: Path, postgres_server: str) -> Iterator[Fleet]:
    started = Fleet(tmp_path / "run", bars, postgres_server)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.process.send_signal(signal.SIGINT)
            started.process.wait(60)


def trips_of(home: Path) -> list[tuple[str, str]]:
    """Return who made which round trip, as the journals have it, every one of them."""
    return sorted(
        (strategy_id, note.trip_id)
        for name, strategy_id in STRATEGIES.items()
        for record in read(home / f"strategies/{name}/{DAY}.journal")
        if isinstance(record, Turn) and record.output is not None
        for note in record.output.notes
        if isinstance(note, RoundTrip)
    )


async def exits_in(url: str) -> list[tuple[str, str]]:
    """Return who made which round trip, as PostgreSQL has it, every row of it."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        rows = await connection.fetch("SELECT strategy_id, trip_id FROM strategy_exits")
    finally:
        await connection.close()
    return sorted((row["strategy_id"], row["trip_id"]) for row in rows)


def test_a_day_in_which_every_process_is_killed_ends_with_books_that_agree(
    fleet: Fleet, postgres_server: str
) -> None:
    killed = [names for names in VICTIMS if fleet.kill_while_holding(names)]
    report = fleet.finish()
    assert killed == list(VICTIMS)
    assert report["mismatches"] == []
    assert report["symbols"] == len(SYMBOLS)
    assert report["candles_stored"] == report["candles_expected"] > 4000
    assert report["orders_at_broker"] == report["orders_sent"] > 0
    assert report["fills_audit"] == report["fills_at_broker"] > 0
    assert report["pnl_krw"] == report["broker_pnl_krw"]
    assert report["round_trips"] > 0
    assert len(report["restarts"]) == sum(map(len, VICTIMS))
    verified = subprocess.run(
        [sys.executable, "-m", "fleet", "verify", "--run", str(fleet.home), "--json"],
        cwd=fleet.home, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert verified.returncode == 0, verified.stdout + verified.stderr
    told = json.loads(verified.stdout.strip().splitlines()[-1])
    assert told["differences"] == 0
    named = {process["process"] for process in told["processes"]}
    assert {f"strategy {name} {DAY}" for name in STRATEGIES} <= named
    assert set(report["funnel"]) == set(STRATEGIES)
    trips = trips_of(fleet.home)
    assert len(set(trips)) == len(trips) > 0
    database = database_url(postgres_server, database_name(fleet.home))
    assert asyncio.run(exits_in(database)) == trips
