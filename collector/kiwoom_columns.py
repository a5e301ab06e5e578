"""Kiwoom's real-time texts as columns: many texts in, one Arrow batch out. Pure.

A text is `{"trnm":"REAL","data":[{"type","name","item","values":{FID: text}}]}`. All texts of a
chunk are read in one go; only if that fails are they read one by one, to find the bad ones. Prices
carry a sign that tells the direction against the previous close: -60300 is a price of 60,300.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from collector.day_cells import NUMBER, batch, naive, not_zero, numbers, of_day, signs, texts
from collector.day_schema import (
    ASK_SIZES,
    ASKS,
    BID_SIZES,
    BIDS,
    BOOK,
    FIDS,
    OTHER,
    QUOTE,
    TRADE,
    Read,
)
from kis_core.wire.tape import Heard

REAL = "REAL"
_KINDS = {"0B": TRADE, "0C": QUOTE, "0D": BOOK}
_PRIVATE = ("00", "04")  # orders and balances: the account's, not the market's
_VENUES = {"_NX": "NXT", "_AL": "UN"}
_MILLION = 1_000_000

_LEVELS = {
    **{str(41 + n): name for n, name in enumerate(ASKS)},
    **{str(51 + n): name for n, name in enumerate(BIDS)},
    **{str(61 + n): name for n, name in enumerate(ASK_SIZES)},
    **{str(71 + n): name for n, name in enumerate(BID_SIZES)},
}
_TEXT_FIDS = ("11", "12", "290", "9081")
_READ = (*FIDS[:6], "14", "15", "20", "21", "23", "24", "290", "9081", *_LEVELS)

_Values = msgspec.defstruct(
    "_Values",
    [(f"f{fid}", str | None, None) for fid in _READ],
    rename={f"f{fid}": fid for fid in _READ},
    frozen=True,
    gc=False,
)


class _Element(msgspec.Struct, gc=False):
    type: str
    item: str = ""
    name: str = ""
    values: _Values = _Values()  # type: ignore[valid-type]


class _Frame(msgspec.Struct, gc=False):
    trnm: str
    data: list[_Element] = []


class _Header(msgspec.Struct):
    trnm: str


_all = msgspec.json.Decoder(list[_Frame]).decode
_one = msgspec.json.Decoder(_Frame).decode
_header = msgspec.json.Decoder(_Header).decode


def read(chunk: Sequence[Heard], day_ns: int) -> Read:
    """Read texts of one day, whose KST midnight is `day_ns`."""
    found = Read(batch(0, {}))
    whose: list[Heard] = []
    elements: list[_Element] = []
    for heard, frame in zip(chunk, _frames(chunk, found), strict=True):
        if frame is None:
            continue
        if frame.trnm != REAL:
            found.left_out["control"] += 1
            continue
        for element in frame.data:
            if element.type in _PRIVATE:
                found.left_out["account"] += 1
            else:
                whose.append(heard)
                elements.append(element)
    said = _said(elements)
    try:
        found.rows = _batch(whose, elements, said, day_ns)
    except pa.ArrowInvalid:  # a number that is none: find which, and go on without them
        wrong = _wrong(said)
        found.unread.extend((whose[n], why) for n, why in sorted(wrong.items()))
        whose = [heard for n, heard in enumerate(whose) if n not in wrong]
        elements = [element for n, element in enumerate(elements) if n not in wrong]
        found.rows = _batch(whose, elements, _said(elements), day_ns)
    return found


def _frames(chunk: Sequence[Heard], found: Read) -> Sequence[_Frame | None]:
    try:
        return _all("[" + ",".join([heard.text for heard in chunk]) + "]")
    except (msgspec.DecodeError, UnicodeEncodeError):
        return [_careful(heard, found) for heard in chunk]


def _careful(heard: Heard, found: Read) -> _Frame | None:
    try:
        return _one(heard.text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        why = str(error)
    try:
        if _header(heard.text).trnm != REAL:
            found.left_out["control"] += 1  # an answer, whose data are not those of the market
            return None
    except (msgspec.DecodeError, UnicodeEncodeError):
        pass
    found.unread.append((heard, why))
    return None


def _said(elements: Sequence[_Element]) -> dict[str, pa.Array]:
    """Return what was said, by FID."""
    astuple = msgspec.structs.astuple
    said = [astuple(element.values) for element in elements]
    columns = zip(*said, strict=True) if said else (() for _ in _READ)
    return {fid: texts(column) for fid, column in zip(_READ, columns, strict=True)}


def _wrong(columns: dict[str, pa.Array]) -> dict[int, str]:
    """Return the rows with a number that is none, and which."""
    found: dict[int, str] = {}
    for fid, said in columns.items():
        if fid in _TEXT_FIDS or said.null_count == len(said):
            continue
        fine = pc.fill_null(pc.match_substring_regex(said, NUMBER), True)
        for n in pc.indices_nonzero(pc.invert(fine)).to_pylist():
            found.setdefault(n, f"FID {fid} is {said[n].as_py()!r}, expected a number")
    return found


def _batch(
    whose: Sequence[Heard], elements: Sequence[_Element], said: dict[str, pa.Array], day_ns: int
) -> pa.RecordBatch:
    arrived = pa.array([heard.arrived_ns for heard in whose], pa.int64())
    types = [element.type for element in elements]
    kinds = [_KINDS.get(kind, OTHER) for kind in types]
    items = [element.item for element in elements]
    codes = {item: _code(item) for item in set(items)}
    other = [
        heard.text if kind is OTHER else None for heard, kind in zip(whose, kinds, strict=True)
    ]
    columns: dict[str, Any] = {
        "arrived_ns": arrived,
        "event_ns": of_day(pc.coalesce(numbers(said["20"]), numbers(said["21"])), day_ns),
        "kind": pa.array(kinds, pa.string()),
        "type": pa.array(types, pa.string()),
        "symbol": pa.array([codes[item][0] for item in items], pa.string()),
        "venue": pa.array([codes[item][1] for item in items], pa.string()),
        "price_krw": not_zero(numbers(said["10"])),
        "price_sign": signs(said["10"]),
        "volume": numbers(said["15"]),
        "aggressor": signs(said["15"]),
        "cum_volume": numbers(said["13"]),
        "cum_value_krw": pc.multiply(numbers(said["14"]), _MILLION),
        "ask_sign": signs(pc.coalesce(said["41"], said["27"])),
        "bid_sign": signs(pc.coalesce(said["51"], said["28"])),
        "expected_krw": not_zero(numbers(said["23"])),
        "expected_volume": numbers(said["24"]),
        "session_code": said["290"],
        "exchange": said["9081"],
        "timestamp": naive(arrived),
        "real_type": pa.array([element.name for element in elements], pa.string()),
        "raw_code": pa.array(items, pa.string()),
        "text": texts(other),
    }
    for fid, name in _LEVELS.items():
        magnitudes = numbers(said[fid])
        columns[name] = magnitudes if "shares" in name else not_zero(magnitudes)
    columns[ASKS[0]] = pc.coalesce(columns[ASKS[0]], not_zero(numbers(said["27"])))
    columns[BIDS[0]] = pc.coalesce(columns[BIDS[0]], not_zero(numbers(said["28"])))
    columns |= {f"fid_{fid}": said[fid] for fid in FIDS}
    return batch(len(elements), columns)


def _code(item: str) -> tuple[str, str]:
    """Return the symbol and the venue of an item."""
    venue = _VENUES.get(item[-3:])
    return (item[:-3], venue) if venue else (item, "KRX")
