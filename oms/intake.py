"""What strategies ask: intents, one or many, their answers, and heartbeats.

What may buy is counted against the token's allowance and waits for a price; what sells, withdraws
or protects is neither counted nor made to wait, and is queued however much is waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError

from kis_core.wire.account import BuyingPower, Side
from oms import problems, views
from oms.access import Caller, Scope
from oms.core import records as r
from oms.desk import Anyone, AStrategy, Desk, TheDesk, json, own
from oms.inbox import Overloaded
from oms.problems import Refusal
from oms_client import contract as c

Market = tuple[r.Quote | None, BuyingPower | None]
"""What an entry is judged by: the market, and the broker's room for a contract."""

_INTENT: TypeAdapter[c.Intent] = TypeAdapter(c.Intent)
_WHOLE = b"application/json"


class IntentRoute(APIRoute):
    """A route whose body is one intent, without what FastAPI asks of routes in general.

    A well-formed intent of a strategy is read once, from its bytes; anything else goes the general
    way, which says what is wrong with it. Between an intent and its order this is a fifth of the
    time.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        general = super().get_route_handler()
        decide: Callable[..., Awaitable[Response]] = self.endpoint

        async def handle(request: Request) -> Response:
            caller: Caller = request.scope["caller"]
            if caller.scope is not Scope.STRATEGY or not _is_json(request):
                return await general(request)
            try:
                intent = _INTENT.validate_json(await request.body())
            except ValidationError:
                return await general(request)
            return await decide(intent, request.app.state.desk, caller)

        return handle


def _is_json(request: Request) -> bool:
    return any(
        name == b"content-type" and value == _WHOLE for name, value in request.scope["headers"]
    )


router = APIRouter(prefix="/api/v1", tags=["strategies"])


def _may_buy(desk: Desk, caller: Caller, intent: c.Intent) -> bool:
    """Whether an intent could send a buy: an entry, or a target above what the strategy has."""
    if isinstance(intent, c.SetTarget):
        held = desk.inbox.book.allocation(caller.name, intent.symbol)
        ahead = held.shares + held.buying - held.selling
        return intent.shares > ahead or intent.direction != held.direction
    return isinstance(intent, c.Enter)


async def _quote(desk: Desk, caller: Caller, intent: c.Intent) -> r.Quote | None:
    """Return the market that a buy is judged by; nothing else waits for one.

    A sale of a named kind or venue is priced by what is at hand.
    """
    if isinstance(intent, c.Enter | c.SetTarget) and _may_buy(desk, caller, intent):
        limits = desk.inbox.book.limits
        default = limits.default_venue if limits else None
        return await desk.quotes.quote(intent.symbol, intent.venue or default or "KRX")
    if isinstance(intent, c.Exit | c.Reduce | c.SetTarget) and (intent.execution or intent.venue):
        return desk.quotes.at_hand(intent.symbol)
    return None


async def _power(desk: Desk, caller: Caller, intent: c.Intent) -> BuyingPower | None:
    """Return what the broker lets open of a contract; stocks are judged by the cash alone."""
    if not desk.inbox.book.on_margin or not _may_buy(desk, caller, intent):
        return None
    assert isinstance(intent, c.Enter | c.SetTarget)
    side: Side = "BUY" if intent.direction == "LONG" else "SELL"
    limit_krw = intent.limit_krw
    return None if limit_krw is None else await desk.room(intent.symbol, side, limit_krw)


async def _market(desk: Desk, caller: Caller, intent: c.Intent) -> Market:
    if not desk.inbox.book.on_margin:
        return await _quote(desk, caller, intent), None
    quote, power = await asyncio.gather(_quote(desk, caller, intent), _power(desk, caller, intent))
    return quote, power


async def _no_market() -> Market:
    return None, None


async def _decide(desk: Desk, caller: Caller, intent: c.Intent, market: Market) -> c.IntentResult:
    """Return the book's answer; an intent_id that was answered before has that answer for ever."""
    asked = views.asked(intent)
    quote, power = market
    received = r.IntentReceived(
        at_ns=desk.clock.now_ns(),
        strategy_id=caller.name,
        asked=asked,
        quote=quote,
        unknown_symbol=asked.symbol is not None and desk.quotes.is_unknown(asked.symbol),
        power=power,
    )
    outputs = await desk.inbox.ask(received, always=not _may_buy(desk, caller, intent))
    decided = any(isinstance(output, r.IntentDecided) for output in outputs)
    result = desk.inbox.book.results[caller.name, intent.intent_id]
    return views.result(result, repeated=not decided)


def _admitted(desk: Desk, caller: Caller, intent: c.Intent) -> c.IntentResult | None:
    """Return the answer an intent already has, None where it is to be decided. Raises Refusal."""
    if _may_buy(desk, caller, intent):
        desk.count(caller)
    known = desk.decided(caller.name, intent.intent_id)
    if known is not None:
        return views.result(known, repeated=True)
    if not desk.health.serving:
        raise Refusal(503, "recovering: the broker has not been heard yet", 1.0)
    return None


