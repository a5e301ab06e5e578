"""Tape records: what arrived, word for word, with its arrival time and source.

One line each: `arrived_ns<TAB>source<TAB>text<LF>`, UTF-8; a line feed, tab, carriage return or
backslash inside the text is written `\\n`, `\\t`, `\\r`, `\\\\`. A segment is only ever appended
to, so the one thing that can be torn is its end: whatever follows the last line feed is the tail
of a write that did not finish, and is reported, not read.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import msgspec

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TABLE = str.maketrans(_ESCAPES)
_ORIGINALS = {escape[1]: plain for plain, escape in _ESCAPES.items()}


class Heard(msgspec.Struct, frozen=True, gc=False):
    """One record of a tape."""

    arrived_ns: int
    source: str  # kis, kiwoom …
    text: str


@dataclass(frozen=True, slots=True)
class Damaged:
    """A line that is not a record, or the torn end. `offset` is where it starts, in bytes."""

    offset: int
    line: bytes
    torn: bool


def encode(arrived_ns: int, source: str, text: str) -> bytes:
    """Return one record as it is written."""
    if not source.isidentifier():
        raise ValueError(f"source {source!r}: expected a plain name")
    if "\\" in text or not text.isprintable():
        text = text.translate(_TABLE)
    return f"{arrived_ns}\t{source}\t{text}\n".encode("utf-8", "surrogatepass")


def encode_all(arrived_ns: int, source: str, texts: Sequence[str]) -> bytes:
    """Return the records of texts that arrived together, as `encode` would one by one."""
    whole = "".join(texts)
    if "\\" in whole or not whole.isprintable() or not source.isidentifier():
        return b"".join(encode(arrived_ns, source, text) for text in texts)
    head = f"{arrived_ns}\t{source}\t"
    records = head + f"\n{head}".join(texts) + "\n" if texts else ""
    return records.encode("utf-8", "surrogatepass")


def decode(segment: bytes, offset: int = 0) -> Iterator[Heard | Damaged]:
    """Yield the records of a segment in order; damage is yielded in its place, nothing is lost.

    A piece of a segment is read likewise; `offset` is where it starts, in bytes.
    """
    ends = offset + len(segment)
    for line in segment.split(b"\n"):
        end = offset + len(line)
        if end == ends:
            if line:
                yield Damaged(offset, line, torn=True)
        else:
            yield _record(line) or Damaged(offset, line, torn=False)
        offset = end + 1


def _record(line: bytes) -> Heard | None:
    parts = line.split(b"\t")
    if len(parts) != 3 or not parts[0].isdigit() or len(parts[0]) > 19:
        return None
    try:
        source, text = parts[1].decode(), parts[2].decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return Heard(int(parts[0]), source, _unescape(text) if "\\" in text else text)


def _unescape(text: str) -> str:
    pieces = text.split("\\\\")
    return "\\".join(_unescape_letters(piece) for piece in pieces)


def _unescape_letters(text: str) -> str:
    for letter in "nrt":
        text = text.replace("\\" + letter, _ORIGINALS[letter])
    return text
