"""Master files: bytes in (zipped or not), typed rows out, and what could not be read.

A line that cannot be read is put aside with its raw bytes and counted; the others stand. A file
with more than a few such lines is refused whole: something is wrong that no line shows, and the
last good file is worth more. Raises nothing but MasterError. Source: kis_api.md §16.
"""

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_type_hints

import msgspec

from kis_core.errors import MasterError
from kis_core.wire.masters.columns import Column

BYTES_MAX = 64 * 1024 * 1024  # unpacked; the largest file known is 0.7 MB
BAD_SHARE_MAX = 0.01  # of the lines, but always at least one line
_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")  # a file in it, and none
_SHOWN = 40  # bytes of a bad field that a message quotes
_ZIP_TROUBLE = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError,
    LookupError, ArithmeticError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that could not be read, kept as it came. `number` counts from 1."""

    file: str
    number: int
    field: str  # "" where the line as a whole is wrong
    expected: str
    found: str  # the piece that was wrong, for the reader of a message
    raw: bytes

    def __str__(self) -> str:
        place = f"{self.file} line {self.number}" + (f", {self.field}" if self.field else "")
        return f"{place}: expected {self.expected}, got {self.found}"


@dataclass(frozen=True, slots=True)
class MasterFile[R]:
    """What a file holds, in its order, less the lines put aside."""

    name: str
    rows: tuple[R, ...]
    bad: tuple[BadLine, ...]


@dataclass(frozen=True)
class Layout[R: msgspec.Struct]:
    """How a file is cut: fixed widths, or fields between separators.

    `key` names the fields that tell one row from another: no two rows may agree on all of them.
    """

    file: str  # as the host calls it, without .zip
    row: type[R]
    key: tuple[str, ...]
    separator: bytes | None = None
    zipped: bool = True

    @property
    def remote_name(self) -> str:
        """Return the name to ask the host for."""
        return f"{self.file}.zip" if self.zipped else self.file

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Return the columns by their fields, in the order of the file."""
        hints = get_type_hints(self.row, include_extras=True)
        return {name: hints[name].__metadata__[0] for name in self.row.__struct_fields__}

    @cached_property
    def width(self) -> int:
        """Return the bytes of a line; the fewest, where one column takes what is left."""
        return sum(column.width or 0 for column in self.columns.values())

    @cached_property
    def stretches(self) -> bool:
        """Whether one column is as wide as the others leave room for."""
        return any(column.width is None for column in self.columns.values())


class _Misread(Exception):
    """A line that is not a row."""

    def __init__(self, field: str, expected: str, found: str) -> None:
        super().__init__(field)
        self.field, self.expected, self.found = field, expected, found


def read_master[R: msgspec.Struct](layout: Layout[R], blob: bytes) -> MasterFile[R]:
    """Return the rows of a file as it was downloaded. Raises MasterError for the file as a whole.

    An end that was torn off is a bad line, too, wherever the width cannot tell that it is whole.
    """
    rows: list[R] = []
    bad: list[BadLine] = []
    seen: set[tuple[Any, ...]] = set()
    lines, ended = _lines(layout.file, unpacked(layout.file, blob))
    for number, line in enumerate(lines, start=1):
        try:
            if number == len(lines) and not ended and (layout.separator or layout.stretches):
                raise _Misread("", "a line end", "the end of the file")
            row = _row(layout, line)
            key = tuple(getattr(row, field) for field in layout.key)
            if key in seen:
                raise _Misread("+".join(layout.key), "a line of its own", f"{key} once more")
        except _Misread as misread:
            bad.append(
                BadLine(layout.file, number, misread.field, misread.expected, misread.found, line)
            )
            continue
        seen.add(key)
        rows.append(row)
    if bad and (not rows or len(bad) > max(1, len(lines) * BAD_SHARE_MAX)):
        raise MasterError(layout.file, f"{len(bad)} of {len(lines)} lines are bad, first {bad[0]}")
    return MasterFile(layout.file, tuple(rows), tuple(bad))


def unpacked(file: str, blob: bytes) -> bytes:
    """Return the one file in a zip, or the bytes themselves where they are none."""
    if not blob.startswith(_ZIP_STARTS):
        content = blob
    else:
        try:
            with zipfile.ZipFile(io.BytesIO(blob)) as archive:
                members = archive.infolist()
                if len(members) != 1:
                    raise MasterError(file, f"expected one file in the zip, got {len(members)}")
                with archive.open(members[0]) as member:
                    content = member.read(BYTES_MAX + 1)
        except _ZIP_TROUBLE as error:
            raise MasterError(
                file, f"the zip cannot be read: {type(error).__name__}: {error}"
            ) from None
    if len(content) > BYTES_MAX:
        raise MasterError(file, f"more than {BYTES_MAX:,} bytes")
    return content


def _lines(file: str, content: bytes) -> tuple[list[bytes], bool]:
    """Return the lines without their ends, and whether the last one had an end."""
    if not content.strip():
        raise MasterError(file, "expected lines, got an empty file")
    lines = content.split(b"\n")
    ended = not lines[-1]
    return [line.removesuffix(b"\r") for line in (lines[:-1] if ended else lines)], ended


def _row[R: msgspec.Struct](layout: Layout[R], line: bytes) -> R:
    pieces = _split(layout, line) if layout.separator else _cut(layout, line)
    values = []
    for (field, column), piece in zip(layout.columns.items(), pieces, strict=True):
        try:
            values.append(column.read(piece))
        except ValueError:
            raise _Misread(field, column.expected, repr(piece[:_SHOWN])) from None
    return layout.row(*values)


def _split(layout: Layout[Any], line: bytes) -> list[bytes]:
    """Return the fields of a separated line. KIS appends fields: more than we know is no error."""
    pieces, wanted = line.split(layout.separator), len(layout.columns)
    if len(pieces) < wanted:
        raise _Misread("", f"{wanted} fields", f"{len(pieces)}")
    return pieces[:wanted]


def _cut(layout: Layout[Any], line: bytes) -> list[bytes]:
    room = len(line) - layout.width
    if room and not (layout.stretches and room > 0):
        raise _Misread("", f"{layout.width} bytes", f"{len(line)}")
    pieces, at = [], 0
    for column in layout.columns.values():
        width = room if column.width is None else column.width
        pieces.append(line[at : at + width])
        at += width
    return pieces
