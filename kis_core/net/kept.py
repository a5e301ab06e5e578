"""A small file that processes share: one holds its lock and writes, the others read that.

Written beside and renamed, so that it is whole or not there; 0600, as it may hold secrets.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

_LOCK_POLL_S = 0.02  # of the world's time


class KeptFile[T: msgspec.Struct]:
    """`directory/name.json` and its lock. `empty` is what it holds before anybody has written."""

    def __init__(self, directory: Path, name: str, empty: T) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = directory / f"{name}.json"
        self._lock_file = directory / f"{name}.lock"
        self._empty = empty

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Hold the lock against all processes, and all tasks of this one."""
        handle = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    await asyncio.sleep(_LOCK_POLL_S)
            yield
        finally:
            os.close(handle)  # and with it the lock

    def read(self) -> T:
        """Return what the file holds; a torn one is as good as none: its writer does it again."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=type(self._empty))
        except (FileNotFoundError, msgspec.DecodeError):
            return self._empty

    def write(self, kept: T) -> None:
        """Replace what the file holds."""
        draft = self._file.with_suffix(".draft")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as out:
            out.write(msgspec.json.encode(kept))
        os.replace(draft, self._file)
