"""The journal: every input and what was decided from it, in order, on this machine's disk.

SQLite in WAL mode with synchronous FULL: when `append` returns, the turns are on the disk, all of
them or none; a torn tail is SQLite's to repair. Rows are never changed and never deleted. The
state of the OMS is the fold of the rows going out. Each row carries the hash of the one before it
and its own (`core/chain.py`), and is held to it when the journal is folded; rows of version 1 have
none and are read as they are. One process at a time: beside the file stands a lock.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from oms.core.chain import GENESIS, Link, Walk, digest, digest_of_bytes, follow
from oms.core.records import (
    AnyInput,
    AnyOutput,
    IntentDecided,
    decode_input,
    decode_output,
    encode,
    kind_of,
)

SCHEMA = 2
_CHAINED = 2  # the first version whose rows carry hashes
_CREATE = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY,
    turn INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    prev BLOB,
    hash BLOB
)
"""
_DECIDED = "kind = 'intent_decided' AND json_valid(payload)"
_INDEX = f"""
CREATE INDEX IF NOT EXISTS intents
ON records (json_extract(payload, '$.strategy_id'), json_extract(payload, '$.intent_id'))
WHERE {_DECIDED}
"""
_COLUMNS = "seq, turn, at_ns, direction, kind, payload"
# As bytes, whatever somebody made of them: what is no text must be found, not stumbled over.
_RAW = ", ".join(f"CAST({name} AS BLOB)" for name in ("direction", "kind", "payload"))
_PAGE = 1000
_WAL_PAGES_MAX = 20_000  # 80 MB: beyond this a commit moves the pages itself


class JournalError(Exception):
    """A journal that must not be traded on. The message is for the operator."""


class Row(NamedTuple):
    """One record as it is kept. `seq` has no gaps, `turn` binds an input to its outputs."""

    seq: int
    turn: int
    at_ns: int
    direction: str
    kind: str
    payload: str  # JSON
    prev: bytes | None = None  # hash of the row before; None with `hash`: older than the chain
    hash: bytes | None = None

    @property
    def output(self) -> AnyOutput:
        """The record, if it is an output."""
        return decode_output(self.payload)


class Turn(NamedTuple):
    """One input and what was decided from it."""

    heard: AnyInput
    outputs: Sequence[AnyOutput]


