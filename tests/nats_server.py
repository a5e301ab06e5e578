"""Debian's nats-server with JetStream, as a process of a test's own."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

PROGRAM = shutil.which("nats-server") or "/usr/sbin/nats-server"


class NatsServer:
    """A server on a free port. It may be killed and started again on what it had stored."""

    def __init__(self, folder: Path, token: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"nats://127.0.0.1:{self.port}/test"
        self.folder = folder
        self._words = [
            *(PROGRAM, "-js", "-sd", str(folder), "-a", "127.0.0.1", "-p", str(self.port)),
            *("--auth", token),
        ]
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it listens."""
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            *self._words, stdout=quiet, stderr=quiet
        )
        async with asyncio.timeout(10):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.02)
                    continue
                writer.close()
                return

    async def kill(self) -> None:
        """Kill it as a crash does."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def nats_server(folder: Path, token: str) -> AsyncIterator[NatsServer]:
    """Yield a running server, gone afterwards; without the program CI fails, other tests skip."""
    if not os.path.exists(PROGRAM):  # noqa: ASYNC240 - one look
        if os.environ.get("CI"):
            pytest.fail(f"{PROGRAM} is not installed, and CI tries the relay over it")
        pytest.skip("nats-server is not installed (Debian: apt install nats-server)")
    server = NatsServer(folder, token)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()
