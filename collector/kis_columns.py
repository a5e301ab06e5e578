"""KIS's real-time texts as columns: many texts in, one Arrow batch out. Pure.

What the frames say is read by `kis_core.wire.stream`, as it was when they arrived. Stock trades
and books become typed columns; what else the market said keeps its text. Order notices are the
account's, and answers to registrations carry their key: neither has rows.
"""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from collector.day_cells import batch, naive, texts
from collector.day_schema import (
    ASK_SIZES,
    ASKS,
    BID_SIZES,
    BIDS,
    BOOK,
    LEVELS,
    OTHER,
    SCHEMA,
    TRADE,
    Read,
)
from kis_core.errors import FrameError
from kis_core.market.events import Book, BookLevel, Trade
from kis_core.wire.account import DerivativeNotice, OrderNotice
from kis_core.wire.stream.rows import Event, events_of
from kis_core.wire.tape import Heard

_NAMES = (
    "event_ns",
    "kind",
    "symbol",
    "venue",
    "price_krw",
    "volume",
    "aggressor",
    "cum_volume",
    "cum_value_krw",
    "in_auction",
    "halted",
    "expected_krw",
    "expected_volume",
)
_SIDES = (*ASKS, *ASK_SIZES, *BIDS, *BID_SIZES)
_NO_LEVELS = (None,) * (len(_SIDES))
_TYPES = {field.name: field.type for field in SCHEMA}
_Cells = tuple[Any, ...]


def read(chunk: Sequence[Heard], day_ns: int) -> Read:
    """Read texts of one day, whose KST midnight is `day_ns`."""
    found = Read(batch(0, {}))
    rows: list[_Cells] = []
    whose: list[Heard] = []
    for heard in chunk:
        text = heard.text
        if text.startswith("{"):
            found.left_out["control"] += 1
            continue
        if text.startswith("1|"):
            found.left_out["account"] += 1
            continue
        try:
            events = events_of(text, heard.arrived_ns, day_ns)
        except FrameError as error:
            found.unread.append((heard, str(error)))
            continue
        for event in events:
            if isinstance(event, OrderNotice | DerivativeNotice):
                found.left_out["account"] += 1
            else:
                rows.append(_row(event))
                whose.append(heard)
    found.rows = _batch(rows, whose)
    return found


def _row(event: Event) -> _Cells:
    match event:
        case Trade():
            return (
                event.at_ns, TRADE, event.symbol, event.venue, event.price_krw, event.volume,
                event.aggressor, event.cum_volume, event.cum_value_krw, event.in_auction,
                event.halted, None, None,
                event.ask_krw, *_NO_LEVELS[1:20], event.bid_krw, *_NO_LEVELS[21:],
            )  # fmt: skip
        case Book():
            asks, ask_sizes = _side(event.asks)
            bids, bid_sizes = _side(event.bids)
            return (
                event.at_ns, BOOK, event.symbol, event.venue, None, None,
                None, None, None, event.in_auction,
                None, event.expected_krw, event.expected_volume,
                *asks, *ask_sizes, *bids, *bid_sizes,
            )  # fmt: skip
        case _:
            symbol = getattr(event, "symbol", None)
            venue = getattr(event, "venue", None)
            at_ns = getattr(event, "at_ns", None)
            cells = (at_ns, OTHER, symbol, venue, *(None,) * (len(_NAMES) - 4))
            return (*cells, *_NO_LEVELS)


def _side(levels: Sequence[BookLevel]) -> tuple[_Cells, _Cells]:
    empty = (None,) * (LEVELS - len(levels))
    return (
        (*(price for price, _ in levels), *empty),
        (*(shares for _, shares in levels), *empty),
    )


def _batch(rows: Sequence[_Cells], whose: Sequence[Heard]) -> pa.RecordBatch:
    names = (*_NAMES, *_SIDES)
    said = zip(*rows, strict=True) if rows else (() for _ in names)
    columns: dict[str, Any] = {}
    for name, cells in zip(names, said, strict=True):
        columns[name] = pa.array(cells, _TYPES[name])
    arrived = pa.array([heard.arrived_ns for heard in whose], pa.int64())
    trs = [heard.text[2:10] for heard in whose]
    other = [
        heard.text if row[1] is OTHER else None for heard, row in zip(whose, rows, strict=True)
    ]
    columns |= {
        "arrived_ns": arrived,
        "timestamp": naive(arrived),
        "type": pa.array(trs, pa.string()),
        "real_type": pa.array(trs, pa.string()),
        "raw_code": columns["symbol"],
        "text": texts(other),
    }
    return batch(len(rows), columns)
