"""The calls per second of one app key, shared by all of its processes.

A small file holds when the last calls left. A call may leave when fewer than its lane's cap left
within the last second, so the higher lanes always find room that the lower ones cannot take; and
a lane stands back while a higher one waits. The second is the given clock's: KIS's own.
"""

import asyncio
import fcntl
import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kis_core.clock import SECOND_NS, Clock
from kis_core.environment import Credentials, Dialect, Endpoints, require_same
from kis_core.net.tokens import key_name
from kis_core.wire.request import Lane

# A little more than a second: calls leave here evenly, and arrive there less so.
WINDOW_NS = 1_050_000_000

# Calls per second by lane. Real 18, paper 1 (kis_api.md §14).
CAPS: dict[Dialect, dict[Lane, int]] = {
    "real": {Lane.ORDER: 18, Lane.CANCEL: 17, Lane.ACCOUNT: 15, Lane.QUOTE: 12},
    "paper": {Lane.ORDER: 1, Lane.CANCEL: 1, Lane.ACCOUNT: 1, Lane.QUOTE: 1},
}

_STAMPS = 32  # more than any cap
_LAYOUT = struct.Struct(f"<q{len(Lane)}q{_STAMPS}q")
_MARK_NS = SECOND_NS // 4  # how long past its time a waiting call keeps the lower lanes back
_STAND_BACK_NS = SECOND_NS // 20
_AHEAD_NS = 2 * SECOND_NS  # a mark further in the future is of another day's run


class RateBudget:
    """Calls per second of one app key, in a small shared file in `directory`."""

    def __init__(
        self, endpoints: Endpoints, credentials: Credentials, clock: Clock, directory: Path
    ) -> None:
        environment = require_same(endpoints, credentials)
        self._clock = clock
        self._caps = CAPS[endpoints.dialect]
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = directory / f"{environment}-{key_name(endpoints, credentials)}.budget"
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self._handle).st_size < _LAYOUT.size:
            os.ftruncate(self._handle, _LAYOUT.size)  # grows with zeros: nothing left yet
        self._map = mmap.mmap(self._handle, _LAYOUT.size)
        self._turns = {lane: asyncio.Lock() for lane in Lane}

    def close(self) -> None:
        """Let go of the file."""
        self._map.close()
        os.close(self._handle)

    async def take(self, lane: Lane) -> None:
        """Wait until a call of this lane may leave, and count it as leaving."""
        async with self._turns[lane]:  # within a process a lane is served in the order it came
            while (free_ns := self._try(lane)) is not None:
                await self._clock.sleep_until(free_ns)

    def exhausted(self) -> None:
        """Take note that KIS said too many: nobody calls for a second."""
        with self._locked():
            _, marks, stamps = self._read()
            self._write(self._clock.now_ns() + SECOND_NS, marks, stamps)

    def _try(self, lane: Lane) -> int | None:
        """Count one call as leaving now, or return when to try again."""
        with self._locked():
            now_ns = self._clock.now_ns()
            closed_ns, marks, stamps = self._read()
            free_ns = self._free_ns(lane, now_ns, closed_ns, marks, stamps)
            if free_ns is None:
                stamps[stamps.index(min(stamps))] = now_ns
                marks[lane] = 0
            else:
                marks[lane] = free_ns + _MARK_NS
            self._write(closed_ns, marks, stamps)
            return free_ns

    def _free_ns(
        self, lane: Lane, now_ns: int, closed_ns: int, marks: list[int], stamps: list[int]
    ) -> int | None:
        """Return when a call may be tried again, or None when it may leave now."""
        if now_ns < closed_ns <= now_ns + _AHEAD_NS:
            return closed_ns
        left = sorted(stamp for stamp in stamps if now_ns - WINDOW_NS < stamp <= now_ns)
        cap = self._caps[lane]
        if len(left) >= cap:
            return left[-cap] + WINDOW_NS
        if any(now_ns < marks[higher] <= now_ns + _AHEAD_NS for higher in range(lane)):
            return now_ns + _STAND_BACK_NS
        return None

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Hold the file for the moment it takes to read and write it."""
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _read(self) -> tuple[int, list[int], list[int]]:
        closed_ns, *rest = _LAYOUT.unpack_from(self._map)
        return closed_ns, rest[: len(Lane)], rest[len(Lane) :]

    def _write(self, closed_ns: int, marks: list[int], stamps: list[int]) -> None:
        # A stamp of another day's run would never be the oldest: it makes room at once.
        now_ns = self._clock.now_ns()
        stamps = [stamp if stamp <= now_ns else 0 for stamp in stamps]
        _LAYOUT.pack_into(self._map, 0, closed_ns, *marks, *stamps)
