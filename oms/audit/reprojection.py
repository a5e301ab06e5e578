"""Makes the tables again from the journal, and names the first row that is another there.

Only `oms_events` is a chain; every other table of the trail is made from it, so whoever changes,
takes away or puts in a row of those is found by making them anew. History is compared page by page;
the rows that say how things stand are kept until the journal's end.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from copy import copy as twin
from typing import Any, Final, NamedTuple

import asyncpg

from kis_core.postgres import to_kst_naive
from oms.audit import history, standing
from oms.audit.history import Fault
from oms.audit.known import Known
from oms.audit.projection import Entry, Projection, mentioned
from oms.audit.shipped import Shipped
from oms.audit.standing import Order, OrderParent
from oms.audit.tables import Json, Row, columns
from oms.core.chain import Why
from oms.journal import JournalReader

PAGE = 2000  # journal rows

HISTORY: Final[tuple[type[Row], ...]] = (
    history.Fault,
    history.Intent,
    history.OrderEvent,
    history.Execution,
    history.StopEvent,
    history.FlagChange,
    history.OperatorAction,
    history.LimitsInForce,
    history.ReconRow,
)
STANDING: Final[tuple[type[Row], ...]] = (
    standing.Order,
    standing.OrderParent,
    standing.Position,
    standing.Allocation,
    standing.Trade,
    standing.TradeMarks,
    standing.PortfolioDay,
    standing.StrategyDay,
    standing.StrategyState,
    standing.OmsState,
)


class Misplaced(NamedTuple):
    """The first row that is not what the journal makes. `seq` is the journal row it tells of."""

    table: str
    key: str  # column=value, …
    column: str | None  # None: the whole row is missing, or was put in
    seq: int
    why: Why
    said: str


async def misplaced(reader: JournalReader, copy: Shipped) -> tuple[Misplaced | None, int]:
    """Return the first row of any table that is another than the journal makes up to where the copy
    has come, and how many journal rows the database had refused (`audit_faults` names them)."""
    remade = _Remade(copy, await _account(copy), await _refused(copy))
    after, last = 0, copy.seq or 0
    while after < last:
        rows = [row for row in reader.rows(after, limit=PAGE) if row.seq <= last]
        if not rows:
            break
        happened = remade.take(rows)
        upto = rows[-1].seq
        for kind in HISTORY:
            where = "seq > $2 AND seq <= $3"
            found = _unlike(kind, happened[kind], await copy.rows(kind, where, after, upto))
            if found:
                return found, remade.refusals
        after = upto
    return await _rest(remade, copy, last), remade.refusals


async def _rest(remade: "_Remade", copy: Shipped, last: int) -> Misplaced | None:
    """Look at what stands at the end, and for rows of nowhere."""
    for kind in STANDING:
        found = _unlike(kind, remade.stand[kind], await copy.rows(kind))
        if found:
            return found
    for kind in HISTORY:
        beyond = await copy.rows(kind, "(seq < 1 OR seq > $2)", last)
        if found := _unlike(kind, {}, beyond):
            return found
    for kind in (*HISTORY, *STANDING):
        strange = await copy.rows(kind, "environment IS DISTINCT FROM $2", copy.environment)
        if strange:
            return _changed(kind, strange[0], "environment", "another", copy.environment)
    return None


class _Remade:
    """The journal's rows on their way through the projection."""

    def __init__(self, shipped: Shipped, account: str, refused: dict[int, Fault]) -> None:
        self._oms_id = shipped.oms_id
        self._account = account
        self._refused = refused
        self._known = Known()
        self._projection = Projection(account, self._known)
        self.stand: defaultdict[type[Row], dict[tuple[Any, ...], Row]] = defaultdict(dict)
        self.refusals = 0

    def take(self, entries: Sequence[Entry]) -> defaultdict[type[Row], dict[tuple[Any, ...], Row]]:
        """Return the history that these rows make, by table and key."""
        for order_id in mentioned(entries) - self._known.orders.keys():
            order = self.stand[Order].get((order_id,))  # of an older day
            if isinstance(order, Order):
                self._known.orders[order_id] = order
        rows: list[Row] = []
        for entry in entries:
            rows.extend(self._faults(entry))
        rows.extend(self._projection.drain())
        happened: defaultdict[type[Row], dict[tuple[Any, ...], Row]] = defaultdict(dict)
        for row in rows:
            if row.HISTORY:
                happened[type(row)][row.key()] = row
            else:
                self.stand[type(row)][row.key()] = twin(row)
        return happened

    def _faults(self, entry: Entry) -> Iterator[Row]:
        """Take an entry; yield what became of it where that is a fault."""
        refused = self._refused.get(entry.seq)
        at = to_kst_naive(entry.at_ns)
        if refused is not None:
            # The database would not have its row: it was kept as text and made no others.
            self.refusals += 1
            yield Fault(seq=entry.seq, at=at, kind=entry.kind, error=refused.error)
            yield from self._projection.drain()
            self._projection = Projection(self._account, self._known)
            return
        try:
            self._projection.take(entry)
        except Exception as error:  # noqa: BLE001 - as the trail does, which names it so
            said = f"{type(error).__name__}: {error}"[:500]
            yield Fault(seq=entry.seq, at=at, kind=entry.kind, error=said)


