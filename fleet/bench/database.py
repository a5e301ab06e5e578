"""A PostgreSQL of a benchmark's own, durable as a real one, that may be shot in the middle."""

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from fleet import postgres
from infra.postgres import migrate

_numbers = count(1)


@dataclass(frozen=True)
class Database:
    """The server, where it lives, and the URL of its first database."""

    place: Path
    port: int
    url: str

    def new(self) -> str:
        """Return the URL of a migrated database without rows."""

        async def make() -> str:
            url = await postgres.create_database(self.url, f"bench_{next(_numbers)}")
            await migrate.upgrade(url)
            return url

        return asyncio.run(make())

    def shoot(self) -> None:
        """Kill the server as a crash does: no connection is told."""
        file = self.place / "cluster" / "postmaster.pid"
        os.kill(int(file.read_text().split()[0]), signal.SIGKILL)

    def start(self) -> None:
        """Start it again on its port, as a supervisor does."""
        postgres.start(self.place, port=self.port)


@contextmanager
def bench_server() -> Iterator[Database]:
    """Yield a server on the disk of the repository, gone afterwards."""
    folder = Path("data")
    folder.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="bench-postgres-", dir=folder)).resolve()
    try:
        started = postgres.start(place)
        yield Database(place, started.port, started.url)
    finally:
        postgres.stop(place)
        shutil.rmtree(place)
