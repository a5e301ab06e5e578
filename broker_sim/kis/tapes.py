"""The played day's prints with their running sums, a symbol at a time. Pure."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DaySource, PrintTape

MINUTE_NS = 60_000_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """A tape and, after each of its prints, the day's volume and value so far."""

    tape: PrintTape
    cum_volume: NDArray[np.int64]
    cum_value_krw: NDArray[np.int64]
    cum_buy_volume: NDArray[np.int64]  # with the buyer as aggressor
    cum_sell_volume: NDArray[np.int64]

    def count_at(self, at_ns: int) -> int:
        """Return how many prints happened up to and including `at_ns`."""
        return int(np.searchsorted(self.tape.at_ns, at_ns, side="right"))

    def volume_at(self, at_ns: int) -> int:
        """Return the shares traded up to and including `at_ns`."""
        printed = self.count_at(at_ns)
        return int(self.cum_volume[printed - 1]) if printed else 0


class Tapes:
    """Tapes of the day on one feed (KRX's unless told), and yesterday's volume by the minute."""

    def __init__(self, day: DaySource, prints: Callable[[str], PrintTape] | None = None) -> None:
        self._day = day
        self._prints = prints or day.prints
        self._sums: dict[str, Sums] = {}
        self._yesterday: dict[str, tuple[Sequence[int], Sequence[int]]] = {}

    def sums(self, symbol: str) -> Sums:
        """Return a symbol's tape with its sums; KeyError when there is no such instrument."""
        known, tape = self._sums.get(symbol), self._prints(symbol)
        if known is None or known.tape is not tape:  # an interruption bent what is to come
            known = self._sums[symbol] = sums_of(tape)
        return known

    def yesterday_volume(self, symbol: str, second_of_day: int) -> int:
        """Return how many shares the session before had traded by this time of its day."""
        known = self._yesterday.get(symbol)
        if known is None:
            known = self._yesterday[symbol] = self._yesterday_by_second(symbol)
        seconds, volumes = known
        passed = bisect_right(seconds, second_of_day)
        return volumes[passed - 1] if passed else 0

    def _yesterday_by_second(self, symbol: str) -> tuple[Sequence[int], Sequence[int]]:
        past = self._day.past_dates()
        bars = self._day.minute_bars(symbol, past[-1]) if past else []
        seconds: list[int] = []
        volumes: list[int] = []
        total = 0
        for bar in bars:
            total += bar.volume
            seconds.append((bar.start_ns // 1_000_000_000 + 9 * 3600) % 86_400)
            volumes.append(total)
        return seconds, volumes


def sums_of(tape: PrintTape) -> Sums:
    """Return a tape with its running sums."""
    volume = tape.volume.astype(np.int64)
    return Sums(
        tape,
        np.cumsum(volume),
        np.cumsum(volume * tape.price_krw),
        np.cumsum(np.where(tape.aggressor == 1, volume, 0)),
        np.cumsum(np.where(tape.aggressor == -1, volume, 0)),
    )
