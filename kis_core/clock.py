"""The one place where time is read.

`SystemClock` is the world's time. `ScaledClock` is a simulated day running at N times the world's
speed from an anchor that all processes of a fleet share through a file. `TapeClock` moves only
when it is told to: in a replay, by the tape. All of them speak nanoseconds since the epoch, or
aware datetimes in KST; `sleep` takes seconds of *this clock's* time.
"""

import asyncio
import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

KST = ZoneInfo("Asia/Seoul")
SECOND_NS = 1_000_000_000
_KST_OFFSET_NS = 9 * 3600 * SECOND_NS  # no daylight saving since 1988
_HELD_POLL_S = 0.05


def kst(at_ns: int) -> datetime:
    """Return the instant as an aware datetime in KST, cut to microseconds."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    return datetime.fromtimestamp(seconds, KST) + timedelta(microseconds=rest // 1000)


def ns(at: datetime) -> int:
    """Return the instant in nanoseconds since the epoch. A naive datetime is refused."""
    if at.tzinfo is None:
        raise ValueError(f"naive datetime {at.isoformat()}: instants carry their zone here")
    span = at - datetime(1970, 1, 1, tzinfo=UTC)
    return ((span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds) * 1000


def second_of_day(at_ns: int) -> int:
    """Return whole seconds since KST midnight."""
    return ((at_ns + _KST_OFFSET_NS) // SECOND_NS) % 86_400


class Clock(Protocol):
    """What a process may know of time."""

    def now_ns(self) -> int:
        """Return nanoseconds since the epoch."""
        ...

    def now(self) -> datetime:
        """Return now in KST."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep for seconds of this clock."""
        ...

    async def sleep_until(self, at_ns: int) -> None:
        """Sleep until this clock shows `at_ns` or later."""
        ...


class SystemClock:
    """The world's time."""

    def now_ns(self) -> int:
        return time.time_ns()

    def now(self) -> datetime:
        return kst(self.now_ns())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    async def sleep_until(self, at_ns: int) -> None:
        await asyncio.sleep(max(0.0, (at_ns - self.now_ns()) / SECOND_NS))


class ScaledClock:
    """A day at N times speed; every process that opens the same anchor file shows the same time.

    The anchor is JSON `{"day_ns", "speed", "real_ns"}`: the clock showed `day_ns` when this
    machine's monotonic clock showed `real_ns`. While `real_ns` is null the clock is held: it
    stands at `day_ns`, and sleepers wait for the anchor to be set.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._day_ns = 0
        self._speed = 1.0
        self._real_ns: int | None = None
        self._read()

    def _read(self) -> None:
        anchor = json.loads(self._path.read_text())
        self._day_ns = int(anchor["day_ns"])
        self._speed = float(anchor["speed"])
        real_ns = anchor["real_ns"]
        self._real_ns = None if real_ns is None else int(real_ns)

    @property
    def speed(self) -> float:
        """Seconds of this clock per second of the world."""
        return self._speed

    def now_ns(self) -> int:
        if self._real_ns is None:
            self._read()
            if self._real_ns is None:
                return self._day_ns
        return self._day_ns + int((time.monotonic_ns() - self._real_ns) * self._speed)

    def now(self) -> datetime:
        return kst(self.now_ns())

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self.now_ns() + int(max(0.0, seconds) * SECOND_NS))

    async def sleep_until(self, at_ns: int) -> None:
        while (left_ns := at_ns - self.now_ns()) > 0:
            if self._real_ns is None:
                await asyncio.sleep(_HELD_POLL_S)
            else:
                await asyncio.sleep(left_ns / SECOND_NS / self._speed)
        await asyncio.sleep(0)


def write_anchor(path: Path, day_ns: int, speed: float, *, running: bool) -> None:
    """Write an anchor: held at `day_ns`, or running from this very moment."""
    anchor = {"day_ns": day_ns, "speed": speed, "real_ns": time.monotonic_ns() if running else None}
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(anchor))
    os.replace(draft, path)


class TapeClock:
    """A clock that moves only when told to. Sleepers wake when it has been moved past them."""

    def __init__(self, at_ns: int) -> None:
        self._now_ns = at_ns
        self._moved = asyncio.Condition()

    def now_ns(self) -> int:
        return self._now_ns

    def now(self) -> datetime:
        return kst(self._now_ns)

    async def move_to(self, at_ns: int) -> None:
        """Show `at_ns` from now on. A tape that runs backwards leaves the clock where it is."""
        async with self._moved:
            self._now_ns = max(self._now_ns, at_ns)
            self._moved.notify_all()
        await asyncio.sleep(0)

    async def sleep(self, seconds: float) -> None:
        await self.sleep_until(self._now_ns + int(max(0.0, seconds) * SECOND_NS))

    async def sleep_until(self, at_ns: int) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._now_ns >= at_ns)
