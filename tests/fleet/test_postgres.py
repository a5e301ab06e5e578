"""The embedded server: it starts, is joined, stops, and keeps what was committed."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from fleet import postgres
from fleet.postgres import EmbeddedPostgres, PostgresError
from tests.postgres import server_directory

REPO = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with server_directory() as place:
        yield place / "postgres"
        postgres.stop(place / "postgres")


def started(directory: Path) -> EmbeddedPostgres:
    return postgres.start(directory)


async def asked(url: str, question: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_committed_rows_survive_a_restart(directory: Path) -> None:
    server = started(directory)
    assert await asked(server.url, "CREATE TABLE kept AS SELECT 42 AS answer") is None
    postgres.stop(directory)
    assert postgres.running_url(directory) is None
    assert await asked(started(directory).url, "SELECT answer FROM kept") == 42


async def test_a_second_start_joins_the_running_server(directory: Path) -> None:
    first = started(directory)
    assert started(directory) == first
    assert postgres.running_url(directory) == first.url


async def test_it_is_durable_and_listens_on_loopback_alone(directory: Path) -> None:
    url = started(directory).url
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        assert await asked(url, f"SHOW {setting}") == "on"
    assert await asked(url, "SHOW listen_addresses") == "127.0.0.1"


async def test_nobody_enters_without_the_password(directory: Path) -> None:
    server = started(directory)
    password = directory / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asked(server.url.replace(password.read_text(), "guess"), "SELECT 1")


async def test_a_killed_server_starts_again_beside_its_stale_file(directory: Path) -> None:
    server = started(directory)
    await asked(server.url, "CREATE TABLE survivor AS SELECT 7 AS answer")
    file = directory / "cluster" / "postmaster.pid"
    os.kill(int(file.read_text().split()[0]), signal.SIGKILL)
    while postgres.running_url(directory):
        pass  # a signal takes a moment
    again = started(directory)
    assert await asked(again.url, "SELECT answer FROM survivor") == 7


async def test_the_number_of_a_dead_server_may_belong_to_another_process(directory: Path) -> None:
    started(directory)
    file = directory / "cluster" / "postmaster.pid"
    lines = file.read_text().splitlines()
    postgres.stop(directory)
    file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert postgres.running_url(directory) is None
    assert await asked(started(directory).url, "SELECT 1") == 1


async def test_databases_are_made_copied_and_dropped(directory: Path) -> None:
    base = started(directory).url
    model = await postgres.create_database(base, "model one")
    await asked(model, "CREATE TABLE furniture AS SELECT 3 AS chairs")
    copy = await postgres.create_database(base, "copy", template="model one")
    assert await asked(copy, "SELECT chairs FROM furniture") == 3
    for name in ("copy", "model one", "never made"):
        await postgres.drop_database(base, name)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asked(copy, "SELECT 1")


def test_the_last_one_to_leave_stops_it(directory: Path) -> None:
    postgres.stop(directory)
    with server_directory() as place:
        first, second = started(place), started(place)
        assert first.leave() is False
        assert postgres.running_url(place) == second.url
        third = started(place)
        assert (second.leave(), third.leave()) == (False, True)
        assert postgres.running_url(place) is None


def test_a_process_that_dies_uses_it_no_more(directory: Path) -> None:
    with server_directory() as place:
        server = started(place)
        program = f"from fleet.postgres import start, Path; start(Path({str(place)!r}))"
        subprocess.run((sys.executable, "-c", program), cwd=REPO, check=True, timeout=30)
        assert server.leave() is True


def test_stopping_what_does_not_run_says_so(tmp_path: Path) -> None:
    assert postgres.stop(tmp_path / "nothing") is False
    assert postgres.running_url(tmp_path / "nothing") is None


def test_a_server_that_cannot_start_says_why(directory: Path) -> None:
    started(directory)
    postgres.stop(directory)
    conf = directory / "cluster" / "postgresql.conf"
    sound = conf.read_text()
    conf.write_text(sound + "no_such_setting = 1\n")
    with pytest.raises(PostgresError, match=r"(?s)cannot start PostgreSQL.*no_such_setting"):
        started(directory)
    conf.write_text(sound)


def test_a_version_nobody_brings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match="brings no PostgreSQL 12"):
        postgres.start(tmp_path / "old", version=12)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("postgresql://u:p@h:1/a", "postgresql://u:p@h:1/b"),
        ("postgresql://u:p@h/a?ssl=require", "postgresql://u:p@h/b?ssl=require"),
    ],
)
def test_a_url_is_pointed_at_another_database(base: str, expected: str) -> None:
    assert postgres.database_url(base, "b") == expected
