"""A day's tape as Parquet: `<folder>/<source>/market_data_YYYYMMDD.parquet`, columns as in
`collector.day_schema`, rows in the order they arrived.

The date is the trading date of the tape. A file is written under another name, checked against
what was read, put on the disk and only then given its name; from there on nobody changes it. What
is heard after that goes into a part of its own (`market_data_YYYYMMDD.2.parquet`). What could not
be read lies beside it as `….quarantine`, with the reasons; the file says how many there were, and
which segments it was made of. Memory is bounded by a row group, whatever the day's size.
"""

import fcntl
import gc
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from collector import kis_columns, kiwoom_columns, tape
from collector.day_schema import SCHEMA, Read
from kis_core.market.instants import midnight_ns
from kis_core.wire.tape import Damaged, Heard, decode, encode

READERS: dict[str, Callable[[Sequence[Heard], int], Read]] = {
    "kis": kis_columns.read,
    "kiwoom": kiwoom_columns.read,
}
ROW_GROUP = 65_536
_CHUNK = 4_096  # texts read at a time: few enough to stay in the processor's cache
_KEY = b"kst.day"
_NAME = re.compile(r"market_data_(\d{8})(?:\.(\d+))?\.parquet")
_PLAIN = ("arrived_ns", "event_ns", "timestamp", "text")  # nearly every value is new
DICTIONARY = [field.name for field in SCHEMA if field.name not in _PLAIN]


class DayFileError(Exception):
    """A day could not be put away, or its file is not what it should be. Says which and why."""


class SegmentSeen(msgspec.Struct, frozen=True):
    """A segment as it was when it was put away."""

    name: str
    bytes: int
    crc32: int
    records: int


class Summary(msgspec.Struct, frozen=True):
    """What a day file says of itself, in its metadata."""

    source: str
    date: str
    part: int
    rows: int
    first_ns: int | None
    last_ns: int | None
    unread: int  # texts in the quarantine beside it
    damaged: int  # lines of the tape that are no records, torn ends included
    left_out: dict[str, int]  # texts without rows, by kind: control, account, other_source
    segments: tuple[SegmentSeen, ...]


@dataclass(frozen=True, slots=True)
class DayFile:
    """A day file, and what it says of itself."""

    path: Path
    summary: Summary


def day_path(folder: Path, source: str, day: date, part: int = 1) -> Path:
    """Return where the file of a day is."""
    number = "" if part == 1 else f".{part}"
    return folder / source / f"market_data_{day:%Y%m%d}{number}.parquet"


def parts(folder: Path, source: str, day: date) -> list[Path]:
    """Return the files of a day, in the order of their parts."""
    found = (folder / source).glob(f"market_data_{day:%Y%m%d}*.parquet")
    return sorted((path for path in found if _NAME.fullmatch(path.name)), key=_part)


def day_paths(folder: Path, source: str = "*") -> list[Path]:
    """Return all day files, by source, day and part."""
    found = folder.glob(f"{source}/market_data_*.parquet")
    wanted = [path for path in found if _NAME.fullmatch(path.name)]
    return sorted(wanted, key=lambda path: (path.parent.name, day_of(path), _part(path)))