class Journal:
    """One account's journal, open for appending. One process at a time."""

    def __init__(self, connection: sqlite3.Connection, path: Path, lock: int) -> None:
        self._connection = connection
        self._lock = lock  # descriptor; a process that dies lets go of it
        self.path = path
        row = connection.execute("SELECT max(seq), max(turn) FROM records").fetchone()
        self.last_seq: int = row[0] or 0
        self._turn: int = row[1] or 0
        last = connection.execute(
            "SELECT hash FROM records WHERE seq = ?", (self.last_seq,)
        ).fetchone()
        self._last_hash: bytes = (last[0] if last else None) or GENESIS

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the journal at a path. Raises JournalError if another process has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _locked(path)
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(path, isolation_level=None, timeout=2.0)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES_MAX}")
            _bring_up(connection, path)
            return cls(connection, path, lock)
        except BaseException as error:
            if connection is not None:
                connection.close()
            os.close(lock)
            if isinstance(error, sqlite3.OperationalError):
                raise _unwritable(path, error) from None
            if isinstance(error, sqlite3.Error):
                raise JournalError(f"{path}: not a usable journal: {error}") from None
            raise

    def close(self) -> None:
        """Close the file and let another process have it. What was appended is on the disk."""
        self._connection.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def checkpoint(self) -> None:
        """Move what is in the write-ahead log into the file, beside whoever appends.

        Call it in a thread, now and then: done inside a commit it would make one intent in some
        hundreds wait for it.
        """
        beside = sqlite3.connect(self.path, isolation_level=None, timeout=0.0)
        try:
            beside.execute("PRAGMA wal_checkpoint(PASSIVE)")
        finally:
            beside.close()

    def append(self, turns: Sequence[Turn]) -> list[int]:
        """Make turns durable in one commit; return the seq of each one's input.

        The outputs of a turn follow its input without a gap. Raises JournalError where that cannot
        be done (disk full, file read-only): nothing of it may leave then, and the process must end,
        since what it decided is in no journal.
        """
        rows: list[Row] = []
        firsts: list[int] = []
        number = self._turn
        for turn in turns:
            number += 1
            firsts.append(self.last_seq + len(rows) + 1)
            self._add(rows, number, "in", turn.heard)
            for output in turn.outputs:
                self._add(rows, number, "out", output)
        self.keep(rows)
        return firsts

    def _add(
        self, rows: list[Row], turn: int, direction: str, record: AnyInput | AnyOutput
    ) -> None:
        seq = self.last_seq + len(rows) + 1
        prev = (rows[-1].hash if rows else None) or self._last_hash
        at_ns, payload, kind = record.at_ns, encode(record), kind_of(record)
        own = digest(prev, seq, turn, at_ns, direction, kind, payload)
        rows.append(Row(seq, turn, at_ns, direction, kind, payload.decode(), prev, own))

    def keep(self, rows: Sequence[Row]) -> None:
        """Make rows durable as they are, in one commit. For what was a journal before."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                f"INSERT INTO records ({_COLUMNS}, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise _unwritable(self.path, error) from None
            raise
        if rows:
            self.last_seq, self._turn = rows[-1].seq, rows[-1].turn
            self._last_hash = rows[-1].hash or GENESIS

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):  # some failures have rolled back already
            self._connection.rollback()

    def rows(self, after: int = 0, direction: str | None = None, limit: int = _PAGE) -> list[Row]:
        """Return rows after a seq, ascending, at most `limit`."""
        return _rows(self._connection, after, direction, limit, "prev, hash")

    def outputs(self) -> Iterator[AnyOutput]:
        """Return every output, in order: what the book is folded from.

        Every row, inputs too, is held to its chain on the way. Raises JournalError at the first
        that does not fit, with its number and what was done to it.
        """
        for seq, direction, payload in _fitting(self.path):
            if direction == b"out":
                try:
                    yield decode_output(payload)
                except msgspec.ValidationError as error:
                    said = f"{self.path}: row {seq} is of a newer version of the OMS, or of none"
                    raise JournalError(f"{said}: {error}") from None

    def decided(self, strategy_id: str, intent_id: str) -> IntentDecided | None:
        """Return the answer an intent was given, however long ago; None: it was never decided."""
        found = self._connection.execute(
            "SELECT payload FROM records WHERE json_extract(payload, '$.strategy_id') = ? "
            f"AND json_extract(payload, '$.intent_id') = ? AND {_DECIDED}",
            (strategy_id, intent_id),
        ).fetchone()
        record = decode_output(found[0]) if found else None
        return record if isinstance(record, IntentDecided) else None

    def outputs_of(self, kinds: Sequence[str]) -> Iterator[Row]:
        """Return the outputs of some kinds, in order, without reading the others' text."""
        marks = ", ".join("?" * len(kinds))
        found = self._connection.execute(
            f"SELECT * FROM records WHERE direction = 'out' AND kind IN ({marks}) ORDER BY seq",
            tuple(kinds),
        )
        for row in found:
            yield Row(*row)


