"""Columns of KIS's master files: how wide each is, and what its bytes may say.

A column is written beside the field it fills (`Annotated[int | None, whole(9)]`), so a row's class
is its layout, in the file's order. Cut by bytes in cp949, where a Korean letter is two of them.
Raises nothing but ValueError. Source: kis_api.md §16.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

_CODE = re.compile(rb"[0-9A-Z]+")
_ISIN = re.compile(rb"[A-Z]{2}[0-9A-Z]{10}")
_NUMBER = re.compile(rb"-?[0-9]+(\.[0-9]+)?")
_SPACE = 0x20  # what lies below is for machines, not for names
_FLAGS = {b"Y": True, b"N": False, b"": None}


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `width` is in bytes; None takes what the other columns of the line leave."""

    width: int | None
    read: Callable[[bytes], Any]
    expected: str


def code(width: int) -> Column:
    """Return a column of a code that must be there: capitals and digits, blanks behind."""
    return Column(width, _code, "a code of digits and capitals")


def isin() -> Column:
    """Return the column of a standard code, twelve characters."""
    return Column(12, _isin, "an ISIN")


def text(width: int | None) -> Column:
    """Return a column of text, padding taken off; "" where it is blank."""
    return Column(width, _text, "text in cp949")


def flag() -> Column:
    """Return a column that says Y or N; None where it is blank."""
    return Column(1, _flag, "Y, N or blank")


def whole(width: int) -> Column:
    """Return a column of a whole number, zeros in front; None where it is blank."""
    return Column(width, _whole, "a whole number or blank")


def number(width: int) -> Column:
    """Return a column of a decimal number; None where it is blank."""
    return Column(width, _number, "a number or blank")


def day() -> Column:
    """Return a column of a YYYYMMDD date; None where it is blank or all zeros."""
    return Column(8, _day, "YYYYMMDD or blank")


def _code(piece: bytes) -> str:
    return _matched(_CODE, piece.rstrip(b" "))


def _isin(piece: bytes) -> str:
    return _matched(_ISIN, piece)


def _text(piece: bytes) -> str:
    said = piece.decode("cp949")
    if any(ord(letter) < _SPACE for letter in said):
        raise ValueError("a control character")
    return said.strip(" ")


def _flag(piece: bytes) -> bool | None:
    said = piece.strip(b" ")
    if said not in _FLAGS:
        raise ValueError("neither Y nor N")
    return _FLAGS[said]


def _whole(piece: bytes) -> int | None:
    said = piece.strip(b" ")
    if not said:
        return None
    if not said.removeprefix(b"-").isdigit():
        raise ValueError("not whole")
    return int(said)


def _number(piece: bytes) -> Decimal | None:
    said = piece.strip(b" ")
    return Decimal(_matched(_NUMBER, said)) if said else None


def _day(piece: bytes) -> date | None:
    said = piece.strip(b" ")
    if not said.strip(b"0"):
        return None
    if len(said) != 8 or not said.isdigit():
        raise ValueError("not eight digits")
    return date(int(said[:4]), int(said[4:6]), int(said[6:]))


def _matched(pattern: re.Pattern[bytes], piece: bytes) -> str:
    if not pattern.fullmatch(piece):
        raise ValueError("not of its form")
    return piece.decode("ascii")