async def submit(intent: c.Intent, desk: TheDesk, caller: AStrategy) -> Response:
    """Decide one intent. The same intent_id has the same answer for ever."""
    known = _admitted(desk, caller, intent)
    if known is not None:
        return json(known)
    market = await _market(desk, caller, intent)
    return json(await _decide(desk, caller, intent, market))


router.add_api_route(
    "/intents",
    submit,
    methods=["POST"],
    response_model=c.IntentResult,
    route_class_override=IntentRoute,
)


@router.post("/intents/batch", response_model=c.BatchResult)
async def submit_batch(body: c.IntentBatch, desk: TheDesk, caller: AStrategy) -> Response:
    """Decide up to 100 intents, each by itself; the answers stand in the order they were sent.

    They are decided in that order too, but for what sells or protects: it waits for no price, and
    goes before entries into other symbols. One that is malformed or refused hinders no other. Each
    item is an intent as POST /intents takes it, and is idempotent by its intent_id likewise.
    """
    answers: list[c.IntentResult | c.Problem | None] = [None] * len(body.intents)
    waiting: list[tuple[int, c.Intent]] = []
    urgent: list[tuple[int, c.Intent]] = []
    for place, item in enumerate(body.intents):
        one = _read(item)
        if isinstance(one, c.Problem):
            answers[place] = one
            continue
        behind = any(one.symbol in (None, earlier.symbol) for _, earlier in waiting)
        waits = behind or _may_buy(desk, caller, one)
        (waiting if waits else urgent).append((place, one))
    for group in (urgent, waiting):
        told = await _group(desk, caller, [one for _, one in group])
        for (place, _), answer in zip(group, told, strict=True):
            answers[place] = answer
    items = tuple(
        c.BatchItem(
            intent_id=_id_of(item),
            result=answer if isinstance(answer, c.IntentResult) else None,
            problem=answer if isinstance(answer, c.Problem) else None,
        )
        for item, answer in zip(body.intents, answers, strict=True)
    )
    return json(c.BatchResult(items=items))


async def _group(
    desk: Desk, caller: Caller, intents: list[c.Intent]
) -> list[c.IntentResult | c.Problem]:
    """Return the answers to intents that are decided in this order, their prices asked first."""
    admitted = [_looked_up(desk, caller, intent) for intent in intents]
    markets = await asyncio.gather(
        *(
            _market(desk, caller, intent) if known is None else _no_market()
            for intent, known in zip(intents, admitted, strict=True)
        )
    )
    return await asyncio.gather(
        *(
            _answered(desk, caller, intent, known, market)
            for intent, known, market in zip(intents, admitted, markets, strict=True)
        )
    )


def _looked_up(desk: Desk, caller: Caller, intent: c.Intent) -> c.IntentResult | c.Problem | None:
    try:
        return _admitted(desk, caller, intent)
    except Refusal as refusal:
        return problems.problem(refusal.status, refusal.detail)


async def _answered(
    desk: Desk,
    caller: Caller,
    intent: c.Intent,
    known: c.IntentResult | c.Problem | None,
    market: Market,
) -> c.IntentResult | c.Problem:
    if known is not None:
        return known
    try:
        return await _decide(desk, caller, intent, market)
    except Overloaded as error:
        return problems.problem(503, str(error))


def _id_of(item: dict[str, object]) -> str | None:
    told = item.get("intent_id")
    return told[:80].encode("utf-8", "replace").decode() if isinstance(told, str) else None


def _read(item: dict[str, object]) -> c.Intent | c.Problem:
    try:
        return _INTENT.validate_python(item)
    except ValidationError as error:
        return problems.problem(422, problems.sentence(error.errors()))


@router.get("/intents/{intent_id}", response_model=c.IntentResult)
async def one_intent(
    intent_id: str, desk: TheDesk, caller: Anyone, strategy_id: str | None = None
) -> Response:
    """Return the answer an intent has; operators and viewers say whose it is."""
    if strategy_id is not None:
        own(caller, strategy_id)
    asker = caller.name if caller.scope is Scope.STRATEGY else strategy_id or ""
    known = desk.decided(asker, intent_id)
    if known is None:
        raise Refusal(404, f"no intent {intent_id} of {asker or 'nobody (strategy_id)'} was heard")
    return json(views.result(known, repeated=True))


@router.post("/strategies/{strategy_id}/heartbeat", status_code=204)
async def heartbeat(
    strategy_id: str, beat: c.Heartbeat, desk: TheDesk, caller: AStrategy
) -> Response:
    """Note that a strategy lives."""
    own(caller, strategy_id)
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
