"""The day's journal as a file, and how much of it the database has.

`<date>.jsonl` is only ever appended to; `<date>.sent` holds the offset up to which it is in the
database. A database that is away for hours costs no memory: what waits stands in the file. A torn
last line, from a crash in the middle of a write, is cut off when the file is opened.
"""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from collector.journal import Entry, decode, encode

BATCH_BYTES_MAX = 1 << 20


class Outbox:
    """One day's journal, open for appending."""

    def __init__(self, directory: Path, day: date) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.day = day
        self._path = directory / f"{day.isoformat()}.jsonl"
        self._mark = self._path.with_suffix(".sent")
        _cut_torn_line(self._path)
        self._file = self._path.open("ab", buffering=0)
        self._sent = int(self._mark.read_text()) if self._mark.exists() else 0

    def entries(self) -> list[Entry]:
        """Return everything journaled so far, oldest first."""
        return read_journal(self._path)

    def append(self, entries: Sequence[Entry]) -> None:
        """Write entries down, in one piece. They survive this process from here on."""
        if entries:
            self._file.write(b"".join(encode(entry) + b"\n" for entry in entries))

    def sync(self) -> None:
        """Make what was appended survive this machine. Blocks; call it from a thread."""
        os.fsync(self._file.fileno())

    @property
    def unsent_bytes(self) -> int:
        """How much the database does not have yet."""
        return self._path.stat().st_size - self._sent

    def unsent(self) -> tuple[list[Entry], int]:
        """Return the oldest entries the database lacks, and the offset behind them."""
        with self._path.open("rb") as file:
            file.seek(self._sent)
            text = file.read(BATCH_BYTES_MAX)
        whole = text[: text.rfind(b"\n") + 1]
        return [decode(line) for line in whole.splitlines()], self._sent + len(whole)

    def sent(self, offset: int) -> None:
        """Remember that the database has everything up to `offset`."""
        draft = self._mark.with_suffix(".draft")
        draft.write_text(str(offset))
        os.replace(draft, self._mark)
        self._sent = offset

    def close(self) -> None:
        """Make it durable and let go of the file."""
        self.sync()
        self._file.close()


def read_journal(path: Path) -> list[Entry]:
    """Return the entries of a journal file; a torn last line is left out."""
    if not path.exists():
        return []
    text = path.read_bytes()
    return [decode(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]


def unsent_days(directory: Path, before: date) -> list[date]:
    """Return the earlier days whose journals the database does not have in full, oldest first."""
    days = []
    for path in sorted(directory.glob("????-??-??.jsonl")):
        mark = path.with_suffix(".sent")
        sent = int(mark.read_text()) if mark.exists() else 0
        day = date.fromisoformat(path.stem)
        if day < before and sent < path.stat().st_size:
            days.append(day)
    return days


def _cut_torn_line(path: Path) -> None:
    if not path.exists():
        return
    with path.open("rb+") as file:
        text = file.read()
        whole = text.rfind(b"\n") + 1
        if whole < len(text):
            file.truncate(whole)
