"""The collector's door: the relay for readers, histories, signals, and what an operator asks.

Every route but the health checks needs `Authorization: Bearer TOKEN`. Histories answer in
MessagePack to whoever accepts it and in JSON otherwise, errors with a `Trouble`.
"""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Any, Literal

import msgspec
from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request, Response, WebSocket
from fastapi.exceptions import RequestValidationError
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.websockets import WebSocketDisconnect, WebSocketState

from collector.histories import Histories
from collector.relay import LineReader, Relay
from collector.signals import BODY_BYTES_MAX, read
from kis_core.errors import KisError, NotOffered, RateLimited, Refused, ReplyError
from kis_core.feed import MSGPACK, Kept, Signal, Trouble, Wants

GATHER_S = 0.005
"""After a batch a reader is left alone this long: at a thousand frames a second, one message for
five of them instead of five. World seconds; an event after a pause is not delayed."""
TOO_SLOW = 1013  # close code: try again later
NOT_UNDERSTOOD = 1007
_encode = msgspec.msgpack.Encoder().encode
_encode_json = msgspec.json.Encoder().encode
_wants = msgspec.msgpack.Decoder(Wants).decode

SymbolPath = Annotated[str, Path(pattern=r"^[0-9A-Z]{6,7}$")]
IndexPath = Annotated[str, Path(pattern=r"^[0-9]{4}$")]
MinuteOfDay = Annotated[str, Query(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Who may come in. Both may listen; only the OMS's hears order notices."""

    reader: str
    oms: str

    def right(self, header: str | None) -> bool | None:
        """Return whether the bearer may hear notices, or None when nobody is known by it."""
        said = (header or "").removeprefix("Bearer ").encode()
        if hmac.compare_digest(said, self.oms.encode()):
            return True
        return False if hmac.compare_digest(said, self.reader.encode()) else None


@dataclass(frozen=True, slots=True)
class Insight:
    """What the collector says about itself, as plain values."""

    slots: Callable[[], object]
    gaps: Callable[[], object]
    status: Callable[[], object]
    not_ready: Callable[[], str | None]
    metrics: CollectorRegistry


def make_app(
    relay: Relay,
    histories: Histories,
    tokens: Tokens,
    insight: Insight,
    hear_signals: Callable[[Sequence[Signal]], None],
) -> FastAPI:
    """Return the application."""
    app = FastAPI(title="collector", docs_url=None, redoc_url=None)
    _relay_route(app, relay, tokens)
    _history_routes(app, histories, tokens)
    _signal_route(app, hear_signals, tokens)
    _insight_routes(app, insight, tokens)
    return app


def _relay_route(app: FastAPI, relay: Relay, tokens: Tokens) -> None:
    @app.websocket("/relay")
    async def listen(line: WebSocket, name: str = "reader") -> None:
        right = tokens.right(line.headers.get("authorization"))
        if right is None:
            await line.close()  # before it is accepted: HTTP 403
            return
        await line.accept()
        reader = relay.join(name[:40], right)
        try:
            await _serve(line, relay, reader)
        finally:
            relay.leave(reader)


async def _serve(line: WebSocket, relay: Relay, reader: LineReader) -> None:
    ends = (
        asyncio.create_task(_take_wants(line, relay, reader)),
        asyncio.create_task(_send_batches(line, reader)),
        asyncio.create_task(reader.mailbox_full.wait()),
    )
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        wrong = ends[0].done() and isinstance(ends[0].exception(), msgspec.DecodeError)
        if line.client_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):
                await line.close(NOT_UNDERSTOOD if wrong else TOO_SLOW)
    finally:
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)


async def _take_wants(line: WebSocket, relay: Relay, reader: LineReader) -> None:
    with suppress(WebSocketDisconnect):
        while True:
            relay.want(reader, _wants(await line.receive_bytes()))


async def _send_batches(line: WebSocket, reader: LineReader) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):  # the other side is gone
        while True:
            await reader.stirred.wait()
            reader.stirred.clear()
            while batch := reader.mailbox.take():
                await line.send_bytes(batch)
            await asyncio.sleep(GATHER_S)