def day_of(path: Path) -> date:
    """Return the date in a day file's name."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise DayFileError(f"{path.name}: expected market_data_YYYYMMDD.parquet")
    return date.fromisoformat(match[1])


def _part(path: Path) -> int:
    match = _NAME.fullmatch(path.name)
    return int(match[2] or 1) if match else 0


def load(path: Path) -> DayFile:
    """Return a day file with what it says of itself, or raise DayFileError."""
    try:
        metadata = pq.read_metadata(path).metadata or {}
        return DayFile(path, msgspec.json.decode(metadata[_KEY], type=Summary))
    except FileNotFoundError:
        raise DayFileError(f"{path}: no such file") from None
    except (OSError, pa.ArrowException, KeyError, msgspec.DecodeError) as error:
        raise DayFileError(f"{path}: not a day file ({type(error).__name__}: {error})") from None


def compact(
    tape_directory: Path,
    folder: Path,
    source: str,
    day: date,
    told: Callable[[int], None] = lambda done_bytes: None,
) -> DayFile | None:
    """Put away the finished segments of a day that are in no file yet; None when there are none.

    `told` hears how many bytes of the tape were read so far. Raises DayFileError.
    """
    if source not in READERS:
        raise DayFileError(f"source {source!r}: expected one of {', '.join(sorted(READERS))}")
    with _alone(folder / source), _without_gc():
        known = [load(path) for path in parts(folder, source, day)]
        tape.finish_left_open(tape_directory, day, source)
        waiting = [
            path
            for path in tape.segments(tape_directory, day, source)
            if path.suffix != tape.OPEN and not any(holds(one, path) for one in known)
        ]
        if not waiting:
            return None
        part = 1 + max((one.summary.part for one in known), default=0)
        return _Writing(day_path(folder, source, day, part), source, day, part).write(waiting, told)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold a source's folder, and clear away what an earlier run left half written."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".compacting").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DayFileError(f"{folder}: another compaction is at work there") from None
        for draft in folder.glob("market_data_*.draft"):
            draft.unlink()
        yield


@contextmanager
def _without_gc() -> Iterator[None]:
    """Nothing made here refers to itself, and looking for such things takes a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@dataclass(slots=True)
class _Writing:
    """A day file in the making."""

    path: Path
    source: str
    day: date
    part: int
    rows: int = 0
    first_ns: int | None = None
    last_ns: int | None = None
    unread: int = 0
    damaged: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    waiting: list[pa.RecordBatch] = field(default_factory=list)

    def write(self, segments: Sequence[Path], told: Callable[[int], None]) -> DayFile:
        draft = self.path.with_suffix(".draft")
        quarantine = self.path.with_suffix(".quarantine")
        odd = quarantine.with_suffix(".quarantine.draft")
        done_bytes, seen = 0, []
        with draft.open("wb") as file, odd.open("wb") as kept:
            with pq.ParquetWriter(
                file,
                SCHEMA,
                compression="zstd",
                use_dictionary=DICTIONARY,
                write_page_checksum=True,
            ) as writer:
                for path in segments:
                    seen.append(self._segment(path, writer, kept.write))
                    done_bytes += seen[-1].bytes
                    told(done_bytes)
                self._flush(writer, least=1)
                summary = Summary(
                    self.source, self.day.isoformat(), self.part, self.rows, self.first_ns,
                    self.last_ns, self.unread, self.damaged, dict(self.left_out), tuple(seen),
                )  # fmt: skip
                writer.add_key_value_metadata({_KEY: msgspec.json.encode(summary)})
            for each in (file, kept):
                each.flush()
                os.fsync(each.fileno())
        wrong = _wrong(draft, summary)
        if wrong:
            raise DayFileError(f"{self.path.name} is not what was written: {wrong}")
        if self.unread or self.damaged:
            odd.rename(quarantine)
        else:
            odd.unlink()
        os.link(draft, self.path)  # a file that is there already is never replaced
        draft.unlink()
        tape.sync_directory(self.path.parent)
        return DayFile(self.path, summary)

    def _segment(
        self, path: Path, writer: pq.ParquetWriter, keep: Callable[[bytes], int]
    ) -> SegmentSeen:
        size = crc = records = 0
        chunk: list[Heard] = []
        for offset, block in tape.blocks(path):
            size, crc = size + len(block), zlib.crc32(block, crc)
            for record in decode(block, offset):
                records += 1
                if isinstance(record, Damaged):
                    self.damaged += 1
                    why = "torn" if record.torn else "not a record"
                    line = record.line.decode("utf-8", "backslashreplace")
                    keep(encode(0, self.source, f"{path.name}@{record.offset} {why}\t{line}"))
                elif record.source != self.source:
                    self.left_out["other_source"] += 1
                else:
                    chunk.append(record)
                    if len(chunk) == _CHUNK:
                        self._chunk(chunk, writer, keep)
                        chunk = []
        self._chunk(chunk, writer, keep)
        return SegmentSeen(path.name, size, crc, records)

    def _chunk(
        self, chunk: Sequence[Heard], writer: pq.ParquetWriter, keep: Callable[[bytes], int]
    ) -> None:
        if not chunk:
            return
        found = READERS[self.source](chunk, midnight_ns(self.day))
        for heard, why in found.unread:
            keep(encode(heard.arrived_ns, self.source, f"{why}\t{heard.text}"))
        self.unread += len(found.unread)
        self.left_out.update(found.left_out)
        if len(found.rows):
            arrived = found.rows.column("arrived_ns")
            self.first_ns = arrived[0].as_py() if self.first_ns is None else self.first_ns
            self.last_ns = arrived[-1].as_py()
            self.rows += len(found.rows)
            self.waiting.append(found.rows)
            self._flush(writer, least=ROW_GROUP)

    def _flush(self, writer: pq.ParquetWriter, least: int) -> None:
        rows = sum(len(one) for one in self.waiting)
        if rows >= least:
            writer.write_table(pa.Table.from_batches(self.waiting), row_group_size=rows)
            self.waiting.clear()


