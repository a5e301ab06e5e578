"""Migrations: all or nothing, repeatable, there and back, on every server version we meet."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from fleet import postgres
from infra.postgres import migrate
from tests.postgres import server_directory

pytestmark = pytest.mark.anyio

REPO = Path(__file__).resolve().parents[2]
VERSIONS = REPO / "infra" / "postgres" / "migrations" / "versions"


async def asked(url: str, question: str) -> list[object]:
    connection = await asyncpg.connect(url)
    try:
        return [row[0] for row in await connection.fetch(question)]
    finally:
        await connection.close()


TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"


async def test_11_10_an_empty_database_reaches_the_newest_schema(empty_database: str) -> None:
    assert await migrate.current(empty_database) == "base"
    assert await migrate.upgrade(empty_database) == migrate.newest()
    assert await migrate.current(empty_database) == migrate.newest()


async def test_migrating_again_changes_nothing(database: str) -> None:
    before = await asked(database, TABLES)
    assert await migrate.upgrade(database) == migrate.newest()
    assert await asked(database, TABLES) == before


async def test_the_way_back_leaves_nothing_behind(database: str) -> None:
    before = await asked(database, TABLES)
    assert await migrate.downgrade(database, "base") == "base"
    assert await asked(database, TABLES) == ["alembic_version", "alembic_version_pkc"]
    await migrate.upgrade(database)
    assert await asked(database, TABLES) == before


async def test_two_processes_may_migrate_at_once(empty_database: str) -> None:
    both = await asyncio.gather(*(migrate.upgrade(empty_database) for _ in range(2)))
    assert both == [migrate.newest()] * 2


async def test_a_migration_that_fails_leaves_the_database_as_it_was(empty_database: str) -> None:
    # A view of ours is there already, so the last revision cannot run.
    await asked(empty_database, "CREATE VIEW v_today_risk AS SELECT 1 AS one")
    with pytest.raises(asyncpg.DuplicateTableError, match="v_today_risk"):
        await migrate.upgrade(empty_database)
    assert await asked(empty_database, TABLES) == ["v_today_risk"]


@pytest.mark.parametrize("version", [16, 18])
def test_the_schema_runs_on_every_embedded_version(version: int) -> None:
    with server_directory() as place:
        url = postgres.start(place, version=version, durable=False).url
        assert migrate.upgrade_blocking(url) == migrate.newest()


def run_migrate(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (sys.executable, "-m", "infra.postgres.migrate", *words),
        cwd=REPO,
        env={"PATH": os.defpath, "DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_migrates_and_says_where_the_schema_is(empty_database: str) -> None:
    for words, code in (((("--check"),), 1), ((), 0), (("--check",), 0)):
        said = run_migrate(empty_database, *words)
        assert said.returncode == code, said.stderr
        assert f"newest {migrate.newest()}" in said.stderr


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("", 2, "DATABASE_URL is not set"),
        ("mysql://x/y", 2, "expected postgresql://"),
        ("postgresql://me:sesame@127.0.0.1:1/trading", 1, "postgresql://me@127.0.0.1:1/trading"),
    ],
)
def test_the_command_fails_with_one_sentence_and_no_password(
    url: str, code: int, sentence: str
) -> None:
    said = run_migrate(url)
    assert said.returncode == code
    assert sentence in said.stderr
    assert "sesame" not in said.stderr
    assert "Traceback" not in said.stderr


def test_every_revision_has_both_its_ways() -> None:
    for file in VERSIONS.glob("*.py"):
        if file.name != "__init__.py":
            assert file.with_suffix(".sql").exists()
            assert file.with_name(f"{file.stem}.down.sql").exists()


async def test_every_table_view_and_function_says_what_it_is(database: str) -> None:
    mute = await asked(
        database,
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v') AND relname <> 'alembic_version'"
        " AND obj_description(oid, 'pg_class') IS NULL"
        " UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND obj_description(oid, 'pg_proc') IS NULL",
    )
    assert mute == []
