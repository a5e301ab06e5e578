"""Ten captured minutes of two venues, twenty times as fast, through the real processes.

The same story is `kst capture`; at the capture's own speed it takes ten minutes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from collector.dayfile import load

ROOT = Path(__file__).resolve().parent.parent.parent
CAPTURE = "dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet"
TIMEOUT_S = 300

pytestmark = pytest.mark.story


def captured(home: Path, file: Path, database: str, *words: str) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "fleet", "capture", str(file), "--out", str(home), "--json", *words],
        cwd=home.parent, env={**os.environ, "PYTHONPATH": str(ROOT), "DATABASE_URL": database},
        capture_output=True, text=True, check=False, timeout=TIMEOUT_S,
    )  # fmt: skip
    last = (done.stdout.strip().splitlines() or ["{}"])[-1]
    return done.returncode, json.loads(last), done.stderr


def test_a_real_capture_comes_out_as_it_went_in_and_what_is_wrong_with_it_is_found(
    kst_data: Path, tmp_path: Path, postgres_server: str
) -> None:
    home = tmp_path / "run"
    code, came, said = captured(home, kst_data / CAPTURE, postgres_server, "--speed", "20")
    assert code == 0, (came.get("wrong"), said[-3000:])
    assert (came["symbols"], came["streams"]) == (398, 788)
    assert came["rows_out"] == came["rows_in"] == 78_858
    assert (came["streams_different"], came["named"]) == (0, [])
    assert (came["unread"], came["damaged"], came["arrived_backwards"]) == (0, 0, 0)
    assert came["doubles_in"] == 182
    assert came["doubles_out"] >= 182
    assert came["reported"]["gap"] >= 1
    assert [seconds for _, seconds in came["holes_in"]] == [256.4]
    assert came["silent_out"] == came["silent_in"] == 8
    assert came["gaps"] == []
    assert came["spread_out"] == came["spread_in"]
    both = came["spread_out"]["directions"]
    assert both["KRX>NXT"]["crossings"] == 817
    assert both["NXT>KRX"]["crossings"] == 148
    assert came["spread_heard"]["directions"]["KRX>NXT"]["crossings"] > 0
    assert (home / "reports" / "quality-2025-09-09.html").exists()
    file = home / "days" / "kiwoom" / "market_data_20250909.parquet"
    day = load(file).summary
    assert (day.rows, day.unread, day.damaged) == (78_858, 0, 0)


def test_what_is_no_capture_is_said_in_one_sentence(tmp_path: Path, postgres_server: str) -> None:
    file = tmp_path / "empty.parquet"
    pl.DataFrame({"timestamp": [], "real_type": []}).write_parquet(file)
    code, came, said = captured(tmp_path / "run", file, postgres_server)
    assert (code, came) == (2, {})
    assert (
        said == f"kst: {file}: no column raw_code; a capture has timestamp, real_type, raw_code\n"
    )
