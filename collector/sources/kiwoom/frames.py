"""Kiwoom's WebSocket texts: one JSON text in, one typed frame out. Pure.

Trades, best quotes and books come by the thousand a second, so their elements are decoded straight
into records that have every FID they are known to carry. Whatever does not fit those records, an
element of another type or a FID nobody knows, takes the careful path, which keeps everything as it
stands: nothing is dropped for being unknown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

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


def _values(code: str) -> type[msgspec.Struct]:
    """Return the record of a type's values: one text a FID, "" where the frame leaves it out."""
    fids = TYPES[code].fids
    return msgspec.defstruct(
        f"Values{code}",
        [(f"f{fid}", str, "") for fid in fids],
        rename={f"f{fid}": fid for fid in fids},
        frozen=True,
        gc=False,
        forbid_unknown_fields=True,
    )


TradeValues, QuoteValues, BookValues = (_values(code) for code in (TRADE, QUOTE, BOOK))


class TradeElement(msgspec.Struct, frozen=True, tag_field="type", tag=TRADE):
    """One element of type 0B; `values.f10` is FID 10."""

    type: ClassVar[str] = TRADE
    item: str
    values: TradeValues  # type: ignore[valid-type]


class QuoteElement(msgspec.Struct, frozen=True, tag_field="type", tag=QUOTE):
    """One element of type 0C."""

    type: ClassVar[str] = QUOTE
    item: str
    values: QuoteValues  # type: ignore[valid-type]


class BookElement(msgspec.Struct, frozen=True, tag_field="type", tag=BOOK):
    """One element of type 0D."""

    type: ClassVar[str] = BOOK
    item: str
    values: BookValues  # type: ignore[valid-type]


class Real(msgspec.Struct, frozen=True):
    """Market data. `strange`: elements that have no values, as JSON."""

    data: list[TradeElement | QuoteElement | BookElement | Element]
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


def _hot(element: Any) -> Callable[[str], Any]:
    """Return the decoder of REAL frames that hold elements of this kind and no others."""
    data = [("data", list[element])]
    frame = msgspec.defstruct("Hot", data, tag_field="trnm", tag="REAL")
    return msgspec.json.Decoder(frame).decode


_HOT_KINDS = (TradeElement, QuoteElement, BookElement)
_mixed = _hot(TradeElement | QuoteElement | BookElement)
# A frame nearly always holds one kind, and a decoder that knows which need not look for the tag.
_single = {kind.type: _hot(kind) for kind in _HOT_KINDS}
_TYPE = '"type":"'
_any = msgspec.json.Decoder().decode


def parse(text: str) -> Frame:
    """Read one text, or raise FrameError saying what is wrong with it."""
    at = text.rfind(_TYPE) + len(_TYPE)
    try:
        return Real(_single.get(text[at : at + 2], _mixed)(text).data)
    except msgspec.DecodeError:
        pass
    try:
        return Real(_mixed(text).data)
    except msgspec.DecodeError:
        return _with_care(text)


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
        return _real(said, text)
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


def _real(said: dict[str, Any], text: str) -> Real:
    data = said.get("data")
    if not isinstance(data, list):
        raise FrameError("REAL: no list of data", text)
    if len(data) > ELEMENTS_MAX:
        raise FrameError(f"REAL: {len(data)} elements, at most {ELEMENTS_MAX} expected", text)
    elements: list[TradeElement | QuoteElement | BookElement | Element] = []
    strange: list[str] = []
    for each in data:
        element = _element(each)
        if element is None:
            strange.append(msgspec.json.encode(each).decode())
        else:
            elements.append(element)
    return Real(elements, tuple(strange))


def _element(said: Any) -> Element | None:
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
