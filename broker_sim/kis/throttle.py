"""How many calls a second the broker takes from one app key. Pure.

The window slides. Calls that were refused do not count, as far as clients can tell.
"""

from collections import deque

SECOND_NS = 1_000_000_000


class Throttle:
    """A sliding window over the simulated second.

    `window_s` widens the window and its allowance together: when the day runs a hundred times
    faster than the world, the few milliseconds a request spends on the loopback are whole seconds
    of the market, and an honest client must not be refused for them.
    """

    def __init__(self, calls_per_second: int, window_s: int = 1) -> None:
        if calls_per_second < 1 or window_s < 1:
            raise ValueError("a throttle lets at least one call through, over at least one second")
        self._allowed = calls_per_second * window_s
        self._window_ns = window_s * SECOND_NS
        self._left: deque[int] = deque()

    def admit(self, now_ns: int) -> bool:
        """Return whether a call at `now_ns` is within the limit, and count it if so."""
        left = self._left
        while left and left[0] <= now_ns - self._window_ns:
            left.popleft()
        if len(left) >= self._allowed:
            # All of them at this very nanosecond: the clock is held before the day begins, and a
            # clock that stands has no seconds to count calls in.
            if left[0] != now_ns:
                return False
            left.clear()
        left.append(now_ns)
        return True
