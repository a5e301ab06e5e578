"""What the store keeps, as rows, and from when on each can be known.

Pure. `as_of` is the day a figure is about; `available_at` the earliest instant (KST, as the
database writes it) at which anybody could have known it. Both go by the exchange's own hours, so
on a day that opens an hour late everything is known an hour later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from kis_core.market.calendar import TradingCalendar
from kis_core.market.symbols import is_symbol

Dataset = Literal["daily", "flow", "index", "fx", "listing"]

KOSPI, KOSDAQ = "0001", "1001"  # KIS's codes
USD_KRW = "USD/KRW"
BAR_AFTER_CLOSE = timedelta(minutes=10)  # 15:40: the closing auction's price is out
FLOW_AFTER_CLOSE = timedelta(minutes=150)  # 18:00: the exchange's figures are final
READ_AT = time(8)
"""Research of a trade date knows what could be known at this time of it, KST."""
ROUNDING_KRW = 1
"""By so much an adjusted close may lie outside its day's high and low: each was rounded alone."""
CONSTANT_DAYS = 10
"""A currency that closed so often at one and the same price is a quote copied to the past."""


class RowError(ValueError):
    """A row that must not be kept: which, and what was expected."""


@dataclass(frozen=True, slots=True)
class DailyRow:
    """A completed day of a symbol, KRW and shares.

    `told_at` (KST): it belongs to a history that was adjusted anew and is first known since then.
    """

    symbol: str
    as_of: date
    open_krw: int
    high_krw: int
    low_krw: int
    close_krw: int
    volume: int
    value_krw: int | None
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FlowRow:
    """Net buying of a symbol on a day, shares and KRW; None: not told."""

    symbol: str
    as_of: date
    foreign_net: int | None
    institution_net: int | None
    foreign_net_krw: int | None
    institution_net_krw: int | None


@dataclass(frozen=True, slots=True)
class IndexRow:
    """A completed day of an index, points."""

    index_code: str
    as_of: date
    open_pt: Decimal
    high_pt: Decimal
    low_pt: Decimal
    close_pt: Decimal


@dataclass(frozen=True, slots=True)
class FxRow:
    """A day's close of a currency pair."""

    pair: str
    as_of: date
    close: float


@dataclass(frozen=True, slots=True)
class ListingRow:
    """What a listed name was on a day; None: not told.

    `fetched_at` (KST) says when it was fetched; None: it is the exchange's own file of that day.
    """

    symbol: str
    as_of: date
    market: str | None = None
    name: str | None = None
    market_cap_krw: int | None = None
    halted: bool | None = None
    administrative: bool | None = None
    warning: Literal["NONE", "CAUTION", "WARNING", "RISK"] | None = None
    liquidation: bool | None = None
    spac: bool | None = None
    etf: bool | None = None
    preferred: bool | None = None
    fetched_at: datetime | None = None


Row = DailyRow | FlowRow | IndexRow | FxRow | ListingRow


@dataclass(frozen=True, slots=True)
class Rows:
    """What a source gave, all of one `source`; `refused` says what it gave that cannot be true."""

    source: str
    daily: tuple[DailyRow, ...] = ()
    flows: tuple[FlowRow, ...] = ()
    index: tuple[IndexRow, ...] = ()
    fx: tuple[FxRow, ...] = ()
    listing: tuple[ListingRow, ...] = ()
    refused: tuple[str, ...] = field(default=(), compare=False)

    def __len__(self) -> int:
        return len(self.all())

    def all(self) -> tuple[Row, ...]:
        """Return the rows of all kinds."""
        return (*self.daily, *self.flows, *self.index, *self.fx, *self.listing)


@dataclass(frozen=True, slots=True)
class Span:
    """Days of one thing that a source was asked for: `subject` is a symbol, a code, a pair, *."""

    source: str
    dataset: Dataset
    subject: str
    first: date
    last: date


def read_at(trade_date: date) -> datetime:
    """Return 08:00 KST of a trade date, as the database writes it."""
    return datetime.combine(trade_date, READ_AT)


