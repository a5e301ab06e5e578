"""Nulrimok's process: what stops its start, and how it stops."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from config.load import DIRECTORY, merge, read_yaml
from kis_core.clock import ns, write_anchor
from tests.strategy_runtime.toys import AT

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {
    "RELAY_TOKEN": "r",
    "OMS_TOKEN_NULRIMOK": "n",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
}


def started(config: Path, secrets: dict[str, str]) -> subprocess.Popen[str]:
    env = {k: v for k, v in os.environ.items() if "TOKEN" not in k and k != "DATABASE_URL"}
    env |= {**secrets, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", "strategy_nulrimok", "--config", str(config)],
        env=env, cwd=config.parent, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of a simulated fleet of which only Nulrimok is there."""
    folder = tmp_path / "config"
    shutil.copytree(DIRECTORY, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    clock = tmp_path / "clock.json"
    write_anchor(clock, ns(AT), 10.0, running=True)
    nobody = "http://127.0.0.1:1"
    over = {
        "broker": "sim",
        "simulator": {"rest_url": nobody, "ws_url": "ws://127.0.0.1:1", "dialect": "real"},
        "clock": {"kind": "scaled", "file": str(clock)},
        "log": {"level": "info", "directory": str(tmp_path / "logs")},
        "data_dir": str(tmp_path / "data"),
        "relay_url": nobody,
        "oms_url": nobody,
    }
    file = folder / "fleet.yaml"
    file.write_text(yaml.safe_dump(merge(read_yaml(file), over)), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("secrets", "over", "words"),
    [
        ({}, {}, "RELAY_TOKEN is not set"),
        ({**SECRETS, "DATABASE_URL": ""}, {}, "DATABASE_URL is not set"),
        (SECRETS, {"switches": {"typo": 1}}, "switches.typo is not a known key"),
    ],
    ids=["a secret is missing", "no database", "a key is unknown"],
)
def test_what_must_not_start_ends_with_two_and_a_sentence(
    secrets: dict[str, str], over: dict[str, object], words: str, config: Path
) -> None:
    file = config / "nulrimok.yaml"
    file.write_text(yaml.safe_dump(merge(read_yaml(file), over)), encoding="utf-8")
    process = started(config, secrets)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert words in said
    assert len(said.splitlines()) == 1


def test_it_lives_without_its_neighbours_and_its_database_and_stops_when_told(
    config: Path,
) -> None:
    process = started(config, SECRETS)
    journal = config.parent / "data/strategies/nulrimok/2025-09-03.journal"
    log = config.parent / "logs/nulrimok_2025-09-03.log"
    phrases = ("OMS away", "Market data line down", "no artifact to trade on")
    until = time.monotonic() + 30
    while time.monotonic() < until:
        said = log.read_text() if log.exists() else ""
        if all(phrase in said for phrase in phrases):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    for phrase in ("Starting Nulrimok", *phrases, "research store", "Nulrimok stopped"):
        assert phrase in said
    assert journal.with_name("2025-09-03.funnel.json").exists()
