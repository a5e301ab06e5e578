"""The raw tape: every text with its arrival time, written down before anybody reads it.

`data_dir/tape/<date>/<source>-NNNN.tape`, records as in `kis_core.wire.tape`. Segments are only
ever appended to; a run begins a new one, and so does a segment that has grown full, so that a torn
end is never written behind. `sync` puts everything on the disk: a crash of this process or of the
machine costs at most what came since.
"""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import BinaryIO

import msgspec

from collector.hearing import FIRST_LINE, Item, Mark, Text
from kis_core.wire import tape as records

SOURCE = "kis"
_LINE = f"{SOURCE}_"  # and the name of a further app key
MARKS = "collector"  # the source of what the collector itself did, between the texts
_BUFFER_BYTES = 1 << 20
_TAIL_BYTES = 1 << 20  # far more than the longest record
_encode_mark = msgspec.json.Encoder().encode
_decode_mark: Callable[[str], Mark] = msgspec.json.Decoder(Mark).decode


class Tape:
    """One day's tape, open for appending."""

    def __init__(self, directory: Path, day: date, segment_bytes: int) -> None:
        self.day = day
        self.written_bytes = 0
        self.synced_bytes = 0
        self._directory = directory / day.isoformat()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._segment_bytes = segment_bytes
        self._segment_left = segment_bytes
        self._lock = threading.Lock()  # between the loop, which appends, and the thread that syncs
        self._file: BinaryIO = self._next_segment()

    def text(self, at_ns: int, text: str, line: str = FIRST_LINE) -> None:
        """Append a text that arrived at `at_ns`. Further lines are sources of their own."""
        source = SOURCE if line == FIRST_LINE else _LINE + line
        self._append(records.encode(at_ns, source, text))

    def mark(self, mark: Mark) -> None:
        """Append what the collector did or was told at this point."""
        self._append(records.encode(mark.at_ns, MARKS, _encode_mark(mark).decode()))

    def _append(self, record: bytes) -> None:
        if self._segment_left < len(record):
            self._turn()
        self._segment_left -= len(record)
        self.written_bytes += len(record)
        self._file.write(record)

    def _turn(self) -> None:
        full = self._file
        with self._lock:
            self._file = self._next_segment()
            self._segment_left = self._segment_bytes
            full.flush()
            os.fsync(full.fileno())
            full.close()

    def _next_segment(self) -> BinaryIO:
        taken = sorted(self._directory.glob(f"{SOURCE}-????.tape"))
        number = int(taken[-1].stem[-4:]) + 1 if taken else 1
        path = self._directory / f"{SOURCE}-{number:04d}.tape"
        # 0600: answers to registrations carry the key of the order notices.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES)

    def flush(self) -> None:
        """Hand everything to the operating system: from here on it survives this process."""
        self._file.flush()

    def sync(self) -> None:
        """Put everything on the disk. Blocks; call it from a thread, appending may go on."""
        with self._lock:
            self._file.flush()
            written = self.written_bytes
            os.fsync(self._file.fileno())
            self.synced_bytes = written

    def close(self) -> None:
        """Put everything on the disk and let go of the file."""
        self.sync()
        self._file.close()


def segments(directory: Path, day: date) -> list[Path]:
    """Return the segments of a day, oldest first."""
    return sorted((directory / day.isoformat()).glob(f"{SOURCE}-????.tape"))


def read(directory: Path, day: date) -> Iterator[Item | records.Damaged]:
    """Yield what a day's tape holds, in order. Torn ends and damaged lines come as `Damaged`."""
    for path in segments(directory, day):
        for record in records.decode(path.read_bytes()):
            match record:
                case records.Heard(arrived_ns, source, text) if source == SOURCE:
                    yield Text(arrived_ns, text)
                case records.Heard(arrived_ns, source, text) if source.startswith(_LINE):
                    yield Text(arrived_ns, text, source.removeprefix(_LINE))
                case records.Heard(_, source, text) if source == MARKS:
                    yield _mark(text)
                case records.Heard():
                    pass  # another source, read by whoever knows its dialect
                case damaged:
                    yield damaged


def _mark(text: str) -> Mark | records.Damaged:
    try:
        return _decode_mark(text)
    except msgspec.DecodeError:
        return records.Damaged(0, text.encode(), torn=False)


def last_arrival_ns(directory: Path, day: date) -> int | None:
    """Return when the newest text or mark of a day's tape arrived; None without a tape."""
    for path in reversed(segments(directory, day)):
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
        heard = [r.arrived_ns for r in records.decode(tail) if isinstance(r, records.Heard)]
        if heard:
            return heard[-1]
    return None


class Quarantine:
    """What could not be read, with the reason: `<directory>/<date>.quarantine`."""

    def __init__(self, directory: Path, day: date) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._path = directory / f"{day.isoformat()}.quarantine"
        self.count = 0

    def keep(self, at_ns: int, why: str, text: str) -> None:
        """Write down a text and why it could not be read."""
        self.count += 1
        with self._path.open("ab") as file:
            file.write(records.encode(at_ns, SOURCE, f"{why}\t{text}"))
