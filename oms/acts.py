"""What operators do: halt and resume, flatten, cancel and amend, move stops, resolve drift.

Each act is one journaled input with its actor and reason; `oms.core.operator` decides it. None is
counted against an allowance, and none waits behind a full queue.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from pydantic import TypeAdapter

from oms import views
from oms.access import Caller, Scope
from oms.core import operator
from oms.core import records as r
from oms.desk import JSON, AnOperator, Desk, TheDesk, allowed, json, own
from oms.problems import Refusal
from oms_client import contract as c
from oms_client import operating as o

router = APIRouter(prefix="/api/v1", tags=["operators"])
_HALTS = TypeAdapter(list[o.HaltView])
_HALT_ACTS: dict[tuple[str, bool], r.Action] = {
    ("portfolio", True): "halt_portfolio",
    ("portfolio", False): "resume_portfolio",
    ("strategy", True): "pause_strategy",
    ("strategy", False): "resume_strategy",
    ("symbol", True): "halt_symbol",
    ("symbol", False): "resume_symbol",
}
StrategyOrOperator = Annotated[Caller, Depends(allowed(Scope.OPERATOR, Scope.STRATEGY))]


async def _do(
    desk: Desk, caller: Caller, action: r.Action, body: c.OperatorAction, **what: Any
) -> None:
    """Have an act decided. Raises Refusal 409 where it cannot be done to the book as it is."""
    act = r.OperatorActed(
        at_ns=desk.clock.now_ns(),
        actor=caller.name if body.actor is None else f"{caller.name}:{body.actor}",
        action=action,
        reason=body.reason,
        **what,
    )
    why = operator.refusal(desk.inbox.book, act)
    if why is None:
        outputs = await desk.inbox.ask(act, always=True)
        if outputs or action == "cancel_order":  # it may be on its way out already
            return
        why = operator.refusal(desk.inbox.book, act) or "the book changed meanwhile"
    raise Refusal(409, why)


def _account(desk: Desk) -> Response:
    return json(views.account(desk.inbox.book))


def _known(desk: Desk, strategy_id: str) -> None:
    limits = desk.inbox.book.limits
    if limits is None or strategy_id not in limits.budgets:
        raise Refusal(404, f"{strategy_id} has no budget here, so it is no strategy of this OMS")


def _listed(desk: Desk, symbol: str) -> None:
    if symbol not in desk.inbox.book.listings:
        raise Refusal(404, f"nothing is known of {symbol}: it is neither held nor was it traded")


@router.post("/risk/regime", response_model=c.AccountView)
async def regime(body: c.Regime, desk: TheDesk, caller: StrategyOrOperator) -> Response:
    """Set the regime that caps exposure; of the strategies, those that `regime_by` names."""
    if caller.scope is Scope.STRATEGY and not caller.sets_regime:
        raise Refusal(403, f"{caller.name} may not set the regime: regime_by does not name it")
    await _do(desk, caller, "regime", body, regime=body.regime)
    return _account(desk)


@router.post("/risk/safe-mode", response_model=c.AccountView)
async def safe_mode(body: c.SafeMode, desk: TheDesk, caller: AnOperator) -> Response:
    """Stop entries, or let them again. Exits go on."""
    await _do(desk, caller, "safe_mode", body, enabled=body.enabled)
    return _account(desk)


@router.post("/admin/kill-switch", response_model=c.AccountView)
async def kill_switch(body: c.KillSwitch, desk: TheDesk, caller: AnOperator) -> Response:
    """Cancel every working buy and refuse all entries, over night too, until it is taken off."""
    await _do(desk, caller, "kill", body, enabled=body.enabled)
    return _account(desk)


@router.post("/admin/reset-peak", response_model=c.AccountView)
async def reset_peak(body: c.OperatorAction, desk: TheDesk, caller: AnOperator) -> Response:
    """Count the drawdown from today's equity: money was taken out, or the loss is accepted."""
    await _do(desk, caller, "reset_peak", body)
    return _account(desk)


@router.post("/admin/flatten-all", response_model=c.AccountView)
async def flatten_all(body: c.OperatorAction, desk: TheDesk, caller: AnOperator) -> Response:
    """Cancel every buy and sell everything. Ends by itself; may be repeated."""
    await _do(desk, caller, "flatten_all", body)
    return _account(desk)


@router.post("/admin/resume-entries", response_model=c.AccountView)
async def resume_entries(body: c.OperatorAction, desk: TheDesk, caller: AnOperator) -> Response:
    """Take the day's halt and the flatten flag down."""
    await _do(desk, caller, "resume_entries", body)
    return _account(desk)


@router.post("/admin/pause-strategy/{strategy_id}", response_model=c.AccountView)
async def pause(
    strategy_id: str, body: c.OperatorAction, desk: TheDesk, caller: AnOperator
) -> Response:
    """Refuse a strategy's entries."""
    _known(desk, strategy_id)
    await _do(desk, caller, "pause_strategy", body, strategy_id=strategy_id)
    return _account(desk)


@router.post("/admin/resume-strategy/{strategy_id}", response_model=c.AccountView)
async def resume(
    strategy_id: str, body: c.OperatorAction, desk: TheDesk, caller: AnOperator
) -> Response:
    """Let a paused strategy enter again."""
    _known(desk, strategy_id)
    await _do(desk, caller, "resume_strategy", body, strategy_id=strategy_id)
    return _account(desk)


