"""Processes on one machine: started in order, watched, restarted when they die, stopped in reverse.

A child that dies is started again after a pause that doubles (0.25 s to 30 s) and is said so; ten
deaths within a minute end the attempts, and that is said too. On Linux, children die with the
supervisor, so that a killed fleet leaves no orphan that trades.
"""

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from kis_core.clock import SystemClock

PAUSE_FIRST_S = 0.25
PAUSE_MAX_S = 30.0
DEATHS_MAX = 10  # within DEATHS_WINDOW_S: then a person has to look
DEATHS_WINDOW_S = 60.0
READY_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0
_PR_SET_PDEATHSIG = 1


class FleetError(Exception):
    """Something about the processes of this machine that an operator has to know. One sentence."""


@dataclass(frozen=True)
class ChildSpec:
    """How to start one process and how to see that it is up (`ready_url` answers 200)."""

    name: str
    argv: tuple[str, ...]
    ready_url: str | None
    env: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass
class Child:
    """One process as it is now."""

    spec: ChildSpec
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    deaths: list[float] = field(default_factory=list)
    state: str = "starting"  # starting, up, restarting, given up, stopped


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Supervisor:
    """Owns the children. `say` gets one sentence whenever something happened."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say
        self._children: dict[str, Child] = {}
        self._watchers: list[asyncio.Task[None]] = []
        self._stop = asyncio.Event()
        self.events: list[dict[str, object]] = []
        (folder / "logs").mkdir(parents=True, exist_ok=True)

    @property
    def children(self) -> Sequence[Child]:
        """Return the children in starting order."""
        return list(self._children.values())

    def _note(self, name: str, what: str) -> None:
        at = SystemClock().now().isoformat(timespec="milliseconds")
        self.events.append({"at": at, "child": name, "what": what})
        self._write_state()

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            "children": [
                {
                    "name": child.spec.name,
                    "pid": child.process.pid if child.process else None,
                    "state": child.state,
                    "starts": child.starts,
                    "ready_url": child.spec.ready_url,
                }
                for child in self._children.values()
            ],
            "events": self.events[-200:],
        }
        draft = self._folder / "supervisor.draft"
        draft.write_text(json.dumps(state, indent=1))
        os.replace(draft, self._folder / "supervisor.json")

    async def start(self, spec: ChildSpec) -> None:
        """Start a child and return once it is ready. Raises FleetError with its last words."""
        child = Child(spec)
        self._children[spec.name] = child
        await self._spawn(child)
        await self._until_ready(child)
        child.state = "up"
        self._note(spec.name, "up")
        self._watchers.append(asyncio.create_task(self._watch(child)))

    async def _spawn(self, child: Child) -> None:
        spec = child.spec
        with (
            (self._folder / "logs" / f"{spec.name}.out").open("ab") as out,
            (self._folder / "logs" / f"{spec.name}.err").open("ab") as err,
        ):
            child.process = await asyncio.create_subprocess_exec(
                *spec.argv,
                env={**os.environ, **spec.env},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone; it stops the rest
                preexec_fn=_die_with_parent,
            )
        child.starts += 1
        self._note(spec.name, f"started, pid {child.process.pid}")

    async def _until_ready(self, child: Child) -> None:
        assert child.process is not None
        deadline = time.monotonic() + READY_TIMEOUT_S
        async with httpx.AsyncClient(timeout=2.0) as http:
            while child.spec.ready_url is not None:
                if child.process.returncode is not None:
                    raise FleetError(
                        f"{child.spec.name} stopped with exit code {child.process.returncode} "
                        f"while starting: {self.last_words(child.spec.name)}"
                    )
                with contextlib.suppress(httpx.HTTPError):
                    if (await http.get(child.spec.ready_url)).status_code == 200:
                        return
                if time.monotonic() > deadline:
                    raise FleetError(
                        f"{child.spec.name} was not ready after {READY_TIMEOUT_S:.0f} s: "
                        f"{self.last_words(child.spec.name)}"
                    )
                await asyncio.sleep(0.05)

    def last_words(self, name: str) -> str:
        """Return the last line a child wrote to its standard error."""
        file = self._folder / "logs" / f"{name}.err"
        lines = file.read_text(errors="replace").strip().splitlines() if file.exists() else []
        return lines[-1][-500:] if lines else f"it said nothing; see {file}"

    async def _watch(self, child: Child) -> None:
        pause = PAUSE_FIRST_S
        while True:
            assert child.process is not None
            code = await child.process.wait()
            if self._stop.is_set():
                return
            now = time.monotonic()
            child.deaths = [d for d in child.deaths if now - d < DEATHS_WINDOW_S] + [now]
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            if len(child.deaths) == 1:
                pause = PAUSE_FIRST_S
            if code == 0:
                child.state = "finished"
                self._note(child.spec.name, "finished")
                return
            if len(child.deaths) >= DEATHS_MAX:
                child.state = "given up"
                self._note(child.spec.name, f"died ({how}); given up")
                self._say(
                    f"{child.spec.name} died {DEATHS_MAX} times within {DEATHS_WINDOW_S:.0f} s "
                    f"({how}) and is not restarted: {self.last_words(child.spec.name)}"
                )
                return
            child.state = "restarting"
            self._note(child.spec.name, f"died ({how})")
            self._say(f"{child.spec.name} died ({how}); restarting in {pause:g} s")
            await asyncio.sleep(pause)
            pause = min(PAUSE_MAX_S, pause * 2)
            if self._stop.is_set():
                return
            await self._spawn(child)
            try:
                await self._until_ready(child)
            except FleetError as error:
                self._say(str(error))
                if child.process.returncode is None:
                    child.process.kill()
                continue
            child.state = "up"
            self._note(child.spec.name, "up again")
            self._say(f"{child.spec.name} is up again, pid {child.process.pid}")

    async def stop(self) -> None:
        """Stop all children, the last started first. One that does not listen is killed."""
        self._stop.set()
        for child in reversed(self._children.values()):
            process = child.process
            if process is not None and process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                try:
                    await asyncio.wait_for(process.wait(), STOP_TIMEOUT_S)
                except TimeoutError:
                    self._say(
                        f"{child.spec.name} did not stop within {STOP_TIMEOUT_S:.0f} s: killed"
                    )
                    process.kill()
                    await process.wait()
            child.state = "stopped"
            self._note(child.spec.name, "stopped")
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
