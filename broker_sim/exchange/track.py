"""One issue's prints on one venue as they happen: how far the day is, and what printed when.

Made when somebody asks: a venue nobody listens to costs nothing.
"""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

from broker_sim.exchange.day import Instrument, PrintTape
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.reel import running


class Track:
    """The prints of a tape as values, with the running figures of its venue beside them."""

    def __init__(self, tape: PrintTape, instrument: Instrument) -> None:
        self.tape = tape
        self._times: list[int] = tape.at_ns.tolist()
        columns = running(tape, instrument) if len(tape) else {}
        self._columns = list(columns.values())
        self._made: dict[int, Printed] = {}

    def __len__(self) -> int:
        return len(self._times)

    def count_before(self, at_ns: int) -> int:
        """Return how many prints happened strictly before an instant."""
        return bisect_left(self._times, at_ns)

    def __getitem__(self, index: int) -> Printed:
        made = self._made.get(index)
        if made is None:
            values: list[Any] = [column[index].item() for column in self._columns]
            made = self._made[index] = Printed(self.tape.symbol, *values)
        return made

    def last_before(self, at_ns: int) -> Printed | None:
        """Return the last print strictly before an instant, None before the first."""
        count = self.count_before(at_ns)
        return self[count - 1] if count else None

    def between(self, from_ns: int, to_ns: int) -> Sequence[Printed]:
        """Return the prints from `from_ns` up to, not including, `to_ns`."""
        first, end = self.count_before(from_ns), self.count_before(to_ns)
        return [self[index] for index in range(first, end)]
