"""A real day through the real collector, killed five times: nothing is lost, and it says so.

The same story is `kst collect`; here with the seed and the speed fixed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DAY = "2025-09-03"
KILLS = 5
SPEED = 400
DAY_TIMEOUT_S = 300

pytestmark = pytest.mark.story


def collected(home: Path, bars: Path, database: str, *words: str) -> dict[str, Any]:
    told = ["--bars", str(bars), "--date", DAY, "--speed", str(SPEED), "--out", str(home)]
    done = subprocess.run(
        [sys.executable, "-m", "fleet", "collect", *told, "--kills", str(KILLS), "--json", *words],
        cwd=home.parent, env={**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": database},
        capture_output=True, text=True, check=False, timeout=DAY_TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-3000:]
    report: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return report


def test_candles_of_a_real_day_equal_its_input_after_five_kills(
    kst_data: Path, tmp_path: Path, postgres_server: str
) -> None:
    report = collected(tmp_path / "run", kst_data / "bars_1m", postgres_server, "--seed", "3")
    assert report["named"] == []
    assert report["symbols"] == 103
    assert report["candles_out"] == report["candles_in"] > 38_000
    assert (report["missing"], report["surplus"], report["different"]) == (0, 0, 0)
    assert len(report["kills"]) == KILLS
    assert report["collector_starts"] == KILLS + 1
    assert report["kills_told"] == KILLS
    assert 1 <= report["gap_reasons"]["restart"] <= KILLS
    assert report["gaps_filled"] == report["gaps"]
    assert report["candles_in_gaps"] > 1_000
    assert report["sources"]["ticks"] > 1_000
    assert report["verified"] == {"complete": 103}
    assert report["differences"] == 0
    assert report["holds"]
