"""`kst db` shows a run's database while it runs, or says what to do."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from fleet import postgres
from fleet.database import serve
from fleet.demo import database_name
from fleet.supervisor import FleetError
from tests.postgres import server_directory

pytestmark = pytest.mark.anyio


async def test_without_a_server_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FleetError, match="play a day with kst demo first"):
        await serve(None)


async def test_the_first_line_is_the_url_of_the_runs_database(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with server_directory() as place:
        monkeypatch.setattr("fleet.database.SERVER", place)
        run = place.parent / "2025-09-03-090000-1"
        with postgres.start(place, durable=False) as server:
            await postgres.create_database(server.url, database_name(run))
            serving = asyncio.create_task(serve(run))
            while not (said := capsys.readouterr().out):  # noqa: ASYNC110 - it prints, once
                await asyncio.sleep(0.02)
            connection = await asyncpg.connect(said.strip())
            assert await connection.fetchval("SELECT current_database()") == database_name(run)
            await connection.close()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            with pytest.raises(FleetError, match="no database of"):
                await serve(place.parent / "another")
