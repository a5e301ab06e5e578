"""How fast something went lately: instants kept for as long as a control looks back."""

from collections import deque
from typing import Final

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS


class Pace:
    """The instants of what was done, oldest first, within the last `keep_ns`."""

    __slots__ = ("keep_ns", "times")

    def __init__(self, keep_ns: int) -> None:
        self.keep_ns = keep_ns
        self.times: deque[int] = deque()

    def note(self, at_ns: int) -> None:
        """Take one more in, and forget what nobody looks back at."""
        times = self.times
        times.append(at_ns)
        forgotten_ns = at_ns - self.keep_ns
        while times[0] <= forgotten_ns:
            times.popleft()

    def free_ns(self, most: int | None, span_ns: int) -> int:
        """Return from when on one more makes no more than `most` in any span; 0: at once.

        Without a limit everything is free.
        """
        if most is None or len(self.times) < most:
            return 0
        return self.times[-most] + span_ns
