"""Ships a strategy's notes to PostgreSQL: from its journal, each once, never in trading's way.

The journal's file is followed, so a crash loses nothing and nothing waits in memory. How far it is
shipped moves in the transaction that writes the rows; whatever breaks in between, the next attempt
begins where the last whole one ended. The funnel goes along as its file changes; the last word of a
day whose process died is told again by folding that day's journal. Days that ended before they were
shipped go at the next start.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from structlog.typing import FilteringBoundLogger

from kis_core.clock import kst
from kis_core.environment import Environment
from kis_core.postgres import asyncpg_url, to_kst_naive, without_password
from strategy_runtime.contract import Strategy
from strategy_runtime.journal import JournalError, follow
from strategy_runtime.journal import read as read_journal
from strategy_runtime.notes import FunnelWord, funnel_word, insert, row_of, sessions_of
from strategy_runtime.report import DayFiles
from strategy_runtime.restore import restore, rules_hash, rules_text
from strategy_runtime.turns import Head, Output

CHUNK_BYTES = 64 << 10  # of a journal at a time: about a millisecond of this process
POLL_S = 1.0
FINISH_S = 3.0  # for what is left, at a clean stop
_BACKOFF_S, _BACKOFF_S_MAX = 0.5, 30.0
_PATIENCE_S = 10.0  # for one statement
_SERVER_SETTINGS = {
    "application_name": "strategy-notes",
    "statement_timeout": "8000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
}
_BAD_DATA = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

_SESSION = "INSERT INTO market_sessions VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
_RULES = "INSERT INTO strategy_rules VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
_POSITIONS = (
    "SELECT trade_date, begun_ns, bytes, seq, rules_hash, funnel_seq FROM strategy_journals"
    " WHERE strategy_id = $1 AND environment = $2"
)
_BEGIN = (
    "INSERT INTO strategy_journals (strategy_id, environment, trade_date, begun_ns, bytes, seq,"
    " rules_hash, shipped_at) VALUES ($1, $2, $3, $4, 0, -1, $5, kst_now())"
)
_MOVE = (
    "UPDATE strategy_journals SET bytes = $4, seq = $5, rules_hash = $6, shipped_at = kst_now()"
    " WHERE strategy_id = $1 AND environment = $2 AND trade_date = $3 AND bytes = $7"
)
_FUNNEL_SEQ = (
    "UPDATE strategy_journals SET funnel_seq = $4 WHERE strategy_id = $1 AND environment = $2"
    " AND trade_date = $3"
)
_GATE = (
    "INSERT INTO strategy_funnel (strategy_id, environment, trade_date, position, gate, reached,"
    " passed, stopped, seq) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (strategy_id, environment, trade_date, gate) DO UPDATE SET"
    " position = excluded.position, reached = excluded.reached, passed = excluded.passed,"
    " stopped = excluded.stopped, seq = excluded.seq"
)
_FUNNEL_DAY = (
    "INSERT INTO strategy_funnel_days (strategy_id, environment, trade_date, as_of, seq,"
    " rules_hash, mode, problems, health, stopped, rest)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    " ON CONFLICT (strategy_id, environment, trade_date) DO UPDATE SET as_of = excluded.as_of,"
    " seq = excluded.seq, rules_hash = excluded.rules_hash, mode = excluded.mode,"
    " problems = excluded.problems, health = excluded.health, stopped = excluded.stopped,"
    " rest = excluded.rest"
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a strategy's notes go, and under which name."""

    url: str = field(repr=False)
    environment: Environment
    strategy_id: str  # as the OMS knows it


class NotesRefused(Exception):
    """What the database holds of a day is not of this journal. Nothing is written over it."""


class _Overtaken(Exception):
    """The database is further than we thought. Nothing was written; the next look tells."""


class _Glance(msgspec.Struct, frozen=True, tag="turn", array_like=True):
    """A Turn of which only the output is looked at."""

    seq: int
    told: msgspec.Raw
    oms: msgspec.Raw
    output: Output | None


