"""What a day is made of, as tables: minute bars, daily bars, index days, the listing.

Plain numpy columns, checked where they enter: bars that cannot be are refused with one sentence.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DayError, Market
from broker_sim.exchange.path import BarColumns
from kis_core.market.events import IndexDay
from kis_core.market.instants import DAY_NS, KST_OFFSET_NS, MINUTE_NS, midnight_ns

Ints = NDArray[np.int64]
_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Listing:
    """What a master says of a stock."""

    name: str
    market: Market
    sector: str  # "" when unknown
    shares: int | None


@dataclass(frozen=True, slots=True, eq=False)
class DailyTable:
    """Daily bars of one symbol, ascending, columns of equal length. KRW, shares.

    The flows are net shares bought; None where the source has none.
    """

    ordinal: Ints  # of the date
    open_krw: Ints
    high_krw: Ints
    low_krw: Ints
    close_krw: Ints
    volume: Ints
    foreign_shares: Ints | None = None
    institution_shares: Ints | None = None

    def __len__(self) -> int:
        return len(self.ordinal)


class MinuteTable:
    """Minute bars of many symbols, by symbol and date. KRW, shares, starts in ns."""

    def __init__(
        self, symbols: list[str], code: NDArray[Any], bars: BarColumns, where: str
    ) -> None:
        """Take rows in any order; `code` indexes `symbols`, `where` names the source in errors.

        Prices and volumes may be 32-bit, to keep months of them small.
        """
        order = np.argsort(code.astype(np.int16), kind="stable")  # a radix sort: mostly enough
        if not _ascending(code[order], bars.start_ns[order]):
            order = np.lexsort((bars.start_ns, code))
        code = code[order]
        bars = _picked(bars, order)
        _require_possible(symbols, code, bars, where)
        self._bars = bars
        self._bounds = {
            symbol: (int(first), int(last))
            for symbol, first, last in zip(
                symbols,
                np.searchsorted(code, np.arange(len(symbols)), "left"),
                np.searchsorted(code, np.arange(len(symbols)), "right"),
                strict=True,
            )
            if first < last
        }
        days = (bars.start_ns + KST_OFFSET_NS) // DAY_NS
        self._dates = [dt.date.fromordinal(int(day) + _EPOCH_ORDINAL) for day in _distinct(days)]

    @property
    def symbols(self) -> list[str]:
        """Return the symbols that have bars, ascending."""
        return sorted(self._bounds)

    @property
    def dates(self) -> list[dt.date]:
        """Return the dates that have bars, ascending."""
        return self._dates

    def of(self, symbol: str, date: dt.date) -> BarColumns:
        """Return one symbol's bars of a date; none for what is not here."""
        first, last = self._bounds.get(symbol, (0, 0))
        start_ns = midnight_ns(date)
        starts = self._bars.start_ns[first:last]
        begin, end = np.searchsorted(starts, (start_ns, start_ns + DAY_NS))
        return _widened(_picked(self._bars, slice(first + int(begin), first + int(end))))

    def daily(self, symbol: str) -> DailyTable:
        """Return one symbol's bars summed up by date."""
        first, last = self._bounds.get(symbol, (0, 0))
        bars = _widened(_picked(self._bars, slice(first, last)))
        day = (bars.start_ns + KST_OFFSET_NS) // DAY_NS
        if not len(day):
            return DailyTable(*(np.zeros(0, dtype=np.int64) for _ in range(6)))
        starts = np.flatnonzero(np.diff(day, prepend=day[0] - 1))
        ends = np.append(starts[1:], len(day)) - 1
        return DailyTable(
            day[starts] + _EPOCH_ORDINAL,
            bars.open_krw[starts],
            np.maximum.reduceat(bars.high_krw, starts),
            np.minimum.reduceat(bars.low_krw, starts),
            bars.close_krw[ends],
            np.add.reduceat(bars.volume, starts),
        )


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything a day is played from."""

    minutes: MinuteTable
    daily: Mapping[str, DailyTable]  # by symbol; the day's own bar may be there
    index_days: Mapping[str, list[IndexDay]]  # by KIS code, ascending, the day's own among them
    listing: Mapping[str, Listing]


def _ascending(code: NDArray[Any], start_ns: Ints) -> bool:
    return bool(np.all((code[1:] != code[:-1]) | (start_ns[1:] >= start_ns[:-1])))


def _distinct(days: Ints) -> Ints:
    """Distinct values, ascending, in linear time: days lie close together."""
    if not len(days):
        return days
    first = int(days.min())
    return np.flatnonzero(np.bincount(days - first)) + first


def _picked(bars: BarColumns, rows: NDArray[np.int64] | slice) -> BarColumns:
    return BarColumns(
        bars.start_ns[rows],
        bars.open_krw[rows],
        bars.high_krw[rows],
        bars.low_krw[rows],
        bars.close_krw[rows],
        bars.volume[rows],
    )


def _widened(bars: BarColumns) -> BarColumns:
    return BarColumns(
        bars.start_ns,
        bars.open_krw.astype(np.int64),
        bars.high_krw.astype(np.int64),
        bars.low_krw.astype(np.int64),
        bars.close_krw.astype(np.int64),
        bars.volume.astype(np.int64),
    )


def _require_possible(symbols: list[str], code: NDArray[Any], bars: BarColumns, where: str) -> None:
    same = (code[1:] == code[:-1]) & (bars.start_ns[1:] == bars.start_ns[:-1])
    body_low = np.minimum(bars.open_krw, bars.close_krw)
    body_high = np.maximum(bars.open_krw, bars.close_krw)
    faults = (
        (np.append(False, same), "twice the same minute"),
        (bars.start_ns % MINUTE_NS != 0, "a bar that does not start on a minute"),
        (bars.low_krw <= 0, "a price that is not positive"),
        (bars.low_krw > body_low, "a low above open or close"),
        (bars.high_krw < body_high, "a high below open or close"),
        (bars.volume < 0, "a negative volume"),
    )
    for at, what in faults:
        if at.any():
            row = int(np.argmax(at))
            minute = _minute(int(bars.start_ns[row]))
            raise DayError(f"{where} has {what}: {symbols[int(code[row])]} at {minute}")


def _minute(at_ns: int) -> str:
    seconds = (at_ns + KST_OFFSET_NS) // 1_000_000_000
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%d %H:%M:%S")
