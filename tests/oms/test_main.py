"""python -m oms: what stops the start is told in one sentence, with exit code 2."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from config.load import DIRECTORY

REPO = DIRECTORY.parent


def start(folder: Path, **secrets: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "oms", "--config", str(folder)],
        cwd=REPO,
        env=kept | secrets,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_11_09_a_missing_limit_stops_the_start_with_its_name(tmp_path: Path) -> None:
    for file in DIRECTORY.glob("*.yaml"):
        shutil.copy(file, tmp_path)
    oms = tmp_path / "oms.yaml"
    kept = [line for line in oms.read_text().splitlines() if "gross_pct_max" not in line]
    oms.write_text("\n".join(kept))
    ended = start(tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == (
        "oms: oms.yaml: risk.gross_pct_max is missing; write it down, there is no default\n"
    )


def test_10_5_07_a_typo_in_the_paper_switch_stops_the_start(tmp_path: Path) -> None:
    ended = start(DIRECTORY, KIS_IS_PAPER="yes")
    assert ended.returncode == 2
    assert "KIS_IS_PAPER must be true or false" in ended.stderr
