"""The HTTP API. Requests become inputs, the book becomes views; nothing is decided here."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel, TypeAdapter

from kis_core.clock import Clock
from oms import problems, views
from oms.access import Caller, Scope, Tokens
from oms.core import records as r
from oms.health import Health
from oms.inbox import Inbox
from oms.problems import Refusal
from oms.quotes import Quotes
from oms.stream import Stream, TooSlow
from oms_client import contract as c

JSON = "application/json"
_POSITIONS = TypeAdapter(dict[str, c.PositionView])
_ALLOCATIONS = TypeAdapter(dict[str, c.AllocationView])
_ORDERS = TypeAdapter(list[c.OrderView])
_WANTS_QUOTE = (c.Enter, c.SetTarget)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the routes reach: the one queue in, and what may be looked at."""

    inbox: Inbox
    quotes: Quotes
    stream: Stream
    health: Health
    tokens: Tokens
    clock: Clock
    log: Any

    def caller(self, header: str | None) -> Caller:
        """Return who asks. Raises Refusal 401."""
        kind, _, token = (header or "").partition(" ")
        caller = self.tokens.caller(token.strip()) if kind.lower() == "bearer" else None
        if caller is None:
            raise Refusal(401, "no token, or one this OMS does not know: Authorization: Bearer …")
        return caller


async def desk_of(request: Request) -> Desk:
    """Return the desk this app serves. (Async, or FastAPI would ask a thread for it.)"""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]


def allowed(*scopes: Scope) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that lets only these scopes in."""

    async def check(request: Request, desk: TheDesk) -> Caller:
        caller = desk.caller(request.headers.get("authorization"))
        if caller.scope not in scopes:
            raise Refusal(403, f"a {caller.scope} token may not do this; needs {_list(scopes)}")
        return caller

    return check


def _list(scopes: Sequence[Scope]) -> str:
    return " or ".join(scope.value for scope in scopes)


AStrategy = Annotated[Caller, Depends(allowed(Scope.STRATEGY))]
AnOperator = Annotated[Caller, Depends(allowed(Scope.OPERATOR))]
Anyone = Annotated[Caller, Depends(allowed(Scope.STRATEGY, Scope.OPERATOR, Scope.VIEWER))]

router = APIRouter(prefix="/api/v1")
open_router = APIRouter()


def _json(model: BaseModel, status: int = 200) -> Response:
    return Response(model.model_dump_json(), status, media_type=JSON)


# What strategies do


@router.post("/intents", response_model=c.IntentResult)
async def submit(intent: c.Intent, desk: TheDesk, caller: AStrategy) -> Response:
    """Decide one intent. The same intent_id has the same answer for ever."""
    key = (caller.name, intent.intent_id)
    results = desk.inbox.book.results
    repeated = key in results
    if not repeated and not desk.health.serving:
        raise Refusal(503, "recovering: the broker has not been heard yet; come again")
    if not repeated:
        quote = await desk.quotes.quote(intent.symbol) if isinstance(intent, _WANTS_QUOTE) else None
        repeated = key in results  # while we waited for a price, its twin may have been decided
        at_ns = desk.clock.now_ns()
        asked = views.asked(intent)
        await desk.inbox.ask(
            r.IntentReceived(
                at_ns=at_ns,
                strategy_id=caller.name,
                asked=asked,
                quote=quote,
                unknown_symbol=asked.symbol is not None and desk.quotes.is_unknown(asked.symbol),
            )
        )
        repeated = repeated or results[key].at_ns != at_ns
    return _json(views.result(results[key], repeated=repeated))


@router.post("/strategies/{strategy_id}/heartbeat", status_code=204)
async def heartbeat(
    strategy_id: str, beat: c.Heartbeat, desk: TheDesk, caller: AStrategy
) -> Response:
    """Note that a strategy lives."""
    _own(caller, strategy_id)
    await desk.inbox.ask(
        r.HeartbeatHeard(
            at_ns=desk.clock.now_ns(),
            strategy_id=caller.name,
            mode=beat.mode,
            symbols_hot=beat.symbols_hot,
            symbols_warm=beat.symbols_warm,
            symbols_cold=beat.symbols_cold,
            positions=beat.positions,
            last_error=beat.last_error,
            version=beat.version,
        )
    )
    return Response(status_code=204)


def _own(caller: Caller, strategy_id: str) -> None:
    if caller.scope is Scope.STRATEGY and caller.name != strategy_id:
        raise Refusal(403, f"the token of {caller.name} does not open {strategy_id}")


# What anyone may look at


@router.get("/positions", response_model=dict[str, c.PositionView])
async def positions(desk: TheDesk, _caller: Anyone) -> Response:
    """Return what the account holds or is buying, by symbol."""
    now_ns = desk.clock.now_ns()
    listings = desk.inbox.book.listings
    shown = {s: views.position(i, now_ns) for s, i in sorted(listings.items()) if views.is_shown(i)}
    return Response(_POSITIONS.dump_json(shown), media_type=JSON)


@router.get("/positions/{symbol}", response_model=c.PositionView)
async def one_position(symbol: str, desk: TheDesk, _caller: Anyone) -> Response:
    """Return one symbol of the account; 404 when the OMS never had to do with it."""
    listing = desk.inbox.book.listings.get(symbol)
    if listing is None:
        raise Refusal(404, f"nothing is known of {symbol}: it is neither held nor was it traded")
    return _json(views.position(listing, desk.clock.now_ns()))


@router.get("/allocations/{strategy_id}", response_model=dict[str, c.AllocationView])
async def allocations(strategy_id: str, desk: TheDesk, caller: Anyone) -> Response:
    """Return what one strategy holds, by symbol."""
    _own(caller, strategy_id)
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
        _own(caller, strategy_id)
    own = caller.name if caller.scope is Scope.STRATEGY else strategy_id
    return _json(views.account(desk.inbox.book, own))


@router.get("/orders", response_model=list[c.OrderView])
async def orders(
    desk: TheDesk,
    caller: Anyone,
    strategy_id: str | None = None,
    symbol: str | None = None,
    working: Annotated[bool, Query(description="only those not over")] = False,
) -> Response:
    """Return the day's orders, oldest first; a strategy sees its own."""
    own = caller.name if caller.scope is Scope.STRATEGY else strategy_id
    found = [
        views.order(order)
        for order in desk.inbox.book.orders.values()
        if own in (None, order.strategy_id)
        and symbol in (None, order.symbol)
        and (order.is_open or not working)
    ]
    return Response(_ORDERS.dump_json(found), media_type=JSON)


