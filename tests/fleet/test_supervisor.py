"""Children are started in order, restarted when they die, said so, and stopped in reverse."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from fleet.supervisor import ChildSpec, FleetError, Supervisor

SERVE = """
import http.server, signal, sys
class Ok(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Ok).serve_forever()
"""


def server(name: str, port: int) -> ChildSpec:
    argv = (sys.executable, "-c", SERVE, str(port))
    return ChildSpec(name, argv, f"http://127.0.0.1:{port}/livez")


def free_port() -> int:
    from fleet.rundir import free_ports

    return free_ports(1)[0]


@pytest.mark.anyio
async def test_a_child_that_is_killed_is_up_again_and_said_so(tmp_path: Path) -> None:
    said: list[str] = []
    fleet = Supervisor(tmp_path, said.append)
    await fleet.start(server("oms", free_port()))
    child = fleet.children[0]
    assert child.process is not None
    first = child.process.pid
    os.kill(first, signal.SIGKILL)
    for _ in range(200):
        await asyncio.sleep(0.05)
        if child.starts == 2 and child.state == "up":
            break
    assert child.process.pid != first
    assert said[0] == "oms died (signal 9); restarting in 0.25 s"
    assert said[-1].startswith("oms is up again")
    state = json.loads((tmp_path / "supervisor.json").read_text())
    assert state["children"][0]["pid"] == child.process.pid
    await fleet.stop()
    assert child.process.returncode == 0


@pytest.mark.anyio
async def test_a_child_that_cannot_start_ends_in_one_sentence(tmp_path: Path) -> None:
    fleet = Supervisor(tmp_path, lambda text: None)
    words = (sys.executable, "-c", "import sys; sys.exit('oms.yaml: limits is missing')")
    with pytest.raises(
        FleetError, match=r"oms stopped with exit code 1 .*oms.yaml: limits is miss"
    ):
        await fleet.start(ChildSpec("oms", words, "http://127.0.0.1:9/livez"))
    await fleet.stop()


@pytest.mark.anyio
async def test_children_stop_in_reverse_and_one_that_finished_stays_so(tmp_path: Path) -> None:
    fleet = Supervisor(tmp_path, lambda text: None)
    await fleet.start(server("collector", free_port()))
    await fleet.start(ChildSpec("kmp", (sys.executable, "-c", "pass"), None))
    for _ in range(100):
        await asyncio.sleep(0.05)
        if fleet.children[1].state == "finished":
            break
    assert fleet.children[1].starts == 1
    await fleet.stop()
    stopped = [e["child"] for e in fleet.events if e["what"] == "stopped"]
    assert stopped == ["kmp", "collector"]
