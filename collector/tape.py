"""The raw tape: every text with its arrival time, written down before anybody reads it.

`data_dir/tape/<date>/<source>-NNNN.tape`, records as in `kis_core.wire.tape`. Segments are only
ever appended to; a run begins a new one, and so does a segment that has grown full or old, so that
a torn end is never written behind. One that is being written is called `….tape.open`, and its
writer holds a lock on it; it gets its name once all of it is on the disk. What a killed writer
left open is finished by the next one, or by whoever puts the day away.

`sync` puts everything on the disk: a crash of this process or of the machine costs at most what
came since.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import BinaryIO, Protocol

import msgspec

from collector.hearing import FIRST_LINE, Item, Mark, Text
from kis_core.clock import SECOND_NS
from kis_core.wire import tape as records

SOURCE = "kis"
MARKS = "collector"  # the source of what the collector itself did, between the texts
OPEN = ".open"
_SEGMENT_S = 900.0
_BUFFER_BYTES = 1 << 20
_TAIL_BYTES = 1 << 20  # far more than the longest record
_BLOCK_BYTES = 4 << 20  # what is read of a segment at a time
_encode_mark = msgspec.json.Encoder().encode
_decode_mark: Callable[[str], Mark] = msgspec.json.Decoder(Mark).decode


class Marked(Protocol):
    """What a source did or was told; a msgspec struct of its own kind."""

    @property
    def at_ns(self) -> int:
        """When."""
        ...


class Tape:
    """One day's tape of one source, open for appending."""

    def __init__(
        self,
        directory: Path,
        day: date,
        segment_bytes: int,
        source: str = SOURCE,
        segment_s: float = _SEGMENT_S,
    ) -> None:
        self.day = day
        self.source = source
        self.written_bytes = 0
        self.synced_bytes = 0
        self._directory = directory / day.isoformat()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._segment_bytes = segment_bytes
        self._segment_ns = int(segment_s * SECOND_NS)
        self._segment_left = segment_bytes
        self._turn_ns: int | None = None  # when the segment has grown old; None while it is empty
        self._full: deque[tuple[BinaryIO, Path]] = deque()  # written, to be finished by `sync`
        self._syncing = threading.Lock()
        finish_left_open(directory, day, source)
        self._file, self._path = self._next_segment()

    def text(self, at_ns: int, text: str, line: str = FIRST_LINE) -> None:
        """Append a text that arrived at `at_ns`. Further lines are sources of their own."""
        self._append(at_ns, records.encode(at_ns, self._source_of(line), text))

    def texts(self, at_ns: int, texts: Sequence[str], line: str = FIRST_LINE) -> None:
        """Append texts that arrived together at `at_ns`."""
        if texts:
            self._append(at_ns, records.encode_all(at_ns, self._source_of(line), texts))

    def _source_of(self, line: str) -> str:
        return self.source if line == FIRST_LINE else f"{self.source}_{line}"

    def mark(self, mark: Marked) -> None:
        """Append what the collector did or was told at this point."""
        self._append(mark.at_ns, records.encode(mark.at_ns, MARKS, _encode_mark(mark).decode()))

    def _append(self, at_ns: int, record: bytes) -> None:
        if self._turn_ns is None:
            self._turn_ns = at_ns + self._segment_ns
        elif self._segment_left < len(record) or at_ns >= self._turn_ns:
            self.turn()
            self._turn_ns = at_ns + self._segment_ns
        self._segment_left -= len(record)
        self.written_bytes += len(record)
        self._file.write(record)

    def turn(self) -> None:
        """Begin a new segment, unless this one is empty; the next `sync` finishes the old one.

        To be called by who appends. Waits for no disk.
        """
        if self._turn_ns is None:
            return
        self._file.flush()
        self._full.append((self._file, self._path))
        self._file, self._path = self._next_segment()
        self._segment_left = self._segment_bytes
        self._turn_ns = None

    def _next_segment(self) -> tuple[BinaryIO, Path]:
        taken = [_number(path) for path in _found(self._directory, self.source)]
        path = self._directory / f"{self.source}-{max(taken, default=0) + 1:04d}.tape{OPEN}"
        # 0600: answers to registrations carry the key of the order notices.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fdopen(descriptor, "wb", buffering=_BUFFER_BYTES), path

    def flush(self) -> None:
        """Hand everything to the operating system: from here on it survives this process."""
        self._file.flush()

    def sync(self) -> None:
        """Put everything on the disk. Blocks; call it from a thread, appending may go on."""
        with self._syncing:
            # In this order: a segment that is turned meanwhile is among the full ones.
            written, file = self.written_bytes, self._file
            while self._full:
                full, path = self._full[0]
                _finish(full, path)
                self._full.popleft()
            if not file.closed:
                file.flush()
                os.fdatasync(file.fileno())
            self.synced_bytes = written

    def close(self) -> None:
        """Put everything on the disk and let go of the file."""
        self.sync()
        with self._syncing:
            if self._turn_ns is None:
                self._path.unlink()
                self._file.close()
            else:
                _finish(self._file, self._path)


