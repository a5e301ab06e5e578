"""What waits for one reader: a bounded queue that conflates rather than blocks.

Pure. Laws: never more than `bound` events wait; when too many do, older trades, books and index
levels give way to the newest of their symbol, and the reader is told how many; order notices, gaps
and slots never give way: a reader for whom even that does not help is cut off, comes back, and
reads the history.
"""

from collections import deque

from kis_core.feed import Batch, RelayEvent
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book, IndexLevel, Trade

BATCH_EVENTS_MAX = 2_000


class Mailbox:
    """The events that wait for one reader."""

    def __init__(self, bound: int) -> None:
        assert bound > 0
        self._bound = bound
        self._waiting: deque[RelayEvent] = deque()
        self._seq = 0
        self._conflated = 0
        self.overflowed = False
        self.left_out = 0  # since it opened, for the metrics

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, event: RelayEvent) -> None:
        """Let `event` wait. Sets `overflowed` where nothing more can give way."""
        if self.overflowed:
            return
        self._waiting.append(event)
        if len(self._waiting) > self._bound:
            self._conflate()
            # A queue that is still nearly full would be walked again at the very next event.
            self.overflowed = len(self._waiting) > self._bound * 3 // 4

    def take(self) -> Batch | None:
        """Return what waits, oldest first, or None when nothing does."""
        if not self._waiting:
            return None
        if len(self._waiting) <= BATCH_EVENTS_MAX:
            events = tuple(self._waiting)
            self._waiting.clear()
        else:
            events = tuple(self._waiting.popleft() for _ in range(BATCH_EVENTS_MAX))
        batch = Batch(self._seq, events, self._conflated)
        self._seq += len(events)
        self._conflated = 0
        return batch

    def _conflate(self) -> None:
        seen: set[tuple[type, str]] = set()
        kept: deque[RelayEvent] = deque()
        for event in reversed(self._waiting):
            match event:
                case (
                    Trade(symbol=name)
                    | FuturesTrade(symbol=name)
                    | OptionTrade(symbol=name)
                    | Book(symbol=name)
                    | IndexLevel(index=name)
                ):
                    if (type(event), name) in seen:
                        continue
                    seen.add((type(event), name))
                case _:
                    pass
            kept.appendleft(event)
        lost = len(self._waiting) - len(kept)
        self._waiting = kept
        self._conflated += lost
        self.left_out += lost
