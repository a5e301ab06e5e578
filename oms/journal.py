"""The journal: every input and what was decided from it, in order, on this machine's disk.

SQLite in WAL mode with synchronous FULL: when `append` returns, the turns are on the disk, all of
them or none; a torn tail is SQLite's to repair. Rows are never changed and never deleted. The
state of the OMS is the fold of the rows going out.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Self

from oms.core.records import AnyInput, AnyOutput, decode_input, decode_output, encode, kind_of

SCHEMA = 1
_CREATE = """
CREATE TABLE IF NOT EXISTS records (
    seq INTEGER PRIMARY KEY,
    turn INTEGER NOT NULL,
    at_ns INTEGER NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
)
"""
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

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self.path = path
        row = connection.execute("SELECT max(seq), max(turn) FROM records").fetchone()
        self.last_seq: int = row[0] or 0
        self._turn: int = row[1] or 0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or create the journal at a path. Raises JournalError if another process has it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, timeout=2.0)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES_MAX}")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, SCHEMA):
                raise JournalError(f"{path}: journal of version {version}, expected {SCHEMA}")
            connection.execute(_CREATE)
            connection.execute(f"PRAGMA user_version = {SCHEMA}")
        except sqlite3.DatabaseError as error:
            connection.close()
            raise JournalError(f"{path}: not a usable journal: {error}") from None
        except JournalError:
            connection.close()
            raise
        return cls(connection, path)

    def close(self) -> None:
        """Close the file. Everything appended is already on the disk."""
        self._connection.close()

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

        The outputs of a turn follow its input without a gap.
        """
        rows: list[Row] = []
        firsts: list[int] = []
        seq, number = self.last_seq, self._turn
        for turn in turns:
            number += 1
            seq += 1
            firsts.append(seq)
            heard = turn.heard
            payload = encode(heard).decode()
            rows.append(Row(seq, number, heard.at_ns, "in", kind_of(heard), payload))
            for output in turn.outputs:
                seq += 1
                payload = encode(output).decode()
                rows.append(Row(seq, number, output.at_ns, "out", kind_of(output), payload))
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            self._connection.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.rollback()
            raise
        self.last_seq, self._turn = seq, number
        return firsts

    def rows(self, after: int = 0, direction: str | None = None, limit: int = _PAGE) -> list[Row]:
        """Return rows after a seq, ascending, at most `limit`."""
        return _rows(self._connection, after, direction, limit)

    def outputs(self) -> Iterator[AnyOutput]:
        """Return every output, in order: what the book is folded from."""
        for row in _all(self._connection, "out"):
            yield row.output


class JournalReader:
    """A journal read beside the process that writes it."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise JournalError(f"{path} does not exist")
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def last_seq(self) -> int:
        """Return the seq of the newest row, 0 when there is none."""
        row = self._connection.execute("SELECT max(seq) FROM records").fetchone()
        return row[0] or 0

    def rows(self, after: int = 0, direction: str | None = None, limit: int = _PAGE) -> list[Row]:
        """Return rows after a seq, ascending, at most `limit`."""
        return _rows(self._connection, after, direction, limit)

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


def _rows(
    connection: sqlite3.Connection, after: int, direction: str | None, limit: int
) -> list[Row]:
    where = "" if direction is None else "AND direction = :direction"
    found = connection.execute(
        f"SELECT * FROM records WHERE seq > :after {where} ORDER BY seq LIMIT :limit",
        {"after": after, "direction": direction, "limit": limit},
    )
    return [Row(*row) for row in found.fetchall()]


def _all(connection: sqlite3.Connection, direction: str | None) -> Iterator[Row]:
    after = 0
    while page := _rows(connection, after, direction, _PAGE):
        yield from page
        after = page[-1].seq
