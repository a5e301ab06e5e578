"""Fields of KIS's JSON bodies: texts, padded or blank, as numbers, dates and times.

A number that is needed and not there is an error, never 0. Raises nothing but ReplyError.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Never

from kis_core.errors import ReplyError
from kis_core.wire.envelope import NO_ROWS

Body = Mapping[str, Any]

# What KIS counts in where it does not count in shares and KRW (kis_api.md §6–§9).
THOUSAND, MILLION, HUNDRED_MILLION = 1_000, 1_000_000, 100_000_000

_SECOND_NS = 1_000_000_000
_KST_OFFSET_NS = 9 * 3600 * _SECOND_NS
_NUMBER = re.compile(r"[+-]?(0*\d{1,18}(\.\d*)?|\.\d+)", re.ASCII)


def object_of(body: Body, name: str) -> Body:
    """Return the object of that name."""
    output = body.get(name)
    if isinstance(output, list) and len(output) == 1:
        output = output[0]  # some calls wrap their one object
    if not isinstance(output, dict):
        raise ReplyError(f"no object {name!r}", str(body))
    return output


def rows_of(body: Body, name: str) -> list[Body]:
    """Return the rows of that name, less those KIS left blank."""
    rows = body.get(name)
    if isinstance(rows, dict):
        rows = [rows]
    if rows is None and said(body, "msg_cd") == NO_ROWS:
        rows = []  # "no rows" may leave the key out
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ReplyError(f"no rows {name!r}", str(body))
    return [row for row in rows if any(str(field or "").strip() for field in row.values())]


def said(row: Body, name: str) -> str:
    """Return a field as text without its padding; "" where it is absent or null."""
    value = row.get(name)
    return "" if value is None else str(value).strip()


def flag(row: Body, name: str) -> bool:
    """Whether a field says yes."""
    return said(row, name) in ("Y", "1")


def whole(row: Body, name: str) -> int:
    """Return a whole number that must be there."""
    number = whole_or_none(row, name)
    return missing(name, row) if number is None else number


def whole_or_none(row: Body, name: str) -> int | None:
    """Return a whole number, None where the field is blank."""
    text = said(row, name)
    if not text:
        return None
    number = decimal(row, name)
    if number != int(number):
        raise ReplyError(f"{name} {text[:40]!r}, expected a whole number", str(row))
    return int(number)


def scaled_or_none(row: Body, name: str, unit: int) -> int | None:
    """Return a whole number that KIS counts in units of so many, None where it is blank."""
    number = whole_or_none(row, name)
    return None if number is None else number * unit


def number_or_none(row: Body, name: str) -> Decimal | None:
    """Return a number that may have decimals, None where the field is blank."""
    return decimal(row, name) if said(row, name) else None


def change(row: Body, name: str, sign: str = "prdy_vrss_sign") -> Decimal:
    """Return a change whose direction its sign field tells: the number may come unsigned."""
    number = decimal(row, name)
    if said(row, sign) in ("4", "5"):
        return -abs(number)
    return abs(number) if said(row, sign) in ("1", "2") else number


def change_krw(row: Body, name: str = "prdy_vrss", sign: str = "prdy_vrss_sign") -> int:
    """Return a change of a price in KRW, likewise."""
    number = change(row, name, sign)
    if number != int(number):
        raise ReplyError(f"{name} {said(row, name)[:40]!r}, expected a whole number", str(row))
    return int(number)


def price(row: Body, name: str) -> int | None:
    """Return a price, None where there is none: KIS says 0 or blank."""
    price_krw = whole_or_none(row, name)
    if price_krw is not None and price_krw < 0:
        raise ReplyError(f"{name} {price_krw}, expected a price", str(row))
    return price_krw or None


def decimal(row: Body, name: str) -> Decimal:
    """Return a number that must be there."""
    number = number_of(said(row, name))
    if number is None:
        raise ReplyError(f"{name} {said(row, name)[:40]!r}, expected a number", str(row))
    return number


def number_of(text: str) -> Decimal | None:
    """Return a text without padding as a number, zero-led or signed; None where it is none."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def order_number(row: Body, name: str) -> str | None:
    """Return ODNO as 10 digits, None where there is none. KIS pads it in some places only."""
    text = said(row, name)
    if not text.strip("0"):
        return None
    if len(text) > 10 or not (text.isascii() and text.isdecimal()):
        raise ReplyError(f"{name} {text[:40]!r}, expected an order number", str(row))
    return text.zfill(10)


def iso_date(row: Body, name: str) -> str:
    """Return a YYYYMMDD date as YYYY-MM-DD."""
    text = said(row, name)
    day_ns(row, name)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def day_ns(row: Body, name: str) -> int:
    """Return KST midnight of a YYYYMMDD date."""
    text = said(row, name)
    try:
        if len(text) != 8 or not (text.isascii() and text.isdecimal()):
            raise ValueError
        midnight = datetime(int(text[:4]), int(text[4:6]), int(text[6:]), tzinfo=UTC)
    except ValueError:
        raise ReplyError(f"{name} {text[:40]!r}, expected YYYYMMDD", str(row)) from None
    return int(midnight.timestamp()) * _SECOND_NS - _KST_OFFSET_NS


def time_of_day(row: Body, name: str) -> str:
    """Return an HHMMSS time as HH:MM:SS."""
    hour_ns(row, name)
    text = said(row, name)
    return f"{text[:2]}:{text[2:4]}:{text[4:]}"


def date_or_none(row: Body, name: str) -> str | None:
    """Return a YYYYMMDD date as YYYY-MM-DD, None where it is blank or zeros."""
    return iso_date(row, name) if said(row, name).strip("0") else None


def hour_ns(row: Body, name: str) -> int:
    """Return an HHMMSS time in nanoseconds since midnight."""
    text = said(row, name)
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):
        raise ReplyError(f"{name} {text[:40]!r}, expected HHMMSS", str(row))
    hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:])
    if hour > 23 or minute > 59 or second > 59:
        raise ReplyError(f"{name} {text!r}, expected HHMMSS", str(row))
    return ((hour * 60 + minute) * 60 + second) * _SECOND_NS


def missing(name: str, row: Body) -> Never:
    """Raise the error of a field that is needed and not there."""
    raise ReplyError(
        f"{name} {said(row, name)[:40]!r} is missing or not what is expected", str(row)
    )
