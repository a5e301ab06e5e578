"""KIS real-time frames: text in, typed frames out. No socket, no clock, no state.

`flag|tr_id|count|payload`: flag 0 is plain, 1 is AES; the payload is `count` records end to end,
fields split by `^`. Text that opens with `{` is control JSON: the answer to a registration, or
the server's PINGPONG. Nothing here raises anything but FrameError.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from kis_core.errors import FrameError
from kis_core.wire.tr_table import STREAMS

RECORDS_MAX = 1_000  # far above any frame seen: a torn count must not size our memory
PINGPONG = "PINGPONG"


@dataclass(frozen=True, slots=True)
class Records:
    """Plain records of one TR."""

    tr_id: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted records; the key came with the answer to the registration."""

    tr_id: str
    count: int
    ciphertext: str  # base64


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """PINGPONG: to be sent back as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer to a registration, or to its end. TR id and key are empty on some errors."""

    tr_id: str
    tr_key: str
    ok: bool  # rt_cd 0
    code: str  # msg_cd
    text: str  # msg1
    encrypt: str  # what the server says; the frame's own flag is what counts
    iv: str | None
    key: str | None

    @property
    def ends(self) -> bool:
        """Whether it answers the end of a registration."""
        return self.code in ("OPSP0001", "OPSP0003") or self.text.startswith("UNSUB")


Frame = Records | Sealed | Heartbeat | Ack


def parse_frame(text: str) -> Frame:
    """Read one frame, or raise FrameError saying what is wrong with it."""
    if text.startswith("{"):
        return parse_control(text)
    match text.split("|", 3):
        case ["0", tr_id, count, payload] if tr_id in STREAMS:
            return Records(tr_id, records(payload, record_count(count, text), width_min(tr_id)))
        case ["1", tr_id, count, ciphertext] if tr_id in STREAMS:
            return Sealed(tr_id, record_count(count, text), ciphertext)
        case [_, tr_id, _, _]:
            raise FrameError(f"unknown flag or TR {tr_id[:20]!r}", text)
        case _:
            raise FrameError("not a frame: expected flag|tr_id|count|payload", text)


def width_min(tr_id: str) -> int:
    """Return the fewest fields a record of this TR may have."""
    return STREAMS[tr_id].width_min


def record_count(count: str, text: str) -> int:
    """Return how many records a frame says it holds."""
    digits = len(count) <= 9 and count.isascii() and count.isdecimal()
    if not digits or not 0 < int(count) <= RECORDS_MAX:
        raise FrameError(f"count {count[:20]!r}, expected 001 to {RECORDS_MAX}", text)
    return int(count)


def records(payload: str, count: int, least: int) -> tuple[tuple[str, ...], ...]:
    """Cut a payload into `count` records of at least `least` fields each."""
    # Only a header has bars: one in the payload is a second frame run into the first, whose own
    # records would pass for columns that KIS appended.
    if "|" in payload:
        raise FrameError("a frame within a frame", payload)
    fields = payload.split("^")
    # The frame says how many records it holds, so it also says how wide they are. A column that
    # KIS appends one day changes nothing; cut at a width we remember, every record after the
    # first would read its neighbour's price.
    width, rest = divmod(len(fields), count)
    if rest or width < least:
        what = f"{len(fields)} fields for {count} records, expected {least} or more each"
        raise FrameError(what, payload)
    return tuple(tuple(fields[i : i + width]) for i in range(0, len(fields), width))


def parse_control(text: str) -> Heartbeat | Ack:
    """Read a control message, or raise FrameError."""
    try:
        message = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise FrameError(f"control message is not JSON: {error}", text) from None
    if not isinstance(message, dict):
        raise FrameError("control message is not an object", text)
    header = _object(message, "header", text)
    if header.get("tr_id") == PINGPONG:
        return Heartbeat(text)
    body = _object(message, "body", text)
    output = body.get("output")
    keys: dict[str, Any] = output if isinstance(output, dict) else {}
    return Ack(
        tr_id=_said(header, "tr_id"),
        tr_key=_said(header, "tr_key"),
        ok=_said(body, "rt_cd") == "0",
        code=_said(body, "msg_cd"),
        text=_said(body, "msg1").strip(),
        encrypt=_said(header, "encrypt"),
        iv=_said(keys, "iv") or None,
        key=_said(keys, "key") or None,
    )


def _object(message: dict[str, Any], name: str, text: str) -> dict[str, Any]:
    part = message.get(name)
    if not isinstance(part, dict):
        raise FrameError(f"control message without a {name}", text)
    return part


def _said(part: dict[str, Any], name: str) -> str:
    said = part.get(name)
    return "" if said is None or said == "(null)" else str(said)
