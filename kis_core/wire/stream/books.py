"""Stock order books as typed events: KRX, NXT, both as one, and the after-hours session. Pure.

A record says its own width: KRX's books grew from 59 to 62 and 63 columns, the unified ones from
65 to 66, the after-hours ones from 9 to 10 levels a side (54 to 58). What a book lacks is unknown.
"""

from functools import cache
from typing import NamedTuple

from kis_core.market.events import AfterHoursBook, Book, BookLevel, Market, MidPrice, Venue
from kis_core.wire.stream.cells import (
    CONTINUOUS,
    count,
    count_or_none,
    hour_ns,
    layout,
    level,
    one_of,
    rows_of,
    symbol,
)
from kis_core.wire.tr_table import BOOKS

MARKETS: dict[str, Market] = {BOOKS: "KRX", "H0NXASP0": "NXT", "H0UNASP0": "UN"}
AFTER_HOURS = "H0STOAA0"

_MIDS: tuple[tuple[Venue, str], ...] = (("KRX", "K"), ("NXT", "N"))


class _Places(NamedTuple):
    """Where a book's parts are."""

    asks: int
    bids: int
    ask_sizes: int
    bid_sizes: int
    levels: int
    expected: int
    expected_size: int
    mids: tuple[tuple[Venue, int, int, int], ...]  # venue, and where price, size and side are


@cache
def _places(columns: tuple[str, ...]) -> _Places:
    at = columns.index
    assert columns[:3] == ("MKSC_SHRN_ISCD", "BSOP_HOUR", "HOUR_CLS_CODE")
    return _Places(
        at("ASKP1"),
        at("BIDP1"),
        at("ASKP_RSQN1"),
        at("BIDP_RSQN1"),
        at("BIDP1") - at("ASKP1"),
        at("ANTC_CNPR"),
        at("ANTC_CNQN"),
        tuple(
            (venue, at(f"{x}MID_PRC"), at(f"{x}MID_TOTAL_RSQN"), at(f"{x}MID_CLS_CODE"))
            for venue, x in _MIDS
            if f"{x}MID_PRC" in columns
        ),
    )


def books(text: str, arrived_ns: int, day_start_ns: int) -> list[Book]:
    """Read a whole H0STASP0, H0NXASP0 or H0UNASP0 frame. `day_start_ns` is KST midnight."""
    tr_id = one_of(text, MARKETS)
    market = MARKETS[tr_id]
    return [_book(row, tr_id, market, arrived_ns, day_start_ns) for row in rows_of(text, tr_id)]


def _book(
    row: tuple[str, ...], tr_id: str, market: Market, arrived_ns: int, day_start_ns: int
) -> Book:
    at = _places(layout(tr_id, row))
    in_auction = row[2] not in CONTINUOUS
    expected_krw = level(row[at.expected], row) if in_auction else None
    return Book(
        symbol(row[0], row),
        market,
        day_start_ns + hour_ns(row[1], row),
        arrived_ns,
        _side(row, at.asks, at.ask_sizes, at.levels),
        _side(row, at.bids, at.bid_sizes, at.levels),
        expected_krw,
        None if expected_krw is None else count(row[at.expected_size], row),
        in_auction,
        tuple(
            MidPrice(venue, price_krw, count_or_none(row[size_at], row), row[side_at])
            for venue, price_at, size_at, side_at in at.mids
            if (price_krw := level(row[price_at], row)) is not None
        ),
    )


def after_hours_books(text: str, arrived_ns: int, day_start_ns: int) -> list[AfterHoursBook]:
    """Read a whole H0STOAA0 frame: books of the after-hours single-price session."""
    return [_after_hours(row, arrived_ns, day_start_ns) for row in rows_of(text, AFTER_HOURS)]


def _after_hours(row: tuple[str, ...], arrived_ns: int, day_start_ns: int) -> AfterHoursBook:
    at = _places(layout(AFTER_HOURS, row))
    expected_krw = level(row[at.expected], row)
    return AfterHoursBook(
        symbol(row[0], row),
        day_start_ns + hour_ns(row[1], row),
        arrived_ns,
        _side(row, at.asks, at.ask_sizes, at.levels),
        _side(row, at.bids, at.bid_sizes, at.levels),
        expected_krw,
        None if expected_krw is None else count(row[at.expected_size], row),
    )


def _side(row: tuple[str, ...], price_at: int, size_at: int, levels: int) -> tuple[BookLevel, ...]:
    prices = row[price_at : price_at + levels]
    sizes = row[size_at : size_at + levels]
    return tuple(
        (price_krw, shares)
        for price, size in zip(prices, sizes, strict=True)
        if (price_krw := level(price, row)) is not None and (shares := count(size, row)) > 0
    )
