"""The `sim` profile on a real Docker engine: one fast generated day, then clean down."""

import json
import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PROJECT = "kst_ci"
SPEED = 200
DAY_S = (40 * 60 + 6.5 * 3600 + 120) / SPEED
STRATEGIES = ("kmp", "kpr", "nulrimok")
SERVICES = ("postgres", "sim", "collector", "oms", *STRATEGIES)
# A build reaches the package index through the host's network on machines without one of its own.
OVERRIDE = "".join(
    f"  {name}: {{build: {{context: ., network: host}}}}\n"
    for name in ("prepare", "sim", "collector", "oms", *STRATEGIES)
)

pytestmark = pytest.mark.docker


def command() -> list[str]:
    if subprocess.run(
        ["docker", "compose", "version"], capture_output=True, check=False
    ).returncode:
        found = shutil.which("docker-compose")
        assert found, "neither `docker compose` nor docker-compose is installed"
        return [found]
    return ["docker", "compose"]


class Compose:
    """The compose project of this test, with secrets of its own."""

    def __init__(self, folder: Path) -> None:
        names = [
            line.split("=")[0]
            for line in (ROOT / ".env.sim.example").read_text().splitlines()
            if "=" in line and not line.startswith("#")
        ]
        values = {name: secrets.token_hex(24) for name in names}
        values |= {"SIM_ACCOUNT_NO": "50123456-01", "SIM_HTS_ID": "kstsim", "SIM_SPEED": str(SPEED)}
        override = folder / "override.yml"
        override.write_text(f"services:\n{OVERRIDE}")
        self._environment = {
            **os.environ,
            **values,
            "DOCKER_BUILDKIT": "0",
            "COMPOSE_DOCKER_CLI_BUILD": "0",
        }
        self._words = [
            *command(), "-p", PROJECT, "--project-directory", str(ROOT),
            "-f", str(ROOT / "docker-compose.yml"), "-f", str(override), "--profile", "sim",
        ]  # fmt: skip

    def run(self, *words: str, timeout_s: int = 420) -> str:
        done = subprocess.run(
            [*self._words, *words], env=self._environment, capture_output=True, text=True,
            timeout=timeout_s, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"compose {' '.join(words)}: {done.stdout}\n{done.stderr}"[
            -4000:
        ]
        return done.stdout

    def inside(self, service: str, *words: str) -> str:
        return self.run("exec", "-T", service, *words)

    def health(self) -> dict[str, str]:
        found = {}
        for service in SERVICES:
            number = self.run("ps", "-q", service).strip()
            state = json.loads(
                subprocess.run(
                    ["docker", "inspect", number], capture_output=True, text=True, check=True
                ).stdout
            )[0]["State"]
            found[service] = state["Health"]["Status"] if state["Running"] else "stopped"
        return found

    def asked(self, statement: str) -> str:
        return self.inside(
            "postgres", "psql", "-U", "postgres", "-d", "trading", "-XtAc", statement
        ).strip()


@pytest.fixture
def compose(tmp_path: Path) -> Iterator[Compose]:
    project = Compose(tmp_path)
    project.run("down", "-v", "--remove-orphans")
    try:
        yield project
    finally:
        project.run("down", "-v", "--remove-orphans")


def simulated(compose: Compose, path: str) -> dict[str, object]:
    ask = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:8030{path}').read().decode())"
    answer: dict[str, object] = json.loads(compose.inside("sim", "python3", "-c", ask))
    return answer


def test_a_fast_day_in_containers(compose: Compose) -> None:
    compose.run("build")
    compose.run("up", "-d")
    deadline = time.monotonic() + DAY_S + 90
    while time.monotonic() < deadline:
        time.sleep(3)
        state = simulated(compose, "/sim/state")
        if str(state["now"])[11:16] >= "15:33":
            break
    else:
        pytest.fail(f"the day did not end: {state['now']}")
    time.sleep(10)  # the collector's last sweep and the audit
    expected = simulated(compose, "/sim/bars")["total"]
    orders = state["orders"]
    assert isinstance(orders, list)
    assert compose.health() == dict.fromkeys(SERVICES, "healthy")
    assert int(compose.asked("SELECT count(*) FROM stock_candles")) == expected
    assert int(compose.asked("SELECT count(*) FROM oms_events")) > 100
    new = [order for order in orders if order["change"] == "new"]
    assert int(compose.asked("SELECT count(*) FROM orders WHERE sent_at IS NOT NULL")) == len(new)
    assert int(compose.asked("SELECT coalesce(sum(shares), 0) FROM executions")) == sum(
        order["filled"] for order in new
    )
    told = "SELECT count(DISTINCT strategy_id) FROM strategy_funnel_days"
    assert int(compose.asked(told)) == len(STRATEGIES)
    assert int(compose.asked("SELECT count(*) FROM research_artifacts")) == 1
    for service in ("sim", "collector", "oms", *STRATEGIES):
        assert compose.inside(service, "id", "-u").strip() != "0"
    compose.run("stop", "-t", "20")
    codes = compose.run("ps", "-a")
    assert "137" not in codes, f"a container had to be killed: {codes}"
