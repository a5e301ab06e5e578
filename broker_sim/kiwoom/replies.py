"""What a call answers: Kiwoom's body and its paging headers, ready to be written. Pure.

Source: kiwoom_rest.md §3, §4.5. Every body has `return_code` and `return_msg`; a refusal carries
its code in brackets inside the text, and may well come with HTTP 200.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

WELL_DONE = "정상적으로 처리되었습니다"
INPUT, DENIED, TOO_MANY, NOT_SERVED = 2, 3, 5, 20
"""`return_code` by kind of refusal: bad input, no authority, too often, not offered here."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `next_key` is blank on a last page."""

    status: int
    body: bytes
    next_key: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was not done: Kiwoom's code and text, and the `return_code` they come with."""

    code: str
    text: str
    return_code: int = DENIED

    def message(self) -> str:
        """Return `return_msg`."""
        return f"{_HEADS.get(self.return_code, '요청이 거부되었습니다')}[{self.code}:{self.text}]"


_HEADS = {
    INPUT: "입력 값 오류입니다",
    DENIED: "인증에 실패했습니다",
    TOO_MANY: "허용된 요청 개수를 초과하였습니다",
    NOT_SERVED: "제공하지 않는 서비스입니다",
}


def answered(fields: Mapping[str, Any], next_key: str = "") -> Reply:
    """Return a success."""
    body = {**fields, "return_code": 0, "return_msg": WELL_DONE}
    return Reply(200, _encode(body), next_key)


def refused(refusal: Refusal) -> Reply:
    """Return a refusal: 429 where calls come too often, else 200."""
    status = 429 if refusal.return_code == TOO_MANY else 200
    body = {"return_code": refusal.return_code, "return_msg": refusal.message()}
    return Reply(status, _encode(body))


def page(fields: Mapping[str, Any], status: int = 200) -> Reply:
    """Return one of the simulator's own pages."""
    return Reply(status, _encode(fields))
