"""What the envelope of a REST reply says, and what it says about an order that was sent.

KIS answers `rt_cd`, `msg_cd`, `msg1` with most statuses, and `error_code`, `error_description`
from its token office. A question that failed may be asked again; an order may not, so for orders
every answer is read as one of three: taken, refused before it could be taken, or unknown. Only a
refusal that KIS makes before it hands an order on counts as refused; what may have happened on
the way there or back (gateway time-outs, routing, response building, rubbish) is unknown.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from kis_core.errors import ReplyError

RATE_LIMITED = frozenset({"EGW00201", "EGW00215"})  # per app key; per account
TOKEN_REFUSED = frozenset({"EGW00121", "EGW00122", "EGW00123"})
TOKEN_ISSUE_LIMIT = "EGW00133"
NOT_OFFERED = frozenset({"EGW02006", "90000000"})
NO_ROWS = "KIOK0560"  # rt_cd may be 0 or 7, and the outputs may be left out

# May have happened although the answer says failure: errors of the servers, routing, time-outs,
# the way back (kis_api.md §15.1).
_DOUBTFUL = frozenset(
    {
        *("EGW00001", "EGW00002", "EGW00202", "EGW00203", "EGW00204"),
        *("EGW00300", "EGW00301", "EGW00302"),
        *("OPSQ0001", *(f"OPSQ00{n:02d}" for n in range(3, 12)), "OPSQ1002", "OPSQ2003"),
        *("OPSQ3001", "OPSQ3002", "OPSQ3003", "OPSQ3004"),
    }
)
# Gateway and input checks that stand before the order desk; believed with any status.
_AT_THE_DOOR = (
    *("EGW00003", "EGW00004", "EGW001", "EGW0020", "EGW0021", "EGW00303", "EGW00304", "EGW020"),
    *("OPSQ0002", "OPSQ2", "OPSQ99"),
)

Verdict = Literal["taken", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A reply that could be read."""

    status: int
    ok: bool  # rt_cd 0 with status 200
    code: str
    text: str
    body: Mapping[str, Any]


def read_envelope(status: int, text: str) -> Envelope:
    """Read a reply, or raise ReplyError: not JSON, no object, or no code in it."""
    try:
        body = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise ReplyError(f"HTTP {status}, not JSON ({error})", text) from None
    if not isinstance(body, dict):
        raise ReplyError(f"HTTP {status}, not an object", text)
    if "error_code" in body and "rt_cd" not in body:
        return Envelope(
            status, False, str(body["error_code"]), str(body.get("error_description", "")), body
        )
    rt_cd, code = body.get("rt_cd"), body.get("msg_cd")
    if not isinstance(rt_cd, str) or not rt_cd or not isinstance(code, str):
        raise ReplyError(f"HTTP {status}, no rt_cd and msg_cd", text)
    ok = status == 200 and rt_cd == "0"
    return Envelope(status, ok, code.strip(), str(body.get("msg1", "")).strip(), body)


def order_verdict(envelope: Envelope) -> Verdict:
    """Return what became of the order that was answered so."""
    if envelope.ok:
        return "taken"
    if envelope.code in _DOUBTFUL or not envelope.code:
        return "unknown"
    if envelope.body.get("rt_cd") == "0":  # says success with a status that does not
        return "unknown"
    if envelope.status == 200 or envelope.code.startswith(_AT_THE_DOOR):
        return "refused"
    return "unknown"


def may_pass(envelope: Envelope) -> bool:
    """Whether a question that failed so may well succeed when asked again."""
    return envelope.code in _DOUBTFUL


def is_too_early(envelope: Envelope) -> bool:
    """Whether KIS refused because of the time of day (kis_api.md §7, §15.1)."""
    return envelope.code == "OPSQ2001" and "TIME LIMIT" in envelope.text
