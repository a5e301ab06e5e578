"""Rebuilds a lost journal from the database, row for row, with its chain."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from oms.audit.shipped import Shipped, followed, shipped
from oms.core.chain import Link, Walk
from oms.core.records import decode_input, decode_output, encode
from oms.journal import Journal, JournalError, Row


async def restore(url: str, oms_id: str, path: Path) -> int:
    """Write the journal of `oms_id` as the database holds it to a new file; return its last seq.

    What the OMS had not shipped when its disk was lost is not here: at its next start the broker's
    own answer tells of it. Raises JournalError when the file exists or the database cannot serve,
    because it holds nothing or because the chain says that it is not whole.
    """
    async with shipped(url, oms_id) as copy:
        with _new_journal(path) as journal:
            await _copy(copy, oms_id, journal)
            return journal.last_seq


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


async def _copy(copy: Shipped, oms_id: str, journal: Journal) -> None:
    walk = Walk()
    while True:
        links, contradiction = await copy.links(walk.last_seq)
        if not links:
            break
        misfit = await followed(walk, copy, links, contradiction)
        if misfit is not None:
            raise JournalError(f"{oms_id} is not whole in the database: {misfit.said}")
        journal.keep([_row(link) for link in links])
    if walk.last is None:
        raise JournalError(f"the database holds nothing of {oms_id}")
    if walk.last_seq != copy.seq:
        raise JournalError(
            f"{oms_id} is not whole in the database: {copy.seq} rows were shipped, "
            f"it holds {walk.last_seq}"
        )


def _row(link: Link) -> Row:
    """Return the row as it was journaled; one older than the chain as we would write it now."""
    payload = link.payload
    if link.hash is None:
        payload = encode((decode_input if link.direction == "in" else decode_output)(payload))
    return Row(*link[:5], payload.decode(), link.prev, link.hash)
