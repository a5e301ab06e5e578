"""How far behind the market the fleet was: the arrival of each trade against its own time.

Read from the tape. KIS stamps whole seconds, so a trade heard at once shows a lag of up to one
second of market time; what is more than that is this machine's.
"""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from collector.hearing import Text
from collector.tape import read
from kis_core.errors import FrameError
from kis_core.market.instants import midnight_ns
from kis_core.wire.stream.trades import trades

_TRADES = "0|H0STCNT0|"


def trade_lags_ms(home: Path, date: str, speed: float) -> list[float]:
    """Return the lag of each trade heard on a day, in milliseconds of the world."""
    day = dt.date.fromisoformat(date)
    return sorted(lag_ns / 1e6 / speed for lag_ns in _lags_ns(home / "tape", day))


def _lags_ns(tape: Path, day: dt.date) -> Iterator[int]:
    start_ns = midnight_ns(day)
    if not tape.is_dir():
        return
    for item in read(tape, day):
        if not isinstance(item, Text) or not item.text.startswith(_TRADES):
            continue
        try:
            heard = trades(item.text, item.at_ns, start_ns)
        except FrameError:
            continue  # it is in quarantine, counted by the collector
        for trade in heard:
            yield max(0, item.at_ns - trade.at_ns)
