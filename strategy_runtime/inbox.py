"""The one queue a strategy is fed from, and its one consumer's end of it.

Bounded: who brings market or OMS events waits while it is full, which slows the line they come
from, and the relay then conflates. Time is not queued behind them: a timer that has not been taken
is replaced by the newer one, so a strategy that is late is told the time once, not once a second.
"""

import asyncio
from collections import deque
from collections.abc import Iterable

from kis_core.market.events import Timer
from strategy_runtime.contract import StrategyEvent

WAITING_MAX = 20_000  # events; about half a minute of forty busy symbols
TAKEN_MAX = 512  # at most so many turns before what they ask for leaves


class Inbox:
    """Events waiting to be decided on, oldest first."""

    def __init__(self, waiting_max: int = WAITING_MAX) -> None:
        self._waiting: deque[StrategyEvent] = deque()
        self._waiting_max = waiting_max
        self._timer: Timer | None = None
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self.timers_collapsed = 0

    def __len__(self) -> int:
        return len(self._waiting)

    async def put(self, events: Iterable[StrategyEvent]) -> None:
        """Add events, once there is room for them."""
        await self._drained.wait()
        self.push(*events)
        if len(self._waiting) >= self._waiting_max:
            self._drained.clear()

    def push(self, *events: StrategyEvent) -> None:
        """Add events at once: answers to what the strategy asked, of which there are few."""
        self._waiting.extend(events)
        if self._waiting:
            self._filled.set()

    def tell_time(self, timer: Timer) -> None:
        """Leave the time for the consumer, in the place of a time it has not taken yet."""
        self.timers_collapsed += self._timer is not None
        self._timer = timer
        self._filled.set()

    async def take(self) -> list[StrategyEvent]:
        """Return what waits, oldest first and the time last; waits while there is nothing."""
        await self._filled.wait()
        waiting = self._waiting
        taken = [waiting.popleft() for _ in range(min(len(waiting), TAKEN_MAX))]
        if not waiting:
            self._filled.clear()
            if self._timer is not None:
                taken.append(self._timer)
                self._timer = None
        if len(waiting) < self._waiting_max:
            self._drained.set()
        return taken
