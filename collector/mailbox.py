"""What waits for one reader: a bounded queue that conflates rather than blocks.

Pure. Events wait as they go on the wire, encoded once for all readers. Laws: never more than
`bound` events wait; when too many do, older trades, books and index levels give way to the newest
of what they are about, and the reader is told how many; order notices, gaps and slots, which are
about nothing, never give way: a reader for whom even that does not help is cut off, comes back,
and reads the history.
"""

from collections import deque
from collections.abc import Hashable, Reversible

import msgspec

BATCH_EVENTS_MAX = 2_000


class Encoded(msgspec.Struct, frozen=True, tag="batch"):
    """`kis_core.feed.Batch`, its events encoded already."""

    first_seq: int
    events: tuple[msgspec.Raw, ...]
    conflated: int = 0


_encode = msgspec.msgpack.Encoder().encode


class Mailbox:
    """The events that wait for one reader."""

    def __init__(self, bound: int) -> None:
        assert bound > 0
        self._bound = bound
        self._waiting: deque[tuple[msgspec.Raw, Hashable]] = deque()
        self._seq = 0
        self._conflated = 0
        self.overflowed = False
        self.left_out = 0  # since it opened, for the metrics

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: msgspec.Raw, about: Hashable = None) -> None:
        """Let `event` wait; a newer one about the same may take its place, if it is about any.

        Sets `overflowed` where nothing more can give way.
        """
        if self.overflowed:
            return
        self._waiting.append((event, about))
        if len(self._waiting) > self._bound:
            self._conflate()
            # A queue that is still nearly full would be walked again at the very next event.
            self.overflowed = len(self._waiting) > self._bound * 3 // 4

    def take(self) -> bytes | None:
        """Return a `Batch` of what waits, oldest first, encoded; None when nothing waits."""
        if not self._waiting:
            return None
        if len(self._waiting) <= BATCH_EVENTS_MAX:
            events = tuple([event for event, _ in self._waiting])
            self._waiting.clear()
        else:
            events = tuple(self._waiting.popleft()[0] for _ in range(BATCH_EVENTS_MAX))
        batch = _encode(Encoded(self._seq, events, self._conflated))
        self._seq += len(events)
        self._conflated = 0
        return batch

    def _conflate(self) -> None:
        kept = newest_of_each(self._waiting)
        lost = len(self._waiting) - len(kept)
        self._waiting = kept
        self._conflated += lost
        self.left_out += lost


def newest_of_each[T](waiting: Reversible[tuple[T, Hashable]]) -> deque[tuple[T, Hashable]]:
    """Leave out whatever has a newer one about the same behind it."""
    seen: set[Hashable] = set()
    kept: deque[tuple[T, Hashable]] = deque()
    for event, about in reversed(waiting):
        if about is not None:
            if about in seen:
                continue
            seen.add(about)
        kept.appendleft((event, about))
    return kept
