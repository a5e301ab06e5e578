"""The strategy's journal: an append-only file a day, every event with what came of it.

A record is its length, its CRC-32 and its bytes. Turns are handed to the operating system together
before anything they ask for leaves this process: what others have seen of us, the journal has. A
tail torn by a crash is cut off when the journal is opened again; a broken record anywhere else is
a damaged file and stops the start.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from strategy_runtime.turns import Record, packed, unpacked

MAGIC = b"KSTJ1\n"
RECORD_BYTES_MAX = 8 << 20
_FRAME = struct.Struct("<II")


class JournalError(Exception):
    """A journal that cannot be trusted. The message names the file and the place."""


class Journal:
    """The day's journal, open for appending."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._held: list[bytes] = []
        self.path = path

    @classmethod
    def open(cls, path: Path) -> "Journal":
        """Open a journal, cutting off a torn tail; a new one is begun where there is none."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size < len(MAGIC):
            path.write_bytes(MAGIC)
        sound = sound_bytes(path)
        file = path.open("r+b", buffering=0)
        file.truncate(sound)
        file.seek(sound)
        return cls(file, path)

    def append(self, record: Record) -> None:
        """Hold a record for the next `flush`."""
        payload = packed(record)
        self._held.append(_FRAME.pack(len(payload), zlib.crc32(payload)))
        self._held.append(payload)

    def flush(self) -> None:
        """Hand what is held to the operating system."""
        if not self._held:
            return
        left = memoryview(b"".join(self._held))
        self._held.clear()
        while left:
            left = left[self._file.write(left) :]

    def close(self) -> None:
        """Flush, make it durable and close."""
        self.flush()
        os.fsync(self._file.fileno())
        self._file.close()


def read(path: Path) -> Iterator[Record]:
    """Yield a journal's records up to its end, or up to a tail torn by a crash."""
    for place, payload in _frames(path):
        try:
            yield unpacked(payload)
        except msgspec.DecodeError as error:
            raise JournalError(f"{path}: byte {place}: not a record: {error}") from None


def sound_bytes(path: Path) -> int:
    """Return how many bytes of a journal are whole records."""
    end = len(MAGIC)
    for place, payload in _frames(path):
        end = place + _FRAME.size + len(payload)
    return end


def _frames(path: Path) -> Iterator[tuple[int, memoryview]]:
    content = memoryview(path.read_bytes())
    if len(content) < len(MAGIC) and MAGIC.startswith(content):
        return  # killed as it was made
    if content[: len(MAGIC)] != MAGIC:
        raise JournalError(f"{path}: not a strategy journal")
    place = len(MAGIC)
    while place + _FRAME.size <= len(content):
        size, crc = _FRAME.unpack_from(content, place)
        start = place + _FRAME.size
        payload = content[start : start + size]
        whole = size <= RECORD_BYTES_MAX and len(payload) == size
        if not whole or zlib.crc32(payload) != crc:
            # At the end it is what a crash leaves; with a sound record behind it, it is damage.
            if whole and start + size < len(content):
                raise JournalError(f"{path}: byte {place}: a broken record before the end")
            return
        yield place, payload
        place = start + size