async def _account(copy: Shipped) -> str:
    """Return the account of the orders and parents: no journal names it, so most of them do."""
    told = [*await copy.rows(Order), *await copy.rows(OrderParent)]
    seen = Counter(row.account for row in told if isinstance(row, Order | OrderParent))
    return seen.most_common(1)[0][0] if seen else ""


async def _refused(copy: Shipped) -> dict[int, Fault]:
    """Return the faults that only the database can have found, by seq."""
    faults = [fault for fault in await copy.rows(Fault) if isinstance(fault, Fault)]
    return {fault.seq: fault for fault in faults if _of_database(fault.error)}


def _of_database(error: str) -> bool:
    kind = getattr(asyncpg, error.partition(":")[0], None)
    return isinstance(kind, type) and issubclass(
        kind, asyncpg.PostgresError | asyncpg.InterfaceError
    )


def _unlike(
    kind: type[Row], made: dict[tuple[Any, ...], Row], found: Sequence[Row]
) -> Misplaced | None:
    """Return the first row that differs, by the journal's order."""
    there = {row.key(): row for row in found}
    wrong = [
        *(_differing(kind, row, there[key]) for key, row in made.items() if key in there),
        *(_missing(kind, row) for key, row in made.items() if key not in there),
        *(_extra(kind, row) for key, row in there.items() if key not in made),
    ]
    return min((one for one in wrong if one), key=lambda one: one.seq, default=None)


def _differing(kind: type[Row], made: Row, found: Row) -> Misplaced | None:
    if made == found:
        return None
    for name, of in columns(kind).items():
        ours, theirs = getattr(made, name), getattr(found, name)
        if ours != theirs and not (of == "jsonb" and _same_json(ours, theirs)):
            return _changed(kind, found, name, theirs, ours)
    return None


def _same_json(one: Json | None, other: Json | None) -> bool:
    return None not in (one, other) and json.loads(str(one)) == json.loads(str(other))


def _changed(kind: type[Row], row: Row, column: str, theirs: object, ours: object) -> Misplaced:
    said = f"{column} of {_named(row)} in {kind.TABLE} is {theirs}; the journal makes {ours}"
    return Misplaced(kind.TABLE, _named(row), column, _seq(row), "changed", said[:500])


def _missing(kind: type[Row], row: Row) -> Misplaced:
    said = f"{_named(row)} is not in {kind.TABLE}; the journal makes it"
    return Misplaced(kind.TABLE, _named(row), None, _seq(row), "missing", said)


def _extra(kind: type[Row], row: Row) -> Misplaced:
    said = f"{_named(row)} is in {kind.TABLE}; the journal makes no such row"
    return Misplaced(kind.TABLE, _named(row), None, _seq(row), "extra", said)


def _named(row: Row) -> str:
    return ", ".join(f"{name}={getattr(row, name)}" for name in row.KEY) or "its one row"


def _seq(row: Row) -> int:
    seq: int = getattr(row, "updated_seq" if not row.HISTORY else "seq")
    return seq
