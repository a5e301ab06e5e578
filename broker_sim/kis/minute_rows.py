"""One-minute candles as rows of KIS's minute charts, encoded once and cut into pages.

A strategy's warm-up asks for thousands of pages of the same days; a row is turned into JSON when
its day is first asked for, and a page is then a join of rows. Pure.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np

from broker_sim.exchange.day import DaySource
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.tapes import MINUTE_NS, Sums, Tapes
from kis_core.market.events import Bar
from kis_core.market.instants import date_of

DAYS_KEPT = 256  # symbol-days of the past, about 60 kB each
_ROW = (
    '{"stck_bsop_date":"%s","stck_cntg_hour":"%s","stck_prpr":"%d","stck_oprc":"%d",'
    '"stck_hgpr":"%d","stck_lwpr":"%d","cntg_vol":"%d","acml_tr_pbmn":"%d"}'
)


@dataclass(frozen=True, slots=True)
class DayRows:
    """A day's candles, ascending: the second of the day each starts at, and its JSON."""

    seconds: Sequence[int]
    rows: Sequence[bytes]


def page(rows: Sequence[bytes]) -> msgspec.Raw:
    """Return rows as a JSON array, newest first, as KIS sends them."""
    return msgspec.Raw(b"[" + b",".join(reversed(rows)) + b"]")


class MinuteRows:
    """Rows of the played day up to an instant, and of the days before it."""

    def __init__(self, day: DaySource, tapes: Tapes) -> None:
        self._day = day
        self._tapes = tapes
        self._past: OrderedDict[tuple[str, date], DayRows] = OrderedDict()
        self._today: dict[str, tuple[Sums, DayRows]] = {}

    def past(self, symbol: str, on: date) -> DayRows:
        """Return the rows of a day before the one played; empty when there are none."""
        key = (symbol, on)
        known = self._past.get(key)
        if known is None:
            known = self._past[key] = _of_bars(on, self._day.minute_bars(symbol, on))
            if len(self._past) > DAYS_KEPT:
                self._past.popitem(last=False)
        else:
            self._past.move_to_end(key)
        return known

    def today(self, symbol: str, now_ns: int) -> DayRows:
        """Return the rows of the played day so far, the minute that is forming last.

        Until its first print the forming minute repeats the price and the volume of the minute
        before it, as KIS's does. Before the day's first print there are no rows.
        """
        sums = self._tapes.sums(symbol)
        known = self._today.get(symbol)
        if known is None or known[0] is not sums:
            known = self._today[symbol] = (sums, _of_tape(self._day.date, sums))
        whole = known[1]
        if date_of(now_ns) > self._day.date:
            return whole  # a clock that runs on into the night
        printed = sums.count_at(now_ns)
        if not printed:
            return DayRows((), ())
        minute_ns = now_ns - now_ns % MINUTE_NS
        before = int(np.searchsorted(sums.tape.at_ns, minute_ns))
        second = _second(minute_ns)
        complete = _rows_before(whole, second)
        if printed > before:
            forming = _of_tape(self._day.date, sums, before, printed).rows[0]
        elif len(complete.rows) and hhmmss(minute_ns) <= "153000":
            forming = _carried(self._day.date, sums, minute_ns, before)
        else:
            return complete
        return DayRows((*complete.seconds, second), (*complete.rows, forming))


def _rows_before(whole: DayRows, second: int) -> DayRows:
    count = int(np.searchsorted(np.asarray(whole.seconds), second))
    return DayRows(whole.seconds[:count], whole.rows[:count])


def _second(at_ns: int) -> int:
    return (at_ns // 1_000_000_000 + 9 * 3600) % 86_400


def _of_bars(on: date, bars: Sequence[Bar]) -> DayRows:
    """Return rows of past candles. Where no value is known, the close stands for the average."""
    day = f"{on:%Y%m%d}"
    rows: list[bytes] = []
    value_krw = 0
    for bar in bars:
        value_krw += bar.value_krw if bar.value_krw is not None else bar.close_krw * bar.volume
        rows.append(
            (
                _ROW
                % (
                    day,
                    hhmmss(bar.start_ns),
                    bar.close_krw,
                    bar.open_krw,
                    bar.high_krw,
                    bar.low_krw,
                    bar.volume,
                    value_krw,
                )
            ).encode()
        )
    return DayRows([_second(bar.start_ns) for bar in bars], rows)


def _of_tape(on: date, sums: Sums, first: int = 0, end: int | None = None) -> DayRows:
    """Return rows of the candles that the prints from `first` to before `end` make."""
    tape = sums.tape
    end = len(tape) if end is None else end
    if first >= end:
        return DayRows((), ())
    minutes = tape.at_ns[first:end] // MINUTE_NS
    starts = np.flatnonzero(np.diff(minutes, prepend=minutes[0] - 1))
    ends = np.append(starts[1:], end - first) - 1
    price = tape.price_krw[first:end]
    columns = zip(
        (minutes[starts] * MINUTE_NS).tolist(),
        price[ends].tolist(),
        price[starts].tolist(),
        np.maximum.reduceat(price, starts).tolist(),
        np.minimum.reduceat(price, starts).tolist(),
        np.add.reduceat(tape.volume[first:end].astype(np.int64), starts).tolist(),
        sums.cum_value_krw[first:end][ends].tolist(),
        strict=True,
    )
    day = f"{on:%Y%m%d}"
    seconds: list[int] = []
    rows: list[bytes] = []
    for start_ns, *figures in columns:
        seconds.append(_second(start_ns))
        rows.append((_ROW % (day, hhmmss(start_ns), *figures)).encode())
    return DayRows(seconds, rows)


def _carried(on: date, sums: Sums, minute_ns: int, printed: int) -> bytes:
    """Return the row of a minute without a print yet."""
    tape = sums.tape
    last_ns = int(tape.at_ns[printed - 1])
    first = int(np.searchsorted(tape.at_ns, last_ns - last_ns % MINUTE_NS))
    volume = int(tape.volume[first:printed].sum())
    price = int(tape.price_krw[printed - 1])
    value_krw = int(sums.cum_value_krw[printed - 1])
    figures = (price, price, price, price, volume, value_krw)
    return (_ROW % (f"{on:%Y%m%d}", hhmmss(minute_ns), *figures)).encode()