def _finish(file: BinaryIO, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    path.rename(path.with_suffix(""))
    sync_directory(path.parent)
    file.close()  # and with it the lock: not before it has its name


def sync_directory(directory: Path) -> None:
    """Make the names in a folder survive this machine."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def finish_left_open(directory: Path, day: date, source: str = SOURCE) -> list[Path]:
    """Finish the segments of writers that are gone; return those that are still being written."""
    written = []
    for path in _found(directory / day.isoformat(), source):
        if path.suffix != OPEN:
            continue
        try:
            file = path.open("ab")
        except FileNotFoundError:
            continue  # finished meanwhile
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            written.append(path)
            file.close()
        else:
            if path.exists():  # its writer may have finished it while we waited to look
                _finish(file, path)
            file.close()
    return written


def _number(path: Path) -> int:
    return int(path.name.removesuffix(OPEN).removesuffix(".tape")[-4:])


def _found(directory: Path, source: str) -> list[Path]:
    names = [*directory.glob(f"{source}-????.tape"), *directory.glob(f"{source}-????.tape{OPEN}")]
    return sorted(names, key=_number)


def segments(directory: Path, day: date, source: str = SOURCE) -> list[Path]:
    """Return the segments of a day, oldest first; one that is being written ends in `.open`."""
    return _found(directory / day.isoformat(), source)


def sources(directory: Path, day: date) -> list[str]:
    """Return the sources that have a tape of a day."""
    return sorted(
        {path.name[: path.name.rindex("-")] for path in _found(directory / day.isoformat(), "*")}
    )


def days(directory: Path) -> list[date]:
    """Return the days that have a tape, oldest first."""
    return sorted(date.fromisoformat(path.name) for path in directory.glob("????-??-??"))


def blocks(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield a segment in pieces of whole lines, each with its offset; the last may end torn."""
    with _open(path) as file:
        offset, left = 0, b""
        while piece := file.read(_BLOCK_BYTES):
            whole = piece.rfind(b"\n") + 1
            if not whole:
                left += piece
                continue
            block = left + piece[:whole]
            left = piece[whole:]
            yield offset, block
            offset += len(block)
        if left:
            yield offset, left


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError:
        if path.suffix != OPEN:
            raise
        return path.with_suffix("").open("rb")  # finished since it was looked for


def heard(path: Path) -> Iterator[records.Heard | records.Damaged]:
    """Yield what a segment holds, in order. Torn ends and damaged lines come as `Damaged`."""
    for offset, block in blocks(path):
        yield from records.decode(block, offset)


def read(directory: Path, day: date, source: str = SOURCE) -> Iterator[Item | records.Damaged]:
    """Yield what a day's tape holds, in order. Torn ends and damaged lines come as `Damaged`."""
    for path in segments(directory, day, source):
        for record in heard(path):
            match record:
                case records.Heard(arrived_ns, whose, text) if whose == source:
                    yield Text(arrived_ns, text)
                case records.Heard(arrived_ns, whose, text) if whose.startswith(f"{source}_"):
                    yield Text(arrived_ns, text, whose.removeprefix(f"{source}_"))
                case records.Heard(_, whose, text) if whose == MARKS:
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


def last_arrival_ns(directory: Path, day: date, source: str = SOURCE) -> int | None:
    """Return when the newest text or mark of a day's tape arrived; None without a tape."""
    for path in reversed(segments(directory, day, source)):
        with _open(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
        known = [r.arrived_ns for r in records.decode(tail) if isinstance(r, records.Heard)]
        if known:
            return known[-1]
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
