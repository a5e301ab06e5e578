"""The day of one symbol as it stands at an instant, for quote replies."""

import msgspec

from kis_core.market.events import Book


class Quote(msgspec.Struct, frozen=True):
    """Prices in KRW, 0 never stands for unknown: before the first print they are None."""

    symbol: str
    at_ns: int  # of the last print; of the question before the first
    last_krw: int  # the base price before the first print
    base_krw: int
    lower_krw: int
    upper_krw: int
    open_krw: int | None
    high_krw: int | None
    low_krw: int | None
    cum_volume: int
    cum_value_krw: int
    prints: int  # how many so far; the last has index `prints - 1` in the PrintTape
    book: Book
