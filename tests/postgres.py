"""A real PostgreSQL for the tests: `database` is the URL of a fresh, migrated one, a test each.

One server a session: a container when a Docker engine answers and has the image, else the embedded
server; the same tests run on both. KST_TEST_POSTGRES=docker or =embedded chooses. Databases are
copies of one that was migrated once, which takes some 30 ms.
"""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from fleet import postgres
from infra.postgres import migrate

IMAGE = "postgres:17"
TEMPLATE = "kst_template"
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 2_000_000_000  # making databases is all file copying
_QUICK = "postgres -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
_numbers = count(1)


@contextmanager
def server_directory() -> Iterator[Path]:
    """A directory for an embedded server, gone afterwards.

    Not one of pytest's: for root the server runs as somebody else, and every pytest that starts
    shuts that somebody out of the folder that all of them share.
    """
    memory = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > MEMORY_BYTES else None
    place = Path(tempfile.mkdtemp(prefix="kst-postgres-", dir=memory))
    try:
        yield place
    finally:
        postgres.stop(place)
        shutil.rmtree(place)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server whose rows nobody will miss."""
    if _wants_docker():
        yield from _container()
        return
    with server_directory() as place:
        yield postgres.start(place, durable=False).url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The URL of a server that has a migrated database to copy."""

    async def make() -> None:
        await migrate.upgrade(await postgres.create_database(postgres_server, TEMPLATE))

    asyncio.run(make())
    return postgres_server


@pytest.fixture
def database(postgres_template: str) -> Iterator[str]:
    """The URL of a migrated database of this test's own."""
    yield from _fresh(postgres_template, TEMPLATE)


@pytest.fixture
def empty_database(postgres_server: str) -> Iterator[str]:
    """The URL of a database without a schema."""
    yield from _fresh(postgres_server, None)


def _fresh(server: str, template: str | None) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    yield asyncio.run(postgres.create_database(server, name, template=template))
    asyncio.run(postgres.drop_database(server, name))


def _wants_docker() -> bool:
    match os.environ.get("KST_TEST_POSTGRES", ""):
        case "docker":
            return True
        case "embedded":
            return False
        case "":
            return _docker_has_image()
        case other:
            pytest.fail(f"KST_TEST_POSTGRES={other!r}: expected docker or embedded")


def _docker_has_image() -> bool:
    try:
        asked = subprocess.run(
            ("docker", "image", "inspect", IMAGE), capture_output=True, timeout=5, check=False
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0


def _container() -> Iterator[str]:
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    from testcontainers.community.postgres import PostgresContainer

    container = PostgresContainer(
        IMAGE, username="postgres", password="tests", dbname="trading", driver=None
    )
    with container.with_command(_QUICK) as server:
        yield server.get_connection_url()
