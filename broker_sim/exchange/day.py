"""A trading day to be played: who trades, what printed, and what was known before.

`DaySource` is what the exchange and the facade ask; a day of real bars (`bars_day.RealDay`) and a
generated one (`generated_day.GeneratedDay`) both fit. A source knows the whole day; whoever
serves clients passes `until_ns` or `at_ns`, so that nothing of the future leaves.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from kis_core.market.events import Bar, DailyBar, IndexDay, IndexLevel

Market = Literal["KOSPI", "KOSDAQ"]
Feed = Literal["KRX", "NXT", "UN"]
"""Whose prints and books: one venue's, or both together (UN)."""
INDEX_OF_MARKET: dict[Market, str] = {"KOSPI": "0001", "KOSDAQ": "1001"}


class DayError(Exception):
    """A day that cannot be played. The message is one sentence: the thing, the place, the wish."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """One stock on the day played. Prices in KRW; `lower_krw..upper_krw` are orderable."""

    symbol: str
    name: str
    market: Market
    sector: str  # "" when unknown
    base_krw: int  # 기준가: the previous close, adjusted like the bars
    lower_krw: int
    upper_krw: int
    listed_shares: int | None  # None when unknown
    halted: bool = False  # it has a history and no trade today
    nxt: bool = False  # NXT trades it on that day
    fund: bool = False  # an ETF or ETN: in no market but KRX's regular one


@dataclass(frozen=True, slots=True, eq=False)
class PrintTape:
    """All prints of one symbol on the day, in time order, as columns of equal length."""

    symbol: str
    at_ns: NDArray[np.int64]
    price_krw: NDArray[np.int32]
    volume: NDArray[np.int32]  # shares, > 0
    aggressor: NDArray[np.int8]  # 1 the buyer, -1 the seller, 0 an auction
    auction: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.at_ns)


@dataclass(frozen=True, slots=True)
class FlowDay:
    """Net shares bought by foreigners and institutions on one day, known after its close."""

    date: str  # YYYY-MM-DD
    foreign_shares: int
    institution_shares: int


class DaySource(Protocol):
    """One day and its past. Deterministic: the same source answers the same for ever."""

    @property
    def date(self) -> dt.date:
        """Return the day played."""
        ...

    @property
    def seed(self) -> int:
        """Return the seed that the paths inside the bars were drawn from."""
        ...

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return every instrument by symbol, ascending."""
        ...

    def prints(self, symbol: str) -> PrintTape:
        """Return all prints of the day; KeyError for a symbol that is not an instrument."""
        ...

    def past_dates(self) -> Sequence[dt.date]:
        """Return the sessions before the day that have minute bars, ascending."""
        ...

    def minute_bars(self, symbol: str, date: dt.date, until_ns: int | None = None) -> list[Bar]:
        """Return the minute bars of a past date or of the day itself, ascending.

        With `until_ns`, only bars whose minute is over by then. An unknown symbol or a date
        without bars gives an empty list.
        """
        ...

    def daily_bars(self, symbol: str, first: dt.date, last: dt.date) -> list[DailyBar]:
        """Return daily bars from `first` to `last`, both included, ascending.

        Sessions before the day only: the day's own bar is not history yet.
        """
        ...

    def flows(self, symbol: str, first: dt.date, last: dt.date) -> list[FlowDay]:
        """Return investor flows of sessions before the day, ascending; empty when unknown."""
        ...

    def day_flow(self, symbol: str) -> FlowDay | None:
        """Return the investor flow of the day itself, None when unknown: not to be told before
        its close."""
        ...

    def index_days(self, code: str, first: dt.date, last: dt.date) -> list[IndexDay]:
        """Return daily index bars of sessions before the day, ascending."""
        ...

    def index_level(self, code: str, at_ns: int) -> IndexLevel | None:
        """Return the index as published at `at_ns`; None for an unknown index.

        Before the open, level, open, high and low all show the previous close.
        """
        ...
