"""What Kiwoom's REST replies say besides their rows: a return_code and, in its text, a code. Pure.

Errors come as HTTP 200 with a return_code other than 0, or as 4xx and 5xx with or without a body:
what the body says decides. Source: kiwoom_rest.md, sections 3 and 4.5.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from kis_core.errors import KisError, NotOffered, RateLimited, Refused, ReplyError, Unreachable

TOKEN_REFUSED = frozenset({"8003", "8005", "8006", "8009", "8031", "8103"})
"""The token is of no use (any more): look into the cache, then ask for another."""
RATE_CODES = frozenset({"1700", "1701", "1702"})
NOT_OFFERED = frozenset({"8104", "1504", "1505", "RC9000", "RC4058"})
PASSING = frozenset({"1999"})
RATE_PAUSE_S = 0.5  # times the attempt
_TOO_MANY = 429
_SERVER = 500
_CODE = re.compile(r"[\[(]\s*(RC\d{4}|\d{4})\b")


@dataclass(frozen=True, slots=True)
class Envelope:
    """One answer: `code` is the one in brackets, or else return_code; "" where there is neither."""

    status: int
    ok: bool
    code: str
    text: str
    body: Mapping[str, Any]


def read_envelope(status: int, text: str) -> Envelope:
    """Read a reply's body. Raises ReplyError for a 200 that is not a JSON object with a code."""
    try:
        body = msgspec.json.decode(text)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        if status == 200:
            raise ReplyError("not a JSON object", text)
        return Envelope(status, False, "", text[:200], {})
    said, words = body.get("return_code"), str(body.get("return_msg") or "")
    if said is None and status == 200:
        raise ReplyError("no return_code", text)
    if str(said) == "0" and status == 200:
        return Envelope(status, True, "0", words, body)
    return Envelope(status, False, code_in(words) or str(said or ""), words, body)


def code_in(text: str) -> str:
    """Return the code in a message's brackets, "" where there is none."""
    found = _CODE.search(text)
    return found[1] if found else ""


def trouble(said: Envelope, attempt: int = 1) -> KisError:
    """Return the error that an answer other than yes amounts to."""
    code, text = said.code or f"HTTP {said.status}", said.text
    if said.code in RATE_CODES or said.status == _TOO_MANY:
        return RateLimited(code, text, retry_after_s=RATE_PAUSE_S * attempt)
    if said.code in NOT_OFFERED:
        return NotOffered(code, text)
    if said.code in PASSING or (not said.code and said.status >= _SERVER):
        return Unreachable(f"{code}: {text}")
    return Refused(code, text)
