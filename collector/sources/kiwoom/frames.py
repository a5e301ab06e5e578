"""Kiwoom's WebSocket texts: one JSON text in, one typed frame out. Pure.

Trades, best quotes and books come by the thousand a second, so their elements are decoded straight
into records that have every FID they are known to carry. Whatever does not fit those records, an
element of another type or a FID nobody knows, takes the careful path, which keeps everything as it
stands: nothing is dropped for being unknown.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from collector.sources.kiwoom.fids import BOOK, QUOTE, TRADE, TYPES
from kis_core.errors import FrameError

ELEMENTS_MAX = 10_000  # of one frame; far above any seen
OK = 0
_Scalar = str | int | float | None


class Element(msgspec.Struct, gc=False):
    """One element of a REAL frame as the careful path reads it: all its values, as text."""

    type: str
    item: str
    values: dict[str, str]


class Known(msgspec.Struct, frozen=True):
    """One element of a type read fast; `values.f10` is FID 10, "" where the frame leaves it out."""

    type: str
    item: str
    values: Any


def _kind(code: str, fids: Sequence[str]) -> type[Known]:
    """Return the record of a type's elements, which takes these FIDs and no others."""
    values = msgspec.defstruct(
        f"Values{code}",
        [(f"f{fid}", str, "") for fid in fids],
        rename={f"f{fid}": fid for fid in fids},
        frozen=True,
        gc=False,
        forbid_unknown_fields=True,
    )
    # A Literal, not a tag: a tag may be left out.
    fields = [("type", Literal[code]), ("item", str), ("values", values)]
    kind = msgspec.defstruct(f"Known{code}", fields, bases=(Known,), frozen=True)
    assert issubclass(kind, Known)
    return kind


class Real(msgspec.Struct, frozen=True):
    """Market data. `strange`: elements that have no values, as JSON."""

    data: list[Known | Element]
    strange: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What Kiwoom says to a LOGIN, a REG or a REMOVE."""

    trnm: str
    code: int
    text: str
    group: str = ""  # grp_no, where the answer repeats it

    @property
    def ok(self) -> bool:
        """Whether it says yes."""
        return self.code == OK


@dataclass(frozen=True, slots=True)
class Ping:
    """To be sent back as it is, before anything else."""

    text: str


@dataclass(frozen=True, slots=True)
class System:
    """A notice of the session."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame of a kind nobody told us of; the tape keeps its text."""

    trnm: str
    text: str = field(repr=False)


Frame = Real | Answer | Ping | System | Unknown
_ANSWERS = ("LOGIN", "REG", "REMOVE")


class _Pieces(msgspec.Struct):
    trnm: Literal["REAL"]
    data: list[msgspec.Raw]


_FAST = (TRADE, QUOTE, BOOK)
# A frame nearly always holds one kind, and a decoder that knows which, and in which order its
# FIDs come, is several times as fast. Both are learned from the first element of a type.
_frame: dict[str, Callable[[str], Any]] = {}
_piece: dict[str, Callable[[str], Any]] = {}
_pieces = msgspec.json.Decoder(_Pieces).decode
_TYPE = '"type":"'
_any = msgspec.json.Decoder().decode


def parse(text: str) -> Frame:
    """Read one text, or raise FrameError saying what is wrong with it."""
    at = text.rfind(_TYPE) + len(_TYPE)
    decode = _frame.get(text[at : at + 2])
    if decode is not None:
        try:
            return Real(decode(text).data)
        except msgspec.DecodeError:
            pass  # several kinds, a FID that nobody knows, or not a frame
    try:
        pieces = _pieces(text).data
    except msgspec.DecodeError:
        return _with_care(text)
    return _real(pieces, text)


def _learn(code: str, order: Iterable[str]) -> None:
    """Read the elements of a type from now on as the record that has its FIDs in this order."""
    known = TYPES[code].fids
    first = [fid for fid in order if fid in known]
    kind = _kind(code, [*first, *(fid for fid in known if fid not in first)])
    fields = [("trnm", Literal["REAL"]), ("data", list[kind])]  # type: ignore[valid-type]
    _frame[code] = msgspec.json.Decoder(msgspec.defstruct("Hot", fields)).decode
    _piece[code] = msgspec.json.Decoder(kind).decode


def _with_care(text: str) -> Frame:
    try:
        said = _any(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise FrameError(f"not JSON: {error}", text) from None
    if not isinstance(said, dict):
        raise FrameError("not a JSON object", text)
    trnm = said.get("trnm")
    if not isinstance(trnm, str):
        raise FrameError("no trnm", text)
    if trnm == "PING":
        return Ping(text)
    if trnm == "REAL":
        raise FrameError("REAL: no list of data", text)
    if trnm in _ANSWERS:
        return _answer(trnm, said, text)
    if trnm == "SYSTEM":
        return System(_word(said, "code"), _word(said, "message", "msg", "return_msg"))
    return Unknown(trnm, text)


def _answer(trnm: str, said: dict[str, Any], text: str) -> Answer:
    code = said.get("return_code")
    if isinstance(code, str) and code.lstrip("-").isdecimal():
        code = int(code)
    if not isinstance(code, int) or isinstance(code, bool):
        raise FrameError(f"{trnm}: return_code {code!r}, expected a number", text)
    return Answer(trnm, code, _word(said, "return_msg"), _word(said, "grp_no"))


def _word(said: dict[str, Any], *names: str) -> str:
    for name in names:
        if said.get(name) is not None:
            return str(said[name])
    return ""


def _real(pieces: list[msgspec.Raw], text: str) -> Real:
    if len(pieces) > ELEMENTS_MAX:
        raise FrameError(f"REAL: {len(pieces)} elements, at most {ELEMENTS_MAX} expected", text)
    elements: list[Known | Element] = []
    strange: list[str] = []
    for raw in pieces:
        piece = bytes(raw).decode()
        at = piece.rfind(_TYPE) + len(_TYPE)
        decode = _piece.get(piece[at : at + 2], _any)
        try:
            element = decode(piece)
        except msgspec.DecodeError:
            element = _any(piece)
        if not isinstance(element, Known):
            element = _element(element)
            if element is not None and element.type in _FAST and element.type not in _piece:
                _learn(element.type, element.values)
        if element is None:
            strange.append(piece)
        else:
            elements.append(element)
    return Real(elements, tuple(strange))


def _element(said: Any) -> Element | None:
    """Return an element of which nothing is known but that it has values; None where it has not."""
    if not isinstance(said, dict) or not isinstance(said.get("values"), dict):
        return None
    kind, item, values = said.get("type"), said.get("item"), said["values"]
    if not isinstance(kind, str) or not isinstance(item, str | None):
        return None
    if not all(isinstance(value, _Scalar) for value in values.values()):
        return None
    texts = {fid: "" if value is None else str(value) for fid, value in values.items()}
    return Element(kind, item or "", texts)


def unknown_fids(element: Element) -> tuple[str, ...]:
    """Return the FIDs that a type of ours is not known to carry; none of a type that is not."""
    known = TYPES.get(element.type)
    return tuple(fid for fid in element.values if fid not in known.fids) if known else ()
