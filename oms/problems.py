"""Refusals at the edge, all of one shape: application/problem+json (RFC 9457).

`type` names the kind for programs, `detail` says what was wrong, `next` what to do about it.
"""

import math
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from oms.inbox import Overloaded
from oms_client.contract import Problem

MEDIA_TYPE = "application/problem+json"
KINDS: dict[int, tuple[str, str]] = {
    400: ("unreadable", "send UTF-8 JSON; nothing was done"),
    401: ("no-token", "send the header Authorization: Bearer TOKEN with a token of this OMS"),
    403: ("not-yours", "ask with a token that may do this"),
    404: ("not-found", "look the name up: /openapi.json lists the paths, GET what there is"),
    405: ("no-such-method", "ask with a method that /openapi.json names for this path"),
    409: ("not-now", "look at the state again, then decide whether to ask anew"),
    413: ("too-large", "send less in one request"),
    415: ("not-json", "send JSON with Content-Type: application/json"),
    422: ("malformed", "correct the named fields; nothing was done"),
    429: ("too-often", "wait for Retry-After seconds; exits and operators are never counted"),
    500: ("failed", "read the OMS's log; an intent may be sent again under the same intent_id"),
    503: ("come-again", "send the same request again in a moment, under the same intent_id"),
}
"""By status: the kind, and what to do next."""
OTHER = ("refused", "read the detail")


class Refusal(Exception):
    """A request that is not served. `retry_s` is when to come again, where that is known."""

    def __init__(self, status: int, detail: str, retry_s: float | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.retry_s = retry_s


def problem(status: int, detail: str, instance: str | None = None) -> Problem:
    """Return a refusal as the contract's Problem."""
    kind, following = KINDS.get(status, OTHER)
    return Problem(
        type=f"urn:kst:oms:{kind}",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=_plain(detail),
        next=following,
        instance=None if instance is None else _plain(instance),
    )


def answer(
    status: int, detail: str, instance: str | None = None, retry_s: float | None = None
) -> Response:
    """Return a refusal as the HTTP answer it is."""
    headers: dict[str, str] = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if retry_s is not None:
        headers["Retry-After"] = str(max(1, math.ceil(retry_s)))
    body = problem(status, detail, instance).model_dump_json(exclude_none=True)
    return Response(body, status, headers, MEDIA_TYPE)


def install(app: FastAPI, log: Any) -> None:
    """Make every refusal of this app a problem; what nobody expected is logged with its trace."""

    async def refused(request: Request, error: Any) -> Response:
        return answer(error.status, error.detail, request.url.path, error.retry_s)

    async def http(request: Request, error: Any) -> Response:
        refusal = answer(error.status_code, str(error.detail), request.url.path)
        refusal.headers.update(error.headers or {})
        return refusal

    async def invalid(request: Request, error: Any) -> Response:
        return answer(422, sentence(error.errors()), request.url.path)

    async def overloaded(request: Request, error: Any) -> Response:
        return answer(503, f"{error}; come again", request.url.path, 1.0)

    async def unexpected(request: Request, error: Any) -> Response:
        log.error("Request failed", path=request.url.path, exc_info=error)
        return answer(500, "the OMS failed to answer; its log says why", request.url.path)

    app.add_exception_handler(Exception, unexpected)
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Overloaded, overloaded)


def sentence(errors: Any) -> str:
    """Name the place, what was expected and what came, for the first few errors."""
    told = []
    for error in list(errors)[:3]:
        if error["type"] == "json_invalid":
            told.append(f"body: not valid JSON at character {error['loc'][-1]}")
            continue
        place = ".".join(str(part) for part in error["loc"] if part != "body") or "body"
        told.append(f"{place}: {error['msg']}, got {str(error.get('input'))[:60]!r}")
    return "; ".join(told)


def _plain(text: str) -> str:
    """Return a text that can be sent: JSON lets halves of characters in, UTF-8 none out."""
    return text.encode("utf-8", "backslashreplace").decode()
