"""Brings a database to the schema this repository knows.

    python -m infra.postgres.migrate            upgrade DATABASE_URL to the newest revision
    python -m infra.postgres.migrate --check    say where it is; exit 1 when it is behind

One transaction: either everything is there afterwards or nothing has changed. Two processes may
do it at once; the second one waits and finds nothing to do.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from config.load import ConfigError, secret
from kis_core.postgres import asyncpg_url, without_password

MIGRATIONS = Path(__file__).resolve().parent / "migrations"
HEAD = "head"
_LOCK = 0x6B7374  # any number, the same for everybody who migrates


type Command = Callable[[Config], None]


async def upgrade(url: str, revision: str = HEAD) -> str:
    """Bring the database to `revision`; return the revision it is at."""
    return await _migrated(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> str:
    """Take the database back to `revision`, `base` for empty; return the revision it is at."""
    return await _migrated(url, lambda config: command.downgrade(config, revision))


async def current(url: str) -> str:
    """Return the revision the database is at, `base` for none."""
    return await _migrated(url, lambda config: None)


def newest() -> str:
    """Return the newest revision there is."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None
    return head


def upgrade_blocking(url: str) -> str:
    """`upgrade` for callers without an event loop."""
    return asyncio.run(upgrade(url))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


async def _migrated(url: str, run: Command) -> str:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        poolclass=NullPool,
        async_creator=lambda: asyncpg.connect(asyncpg_url(url), timeout=10),
    )
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_run, run)
    finally:
        await engine.dispose()


def _run(connection: Connection, run: Command) -> str:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = _config()
    config.attributes["connection"] = connection
    run(config)
    return MigrationContext.configure(connection).get_current_revision() or "base"


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.postgres.migrate")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when behind")
    arguments = parser.parse_args()
    try:
        url = secret("DATABASE_URL")
        at = asyncio.run(current(url) if arguments.check else upgrade(url))
    except ConfigError as error:
        return _fail(str(error), 2)
    except (OSError, ValueError, SQLAlchemyError, asyncpg.PostgresError) as error:
        return _fail(f"{without_password(url)}: {error}", 1)
    behind = at != newest()
    sys.stderr.write(f"schema at {at}, newest {newest()}\n")
    return 1 if behind else 0


def _fail(sentence: str, code: int) -> int:
    sys.stderr.write(sentence + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