class JournalReader:
    """A journal read beside the process that writes it."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise JournalError(f"{path} does not exist")
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)
        try:
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise JournalError(f"{path}: not a usable journal: {error}") from None
        self._hashes = "prev, hash" if version >= _CHAINED else "NULL, NULL"

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def last_seq(self) -> int:
        """Return the seq of the newest row, 0 when there is none."""
        row = self._connection.execute("SELECT max(seq) FROM records").fetchone()
        return row[0] or 0

    def rows(self, after: int = 0, direction: str | None = None, limit: int = _PAGE) -> list[Row]:
        """Return rows after a seq, ascending, at most `limit`."""
        return _rows(self._connection, after, direction, limit, self._hashes)

    def links(self, after: int = 0, limit: int = _PAGE) -> list[Link]:
        """Return rows after a seq, ascending, at most `limit`, byte for byte as they are kept."""
        found = self._connection.execute(
            f"SELECT seq, turn, at_ns, {_RAW}, {self._hashes} FROM records "
            "WHERE seq > ? ORDER BY seq LIMIT ?",
            (after, limit),
        )
        return [
            Link(seq, turn, at_ns, _text(direction), _text(kind), payload, *hashes)
            for seq, turn, at_ns, direction, kind, payload, *hashes in found
        ]

    def turns(self) -> Iterator[Turn]:
        """Return every turn, in order."""
        heard: AnyInput | None = None
        outputs: list[AnyOutput] = []
        for row in _all(self._connection, None):
            if row.direction == "in":
                if heard is not None:
                    yield Turn(heard, outputs)
                heard, outputs = decode_input(row.payload), []
            else:
                outputs.append(row.output)
        if heard is not None:
            yield Turn(heard, outputs)


def _locked(path: Path) -> int:
    """Return the descriptor of the lock that only this process holds."""
    # A file of its own: SQLite's locks on the journal go when any descriptor of it is closed.
    descriptor = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise JournalError(
            f"{path} is in use by process {holder or 'unknown'}: one OMS a journal. Stop that one "
            "first, or give this one an oms_id and an account of its own"
        ) from None
    with suppress(OSError):  # on a full disk the lock holds without its holder's number
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _unwritable(path: Path, error: sqlite3.Error) -> JournalError:
    return JournalError(
        f"{path} cannot be written ({error}): no order leaves, not even an exit, until it can; "
        "make room on the disk or mend its rights, then start again"
    )


def _fitting(path: Path) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield seq, direction and payload of every row, as long as each fits the chain."""
    connection = sqlite3.connect(path, timeout=5.0)
    connection.text_factory = bytes  # what is no text must be found, not stumbled over
    expected, before = 1, None
    with closing(connection):
        try:
            found = connection.execute(f"SELECT {_COLUMNS}, prev, hash FROM records ORDER BY seq")
            for seq, turn, at_ns, direction, kind, payload, prev, own in found:
                if own is None:
                    fits = prev is None and before is None
                else:
                    after = before or GENESIS
                    words = (after, seq, turn, at_ns, direction, kind, payload)
                    fits = prev == after and own == digest_of_bytes(*words)
                if seq != expected or not fits:
                    raise JournalError(_tampered(path))
                yield seq, direction, payload
                expected, before = seq + 1, own
        except sqlite3.Error as error:
            raise JournalError(f"{path}: not a usable journal: {error}") from None


def _tampered(path: Path) -> str:
    """Say which row of a journal is the first that does not fit, and what to do."""
    with closing(JournalReader(path)) as reader:
        walk, misfit = Walk(), None
        while misfit is None and (links := reader.links(walk.last_seq)):
            misfit = follow(walk, links, reader.links)
    said = misfit.said if misfit else f"row {walk.last_seq + 1} does not fit"
    return (
        f"{path}: {said}. It is not traded on: move its files away as evidence and run "
        "kst oms restore (docs/runbook.md)"
    )


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    """Make the table, or give a journal of version 1 the columns it lacks."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in (0, 1, SCHEMA):
        raise JournalError(f"{path}: journal of version {version}, expected {SCHEMA}")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_CREATE)
    if version == 1:
        connection.execute("ALTER TABLE records ADD COLUMN prev BLOB")
        connection.execute("ALTER TABLE records ADD COLUMN hash BLOB")
    connection.execute(_INDEX)
    connection.execute(f"PRAGMA user_version = {SCHEMA}")
    connection.execute("COMMIT")


def _text(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")


def _rows(
    connection: sqlite3.Connection,
    after: int,
    direction: str | None,
    limit: int,
    hashes: str = "NULL, NULL",
) -> list[Row]:
    where = "" if direction is None else "AND direction = :direction"
    found = connection.execute(
        f"SELECT {_COLUMNS}, {hashes} FROM records WHERE seq > :after {where} "
        "ORDER BY seq LIMIT :limit",
        {"after": after, "direction": direction, "limit": limit},
    )
    return [Row(*row) for row in found.fetchall()]


def _all(connection: sqlite3.Connection, direction: str | None) -> Iterator[Row]:
    after = 0
    while page := _rows(connection, after, direction, _PAGE):
        yield from page
        after = page[-1].seq
