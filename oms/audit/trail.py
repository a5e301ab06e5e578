"""Ships the journal to PostgreSQL: in order, exactly once, and never in the way of trading.

The position moves in the transaction that writes the rows, so whatever breaks in between, the next
attempt begins where the last whole one ended. A lost database delays the trail; the journal keeps
what it has not had, so nothing waits in memory. One connection, bounded batches, a time limit on
whatever is asked. A database that holds another journal's rows is not written to at all.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Protocol

import asyncpg
import msgspec
from structlog.typing import FilteringBoundLogger

from kis_core.clock import Clock
from kis_core.environment import Environment
from kis_core.postgres import asyncpg_url, to_kst_naive, without_password
from oms.audit import statements
from oms.audit.history import Event, Fault
from oms.audit.known import Known
from oms.audit.projection import Entry, Projection, mentioned
from oms.audit.standing import (
    Allocation,
    OmsState,
    Order,
    OrderParent,
    PortfolioDay,
    Position,
    StrategyDay,
    StrategyState,
    Trade,
    TradeMarks,
)
from oms.audit.tables import Json, Row

BATCH = 200  # journal rows a transaction; more when a single turn has more
_BREATH = 32  # rows projected, about a millisecond, before anything else may run
_POLL_S = 0.5
_SEEN_EVERY_S = 5.0
_BACKOFF_S, _BACKOFF_S_MAX = 0.5, 30.0
_PATIENCE_S = 10.0  # for one statement; a batch may take three times that
_SERVER_SETTINGS = {
    "application_name": "oms-audit",
    "statement_timeout": "8000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
}
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
_BAD_DATA = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)


class Tail(Protocol):
    """The end of a journal, as the trail reads it."""

    @property
    def last_seq(self) -> int:
        """Return the number of the last durable row; 0 for none."""
        ...

    def rows(
        self, after: int = 0, direction: str | None = None, limit: int = 1000
    ) -> Sequence[Entry]:
        """Return durable rows after a seq, ascending, at most `limit`."""
        ...


class TrailRefused(Exception):
    """What is in the database does not belong to this journal. Nothing is shipped over it."""


class AuditTrail:
    """Ships one OMS's journal. `run` is its task; the properties are for its health."""

    def __init__(
        self,
        url: str,
        tail: Tail,
        *,
        oms_id: str,
        environment: Environment,
        account: str,
        clock: Clock,
        log: FilteringBoundLogger,
        batch: int = BATCH,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._url = asyncpg_url(url)
        self._tail = tail
        self._oms_id = oms_id
        self._environment = str(environment)
        self._account = account
        self._clock = clock
        self._log = log
        self._batch = batch
        self._patience_s = patience_s
        self._connection: asyncpg.Connection | None = None
        self._projection: Projection | None = None
        self._known = Known()
        self._shipped: int | None = None
        self._problem: str | None = "not connected yet"
        self._refused = False

    @property
    def shipped_seq(self) -> int | None:
        """The last journal row known to be in PostgreSQL; None before the first contact."""
        return self._shipped

    @property
    def lag(self) -> int | None:
        """Journal rows not there yet; None before the first contact."""
        return None if self._shipped is None else max(0, self._tail.last_seq - self._shipped)

    @property
    def problem(self) -> str | None:
        """Why nothing can be shipped just now; None while the database answers."""
        return self._problem

    @property
    def refused(self) -> bool:
        """Whether the database holds another journal's rows: a person has to mend that."""
        return self._refused

    async def agree(self, within_s: float) -> None:
        """Before anything is traded: hold the journal against the copy's last row.

        Raises TrailRefused when the copy is another journal's, or goes on where this one ends: then
        there are orders that this journal does not know. A database that does not answer in time
        is waited for by `run`.
        """
        try:
            await self._within(within_s, self._connect())
        except _LOST as error:
            await self._lose(error, 0.0)

    async def run(self) -> None:
        """Ship until cancelled. Whatever the database does, this does not end."""
        pause_s = _BACKOFF_S
        try:
            while True:
                try:
                    await self._ship_while_connected()
                except Exception as error:  # noqa: BLE001 - a trail that ended would be a silence
                    if self._problem is None:
                        pause_s = _BACKOFF_S
                    await self._lose(error, pause_s)
                    await asyncio.sleep(pause_s)
                    pause_s = min(pause_s * 2, _BACKOFF_S_MAX)
        finally:
            await self.close()

    async def finish(self, within_s: float) -> bool:
        """Ship what is left, at a clean stop, after `run` was cancelled. True when all is there."""
        try:
            await self._within(within_s, self._ship_all())
        except (*_LOST, TrailRefused) as error:
            self._log.warning("Audit trail incomplete", lag=self.lag, why=_said(error))
        finally:
            await self.close()
        return self.lag == 0

    async def _ship_all(self) -> None:
        while await self.ship():
            pass

    async def _within[T](self, seconds: float, work: Coroutine[Any, Any, T]) -> T:
        """Return what the work returns, or raise TimeoutError with the connection dropped.

        Cancelling alone is not enough: the driver would roll back first, and wait for the answer.
        """
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=seconds)
            if done:
                return task.result()
            raise TimeoutError(f"no answer within {seconds:g} s")
        finally:
            if not task.done():
                task.cancel()
                await self.close()
                await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """Let go of the database, at once."""
        connection, self._connection = self._connection, None
        self._projection = None
        if connection is not None:
            connection.terminate()

    async def ship(self) -> int:
        """Ship one batch; return how many journal rows it held. Connects if need be."""
        if self._connection is None or self._shipped is None:
            await self._connect()
        assert self._shipped is not None
        entries = whole_turns(self._tail, self._shipped, self._batch)
        if not entries:
            return 0
        try:
            await self._ship_together(entries)
        except _BAD_DATA as error:
            self._log.error("Audit batch refused, shipping one by one", why=_said(error))
            await self._ship_one_by_one(entries)
        return len(entries)

    async def _ship_while_connected(self) -> None:
        idle_s = 0.0
        while True:
            shipped = await self._within(3 * self._patience_s, self.ship())
            self._refused = False
            if self._problem is not None:
                self._log.info(
                    "Audit trail connected", database=without_password(self._url), lag=self.lag
                )
                self._problem = None
            if (self.lag or 0) >= self._batch:
                await asyncio.sleep(0)  # behind: go on at once, but let trading go first
                continue
            idle_s = 0.0 if shipped else idle_s + _POLL_S
            if idle_s >= _SEEN_EVERY_S:
                idle_s = 0.0
                await self._execute(statements.POSITION_SEEN, self._oms_id, self._now())
            await asyncio.sleep(_POLL_S)

    async def _lose(self, error: BaseException, pause_s: float) -> None:
        said = _said(error)
        self._refused = isinstance(error, TrailRefused)
        if said != self._problem:
            words = "AUDIT TRAIL REFUSED" if self._refused else "Audit trail delayed"
            self._log.error(words, why=said, lag=self.lag, retry_in_s=pause_s)
        self._problem = said
        await self.close()

    # the connection

    async def _connect(self) -> None:
        if self._connection is None:
            self._connection = await asyncpg.connect(
                self._url,
                timeout=self._patience_s,
                command_timeout=self._patience_s,
                server_settings=_SERVER_SETTINGS,
            )
        async with self._connection.transaction():
            now = self._now()
            await self._execute(statements.POSITION_MADE, self._oms_id, self._environment, now)
            await self._load(await self._locked_position())

    async def _execute(self, statement: str, *values: Any) -> None:
        assert self._connection is not None
        await self._connection.execute(statement, *values)

    def _now(self) -> Any:
        return to_kst_naive(self._clock.now_ns())

    # where we are

    async def _locked_position(self) -> int:
        assert self._connection is not None
        row = await self._connection.fetchrow(statements.POSITION_LOCKED, self._oms_id)
        if row["environment"] != self._environment:
            raise TrailRefused(
                f"{self._oms_id} is {row['environment']} in this database, "
                f"this OMS is {self._environment}: give it another oms_id or database"
            )
        seq: int = row["seq"]
        return seq

    async def _load(self, seq: int) -> None:
        """Read the standing rows as they are at `seq`."""
        assert self._connection is not None
        await self._check_same_journal(seq)
        known = Known()
        for oms in await self._fetch(OmsState):
            known.oms = oms
        on = known.oms.trade_date if known.oms else None
        if on is not None:
            for day in await self._fetch(PortfolioDay, "trade_date = $2", on):
                known.day = day
            days = await self._fetch(StrategyDay, "trade_date = $2", on)
            known.strategy_days = {row.strategy_id: row for row in days}
        known.strategies = {row.strategy_id: row for row in await self._fetch(StrategyState)}
        known.positions = {row.symbol: row for row in await self._fetch(Position)}
        known.allocations = {
            (row.strategy_id, row.symbol): row for row in await self._fetch(Allocation)
        }
        trades = await self._fetch(Trade, "status = 'OPEN'")
        known.trades = {(row.strategy_id, row.symbol): row for row in trades}
        ids = [row.trade_id for row in trades]
        marks = await self._fetch(TradeMarks, "trade_id = ANY($2::text[])", ids)
        known.marks = {row.trade_id: row for row in marks}
        orders = await self._fetch(Order, "(closed_at IS NULL OR trade_date = $2)", on)
        known.orders = {row.order_id: row for row in orders}
        parents = await self._fetch(OrderParent, "closed_at IS NULL")
        known.parents = {row.parent_id: row for row in parents}
        self._known, self._shipped = known, seq
        self._projection = Projection(self._account, known)

    async def _check_same_journal(self, seq: int) -> None:
        assert self._connection is not None
        last = await self._connection.fetchrow(statements.LAST_EVENT, self._oms_id)
        if last is None:
            return
        ours = self._tail.rows(seq - 1, limit=1)
        theirs = (seq, last["at_ns"], last["kind"], last["hash"])
        if ours and (ours[0].seq, ours[0].at_ns, ours[0].kind, ours[0].hash) == theirs:
            return
        ours_is = f"row {seq} is another here" if ours else f"here are {self._tail.last_seq}"
        raise TrailRefused(
            f"the database holds {seq} rows of another journal of {self._oms_id} ({ours_is}). "
            f"Nothing was written over it: see that no other OMS runs as {self._oms_id}, then move "
            "this journal away and run kst oms restore, or give this OMS an oms_id of its own "
            "(docs/runbook.md)"
        )

    async def _fetch[R: Row](self, kind: type[R], where: str = "", *values: Any) -> list[R]:
        assert self._connection is not None
        found = await self._connection.fetch(statements.select(kind, where), self._oms_id, *values)
        return [kind(**row) for row in found]

    # one batch

    async def _ship_together(self, entries: Sequence[Entry]) -> None:
        assert self._connection is not None
        try:
            async with self._connection.transaction():
                await self._hold_position()
                await self._project(entries)
                await self._move(entries[-1].seq)
        except BaseException:
            self._projection = None  # it has seen rows that the database has not
            raise
        self._shipped = entries[-1].seq

    async def _ship_one_by_one(self, entries: Sequence[Entry]) -> None:
        """Ship each row on its own, so that one that cannot be written costs no other."""
        assert self._connection is not None
        for entry in entries:
            async with self._connection.transaction():
                await self._hold_position()
                try:
                    async with self._connection.transaction():
                        await self._project([entry])
                except _BAD_DATA as error:
                    self._log.error("Audit row refused", seq=entry.seq, why=_said(error))
                    self._projection = None
                    await self._write([_quoted(entry), _fault(entry, error)])
                await self._move(entry.seq)
            self._shipped = entry.seq

    async def _hold_position(self) -> None:
        seq = await self._locked_position()
        if seq != self._shipped:
            raise TrailRefused(f"somebody else ships as {self._oms_id}")
        if self._projection is None:
            await self._load(seq)

    async def _project(self, entries: Sequence[Entry]) -> None:
        projection = self._projection
        assert projection is not None
        older = mentioned(entries) - self._known.orders.keys()
        if older:
            found = await self._fetch(Order, "order_id = ANY($2::text[])", list(older))
            self._known.orders.update((row.order_id, row) for row in found)
        rows: list[Row] = []
        for number, entry in enumerate(entries, 1):
            if number % _BREATH == 0:
                await asyncio.sleep(0)  # trading runs on this very event loop
            rows.append(_event(entry))
            try:
                projection.take(entry)
            except Exception as error:  # noqa: BLE001 - a row we misread must not stop the others
                self._log.error("Audit row unreadable", seq=entry.seq, why=_said(error))
                rows.append(_fault(entry, error))
        rows.extend(projection.drain())
        await self._write(rows)

    async def _write(self, rows: Iterable[Row]) -> None:
        assert self._connection is not None
        tables: defaultdict[type[Row], list[Row]] = defaultdict(list)
        for row in rows:
            tables[type(row)].append(row)
        for kind, of_kind in tables.items():
            arrays = statements.arrays_of(kind, of_kind)
            await self._execute(statements.insert(kind), self._oms_id, self._environment, *arrays)

    async def _move(self, seq: int) -> None:
        await self._execute(statements.POSITION_MOVED, self._oms_id, seq, self._now())