def available_at(row: Row, calendar: TradingCalendar, source: str) -> datetime:
    """Return when a row could be known first, KST without a zone.

    CalendarError where its day is no session, or not covered.
    """
    match row:
        case FxRow(as_of=day):
            return datetime.combine(day + timedelta(days=1), READ_AT)
        case ListingRow(fetched_at=datetime() as fetched):
            return _listing_known_at(row.as_of, fetched, calendar)
        case DailyRow(as_of=day, told_at=datetime() as told):
            return max(told, _after_close(day, BAR_AFTER_CLOSE, calendar))
        case DailyRow() | IndexRow():
            return _after_close(row.as_of, BAR_AFTER_CLOSE, calendar)
        case FlowRow() if source == "kis":
            return _after_close(row.as_of, BAR_AFTER_CLOSE, calendar)
        case _:
            return _after_close(row.as_of, FLOW_AFTER_CLOSE, calendar)


def _listing_known_at(day: date, fetched: datetime, calendar: TradingCalendar) -> datetime:
    """Return when a fetched standing could be known first.

    Before its day opens it is what the exchange had announced by the evening before, however long
    the fetching took: nothing of the day's trading can be in it.
    """
    if fetched.date() == day and calendar.is_session(day):
        opens = datetime.combine(day, calendar.hours(day).opens)
        if fetched < opens:
            return min(fetched, read_at(day))
    return fetched


def _after_close(day: date, later: timedelta, calendar: TradingCalendar) -> datetime:
    return datetime.combine(day, calendar.hours(day).closes) + later


def last_known(rows: Rows, calendar: TradingCalendar, now: datetime) -> date | None:
    """Return the newest day of rows that can be known at `now` (naive KST); None: there is none."""
    days = [
        row.as_of
        for row in rows.all()
        if isinstance(row, FxRow) or calendar.is_session(row.as_of)
        if available_at(row, calendar, rows.source) <= now
    ]
    return max(days, default=None)


def mended(row: DailyRow) -> DailyRow:
    """Return a bar whose high and low hold its open and close, where rounding alone parts them."""
    high = max(row.high_krw, row.open_krw, row.close_krw)
    low = min(row.low_krw, row.open_krw, row.close_krw)
    if max(high - row.high_krw, row.low_krw - low) > ROUNDING_KRW:
        return row
    return replace(row, high_krw=high, low_krw=low)


def fault(row: Row) -> str | None:
    """Return what is wrong with a row by itself; None: nothing."""
    match row:
        case DailyRow() | FlowRow() | ListingRow() if not is_symbol(row.symbol):
            return f"symbol {row.symbol!r}: expected a code of the Korean market"
        case DailyRow():
            prices = (row.open_krw, row.high_krw, row.low_krw, row.close_krw)
            if row.volume < 0 or (row.value_krw is not None and row.value_krw < 0):
                return f"volume {row.volume}, value {row.value_krw}: expected no negative number"
            return _out_of_order(prices)
        case IndexRow():
            return _out_of_order((row.open_pt, row.high_pt, row.low_pt, row.close_pt))
        case FlowRow():
            told = (row.foreign_net, row.institution_net, row.foreign_net_krw)
            blank = all(one is None for one in (*told, row.institution_net_krw))
            return "a blank row: expected net buying of somebody" if blank else None
        case FxRow():
            return None if 0 < row.close < float("inf") else f"close {row.close}: expected > 0"
        case ListingRow():
            cap = row.market_cap_krw
            return None if cap is None or cap > 0 else f"market cap {cap}: expected KRW or nothing"


def _out_of_order[N: (int, Decimal)](prices: tuple[N, N, N, N]) -> str | None:
    opened, high, low, close = prices
    if low > 0 and low <= min(opened, close) and high >= max(opened, close):
        return None
    said = ", ".join(str(price) for price in prices)
    return f"open, high, low, close {said}: expected 0 < low <= open, close <= high"


def copied_constant(series: Iterable[FxRow]) -> str | None:
    """Return why a currency's series is none: one quote copied to many days."""
    rows = list(series)
    if len(rows) >= CONSTANT_DAYS and len({row.close for row in rows}) == 1:
        return f"{rows[0].pair}: {len(rows)} days close at {rows[0].close}: a copied quote"
    return None
