"""The HTTP API: what may be looked at, how the OMS is, the stream, and the app they make.

Requests become inputs, the book becomes views; nothing is decided here.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import TypeAdapter

from oms import acts, intake, openapi, problems, views
from oms.core import records as r
from oms.desk import JSON, Anyone, Desk, Overseer, TheDesk, json, own, whose
from oms.porch import Porch
from oms.problems import Refusal
from oms.stream import TooSlow
from oms_client import contract as c
from oms_client import operating as o

__all__ = ["Desk", "make_app"]

_POSITIONS = TypeAdapter(dict[str, c.PositionView])
_ALLOCATIONS = TypeAdapter(dict[str, c.AllocationView])
_ORDERS = TypeAdapter(list[c.OrderView])
_PARENTS: TypeAdapter[list[c.ParentView]] = TypeAdapter(list[c.ParentView])
_FILLS = TypeAdapter(list[c.FillView])
_TRADES = TypeAdapter(list[c.TradeView])
_HALTS = TypeAdapter(list[o.HaltView])
_TEXT = "text/plain"
SEQ_MAX = 2**63 - 1
After = Annotated[int, Query(ge=0, le=SEQ_MAX, description="only what came after this seq")]
EVENT_ROWS_MAX = 1000

router = APIRouter(prefix="/api/v1", tags=["everyone"])
open_router = APIRouter(tags=["health"])


# What anyone may look at


@router.get("/positions", response_model=dict[str, c.PositionView])
async def positions(desk: TheDesk, caller: Anyone) -> Response:
    """Return what the account holds or is buying, by symbol; a strategy sees its own part."""
    now_ns, mine = desk.clock.now_ns(), whose(caller, None)
    shown = {
        symbol: views.position(listing, now_ns, mine)
        for symbol, listing in sorted(desk.inbox.book.listings.items())
        if views.is_shown(listing)
    }
    return Response(_POSITIONS.dump_json(shown), media_type=JSON)


@router.get("/positions/{symbol}", response_model=c.PositionView)
async def one_position(symbol: str, desk: TheDesk, caller: Anyone) -> Response:
    """Return one symbol of the account; 404 when the OMS never had to do with it."""
    listing = desk.inbox.book.listings.get(symbol)
    if listing is None:
        raise Refusal(404, f"nothing is known of {symbol}: it is neither held nor was it traded")
    return json(views.position(listing, desk.clock.now_ns(), whose(caller, None)))


@router.get("/allocations/{strategy_id}", response_model=dict[str, c.AllocationView])
async def allocations(strategy_id: str, desk: TheDesk, caller: Anyone) -> Response:
    """Return what one strategy holds, by symbol."""
    own(caller, strategy_id)
    held = {
        a.symbol: views.allocation(a)
        for a in desk.inbox.book.allocations()
        if a.strategy_id == strategy_id and a.shares
    }
    return Response(_ALLOCATIONS.dump_json(held), media_type=JSON)


@router.get("/state/account", response_model=c.AccountView)
async def account(desk: TheDesk, caller: Anyone, strategy_id: str | None = None) -> Response:
    """Return the account; with `strategy_id`, the equity that strategy may size on."""
    if strategy_id is not None:
        own(caller, strategy_id)
    return json(views.account(desk.inbox.book, whose(caller, strategy_id)))


@router.get("/orders", response_model=list[c.OrderView])
async def orders(
    desk: TheDesk,
    caller: Anyone,
    strategy_id: str | None = None,
    symbol: str | None = None,
    working: Annotated[bool, Query(description="only those not over")] = False,
) -> Response:
    """Return the day's orders, oldest first; a strategy sees its own."""
    mine = whose(caller, strategy_id)
    found = [
        views.order(order)
        for order in desk.inbox.book.orders.values()
        if mine in (None, order.strategy_id)
        and symbol in (None, order.symbol)
        and (order.is_open or not working)
    ]
    return Response(_ORDERS.dump_json(found), media_type=JSON)


@router.get("/orders/{order_id}", response_model=c.OrderView)
async def one_order(order_id: str, desk: TheDesk, caller: Anyone) -> Response:
    """Return one order of the day, or an older one that is still open."""
    order = desk.inbox.book.orders.get(order_id)
    if order is None:
        raise Refusal(404, f"{order_id} is not an order of today")
    own(caller, order.strategy_id)
    return json(views.order(order))


@router.get("/parents", response_model=list[c.ParentView])
async def parents(
    desk: TheDesk, caller: Anyone, strategy_id: str | None = None, symbol: str | None = None
) -> Response:
    """Return the intents that are leaving in slices, oldest first; a strategy sees its own."""
    mine = whose(caller, strategy_id)
    found = [
        views.parent(parent)
        for parent in desk.inbox.book.parents.values()
        if mine in (None, parent.strategy_id) and symbol in (None, parent.symbol)
    ]
    return Response(_PARENTS.dump_json(found), media_type=JSON)


@router.get("/fills", response_model=list[c.FillView])
async def fills(
    desk: TheDesk,
    caller: Anyone,
    strategy_id: str | None = None,
    symbol: str | None = None,
    after: After = 0,
) -> Response:
    """Return the day's fills, oldest first; a strategy sees its own."""
    found = desk.executions.fills(whose(caller, strategy_id), symbol, after)
    return Response(_FILLS.dump_json(found), media_type=JSON)


@router.get("/trades", response_model=list[c.TradeView])
async def trades(
    desk: TheDesk, caller: Anyone, strategy_id: str | None = None, symbol: str | None = None
) -> Response:
    """Return the round trips closed today, then those still open; a strategy sees its own."""
    found = desk.executions.trades(whose(caller, strategy_id), symbol)
    return Response(_TRADES.dump_json(found), media_type=JSON)


