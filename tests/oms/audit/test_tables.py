"""The classes of the audit trail and the schema say the same."""

import asyncpg
import pytest

from oms.audit import history, standing, statements
from oms.audit.tables import Row, columns
from tests.oms.audit.conftest import Ask

pytestmark = pytest.mark.anyio

KINDS = [
    kind
    for module in (history, standing)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Row) and hasattr(kind, "TABLE")
]


async def test_a_class_names_every_column_of_its_table(ask: Ask) -> None:
    for kind in KINDS:
        there = await ask(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = $1 AND is_generated = 'NEVER'",
            kind.TABLE,
        )
        types = {row["column_name"]: row["data_type"] for row in there}
        types = {name: of.removesuffix(" without time zone") for name, of in types.items()}
        assert types.pop("oms_id") == types.pop("environment") == "text"
        assert types == columns(kind), kind.TABLE


async def test_11_10_every_statement_is_understood_by_the_server(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        for kind in KINDS:
            nothing = statements.arrays_of(kind, [])
            await connection.execute(statements.insert(kind), "nobody", "sim", *nothing)
            assert await connection.fetch(statements.select(kind), "nobody") == []
    finally:
        await connection.close()


async def test_every_table_of_the_trail_has_a_class(ask: Ask) -> None:
    there = await ask(
        "SELECT DISTINCT table_name FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_name)"
        " WHERE column_name = 'oms_id' AND table_type = 'BASE TABLE'"
    )
    assert {row["table_name"] for row in there} - {"audit_position"} == {k.TABLE for k in KINDS}


async def test_every_row_is_scoped_by_oms_and_environment(ask: Ask) -> None:
    without = await ask(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v')"
        " AND c.relname <> 'alembic_version' AND NOT EXISTS (SELECT FROM pg_attribute a"
        " WHERE a.attrelid = c.oid AND a.attname = 'environment')"
    )
    assert without == []


async def test_no_column_carries_a_zone(ask: Ask) -> None:
    zoned = await ask(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type LIKE '%with time zone'"
    )
    assert zoned == []
