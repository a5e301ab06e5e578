"""The simulator as its user starts it, and the Python in which the clients are installed."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).parent
REPO = HERE.parents[1]
DATE = "2025-09-03"
STORY_S = 180


class Simulator:
    """One `kst sim`, and what it offered."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self.process = process
        self.offer: dict[str, str] = json.loads(process.stdout.readline())

    def state(self) -> dict[str, Any]:
        """Return what the exchange itself says of the account."""
        return self._ask("state")

    def fills(self) -> list[dict[str, Any]]:
        """Return every fill of the day."""
        fills: list[dict[str, Any]] = self._ask("fills")["fills"]
        return fills

    def _ask(self, page: str) -> dict[str, Any]:
        content: dict[str, Any] = httpx.get(f"{self.offer['rest_url']}/sim/{page}").json()
        return content


@pytest.fixture
def simulator(kst_data: Path) -> Iterator[Callable[..., Simulator]]:
    """How a test starts a simulator of a real day: `simulator("real", layout="legacy")`."""
    with contextlib.ExitStack() as stack:

        def start(env: str, layout: str = "legacy", at: str = "10:00") -> Simulator:
            words = ("--bars", str(kst_data / "bars_1m"), "--date", DATE, "--at", at, "--env", env)
            ports = ("--speed", "5", "--port", "0", "--ws-port", "0", "--ws-layout", layout)
            process = subprocess.Popen(
                [sys.executable, "-m", "broker_sim", *words, *ports],
                cwd=REPO,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            stack.callback(_stop, process)
            return Simulator(process)

        yield start


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    process.wait(timeout=10)
    if process.stdout is not None:
        process.stdout.close()


@pytest.fixture
def tell() -> Callable[..., dict[str, Any]]:
    """How a test lets a client live its story: `tell("mojito_story.py", real, paper)`."""

    def story(
        script: str, real: Simulator | None, paper: Simulator | None = None
    ) -> dict[str, Any]:
        python = os.environ.get("KST_CLIENTS_PYTHON")
        if python is None:
            pytest.fail("the clients are installed by .ci/clients: run that")
        told: dict[str, Any] = {"hosts": {}}
        for env, broker in (("real", real), ("paper", paper)):
            told[env] = broker and broker.offer
            if broker is not None:
                told["hosts"][f"{env}_rest"] = broker.offer["rest_url"]
                told["hosts"][f"{env}_ws"] = broker.offer["ws_url"]
        done = subprocess.run(
            [python, str(HERE / script), json.dumps(told)],
            check=False,
            capture_output=True,
            text=True,
            timeout=STORY_S,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        # Clients log to the standard output, too.
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        seen: dict[str, Any] = json.loads(lines[-1])
        return seen

    return story
