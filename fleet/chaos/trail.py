"""The audit trail of a run, and what PostgreSQL holds of it in the end.

The database is the world's own server, so it takes the world's time. While the trail waits for it
the run stands still: to the OMS it answers at once, and a seed gives the same run.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import msgspec

from fleet.chaos.gate import Gate
from fleet.chaos.story import Break
from fleet.chaos.tape_loop import TapeLoop
from kis_core.postgres import asyncpg_url
from oms.audit import AuditTrail, statements
from oms.audit.compare import compare
from oms.audit.history import Event
from oms.audit.known import Known
from oms.audit.projection import Projection
from oms.audit.tables import Row, columns
from oms.journal import Row as Entry


class OutsideTrail(AuditTrail):
    """An audit trail of a run: what it does at the database is done in the world's time."""

    async def ship(self) -> int:
        loop = asyncio.get_running_loop()
        if isinstance(loop, TapeLoop):
            return loop.outside(super().ship())
        return await super().ship()

    async def _execute(self, statement: str, *values: Any) -> None:
        loop = asyncio.get_running_loop()
        if isinstance(loop, TapeLoop):
            loop.outside(super()._execute(statement, *values))
        else:
            await super()._execute(statement, *values)


@dataclass(frozen=True, slots=True)
class Database:
    """A database, and the gate through which the run's OMS reaches it."""

    url: str
    through: str  # the gate's
    gate: Gate


@contextmanager
def open_gate(loop: TapeLoop, url: str, breaks: tuple[Break, ...]) -> Iterator[Database]:
    """Put a gate before a database for as long as the block lasts."""
    parts = urlsplit(url)
    gate = Gate(parts.hostname or "127.0.0.1", parts.port or 5432, breaks)
    port = loop.outside(gate.open())
    login = parts.netloc.rpartition("@")[0]
    netloc = f"{login}@127.0.0.1:{port}" if login else f"127.0.0.1:{port}"
    try:
        yield Database(url, urlunsplit(parts._replace(netloc=netloc)), gate)
    finally:
        loop.outside(gate.close())


async def unlike(
    url: str, oms_id: str, account: str, path: Path, rows: Sequence[Entry]
) -> list[str]:
    """Return what PostgreSQL says otherwise than the journal: rows, hashes, and every table."""
    compared = await compare(url, oms_id, path)
    found = []
    if compared.difference is not None:
        found.append(f"{compared.difference.where}: {compared.difference.said}")
    if compared.waiting:
        found.append(f"{compared.waiting} rows of the journal were not shipped")
    ours = projected(account, rows)
    connection = await asyncpg.connect(asyncpg_url(url), timeout=10)
    try:
        for kind in _tables(Row):
            there = await connection.fetch(statements.select(kind), oms_id)
            found += _of_table(kind, ours[kind], [kind(**row) for row in there])
    finally:
        await connection.close()
    return found


def _of_table(kind: type[Row], ours: dict[tuple[Any, ...], Row], there: list[Row]) -> Iterator[str]:
    theirs = {row.key(): row for row in there}
    for key in sorted(ours.keys() | theirs.keys(), key=str):
        one, other = _plain(ours.get(key)), _plain(theirs.get(key))
        for name in columns(kind):
            if one.get(name) != other.get(name):
                told = f"{other.get(name)!r} in PostgreSQL, {one.get(name)!r} from the journal"
                yield f"{kind.TABLE} {key}: {name} {told}"


def _tables(of: type[Row]) -> Iterator[type[Row]]:
    """Return the kinds of row that have a table, the journal's own left out."""
    for kind in of.__subclasses__():
        if "TABLE" in vars(kind) and kind is not Event:
            yield kind
        yield from _tables(kind)


def _plain(row: Row | None) -> dict[str, Any]:
    """Return a row's values, JSON as what it says; nothing of a row that is not there."""
    if row is None:
        return {}
    types, values = columns(type(row)), msgspec.structs.asdict(row)
    return {
        name: json.loads(value) if types[name] == "jsonb" and value is not None else value
        for name, value in values.items()
    }


def projected(account: str, rows: Sequence[Entry]) -> dict[type[Row], dict[tuple[Any, ...], Row]]:
    """Return what a journal makes of the tables when it is read from its beginning, by key."""
    projection = Projection(account, Known())
    for row in rows:
        projection.take(row)
    tables: defaultdict[type[Row], dict[tuple[Any, ...], Row]] = defaultdict(dict)
    for made in projection.drain():
        tables[type(made)][made.key()] = made
    return tables
