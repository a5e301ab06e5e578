"""What a REST call answers: KIS's envelope, ready to be written. Pure.

Sources: kis_api.md §2.2–§2.4, §15; the padding is measured on the published examples (80 bytes of
EUC-KR, in which a Korean character counts two).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from broker_sim.kis.pages import LAST

MSG1_BYTES = 80
_encode = msgspec.json.Encoder().encode

Fields = dict[str, str]
Output = str | Fields | Sequence[Fields] | msgspec.Raw
"""What stands under one key of a body: a cursor, a record, a list of records, or JSON already."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `tr_cont` is F or M when more pages follow, D on a last page, else blank."""

    status: int
    body: bytes
    tr_cont: str = ""
    content_type: str = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Note:
    """The code and text that go with an answer. `padded` as account calls do."""

    code: str
    text: str
    padded: bool = False

    def msg1(self) -> str:
        """Return the text as it is sent."""
        return pad(self.text, MSG1_BYTES) if self.padded else self.text


QUOTED = Note("MCA00000", "정상처리 되었습니다.")


def pad(text: str, width: int) -> str:
    """Return the text with blanks up to `width` bytes of EUC-KR."""
    return text + " " * (width - len(text.encode("euc-kr", errors="replace")))


def answered(note: Note, outputs: Mapping[str, Output], tr_cont: str = "") -> Reply:
    """Return a success: the outputs first, then the envelope, as KIS orders them.

    A list that says nothing of pages is its last one: clients page until they are told so.
    """
    if not tr_cont and any(not isinstance(output, str | dict) for output in outputs.values()):
        tr_cont = LAST
    body: dict[str, Any] = {**outputs, "rt_cd": "0", "msg_cd": note.code, "msg1": note.msg1()}
    return Reply(200, _encode(body), tr_cont)


def refused(code: str, text: str, rt_cd: str = "1", status: int = 200) -> Reply:
    """Return a refusal in the envelope. Business refusals are HTTP 200."""
    return Reply(status, _encode({"rt_cd": rt_cd, "msg_cd": code, "msg1": text}))


def gateway_refused(code: str, text: str) -> Reply:
    """Return a refusal of the gateway itself: HTTP 500."""
    return refused(code, text, status=500)


def token_refused(code: str, text: str) -> Reply:
    """Return a refusal of the token desk: HTTP 403, and no envelope."""
    return Reply(403, _encode({"error_code": code, "error_description": text}))


def plain(content: object, status: int = 200) -> Reply:
    """Return JSON without an envelope."""
    return Reply(status, _encode(content))
