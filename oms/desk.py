"""What the routes reach, and who may ask them: the dependencies all routes share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from kis_core.clock import Clock
from kis_core.wire.account import BuyingPower, Side
from oms.access import Caller, Scope, Tokens
from oms.allowance import Allowance
from oms.core.records import IntentDecided
from oms.executions import Executions
from oms.health import Health
from oms.inbox import Inbox
from oms.porch import UNKNOWN, bearer
from oms.problems import Refusal
from oms.quotes import Quotes
from oms.stream import Stream

JSON = "application/json"


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
    executions: Executions
    allowance: Allowance | None
    room: Callable[[str, Side, int], Awaitable[BuyingPower | None]]  # of a contract, asked

    def caller(self, header: str | None) -> Caller:
        """Return who asks. Raises Refusal 401."""
        caller = bearer(self.tokens, header)
        if caller is None:
            raise Refusal(401, UNKNOWN)
        return caller

    def decided(self, strategy_id: str, intent_id: str) -> IntentDecided | None:
        """Return the answer an intent has, of today or from the journal."""
        book = self.inbox.book
        known = book.results.get((strategy_id, intent_id))
        if known is not None or not book.forgets:
            return known
        return self.inbox.journal.decided(strategy_id, intent_id)

    def count(self, caller: Caller) -> None:
        """Take one from what a token may still ask. Raises Refusal 429."""
        if self.allowance is None:
            return
        wait_s = self.allowance.wait_s(caller, self.clock.now_ns())
        if wait_s:
            burst, per_s = self.allowance.burst, self.allowance.per_s
            detail = f"{caller.name} asked more than {burst} times at once and {per_s:g} a second"
            raise Refusal(429, detail, wait_s)


async def desk_of(request: Request) -> Desk:
    """Return the desk this app serves. (Async, or FastAPI would ask a thread for it.)"""
    desk: Desk = request.app.state.desk
    return desk


TheDesk = Annotated[Desk, Depends(desk_of)]


def allowed(*scopes: Scope, counted: bool = False) -> Callable[..., Awaitable[Caller]]:
    """Return a dependency that lets only these scopes in, `counted` against the allowance."""
    names = " or ".join(scope.value for scope in scopes)

    async def check(request: Request) -> Caller:
        caller: Caller = request.scope["caller"]  # the porch lets nobody in without one
        if caller.scope not in scopes:
            raise Refusal(403, f"a {caller.scope} token may not do this; needs {names}")
        if counted:
            request.app.state.desk.count(caller)
        return caller

    return check


_EVERY = (Scope.STRATEGY, Scope.OPERATOR, Scope.VIEWER)
AStrategy = Annotated[Caller, Depends(allowed(Scope.STRATEGY))]
AnOperator = Annotated[Caller, Depends(allowed(Scope.OPERATOR))]
Anyone = Annotated[Caller, Depends(allowed(*_EVERY, counted=True))]
Overseer = Annotated[Caller, Depends(allowed(Scope.OPERATOR, Scope.VIEWER, counted=True))]


def own(caller: Caller, strategy_id: str) -> None:
    """Raise Refusal 403 where a strategy asks for what is another's."""
    if caller.scope is Scope.STRATEGY and caller.name != strategy_id:
        raise Refusal(403, f"the token of {caller.name} does not open {strategy_id}")


def whose(caller: Caller, strategy_id: str | None) -> str | None:
    """Return whose rows a caller is shown: a strategy its own, others what they asked for."""
    return caller.name if caller.scope is Scope.STRATEGY else strategy_id


def json(model: BaseModel, status: int = 200) -> Response:
    """Return a record of the contract as an answer."""
    return Response(model.model_dump_json(), status, media_type=JSON)
