"""The event stream: what was decided and what came of it, from any seq on, then live.

A listener first gets what the journal holds after its seq, then what happens, without a gap and
without a repeat. One that reads too slowly is let go: it comes back and asks from where it was.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager

from oms import views
from oms.access import Caller, Scope
from oms.inbox import Committed, Inbox
from oms_client.contract import AccountChanged, StreamEvent

WAITING_MAX = 10_000


class TooSlow(Exception):
    """The listener did not keep up."""


class Listener:
    """One reader of the stream: what is committed waits here until it is read."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Committed] = asyncio.Queue(WAITING_MAX)
        self.too_slow = False

    def committed(self, news: Sequence[Committed]) -> None:
        """Take what has become durable."""
        for item in news:
            if self.waiting.full():
                self.too_slow = True
                return
            self.waiting.put_nowait(item)


class Stream:
    """All listeners of one OMS."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._listeners: set[Listener] = set()

    def committed(self, news: Sequence[Committed]) -> None:
        """Pass on what has become durable."""
        for listener in self._listeners:
            listener.committed(news)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    @contextmanager
    def _listener(self) -> Iterator[Listener]:
        listener = Listener()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    async def events(self, caller: Caller, after: int) -> AsyncGenerator[StreamEvent]:
        """Yield the caller's events after a seq: its own, and the account's. Raises TooSlow."""
        journal = self._inbox.journal
        with self._listener() as listener:
            until = journal.last_seq
            seq = after
            while seq < until:
                rows = journal.rows(after=seq)
                for row in rows:
                    seq = row.seq
                    if row.direction == "out":
                        event = self._event(caller, Committed(row.seq, row.output))
                        if event is not None:
                            yield event
                await asyncio.sleep(0)
            while not listener.too_slow:
                item = await listener.waiting.get()
                if item.seq > until:
                    event = self._event(caller, item)
                    if event is not None:
                        yield event
            raise TooSlow(f"{WAITING_MAX} events were waiting")

    def past(self, caller: Caller, after: int, rows_max: int) -> tuple[list[StreamEvent], int]:
        """Return the caller's events among so many journal rows after a seq, and the last seq
        that was looked at."""
        rows = self._inbox.journal.rows(after=after, limit=rows_max)
        told = [
            event
            for row in rows
            if row.direction == "out"
            and (event := self._event(caller, Committed(row.seq, row.output))) is not None
        ]
        return told, rows[-1].seq if rows else after

    def _event(self, caller: Caller, item: Committed) -> StreamEvent | None:
        own = caller.name if caller.scope is Scope.STRATEGY else None
        event = views.event(item.seq, item.output, self._inbox.book, own)
        if event is None or own is None or isinstance(event, AccountChanged):
            return event
        return event if event.strategy_id == own else None
