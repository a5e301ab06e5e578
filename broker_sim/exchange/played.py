"""The day as it is played: the source's, with the venues beside KRX and with interruptions.

It is a `DaySource` like the one it plays, so whoever reads charts or ticks from it sees what the
exchange really printed.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from broker_sim.exchange.bent import bent
from broker_sim.exchange.day import DaySource, Feed, FlowDay, Instrument, PrintTape
from broker_sim.exchange.interruptions import Interruptions
from broker_sim.exchange.live import BoardName
from broker_sim.exchange.path import AUCTION_LATEST_NS
from broker_sim.exchange.side_paths import after_market_tape, merged, nxt_tape, off_hours_prints
from broker_sim.exchange.track import Track
from broker_sim.exchange.venue import Timetable, Venue
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel
from kis_core.market.instants import MINUTE_NS

Source = Feed | BoardName
"""Whose prints: a feed's, or an order book's."""


class PlayedDay:
    """One day on all venues. Fits `DaySource`; `prints` are KRX's, after-market and all."""

    def __init__(
        self, day: DaySource, krx: Venue, nxt: Timetable, interruptions: Interruptions
    ) -> None:
        self._day = day
        self._krx = krx
        self._nxt = nxt
        self._interruptions = interruptions
        self._tapes: dict[tuple[str, str], PrintTape] = {}
        self._tracks: dict[tuple[str, str], Track] = {}

    @property
    def date(self) -> dt.date:
        """Return the day played."""
        return self._day.date

    @property
    def seed(self) -> int:
        """Return the seed of the paths."""
        return self._day.seed

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return every instrument by symbol, ascending."""
        return self._day.instruments

    def prints(self, symbol: str) -> PrintTape:
        """Return KRX's prints of the day; KeyError for a symbol that is not an instrument."""
        return self.tape(symbol, "KRX")

    def past_dates(self) -> Sequence[dt.date]:
        """Return the sessions before the day that have minute bars, ascending."""
        return self._day.past_dates()

    def minute_bars(self, symbol: str, date: dt.date, until_ns: int | None = None) -> list[Bar]:
        """Return minute bars of KRX's regular session, over by `until_ns`, ascending.

        Of an issue that was interrupted on the day, they are those of its prints.
        """
        if date != self.date or not self._interruptions.of(symbol):
            return self._day.minute_bars(symbol, date, until_ns)
        bars = _bars_of(self.prints(symbol), self._krx.expiry_ns)
        return [bar for bar in bars if until_ns is None or self._over(bar.start_ns) <= until_ns]

    def daily_bars(self, symbol: str, first: dt.date, last: dt.date) -> list[DailyBar]:
        """Return daily bars of sessions before the day, ascending."""
        return self._day.daily_bars(symbol, first, last)

    def flows(self, symbol: str, first: dt.date, last: dt.date) -> list[FlowDay]:
        """Return investor flows of sessions before the day, ascending."""
        return self._day.flows(symbol, first, last)

    def day_flow(self, symbol: str) -> FlowDay | None:
        """Return the investor flow of the day itself, None when unknown."""
        return self._day.day_flow(symbol)

    def index_days(self, code: str, first: dt.date, last: dt.date) -> list[IndexDay]:
        """Return daily index bars of sessions before the day, ascending."""
        return self._day.index_days(code, first, last)

    def index_level(self, code: str, at_ns: int) -> IndexLevel | None:
        """Return the index as published at `at_ns`; None for an unknown index."""
        return self._day.index_level(code, at_ns)

    def tape(self, symbol: str, source: Source) -> PrintTape:
        """Return all prints of an issue from one source, the day's future among them."""
        known = self._tapes.get((symbol, source))
        if known is None:
            known = self._tapes[symbol, source] = self._made(symbol, source)
        return known

    def track(self, symbol: str, source: Source) -> Track:
        """Return the same prints as values, with their running figures."""
        known = self._tracks.get((symbol, source))
        if known is None:
            tape = self.tape(symbol, source)
            known = self._tracks[symbol, source] = Track(tape, self.instruments[symbol])
        return known

    def forget(self, symbols: Iterable[str]) -> None:
        """Make the prints of some issues anew: another interruption bends them."""
        gone = set(symbols)
        self._tapes = {key: tape for key, tape in self._tapes.items() if key[0] not in gone}
        self._tracks = {key: track for key, track in self._tracks.items() if key[0] not in gone}

    def _made(self, symbol: str, source: Source) -> PrintTape:
        instrument = self.instruments[symbol]
        regular = self._day.prints(symbol)
        match source:
            case "KRX":
                after = after_market_tape(instrument, regular, self._krx, self.date, self.seed)
                whole = merged(symbol, (regular, after)) if len(after) else regular
                return bent(whole, instrument, self._krx, self._interruptions.of(symbol))
            case "NXT":
                if not instrument.nxt:
                    regular = merged(symbol, (_none(regular),))
                tape = nxt_tape(instrument, regular, self._nxt, self.date, self.seed)
                return bent(tape, instrument, self._nxt, self._interruptions.of(symbol, "NXT"))
            case "UN":
                return merged(symbol, (self.tape(symbol, "KRX"), self.tape(symbol, "NXT")))
            case _:
                whole = self.tape(symbol, "KRX")
                return off_hours_prints(instrument, whole, self._krx, self.date, self.seed)

    def _over(self, start_ns: int) -> int:
        """When a bar is complete: the closing auction's at once, any other after its minute."""
        close_ns = self._krx.close_ns
        at_close = close_ns <= start_ns < close_ns + AUCTION_LATEST_NS
        return start_ns if at_close else start_ns + MINUTE_NS


def _none(tape: PrintTape) -> PrintTape:
    return PrintTape(
        tape.symbol,
        tape.at_ns[:0],
        tape.price_krw[:0],
        tape.volume[:0],
        tape.aggressor[:0],
        tape.auction[:0],
    )


def _bars_of(tape: PrintTape, end_ns: int) -> list[Bar]:
    """The minute bars that a tape's prints before an instant make."""
    size = int(np.searchsorted(tape.at_ns, end_ns))
    if not size:
        return []
    minute = tape.at_ns[:size] // MINUTE_NS
    starts = np.flatnonzero(np.diff(minute, prepend=minute[0] - 1))
    ends = np.append(starts[1:], size) - 1
    price = tape.price_krw[:size]
    columns = (
        (minute[starts] * MINUTE_NS).tolist(),
        price[starts].tolist(),
        np.maximum.reduceat(price, starts).tolist(),
        np.minimum.reduceat(price, starts).tolist(),
        price[ends].tolist(),
        np.add.reduceat(tape.volume[:size].astype(np.int64), starts).tolist(),
    )
    return [Bar(tape.symbol, "KRX", *figures) for figures in zip(*columns, strict=True)]
