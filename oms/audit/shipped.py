"""What PostgreSQL holds of one OMS's journal, read back row by row at one moment."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from kis_core.postgres import asyncpg_url, to_kst_naive
from oms.audit import statements
from oms.audit.tables import Row
from oms.core.chain import AHEAD, Link, Misfit, Walk

PAGE = 2000
_CONNECT_S = 10.0
_COMMAND_S = 120.0


class Shipped:
    """The copy of one OMS. `seq` is how far it says it has come; None when it knows none such."""

    def __init__(self, connection: asyncpg.Connection, oms_id: str, position: Any) -> None:
        self._connection = connection
        self.oms_id = oms_id
        self.environment = position["environment"] if position else None
        self.seq: int | None = position["seq"] if position else None

    async def links(self, after: int = 0, limit: int = PAGE) -> tuple[list[Link], Misfit | None]:
        """Return rows after a seq, ascending, and the first that contradicts itself.

        A row is kept in two forms, and under a time and an environment; of those, only the text
        is in the hash. Rows older than the chain have their payload as jsonb made it.
        """
        links: list[Link] = []
        misfit: Misfit | None = None
        for row in await self._connection.fetch(statements.LINKS, self.oms_id, after, limit):
            links.append(Link(*(row[name] for name in Link._fields)))
            if misfit is None and (wrong := self._contradiction(row)):
                said = f"{wrong} of row {row['seq']} is not what was shipped"
                misfit = Misfit(row["seq"], "changed", said)
        return links, misfit

    def _contradiction(self, row: Any) -> str | None:
        if row["apart"]:
            return "payload"
        if row["environment"] != self.environment:
            return "environment"
        return None if row["at"] == to_kst_naive(row["at_ns"]) else "at"

    async def rows[R: Row](self, kind: type[R], where: str = "", *values: Any) -> list[R]:
        """Return rows of a table; `where` may name $2, $3 …, the values."""
        found = await self._connection.fetch(statements.select(kind, where), self.oms_id, *values)
        return [kind(**row) for row in found]

    async def unlike(self, links: Sequence[Link]) -> int | None:
        """Return the first of these rows, all older than the chain, that says something else here;
        None when all say the same."""
        seqs = [link.seq for link in links]
        texts = [link.payload.decode(errors="replace") for link in links]
        seq: int | None = await self._connection.fetchval(
            statements.UNLIKE, self.oms_id, seqs, texts
        )
        return seq


@asynccontextmanager
async def shipped(url: str, oms_id: str) -> AsyncIterator[Shipped]:
    """Yield the copy as it is at this moment; the OMS may be shipping meanwhile."""
    connection = await asyncpg.connect(
        asyncpg_url(url), timeout=_CONNECT_S, command_timeout=_COMMAND_S
    )
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            yield Shipped(
                connection, oms_id, await connection.fetchrow(statements.POSITION, oms_id)
            )
    finally:
        await connection.close()


async def followed(
    walk: Walk, shipped: Shipped, links: Sequence[Link], misfit: Misfit | None
) -> Misfit | None:
    """Walk over one page of the copy; return the first row that does not fit."""
    for place, link in enumerate(links):
        if not walk.step(link):
            ahead = links[place + 1 :] or (await shipped.links(link.seq, AHEAD))[0]
            return walk.misfit(link, ahead[:AHEAD])
        if misfit is not None and misfit.seq == link.seq:
            return misfit
    return None
