"""Rebuilds a lost journal from the database, row for row."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg

from kis_core.postgres import asyncpg_url
from oms.audit import statements
from oms.core.records import AnyOutput, decode_input, decode_output
from oms.journal import Journal, JournalError, Turn

_PAGE = 2000


async def restore(url: str, oms_id: str, path: Path) -> int:
    """Write the journal of `oms_id` as the database holds it to a new file; return its last seq.

    What the OMS had not shipped when its disk was lost is not here: at its next start the broker's
    own answer tells of it. Raises JournalError when the file exists or the database cannot serve.
    """
    connection = await asyncpg.connect(asyncpg_url(url), timeout=10)
    try:
        with _new_journal(path) as journal:
            await _copy(connection, oms_id, journal)
            return journal.last_seq
    finally:
        await connection.close()


@contextmanager
def _new_journal(path: Path) -> Iterator[Journal]:
    """Yield a journal in a new file, which goes again if it is not completed."""
    if path.exists():
        raise JournalError(f"{path} exists: move it away first")
    journal = Journal.open(path)
    try:
        yield journal
    except BaseException:
        journal.close()
        path.unlink()
        raise
    journal.close()


async def _copy(connection: asyncpg.Connection, oms_id: str, journal: Journal) -> None:
    # One transaction, one moment: the OMS may be shipping meanwhile.
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        turns: list[Turn] = []
        outputs: list[AnyOutput] = []
        expected = 1
        async for row in connection.cursor(statements.EVENTS_BACK, oms_id, prefetch=_PAGE):
            if row["seq"] != expected:
                raise JournalError(f"{oms_id}: row {expected} is not in the database")
            expected += 1
            if row["direction"] == "in":
                if len(turns) >= _PAGE:
                    journal.append(turns)
                    turns = []
                outputs = []
                turns.append(Turn(decode_input(row["payload"]), outputs))
            else:
                outputs.append(decode_output(row["payload"]))
        if expected == 1:
            raise JournalError(f"the database holds nothing of {oms_id}")
        journal.append(turns)
