"""The reply of any call, by what KIS's catalog says of it. Pure; raises nothing but ReplyError.

Every documented field is in the result, None where KIS left it blank or out: some fields come only
when they apply. A field the catalog does not know is kept as text, for KIS appends fields. What
KIS counts in (thousands of shares, millions of won) stays as it is: kis_api.md says it per call.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from kis_core.errors import ReplyError
from kis_core.wire.envelope import NO_ROWS
from kis_core.wire.fields import Body, number_of, said
from kis_core.wire.tr_table import Call, Output
from kis_core.wire.vocabulary import Kind, kind_of

Value = str | int | Decimal | date | timedelta | Mapping[str, Any] | None
"""A time is the time since midnight of its row's date: a night session runs to 30:00."""

Row = Mapping[str, Value]

_CURSOR = "ctx_area_"
_ENVELOPE = frozenset({"rt_cd", "msg_cd", "msg1"})


@dataclass(frozen=True, slots=True)
class CatalogReply:
    """A reply's objects and rows by the names of its outputs: output, output1 …

    "" is the object of what stands beside the envelope (the token office answers so).
    """

    objects: Mapping[str, Row]
    arrays: Mapping[str, tuple[Row, ...]]

    @property
    def row(self) -> Row:
        """Return the first object: all there is to most answers that hold no rows."""
        return next(iter(self.objects.values()))

    @property
    def rows(self) -> tuple[Row, ...]:
        """Return the rows of the first array: the list that was asked for."""
        return next(iter(self.arrays.values()))


def read_reply(call: Call, body: Body) -> CatalogReply:
    """Return a call's reply as values, or raise ReplyError naming the call, output, row, field."""
    objects: dict[str, Row] = {}
    arrays: dict[str, tuple[Row, ...]] = {}
    for name, output in sorted(call.outputs.items()):
        if output.kind == "array":
            arrays[name] = _rows(call, name, output, body)
        else:
            objects[name] = _object(call, name, output, body)
    return CatalogReply(objects, arrays)


def joined(call: Call, pages: list[CatalogReply]) -> CatalogReply:
    """Return the pages of one answer as one: the list in full, all else as it stood at the end.

    The list is the first array; KIS repeats what else there is, sums mostly, on every page.
    """
    last = pages[-1]
    listed = next(iter(last.arrays), None)
    if listed is None:
        return last
    rows = tuple(row for page in pages for row in page.arrays[listed])
    return CatalogReply(last.objects, {**last.arrays, listed: rows})


def _object(call: Call, name: str, output: Output, body: Body) -> Row:
    if name == "":
        beside = {key: value for key, value in body.items() if _is_beside(key, call)}
        return _row(call, "the reply", output, beside)
    found = body.get(name)
    if isinstance(found, list) and len(found) <= 1:
        found = found[0] if found else {}  # some calls wrap their one object
    if found is None and said(body, "msg_cd") == NO_ROWS:
        found = {}
    if not isinstance(found, dict):
        raise ReplyError(f"{call.name} {name}: expected an object", str(body))
    return _row(call, name, output, found)


def _rows(call: Call, name: str, output: Output, body: Body) -> tuple[Row, ...]:
    found = body.get(name)
    if isinstance(found, dict):
        found = [found]
    if found is None and said(body, "msg_cd") == NO_ROWS:
        found = []
    if not isinstance(found, list):
        raise ReplyError(f"{call.name} {name}: expected rows", str(body))
    rows = []
    for number, row in enumerate(found, 1):
        if not isinstance(row, dict):
            raise ReplyError(f"{call.name} {name} row {number}: expected an object", str(row))
        if any(said(row, field) for field in row):  # KIS fills arrays up with blank rows
            rows.append(_row(call, f"{name} row {number}", output, row))
    return tuple(rows)


def _row(call: Call, place: str, output: Output, row: Body) -> Row:
    if row and not any(name in row for name in output.names):
        raise ReplyError(f"{call.name} {place}: none of its documented fields", str(row))
    values: dict[str, Value] = {}
    for field in output.fields:
        kind = kind_of(field.name, field.decimals)
        try:
            values[field.name] = read_value(row.get(field.name), kind)
        except ValueError:
            text = said(row, field.name)[:40]
            what = f"{call.name} {place}: {field.name} {text!r}, expected {kind.value}"
            raise ReplyError(what, str(row)) from None
    for name in row.keys() - values.keys():
        values[name] = said(row, name) or None
    return values


def read_value(value: object, kind: Kind) -> Value:
    """Return a field's value, None where it is blank; ValueError where it cannot be that."""
    if kind is Kind.NESTED:
        if value is None or isinstance(value, dict):
            return value
        raise ValueError
    if isinstance(value, dict | list):
        raise ValueError
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    match kind:
        case Kind.TEXT:
            return text
        case Kind.DATE:
            return _date(text)
        case Kind.TIME:
            return _time(text)
        case _:
            number = number_of(text)
            whole = number is not None and number == int(number)
            if number is None or (kind is Kind.WHOLE and not whole):
                raise ValueError
            return int(number) if whole and kind is not Kind.NUMBER else number


def _date(text: str) -> date | None:
    digits = text.replace("/", "")
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError
    if not digits.strip("0"):
        return None  # 0 and 00000000 say that there is no such day
    if len(digits) != 8:
        raise ValueError
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _time(text: str) -> timedelta:
    if len(text) > 6 or not (text.isascii() and text.isdecimal()):
        raise ValueError
    digits = text.zfill(6)
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if hours > 30 or minutes > 59 or seconds > 59:
        raise ValueError
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _is_beside(key: str, call: Call) -> bool:
    if key in call.outputs[""].names:
        return True
    return not (key in _ENVELOPE or key.startswith((_CURSOR, "output")))
