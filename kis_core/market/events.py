"""What can happen in the market, as values. Frozen, tagged, cheap: they flow by the thousand.

`at_ns` is when the exchange says it happened, `arrived_ns` when it reached this fleet; both are
nanoseconds since the epoch. Money is int KRW, sizes are int shares, index levels are Decimal
points. An unknown is None, never 0.
"""

from decimal import Decimal
from typing import Literal

import msgspec

Venue = Literal["KRX", "NXT"]
BookLevel = tuple[int, int]
"""(price KRW, shares)"""


class Trade(msgspec.Struct, frozen=True, tag="trade", array_like=True, gc=False):
    """One print. `price_krw` may lie between two ticks (mid-price trades).

    Holds nothing but scalars, so the garbage collector need not look at it.
    """

    symbol: str
    venue: Venue
    at_ns: int
    arrived_ns: int
    price_krw: int
    volume: int  # shares of this print
    cum_volume: int  # shares today, this print included
    cum_value_krw: int  # KRW today, this print included
    aggressor: Literal[1, -1, 0]  # 1 the buyer, -1 the seller, 0 an auction or unknown
    ask_krw: int | None  # best ask after the print; None when there is none
    bid_krw: int | None
    in_auction: bool  # HOUR_CLS_CODE not 0: a call auction or a VI auction
    halted: bool
    vi_reference_krw: int | None  # reference of the static VI


class Book(msgspec.Struct, frozen=True, tag="book", array_like=True):
    """The ten best levels of each side, best first; empty levels are left out."""

    symbol: str
    venue: Venue
    at_ns: int
    arrived_ns: int
    asks: tuple[BookLevel, ...]
    bids: tuple[BookLevel, ...]
    expected_krw: int | None  # expected auction price; None outside an auction
    expected_volume: int | None
    in_auction: bool


class Bar(msgspec.Struct, frozen=True, tag="bar", array_like=True):
    """A completed bar of one minute (or `minutes`). It exists only once it is complete."""

    symbol: str
    venue: Venue
    start_ns: int  # start of its first minute
    open_krw: int
    high_krw: int
    low_krw: int
    close_krw: int
    volume: int
    value_krw: int | None = None  # exchange value where known
    minutes: int = 1


class DailyBar(msgspec.Struct, frozen=True, tag="daily_bar", array_like=True):
    """One trading day of one symbol. `date` is YYYY-MM-DD."""

    symbol: str
    date: str
    open_krw: int
    high_krw: int
    low_krw: int
    close_krw: int
    volume: int
    value_krw: int | None = None


class IndexLevel(msgspec.Struct, frozen=True, tag="index", array_like=True):
    """The level of an index, in points. Codes are KIS's: 0001 KOSPI, 1001 KOSDAQ."""

    index: str
    at_ns: int
    arrived_ns: int
    level_pt: Decimal
    open_pt: Decimal
    high_pt: Decimal
    low_pt: Decimal
    previous_close_pt: Decimal


class IndexDay(msgspec.Struct, frozen=True, tag="index_day", array_like=True):
    """One trading day of an index, in points. `date` is YYYY-MM-DD."""

    index: str
    date: str
    open_pt: Decimal
    high_pt: Decimal
    low_pt: Decimal
    close_pt: Decimal


class Gap(msgspec.Struct, frozen=True, tag="gap", array_like=True):
    """From `from_ns` to `to_ns` nothing was heard of `symbol` (None: of anything), and why.

    `to_ns` None says that the line is down now; a second Gap with the same `from_ns` closes it.
    """

    symbol: str | None
    from_ns: int
    to_ns: int | None
    reason: str


class SlotsGranted(msgspec.Struct, frozen=True, tag="slots", array_like=True):
    """Which of the wanted symbols are being heard now, and which found no registration free."""

    at_ns: int
    granted: tuple[str, ...]
    refused: tuple[str, ...]


class Timer(msgspec.Struct, frozen=True, tag="timer", array_like=True):
    """The clock reached `at_ns`."""

    at_ns: int


MarketEvent = Trade | Book | Bar | IndexLevel | Gap | SlotsGranted | Timer
