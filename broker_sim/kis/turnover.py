"""What the stocks of an index traded, second by second: shares and KRW so far. Pure.

Figures of an index are published at whole seconds: those of a second count the prints up to its
beginning.
"""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import INDEX_OF_MARKET, DaySource, Instrument, PrintTape
from broker_sim.kis.tapes import Tapes
from kis_core.market.instants import DAY_NS, SECOND_NS, midnight_ns

Ints = NDArray[np.int64]
_SECONDS = DAY_NS // SECOND_NS
PAST_KEPT = timedelta(days=380)


class Turnover:
    """Sums over the stocks of each index of the day; made when first asked for."""

    def __init__(self, day: DaySource, tapes: Tapes) -> None:
        self._day = day
        self._tapes = tapes
        self._midnight_ns = midnight_ns(day.date)
        self._sums: dict[str, tuple[list[PrintTape], tuple[Ints, Ints]]] = {}
        self._issues: dict[str, list[Instrument]] = {}
        self._past: dict[str, dict[str, tuple[int, int]]] = {}

    def at(self, code: str, at_ns: int) -> tuple[int, int]:
        """Return the shares and the KRW traded in an index by an instant."""
        volume, value = self.of(code, [at_ns])
        return int(volume[0]), int(value[0])

    def of(self, code: str, instants_ns: Sequence[int]) -> tuple[Ints, Ints]:
        """Return the shares and the KRW traded in an index by each of some instants."""
        tapes = [self._tapes.sums(issue.symbol).tape for issue in self.issues(code)]
        kept = self._sums.get(code)
        if kept is None or any(a is not b for a, b in zip(kept[0], tapes, strict=True)):
            kept = self._sums[code] = tapes, self._summed(tapes)
        known = kept[1]
        seconds = (np.asarray(instants_ns, dtype=np.int64) - self._midnight_ns) // SECOND_NS
        seconds = np.clip(seconds, 0, _SECONDS - 1)
        return known[0][seconds], known[1][seconds]

    def day(self, code: str, on: str) -> tuple[int, int]:
        """Return the shares and the KRW traded in an index on a past day, YYYY-MM-DD.

        Zeros where nothing is known of it: beyond about a year.
        """
        known = self._past.get(code)
        if known is None:
            known = self._past[code] = self._days(code)
        return known.get(on, (0, 0))

    def issues(self, code: str) -> list[Instrument]:
        """Return the stocks of an index: its market's, or all of them for any other index."""
        known = self._issues.get(code)
        if known is None:
            everything = code not in INDEX_OF_MARKET.values()
            known = self._issues[code] = [
                instrument
                for instrument in self._day.instruments.values()
                if everything or INDEX_OF_MARKET[instrument.market] == code
            ]
        return known

    def _days(self, code: str) -> dict[str, tuple[int, int]]:
        last = self._day.date - timedelta(days=1)
        days: dict[str, tuple[int, int]] = {}
        for instrument in self.issues(code):
            for bar in self._day.daily_bars(instrument.symbol, last - PAST_KEPT, last):
                volume, value = days.get(bar.date, (0, 0))
                worth = bar.value_krw if bar.value_krw is not None else bar.close_krw * bar.volume
                days[bar.date] = volume + bar.volume, value + worth
        return days

    def _summed(self, tapes: Sequence[PrintTape]) -> tuple[Ints, Ints]:
        volume = np.zeros(_SECONDS, dtype=np.int64)
        value = np.zeros(_SECONDS, dtype=np.int64)
        for tape in tapes:
            seconds = -((self._midnight_ns - tape.at_ns) // SECOND_NS)  # rounded up
            shares = tape.volume.astype(np.int64)
            np.add.at(volume, seconds, shares)
            np.add.at(value, seconds, shares * tape.price_krw)
        return np.cumsum(volume), np.cumsum(value)
