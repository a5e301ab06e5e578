"""A day played from minute bars: real ones, or generated ones of the same form."""

import datetime as dt
import zlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType

from broker_sim.exchange.day import (
    INDEX_OF_MARKET,
    DayError,
    FlowDay,
    Instrument,
    PrintTape,
)
from broker_sim.exchange.index_path import Constituent, IndexPath, bent, shape
from broker_sim.exchange.path import AUCTION_LATEST_NS, BarColumns, walk
from broker_sim.exchange.tables import DailyTable, Listing, Tables
from broker_sim.exchange.venue import Venue
from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel
from kis_core.market.instants import MINUTE_NS
from kis_core.market.sessions import NXT_OPENED
from kis_core.market.ticks import limits, round_down, round_up

_KOSPI200 = "2001"
_UNKNOWN_INDEX_PT = 1_000.0  # where an index starts whose history nobody has
_FUND_NAMES = (  # what the names of ETFs and ETNs begin with: their houses' brands
    *("KODEX", "TIGER", "KBSTAR", "RISE", "ACE", "KINDEX", "ARIRANG", "PLUS", "HANARO", "SOL"),
    *("KOSEF", "KIWOOM", "TIMEFOLIO", "TIME", "WON", "1Q", "FOCUS", "TREX", "BNK", "UNICORN"),
)


