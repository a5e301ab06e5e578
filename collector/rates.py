"""How many frames a second arrive now."""

from kis_core.clock import SECOND_NS


class Rates:
    """The rate since the look before."""

    def __init__(self) -> None:
        self.frames_per_s = 0.0  # of the market's seconds
        self._frames = 0
        self._at_ns: int | None = None

    def look(self, now_ns: int, frames: int) -> None:
        """Take the counter's value at a moment."""
        if self._at_ns is not None and now_ns > self._at_ns:
            span_s = (now_ns - self._at_ns) / SECOND_NS
            self.frames_per_s = (frames - self._frames) / span_s
        self._at_ns, self._frames = now_ns, frames
