"""The day of one symbol on one feed as it stands at an instant, for quote replies."""

from collections.abc import Iterable

import msgspec

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.happenings import Printed
from kis_core.market.events import Book, BookLevel

LEVELS = 10


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


def quote_of(instrument: Instrument, last: Printed | None, book: Book) -> Quote:
    """Return the quote that the last print and the book of the moment make."""
    return Quote(
        symbol=instrument.symbol,
        at_ns=book.arrived_ns if last is None else last.at_ns,
        last_krw=instrument.base_krw if last is None else last.price_krw,
        base_krw=instrument.base_krw,
        lower_krw=instrument.lower_krw,
        upper_krw=instrument.upper_krw,
        open_krw=None if last is None else last.open_krw,
        high_krw=None if last is None else last.high_krw,
        low_krw=None if last is None else last.low_krw,
        cum_volume=0 if last is None else last.cum_volume,
        cum_value_krw=0 if last is None else last.cum_value_krw,
        prints=0 if last is None else last.index + 1,
        book=book,
    )


def united(krx: Book, nxt: Book) -> Book:
    """Return both venues' books as one: the ten best levels of all, sizes at a price together.

    KRX's auction and its expected price stand for both. A level of NXT that KRX's other side
    already reaches would be gone before anybody saw it: it is left out.
    """
    best_ask = krx.asks[0][0] if krx.asks else None
    best_bid = krx.bids[0][0] if krx.bids else None
    asks = (level for level in nxt.asks if best_bid is None or level[0] > best_bid)
    bids = (level for level in nxt.bids if best_ask is None or level[0] < best_ask)
    return Book(
        symbol=krx.symbol,
        venue="UN",
        at_ns=max(krx.at_ns, nxt.at_ns),
        arrived_ns=krx.arrived_ns,
        asks=_levels((*krx.asks, *asks), lowest_first=True),
        bids=_levels((*krx.bids, *bids), lowest_first=False),
        expected_krw=krx.expected_krw,
        expected_volume=krx.expected_volume,
        in_auction=krx.in_auction,
    )


def _levels(levels: Iterable[BookLevel], *, lowest_first: bool) -> tuple[BookLevel, ...]:
    sizes: dict[int, int] = {}
    for price_krw, shares in levels:
        sizes[price_krw] = sizes.get(price_krw, 0) + shares
    return tuple(sorted(sizes.items(), reverse=not lowest_first)[:LEVELS])