def _wrong(path: Path, summary: Summary) -> str | None:
    """Read a file back, and return in what it is not what was written."""
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        rows, first, last = 0, None, None
        for piece in file.iter_batches(ROW_GROUP, columns=["arrived_ns"]):
            arrived = piece.column(0)
            first = arrived[0].as_py() if first is None else first
            last = arrived[-1].as_py()
            rows += len(arrived)
    except (OSError, pa.ArrowException) as error:
        return f"{type(error).__name__}: {error}"
    said, found = (summary.rows, summary.first_ns, summary.last_ns), (rows, first, last)
    return None if found == said else f"(rows, first, last) {found}, expected {said}"


def holds(one: DayFile, segment: Path) -> bool:
    """Return whether a day file was made of this very segment, byte by byte."""
    for seen in one.summary.segments:
        if seen.name == segment.name and seen.bytes == segment.stat().st_size:
            return _sum(segment) == (seen.bytes, seen.crc32)
    return False


def check(one: DayFile, tape_directory: Path) -> list[str]:
    """Return what is wrong with a day file: every page, and its segments where they still are."""
    problems = []
    try:
        with pq.ParquetFile(one.path, page_checksum_verification=True) as file:
            for number in range(file.num_row_groups):
                file.read_row_group(number)
    except (OSError, pa.ArrowException) as error:
        problems.append(f"{one.path.name}: {type(error).__name__}: {error}")
    wrong = _wrong(one.path, one.summary)
    if wrong:
        problems.append(f"{one.path.name}: {wrong}")
    folder = tape_directory / one.summary.date
    for segment in one.summary.segments:
        path = folder / segment.name
        if path.exists() and (said := _sum(path)) != (segment.bytes, segment.crc32):
            problems.append(
                f"{path.name}: {said[0]} bytes, crc {said[1]:08x}; put away as "
                f"{segment.bytes} bytes, crc {segment.crc32:08x}"
            )
    return problems


def _sum(path: Path) -> tuple[int, int]:
    size = crc = 0
    for _, block in tape.blocks(path):
        size, crc = size + len(block), zlib.crc32(block, crc)
    return size, crc


def read(
    paths: Iterable[Path], columns: Sequence[str] | None = None, symbols: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of day files in the order they arrived, of these symbols or of all.

    Raises DayFileError for a column that is not there, or a file that cannot be read.
    """
    odd = [name for name in columns or () if name not in SCHEMA.names]
    if odd:
        raise DayFileError(f"no column {', '.join(odd)}; there are: {', '.join(SCHEMA.names)}")
    wanted = pa.array(list(symbols), pa.string())
    asked = None if columns is None else [*columns, *(["symbol"] if symbols else [])]
    for path in paths:
        try:
            with pq.ParquetFile(path) as file:
                for piece in file.iter_batches(ROW_GROUP, columns=asked):
                    if symbols:
                        kept = pc.is_in(piece.column("symbol"), value_set=wanted)
                        piece = piece.filter(kept)
                    yield piece if columns is None else piece.select(list(columns))
        except (OSError, pa.ArrowException) as error:
            raise DayFileError(f"{path}: {type(error).__name__}: {error}") from None
