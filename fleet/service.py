"""`kst up`, `down`, `status`: the configured fleet on this machine, without Docker."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table

from config.load import DIRECTORY, load, load_env_file, secret_or_none
from fleet.roster import services_of
from fleet.supervisor import ChildSpec, FleetError, Supervisor
from kis_core.settings import ServiceSettings

ROOT = Path(__file__).resolve().parent.parent


def _home(settings: ServiceSettings) -> Path:
    return settings.data_dir / "fleet"


def _state(home: Path) -> dict[str, Any] | None:
    """Return what the supervisor last wrote, if that supervisor still runs."""
    file = home / "supervisor.json"
    if not file.is_file():
        return None
    state: dict[str, Any] = json.loads(file.read_text())
    try:
        os.kill(int(state["pid"]), 0)
    except ProcessLookupError:
        return None
    return state


async def up(config: Path | None, foreground: bool) -> None:
    """Start the fleet: in the background, watched by a supervisor, or in front of the caller."""
    load_env_file(ROOT / ".env")
    directory = config or DIRECTORY
    settings = load(ServiceSettings, "fleet", directory)
    for service in services_of(settings):  # a bad file stops us here, before anything runs
        load(service.shape(), service.config_name, directory)
    settings.credentials()
    settings.account()
    home = _home(settings)
    if (state := _state(home)) is not None:
        raise FleetError(f"the fleet is up already (supervisor pid {state['pid']}); see kst status")
    if foreground:
        await supervise(directory, settings)
        return
    home.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "fleet", "up", "--foreground", "--config", str(directory)]
    with (home / "supervisor.err").open("ab") as err:
        process = subprocess.Popen(  # noqa: ASYNC220 - starting is instant; it outlives us
            words, cwd=Path.cwd(), stdin=subprocess.DEVNULL, stdout=err, stderr=err,
            start_new_session=True,
        )  # fmt: skip
    for _ in range(900):
        await asyncio.sleep(0.1)
        if process.poll() is not None:
            words_left = (home / "supervisor.err").read_text(errors="replace").strip().splitlines()
            raise FleetError(words_left[-1] if words_left else "the fleet did not start")
        state = _state(home)
        names = {c["name"] for c in state["children"] if c["state"] == "up"} if state else set()
        if names >= {service.config_name for service in services_of(settings)}:
            Console().print(f"fleet is up, supervisor pid {process.pid}; kst status, kst down")
            return
    raise FleetError(f"the fleet is not up after 90 s; see {home / 'logs'}")


async def supervise(directory: Path, settings: ServiceSettings) -> None:
    """Run the fleet until SIGTERM or Ctrl-C."""
    from fleet import postgres
    from infra.postgres.migrate import upgrade

    console = Console(stderr=True)
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with contextlib.AsyncExitStack() as stack:
        url = secret_or_none("DATABASE_URL")
        if url is None:
            server = stack.enter_context(postgres.start(settings.data_dir / "postgres"))
            url = server.url
        await upgrade(url)
        supervisor = Supervisor(_home(settings), console.print)
        stack.push_async_callback(supervisor.stop)
        doors = {"collector": settings.relay_url, "oms": settings.oms_url}
        for service in services_of(settings):
            door = doors.get(service.config_name)
            await supervisor.start(
                ChildSpec(
                    service.config_name,
                    (sys.executable, "-m", service.package, "--config", str(directory)),
                    f"{door}/livez" if door else None,
                    {"DATABASE_URL": url},
                )
            )
        console.print("fleet is up; Ctrl-C stops it")
        await stopped.wait()
        console.print("stopping")


async def down(config: Path | None) -> None:
    """Stop the fleet and return once it has stopped."""
    home = _home(load(ServiceSettings, "fleet", config or DIRECTORY))
    state = _state(home)
    if state is None:
        raise FleetError("no fleet is running here; kst up starts one")
    pid = int(state["pid"])
    os.kill(pid, signal.SIGTERM)
    for _ in range(900):
        await asyncio.sleep(0.1)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            Console().print("fleet is down")
            return
    raise FleetError(
        f"supervisor {pid} did not stop within 90 s; kill -9 {pid} ends it and its children"
    )


@dataclass(frozen=True)
class FleetStatus:
    """The children as the supervisor knows them, with what each says of itself."""

    running: bool
    children: tuple[dict[str, Any], ...]

    @property
    def healthy(self) -> bool:
        """Return whether all children are up and say that they are ready."""
        return self.running and all(
            c["state"] == "up" and c["ready"] is not False for c in self.children
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the status for a program to read."""
        return {"running": self.running, "healthy": self.healthy, "children": list(self.children)}

    def print(self) -> None:
        """Print the status for a person."""
        console = Console()
        if not self.running:
            console.print("no fleet is running here · 실행 중인 시스템이 없습니다 (kst up)")
            return
        grid = Table()
        for column in ("process", "pid", "state", "starts", "ready", "says"):
            grid.add_column(column)
        for child in self.children:
            ready = {True: "[green]ready[/]", False: "[red]not ready[/]", None: ""}[child["ready"]]
            grid.add_row(
                child["name"],
                str(child["pid"]),
                child["state"],
                str(child["starts"]),
                ready,
                child["says"],
            )
        console.print(grid)


async def status(config: Path | None) -> FleetStatus:
    """Ask the supervisor's file and each child's own door."""
    state = _state(_home(load(ServiceSettings, "fleet", config or DIRECTORY)))
    if state is None:
        return FleetStatus(False, ())
    children = []
    async with httpx.AsyncClient(timeout=3.0) as http:
        for child in state["children"]:
            ready: bool | None = None
            says = ""
            if child["ready_url"]:
                try:
                    answer = await http.get(child["ready_url"].replace("/livez", "/readyz"))
                    ready, says = answer.status_code == 200, answer.text[:200]
                except httpx.HTTPError as error:
                    ready, says = False, type(error).__name__
            children.append({**child, "ready": ready, "says": says})
    return FleetStatus(True, tuple(children))