def _history_routes(app: FastAPI, histories: Histories, tokens: Tokens) -> None:
    def known(request: Request) -> None:
        if tokens.right(request.headers.get("authorization")) is None:
            raise HTTPException(401, "unknown token")

    may = [Depends(known)]

    @app.get("/api/v1/bars/daily/{symbol}", dependencies=may)
    async def daily(request: Request, symbol: SymbolPath, first: date, last: date) -> Response:
        return await _answered(request, histories.daily(symbol, first, last))

    @app.get("/api/v1/bars/minute/{symbol}", dependencies=may)
    async def minute(
        request: Request,
        symbol: SymbolPath,
        date: date,
        first: MinuteOfDay = "00:00",
        last: MinuteOfDay = "23:59",
    ) -> Response:
        span = (time.fromisoformat(first), time.fromisoformat(last))
        return await _answered(request, histories.minutes(symbol, date, *span))

    @app.get("/api/v1/quote/{symbol}", dependencies=may)
    async def quote(request: Request, symbol: SymbolPath) -> Response:
        return await _answered(request, histories.quote(symbol))

    @app.get("/api/v1/index/{index}", dependencies=may)
    async def level(request: Request, index: IndexPath) -> Response:
        return await _answered(request, histories.level(index))

    @app.get("/api/v1/index/{index}/days", dependencies=may)
    async def index_days(request: Request, index: IndexPath, first: date, last: date) -> Response:
        return await _answered(request, histories.index_days(index, first, last))

    @app.get("/api/v1/flows/{symbol}", dependencies=may)
    async def flows(request: Request, symbol: SymbolPath) -> Response:
        return await _answered(request, histories.investor_days(symbol))

    @app.get("/api/v1/flows/{symbol}/estimates", dependencies=may)
    async def estimates(request: Request, symbol: SymbolPath) -> Response:
        return await _answered(request, histories.estimates(symbol))

    @app.get("/api/v1/programs/{symbol}", dependencies=may)
    async def programs(request: Request, symbol: SymbolPath) -> Response:
        return await _answered(request, histories.programs(symbol))

    @app.get("/api/v1/programs/markets/{market}", dependencies=may)
    async def market_programs(request: Request, market: Literal["KOSPI", "KOSDAQ"]) -> Response:
        return await _answered(request, histories.board_programs(market))

    @app.exception_handler(StarletteHTTPException)
    async def refused(_request: Request, error: StarletteHTTPException) -> Response:
        return _trouble(error.status_code, Trouble("request", str(error.status_code), error.detail))

    @app.exception_handler(RequestValidationError)
    async def misunderstood(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _trouble(422, Trouble("request", "422", f"{where}: {first['msg']}"))


def _signal_route(
    app: FastAPI, hear_signals: Callable[[Sequence[Signal]], None], tokens: Tokens
) -> None:
    @app.post("/api/v1/signals")
    async def signals(request: Request) -> Response:
        if tokens.right(request.headers.get("authorization")) is None:
            raise HTTPException(401, "unknown token")
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > BODY_BYTES_MAX:
                raise HTTPException(413, f"expected at most {BODY_BYTES_MAX} bytes")
        told = read(bytes(body), packed=MSGPACK in request.headers.get("content-type", ""))
        if told.signals:
            try:
                hear_signals(told.signals)
            except KisError as error:
                return _trouble(*_explained(error))
        if told.faults:
            text = "; ".join((*told.faults, f"{len(told.signals)} kept"))
            return _trouble(422, Trouble("request", "422", text))
        return _content(request, Kept(len(told.signals)))


async def _answered(request: Request, answer: Awaitable[Any]) -> Response:
    try:
        content = await answer
    except KisError as error:
        return _trouble(*_explained(error))
    return _content(request, content)


def _content(request: Request, content: object) -> Response:
    if MSGPACK in request.headers.get("accept", ""):
        return Response(_encode(content), media_type=MSGPACK)
    return Response(_encode_json(content), media_type="application/json")


def _explained(error: KisError) -> tuple[int, Trouble]:
    match error:
        case RateLimited():
            return 429, Trouble("rate_limited", error.code, error.text, error.retry_after_s)
        case NotOffered():
            return 501, Trouble("not_offered", error.code, error.text)
        case Refused():
            return 409, Trouble("refused", error.code, error.text)
        case ReplyError():
            return 502, Trouble("reply", error.what, error.text)
        case _:
            return 503, Trouble("unreachable", type(error).__name__, str(error))


def _trouble(status: int, trouble: Trouble) -> Response:
    return Response(_encode_json(trouble), status, media_type="application/json")


def _insight_routes(app: FastAPI, insight: Insight, tokens: Tokens) -> None:
    def known(request: Request) -> None:
        if tokens.right(request.headers.get("authorization")) is None:
            raise HTTPException(401, "unknown token")

    may = [Depends(known)]

    @app.get("/api/v1/slots", dependencies=may)
    async def slots() -> Response:
        return _json(insight.slots())

    @app.get("/api/v1/gaps", dependencies=may)
    async def gaps() -> Response:
        return _json(insight.gaps())

    @app.get("/api/v1/status", dependencies=may)
    async def status() -> Response:
        return _json(insight.status())

    @app.get("/livez")
    async def livez() -> Response:
        return _json({"alive": True})

    @app.get("/readyz")
    async def readyz() -> Response:
        why = insight.not_ready()
        return _json({"ready": why is None, "why": why}, 200 if why is None else 503)

    @app.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(insight.metrics), media_type=CONTENT_TYPE_LATEST)


def _json(content: object, status: int = 200) -> Response:
    return Response(_encode_json(content), status, media_type="application/json")
