"""`kst db`: the embedded PostgreSQL of this folder, kept up for whoever wants to look into it."""

import asyncio
import sys
from pathlib import Path

from fleet import postgres
from fleet.demo import DEMOS, database_name
from fleet.supervisor import FleetError

SERVER = Path("data/postgres")


def _home(run: Path | None) -> Path:
    if not SERVER.is_dir():
        raise FleetError(f"no embedded PostgreSQL in {SERVER}: play a day with kst demo first")
    return (run or DEMOS / "last").resolve()


async def serve(run: Path | None) -> None:
    """Print the URL of a run's database and keep its server up until the command is stopped."""
    home = _home(run)
    with await asyncio.to_thread(postgres.start, SERVER) as server:
        name = database_name(home)
        if name not in await postgres.databases(server.url):
            raise FleetError(f"no database of {home}: play a day with kst demo, or name --run")
        sys.stdout.write(postgres.database_url(server.url, name) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
