"""What can happen in the market, as values. Frozen, tagged, cheap: they flow by the thousand.

`at_ns` is when the exchange says it happened, `arrived_ns` when it reached this fleet; both are
nanoseconds since the epoch. Money is int KRW, sizes are int shares, index levels are Decimal
points. An unknown is None, never 0.
"""

from decimal import Decimal
from typing import Literal

import msgspec

Venue = Literal["KRX", "NXT"]
Market = Literal["KRX", "NXT", "UN"]
"""Whose trading a feed tells: one venue's own, or both as one (KIS's unified feeds, UN)."""
BookLevel = tuple[int, int]
"""(price KRW, shares)"""


class Trade(msgspec.Struct, frozen=True, tag="trade", array_like=True, gc=False):
    """One print. `price_krw` may lie between two ticks (mid-price trades).

    Holds nothing but scalars, so the garbage collector need not look at it.
    """

    symbol: str
    venue: Market
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


class MidPrice(msgspec.Struct, frozen=True, array_like=True):
    """What waits at the middle of a venue's best bid and ask. `side` is KIS's code as it is."""

    venue: Venue
    price_krw: int
    shares: int | None
    side: str


class Book(msgspec.Struct, frozen=True, tag="book", array_like=True):
    """The ten best levels of each side, best first; empty levels are left out."""

    symbol: str
    venue: Market
    at_ns: int
    arrived_ns: int
    asks: tuple[BookLevel, ...]
    bids: tuple[BookLevel, ...]
    expected_krw: int | None  # expected auction price; None outside an auction
    expected_volume: int | None
    in_auction: bool
    mids: tuple[MidPrice, ...] = ()


class ExpectedTrade(msgspec.Struct, frozen=True, tag="expected", array_like=True):
    """What a call auction would print if it ended now; None where nothing would meet."""

    symbol: str
    venue: Market
    at_ns: int
    arrived_ns: int
    price_krw: int | None
    volume: int | None  # shares that would meet
    value_krw: int | None
    ask_krw: int | None
    bid_krw: int | None
    ask_volume: int | None  # shares at the best ask
    bid_volume: int | None
    halted: bool | None
    after_hours: bool  # of the after-hours single-price session, not of an auction by day
    vi_reference_krw: int | None = None


class AfterHoursTrade(msgspec.Struct, frozen=True, tag="after_trade", array_like=True):
    """One print of the after-hours single-price session; its sums are that session's alone."""

    symbol: str
    at_ns: int
    arrived_ns: int
    price_krw: int
    volume: int
    cum_volume: int
    cum_value_krw: int
    aggressor: Literal[1, -1, 0]
    ask_krw: int | None
    bid_krw: int | None
    halted: bool | None


class AfterHoursBook(msgspec.Struct, frozen=True, tag="after_book", array_like=True):
    """The book of the after-hours single-price session, best first; empty levels are left out."""

    symbol: str
    at_ns: int
    arrived_ns: int
    asks: tuple[BookLevel, ...]
    bids: tuple[BookLevel, ...]
    expected_krw: int | None
    expected_volume: int | None


class MarketStatus(msgspec.Struct, frozen=True, tag="status", array_like=True):
    """A change of a market's or a symbol's state. Codes are KIS's own, unknown ones pass through.

    It has no exchange time. `symbol` is None where KIS leaves it out (the unified feed).
    """

    symbol: str | None
    venue: Market
    arrived_ns: int
    halted: bool | None
    halt_reason: str | None
    phase: str | None  # 112 open, 129 close, 174 circuit breaker, 387 sidecar, F06 a minute left …
    expected_phase: str | None  # 311 and 121: expected prices begin; 112 and 129: they end
    random_end: str | None  # 1, 3, 5 set and 2, 4, 6 unset, of opening, closing, after-hours
    allotment: str | None
    symbol_state: str | None  # 00 none, as in the price quote
    vi: str | None  # Y while a volatility interruption lasts
    after_hours_vi: str | None
    exchange: str | None


class Bar(msgspec.Struct, frozen=True, tag="bar", array_like=True):
    """A completed bar of one minute (or `minutes`). It exists only once it is complete."""

    symbol: str
    venue: Market
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


class IndexMove(msgspec.Struct, frozen=True, tag="index_move", array_like=True):
    """An index as it moves, with its market's trading today and how many issues rose and fell.

    Volumes are thousands of shares and values millions of KRW, as KIS rounds them.
    """

    index: str
    at_ns: int
    arrived_ns: int
    level_pt: Decimal
    change_pt: Decimal | None  # since the previous close
    change_pct: Decimal | None
    open_pt: Decimal | None
    high_pt: Decimal | None
    low_pt: Decimal | None
    volume_thousand: int | None  # since the one before
    value_million_krw: int | None
    cum_volume_thousand: int | None
    cum_value_million_krw: int | None
    limit_up: int | None
    up: int | None
    flat: int | None
    down: int | None
    limit_down: int | None

    @property
    def level(self) -> IndexLevel | None:
        """Return it as a level; None while the day's open, high, low or change is not known."""
        day = (self.open_pt, self.high_pt, self.low_pt)
        if self.change_pt is None or None in day:
            return None
        opened, high, low = (known for known in day if known is not None)
        previous = self.level_pt - self.change_pt
        return IndexLevel(
            self.index, self.at_ns, self.arrived_ns, self.level_pt, opened, high, low, previous
        )


class ExpectedIndex(msgspec.Struct, frozen=True, tag="expected_index", array_like=True):
    """Where an index would be if its stocks' auctions ended now; units as in IndexMove."""

    index: str
    at_ns: int
    arrived_ns: int
    level_pt: Decimal | None
    change_pt: Decimal | None
    change_pct: Decimal | None
    volume_thousand: int | None
    value_million_krw: int | None
    limit_up: int | None
    up: int | None
    flat: int | None
    down: int | None
    limit_down: int | None


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
    """Which of the wanted symbols are being heard now, which cannot be, and why each cannot."""

    at_ns: int
    granted: tuple[str, ...]
    refused: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...] = ()
    """(symbol, why) of each refused one, in their order; none in journals older than it."""


class Timer(msgspec.Struct, frozen=True, tag="timer", array_like=True):
    """The clock reached `at_ns`."""

    at_ns: int


MarketEvent = Trade | Book | Bar | IndexLevel | Gap | SlotsGranted | Timer
