"""Which minutes of a day each board was captured in, and the holes between.

Pure. A board is a snapshot: a minute that went by without one is lost, and is a gap from there on.
"""

from collections.abc import Collection, Iterator

from kis_core.market.events import Gap
from kis_core.market.instants import MINUTE_NS


class Coverage:
    """The minutes of one day, from `first_ns` to `last_ns`, both included."""

    def __init__(self, first_ns: int, last_ns: int) -> None:
        self.first_ns = first_ns
        self.last_ns = last_ns
        self._next: dict[str, int] = {}  # board → the oldest minute that is not accounted for
        self._why: dict[str, str] = {}

    def expected(self, now_ns: int) -> bool:
        """Whether boards are captured in the minute of an instant."""
        return self.first_ns <= now_ns < self.last_ns + MINUTE_NS

    def done(self, board: str, minute_ns: int) -> bool:
        """Whether a minute of a board is captured, or known to hold nothing."""
        return self._next.get(board, self.first_ns) > minute_ns

    def failed(self, board: str, why: str) -> None:
        """A board could not be captured; whether its minute is lost the next capture shows."""
        self._why[board] = why

    def captured(self, board: str, minute_ns: int) -> Gap | None:
        """A board was captured: return the minutes before that were lost, with the reason."""
        expected_ns = self._next.get(board, self.first_ns)
        why = self._why.pop(board, "not asked in time")
        self._next[board] = max(expected_ns, minute_ns + MINUTE_NS)
        if minute_ns <= expected_ns:
            return None
        return Gap(board, expected_ns, minute_ns, why)

    def ended(self, boards: Collection[str]) -> Iterator[Gap]:
        """Yield what each board lost up to the end of the day, which is over."""
        for board in boards:
            gap = self.captured(board, self.last_ns + MINUTE_NS)
            if gap is not None:
                yield gap

    def resume(self, board: str, known: Collection[int], now_ns: int, why: str) -> Iterator[Gap]:
        """Yield the holes between the captures an earlier run left; go on behind the last."""
        for minute_ns in sorted(known):
            self._why[board] = why
            gap = self.captured(board, minute_ns)
            if gap is not None:
                yield gap
        if self._next.get(board, self.first_ns) < now_ns:
            self._why[board] = why if known else "started late"
