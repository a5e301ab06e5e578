"""The strategies' processes: what stops their start, and how they stop."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from config.load import DIRECTORY, merge, read_yaml
from kis_core.clock import ns, write_anchor
from tests.strategy_runtime.toys import AT

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@dataclass(frozen=True)
class Process:
    """One strategy: its folder's name, its name in a sentence, what more it needs and says."""

    name: str
    title: str
    needs: dict[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()

    @property
    def secrets(self) -> dict[str, str]:
        return {"RELAY_TOKEN": "r", f"OMS_TOKEN_{self.name.upper()}": "t", **self.needs}


PROCESSES = (
    Process("kmp", "KMP"),
    Process("kpr", "KPR"),
    Process(
        "nulrimok",
        "Nulrimok",
        {"DATABASE_URL": NOWHERE},
        ("no artifact to trade on", "research store"),
    ),
)
every = pytest.mark.parametrize("of", PROCESSES, ids=lambda of: of.name)


def started(of: Process, config: Path, secrets: dict[str, str]) -> subprocess.Popen[str]:
    env = {k: v for k, v in os.environ.items() if "TOKEN" not in k and k != "DATABASE_URL"}
    env |= {**secrets, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-m", f"strategy_{of.name}", "--config", str(config)],
        env=env, cwd=config.parent, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration of a simulated fleet of which only a strategy is there."""
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


def refused(of: Process, config: Path, secrets: dict[str, str]) -> str:
    """Return the one sentence with which a process that must not start ends."""
    process = started(of, config, secrets)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(said.splitlines()) == 1
    return said


@every
def test_a_missing_secret_ends_the_start_with_two_and_a_sentence(of: Process, config: Path) -> None:
    assert "RELAY_TOKEN is not set" in refused(of, config, {})
    for name in of.needs:
        assert f"{name} is not set" in refused(of, config, {**of.secrets, name: ""})


@every
def test_an_unknown_key_ends_the_start_with_two_and_a_sentence(of: Process, config: Path) -> None:
    file = config / f"{of.name}.yaml"
    over = {"switches": {"typo": 1}}
    file.write_text(yaml.safe_dump(merge(read_yaml(file), over)), encoding="utf-8")
    assert "switches.typo is not a known key" in refused(of, config, of.secrets)


@every
def test_it_lives_without_its_neighbours_and_stops_when_told(of: Process, config: Path) -> None:
    process = started(of, config, of.secrets)
    journal = config.parent / f"data/strategies/{of.name}/2025-09-03.journal"
    log = config.parent / f"logs/{of.name}_2025-09-03.log"
    phrases = (f"Starting {of.title}", "OMS away", "Market data line down", *of.says)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        said = log.read_text() if log.exists() else ""
        if all(phrase in said for phrase in phrases):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said
    for phrase in (*phrases, f"{of.title} stopped"):
        assert phrase in said
    assert journal.with_name("2025-09-03.funnel.json").exists()
