"""WebSocket frames gone wrong: what a fault makes of a text, byte for byte. Pure.

A frame is flag|tr_id|count|payload, records end to end, fields joined by ^ (kis_api.md §13.4).
"""

from collections.abc import Callable
from hashlib import sha256

from broker_sim.exchange.fault_kinds import Kind
from broker_sim.exchange.faults import Subject
from broker_sim.kis.fault_replies import hhmmss_moved
from kis_core.wire.tr_table import BOOKS, STREAMS, TRADES

UNKNOWN_TR = "H0XXXXX0"
Change = Callable[[list[str], int], list[str]]
"""Changes the fields of one record, given the fewest its TR has."""

_TIME_COLUMNS = frozenset({"STCK_CNTG_HOUR", "BSOP_HOUR"})


def frame_subject(text: str) -> Subject:
    """Return what a frame is about: its TR, and the symbol of its first record where plain."""
    flag, tr_id, _, payload = text.split("|", 3)
    symbol = payload.partition("^")[0] if flag == "0" else ""
    return Subject(tr_id=tr_id, symbol=symbol)


def notice_subject(tr_id: str, payload: str) -> Subject:
    """Return what an opened notice is about."""
    row = payload.split("^")
    said = dict(zip(STREAMS[tr_id].columns(len(row)), row, strict=False))
    match said.get("CNTG_YN"), said.get("RFUS_YN"), said.get("ACPT_YN"), said.get("RCTF_CLS"):
        case "2", _, _, _:
            news = "filled"
        case _, "1", _, _:
            news = "rejected"
        case (_, _, "3", _) | (_, _, "2", "2"):
            news = "cancelled"
        case _:
            news = "accepted"
    return Subject(
        tr_id=tr_id,
        symbol=said.get("STCK_SHRN_ISCD", ""),
        side={"01": "SELL", "02": "BUY"}.get(said.get("SELN_BYOV_CLS", ""), ""),
        news=news,
    )


def spoiled_frame(text: str, kind: Kind, number: int) -> bytes | None:
    """Return the bytes sent instead of a frame; None where nothing is. `number` varies garbage."""
    flag, tr_id, count, payload = text.split("|", 3)
    match kind:
        case Kind.FRAME_LOST:
            return None
        case Kind.FRAME_CUT:
            text = text[: len(text) // 2]
        case Kind.FRAME_DOUBLED:
            text = text + text
        case Kind.FRAME_MISCOUNTED:
            text = f"{flag}|{tr_id}|{int(count) + 1:03d}|{payload}"
        case Kind.FRAME_GARBAGE:
            text = sha256(f"{number} {text}".encode()).hexdigest() * 2
        case Kind.FRAME_NOT_TEXT:
            half = len(text) // 2
            return text[:half].encode() + b"\xff\xfe\xc3" + text[half:].encode()
        case Kind.COLUMN_EXTRA:
            text = _per_record(text, lambda row, _: [*row, "추가"])
        case Kind.COLUMN_MISSING:
            text = _per_record(text, lambda row, least: row[: least - 1])
        case Kind.TR_SWAPPED:
            other = TRADES if tr_id == BOOKS else BOOKS
            text = f"{flag}|{other}|{count}|{payload}"
        case Kind.TR_UNKNOWN:
            text = f"{flag}|{UNKNOWN_TR}|{count}|{payload}"
    return text.encode()


def skewed_frame(text: str, seconds: float) -> str:
    """Return a plain frame whose times are those of a clock that is off."""
    flag, tr_id, count, payload = text.split("|", 3)
    if flag != "0":
        return text
    return f"{flag}|{tr_id}|{count}|{skewed_payload(tr_id, payload, int(count), seconds)}"


def skewed_payload(tr_id: str, payload: str, count: int, seconds: float) -> str:
    """Return records whose times are those of a clock that is off."""
    fields = payload.split("^")
    width = len(fields) // count
    for place, column in enumerate(STREAMS[tr_id].columns(width)):
        if column in _TIME_COLUMNS:
            for at in range(place, len(fields), width):
                fields[at] = hhmmss_moved(fields[at], seconds)
    return "^".join(fields)


def _per_record(text: str, change: Change) -> str:
    """Return a plain frame with each record changed; a sealed one as it is."""
    flag, tr_id, count, payload = text.split("|", 3)
    if flag != "0":
        return text
    fields = payload.split("^")
    width = len(fields) // int(count)
    rows = (fields[i : i + width] for i in range(0, len(fields), width))
    changed = [value for row in rows for value in change(row, STREAMS[tr_id].width_min)]
    return f"{flag}|{tr_id}|{count}|{'^'.join(changed)}"
