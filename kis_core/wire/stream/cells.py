"""Single fields of a real-time record: texts as symbols, times, prices and sizes. Pure.

Texts that come again and again (a symbol, a second of the day, a level) become values once and
are remembered in bounded tables; a text that is new is checked first. Unknown is None: KIS says
blank, `(null)`, and for a price 0. Raises nothing but FrameError, which names the field.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Annotated, Literal, Never

import msgspec

from kis_core.errors import FrameError
from kis_core.wire.stream.frames import record_count, records
from kis_core.wire.tr_table import STREAMS

SECOND_NS = 1_000_000_000
_NOON_NS = 12 * 3600 * SECOND_NS
_DAY_NS = 24 * 3600 * SECOND_NS
_MEMO_MAX = 1 << 16  # a day's prices of some hundred symbols; when full, forgotten, learned again
_BLANK = ("", "0", "(null)")
_UNTOLD = ("", "(null)")

Session = Literal["day", "night"]
Fields = tuple[str, ...]

# What is remembered. Readers in a hurry look here themselves, and take the careful way on a miss.
symbols: dict[str, str] = {}  # "005930" → "005930"
hours: dict[str, int] = {}  # "093354" → ns since midnight
levels: dict[str, int | None] = dict.fromkeys(_BLANK)  # "71900" → 71900, blank → None
_decimals: dict[str, Decimal | None] = dict.fromkeys(_UNTOLD)

aggressors: dict[str, Literal[1, -1, 0]] = {"1": 1, "5": -1}  # 3: pre-open; others: unknown
halts = {"Y": True, "N": False, "": False, "(null)": False}  # blank: a print is no halt
CONTINUOUS = ("0", "", "(null)")  # HOUR_CLS_CODE; a code KIS adds one day is none of these

_Size = Annotated[int, msgspec.Meta(ge=0, le=10**18)]
_size = msgspec.json.Decoder(_Size).decode


def symbol(text: str, row: Fields) -> str:
    """Return the code of a stock, a future or an option."""
    if text not in symbols:
        if not (5 <= len(text) <= 9 and text.isascii() and text.isalnum()):
            wrong("symbol", text, row)
        remember(symbols, text, text)
    return symbols[text]


def hour_ns(text: str, row: Fields) -> int:
    """Return the nanoseconds since midnight of an HHMMSS time."""
    if text not in hours:
        if len(text) != 6 or not is_digits(text):
            wrong("time, expected HHMMSS", text, row)
        hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:])
        if hour > 23 or minute > 59 or second > 59:
            wrong("time, expected HHMMSS", text, row)
        remember(hours, text, ((hour * 60 + minute) * 60 + second) * SECOND_NS)
    return hours[text]


def level(text: str, row: Fields) -> int | None:
    """Return a price in KRW, None where there is none: KIS says 0 or blank."""
    if text not in levels:
        if len(text) > 12 or not is_digits(text):
            wrong("price", text, row)
        remember(levels, text, int(text) or None)
    return levels[text]


def count(text: str, row: Fields) -> int:
    """Return a size or a sum that must be there."""
    try:
        return _size(text)
    except ValueError:  # it may still be padded with zeros
        if len(text) > 18 or not is_digits(text):
            wrong("size", text, row)
        return int(text)


def count_or_none(text: str, row: Fields) -> int | None:
    """Return a size or a sum, None where there is none. 0 is a number."""
    return None if text in _UNTOLD else count(text, row)


def number(text: str, row: Fields) -> Decimal | None:
    """Return a number with its sign and decimals, None where the field is blank."""
    if text not in _decimals:
        unsigned = text[1:] if text[:1] in ("-", "+") else text
        if len(text) > 24 or not is_digits(unsigned.replace(".", "", 1)):
            wrong("number", text, row)
        remember(_decimals, text, Decimal(text))
    return _decimals[text]


def is_digits(text: str) -> bool:
    """Whether a text is one or more of the ten ASCII digits."""
    return text.isascii() and text.isdecimal()


def wrong(what: str, text: str, row: Fields) -> Never:
    """Raise the error of a field that cannot be read."""
    raise FrameError(f"{what} {text[:40]!r}", "^".join(row))


def remember[V](memo: dict[str, V], text: str, value: V) -> None:
    """Keep a value under its text, in a table that does not grow for ever."""
    if len(memo) >= _MEMO_MAX:
        memo.clear()
        if memo is levels:
            levels.update(dict.fromkeys(_BLANK))
        if memo is _decimals:
            _decimals.update(dict.fromkeys(_UNTOLD))
    memo[text] = value


class Record:
    """One record of a TR, read by its columns' names.

    A column that belongs to a wider layout than the record has reads as blank, hence unknown; a
    name that no layout has is a KeyError, for it is our mistake.
    """

    __slots__ = ("_places", "fields")

    def __init__(self, places: Mapping[str, int], fields: Fields) -> None:
        self._places = places
        self.fields = fields

    def text(self, column: str) -> str | None:
        """Return a text or a code as it is said, None where there is none."""
        said = self._said(column)
        return None if said in _UNTOLD else said

    def symbol(self, column: str) -> str:
        """Return the code of a stock, a future or an option."""
        return symbol(self._said(column), self.fields)

    def at_ns(self, column: str, day_start_ns: int, session: Session = "day") -> int:
        """Return the instant of an HHMMSS time. A night's hours after midnight are the next day's.

        `day_start_ns` is KST midnight of the day the session began on.
        """
        since_ns = hour_ns(self._said(column), self.fields)
        if session == "night" and since_ns < _NOON_NS:
            since_ns += _DAY_NS
        return day_start_ns + since_ns

    def krw(self, column: str) -> int | None:
        """Return a price in KRW, None where there is none."""
        return level(self._said(column), self.fields)

    def price(self, column: str) -> Decimal | None:
        """Return a price in points or KRW, with decimals; None where there is none."""
        found = self.number(column)
        if found is not None and found < 0:
            wrong(f"{column}, expected a price,", self._said(column), self.fields)
        return found or None

    def number(self, column: str) -> Decimal | None:
        """Return a number with its sign, None where there is none. 0 is a number."""
        return number(self._said(column), self.fields)

    def whole(self, column: str) -> int | None:
        """Return a whole number with its sign, None where there is none. 0 is a number."""
        found = self.number(column)
        if found is None:
            return None
        if found != int(found):
            wrong(f"{column}, expected a whole number,", self._said(column), self.fields)
        return int(found)

    def count(self, column: str) -> int:
        """Return a size or a sum that must be there."""
        return count(self._said(column), self.fields)

    def count_or_none(self, column: str) -> int | None:
        """Return a size or a sum, None where there is none."""
        return count_or_none(self._said(column), self.fields)

    def change(self, column: str, sign_column: str) -> Decimal | None:
        """Return a change with the direction that its sign column says (1, 2 up; 4, 5 down).

        Some changes come without their minus (kis_api.md §0.1).
        """
        found = self.number(column)
        if found is None:
            return None
        match self._said(sign_column):
            case "1" | "2":
                return abs(found)
            case "4" | "5":
                return -abs(found)
            case _:
                return found

    def yes_or_no(self, column: str) -> bool | None:
        """Return what a Y or an N says, None where it is blank."""
        said = self._said(column)
        if said in _UNTOLD:
            return None
        return said == "Y" if said in ("Y", "N") else wrong(column, said, self.fields)

    def needed[V](self, value: V | None, column: str) -> V:
        """Return a value that must be there."""
        return wrong(column, self._said(column), self.fields) if value is None else value

    def _said(self, column: str) -> str:
        place = self._places[column]
        return self.fields[place].strip() if place >= 0 else ""


def one_of(text: str, tr_ids: Collection[str]) -> str:
    """Return which of these TRs a plain frame is of."""
    if text[2:10] not in tr_ids:
        raise FrameError(f"not a plain frame of {', '.join(tr_ids)}", text)
    return text[2:10]


def records_of(text: str, tr_id: str) -> list[Record]:
    """Cut a plain frame of a TR into its records."""
    return [Record(_places_of(tr_id, layout(tr_id, row)), row) for row in rows_of(text, tr_id)]


def layout(tr_id: str, row: Fields) -> Fields:
    """Return the columns of a record, by its width.

    Where two layouts disagree, a width between them says nothing: it is no frame KIS sends.
    """
    columns, wider = _layouts(tr_id, len(row))
    if wider:
        what = f"{len(row)} fields, expected {len(columns)} or {wider}"
        raise FrameError(what, "^".join(row))
    return columns


@lru_cache(maxsize=512)
def _layouts(tr_id: str, width: int) -> tuple[Fields, int]:
    """Return the columns of a width, and the next layout's if this one is between the two."""
    columns = STREAMS[tr_id].columns(width)
    wider = next((one for one in STREAMS[tr_id].layouts if len(one) > width), columns)
    between = len(columns) < width and wider[: len(columns)] != columns
    return columns, len(wider) if between else 0


def rows_of(text: str, tr_id: str) -> tuple[Fields, ...]:
    """Cut a plain frame of a TR into rows of texts."""
    match text.split("|", 3):
        case ["0", said, number, payload] if said == tr_id:
            return records(payload, record_count(number, text), STREAMS[tr_id].width_min)
        case _:
            raise FrameError(f"not a plain {tr_id} frame", text)


@cache
def _places_of(tr_id: str, columns: Fields) -> Mapping[str, int]:
    known = dict.fromkeys((column for wide in STREAMS[tr_id].layouts for column in wide), -1)
    return known | {column: place for place, column in enumerate(columns)}


def places(tr_id: str, width: int) -> Mapping[str, int]:
    """Return where each column of a TR is in a record so wide; -1 for those it does not have."""
    return _places_of(tr_id, STREAMS[tr_id].columns(width))
