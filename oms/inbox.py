"""The one queue into the book, and its one consumer.

What is waiting is decided one by one and made durable together (group commit); only then do orders
leave, callers get their answers and listeners hear of it. Nothing else touches the book, so nothing
changes between two lines that belong together.

The commit runs on the event loop: handing it to a thread costs as much as it frees on a disk that
syncs in a quarter of a millisecond, and requests that arrive meanwhile share the next commit. What
nobody waits for, such as the broker's answer to an order, lingers for a moment and rides along:
were it lost with the process, the history would tell it again.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from oms.core import records as r
from oms.core.book import Book
from oms.core.decide import turn
from oms.journal import Journal, Turn

BATCH_MAX = 64
LINGER_S = 0.002  # of the world
WAITING_MAX = 4096
_SILENT = (
    r.TimerFired,
    r.IntentReceived,
    r.QuoteSeen,
    r.MarksTaken,
    r.LimitsRead,
    r.SliceDue,
)
"""Inputs that are evidence of nothing by themselves: without an outcome they are not kept."""


class Overloaded(Exception):
    """More is waiting than will be decided soon; the caller may come again."""


class Committed(NamedTuple):
    """An output that is durable, with its place in the journal."""

    seq: int
    output: r.AnyOutput


Listener = Callable[[Sequence[Committed]], None]
Asker = asyncio.Future[Sequence[r.AnyOutput]]


class Inbox:
    """Owns the book and the journal while the process lives."""

    def __init__(self, book: Book, journal: Journal) -> None:
        self.book = book
        self.journal = journal
        self.listeners: list[Listener] = []
        self._waiting: deque[tuple[r.AnyInput, Asker | None]] = deque()
        self._arrived = asyncio.Event()
        self._urgent = asyncio.Event()
        self.turns = 0

    def put(self, heard: r.AnyInput) -> None:
        """Queue an input that must not be lost. Never refuses: the broker's word comes here."""
        self._waiting.append((heard, None))
        self._arrived.set()
        if isinstance(heard, r.QuoteSeen):  # it may be a stop
            self._urgent.set()

    async def ask(self, heard: r.AnyInput, *, always: bool = False) -> Sequence[r.AnyOutput]:
        """Queue an input; return what was decided, once that is durable. Raises Overloaded.

        `always` is for exits and for operators: they are queued however much is waiting.
        """
        if len(self._waiting) >= WAITING_MAX and not always:
            raise Overloaded(f"{len(self._waiting)} inputs are waiting")
        done: Asker = asyncio.get_running_loop().create_future()
        self._waiting.append((heard, done))
        self._arrived.set()
        self._urgent.set()
        return await done

    async def run(self) -> None:
        """Decide what comes in, for ever. An exception here ends the process: it recovers by
        starting, from what is durable."""
        while True:
            await self._arrived.wait()
            if not self._urgent.is_set():
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LINGER_S):
                        await self._urgent.wait()
            await asyncio.sleep(0)  # what arrives beside it shares its commit
            self.drain()

    def finish(self) -> None:
        """Decide everything that is waiting, at a clean stop."""
        while self._waiting:
            self.drain()

    def drain(self) -> None:
        """Decide, make durable and announce what is waiting, at most BATCH_MAX inputs."""
        turns: list[Turn] = []
        askers: list[tuple[Asker, Sequence[r.AnyOutput]]] = []
        for _ in range(min(BATCH_MAX, len(self._waiting))):
            heard, done = self._waiting.popleft()
            outputs = turn(self.book, heard)
            if outputs or not isinstance(heard, _SILENT):
                turns.append(Turn(heard, outputs))
            if done is not None:
                askers.append((done, outputs))
        if not self._waiting:
            self._arrived.clear()
            self._urgent.clear()
        if turns:
            self.turns += len(turns)
            firsts = self.journal.append(turns)
            news = [
                Committed(first + 1 + place, output)
                for first, (_, outputs) in zip(firsts, turns, strict=True)
                for place, output in enumerate(outputs)
            ]
            for listener in self.listeners:
                listener(news)
        for asker, decided in askers:
            if not asker.done():
                asker.set_result(decided)