@router.get("/limits")
async def limits(desk: TheDesk, _caller: Anyone) -> Response:
    """Return the limits in force, with their hash."""
    book = desk.inbox.book
    shown = {"limits_hash": book.limits_hash, "limits": book.limits}
    return Response(r.encode(shown), media_type=JSON)


@router.get("/drift")
async def drift(desk: TheDesk, _caller: Anyone) -> Response:
    """Return the symbols whose shares no strategy explains, and orders that are not ours."""
    book = desk.inbox.book
    shown: dict[str, Any] = {
        "drift": {s: i.drift for s, i in sorted(book.listings.items()) if i.drift},
        "external_orders": list(book.externals.values()),
    }
    return Response(r.encode(shown), media_type=JSON)


# What operators do


async def _act(desk: Desk, act: r.OperatorActed) -> Response:
    await desk.inbox.ask(act)
    return _json(views.account(desk.inbox.book))


@router.post("/risk/regime", response_model=c.AccountView)
async def regime(
    body: c.Regime,
    desk: TheDesk,
    caller: Annotated[Caller, Depends(allowed(Scope.OPERATOR, Scope.STRATEGY))],
) -> Response:
    """Set the regime that caps exposure. PCIM's own analysis sets it too."""
    act = r.OperatorActed(
        at_ns=desk.clock.now_ns(),
        actor=caller.name,
        action="regime",
        reason=body.reason,
        regime=body.regime,
    )
    return await _act(desk, act)


@router.post("/risk/safe-mode", response_model=c.AccountView)
async def safe_mode(body: c.SafeMode, desk: TheDesk, caller: AnOperator) -> Response:
    """Stop entries, or let them again. Exits go on."""
    act = r.OperatorActed(
        at_ns=desk.clock.now_ns(),
        actor=caller.name,
        action="safe_mode",
        reason=body.reason,
        enabled=body.enabled,
    )
    return await _act(desk, act)


@router.post("/admin/kill-switch", response_model=c.AccountView)
async def kill_switch(body: c.KillSwitch, desk: TheDesk, caller: AnOperator) -> Response:
    """Cancel every working buy and refuse all entries, over night too, until it is taken off."""
    return await _act(desk, _action(desk, caller, "kill", body, enabled=body.enabled))