class BarsDay:
    """One date of the tables, with everything before it. Fits `DaySource`."""

    def __init__(self, date: dt.date, seed: int, tables: Tables, where: str) -> None:
        self._date = date
        self._seed = seed
        self._tables = tables
        self._venue = Venue(date)
        if date not in tables.minutes.dates:
            raise DayError(f"{where} has no bars of {date}; it has {_span(tables.minutes.dates)}")
        self._past = [day for day in tables.minutes.dates if day < date]
        self._summed: dict[str, DailyTable] = {}
        self._prints: dict[str, PrintTape] = {}
        self._paths: dict[str, IndexPath | None] = {}
        self._instruments = MappingProxyType(
            {symbol: self._instrument(symbol) for symbol in tables.minutes.symbols}
        )

    @property
    def date(self) -> dt.date:
        """Return the day played."""
        return self._date

    @property
    def seed(self) -> int:
        """Return the seed of the paths inside the bars."""
        return self._seed

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return every instrument by symbol, ascending."""
        return self._instruments

    def prints(self, symbol: str) -> PrintTape:
        """Return all prints of the day."""
        tape = self._prints.get(symbol)
        if tape is None:
            if symbol not in self._instruments:
                raise KeyError(symbol)
            bars = self._tables.minutes.of(symbol, self._date)
            venue = self._venue
            tape = walk(symbol, bars, self._date, self._seed, venue.open_ns, venue.close_ns)
            self._prints[symbol] = tape
        return tape

    def past_dates(self) -> Sequence[dt.date]:
        """Return the sessions before the day that have minute bars, ascending."""
        return self._past

    def minute_bars(self, symbol: str, date: dt.date, until_ns: int | None = None) -> list[Bar]:
        """Return the minute bars of a past date or of the day, over by `until_ns`, ascending."""
        if date > self._date:
            return []
        bars = self._tables.minutes.of(symbol, date)
        closing_ns = self._venue.close_ns if date == self._date else None
        columns = (
            bars.start_ns.tolist(),
            bars.open_krw.tolist(),
            bars.high_krw.tolist(),
            bars.low_krw.tolist(),
            bars.close_krw.tolist(),
            bars.volume.tolist(),
        )
        return [
            Bar(symbol, "KRX", start, opened, high, low, close, volume)
            for start, opened, high, low, close, volume in zip(*columns, strict=True)
            if until_ns is None or _over(start, closing_ns) <= until_ns
        ]

    def daily_bars(self, symbol: str, first: dt.date, last: dt.date) -> list[DailyBar]:
        """Return daily bars of sessions before the day, ascending; halted days are left out."""
        table = self._daily(symbol)
        return [
            DailyBar(
                symbol,
                dt.date.fromordinal(int(table.ordinal[row])).isoformat(),
                int(table.open_krw[row]),
                int(table.high_krw[row]),
                int(table.low_krw[row]),
                int(table.close_krw[row]),
                int(table.volume[row]),
            )
            for row in self._past_rows(table, first, last)
            if table.volume[row] > 0
        ]

    def flows(self, symbol: str, first: dt.date, last: dt.date) -> list[FlowDay]:
        """Return investor flows of sessions before the day, ascending; empty when unknown."""
        table = self._daily(symbol)
        return _flows(table, self._past_rows(table, first, last))

    def day_flow(self, symbol: str) -> FlowDay | None:
        """Return the investor flow of the day itself, None when unknown."""
        table = self._daily(symbol)
        today = self._date.toordinal()
        first, end = table.ordinal.searchsorted((today, today + 1))
        found = _flows(table, range(int(first), int(end)))
        return found[0] if found else None

    def index_days(self, code: str, first: dt.date, last: dt.date) -> list[IndexDay]:
        """Return daily index bars of sessions before the day, ascending."""
        low, high = first.isoformat(), min(last, self._date - dt.timedelta(days=1)).isoformat()
        return [day for day in self._tables.index_days.get(code, []) if low <= day.date <= high]

    def index_level(self, code: str, at_ns: int) -> IndexLevel | None:
        """Return the index as published at `at_ns`; None for an unknown index."""
        if code not in self._paths:
            self._paths[code] = self._index_path(code)
        path = self._paths[code]
        return None if path is None else path.at(at_ns)

    def _instrument(self, symbol: str) -> Instrument:
        listing = self._tables.listing.get(symbol, Listing(symbol, "KOSPI", "", None))
        today = self._tables.minutes.of(symbol, self._date)
        base_krw = self._base_krw(symbol, today)
        lower_krw, upper_krw = limits(base_krw)
        if len(today):
            # An unadjusted split, or rounding of adjusted prices, can put prints past the band.
            lower_krw = min(lower_krw, max(1, round_down(int(today.low_krw.min()))))
            upper_krw = max(upper_krw, round_up(int(today.high_krw.max())))
        return Instrument(
            symbol,
            listing.name,
            listing.market,
            listing.sector,
            base_krw,
            lower_krw,
            upper_krw,
            listing.shares,
            halted=len(today) == 0,
            nxt=self._date >= NXT_OPENED and _is_on_nxt(symbol) and not _is_fund(listing.name),
            fund=_is_fund(listing.name),
        )

    def _base_krw(self, symbol: str, today: BarColumns) -> int:
        """The close before the day; without any, the first price of the day itself."""
        table = self._daily(symbol)
        rows = self._past_rows(table, dt.date.min, self._date)
        if len(rows):
            return int(table.close_krw[rows[-1]])
        if not len(today):
            raise DayError(f"{symbol} has no price up to {self._date}")
        return int(today.open_krw[0])

    def _daily(self, symbol: str) -> DailyTable:
        """The daily file's bars; summed up from the minutes where it lacks the symbol."""
        known = self._tables.daily.get(symbol)
        if known is not None and len(self._past_rows(known, dt.date.min, self._date)):
            return known
        if symbol not in self._summed:
            self._summed[symbol] = self._tables.minutes.daily(symbol)
        return self._summed[symbol]

    def _past_rows(self, table: DailyTable, first: dt.date, last: dt.date) -> range:
        end = min(last.toordinal(), self._date.toordinal() - 1)
        begin_row, end_row = table.ordinal.searchsorted((first.toordinal(), end + 1))
        return range(int(begin_row), int(end_row))

    @cached_property
    def _minutes(self) -> list[int]:
        """Starts of all bars of the day, of whichever stock."""
        starts: set[int] = set()
        for symbol in self._instruments:
            starts.update(self._tables.minutes.of(symbol, self._date).start_ns.tolist())
        return sorted(start for start in starts if start < self._venue.expiry_ns)

    def _index_path(self, code: str) -> IndexPath | None:
        members = [
            instrument
            for instrument in self._instruments.values()
            if not instrument.halted
            and (INDEX_OF_MARKET[instrument.market] == code or code == _KOSPI200)
        ]
        days = self._tables.index_days.get(code, [])
        if not members or (not days and code == _KOSPI200):
            return None
        weighed = all(instrument.listed_shares for instrument in members)
        basket = [
            Constituent(
                member.base_krw,
                float(member.base_krw * (member.listed_shares or 0)) if weighed else 1.0,
                self._tables.minutes.of(member.symbol, self._date),
            )
            for member in members
        ]
        at_ns, worth = shape(basket, self._minutes, self._venue.close_ns)
        past = [day for day in days if day.date < self._date.isoformat()]
        today = next((day for day in days if day.date == self._date.isoformat()), None)
        if past:
            previous = float(past[-1].close_pt)
        else:
            previous = float(today.open_pt) if today else _UNKNOWN_INDEX_PT
        return IndexPath(code, at_ns, bent(worth, today) if today else worth * previous, previous)


def _flows(table: DailyTable, rows: range) -> list[FlowDay]:
    foreign, institution = table.foreign_shares, table.institution_shares
    if foreign is None or institution is None:
        return []
    return [
        FlowDay(
            dt.date.fromordinal(int(table.ordinal[row])).isoformat(),
            int(foreign[row]),
            int(institution[row]),
        )
        for row in rows
    ]


def _over(start_ns: int, closing_ns: int | None) -> int:
    """When a bar is complete: the closing auction's at once, any other after its minute."""
    if closing_ns is not None and closing_ns <= start_ns < closing_ns + AUCTION_LATEST_NS:
        return start_ns
    return start_ns + MINUTE_NS


def _span(dates: Sequence[dt.date]) -> str:
    return f"{len(dates)} days, {dates[0]} to {dates[-1]}" if dates else "none at all"


def _is_on_nxt(symbol: str) -> bool:
    """Whether NXT trades a stock here: six in seven, always the same, as no list is at hand."""
    return zlib.crc32(symbol.encode()) % 7 != 5


def _is_fund(name: str) -> bool:
    """Whether a name is that of an ETF or ETN: a brand and a blank, or the letters themselves."""
    return (name.partition(" ")[0] in _FUND_NAMES and " " in name) or "ETN" in name