@router.post("/halts", response_model=list[o.HaltView])
async def halt(body: o.Halt, desk: TheDesk, caller: AnOperator) -> Response:
    """Stop entries: of the account, of a strategy, or into a symbol. Exits go on."""
    return await _halted(desk, caller, body, on=True)


@router.post("/halts/resume", response_model=list[o.HaltView])
async def resume_halt(body: o.Halt, desk: TheDesk, caller: AnOperator) -> Response:
    """Let entries again. A portfolio's resume takes safe mode, halt and flatten down."""
    return await _halted(desk, caller, body, on=False)


async def _halted(desk: Desk, caller: Caller, body: o.Halt, *, on: bool) -> Response:
    what: dict[str, Any] = {}
    if body.scope == "strategy" and body.subject is not None:
        _known(desk, body.subject)
        what["strategy_id"] = body.subject
    elif body.scope == "symbol":
        what["symbol"] = body.subject
    await _do(desk, caller, _HALT_ACTS[body.scope, on], body, **what)
    return Response(_HALTS.dump_json(views.halts(desk.inbox.book)), media_type=JSON)


@router.post("/orders/{order_id}/cancel", response_model=c.OrderView)
async def cancel(
    order_id: str, body: c.OperatorAction, desk: TheDesk, caller: StrategyOrOperator
) -> Response:
    """Cancel one working order; a strategy one of its own."""
    order = desk.inbox.book.orders.get(order_id)
    if order is None:
        raise Refusal(404, f"{order_id} is not an order of today")
    own(caller, order.strategy_id)
    await _do(desk, caller, "cancel_order", body, order_id=order_id)
    return json(views.order(order))


@router.post("/orders/{order_id}/amend", response_model=c.OrderView)
async def amend(
    order_id: str, body: o.AmendOrder, desk: TheDesk, caller: StrategyOrOperator
) -> Response:
    """Move what is left of a working order to another limit; a strategy one of its own.

    A buy goes no higher than its intent was approved for. The order keeps its id; the broker gives
    it another number, and it loses its place in line.
    """
    order = desk.inbox.book.orders.get(order_id)
    if order is None:
        raise Refusal(404, f"{order_id} is not an order of today")
    own(caller, order.strategy_id)
    quote = await desk.quotes.quote(order.symbol)
    quotes = () if quote is None else (quote,)
    what = {"order_id": order_id, "limit_krw": body.limit_krw, "quotes": quotes}
    await _do(desk, caller, "amend_order", body, **what)
    return json(views.order(order))


@router.post("/parents/{parent_id}/cancel", response_model=c.ParentView)
async def cancel_parent(
    parent_id: str, body: c.OperatorAction, desk: TheDesk, caller: StrategyOrOperator
) -> Response:
    """End a TWAP or VWAP and cancel what of it works; a strategy one of its own."""
    parent = desk.inbox.book.parents.get(parent_id)
    if parent is None:
        raise Refusal(404, f"{parent_id} is not leaving in slices (any more)")
    own(caller, parent.strategy_id)
    await _do(desk, caller, "cancel_order", body, order_id=parent_id)
    return json(views.parent(parent))


@router.post("/allocations/{strategy_id}/{symbol}/stop", response_model=c.AllocationView)
async def amend_stop(
    strategy_id: str, symbol: str, body: o.AmendStop, desk: TheDesk, caller: AnOperator
) -> Response:
    """Move the protective stop of a position. (A strategy sends MODIFY_RISK.)"""
    _listed(desk, symbol)
    what = {"strategy_id": strategy_id, "symbol": symbol, "stop_krw": body.stop_krw}
    await _do(desk, caller, "amend_stop", body, **what)
    return json(views.allocation(desk.inbox.book.allocation(strategy_id, symbol)))


@router.post("/drift/{symbol}/acknowledge", response_model=o.DriftView)
async def acknowledge(
    symbol: str, body: c.OperatorAction, desk: TheDesk, caller: AnOperator
) -> Response:
    """Take shares that nobody owns as the operator's own: entries go on while they stay as many."""
    _listed(desk, symbol)
    await _do(desk, caller, "acknowledge_drift", body, symbol=symbol)
    return json(views.drift(desk.inbox.book))


@router.post("/drift/{symbol}/reassign", response_model=o.DriftView)
async def reassign(
    symbol: str, body: o.ReassignDrift, desk: TheDesk, caller: AnOperator
) -> Response:
    """Give shares that nobody owns to a strategy, or take those that are missing from one."""
    _listed(desk, symbol)
    await _do(
        desk,
        caller,
        "reassign_drift",
        body,
        symbol=symbol,
        strategy_id=body.strategy_id,
        shares=body.shares,
        price_krw=body.price_krw,
        stop_krw=body.stop_krw,
    )
    return json(views.drift(desk.inbox.book))


@router.post("/drift/{symbol}/split", response_model=o.DriftView)
async def split(symbol: str, body: o.Split, desk: TheDesk, caller: AnOperator) -> Response:
    """Scale allocations, stops and the last price after a split, a merge or a bonus issue."""
    _listed(desk, symbol)
    await _do(
        desk,
        caller,
        "split",
        body,
        symbol=symbol,
        numerator=body.numerator,
        denominator=body.denominator,
        scale=body.scale,
        force=body.force,
    )
    return json(views.drift(desk.inbox.book))
