"""Holds the journal and its copy in PostgreSQL together, row by row, and names what does not fit.

Where the two are one, the tables made from them are made again and compared too (`reprojection`).

Each copy is followed along its own chain, and the two are compared by hash at every row. A copy
whose chain breaks is the one at fault. Where both chains hold and the copies still differ, one of
them was written anew with its hashes: which one, no program can say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

from oms.audit.reprojection import misplaced
from oms.audit.shipped import PAGE, Shipped, followed, shipped
from oms.core.chain import Link, Misfit, Walk, Why, follow
from oms.journal import JournalReader

Where = Literal["journal", "database", "either"]


class Uncheckable(Exception):
    """There is nothing to compare with. The message is for the operator."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first row that does not fit, in which copy, and why."""

    where: Where
    seq: int
    why: Why
    said: str
    table: str = "oms_events"
    key: str | None = None  # of the row in another table: column=value, …
    column: str | None = None  # None: the whole row


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy as far as it fits. `begins` is the first row with a hash; None: there is none."""

    rows: int
    begins: int | None
    last_seq: int
    last_hash: str | None

    @classmethod
    def of(cls, walk: Walk) -> "Copy":
        """Return what a walk has seen."""
        last = walk.last.hash if walk.last else None
        return cls(walk.rows, walk.begins, walk.last_seq, last.hex() if last else None)


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it. `waiting` are rows of the journal that were not shipped yet, `refused` those
    that the database would not make rows of (`audit_faults`)."""

    oms_id: str
    journal: Copy
    database: Copy
    waiting: int
    difference: Difference | None
    refused: int = 0


async def compare(url: str, oms_id: str, path: Path) -> Compared:
    """Compare the journal at a path with the database's copy of it.

    Raises Uncheckable when the database knows no such OMS, JournalError for a journal that cannot
    be read, and what the driver raises while the database is away.
    """
    reader = JournalReader(path)
    try:
        # The database first: whatever it holds at this moment, the journal held before.
        async with shipped(url, oms_id) as copy:
            if copy.seq is None:
                raise Uncheckable(f"the database holds nothing of {oms_id}")
            return await _compared(oms_id, reader, copy, copy.seq)
    finally:
        reader.close()


async def _compared(oms_id: str, reader: JournalReader, copy: Shipped, position: int) -> Compared:
    ours, theirs = Walk(), Walk()
    broken: Difference | None = None
    unlike: Difference | None = None
    after = 0
    while broken is None:
        mine = reader.links(after, PAGE)
        others, contradiction = await copy.links(after, PAGE)
        if not mine and not others:
            break
        found = [
            _of("journal", follow(ours, mine, reader.links)),
            _of("database", await followed(theirs, copy, others, contradiction)),
        ]
        broken = min((one for one in found if one), key=lambda one: one.seq, default=None)
        if unlike is None:
            fit = [_until(mine, ours), _until(others, theirs)]
            unlike = _unlike(*fit) or await _unlike_before_the_chain(copy, *fit)
        after += PAGE
    difference = _first(broken, unlike) or _tail(ours, theirs, position)
    waiting = 0 if difference else ours.last_seq - theirs.last_seq
    refused = 0
    if difference is None:
        wrong, refused = await misplaced(reader, copy)
        if wrong is not None:
            table, key, column, seq, why, said = wrong
            difference = Difference("database", seq, why, said, table, key, column)
    return Compared(oms_id, Copy.of(ours), Copy.of(theirs), waiting, difference, refused)


def _of(where: Where, misfit: Misfit | None) -> Difference | None:
    return Difference(where, *misfit) if misfit else None


def _until(links: Sequence[Link], walk: Walk) -> list[Link]:
    return list(takewhile(lambda link: link.seq <= walk.last_seq, links))


def _unlike(mine: Sequence[Link], others: Sequence[Link]) -> Difference | None:
    """Return the first row whose hashes differ, though each fits its own chain."""
    for one, other in zip(mine, others, strict=False):
        if one.hash == other.hash:
            continue
        if one.hash is None or other.hash is None:
            where: Where = "journal" if one.hash is None else "database"
            return Difference(where, one.seq, "changed", f"row {one.seq} has lost its hash")
        said = f"row {one.seq} differs, and each copy fits its own chain"
        return Difference("either", one.seq, "changed", said)
    return None


async def _unlike_before_the_chain(
    copy: Shipped, mine: Sequence[Link], others: Sequence[Link]
) -> Difference | None:
    """Return the first row older than the chain that says something else in the other copy."""
    old = [(a, b) for a, b in zip(mine, others, strict=False) if a.hash is None]
    if not old:
        return None
    heads = (a.seq for a, b in old if a[:5] != b[:5])
    texts = await copy.unlike([a for a, _ in old])
    seq = min((seq for seq in (next(heads, None), texts) if seq is not None), default=None)
    if seq is None:
        return None
    said = f"row {seq} differs; it is older than the chain, which cannot say where it is true"
    return Difference("either", seq, "changed", said)


def _first(broken: Difference | None, unlike: Difference | None) -> Difference | None:
    """Return what is wrong first. A chain that breaks after a difference tells where it was."""
    if broken is None or unlike is None or broken.seq <= unlike.seq:
        return broken or unlike
    if unlike.where != "either":
        return unlike
    said = f"row {unlike.seq} was exchanged with its hash, up to row {broken.seq}: {broken.said}"
    return Difference(broken.where, unlike.seq, "changed", said)


def _tail(ours: Walk, theirs: Walk, position: int) -> Difference | None:
    """Two chains that are one as far as they go: does each go as far as it must?"""
    ends = theirs.last_seq
    if ends < position:
        said = f"the copy ends at row {ends}; {position} were shipped"
        return Difference("database", ends + 1, "missing", said)
    if ends > position:
        said = f"{position} rows were shipped; the copy goes on to row {ends}"
        return Difference("database", position + 1, "extra", said)
    if ours.last_seq < ends:
        said = f"the journal ends at row {ours.last_seq}; {ends} were shipped from it"
        return Difference("journal", ours.last_seq + 1, "missing", said)
    return None


def as_dict(compared: Compared) -> dict[str, Any]:
    """Return the result for a program to read."""
    copies = {"journal": compared.journal, "database": compared.database}
    wrong = compared.difference
    return {
        "oms_id": compared.oms_id,
        "whole": wrong is None,
        "waiting": compared.waiting,
        "refused": compared.refused,
        **{
            name: {
                "rows": copy.rows,
                "chain_begins": copy.begins,
                "last_seq": copy.last_seq,
                "last_hash": copy.last_hash,
            }
            for name, copy in copies.items()
        },
        "difference": None
        if wrong is None
        else {
            "where": wrong.where,
            "seq": wrong.seq,
            "why": wrong.why,
            "said": wrong.said,
            "table": wrong.table,
            "key": wrong.key,
            "column": wrong.column,
        },
    }