@router.post("/admin/reset-peak", response_model=c.AccountView)
async def reset_peak(body: c.OperatorAction, desk: TheDesk, caller: AnOperator) -> Response:
    """Count the drawdown from today's equity: money was taken out, or the loss is accepted."""
    return await _act(desk, _action(desk, caller, "reset_peak", body))


@router.post("/admin/flatten-all", response_model=c.AccountView)
async def flatten_all(body: c.OperatorAction, desk: TheDesk, caller: AnOperator) -> Response:
    """Cancel every buy and sell everything. Ends by itself; may be repeated."""
    return await _act(desk, _action(desk, caller, "flatten_all", body))


@router.post("/admin/resume-entries", response_model=c.AccountView)
async def resume_entries(body: c.OperatorAction, desk: TheDesk, caller: AnOperator) -> Response:
    """Take the halt and the flatten flag down."""
    return await _act(desk, _action(desk, caller, "resume_entries", body))


@router.post("/admin/pause-strategy/{strategy_id}", response_model=c.AccountView)
async def pause(
    strategy_id: str, body: c.OperatorAction, desk: TheDesk, caller: AnOperator
) -> Response:
    """Refuse a strategy's entries."""
    _known(desk, strategy_id)
    return await _act(desk, _action(desk, caller, "pause_strategy", body, strategy_id=strategy_id))


@router.post("/admin/resume-strategy/{strategy_id}", response_model=c.AccountView)
async def resume(
    strategy_id: str, body: c.OperatorAction, desk: TheDesk, caller: AnOperator
) -> Response:
    """Let a paused strategy enter again."""
    _known(desk, strategy_id)
    return await _act(desk, _action(desk, caller, "resume_strategy", body, strategy_id=strategy_id))


@router.post("/orders/{order_id}/cancel", response_model=c.OrderView)
async def cancel(
    order_id: str, body: c.OperatorAction, desk: TheDesk, caller: AnOperator
) -> Response:
    """Cancel one working order."""
    order = desk.inbox.book.orders.get(order_id)
    if order is None:
        raise Refusal(404, f"{order_id} is not an order of today")
    await desk.inbox.ask(_action(desk, caller, "cancel_order", body, order_id=order_id))
    return _json(views.order(order))


def _known(desk: Desk, strategy_id: str) -> None:
    limits = desk.inbox.book.limits
    if limits is None or strategy_id not in limits.budgets:
        raise Refusal(404, f"{strategy_id} has no budget here, so it is no strategy of this OMS")


def _action(
    desk: Desk,
    caller: Caller,
    action: r.Action,
    body: c.OperatorAction | c.KillSwitch,
    *,
    strategy_id: str | None = None,
    order_id: str | None = None,
    enabled: bool | None = None,
) -> r.OperatorActed:
    return r.OperatorActed(
        at_ns=desk.clock.now_ns(),
        actor=caller.name,
        action=action,
        reason=body.reason,
        strategy_id=strategy_id,
        order_id=order_id,
        enabled=enabled,
    )


# How it is


@router.get("/health", response_model=c.HealthView)
@open_router.get("/health", response_model=c.HealthView)
async def health(desk: TheDesk) -> Response:
    """Return how the OMS is; 503 when it cannot protect positions."""
    view = desk.health.view()
    return _json(view, 503 if view.status == "error" else 200)


@open_router.get("/livez")
async def livez() -> Response:
    """Answer: the process lives."""
    return Response("ok", media_type="text/plain")


@open_router.get("/readyz")
async def readyz(desk: TheDesk) -> Response:
    """Answer 200 while positions can be protected, otherwise 503 and why."""
    why = desk.health.unready()
    return Response(why or "ok", 503 if why else 200, media_type="text/plain")


@open_router.get("/metrics")
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
        "oms_ready": int(desk.health.unready() is None),
    }
    registry = CollectorRegistry()
    for name, value in figures.items():
        if value is not None:
            gauge = Gauge(name, name.replace("_", " "), registry=registry)
            gauge.set(value)
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@router.websocket("/stream")
async def stream(socket: WebSocket, after: int = 0, token: str | None = None) -> None:
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
    app = FastAPI(title="OMS", docs_url="/docs", redoc_url=None)
    app.state.desk = desk
    app.include_router(router)
    app.include_router(open_router)
    problems.install(app, desk.log)
    return app
