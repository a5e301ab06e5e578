"""Candles as PostgreSQL's binary COPY takes them, many at once, column by column. Pure.

Rows whose texts are equally long are equally wide, so they are one numpy array whose bytes are the
rows: no row is ever made in Python. Times become naive KST in `naive_us`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from kis_core.market.events import Bar, Market
from kis_core.market.instants import DAY_NS, KST_OFFSET_NS

COLUMNS = (
    "symbol",
    "environment",
    "venue",
    "ts",
    "open",
    "high",
    "low",
    "close",
    "volume",
    "value",
    "source",
    "received_at",
    "session",
)
SYMBOL_LENGTH = 6
_HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TAIL = b"\xff\xff"
_EPOCH_NS = 10_957 * DAY_NS  # 2000-01-01, from which PostgreSQL counts


class Received(Protocol):
    """A candle, where it came from, and when it reached us; `collector.store.Candle` fits."""

    @property
    def bar(self) -> Bar: ...
    @property
    def source(self) -> str: ...
    @property
    def received_ns(self) -> int: ...


def packed(
    candles: Sequence[Received],
    environment: str,
    session_of: Callable[[Market, int], str],
) -> bytes:
    """Return these candles as rows of COLUMNS for COPY ... (FORMAT binary), sorted by symbol and
    time. Of candles of one minute the last counts. `session_of` is asked once a venue and minute.

    Raises ValueError for a symbol that is not six characters, OverflowError for a price that the
    column cannot hold.
    """
    bars = [candle.bar for candle in candles]
    symbols = [bar.symbol for bar in bars]
    starts = [bar.start_ns for bar in bars]
    values = [bar.value_krw for bar in bars]
    odd = [symbol for symbol in set(symbols) if len(symbol) != SYMBOL_LENGTH]
    if odd:
        raise ValueError(f"symbol {odd[0]!r}: expected {SYMBOL_LENGTH} characters")
    columns = {
        "symbol": np.array(symbols, f"S{SYMBOL_LENGTH}"),
        "ts": naive_us(starts),
        "open": np.array([bar.open_krw for bar in bars], np.int32),
        "high": np.array([bar.high_krw for bar in bars], np.int32),
        "low": np.array([bar.low_krw for bar in bars], np.int32),
        "close": np.array([bar.close_krw for bar in bars], np.int32),
        "volume": np.array([bar.volume for bar in bars], np.int64),
        "value": np.array([value or 0 for value in values], np.int64),
        "received_at": naive_us([candle.received_ns for candle in candles]),
    }
    minutes = [(bar.venue, bar.start_ns) for bar in bars]
    sessions = {minute: session_of(*minute) for minute in set(minutes)}
    kinds = list(
        zip(
            [bar.venue for bar in bars],
            [candle.source for candle in candles],
            [sessions[minute] for minute in minutes],
            [value is None for value in values],
            strict=True,
        )
    )
    numbers = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    which = np.array([numbers[kind] for kind in kinds], np.int64)
    order = np.lexsort((columns["ts"], np.array(symbols, "S8").view(">u8")))
    places = range(len(symbols))
    last = dict(zip(zip(symbols, minutes, strict=True), places, strict=True))
    if len(last) < len(order):
        order = order[np.isin(order, np.array(list(last.values()), np.int64))]
    pieces = [_HEAD]
    for (venue, source, session, unknown), number in numbers.items():
        rows = order[which[order] == number]
        fixed = {
            "environment": environment, "venue": venue, "source": source, "session": session
        }  # fmt: skip
        pieces.append(_rows(columns, rows, fixed, {"value"} if unknown else set()))
    pieces.append(_TAIL)
    return b"".join(pieces)


def naive_us(instants: Sequence[int]) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return instants as the database keeps them: KST without a zone, µs since 2000."""
    return (np.array(instants, np.int64) + (KST_OFFSET_NS - _EPOCH_NS)) // 1_000


def _rows(columns: dict[str, Any], rows: Any, fixed: dict[str, str], null: set[str]) -> bytes:
    layout: list[tuple[str, str]] = [("columns", ">i2")]
    lengths: dict[str, int] = {}
    for name in COLUMNS:
        layout.append((f"{name}_length", ">i4"))
        if name in null:
            lengths[name] = -1
            continue
        if name in fixed:
            kind = f"S{len(fixed[name].encode())}"
        else:
            kind = columns[name].dtype.newbyteorder(">").str
        layout.append((name, kind))
        lengths[name] = np.dtype(kind).itemsize
    table = np.empty(len(rows), np.dtype(layout))
    table["columns"] = len(COLUMNS)
    for name, length in lengths.items():
        table[f"{name}_length"] = length
        if name not in null:
            table[name] = fixed[name].encode() if name in fixed else columns[name][rows]
    return table.tobytes()
