"""The newest n values under one combining rule, without ever subtracting.

A running sum that subtracts what leaves keeps the rounding errors of everything that ever passed;
this one forgets a value together with its error. Two stacks, as in a queue made of them: the old
one holds what each suffix combines to, the new one what has been added since; when the old one runs
empty, the new one is poured over. Each value is combined twice in its life.
"""

from collections.abc import Callable


class Window[A]:
    """The last `size` values, combined by an associative rule."""

    def __init__(self, size: int, combine: Callable[[A, A], A]) -> None:
        if size < 1:
            raise ValueError(f"a window of {size} values")
        self.size = size
        self._combine = combine
        self._suffixes: list[A] = []  # the oldest suffix last
        self._recent: list[A] = []
        self._recent_total: A | None = None

    def __len__(self) -> int:
        return len(self._suffixes) + len(self._recent)

    def add(self, value: A) -> None:
        """Add a value; the oldest leaves when there are more than `size`."""
        if len(self) == self.size:
            self._drop_oldest()
        total = self._recent_total
        self._recent_total = value if total is None else self._combine(total, value)
        self._recent.append(value)

    def total(self) -> A | None:
        """Return all values combined, oldest first; None when there are none."""
        if not self._suffixes:
            return self._recent_total
        if self._recent_total is None:
            return self._suffixes[-1]
        return self._combine(self._suffixes[-1], self._recent_total)

    def _drop_oldest(self) -> None:
        if not self._suffixes:
            total: A | None = None
            for value in reversed(self._recent):
                total = value if total is None else self._combine(value, total)
                self._suffixes.append(total)
            self._recent = []
            self._recent_total = None
        self._suffixes.pop()
