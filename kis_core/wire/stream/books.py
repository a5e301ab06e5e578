"""Stock order books as typed events: KRX, NXT, both as one, and the after-hours session. Pure.

A record says its own width: KRX's books grew from 59 to 62 and 63 columns, the unified ones from
65 to 66, the after-hours ones from 9 to 10 levels a side (54 to 58). What a book lacks is unknown.

`books` is hot: a header met before says how to cut what follows, and where all ten levels of both
sides are there, as nearly always, their forty numbers are read at once. All else, and whatever is
new or wrong, takes the careful path.
"""

from functools import cache
from typing import Annotated, NamedTuple

import msgspec

from kis_core.market.events import AfterHoursBook, Book, BookLevel, Market, MidPrice, Venue
from kis_core.wire.stream.cells import (
    CONTINUOUS,
    count,
    count_or_none,
    hour_ns,
    layout,
    level,
    one_of,
    remember,
    rows_of,
    symbol,
)
from kis_core.wire.stream.cells import hours as hours_met
from kis_core.wire.tr_table import BOOKS, STREAMS

MARKETS: dict[str, Market] = {BOOKS: "KRX", "H0NXASP0": "NXT", "H0UNASP0": "UN"}
AFTER_HOURS = "H0STOAA0"

_MIDS: tuple[tuple[Venue, str], ...] = (("KRX", "K"), ("NXT", "N"))


_LEVELS = 10
_FORTY = slice(3, 3 + 4 * _LEVELS)  # ask prices, bid prices, ask sizes, bid sizes
_Number = Annotated[int, msgspec.Meta(gt=0, le=10**12)]
_forty = msgspec.json.Decoder(list[_Number]).decode
_plans: dict[str, tuple[int, Market, str, tuple[int, ...]]] = {}
"""How to cut a frame of one record that begins with "0|H0STASP0|001|005930": how many fields
there are, whose book it is, the symbol, and where a mid-price is."""

for _tr_id in MARKETS:
    for _columns in STREAMS[_tr_id].layouts:
        assert _columns[:3] == ("MKSC_SHRN_ISCD", "BSOP_HOUR", "HOUR_CLS_CODE")
        assert [_columns[3 + 10 * part] for part in range(4)] == [
            *("ASKP1", "BIDP1", "ASKP_RSQN1", "BIDP_RSQN1")
        ]


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
    f = text.split("^")
    try:
        fields, market, code, mids = _plans[f[0]]
        if len(f) == fields and f[2] == "0" and text.count("|") == 3:
            for at in mids:
                if f[at] != "0" and f[at]:
                    return _with_care(text, arrived_ns, day_start_ns)
            n = _forty(f"[{','.join(f[_FORTY])}]")
            if len(n) != 4 * _LEVELS:  # a comma within a field
                return _with_care(text, arrived_ns, day_start_ns)
            # fmt: off
            return [Book(
                code, market, day_start_ns + hours_met[f[1]], arrived_ns,
                tuple(zip(n[0:10], n[20:30], strict=True)),
                tuple(zip(n[10:20], n[30:40], strict=True)),
                None, None, False,
            )]
            # fmt: on
    except (KeyError, ValueError, IndexError):  # a text not met before, an empty level, no frame
        pass
    return _with_care(text, arrived_ns, day_start_ns)


def _with_care(text: str, arrived_ns: int, day_start_ns: int) -> list[Book]:
    """Read any frame, saying what is wrong with it, and remember the header it brought."""
    tr_id = one_of(text, MARKETS)
    market = MARKETS[tr_id]
    rows = rows_of(text, tr_id)
    read = [_book(row, tr_id, market, arrived_ns, day_start_ns) for row in rows]
    if len(read) == 1:
        mids = tuple(price_at for _, price_at, _, _ in _places(layout(tr_id, rows[0])).mids)
        head = text[: text.index("^")]
        remember(_plans, head, (len(rows[0]), market, read[0].symbol, mids))
    return read


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
