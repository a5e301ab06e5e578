"""All prints of a day in one order of time, with the running figures of each symbol beside them.

The columns are numpy; rows become `Printed` values a chunk at a time, shortly before they happen,
so playing a step costs as much as its own prints and memory stays that of the columns.
"""

from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DaySource, Instrument, PrintTape
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.path import price_grid

_CHUNK = 2_048
Columns = dict[str, NDArray[np.generic]]


class Reel:
    """The day's prints from first to last; `take_*` hands out what has not been handed out."""

    def __init__(self, day: DaySource) -> None:
        self._symbols = [s for s in day.instruments if len(day.prints(s))]
        tapes = [running(day.prints(s), day.instruments[s]) for s in self._symbols]
        lengths = [len(tape["at_ns"]) for tape in tapes]
        code = np.repeat(np.arange(len(tapes), dtype=np.int32), lengths)
        columns: list[NDArray[np.generic]] = [code]
        for name in _NAMES:
            parts = [tape[name] for tape in tapes]
            columns.append(np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64))
        order = np.argsort(columns[1 + _NAMES.index("at_ns")], kind="stable")
        self._columns = [column[order] for column in columns]
        self._size = len(order)
        self._loaded = 0  # rows made into values so far
        self._rows: list[Printed] = []
        self._times: list[int] = []
        self._next = 0  # in _rows

    def __len__(self) -> int:
        return self._size

    def take_until(self, to_ns: int) -> list[Printed]:
        """Return the prints not yet taken up to and including `to_ns`."""
        return self._take(to_ns, inclusive=True)

    def take_before(self, to_ns: int) -> list[Printed]:
        """Return the prints not yet taken strictly before `to_ns`."""
        return self._take(to_ns, inclusive=False)

    def skip(self, to_ns: int) -> None:
        """Drop the prints up to and including `to_ns`: another reel handed them out."""
        self._take(to_ns, inclusive=True)

    def _take(self, to_ns: int, *, inclusive: bool) -> list[Printed]:
        taken: list[Printed] = []
        bisect = bisect_right if inclusive else bisect_left
        while True:
            end = bisect(self._times, to_ns, self._next)
            taken += self._rows[self._next : end]
            self._next = end
            if end < len(self._rows) or self._loaded == self._size:
                return taken
            self._load()

    def _load(self) -> None:
        chunk = slice(self._loaded, min(self._loaded + _CHUNK, self._size))
        code, *figures = (column[chunk].tolist() for column in self._columns)
        names = [self._symbols[c] for c in code]
        self._rows = list(map(Printed, names, *figures))
        self._times = figures[_NAMES.index("at_ns")]
        self._next = 0
        self._loaded = chunk.stop


_NAMES = tuple(name for name in Printed.__struct_fields__ if name != "symbol")


def running(tape: PrintTape, instrument: Instrument) -> Columns:
    """Return the columns of `Printed` for one symbol, in the order of its fields."""
    price = tape.price_krw.astype(np.int64)
    volume = tape.volume.astype(np.int64)
    buys, sells = tape.aggressor == 1, tape.aggressor == -1
    ask, bid = best_quotes(tape, instrument)
    return {
        "index": np.arange(len(tape)),
        "at_ns": tape.at_ns,
        "price_krw": tape.price_krw,
        "volume": tape.volume,
        "aggressor": tape.aggressor,
        "auction": tape.auction,
        "cum_volume": np.cumsum(volume),
        "cum_value_krw": np.cumsum(price * volume),
        "open_krw": np.full(len(tape), price[0], dtype=np.int32),
        "high_krw": np.maximum.accumulate(tape.price_krw),
        "low_krw": np.minimum.accumulate(tape.price_krw),
        "ask_krw": ask,
        "bid_krw": bid,
        "buy_count": np.cumsum(buys),
        "sell_count": np.cumsum(sells),
        "buy_volume": np.cumsum(np.where(buys, volume, 0)),
        "sell_volume": np.cumsum(np.where(sells, volume, 0)),
    }


def best_quotes(
    tape: PrintTape, instrument: Instrument
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the best ask and bid after each print, one tick apart; 0 beyond the day's limits.

    A buyer took the ask, so what is left of it is still the ask; a seller took the bid. A print
    between two ticks lies between the two.
    """
    grid = price_grid(int(tape.price_krw.min()), int(tape.price_krw.max()))
    grid = price_grid(int(grid[0]) - 1, int(grid[-1]))  # a price below the lowest, too
    below = np.searchsorted(grid, tape.price_krw, "right") - 1  # the grid price at or below
    on_grid = grid[below] == tape.price_krw
    bid_at = np.where(on_grid & (tape.aggressor == 1), below - 1, below)
    bid = grid[np.maximum(bid_at, 0)]
    ask = grid[bid_at + 1]
    bid = np.where((bid_at < 0) | (bid < instrument.lower_krw), 0, bid)
    ask = np.where(ask > instrument.upper_krw, 0, ask)
    return ask.astype(np.int32), bid.astype(np.int32)