_glance: msgspec.msgpack.Decoder[Head | _Glance] = msgspec.msgpack.Decoder(Head | _Glance)


@dataclass(slots=True)
class _Position:
    """How far a day's journal is in the database."""

    begun_ns: int
    bytes: int = 0
    seq: int = -1
    rules_hash: str = ""
    funnel_seq: int | None = None
    funnel_mark: int = 0  # mtime of the funnel's file when it was last looked at
    checked: bool = False  # the journal on this disk is the one that the database knows


@dataclass(slots=True)
class _Batch:
    """What a piece of a journal has for the database, and where it leads."""

    bytes: int
    seq: int
    rules_hash: str
    heads: list[Head] = field(default_factory=list)
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: defaultdict(list))


class NoteShipper:
    """Ships one strategy's notes. `run` is its task; `day` (YYYY-MM-DD) is the day that runs."""

    def __init__(
        self,
        to: Destination,
        strategy: Strategy[Any],
        data_dir: Path,
        log: FilteringBoundLogger,
        *,
        patience_s: float = _PATIENCE_S,
    ) -> None:
        self._to = to
        self._url = asyncpg_url(to.url)
        self._who = (to.strategy_id, str(to.environment))
        self._strategy = strategy
        self._data_dir = data_dir
        self._log = log
        self._patience_s = patience_s
        self._connection: asyncpg.Connection | None = None
        self._positions: dict[str, _Position] = {}
        self._pending: set[str] = set()
        self._given_up: set[str] = set()
        self.day: str | None = None
        self.problem: str | None = "not connected yet"

    async def run(self) -> None:
        """Ship until cancelled. Whatever the database does, this does not end."""
        pause_s = _BACKOFF_S
        while True:
            try:
                await self.ship()
                if self.problem is not None:
                    self._log.info("Notes go to the database", to=without_password(self._url))
                self.problem, pause_s = None, _BACKOFF_S
                await asyncio.sleep(POLL_S)
            except Exception as error:
                this = asyncio.current_task()
                if this is not None and this.cancelling():
                    # What broke is the transaction that the cancelling was rolling back.
                    raise asyncio.CancelledError from error
                said = f"{type(error).__name__}: {error}"
                if said != self.problem:
                    self._log.error("Notes delayed", why=said, retry_in_s=pause_s)
                self.problem = said
                self.drop()
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _BACKOFF_S_MAX)

    async def finish(self, within_s: float) -> bool:
        """Ship what is left, at a clean stop; return whether all of it is there."""
        task = asyncio.ensure_future(self.ship())
        done, _ = await asyncio.wait({task}, timeout=within_s)
        self.drop()
        if not done:
            task.cancel()
        error = (await asyncio.gather(task, return_exceptions=True))[0]
        if isinstance(error, BaseException):
            self._log.warning("Notes wait for the next start", why=f"{error!r}")
            return False
        return True

    def drop(self) -> None:
        """Let go of the database, at once."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.terminate()

    async def ship(self) -> int:
        """Ship what there is, oldest day first; return how many rows of notes were sent."""
        if self._connection is None:
            await self._connect()
        if self.day is not None:
            self._pending.add(self.day)
        rows = 0
        for day in sorted(self._pending - self._given_up):
            try:
                rows += await self._ship_day(day)
            except (JournalError, NotesRefused) as error:
                self._given_up.add(day)
                self._log.error("Notes of a day refused", date=day, why=str(error))
        return rows

    async def _connect(self) -> None:
        self._connection = await asyncpg.connect(
            self._url,
            timeout=self._patience_s,
            command_timeout=self._patience_s,
            server_settings=_SERVER_SETTINGS,
        )
        found = await self._connection.fetch(_POSITIONS, *self._who)
        self._positions = {}
        for row in found:
            values = dict(row)
            day = values.pop("trade_date").isoformat()
            self._positions[day] = _Position(**values)
        folder = self._files("0000-00-00").journal.parent
        self._pending = {path.stem for path in folder.glob("????-??-??.journal")}

    def _files(self, day: str) -> DayFiles:
        return DayFiles(self._data_dir, self._strategy.name, day)

    def _key(self, day: str) -> tuple[str, str, date]:
        return (*self._who, date.fromisoformat(day))

    # one day

    async def _ship_day(self, day: str) -> int:
        files = self._files(day)
        ended = self.day is not None and day < self.day
        known = self._positions.get(day)
        if not files.journal.exists():
            return 0
        whole = known is not None and known.funnel_seq == known.seq + 1
        if ended and whole and known is not None and known.bytes == _size(files.journal):
            self._pending.discard(day)
            return 0
        position = await self._position(day, files.journal)
        if position is None:
            return 0
        rows = 0
        while frames := follow(files.journal, position.bytes, CHUNK_BYTES):
            batch = _read(frames, position, files.journal)
            rows += sum(len(some) for some in batch.rows.values())
            await self._write(day, position, batch)
            await asyncio.sleep(0)
        await self._ship_funnel(day, files, position, ended)
        if ended:
            self._pending.discard(day)
        return rows

    async def _position(self, day: str, journal: Path) -> _Position | None:
        """Return how far a day's journal is shipped; None while it holds nothing."""
        assert self._connection is not None
        known = self._positions.get(day)
        if known is not None and known.checked:
            return known
        first = follow(journal, 0, CHUNK_BYTES)
        if not first:
            return None
        head = _decoded(first[0], journal)
        if not isinstance(head, Head):
            raise JournalError(f"{journal}: begins without a head")
        if known is None:
            known = _Position(head.at_ns, rules_hash=rules_hash(head.rules))
            key = self._key(day)
            await self._connection.execute(_BEGIN, *key, head.at_ns, known.rules_hash)
            self._positions[day] = known
        if known.begun_ns != head.at_ns:
            raise NotesRefused(
                f"{journal}: begun {kst(head.at_ns).isoformat()}, the database has a journal of "
                f"that day begun {kst(known.begun_ns).isoformat()}"
            )
        if (size := _size(journal)) < known.bytes:
            raise NotesRefused(f"{journal}: {size} bytes, {known.bytes} were shipped from it")
        known.checked = True
        return known

    async def _write(self, day: str, position: _Position, batch: _Batch) -> None:
        try:
            await self._write_together(day, position, batch)
        except _BAD_DATA as error:
            self._log.error("Notes refused, shipping one by one", date=day, why=str(error))
            await self._write_together(day, position, batch, one_by_one=True)
        position.bytes, position.seq = batch.bytes, batch.seq
        position.rules_hash = batch.rules_hash

    async def _write_together(
        self, day: str, position: _Position, batch: _Batch, *, one_by_one: bool = False
    ) -> None:
        assert self._connection is not None
        connection, key = self._connection, self._key(day)
        async with connection.transaction():
            for head in batch.heads:
                sessions = sessions_of(head.day, self._to.environment)
                await connection.executemany(_SESSION, sessions)
                rules = (rules_hash(head.rules), head.rules, to_kst_naive(head.at_ns))
                await connection.execute(_RULES, *self._who, *rules)
            for table, rows in batch.rows.items():
                if one_by_one:
                    await self._write_each(table, [(*key, *row) for row in rows])
                else:
                    await connection.executemany(insert(table), [(*key, *row) for row in rows])
            to = (batch.bytes, batch.seq, batch.rules_hash, position.bytes)
            moved = await connection.execute(_MOVE, *key, *to)
            if moved != "UPDATE 1":
                # Another process, or our own last attempt, whose answer we never had: look again.
                raise _Overtaken(f"more of {day} is shipped than this process knows of")

    async def _write_each(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """Write each row on its own, so that one that cannot be written costs no other."""
        assert self._connection is not None
        for row in rows:
            try:
                async with self._connection.transaction():
                    await self._connection.execute(insert(table), *row)
            except _BAD_DATA as error:
                seq, place = row[3], row[4]
                self._log.error("Note refused", table=table, seq=seq, place=place, why=str(error))

    # the funnel

    async def _ship_funnel(
        self, day: str, files: DayFiles, position: _Position, ended: bool
    ) -> None:
        try:
            mark = files.funnel.stat().st_mtime_ns
        except FileNotFoundError:
            mark = 0
        turns = position.seq + 1
        word: FunnelWord | None = None
        if mark and mark != position.funnel_mark:
            try:
                word = funnel_word(json.loads(files.funnel.read_text(encoding="utf-8")))
            except (KeyError, TypeError, ValueError) as error:
                self._log.error("Funnel not read", file=str(files.funnel), why=repr(error))
        if ended and (word is None or word.seq < turns):
            # Its process died before the last word: the day is folded again, beside trading.
            word = await asyncio.to_thread(self._folded, files.journal) or word
        if word is not None and (position.funnel_seq is None or word.seq > position.funnel_seq):
            await self._write_funnel(day, position, word)
        position.funnel_mark = mark

    def _folded(self, journal: Path) -> FunnelWord | None:
        """Return the last word of a day from its journal; None where the rules have changed."""
        records = list(read_journal(journal))
        heads = [record for record in records if isinstance(record, Head)]
        if any(head.rules != rules_text(self._strategy) for head in heads):
            self._log.warning("Funnel's last word unknown: other rules", journal=str(journal))
            return None
        restored = restore(self._strategy, heads[0].day, records)
        shown = {
            **self._strategy.funnel(restored.state),
            "as_of": kst(restored.last_at_ns or heads[-1].at_ns).isoformat(timespec="seconds"),
            "shell": {"turns": restored.turns, "restarts": len(heads) - 1},
        }
        return funnel_word(json.loads(json.dumps(shown)))

    async def _write_funnel(self, day: str, position: _Position, word: FunnelWord) -> None:
        assert self._connection is not None
        connection, key = self._connection, self._key(day)
        gates = [(*key, place, *gate, word.seq) for place, gate in enumerate(word.gates)]
        async with connection.transaction():
            await connection.executemany(_GATE, gates)
            await connection.execute(
                _FUNNEL_DAY, *key, word.as_of, word.seq, position.rules_hash, word.mode,
                word.problems, word.health, word.stopped, word.rest,
            )  # fmt: skip
            await connection.execute(_FUNNEL_SEQ, *key, word.seq)
        position.funnel_seq = word.seq


@asynccontextmanager
async def shipping(shipper: NoteShipper | None) -> AsyncIterator[None]:
    """Ship beside what is done inside; at its end, what is left. Without a shipper: nothing."""
    if shipper is None:
        yield
        return
    task = asyncio.create_task(shipper.run())
    try:
        yield
    finally:
        shipper.drop()  # a transaction that is under way is rolled back by the server
        task.cancel()
        await asyncio.wait([task])
        await shipper.finish(FINISH_S)


def _read(frames: Sequence[tuple[int, memoryview]], position: _Position, path: Path) -> _Batch:
    batch = _Batch(position.bytes, position.seq, position.rules_hash)
    for frame in frames:
        record = _decoded(frame, path)
        batch.bytes = frame[0]
        if isinstance(record, Head):
            batch.heads.append(record)
            batch.rules_hash = rules_hash(record.rules)
            continue
        batch.seq = record.seq
        for place, note in enumerate(record.output.notes if record.output else ()):
            if (found := row_of(note, batch.rules_hash)) is not None:
                table, values = found
                batch.rows[table].append((record.seq, place, *values))
    return batch


def _decoded(frame: tuple[int, memoryview], path: Path) -> Head | _Glance:
    end, payload = frame
    try:
        return _glance.decode(payload)
    except msgspec.DecodeError as error:
        raise JournalError(f"{path}: before byte {end}: not a record: {error}") from None


def _size(path: Path) -> int:
    return path.stat().st_size