def whole_turns(tail: Tail, after: int, limit: int) -> Sequence[Entry]:
    """Return the rows after a seq, about `limit` of them, no turn cut in two."""
    found = tail.rows(after, limit=limit)
    if len(found) < limit or found[-1].seq == tail.last_seq:
        return found
    cut = next((n for n, row in enumerate(found) if row.turn == found[-1].turn), 0)
    return found[:cut] or whole_turns(tail, after, limit * 2)


def _event(entry: Entry, payload: str | None = None) -> Event:
    return Event(
        seq=entry.seq,
        at=to_kst_naive(entry.at_ns),
        turn=entry.turn,
        at_ns=entry.at_ns,
        direction=entry.direction,
        kind=entry.kind,
        payload=Json(payload or entry.payload),
        payload_text=entry.payload if entry.hash else None,
        prev_hash=entry.prev,
        hash=entry.hash,
    )


def _quoted(entry: Entry) -> Event:
    """Return the row with its payload as one JSON string: what jsonb refuses is kept as text."""
    return _event(entry, msgspec.json.encode(entry.payload).decode())


def _fault(entry: Entry, error: Exception) -> Fault:
    return Fault(seq=entry.seq, at=to_kst_naive(entry.at_ns), kind=entry.kind, error=_said(error))


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error) or 'no answer'}"[:500]
