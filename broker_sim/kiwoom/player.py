"""Plays a capture to whoever registered its items, at the capture's own pace on the clock.

It waits until enough of the capture's streams are registered, or until it is told to begin. A row
goes out when the clock shows its time; where the clock is past the first row when playing begins,
the whole capture is moved by the difference. Nothing else is sent meanwhile.
"""

import asyncio
from enum import StrEnum
from typing import Any

import structlog

from broker_sim.kiwoom.captures import Capture
from broker_sim.kiwoom.items import Key
from broker_sim.kiwoom.sockets import Sockets
from kis_core.clock import Clock, kst

ROWS_AT_ONCE = 500  # then others have their turn


class Stage(StrEnum):
    """Where a player is."""

    WAITING = "waiting"
    PLAYING = "playing"
    DONE = "done"


class Player:
    """One capture being played, once."""

    def __init__(
        self,
        capture: Capture,
        sockets: Sockets,
        clock: Clock,
        start_when: int | None,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        """`start_when`: begin once so many of its streams are registered; None: all of them."""
        self.capture = capture
        self._sockets = sockets
        self._clock = clock
        self._log = log
        self._streams = capture.streams()
        self._start_when = len(self._streams) if start_when is None else start_when
        self._told = False
        self._at_once = False
        self.stage = Stage.WAITING
        self.sent: dict[Key, int] = {}
        self.unheard = 0  # rows of items that nobody had registered
        self._next = 0
        self._offset_ns = 0
        self._begun_ns: int | None = None
        self._done_ns: int | None = None

    @property
    def registered(self) -> int:
        """Return how many of the capture's streams somebody has registered."""
        return len(self._streams & self._sockets.listeners.keys())

    def begin(self, *, at_once: bool) -> None:
        """Begin whatever is registered. `at_once`: do not wait for the first row's time."""
        self._told, self._at_once = True, self._at_once or at_once
        self._sockets.changed.set()

    async def run(self) -> None:
        """Wait, and play the capture to its end."""
        while not self._told and self.registered < self._start_when:
            self._sockets.changed.clear()
            await self._sockets.changed.wait()
        self._begin()
        await self._first_row()
        while self._next < len(self.capture):
            self._send_due()
            self._sockets.write_out()
            await asyncio.sleep(0)  # a clock that is past the next row does not wait
            if self._next < len(self.capture):
                await self._clock.sleep_until(self._due_ns(self._next))
        self.stage, self._done_ns = Stage.DONE, self._clock.now_ns()
        self._log.info("capture done", rows=len(self.capture), unheard=self.unheard)

    def state(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {
            "stage": self.stage.value,
            "rows": len(self.capture),
            "rows_done": self._next,
            "sent": sum(self.sent.values()),
            "unheard": self.unheard,
            "streams": len(self._streams),
            "registered": self.registered,
            "starts_at": self._start_when,
            "offset_s": self._offset_ns / 1e9,
            "begun": None if self._begun_ns is None else kst(self._begun_ns).isoformat(),
            "done": None if self._done_ns is None else kst(self._done_ns).isoformat(),
            "by_item": {f"{item} {kind}": count for (item, kind), count in self.sent.items()},
        }

    def _begin(self) -> None:
        now_ns = self._clock.now_ns()
        self._offset_ns = max(0, now_ns - self.capture.at_ns[0])
        self._begun_ns = now_ns
        self.stage = Stage.PLAYING
        self._log.info("capture begins", rows=len(self.capture), registered=self.registered)

    async def _first_row(self) -> None:
        """Wait for the first row's time, unless told to begin at once before or meanwhile."""
        sleeping = asyncio.ensure_future(self._clock.sleep_until(self._due_ns(0)))
        try:
            while not (self._at_once or sleeping.done()):
                self._sockets.changed.clear()
                changed = asyncio.ensure_future(self._sockets.changed.wait())
                try:
                    await asyncio.wait((sleeping, changed), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    changed.cancel()
        finally:
            sleeping.cancel()
        if self._at_once:
            self._offset_ns = self._clock.now_ns() - self.capture.at_ns[0]

    def _due_ns(self, row: int) -> int:
        return self.capture.at_ns[row] + self._offset_ns

    def _send_due(self) -> None:
        """Post the rows whose time has come, in order, a limited number of them."""
        now_ns = self._clock.now_ns()
        end = min(len(self.capture), self._next + ROWS_AT_ONCE)
        while self._next < end and self._due_ns(self._next) <= now_ns:
            key = self.capture.keys[self._next]
            if key in self._sockets.listeners:
                self._sockets.post(key, self.capture.payload(self._next))
                self.sent[key] = self.sent.get(key, 0) + 1
            else:
                self.unheard += 1
            self._next += 1
