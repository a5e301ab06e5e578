"""Refusals at the edge, all of one shape: application/problem+json."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from oms.inbox import Overloaded
from oms_client.contract import Problem

MEDIA_TYPE = "application/problem+json"


class Refusal(Exception):
    """A request that is not served. `detail` tells the caller what to do."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def answer(status: int, detail: str, instance: str | None = None) -> Response:
    """Return a refusal as the contract's Problem."""
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, instance=instance
    )
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return Response(problem.model_dump_json(exclude_none=True), status, headers, MEDIA_TYPE)


def install(app: FastAPI, log: Any) -> None:
    """Make every refusal of this app a problem; what nobody expected is logged with its trace."""

    async def refused(request: Request, error: Any) -> Response:
        return answer(error.status, error.detail, request.url.path)

    async def http(request: Request, error: Any) -> Response:
        return answer(error.status_code, str(error.detail), request.url.path)

    async def invalid(request: Request, error: Any) -> Response:
        return answer(422, _sentence(error.errors()), request.url.path)

    async def overloaded(request: Request, error: Any) -> Response:
        return answer(503, f"{error}; come again", request.url.path)

    async def unexpected(request: Request, error: Any) -> Response:
        log.error("Request failed", path=request.url.path, exc_info=error)
        return answer(500, "the OMS failed to answer; its log says why", request.url.path)

    app.add_exception_handler(Exception, unexpected)
    app.add_exception_handler(Refusal, refused)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Overloaded, overloaded)


def _sentence(errors: Any) -> str:
    """Name the place, what was expected and what came, for the first few errors."""
    told = []
    for error in list(errors)[:3]:
        if error["type"] == "json_invalid":
            told.append(f"body: not valid JSON at character {error['loc'][-1]}")
            continue
        place = ".".join(str(part) for part in error["loc"] if part != "body") or "body"
        told.append(f"{place}: {error['msg']}, got {str(error.get('input'))[:60]!r}")
    return "; ".join(told)
