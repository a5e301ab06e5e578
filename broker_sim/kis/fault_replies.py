"""REST answers gone wrong: what a fault makes of a reply. Pure.

Sources: kis_api.md §2.4 (statuses), §2.5 (pages), §15.1 (codes).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec

from broker_sim.exchange.fault_entries import Fault
from broker_sim.exchange.fault_kinds import Kind
from broker_sim.kis.calls import Call
from broker_sim.kis.gateway import Request
from broker_sim.kis.pages import LAST, MORE
from broker_sim.kis.replies import Reply, refused, token_refused
from kis_core.market.instants import SECOND_NS

_HTML = (
    b"<!DOCTYPE html><html><head><title>%d</title></head>"
    b"<body><h1>The service is temporarily unavailable</h1></body></html>"
)
_TEXT = {
    "EGW00001": "일시적 오류가 발생했습니다.",
    "EGW00201": "초당 거래건수를 초과하였습니다.",
    "EGW00215": "계좌별 초당 거래건수를 초과하였습니다.",
    "EGW00300": "Gateway 라우팅 오류가 발생했습니다.",
    "EGW00301": "연결 시간이 초과되었습니다. 직전 거래를 반드시 확인하세요.",
    "EGW00302": "거래시간이 초과되었습니다. 직전 거래를 반드시 확인하세요.",
}
_TIMES = frozenset({"ORD_TMD", "ord_tmd", "infm_tmd"})
"""Keys of a reply that carry the broker's own clock, HHMMSS."""


def error_reply(fault: Fault, of_token_office: bool) -> Reply:
    """Return the error a fault answers with, in its form."""
    match fault.form:
        case "html":
            return html_page(fault.status)
        case "text":
            return Reply(fault.status, b"Internal Server Error", content_type="text/plain")
    text = _TEXT.get(fault.code, "처리 중 오류가 발생했습니다.")
    if of_token_office:
        return replace(token_refused(fault.code, text), status=fault.status)
    return refused(fault.code, text, status=fault.status)


def html_page(status: int = 200) -> Reply:
    """Return the page of some machine in between."""
    return Reply(status, _HTML % status, content_type="text/html; charset=utf-8")


def throttled(code: str) -> Reply:
    """Return the answer to a call too many."""
    return refused(code, _TEXT[code], status=500)


def spoiled(reply: Reply, fault: Fault, call: Call | None, request: Request) -> Reply:
    """Return what a fault makes of the body of a reply; other faults leave it alone."""
    match fault.kind:
        case Kind.PAGE_EMPTY:
            return _empty(reply, call)
        case Kind.PAGE_REPEATED:
            return _repeated(reply, call, request)
        case Kind.FIELD_BLANK:
            return _changed(reply, lambda key, value: "" if key == fault.field else value)
        case Kind.JSON_CUT:
            return replace(reply, body=reply.body[: len(reply.body) * 2 // 3])
        case Kind.HTML_PAGE:
            return html_page()
        case Kind.REPLY_ERROR:
            return error_reply(fault, call is None)
        case _:
            return reply


def skewed(reply: Reply, seconds: float) -> Reply:
    """Return a reply whose times are those of a clock that is off."""
    return _changed(
        reply, lambda key, value: hhmmss_moved(value, seconds) if key in _TIMES else value
    )


def hhmmss_moved(text: str, seconds: float) -> str:
    """Return HHMMSS moved by seconds within its day; other text as it is."""
    if len(text) != 6 or not text.isdecimal():
        return text
    at = (int(text[:2]) * 60 + int(text[2:4])) * 60 + int(text[4:]) + round(seconds)
    at %= 86_400
    return f"{at // 3600:02d}{at // 60 % 60:02d}{at % 60:02d}"


def moved_ns(now_ns: int, seconds: float) -> int:
    """Return an instant moved by seconds."""
    return now_ns + int(seconds * SECOND_NS)


def _empty(reply: Reply, call: Call | None) -> Reply:
    """Return the page without its rows, as if it were the last."""
    body = _object(reply)
    if body is None or call is None:
        return reply
    for name, output in call.outputs.items():
        if output.kind == "array" and name in body:
            body[name] = []
    for key in (f"ctx_area_fk{call.cursor}", f"ctx_area_nk{call.cursor}"):
        if key in body:
            body[key] = " " * len(body[key])
    return replace(reply, body=msgspec.json.encode(body), tr_cont=LAST)


def _repeated(reply: Reply, call: Call | None, request: Request) -> Reply:
    """Return the page with the cursor that asked for it: the next page is this one again."""
    body = _object(reply)
    if body is None or call is None or call.cursor is None:
        return reply
    for part in ("fk", "nk"):
        key = f"ctx_area_{part}{call.cursor}"
        if key in body:
            body[key] = request.query.get(key.upper(), "")
    return replace(reply, body=msgspec.json.encode(body), tr_cont=MORE)


def _changed(reply: Reply, change: Callable[[str, str], str]) -> Reply:
    body = _object(reply)
    if body is None:
        return reply
    return replace(reply, body=msgspec.json.encode(_deep(body, change)))


def _deep(part: Any, change: Callable[[str, str], str]) -> Any:
    if isinstance(part, Mapping):
        return {
            key: change(key, value) if isinstance(value, str) else _deep(value, change)
            for key, value in part.items()
        }
    return [_deep(each, change) for each in part] if isinstance(part, list) else part


def _object(reply: Reply) -> dict[str, Any] | None:
    try:
        body = msgspec.json.decode(reply.body)
    except msgspec.DecodeError:
        return None
    return body if isinstance(body, dict) else None