@router.get("/events", response_model=c.EventPage)
async def events(
    desk: TheDesk,
    caller: Anyone,
    after: After = 0,
    rows: Annotated[int, Query(ge=1, le=EVENT_ROWS_MAX, description="of the journal")] = 200,
) -> Response:
    """Return past events of the stream after a seq, for who asks now and then.

    Live, and without asking, they come over the WebSocket /api/v1/stream?after=SEQ.
    """
    told, last = desk.stream.past(caller, after, rows)
    return json(
        c.EventPage.model_construct(
            events=tuple(told), next_after=last, last_seq=desk.inbox.journal.last_seq
        )
    )


@router.get("/limits", response_model=c.LimitsView)
async def limits(desk: TheDesk, _caller: Anyone) -> Response:
    """Return the limits in force, with their hash."""
    book = desk.inbox.book
    shown = {"limits_hash": book.limits_hash, "limits": book.limits}
    return Response(r.encode(shown), media_type=JSON)


@router.get("/halts", response_model=list[o.HaltView])
async def halts(desk: TheDesk, _caller: Anyone) -> Response:
    """Return what stops entries now, who did it, why and since when."""
    return Response(_HALTS.dump_json(views.halts(desk.inbox.book)), media_type=JSON)


@router.get("/drift", response_model=o.DriftView)
async def drift(desk: TheDesk, _caller: Overseer) -> Response:
    """Return the symbols whose shares no strategy explains, and orders that are not ours."""
    return json(views.drift(desk.inbox.book))


@router.get("/day", response_model=o.DayView)
async def day(desk: TheDesk, _caller: Overseer) -> Response:
    """Return today's timetable with what is done and due, and how the last day compared."""
    return json(views.day(desk.inbox.book, desk.clock.now_ns()))


# How it is


@router.get("/health", response_model=c.HealthView, responses={503: {"model": c.HealthView}})
@open_router.get("/health", response_model=c.HealthView, responses={503: {"model": c.HealthView}})
async def health(desk: TheDesk) -> Response:
    """Return how the OMS is; 503 when it cannot protect positions."""
    view = desk.health.view()
    return json(view, 503 if view.status == "error" else 200)


@open_router.get("/livez", response_class=PlainTextResponse)
async def livez() -> Response:
    """Answer: the process lives."""
    return Response("ok", media_type="text/plain")


@open_router.get(
    "/readyz",
    response_class=PlainTextResponse,
    responses={503: {"description": "positions cannot be protected", "content": {_TEXT: {}}}},
)
async def readyz(desk: TheDesk) -> Response:
    """Answer 200 while positions can be protected, otherwise 503 and why."""
    why = desk.health.unready()
    return Response(why or "ok", 503 if why else 200, media_type="text/plain")


@open_router.get("/metrics", response_class=PlainTextResponse)
async def metrics(desk: TheDesk) -> Response:
    """Return the figures for Prometheus."""
    book, inbox = desk.inbox.book, desk.inbox
    figures = {
        "oms_journal_seq": inbox.journal.last_seq,
        "oms_turns_total": inbox.turns,
        "oms_open_orders": len(book.open_orders),
        "oms_gross_exposure_krw": book.gross_krw,
        "oms_equity_krw": book.equity_krw,
        "oms_realised_today_krw": book.realised_today_krw,
        "oms_contradictions": book.contradictions,
        "oms_safe_mode": int(book.safe_mode),
        "oms_halt_entries": int(book.halt_entries),
        "oms_day_differences": len(book.reconciled.differences) if book.reconciled else 0,
        "oms_halts": len(views.halts(book)),
        "oms_stream_listeners": desk.stream.listeners,
        "oms_asked_too_often_total": desk.allowance.refused if desk.allowance else 0,
        "oms_audit_seq": desk.health.audit_seq,
        "oms_audit_lag": desk.health.audit_lag,
        "oms_audit_away": desk.health.audit_away,
        "oms_ready": int(desk.health.unready() is None),
    }
    registry = CollectorRegistry()
    for name, value in figures.items():
        if value is not None:
            gauge = Gauge(name, name.replace("_", " "), registry=registry)
            gauge.set(value)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@router.websocket("/stream")
async def stream(socket: WebSocket, after: After = 0, token: str | None = None) -> None:
    """Send the caller's events after a seq, then live."""
    desk: Desk = socket.app.state.desk
    header = socket.headers.get("authorization") or (f"Bearer {token}" if token else None)
    try:
        caller = desk.caller(header)
    except Refusal:
        await socket.close(1008)
        return
    await socket.accept()
    telling = asyncio.create_task(_tell(socket, desk.stream.events(caller, after)))
    try:
        while (await socket.receive())["type"] != "websocket.disconnect":
            pass  # nothing is asked over this line; reading it is how its end is noticed
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)


async def _tell(socket: WebSocket, events: AsyncGenerator[c.StreamEvent]) -> None:
    try:
        async with contextlib.aclosing(events):
            async for event in events:
                await socket.send_text(event.model_dump_json())
    except TooSlow as slow:
        await socket.close(1013, str(slow))
    except WebSocketDisconnect:
        return


def make_app(desk: Desk) -> FastAPI:
    """Return the app of one OMS."""
    app = FastAPI(title="OMS", version="1", docs_url="/docs", redoc_url=None)
    app.state.desk = desk
    for each in (intake.router, router, acts.router, open_router):
        app.include_router(each)
    problems.install(app, desk.log)
    openapi.describe(app)
    app.add_middleware(Porch, tokens=desk.tokens)
    return app
